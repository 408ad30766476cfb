import Machine
import PCDevices

/// Time and the ports of a device under test, without an engine.
final class Rig {
    let events = EventQueue()
    let input = InputLog()
    let ports = PortBus()

    func map<D: PortHandler>(_ device: D, _ ranges: ClosedRange<UInt16>...) throws -> D {
        for range in ranges { try ports.map(range, name: "device", to: device) }
        return device
    }

    func read(_ port: UInt16) -> UInt8 { UInt8(truncatingIfNeeded: ports.read(Port(port), width: 1)) }

    func write(_ port: UInt16, _ value: UInt8) { ports.write(Port(port), width: 1, value: UInt32(value)) }

    func write(_ port: UInt16, _ values: [UInt8]) {
        for value in values { write(port, value) }
    }

    /// Lets time go on as an engine does: every event at its own tick.
    func run(until tick: UInt64) {
        while events.next <= tick {
            events.advance(to: events.next)
            events.runDue()
        }
        events.advance(to: tick)
    }

    func run(for ticks: UInt64) { run(until: events.now + ticks) }
}

/// A small seeded generator (SplitMix64): the same sequence on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
