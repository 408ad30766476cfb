/// Bytes of the linear address space that a data breakpoint of the guest watches: its page stays out of the TLB.
public struct LinearWatch: Equatable, Sendable {
    public var start: UInt64
    public var last: UInt64
    /// Not writes alone.
    public var reads: Bool

    public init(start: UInt64, last: UInt64, reads: Bool) {
        self.start = start
        self.last = last
        self.reads = reads
    }
}

extension vMEM {
    /// Whether a breakpoint of the given kind lies in the page of `linear`. None is longer than 8 bytes, or unaligned.
    func isWatched(linearPage linear: UInt64, write: Bool) -> Bool {
        linearWatches.contains { (write || $0.reads) && ($0.start ^ linear) & ~4095 == 0 }
    }
}
