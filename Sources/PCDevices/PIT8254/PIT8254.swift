import Machine

/// The 8254 interval timer of a PC: counter 0 is IRQ 0, counter 1 was memory refresh, counter 2 drives the speaker.
///
/// Ports 40h-43h. Only counter 0 uses events, one for each change of its pin that can matter.
public final class PIT8254: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        public internal(set) var counters: [PITCounter] = [.init(gate: true), .init(gate: true), .init(gate: false)]
        /// Level of counter 0's pin.
        public internal(set) var pin = false
        /// The clock that the pending event stands for, and whether a low pulse ends there.
        var edgeClock: UInt64?
        var edgeIsPulse = false
    }

    /// Offsets from the base port.
    public enum Register {
        public static let counter0: UInt16 = 0
        public static let counter2: UInt16 = 2
        /// Bits 7-6 counter (3: read-back), 5-4 access (0: latch), 3-1 mode, 0 BCD. Write only.
        public static let control: UInt16 = 3
    }

    public let name: String
    /// OUT 0. A low pulse of one clock comes as false and true at the tick of its rising end.
    public var output: Pin = { _ in }
    private let base: UInt16
    private let events: EventQueue
    private var event: EventQueue.Event?
    private var current = State()

    public init(name: String = "pit", base: UInt16 = 0x40, events: EventQueue) {
        self.name = name
        self.base = base
        self.events = events
        event = events.register("\(name).0") { [unowned self] in edgeReached(at: clock) }
    }

    public var state: State {
        get {
            // Brought up to date, so that looking earlier makes no difference.
            var snapshot = current
            let now = clock
            for index in snapshot.counters.indices { snapshot.counters[index].advance(to: now) }
            return snapshot
        }
        set {
            guard newValue.counters.count == 3 else { return }
            current = newValue
            for index in current.counters.indices { current.counters[index].clampPeriod() }
        }
    }

    /// The 8254 has no RESET pin; a machine reset puts it where power-on does. The gate of counter 2 is driven from
    /// outside and stays.
    public func reset() {
        let gate = current.counters[2].gate
        let pin = current.pin
        current = State()
        current.counters[2].gate = gate
        current.pin = pin
        update(at: clock)
    }

    private var clock: UInt64 { PITClock.clocks(atTick: events.now) }

    /// Level of OUT of a counter, 0-2.
    public func outputLevel(_ counter: Int) -> Bool {
        guard current.counters.indices.contains(counter) else { return false }
        let now = clock
        current.counters[counter].advance(to: now)
        return current.counters[counter].output(at: now)
    }

    /// GATE of counter 2: port 61h bit 0.
    public func setGate2(_ level: Bool) {
        current.counters[2].setGate(level, at: clock)
    }

    public func read(port: Port, width: Int) -> UInt32 {
        let offset = port.rawValue &- base
        switch offset {
        case Register.counter0...Register.counter2: return UInt32(current.counters[Int(offset)].read(at: clock))
        default: return 0xFF  // the control register cannot be read: the data bus floats
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        // Edges that are due come before what is programmed now, whether their event has run or not. One that lies
        // many edges back has missed its time.
        for _ in 0..<4 {
            guard let edge = current.edgeClock, clock >= edge else { break }
            edgeReached(at: edge)
        }
        if let edge = current.edgeClock, clock >= edge { edgeReached(at: clock) }
        let byte = UInt8(truncatingIfNeeded: value)
        let offset = port.rawValue &- base
        switch offset {
        case Register.counter0...Register.counter2: current.counters[Int(offset)].writeCount(byte, at: clock)
        case Register.control: writeControl(byte)
        default: return
        }
        update(at: clock)
    }

    private func writeControl(_ byte: UInt8) {
        let now = clock
        let selected = Int(byte >> 6)
        guard selected < 3 else {
            // Read-back: bit 5 low latches counts, bit 4 low statuses, bits 3-1 choose counters.
            for index in 0..<3 where byte & (2 &<< UInt8(index)) != 0 {
                if byte & 0x20 == 0 { current.counters[index].latchCount(at: now) }
                if byte & 0x10 == 0 { current.counters[index].latchStatus(at: now) }
            }
            return
        }
        if byte & 0x30 == 0 {
            current.counters[selected].latchCount(at: now)
        } else {
            current.counters[selected].writeControl(byte, at: now)
        }
    }

    private func edgeReached(at now: UInt64) {
        if let edge = current.edgeClock, now >= edge, current.edgeIsPulse {
            // The pulse's low clock lies just behind.
            setPin(false)
            setPin(true)
        }
        update(at: now)
    }

    /// Brings the pin of counter 0 and its event up to date.
    private func update(at now: UInt64) {
        current.counters[0].advance(to: now)
        let counter = current.counters[0]
        // In modes with a pulse of one clock the pin rests high between the pulses.
        let pulses = counter.loaded && (counter.mode == 2 || counter.mode >= 4)
        setPin(pulses || counter.output(at: now))
        guard let event else { return }
        guard let edge = counter.nextEdge(after: now) else {
            current.edgeClock = nil
            events.cancel(event)
            return
        }
        current.edgeIsPulse = edge.isPulse
        guard current.edgeClock != edge.clock || events.deadline(of: event) == nil else { return }
        current.edgeClock = edge.clock
        events.schedule(event, at: PITClock.tick(ofClock: edge.clock))
    }

    private func setPin(_ level: Bool) {
        guard level != current.pin else { return }
        current.pin = level
        output(level)
    }
}
