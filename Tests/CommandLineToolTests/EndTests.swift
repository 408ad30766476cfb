import Foundation
import Testing

@Suite("Ends of a run")
struct EndTests {
    private func ends(_ name: String, _ more: [String] = []) throws -> Tool.Result {
        try Tool.run(
            [
                try Guest.image("testprograms/" + name), "-snapshot", "-device",
                "isa-debug-exit,iobase=0xf4,iosize=0x4",
                "--budget", "20000000000", "--report", "-",
            ] + more)
    }

    private func ending(_ result: Tool.Result) throws -> [String: Any] {
        try #require(result.report?["ending"] as? [String: Any])
    }

    @Test(arguments: [
        ("port-off", 0, "power-off"), ("apm-off", 0, "power-off"), ("shifts", 33, "debug-exit"),
        ("triple-fault", 100, "triple-fault"), ("dead-halt", 102, "dead-halt"), ("stuck", 104, "stuck"),
        ("zeros", 104, "stuck"),
    ])
    func theStatusAndTheKindAreThoseOfTheTable(program: String, status: Int32, kind: String) throws {
        let result = try ends(program)
        #expect(result.status == status)
        let ending = try ending(result)
        #expect(ending["kind"] as? String == kind)
        #expect(ending["exitCode"] as? Int == Int(status))
        // Every end but 0 and isa-debug-exit has a line on stderr.
        #expect(result.errors.isEmpty == (status == 0 || kind == "debug-exit"))
    }

    @Test func aBootSectorWithoutItsOriginIsRecognisedInStoryAndReport() throws {
        let result = try ends("broken/missing-org")
        let hint = try #require(try ending(result)["hint"] as? String)
        #expect(hint.contains("'org 0x7C00'"))
        #expect(result.errors.contains("hint: " + hint))
        let other = try ending(try ends("broken/far-jump-data"))
        #expect((other["hint"] as? String)?.contains("org") != true)
    }

    @Test func aReportHasAllMembersOfItsSchema() throws {
        let report = try #require(try ends("shifts").report)
        #expect(report["schema"] as? String == "lucid86.report/1")
        for member in [
            "ending", "engine", "instructions", "ticks", "guestTimeNs", "faults", "serial", "screen", "keys",
            "stateHash",
        ] {
            #expect(report[member] != nil, "\(member)")
        }
        #expect(report["engine"] as? String == "interpreter")
        #expect((report["faults"] as? [Any])?.isEmpty == true)
        #expect((report["stateHash"] as? String)?.count == 32)
    }

    @Test func aTripleFaultTellsItsChainFromTheFirstCauseOn() throws {
        let result = try ends("triple-fault")
        let faults = try #require(result.report?["faults"] as? [[String: Any]])
        #expect(faults.count >= 3)
        let first = try #require(faults.first)
        // The program's UD2 with an IDT whose limit is zero.
        #expect(first["name"] as? String == "#UD")
        #expect(first["vector"] as? Int == 6)
        #expect(first["errorCode"] is NSNull)
        #expect(first["symbol"] is NSNull)
        #expect(first["bytes"] as? String == "0F 0B")
        #expect(first["disassembly"] as? String == "ud2")
        #expect((first["reason"] as? [String: Any])?["name"] as? String == "invalid-opcode")
        for member in ["cs", "rip", "linear", "physical"] { #expect(first[member] is Int, "\(member)") }
        let second = faults[1]
        // Vector 6 of the IDT: bit 1, index 6, and bit 0 because it came up while an exception was delivered.
        #expect(second["errorCode"] as? Int == 6 * 8 + 3)
        let bits = try #require(second["errorBits"] as? [String: Any])
        #expect(bits["idt"] as? Bool == true)
        #expect(bits["external"] as? Bool == true)
        #expect(bits["index"] as? Int == 6)
        let reason = try #require(second["reason"] as? [String: Any])
        #expect(reason["name"] as? String == "idt-limit")
        #expect((reason["operands"] as? [String: Int])?["vector"] == 6)
        #expect(result.errors.contains("triple fault after"))
        #expect(result.errors.contains("the IDT's limit"))
    }

    @Test func aTripleFaultResetsWhenAsked() throws {
        // It boots, faults and resets until the budget is spent.
        let result = try ends("triple-fault", ["--on-triple-fault", "reset", "--budget", "50000000"])
        #expect(result.status == 106)
        let ended = try ends("triple-fault", ["--on-triple-fault", "reset", "-no-reboot"])
        #expect(ended.status == 0)
        #expect(try ending(ended)["kind"] as? String == "reset")
    }

    @Test func aDeadHaltNamesPlaceInstructionAndScreen() throws {
        let result = try Tool.run(["-m", "16", "-display", "none"])
        #expect(result.status == 102)
        #expect(result.errors.contains("dead halt"))
        #expect(result.errors.contains("F4  hlt"))
        #expect(result.errors.contains("last on the screen: No bootable disk found"))
    }

    @Test func aBudgetCountsSkippedIdleTime() throws {
        let start = Date()
        let image = try Guest.image("echo")
        let result = try Tool.run([image, "-snapshot", "--budget", "60000000000", "--report", "-"])
        #expect(result.status == 106)
        #expect(result.report?["ticks"] as? Int == 60_000_000_000)
        // A minute of waiting for a key.
        #expect(Date().timeIntervalSince(start) < 20)
        #expect(result.errors.contains("budget of 60000000000 ticks is spent at"))
    }

    @Test(arguments: ["P.SS", "^arithmetic"])
    func aPatternEndsTheRun(pattern: String) throws {
        let result = try ends("shifts", ["--fail-on", pattern])
        let printed = result.report?["serial"] as? String ?? ""
        let matches = printed.split(separator: "\n").contains {
            $0.firstMatch(of: (try? Regex(pattern)) ?? /$^/) != nil
        }
        #expect(result.status == (matches ? 108 : 33))
        #expect(result.errors.contains(pattern) == matches)
    }

    @Test func aPatternIsSeenOnTheScreenToo() throws {
        let result = try Tool.run([
            try Guest.image("echo"), "-snapshot", "--keys", "kernel panic: oops", "--fail-on", "panic: (oops|bug)",
            "--budget", "20000000000", "--report", "-",
        ])
        #expect(result.status == 108)
        #expect(try ending(result)["kind"] as? String == "fail-pattern")
    }

    @Test func aResetUnderNoRebootEndsWithZero() throws {
        let result = try Tool.run(["-bios", try Guest.image("reset"), "-no-reboot", "--report", "-"])
        #expect(result.status == 0)
        #expect(try ending(result)["kind"] as? String == "reset")
    }

    @Test func aROMRunsWithoutAnyOtherROM() throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Tool.run([
            "-bios", try Guest.image("rom"), "-debugcon", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
            "--log-port", "0x80=\(folder)/post", "--dump-state", folder + "/state", "--dump-memory", "0x500,4",
            "-d", "guest_errors", "-D", folder + "/log",
        ])
        #expect(result.status == 33)
        #expect(result.output == "Hello from a ROM\n")
        #expect(FileManager.default.contents(atPath: folder + "/post") == Data([0x11, 0x33]))
        let state = try #require(
            Tool.object(
                String(decoding: FileManager.default.contents(atPath: folder + "/state") ?? Data(), as: UTF8.self)))
        #expect(state["schema"] as? String == "lucid86.state/1")
        let registers = try #require(state["registers"] as? [String: Int])
        #expect(registers["rbx"] == 0xF000)
        #expect(registers["cs.selector"] == 0xF000)
        #expect(registers["ds.base"] == 0)
        let memory = try #require(state["memory"] as? [[String: Any]])
        #expect(memory.first?["bytes"] as? String == "EFBE0000")
        let log = String(decoding: FileManager.default.contents(atPath: folder + "/log") ?? Data(), as: UTF8.self)
        #expect(log.contains("unclaimed port 02F8: read, 1 byte, at F000:"))
    }

    @Test func aLogOfInstructionsHasALineForEach() throws {
        let result = try Tool.run([
            "-bios", try Guest.image("rom"), "-device", "isa-debug-exit,iobase=0xf4", "-d", "exec,int", "--report", "-",
        ])
        let lines = result.errors.split(separator: "\n")
        #expect(lines.first?.hasPrefix("r16 F000:0000FFF0 FFFFFFF0  EA 00 00 00 F0") == true)
        #expect(lines.count == result.report?["instructions"] as? Int)
        // What is logged does not change the machine.
        let plain = try Tool.run([
            "-bios", try Guest.image("rom"), "-device", "isa-debug-exit,iobase=0xf4", "--report", "-",
        ])
        #expect(plain.report?["stateHash"] as? String == result.report?["stateHash"] as? String)
    }

    @Test func screensAreDumpedAsTextAndPicture() throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Tool.run([
            "-m", "16", "--screen-dump", folder + "/a.txt", "--screen-dump", folder + "/a.png", "--screen-dump", "-",
        ])
        let text = try String(contentsOfFile: folder + "/a.txt", encoding: .utf8)
        #expect(text.contains("No bootable disk found"))
        #expect(result.output == text)
        let picture = try #require(FileManager.default.contents(atPath: folder + "/a.png"))
        #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        // IHDR: width 720, height 400, 8 bits, RGB.
        #expect(Array(picture[16..<26]) == [0, 0, 2, 0xD0, 0, 0, 1, 0x90, 8, 2])
    }
}
