import Machine

/// The ISA bridge 82371SB (PIIX3): routes PIRQA#-PIRQD# to the interrupt controllers, and has the reset control register.
public final class PIIX3: Device {
    public struct State: Codable, Equatable, Sendable {
        /// RC, port CF9h.
        public internal(set) var resetControl: UInt8 = 0
    }

    /// Offsets in configuration space (82371SB data sheet, 2.2).
    enum Register {
        /// PIRQRCA-PIRQRCD
        static let routes = 0x60
    }

    /// RC: SRST chooses between a hard and a soft reset, a rise of RCPU does it.
    private enum ResetControl {
        static let hard: UInt8 = 2
        static let reset: UInt8 = 4
    }

    /// IRQ 0, 1, 2, 8 and 13 belong to the board.
    private static let routable: UInt16 = 0xDEF8

    public let name: String
    public let function: PCIFunction
    /// Level of IRQ 3-15 as far as PCI is concerned; an input of the interrupt controllers may have other sources.
    public var interrupt: (_ irq: Int, _ level: Bool) -> Void = { _, _ in }
    public var resetRequest: () -> Void = {}
    private var current = State()
    private var inputs = [false, false, false, false]
    /// IRQs that are pulled now.
    private var pulled: UInt16 = 0

    public init(name: String = "piix3", bus: PCIBus) {
        self.name = name
        function = PCIFunction(
            name: "\(name).pci", .init(vendor: 0x8086, device: 0x7000, classCode: 0x060100), isMultifunction: true)
        function.define(
            PCIFunction.Register.command, [0x07, 0x00, 0x00, 0x02], writable: [0, 0x01], clearable: [0, 0, 0, 0xF9])
        // What steers chips that the board has in fixed places is there to be read back.
        let count = 256 - PCIFunction.Register.deviceSpecific
        function.define(
            PCIFunction.Register.deviceSpecific, [UInt8](repeating: 0, count: count),
            writable: [UInt8](repeating: 0xFF, count: count))
        let defaults: [(Int, [UInt8])] = [
            (0x4C, [0x4D]), (0x4E, [0x03, 0x00]), (Register.routes, [0x80, 0x80, 0x80, 0x80]), (0x69, [0x02]),
            (0x70, [0x80]), (0x76, [0x0C, 0x0C]), (0x78, [0x02, 0x00]), (0xA0, [0x08]), (0xA8, [0x0F]),
        ]
        for (offset, bytes) in defaults {
            function.define(offset, bytes, writable: [UInt8](repeating: 0xFF, count: bytes.count))
        }
        function.define(Register.routes, [0x80, 0x80, 0x80, 0x80], writable: [0x8F, 0x8F, 0x8F, 0x8F])
        function.changed = { [unowned self] in if $0.overlaps(Register.routes..<Register.routes + 4) { route() } }
        bus.insert(function, at: PCIBus.Slot(1))
        bus.interrupt = { [unowned self] input, level in
            inputs[input & 3] = level
            route()
        }
    }

    public var state: State {
        get { current }
        set { current = newValue }
    }

    public func reset() { current = State() }

    private func route() {
        var wanted: UInt16 = 0
        for input in 0..<4 where inputs[input] {
            let register = function.byte(Register.routes + input)
            // Bit 7: not routed.
            if register & 0x80 == 0 { wanted |= 1 << UInt16(register & 15) }
        }
        wanted &= Self.routable
        let differs = wanted ^ pulled
        pulled = wanted
        for irq in 0..<16 where differs >> UInt16(irq) & 1 != 0 { interrupt(irq, wanted >> UInt16(irq) & 1 != 0) }
    }

    /// Where an input of the router leads, for tables that tell the guest; nil where it is not routed.
    public func route(of input: Int) -> UInt8? {
        let register = function.byte(Register.routes + input & 3)
        return register & 0x80 == 0 ? register & 15 : nil
    }

    // MARK: Port CF9h

    public func readResetControl() -> UInt8 { current.resetControl }

    public func writeResetControl(_ value: UInt8) {
        let rises = value & ResetControl.reset != 0 && current.resetControl & ResetControl.reset == 0
        current.resetControl = value & (ResetControl.hard | ResetControl.reset)
        if rises { resetRequest() }
    }
}
