import Machine
import PCDevices
import Testing

/// Expected values: the timing diagrams of the Intel 8254 datasheet (231164), figures 15-20. A clock is 17600/21 ns.
struct PIT8254Tests {
    let rig = Rig()
    let pit: PIT8254

    init() throws {
        pit = try rig.map(PIT8254(events: rig.events), 0x40...0x43)
    }

    /// Lets time go to just after CLK pulse `clock`.
    private func go(toClock clock: UInt64) { rig.run(until: (clock * 17600 + 20) / 21) }

    /// Programs counter 2, whose gate can be moved, with a low byte alone, at clock 0.
    private func start(mode: UInt8, count: UInt8, bcd: Bool = false, gate: Bool = true) {
        pit.setGate2(gate)
        rig.write(0x43, 0x90 | mode << 1 | (bcd ? 1 : 0))
        rig.write(0x42, count)
    }

    /// Values of the counting element and OUT after the given pulses.
    private func values(_ clocks: ClosedRange<UInt64>) -> [UInt8] {
        clocks.map {
            go(toClock: $0)
            return rig.read(0x42)
        }
    }

    private func outputs(_ clocks: ClosedRange<UInt64>) -> String {
        clocks.map { clock -> String in
            go(toClock: clock)
            return pit.outputLevel(2) ? "H" : "L"
        }.joined()
    }

    @Test func mode0CountsDownAndOutGoesHighAfterNPlusOnePulses() {
        start(mode: 0, count: 4)
        #expect(values(1...6) == [4, 3, 2, 1, 0, 0xFF])
    }

    /// On a PC an access takes longer than a clock: a program that reads next finds the count that it wrote.
    @Test(arguments: [(0, 201), (2, 201), (3, 200), (4, 201)] as [(UInt8, UInt8)])
    func countReadInTheClockInWhichItWasWrittenIsThatCount(mode: UInt8, shown: UInt8) {
        start(mode: 0, count: 7)
        _ = values(1...3)
        start(mode: mode, count: 201)
        #expect(rig.read(0x42) == shown)
        #expect(values(4...4) == [shown])
    }

    @Test func mode0OutputRisesAtZeroAndStays() {
        start(mode: 0, count: 4)
        #expect(outputs(0...7) == "LLLLLHHH")
    }

    @Test func mode0GateLowHoldsTheCount() {
        start(mode: 0, count: 3)
        #expect(values(1...2) == [3, 2])
        pit.setGate2(false)
        #expect(values(3...4) == [2, 2])
        pit.setGate2(true)
        #expect(values(5...7) == [1, 0, 0xFF])
    }

    @Test func mode0LoadsWithGateLowAndNeedsNoFurtherPulse() {
        // Figure 15: a count written with GATE low is loaded on the next pulse; N pulses after GATE, OUT goes high.
        start(mode: 0, count: 3, gate: false)
        #expect(values(1...3) == [3, 3, 3])
        pit.setGate2(true)
        #expect(outputs(4...7) == "LLHH")
    }

    @Test func mode0FirstByteOfTwoStopsCountingWithOutLow() {
        rig.write(0x43, 0xB0)
        pit.setGate2(true)
        rig.write(0x42, [0x02, 0x00])
        go(toClock: 5)
        #expect(pit.outputLevel(2))
        rig.write(0x42, 0x02)
        #expect(!pit.outputLevel(2))
        go(toClock: 20)
        #expect(!pit.outputLevel(2))
        rig.write(0x42, 0x00)
        #expect(outputs(21...24) == "LLHH")
    }

    @Test func mode1OneShotIsNPulsesLongAndRetriggers() {
        start(mode: 1, count: 3, gate: false)
        #expect(outputs(0...2) == "HHH")
        pit.setGate2(true)
        #expect(outputs(3...7) == "LLLHH")
        pit.setGate2(false)
        pit.setGate2(true)
        #expect(outputs(8...9) == "LL")
        pit.setGate2(false)
        pit.setGate2(true)
        #expect(outputs(10...13) == "LLLH")
    }

    @Test func mode2IsLowForTheLastOfNPulses() {
        start(mode: 2, count: 3)
        #expect(outputs(0...9) == "HHHLHHLHHL")
    }

    @Test func mode2CountsFromNToOne() {
        start(mode: 2, count: 3)
        #expect(values(1...7) == [3, 2, 1, 3, 2, 1, 3])
    }

    @Test func mode2NewCountWaitsForTheEndOfThePeriod() {
        start(mode: 2, count: 4)
        #expect(values(1...2) == [4, 3])
        rig.write(0x42, 5)
        #expect(values(3...9) == [2, 1, 5, 4, 3, 2, 1])
    }

    @Test func mode2GateLowForcesOutHighAndItsEdgeReloads() {
        start(mode: 2, count: 3)
        go(toClock: 3)
        #expect(!pit.outputLevel(2))
        pit.setGate2(false)
        #expect(pit.outputLevel(2))
        go(toClock: 9)
        pit.setGate2(true)
        #expect(values(10...12) == [3, 2, 1])
    }

    @Test func mode3EvenCountIsASquareWaveCountingByTwo() {
        start(mode: 3, count: 4)
        #expect(values(1...9) == [4, 2, 4, 2, 4, 2, 4, 2, 4])
    }

    @Test func mode3EvenOutput() {
        start(mode: 3, count: 4)
        #expect(outputs(0...8) == "HHHLLHHLL")
    }

    @Test func mode3OddCountIsHighOnePulseLonger() {
        // Figure 18: count 5 reads 4 2 0 4 2.
        start(mode: 3, count: 5)
        #expect(values(1...10) == [4, 2, 0, 4, 2, 4, 2, 0, 4, 2])
    }

    @Test func mode3OddOutput() {
        start(mode: 3, count: 5)
        #expect(outputs(0...11) == "HHHHLLHHHLLH")
    }

    @Test func mode3NewCountTakesOverAtTheHalf() {
        start(mode: 3, count: 8)
        go(toClock: 2)
        rig.write(0x42, 4)
        // Four high from pulse 1, then halves of two.
        #expect(outputs(3...10) == "HHLLHHLL")
    }

    @Test func mode4StrobesOnceAfterNPlusOnePulses() {
        start(mode: 4, count: 3)
        #expect(outputs(0...8) == "HHHHLHHHH")
        go(toClock: 200_000)
        #expect(pit.outputLevel(2))
    }

    @Test func mode5StrobesAfterTheGateEdge() {
        start(mode: 5, count: 3, gate: false)
        go(toClock: 5)
        pit.setGate2(true)
        #expect(outputs(6...11) == "HHHLHH")
    }

    @Test func bcdCountsInDecimalAndZeroIsTenThousand() {
        start(mode: 0, count: 0x10, bcd: true)
        #expect(values(1...3) == [0x10, 0x09, 0x08])
        rig.write(0x43, 0xB1)
        rig.write(0x42, [0x00, 0x00])
        go(toClock: 5)
        rig.write(0x43, 0x80)
        #expect([rig.read(0x42), rig.read(0x42)] == [0x99, 0x99])
    }

    @Test func latchHoldsUntilBothBytesAreRead() {
        rig.write(0x43, 0x34)
        rig.write(0x40, [0x34, 0x12])
        go(toClock: 1)
        rig.write(0x43, 0x00)
        go(toClock: 100)
        rig.write(0x43, 0x00)
        #expect([rig.read(0x40), rig.read(0x40)] == [0x34, 0x12])
        go(toClock: 101)
        #expect([rig.read(0x40), rig.read(0x40)] == [0xD0, 0x11])
    }

    @Test func readBackGivesStatusThenCount() {
        rig.write(0x43, 0x36)
        rig.write(0x40, [0x00, 0x10])
        rig.write(0x43, 0xC2)
        // OUT high, null count until the pulse, both bytes, mode 3.
        #expect(rig.read(0x40) == 0xF6)
        _ = [rig.read(0x40), rig.read(0x40)]
        go(toClock: 1)
        rig.write(0x43, 0xE2)
        #expect(rig.read(0x40) == 0xB6)
    }

    @Test func readBackCanLatchAllThreeCounters() {
        pit.setGate2(true)
        for counter in 0..<UInt8(3) {
            rig.write(0x43, counter << 6 | 0x14)
            rig.write(0x40 + UInt16(counter), 10 + counter)
        }
        go(toClock: 1)
        rig.write(0x43, 0xDE)
        go(toClock: 4)
        #expect((0x40...0x42).map { rig.read($0) } == [10, 11, 12])
    }

    @Test func controlPortFloatsOnRead() {
        #expect(rig.read(0x43) == 0xFF)
    }

    @Test func counter0InMode2RisesOncePerPeriodWithoutDrift() {
        rig.write(0x43, 0x34)
        rig.write(0x40, [0xA9, 0x04])  // 1193
        var rises = 0
        pit.output = { if $0 { rises += 1 } }
        rig.run(until: 10_000_000_000)
        // Loaded at pulse 1; 10 s hold 11931818.18 clocks, so floor((11931818 - 1) / 1193) periods end.
        #expect(rises == 10001)
    }

    @Test func counter0InMode3With65536GivesTheEighteenPointTwoHertzTick() {
        rig.write(0x43, 0x36)
        rig.write(0x40, [0x00, 0x00])
        var rises: [UInt64] = []
        pit.output = { if $0 { rises.append(rig.events.now) } }
        rig.run(until: 86_400_000_000_000 / 24)
        // An hour: 3600 * 105e6 / 88 clocks / 65536 = 65543.3 ticks (IBM's 1800B0h per day is 65543.33 an hour).
        #expect(rises.count == 65543)
        // The n-th tick comes at clock 1 + n * 65536 exactly.
        let lastClock: UInt64 = 1 + 65543 * 65536
        let lastTick: UInt64 = (lastClock * 17600 + 20) / 21
        #expect(rises.last == lastTick)
    }

    @Test func timeOfAYearIsExact() {
        rig.write(0x43, 0x34)
        rig.write(0x40, [0x00, 0x00])
        // 2^45 ns is 407 days; clocks = floor(2^45 * 21 / 17600) = 41981353060. No events are run on the way.
        rig.events.advance(to: 1 << 45)
        rig.write(0x43, 0x00)
        let count = UInt16(rig.read(0x40)) | UInt16(rig.read(0x40)) << 8
        let clocks = UInt64(41_981_353_060)
        let product: UInt64 = (1 << 45) * 21
        #expect(clocks == product / 17600)
        let expected = UInt16(truncatingIfNeeded: 65536 - (clocks - 1) % 65536)
        #expect(count == expected)
    }

    @Test func oneShotInMode0RaisesCounter0OnceAndNeedsNoFurtherEvent() {
        rig.write(0x43, 0x30)
        rig.write(0x40, [0x0A, 0x00])
        var edges: [Bool] = []
        pit.output = { edges.append($0) }
        rig.run(until: 1_000_000)
        #expect(edges == [true])
        #expect(rig.events.next == .max)
    }

    /// An engine that looks at the queue late still gives the pulse that was due when the counter is programmed again.
    @Test(arguments: [[0x34], []] as [[UInt8]]) func duePulseOfCounter0IsNotLostToAWrite(control: [UInt8]) {
        rig.write(0x43, 0x34)
        rig.write(0x40, [0x64, 0x00])
        var rises = 0
        pit.output = { if $0 { rises += 1 } }
        rig.events.advance(to: (101 * 17600 + 20) / 21)
        rig.write(0x43, control)
        rig.write(0x40, [0xE8, 0x03])
        #expect(rises == 1)
        rig.events.runDue()
        #expect(rises == 1)
    }
}
