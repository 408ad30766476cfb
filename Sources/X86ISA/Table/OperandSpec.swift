/// How an operand is encoded, in the letters of the opcode maps (SDM 2D A.2): first the place, then the size.
///
/// Places: E general register or memory by ModRM.rm, G general register by ModRM.reg, M memory by ModRM.rm, R general register by
/// ModRM.rm whatever mod says, S C D T segment, control, debug and test register by ModRM.reg, I immediate, J relative
/// jump, A far pointer, O absolute address, X DS:[rSI], Y ES:[rDI], Z general register by the low three opcode bits.
/// B general register by VEX.vvvv.
/// Sizes: b w d q t o 1 2 4 8 10 16 bytes, v the operand-size attribute, y 8 with W in 64-bit code, else 4, r 8 in 64-bit code, else 4,
/// z as v but at most 4 bytes, p far pointer.
enum OperandSpec: UInt8, Sendable, CaseIterable {
    case none
    // By ModRM
    case Eb, Ew, Ed, Ev, Ey, Ez
    /// A register of the operand's size, or a word in memory (MOV from a segment register, SLDT, STR, SMSW).
    case EwRv
    /// A register of 4 bytes, or a byte or word in memory (PINSRB, PINSRW).
    case EbRd, EwRd
    case Gb, Gw, Gd, Gv, Gy, Gr
    /// Memory of no fixed size (LEA, INVLPG).
    case M
    case Mb, Mw, Md, Mq, Mt, Mo, My
    /// Offset and selector: 2 bytes more than the operand size.
    case Mp
    /// Two bounds: twice the operand size.
    case Ma
    /// Limit and base of a descriptor table: 6 bytes, 10 in 64-bit code.
    case Ms
    /// x87 environment (14 or 28 bytes) and full state (94 or 108 bytes) by operand size.
    case Menv, Mstate
    case Rr, Sw, Cr, Dr, Td
    /// st(i) by ModRM.rm
    case STi
    // MMX registers: by reg; by rm, or 8 or 4 bytes of memory
    case Pq, Qq, Qd
    /// XMM or, with VEX.L, YMM register by reg; XMM by reg
    case Vx, Vo
    // The same by rm, or as many bytes of memory
    case Wx, Wo
    /// XMM register by rm, or 1, 2, 4, 8 bytes of memory; a half, quarter, eighth of a vector
    case Wb, Ww, Wd, Wq, Wh, Wf, We
    /// As Wx, but 8 bytes of memory with XMM (MOVDDUP).
    case Wdup
    // By VEX.vvvv
    case By, Hx, Ho
    /// A register of the vector's length by the upper half of an immediate byte (SDM 2A 2.3.6.1, is4).
    case Lx
    // Immediates
    case Ib
    /// A byte, sign-extended to the operand size.
    case Ibs
    case Iw, Iz
    /// As large as the operand, 8 bytes as well (MOV).
    case Iv
    /// Iz that the instruction uses as a signed number (IMUL).
    case Izs
    /// The level of ENTER: a byte in `Instruction.immediate2`.
    case Ib2
    case Jb, Jz, Ap
    // Without ModRM
    case Ob, Ov, Xb, Xz, Yb, Yz
    case Zb, Zv
    /// The table of XLAT: memory at `segment`:[rBX], to which the processor adds AL.
    case table
    // Fixed
    case one, AL, CL, AX, DX, rAX, ST0, XMM0
    case ES, CS, SS, DS, FS, GS

    /// Whether the operand is taken from a ModRM byte.
    @inline(__always) var needsModRM: Bool {
        rawValue >= OperandSpec.Eb.rawValue && rawValue <= OperandSpec.Wdup.rawValue
    }

    /// Whether the operand is taken from VEX.vvvv.
    @inline(__always) var isVVVV: Bool { self == .By || self == .Hx || self == .Ho }
}
