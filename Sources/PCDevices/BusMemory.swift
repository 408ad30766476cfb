/// Guest memory as a bus master reaches it: physical addresses, no A20 gate, no device. The board installs it.
///
/// Nothing in it can fail: what is no memory reads as FFh and takes no writes. `isRAM` tells before.
public struct BusMemory {
    public var read: (_ address: UInt64, _ count: Int) -> [UInt8]
    public var write: (_ address: UInt64, _ bytes: [UInt8]) -> Void
    /// All of these bytes are RAM. Takes no longer for many bytes than for few.
    public var isRAM: (_ address: UInt64, _ count: UInt64) -> Bool

    public init(
        read: @escaping (UInt64, Int) -> [UInt8], write: @escaping (UInt64, [UInt8]) -> Void,
        isRAM: @escaping (UInt64, UInt64) -> Bool
    ) {
        self.read = read
        self.write = write
        self.isRAM = isRAM
    }

    /// Before the board has connected it.
    public static var none: BusMemory {
        BusMemory(
            read: { [UInt8](repeating: 0xFF, count: max(0, $1)) }, write: { _, _ in }, isRAM: { _, _ in false })
    }

    func read16(_ address: UInt64) -> UInt16 { UInt16(littleEndianBytes: read(address, 2)) }

    func write16(_ address: UInt64, _ value: UInt16) { write(address, value.littleEndianBytes) }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// The number that these bytes are, lowest first; missing ones count as zero.
    init<Bytes: Sequence>(littleEndianBytes bytes: Bytes) where Bytes.Element == UInt8 {
        self = 0
        var shift = 0
        for byte in bytes.prefix(Self.bitWidth / 8) {
            self |= Self(truncatingIfNeeded: byte) &<< Self(truncatingIfNeeded: shift)
            shift += 8
        }
    }

    var littleEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
    }
}
