import Testing

@testable import X86ISA

@Suite("Disassembler")
struct DisassemblerTests {
    let intel = Disassembler()

    @Test func intelTextIsDestinationFirst() {
        let line = intel.line([0x8B, 0x47, 0x02], at: 0, codeSize: .bits16)
        #expect(line.text == "mov ax,WORD PTR [bx+0x2]")
        #expect(line.length == 3)
    }

    @Test func attTextIsDestinationLast() {
        let line = Disassembler(syntax: .att).line([0x8B, 0x47, 0x02], at: 0, codeSize: .bits16)
        #expect(line.text == "mov 0x2(%bx),%ax")
    }

    @Test func oneByteIsAnotherInstructionIn16And32BitCode() {
        #expect(intel.line([0xB8, 1, 2, 3, 4], at: 0, codeSize: .bits16).text == "mov ax,0x201")
        #expect(intel.line([0xB8, 1, 2, 3, 4], at: 0, codeSize: .bits32).text == "mov eax,0x4030201")
    }

    @Test func sixteenBitJumpStaysInItsSegment() {
        #expect(intel.line([0xEB, 0x10], at: 0xFFF8, codeSize: .bits16).text == "jmp 0xa")
        #expect(intel.line([0xEB, 0x10], at: 0xF_FFF8, codeSize: .bits16).text == "jmp 0xf000a")
        #expect(intel.line([0xEB, 0x10], at: 0xFFF8, codeSize: .bits32).text == "jmp 0x1000a")
    }

    @Test func thirtyTwoBitJumpStaysBelow4GiB() {
        #expect(intel.line([0xEB, 0x10], at: 0xFFFF_FFF8, codeSize: .bits32).text == "jmp 0xa")
    }

    @Test func undefinedBytesAreBadWithTheReason() {
        let line = intel.line([0x66, 0x0F, 0x04, 0x00], at: 0, codeSize: .bits16)
        #expect(line.text == "data32 (bad)")
        #expect(line.length == 3)
        #expect(line.error == .undefinedOpcode)
        #expect(line.instruction == nil)
    }

    @Test func truncatedBytesAreBadAndGiveTheirCount() {
        let line = intel.line([0xB8, 0x01], at: 0, codeSize: .bits16)
        #expect(line.text == "(bad)")
        #expect(line.length == 1)
        #expect(line.error == .truncated)
        #expect(intel.line([0x0F], at: 0, codeSize: .bits16).length == 1)
        #expect(intel.line([0x66, 0x66], at: 0, codeSize: .bits16).length == 2)
    }

    @Test func noBytesHaveNoLength() {
        let line = intel.line([], at: 0, codeSize: .bits16)
        #expect(line.length == 0)
        #expect(line.error == .truncated)
    }

    @Test func anyBytesGiveALineOfAtMostFifteenBytes() {
        var state: UInt64 = 0x1234_5678_9ABC_DEF1
        var wrong: [String] = []
        for _ in 0..<200_000 {
            var bytes: [UInt8] = []
            for _ in 0..<16 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes.append(UInt8(truncatingIfNeeded: state >> 32))
            }
            let size: CodeSize = state & 1 == 0 ? .bits16 : .bits32
            let line = Disassembler(syntax: state & 2 == 0 ? .intel : .att).line(bytes, at: state, codeSize: size)
            if !(1...15).contains(line.length) || line.text.isEmpty || line.text.hasSuffix(" ") {
                wrong.append(line.text)
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }
}
