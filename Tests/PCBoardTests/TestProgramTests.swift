import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

@Suite("Test programs")
struct TestProgramTests {
    @Test(arguments: TestProgram.all + TestProgram.bench)
    func programEndsAndPrintsAsItsHeaderSays(program: TestProgram) throws {
        try check(program, on: .interpreter)
    }

    /// Programs that are ahead of the CPU models: each becomes one of the above with its last flag.
    @Test(arguments: TestProgram.waiting)
    func programWaitsForAFlagOfCPUID(program: TestProgram) {
        withKnownIssue("not run: no CPU model has '\(program.lacking ?? "")' yet") { Issue.record("not run") }
    }

    /// The same on the host's CPU. What this host's KVM cannot do is known by name.
    @Test(.enabled(if: KVMHost.obstacle == nil, KVMHost.comment), arguments: TestProgram.all)
    func programDoesTheSameUnderKVM(program: TestProgram) throws {
        if let reason = KVMHost.shortfall(of: program) {
            withKnownIssue(Comment(rawValue: reason), isIntermittent: true) {
                // It may well hang.
                try check(program, on: .kvm, patience: 20)
            }
        } else {
            try check(program, on: .kvm)
        }
    }

    /// 64-bit code at CPL 3, and the way there, on a CPU model that is the host's.
    @Test(.enabled(if: KVMHost.obstacle == nil, KVMHost.comment), arguments: TestProgram.longBench)
    func longModeProgramRunsUnderKVM(program: TestProgram) throws {
        try check(program, on: .kvm)
    }

    /// The same on a CPU of our own.
    @Test(arguments: TestProgram.longBench)
    func longModeProgramRunsOnTheInterpreter(program: TestProgram) throws {
        try check(program, on: .interpreter)
    }

    /// Paging, 64-bit code and CPL 3: how a run is cut makes no difference, nor does saving it half-way.
    @Test func longModeRunInPiecesAndRestoredGivesOneHash() throws {
        let program = try #require(TestProgram.longBench.first { $0.name.hasSuffix("user64") })
        let whole = try program.guest(), cut = try program.guest()
        let restored = try program.guest()
        let start: UInt64 = 40_000_000, end = start + 200_000
        #expect(whole.board.vm.run(until: start) == .limit && cut.board.vm.run(until: start) == .limit)
        try #require(whole.board.vm.cpu.modeName == "64-bit mode")
        let file = NSTemporaryDirectory() + "long-\(UInt64.random(in: 0 ... .max)).save"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try whole.board.vm.save(to: file)
        #expect(whole.board.vm.run(until: end) == .limit)
        var tick = start, length: UInt64 = 1
        while tick < end {
            tick = min(tick + length, end)
            _ = cut.board.vm.run(until: tick)
            length = length * 3 % 1021 + 1
        }
        let hash = try whole.board.vm.stateHash()
        #expect(try cut.board.vm.stateHash() == hash)
        try restored.board.vm.restore(from: file)
        #expect(restored.board.vm.run(until: end) == .limit)
        #expect(try restored.board.vm.stateHash() == hash)
    }

    /// Under KVM time is the host's, and a KVM in software is slow: `patience` is by how much.
    private func check(_ program: TestProgram, on engine: EngineUnderTest, patience: Double = 100) throws {
        let guest = try program.guest(hostModel: engine == .kvm)
        if engine == .kvm { try guest.board.useKVM() }
        guest.run(seconds: Double(program.budget) / 1e9 * (engine == .kvm ? patience : 1))
        let ending = try #require(guest.ending, "it ran on; it printed \(guest.serial)")
        #expect("\(ending.name) \(ending.exitCode)" == program.end, "\(ending.sentence)")
        #expect(guest.serial == program.serial.map { $0 + "\n" }.joined())
        let screen = guest.screen.joined(separator: "\n")
        for text in program.screen { #expect(screen.contains(text)) }
        if let reason = program.reason {
            #expect(ending.faults.contains { $0.exception.reason.name == reason })
        }
    }

    /// The oldest fault of the chain is the mistake; the others come from it.
    @Test(arguments: TestProgram.broken)
    func brokenProgramIsExplainedInOneSentence(program: TestProgram) throws {
        let guest = try program.guest()
        guest.run(seconds: Double(program.budget) / 1e9)
        let ending = try #require(guest.ending, "it ran on")
        #expect("\(ending.name) \(ending.exitCode)" == program.end)
        #expect(guest.serial == program.serial.map { $0 + "\n" }.joined())
        let first = try #require(ending.faults.first)
        let sentence = try #require(program.sentence)
        #expect(first.exception.reason.name == program.reason)
        if !program.chain.isEmpty { #expect(ending.faults.map(\.exception.vector.name) == program.chain) }
        #expect(first.exception.reason.sentence == sentence)
        #expect(ending.sentence.hasSuffix(sentence), "the ending begins with the cause: \(ending.sentence)")
        #expect((0x7C00..<0x7E00).contains(first.linear), "in the boot sector")
    }

    @Test func thereAreEnoughProgramsAndEachTeachesSomething() throws {
        #expect(TestProgram.all.count >= 25)
        #expect(TestProgram.broken.count >= 5)
        #expect(TestProgram.bench.count >= 7)
        #expect(TestProgram.longBench.count >= 3)
        let folder = packageRoot + "/testprograms"
        let files = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        for file in files where file.hasSuffix(".asm") || file.hasSuffix(".c") {
            let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
            let isProgram = !["bench/boot.asm", "bench/guest64.c", "bench/host64.c"].contains(file)
            #expect(!isProgram || text.hasPrefix("; teaches: ") || text.hasPrefix("// teaches: "), "\(file)")
        }
    }

    /// Digest at the end of a run that is cut into pieces of `chunk` ticks, up to `stretch` ticks. With `looks` the
    /// whole state is looked at after each piece.
    private func hash(
        _ name: String, chunk: UInt64, stretch: UInt64 = .max, looks: Bool = false
    ) throws -> String? {
        let program = try #require(TestProgram.all.first { $0.name == name })
        let guest = try program.guest()
        defer { withExtendedLifetime(guest) {} }
        let board = guest.board
        var stop = VM.Stop.limit
        while stop == .limit, board.vm.io.events.now < program.budget {
            let now = board.vm.io.events.now
            stop = board.vm.run(until: now < stretch ? now + chunk : program.budget)
            if looks { _ = try board.vm.stateHash() }
        }
        guard case .ended = stop else { return nil }
        return try board.vm.stateHash()
    }

    /// Programs that lean on the chips.
    static let chipPrograms = [
        "shifts", "ata", "floppy", "keyboard", "pic", "pit", "rtc", "uart", "shadow", "apic", "ioapic", "smp",
    ]

    /// Programs with state that lasts over an instruction: traps that are held, new tasks, modes.
    static let modePrograms = ["task-switch32", "task-faults", "v86", "vme", "debug-registers", "alignment"]

    @Test(arguments: chipPrograms + modePrograms) func cuttingTheRunIntoPiecesDoesNotChangeTheHash(name: String) throws
    {
        let whole = try #require(try hash(name, chunk: 10_000_000_000))
        #expect(try hash(name, chunk: 10_000_000_000) == whole, "a second run")
        #expect(try hash(name, chunk: 1, stretch: 300_000) == whole, "pieces of one tick")
        #expect(try hash(name, chunk: 7, stretch: 2_000_000) == whole, "pieces of seven ticks")
        #expect(try hash(name, chunk: 1009, stretch: 20_000_000) == whole, "pieces of 1,009 ticks")
        #expect(try hash(name, chunk: 777_777) == whole, "pieces of 777,777 ticks")
        #expect(try hash(name, chunk: 20_000_003, looks: true) == whole, "with a look after each piece")
    }
}
