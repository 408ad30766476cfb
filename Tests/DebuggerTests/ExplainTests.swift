import Debugger
import Machine
import Testing

/// `explain` on chosen instructions. Flags are those of "Flags Affected" in SDM 2A and 2B, values were computed by hand.
@Suite("Explain")
struct ExplainTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let assembly: String
        var read = ""
        var written = ""
        var undefined = ""
        /// Name, value and linear address; nil for what there is not.
        var operands: [(String, UInt64?, UInt64?)] = []
        var note: String?
        var testDescription: String { assembly }
    }

    private static func row(
        _ bytes: [UInt8], _ assembly: String, read: String = "", written: String = "", undefined: String = "",
        _ operands: [(String, UInt64?, UInt64?)] = [], note: String? = nil
    ) -> Case {
        Case(
            bytes: bytes, assembly: assembly, read: read, written: written, undefined: undefined, operands: operands,
            note: note)
    }

    private static let six = "OF SF ZF AF PF CF"
    private static let logic = "OF SF ZF PF CF"
    private static let whole = "OF DF IF TF SF ZF AF PF CF"

    /// 16-bit code at 0000:7C00. EAX=1234h ECX=FFFFh EDX=0 EBX=8001h ESP=7C00h EBP=0 ESI=10h EDI=20h, DS=0100h, ES=B800h, SS=0,
    /// CF and ZF set; 11 22 33 44 at 1010h.
    static let cases: [Case] = [
        row([0x01, 0xD8], "add ax,bx", written: six, [("ax", 0x1234, nil), ("bx", 0x8001, nil)]),
        row([0x11, 0xD8], "adc ax,bx", read: "CF", written: six),
        row([0x28, 0xC4], "sub ah,al", written: six, [("ah", 0x12, nil), ("al", 0x34, nil)]),
        row([0x19, 0xC3], "sbb bx,ax", read: "CF", written: six),
        row([0x21, 0xD8], "and ax,bx", written: logic, undefined: "AF"),
        row([0x09, 0xD8], "or ax,bx", written: logic, undefined: "AF"),
        row([0x31, 0xD8], "xor ax,bx", written: logic, undefined: "AF"),
        row([0x39, 0xD8], "cmp ax,bx", written: six),
        row([0x85, 0xD8], "test ax,bx", written: logic, undefined: "AF"),
        row([0x40], "inc ax", written: "OF SF ZF AF PF"),
        row([0x4B], "dec bx", written: "OF SF ZF AF PF"),
        row([0xF7, 0xD8], "neg ax", written: six),
        row([0xF7, 0xD0], "not ax"),
        row(
            [0xF7, 0xE3], "mul bx", written: "OF CF", undefined: "SF ZF AF PF",
            [("bx", 0x8001, nil), ("ax", 0x1234, nil), ("dx", 0, nil)]),
        row([0xF6, 0xF3], "div bl", undefined: six, [("bl", 1, nil), ("ax", 0x1234, nil)]),
        row([0x0F, 0xAF, 0xC3], "imul ax,bx", written: "OF CF", undefined: "SF ZF AF PF"),
        row([0xD1, 0xE0], "shl ax,1", written: logic, undefined: "AF"),
        row([0xC1, 0xE8, 0x04], "shr ax,0x4", written: "SF ZF PF CF", undefined: "OF AF"),
        row([0xD3, 0xC0], "rol ax,cl", written: "CF", undefined: "OF", [("cl", 0xFF, nil)]),
        row([0xD0, 0xD8], "rcr al,1", read: "CF", written: "OF CF"),
        row([0x0F, 0xA3, 0xD8], "bt ax,bx", written: "CF", undefined: "OF SF AF PF"),
        row([0x0F, 0xBC, 0xC3], "bsf ax,bx", written: "ZF", undefined: "OF SF AF PF CF"),
        row([0x27], "daa", read: "AF CF", written: "SF ZF AF PF CF", undefined: "OF"),
        row([0x37], "aaa", read: "AF", written: "AF CF", undefined: "OF SF ZF PF"),
        row([0xD4, 0x0A], "aam", written: "SF ZF PF", undefined: "OF AF CF"),
        row([0xD5, 0x0A], "aad", written: "SF ZF PF", undefined: "OF AF CF"),
        row([0x98], "cbw", [("al", 0x34, nil)]),
        row([0x99], "cwd", [("ax", 0x1234, nil), ("dx", 0, nil)]),
        row([0x9E], "sahf", written: "SF ZF AF PF CF", [("ah", 0x12, nil)]),
        row([0x9F], "lahf", read: "SF ZF AF PF CF"),
        row([0xF8], "clc", written: "CF"),
        row([0xF5], "cmc", read: "CF", written: "CF"),
        row([0xFC], "cld", written: "DF"),
        row([0xFB], "sti", written: "IF"),
        row([0x74, 0x10], "je 0x7c12", read: "ZF", [("0000:7C12", 0x7C12, 0x7C12)], note: "the jump is taken"),
        row([0x77, 0xF0], "ja 0x7bf2", read: "CF ZF", [("0000:7BF2", 0x7BF2, 0x7BF2)], note: "the jump is not taken"),
        row([0x7C, 0x05], "jl 0x7c07", read: "SF OF", note: "the jump is not taken"),
        row([0xE3, 0x05], "jcxz 0x7c07", note: "cx is FFFFh, so the jump is not taken"),
        row([0xE2, 0xFE], "loop 0x7c00", note: "cx becomes FFFEh, and the jump is taken"),
        row([0xE1, 0xFE], "loope 0x7c00", read: "ZF", note: "cx becomes FFFEh, and the jump is taken"),
        row([0xE0, 0xFE], "loopne 0x7c00", read: "ZF", note: "cx becomes FFFEh, and the jump is not taken"),
        row([0xE8, 0x10, 0x00], "call 0x7c13", [("0000:7C13", 0x7C13, 0x7C13)]),
        row([0x0F, 0x94, 0xC0], "sete al", read: "ZF", note: "the result is 1"),
        row([0x8B, 0x04], "mov ax,WORD PTR [si]", [("ds:[si]", 0x2211, 0x1010)]),
        row([0x26, 0x88, 0x05], "mov BYTE PTR es:[di],al", [("es:[di]", nil, 0xB8020), ("al", 0x34, nil)]),
        row([0x8B, 0x46, 0xFE], "mov ax,WORD PTR [bp-0x2]", [("ss:[bp-0x2]", 0, 0xFFFE)]),
        row([0x8D, 0x40, 0x05], "lea ax,[bx+si+0x5]", [("ax", 0x1234, nil)]),
        row(
            [0xF3, 0xA4], "rep movs", read: "DF", [("ds:[si]", 0x11, 0x1010), ("es:[di]", nil, 0xB8020)],
            note: "cx is FFFFh: up to 65535 iterations"),
        row([0xA6], "cmps", read: "DF", written: six),
        row([0xAA], "stos", read: "DF", [("es:[di]", nil, 0xB8020)]),
        row([0xEA, 0x00, 0x7C, 0x00, 0x00], "jmp 0x0:0x7c00", [("0000:7C00", nil, 0x7C00)]),
        row([0x9D], "popf", written: whole),
        row([0x9C], "pushf", read: whole),
        row([0x66, 0xB8, 0x78, 0x56, 0x34, 0x12], "mov eax,0x12345678", [("12345678", 0x1234_5678, nil)]),
        row(
            [0x66, 0x67, 0x8B, 0x04, 0x8D, 0x10, 0x00, 0x00, 0x00], "mov eax,DWORD PTR [ecx*4+0x10]",
            [("ds:[ecx*4+0x10]", 0, 0x4100C)]),
        row([0x87, 0xC3], "xchg bx,ax", [("bx", 0x8001, nil), ("ax", 0x1234, nil)]),
        row([0x0F, 0xB6, 0xC3], "movzx ax,bl", [("bl", 1, nil)]),
    ]

    @Test func thereAreAtLeastFifty() { #expect(Self.cases.count >= 50) }

    @Test(arguments: cases.indices)
    func instructionIsExplainedAsTheManualHasIt(_ index: Int) throws {
        let test = Self.cases[index]
        let bench = try Bench(test.bytes)
        bench.vm.memory.load([0x11, 0x22, 0x33, 0x44], at: 0x1010)
        bench.vm.memory.load([0, 0], at: 0xFFFE)
        var cpu = bench.vm.cpu
        cpu.general = (0x1234, 0xFFFF, 0, 0x8001, 0x7C00, 0, 0x10, 0x20, 0, 0, 0, 0, 0, 0, 0, 0)
        cpu.ds = .real(0x100)
        cpu.es = .real(0xB800)
        cpu.rflags = 0x43
        bench.vm.cpu = cpu
        let before = try bench.vm.stateHash()
        let explained = try bench.debugger.explain(linear: 0x7C00)
        #expect(explained.assembly.hasPrefix(test.assembly), "\(explained.assembly)")
        #expect(explained.fields.map(\.bytes).joined(separator: " ") == explained.bytes)
        let visible = Set(Self.whole.split(separator: " ").map(String.init))
        func set(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
        #expect(Set(explained.flagsRead).intersection(visible) == set(test.read))
        #expect(Set(explained.flagsWritten).intersection(visible) == set(test.written))
        #expect(Set(explained.flagsUndefined).intersection(visible) == set(test.undefined))
        for (name, value, linear) in test.operands {
            let found = explained.operands.first { $0.name == name }
            #expect(found != nil, "\(name) in \(explained.operands.map(\.name))")
            if let value { #expect(found?.value == value) }
            #expect(found?.linear == linear)
        }
        if let note = test.note { #expect(explained.notes.contains { $0.hasPrefix(note) }, "\(explained.notes)") }
        #expect(explained.sentence.hasSuffix("."))
        // Looking changes nothing.
        #expect(try bench.vm.stateHash() == before)
    }

    @Test func bytesThatAreNoInstructionAreSaidToBeNone() throws {
        let bench = try Bench([0x0F, 0x04])
        #expect(bench.run("explain") == ["error: the bytes 0F 04 at 00007C00 are no instruction"])
    }
}
