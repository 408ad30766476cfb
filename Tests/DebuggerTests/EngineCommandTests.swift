import Debugger
import KVMEngine
import Machine
import Testing

/// What this host's KVM can do, for tests that need it.
enum KVMHost {
    /// Why KVM cannot run here.
    static let obstacle = HostReport().obstacle
    static let comment = Comment(rawValue: "skipped without KVM: \(obstacle ?? "it is there")")
}

/// The debugger while KVM drives the machine.
@Suite("Debugger on KVM", .enabled(if: KVMHost.obstacle == nil, KVMHost.comment))
struct EngineCommandTests {
    /// Arithmetic, the stack, calls, strings and memory; no device. 7C00h is where a boot sector begins.
    private static let program: [UInt8] = [
        0x31, 0xC0,  // 7C00 xor ax, ax
        0x8E, 0xD8,  // 7C02 mov ds, ax
        0x8E, 0xC0,  // 7C04 mov es, ax
        0xB8, 0x34, 0x12,  // 7C06 mov ax, 1234h
        0x50,  // 7C09 push ax
        0x5B,  // 7C0A pop bx
        0xE8, 0x0D, 0x00,  // 7C0B call 7C1B
        0x89, 0x1E, 0x00, 0x06,  // 7C0E mov [600h], bx
        0xF7, 0xE3,  // 7C12 mul bx
        0x66, 0xC1, 0xC0, 0x05,  // 7C14 rol eax, 5
        0xEB, 0xE6, 0x90,  // 7C18 jmp 7C00; nop
        0x01, 0xC3,  // 7C1B add bx, ax
        0xBE, 0x00, 0x7C,  // 7C1D mov si, 7C00h
        0xBF, 0x00, 0x05,  // 7C20 mov di, 500h
        0xB9, 0x04, 0x00,  // 7C23 mov cx, 4
        0xFC,  // 7C26 cld
        0xF3, 0xA5,  // 7C27 rep movsw
        0x0D, 0x00, 0x80,  // 7C29 or ax, 8000h
        0xC3,  // 7C2C ret
    ]

    /// With KVM in charge.
    private func bench(_ code: [UInt8] = program) throws -> Bench {
        let bench = try Bench(code)
        #expect(bench.run("engine").first == "engine: interpreter")
        #expect(bench.run("engine kvm").first == "engine: kvm")
        return bench
    }

    private func engine(_ bench: Bench) -> String { bench.vm.engine?.name ?? "none" }

    private func hasMoved(_ bench: Bench, _ reason: String) -> Bool {
        bench.lines.contains("the machine moved from kvm to the interpreter: \(reason)")
    }

    @Test(.timeLimit(.minutes(1)))
    func stepsShowWhatTheyShowOnTheInterpreter() throws {
        let kvm = try bench(), interpreter = try Bench(Self.program)
        for _ in 0..<20 { #expect(kvm.run("s") == interpreter.run("s")) }
        #expect(engine(kvm) == "kvm")
    }

    @Test(.timeLimit(.minutes(1)))
    func twentyStepsLeaveTheRegistersAndMemoryOfTheInterpreter() throws {
        let kvm = try bench(), interpreter = try Bench(Self.program)
        kvm.run("s 20")
        interpreter.run("s 20")
        #expect(engine(kvm) == "kvm" && kvm.at == 0x7C02)
        let seen = kvm.vm.cpu, wanted = interpreter.vm.cpu
        for field in CPUFile.fields where field.name != "tsc_offset" {
            #expect(seen[field] == wanted[field], "\(field.name)")
        }
        // Nineteen lead back to the first. 1234h + 1234h, and the first eight bytes of the program.
        #expect(kvm.vm.memory.busRead(0x600, count: 2) == [0x68, 0x24])
        #expect(kvm.vm.memory.busRead(0x500, count: 8) == Array(Self.program[0..<8]))
        // CX, SI and DI behind a REP that was one step.
        #expect(seen[register: 1] == 0 && seen[register: 6] == 0x7C08 && seen[register: 7] == 0x508)
    }

    @Test(.timeLimit(.minutes(1)))
    func fourBreakpointsAreMetInOrder() throws {
        let bench = try bench()
        // Given in another order than they come in.
        bench.run("b 0x7c12", "b 0x7c09", "b 0x7c29", "b 0x7c1b")
        for (number, place) in [(2, UInt64(0x7C09)), (4, 0x7C1B), (3, 0x7C29), (1, 0x7C12)] {
            #expect(bench.run("c").first == "breakpoint \(number)")
            #expect(bench.at == place)
            #expect(engine(bench) == "kvm")
        }
        #expect(bench.debugger.breakpoints.map(\.hits) == [1, 1, 1, 1])
        // From a breakpoint, a step goes on from there.
        bench.run("s")
        #expect(bench.at == 0x7C14 && engine(bench) == "kvm")
    }

    @Test(.timeLimit(.minutes(1)))
    func aBreakpointInALoopStopsAtEachPassWithItsCount() throws {
        // mov cx, 4; inc ax; loop 7C03; cli; hlt
        let bench = try bench([0xB9, 0x04, 0x00, 0x40, 0xE2, 0xFD, 0xFA, 0xF4])
        bench.run("b 0x7c03")
        for passed in 0..<4 {
            #expect(bench.run("c").first == "breakpoint 1")
            #expect(bench.vm.cpu[register: 0] == UInt64(passed))
        }
        #expect(bench.run("c").first == "the machine has ended: dead-halt")
        #expect(engine(bench) == "kvm")
    }

    @Test(.timeLimit(.minutes(1)))
    func aFifthBreakpointMovesTheMachine() throws {
        let bench = try bench()
        bench.run("b 0x7c06", "b 0x7c09", "b 0x7c0a", "b 0x7c1b", "c")
        #expect(engine(bench) == "kvm")
        bench.run("b 0x7c12")
        bench.run("c")
        #expect(hasMoved(bench, "KVM has 4 breakpoints"), "\(bench.lines)")
        #expect(engine(bench) == "interpreter")
        for place in [UInt64(0x7C0A), 0x7C1B, 0x7C12] {
            bench.run("c")
            #expect(bench.at == place)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aWatchpointMovesTheMachineAndNamesTheWriter() throws {
        let bench = try bench()
        bench.run("s 3", "watch word 0x600")
        bench.run("c")
        #expect(hasMoved(bench, "KVM cannot watch memory"), "\(bench.lines)")
        #expect(engine(bench) == "interpreter")
        #expect(bench.lines.contains("watchpoint 1: write to 2 bytes at 00000600: 0000 -> 2468"))
        #expect(bench.at == 0x7C12)
        #expect(bench.vm.cpu[register: 3] == 0x2468)
    }

    @Test(.timeLimit(.minutes(1)))
    func aTraceMovesTheMachineAndHasItsLines() throws {
        let bench = try bench()
        bench.run("s 3", "trace on")
        let lines = bench.run("s 2")
        #expect(bench.lines.contains { $0.contains("from kvm to the interpreter: KVM cannot trace") }, "\(lines)")
        #expect(engine(bench) == "interpreter")
        #expect(
            lines.contains("real 0000:7C06  00007C06  B8 34 12          mov ax,0x1234 ; EAX 00000000 -> 00001234"))
    }

    @Test(.timeLimit(.minutes(1)))
    func whyMovesTheMachineSoThatTheNextFaultIsKnown() throws {
        // xor cx, cx; nop; div cl; IVT entry 0 leads to 0000:0600
        let bench = try bench([0x31, 0xC9, 0x90, 0xF6, 0xF1])
        bench.vm.memory.load([0x00, 0x06, 0x00, 0x00], at: 0)
        bench.run("s")
        bench.run("why")
        #expect(bench.lines.contains { $0.contains("from kvm to the interpreter: 'why' needs") }, "\(bench.lines)")
        #expect(engine(bench) == "interpreter")
        bench.run("s 2")
        #expect(bench.at == 0x600)
        #expect(bench.run("why")[1].hasPrefix("1. #DE (vector 0)"))
    }

    @Test(.timeLimit(.minutes(1)))
    func theEngineCommandGoesBothWaysAndKnowsItsNames() throws {
        let bench = try bench()
        bench.run("s 5")
        #expect(bench.run("engine interpreter") == ["engine: interpreter"])
        #expect(engine(bench) == "interpreter" && bench.at == 0x7C0A)
        bench.run("s")
        #expect(bench.vm.cpu[register: 3] == 0x1234)
        #expect(bench.run("engine kvm").first == "engine: kvm")
        bench.run("s")
        #expect(bench.at == 0x7C1B)
        #expect(bench.run("engine fast") == ["error: there is no engine 'fast'; give kvm or interpreter"])
        #expect(engine(bench) == "kvm")
    }

    @Test(.timeLimit(.minutes(1)))
    func registersThatAreSetReachKVM() throws {
        let bench = try bench()
        bench.run("s 3", "set ax = 0x4321")
        bench.run("s 3")
        #expect(engine(bench) == "kvm")
        #expect(bench.vm.cpu[register: 3] == 0x1234, "\(bench.at)")
        let other = try self.bench()
        other.run("s 4", "set ax = 0x4321")
        other.run("s 2")
        #expect(other.vm.cpu[register: 3] == 0x4321)
    }
}
