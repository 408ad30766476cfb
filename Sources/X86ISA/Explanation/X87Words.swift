/// Words of the x87's operations: what they compute, without the details of rounding and exceptions.
///
/// `{0}` and `{1}` are the operands where there are two; `{m}` is the other operand of an operation on st.
enum X87Words {
    private static func condition(_ flags: FlagSet) -> FlagEffects { FlagEffects(read: flags) }

    static let all: [OperationWords] = arithmetic + moves + functions + control

    private static let arithmetic: [OperationWords] = [
        OperationWords(.fadd, "Adds {m} to {t}."),
        OperationWords(.fmul, "Multiplies {t} by {m}."),
        OperationWords(.fsub, "Subtracts {m} from {t}."),
        OperationWords(.fsubr, "Subtracts {t} from {m}, into {t}."),
        OperationWords(.fdiv, "Divides {t} by {m}."),
        OperationWords(.fdivr, "Divides {m} by {t}, into {t}."),
        OperationWords(.fiadd, "Adds the integer {m} to {t}."),
        OperationWords(.fimul, "Multiplies {t} by the integer {m}."),
        OperationWords(.fisub, "Subtracts the integer {m} from {t}."),
        OperationWords(.fisubr, "Subtracts {t} from the integer {m}, into {t}."),
        OperationWords(.fidiv, "Divides {t} by the integer {m}."),
        OperationWords(.fidivr, "Divides the integer {m} by {t}, into {t}."),
        OperationWords(.faddp, "Adds {m} to {t}, and pops the x87 stack."),
        OperationWords(.fmulp, "Multiplies {t} by {m}, and pops the x87 stack."),
        OperationWords(.fsubp, "Subtracts {m} from {t}, and pops the x87 stack."),
        OperationWords(.fsubrp, "Subtracts {t} from {m}, into {t}, and pops the x87 stack."),
        OperationWords(.fdivp, "Divides {t} by {m}, and pops the x87 stack."),
        OperationWords(.fdivrp, "Divides {m} by {t}, into {t}, and pops the x87 stack."),
        OperationWords(.fcom, "Compares st with {m}, into C3, C2 and C0."),
        OperationWords(.fcomp, "Compares st with {m}, into C3, C2 and C0, and pops the x87 stack."),
        OperationWords(.fcompp, "Compares st with st(1), into C3, C2 and C0, and pops both."),
        OperationWords(.ficom, "Compares st with the integer {m}, into C3, C2 and C0."),
        OperationWords(.ficomp, "Compares st with the integer {m}, into C3, C2 and C0, and pops the x87 stack."),
        OperationWords(.fucom, "Compares st with {m}, into C3, C2 and C0; quiet NaNs are no error."),
        OperationWords(
            .fucomp, "Compares st with {m}, into C3, C2 and C0, and pops the x87 stack; quiet NaNs are no error."),
        OperationWords(.fucompp, "Compares st with st(1), into C3, C2 and C0, and pops both; quiet NaNs are no error."),
        OperationWords(.fcomi, "Compares st with {m}, into ZF, PF and CF.", VectorWords.ordered),
        OperationWords(
            .fcomip, "Compares st with {m}, into ZF, PF and CF, and pops the x87 stack.", VectorWords.ordered),
        OperationWords(
            .fucomi, "Compares st with {m}, into ZF, PF and CF; quiet NaNs are no error.", VectorWords.ordered),
        OperationWords(
            .fucomip, "Compares st with {m}, into ZF, PF and CF, and pops the x87 stack; quiet NaNs are no error.",
            VectorWords.ordered),
    ]

    private static let moves: [OperationWords] = [
        OperationWords(.fld, "Pushes {m} onto the x87 stack."),
        OperationWords(.fst, "Copies st to {m}."),
        OperationWords(.fstp, "Pops the x87 stack into {m}."),
        OperationWords(.fild, "Pushes the integer {m} onto the x87 stack."),
        OperationWords(.fist, "Stores st as an integer in {m}."),
        OperationWords(.fistp, "Pops the x87 stack as an integer into {m}."),
        OperationWords(.fisttp, "Pops the x87 stack as an integer, rounded toward zero, into {m}."),
        OperationWords(.fbld, "Pushes the packed decimal number {m} onto the x87 stack."),
        OperationWords(.fbstp, "Pops the x87 stack as a packed decimal number into {m}."),
        OperationWords(.fxch, "Exchanges st and {m}."),
        OperationWords(.fcmovb, "Copies {1} to {0} if CF is set (below).", condition(.CF)),
        OperationWords(.fcmove, "Copies {1} to {0} if ZF is set (equal).", condition(.ZF)),
        OperationWords(.fcmovbe, "Copies {1} to {0} if CF or ZF is set (below or equal).", condition([.CF, .ZF])),
        OperationWords(.fcmovu, "Copies {1} to {0} if PF is set (unordered).", condition(.PF)),
        OperationWords(.fcmovnb, "Copies {1} to {0} if CF is clear (not below).", condition(.CF)),
        OperationWords(.fcmovne, "Copies {1} to {0} if ZF is clear (not equal).", condition(.ZF)),
        OperationWords(.fcmovnbe, "Copies {1} to {0} if CF and ZF are clear (above).", condition([.CF, .ZF])),
        OperationWords(.fcmovnu, "Copies {1} to {0} if PF is clear (not unordered).", condition(.PF)),
        OperationWords(.fld1, "Pushes 1 onto the x87 stack."),
        OperationWords(.fldl2t, "Pushes log2 of 10 onto the x87 stack."),
        OperationWords(.fldl2e, "Pushes log2 of e onto the x87 stack."),
        OperationWords(.fldpi, "Pushes pi onto the x87 stack."),
        OperationWords(.fldlg2, "Pushes log10 of 2 onto the x87 stack."),
        OperationWords(.fldln2, "Pushes the natural logarithm of 2 onto the x87 stack."),
        OperationWords(.fldz, "Pushes 0 onto the x87 stack."),
    ]

    private static let functions: [OperationWords] = [
        OperationWords(.fchs, "Changes the sign of st."),
        OperationWords(.fabs, "Clears the sign of st."),
        OperationWords(.ftst, "Compares st with 0, into C3, C2 and C0."),
        OperationWords(.fxam, "Tells the class of st in C3, C2 and C0, its sign in C1."),
        OperationWords(.f2xm1, "Replaces st by 2 to the power of it, minus 1."),
        OperationWords(.fyl2x, "Replaces st(1) by st(1) times log2 of st, and pops the x87 stack."),
        OperationWords(.fyl2xp1, "Replaces st(1) by st(1) times log2 of st plus 1, and pops the x87 stack."),
        OperationWords(.fptan, "Replaces st by its tangent, and pushes 1."),
        OperationWords(.fpatan, "Replaces st(1) by the arctangent of st(1) over st, and pops the x87 stack."),
        OperationWords(.fxtract, "Splits st into its exponent, which stays, and its significand, which is pushed."),
        OperationWords(.fprem, "Replaces st by what is left of it divided by st(1), the quotient cut off."),
        OperationWords(.fprem1, "Replaces st by what is left of it divided by st(1), the quotient rounded to nearest."),
        OperationWords(.fsqrt, "Replaces st by its square root."),
        OperationWords(.fsin, "Replaces st by its sine."),
        OperationWords(.fcos, "Replaces st by its cosine."),
        OperationWords(.fsincos, "Replaces st by its sine, and pushes its cosine."),
        OperationWords(.frndint, "Rounds st to a whole number, as RC says."),
        OperationWords(.fscale, "Multiplies st by 2 to the power of st(1), cut to a whole number."),
    ]

    private static let control: [OperationWords] = [
        OperationWords(.fnop, "Does nothing but take an x87 exception that is pending."),
        OperationWords(.fdecstp, "Subtracts 1 from TOP."),
        OperationWords(.fincstp, "Adds 1 to TOP."),
        OperationWords(.ffree, "Marks {m} as empty."),
        OperationWords(.ffreep, "Marks {m} as empty, and pops the x87 stack."),
        OperationWords(.fldcw, "Loads the x87 control word from {m}."),
        OperationWords(.fnstcw, "Stores the x87 control word in {m}."),
        OperationWords(.fnstsw, "Stores the x87 status word in {m}."),
        OperationWords(.fldenv, "Loads the x87 environment from {m}."),
        OperationWords(.fnstenv, "Stores the x87 environment in {m}, and masks all x87 exceptions."),
        OperationWords(.frstor, "Loads the x87 state from {m}."),
        OperationWords(.fnsave, "Stores the x87 state in {m}, and initialises the x87."),
        OperationWords(.fnclex, "Clears the exceptions in the x87 status word."),
        OperationWords(.fninit, "Initialises the x87."),
        OperationWords(.fneni, "Enables interrupts of an 8087; later ones do nothing."),
        OperationWords(.fndisi, "Disables interrupts of an 8087; later ones do nothing."),
        OperationWords(.fnsetpm, "Puts a 80287 into protected mode; later ones do nothing."),
        OperationWords(.escape, "The x87 gets a reserved instruction."),
    ]
}
