extension FlagEffects {
    /// What `instruction` does with the flags, its condition, operand size and shift count taken into account.
    public init(of instruction: Instruction) {
        self = OperationWords.of(instruction.operation).flags
        switch instruction.operation {
        case .jcc, .setcc, .cmovcc:
            read = Conditions.flags(instruction.condition)
        case .rol, .ror, .rcl, .rcr, .shl, .sal, .shr, .sar:
            limit(by: instruction.operand1, instruction)
        case .shld, .shrd:
            limit(by: instruction.operand2, instruction)
        case .pushf where instruction.operandSize == 2:
            read = read.intersection(.lowHalf)
        case .popf where instruction.operandSize == 2:
            modified = modified.intersection(.lowHalf)
            cleared = []
        case .iret where instruction.operandSize == 2:
            modified = modified.intersection(.lowHalf)
        case .into:
            note = "All but the reading of OF only where OF is set. " + note
        case .bsf, .bsr:
            break
        default: break
        }
    }

    /// Shifts and rotates: what their count leaves defined (SDM 2B, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD).
    private mutating func limit(by count: Operand, _ instruction: Instruction) {
        let operation = instruction.operation
        let bits = Int(instruction.operand0.size) * 8
        switch count.kind {
        case .one: return
        case .immediate:
            let value = Int(instruction.immediate & (bits == 64 ? 63 : 31))
            if value == 0 {
                self = FlagEffects(note: "A count of 0 leaves all flags.")
            } else if value > 1 {
                modified.remove(.OF)
                undefined.insert(.OF)
                let isDouble = operation == .shld || operation == .shrd
                if isDouble, value > bits {
                    modified = []
                    undefined = .status
                    note = "A count above the operand's size leaves result and flags undefined."
                } else if operation == .shl || operation == .sal || operation == .shr, value >= bits {
                    modified.remove(.CF)
                    undefined.insert(.CF)
                }
            }
        default:
            modified.remove(.OF)
            undefined.insert(.OF)
            note = "A count of 0 leaves all flags; OF is defined for a count of 1."
            guard bits < 32 else { return }
            switch operation {
            case .shl, .sal, .shr: note += " CF is undefined for counts of \(bits) and above."
            case .shld, .shrd: note += " Counts above \(bits) leave result and flags undefined."
            default: break
            }
        }
    }
}

extension FlagSet {
    /// FLAGS, the lower 16 bits.
    static let lowHalf = FlagSet(rawValue: 0xFFFF)
}

extension Conditions {
    /// The flags that a condition reads.
    static func flags(_ condition: UInt8) -> FlagSet {
        switch (condition >> 1) & 7 {
        case 0: .OF
        case 1: .CF
        case 2: .ZF
        case 3: [.CF, .ZF]
        case 4: .SF
        case 5: .PF
        case 6: [.SF, .OF]
        default: [.ZF, .SF, .OF]
        }
    }

    /// `CF is set (below)`
    static func words(_ condition: UInt8) -> String {
        switch condition & 15 {
        case 0: "OF is set (overflow)"
        case 1: "OF is clear (no overflow)"
        case 2: "CF is set (below)"
        case 3: "CF is clear (above or equal)"
        case 4: "ZF is set (equal)"
        case 5: "ZF is clear (not equal)"
        case 6: "CF or ZF is set (below or equal)"
        case 7: "CF and ZF are clear (above)"
        case 8: "SF is set (negative)"
        case 9: "SF is clear (not negative)"
        case 10: "PF is set (even parity)"
        case 11: "PF is clear (odd parity)"
        case 12: "SF and OF differ (less)"
        case 13: "SF and OF are the same (greater or equal)"
        case 14: "ZF is set, or SF and OF differ (less or equal)"
        default: "ZF is clear, and SF and OF are the same (greater)"
        }
    }
}
