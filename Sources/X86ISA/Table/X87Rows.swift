/// D8-DF as escapes: the memory operand with the size that the x87 reads or writes (SDM 2D A.5), and the register forms.
/// The x87's own operations replace these rows later.
enum X87Rows {
    static var all: [InstructionRow] {
        let sizes: [[OperandSpec]] = [
            [.Md, .Md, .Md, .Md, .Md, .Md, .Md, .Md],
            [.Md, .M, .Md, .Md, .Menv, .Mw, .Menv, .Mw],
            [.Md, .Md, .Md, .Md, .Md, .Md, .Md, .Md],
            [.Md, .Md, .Md, .Md, .M, .Mt, .M, .Mt],
            [.Mq, .Mq, .Mq, .Mq, .Mq, .Mq, .Mq, .Mq],
            [.Mq, .Mq, .Mq, .Mq, .Mstate, .M, .Mstate, .Mw],
            [.Mw, .Mw, .Mw, .Mw, .Mw, .Mw, .Mw, .Mw],
            [.Mw, .Mw, .Mw, .Mw, .Mt, .Mq, .Mt, .Mq],
        ]
        var rows: [InstructionRow] = []
        rows.reserveCapacity(72)
        for (number, row) in sizes.enumerated() {
            let opcode = 0xD8 &+ UInt8(truncatingIfNeeded: number)
            for (reg, spec) in row.enumerated() {
                rows.append(
                    InstructionRow(opcode, reg: UInt8(truncatingIfNeeded: reg), form: .memory, .escape, spec))
            }
            rows.append(InstructionRow(opcode, form: .register, .escape))
        }
        return rows
    }
}
