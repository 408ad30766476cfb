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
    /// What the operation does with its operand `index` (0-2).
    public func access(_ index: Int) -> OperandAccess {
        switch self {
        case .lea: index == 0 ? .written : .address
        case .invlpg: .address
        case .mov, .movSegmentStore, .movSegmentLoad, .movControlStore, .movControlLoad, .movDebugStore, .movDebugLoad,
            .movTestStore, .movTestLoad, .movzx, .movsx, .pop, .popSegment, .lds, .les, .lfs, .lgs, .lss, .setcc, .in,
            .ins,
            .movs, .stos, .lods, .sgdt, .sidt, .sldt, .str, .smsw, .lar, .lsl, .bsf, .bsr, .imul3:
            index == 0 ? .written : .read
        case .add, .or, .adc, .sbb, .and, .sub, .xor, .inc, .dec, .neg, .not, .imul2, .rol, .ror, .rcl, .rcr, .shl,
            .shr, .sal,
            .sar, .shld, .shrd, .bts, .btr, .btc, .bswap, .cmpxchg, .cmpxchg8b, .arpl:
            index == 0 ? .readWritten : .read
        case .xchg, .xadd: .readWritten
        default: .read
        }
    }
}

extension Instruction {
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
        case .cmpxchg8b:
            list = [
                (general(dx, 4), .readWritten), (general(ax, 4), .readWritten), (general(cx, 4), .read),
                (general(bx, 4), .read),
            ]
        case .loop, .loope, .loopne: list = [(general(cx, address), .readWritten)]
        case .jcxz: list = [(general(cx, address), .read)]
        case .enter, .leave: list = [(general(bp, size), .readWritten)]
        case .cpuid:
            list = [
                (general(ax, 4), .readWritten), (general(bx, 4), .written), (general(cx, 4), .written),
                (general(dx, 4), .written),
            ]
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
