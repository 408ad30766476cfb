import Machine

/// Where a REP instruction lies that runs without a trace: its own store into it must end it before its next iteration, as
/// it would drop a trace. Physical; an instruction over a page end has two parts.
struct SteppedCode {
    private var first: Range<UInt64> = 0..<0
    private var second: Range<UInt64> = 0..<0
    /// A device gave a byte of it and might give another one next time: it is fetched anew for each iteration.
    private(set) var isVolatile = false

    init() {}

    /// Marks the bytes, so that stores there are heard of.
    init(_ core: Core, length: UInt8) {
        let linear = core.file.pointee.linearInstructionPointer, memory = core.memory
        // It was just fetched.
        guard let start = core.physicalQuietly(linear, fetch: true) else { return }
        let count = UInt64(length)
        let within = min(count, 4096 - (linear & 4095))
        first = start..<start + within
        memory.markCode(start, count: Int(within))
        if case .mmio = memory.target(of: start) { isVolatile = true }
        guard within < count else { return }
        guard let next = core.physicalQuietly(core.wrapped(linear &+ within), fetch: true) else { return }
        second = next..<next + (count - within)
        memory.markCode(next, count: Int(count - within))
        if case .mmio = memory.target(of: next) { isVolatile = true }
    }

    func overlaps(_ physical: UInt64, count: UInt64) -> Bool {
        let written = physical..<physical &+ max(1, count)
        return first.overlaps(written) || second.overlaps(written)
    }
}
