import Foundation
import Interpreter
import Lockstep
import Machine
import PCBoard
import Testing

@Suite("Lockstep without a difference")
struct CleanRunTests {
    static let programs: [String] = {
        let folder = Rig.root + "/testprograms"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let own = files.filter { $0.hasSuffix(".asm") }.map { String($0.dropLast(4)) }.filter(Rig.isWithinModels)
            // A follower has no local APIC of its own: only what is mapped is read as the leader reads it.
            .filter { !["apic", "cr8", "x2apic"].contains($0) }
            // One processor is followed.
            .filter { (try? Rig.expected("smp", of: $0)) ?? nil == nil }
        let broken = ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/broken")) ?? []).sorted()
        return own + ["hello"] + broken.filter { $0.hasSuffix(".asm") }.map { "broken/" + $0.dropLast(4) }
    }()
    /// Programs that wait in long loops are compared up to here.
    static let mostSteps: UInt64 = 3_000_000
    static let long = ["pit", "text-screen"]

    @Test(arguments: programs) func twoInterpretersRunAProgramAlikeToItsEnd(program: String) throws {
        let board = try Rig.board(program)
        var serial: [UInt8] = []
        board.serial.transmit = { serial.append($0) }
        var options = LockstepRun.Options()
        if Self.long.contains(program) {
            // An instruction is a step, and what else is a step delivers something.
            options.until = { $0.instructions >= Self.mostSteps }
        }
        let run = try LockstepRun(board: board, options: options, follower: Rig.interpreter)
        let stop = try Rig.runClean(run)
        #expect(run.steps >= board.vm.instructions && run.counts.open == 0 && run.counts.overshoots == 0)
        // The jump that is found to be stuck is the last thing that the leader does, alone.
        #expect(run.follower.instructions == board.vm.instructions - (program == "stuck" ? 1 : 0))
        guard !Self.long.contains(program) else {
            #expect(stop == .condition)
            return
        }
        guard case .ended(let ending) = stop else {
            Issue.record("\(stop)")
            return
        }
        #expect("\(ending.name) \(ending.exitCode)" == (try Rig.expected("expect-end", of: program)))
        let lines = String(decoding: serial, as: UTF8.self).split(separator: "\n")
        if let last = try Rig.expected("expect-serial", of: program) { #expect(lines.first.map(String.init) == last) }
    }

    @Test(arguments: [2, 100, 4096] as [UInt64]) func comparingEveryNthStepIsCleanToo(every: UInt64) throws {
        for program in ["shifts", "ring3", "floppy", "shadow"] {
            var options = LockstepRun.Options()
            options.every = every
            let run = try LockstepRun(board: try Rig.board(program), options: options, follower: Rig.interpreter)
            guard case .ended = try Rig.runClean(run) else {
                Issue.record("\(program) did not end")
                return
            }
        }
    }

    @Test func anInterruptInTheMiddleOfARepReachesBothThere() throws {
        let board = try Rig.guest("cut-rep")
        let run = try LockstepRun(board: board, follower: Rig.interpreter)
        let stop = try Rig.runClean(run)
        guard case .ended(let ending) = stop else {
            Issue.record("\(stop)")
            return
        }
        #expect(ending.name == "power-off")
        #expect(run.counts.cuts == 5)
        // The fourth byte opens the mask: four iterations were left, of a count with another upper half.
        #expect(board.vm.memory.busRead(0x600, count: 2) == [4, 0])
        #expect(run.follower.memory.busRead(0x600, count: 2) == [4, 0])
    }

    @Test func resetsOfAllKindsReachTheFollower() throws {
        var options = LockstepRun.Options()
        options.resetsOnTripleFault = true
        let run = try LockstepRun(board: try Rig.guest("resets"), options: options, follower: Rig.interpreter)
        let stop = try Rig.runClean(run)
        guard case .ended(let ending) = stop else {
            Issue.record("\(stop)")
            return
        }
        #expect(ending.name == "power-off")
        #expect(run.follower.memory.busRead(0x9002, count: 2) == [4, 0], "four boots")
    }

    @Test func aRunGoesOnAfterItsLimitAndAfterAnInterruption() throws {
        var asked = 0
        var options = LockstepRun.Options()
        options.isInterrupted = {
            asked += 1
            return asked == 100
        }
        let board = try Rig.board("shifts")
        let run = try LockstepRun(board: board, options: options, follower: Rig.interpreter)
        #expect(run.run(until: 1000) == .limit)
        #expect(board.vm.io.events.now >= 1000)
        #expect(run.run() == .interrupted)
        #expect(run.steps < 7000)
        guard case .ended(let ending) = run.run() else {
            Issue.record("it did not end")
            return
        }
        #expect(ending.name == "debug-exit")
        #expect(run.run() == .ended(ending), "an end stays")
    }

    @Test func theConditionEndsTheRunBeforeAnInstruction() throws {
        var options = LockstepRun.Options()
        options.until = { $0.cpu.linearInstructionPointer == 0x7C00 }
        let board = try Rig.board("shifts")
        let run = try LockstepRun(board: board, options: options, follower: Rig.interpreter)
        #expect(run.run() == .condition)
        #expect(board.vm.cpu.rip == 0x7C00 && run.follower.cpu == board.vm.cpu)
    }

    @Test func aRunInProgressIsTakenOver() throws {
        let board = try Rig.board("ring3")
        _ = board.vm.run(until: 230_000)
        let run = try LockstepRun(board: board, follower: Rig.interpreter)
        #expect(run.follower.cpu == board.vm.cpu)
        guard case .ended = try Rig.runClean(run) else {
            Issue.record("it did not end")
            return
        }
    }

    @Test func theBoardIsAsBeforeWhenTheRunIsGone() throws {
        let board = try Rig.board("shifts")
        var seen = 0
        board.vm.io.ports.observer = { _, _, _, _ in seen += 1 }
        do {
            let run = try LockstepRun(board: board, follower: Rig.interpreter)
            #expect(run.run(until: 20_000) == .limit)
        }
        let before = seen
        #expect(before > 0 && board.vm.memory.observer == nil)
        guard case .ended(let ending) = board.vm.run(until: 1_000_000_000) else {
            Issue.record("it did not end")
            return
        }
        #expect(ending.name == "debug-exit" && seen > before)
    }
}
