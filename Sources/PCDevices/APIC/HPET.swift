import Machine

/// The high precision event timer: one counter of 64 bits at 100 MHz and three comparators.
///
/// Source: IA-PC HPET specification 1.0a. As in QEMU's `pc`: vendor 8086h, comparator interrupts can go to input 2 of the
/// I/O APIC, or in place of PIT and RTC (legacy replacement).
public final class HPET: Device, MemoryHandler {
    public static let comparators = 3
    /// Ticks of a count.
    static let period: UInt64 = 10
    public static let windowSize: UInt64 = 0x1000

    public struct Comparator: Codable, Equatable, Sendable {
        /// The writable bits of configuration and capability.
        public internal(set) var configuration: UInt64 = 0
        /// What the counter is compared with; moves on in periodic mode.
        public internal(set) var value: UInt64 = .max
        /// Last value that was written: the period.
        public internal(set) var period: UInt64 = 0
        /// Level of its interrupt.
        var line = false
        /// Counter at which it matches next; nil when it never does.
        var match: UInt64?
    }

    public struct State: Codable, Equatable, Sendable {
        /// Bit 0 enable, bit 1 legacy replacement.
        public internal(set) var configuration: UInt64 = 0
        /// Level-triggered interrupts that are active.
        public internal(set) var status: UInt64 = 0
        /// The counter while it stands, or its value at tick `start`.
        public internal(set) var counter: UInt64 = 0
        var start: UInt64 = 0
        public internal(set) var comparators = [Comparator](repeating: Comparator(), count: HPET.comparators)
    }

    /// Byte offsets.
    enum Register {
        static let capabilities: UInt64 = 0x000
        static let configuration: UInt64 = 0x010
        static let status: UInt64 = 0x020
        static let counter: UInt64 = 0x0F0
        static let firstComparator: UInt64 = 0x100
        static let comparatorSize: UInt64 = 0x20
    }

    /// Bits of a comparator's configuration and capability register (2.3.8).
    enum Bits {
        static let level: UInt64 = 1 << 1
        static let enable: UInt64 = 1 << 2
        static let periodic: UInt64 = 1 << 3
        static let canBePeriodic: UInt64 = 1 << 4
        static let isWide: UInt64 = 1 << 5
        static let setsValue: UInt64 = 1 << 6
        static let narrow: UInt64 = 1 << 8
        /// Level, enable, periodic, set value, 32-bit mode, input of the I/O APIC.
        static let writable: UInt64 = 0x3F4E
        /// Input 2 of the I/O APIC.
        static let inputs: UInt64 = 1 << 34
    }

    private static let enable: UInt64 = 1
    private static let legacy: UInt64 = 2
    /// Vendor 8086h, legacy replacement, 64 bits, three comparators, revision 1; femtoseconds of a count above.
    private static let capabilities: UInt64 = 0x8086_A201 | (period * 1_000_000) << 32

    public let name: String
    /// Level of the interrupt that goes to an input of the I/O APIC.
    public var output: (_ pin: Int, _ level: Bool) -> Void = { _, _ in }
    /// Legacy replacement was switched: PIT and RTC drive IRQ 0 and 8, or comparators 0 and 1 do.
    public var replacesLegacy: Pin = { _ in }
    /// In legacy replacement: IRQ 0 or 8.
    public var legacyOutput: (_ irq: Int, _ level: Bool) -> Void = { _, _ in }
    private let events: EventQueue
    private var wakeups: [EventQueue.Event] = []
    private var current = State()

    public init(name: String = "hpet", events: EventQueue) {
        self.name = name
        self.events = events
        for number in 0..<Self.comparators {
            wakeups.append(events.register("\(name).\(number)") { [unowned self] in matched(number) })
        }
    }

    public var state: State {
        get { current }
        set {
            guard newValue.comparators.count == Self.comparators else { return }
            current = newValue
        }
    }

    public func reset() {
        for number in 0..<Self.comparators { setLine(number, false) }
        let wasLegacy = isLegacy
        current = State()
        for number in 0..<Self.comparators { aim(number) }
        if wasLegacy { replacesLegacy(false) }
    }

    private var isRunning: Bool { current.configuration & Self.enable != 0 }
    public var isLegacy: Bool { current.configuration & Self.legacy != 0 }

    private var counter: UInt64 {
        guard isRunning else { return current.counter }
        return current.counter &+ (events.now &- current.start) / Self.period
    }

    // MARK: Comparators

    private func isNarrow(_ number: Int) -> Bool { current.comparators[number].configuration & Bits.narrow != 0 }
    private func isPeriodic(_ number: Int) -> Bool { current.comparators[number].configuration & Bits.periodic != 0 }

    /// Between two interrupts of one comparator lie at least this many ticks: periods of a few counts become fewer ones.
    private static let leastDistance: UInt64 = 1_000

    /// Brings the event of a comparator up to date. There is one only where somebody notices it.
    private func aim(_ number: Int, earliest: UInt64 = 0) {
        settle(number)
        let now = counter, comparator = current.comparators[number]
        guard isRunning, comparator.configuration & (Bits.enable | Bits.level) != 0,
            !isPeriodic(number) || comparator.period != 0, let match = nextMatch(number, after: now)
        else {
            current.comparators[number].match = nil
            return events.cancel(wakeups[number])
        }
        current.comparators[number].match = match
        let (ticks, isBeyond) = (match &- current.counter).multipliedReportingOverflow(by: Self.period)
        let (deadline, isLater) = current.start.addingReportingOverflow(ticks)
        if isBeyond || isLater || deadline >= 1 << 62 { return events.cancel(wakeups[number]) }
        events.schedule(wakeups[number], at: max(deadline, earliest))
    }

    /// The counter at which it equals the comparator next; nil when that is beyond 64 bits.
    private func nextMatch(_ number: Int, after now: UInt64) -> UInt64? {
        let value = current.comparators[number].value
        guard isNarrow(number) else { return value > now ? value : nil }
        // Equal now is a whole turn away.
        let distance = (value &- now) & 0xFFFF_FFFF
        let (match, overflows) = now.addingReportingOverflow(distance == 0 ? 1 << 32 : distance)
        return overflows ? nil : match
    }

    /// In periodic mode the comparator moves on by itself, whether anybody is told or not.
    private func settle(_ number: Int) {
        guard isRunning, isPeriodic(number) else { return }
        let period = current.comparators[number].period, now = counter
        guard period != 0 else { return }
        let mask: UInt64 = isNarrow(number) ? 0xFFFF_FFFF : .max
        // How far the counter is past it; a distance of more than half a turn is ahead.
        let passed = (now &- current.comparators[number].value) & mask
        guard passed <= mask >> 1 else { return }
        let next = current.comparators[number].value &+ (passed / period &+ 1) &* period
        current.comparators[number].value = next & mask
    }

    private func matched(_ number: Int) {
        guard isRunning, let match = current.comparators[number].match else { return }
        guard counter >= match else { return aim(number) }
        aim(number, earliest: events.now &+ Self.leastDistance)
        fire(number)
    }

    private func fire(_ number: Int) {
        let configuration = current.comparators[number].configuration
        if configuration & Bits.level != 0 {
            current.status |= 1 << UInt64(number)
            if configuration & Bits.enable != 0 { setLine(number, true) }
        } else if configuration & Bits.enable != 0 {
            // An edge.
            setLine(number, false)
            setLine(number, true)
            setLine(number, false)
        }
    }

    private func setLine(_ number: Int, _ level: Bool) {
        guard level != current.comparators[number].line else { return }
        current.comparators[number].line = level
        if isLegacy, number < 2 {
            legacyOutput(number == 0 ? 0 : 8, level)
        } else {
            output(Int(current.comparators[number].configuration >> 9 & 31), level)
        }
    }

    // MARK: Registers

    public func read(offset: UInt64, width: Int) -> UInt64 {
        let word = register(offset & ~7) >> ((offset & 7) * 8)
        return width >= 8 ? word : word & (1 << UInt64(width * 8) - 1)
    }

    public func peek(offset: UInt64) -> UInt8? { UInt8(truncatingIfNeeded: read(offset: offset, width: 1)) }

    private func register(_ offset: UInt64) -> UInt64 {
        switch offset {
        case Register.capabilities: return Self.capabilities
        case Register.configuration: return current.configuration
        case Register.status: return current.status
        case Register.counter: return counter
        default:
            guard let (number, part) = place(offset) else { return 0 }
            switch part {
            case 0: return current.comparators[number].configuration | Bits.canBePeriodic | Bits.isWide | Bits.inputs
            case 8:
                settle(number)
                return current.comparators[number].value
            default: return 0
            }
        }
    }

    private func place(_ offset: UInt64) -> (number: Int, part: UInt64)? {
        guard offset >= Register.firstComparator else { return nil }
        let number = (offset - Register.firstComparator) / Register.comparatorSize
        guard number < Self.comparators else { return nil }
        return (Int(number), offset % Register.comparatorSize)
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        // Registers take 32 or 64 bits (2.3).
        guard width >= 4, offset & 3 == 0 else { return }
        let shift = (offset & 7) * 8
        let mask: UInt64 = width >= 8 ? .max : 0xFFFF_FFFF << shift
        let bits = width >= 8 ? value : value << shift & mask
        func merged(_ old: UInt64) -> UInt64 { old & ~mask | bits }
        switch offset & ~7 {
        case Register.configuration: setConfiguration(merged(current.configuration) & 3)
        case Register.status: clearStatus(bits & 7)
        case Register.counter:
            // While it runs this is not allowed (2.3.7).
            guard !isRunning else { return }
            current.counter = merged(current.counter)
        default:
            guard let (number, part) = place(offset & ~7) else { return }
            if part == 0 {
                configure(number, merged(current.comparators[number].configuration) & Bits.writable)
            } else if part == 8 {
                setComparator(number, mask, bits)
            }
        }
    }

    private func setConfiguration(_ value: UInt64) {
        let old = current.configuration
        if (old ^ value) & Self.enable != 0 {
            for number in 0..<Self.comparators { settle(number) }
            current.counter = counter
            current.start = events.now
        }
        if (old ^ value) & Self.legacy != 0 { for number in 0..<2 { setLine(number, false) } }
        current.configuration = value
        if (old ^ value) & Self.legacy != 0 { replacesLegacy(isLegacy) }
        guard (old ^ value) & Self.enable != 0 else { return }
        for number in 0..<Self.comparators {
            aim(number)
            if !isRunning { setLine(number, false) }
        }
    }

    private func clearStatus(_ ones: UInt64) {
        for number in 0..<Self.comparators where ones & current.status & 1 << UInt64(number) != 0 {
            current.status &= ~(1 << UInt64(number))
            setLine(number, false)
        }
    }

    private func configure(_ number: Int, _ value: UInt64) {
        settle(number)
        let old = current.comparators[number].configuration
        // The line moves to where it is sent now.
        let wasActive = current.comparators[number].line
        setLine(number, false)
        current.comparators[number].configuration = value
        if value & Bits.narrow != 0 {
            current.comparators[number].value &= 0xFFFF_FFFF
            current.comparators[number].period &= 0xFFFF_FFFF
        }
        let isActive = value & Bits.level != 0 && current.status & 1 << UInt64(number) != 0
        if wasActive || isActive, value & (Bits.enable | Bits.level) == Bits.enable | Bits.level {
            setLine(number, isActive)
        }
        if value & Bits.level == 0 { current.status &= ~(1 << UInt64(number)) }
        let matters = Bits.periodic | Bits.narrow | Bits.enable | Bits.level
        if (old ^ value) & matters != 0 { aim(number) }
    }

    /// In periodic mode a write is the period, and the value too where bit 6 was set before it (2.3.9.2.2).
    private func setComparator(_ number: Int, _ mask: UInt64, _ bits: UInt64) {
        let width: UInt64 = isNarrow(number) ? 0xFFFF_FFFF : .max
        var comparator = current.comparators[number]
        let setsValue = comparator.configuration & Bits.setsValue != 0
        if !isPeriodic(number) || setsValue { comparator.value = (comparator.value & ~mask | bits) & width }
        if isPeriodic(number) { comparator.period = (comparator.period & ~mask | bits) & width }
        // The bit clears itself, with the upper half where the register is written in two.
        if mask >> 32 != 0 || isNarrow(number) { comparator.configuration &= ~Bits.setsValue }
        current.comparators[number] = comparator
        aim(number)
    }
}
