extension InstructionText {
    /// Where objdump has a name of its own for an immediate: comparisons and carry-less multiplications.
    var namesImmediate: Bool {
        switch operation {
        case .cmpps, .cmppd, .cmpss, .cmpsdScalar: instruction.immediate < (instruction.isVEX ? 32 : 8)
        case .pclmulqdq: instruction.immediate & ~0x11 == 0
        default: false
        }
    }

    private static let comparisons = [
        "eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord", "eq_uq", "nge", "ngt", "false", "neq_oq", "ge", "gt",
        "true",
        "eq_os", "lt_oq", "le_oq", "unord_s", "neq_us", "nlt_uq", "nle_uq", "ord_s", "eq_us", "nge_uq", "ngt_uq",
        "false_os", "neq_os", "ge_oq", "gt_oq", "true_us",
    ]

    /// The name of an MMX, SSE or AVX operation.
    mutating func vectorName() -> String {
        var name = operation.mnemonic
        if namesImmediate {
            if operation == .pclmulqdq {
                let halves = [("l", "l"), ("h", "l"), ("l", "h"), ("h", "h")]
                let half = halves[Int(instruction.immediate & 1 | instruction.immediate >> 3 & 2)]
                name = "pclmul\(half.0)q\(half.1)qdq"
            } else {
                name = "cmp" + Self.comparisons[Int(instruction.immediate & 31)] + name.suffix(2)
            }
        }
        if instruction.isVEX, !name.hasPrefix("v") { name = "v" + name }
        guard isATT else { return name }
        switch operation {
        case .cvtsi2ss, .cvtsi2sd:
            let source = instruction.sources.1
            return source.kind == .memory ? name + sizeLetter(source.size) : name
        case .cvtpd2ps, .cvtpd2dq, .cvttpd2dq:
            guard instruction.isVEX, instruction.operand1.kind == .memory else { return name }
            return name + (instruction.vectorLength == 32 ? "y" : "x")
        default: return name
        }
    }
}
