/// A drive in memory, for tests and images that are made on the spot.
public final class MemoryDisk: SavableStorage {
    private var bytes: [UInt8]
    public let byteCount: UInt64
    public let isReadOnly: Bool
    /// What written sectors held at first.
    private var originals: [UInt64: [UInt8]] = [:]

    public init(_ content: [UInt8], isReadOnly: Bool = false) {
        let rest = content.count % sectorSize
        bytes = rest == 0 ? content : content + [UInt8](repeating: 0, count: sectorSize - rest)
        byteCount = UInt64(content.count)
        self.isReadOnly = isReadOnly
    }

    public var sectorCount: UInt64 { UInt64(bytes.count / sectorSize) }

    private func range(_ sector: UInt64) -> Range<Int> {
        let start = Int(sector) * sectorSize
        return start..<start + sectorSize
    }

    public func read(sector: UInt64) throws(BlockError) -> [UInt8] {
        guard sector < sectorCount else { throw .outOfRange }
        return Array(bytes[range(sector)])
    }

    public func write(sector: UInt64, _ data: [UInt8]) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        guard sector < sectorCount, data.count == sectorSize else { throw .outOfRange }
        if originals[sector] == nil { originals[sector] = Array(bytes[range(sector)]) }
        let kept = keptBytes(of: sector), start = Int(sector) * sectorSize
        bytes.replaceSubrange(start..<start + kept, with: data.prefix(kept))
    }

    public func flush() throws(BlockError) {}

    public var savedBlocks: [Block] { originals.keys.map { ($0, Array(bytes[range($0)])) } }

    public func restore(_ blocks: [Block]) {
        for (sector, original) in originals { bytes.replaceSubrange(range(sector), with: original) }
        originals = [:]
        for block in blocks where !isReadOnly { try? write(sector: block.number, block.bytes) }
    }
}

/// Keeps writes in memory over storage that stays untouched: `-snapshot`. Holds at most what the disk holds.
public final class SnapshotOverlay: SavableStorage {
    private let base: any BlockStorage
    private var written: [UInt64: [UInt8]] = [:]

    public init(over base: any BlockStorage) { self.base = base }

    public var sectorCount: UInt64 { base.sectorCount }
    public var byteCount: UInt64 { base.byteCount }
    public var isReadOnly: Bool { false }

    public func read(sector: UInt64) throws(BlockError) -> [UInt8] {
        if let bytes = written[sector] { return bytes }
        return try base.read(sector: sector)
    }

    public func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
        guard sector < sectorCount, bytes.count == sectorSize else { throw .outOfRange }
        // As the image itself would keep it.
        let kept = keptBytes(of: sector)
        written[sector] =
            kept == sectorSize ? bytes : bytes.prefix(kept) + [UInt8](repeating: 0, count: sectorSize - kept)
    }

    public func flush() throws(BlockError) {}

    public var savedBlocks: [Block] { written.map { ($0.key, $0.value) } }

    public func restore(_ blocks: [Block]) {
        written = [:]
        for block in blocks { try? write(sector: block.number, block.bytes) }
    }
}
