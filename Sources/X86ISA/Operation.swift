/// What an instruction does, one case per operation of the manuals; forms and sizes are in the operands.
/// The order is not stable and never saved.
public enum Operation: UInt16, Sendable, CaseIterable {
    case invalid
    // Data movement
    case mov, movSegmentStore, movSegmentLoad, movControlStore, movControlLoad, movDebugStore, movDebugLoad
    case movTestStore, movTestLoad
    case movzx, movsx, xchg, push, pop, pusha, popa, pushf, popf, pushSegment, popSegment
    case lea, lds, les, lfs, lgs, lss, xlat, cbw, cwd, lahf, sahf, bswap, xadd, cmpxchg, cmpxchg8b
    // Arithmetic and logic (ALU order of the encoding)
    case add, or, adc, sbb, and, sub, xor, cmp, test, inc, dec, neg, not, mul, imul, div, idiv
    case imul2, imul3
    case aaa, aas, aad, aam, daa, das, salc
    // Shifts and bits (group 2 order of the encoding)
    case rol, ror, rcl, rcr, shl, shr, sal, sar, shld, shrd
    case bt, bts, btr, btc, bsf, bsr, setcc
    // Control transfer
    case jcc, jmp, jmpIndirect, jmpFar, call, callIndirect, callFar, ret, retFar, iret
    case loop, loope, loopne, jcxz
    case int, int1, int3, into, bound, enter, leave
    // Strings; REP in the prefixes
    case movs, cmps, stos, lods, scas, ins, outs
    // Ports
    case `in`, out
    // Flags
    case clc, stc, cmc, cld, std, cli, sti
    // System
    case hlt, nop, wait, lgdt, sgdt, lidt, sidt, lldt, sldt, ltr, str, lmsw, smsw, clts
    case lar, lsl, verr, verw, arpl, invd, wbinvd, invlpg, cpuid, rdtsc, rdmsr, wrmsr, rsm, ud2
    /// x87 escape D8-DF: `opcode` and `modRM` say which.
    case escape
}
