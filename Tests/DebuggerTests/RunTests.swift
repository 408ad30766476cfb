import Debugger
import Machine
import Testing

/// Stepping, running, breakpoints and watchpoints on small pieces of code.
@Suite("Run control")
struct RunTests {
    /// A subroutine that calls another one.
    static let calls: [UInt8] = [
        0xB8, 0x01, 0x00,  // 7C00 mov ax, 1
        0xE8, 0x04, 0x00,  // 7C03 call 7C0A
        0xB3, 0x02,  // 7C06 mov bl, 2
        0xEB, 0xFE,  // 7C08 jmp 7C08
        0xE8, 0x02, 0x00,  // 7C0A call 7C0F
        0x40,  // 7C0D inc ax
        0xC3,  // 7C0E ret
        0x40,  // 7C0F inc ax
        0xC3,  // 7C10 ret
    ]

    @Test func stepShowsWhatChangedAndWhatComesNext() throws {
        let bench = try Bench(Self.calls)
        #expect(
            bench.run("s") == [
                "   EAX 00000000 -> 00000001", "=> 0000:7C03  00007C03  E8 04 00          call 0x7c0a",
            ])
        #expect(
            bench.run("s") == [
                "   ESP 00007C00 -> 00007BFE", "=> 0000:7C0A  00007C0A  E8 02 00          call 0x7c0f",
            ])
    }

    @Test func nextGoesOverACall() throws {
        let bench = try Bench(Self.calls)
        bench.run("n", "n")
        #expect(bench.at == 0x7C06)
        #expect(bench.vm.cpu[register: 0] == 3)
    }

    @Test func finishEndsAfterTheReturnOfThisFrameAndNotOfAnInnerOne() throws {
        let bench = try Bench(Self.calls)
        bench.run("s 2", "finish")
        #expect(bench.at == 0x7C06)
        let inner = try Bench(Self.calls)
        inner.run("s 3", "finish")
        #expect(inner.at == 0x7C0D)
    }

    @Test func nextOverARecursiveCallWaitsForItsOwnFrame() throws {
        // mov cx, 3; call f; hlt; f: dec cx; jz out; call f; out: ret
        let bench = try Bench([
            0xB9, 0x03, 0x00, 0xE8, 0x01, 0x00, 0xF4, 0x49, 0x74, 0x03, 0xE8, 0xFA, 0xFF, 0xC3,
        ])
        // Into the first level, to its own call.
        bench.run("s 4")
        #expect(bench.at == 0x7C0A)
        bench.run("n")
        #expect(bench.at == 0x7C0D)
        #expect(bench.vm.cpu[register: 4] == 0x7BFE && bench.vm.cpu[register: 1] == 0)
    }

    @Test func nextGoesOverRepAndLoop() throws {
        // mov di, 500h; mov cx, 10; rep stosb; mov cx, 5; loop $; nop
        let bench = try Bench([0xBF, 0x00, 0x05, 0xB9, 0x0A, 0x00, 0xF3, 0xAA, 0xB9, 0x05, 0x00, 0xE2, 0xFE, 0x90])
        bench.run("n 3")
        #expect(bench.at == 0x7C08 && bench.vm.cpu[register: 7] == 0x50A)
        bench.run("n 2")
        #expect(bench.at == 0x7C0D && bench.vm.cpu[register: 1] == 0)
    }

    @Test func untilRunsToAnAddress() throws {
        let bench = try Bench(Self.calls)
        bench.run("until 0x7c0f")
        #expect(bench.at == 0x7C0F && bench.debugger.lastStop == .arrived)
    }

    @Test func breakpointStopsBeforeItsInstructionEachTime() throws {
        // mov cx, 4; inc ax; loop 7C03; hlt
        let bench = try Bench([0xB9, 0x04, 0x00, 0x40, 0xE2, 0xFD, 0xF4])
        #expect(bench.run("b 0x7c03") == ["1  breakpoint  on   linear 00007C03  hits 0"])
        for passed in 0..<4 {
            #expect(bench.run("c").first == "breakpoint 1")
            #expect(bench.vm.cpu[register: 0] == UInt64(passed))
        }
        #expect(bench.run("c").first == "the machine has ended: dead-halt")
        #expect(bench.run("info break") == ["1  breakpoint  on   linear 00007C03  hits 4"])
    }

    @Test func breakpointOnAJumpToItselfStopsAtEachPass() throws {
        // sti; jmp $
        let bench = try Bench([0xFB, 0xEB, 0xFE])
        bench.run("b 7C01h", "c", "c", "c")
        #expect(bench.vm.instructions == 3)
        #expect(bench.debugger.breakpoints[0].hits == 3)
    }

    @Test func conditionIgnoreCountAndTemporaryBreakpoint() throws {
        let code: [UInt8] = [0xB9, 0x64, 0x00, 0x40, 0xE2, 0xFD, 0xF4]  // mov cx, 100; inc ax; loop; hlt
        let conditional = try Bench(code)
        conditional.run("b 0x7c03 if ax == 10", "c")
        #expect(conditional.vm.cpu[register: 0] == 10 && conditional.debugger.breakpoints[0].hits == 1)
        let ignoring = try Bench(code)
        ignoring.run("b 0x7c03", "ignore 1 20", "c")
        #expect(
            ignoring.vm.cpu[register: 0] == 20 && ignoring.debugger.breakpoints[0].hits == 21,
            "\(ignoring.lines) \(ignoring.vm.cpu[register: 0])")
        let temporary = try Bench(code)
        temporary.run("tb 0x7c03", "c")
        #expect(temporary.at == 0x7C03 && temporary.debugger.breakpoints.isEmpty)
        #expect(temporary.run("c").first == "the machine has ended: dead-halt")
        let off = try Bench(code)
        off.run("b 0x7c03", "disable 1", "c")
        #expect(off.debugger.ending?.name == "dead-halt")
    }

    @Test func conditionThatCannotBeComputedStopsAndSaysWhy() throws {
        let bench = try Bench(Self.calls)
        bench.run("b 0x7c06 if byte(0x7fffffff) == 1")
        #expect(
            bench.run("c").first
                == "breakpoint 1; its condition 'byte(0x7fffffff) == 1' cannot be computed: "
                + "there is no readable memory at 7FFFFFFFh")
    }

    @Test func physicalBreakpointFollowsTheA20Gate() throws {
        // mov ax, 0FFFFh; push ax; push 7C10h; retf: linear 107C00h, which is 7C00h while the gate is closed
        let bench = try Bench([0xB8, 0xFF, 0xFF, 0x50, 0x68, 0x10, 0x7C, 0xCB])
        bench.vm.memory.setA20(false)
        bench.run("s", "pb 0x7c00", "c")
        #expect(bench.at == 0x107C00 && bench.debugger.breakpoints[0].hits == 1)
    }

    @Test func virtualBreakpointLooksAtSelectorAndOffset() throws {
        // jmp 07C0:0008 ... mov bl, 2: the same byte is 0000:7C08
        let bench = try Bench([0xEA, 0x08, 0x00, 0xC0, 0x07, 0x90, 0x90, 0x90, 0xB3, 0x02, 0xF4])
        bench.run("vb 0:0x7c08", "vb 0x7c0:8", "c")
        #expect(bench.debugger.lastStop == .breakpoint(number: 2, problem: nil))
        #expect(bench.debugger.breakpoints.map(\.hits) == [0, 1])
    }

    @Test func watchpointNamesTheInstructionThatWrote() throws {
        // mov ax, 0B800h; mov ds, ax; mov word [2], 0741h; hlt
        let bench = try Bench([0xB8, 0x00, 0xB8, 0x8E, 0xD8, 0xC7, 0x06, 0x02, 0x00, 0x41, 0x07, 0xF4])
        #expect(bench.run("watch word 0xb8002") == ["1  watchpoint  on   write 000B8002 (2 bytes)  hits 0"])
        #expect(
            bench.run("c") == [
                "watchpoint 1: write to 2 bytes at 000B8002: 0000 -> 0741",
                "   by 0000:7C05  00007C05  C7 06 02 00 41 07 mov WORD PTR ds:0x2,0x741",
                "=> 0000:7C0B  00007C0B  F4                hlt",
            ])
    }

    @Test func watchpointHasConditionsAndCounts() throws {
        // mov cx, 5; inc byte [500h]; loop; hlt
        let bench = try Bench([0xB9, 0x05, 0x00, 0xFE, 0x06, 0x00, 0x05, 0xE2, 0xFA, 0xF4])
        bench.run("watch 0x500 if byte(0x500) == 3", "c")
        #expect(bench.vm.cpu[register: 1] == 3)
        bench.run("delete 1", "awatch 0x500", "ignore 2 1", "c")
        // Read and write of one INC are one meeting.
        #expect(bench.vm.cpu[register: 1] == 1)
        #expect(bench.run("unwatch") == ["1 watchpoints removed"])
        #expect(bench.run("c").first == "the machine has ended: dead-halt")
    }

    @Test func faultDuringAStepIsToldWithItsHandler() throws {
        // xor cx, cx; div cl; IVT entry 0 leads to 0000:0600
        let bench = try Bench([0x31, 0xC9, 0xF6, 0xF1])
        bench.vm.memory.load([0x00, 0x06, 0x00, 0x00], at: 0)
        bench.run("s")
        let lines = bench.run("s")
        #expect(lines[0] == "exception #DE at 0000:00007C02 (div cl): a division by zero")
        #expect(lines[1] == "   its handler is at 0000:0600")
        #expect(bench.at == 0x600)
        #expect(bench.run("why")[1].hasPrefix("1. #DE (vector 0)"))
    }

    @Test func interruptDuringAStepIsToldAndNextRunsItsHandler() throws {
        // sti; nop; nop; nop; the handler of vector 8 is iret
        let code: [UInt8] = [0xFB, 0x90, 0x90, 0x90, 0xEB, 0xFE]
        func machine() throws -> Bench {
            let bench = try Bench(code)
            bench.vm.memory.load([0x00, 0x06, 0x00, 0x00], at: 32)
            bench.vm.memory.load([0x41, 0xCF], at: 0x600)  // inc cx; iret
            // Master 8259: vectors from 8, edge, ICW4; IRQ 0 open and requested.
            for (port, value) in [(0x20, 0x11), (0x21, 0x08), (0x21, 0x04), (0x21, 0x01), (0x21, 0xFE)]
                as [(UInt16, UInt32)]
            {
                bench.vm.io.ports.write(Port(port), width: 1, value: value)
            }
            bench.debugger.board.pic.setLine(0, true)
            return bench
        }
        let bench = try machine()
        bench.run("s", "s")
        // The shadow of STI protects one instruction; then the handler comes.
        #expect(bench.at == 0x7C02)
        #expect(bench.run("s").first == "interrupt 08h was taken; its handler is at 0000:0600")
        #expect(bench.at == 0x600)
        let other = try machine()
        other.run("n", "n", "n")
        #expect(other.at == 0x7C03 && other.vm.cpu[register: 1] == 1)
    }

    @Test func haltedMachineIsSteppedToItsInterrupt() throws {
        // sti; hlt; inc ax; the RTC's or timer's interrupt never comes, so the budget ends it
        let bench = try Bench([0xFB, 0xF4, 0x40])
        bench.debugger.budget = 5_000_000
        bench.run("s 2")
        #expect(bench.lines.last?.hasSuffix("(halted, waiting for an interrupt)") == true)
        #expect(bench.run("s").first == "the budget of 5000000 ticks is spent")
    }

    @Test func debuggedRunEndsInTheStateOfAFreeRun() throws {
        let code: [UInt8] = [0xB9, 0x64, 0x00, 0x01, 0xC8, 0x89, 0x0E, 0x00, 0x05, 0xE2, 0xF8, 0xF4]
        let free = try Bench(code)
        guard case .ended = free.vm.run(until: 10_000) else {
            Issue.record("no end")
            return
        }
        let debugged = try Bench(code)
        debugged.run(
            "b 0x7c03", "watch word 0x500", "s 5", "n 7", "x /4xb 0x500", "info pic", "info pit", "explain", "c 20")
        debugged.run("delete", "trace on", "c")
        #expect(debugged.debugger.ending?.name == "dead-halt")
        #expect(try debugged.vm.stateHash() == free.vm.stateHash())
        #expect(debugged.vm.instructions == free.vm.instructions)
    }

    @Test func traceHasALineForEachInstruction() throws {
        let bench = try Bench(Self.calls)
        bench.run("trace on")
        #expect(
            bench.run("s 3").prefix(3) == [
                "real 0000:7C00  00007C00  B8 01 00          mov ax,0x1 ; EAX 00000000 -> 00000001",
                "real 0000:7C03  00007C03  E8 04 00          call 0x7c0a ; ESP 00007C00 -> 00007BFE",
                "real 0000:7C0A  00007C0A  E8 02 00          call 0x7c0f ; ESP 00007BFE -> 00007BFC",
            ])
    }

    @Test func endedMachineStaysOpenAndRunStartsItAnew() throws {
        let bench = try Bench([0xF4])
        bench.run("c")
        #expect(bench.run("s") == ["error: the machine has ended (dead-halt); look at it, or 'run' starts it anew"])
        #expect(bench.run("p ip") == ["0x7C01  31745"])
        #expect(bench.run("run").prefix(2) == ["machine reset", "the machine has ended: dead-halt"])
        #expect(bench.run("p/x cs") == ["0xF000"])
    }

    /// PM1_STS, bit 8 (ACPI 4.8.3.1.1), at B000h, where PCI function 1.3 is told to put it (PIIX4 7.1.17, 7.1.18).
    @Test func powerButtonIsSeenInTheRegisterOfPowerManagement() throws {
        let bench = try Bench([0xF4]), ports = bench.vm.io.ports
        for (register, value) in [(0x40, 0xB001), (0x80, 1)] as [(UInt32, UInt32)] {
            ports.write(Port(0xCF8), width: 4, value: 0x8000_0B00 | register)
            ports.write(Port(0xCFC), width: 4, value: value)
        }
        #expect(ports.read(Port(0xB000), width: 2) == 0)
        #expect(bench.run("system_powerdown") == ["power button pressed"])
        #expect(ports.read(Port(0xB000), width: 2) == 0x100)
        #expect(bench.vm.io.input.entries.map(\.channel) == ["power-button"])
    }
}
