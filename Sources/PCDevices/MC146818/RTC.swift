import Machine

/// The MC146818 real-time clock with 128 bytes of CMOS memory, and the NMI mask that shares its index port.
///
/// Ports 70h (index) and 71h (data). Source: Motorola MC146818 datasheet; IBM PC/AT Technical Reference for port 70h
/// and the CMOS bytes.
public final class RTC: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// All bytes by index. Those of registers A, C and D hold the stored bits alone.
        public internal(set) var bytes = [UInt8](repeating: 0, count: 128)
        /// Bits 6-0 of port 70h.
        public internal(set) var index: UInt8 = 0
        /// Bit 7 of port 70h.
        public internal(set) var nmiMasked = false
        /// Tick at which the divider chain was last at zero; a second later comes the first update. Wraps.
        var dividerStart: UInt64 = 0
        /// Tick at which the next update ends, nil while the divider stands.
        var nextUpdate: UInt64?
        /// Periods of the periodic rate that were over when PF was cleared.
        var periodsSeen: UInt64 = 0
        /// Level of IRQ.
        public internal(set) var interrupt = false
    }

    /// Offsets from the base port.
    public enum Register {
        /// Bits 6-0 index, bit 7 masks NMI. Write only.
        public static let index: UInt16 = 0
        public static let data: UInt16 = 1
    }

    /// CMOS indices of the control registers.
    enum Index {
        static let a = 0x0A
        static let b = 0x0B
        static let c = 0x0C
        static let d = 0x0D
    }

    /// Register A.
    enum A {
        /// UIP: an update comes within 244 us or goes on.
        static let updateInProgress: UInt8 = 0x80
        /// DV2-DV0: the time base. 010 is 32.768 kHz, 11x holds the divider in reset.
        static let divider: UInt8 = 0x70
        static let divider32kHz: UInt8 = 0x20
        static let dividerReset: UInt8 = 0x60
        /// RS3-RS0: the periodic rate.
        static let rate: UInt8 = 0x0F
    }

    /// Register B.
    enum B {
        /// SET: no updates.
        static let set: UInt8 = 0x80
        /// PIE, AIE, UIE: the same bits as their flags in register C.
        static let interruptEnables: UInt8 = 0x70
        static let updateEnable: UInt8 = 0x10
        /// SQWE.
        static let squareWave: UInt8 = 0x08
        /// DM.
        static let binary: UInt8 = 0x04
        /// 24/12.
        static let hours24: UInt8 = 0x02
    }

    /// Register C.
    enum C {
        static let request: UInt8 = 0x80
        static let periodic: UInt8 = 0x40
        static let alarm: UInt8 = 0x20
        static let update: UInt8 = 0x10
    }

    /// Register D, VRT: the battery was never empty.
    static let validRAM: UInt8 = 0x80

    static let second: UInt64 = 1_000_000_000
    /// UIP leads the update by 244 us, and the update takes 1984 us with 32.768 kHz (datasheet, "Update cycle").
    static let updateLead: UInt64 = 244_000 + 1_984_000
    /// The first update comes half a second after the divider leaves reset (datasheet, "Divider control").
    static let afterDividerReset: UInt64 = 500_000_000

    /// 2026-01-01 00:00:00 UTC, where the virtual clock starts.
    public static let defaultStart: Int64 = 1_767_225_600

    public let name: String
    /// IRQ 8.
    public var interrupt: Pin = { _ in }
    /// Port 70h bit 7: true keeps NMI from the CPU. Also called after a restore.
    public var nmiMask: Pin = { _ in }
    private let base: UInt16
    private let events: EventQueue
    private var updateEvent: EventQueue.Event?
    private var periodicEvent: EventQueue.Event?
    private var current = State()

    /// `start` is the date at power-on in seconds since 1970-01-01 00:00:00 UTC.
    public init(name: String = "rtc", base: UInt16 = 0x70, start: Int64 = RTC.defaultStart, events: EventQueue) {
        self.name = name
        self.base = base
        self.events = events
        updateEvent = events.register("\(name).update") { [unowned self] in updateEnded() }
        periodicEvent = events.register("\(name).periodic") { [unowned self] in
            raisePeriodic()
            updateOutputs()
        }
        // What firmware finds on a machine with a good battery: the time runs (010), 1024 Hz, BCD, 24 hours.
        current.bytes[Index.a] = A.divider32kHz | 0x06
        current.bytes[Index.b] = B.hours24
        current.bytes[Index.d] = Self.validRAM
        form.set(&current.bytes, secondsSince1970: start)
        current.dividerStart = events.now
        scheduleUpdate()
    }

    public var state: State {
        get {
            // PF rises without an event while nobody waits for it: brought up to date here.
            var snapshot = current
            if periodicIsDue { snapshot.bytes[Index.c] |= C.periodic }
            return snapshot
        }
        set {
            guard newValue.bytes.count == 128 else { return }
            current = newValue
            current.index &= 0x7F
            nmiMask(current.nmiMasked)
        }
    }

    /// RESET clears the interrupt enables and flags and SQWE; time, date and RAM go on (datasheet, "RESET").
    public func reset() {
        current.bytes[Index.b] &= ~(B.interruptEnables | B.squareWave)
        clearFlags()
        current.index = 0
        // The AT masks NMI at reset until firmware allows it.
        setNMIMask(true)
        updateOutputs()
    }

    /// Sets a CMOS byte as a battery-backed value that the firmware finds. Indices 0-13 are the chip's registers: use
    /// the ports for them.
    public func setCMOS(_ index: Int, _ value: UInt8) {
        guard (0x0E..<128).contains(index) else { return }
        current.bytes[index] = value
    }

    /// A byte as it is stored, for the debugger; 0 for an index that does not exist.
    public func cmos(_ index: Int) -> UInt8 {
        current.bytes.indices.contains(index) ? current.bytes[index] : 0
    }

    /// IBM's checksum of bytes 10h-2Dh in 2Eh (high) and 2Fh (low). The board calls it after `setCMOS`.
    public func updateChecksum() {
        let sum = current.bytes[0x10...0x2D].reduce(UInt16(0)) { $0 &+ UInt16($1) }
        current.bytes[0x2E] = UInt8(truncatingIfNeeded: sum >> 8)
        current.bytes[0x2F] = UInt8(truncatingIfNeeded: sum)
    }

    public func read(port: Port, width: Int) -> UInt32 {
        guard port.rawValue &- base == Register.data else { return 0xFF }  // the index is write-only
        let index = Int(current.index)
        switch index {
        case Index.a: return UInt32(current.bytes[index] | (updateInProgress ? A.updateInProgress : 0))
        case Index.c:
            if periodicIsDue { raisePeriodic() }
            let flags = current.bytes[Index.c]
            let requests = flags & current.bytes[Index.b] & B.interruptEnables
            clearFlags()
            updateOutputs()
            return UInt32(flags | (requests != 0 ? C.request : 0))
        case Index.d: return UInt32(Self.validRAM)
        default: return UInt32(current.bytes[index])
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        switch port.rawValue &- base {
        case Register.index:
            current.index = byte & 0x7F
            setNMIMask(byte & 0x80 != 0)
        case Register.data: writeData(byte)
        default: break
        }
    }

    private func writeData(_ byte: UInt8) {
        let index = Int(current.index)
        switch index {
        case Index.a: writeA(byte)
        case Index.b:
            // PF of the time before the change stays.
            if periodicIsDue { raisePeriodic() }
            // SET clears UIE (datasheet, "UIE").
            current.bytes[index] = byte & B.set != 0 ? byte & ~B.updateEnable : byte
            updateOutputs()
        case Index.c, Index.d: break  // read only
        default: current.bytes[index] = byte
        }
    }

    private func writeA(_ byte: UInt8) {
        if periodicIsDue { raisePeriodic() }
        let old = current.bytes[Index.a]
        current.bytes[Index.a] = byte & ~A.updateInProgress
        let ran = old & A.divider == A.divider32kHz
        let runs = byte & A.divider == A.divider32kHz
        if runs, !ran {
            current.dividerStart = events.now &- (Self.second - Self.afterDividerReset)
            scheduleUpdate()
        } else if !runs {
            current.nextUpdate = nil
            if let updateEvent { events.cancel(updateEvent) }
        }
        current.periodsSeen = periodsOver
        updateOutputs()
    }

    private func setNMIMask(_ masked: Bool) {
        guard masked != current.nmiMasked else { return }
        current.nmiMasked = masked
        nmiMask(masked)
    }

    // MARK: Updates

    private var form: CalendarRegisters {
        let b = current.bytes[Index.b]
        return CalendarRegisters(isBinary: b & B.binary != 0, is24Hour: b & B.hours24 != 0)
    }

    private var updateInProgress: Bool {
        guard let end = current.nextUpdate, current.bytes[Index.b] & B.set == 0, events.now < end else { return false }
        return end &- events.now <= Self.updateLead
    }

    /// Updates come a whole number of seconds after `dividerStart`.
    private func scheduleUpdate() {
        let into = (events.now &- current.dividerStart) % Self.second
        let deadline = events.now &+ (Self.second - into)
        current.nextUpdate = deadline
        if let updateEvent { events.schedule(updateEvent, at: deadline) }
    }

    private func updateEnded() {
        scheduleUpdate()
        guard current.bytes[Index.b] & B.set == 0 else { return }
        form.advance(&current.bytes)
        current.bytes[Index.c] |= C.update
        let alarmMatches = [
            (CalendarRegisters.Offset.seconds, CalendarRegisters.Offset.secondsAlarm),
            (CalendarRegisters.Offset.minutes, CalendarRegisters.Offset.minutesAlarm),
            (CalendarRegisters.Offset.hours, CalendarRegisters.Offset.hoursAlarm),
        ].allSatisfy { time, alarm in
            // C0h-FFh in an alarm byte matches always.
            current.bytes[alarm] >= 0xC0 || current.bytes[alarm] == current.bytes[time]
        }
        if alarmMatches { current.bytes[Index.c] |= C.alarm }
        updateOutputs()
    }

    // MARK: Periodic interrupt

    /// Length of the periodic interval in periods of 32.768 kHz, nil when it is off.
    private var periodicClocks: UInt64? {
        let a = current.bytes[Index.a]
        guard a & A.divider == A.divider32kHz else { return nil }
        switch a & A.rate {
        case 0: return nil
        // With a 32.768 kHz base rates 1 and 2 are those of 8 and 9 (datasheet, table 5).
        case 1: return 128
        case 2: return 256
        case let rate: return 1 &<< (UInt64(rate) - 1)
        }
    }

    /// Whole periodic intervals since the divider started. One clock of 32.768 kHz is 1953125/64 ns.
    private var periodsOver: UInt64 {
        guard let clocks = periodicClocks else { return 0 }
        let product = (events.now &- current.dividerStart).multipliedFullWidth(by: 64)
        return (1_953_125 as UInt64).dividingFullWidth(product).quotient / clocks
    }

    /// An interval is over that PF does not show yet.
    private var periodicIsDue: Bool {
        current.bytes[Index.c] & C.periodic == 0 && periodsOver > current.periodsSeen
    }

    private func raisePeriodic() {
        current.bytes[Index.c] |= C.periodic
    }

    private func clearFlags() {
        current.bytes[Index.c] = 0
        current.periodsSeen = periodsOver
    }

    /// Drives IRQ, and asks for an event when the next periodic interval is to raise it.
    private func updateOutputs() {
        let flags = current.bytes[Index.c]
        let level = flags & current.bytes[Index.b] & B.interruptEnables != 0
        if level != current.interrupt {
            current.interrupt = level
            interrupt(level)
        }
        guard let periodicEvent else { return }
        guard let clocks = periodicClocks, flags & C.periodic == 0, current.bytes[Index.b] & C.periodic != 0 else {
            events.cancel(periodicEvent)
            return
        }
        let wanted = (current.periodsSeen &+ 1) &* clocks
        let product = wanted.multipliedFullWidth(by: 1_953_125)
        guard product.high < 64 else { return }
        let (quotient, remainder) = (64 as UInt64).dividingFullWidth(product)
        let deadline = current.dividerStart &+ quotient &+ (remainder == 0 ? 0 : 1)
        events.schedule(periodicEvent, at: max(deadline, events.now))
    }
}
