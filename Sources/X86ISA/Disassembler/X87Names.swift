extension InstructionText {
    /// The name of an x87 operation in AT&T syntax.
    ///
    /// Memory has a letter for its format (s l t: real of 4, 8, 10 bytes; s l ll: integer of 2, 4, 8 bytes). Subtractions and
    /// divisions into st(i) are called the other way round (a mistake of the first UNIX assembler that all of its kind keep).
    func attX87Name(_ name: String) -> String {
        let size = Int(instruction.operand0.size)
        if firstIsMemory {
            switch instruction.operation {
            case .fadd, .fmul, .fcom, .fcomp, .fsub, .fsubr, .fdiv, .fdivr, .fld, .fst, .fstp:
                return name + (size == 4 ? "s" : size == 8 ? "l" : "t")
            case .fiadd, .fimul, .ficom, .ficomp, .fisub, .fisubr, .fidiv, .fidivr, .fild, .fist, .fistp, .fisttp:
                return name + (size == 2 ? "s" : size == 4 ? "l" : "ll")
            default: return name
            }
        }
        guard instruction.opcode == 0xDC || instruction.opcode == 0xDE else { return name }
        switch instruction.operation {
        case .fsubr: return "fsub"
        case .fsub: return "fsubr"
        case .fdivr: return "fdiv"
        case .fdiv: return "fdivr"
        case .fsubrp: return "fsubp"
        case .fsubp: return "fsubrp"
        case .fdivrp: return "fdivp"
        case .fdivp: return "fdivrp"
        default: return name
        }
    }

    /// The top of the stack where it is an operand by its opcode, beside st(i).
    func isTop(_ operand: Operand, _ index: Int) -> Bool {
        guard operand.kind == .x87Register, instruction.operand1.kind == .x87Register else { return false }
        return index == (instruction.opcode == 0xDC || instruction.opcode == 0xDE ? 1 : 0)
    }
}
