/// Bytes of physical memory, RAM or MMIO, whose accesses stop the machine.
public struct WatchRange: Equatable, Sendable {
    /// The debugger's number of the watchpoint.
    public var number: Int
    /// Physical address after the A20 gate.
    public var start: UInt64
    /// In bytes, at least 1.
    public var count: UInt64
    public var reads: Bool
    public var writes: Bool

    public init(number: Int, start: UInt64, count: UInt64, reads: Bool, writes: Bool) {
        self.number = number
        self.start = start
        self.count = max(1, count)
        self.reads = reads
        self.writes = writes
    }

    /// Address of the last byte; ranges do not wrap.
    var last: UInt64 {
        let (sum, overflows) = start.addingReportingOverflow(count &- 1)
        return overflows ? .max : sum
    }

    func touches(_ address: UInt64, write: Bool) -> Bool {
        (write ? writes : reads) && address >= start && address <= last
    }
}

/// An access that met a `WatchRange`.
public struct WatchHit: Equatable, Sendable {
    /// Of the first range that the access met.
    public var number: Int
    /// Physical address of the access's first byte.
    public var physical: UInt64
    /// 1, 2, 4 or 8 bytes.
    public var width: Int
    public var isWrite: Bool
    /// What was there before; nil where it cannot be read without a side effect.
    public var old: UInt64?
    /// What was written, or read.
    public var value: UInt64
    /// The instruction that did it: not the one that runs next.
    public var codeSelector: UInt16
    public var instructionPointer: UInt64
    public var linear: UInt64
    /// The delivery of an exception or interrupt did it, before or instead of that instruction.
    public var isDelivery: Bool

    public init(
        number: Int, physical: UInt64, width: Int, isWrite: Bool, old: UInt64?, value: UInt64, codeSelector: UInt16,
        instructionPointer: UInt64, linear: UInt64, isDelivery: Bool
    ) {
        self.number = number
        self.physical = physical
        self.width = width
        self.isWrite = isWrite
        self.old = old
        self.value = value
        self.codeSelector = codeSelector
        self.instructionPointer = instructionPointer
        self.linear = linear
        self.isDelivery = isDelivery
    }
}

/// Watched ranges. Pages that hold one never get the tag of the watched kind of access in the TLB, so that accesses there
/// take the slow path, which compares them; all others run as before.
extension vMEM {
    /// Most hits that are kept until they are taken: an instruction has a handful of accesses.
    private static let mostHits = 16

    /// Number of the range that an access to these physical bytes (after the A20 gate) meets.
    public func watch(_ bytes: some Sequence<UInt64>, write: Bool) -> Int? {
        for range in watches {
            for byte in bytes where range.touches(byte, write: write) { return range.number }
        }
        return nil
    }

    public func note(_ hit: WatchHit) {
        if watchHits.count < Self.mostHits { watchHits.append(hit) }
    }

    /// The hits since the last call, in order.
    public func takeWatchHits() -> [WatchHit] {
        guard !watchHits.isEmpty else { return [] }
        defer { watchHits.removeAll() }
        return watchHits
    }

    /// Whether a range of the given kind lies in the page of `physical`.
    func isWatched(page physical: UInt64, write: Bool) -> Bool {
        let first = physical & ~4095
        return watches.contains { (write ? $0.writes : $0.reads) && $0.start <= first | 4095 && $0.last >= first }
    }
}
