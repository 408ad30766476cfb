import Machine
import Testing

@testable import Debugger

/// Memory, registers, tables and changes to them.
@Suite("Looking and changing")
struct LookTests {
    private func bench() throws -> Bench {
        let bench = try Bench([0xB8, 0x34, 0x12, 0x40, 0xF4])
        bench.vm.memory.load([0x48, 0x69, 0x21, 0x00, 0xFF, 0x80, 0x01, 0x02, 0x03], at: 0x500)
        return bench
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let command: String
        let lines: [String]
        var testDescription: String { command }
        init(_ command: String, _ lines: String...) {
            self.command = command
            self.lines = lines
        }
    }

    static let cases: [Case] = [
        Case("x /4xb 0x500", "00000500: 48 69 21 00"), Case("x/2xh 0x500", "00000500: 6948 0021"),
        Case("x /1xw 0x500", "00000500: 00216948"), Case("x /1xg 0x500", "00000500: 020180FF00216948"),
        Case("x/2db 0x504", "00000504: -1 -128"), Case("x/2ub 0x504", "00000504: 255 128"),
        Case("x/1tb 0x505", "00000505: 10000000"), Case("x/1ob 0x500", "00000500: 0110"),
        Case("x/3c 0x500", "00000500: 'H' 'i' '!'"), Case("x/s 0x500", "00000500: \"Hi!\""),
        Case("x/9mb 0x500", "00000500: 48 69 21 00 FF 80 01 02 03                       Hi!......"),
        Case(
            "x/2i 0x7c00", "=> 0000:7C00  00007C00  B8 34 12          mov ax,0x1234",
            "   0000:7C03  00007C03  40                inc ax"),
        Case("xp /2xb 0x500", "00000500: 48 69"), Case("x /1xb 0x7fffffff", "7FFFFFFF: ??"),
        Case(
            "u /2 0x7c00", "=> 0000:7C00  00007C00  B8 34 12          mov ax,0x1234",
            "   0000:7C03  00007C03  40                inc ax"),
        Case("u 0x7c00 0x7c03", "=> 0000:7C00  00007C00  B8 34 12          mov ax,0x1234"),
        Case("p 1 + 2", "0x3  3"), Case("p/x 255", "0xFF"), Case("p/t al", "00000000"),
        Case("p -1", "0xFFFFFFFFFFFFFFFF  18446744073709551615  -1"),
        Case("p word(0x504)", "0x80FF  33023  -32513"), Case("p/c 65", "'A'"),
        Case("? 3", "error: there is no command '3'; 'help' lists all"),
        Case("print-string 0x500", "00000500: \"Hi!\""),
        Case("print-stack 2", "0000:7C00  00007C00  34B8", "0000:7C02  00007C02  4012"),
        Case("page 0x500", "linear 00000500 is physical 00000500: paging is off, there is only the A20 gate"),
        Case("r ax", "ax 0000 0"), Case("foo", "error: there is no command 'foo'; 'help' lists all"),
        Case("continu", "error: the machine has ended"),
        Case("hlep", "error: there is no command 'hlep'; did you mean 'help'?"),
        Case("x /3q 0", "error: 'q' is no format; there are x d u o t c s i m, and b h w g for 1, 2, 4, 8 bytes"),
        Case("b 0x123456789", "error: 123456789h is beyond 4 GiB"),
        Case("delete 7", "error: there is no breakpoint 7; 'info break' lists them"),
        Case("info nothing", "error: there is no 'info nothing'; there are"),
    ]

    @Test(arguments: cases)
    func commandPrintsItsLines(_ test: Case) throws {
        let bench = try bench()
        if test.command == "continu" { bench.run("set ip = 0x7c04", "c") }
        let lines = bench.run(test.command)
        #expect(lines.count == test.lines.count)
        for (line, wanted) in zip(lines, test.lines) {
            #expect(wanted.hasPrefix("error") ? line.hasPrefix(wanted) : line == wanted, "\(line)")
        }
    }

    @Test func listingsGoOnWhereTheyEnded() throws {
        let bench = try bench()
        bench.run("x /2xb 0x500")
        #expect(bench.run("x") == ["00000502: 21"])
        #expect(bench.run("x /2") == ["00000503: 00 FF"])
        bench.run("u /1 0x7c00")
        #expect(bench.run("u /1") == ["   0000:7C03  00007C03  40                inc ax"])
    }

    @Test func registersAreShownWithFlagsAndMode() throws {
        let bench = try bench()
        bench.run("set eflags = 0x247", "set ebx = 0xdeadbeef")
        #expect(
            bench.run("r") == [
                "EAX=00000000 EBX=DEADBEEF ECX=00000000 EDX=00000000",
                "ESI=00000000 EDI=00000000 EBP=00000000 ESP=00007C00",
                "EIP=00007C00 EFLAGS=00000247 [IF ZF PF CF] CPL=0 real mode",
            ])
        #expect(bench.run("sreg")[1] == "CS   0000 base 00000000 limit 0000FFFF 16-bit data, writable, accessed, DPL 0")
    }

    /// 500000h, by a directory at 10000h and a table at 11000h, is the page at 7000h.
    @Test func pageShowsTheEntriesOnTheWay() throws {
        let bench = try bench()
        bench.vm.memory.load([0x27, 0x10, 0x01, 0], at: 0x10004)
        bench.vm.memory.load([0x25, 0x70, 0, 0], at: 0x11400)
        bench.vm.memory.load([0x12, 0x34], at: 0x7ABC)
        bench.vm.memory.load([0x27, 0, 0, 0], at: 0x10000)
        var cpu = bench.vm.cpu
        cpu.cr0 |= ControlBits.paging | ControlBits.protectionEnable
        cpu.cr3 = 0x10000
        bench.vm.cpu = cpu
        #expect(
            bench.run("page 0x500ABC") == [
                "level 2: entry at 00010004 is 00011027", "level 1: entry at 00011400 is 00007025",
                "linear 00500ABC is physical 00007ABC: user, read-only",
            ])
        #expect(bench.run("page 0x501000").last?.contains("leads nowhere") == true)
        #expect(GuestMemory(bench.vm).bytes(linear: 0x500ABC, count: 2) == [0x12, 0x34])
    }

    @Test func setChangesRegistersFlagsAndMemory() throws {
        let bench = try bench()
        bench.run("set eax = 0x11223344", "set al=5", "set ah = 6", "set $bx = ax", "set zf = 1", "set ds = 0x40")
        let cpu = bench.vm.cpu
        #expect(cpu[register: 0] == 0x1122_0605 && cpu[register: 3] == 0x0605)
        #expect(cpu.rflags & 0x40 != 0 && cpu.ds.selector == 0x40 && cpu.ds.base == 0x400)
        bench.run(
            "set byte(0x600) = 0xAB", "set word ds:0x210 = 0x1234", "setpmem 0x620 4 0xDEADBEEF", "set *0x630 = -1")
        #expect(bench.vm.memory.peek(0x600, count: 1) == [0xAB])
        #expect(bench.vm.memory.peek(0x610, count: 2) == [0x34, 0x12])
        #expect(bench.vm.memory.peek(0x620, count: 4) == [0xEF, 0xBE, 0xAD, 0xDE])
        #expect(bench.vm.memory.peek(0x630, count: 4) == [0xFF, 0xFF, 0xFF, 0xFF])
    }

    @Test(arguments: [
        "set al = 256", "set 5 = 5", "set ax", "set nothing = 1", "set byte(0xf0000) = 1", "set cr0 = 0x80000000",
        "set mxcsr = 0x10000", "set xcr0 = 5", "set efer = 1", "set cr4 = 0x20", "set lstar = 0x800000000000",
        "set r9 = 1",
        "set eflags = 0x20000", "set cs.base = 5", "set icount = 1", "setpmem 0x500 3 1", "set = 4",
    ])
    func setThatCannotBeDoneChangesNothing(_ command: String) throws {
        let bench = try bench()
        let before = try bench.vm.stateHash()
        #expect(bench.debugger.execute(command) == .failed)
        #expect(bench.lines.first?.hasPrefix("error: ") == true)
        #expect(try bench.vm.stateHash() == before)
    }

    @Test func setChangesVectorAndModelSpecificRegisters() throws {
        let bench = try bench()
        bench.run(
            "set xmm3.high = 0x1122334455667788", "set ymm15.high_low = -1", "set st1.high = 0x3FFF",
            "set mxcsr = 0x9FC0",
            "set lstar = 0xFFFFFFFF81000000")
        let cpu = bench.vm.cpu
        #expect(cpu.vector[xmm: 3] == 0x1122_3344_5566_7788 << 64 && cpu.vector[ymmHigh: 15] == 0xFFFF_FFFF_FFFF_FFFF)
        #expect(cpu.vector[st: 1].signAndExponent == 0x3FFF && cpu.vector.mxcsr == 0x9FC0)
        #expect(cpu.lstar == 0xFFFF_FFFF_8100_0000)
    }

    @Test func changedCodeIsTheCodeThatRuns() throws {
        // inc ax; jmp 7C00
        let bench = try Bench([0x40, 0xEB, 0xFD])
        bench.run("b 0x7c01", "c", "c")
        #expect(bench.vm.cpu[register: 0] == 2)
        bench.run("set byte(0x7c00) = 0x4B", "c", "c")  // dec bx
        #expect(bench.vm.cpu[register: 0] == 2 && bench.vm.cpu[register: 3] == 0xFFFE)
    }

    @Test func protectedModeTablesAndLoadsGoThroughDescriptors() throws {
        // lgdt [7C40h]; mov eax, cr0; or al, 1; mov cr0, eax; jmp 8:7C14; bits 32: mov ax, 10h; mov ds, ax; hlt
        let bench = try Bench([
            0xFA, 0x0F, 0x01, 0x16, 0x40, 0x7C, 0x0F, 0x20, 0xC0, 0x0C, 0x01, 0x0F, 0x22, 0xC0, 0xEA, 0x14, 0x7C, 0x08,
            0x00,
            0x90, 0x66, 0xB8, 0x10, 0x00, 0x8E, 0xD8, 0xF4,
        ])
        bench.vm.memory.load([0x1F, 0x00, 0x48, 0x7C, 0x00, 0x00], at: 0x7C40)
        bench.vm.memory.load(
            [
                0, 0, 0, 0, 0, 0, 0, 0,
                0xFF, 0xFF, 0, 0, 0, 0x9A, 0xCF, 0,  // 08h: code, 4 GiB
                0xFF, 0xFF, 0, 0, 0, 0x92, 0xCF, 0,  // 10h: data, 4 GiB
                0xFF, 0x0F, 0, 0, 6, 0x90, 0x40, 0,  // 18h: read-only data at 60000h, limit FFFh
            ], at: 0x7C48)
        bench.run("s 7")
        #expect(bench.at == 0x7C18)
        #expect(
            bench.run("info gdt") == [
                "GDT base 00007C48 limit 001F",
                "0008  base 00000000 limit FFFFFFFF 32-bit code, readable, accessed, DPL 0",
                "0010  base 00000000 limit FFFFFFFF 32-bit data, writable, DPL 0",
                "0018  base 00060000 limit 00000FFF 32-bit data, read-only, DPL 0", "(1 entries of zeros)",
            ])
        #expect(bench.run("p 0x18:0x10") == ["0x60010  393232"])
        bench.run("set es = 0x18")
        #expect(bench.vm.cpu.es.base == 0x60000 && bench.vm.cpu.es.attributes & 1 == 1)
        // The accessed bit is in the table as well.
        #expect(bench.vm.memory.peek(0x7C48 + 0x1D, count: 1) == [0x91])
        #expect(bench.debugger.execute("set ss = 0x18") == .failed)
        #expect(bench.debugger.execute("set ds = 0x28") == .failed)
        #expect(bench.debugger.execute("set cs = 0x10") == .failed)
        bench.run("s")
        #expect(bench.vm.cpu.ds.selector == 0x10 && bench.vm.cpu.ds.limit == 0xFFFF_FFFF)
    }

    @Test func everyCommandHasHelpAndAnExampleThatIsUnderstood() throws {
        let bench = try bench()
        for command in Command.all {
            let lines = bench.run("help " + command.name)
            #expect(lines.count >= 3 && lines.last == "example: " + command.example)
            #expect(try CommandCall.parse(command.example)?.command.name == command.name)
        }
        let list = bench.run("help")
        for command in Command.all { #expect(list.contains { $0.hasPrefix("  " + command.name) }) }
    }

    @Test func namesAndAliasesAreUnique() {
        let names = Command.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
    }

    @Test func completionKnowsCommandsSubjectsAndRegisters() {
        #expect(Debugger.completions(for: "wat") == ["watch"])
        #expect(Debugger.completions(for: "info p") == ["pic", "pit"])
        #expect(Debugger.completions(for: "p $ea") == ["$eax"])
    }

    @Test func savedMachineIsLoadedAgain() throws {
        let path = "/tmp/lucid86-debugger-\(UInt64.random(in: 0 ..< .max)).save"
        let bench = try bench()
        bench.run("s", "save \(path)")
        let hash = try bench.vm.stateHash()
        bench.run("c")
        #expect(bench.debugger.ending != nil)
        #expect(bench.run("load \(path)") == ["=> 0000:7C03  00007C03  40                inc ax"])
        #expect(try bench.vm.stateHash() == hash)
        bench.run("s")
        #expect(bench.vm.cpu[register: 0] == 0x1235)
        #expect(bench.debugger.execute("load /nonexistent/file") == .failed)
    }
}
