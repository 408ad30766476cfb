import Machine
import PCDevices
import Testing

/// Expected values: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and auxiliary device controller".
struct I8042Tests {
    let rig = Rig()
    let controller: I8042
    let keyboard: PS2Keyboard

    init() throws {
        controller = try rig.map(I8042(events: rig.events), 0x60...0x60, 0x64...0x64)
        keyboard = PS2Keyboard(events: rig.events, input: rig.input)
        controller.connect(keyboard: keyboard)
    }

    /// Waits as a guest does and takes a byte; nil when none comes within 10 ms.
    private func take() -> UInt8? {
        let end = rig.events.now + 10_000_000
        while rig.read(0x64) & 1 == 0 {
            guard rig.events.next <= end else { return nil }
            rig.run(until: rig.events.next)
        }
        return rig.read(0x60)
    }

    private func takeAll() -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = take(), bytes.count < 100 { bytes.append(byte) }
        return bytes
    }

    private func setCommandByte(_ value: UInt8) {
        rig.write(0x64, 0x60)
        rig.write(0x60, value)
    }

    /// Firmware's start: both interrupts, system flag, translation.
    private func start(_ value: UInt8 = 0x47) {
        setCommandByte(value)
    }

    @Test func selfTestAnswers55AndSetsTheSystemFlag() {
        #expect(rig.read(0x64) & 0x04 == 0)
        rig.write(0x64, 0xAA)
        #expect(take() == 0x55)
        #expect(rig.read(0x64) & 0x04 != 0)
    }

    @Test(arguments: [(0xAB, 0x00), (0xA9, 0x00), (0xA4, 0xF1)] as [(UInt8, UInt8)])
    func testCommandsAnswer(command: UInt8, expected: UInt8) {
        rig.write(0x64, command)
        #expect(take() == expected)
    }

    @Test func commandByteReadsBack() {
        setCommandByte(0x65)
        rig.write(0x64, 0x20)
        #expect(take() == 0x65)
    }

    @Test func allRAMLocationsReadBack() {
        for location in 1..<UInt8(32) {
            rig.write(0x64, 0x60 | location)
            rig.write(0x60, location &* 7)
        }
        for location in 1..<UInt8(32) {
            rig.write(0x64, 0x20 | location)
            #expect(take() == location &* 7)
        }
    }

    @Test(
        arguments: [(0xAD, 0x10, true), (0xAE, 0x10, false), (0xA7, 0x20, true), (0xA8, 0x20, false)]
            as [(UInt8, UInt8, Bool)]) func interfacesAreSwitchedInTheCommandByte(
            command: UInt8, bit: UInt8, isSet: Bool
        )
    {
        setCommandByte(isSet ? 0x00 : 0x30)
        rig.write(0x64, command)
        rig.write(0x64, 0x20)
        #expect((take() ?? 0) & bit == (isSet ? bit : 0))
    }

    @Test func statusShowsWhichPortWasWrittenLast() {
        rig.write(0x64, 0xAE)
        #expect(rig.read(0x64) & 0x08 != 0)
        rig.write(0x60, 0xF4)
        #expect(rig.read(0x64) & 0x08 == 0)
    }

    @Test func inputBufferIsFullForAShortTimeAfterAWrite() {
        rig.write(0x64, 0xAE)
        #expect(rig.read(0x64) & 0x02 != 0)
        rig.run(for: 10_000)
        #expect(rig.read(0x64) & 0x02 == 0)
    }

    @Test func outputPortDrivesA20() {
        var levels: [Bool] = []
        controller.a20 = { levels.append($0) }
        rig.write(0x64, 0xD1)
        rig.write(0x60, 0xDD)
        rig.write(0x64, 0xD1)
        rig.write(0x60, 0xDF)
        rig.write(0x64, 0xDD)
        rig.write(0x64, 0xDF)
        #expect(levels == [false, true, false, true])
        rig.write(0x64, 0xD0)
        #expect((take() ?? 0) & 0x03 == 0x03)
    }

    @Test func pulsingBit0OrWritingItLowAsksForReset() {
        var resets = 0
        controller.resetRequest = { resets += 1 }
        rig.write(0x64, 0xFF)
        rig.write(0x64, 0xF1)
        #expect(resets == 0)
        rig.write(0x64, 0xFE)
        #expect(resets == 1)
        rig.write(0x64, 0xD1)
        rig.write(0x60, 0x02)
        #expect(resets == 2)
    }

    @Test func keyRaisesIRQ1AndReadingTheByteLowersIt() {
        start()
        var edges: [Bool] = []
        controller.interrupt = { edges.append($0) }
        keyboard.press(.a)
        #expect(rig.read(0x64) & 1 == 0)
        rig.run(for: 100_000)
        #expect(edges == [true])
        #expect(rig.read(0x64) & 0x21 == 0x01)
        #expect(rig.read(0x60) == 0x1E)
        #expect(edges == [true, false])
        #expect(rig.read(0x64) & 1 == 0)
        // The last byte stays in the buffer.
        #expect(rig.read(0x60) == 0x1E)
    }

    @Test func interruptFallsBetweenTwoBytes() {
        start()
        keyboard.press(.up)
        rig.run(for: 100_000)
        var edges: [Bool] = []
        controller.interrupt = { edges.append($0) }
        #expect(rig.read(0x60) == 0xE0)
        #expect(rig.read(0x64) & 1 == 0)
        rig.run(for: 100_000)
        #expect(rig.read(0x60) == 0x48)
        #expect(edges == [false, true, false])
    }

    @Test func disabledKeyboardKeepsItsCodesUntilItIsEnabled() {
        start(0x57)
        keyboard.press(.b)
        #expect(take() == nil)
        rig.write(0x64, 0xAE)
        #expect(take() == 0x30)
    }

    @Test func byteForTheKeyboardEnablesItsInterface() {
        start(0x57)
        rig.write(0x60, 0xEE)
        #expect(take() == 0xEE)
        rig.write(0x64, 0x20)
        #expect((take() ?? 0xFF) & 0x10 == 0)
    }

    @Test func writtenKeyboardAndAuxBuffersRaiseTheirInterrupts() {
        start()
        rig.write(0x64, 0xD2)
        rig.write(0x60, 0x12)
        #expect(controller.state.keyboardInterrupt)
        #expect(take() == 0x12)
        rig.write(0x64, 0xD3)
        rig.write(0x60, 0x34)
        #expect(controller.state.auxInterrupt)
        #expect(rig.read(0x64) & 0x21 == 0x21)
        #expect(take() == 0x34)
        #expect(!controller.state.auxInterrupt)
    }

    @Test func emptyAuxSocketAnswersWithTimeout() {
        start()
        rig.write(0x64, 0xD4)
        rig.write(0x60, 0xF4)
        #expect(rig.read(0x64) & 0x61 == 0x61)
        #expect(take() == 0xFE)
        rig.write(0x60, 0xEE)
        #expect(rig.read(0x64) & 0x40 == 0)
    }

    @Test func deviceOnTheAuxSocketIsReached() {
        final class Echo: PS2Peripheral {
            var bytes: [UInt8] = []
            var ready: () -> Void = {}
            var hasByte: Bool { !bytes.isEmpty }
            var bytesPending: Int { bytes.count }
            func receive(_ byte: UInt8) {
                bytes.append(~byte)
                ready()
            }
            func takeByte() -> UInt8? { bytes.isEmpty ? nil : bytes.removeFirst() }
        }
        start()
        controller.connect(keyboard: keyboard, aux: Echo())
        rig.write(0x64, 0xD4)
        rig.write(0x60, 0x0F)
        rig.run(for: 100_000)
        #expect(controller.state.auxInterrupt)
        #expect(rig.read(0x64) & 0x20 != 0)
        #expect(take() == 0xF0)
    }

    @Test func translationGivesSet1BreaksWithBit7() {
        start()
        keyboard.press(.leftShift)
        keyboard.press(.f7)
        keyboard.release(.f7)
        keyboard.release(.leftShift)
        #expect(takeAll() == [0x2A, 0x41, 0xC1, 0xAA])
    }

    @Test func withoutTranslationSet2PassesAsItIs() {
        start(0x07)
        keyboard.press(.leftShift)
        keyboard.release(.leftShift)
        #expect(takeAll() == [0x12, 0xF0, 0x12])
    }

    @Test func typistSeesThatEachByteWasTaken() {
        start()
        keyboard.press(.a)
        #expect(controller.scanBytesPending == 1)
        rig.run(for: 100_000)
        #expect(controller.scanBytesPending == 1)
        #expect(controller.lastByteRead == 0)
        _ = rig.read(0x60)
        #expect(controller.scanBytesPending == 0)
        #expect(controller.lastByteRead == 1)
        _ = rig.read(0x60)
        #expect(controller.lastByteRead == 1)
    }
}
