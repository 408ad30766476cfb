/// Block device (virtio 1.2, 5.2).
public final class VirtioBlock: VirtioModel {
    public struct State: Codable, Equatable, Sendable {}

    /// VIRTIO_BLK_F_...
    enum Feature {
        static let sizeMax: UInt64 = 1 << 1
        static let segMax: UInt64 = 1 << 2
        static let readOnly: UInt64 = 1 << 5
        static let blockSize: UInt64 = 1 << 6
        static let flush: UInt64 = 1 << 9
    }

    /// Types of request (5.2.6).
    enum Request {
        static let read: UInt32 = 0
        static let write: UInt32 = 1
        static let flush: UInt32 = 4
        static let identify: UInt32 = 8
    }

    enum Status {
        static let ok: UInt8 = 0
        static let ioError: UInt8 = 1
        static let unsupported: UInt8 = 2
    }

    static let queueSize: UInt16 = 256
    static let headerSize = 16
    /// Of one segment and of one request's data: what `size_max` and `seg_max` let a driver ask for.
    static let largestSegment: UInt32 = 1 << 16
    static let mostSegments: UInt32 = 126
    static let largestRequest = UInt64(largestSegment) * UInt64(mostSegments)
    /// Bytes that are moved at one point of time, but for the last request's.
    private static let bytesAtOnce = 1 << 20
    /// What a request costs of that, however small it is.
    private static let requestCost = 4096
    /// Sectors that are moved by one call.
    private static let batch = 128

    private let storage: any BlockStorage
    private let serial: String
    /// Told what the host said when a sector could not be read or written; the guest gets an error status.
    public var hostError: (String) -> Void = { _ in }
    public var state = State()
    private let name: String

    /// `serial`: what VIRTIO_BLK_T_GET_ID tells, at most 20 bytes.
    public init(name: String, storage: any BlockStorage, serial: String = "") {
        self.name = name
        self.storage = storage
        self.serial = serial
    }

    public let deviceType: UInt16 = 2
    public let queueSizes: [UInt16] = [VirtioBlock.queueSize]

    public var features: UInt64 {
        Feature.sizeMax | Feature.segMax | Feature.blockSize | Feature.flush
            | (storage.isReadOnly ? Feature.readOnly : 0)
    }

    /// capacity, size_max, seg_max, geometry (4 bytes), blk_size.
    public var configuration: [UInt8] {
        storage.sectorCount.littleEndianBytes + Self.largestSegment.littleEndianBytes
            + Self.mostSegments.littleEndianBytes + [0, 0, 0, 0] + UInt32(sectorSize).littleEndianBytes
    }

    public func reset() {}

    public func serve(_ queue: Int, _ core: VirtioCore) throws(VirtqueueError) -> Bool {
        var left = Self.bytesAtOnce
        while left > 0 {
            guard let chain = try core.pop(queue) else { return false }
            left -= Self.requestCost + perform(chain, queue, core)
        }
        return true
    }

    /// Does one request; the status is the last byte that the device may write. Returns how many bytes were moved.
    private func perform(_ chain: VirtioChain, _ queue: Int, _ core: VirtioCore) -> Int {
        let header = chain.read(0, Self.headerSize, core.memory)
        let room = chain.writableCount
        guard room > 0 else {
            // No place for a status: all that is left is to give the buffer back.
            core.push(chain, written: 0, on: queue)
            return 0
        }
        var moved = 0, written = 0
        var status = Status.ioError
        if header.count == Self.headerSize {
            let kind = UInt32(littleEndianBytes: header[0..<4]), sector = UInt64(littleEndianBytes: header[8..<16])
            switch kind {
            case Request.read:
                (status, moved) = read(chain, sector, count: room - 1, core)
                written = moved
            case Request.write:
                (status, moved) = write(chain, sector, core)
            case Request.flush: status = attempt("flush") { () throws(BlockError) in try storage.flush() }
            case Request.identify:
                let text = Array(serial.utf8.prefix(20))
                let id = text + [UInt8](repeating: 0, count: 20 - text.count)
                written = chain.write(0, Array(id.prefix(Int(min(room - 1, 20)))), core.memory)
                status = Status.ok
            default: status = Status.unsupported
            }
        }
        chain.write(room - 1, [status], core.memory)
        core.push(chain, written: written + 1, read: max(0, moved - written), on: queue)
        return moved
    }

    private func attempt(_ what: String, _ work: () throws(BlockError) -> Void) -> UInt8 {
        do throws(BlockError) {
            try work()
            return Status.ok
        } catch {
            if case .host(let reason) = error { hostError("\(name): \(what): \(reason)") }
            return Status.ioError
        }
    }

    /// Whole sectors within the disk, and no more than a driver may ask for.
    private func covers(_ sector: UInt64, _ count: UInt64) -> Bool {
        let sectors = count / UInt64(sectorSize)
        return count % UInt64(sectorSize) == 0 && count <= Self.largestRequest && sectors <= storage.sectorCount
            && sector <= storage.sectorCount - sectors
    }

    private func read(_ chain: VirtioChain, _ sector: UInt64, count: UInt64, _ core: VirtioCore) -> (UInt8, Int) {
        guard covers(sector, count) else { return (Status.ioError, 0) }
        var done: UInt64 = 0
        let status = attempt("read of sector \(sector)") { () throws(BlockError) in
            while done < count {
                let part = min(count - done, UInt64(Self.batch * sectorSize))
                let bytes = try storage.read(
                    sector: sector + done / UInt64(sectorSize), count: Int(part) / sectorSize)
                chain.write(done, bytes, core.memory)
                done += part
            }
        }
        return (status, Int(done))
    }

    private func write(_ chain: VirtioChain, _ sector: UInt64, _ core: VirtioCore) -> (UInt8, Int) {
        let total = chain.readableCount - UInt64(Self.headerSize)
        guard covers(sector, total), !storage.isReadOnly else { return (Status.ioError, 0) }
        var done: UInt64 = 0
        let status = attempt("write of sector \(sector)") { () throws(BlockError) in
            while done < total {
                let part = min(total - done, UInt64(Self.batch * sectorSize))
                let bytes = chain.read(UInt64(Self.headerSize) + done, Int(part), core.memory)
                try storage.write(sector: sector + done / UInt64(sectorSize), sectors: bytes)
                done += part
            }
            // A driver that knows no flush has each write on the disk before it hears of it (5.2.6.2).
            if !core.has(Feature.flush) { try storage.flush() }
        }
        return (status, Int(done))
    }
}
