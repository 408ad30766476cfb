import Machine

/// What the leader did to its devices and its memory in a step, from which the follower is answered and compared with.
///
/// Ports and device memory are two streams: an engine may read a port ahead of storing what it read before. Within a
/// stream the order counts. An access may be split or joined, as long as its bytes come in order; but ports are
/// accessed in one width.
final class AccessRecord: MemoryObserver {
    private struct Entry {
        var address: UInt64
        var value: UInt64
        var sequence: Int
        var width: UInt8
        var isWrite: Bool
    }

    private final class Stream {
        let space: DeviceAccess.Space
        @exclusivity(unchecked) var entries: ContiguousArray<Entry> = []
        /// The entry from which the follower is answered next, and how many of its bytes it had.
        @exclusivity(unchecked) var next = 0
        @exclusivity(unchecked) var done: UInt8 = 0

        init(_ space: DeviceAccess.Space) { self.space = space }

        var isDrained: Bool { next == entries.count }

        func clear() {
            entries.removeAll(keepingCapacity: true)
            next = 0
            done = 0
        }

        func access(_ entry: Entry) -> DeviceAccess {
            DeviceAccess(space, entry.address, width: Int(entry.width), isWrite: entry.isWrite, value: entry.value)
        }

        /// What the follower has not asked for.
        var rest: DeviceAccess? { isDrained ? nil : access(entries[next]) }
    }

    /// What a device did to memory while the leader's access number `sequence` was made.
    private struct Effect {
        enum Kind {
            case load([UInt8], at: UInt64)
            case gate(isOpen: Bool)
            case shadowing(Range<UInt64>, Shadowing)
            case window(MemoryWindow, UInt64?)
        }
        var kind: Kind
        var sequence: Int
    }

    private unowned let follower: vMEM
    private let ports = Stream(.port)
    private let memory = Stream(.memory)
    @exclusivity(unchecked) private var effects: [Effect] = []
    @exclusivity(unchecked) private var nextEffect = 0
    /// Accesses of this step.
    @exclusivity(unchecked) private var count = 0
    /// The leader is within a step that the follower has not made yet.
    @exclusivity(unchecked) private var isInStep = false
    /// The vector of the interrupt that the leader took in this step.
    @exclusivity(unchecked) var vector: UInt8?
    /// Where the follower first did what the leader did not.
    @exclusivity(unchecked) private(set) var mismatch: AccessDifference?
    /// 64-byte lines of RAM that the leader stored to since `forgetLines`, one after another the same only once.
    @exclusivity(unchecked) private(set) var lines: ContiguousArray<Int> = []
    @exclusivity(unchecked) private var lastLine = -1
    /// Lets the leader go one step further, since the follower is beyond it; false where that may not be.
    var pull: () -> Bool = { false }

    static var lineShift: Int { 6 }

    init(follower: vMEM) { self.follower = follower }

    // MARK: A step

    func begin() {
        isInStep = true
        vector = nil
        mismatch = nil
        guard count > 0 || !effects.isEmpty else { return }
        count = 0
        nextEffect = 0
        effects.removeAll(keepingCapacity: true)
        ports.clear()
        memory.clear()
    }

    /// The follower has made its step: what devices did to memory in it has happened. Gives the first difference of accesses.
    func end() -> AccessDifference? {
        isInStep = false
        if nextEffect < effects.count { apply(through: .max) }
        if let mismatch { return mismatch }
        if let missing = ports.rest ?? memory.rest { return AccessDifference(leader: missing, follower: nil) }
        return nil
    }

    /// Another leader step follows in the same step of the follower.
    func resume() { isInStep = true }

    func forgetLines() {
        lines.removeAll(keepingCapacity: true)
        lastLine = -1
    }

    // MARK: The leader

    /// An access to a port, which the device has answered.
    func accessedPort(_ port: Port, width: Int, value: UInt32, isWrite: Bool) {
        append(to: ports, UInt64(port.rawValue), width, UInt64(value), isWrite)
    }

    func accessed(_ physical: UInt64, width: Int, value: UInt64, isWrite: Bool) {
        append(to: memory, physical, width, value, isWrite)
    }

    private func append(
        to stream: Stream, _ address: UInt64, _ width: Int, _ value: UInt64, _ isWrite: Bool
    ) {
        // A debugger's accesses between steps are none of the machine's.
        guard isInStep else { return }
        let mask: UInt64 = width >= 8 ? .max : (1 &<< UInt64(width * 8)) &- 1
        stream.entries.append(
            Entry(
                address: address, value: value & mask, sequence: count, width: UInt8(truncatingIfNeeded: width),
                isWrite: isWrite))
        count += 1
    }

    func stored(offset: Int, count: Int) {
        note(offset >> Self.lineShift)
        let last = (offset + count - 1) >> Self.lineShift
        if last != offset >> Self.lineShift { note(last) }
    }

    @inline(__always) private func note(_ line: Int) {
        guard line != lastLine else { return }
        lastLine = line
        lines.append(line)
    }

    func loaded(_ bytes: [UInt8], at address: UInt64) { take(.load(bytes, at: address)) }

    func gateMoved(isOpen: Bool) { take(.gate(isOpen: isOpen)) }

    func shadowingChanged(_ range: Range<UInt64>, _ shadowing: Shadowing) { take(.shadowing(range, shadowing)) }

    func windowMoved(_ window: MemoryWindow, to start: UInt64?) { take(.window(window, start)) }

    /// Within a step it happens to the follower when its access comes that caused it, else now.
    private func take(_ kind: Effect.Kind) {
        guard isInStep else { return apply(kind) }
        effects.append(Effect(kind: kind, sequence: count))
    }

    // MARK: The follower

    private func apply(_ kind: Effect.Kind) {
        switch kind {
        case .load(let bytes, let address): follower.load(bytes, at: address)
        case .gate(let isOpen): follower.setA20(isOpen)
        case .shadowing(let range, let shadowing): follower.setShadowing(range, shadowing)
        case .window(let window, let start): follower.place(window, at: start)
        }
    }

    private func apply(through sequence: Int) {
        while nextEffect < effects.count, effects[nextEffect].sequence <= sequence {
            apply(effects[nextEffect].kind)
            nextEffect += 1
        }
    }

    /// Answers a read, or compares a write.
    func follow(_ space: DeviceAccess.Space, _ address: UInt64, width: Int, written: UInt64?) -> UInt64 {
        let stream = space == .port ? ports : memory
        var answer: UInt64 = 0
        for index in 0..<width {
            guard let byte = followByte(stream, address, width, written, index) else { return .max }
            answer |= byte &<< UInt64(index * 8)
        }
        return answer
    }

    private func followByte(
        _ stream: Stream, _ address: UInt64, _ width: Int, _ written: UInt64?, _ index: Int
    ) -> UInt64? {
        guard mismatch == nil else { return nil }
        var mine: DeviceAccess {
            let mask: UInt64 = width >= 8 ? .max : (1 &<< UInt64(width * 8)) &- 1
            return DeviceAccess(
                stream.space, address, width: width, isWrite: written != nil, value: written.map { $0 & mask })
        }
        while stream.isDrained {
            guard pull() else {
                mismatch = AccessDifference(leader: nil, follower: mine)
                return nil
            }
        }
        let entry = stream.entries[stream.next]
        // Port numbers wrap around, and an access that does is split.
        let mayBeSplit = stream.space == .memory || entry.address + UInt64(entry.width) > 0x10000
        let place = address &+ UInt64(index), limit: UInt64 = stream.space == .port ? 0xFFFF : .max
        let fits =
            entry.isWrite == (written != nil) && (mayBeSplit || Int(entry.width) == width)
            && (entry.address &+ UInt64(stream.done)) & limit == place & limit
        let byte = (entry.value &>> (UInt64(stream.done) * 8)) & 0xFF
        guard fits, written.map({ ($0 &>> UInt64(index * 8)) & 0xFF == byte }) ?? true else {
            mismatch = AccessDifference(leader: stream.access(entry), follower: mine)
            return nil
        }
        stream.done += 1
        if stream.done == entry.width {
            stream.next += 1
            stream.done = 0
            if nextEffect < effects.count { apply(through: entry.sequence) }
        }
        return byte
    }
}

/// All ports of the follower.
final class PortReplay: PortHandler {
    private let record: AccessRecord

    init(_ record: AccessRecord) { self.record = record }

    func read(port: Port, width: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: record.follow(.port, UInt64(port.rawValue), width: width, written: nil))
    }

    func write(port: Port, width: Int, value: UInt32) {
        _ = record.follow(.port, UInt64(port.rawValue), width: width, written: UInt64(value))
    }
}

/// The memory of one of the leader's devices, as the follower sees it.
final class MemoryReplay: MemoryHandler {
    private let record: AccessRecord
    private let start: UInt64

    init(_ record: AccessRecord, start: UInt64) {
        self.record = record
        self.start = start
    }

    func read(offset: UInt64, width: Int) -> UInt64 {
        record.follow(.memory, start + offset, width: width, written: nil)
    }

    func write(offset: UInt64, width: Int, value: UInt64) {
        _ = record.follow(.memory, start + offset, width: width, written: value)
    }
}

/// A device of the leader's whose place the guest chooses.
final class WindowReplay: MemoryHandler {
    private let record: AccessRecord
    private unowned let memory: vMEM
    /// Its number in both machines.
    var window: MemoryWindow?

    init(_ record: AccessRecord, in memory: vMEM) {
        self.record = record
        self.memory = memory
    }

    private var start: UInt64 { window.flatMap { memory.start(of: $0) } ?? 0 }

    func read(offset: UInt64, width: Int) -> UInt64 {
        record.follow(.memory, start &+ offset, width: width, written: nil)
    }

    func write(offset: UInt64, width: Int, value: UInt64) {
        _ = record.follow(.memory, start &+ offset, width: width, written: value)
    }
}
