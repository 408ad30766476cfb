/// Virtual time and what is to happen at which tick of it.
///
/// A tick is one nanosecond of guest time. `now` is exact whenever a device is called: the engine stores it before it
/// enters the gate. Deadlines that are due run in order of (deadline, order of registration), so that runs repeat.
public final class EventQueue {
    /// Names one registered event.
    public struct Event: Hashable, Sendable {
        let index: Int
    }

    /// What a save file keeps: time and all pending deadlines of the guest's devices, by name.
    public struct State: Codable, Equatable, Sendable {
        public var now: UInt64
        public var deadlines: [String: UInt64]
    }

    /// Ticks since power-on. Set before each access to a device; nobody holds an access to it across a call.
    @exclusivity(unchecked) public internal(set) var now: UInt64 = 0
    /// Deadline of the earliest pending event, `UInt64.max` when none.
    @exclusivity(unchecked) public private(set) var next: UInt64 = .max
    /// Called when an event was scheduled before all others: the deadline that the engine runs towards is too late.
    public var earlierDeadline: () -> Void = {}

    private var names: [String] = []
    private var isHostSide: [Bool] = []
    private var deadlines: [UInt64] = []
    private var actions: [() -> Void] = []

    public init() {}

    /// Registers an event under a name that is unique in the machine. Devices do this once, when they are made.
    ///
    /// `hostSide` events serve whoever watches the machine (a frame to draw, a key to type): they are no part of it,
    /// so that neither a save nor the state hash holds them, and they must not change what the guest can see.
    public func register(_ name: String, hostSide: Bool = false, action: @escaping () -> Void) -> Event {
        precondition(!names.contains(name), "two events named \(name)")
        names.append(name)
        isHostSide.append(hostSide)
        deadlines.append(.max)
        actions.append(action)
        return Event(index: names.count - 1)
    }

    /// Makes the event happen at `deadline` ticks (absolute), instead of when it was due before.
    public func schedule(_ event: Event, at deadline: UInt64) {
        deadlines[event.index] = deadline
        let earlier = deadline < next
        findNext()
        if earlier { earlierDeadline() }
    }

    /// The event no longer happens.
    public func cancel(_ event: Event) {
        guard deadlines[event.index] != .max else { return }
        deadlines[event.index] = .max
        findNext()
    }

    /// When the event is due, nil when it is not scheduled.
    public func deadline(of event: Event) -> UInt64? {
        deadlines[event.index] == .max ? nil : deadlines[event.index]
    }

    /// All scheduled events, earliest first, for the debugger.
    public var pending: [(name: String, deadline: UInt64)] {
        zip(names, deadlines).filter { $0.1 != .max }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
            .map { (name: $0.0, deadline: $0.1) }
    }

    /// The engine's time. Never goes back.
    @inlinable public func advance(to tick: UInt64) {
        setNow(tick)
    }

    @usableFromInline func setNow(_ tick: UInt64) {
        if tick > now { now = tick }
    }

    /// Runs everything that is due at `now`. At most `limit` actions, so that an event that re-arms itself for now cannot hang.
    public func runDue(limit: Int = 10_000) {
        var left = limit
        while next <= now, left > 0 {
            guard let index = deadlines.firstIndex(of: next) else { return }
            deadlines[index] = .max
            findNext()
            actions[index]()
            left -= 1
        }
    }

    private func findNext() {
        var earliest = UInt64.max
        for deadline in deadlines where deadline < earliest { earliest = deadline }
        next = earliest
    }

    func hasGuestEvent(named name: String) -> Bool {
        names.firstIndex(of: name).map { !isHostSide[$0] } ?? false
    }

    /// Setting it moves host-side events along, so that they are due as far ahead as they were.
    public var state: State {
        get {
            var map: [String: UInt64] = [:]
            for index in names.indices where !isHostSide[index] && deadlines[index] != .max {
                map[names[index]] = deadlines[index]
            }
            return State(now: now, deadlines: map)
        }
        set {
            for index in names.indices {
                guard isHostSide[index] else {
                    deadlines[index] = newValue.deadlines[names[index]] ?? .max
                    continue
                }
                guard deadlines[index] != .max else { continue }
                let ahead = deadlines[index] > now ? deadlines[index] - now : 0
                let (moved, overflows) = newValue.now.addingReportingOverflow(ahead)
                deadlines[index] = overflows ? .max : moved
            }
            now = newValue.now
            findNext()
            earlierDeadline()
        }
    }
}
