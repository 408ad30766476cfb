import Machine

/// Power management of the 82371AB (PIIX4), function 3 of the ISA bridge: ACPI's fixed registers, and the APM ports.
///
/// Source: 82371AB datasheet, chapter 7 (registers) and 7.2 (I/O space); ACPI specification 5.0, 4.8. There is no SMBus
/// and no system management mode: what firmware's SMI handler would do with the APM command port is done here.
public final class PIIX4PM: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// PMSTS without the timer's overflow, PMEN, PMCNTRL.
        public internal(set) var status: UInt16 = 0
        public internal(set) var enables: UInt16 = 0
        public internal(set) var control: UInt16 = 0
        /// Changes of the timer's bit 23 that software has seen.
        var overflowsSeen: UInt64 = 0
        /// GPSTS and GPEN.
        public internal(set) var generalEnables: UInt16 = 0
        /// APMC and APMS.
        public internal(set) var command: UInt8 = 0
        public internal(set) var commandStatus: UInt8 = 0
        /// System control interrupt.
        public internal(set) var interrupt = false
    }

    /// Values of the APM command port that FADT names, as QEMU has them.
    public enum Command {
        public static let enable: UInt8 = 0xF1
        public static let disable: UInt8 = 0xF0
    }

    /// Offsets from the base.
    private enum Register {
        static let status: UInt16 = 0x00
        static let enables: UInt16 = 0x02
        static let control: UInt16 = 0x04
        static let timer: UInt16 = 0x08
        static let generalStatus: UInt16 = 0x0C
        static let generalEnables: UInt16 = 0x0E
    }

    /// Of PMSTS and PMEN.
    private enum Events {
        static let timer: UInt16 = 1 << 0
        static let powerButton: UInt16 = 1 << 8
        /// Timer, global lock, power button, RTC; the last of PMSTS says that the machine woke up.
        static let status: UInt16 = 0x8521
        static let enables: UInt16 = 0x0521
    }

    /// Of PMCNTRL.
    private enum Control {
        static let isACPI: UInt16 = 1 << 0
        /// SCI enable, bus master reload; suspend type.
        static let stored: UInt16 = 0x1C03
        static let suspend: UInt16 = 1 << 13
        /// Suspend type 0, in bits 12-10: soft off.
        static let type: UInt16 = 0x1C00
    }

    /// Offsets in configuration space.
    private enum Configuration {
        static let base = 0x40
        /// DEVACTB: bit 25 lets the APM command port raise SMI. It is set as where firmware has no work left with SMM.
        static let activity = 0x58
        static let enable = 0x80
    }

    /// 3.579545 MHz.
    private static let timerRate: UInt64 = 3_579_545
    private static let ticks: UInt64 = 1_000_000_000
    public static let windowSize = 64

    public let name: String
    public let function: PCIFunction
    /// SCI
    public var output: Pin = { _ in }
    public var powerOff: () -> Void = {}
    /// Where the registers are among the ports; nil while they are nowhere. Follows from configuration space.
    public var place: (UInt16?) -> Void = { _ in }
    private let events: EventQueue
    private var event: EventQueue.Event?
    private var current = State()

    public init(name: String = "pm", bus: PCIBus, events: EventQueue) {
        self.name = name
        self.events = events
        function = PCIFunction(
            name: "\(name).pci", .init(vendor: 0x8086, device: 0x7113, revision: 3, classCode: 0x068000),
            interruptPin: 1)
        function.define(
            PCIFunction.Register.command, [0, 0, 0x80, 0x02], writable: [1, 0], clearable: [0, 0, 0, 0xF9])
        let count = 256 - PCIFunction.Register.deviceSpecific
        function.define(
            PCIFunction.Register.deviceSpecific, [UInt8](repeating: 0, count: count),
            writable: [UInt8](repeating: 0xFF, count: count))
        function.define(Configuration.base, [1, 0, 0, 0], writable: [0xC0, 0xFF, 0, 0])
        function.define(Configuration.activity, [0, 0, 0, 2], writable: [0xFF, 0xFF, 0xFF, 0xFF])
        function.changed = { [unowned self] _ in placeRegisters() }
        bus.insert(function, at: PCIBus.Slot(1, 3))
        event = events.register("\(name).timer") { [unowned self] in update() }
    }

    private func placeRegisters() {
        let isOn = function.byte(Configuration.enable) & 1 != 0
        let base = function.word(Configuration.base) & 0xFFC0
        place(isOn && base != 0 ? base : nil)
    }

    public var state: State {
        get { current }
        set {
            current = newValue
            output(current.interrupt)
        }
    }

    public func reset() {
        let level = current.interrupt
        current = State()
        current.interrupt = level
        current.overflowsSeen = overflows
        update()
    }

    // MARK: Timer

    /// Counts since power-on; software sees 24 bits.
    private var count: UInt64 {
        let product = events.now.multipliedFullWidth(by: Self.timerRate)
        return Self.ticks.dividingFullWidth((product.high % Self.ticks, product.low)).quotient
    }

    /// How often bit 23 has changed.
    private var overflows: UInt64 { count >> 23 }

    private var status: UInt16 {
        current.status | (overflows != current.overflowsSeen ? Events.timer : 0)
    }

    /// The tick at which bit 23 changes next.
    private var nextOverflow: UInt64 {
        let product = ((overflows &+ 1) << 23).multipliedFullWidth(by: Self.ticks)
        return Self.timerRate.dividingFullWidth((product.high % Self.timerRate, product.low)).quotient &+ 1
    }

    /// Brings SCI and the event up to date.
    private func update() {
        let isACPI = current.control & Control.isACPI != 0
        let level = isACPI && status & current.enables & Events.enables != 0
        if level != current.interrupt {
            current.interrupt = level
            output(level)
        }
        guard let event else { return }
        if isACPI, current.enables & Events.timer != 0, overflows == current.overflowsSeen {
            events.schedule(event, at: nextOverflow)
        } else {
            events.cancel(event)
        }
    }

    /// Somebody presses the power button.
    public func pressPowerButton() {
        current.status |= Events.powerButton
        update()
    }

    // MARK: APM

    /// Ports B2h, APMC, and B3h, APMS.
    public private(set) lazy var commandPorts: any PortHandler = CommandPorts(self)

    private final class CommandPorts: PortHandler {
        private unowned let chip: PIIX4PM

        init(_ chip: PIIX4PM) { self.chip = chip }

        func read(port: Port, width: Int) -> UInt32 {
            UInt32(port.rawValue & 1 == 0 ? chip.current.command : chip.current.commandStatus)
        }

        func write(port: Port, width: Int, value: UInt32) {
            let byte = UInt8(truncatingIfNeeded: value)
            guard port.rawValue & 1 == 0 else { return chip.current.commandStatus = byte }
            chip.setCommand(byte)
        }
    }

    private func setCommand(_ value: UInt8) {
        current.command = value
        if value == Command.enable { current.control |= Control.isACPI }
        if value == Command.disable { current.control &= ~Control.isACPI }
        update()
    }

    // MARK: Ports

    /// Registers by offset from their base.
    public func read(port: Port, width: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<UInt16(truncatingIfNeeded: width) {
            value |= UInt32(byte(port.rawValue &+ index)) << UInt32(index * 8)
        }
        return value
    }

    private func byte(_ offset: UInt16) -> UInt8 {
        let word: UInt32
        switch offset & ~3 {
        case Register.status: word = UInt32(status) | UInt32(current.enables) << 16
        case Register.control: word = UInt32(current.control)
        case Register.timer: word = UInt32(truncatingIfNeeded: count & 0xFF_FFFF)
        case Register.generalStatus: word = UInt32(current.generalEnables) << 16
        default: word = 0
        }
        return UInt8(truncatingIfNeeded: word >> UInt32((offset & 3) * 8))
    }

    public func write(port: Port, width: Int, value: UInt32) {
        // Word by word: a register is written whole or in its bytes.
        var offset = port.rawValue, rest = value, left = width
        while left > 0 {
            let size = offset & 1 == 0 && left >= 2 ? 2 : 1
            setPart(offset, size, UInt16(truncatingIfNeeded: rest) & (size == 2 ? 0xFFFF : 0xFF))
            offset &+= UInt16(size)
            rest >>= size == 2 ? 16 : 8
            left -= size
        }
        update()
    }

    private func setPart(_ offset: UInt16, _ size: Int, _ value: UInt16) {
        let shift: UInt16 = offset & 1 == 0 ? 0 : 8
        let mask: UInt16 = size == 2 ? 0xFFFF : 0xFF << shift, bits = value << shift
        func merged(_ old: UInt16) -> UInt16 { old & ~mask | bits & mask }
        switch offset & ~1 {
        case Register.status:
            current.status &= ~(bits & Events.status)
            if bits & Events.timer != 0 { current.overflowsSeen = overflows }
        case Register.enables: current.enables = merged(current.enables) & Events.enables
        case Register.control:
            let new = merged(current.control)
            current.control = new & Control.stored
            if new & Control.suspend != 0, new & Control.type == 0 { powerOff() }
        case Register.generalEnables: current.generalEnables = merged(current.generalEnables)
        default: break
        }
    }
}
