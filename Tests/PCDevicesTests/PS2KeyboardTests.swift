import Machine
import PCDevices
import Testing

/// Expected values: IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-key)".
struct PS2KeyboardTests {
    let events = EventQueue()
    let input = InputLog()
    let keyboard: PS2Keyboard

    init() {
        keyboard = PS2Keyboard(events: events, input: input)
    }

    private func run(for ticks: UInt64) {
        let end = events.now + ticks
        while events.next <= end {
            events.advance(to: events.next)
            events.runDue()
        }
        events.advance(to: end)
    }

    private func takeAll() -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = keyboard.takeByte() { bytes.append(byte) }
        return bytes
    }

    private func send(_ bytes: UInt8...) -> [UInt8] {
        for byte in bytes { keyboard.receive(byte) }
        return takeAll()
    }

    private func pressAndRelease(_ key: Key) -> (make: [UInt8], break: [UInt8]) {
        keyboard.press(key)
        let make = takeAll()
        keyboard.release(key)
        return (make, takeAll())
    }

    struct Codes: Sendable {
        var key: Key
        var set1: [UInt8]
        var set2: [UInt8]
        var set3: UInt8
    }

    static let samples: [Codes] = [
        Codes(key: .escape, set1: [0x01], set2: [0x76], set3: 0x08),
        Codes(key: .digit1, set1: [0x02], set2: [0x16], set3: 0x16),
        Codes(key: .minus, set1: [0x0C], set2: [0x4E], set3: 0x4E),
        Codes(key: .backspace, set1: [0x0E], set2: [0x66], set3: 0x66),
        Codes(key: .tab, set1: [0x0F], set2: [0x0D], set3: 0x0D),
        Codes(key: .q, set1: [0x10], set2: [0x15], set3: 0x15),
        Codes(key: .rightBracket, set1: [0x1B], set2: [0x5B], set3: 0x5B),
        Codes(key: .enter, set1: [0x1C], set2: [0x5A], set3: 0x5A),
        Codes(key: .leftControl, set1: [0x1D], set2: [0x14], set3: 0x11),
        Codes(key: .a, set1: [0x1E], set2: [0x1C], set3: 0x1C),
        Codes(key: .grave, set1: [0x29], set2: [0x0E], set3: 0x0E),
        Codes(key: .leftShift, set1: [0x2A], set2: [0x12], set3: 0x12),
        Codes(key: .backslash, set1: [0x2B], set2: [0x5D], set3: 0x5C),
        Codes(key: .z, set1: [0x2C], set2: [0x1A], set3: 0x1A),
        Codes(key: .slash, set1: [0x35], set2: [0x4A], set3: 0x4A),
        Codes(key: .rightShift, set1: [0x36], set2: [0x59], set3: 0x59),
        Codes(key: .keypadMultiply, set1: [0x37], set2: [0x7C], set3: 0x7E),
        Codes(key: .leftAlt, set1: [0x38], set2: [0x11], set3: 0x19),
        Codes(key: .space, set1: [0x39], set2: [0x29], set3: 0x29),
        Codes(key: .capsLock, set1: [0x3A], set2: [0x58], set3: 0x14),
        Codes(key: .f1, set1: [0x3B], set2: [0x05], set3: 0x07),
        Codes(key: .f7, set1: [0x41], set2: [0x83], set3: 0x37),
        Codes(key: .f10, set1: [0x44], set2: [0x09], set3: 0x4F),
        Codes(key: .numLock, set1: [0x45], set2: [0x77], set3: 0x76),
        Codes(key: .scrollLock, set1: [0x46], set2: [0x7E], set3: 0x5F),
        Codes(key: .keypad7, set1: [0x47], set2: [0x6C], set3: 0x6C),
        Codes(key: .keypadMinus, set1: [0x4A], set2: [0x7B], set3: 0x84),
        Codes(key: .keypadPlus, set1: [0x4E], set2: [0x79], set3: 0x7C),
        Codes(key: .keypadPeriod, set1: [0x53], set2: [0x71], set3: 0x71),
        Codes(key: .lessThan, set1: [0x56], set2: [0x61], set3: 0x13),
        Codes(key: .f11, set1: [0x57], set2: [0x78], set3: 0x56),
        Codes(key: .f12, set1: [0x58], set2: [0x07], set3: 0x5E),
        Codes(key: .keypadEnter, set1: [0xE0, 0x1C], set2: [0xE0, 0x5A], set3: 0x79),
        Codes(key: .rightControl, set1: [0xE0, 0x1D], set2: [0xE0, 0x14], set3: 0x58),
        Codes(key: .keypadDivide, set1: [0xE0, 0x35], set2: [0xE0, 0x4A], set3: 0x77),
        Codes(key: .rightAlt, set1: [0xE0, 0x38], set2: [0xE0, 0x11], set3: 0x39),
        Codes(key: .home, set1: [0xE0, 0x47], set2: [0xE0, 0x6C], set3: 0x6E),
        Codes(key: .up, set1: [0xE0, 0x48], set2: [0xE0, 0x75], set3: 0x63),
        Codes(key: .left, set1: [0xE0, 0x4B], set2: [0xE0, 0x6B], set3: 0x61),
        Codes(key: .delete, set1: [0xE0, 0x53], set2: [0xE0, 0x71], set3: 0x64),
        Codes(key: .leftWindows, set1: [0xE0, 0x5B], set2: [0xE0, 0x1F], set3: 0x8B),
        Codes(key: .menu, set1: [0xE0, 0x5D], set2: [0xE0, 0x2F], set3: 0x8D),
    ]

    @Test(arguments: samples) func keySendsItsCodeInAllThreeSets(codes: Codes) {
        let broken = Array(codes.set2.dropLast()) + [0xF0] + codes.set2.suffix(1)
        let inSet2 = pressAndRelease(codes.key)
        #expect(inSet2.make == codes.set2)
        #expect(inSet2.break == broken)
        _ = send(0xF0, 0x01)
        let inSet1 = pressAndRelease(codes.key)
        #expect(inSet1.make == codes.set1)
        #expect(inSet1.break == codes.set1.dropLast() + codes.set1.suffix(1).map { $0 | 0x80 })
        _ = send(0xF0, 0x03, 0xFA)
        let inSet3 = pressAndRelease(codes.key)
        #expect(inSet3.make == [codes.set3])
        #expect(inSet3.break == [0xF0, codes.set3])
    }

    @Test func allKeysHaveDifferentCodes() {
        var seen: Set<[UInt8]> = []
        for key in Key.allCases {
            let codes = pressAndRelease(key).make
            #expect(!codes.isEmpty)
            #expect(seen.insert(codes).inserted)
        }
        #expect(seen.count == 105)
    }

    @Test func pauseSendsMakeAndBreakAtOnceAndIsBreakWithControl() {
        let alone = pressAndRelease(.pause)
        #expect(alone.make == [0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77])
        #expect(alone.break == [])
        keyboard.press(.leftControl)
        _ = takeAll()
        #expect(pressAndRelease(.pause).make == [0xE0, 0x7E, 0xE0, 0xF0, 0x7E])
    }

    @Test func pauseInSet1() {
        _ = send(0xF0, 0x01)
        #expect(pressAndRelease(.pause).make == [0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5])
    }

    @Test func printScreenChangesWithModifiers() {
        #expect(pressAndRelease(.printScreen).make == [0xE0, 0x12, 0xE0, 0x7C])
        #expect(pressAndRelease(.printScreen).break == [0xE0, 0xF0, 0x7C, 0xE0, 0xF0, 0x12])
        keyboard.press(.leftControl)
        _ = takeAll()
        #expect(pressAndRelease(.printScreen).make == [0xE0, 0x7C])
        keyboard.release(.leftControl)
        keyboard.press(.leftAlt)
        _ = takeAll()
        #expect(pressAndRelease(.printScreen).make == [0x84])
    }

    @Test func greyKeysUndoShiftAndNumLock() {
        keyboard.press(.leftShift)
        _ = takeAll()
        let shifted = pressAndRelease(.left)
        #expect(shifted.make == [0xE0, 0xF0, 0x12, 0xE0, 0x6B])
        #expect(shifted.break == [0xE0, 0xF0, 0x6B, 0xE0, 0x12])
        keyboard.release(.leftShift)
        _ = takeAll()
        _ = send(0xED, 0x02)
        let numeric = pressAndRelease(.left)
        #expect(numeric.make == [0xE0, 0x12, 0xE0, 0x6B])
        #expect(numeric.break == [0xE0, 0xF0, 0x6B, 0xE0, 0xF0, 0x12])
    }

    @Test func inSet3OnlyModifiersHaveBreakCodesByDefault() {
        _ = send(0xF0, 0x03)
        #expect(pressAndRelease(.a).break == [])
        #expect(pressAndRelease(.leftShift).break == [0xF0, 0x12])
        // FCh: make/break for the keys that follow, here A; it also stops scanning until F4h.
        #expect(send(0xFC, 0x1C, 0xF4) == [0xFA, 0xFA, 0xFA])
        #expect(pressAndRelease(.a).break == [0xF0, 0x1C])
        #expect(pressAndRelease(.s).break == [])
    }

    @Test func simpleCommandsAnswer() {
        #expect(send(0xEE) == [0xEE])
        #expect(send(0xF2) == [0xFA, 0xAB, 0x83])
        #expect(send(0xF3, 0x00) == [0xFA, 0xFA])
        #expect(send(0xF0, 0x00) == [0xFA, 0xFA, 0x02])
        #expect(send(0x00) == [0xFE])
        #expect(send(0xEF) == [0xFE])
    }

    @Test func ledsAreSet() {
        #expect(send(0xED, 0x05) == [0xFA, 0xFA])
        #expect(keyboard.state.leds == 5)
    }

    @Test func commandInThePlaceOfAParameterIsExecuted() {
        #expect(send(0xED, 0xF4) == [0xFA, 0xFA])
        #expect(keyboard.state.leds == 0)
    }

    @Test func resendRepeatsTheLastByte() {
        _ = send(0xEE)
        #expect(send(0xFE) == [0xEE])
    }

    @Test func resetAcknowledgesThenReportsTheSelfTestLater() {
        #expect(send(0xFF) == [0xFA])
        #expect(takeAll() == [])
        run(for: 1_000_000)
        #expect(takeAll() == [0xAA])
    }

    @Test func disabledKeyboardIsSilentUntilItIsEnabled() {
        #expect(send(0xF5) == [0xFA])
        #expect(pressAndRelease(.a).make == [])
        #expect(send(0xF4) == [0xFA])
        #expect(pressAndRelease(.a).make == [0x1C])
    }

    @Test func fullBufferEndsWithTheOverrunCode() {
        for _ in 0..<40 { keyboard.press(.a) }
        #expect(takeAll() == [UInt8](repeating: 0x1C, count: 16) + [0x00])
        keyboard.press(.b)
        #expect(takeAll() == [0x32])
    }

    @Test func replyWaitsForTheEndOfASequence() {
        keyboard.press(.up)
        let first = keyboard.takeByte()
        keyboard.receive(0xEE)
        #expect(first == 0xE0)
        #expect(takeAll() == [0x75, 0xEE])
    }

    @Test func inputLogKeysReachTheKeyboardAndOddOrUnknownOnesAreIgnored() {
        input.deliver(PS2Keyboard.logBytes(.a, isDown: true) + [250, 1, 3], to: "keyboard", at: 0)
        #expect(takeAll() == [0x1C])
        #expect(keyboard.pressedKeys == [.a])
        input.deliver([], to: "keyboard", at: 0)
        input.deliver(PS2Keyboard.logBytes(.a, isDown: false), to: "keyboard", at: 0)
        #expect(takeAll() == [0xF0, 0x1C])
    }

    @Test func heldKeyRepeatsAfterItsDelayOnlyWhenTheHostWantsIt() {
        keyboard.press(.a)
        run(for: 5_000_000_000)
        #expect(takeAll() == [0x1C])
        let repeating = PS2Keyboard(name: "second", events: events, input: input, repeatsHeldKeys: true)
        repeating.press(.b)
        run(for: 499_000_000)
        #expect(repeating.bytesPending == 1)
        // 500 ms to the first, then 10.9 a second: (8 + 3) * 2 * 4.17 ms = 91.7 ms.
        run(for: 2_000_000 + 91_700_000 * 3)
        #expect(repeating.bytesPending == 5)
        repeating.release(.b)
        run(for: 1_000_000_000)
        #expect(repeating.bytesPending == 7)
    }

    @Test(
        arguments: [
            ("a", [.a]), ("A", [.leftShift, .a]), ("1", [.digit1]), ("!", [.leftShift, .digit1]), ("\n", [.enter]),
            ("_", [.leftShift, .minus]), ("|", [.leftShift, .backslash]), ("\u{3}", [.leftControl, .c]),
            ("\u{1B}", [.escape]), (":", [.leftShift, .semicolon]), ("~", [.leftShift, .grave]),
        ] as [(Character, [Key])]) func characterIsTypedByItsKeys(character: Character, keys: [Key])
    {
        #expect(USLayout.keys(for: character) == keys)
    }

    @Test func allPrintableASCIIHasDistinctKeysAndNothingElseHas() {
        let typed = (0x20..<UInt8(0x7F)).map { USLayout.keys(for: Character(UnicodeScalar($0))) }
        #expect(!typed.contains(nil))
        #expect(Set(typed).count == 95)
        #expect(USLayout.keys(for: "ü") == nil)
        #expect(USLayout.keys(for: "\0") == nil)
    }
}
