import Machine
import PCDevices
import Testing

/// Expected values: National Semiconductor PC16550D datasheet.
struct UART16550Tests {
    let rig = Rig()
    let uart: UART16550
    private static let base: UInt16 = 0x3F8

    init() throws {
        uart = try rig.map(
            UART16550(name: "serial0", base: Self.base, events: rig.events, input: rig.input), 0x3F8...0x3FF)
    }

    private func read(_ offset: UInt16) -> UInt8 { rig.read(Self.base + offset) }

    private func write(_ offset: UInt16, _ value: UInt8) { rig.write(Self.base + offset, value) }

    private func deliver(_ bytes: [UInt8]) { rig.input.deliver(bytes, to: "serial0", at: rig.events.now) }

    @Test func resetValuesAreThoseOfTableI() {
        #expect((1...7).map { read($0) } == [0x00, 0x01, 0x00, 0x00, 0x60, 0xB0, 0x00])
    }

    @Test func writtenByteGoesOutAtOnceWhateverTheLineSettings() {
        var sent: [UInt8] = []
        uart.transmit = { sent.append($0) }
        for byte in Array("hello".utf8) {
            write(0, byte)
            #expect(read(5) & 0x60 == 0x60)
        }
        #expect(sent == Array("hello".utf8))
    }

    @Test func divisorLatchHidesDataAndInterruptEnable() {
        write(1, 0x05)
        write(3, 0x83)
        write(0, 0x34)
        write(1, 0x12)
        #expect([read(0), read(1)] == [0x34, 0x12])
        write(3, 0x03)
        #expect(read(1) == 0x05)
        #expect(uart.state.divisor == 0x1234)
    }

    @Test func withoutFIFOEachReceivedByteRaisesItsOwnInterrupt() {
        var edges: [Bool] = []
        uart.interrupt = { edges.append($0) }
        write(1, 0x01)
        write(4, 0x08)
        deliver([1, 2, 3])
        var got: [UInt8] = []
        for _ in 0..<3 {
            rig.run(for: 1_000_000)
            #expect(read(2) == 0x04)
            #expect(read(5) & 0x01 != 0)
            got.append(read(0))
            #expect(read(5) & 0x01 == 0)
        }
        #expect(got == [1, 2, 3])
        #expect(edges == [true, false, true, false, true, false])
    }

    @Test func nothingIsLostWhenMoreComesThanTheFIFOHolds() {
        write(2, 0x01)
        let bytes = (0..<10000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        deliver(bytes)
        var got: [UInt8] = []
        while got.count < bytes.count {
            rig.run(for: 100_000)
            guard read(5) & 0x01 != 0 else { break }
            while read(5) & 0x01 != 0 { got.append(read(0)) }
        }
        #expect(got == bytes)
        #expect(read(5) & 0x02 == 0)
    }

    @Test(arguments: [(0x01, 1), (0x41, 4), (0x81, 8), (0xC1, 14)] as [(UInt8, Int)])
    func receivedDataInterruptComesAtTheTriggerLevel(control: UInt8, level: Int) {
        write(2, control)
        write(1, 0x01)
        write(4, 0x08)
        deliver([UInt8](repeating: 0x55, count: level))
        // Just before the last byte arrives there is no interrupt yet.
        rig.run(for: UInt64(level) * 10_000 - 1)
        #expect(read(2) == 0xC1)
        rig.run(for: 1)
        #expect(read(2) == 0xC4)
        #expect(uart.state.interrupt)
    }

    @Test func bytesBelowTheTriggerLevelTimeOut() {
        write(2, 0xC1)
        write(1, 0x01)
        write(4, 0x08)
        deliver([0x41])
        rig.run(for: 10_000)
        #expect(read(2) == 0xC1)
        rig.run(for: 1_000_000)
        #expect(read(2) == 0xCC)
        #expect(read(0) == 0x41)
        #expect(read(2) == 0xC1)
    }

    @Test func timeoutStaysWhenAnotherByteComesAndGoesWithARead() {
        write(2, 0xC1)
        write(1, 0x01)
        write(4, 0x08)
        deliver([0x41])
        rig.run(for: 1_000_000)
        deliver([0x42])
        rig.run(for: 10_000)
        #expect(read(2) == 0xCC)
        #expect(uart.state.interrupt)
        #expect(read(0) == 0x41)
        #expect(read(2) == 0xC1)
        // The second byte is alone now: its time runs from that read.
        rig.run(for: 1_000_000)
        #expect(read(2) == 0xCC)
    }

    @Test func timeoutGoesWhenTheFIFOIsEmptied() {
        write(2, 0xC1)
        write(1, 0x01)
        deliver([0x41])
        rig.run(for: 1_000_000)
        #expect(read(2) == 0xCC)
        write(2, 0xC3)
        #expect(read(2) == 0xC1)
    }

    @Test func emptyInterruptRisesWhenAllowedAndReadingIIRClearsIt() {
        write(4, 0x08)
        write(1, 0x02)
        #expect(uart.state.interrupt)
        #expect(read(2) == 0x02)
        #expect(read(2) == 0x01)
        #expect(!uart.state.interrupt)
    }

    @Test func emptyInterruptFallsAndRisesWithEachWrite() {
        write(4, 0x08)
        write(1, 0x02)
        var edges: [Bool] = []
        uart.interrupt = { edges.append($0) }
        write(0, 0x41)
        #expect(edges == [false, true])
        _ = read(2)
        write(0, 0x42)
        #expect(edges == [false, true, false, true])
    }

    @Test func interruptReachesTheBusOnlyWithOUT2() {
        write(1, 0x02)
        #expect(!uart.state.interrupt)
        write(4, 0x08)
        #expect(uart.state.interrupt)
        write(4, 0x18)
        #expect(uart.state.interrupt)
        write(4, 0x10)
        #expect(!uart.state.interrupt)
    }

    @Test func loopbackReturnsBytesAndModemLines() {
        var sent: [UInt8] = []
        uart.transmit = { sent.append($0) }
        write(3, 0x03)
        write(4, 0x10)
        write(0, 0xA5)
        #expect(read(0) == 0xA5)
        #expect(sent.isEmpty)
        // MCR DTR, RTS, OUT1, OUT2 appear as DSR, CTS, RI, DCD.
        for (control, status) in [(0x11, 0x20), (0x12, 0x10), (0x14, 0x40), (0x18, 0x80)] as [(UInt8, UInt8)] {
            write(4, control)
            #expect(read(6) & 0xF0 == status)
        }
    }

    @Test func modemDeltasShowChangesAndRIOnlyItsTrailingEdge() {
        write(4, 0x10)
        _ = read(6)
        write(4, 0x13)
        #expect(read(6) == 0x33)
        #expect(read(6) == 0x30)
        write(4, 0x17)
        #expect(read(6) == 0x70)
        write(4, 0x13)
        #expect(read(6) == 0x34)
    }

    @Test func modemStatusInterruptIsLowestAndReadingMSRClearsIt() {
        write(1, 0x0F)
        write(4, 0x10)
        write(4, 0x13)
        #expect(read(2) == 0x02)
        #expect(read(2) == 0x00)
        _ = read(6)
        #expect(read(2) == 0x01)
    }

    @Test func overrunInLoopbackIsTheHighestInterruptAndReadingLSRClearsIt() {
        write(3, 0x03)
        write(1, 0x07)
        write(4, 0x10)
        write(0, 1)
        write(0, 2)
        #expect(read(2) == 0x06)
        #expect(read(5) == 0x63)
        #expect(read(5) == 0x61)
        #expect(read(2) == 0x04)
        // Without FIFOs the new byte overwrites the old one.
        #expect(read(0) == 2)
    }

    @Test func fullFIFOKeepsItsBytesOnOverrun() {
        write(3, 0x03)
        write(2, 0x01)
        write(4, 0x10)
        for value in 0..<UInt8(17) { write(0, value) }
        #expect(read(5) & 0x02 != 0)
        #expect((0..<16).map { _ in read(0) } == Array(0..<UInt8(16)))
    }

    @Test func breakInLoopbackIsReportedWithItsByte() {
        write(2, 0x01)
        write(4, 0x10)
        write(3, 0x43)
        #expect(read(5) == 0xF1)
        #expect(read(5) & 0x10 == 0)
        #expect(read(0) == 0)
    }

    @Test(arguments: [(0, 0x1F), (1, 0x3F), (2, 0x7F), (3, 0xFF)] as [(UInt8, UInt8)])
    func wordLengthCutsBytesInLoopback(lineControl: UInt8, expected: UInt8) {
        write(3, lineControl)
        write(4, 0x10)
        write(0, 0xFF)
        #expect(read(0) == expected)
    }

    @Test func fifoResetDropsWhatWasReceived() {
        write(2, 0x01)
        deliver([1, 2, 3])
        rig.run(for: 100_000)
        write(2, 0x03)
        #expect(read(5) & 0x01 == 0)
    }

    @Test func scratchKeepsAnyByte() {
        for value in [0x00, 0x55, 0xAA, 0xFF] as [UInt8] {
            write(7, value)
            #expect(read(7) == value)
        }
    }

    @Test func queueIsBounded() {
        deliver([UInt8](repeating: 0, count: UART16550.queueLimit))
        #expect(uart.queueSpace == 0)
        deliver([1, 2, 3])
        #expect(uart.state.queue.count == UART16550.queueLimit)
    }
}
