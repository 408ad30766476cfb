/// D8-DF: the operations of the x87 (SDM 2D A.5), with the aliases that the manual leaves out and all processors have. What is
/// reserved has a row, too: an escape that the CPU checks CR0.EM and CR0.TS for.
enum X87Rows {
    static var all: [InstructionRow] { memory + stack + single + reserved }

    private static func row(
        _ opcode: UInt8, _ reg: Int, _ rm: Int? = nil, form: ModRMForm, _ operation: Operation,
        _ operand0: OperandSpec = .none, _ operand1: OperandSpec = .none, _ feature: Feature = .x87
    ) -> InstructionRow {
        InstructionRow(
            map: 0, opcode...opcode, reg: UInt8(truncatingIfNeeded: reg), rm: rm.map { UInt8(truncatingIfNeeded: $0) },
            form: form, feature: feature, operation, operand0, operand1)
    }

    /// The eight operations of D8 and its like, in the order of ModRM.reg.
    private static let arithmetic: [Operation] = [.fadd, .fmul, .fcom, .fcomp, .fsub, .fsubr, .fdiv, .fdivr]
    private static let integers: [Operation] = [.fiadd, .fimul, .ficom, .ficomp, .fisub, .fisubr, .fidiv, .fidivr]

    private static var memory: [InstructionRow] {
        var rows: [InstructionRow] = []
        for reg in 0..<8 {
            rows.append(row(0xD8, reg, form: .memory, arithmetic[reg], .Md))
            rows.append(row(0xDA, reg, form: .memory, integers[reg], .Md))
            rows.append(row(0xDC, reg, form: .memory, arithmetic[reg], .Mq))
            rows.append(row(0xDE, reg, form: .memory, integers[reg], .Mw))
        }
        let others: [(UInt8, Int, Operation, OperandSpec, Feature)] = [
            (0xD9, 0, .fld, .Md, .x87), (0xD9, 2, .fst, .Md, .x87), (0xD9, 3, .fstp, .Md, .x87),
            (0xD9, 4, .fldenv, .Menv, .x87), (0xD9, 5, .fldcw, .Mw, .x87), (0xD9, 6, .fnstenv, .Menv, .x87),
            (0xD9, 7, .fnstcw, .Mw, .x87),
            (0xDB, 0, .fild, .Md, .x87), (0xDB, 1, .fisttp, .Md, .fisttp), (0xDB, 2, .fist, .Md, .x87),
            (0xDB, 3, .fistp, .Md, .x87), (0xDB, 5, .fld, .Mt, .x87), (0xDB, 7, .fstp, .Mt, .x87),
            (0xDD, 0, .fld, .Mq, .x87), (0xDD, 1, .fisttp, .Mq, .fisttp), (0xDD, 2, .fst, .Mq, .x87),
            (0xDD, 3, .fstp, .Mq, .x87), (0xDD, 4, .frstor, .Mstate, .x87), (0xDD, 6, .fnsave, .Mstate, .x87),
            (0xDD, 7, .fnstsw, .Mw, .x87),
            (0xDF, 0, .fild, .Mw, .x87), (0xDF, 1, .fisttp, .Mw, .fisttp), (0xDF, 2, .fist, .Mw, .x87),
            (0xDF, 3, .fistp, .Mw, .x87), (0xDF, 4, .fbld, .Mt, .x87), (0xDF, 5, .fild, .Mq, .x87),
            (0xDF, 6, .fbstp, .Mt, .x87), (0xDF, 7, .fistp, .Mq, .x87),
        ]
        return rows + others.map { row($0.0, $0.1, form: .memory, $0.2, $0.3, .none, $0.4) }
    }

    /// Register forms with st(i). DC /2 /3, DD /1, DE /2, DF /1 /2 /3 and D9 /3 are aliases.
    private static var stack: [InstructionRow] {
        var rows: [InstructionRow] = []
        let reversed: [Int: Operation] = [0: .fadd, 1: .fmul, 4: .fsubr, 5: .fsub, 6: .fdivr, 7: .fdiv]
        let popped: [Int: Operation] = [0: .faddp, 1: .fmulp, 4: .fsubrp, 5: .fsubp, 6: .fdivrp, 7: .fdivp]
        for reg in 0..<8 {
            if reg == 2 || reg == 3 {
                rows.append(row(0xD8, reg, form: .register, arithmetic[reg], .STi))
                rows.append(row(0xDC, reg, form: .register, arithmetic[reg], .STi))
            } else {
                rows.append(row(0xD8, reg, form: .register, arithmetic[reg], .ST0, .STi))
            }
            if let operation = reversed[reg] { rows.append(row(0xDC, reg, form: .register, operation, .STi, .ST0)) }
            if let operation = popped[reg] { rows.append(row(0xDE, reg, form: .register, operation, .STi, .ST0)) }
        }
        let moves: [Operation] = [.fcmovb, .fcmove, .fcmovbe, .fcmovu, .fcmovnb, .fcmovne, .fcmovnbe, .fcmovnu]
        for reg in 0..<4 {
            rows.append(row(0xDA, reg, form: .register, moves[reg], .ST0, .STi, .fcmov))
            rows.append(row(0xDB, reg, form: .register, moves[reg + 4], .ST0, .STi, .fcmov))
        }
        let others: [(UInt8, Int, Operation, Feature)] = [
            (0xD9, 0, .fld, .x87), (0xD9, 1, .fxch, .x87), (0xD9, 3, .fstp, .x87), (0xDD, 0, .ffree, .x87),
            (0xDD, 1, .fxch, .x87), (0xDD, 2, .fst, .x87), (0xDD, 3, .fstp, .x87), (0xDD, 4, .fucom, .i80387),
            (0xDD, 5, .fucomp, .i80387), (0xDE, 2, .fcomp, .x87), (0xDF, 0, .ffreep, .x87), (0xDF, 1, .fxch, .x87),
            (0xDF, 2, .fstp, .x87), (0xDF, 3, .fstp, .x87),
        ]
        rows += others.map { row($0.0, $0.1, form: .register, $0.2, .STi, .none, $0.3) }
        let compared: [(UInt8, Int, Operation)] = [
            (0xDB, 5, .fucomi), (0xDB, 6, .fcomi), (0xDF, 5, .fucomip), (0xDF, 6, .fcomip),
        ]
        return rows + compared.map { row($0.0, $0.1, form: .register, $0.2, .ST0, .STi, .fcmov) }
    }

    /// Register forms of one ModRM byte.
    private static var single: [InstructionRow] {
        let operations: [(UInt8, Operation, Feature)] = [
            (0xD0, .fnop, .x87), (0xE0, .fchs, .x87), (0xE1, .fabs, .x87), (0xE4, .ftst, .x87), (0xE5, .fxam, .x87),
            (0xE8, .fld1, .x87), (0xE9, .fldl2t, .x87), (0xEA, .fldl2e, .x87), (0xEB, .fldpi, .x87),
            (0xEC, .fldlg2, .x87), (0xED, .fldln2, .x87), (0xEE, .fldz, .x87), (0xF0, .f2xm1, .x87),
            (0xF1, .fyl2x, .x87), (0xF2, .fptan, .x87), (0xF3, .fpatan, .x87), (0xF4, .fxtract, .x87),
            (0xF5, .fprem1, .i80387), (0xF6, .fdecstp, .x87), (0xF7, .fincstp, .x87), (0xF8, .fprem, .x87),
            (0xF9, .fyl2xp1, .x87), (0xFA, .fsqrt, .x87), (0xFB, .fsincos, .i80387), (0xFC, .frndint, .x87),
            (0xFD, .fscale, .x87), (0xFE, .fsin, .i80387), (0xFF, .fcos, .i80387),
        ]
        let others: [(UInt8, UInt8, Operation, Feature)] = [
            (0xDA, 0xE9, .fucompp, .i80387), (0xDB, 0xE0, .fneni, .x87), (0xDB, 0xE1, .fndisi, .x87),
            (0xDB, 0xE2, .fnclex, .x87), (0xDB, 0xE3, .fninit, .x87), (0xDB, 0xE4, .fnsetpm, .i80287),
            (0xDE, 0xD9, .fcompp, .x87),
        ]
        let all = operations.map { (0xD9 as UInt8, $0.0, $0.1, $0.2) } + others
        return all.map { row($0.0, Int($0.1 >> 3 & 7), Int($0.1 & 7), form: .register, $0.2, .none, .none, $0.3) }
            + [row(0xDF, 4, 0, form: .register, .fnstsw, .AX, .none, .i80287)]
    }

    private static var reserved: [InstructionRow] {
        var taken: Set<UInt16> = []
        for row in memory + stack + single {
            for modRM: UInt8 in 0...255 where row.accepts(modRM: modRM) {
                taken.insert(UInt16(row.first) << 8 | UInt16(modRM))
            }
        }
        var rows: [InstructionRow] = []
        for opcode: UInt8 in 0xD8...0xDF {
            for reg in 0..<8 where !taken.contains(UInt16(opcode) << 8 | UInt16(reg) << 3) {
                rows.append(row(opcode, reg, form: .memory, .escape, .M))
            }
            for modRM: UInt8 in 0xC0...0xFF where !taken.contains(UInt16(opcode) << 8 | UInt16(modRM)) {
                rows.append(row(opcode, Int(modRM >> 3 & 7), Int(modRM & 7), form: .register, .escape))
            }
        }
        return rows
    }
}
