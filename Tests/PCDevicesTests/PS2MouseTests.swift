import Machine
import PCDevices
import Testing

/// Expected values: IBM PS/2 Hardware Interface Technical Reference, "Mouse"; Microsoft's IntelliMouse as Linux and Windows
/// recognise it.
struct PS2MouseTests {
    let events = EventQueue()
    let input = InputLog()
    let mouse: PS2Mouse

    init() { mouse = PS2Mouse(events: events, input: input) }

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
        while let byte = mouse.takeByte() { bytes.append(byte) }
        return bytes
    }

    private func send(_ bytes: UInt8...) -> [UInt8] {
        for byte in bytes { mouse.receive(byte) }
        return takeAll()
    }

    private func move(_ right: Int16, _ up: Int16, wheel: Int8 = 0, buttons: UInt8 = 0) {
        input.deliver(
            PS2Mouse.logBytes(right: right, up: up, wheel: wheel, buttons: buttons), to: "mouse", at: events.now)
    }

    /// What the mouse sends of a movement, once a sample is due.
    private func packet(_ right: Int16, _ up: Int16, wheel: Int8 = 0, buttons: UInt8 = 0) -> [UInt8] {
        move(right, up, wheel: wheel, buttons: buttons)
        run(for: 20_000_000)
        return takeAll()
    }

    @Test func resetTestsItselfAndTellsItsIdentity() {
        #expect(send(0xFF) == [0xFA])
        run(for: 1_000_000)
        #expect(takeAll() == [0xAA, 0x00])
        #expect(send(0xE9) == [0xFA, 0x00, 0x02, 100])
    }

    @Test func silentUntilItIsEnabled() {
        #expect(packet(1, 1, buttons: 1) == [])
        #expect(send(0xF4) == [0xFA])
        #expect(packet(1, 1, buttons: 1) == [0x09, 1, 1])
        #expect(send(0xF5) == [0xFA])
        #expect(packet(1, 1) == [])
    }

    /// Bits 4 and 5 are the signs of X and Y, bits 0 to 2 the buttons left, right, middle.
    @Test(
        arguments: [
            (5, -3, 0, [0x28, 0x05, 0xFD]), (-7, 0, 0, [0x18, 0xF9, 0x00]), (255, -256, 0, [0x28, 0xFF, 0x00]),
            (0, 1, 2, [0x0A, 0, 1]), (0, 1, 4, [0x0C, 0, 1]), (0, 1, 7, [0x0F, 0, 1]),
        ] as [(Int16, Int16, UInt8, [UInt8])])
    func movementIsAPacketOfThreeBytes(right: Int16, up: Int16, buttons: UInt8, expected: [UInt8]) {
        _ = send(0xF4)
        // The buttons are there before, so that nothing but the movement makes the packet.
        move(0, 0, buttons: buttons)
        _ = takeAll()
        #expect(packet(right, up, buttons: buttons) == expected)
    }

    @Test func samplesComeAtTheRateThatIsSet() {
        _ = send(0xF4, 0xF3, 10)
        move(1, 0)
        run(for: 99_000_000)
        #expect(!mouse.hasByte)
        move(1, 0)
        run(for: 2_000_000)
        #expect(takeAll() == [0x08, 2, 0], "both movements are in one packet")
    }

    @Test func allCountsOfALongMovementArrive() {
        _ = send(0xF4)
        move(1000, -1000)
        var x = 0, y = 0
        for _ in 0..<20 {
            run(for: 20_000_000)
            let bytes = takeAll()
            for start in stride(from: 0, to: bytes.count, by: 3) {
                x += Int(bytes[start + 1]) - (bytes[start] & 0x10 != 0 ? 256 : 0)
                y += Int(bytes[start + 2]) - (bytes[start] & 0x20 != 0 ? 256 : 0)
            }
        }
        #expect(x == 1000 && y == -1000)
    }

    @Test func shortClickIsTwoPackets() {
        _ = send(0xF4)
        move(0, 0, buttons: 1)
        move(0, 0, buttons: 0)
        #expect(takeAll() == [0x09, 0, 0, 0x08, 0, 0])
    }

    @Test func guestThatTakesNothingCostsNoMemory() {
        _ = send(0xF4)
        for number in 0..<10_000 {
            move(3, 3, buttons: UInt8(number & 1))
            run(for: 1_000_000)
        }
        #expect(mouse.bytesPending <= 12)
        for _ in 0..<10_000 { mouse.receive(0xE9) }
        #expect(mouse.bytesPending <= 32)
    }

    @Test func threeSampleRatesShowTheWheel() {
        #expect(send(0xF2) == [0xFA, 0])
        #expect(send(0xF3, 200, 0xF3, 100, 0xF3, 80) == [UInt8](repeating: 0xFA, count: 6))
        #expect(send(0xF2) == [0xFA, 3])
        _ = send(0xF4)
        #expect(packet(1, 0, wheel: -1) == [0x08, 1, 0, 0xFF])
        #expect(packet(0, 0, wheel: 3) == [0x08, 0, 0, 3])
        // Five buttons: those at the sides are in the upper half.
        _ = send(0xF3, 200, 0xF3, 200, 0xF3, 80)
        #expect(send(0xF2) == [0xFA, 4])
        _ = send(0xF4)
        move(0, 0, wheel: -1, buttons: 0x18)
        #expect(takeAll() == [0x08, 0, 0, 0x3F])
        // A reset makes it a plain mouse again.
        _ = send(0xFF)
        run(for: 1_000_000)
        #expect(takeAll() == [0xAA, 0])
    }

    @Test func fiveButtonsAreShownAfterTheWheelAlone() {
        _ = send(0xF3, 200, 0xF3, 200, 0xF3, 80)
        #expect(send(0xF2) == [0xFA, 0])
    }

    /// 2:1: 1, 1, 3, 6, 9 counts for 1 to 5, then twice as many; in stream mode alone.
    @Test(arguments: zip([1, 2, 3, 4, 5, 6, 100, -5] as [Int16], [1, 1, 3, 6, 9, 12, 200, 0xF7] as [UInt8]))
    func scalingIsThatOfTheReference(counts: Int16, expected: UInt8) {
        _ = send(0xF4, 0xE7)
        #expect(packet(counts, 0) == [counts < 0 ? 0x18 : 0x08, expected, 0])
        _ = send(0xF0)
        move(counts, 0)
        #expect(send(0xEB) == [0xFA, counts < 0 ? 0x18 : 0x08, UInt8(truncatingIfNeeded: counts), 0])
    }

    @Test func remoteModeSendsWhenAsked() {
        _ = send(0xF0)
        #expect(packet(2, 2) == [])
        move(1, 0)
        #expect(send(0xEB) == [0xFA, 0x08, 3, 2])
        #expect(send(0xEB) == [0xFA, 0x08, 0, 0])
        #expect(send(0xE9) == [0xFA, 0x40, 2, 100])
        _ = send(0xEA, 0xF4)
        #expect(packet(1, 0) == [0x08, 1, 0])
    }

    @Test func wrapModeEchoesAllButItsEndAndReset() {
        #expect(send(0xEE) == [0xFA])
        #expect(send(0xF4, 0x12, 0xEE) == [0xF4, 0x12, 0xEE])
        #expect(send(0xEC) == [0xFA])
        #expect(send(0xE9) == [0xFA, 0, 2, 100])
        _ = send(0xEE)
        #expect(send(0xFF) == [0xFA])
    }

    @Test func whatIsNoCommandIsRefusedThenAnError() {
        #expect(send(0x12) == [0xFE])
        #expect(send(0x12) == [0xFC])
        #expect(send(0xE6) == [0xFA])
        #expect(send(0xE8, 4) == [0xFA, 0xFE])
        #expect(send(3) == [0xFA], "the parameter is asked for again")
        #expect(send(0xE9) == [0xFA, 0, 3, 100])
        #expect(send(0xF3, 33) == [0xFA, 0xFE])
    }

    /// Left is bit 2, middle bit 1, right bit 0.
    @Test(arguments: zip([1, 2, 4] as [UInt8], [0x24, 0x21, 0x22] as [UInt8]))
    func statusHasTheButtonsInAnOrderOfItsOwn(buttons: UInt8, expected: UInt8) {
        _ = send(0xF4)
        move(0, 0, buttons: buttons)
        #expect(send(0xE9) == [0xFA, expected, 2, 100])
    }

    @Test func resendSendsTheLastPacketAgain() {
        _ = send(0xF4)
        #expect(packet(9, 1) == [0x08, 9, 1])
        #expect(send(0xFE) == [0x08, 9, 1])
    }
}

/// The second port of the controller: PS/2 Technical Reference, "Keyboard and auxiliary device controller".
struct AuxiliaryPortTests {
    let rig = Rig()
    let controller: I8042
    let mouse: PS2Mouse

    init() throws {
        controller = try rig.map(I8042(events: rig.events), 0x60...0x60, 0x64...0x64)
        mouse = PS2Mouse(events: rig.events, input: rig.input)
        controller.connect(keyboard: PS2Keyboard(events: rig.events, input: rig.input), aux: mouse)
        command(0x60)
        rig.write(0x60, 0x47)
    }

    private func command(_ byte: UInt8) { rig.write(0x64, byte) }

    /// A byte and whether it is the mouse's; nil when none comes within 10 ms.
    private func take() -> (byte: UInt8, isAux: Bool)? {
        let end = rig.events.now + 10_000_000
        while rig.read(0x64) & 1 == 0 {
            guard rig.events.next <= end else { return nil }
            rig.run(until: rig.events.next)
        }
        let isAux = rig.read(0x64) & 0x20 != 0
        return (rig.read(0x60), isAux)
    }

    private func send(_ byte: UInt8) {
        command(0xD4)
        rig.write(0x60, byte)
    }

    @Test func commandsReachTheMouseAndItsAnswersAreMarked() {
        for (sent, expected) in [(0xF2, [0xFA, 0x00]), (0xF4, [0xFA])] as [(UInt8, [UInt8])] {
            send(sent)
            for byte in expected {
                let taken = take()
                #expect(taken?.byte == byte && taken?.isAux == true)
            }
        }
    }

    @Test func bytesOfTheMouseRaiseIRQ12WhereTheCommandByteLetsThem() {
        var levels: [Bool] = []
        controller.auxInterrupt = { levels.append($0) }
        send(0xF4)
        rig.run(for: 1_000_000)
        #expect(levels == [true])
        _ = take()
        #expect(levels == [true, false])
        command(0x60)
        rig.write(0x60, 0x45)
        send(0xF4)
        rig.run(for: 1_000_000)
        #expect(levels == [true, false])
    }

    @Test func disabledPortHoldsTheMouseBack() {
        send(0xF4)
        _ = take()
        command(0xA7)
        command(0x20)
        #expect(take()?.byte == 0x67)
        rig.input.deliver(PS2Mouse.logBytes(right: 1, up: 0, buttons: 0), to: "mouse", at: rig.events.now)
        rig.run(for: 50_000_000)
        #expect(take() == nil)
        command(0xA8)
        #expect(take()?.byte == 0x08)
        #expect(take()?.byte == 1)
        #expect(take()?.byte == 0)
        command(0xA9)
        #expect(take()?.byte == 0)
    }

    @Test func writtenAuxiliaryByteComesBackAsTheMouses() {
        command(0xD3)
        rig.write(0x60, 0x5A)
        let taken = take()
        #expect(taken?.byte == 0x5A && taken?.isAux == true)
    }
}
