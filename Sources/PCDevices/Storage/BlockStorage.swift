/// Why a sector could not be read or written.
public enum BlockError: Error, Equatable, Sendable {
    case outOfRange
    case readOnly
    /// The host said no: a truncated or full file, an I/O error.
    case host(String)
}

/// What a drive keeps its 512-byte sectors in.
///
/// An image need not be whole sectors: the last one counts when it is there in part. Its missing bytes read as zeros,
/// and what is written to them is lost, since an image never grows.
public protocol BlockStorage: AnyObject {
    var sectorCount: UInt64 { get }
    /// Bytes that are kept: 512 for each sector, but for a partial last one.
    var byteCount: UInt64 { get }
    var isReadOnly: Bool { get }
    /// One sector: exactly 512 bytes.
    func read(sector: UInt64) throws(BlockError) -> [UInt8]
    func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError)
    /// `count` sectors in one go, at most a few hundred.
    func read(sector: UInt64, count: Int) throws(BlockError) -> [UInt8]
    /// Whole sectors in one go. After an error some of them may be written.
    func write(sector: UInt64, sectors bytes: [UInt8]) throws(BlockError)
    /// What was written is on the host's disk when this returns.
    func flush() throws(BlockError)
}

/// Storage that keeps in memory what was written: a part of the machine, so that saves and digests hold it.
public protocol SavableStorage: BlockStorage {
    typealias Block = (number: UInt64, bytes: [UInt8])

    /// Sectors that were written over the image, whole, in any order.
    var savedBlocks: [Block] { get }
    /// Makes the content the image with these sectors written over it. Those that do not fit are left out.
    func restore(_ blocks: [Block])
}

/// Bytes of a sector.
public let sectorSize = 512

extension BlockStorage {
    public var byteCount: UInt64 { sectorCount &* UInt64(sectorSize) }

    public func read(sector: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(0, count) * sectorSize)
        for index in 0..<max(0, count) { bytes += try read(sector: sector &+ UInt64(index)) }
        return bytes
    }

    public func write(sector: UInt64, sectors bytes: [UInt8]) throws(BlockError) {
        guard bytes.count % sectorSize == 0 else { throw .outOfRange }
        for index in 0..<bytes.count / sectorSize {
            try write(
                sector: sector &+ UInt64(index), Array(bytes[index * sectorSize..<(index + 1) * sectorSize]))
        }
    }

    /// How many bytes of a sector are kept: 512, or fewer of the last one.
    func keptBytes(of sector: UInt64) -> Int {
        let (start, overflow) = sector.multipliedReportingOverflow(by: UInt64(sectorSize))
        guard !overflow, start < byteCount else { return 0 }
        return Int(min(UInt64(sectorSize), byteCount - start))
    }
}
