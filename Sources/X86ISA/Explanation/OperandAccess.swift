/// What an instruction does with an operand.
public enum OperandAccess: String, Sendable {
    case read
    case written = "write"
    case readWritten = "read and write"
    /// Only its address is taken.
    case address
}

/// An operand in words.
public struct ExplainedOperand: Hashable, Sendable {
    public var operand: Operand
    /// In Intel syntax, memory with its segment: `ax`, `0x10`, `word at ds:[bx+0x2]`.
    public var text: String
    public var access: OperandAccess
    /// Not written in the text: a register that the operation always uses.
    public var isImplicit: Bool
}

extension Operation {
    /// What the operation does with its operand `index` (0-3), where that is the same in all forms; else see `Instruction.access`.
    public func access(_ index: Int) -> OperandAccess {
        switch self {
        case .lea: index == 0 ? .written : .address
        case .invlpg, .clflush, .clflushopt, .clwb, .prefetch, .prefetchw, .prefetchnta, .prefetcht0, .prefetcht1,
            .prefetcht2,
            .nop, .ud0, .ud1:
            .address
        case .mov, .movSegmentStore, .movSegmentLoad, .movControlStore, .movControlLoad, .movDebugStore, .movDebugLoad,
            .movTestStore, .movTestLoad, .movzx, .movsx, .movsxd, .movbe, .movnti, .pop, .popSegment, .lds, .les, .lfs,
            .lgs, .lss, .setcc, .in,
            .ins,
            .movs, .stos, .lods, .sgdt, .sidt, .sldt, .str, .smsw, .lar, .lsl, .bsf, .bsr, .imul3,
            .popcnt, .lzcnt, .tzcnt, .andn, .bextr, .blsi, .blsmsk, .blsr, .bzhi, .pdep, .pext, .rorx, .sarx, .shlx,
            .shrx, .rdrand,
            .rdseed, .rdpid, .rdfsbase, .rdgsbase, .fxsave, .xsave, .xsaveopt, .xsavec, .xsaves, .stmxcsr:
            index == 0 ? .written : .read
        case .add, .or, .adc, .sbb, .and, .sub, .xor, .inc, .dec, .neg, .not, .imul2, .rol, .ror, .rcl, .rcr, .shl,
            .shr, .sal,
            .sar, .shld, .shrd, .bts, .btr, .btc, .bswap, .cmpxchg, .cmpxchg8b,
            .cmpxchg16b, .arpl, .adcx, .adox, .crc32, .cmovcc:
            index == 0 ? .readWritten : .read
        case .mulx: index < 2 ? .written : .read
        case .fst, .fstp, .fist, .fistp, .fisttp, .fbstp, .fnstenv, .fnstcw, .fnsave, .fnstsw: .written
        case .fadd, .fmul, .fsub, .fsubr, .fdiv, .fdivr, .faddp, .fmulp, .fsubp, .fsubrp, .fdivp, .fdivrp, .fcmovb,
            .fcmove,
            .fcmovbe, .fcmovu, .fcmovnb, .fcmovne, .fcmovnbe, .fcmovnu:
            index == 0 ? .readWritten : .read
        case .xchg, .xadd, .fxch: .readWritten
        default: .read
        }
    }
}

extension Instruction {
    /// The operands that there are, in the order of Intel syntax.
    var operands: [Operand] { [operand0, operand1, operand2, operand3].filter { $0.kind != .none } }

    /// The two sources of a vector operation: of a legacy form the destination is the first.
    var sources: (Operand, Operand) {
        vectorLength != 0 && operand2.kind != .none ? (operand1, operand2) : (operand0, operand1)
    }

    /// The last source that is no immediate.
    var lastSource: Operand {
        let last = sources.1
        return last.kind == .immediate ? operand1 : last
    }

    /// What it does with its operand `index` (0-3).
    public func access(_ index: Int) -> OperandAccess {
        if operation.isX87, operand1.kind == .none {
            // Of one operand that is read, be it a register or memory, the result goes to st.
            let access = operation.access(index)
            return access == .readWritten && operation != .fxch ? .read : access
        }
        guard operation.isVector else { return operation.access(index) }
        switch operation {
        case .vgatherdps, .vgatherdpd, .vgatherqps, .vgatherqpd, .vpgatherdd, .vpgatherdq, .vpgatherqd, .vpgatherqq:
            return index == 1 ? .read : .readWritten
        case .ptest, .vtestps, .vtestpd, .comiss, .comisd, .ucomiss, .ucomisd, .pcmpestri, .pcmpestrm, .pcmpistri,
            .pcmpistrm, .maskmovq, .maskmovdqu, .ldmxcsr:
            return .read
        case .stmxcsr: return .written
        default: break
        }
        if index > 0 { return .read }
        if operand0.kind == .memory || operation.ignoresDestination { return .written }
        let isFused = operation.rawValue >= Operation.vfmadd132ps.rawValue
        return vectorLength != 0 && !isFused ? .written : .readWritten
    }

    /// Registers that the operation uses without naming them: number and size of general registers, and how.
    var implicitRegisters: [(Operand, OperandAccess)] {
        func general(_ number: UInt8, _ size: UInt8) -> Operand { Operand(.register, size: size, number: number) }
        let size = operandSize, address = addressSize
        let ax: UInt8 = 0, cx: UInt8 = 1, dx: UInt8 = 2, bx: UInt8 = 3, bp: UInt8 = 5, si: UInt8 = 6, di: UInt8 = 7
        let ah: UInt8 = 4
        var list: [(Operand, OperandAccess)] = []
        switch operation {
        case .mul, .imul:
            if size == 1 { return [(general(ax, 1), .read), (general(ax, 2), .written)] }
            list = [(general(ax, size), .readWritten), (general(dx, size), .written)]
        case .div, .idiv:
            if size == 1 { return [(general(ax, 2), .readWritten)] }
            list = [(general(ax, size), .readWritten), (general(dx, size), .readWritten)]
        case .cbw: list = [(general(ax, size / 2), .read), (general(ax, size), .written)]
        case .cwd: list = [(general(ax, size), .read), (general(dx, size), .written)]
        case .lahf: list = [(general(ah, 1), .written)]
        case .sahf: list = [(general(ah, 1), .read)]
        case .salc: list = [(general(ax, 1), .written)]
        case .xlat: list = [(general(ax, 1), .readWritten)]
        case .aaa, .aas, .aad: list = [(general(ax, 2), .readWritten)]
        case .aam: list = [(general(ax, 1), .read), (general(ax, 2), .written)]
        case .daa, .das: list = [(general(ax, 1), .readWritten)]
        case .cmpxchg: list = [(general(ax, size), .readWritten)]
        case .cmpxchg8b, .cmpxchg16b:
            let half: UInt8 = operation == .cmpxchg8b ? 4 : 8
            list = [
                (general(dx, half), .readWritten), (general(ax, half), .readWritten), (general(cx, half), .read),
                (general(bx, half), .read),
            ]
        case .loop, .loope, .loopne: list = [(general(cx, address), .readWritten)]
        case .jcxz: list = [(general(cx, address), .read)]
        case .enter, .leave: list = [(general(bp, size), .readWritten)]
        case .cpuid:
            list = [
                (general(ax, 4), .readWritten), (general(bx, 4), .written), (general(cx, 4), .written),
                (general(dx, 4), .written),
            ]
        case .mulx: list = [(general(dx, size), .read)]
        case .rdtscp: list = [(general(dx, 4), .written), (general(ax, 4), .written), (general(cx, 4), .written)]
        case .rdpmc, .xgetbv: list = [(general(cx, 4), .read), (general(dx, 4), .written), (general(ax, 4), .written)]
        case .xsetbv: list = [(general(cx, 4), .read), (general(dx, 4), .read), (general(ax, 4), .read)]
        case .xsave, .xrstor, .xsaveopt, .xsavec, .xsaves, .xrstors:
            list = [(general(dx, 4), .read), (general(ax, 4), .read)]
        case .monitor: list = [(general(ax, address), .read), (general(cx, 4), .read), (general(dx, 4), .read)]
        case .mwait: list = [(general(ax, 4), .read), (general(cx, 4), .read)]
        case .syscall: list = [(general(cx, 8), .written), (general(11, 8), .written)]
        case .sysret: list = [(general(cx, size), .read), (general(11, 8), .read)]
        case .sysexit: list = [(general(cx, size), .read), (general(dx, size), .read)]
        case .maskmovq, .maskmovdqu: list = [(general(di, address), .read)]
        case .blendvps, .blendvpd, .pblendvb, .sha256rnds2:
            if vectorLength == 0 { list = [(Operand(.xmmRegister, size: 16), .read)] }
        case .pcmpestri: list = [(general(ax, size), .read), (general(dx, size), .read), (general(cx, 4), .written)]
        case .pcmpestrm:
            list = [
                (general(ax, size), .read), (general(dx, size), .read), (Operand(.xmmRegister, size: 16), .written),
            ]
        case .pcmpistri: list = [(general(cx, 4), .written)]
        case .pcmpistrm: list = [(Operand(.xmmRegister, size: 16), .written)]
        case .rdtsc: list = [(general(dx, 4), .written), (general(ax, 4), .written)]
        case .rdmsr: list = [(general(cx, 4), .read), (general(dx, 4), .written), (general(ax, 4), .written)]
        case .wrmsr: list = [(general(cx, 4), .read), (general(dx, 4), .read), (general(ax, 4), .read)]
        case .movs, .cmps: list = [(general(si, address), .readWritten), (general(di, address), .readWritten)]
        case .lods, .outs: list = [(general(si, address), .readWritten)]
        case .stos, .scas, .ins: list = [(general(di, address), .readWritten)]
        default: break
        }
        if isRepeated { list.append((general(cx, address), .readWritten)) }
        return list
    }

    /// A string instruction with REP, REPE or REPNE.
    var isRepeated: Bool {
        guard prefixes.contains(.rep) || prefixes.contains(.repne) else { return false }
        switch operation {
        case .movs, .cmps, .stos, .lods, .scas, .ins, .outs: return true
        default: return false
        }
    }
}

extension Operation {
    /// One of MMX, SSE or AVX.
    var isVector: Bool { rawValue >= Operation.packsswb.rawValue }

    /// A legacy form, too, replaces its destination without a look at what was there.
    var ignoresDestination: Bool {
        switch self {
        case .movaps, .movapd, .movups, .movupd, .movdqa, .movdqu, .lddqu, .movd, .movq, .movdq2q, .movq2dq, .movntdqa,
            .movmskps, .movmskpd, .pmovmskb, .movddup, .movshdup, .movsldup, .pshufw, .pshufd, .pshufhw, .pshuflw,
            .pextrw,
            .pextrb, .pextrd, .pextrq, .extractps, .pabsb, .pabsw, .pabsd, .phminposuw, .sqrtps, .sqrtpd, .rcpps,
            .rsqrtps,
            .roundps, .roundpd, .cvtps2pi, .cvttps2pi, .cvtpd2pi, .cvttpd2pi, .cvtss2si, .cvttss2si, .cvtsd2si,
            .cvttsd2si,
            .cvtpi2pd, .cvtdq2ps, .cvtps2dq, .cvttps2dq, .cvtpd2ps, .cvtps2pd, .cvtdq2pd, .cvtpd2dq, .cvttpd2dq,
            .aesimc,
            .aeskeygenassist, .pmovsxbw, .pmovsxbd, .pmovsxbq, .pmovsxwd, .pmovsxwq, .pmovsxdq, .pmovzxbw, .pmovzxbd,
            .pmovzxbq, .pmovzxwd, .pmovzxwq, .pmovzxdq:
            true
        default: false
        }
    }
}
