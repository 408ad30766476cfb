import Machine

/// The IDE function of the PIIX3: moves data between the two channels and memory by itself (82371SB data sheet, 2.3;
/// Programming Interface for Bus Master IDE Controller 1.0).
///
/// Ports, counted from base 4, eight for each channel: 0 command, 2 status, 4 address of the table of regions.
public final class PIIXIDE: Device, PortHandler {
    public struct Channel: Codable, Equatable, Sendable {
        public internal(set) var command: UInt8 = 0
        public internal(set) var status: UInt8 = 0
        /// BMIDTP
        public internal(set) var table: UInt32 = 0
        /// The table's next entry.
        public internal(set) var next: UInt32 = 0
        /// What is left of the present region, and whether it is the last.
        public internal(set) var address: UInt32 = 0
        public internal(set) var count: UInt32 = 0
        public internal(set) var isLast = false
        /// The drive's interrupt line.
        public internal(set) var line = false
    }

    public struct State: Codable, Equatable, Sendable {
        public internal(set) var channels = [Channel(), Channel()]
    }

    /// BMICX
    private enum Command {
        static let start: UInt8 = 0x01
        /// RWCON: the master writes memory.
        static let toMemory: UInt8 = 0x08
    }

    /// BMISX
    private enum Status {
        static let active: UInt8 = 0x01
        static let error: UInt8 = 0x02
        static let interrupt: UInt8 = 0x04
        /// Drives that the guest's software has found able to do DMA.
        static let capable: UInt8 = 0x60
    }

    private enum Offset {
        static let command: UInt16 = 0
        static let status: UInt16 = 2
        static let table: UInt16 = 4
    }

    /// Bytes between two looks at the clock.
    private static let burst = 64 << 10
    /// From one burst to the next: 1 ns a byte, and this.
    private static let latency: UInt64 = 1_000

    public let name: String
    public let function: PCIFunction
    private let drives: [ATAChannel]
    private let events: EventQueue
    private var bursts: [EventQueue.Event] = []
    private var current = State()

    /// `drives` are the primary and the secondary channel.
    public init(name: String = "piix3-ide", drives: [ATAChannel], events: EventQueue, bus: PCIBus) {
        precondition(drives.count == 2)
        self.name = name
        self.drives = drives
        self.events = events
        // Both channels at the ports and interrupts of a PC/AT, bus master.
        function = PCIFunction(
            name: "\(name).pci", .init(vendor: 0x8086, device: 0x7010, classCode: 0x010180))
        function.define(PCIFunction.Register.status, [0x80, 0x02], clearable: [0, 0xF9])
        // IDETIM for both channels, SIDETIM: there to be read back, as time is not theirs to give here.
        function.define(0x40, [UInt8](repeating: 0, count: 5), writable: [UInt8](repeating: 0xFF, count: 5))
        function.addBase(4, ports: 16, self)
        function.changed = { [unowned self] in
            guard $0.contains(PCIFunction.Register.command) else { return }
            for channel in 0..<2 { kick(channel) }
        }
        bus.insert(function, at: PCIBus.Slot(1, 1))
        for channel in 0..<2 {
            bursts.append(events.register("\(name).burst\(channel)") { [unowned self] in moveBurst(channel) })
            drives[channel].busMaster = { [unowned self] in kick(channel) }
        }
    }

    public var state: State {
        get { current }
        set {
            guard newValue.channels.count == 2, newValue.channels.allSatisfy({ $0.count <= 0x10000 }) else { return }
            current = newValue
        }
    }

    public func reset() {
        for event in bursts { events.cancel(event) }
        let lines = current.channels.map(\.line)
        current = State()
        for channel in 0..<2 { current.channels[channel].line = lines[channel] }
    }

    /// The drives' interrupt line, as it goes to the interrupt controllers.
    public func setLine(_ channel: Int, _ level: Bool) {
        if level, !current.channels[channel].line { current.channels[channel].status |= Status.interrupt }
        current.channels[channel].line = level
    }

    // MARK: Ports

    public func read(port: Port, width: Int) -> UInt32 {
        let channel = current.channels[Int(port.rawValue >> 3 & 1)]
        var bytes = [UInt8](repeating: 0, count: 8)
        bytes[Int(Offset.command)] = channel.command
        bytes[Int(Offset.status)] = channel.status
        bytes.replaceSubrange(4..<8, with: littleEndian(channel.table))
        let first = Int(port.rawValue & 7)
        return (0..<width).reduce(0) { $0 | (first + $1 < 8 ? UInt32(bytes[first + $1]) << UInt32($1 * 8) : 0) }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let channel = Int(port.rawValue >> 3 & 1), first = port.rawValue & 7
        for index in 0..<UInt16(width) where first + index < 8 {
            let byte = UInt8(truncatingIfNeeded: value >> UInt32(index * 8))
            switch first + index {
            case Offset.command: writeCommand(channel, byte)
            case Offset.status:
                let cleared = byte & (Status.error | Status.interrupt)
                let status = current.channels[channel].status & ~cleared & ~Status.capable
                current.channels[channel].status = status | byte & Status.capable
            case Offset.table...7:
                let shift = UInt32(first + index - Offset.table) * 8
                let kept = current.channels[channel].table & ~(0xFF << shift)
                current.channels[channel].table = (kept | UInt32(byte) << shift) & ~3
            default: break
            }
        }
    }

    private func writeCommand(_ channel: Int, _ byte: UInt8) {
        let was = current.channels[channel].command
        var new = byte & (Command.start | Command.toMemory)
        // The direction stays while the master works.
        if current.channels[channel].status & Status.active != 0, new & Command.start != 0 {
            new = new & ~Command.toMemory | was & Command.toMemory
        }
        current.channels[channel].command = new
        if new & Command.start == 0 {
            // Whatever was under way is lost.
            current.channels[channel].status &= ~Status.active
            events.cancel(bursts[channel])
        } else if was & Command.start == 0 {
            current.channels[channel].status |= Status.active
            current.channels[channel].next = current.channels[channel].table
            current.channels[channel].count = 0
            current.channels[channel].isLast = false
            kick(channel)
        }
    }

    // MARK: Moving

    /// Looks whether there is something to move, and does so a moment later.
    private func kick(_ channel: Int) {
        guard canMove(channel), events.deadline(of: bursts[channel]) == nil else { return }
        let bytes = min(drives[channel].dmaCount, Self.burst)
        events.schedule(bursts[channel], at: events.now &+ Self.latency &+ UInt64(bytes))
    }

    private func canMove(_ channel: Int) -> Bool {
        let master = current.channels[channel]
        guard master.status & Status.active != 0, function.isBusMaster, let direction = drives[channel].dmaDirection
        else { return false }
        // A drive that wants it the other way waits for ever.
        return (master.command & Command.toMemory != 0) == (direction == .toMemory)
    }

    private func moveBurst(_ channel: Int) {
        var left = Self.burst
        while left > 0, canMove(channel) {
            if current.channels[channel].count == 0, !nextRegion(channel) { break }
            let master = current.channels[channel]
            let count = min(Int(master.count), left, drives[channel].dmaCount)
            guard count > 0 else { break }
            // Progress is noted first: the drive's interrupt comes with its last byte.
            current.channels[channel].address = master.address &+ UInt32(count)
            current.channels[channel].count = master.count - UInt32(count)
            if current.channels[channel].count == 0, master.isLast {
                current.channels[channel].status &= ~Status.active
            }
            if master.command & Command.toMemory != 0 {
                function.writeMemory(UInt64(master.address), drives[channel].takeDMA(count))
            } else {
                drives[channel].giveDMA(function.readMemory(UInt64(master.address), count: count))
            }
            left -= count
        }
        kick(channel)
    }

    /// Fetches a table entry: address, even; count, even, 0 for 64 KiB; bit 31: the last one. False where there is none more.
    private func nextRegion(_ channel: Int) -> Bool {
        guard !current.channels[channel].isLast else {
            current.channels[channel].status &= ~Status.active
            return false
        }
        let entry = function.readMemory(UInt64(current.channels[channel].next), count: 8)
        let address = UInt32(littleEndianBytes: entry[0..<4]), control = UInt32(littleEndianBytes: entry[4..<8])
        current.channels[channel].address = address & ~1
        let count = control & 0xFFFE
        current.channels[channel].count = count == 0 ? 0x10000 : count
        current.channels[channel].isLast = control >> 31 != 0
        // The table does not cross 64 KiB.
        let next = current.channels[channel].next
        current.channels[channel].next = next & 0xFFFF_0000 | (next &+ 8) & 0xFFFF
        return true
    }
}
