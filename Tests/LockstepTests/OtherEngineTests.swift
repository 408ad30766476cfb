import Interpreter
import Lockstep
import Machine
import PCBoard
import Testing
import X86ISA

@Suite("Lockstep of engines that are not alike")
struct OtherEngineTests {
    @Test(arguments: [
        "ivt", "undefined", "uart", "rtc", "ring3", "shadow", "single-step", "double-fault", "floppy", "triple-fault",
        "stuck", "strings", "ata",
    ])
    func anEngineMayRunBeyondADelivery(program: String) throws {
        var other: OvershootingEngine?
        let run = try LockstepRun(board: try Rig.board(program)) { vm in
            let engine = OvershootingEngine(vm)
            other = engine
            return engine
        }
        guard case .ended(let ending) = try Rig.runClean(run) else {
            Issue.record("it did not end")
            return
        }
        #expect("\(ending.name) \(ending.exitCode)" == (try Rig.expected("expect-end", of: program)))
        let overshoots = try #require(other).overshoots
        #expect(overshoots > 0 && run.counts.overshoots > 0)
    }

    /// What the handler's first instruction asks of a port is asked before the leader is there.
    @Test(arguments: [1, 50] as [UInt64]) func aHandlerMayBeginWithAPort(every: UInt64) throws {
        var options = LockstepRun.Options()
        options.every = every
        let run = try LockstepRun(board: try Rig.guest("handlers"), options: options) { OvershootingEngine($0) }
        guard case .ended(let ending) = try Rig.runClean(run) else {
            Issue.record("it did not end")
            return
        }
        #expect(ending.name == "power-off")
        #expect(run.counts.overshoots > 1000)
        #expect(run.counts.deliveries > 1000)
    }

    @Test(arguments: [1, 64] as [UInt64]) func whatIsUndefinedMayDiffer(every: UInt64) throws {
        for program in ["open", "arith-flags", "shifts", "muldiv", "bits", "bcd", "single-step", "ring3"] {
            var other: ScramblingEngine?
            var options = LockstepRun.Options()
            options.every = every
            let board = try program == "open" ? Rig.guest(program) : Rig.board(program)
            let run = try LockstepRun(board: board, options: options) { vm in
                let engine = ScramblingEngine(vm)
                other = engine
                return engine
            }
            guard case .ended(let ending) = try Rig.runClean(run) else {
                Issue.record("\(program) did not end")
                return
            }
            #expect(ending.name == (program == "open" ? "power-off" : "debug-exit"))
            #expect(try #require(other).scrambled > 100 && run.counts.open > 100)
        }
    }

    /// The value is undefined, and not the others beside it.
    @Test func whatIsDefinedBesideItMayNot() throws {
        let cases: [(X86ISA.Operation, UInt64, String)] = [
            (.mul, 0x801, "OF (bit 11), CF (bit 0)"), (.and, 0x40, "ZF (bit 6)"), (.bt, 1, "CF (bit 0)"),
            (.aam, 4, "PF (bit 2)"), (.shl, 1, "CF (bit 0)"),
        ]
        for (operation, flags, names) in cases {
            let run = try LockstepRun(board: try Rig.guest("open")) { vm in
                WrongEngine(vm) { engine in
                    guard engine.file.pointee.cs.selector == 0, engine.next?.operation == operation else { return nil }
                    let exit = engine.inner.stepInstruction()
                    engine.file.pointee.rflags ^= flags
                    engine.inner.machineChanged()
                    return exit
                }
            }
            let found = try Rig.difference(run)
            let right = run.board.vm.cpu.rflags
            #expect(found.items == [.register("rflags", leader: right, follower: right ^ flags)])
            #expect(found.text.contains(names), "\(found.text)")
        }
    }

    @Test func aCountOfZeroLeavesNoFlagUndefined() throws {
        let run = try LockstepRun(board: try Rig.guest("open")) { vm in
            WrongEngine(vm) { engine in
                guard engine.file.pointee.cs.selector == 0, engine.next?.operation == .shl,
                    engine.file.pointee.general.1 & 0xFF == 0
                else { return nil }
                let exit = engine.inner.stepInstruction()
                engine.file.pointee.rflags ^= 0x10
                engine.inner.machineChanged()
                return exit
            }
        }
        #expect(try Rig.difference(run).text.contains("AF (bit 4)"))
    }

    // MARK: Interrupts, ends, accesses

    @Test func anInterruptThatIsNotTakenIsTold() throws {
        let run = try LockstepRun(board: try Rig.guest("handlers")) { vm in
            WrongEngine(vm) { engine in
                if engine.takesInterrupt { engine.vm.io.setInterruptLine(false) }
                return nil
            }
        }
        let found = try Rig.difference(run)
        #expect(found.items.first == .interrupt(vector: 8))
        #expect(found.place.event == "interrupt 08h")
        #expect(found.text.contains("interrupt 08h: taken by interpreter, not by other"))
    }

    @Test func anEndOfOneAloneIsADifference() throws {
        let end = Ending(.tripleFault, sentence: "so it ends")
        let run = try LockstepRun(board: try Rig.board("shifts")) { vm in
            WrongEngine(vm) { $0.steps == 500 ? .ended(end) : nil }
        }
        let found = try Rig.difference(run)
        #expect(found.step == 500 && found.items == [.end(leader: nil, follower: "so it ends")])
        #expect(found.text.contains("interpreter runs on; other ended: so it ends"))
    }

    @Test func whatAnEngineCannotDoIsNoDifference() throws {
        let end = Ending(.unsupported("nothing"), sentence: "it cannot")
        let run = try LockstepRun(board: try Rig.board("shifts")) { vm in
            WrongEngine(vm) { $0.steps == 500 ? .ended(end) : nil }
        }
        #expect(run.run() == .refused("other: it cannot"))
    }

    private static func withoutTripleFault(_ vm: VM) -> any Engine {
        WrongEngine(vm) { engine in
            if case .ended = engine.inner.stepInstruction() { return .deadline }
            return .deadline
        }
    }

    @Test func aTripleFaultOfTheLeaderAloneIsADifferenceUnlessItIsKnown() throws {
        let first = try LockstepRun(board: try Rig.board("triple-fault"), follower: Self.withoutTripleFault)
        let found = try Rig.difference(first)
        guard case .end(let leader?, nil)? = found.items.first else {
            Issue.record("\(found.text)")
            return
        }
        #expect(leader.hasPrefix("triple fault"))
        var options = LockstepRun.Options()
        options.shortcomings = [
            Shortcoming("no triple fault", reason: "for this test") { found in
                if case .end(_?, nil)? = found.items.first { return true }
                return false
            }
        ]
        let second = try LockstepRun(
            board: try Rig.board("triple-fault"), options: options, follower: Self.withoutTripleFault)
        guard case .ended(let ending) = try Rig.runClean(second) else {
            Issue.record("it did not end")
            return
        }
        #expect(ending.name == "triple-fault" && second.counts.shortcomings == ["no triple fault": 1])
    }

    /// DAA that leaves another AL, each time.
    private static func withWrongDecimals(_ vm: VM) -> any Engine {
        WrongEngine(vm) { engine in
            guard engine.next?.operation == .daa else { return nil }
            let exit = engine.inner.stepInstruction()
            engine.file.pointee.general.0 ^= 1
            engine.vm.memory.write(0x9100, engine.vm.memory.read(0x9100, as: UInt8.self) &+ 1)
            return exit
        }
    }

    @Test func aKnownShortcomingIsCountedAndTheRunGoesOn() throws {
        let first = try LockstepRun(board: try Rig.board("bcd"), follower: Self.withWrongDecimals)
        #expect(try Rig.difference(first).place.text == "daa")
        var options = LockstepRun.Options()
        options.shortcomings = [Shortcoming("DAA", reason: "for this test") { $0.place.text == "daa" }]
        let second = try LockstepRun(
            board: try Rig.board("bcd"), options: options, follower: Self.withWrongDecimals)
        guard case .ended(let ending) = try Rig.runClean(second) else {
            Issue.record("it did not end")
            return
        }
        #expect(ending.exitCode == 33)
        #expect(try #require(second.counts.shortcomings["DAA"]) > 100)
    }

    @Test func accessesToPortsAreCompared() throws {
        func found(_ wrong: @escaping (WrongEngine) -> EngineExit?) throws -> AccessDifference {
            let run = try LockstepRun(board: try Rig.guest("open")) { WrongEngine($0, wrong) }
            guard case .access(let access)? = try Rig.difference(run).items.first else {
                struct NoAccess: Error {}
                throw NoAccess()
            }
            return access
        }
        let extra = try found { engine in
            if engine.steps == 700 { engine.vm.io.ports.write(0x80, width: 1, value: 7) }
            return nil
        }
        // The leader made another access in that step, or none.
        #expect(extra.follower == DeviceAccess(.port, 0x80, width: 1, isWrite: true, value: 7))
        let missing = try found { engine in
            guard engine.file.pointee.cs.selector == 0, engine.next?.operation == .outs else { return nil }
            engine.file.pointee.rip += 2
            return .deadline
        }
        // "Shutdown"
        #expect(
            missing
                == AccessDifference(
                    leader: DeviceAccess(.port, 0x8900, width: 1, isWrite: true, value: 0x53), follower: nil))
        let other = try found { engine in
            guard engine.file.pointee.cs.selector == 0, engine.next?.operation == .outs else { return nil }
            engine.file.pointee.general.2 = 0x8901
            return nil
        }
        #expect(other.leader?.address == 0x8900 && other.follower?.address == 0x8901)
    }

    // MARK: Memory

    @Test func aStoreThatTheLeaderDidNotMakeIsFoundWithinTheStepsOfAFullComparison() throws {
        let run = try LockstepRun(board: try Rig.board("bcd")) { vm in
            WrongEngine(vm) { engine in
                // In a page that both have written, past vMEM, as an engine does that maps RAM.
                if engine.steps == 100_000 {
                    engine.vm.memory.ram.storeBytes(of: 0x77, toByteOffset: 0x7F80, as: UInt8.self)
                }
                return nil
            }
        }
        let found = try Rig.difference(run)
        #expect(found.firstStep <= 100_000 && found.step >= 100_000 && found.step - found.firstStep < 4096)
        guard case .memory(0x7F80, _, 0x77)? = found.items.first, found.items.count == 1 else {
            Issue.record("\(found.text)")
            return
        }
        #expect(found.text.contains("written between step \(found.firstStep) and step \(found.step)"))
    }

    @Test func aStoreToAPageThatNobodyHasWrittenIsFoundToo() throws {
        let run = try LockstepRun(board: try Rig.board("shifts")) { vm in
            WrongEngine(vm) { engine in
                if engine.steps == 30_000 {
                    engine.vm.memory.ram.storeBytes(of: 1, toByteOffset: 0x90_0005, as: UInt8.self)
                }
                return nil
            }
        }
        let found = try Rig.difference(run)
        #expect(found.items == [.memory(physical: 0x90_0005, leader: 0, follower: 1)])
        #expect(found.firstStep <= 30_000 && found.step >= 30_000)
    }

    @Test func everyNthStepGivesTheWindowOfTheDifference() throws {
        var options = LockstepRun.Options()
        options.every = 1000
        let run = try LockstepRun(board: try Rig.board("keyboard"), options: options) { vm in
            WrongEngine(vm) { engine in
                if engine.steps == 50_000 { engine.file.pointee.fs.base ^= 0x10 }
                return nil
            }
        }
        let found = try Rig.difference(run)
        #expect(found.firstStep <= 50_000 && found.step >= 50_000 && found.step - found.firstStep < 1000)
    }

    @Test func anEngineThatRefusesTheStateCannotFollow() throws {
        let board = try Rig.board("shifts")
        let run = { try LockstepRun(board: board) { _ in throw EngineError("not here") } }
        #expect(throws: EngineError("not here")) { _ = try run() }
        #expect(board.vm.memory.observer == nil)
    }
}
