import Machine

/// The timer of a local APIC: a counter of 32 bits, or a deadline on the TSC (SDM 3A 11.5.4).
public struct LocalTimer: Codable, Equatable, Sendable {
    public internal(set) var initialCount: UInt32 = 0
    /// Divide configuration: bits 0, 1 and 3.
    public internal(set) var divide: UInt8 = 0
    /// Tick at which the initial count was there.
    var start: UInt64 = 0
    /// Zero has not been reached, or the count is reloaded there.
    var isCounting = false
    /// IA32_TSC_DEADLINE, 0 when disarmed.
    public internal(set) var deadline: UInt64 = 0

    /// Ticks of one count, as a power of two: 111b divides by 1, 000b by 2.
    var shift: UInt64 { UInt64((divide & 3 | divide >> 1 & 4) &+ 1) & 7 }

    /// Ticks from the initial count to zero.
    var period: UInt64 { UInt64(initialCount) &<< shift }

    func count(at now: UInt64, isPeriodic: Bool) -> UInt32 {
        guard isCounting, initialCount != 0 else { return 0 }
        let passed = (now &- start) &>> shift
        if passed < UInt64(initialCount) { return initialCount &- UInt32(truncatingIfNeeded: passed) }
        return isPeriodic ? initialCount &- UInt32(truncatingIfNeeded: passed % UInt64(initialCount)) : 0
    }
}

extension LocalAPIC {
    private var mode: UInt32 { current.vectors[LVT.timer] & (LVT.periodic | LVT.deadline) }
    var usesDeadline: Bool { mode == LVT.deadline }
    private var isPeriodic: Bool { mode == LVT.periodic }

    var currentCount: UInt32 {
        usesDeadline ? 0 : current.timer.count(at: events.now, isPeriodic: isPeriodic)
    }

    func setInitialCount(_ value: UInt32) {
        // In deadline mode the counter is off.
        guard !usesDeadline else { return }
        current.timer.initialCount = value
        current.timer.start = events.now
        current.timer.isCounting = value != 0
        aimTimer()
    }

    /// The count goes on from where it is at the new rate.
    func setDivide(_ value: UInt8) {
        let done = current.timer.initialCount &- currentCount
        current.timer.divide = value & 0xB
        current.timer.start = events.now &- UInt64(done) &<< current.timer.shift
        aimTimer()
    }

    /// A change between deadline and counter disarms both.
    func timerModeChanged(from old: UInt32) {
        guard (old ^ current.vectors[LVT.timer]) & LVT.deadline != 0 else { return }
        current.timer.isCounting = false
        current.timer.deadline = 0
    }

    func setDeadline(_ value: UInt64) {
        guard usesDeadline else { return }
        current.timer.deadline = value
        aimTimer()
    }

    /// Brings the event up to date. While the entry is masked there is none: the count can be told without it.
    func aimTimer() {
        guard let event else { return }
        let now = events.now
        if usesDeadline {
            guard current.timer.deadline != 0 else { return events.cancel(event) }
            let stamp = now &+ timeStampOffset
            guard current.timer.deadline > stamp else { return timerReached() }
            let (tick, isBeyond) = now.addingReportingOverflow(current.timer.deadline &- stamp)
            return isBeyond || tick >= 1 << 62 ? events.cancel(event) : events.schedule(event, at: tick)
        }
        let isMasked = current.vectors[LVT.timer] & LVT.mask != 0
        guard current.timer.isCounting, !isMasked, current.timer.period != 0 else { return events.cancel(event) }
        let passed = now &- current.timer.start
        if passed >= current.timer.period {
            // It went by while nobody was to be told.
            guard isPeriodic else {
                current.timer.isCounting = false
                return events.cancel(event)
            }
            current.timer.start &+= passed / current.timer.period &* current.timer.period
        }
        events.schedule(event, at: current.timer.start &+ current.timer.period)
    }

    func timerReached() {
        if usesDeadline {
            current.timer.deadline = 0
            if let event { events.cancel(event) }
        } else if isPeriodic {
            aimTimer()
        } else {
            current.timer.isCounting = false
        }
        fire(LVT.timer)
    }
}
