/// What an instruction does, one case per operation of the manuals; forms and sizes are in the operands.
/// The order is not stable and never saved, but for what `isX87` and `Instruction.hasVectorIndex` count on.
///
/// A VEX form has the operation of its legacy form (`addps` for VADDPS, told apart by `Instruction.vectorLength`); what VEX alone has
/// keeps its v. The scalar MOVSD and CMPSD are `movsdScalar` and `cmpsdScalar`.
public enum Operation: UInt16, Sendable, CaseIterable {
    case invalid
    // Data movement
    case mov, movSegmentStore, movSegmentLoad, movControlStore, movControlLoad, movDebugStore, movDebugLoad
    case movTestStore, movTestLoad
    case movzx, movsx, movsxd, cmovcc, xchg, push, pop, pusha, popa, pushf, popf, pushSegment, popSegment
    case lea, lds, les, lfs, lgs, lss, xlat, cbw, cwd, lahf, sahf, bswap, xadd, cmpxchg, cmpxchg8b, cmpxchg16b
    case movbe, movnti
    // Arithmetic and logic (ALU order of the encoding)
    case add, or, adc, sbb, and, sub, xor, cmp, test, inc, dec, neg, not, mul, imul, div, idiv
    case imul2, imul3, adcx, adox, mulx, crc32
    case aaa, aas, aad, aam, daa, das, salc
    // Shifts and bits (group 2 order of the encoding)
    case rol, ror, rcl, rcr, shl, shr, sal, sar, shld, shrd
    case bt, bts, btr, btc, bsf, bsr, setcc
    case popcnt, lzcnt, tzcnt, andn, bextr, blsi, blsmsk, blsr, bzhi, pdep, pext, rorx, sarx, shlx, shrx
    case rdrand, rdseed
    // Control transfer
    case jcc, jmp, jmpIndirect, jmpFar, call, callIndirect, callFar, ret, retFar, iret
    case loop, loope, loopne, jcxz, syscall, sysret, sysenter, sysexit
    case int, int1, int3, into, bound, enter, leave
    // Strings; REP in the prefixes
    case movs, cmps, stos, lods, scas, ins, outs
    // Ports
    case `in`, out
    // Flags
    case clc, stc, cmc, cld, std, cli, sti
    // System
    case hlt, nop, wait, lgdt, sgdt, lidt, sidt, lldt, sldt, ltr, str, lmsw, smsw, clts
    case lar, lsl, verr, verw, arpl, invd, wbinvd, invlpg, invpcid, cpuid, rdtsc, rdtscp, rdpmc, rdpid, rdmsr, wrmsr,
        rsm
    case ud0, ud1, ud2, swapgs, rdfsbase, rdgsbase, wrfsbase, wrgsbase, clac, stac, monitor, mwait, endbr32, endbr64
    case clflush, clflushopt, clwb, prefetch, prefetchw, prefetchnta, prefetcht0, prefetcht1, prefetcht2
    case lfence, mfence, sfence, xgetbv, xsetbv
    /// State images. With an `operandSize` of 8 those of 64-bit code (FXSAVE64 ...).
    case fxsave, fxrstor, xsave, xrstor, xsaveopt, xsavec, xsaves, xrstors
    // x87
    case fadd, fmul, fcom, fcomp, fsub, fsubr, fdiv, fdivr, fiadd, fimul, ficom, ficomp, fisub, fisubr, fidiv
    case fidivr, faddp, fmulp, fsubp, fsubrp, fdivp, fdivrp, fcompp, fld, fst, fstp, fild, fist, fistp, fisttp
    case fbld, fbstp, fldenv, fldcw, fnstenv, fnstcw, frstor, fnsave, fnstsw, fxch, fnop, fchs, fabs, ftst, fxam
    case fld1, fldl2t, fldl2e, fldpi, fldlg2, fldln2, fldz, f2xm1, fyl2x, fptan, fpatan, fxtract, fprem1, fdecstp
    case fincstp, fprem, fyl2xp1, fsqrt, fsincos, frndint, fscale, fsin, fcos, fcmovb, fcmove, fcmovbe, fcmovu
    case fcmovnb, fcmovne, fcmovnbe, fcmovnu, fucom, fucomp, fucompp, fucomi, fucomip, fcomi, fcomip, ffree
    case ffreep, fnclex, fninit, fneni, fndisi, fnsetpm
    /// An encoding of D8-DF that is reserved: `opcode` and `modRM` say which.
    case escape
    // MMX and its 128- and 256-bit forms
    case packsswb, packssdw, packuswb, paddb, paddw, paddd, paddq, paddsb, paddsw, paddusb, paddusw, pand, pandn
    case pavgb, pavgw, pcmpeqb, pcmpeqw, pcmpeqd, pcmpgtb, pcmpgtw, pcmpgtd, pextrw, pinsrw, pmaddwd, pmaxsw
    case pmaxub, pminsw, pminub, pmovmskb, pmulhuw, pmulhw, pmullw, pmuludq, por, psadbw, pshufw, psllw, pslld
    case psllq, psraw, psrad, psrlw, psrld, psrlq, psubb, psubw, psubd, psubq, psubsb, psubsw, psubusb, psubusw
    case punpckhbw, punpckhwd, punpckhdq, punpcklbw, punpcklwd, punpckldq, pxor, emms, movd, movq, maskmovq, movntq
    // SSE and SSE2
    case addps, addpd, addss, addsd, subps, subpd, subss, subsd, mulps, mulpd, mulss, mulsd, divps, divpd, divss
    case divsd, minps, minpd, minss, minsd, maxps, maxpd, maxss, maxsd, sqrtps, sqrtpd, sqrtss, sqrtsd, rcpps
    case rcpss, rsqrtps, rsqrtss, andps, andpd, andnps, andnpd, orps, orpd, xorps, xorpd, cmpps, cmppd, cmpss
    case cmpsdScalar, comiss, comisd, ucomiss, ucomisd
    case cvtpi2ps, cvtpi2pd, cvtps2pi, cvttps2pi, cvtpd2pi, cvttpd2pi, cvtsi2ss, cvtsi2sd, cvtss2si, cvttss2si
    case cvtsd2si, cvttsd2si, cvtdq2ps, cvtps2dq, cvttps2dq, cvtpd2ps, cvtps2pd, cvtss2sd, cvtsd2ss, cvtdq2pd
    case cvtpd2dq, cvttpd2dq
    case movaps, movapd, movups, movupd, movss, movsdScalar, movlps, movlpd, movhps, movhpd, movhlps, movlhps
    case movmskps, movmskpd, movntps, movntpd, movdqa, movdqu, movntdq, movdq2q, movq2dq, maskmovdqu, shufps
    case shufpd, unpcklps, unpcklpd, unpckhps, unpckhpd, pshufd, pshufhw, pshuflw, pslldq, psrldq, punpcklqdq
    case punpckhqdq, ldmxcsr, stmxcsr
    // SSE3 and SSSE3
    case addsubps, addsubpd, haddps, haddpd, hsubps, hsubpd, movddup, movshdup, movsldup, lddqu, pabsb, pabsw
    case pabsd, palignr, phaddw, phaddd, phaddsw, phsubw, phsubd, phsubsw, pmaddubsw, pmulhrsw, pshufb, psignb
    case psignw, psignd
    // SSE4.1 and SSE4.2
    case blendpd, blendps, blendvpd, blendvps, pblendvb, pblendw, dppd, dpps, extractps, insertps, movntdqa
    case mpsadbw, packusdw, pcmpeqq, pextrb, pextrd, pextrq, phminposuw, pinsrb, pinsrd, pinsrq, pmaxsb, pmaxsd
    case pmaxud, pmaxuw, pminsb, pminsd, pminud, pminuw, pmovsxbw, pmovsxbd, pmovsxbq, pmovsxwd, pmovsxwq
    case pmovsxdq, pmovzxbw, pmovzxbd, pmovzxbq, pmovzxwd, pmovzxwq, pmovzxdq, pmuldq, pmulld, ptest, roundps
    case roundpd, roundss, roundsd, pcmpestri, pcmpestrm, pcmpistri, pcmpistrm, pcmpgtq
    // AES, PCLMULQDQ, SHA
    case aesdec, aesdeclast, aesenc, aesenclast, aesimc, aeskeygenassist, pclmulqdq, sha1msg1, sha1msg2, sha1nexte
    case sha1rnds4, sha256msg1, sha256msg2, sha256rnds2
    // AVX, AVX2, F16C
    case vbroadcastss, vbroadcastsd, vbroadcastf128, vbroadcasti128, vextractf128, vextracti128, vinsertf128
    case vinserti128, vmaskmovps, vmaskmovpd, vpmaskmovd, vpmaskmovq, vpermilps, vpermilpd, vperm2f128, vperm2i128
    case vpermd, vpermps, vpermpd, vpermq, vtestps, vtestpd, vzeroall, vzeroupper, vpblendd, vpbroadcastb
    case vpbroadcastw, vpbroadcastd, vpbroadcastq, vpsllvd, vpsllvq, vpsravd, vpsrlvd, vpsrlvq, vcvtph2ps
    case vcvtps2ph
    // Gathers
    case vgatherdps, vgatherdpd, vgatherqps, vgatherqpd, vpgatherdd, vpgatherdq, vpgatherqd, vpgatherqq
    // FMA
    case vfmadd132ps, vfmadd132pd, vfmadd132ss, vfmadd132sd, vfmsub132ps, vfmsub132pd, vfmsub132ss, vfmsub132sd
    case vfnmadd132ps, vfnmadd132pd, vfnmadd132ss, vfnmadd132sd, vfnmsub132ps, vfnmsub132pd, vfnmsub132ss
    case vfnmsub132sd, vfmaddsub132ps, vfmaddsub132pd, vfmsubadd132ps, vfmsubadd132pd, vfmadd213ps, vfmadd213pd
    case vfmadd213ss, vfmadd213sd, vfmsub213ps, vfmsub213pd, vfmsub213ss, vfmsub213sd, vfnmadd213ps, vfnmadd213pd
    case vfnmadd213ss, vfnmadd213sd, vfnmsub213ps, vfnmsub213pd, vfnmsub213ss, vfnmsub213sd, vfmaddsub213ps
    case vfmaddsub213pd, vfmsubadd213ps, vfmsubadd213pd, vfmadd231ps, vfmadd231pd, vfmadd231ss, vfmadd231sd
    case vfmsub231ps, vfmsub231pd, vfmsub231ss, vfmsub231sd, vfnmadd231ps, vfnmadd231pd, vfnmadd231ss
    case vfnmadd231sd, vfnmsub231ps, vfnmsub231pd, vfnmsub231ss, vfnmsub231sd, vfmaddsub231ps, vfmaddsub231pd
    case vfmsubadd231ps, vfmsubadd231pd
}

extension Operation {
    /// One of `fadd` to `escape`.
    @inlinable public var isX87: Bool {
        rawValue >= Operation.fadd.rawValue && rawValue <= Operation.escape.rawValue
    }
}
