import Machine
import X86ISA

/// Chooses the fast handlers of SSE2 in 64-bit code.
enum WideVectorSelection {
    static func handler(_ i: Instruction) -> Handler? {
        guard i.vectorLength == 0, i.operand0.kind != .mmxRegister, i.operand1.kind != .mmxRegister else { return nil }
        switch i.operation {
        case .movaps, .movapd, .movdqa: return whole(i, aligned: true)
        case .movups, .movupd, .movdqu: return whole(i, aligned: false)
        case .movss: return low(i, 0)
        case .movsdScalar: return low(i, 1)
        case .movd: return low(i, 0)
        case .movq: return low(i, 1)
        case .paddb: return integer(0, i)
        case .paddw: return integer(1, i)
        case .paddd: return integer(2, i)
        case .paddq: return integer(3, i)
        case .psubb: return integer(4, i)
        case .psubw: return integer(5, i)
        case .psubd: return integer(6, i)
        case .psubq: return integer(7, i)
        case .pand, .andps, .andpd: return integer(8, i)
        case .pandn, .andnps, .andnpd: return integer(9, i)
        case .por, .orps, .orpd: return integer(10, i)
        case .pxor, .xorps, .xorpd: return integer(11, i)
        case .punpcklqdq, .unpcklpd: return integer(12, i)
        case .pcmpeqb: return integer(13, i)
        case .addss: return choose(FastTable.vectorScalar, 0, i)
        case .subss: return choose(FastTable.vectorScalar, 1, i)
        case .mulss: return choose(FastTable.vectorScalar, 2, i)
        case .divss: return choose(FastTable.vectorScalar, 3, i)
        case .addsd: return choose(FastTable.vectorScalar, 4, i)
        case .subsd: return choose(FastTable.vectorScalar, 5, i)
        case .mulsd: return choose(FastTable.vectorScalar, 6, i)
        case .divsd: return choose(FastTable.vectorScalar, 7, i)
        case .addpd: return choose(FastTable.vectorPacked, 0, i)
        case .subpd: return choose(FastTable.vectorPacked, 1, i)
        case .mulpd: return choose(FastTable.vectorPacked, 2, i)
        case .divpd: return choose(FastTable.vectorPacked, 3, i)
        case .comiss, .ucomiss: return choose(FastTable.vectorCompare, 0, i)
        case .comisd, .ucomisd: return choose(FastTable.vectorCompare, 1, i)
        case .cvtsi2sd:
            return i.operand1.kind == .register && i.operand1.size == 4 ? FastTable.vectorFromInteger[0] : nil
        default: return nil
        }
    }

    private static func integer(_ operation: Int, _ i: Instruction) -> Handler? {
        choose(FastTable.vectorIntegers, operation, i)
    }

    /// [operation][register, base, index]
    private static func choose(_ table: [Handler], _ operation: Int, _ i: Instruction) -> Handler? {
        switch i.operand1.kind {
        case .xmmRegister: return table[operation * 3]
        case .memory: return WideSelection.address(i).map { table[operation * 3 + 1 + $0] }
        default: return nil
        }
    }

    /// Registers, then loads and stores: unaligned and aligned.
    private static func whole(_ i: Instruction, aligned: Bool) -> Handler? {
        let place = aligned ? 2 : 0
        switch (i.operand0.kind, i.operand1.kind) {
        case (.xmmRegister, .xmmRegister): return FastTable.vectorMoves[0]
        case (.xmmRegister, .memory): return WideSelection.address(i).map { FastTable.vectorMoves[1 + place + $0] }
        case (.memory, .xmmRegister): return WideSelection.address(i).map { FastTable.vectorMoves[5 + place + $0] }
        default: return nil
        }
    }

    /// 4 bytes, or 8 where `size` is 1.
    private static func low(_ i: Instruction, _ size: Int) -> Handler? {
        let place = size * 7
        switch (i.operand0.kind, i.operand1.kind) {
        case (.xmmRegister, .xmmRegister):
            // MOVQ clears the upper half.
            return i.operation == .movq ? nil : FastTable.vectorLow[place]
        case (.xmmRegister, .register): return FastTable.vectorLow[place + 1]
        case (.register, .xmmRegister): return FastTable.vectorLow[place + 2]
        case (.xmmRegister, .memory): return WideSelection.address(i).map { FastTable.vectorLow[place + 3 + $0] }
        case (.memory, .xmmRegister): return WideSelection.address(i).map { FastTable.vectorLow[place + 5 + $0] }
        default: return nil
        }
    }
}
