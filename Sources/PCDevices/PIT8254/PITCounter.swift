/// One counter of an 8254. All of it is plain data; what it does between two accesses follows from the clock number.
///
/// Source: Intel 8254 datasheet (231164), "Mode definitions" and "Programming the 8254". A clock number is the count
/// of CLK pulses since power-on. An access between pulses c and c+1 has "clock" c and takes effect at pulse c+1 where
/// the datasheet says "on the next CLK pulse".
public struct PITCounter: Codable, Equatable, Sendable {
    /// Control word bits 5-0: RW1 RW0, M2-M0, BCD.
    public internal(set) var control: UInt8 = 0
    /// CR, as written.
    public internal(set) var countRegister: UInt16 = 0
    /// The least significant byte, while the most significant one is awaited.
    var lowByte: UInt8?
    /// The next unlatched or latched read of a two-byte counter gives the most significant byte.
    var readsHighNext = false
    /// Output latch: set by the counter latch and read-back commands until it is read.
    var latchedCount: UInt16?
    var latchedStatus: UInt8?
    /// GATE.
    public internal(set) var gate: Bool
    /// Status bit 6: CR was written and is not in the counting element yet.
    public internal(set) var nullCount = true
    /// A count was written since the control word.
    var hasCount = false
    /// The counting element holds a count of this control word.
    var loaded = false
    /// CR goes into the counting element at this clock.
    var loadClock: UInt64?
    /// Mode 3: that load starts the low half of the square wave.
    var loadStartsLowHalf = false
    /// Clock at which the counting element held its full count. Wraps.
    var origin: UInt64 = 0
    /// The count that was loaded, 1-65536.
    var period: UInt64 = 65536
    /// Clocks counted so far, while counting is held by GATE or by half a count in mode 0.
    var heldElapsed: UInt64?
    /// What the counting element reads while it is not loaded.
    var idleValue: UInt16 = 0

    /// The state after power-on is undefined (datasheet, "Programming the 8254"); mode 0 without a count is quiet.
    init(gate: Bool) { self.gate = gate }

    /// 0-5; mode numbers 6 and 7 mean 2 and 3.
    public var mode: Int {
        let field = Int(control >> 1 & 7)
        return field > 5 ? field - 4 : field
    }
    public var isBCD: Bool { control & 1 != 0 }
    /// RW1 RW0: 1 least, 2 most significant byte only, 3 both.
    public var access: UInt8 { control >> 4 & 3 }
    private var isTriggeredByGate: Bool { mode == 1 || mode == 5 }
    private var isPeriodic: Bool { mode == 2 || mode == 3 }

    // MARK: Counting

    /// The count that CR stands for, 1-65536 (binary) or 1-10000 (BCD): 0 is the largest.
    private var registerCount: UInt64 {
        guard isBCD else { return countRegister == 0 ? 65536 : UInt64(countRegister) }
        var value: UInt64 = 0
        for shift in [12, 8, 4, 0] as [UInt16] { value = value * 10 + UInt64(countRegister >> shift & 0xF) }
        return value == 0 ? 10000 : value
    }

    /// Does what has happened up to `clock`.
    mutating func advance(to clock: UInt64) {
        guard let load = loadClock, clock >= load else { return }
        loadClock = nil
        loaded = true
        nullCount = false
        period = registerCount
        origin = load
        // The low half begins where the high half of the same period would have ended.
        if loadStartsLowHalf { origin = load &- highClocks }
        loadStartsLowHalf = false
        heldElapsed = gate || isTriggeredByGate ? nil : 0
    }

    private func elapsed(at clock: UInt64) -> UInt64 { heldElapsed ?? clock &- origin }

    /// Mode 3: clocks of a period in which OUT is high. An odd count is high for one clock more than low.
    private var highClocks: UInt64 { (period &+ 1) / 2 }

    /// The counting element, as a read would give it. Call `advance` before.
    ///
    /// The first count shows at once. An access takes longer than a clock on a PC's bus, so that none there comes
    /// before the load; here one can, and Linux waits no longer than one access ("Fast TSC calibration").
    func value(at clock: UInt64) -> UInt16 {
        guard loaded else {
            guard loadClock != nil else { return idleValue }
            return encoded(mode == 3 ? registerCount & ~1 : registerCount)
        }
        let gone = elapsed(at: clock)
        switch mode {
        case 2: return encoded(period &- gone % period)
        case 3:
            // Counts by two from the count made even, twice in a period.
            let phase = gone % period
            let inHalf = phase < highClocks ? phase : phase &- highClocks
            return encoded((period & ~1) &- 2 &* inHalf)
        default: return encoded(period &- gone)
        }
    }

    private func encoded(_ count: UInt64) -> UInt16 {
        guard isBCD else { return UInt16(truncatingIfNeeded: count) }
        // A count that has wrapped below zero goes on from 9999.
        let signed = Int64(bitPattern: count) % 10000
        let number = UInt16(truncatingIfNeeded: signed < 0 ? signed + 10000 : signed)
        return (number / 1000) << 12 | (number / 100 % 10) << 8 | (number / 10 % 10) << 4 | number % 10
    }

    /// OUT. Call `advance` before.
    func output(at clock: UInt64) -> Bool {
        guard loaded else { return mode != 0 }
        let gone = elapsed(at: clock)
        switch mode {
        case 0, 1: return gone >= period
        case 2: return heldElapsed != nil || gone % period != period &- 1
        case 3: return heldElapsed != nil || gone % period < highClocks
        default: return gone != period
        }
    }

    /// When OUT next does something that its pin shows: the clock, and whether that is the rising end of a low pulse of
    /// one clock. Nil when nothing will happen by itself. Call `advance` before.
    func nextEdge(after clock: UInt64) -> (clock: UInt64, isPulse: Bool)? {
        var edge: (clock: UInt64, isPulse: Bool)?
        if loaded, heldElapsed == nil {
            let gone = clock &- origin
            switch mode {
            case 0, 1: if gone < period { edge = (origin &+ period, false) }
            case 2: if period > 1 { edge = (clock &+ (period &- gone % period), true) }
            case 3:
                // A count of one has no low half.
                let phase = gone % period
                let end = phase < highClocks ? highClocks : period
                if period > 1 { edge = (clock &+ (end &- phase), false) }
            default: if gone <= period { edge = (origin &+ period &+ 1, true) }
            }
        }
        guard let load = loadClock else { return edge }
        if let found = edge, found.clock <= load { return found }
        return (load, false)
    }

    /// A period outside of 1-65536 can come from a damaged save file only.
    mutating func clampPeriod() {
        period = min(max(period, 1), 65536)
    }

    // MARK: Programming

    /// A control word for this counter with RW not 00.
    mutating func writeControl(_ word: UInt8, at clock: UInt64) {
        advance(to: clock)
        idleValue = value(at: clock)
        control = word & 0x3F
        countRegister = 0
        lowByte = nil
        readsHighNext = false
        latchedCount = nil
        latchedStatus = nil
        nullCount = true
        hasCount = false
        loaded = false
        loadClock = nil
        loadStartsLowHalf = false
        heldElapsed = nil
    }

    mutating func writeCount(_ byte: UInt8, at clock: UInt64) {
        advance(to: clock)
        switch access {
        case 1: countRegister = UInt16(byte)
        case 2: countRegister = UInt16(byte) << 8
        default:
            guard let low = lowByte else {
                lowByte = byte
                if mode == 0 {
                    // "Writing the first byte disables counting. OUT is set low immediately."
                    idleValue = value(at: clock)
                    loaded = false
                    loadClock = nil
                }
                return
            }
            lowByte = nil
            countRegister = UInt16(byte) << 8 | UInt16(low)
        }
        nullCount = true
        let wasCounting = loaded
        hasCount = true
        switch mode {
        case 0:
            idleValue = value(at: clock)
            loaded = false
            loadClock = clock &+ 1
        case 1, 5: break  // waits for a trigger
        case 2, 3:
            if !wasCounting {
                loadClock = clock &+ 1
            } else if loadClock == nil, heldElapsed == nil {
                let edge = nextPeriodEnd(after: clock)
                loadClock = edge.clock
                loadStartsLowHalf = edge.startsLowHalf
            }
        default: loadClock = clock &+ 1
        }
    }

    /// Where a new count takes over: the end of the period in mode 2, of the half period in mode 3.
    private func nextPeriodEnd(after clock: UInt64) -> (clock: UInt64, startsLowHalf: Bool) {
        let phase = (clock &- origin) % period
        if mode == 3, phase < highClocks, period > 1 { return (clock &+ (highClocks &- phase), true) }
        return (clock &+ (period &- phase), false)
    }

    mutating func setGate(_ level: Bool, at clock: UInt64) {
        guard level != gate else { return }
        advance(to: clock)
        gate = level
        switch (mode, level) {
        case (1, true), (5, true), (2, true), (3, true):
            // A rising edge triggers: the count is loaded on the next CLK pulse.
            if hasCount {
                loadClock = clock &+ 1
                loadStartsLowHalf = false
            }
        case (1, false), (5, false): break
        case (_, false):
            if loaded, heldElapsed == nil { heldElapsed = clock &- origin }
            // A count that waits for the end of the period waits for the trigger now.
            if isPeriodic, loaded { loadClock = nil }
        default:
            if let held = heldElapsed {
                origin = clock &- held
                heldElapsed = nil
            }
        }
    }

    // MARK: Reading

    mutating func latchCount(at clock: UInt64) {
        guard latchedCount == nil else { return }
        advance(to: clock)
        latchedCount = value(at: clock)
    }

    /// Bit 7 OUT, bit 6 null count, bits 5-0 the control word.
    mutating func latchStatus(at clock: UInt64) {
        guard latchedStatus == nil else { return }
        advance(to: clock)
        latchedStatus = (output(at: clock) ? 0x80 : 0) | (nullCount ? 0x40 : 0) | control
    }

    mutating func read(at clock: UInt64) -> UInt8 {
        if let status = latchedStatus {
            latchedStatus = nil
            return status
        }
        advance(to: clock)
        let count = latchedCount ?? value(at: clock)
        let high = UInt8(truncatingIfNeeded: count >> 8)
        let low = UInt8(truncatingIfNeeded: count)
        switch access {
        case 1:
            latchedCount = nil
            return low
        case 2:
            latchedCount = nil
            return high
        default:
            readsHighNext.toggle()
            if readsHighNext { return low }
            latchedCount = nil
            return high
        }
    }
}
