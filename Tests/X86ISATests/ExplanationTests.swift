import Testing

@testable import X86ISA

/// One encoding and its sentence.
struct SentenceCase: Sendable, CustomTestStringConvertible {
    var size: CodeSize
    var bytes: [UInt8]
    var sentence: String
    var testDescription: String { sentence }

    init(_ size: CodeSize, _ bytes: [UInt8], _ sentence: String) {
        self.size = size
        self.bytes = bytes
        self.sentence = sentence
    }
}

@Suite("Explanation")
struct ExplanationTests {
    func explain(_ bytes: [UInt8], _ size: CodeSize = .bits16) throws -> Explanation {
        try Explanation(bytes, at: 0x7C00, codeSize: size)
    }

    @Test func everyOperationHasItsWordsOnce() {
        let described = OperationWords.lists.joined().map(\.operation)
        #expect(Set(described) == Set(Operation.allCases).subtracting([.invalid]))
        #expect(described.count == Set(described).count)
    }

    @Test(
        arguments: [
            SentenceCase(.bits16, [0x89, 0x07], "Copies ax to the word at ds:[bx]."),
            SentenceCase(.bits16, [0x26, 0x8A, 0x46, 0xFE], "Copies the byte at es:[bp-0x2] to al."),
            SentenceCase(.bits16, [0x03, 0x46, 0x02], "Adds the word at ss:[bp+0x2] to ax."),
            SentenceCase(.bits32, [0x31, 0xC0], "Sets eax to 0."),
            SentenceCase(.bits32, [0x31, 0xC8], "Flips in eax the bits that are set in ecx (XOR)."),
            SentenceCase(
                .bits16, [0xF6, 0xF3], "Divides ax by bl without sign: the quotient goes to al, the remainder to ah."),
            SentenceCase(.bits32, [0xF7, 0xE3], "Multiplies eax by ebx without sign, into edx:eax."),
            SentenceCase(.bits16, [0x74, 0xFE], "Jumps to 0x7c00 if ZF is set (equal)."),
            SentenceCase(.bits16, [0x98], "Extends al with its sign to ax."),
            SentenceCase(.bits32, [0x99], "Fills edx with the sign of eax."),
            SentenceCase(.bits16, [0xD1, 0xE8], "Shifts ax right by 1 bit; zeros come in, CF gets the last bit out."),
            SentenceCase(
                .bits16, [0x67, 0xF3, 0xAA],
                "Repeats, subtracting 1 from ecx each time, until ecx is 0: "
                    + "copies al to the byte at es:[edi], and moves edi on by 1."
            ),
            SentenceCase(
                .bits16, [0xF2, 0xAE],
                "Repeats, subtracting 1 from cx each time, until cx is 0, or when ZF is set (equal): "
                    + "compares al with the byte at es:[di], and moves di on by 1."
            ),
            SentenceCase(
                .bits16, [0xC2, 4, 0], "Pops the offset of the next instruction, then drops 0x4 bytes of the stack."),
            SentenceCase(.bits16, [0xE6, 0x43], "Writes al to port 0x43."),
            SentenceCase(.bits16, [0x8D, 0x40, 0x10], "Puts the offset [bx+si+0x10] into ax; memory is not read."),
            SentenceCase(
                .bits16, [0xF0, 0xFF, 0x07], "Adds 1 to the word at ds:[bx]. No other bus access comes between."),
            SentenceCase(.bits16, [0xD7], "Loads al with the byte at ds:[bx] plus al."),
            SentenceCase(.bits32, [0xD8, 0xC1], "Adds st(1) to st."),
            SentenceCase(
                .bits16, [0x8E, 0xD0],
                "Loads ss with the selector in ax, and the hidden part that goes with it. "
                    + "Interrupts wait until the next instruction is done."
            ),
        ])
    func sentenceNamesOperandsAndEffect(_ example: SentenceCase) throws {
        #expect(try explain(example.bytes, example.size).sentence == example.sentence)
    }

    /// All golden encodings: fields without gaps, sentences without open places.
    @Test func everyGoldenInstructionIsExplained() throws {
        var wrong: [String] = []
        var count = 0
        for file in GoldenFile.all where file.syntax == .intel {
            for golden in try file.lines() {
                guard
                    let explanation = try? Explanation(golden.bytes, at: golden.address, codeSize: file.size)
                else { continue }
                count += 1
                let length = Int(explanation.instruction.length)
                let joined = explanation.fields.flatMap(\.bytes)
                var offset = 0
                var isGapless = true
                for field in explanation.fields {
                    if field.offset != offset || field.bytes.isEmpty || field.text.isEmpty && field.kind != .modRM {
                        isGapless = false
                    }
                    offset += field.bytes.count
                }
                let sentence = explanation.sentence
                let isWhole = sentence.hasSuffix(".") && !sentence.contains("{") && !sentence.contains("  ")
                if !isGapless || joined != Array(golden.bytes.prefix(length)) || !isWhole {
                    wrong.append("\(explanation.text): \(sentence) \(explanation.fields)")
                }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(5))")
        #expect(count > 20_000)
    }

    @Test func fieldsOfAnEncodingWithAllParts() throws {
        let explanation = try explain([0x66, 0x26, 0x67, 0x81, 0x84, 0x9D, 1, 2, 3, 4, 5, 6, 7, 8], .bits16)
        let kinds: [InstructionField.Kind] = [
            .prefix, .prefix, .prefix, .opcode, .modRM, .sib, .displacement, .immediate,
        ]
        #expect(explanation.fields.map(\.kind) == kinds)
        #expect(explanation.fields.map(\.offset) == [0, 1, 2, 3, 4, 5, 6, 10])
        #expect(
            explanation.fields.map(\.text) == [
                "operand size 32 bits", "segment es", "address size 32 bits", "group, told apart by ModRM.reg",
                "mod 10, reg 000 (add), rm 100 (SIB follows)",
                "scale 10 (times 4), index 011 (ebx), base 101 (ebp)", "0x4030201", "0x8070605",
            ])
    }

    @Test func fieldsOfFarPointerAreOffsetAndSelector() throws {
        let fields = try explain([0xEA, 0x00, 0x7C, 0x00, 0xF0]).fields
        #expect(fields.map(\.text) == ["jmp", "offset 0x7c00", "selector 0xf000"])
        #expect(fields.map(\.bytes.count) == [1, 2, 2])
    }

    @Test func prefixThatALaterOneReplacesIsNamed() throws {
        let fields = try explain([0x26, 0x2E, 0x8B, 0x07]).fields
        #expect(fields[0].text == "no effect: a later prefix of its kind counts")
        #expect(fields[1].text == "segment cs")
    }

    @Test func prefixWithoutEffectIsNamed() throws {
        #expect(try explain([0x26, 0x90]).fields[0].text == "segment es, without effect here")
        #expect(try explain([0xF3, 0x89, 0xD8]).fields[0].text == "REP, without effect here")
    }

    @Test func operandsHaveTheirAccess() throws {
        func accesses(_ bytes: [UInt8]) throws -> [String] {
            try explain(bytes).operands.map { "\($0.text) \($0.access.rawValue)" }
        }
        #expect(try accesses([0x01, 0xD8]) == ["ax read and write", "bx read"])
        #expect(try accesses([0x39, 0x07]) == ["word at ds:[bx] read", "ax read"])
        #expect(try accesses([0x89, 0xD8]) == ["ax write", "bx read"])
        #expect(try accesses([0x87, 0x07]) == ["word at ds:[bx] read and write", "ax read and write"])
        #expect(try accesses([0x8D, 0x07]) == ["ax write", "memory at [bx] address"])
        #expect(try accesses([0xDD, 0x1F]) == ["quadword at ds:[bx] write"])
    }

    @Test func implicitRegistersAreOperandsToo() throws {
        func implicit(_ bytes: [UInt8], _ size: CodeSize = .bits16) throws -> [String] {
            try explain(bytes, size).operands.filter(\.isImplicit).map { "\($0.text) \($0.access.rawValue)" }
        }
        #expect(try implicit([0xF7, 0xF3]) == ["ax read and write", "dx read and write"])
        #expect(try implicit([0xF6, 0xE3]) == ["al read", "ax write"])
        #expect(
            try implicit([0xF3, 0xA5], .bits32) == ["esi read and write", "edi read and write", "ecx read and write"])
        #expect(try implicit([0xA5]) == ["si read and write", "di read and write"])
        #expect(try implicit([0xE2, 0]) == ["cx read and write"])
        #expect(try implicit([0x89, 0xD8]).isEmpty)
    }

    @Test func undefinedBytesAreNotExplained() {
        #expect(throws: DecodeError.undefinedOpcode) { try explain([0x0F, 0x04]) }
    }
}
