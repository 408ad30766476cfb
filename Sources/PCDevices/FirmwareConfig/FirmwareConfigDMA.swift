import Machine

/// The structure in guest memory that asks for a DMA transfer: control, length and address, big-endian.
struct FirmwareConfigAccess {
    static let size = 16

    /// What to do, as the guest asks for it; when all is done the device leaves zero or `error` there.
    enum Control {
        static let error: UInt32 = 0x01
        static let read: UInt32 = 0x02
        static let skip: UInt32 = 0x04
        /// Bits 31-16 are a key to select first.
        static let select: UInt32 = 0x08
        static let write: UInt32 = 0x10
    }

    var control: UInt32
    var length: UInt32
    var address: UInt64

    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        control = UInt32(truncatingIfNeeded: number(0..<4))
        length = UInt32(truncatingIfNeeded: number(4..<8))
        address = number(8..<16)
    }
}

extension FirmwareConfig {
    private static let signature = Array("QEMU CFG".utf8)
    /// Bytes that go at once. A transfer ends at the first piece that meets no memory, so that the guest's RAM bounds it.
    private static let piece: UInt64 = 1 << 20

    /// What the DMA address register reads as: by this a guest finds the interface.
    func dmaSignature(at offset: Int, width: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in (0..<width).reversed() where Self.signature.indices.contains(offset + index) {
            value = value << 8 | UInt32(Self.signature[offset + index])
        }
        return value
    }

    /// Does what the structure at `place` asks for, at once.
    func transfer(at place: UInt64) {
        guard let access = readMemory(place, FirmwareConfigAccess.size).flatMap(FirmwareConfigAccess.init) else {
            _ = writeMemory(place, bigEndian(FirmwareConfigAccess.Control.error))
            return
        }
        let isGood = perform(access)
        _ = writeMemory(place, bigEndian(isGood ? 0 : FirmwareConfigAccess.Control.error))
    }

    private func perform(_ access: FirmwareConfigAccess) -> Bool {
        typealias Control = FirmwareConfigAccess.Control
        if access.control & Control.select != 0 { select(UInt16(access.control >> 16)) }
        let size = selectedSize
        let left = UInt64(access.length)
        // Of several wishes the first in this order counts.
        if access.control & Control.read != 0 { return give(left, to: access.address) }
        if access.control & Control.write != 0 {
            guard left > 0 else { return true }
            guard left <= size - min(size, current.offset), let bytes = readMemory(access.address, Int(left)),
                overwrite(with: bytes)
            else { return false }
            current.offset &+= left
            return true
        }
        if access.control & Control.skip != 0 {
            current.offset = min(current.offset &+ left, max(size, current.offset))
        }
        return true
    }

    /// The item's next bytes, and zeros behind its end.
    private func give(_ count: UInt64, to address: UInt64) -> Bool {
        var left = count, place = address
        while left > 0 {
            let wanted = min(left, Self.piece)
            var bytes = rest(limit: wanted)
            if bytes.isEmpty {
                bytes = [UInt8](repeating: 0, count: Int(wanted))
            } else {
                current.offset &+= UInt64(bytes.count)
            }
            guard writeMemory(place, bytes) else { return false }
            place &+= UInt64(bytes.count)
            left -= UInt64(bytes.count)
        }
        return true
    }
}
