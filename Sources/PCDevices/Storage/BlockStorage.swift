/// Why a sector could not be read or written.
public enum BlockError: Error, Equatable, Sendable {
    case outOfRange
    case readOnly
    /// The host said no: a truncated or full file, an I/O error.
    case host(String)
}

/// What a drive keeps its 512-byte sectors in.
public protocol BlockStorage: AnyObject {
    var sectorCount: UInt64 { get }
    var isReadOnly: Bool { get }
    /// One sector: exactly 512 bytes.
    func read(sector: UInt64) throws(BlockError) -> [UInt8]
    func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError)
    /// What was written is on the host's disk when this returns.
    func flush() throws(BlockError)
}

/// Bytes of a sector.
public let sectorSize = 512

/// A drive in memory, for tests and ROM-like media.
public final class MemoryDisk: BlockStorage {
    private var bytes: [UInt8]
    public let isReadOnly: Bool

    /// The size is rounded up to whole sectors with zeros.
    public init(_ bytes: [UInt8], isReadOnly: Bool = false) {
        let rest = bytes.count % sectorSize
        self.bytes = rest == 0 ? bytes : bytes + [UInt8](repeating: 0, count: sectorSize - rest)
        self.isReadOnly = isReadOnly
    }

    public var sectorCount: UInt64 { UInt64(bytes.count / sectorSize) }

    public func read(sector: UInt64) throws(BlockError) -> [UInt8] {
        guard sector < sectorCount else { throw .outOfRange }
        return Array(bytes[Int(sector) * sectorSize..<(Int(sector) + 1) * sectorSize])
    }

    public func write(sector: UInt64, _ data: [UInt8]) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        guard sector < sectorCount, data.count == sectorSize else { throw .outOfRange }
        bytes.replaceSubrange(Int(sector) * sectorSize..<(Int(sector) + 1) * sectorSize, with: data)
    }

    public func flush() throws(BlockError) {}
}

/// Keeps writes in memory over storage that stays untouched: `-snapshot`. Holds at most what the disk holds.
public final class SnapshotOverlay: BlockStorage {
    private let base: any BlockStorage
    private var written: [UInt64: [UInt8]] = [:]

    public init(over base: any BlockStorage) { self.base = base }

    public var sectorCount: UInt64 { base.sectorCount }
    public var isReadOnly: Bool { false }

    public func read(sector: UInt64) throws(BlockError) -> [UInt8] {
        if let bytes = written[sector] { return bytes }
        return try base.read(sector: sector)
    }

    public func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
        guard sector < sectorCount, bytes.count == sectorSize else { throw .outOfRange }
        written[sector] = bytes
    }

    public func flush() throws(BlockError) {}
}
