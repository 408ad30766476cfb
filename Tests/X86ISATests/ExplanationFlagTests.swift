import Testing

@testable import X86ISA

/// SDM 1 appendix A, "EFLAGS cross-reference": T tests, M by the result, 0 clears, 1 sets, - undefined, R restores, . as it was.
/// The manual's table has no T where an instruction only copies flags (PUSHF, LAHF, INT): `copies` says so.
struct FlagRow: Sendable, CustomTestStringConvertible {
    var name: String
    var size = CodeSize.bits32
    var bytes: [UInt8]
    /// OF SF ZF AF PF CF TF IF DF NT
    var columns: String
    var copies = false
    var testDescription: String { name }

    init(_ name: String, _ bytes: [UInt8], _ columns: String, copies: Bool = false) {
        self.name = name
        self.bytes = bytes
        self.columns = columns
        self.copies = copies
    }

    static let flags: [FlagSet] = [.OF, .SF, .ZF, .AF, .PF, .CF, .TF, .IF, .DF, .NT]

    static let all: [FlagRow] = [
        FlagRow("AAA", [0x37], "- - - TM - M . . . ."),
        FlagRow("AAD", [0xD5, 0x0A], "- M M - M - . . . ."),
        FlagRow("AAM", [0xD4, 0x0A], "- M M - M - . . . ."),
        FlagRow("AAS", [0x3F], "- - - TM - M . . . ."),
        FlagRow("ADC", [0x11, 0xD8], "M M M M M TM . . . ."),
        FlagRow("ADD", [0x01, 0xD8], "M M M M M M . . . ."),
        FlagRow("AND", [0x21, 0xD8], "0 M M - M 0 . . . ."),
        FlagRow("ARPL", [0x63, 0xD8], ". . M . . . . . . ."),
        FlagRow("BOUND", [0x62, 0x07], ". . . . . . . . . ."),
        FlagRow("BSF", [0x0F, 0xBC, 0xC3], "- - M - - - . . . ."),
        FlagRow("BSR", [0x0F, 0xBD, 0xC3], "- - M - - - . . . ."),
        FlagRow("BSWAP", [0x0F, 0xC8], ". . . . . . . . . ."),
        FlagRow("BT", [0x0F, 0xA3, 0xC3], "- - . - - M . . . ."),
        FlagRow("BTC", [0x0F, 0xBB, 0xC3], "- - . - - M . . . ."),
        FlagRow("BTR", [0x0F, 0xB3, 0xC3], "- - . - - M . . . ."),
        FlagRow("BTS", [0x0F, 0xBA, 0xE8, 0x05], "- - . - - M . . . ."),
        FlagRow("CALL", [0xE8, 0, 0, 0, 0], ". . . . . . . . . ."),
        FlagRow("CBW", [0x98], ". . . . . . . . . ."),
        FlagRow("CLC", [0xF8], ". . . . . 0 . . . ."),
        FlagRow("CLD", [0xFC], ". . . . . . . . 0 ."),
        FlagRow("CLI", [0xFA], ". . . . . . . 0 . ."),
        FlagRow("CLTS", [0x0F, 0x06], ". . . . . . . . . ."),
        FlagRow("CMC", [0xF5], ". . . . . TM . . . ."),
        FlagRow("CMP", [0x39, 0xD8], "M M M M M M . . . ."),
        FlagRow("CMPS", [0xA7], "M M M M M M . . T ."),
        FlagRow("CMPXCHG", [0x0F, 0xB1, 0xD8], "M M M M M M . . . ."),
        FlagRow("CMPXCHG8B", [0x0F, 0xC7, 0x0F], ". . M . . . . . . ."),
        FlagRow("CPUID", [0x0F, 0xA2], ". . . . . . . . . ."),
        FlagRow("CWD", [0x99], ". . . . . . . . . ."),
        FlagRow("DAA", [0x27], "- M M TM M TM . . . ."),
        FlagRow("DAS", [0x2F], "- M M TM M TM . . . ."),
        FlagRow("DEC", [0x48], "M M M M M . . . . ."),
        FlagRow("DIV", [0xF7, 0xF3], "- - - - - - . . . ."),
        FlagRow("ENTER", [0xC8, 0, 0, 0], ". . . . . . . . . ."),
        FlagRow("HLT", [0xF4], ". . . . . . . . . ."),
        FlagRow("IDIV", [0xF7, 0xFB], "- - - - - - . . . ."),
        FlagRow("IMUL, one operand", [0xF7, 0xEB], "M - - - - M . . . ."),
        FlagRow("IMUL, two operands", [0x0F, 0xAF, 0xC3], "M - - - - M . . . ."),
        FlagRow("IMUL, three operands", [0x6B, 0xC3, 5], "M - - - - M . . . ."),
        FlagRow("IN", [0xEC], ". . . . . . . . . ."),
        FlagRow("INC", [0x40], "M M M M M . . . . ."),
        FlagRow("INS", [0x6D], ". . . . . . . . T ."),
        FlagRow("INT", [0xCD, 0x80], ". . . . . . 0 M . 0", copies: true),
        FlagRow("INTO", [0xCE], "T . . . . . 0 M . 0", copies: true),
        FlagRow("INVLPG", [0x0F, 0x01, 0x3F], ". . . . . . . . . ."),
        FlagRow("IRET", [0xCF], "R R R R R R R R R TR"),
        FlagRow("JCXZ", [0xE3, 0], ". . . . . . . . . ."),
        FlagRow("JMP", [0xEB, 0], ". . . . . . . . . ."),
        FlagRow("LAHF", [0x9F], ". . . . . . . . . .", copies: true),
        FlagRow("LAR", [0x0F, 0x02, 0xC3], ". . M . . . . . . ."),
        FlagRow("LDS", [0xC5, 0x07], ". . . . . . . . . ."),
        FlagRow("LEA", [0x8D, 0x07], ". . . . . . . . . ."),
        FlagRow("LEAVE", [0xC9], ". . . . . . . . . ."),
        FlagRow("LGDT", [0x0F, 0x01, 0x17], ". . . . . . . . . ."),
        FlagRow("LMSW", [0x0F, 0x01, 0xF0], ". . . . . . . . . ."),
        FlagRow("LODS", [0xAD], ". . . . . . . . T ."),
        FlagRow("LOOP", [0xE2, 0], ". . . . . . . . . ."),
        FlagRow("LOOPE", [0xE1, 0], ". . T . . . . . . ."),
        FlagRow("LOOPNE", [0xE0, 0], ". . T . . . . . . ."),
        FlagRow("LSL", [0x0F, 0x03, 0xC3], ". . M . . . . . . ."),
        FlagRow("MOV", [0x89, 0xD8], ". . . . . . . . . ."),
        FlagRow("MOV from CR0", [0x0F, 0x20, 0xC0], "- - - - - - . . . ."),
        FlagRow("MOV to DR7", [0x0F, 0x23, 0xF8], "- - - - - - . . . ."),
        FlagRow("MOVS", [0xA5], ". . . . . . . . T ."),
        FlagRow("MOVZX", [0x0F, 0xB6, 0xC3], ". . . . . . . . . ."),
        FlagRow("MUL", [0xF7, 0xE3], "M - - - - M . . . ."),
        FlagRow("NEG", [0xF7, 0xDB], "M M M M M M . . . ."),
        FlagRow("NOT", [0xF7, 0xD3], ". . . . . . . . . ."),
        FlagRow("OR", [0x09, 0xD8], "0 M M - M 0 . . . ."),
        FlagRow("OUTS", [0x6F], ". . . . . . . . T ."),
        FlagRow("POP", [0x58], ". . . . . . . . . ."),
        FlagRow("POPF", [0x9D], "R R R R R R R R R R"),
        FlagRow("PUSHF", [0x9C], ". . . . . . . . . .", copies: true),
        FlagRow("RCL by 1", [0xD1, 0xD3], "M . . . . TM . . . ."),
        FlagRow("RCR by 5", [0xC1, 0xDB, 5], "- . . . . TM . . . ."),
        FlagRow("RDTSC", [0x0F, 0x31], ". . . . . . . . . ."),
        FlagRow("RET", [0xC3], ". . . . . . . . . ."),
        FlagRow("ROL by 1", [0xD1, 0xC3], "M . . . . M . . . ."),
        FlagRow("ROR by CL", [0xD3, 0xCB], "- . . . . M . . . ."),
        FlagRow("RSM", [0x0F, 0xAA], "M M M M M M M M M M"),
        FlagRow("SAHF", [0x9E], ". R R R R R . . . ."),
        FlagRow("SAR by 1", [0xD1, 0xFB], "M M M - M M . . . ."),
        FlagRow("SHL by 1", [0xD0, 0xE3], "M M M - M M . . . ."),
        FlagRow("SHR by 4", [0xC1, 0xEB, 4], "- M M - M M . . . ."),
        FlagRow("SAR by CL", [0xD3, 0xFB], "- M M - M M . . . ."),
        FlagRow("SBB", [0x19, 0xD8], "M M M M M TM . . . ."),
        FlagRow("SCAS", [0xAF], "M M M M M M . . T ."),
        FlagRow("SHLD", [0x0F, 0xA4, 0xC3, 4], "- M M - M M . . . ."),
        FlagRow("SHRD by CL", [0x0F, 0xAD, 0xC3], "- M M - M M . . . ."),
        FlagRow("STC", [0xF9], ". . . . . 1 . . . ."),
        FlagRow("STD", [0xFD], ". . . . . . . . 1 ."),
        FlagRow("STI", [0xFB], ". . . . . . . 1 . ."),
        FlagRow("STOS", [0xAB], ". . . . . . . . T ."),
        FlagRow("SUB", [0x29, 0xD8], "M M M M M M . . . ."),
        FlagRow("TEST", [0xA8, 1], "0 M M - M 0 . . . ."),
        FlagRow("VERR", [0x0F, 0x00, 0xE3], ". . M . . . . . . ."),
        FlagRow("VERW", [0x0F, 0x00, 0xEB], ". . M . . . . . . ."),
        FlagRow("WAIT", [0x9B], ". . . . . . . . . ."),
        FlagRow("XADD", [0x0F, 0xC1, 0xD8], "M M M M M M . . . ."),
        FlagRow("XCHG", [0x87, 0xD8], ". . . . . . . . . ."),
        FlagRow("XLAT", [0xD7], ". . . . . . . . . ."),
        FlagRow("XOR", [0x31, 0xD8], "0 M M - M 0 . . . ."),
    ]
}

@Suite("Explanation: flags")
struct ExplanationFlagTests {
    @Test(arguments: FlagRow.all)
    func flagsAreThoseOfTheManual(_ row: FlagRow) throws {
        let flags = try Explanation(row.bytes, at: 0, codeSize: row.size).flags

        let columns = row.columns.split(separator: " ")
        try #require(columns.count == FlagRow.flags.count)
        for (flag, column) in zip(FlagRow.flags, columns) {
            let name = "\(row.name) \(flag.text)"
            #expect(flags.modified.contains(flag) == (column.contains("M") || column.contains("R")), "\(name) modified")
            #expect(flags.cleared.contains(flag) == column.contains("0"), "\(name) cleared")
            #expect(flags.set.contains(flag) == column.contains("1"), "\(name) set")
            #expect(flags.undefined.contains(flag) == column.contains("-"), "\(name) undefined")
            if !row.copies { #expect(flags.read.contains(flag) == column.contains("T"), "\(name) read") }
        }
    }

    @Test func flagsThatAreCopiedAreRead() throws {
        #expect(try Explanation([0x9F], at: 0, codeSize: .bits32).flagsRead == [.SF, .ZF, .AF, .PF, .CF])
        #expect(try Explanation([0x9C], at: 0, codeSize: .bits32).flagsRead.isSuperset(of: [.OF, .IF, .ID, .AC, .CF]))
        #expect(try !Explanation([0x9C], at: 0, codeSize: .bits16).flagsRead.contains(.ID))
        #expect(try Explanation([0xCE], at: 0, codeSize: .bits32).flagsRead.contains(.OF))
    }

    /// SDM 1 appendix B.
    @Test(
        arguments: zip(
            0x70...0x7F,
            [
                "OF", "OF", "CF", "CF", "ZF", "ZF", "ZF CF", "ZF CF", "SF", "SF", "PF", "PF", "OF SF", "OF SF",
                "OF SF ZF",
                "OF SF ZF",
            ]))
    func conditionReadsItsFlags(_ opcode: Int, _ flags: String) throws {
        let short = UInt8(opcode)
        #expect(try Explanation([short, 0], at: 0, codeSize: .bits16).flagsRead.text == flags)
        #expect(try Explanation([0x0F, short + 0x20, 0xC0], at: 0, codeSize: .bits16).flagsRead.text == flags)
    }

    @Test func countOfZeroLeavesAllFlags() throws {
        let flags = try Explanation([0xC1, 0xE0, 0x20], at: 0, codeSize: .bits32).flags
        #expect(flags.written.isEmpty && flags.undefined.isEmpty && !flags.note.isEmpty)
    }

    /// SDM 2B, SAL/SAR/SHL/SHR: CF is undefined where the count is greater than or equal to the size; SHLD: greater.
    @Test func countOfTheSizeOrMoreLeavesCarryUndefined() throws {
        for count in [8, 9] as [UInt8] {
            let shift = try Explanation([0xC0, 0xE0, count], at: 0, codeSize: .bits32).flags
            #expect(shift.undefined == [.OF, .AF, .CF])
        }
        #expect(try Explanation([0xC0, 0xE0, 7], at: 0, codeSize: .bits32).flags.undefined == [.OF, .AF])
        #expect(try Explanation([0xC0, 0xF8, 9], at: 0, codeSize: .bits32).flags.undefined == [.OF, .AF])
        let double = try Explanation([0x0F, 0xA4, 0xC3, 17], at: 0, codeSize: .bits16).flags
        #expect(double.undefined == .status && double.written.isEmpty)
    }

    @Test func noOperationWritesAFlagInTwoWays() {
        for operation in Operation.allCases {
            let flags = OperationWords.of(operation).flags
            let parts = [flags.modified, flags.cleared, flags.set, flags.undefined]
            let count = parts.map(\.names.count).reduce(0, +)
            #expect(parts.reduce(into: FlagSet()) { $0.formUnion($1) }.names.count == count, "\(operation)")
        }
    }
}
