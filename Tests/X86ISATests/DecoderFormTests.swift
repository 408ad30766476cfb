import Testing

@testable import X86ISA

/// One encoding and what must come out of it, by the manuals' tables.
struct FormCase: Sendable, CustomTestStringConvertible {
    var size: CodeSize
    var bytes: [UInt8]
    var operation: Operation
    var operands: [Operand]
    var check: @Sendable (Instruction) -> Bool

    init(
        _ size: CodeSize, _ bytes: [UInt8], _ operation: Operation, _ operands: [Operand] = [],
        _ check: @escaping @Sendable (Instruction) -> Bool = { _ in true }
    ) {
        self.size = size
        self.bytes = bytes
        self.operation = operation
        self.operands = operands
        self.check = check
    }

    var testDescription: String {
        "\(size) " + bytes.map { String($0, radix: 16) }.joined(separator: " ") + " \(operation)"
    }
}

func register(_ size: UInt8, _ number: UInt8) -> Operand { Operand(.register, size: size, number: number) }
func memory(_ size: UInt8) -> Operand { Operand(.memory, size: size) }
func immediate(_ size: UInt8) -> Operand { Operand(.immediate, size: size) }

func xmm(_ number: UInt8) -> Operand { Operand(.xmmRegister, size: 16, number: number) }
func ymm(_ number: UInt8) -> Operand { Operand(.ymmRegister, size: 32, number: number) }

@Suite("Decoder: forms")
struct DecoderFormTests {
    static let cases: [FormCase] = [
        // ALU and immediates
        FormCase(.bits16, [0x00, 0xD8], .add, [register(1, 0), register(1, 3)]) { $0.operandSize == 1 },
        FormCase(.bits16, [0x01, 0xD8], .add, [register(2, 0), register(2, 3)]) { $0.operandSize == 2 },
        FormCase(.bits32, [0x01, 0xD8], .add, [register(4, 0), register(4, 3)]) { $0.operandSize == 4 },
        FormCase(.bits32, [0x66, 0x03, 0xD8], .add, [register(2, 3), register(2, 0)]) { $0.operandSize == 2 },
        FormCase(.bits16, [0x66, 0x05, 1, 2, 3, 0x84], .add, [register(4, 0), immediate(4)]) {
            $0.immediate == 0x8403_0201
        },
        FormCase(.bits16, [0x83, 0xC3, 0xFE], .add, [register(2, 3), immediate(2)]) {
            $0.immediate == 0xFFFF_FFFF_FFFF_FFFE
        },
        FormCase(.bits16, [0x82, 0xC8, 0xFE], .or, [register(1, 0), immediate(1)]) { $0.immediate == 0xFE },
        FormCase(.bits16, [0xF7, 0xC9, 0x34, 0x12], .test, [register(2, 1), immediate(2)]) { $0.immediate == 0x1234 },
        FormCase(.bits16, [0xF6, 0xE9], .imul, [register(1, 1)]) { $0.operandSize == 1 },
        FormCase(.bits16, [0x69, 0xC3, 0, 0x80], .imul3, [register(2, 0), register(2, 3), immediate(2)]) {
            $0.immediate == 0xFFFF_FFFF_FFFF_8000
        },
        FormCase(.bits32, [0x6B, 0xC3, 0x7F], .imul3, [register(4, 0), register(4, 3), immediate(4)]),
        FormCase(.bits32, [0x0F, 0xAF, 0xC3], .imul2, [register(4, 0), register(4, 3)]),
        FormCase(.bits16, [0xD1, 0xF0], .sal, [register(2, 0), Operand(.one, size: 1)]),
        FormCase(.bits16, [0xD2, 0xE0], .shl, [register(1, 0), register(1, 1)]) { $0.operandSize == 1 },
        FormCase(.bits16, [0xD3, 0xE0], .shl, [register(2, 0), register(1, 1)]) { $0.operandSize == 2 },
        FormCase(.bits16, [0xC1, 0xE8, 0x21], .shr, [register(2, 0), immediate(1)]) { $0.immediate == 0x21 },
        FormCase(.bits32, [0x0F, 0xA4, 0xC8, 4], .shld, [register(4, 0), register(4, 1), immediate(1)]),
        // 16-bit addresses
        FormCase(.bits16, [0x8B, 0x02], .mov, [register(2, 0), memory(2)]) {
            $0.base == 5 && $0.index == 6 && $0.scale == 0 && $0.segment == .ss && $0.displacement == 0
        },
        FormCase(.bits16, [0x8B, 0x01], .mov, [register(2, 0), memory(2)]) {
            $0.base == 3 && $0.index == 7 && $0.segment == .ds
        },
        FormCase(.bits16, [0x8B, 0x06, 0xF0, 0xFF], .mov, [register(2, 0), memory(2)]) {
            $0.base == Instruction.noRegister && $0.displacement == 0xFFF0 && $0.segment == .ds && $0.length == 4
        },
        FormCase(.bits16, [0x8B, 0x46, 0xF0], .mov, [register(2, 0), memory(2)]) {
            $0.base == 5 && $0.index == Instruction.noRegister && $0.displacement == -16 && $0.segment == .ss
        },
        FormCase(.bits16, [0x8B, 0x84, 0xF0, 0xFF], .mov, [register(2, 0), memory(2)]) {
            $0.base == 6 && $0.displacement == -16 && $0.segment == .ds
        },
        FormCase(.bits16, [0x26, 0x3E, 0x8B, 0x46, 0], .mov, [register(2, 0), memory(2)]) { $0.segment == .ds },
        // 32-bit addresses
        FormCase(.bits32, [0x8B, 0x04, 0x8D, 0, 0, 0, 0x80], .mov, [register(4, 0), memory(4)]) {
            $0.base == Instruction.noRegister && $0.index == 1 && $0.scale == 2 && $0.displacement == -0x8000_0000
                && $0.segment == .ds
        },
        FormCase(.bits32, [0x8B, 0x05, 0, 0, 0, 0x80], .mov, [register(4, 0), memory(4)]) {
            $0.base == Instruction.noRegister && $0.displacement == 0x8000_0000
        },
        FormCase(.bits32, [0x8B, 0x44, 0x24, 0xFC], .mov, [register(4, 0), memory(4)]) {
            $0.base == 4 && $0.index == Instruction.noRegister && $0.displacement == -4 && $0.segment == .ss
        },
        FormCase(.bits32, [0x8B, 0x44, 0x28, 0xFC], .mov, [register(4, 0), memory(4)]) {
            $0.base == 0 && $0.index == 5 && $0.segment == .ds
        },
        FormCase(.bits16, [0x67, 0x8B, 0x45, 1], .mov, [register(2, 0), memory(2)]) {
            $0.base == 5 && $0.addressSize == 4 && $0.segment == .ss
        },
        FormCase(.bits32, [0x67, 0xA1, 0xFE, 0xFF], .mov, [register(4, 0), memory(4)]) {
            $0.displacement == 0xFFFE && $0.addressSize == 2 && $0.length == 4
        },
        FormCase(.bits32, [0xA2, 0xFE, 0xFF, 0xFF, 0xFF], .mov, [memory(1), register(1, 0)]) {
            $0.displacement == 0xFFFF_FFFE && $0.operandSize == 1
        },
        // Control transfer
        FormCase(.bits16, [0x74, 0xFE], .jcc, [Operand(.relative, size: 2)]) {
            $0.condition == 4 && Int64(bitPattern: $0.immediate) == -2
        },
        FormCase(.bits32, [0x0F, 0x8F, 0xFE, 0xFF, 0xFF, 0xFF], .jcc, [Operand(.relative, size: 4)]) {
            $0.condition == 15 && Int64(bitPattern: $0.immediate) == -2
        },
        FormCase(.bits16, [0xEA, 0x34, 0x12, 0x78, 0x56], .jmpFar, [Operand(.farPointer, size: 4)]) {
            $0.immediate == 0x1234 && $0.immediate2 == 0x5678
        },
        FormCase(.bits32, [0x9A, 1, 2, 3, 0x84, 8, 0], .callFar, [Operand(.farPointer, size: 6)]) {
            $0.immediate == 0x8403_0201 && $0.immediate2 == 8
        },
        FormCase(.bits32, [0xFF, 0x2F], .jmpFar, [memory(6)]),
        FormCase(.bits16, [0xFF, 0x1F], .callFar, [memory(4)]),
        FormCase(.bits16, [0xFF, 0xE0], .jmpIndirect, [register(2, 0)]),
        FormCase(.bits16, [0xC8, 0x34, 0x12, 3], .enter, [immediate(2), Operand(.immediate2, size: 1)]) {
            $0.immediate == 0x1234 && $0.immediate2 == 3
        },
        FormCase(.bits16, [0xCD, 0x80], .int, [immediate(1)]) { $0.immediate == 0x80 },
        FormCase(.bits16, [0xC2, 4, 0x80], .ret, [immediate(2)]) { $0.immediate == 0x8004 },
        // Strings and ports
        FormCase(
            .bits16, [0x2E, 0xF2, 0xF3, 0xA5], .movs,
            [
                Operand(.stringDestination, size: 2), Operand(.stringSource, size: 2),
            ]
        ) { $0.segment == .cs && $0.prefixes == [.rep, .segment] },
        FormCase(.bits16, [0xF3, 0xF2, 0xAE], .scas, [register(1, 0), Operand(.stringDestination, size: 1)]) {
            $0.prefixes == .repne && $0.operandSize == 1
        },
        FormCase(.bits32, [0x66, 0x6F], .outs, [register(2, 2), Operand(.stringSource, size: 2)]),
        FormCase(.bits32, [0xE5, 0x80], .in, [register(4, 0), immediate(1)]) { $0.immediate == 0x80 },
        FormCase(.bits16, [0xEE], .out, [register(2, 2), register(1, 0)]) { $0.operandSize == 1 },
        FormCase(.bits16, [0xD7], .xlat, [memory(1)]) { $0.base == 3 && $0.segment == .ds },
        // System
        FormCase(
            .bits16, [0x8C, 0xD8], .movSegmentStore,
            [
                register(2, 0), Operand(.segmentRegister, size: 2, number: 3),
            ]),
        FormCase(.bits32, [0x8C, 0x18], .movSegmentStore, [memory(2), Operand(.segmentRegister, size: 2, number: 3)]),
        FormCase(
            .bits32, [0x8E, 0xD0], .movSegmentLoad,
            [
                Operand(.segmentRegister, size: 2, number: 2), register(2, 0),
            ]),
        FormCase(
            .bits16, [0x0F, 0x20, 0x03], .movControlStore,
            [
                register(4, 3), Operand(.controlRegister, size: 4, number: 0),
            ]
        ) { $0.length == 3 && $0.operandSize == 4 },
        FormCase(
            .bits16, [0x0F, 0x22, 0xE1], .movControlLoad,
            [
                Operand(.controlRegister, size: 4, number: 4), register(4, 1),
            ]),
        FormCase(.bits16, [0x66, 0x0F, 0x01, 0x16, 0, 0x7C], .lgdt, [memory(6)]) { $0.operandSize == 4 },
        FormCase(.bits32, [0x0F, 0xC7, 0x08], .cmpxchg8b, [memory(8)]),
        FormCase(.bits16, [0x62, 0x07], .bound, [register(2, 0), memory(4)]),
        FormCase(.bits16, [0x90], .nop),
        FormCase(.bits16, [0xF3, 0x90], .nop),
        FormCase(.bits16, [0x93], .xchg, [register(2, 3), register(2, 0)]),
        FormCase(.bits16, [0x98], .cbw) { $0.operandSize == 2 },
        FormCase(.bits16, [0x66, 0x99], .cwd) { $0.operandSize == 4 },
        FormCase(.bits32, [0x0F, 0xB7, 0xC1], .movzx, [register(4, 0), register(2, 1)]),
        FormCase(.bits32, [0x0F, 0x95, 0xC4], .setcc, [register(1, 4)]) { $0.condition == 5 && $0.operandSize == 1 },
        FormCase(.bits16, [0xD9, 0x2E, 0, 1], .fldcw, [memory(2)]) { $0.opcode == 0xD9 && $0.isX87 },
        FormCase(.bits16, [0xDF, 0xE0], .fnstsw, [register(2, 0)]) { $0.length == 2 && $0.modRM == 0xE0 },
        FormCase(.bits16, [0xD9, 0xD1], .escape) { $0.isX87 },
        // 64-bit code
        FormCase(.bits64, [0x48, 0x89, 0xD8], .mov, [register(8, 0), register(8, 3)]) { $0.operandSize == 8 },
        FormCase(.bits64, [0x40, 0x88, 0xE0], .mov, [register(1, 0), register(1, 4)]) { $0.prefixes.contains(.rex) },
        FormCase(.bits64, [0x48, 0x66, 0x89, 0xD8], .mov, [register(2, 0), register(2, 3)]),
        FormCase(.bits64, [0x66, 0x48, 0x89, 0xD8], .mov, [register(8, 0), register(8, 3)]),
        FormCase(.bits64, [0x49, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8], .mov, [register(8, 8), immediate(8)]) {
            $0.immediate == 0x0807_0605_0403_0201
        },
        FormCase(.bits64, [0x8B, 0x05, 0xFE, 0xFF, 0xFF, 0xFF], .mov, [register(4, 0), memory(4)]) {
            $0.base == Instruction.instructionPointer && $0.displacement == -2 && $0.addressSize == 8
        },
        FormCase(.bits64, [0x2E, 0x4B, 0x8B, 0x44, 0xE5, 0x10], .mov, [register(8, 0), memory(8)]) {
            $0.base == 13 && $0.index == 12 && $0.scale == 3 && $0.segment == .ds && $0.displacement == 16
        },
        FormCase(.bits64, [0x64, 0x2E, 0x8B, 0x04, 0x24], .mov, [register(4, 0), memory(4)]) { $0.segment == .fs },
        FormCase(.bits64, [0x66, 0xE8, 0, 0, 0, 0x80], .call, [Operand(.relative, size: 8)]) { $0.length == 6 },
        FormCase(.bits64, [0x41, 0x90], .xchg, [register(4, 8), register(4, 0)]),
        FormCase(.bits64, [0x63, 0xC1], .movsxd, [register(4, 0), register(4, 1)]),
        FormCase(
            .bits64, [0x44, 0x0F, 0x22, 0xC0], .movControlLoad,
            [Operand(.controlRegister, size: 8, number: 8), register(8, 0)]),
        // Vectors
        FormCase(.bits32, [0x0F, 0x58, 0xC1], .addps, [xmm(0), xmm(1)]) { $0.feature == .sse && $0.vectorLength == 0 },
        FormCase(.bits32, [0xF3, 0x0F, 0x58, 0x00], .addss, [xmm(0), memory(4)]),
        FormCase(.bits32, [0xC5, 0xF4, 0x58, 0x00], .addps, [ymm(0), ymm(1), memory(32)]) {
            $0.feature == .avx && $0.vectorLength == 32
        },
        FormCase(.bits32, [0xC5, 0x00], .lds, [register(4, 0), memory(6)]),
        FormCase(.bits64, [0x66, 0x41, 0x0F, 0x38, 0x22, 0x00], .pmovsxbq, [xmm(0), memory(2)]) { $0.base == 8 },
        FormCase(.bits64, [0xC4, 0x42, 0xFD, 0x22, 0xC1], .pmovsxbq, [ymm(8), xmm(9)]) { $0.feature == .avx2 },
        FormCase(.bits64, [0xC4, 0xE3, 0x71, 0x4A, 0xC2, 0xF0], .blendvps, [xmm(0), xmm(1), xmm(2), xmm(15)]),
        FormCase(.bits64, [0xC4, 0xA2, 0x6D, 0x92, 0x04, 0xA8], .vgatherdps, [ymm(0), memory(4), ymm(2)]) {
            $0.hasVectorIndex && $0.index == 13 && $0.vectorIndexSize == 32 && $0.base == 0
        },
        FormCase(.bits64, [0x66, 0x48, 0x0F, 0x6E, 0xC0], .movq, [xmm(0), register(8, 0)]),
        FormCase(.bits32, [0x0F, 0x60, 0x00], .punpcklbw, [Operand(.mmxRegister, size: 8), memory(4)]),
        FormCase(.bits16, [0xF0, 0x87, 0x07], .xchg, [memory(2), register(2, 0)]) { $0.prefixes == .lock },
    ]

    @Test(arguments: cases)
    func encodingGivesOperationAndOperands(_ form: FormCase) throws {
        let instruction = try Decoder(form.size).decode(form.bytes)

        #expect(instruction.operation == form.operation)
        let operands = [instruction.operand0, instruction.operand1, instruction.operand2, instruction.operand3]
        #expect(operands == form.operands + Array(repeating: .none, count: 4 - form.operands.count))
        #expect(Int(instruction.length) == form.bytes.count)
        #expect(form.check(instruction), "\(instruction)")
    }

    @Test func instructionIsAtMost64Bytes() {
        #expect(MemoryLayout<Instruction>.stride <= 64)
    }

    /// But for a row that needs fewer prefixes than another, which then counts.
    @Test func noEncodingHasTwoRows() {
        struct Key: Hashable {
            var row: UInt32
            var modRM: UInt8
        }
        let table = InstructionTable.shared
        let rows = UnsafeBufferPointer(start: table.rows + 1, count: table.rowCount - 1)
        var seen: [Key: [InstructionRow]] = [:]
        for row in rows {
            for opcode in row.first...row.last {
                for modRM: UInt8 in 0...255 where row.accepts(modRM: modRM) && (modRM >= 0xC0 || modRM & 7 == 0) {
                    let key = Key(row: UInt32(row.map) << 8 | UInt32(opcode), modRM: modRM)
                    for other in seen[key] ?? [] {
                        let isSame =
                            !row.modes.isDisjoint(with: other.modes) && !row.prefixes.isDisjoint(with: other.prefixes)
                            && !row.widths.isDisjoint(with: other.widths)
                            && row.prefixes.rawValue.nonzeroBitCount == other.prefixes.rawValue.nonzeroBitCount
                        #expect(!isSame, "map \(row.map) opcode \(opcode) ModRM \(modRM): \(row.operation)")
                    }
                    seen[key, default: []].append(row)
                }
            }
        }
    }
}
