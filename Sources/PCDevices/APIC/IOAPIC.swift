import Machine

/// The 82093AA I/O APIC: 24 inputs, each with an entry that says which interrupt it is and for whom.
///
/// Source: Intel 82093AA datasheet (290566); the EOI register, and with it version 20h, is of the I/O APIC in the ICH
/// (ICH datasheet, "I/O APIC").
public final class IOAPIC: Device, MemoryHandler {
    public static let pins = 24
    /// The whole page at its base.
    public static let windowSize: UInt64 = 0x1000

    public struct State: Codable, Equatable, Sendable {
        /// Bits 27-24.
        public internal(set) var identity: UInt8 = 0
        /// IOREGSEL
        public internal(set) var select: UInt8 = 0
        public internal(set) var entries = [UInt64](repeating: Entry.mask, count: IOAPIC.pins)
        /// Levels of the inputs, a bit each.
        public internal(set) var lines: UInt32 = 0
    }

    /// Fields of an entry (datasheet 3.2.4).
    enum Entry {
        static let logical: UInt64 = 1 << 11
        /// Level-triggered and accepted by a local APIC, EOI is to come.
        static let remoteRequest: UInt64 = 1 << 14
        static let level: UInt64 = 1 << 15
        static let mask: UInt64 = 1 << 16
        /// Vector, delivery, destination mode, polarity, trigger, mask and destination; bits 12 and 14 only tell.
        static let writable: UInt64 = 0xFF00_0000_0001_AFFF
    }

    /// Offsets in its page.
    enum Window {
        static let select: UInt64 = 0x00
        static let data: UInt64 = 0x10
        static let endOfInterrupt: UInt64 = 0x40
    }

    /// By index.
    enum Register {
        static let identity: UInt8 = 0
        static let version: UInt8 = 1
        static let arbitration: UInt8 = 2
        static let firstEntry: UInt8 = 0x10
    }

    /// Version 20h and the number of the last entry.
    private static let version: UInt32 = 0x20 | UInt32(pins - 1) << 16

    public let name: String
    public var send: (InterruptMessage) -> Void = { _ in }
    private var current = State()

    public init(name: String = "ioapic") { self.name = name }

    public var state: State {
        get { current }
        set {
            guard newValue.entries.count == Self.pins else { return }
            current = newValue
        }
    }

    public func reset() {
        let lines = current.lines
        current = State()
        current.lines = lines
    }

    /// Level of an input, 0-23, true when active.
    public func setLine(_ pin: Int, _ level: Bool) {
        guard (0..<Self.pins).contains(pin) else { return }
        let bit: UInt32 = 1 << UInt32(pin)
        guard level != (current.lines & bit != 0) else { return }
        current.lines ^= bit
        guard level else { return }
        let entry = current.entries[pin]
        if entry & Entry.level != 0 {
            serveLevel(pin)
        } else if entry & Entry.mask == 0 {
            // Of an edge that comes while the entry is masked nothing is kept (datasheet 3.2.4, bit 16).
            deliver(pin)
        }
    }

    /// A level that is active asks again until it is accepted.
    private func serveLevel(_ pin: Int) {
        let entry = current.entries[pin]
        guard entry & (Entry.level | Entry.mask | Entry.remoteRequest) == Entry.level,
            current.lines >> UInt32(pin) & 1 != 0
        else { return }
        if entry >> 8 & 7 < 2 { current.entries[pin] |= Entry.remoteRequest }
        deliver(pin)
    }

    private func deliver(_ pin: Int) {
        let entry = current.entries[pin]
        guard let delivery = InterruptMessage.Delivery(rawValue: UInt8(truncatingIfNeeded: entry >> 8 & 7)),
            delivery != .startup
        else { return }
        let field = UInt32(truncatingIfNeeded: entry >> 56)
        send(
            InterruptMessage(
                vector: UInt8(truncatingIfNeeded: entry), delivery: delivery,
                destination: entry & Entry.logical != 0 ? .logical(field) : .physical(field),
                isLevel: entry & Entry.level != 0))
    }

    /// A local APIC ended a level-triggered interrupt with this vector.
    public func endOfInterrupt(_ vector: UInt8) {
        for pin in 0..<Self.pins
        where current.entries[pin] & Entry.remoteRequest != 0
            && UInt8(truncatingIfNeeded: current.entries[pin]) == vector
        {
            current.entries[pin] &= ~Entry.remoteRequest
            serveLevel(pin)
        }
    }

    // MARK: Registers

    public func read(offset: UInt64, width: Int) -> UInt64 {
        switch offset {
        case Window.select: UInt64(current.select)
        case Window.data: UInt64(register(current.select))
        default: 0
        }
    }

    public func peek(offset: UInt64) -> UInt8? {
        let word = read(offset: offset & ~3, width: 4)
        return UInt8(truncatingIfNeeded: word >> ((offset & 3) * 8))
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        switch offset {
        case Window.select: current.select = UInt8(truncatingIfNeeded: value)
        case Window.data where width >= 4: set(current.select, UInt32(truncatingIfNeeded: value))
        case Window.endOfInterrupt: endOfInterrupt(UInt8(truncatingIfNeeded: value))
        default: break
        }
    }

    private func register(_ index: UInt8) -> UInt32 {
        switch index {
        case Register.identity, Register.arbitration: return UInt32(current.identity) << 24
        case Register.version: return Self.version
        default:
            let place = Int(index) - Int(Register.firstEntry)
            guard place >= 0, place < Self.pins * 2 else { return 0 }
            return UInt32(truncatingIfNeeded: current.entries[place / 2] >> (place & 1 == 0 ? 0 : 32))
        }
    }

    private func set(_ index: UInt8, _ value: UInt32) {
        if index == Register.identity {
            current.identity = UInt8(truncatingIfNeeded: value >> 24) & 0xF
            return
        }
        let place = Int(index) - Int(Register.firstEntry)
        guard place >= 0, place < Self.pins * 2 else { return }
        let pin = place / 2, old = current.entries[pin]
        let half: UInt64 = place & 1 == 0 ? 0xFFFF_FFFF : 0xFFFF_FFFF << 32
        let shifted = UInt64(value) << (place & 1 == 0 ? 0 : 32)
        var entry = old & ~(half & Entry.writable) | shifted & half & Entry.writable
        // An edge has no remote request.
        if entry & Entry.level == 0 { entry &= ~Entry.remoteRequest }
        current.entries[pin] = entry
        serveLevel(pin)
    }
}
