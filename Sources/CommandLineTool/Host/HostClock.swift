import Glibc

/// The host's monotonic time, mapped to guest ticks: guest time does not run ahead of it. A guest that cannot keep up
/// is not hurried later: where it lags by more than `lagLimit`, the mapping moves.
struct HostClock {
    static let lagLimit: UInt64 = 100_000_000
    /// Host time at guest tick 0.
    private var origin: UInt64

    /// `tick` is the guest's time now.
    init(tick: UInt64) { origin = Self.now() &- tick }

    /// Nanoseconds since some start.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// The tick that the guest may have reached by now.
    mutating func allowed(guest tick: UInt64) -> UInt64 {
        let now = Self.now()
        let limit = now &- origin
        guard Int64(bitPattern: limit &- tick) > Int64(Self.lagLimit) else { return limit }
        origin = now &- tick &- Self.lagLimit
        return tick &+ Self.lagLimit
    }

    /// The machine stood still, in the debugger: time goes on from here.
    mutating func restart(guest tick: UInt64) { origin = Self.now() &- tick }
}
