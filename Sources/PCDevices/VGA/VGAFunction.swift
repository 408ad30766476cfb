import Machine

/// The VGA as a PCI function, as QEMU's `std` adapter has it: base 0 shows its memory, base 2 its registers.
///
/// | offset in base 2 | what |
/// | --- | --- |
/// | 0-3FFh | where the display would tell of itself (EDID): nothing |
/// | 400h-41Fh | ports 3C0h-3DFh |
/// | 500h-515h | the display interface's registers, a word each |
/// | 600h-607h | size of this block, and byte order, which is little-endian |
public final class VGAFunction: MemoryHandler {
    public let function: PCIFunction
    private let vga: VGA

    private static let ports: ClosedRange<UInt64> = 0x400...0x41F
    private static let display: ClosedRange<UInt64> = 0x500...0x515
    private static let extended: ClosedRange<UInt64> = 0x600...0x607
    private static let littleEndianMark: UInt32 = 0x1E1E_1E1E

    /// `rom` is the adapter's own BIOS, for a system BIOS that wants one.
    public init(_ vga: VGA, rom: [UInt8]?) {
        self.vga = vga
        function = PCIFunction(
            name: "\(vga.name).pci", .init(vendor: 0x1234, device: 0x1111, revision: 2, classCode: 0x030000))
        function.addBase(0, deviceMemory: 0, size: UInt64(VGA.largeMemorySize))
        function.addBase(2, memory: 4096, self)
        if let rom, !rom.isEmpty, rom.count <= 256 << 10 {
            var size: UInt64 = 4096
            while size < UInt64(rom.count) { size *= 2 }
            function.addExpansionROM(size: size, ROMBytes(rom))
        }
    }

    public func read(offset: UInt64, width: Int) -> UInt64 {
        if Self.display.contains(offset), width == 2 { return UInt64(vga.readDisplay(UInt16(offset - 0x500) / 2)) }
        return (0..<width).reduce(0) { $0 | UInt64(byte(offset &+ UInt64($1))) << UInt64($1 * 8) }
    }

    private func byte(_ offset: UInt64) -> UInt8 {
        switch offset {
        case Self.ports:
            return UInt8(truncatingIfNeeded: vga.read(port: Port(UInt16(0x3C0 + offset - 0x400)), width: 1))
        case Self.display:
            let word = vga.readDisplay(UInt16(offset - 0x500) / 2)
            return UInt8(truncatingIfNeeded: offset & 1 == 0 ? word : word >> 8)
        case Self.extended:
            let value = offset < 0x604 ? 8 : Self.littleEndianMark
            return UInt8(truncatingIfNeeded: value >> (UInt32(offset & 3) * 8))
        default: return 0
        }
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        if Self.display.contains(offset) {
            if width == 2 { vga.writeDisplay(UInt16(offset - 0x500) / 2, UInt16(truncatingIfNeeded: value)) }
            return
        }
        for index in 0..<UInt64(width) where Self.ports.contains(offset &+ index) {
            vga.write(
                port: Port(UInt16(0x3C0 + offset + index - 0x400)), width: 1,
                value: UInt32(truncatingIfNeeded: value >> (index * 8)) & 0xFF)
        }
    }
}

/// Bytes that a guest can only read.
final class ROMBytes: MemoryHandler {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(offset: UInt64, width: Int) -> UInt64 {
        (0..<UInt64(width)).reduce(0) { $0 | UInt64(peek(offset: offset &+ $1) ?? 0xFF) << ($1 * 8) }
    }

    func write(offset: UInt64, width: Int, value: UInt64) {}

    func peek(offset: UInt64) -> UInt8? { offset < UInt64(bytes.count) ? bytes[Int(offset)] : 0xFF }
}
