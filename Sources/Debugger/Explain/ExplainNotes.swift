import Machine
import X86ISA

/// What follows for an instruction from the present values.
struct ExplainNotes {
    let vm: VM
    let instruction: Instruction

    var list: [String] { condition.map { [$0] } ?? [] }

    private static let conditions = [
        "OF=1", "OF=0", "CF=1", "CF=0", "ZF=1", "ZF=0", "CF=1 or ZF=1", "CF=0 and ZF=0", "SF=1", "SF=0", "PF=1", "PF=0",
        "SF differs from OF", "SF equals OF", "ZF=1 or SF differs from OF", "ZF=0 and SF equals OF",
    ]

    /// Whether a condition code holds (SDM 1 appendix B).
    static func holds(_ code: UInt8, _ flags: UInt32) -> Bool {
        let carry = flags & Flags.carry != 0, zero = flags & Flags.zero != 0, sign = flags & Flags.sign != 0
        let overflow = flags & Flags.overflow != 0, parity = flags & Flags.parity != 0
        let value =
            switch code >> 1 & 7 {
            case 0: overflow
            case 1: carry
            case 2: zero
            case 3: carry || zero
            case 4: sign
            case 5: parity
            case 6: sign != overflow
            default: zero || sign != overflow
            }
        return value != (code & 1 != 0)
    }

    private var condition: String? {
        let flags = UInt32(truncatingIfNeeded: vm.cpu.rflags)
        let isWide = instruction.addressSize != 2
        let count = vm.cpu[register: 1] & (isWide ? 0xFFFF_FFFF : 0xFFFF)
        let counter = isWide ? "ecx" : "cx"
        switch instruction.operation {
        case .jcc, .setcc:
            let holds = Self.holds(instruction.condition, flags)
            let what =
                instruction.operation == .jcc
                ? "the jump is \(holds ? "" : "not ")taken" : "the result is \(holds ? 1 : 0)"
            return "\(what), since \(Self.conditions[Int(instruction.condition & 15)]) is \(holds ? "true" : "false")"
        case .jcxz:
            return "\(counter) is \(hexadecimal(count))h, so the jump is \(count == 0 ? "" : "not ")taken"
        case .loop, .loope, .loopne:
            let zero = flags & Flags.zero != 0
            let also = instruction.operation == .loop || zero == (instruction.operation == .loope)
            let left = (count &- 1) & (isWide ? 0xFFFF_FFFF : 0xFFFF)
            return "\(counter) becomes \(hexadecimal(left))h, and the jump is \(left != 0 && also ? "" : "not ")taken"
        case .movs, .cmps, .stos, .lods, .scas, .ins, .outs:
            guard instruction.prefixes.contains(.rep) || instruction.prefixes.contains(.repne) else { return nil }
            return "\(counter) is \(hexadecimal(count))h: up to \(count) iterations"
        default: return nil
        }
    }
}
