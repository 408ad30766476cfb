import Foundation
@_spi(Testing) import Interpreter
import Testing

@testable import CommandLineTool

@Suite("lucid86 lockstep")
struct LockstepCommandTests {
    private func lockstep(_ program: String, _ more: [String]) throws -> Tool.Result {
        try Tool.run(
            [
                "lockstep", try Guest.image("testprograms/" + program), "-snapshot", "-device",
                "isa-debug-exit,iobase=0xf4,iosize=0x4",
            ] + more)
    }

    @Test func noDifferenceIsStatusZeroWhateverTheGuestsEnd() throws {
        for (program, end) in [("shifts", "debug-exit"), ("triple-fault", "triple-fault"), ("stuck", "stuck")] {
            let result = try lockstep(program, ["--follower", "interpreter", "-serial", "stdio"])
            #expect(result.status == 0, "\(result.errors)")
            let last = result.output.split(separator: "\n").last.map(String.init) ?? ""
            #expect(last.hasPrefix("no difference in ") && last.hasSuffix("the run ended: \(end)"), "\(last)")
        }
    }

    @Test func theGuestPrintsAsInARun() throws {
        let result = try lockstep("shifts", ["--follower", "interpreter", "-serial", "stdio"])
        #expect(result.output.contains("PASS\n"))
    }

    @Test func aDifferenceIsStatusOne() throws {
        let options = try RunOptions.parse([
            "--display=none", "--snapshot", "--clock=virtual", try Guest.image("testprograms/shifts"),
        ])
        let session = try Session(RunSettings(options))
        var isMade = false
        session.board.interpreter.flaw = { instruction, cpu in
            guard instruction.operation == .rcl, !isMade else { return }
            isMade = true
            cpu.general.0 ^= 2
        }
        let status = try session.lockstep(LockstepSettings(every: 1, until: [], follower: .interpreter))
        #expect(isMade && status == 1)
    }

    @Test(arguments: [
        ("rip==0x7c00", "rip==0x7c00"), ("instructions==1000", "instructions==1000"),
        ("port 0x21 written", "port 0x21 written"),
    ])
    func untilEndsTheRun(condition: String, told: String) throws {
        let result = try lockstep(
            "shifts", ["--follower", "interpreter", "--until", "instructions==50000000", "--until", condition])
        #expect(result.status == 0)
        #expect(result.output.hasSuffix("; \(told)\n"), "\(result.output)")
        if condition == "instructions==1000" { #expect(result.output.contains("in 1000 steps")) }
    }

    @Test func budgetAndEveryAreObeyed() throws {
        let result = try lockstep("stuck", ["--follower", "interpreter", "--budget", "20000", "--every", "64"])
        #expect(result.status == 0 && result.output.contains("the run ended: budget"), "\(result.output)")
    }

    @Test(
        arguments: [
            (["--until", "rip=1"], 64, "two equals signs"), (["--every", "0"], 64, "1 or more"),
            (["--follower", "tcg"], 64, "kvm or interpreter"), (["-display", "terminal"], 64, "--screen-dump"),
            (["--clock", "host"], 64, "virtual clock"), (["-d", "exec"], 64, "-d cannot go"),
            (["-S"], 64, "no debugger"),
            (["--evry", "5"], 64, "did you mean --every?"),
        ] as [([String], Int32, String)])
    func whatCannotBeMeantIsRefused(options: [String], status: Int32, text: String) throws {
        let result = try lockstep("shifts", options)
        #expect(result.status == status && result.errors.contains(text), "\(result.errors)")
    }

    @Test func aRunHasNoOptionsOfIt() throws {
        let result = try Tool.run(["--every", "5", "x.img"])
        #expect(result.status == 64 && result.errors.contains("unknown option --every"))
    }

    @Test func aSignalEndsIt() throws {
        let image = try Guest.image("testprograms/text-screen")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Tool.path)
        process.arguments = ["lockstep", image, "-snapshot", "--follower", "interpreter"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        usleep(500_000)
        let start = ContinuousClock.now
        process.interrupt()
        process.waitUntilExit()
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(process.terminationStatus == 130)
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(output.hasPrefix("no difference in ") && output.contains("the run ended: signal"))
    }
}
