/// Words of the MMX, SSE and AVX operations: what they compute, without the details of rounding and exceptions.
///
/// `{a}` and `{b}` are the sources: the first two operands, of VEX the second and third. `{0}` is where the result goes.
enum VectorWords {
    static let all: [OperationWords] =
        floats + conversions + moves + integers + shuffles + tests + cryptography + avx + multiplyAdd

    private static func words(_ operations: [Operation], _ sentence: String, _ flags: FlagEffects = .none)
        -> [OperationWords]
    {
        operations.map { OperationWords($0, sentence, flags) }
    }

    /// COMISS and the like, FCOMI
    static let ordered = FlagEffects(modified: [.ZF, .PF, .CF], cleared: [.OF, .SF, .AF])
    private static let tested = FlagEffects(modified: [.ZF, .CF], cleared: [.OF, .SF, .AF, .PF])
    private static let strings = FlagEffects(modified: [.CF, .ZF, .SF, .OF], cleared: [.AF, .PF])

    private static let floats: [OperationWords] = [
        words([.addps, .addpd, .addss, .addsd], "Adds {elements} of {a} and {b}, into {0}."),
        words([.subps, .subpd, .subss, .subsd], "Subtracts {elements} of {b} from those of {a}, into {0}."),
        words([.mulps, .mulpd, .mulss, .mulsd], "Multiplies {elements} of {a} and {b}, into {0}."),
        words([.divps, .divpd, .divss, .divsd], "Divides {elements} of {a} by those of {b}, into {0}."),
        words([.minps, .minpd, .minss, .minsd], "Puts the smaller {elements} of {a} and {b} into {0}."),
        words([.maxps, .maxpd, .maxss, .maxsd], "Puts the larger {elements} of {a} and {b} into {0}."),
        words([.sqrtps, .sqrtpd, .sqrtss, .sqrtsd], "Puts the square roots of {elements} of {last} into {0}."),
        words([.rcpps, .rcpss], "Puts approximate reciprocals of {elements} of {last} into {0}."),
        words(
            [.rsqrtps, .rsqrtss], "Puts approximate reciprocals of the square roots of {elements} of {last} into {0}."),
        words([.andps, .andpd, .pand], "Puts the bits that are set in both {a} and {b} into {0} (AND)."),
        words([.andnps, .andnpd, .pandn], "Puts the bits of {b} that are clear in {a} into {0} (AND NOT)."),
        words([.orps, .orpd, .por], "Puts the bits that are set in {a} or {b} into {0} (OR)."),
        words([.xorps, .xorpd, .pxor], "Puts the bits in which {a} and {b} differ into {0} (XOR)."),
        words(
            [.cmpps, .cmppd, .cmpss, .cmpsdScalar],
            "Compares {elements} of {a} and {b} as the immediate says, and puts all ones for true, zeros for false, into {0}."
        ),
        words([.addsubps, .addsubpd], "Adds the odd and subtracts the even {elements} of {a} and {b}, into {0}."),
        words([.haddps, .haddpd], "Adds neighbouring {elements} of {a} and of {b}, into {0}."),
        words([.hsubps, .hsubpd], "Subtracts neighbouring {elements} of {a} and of {b}, into {0}."),
        words(
            [.dpps, .dppd], "Puts the dot product of {elements} of {a} and {b} that the immediate chooses into {0}."),
        words(
            [.roundps, .roundpd, .roundss, .roundsd],
            "Rounds {elements} of {last} to whole numbers as the immediate says, into {0}."),
    ].flatMap { $0 }

    private static let conversions: [OperationWords] = [
        words(
            [
                .cvtpi2ps, .cvtpi2pd, .cvtsi2ss, .cvtsi2sd, .cvtdq2ps, .cvtdq2pd,
            ], "Converts integers of {last} to {elements}, into {0}."),
        words(
            [.cvtps2pi, .cvtpd2pi, .cvtss2si, .cvtsd2si, .cvtps2dq, .cvtpd2dq],
            "Converts {elements} of {last} to integers, rounded as MXCSR says, into {0}."),
        words(
            [.cvttps2pi, .cvttpd2pi, .cvttss2si, .cvttsd2si, .cvttps2dq, .cvttpd2dq],
            "Converts {elements} of {last} to integers, rounded toward zero, into {0}."),
        words(
            [.cvtps2pd, .cvtss2sd], "Converts single-precision numbers of {last} to double-precision ones, into {0}."),
        words(
            [.cvtpd2ps, .cvtsd2ss], "Converts double-precision numbers of {last} to single-precision ones, into {0}."),
        words([.vcvtph2ps], "Converts half-precision numbers of {last} to single-precision ones, into {0}."),
        words([.vcvtps2ph], "Converts single-precision numbers of {1} to half-precision ones, into {0}."),
    ].flatMap { $0 }

    private static let moves: [OperationWords] = [
        words(
            [
                .movaps, .movapd, .movups, .movupd, .movdqa, .movdqu, .lddqu, .movd, .movq, .movdq2q, .movq2dq,
                .movntps,
                .movntpd, .movntdq, .movntq, .movntdqa,
            ], "Copies {1} to {0}."),
        words([.movss, .movsdScalar], "Copies the lowest number of {last} to {0}."),
        words(
            [.movlps, .movlpd, .movhps, .movhpd, .movhlps, .movlhps],
            "Moves half of a vector: {last} goes to a half of {0}."),
        words([.movmskps, .movmskpd], "Collects the signs of the numbers in {1} in {0}."),
        words([.pmovmskb], "Collects the highest bits of the bytes of {1} in {0}."),
        words(
            [.maskmovq, .maskmovdqu],
            "Stores the bytes of {0} at {segment}:[{ae}di] that the highest bits of the bytes of {1} choose."),
        words([.ldmxcsr], "Loads MXCSR from {0}."),
        words([.stmxcsr], "Stores MXCSR in {0}."),
        words([.emms], "Marks all x87 registers as empty, behind MMX code."),
        words([.pextrw, .pextrb, .pextrd, .pextrq, .extractps], "Copies the element {2} of {1} to {0}."),
        words([.pinsrw, .pinsrb, .pinsrd, .pinsrq], "Puts {b} into an element of {0}, which the immediate names."),
        words(
            [.insertps],
            "Puts a single-precision number of {b} into {0}; the immediate says which, where, and what to clear."),
        words([.movddup], "Copies the even double-precision numbers of {1} twice each to {0}."),
        words([.movshdup], "Copies the odd single-precision numbers of {1} twice each to {0}."),
        words([.movsldup], "Copies the even single-precision numbers of {1} twice each to {0}."),
    ].flatMap { $0 }

    private static let integers: [OperationWords] = [
        words([.paddb, .paddw, .paddd, .paddq], "Adds {elements} of {a} and {b}, into {0}."),
        words([.paddsb, .paddsw], "Adds {elements} of {a} and {b} with signed saturation, into {0}."),
        words([.paddusb, .paddusw], "Adds {elements} of {a} and {b} with unsigned saturation, into {0}."),
        words([.psubb, .psubw, .psubd, .psubq], "Subtracts {elements} of {b} from those of {a}, into {0}."),
        words([.psubsb, .psubsw], "Subtracts {elements} of {b} from those of {a} with signed saturation, into {0}."),
        words(
            [.psubusb, .psubusw], "Subtracts {elements} of {b} from those of {a} with unsigned saturation, into {0}."),
        words([.pavgb, .pavgw], "Puts the rounded averages of {elements} of {a} and {b} into {0}."),
        words(
            [.pcmpeqb, .pcmpeqw, .pcmpeqd, .pcmpeqq],
            "Puts ones where {elements} of {a} and {b} are equal, else zeros, into {0}."),
        words(
            [.pcmpgtb, .pcmpgtw, .pcmpgtd, .pcmpgtq],
            "Puts ones where {elements} of {a} are greater, with sign, than those of {b}, else zeros, into {0}."),
        words([.pmaxsb, .pmaxsw, .pmaxsd], "Puts the larger, with sign, of {elements} of {a} and {b} into {0}."),
        words([.pmaxub, .pmaxuw, .pmaxud], "Puts the larger, without sign, of {elements} of {a} and {b} into {0}."),
        words([.pminsb, .pminsw, .pminsd], "Puts the smaller, with sign, of {elements} of {a} and {b} into {0}."),
        words([.pminub, .pminuw, .pminud], "Puts the smaller, without sign, of {elements} of {a} and {b} into {0}."),
        words(
            [.pmullw, .pmulld],
            "Multiplies {elements} of {a} and {b}, and keeps the lower halves of the products in {0}."),
        words(
            [.pmulhw], "Multiplies words of {a} and {b} with sign, and keeps the upper halves of the products in {0}."),
        words(
            [.pmulhuw],
            "Multiplies words of {a} and {b} without sign, and keeps the upper halves of the products in {0}."),
        words([.pmulhrsw], "Multiplies words of {a} and {b} with sign, and keeps the rounded upper parts in {0}."),
        words([.pmuludq], "Multiplies even doublewords of {a} and {b} without sign, into quadwords of {0}."),
        words([.pmuldq], "Multiplies even doublewords of {a} and {b} with sign, into quadwords of {0}."),
        words([.pmaddwd], "Multiplies words of {a} and {b} with sign, and adds neighbouring products, into {0}."),
        words(
            [.pmaddubsw],
            "Multiplies bytes of {a} without sign by those of {b} with sign, and adds neighbouring products, into {0}."),
        words([.psadbw, .mpsadbw], "Sums absolute differences of bytes of {a} and {b}, into {0}."),
        words([.pabsb, .pabsw, .pabsd], "Puts the absolute values of {elements} of {1} into {0}."),
        words([.psignb, .psignw, .psignd], "Gives {elements} of {a} the signs of those of {b}, into {0}."),
        words([.phaddw, .phaddd, .phaddsw], "Adds neighbouring {elements} of {a} and of {b}, into {0}."),
        words([.phsubw, .phsubd, .phsubsw], "Subtracts neighbouring {elements} of {a} and of {b}, into {0}."),
        words([.phminposuw], "Finds the smallest word of {1}: puts it and its place into {0}."),
        words(
            [.psllw, .pslld, .psllq],
            "Shifts {elements} of {a} left by the count in {b}; zeros come in. The result is in {0}."),
        words(
            [.psrlw, .psrld, .psrlq],
            "Shifts {elements} of {a} right by the count in {b}; zeros come in. The result is in {0}."),
        words(
            [.psraw, .psrad], "Shifts {elements} of {a} right by the count in {b}; signs come in. The result is in {0}."
        ),
        words([.pslldq], "Shifts {a} left by {b} bytes, into {0}."),
        words([.psrldq], "Shifts {a} right by {b} bytes, into {0}."),
    ].flatMap { $0 }

    private static let shuffles: [OperationWords] = [
        words([.shufps, .shufpd], "Puts {elements} of {a} and {b} that the immediate chooses into {0}."),
        words([.unpcklps, .unpcklpd], "Interleaves the lower {elements} of {a} and {b}, into {0}."),
        words([.unpckhps, .unpckhpd], "Interleaves the upper {elements} of {a} and {b}, into {0}."),
        words(
            [.punpcklbw, .punpcklwd, .punpckldq, .punpcklqdq],
            "Interleaves the elements of the lower halves of {a} and {b}, into {0}."),
        words(
            [.punpckhbw, .punpckhwd, .punpckhdq, .punpckhqdq],
            "Interleaves the elements of the upper halves of {a} and {b}, into {0}."),
        words([.packsswb, .packssdw], "Narrows {a} and {b} with signed saturation, into {0}."),
        words([.packuswb, .packusdw], "Narrows {a} and {b} with unsigned saturation, into {0}."),
        words(
            [.pshufw, .pshufd, .pshufhw, .pshuflw],
            "Puts elements of {1} in the order that the immediate gives into {0}."),
        words([.pshufb], "Puts bytes of {a} in the order that {b} gives into {0}."),
        words(
            [.palignr],
            "Joins {a} and {b}, shifts them right by the bytes that the immediate gives, and puts the lower part into {0}."
        ),
        words(
            [.blendps, .blendpd, .pblendw, .vpblendd],
            "Chooses each element from {a} or {b} by a bit of the immediate, into {0}."),
        words(
            [.blendvps, .blendvpd, .pblendvb],
            "Chooses each element from {a} or {b} by the sign of one of a mask, into {0}."),
        words(
            [.pmovsxbw, .pmovsxbd, .pmovsxbq, .pmovsxwd, .pmovsxwq, .pmovsxdq],
            "Widens elements of {1} with their signs, into {0}."),
        words(
            [.pmovzxbw, .pmovzxbd, .pmovzxbq, .pmovzxwd, .pmovzxwq, .pmovzxdq],
            "Widens elements of {1} with zeros, into {0}."),
    ].flatMap { $0 }

    private static let tests: [OperationWords] = [
        words(
            [.comiss, .comisd, .ucomiss, .ucomisd],
            "Compares {elements} of {0} and {1}: ZF, PF and CF say equal, unordered and less.", ordered),
        words([.ptest], "Sets ZF if {0} AND {1} is 0, and CF if {1} AND NOT {0} is.", tested),
        words(
            [.vtestps, .vtestpd], "Sets ZF if no signs of {0} AND {1} are set, and CF if none of {1} AND NOT {0} are.",
            tested),
        words(
            [.pcmpestri, .pcmpistri],
            "Compares the strings in {0} and {1} as the immediate says, and puts the place that was found into ecx.",
            strings),
        words(
            [.pcmpestrm, .pcmpistrm],
            "Compares the strings in {0} and {1} as the immediate says, and puts the mask that was found into xmm0.",
            strings),
    ].flatMap { $0 }

    private static let cryptography: [OperationWords] = [
        words([.aesenc], "Does one round of AES encryption of {a} with the round key in {b}, into {0}."),
        words([.aesenclast], "Does the last round of AES encryption of {a} with the round key in {b}, into {0}."),
        words([.aesdec], "Does one round of AES decryption of {a} with the round key in {b}, into {0}."),
        words([.aesdeclast], "Does the last round of AES decryption of {a} with the round key in {b}, into {0}."),
        words([.aesimc], "Does the inverse MixColumns of AES with {1}, into {0}."),
        words([.aeskeygenassist], "Helps with an AES round key from {1}, into {0}."),
        words(
            [.pclmulqdq], "Multiplies quadwords of {a} and {b} that the immediate chooses, without carries, into {0}."),
        words([.sha1rnds4], "Does four rounds of SHA-1 on {0} with {1}."),
        words([.sha1nexte], "Makes the next state word E of SHA-1 from {0} and {1}, into {0}."),
        words([.sha1msg1, .sha1msg2], "Makes message words of SHA-1 from {0} and {1}, into {0}."),
        words([.sha256rnds2], "Does two rounds of SHA-256 on {0} with {1} and xmm0."),
        words([.sha256msg1, .sha256msg2], "Makes message words of SHA-256 from {0} and {1}, into {0}."),
    ].flatMap { $0 }

    private static let avx: [OperationWords] = [
        words(
            [
                .vbroadcastss, .vbroadcastsd, .vbroadcastf128, .vbroadcasti128, .vpbroadcastb, .vpbroadcastw,
                .vpbroadcastd,
                .vpbroadcastq,
            ], "Copies the lowest element of {1} to all elements of {0}."),
        words([.vextractf128, .vextracti128], "Copies the half of {1} that the immediate chooses to {0}."),
        words([.vinsertf128, .vinserti128], "Copies {1} to {0}, with {2} in the half that the immediate chooses."),
        words(
            [.vmaskmovps, .vmaskmovpd, .vpmaskmovd, .vpmaskmovq],
            "Copies the elements of {2} to {0} that the signs in {1} choose; the others are zeros, or stay in memory."),
        words(
            [.vpermilps, .vpermilpd, .vperm2f128, .vperm2i128, .vpermd, .vpermps, .vpermpd, .vpermq],
            "Puts elements of the sources into {0}, in the order that the last operand gives."),
        words([.vzeroall], "Clears all vector registers."),
        words([.vzeroupper], "Clears the upper halves of all vector registers."),
        words(
            [.vpsllvd, .vpsllvq], "Shifts elements of {1} left by those of {2}; zeros come in. The result is in {0}."),
        words(
            [.vpsrlvd, .vpsrlvq], "Shifts elements of {1} right by those of {2}; zeros come in. The result is in {0}."),
        words([.vpsravd], "Shifts elements of {1} right by those of {2}; signs come in. The result is in {0}."),
        words(
            [
                .vgatherdps, .vgatherdpd, .vgatherqps, .vgatherqpd, .vpgatherdd, .vpgatherdq, .vpgatherqd, .vpgatherqq,
            ],
            "Loads elements of {0} from {address}, each with its own index, where the signs in {2} say so, and clears {2}."
        ),
    ].flatMap { $0 }

    /// The number in the name says which two operands are multiplied: 2 and 3, 1 and 3, or 1 and 2.
    private static let multiplyAdd: [OperationWords] = Operation.allCases.compactMap { operation in
        let name = operation.mnemonic
        let kinds = [
            ("vfmaddsub", "adds the third operand to, or subtracts it from,"),
            ("vfmsubadd", "subtracts the third operand from, or adds it to,"),
            ("vfnmadd", "adds the third operand to the negated"),
            ("vfnmsub", "subtracts the third operand from the negated"),
            ("vfmadd", "adds the third operand to"), ("vfmsub", "subtracts the third operand from"),
        ]
        guard let kind = kinds.first(where: { name.hasPrefix($0.0) }) else { return nil }
        let order = name.dropFirst(kind.0.count).prefix(3)
        let pair = order == "132" ? "{0} and {2}, {1}" : order == "213" ? "{1} and {0}, {2}" : "{1} and {2}, {0}"
        let parts = pair.split(separator: ", ")
        let what = kind.1.replacing("the third operand", with: "{elements} of \(parts[1])")
        return OperationWords(
            operation, what.prefix(1).uppercased() + what.dropFirst() + " the products of \(parts[0]), into {0}.")
    }
}
