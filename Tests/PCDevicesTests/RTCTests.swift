import Machine
import PCDevices
import Testing

/// Expected values: Motorola MC146818 datasheet.
struct RTCTests {
    let rig = Rig()
    let rtc: RTC
    static let second: UInt64 = 1_000_000_000

    init() throws {
        rtc = try rig.map(RTC(events: rig.events), 0x70...0x71)
    }

    private func read(_ index: UInt8) -> UInt8 {
        rig.write(0x70, index)
        return rig.read(0x71)
    }

    private func write(_ index: UInt8, _ value: UInt8) {
        rig.write(0x70, index)
        rig.write(0x71, value)
    }

    /// Seconds, minutes, hours, day of week, day, month, year, century.
    private func time() -> [UInt8] { [0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32].map { read($0) } }

    private func setTime(_ values: [UInt8]) {
        for (index, value) in zip([0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32] as [UInt8], values) {
            write(index, value)
        }
    }

    @Test func dateStartsAtTheFirstOfJanuary2026WhichIsAThursday() {
        #expect(time() == [0x00, 0x00, 0x00, 0x05, 0x01, 0x01, 0x26, 0x20])
    }

    @Test(
        arguments: [
            // date -u -d @SECONDS
            (0, [0x00, 0x00, 0x00, 0x05, 0x01, 0x01, 0x70, 0x19]),
            (951_827_696, [0x56, 0x34, 0x12, 0x03, 0x29, 0x02, 0x00, 0x20]),
            (1_709_251_199, [0x59, 0x59, 0x23, 0x05, 0x29, 0x02, 0x24, 0x20]),
            (-1, [0x59, 0x59, 0x23, 0x04, 0x31, 0x12, 0x69, 0x19]),
        ] as [(Int64, [UInt8])]) func startDateBecomesBCDRegisters(start: Int64, expected: [UInt8]) throws
    {
        let other = Rig()
        let clock = try other.map(RTC(start: start, events: other.events), 0x70...0x71)
        _ = clock
        let values = ([0, 2, 4, 6, 7, 8, 9, 0x32] as [UInt8]).map { index -> UInt8 in
            other.write(0x70, index)
            return other.read(0x71)
        }
        #expect(values == expected)
    }

    @Test func dateFarOutOfRangeDoesNotTrap() {
        for start in [Int64.min, .max] { _ = RTC(start: start, events: EventQueue()) }
    }

    @Test func secondsMoveWithTicks() {
        rig.run(until: Self.second - 1)
        #expect(read(0) == 0x00)
        rig.run(until: Self.second)
        #expect(read(0) == 0x01)
        rig.run(until: 3661 * Self.second)
        #expect(time().prefix(3) == [0x01, 0x01, 0x01])
    }

    @Test(
        arguments: [
            ([0x59, 0x59, 0x23, 0x07, 0x31, 0x12, 0x99, 0x19], [0, 0, 0, 0x01, 0x01, 0x01, 0x00, 0x20]),
            ([0x59, 0x59, 0x23, 0x03, 0x28, 0x02, 0x24, 0x20], [0, 0, 0, 0x04, 0x29, 0x02, 0x24, 0x20]),
            ([0x59, 0x59, 0x23, 0x03, 0x28, 0x02, 0x25, 0x20], [0, 0, 0, 0x04, 0x01, 0x03, 0x25, 0x20]),
            ([0x59, 0x59, 0x23, 0x03, 0x30, 0x04, 0x25, 0x20], [0, 0, 0, 0x04, 0x01, 0x05, 0x25, 0x20]),
        ] as [([UInt8], [UInt8])]) func midnightCarries(before: [UInt8], after: [UInt8])
    {
        setTime(before)
        rig.run(for: Self.second)
        #expect(time() == after)
    }

    @Test(arguments: [(0x81, 0x82), (0x91, 0x12), (0x12, 0x01), (0x11, 0x92), (0x92, 0x81)] as [(UInt8, UInt8)])
    func twelveHourModeCarriesWithPM(before: UInt8, after: UInt8) {
        // BCD in 12-hour form: 81h is 1 PM, 91h is 11 PM, 92h is noon, 12h is midnight.
        write(0x0B, 0x00)
        setTime([0x59, 0x59, before])
        rig.run(for: Self.second)
        #expect(read(4) == after)
    }

    @Test func binaryModeCountsInBinary() {
        write(0x0B, 0x06)
        setTime([59, 59, 9])
        rig.run(for: Self.second)
        #expect(time().prefix(3) == [0, 0, 10])
    }

    @Test func setBitStopsUpdatesAndClearsUIE() {
        write(0x0B, 0x92)
        #expect(read(0x0B) == 0x82)
        rig.run(for: 5 * Self.second)
        #expect(read(0) == 0)
        write(0x0B, 0x02)
        rig.run(for: Self.second)
        #expect(read(0) == 1)
    }

    @Test func updateInProgressShowsFor2228MicrosecondsBeforeTheUpdate() {
        rig.run(until: Self.second - 2_228_001)
        #expect(read(0x0A) & 0x80 == 0)
        rig.run(until: Self.second - 2_228_000)
        #expect(read(0x0A) & 0x80 != 0)
        rig.run(until: Self.second)
        #expect(read(0x0A) & 0x80 == 0)
    }

    @Test func dividerResetPutsTheNextUpdateHalfASecondLater() {
        rig.run(until: 700_000_000)
        write(0x0A, 0x66)
        rig.run(for: 10 * Self.second)
        #expect(read(0) == 0)
        write(0x0A, 0x26)
        rig.run(for: 499_999_999)
        #expect(read(0) == 0)
        rig.run(for: 1)
        #expect(read(0) == 1)
    }

    @Test func updateEndedInterruptComesEachSecondAndReadingCClearsIt() {
        var edges: [Bool] = []
        rtc.interrupt = { edges.append($0) }
        write(0x0B, 0x12)
        rig.run(for: Self.second)
        #expect(edges == [true])
        #expect(read(0x0C) & 0x90 == 0x90)
        #expect(edges == [true, false])
        #expect(read(0x0C) & 0x90 == 0)
    }

    @Test func alarmInterruptComesAtItsTime() {
        setTime([0x00, 0x00, 0x00])
        write(1, 0x03)
        write(3, 0x00)
        write(5, 0x00)
        write(0x0B, 0x22)
        rig.run(for: 2 * Self.second)
        #expect(!rtc.state.interrupt)
        rig.run(for: Self.second)
        #expect(rtc.state.interrupt)
        #expect(read(0x0C) & 0xA0 == 0xA0)
    }

    @Test(arguments: [0xC0, 0xFF] as [UInt8]) func alarmBytesFromC0hMatchAlways(any: UInt8) {
        for index in [1, 3, 5] as [UInt8] { write(index, any) }
        write(0x0B, 0x22)
        for _ in 0..<3 {
            rig.run(for: Self.second)
            #expect(read(0x0C) & 0x20 != 0)
        }
    }

    @Test(
        arguments: [
            // Table 5 with a 32.768 kHz time base: rate selection and frequency in Hz.
            (1, 256), (2, 128), (3, 8192), (4, 4096), (6, 1024), (10, 64), (15, 2),
        ] as [(UInt8, Int)]) func periodicInterruptHasItsRate(rate: UInt8, frequency: Int)
    {
        write(0x0A, 0x20 | rate)
        write(0x0B, 0x42)
        _ = read(0x0C)
        var count = 0
        rtc.interrupt = { if $0 { count += 1 } }
        let end = rig.events.now + 2 * Self.second
        while rig.events.now < end {
            rig.run(until: min(rig.events.next, end))
            _ = read(0x0C)
        }
        #expect(count == 2 * frequency)
    }

    @Test func periodicFlagRisesWithoutItsInterrupt() {
        _ = read(0x0C)
        rig.run(for: 2_000_000)
        #expect(read(0x0C) == 0x40)
        #expect(read(0x0C) == 0)
    }

    @Test func periodicRateZeroIsOff() {
        write(0x0A, 0x20)
        _ = read(0x0C)
        rig.run(for: Self.second / 2)
        #expect(read(0x0C) == 0)
    }

    @Test func indexPortMasksNMIAndIsWriteOnly() {
        var masks: [Bool] = []
        rtc.nmiMask = { masks.append($0) }
        rig.write(0x70, 0x8F)
        rig.write(0x70, 0x0F)
        #expect(masks == [true, false])
        #expect(rig.read(0x70) == 0xFF)
    }

    @Test func memoryKeepsItsBytesAndRegistersCAndDAreReadOnly() {
        for index in 0x0E..<UInt8(0x80) { write(index, index ^ 0x5A) }
        for index in 0x0E..<UInt8(0x80) { #expect(read(index) == index ^ 0x5A) }
        write(0x0D, 0x00)
        #expect(read(0x0D) == 0x80)
        write(0x0C, 0xFF)
        #expect(read(0x0C) & 0x30 == 0)
    }

    @Test func resetKeepsTimeAndClearsInterruptEnables() {
        rig.run(for: 5 * Self.second)
        write(0x0B, 0x7A)
        rtc.reset()
        #expect(read(0x0B) == 0x02)
        #expect(read(0) == 0x05)
    }

    @Test func boardSetsMemoryAndChecksum() {
        rtc.setCMOS(0x10, 0x40)
        rtc.setCMOS(0x15, 0xFF)
        rtc.setCMOS(0x16, 0xFF)
        rtc.updateChecksum()
        #expect([read(0x2E), read(0x2F)] == [0x02, 0x3E])
        rtc.setCMOS(500, 1)
        rtc.setCMOS(-1, 1)
        rtc.setCMOS(0, 0x33)
        #expect(read(0) == 0)
    }
}
