import Machine
import PCDevices
import Testing

struct SystemPortsTests {
    let rig = Rig()

    @Test func port61hDrivesTheGateAndShowsTimer2() throws {
        let pit = try rig.map(PIT8254(events: rig.events), 0x40...0x43)
        let system = try rig.map(SystemControl(events: rig.events), 0x61...0x61, 0x92...0x92)
        var speaker: [Bool] = []
        system.timerGate = { pit.setGate2($0) }
        system.timerOutput = { pit.outputLevel(2) }
        system.speaker = { speaker.append($0) }
        rig.write(0x61, 0x01)
        rig.write(0x43, 0xB0)
        rig.write(0x42, [0x00, 0x10])
        #expect(rig.read(0x61) & 0x20 == 0)
        rig.run(for: 4097 * 17600 / 21 + 1000)
        #expect(rig.read(0x61) & 0x20 != 0)
        rig.write(0x61, 0x03)
        rig.write(0x61, 0x00)
        #expect(speaker == [true, false])
        #expect(rig.read(0x61) & 0x0F == 0)
    }

    @Test func refreshBitTogglesEvery15Microseconds() throws {
        _ = try rig.map(SystemControl(events: rig.events), 0x61...0x61)
        var toggles = 0
        var last = rig.read(0x61) & 0x10
        for _ in 0..<100_000 {
            rig.run(for: 100)
            let now = rig.read(0x61) & 0x10
            if now != last { toggles += 1 }
            last = now
        }
        // 10 ms / 15.0857 us = 662.9
        #expect(toggles == 662)
    }

    @Test func port92hGatesA20AndResets() throws {
        let system = try rig.map(SystemControl(events: rig.events), 0x92...0x92)
        var levels: [Bool] = []
        var resets = 0
        system.a20 = { levels.append($0) }
        system.resetRequest = { resets += 1 }
        rig.write(0x92, 0x02)
        #expect(rig.read(0x92) == 0x02)
        rig.write(0x92, 0x00)
        #expect(levels == [true, false])
        #expect(resets == 0)
        rig.write(0x92, 0x01)
        #expect(resets == 1)
        #expect(rig.read(0x92) & 0x01 == 0)
    }

    @Test func postCodesReadBackAndTheLastOnesAreKept() throws {
        let post = try rig.map(PostCode(), 0x80...0x80)
        for code in 0..<UInt8(200) { rig.write(0x80, code) }
        #expect(rig.read(0x80) == 199)
        #expect(post.history == Array(136..<UInt8(200)))
    }

    @Test(arguments: [0xE9, 0x402] as [UInt16]) func debugConsolePrintsAndReadsE9(port: UInt16) throws {
        let console = try rig.map(DebugConsole(name: "console"), port...port)
        var printed: [UInt8] = []
        console.output = { printed.append($0) }
        rig.write(port, Array("hi\n".utf8))
        #expect(printed == Array("hi\n".utf8))
        #expect(rig.read(port) == 0xE9)
    }

    @Test func debugExitAsksWithTheValueThatWasWritten() throws {
        let exit = DebugExit(base: 0xF4, size: 4)
        #expect(exit.ports == 0xF4...0xF7)
        try rig.ports.map(exit.ports, name: "exit", width: 4, to: exit)
        var asked: [MachineRequest] = []
        exit.ask = { asked.append($0) }
        rig.write(0xF4, 0x10)
        rig.ports.write(0xF4, width: 4, value: 0x1234_5678)
        #expect(asked == [.debugExit(value: 0x10), .debugExit(value: 0x1234_5678)])
    }

    @Test func debugExitStaysWithinThePortSpace() {
        #expect(DebugExit().ports == 0x501...0x502)
        #expect(DebugExit(base: 0xFFFF, size: 4).ports == 0xFFFF...0xFFFF)
        #expect(DebugExit(base: 0xF4, size: 0).ports == 0xF4...0xF4)
    }

    @Test(arguments: [
        ("Shutdown", 1), ("shutdown", 0), ("Shut down", 0), ("ShutShutdown", 1), ("SShutdown", 1), ("Shutdow", 0),
        ("ShutdownShutdown", 2),
    ]) func bochsShutdownNeedsTheExactWord(text: String, count: Int) throws {
        let shutdown = try rig.map(BochsShutdown(), 0x8900...0x8900)
        var asked: [MachineRequest] = []
        shutdown.ask = { asked.append($0) }
        rig.write(0x8900, Array(text.utf8))
        #expect(asked == [MachineRequest](repeating: .powerOff(source: "Bochs port 8900h"), count: count))
    }
}
