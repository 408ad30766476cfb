import Testing

@testable import X86ISA

@Suite("Decoder: forms")
struct DecoderFormTests {
    @Test func instructionIsAtMost64Bytes() {
        #expect(MemoryLayout<Instruction>.stride <= 64)
    }

    @Test func noEncodingHasTwoRows() {
        let table = InstructionTable.shared
        let rows = UnsafeBufferPointer(start: table.rows + 1, count: table.rowCount - 1)
        var seen: [Int: Operation] = [:]
        for row in rows {
            for opcode in row.first...row.last {
                for modRM: UInt8 in 0...255 where row.accepts(modRM: modRM) {
                    let key = Int(row.map) << 16 | Int(opcode) << 8 | Int(modRM)
                    #expect(seen[key] == nil, "map \(row.map) opcode \(opcode) ModRM \(modRM)")
                    seen[key] = row.operation
                }
            }
        }
    }
}
