import Machine

/// The two 8259A interrupt controllers of a PC/AT: the second one's INT is the first one's IR2.
///
/// Ports: 20h-21h first, A0h-A1h second, 4D0h-4D1h edge/level control (EISA; ICH datasheet 13.5).
public final class PIC8259: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// IRQ 0-7.
        public internal(set) var master = PIC8259Chip()
        /// IRQ 8-15.
        public internal(set) var slave = PIC8259Chip()
        /// INTR, the master's INT.
        public internal(set) var interrupt = false
    }

    /// Register ports.
    public enum Register {
        public static let masterCommand: UInt16 = 0x20
        public static let masterData: UInt16 = 0x21
        public static let slaveCommand: UInt16 = 0xA0
        public static let slaveData: UInt16 = 0xA1
        public static let masterELCR: UInt16 = 0x4D0
        public static let slaveELCR: UInt16 = 0x4D1
    }

    /// IRQ 0, 1 and 2 cannot be level-triggered, nor can 8 and 13.
    private static let masterLevelBits: UInt8 = 0xF8
    private static let slaveLevelBits: UInt8 = 0xDE
    /// The master's input that the slave drives.
    private static let cascade = 2
    /// The data bus when no chip drives it.
    private static let floatingBus: UInt8 = 0xFF

    public let name: String
    /// INTR. Called when the level changes, and after a restore.
    public var output: Pin = { _ in }
    private var current = State()

    public init(name: String = "pic") { self.name = name }

    public var state: State {
        get { current }
        set {
            current = newValue
            output(current.interrupt)
        }
    }

    /// The 8259A has no RESET pin; a machine reset puts it where power-on does. Input levels stay.
    public func reset() {
        let lines = (current.master.lines, current.slave.lines)
        var fresh = State()
        fresh.master.lines = lines.0
        fresh.slave.lines = lines.1
        fresh.interrupt = current.interrupt
        current = fresh
        update()
    }

    /// Level of an interrupt request line, 0-15. IRQ 2 is the cascade and has no pin: it is ignored.
    public func setLine(_ irq: Int, _ level: Bool) {
        switch irq {
        case Self.cascade: return
        case 0...7: current.master.setLine(irq, level)
        case 8...15: current.slave.setLine(irq - 8, level)
        default: return
        }
        update()
    }

    /// The two INTA cycles: takes the highest request in service and gives its vector. Without a request, because its
    /// line fell or was masked meanwhile, level 7 answers with nothing in service (spurious IRQ 7 or 15).
    public func acknowledge() -> UInt8 {
        defer { update() }
        guard let taken = current.master.acknowledge(isMaster: true) else { return current.master.base | 7 }
        let hasSlave = !current.master.isSingle && current.master.icw3 & (1 &<< taken) != 0
        guard hasSlave else { return current.master.base | taken }
        // The slave answers when the cascade lines carry its identity.
        guard Int(taken) == Self.cascade, current.slave.icw3 & 7 == taken else { return Self.floatingBus }
        let level = current.slave.acknowledge(isMaster: false) ?? 7
        dropCascade()
        return current.slave.base | level
    }

    public func read(port: Port, width: Int) -> UInt32 {
        defer { update() }
        switch port.rawValue {
        case Register.masterCommand: return UInt32(current.master.read(isDataPort: false, isMaster: true))
        case Register.masterData: return UInt32(current.master.read(isDataPort: true, isMaster: true))
        case Register.slaveCommand, Register.slaveData:
            if current.slave.polled { dropCascade() }
            return UInt32(current.slave.read(isDataPort: port.rawValue == Register.slaveData, isMaster: false))
        case Register.masterELCR: return UInt32(current.master.elcr)
        case Register.slaveELCR: return UInt32(current.slave.elcr)
        default: return UInt32(Self.floatingBus)
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        switch port.rawValue {
        case Register.masterCommand: current.master.write(byte, isDataPort: false)
        case Register.masterData: current.master.write(byte, isDataPort: true)
        case Register.slaveCommand: current.slave.write(byte, isDataPort: false)
        case Register.slaveData: current.slave.write(byte, isDataPort: true)
        case Register.masterELCR: current.master.elcr = byte & Self.masterLevelBits
        case Register.slaveELCR: current.slave.elcr = byte & Self.slaveLevelBits
        default: return
        }
        update()
    }

    /// INT goes low during an INTA sequence, so that a further request of the slave is a new edge for the master.
    private func dropCascade() {
        current.master.setLine(Self.cascade, false)
    }

    /// Lets the slave's INT reach the master and the master's reach the CPU.
    private func update() {
        current.master.setLine(Self.cascade, current.slave.interrupt(isMaster: false))
        let level = current.master.interrupt(isMaster: true)
        guard level != current.interrupt else { return }
        current.interrupt = level
        output(level)
    }
}
