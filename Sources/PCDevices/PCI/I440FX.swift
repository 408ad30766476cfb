import Machine

/// The host bridge 82441FX (PMC): configuration mechanism 1, and which accesses of C0000h-FFFFFh are RAM.
///
/// Ports CF8h (CONFADD, a dword) and CFCh-CFFh (CONFDATA). Other accesses of CF8h-CFBh go on to the ISA bus, where the
/// PIIX3 has its reset control register.
public final class I440FX: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// CONFADD: bit 31 enables, then bus, device, function, register.
        public internal(set) var address: UInt32 = 0
    }

    /// Offsets in configuration space (82441FX data sheet, 3.2).
    enum Register {
        /// PAM0-PAM6
        static let attributes = 0x59
        static let systemManagementRAM = 0x72
    }

    /// SMRAM: D_OPEN, and D_LCK, which holds the register until reset.
    private enum SMRAM {
        static let open: UInt8 = 0x40
        static let lock: UInt8 = 0x10
        static let writable: UInt8 = 0x7F
    }

    public let name: String
    public let function: PCIFunction
    /// Reads of C0000h-FFFFFh that go to RAM, and writes.
    public var shadow: (Range<UInt64>, Shadowing) -> Void = { _, _ in }
    /// ISA's answer at CF8h-CFBh.
    public var isaRead: (Port, Int) -> UInt32 = { _, _ in .max }
    public var isaWrite: (Port, Int, UInt32) -> Void = { _, _, _ in }
    private unowned let bus: PCIBus
    private var current = State()

    public init(name: String = "i440fx", bus: PCIBus) {
        self.name = name
        self.bus = bus
        function = PCIFunction(
            name: "\(name).pci", .init(vendor: 0x8086, device: 0x1237, revision: 2, classCode: 0x060000))
        function.define(
            PCIFunction.Register.command, [0x06, 0x00, 0x80, 0x02], writable: [0, 0x01], clearable: [0, 0, 0, 0xF9])
        // What the chip has of registers for DRAM timing and the like is there to be read back.
        function.define(
            0x50, [UInt8](repeating: 0, count: 0x40), writable: [UInt8](repeating: 0xFF, count: 0x40))
        function.define(
            Register.attributes, [UInt8](repeating: 0, count: 7), writable: [UInt8](repeating: 0x33, count: 7))
        function.define(Register.systemManagementRAM, [0x02], writable: [SMRAM.writable])
        function.define(0x90, [0, 0, 0, 0], writable: [0xFF, 0, 0, 0xFF], clearable: [0, 0xFF])
        function.changed = { [unowned self] in
            if $0.overlaps(Register.attributes..<Register.attributes + 7) { setShadows() }
        }
        function.written = { [unowned self] in if $0.contains(Register.systemManagementRAM) { lock() } }
        function.mayWrite = { [unowned function] offset in
            offset != Register.systemManagementRAM || function.byte(offset) & SMRAM.lock == 0
        }
        bus.insert(function, at: PCIBus.Slot(0))
    }

    public var state: State {
        get { current }
        set { current = newValue }
    }

    public func reset() { current = State() }

    /// Tells all of it to whoever maps memory.
    public func setShadows() {
        // PAM0 has F0000h-FFFFFh in its high half; each later one 16 KiB in either half, from C0000h on. Bit 0 of a half:
        // reads come from RAM; bit 1: writes go there.
        shadow(0xF0000..<0x100000, Shadowing(rawValue: function.byte(Register.attributes) >> 4 & 3))
        for index in 0..<12 {
            let byte = function.byte(Register.attributes + 1 + index / 2)
            let start = 0xC0000 + UInt64(index) * 0x4000
            shadow(start..<start + 0x4000, Shadowing(rawValue: byte >> UInt8(index & 1 * 4) & 3))
        }
    }

    /// Once locked, SMRAM is closed to all but SMM and its register cannot be changed.
    private func lock() {
        let value = function.byte(Register.systemManagementRAM)
        guard value & SMRAM.lock != 0 else { return }
        function.set(Register.systemManagementRAM, [value & ~SMRAM.open])
    }

    // MARK: Ports

    private func isAddress(_ port: Port, _ width: Int) -> Bool { port.rawValue == 0xCF8 && width == 4 }

    public func read(port: Port, width: Int) -> UInt32 {
        if isAddress(port, width) { return current.address }
        guard port.rawValue >= 0xCFC else { return isaRead(port, width) }
        guard current.address >> 31 == 1 else { return .max }
        return bus.read(current.address & 0xFF_FFFC | UInt32(port.rawValue & 3), width: width)
    }

    public func write(port: Port, width: Int, value: UInt32) {
        // Bits 30-24 are reserved, 1-0 are zero.
        if isAddress(port, width) { return current.address = value & 0x80FF_FFFC }
        guard port.rawValue >= 0xCFC else { return isaWrite(port, width, value) }
        guard current.address >> 31 == 1 else { return }
        bus.write(current.address & 0xFF_FFFC | UInt32(port.rawValue & 3), width: width, value: value)
    }
}
