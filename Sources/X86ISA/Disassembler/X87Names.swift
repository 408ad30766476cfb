/// Names of the escapes D8-DF (SDM 2D A.5).
enum X87Names {
    /// Memory forms by opcode and ModRM.reg: the Intel name, and the letter that AT&T syntax appends for the operand's format
    /// (s l t: real of 4, 8, 10 bytes; s l ll: integer of 2, 4, 8 bytes).
    static let memory: [[(name: String, suffix: String)]] = [
        arithmetic("f", "s"),
        [
            ("fld", "s"), ("(bad)", ""), ("fst", "s"), ("fstp", "s"), ("fldenv", ""), ("fldcw", ""), ("fnstenv", ""),
            ("fnstcw", ""),
        ],
        arithmetic("fi", "l"),
        [
            ("fild", "l"), ("fisttp", "l"), ("fist", "l"), ("fistp", "l"), ("(bad)", ""), ("fld", "t"), ("(bad)", ""),
            ("fstp", "t"),
        ],
        arithmetic("f", "l"),
        [
            ("fld", "l"), ("fisttp", "ll"), ("fst", "l"), ("fstp", "l"), ("frstor", ""), ("(bad)", ""), ("fnsave", ""),
            ("fnstsw", ""),
        ],
        arithmetic("fi", "s"),
        [
            ("fild", "s"), ("fisttp", "s"), ("fist", "s"), ("fistp", "s"), ("fbld", ""), ("fild", "ll"), ("fbstp", ""),
            ("fistp", "ll"),
        ],
    ]

    private static func arithmetic(_ start: String, _ suffix: String) -> [(name: String, suffix: String)] {
        ["add", "mul", "com", "comp", "sub", "subr", "div", "divr"].map { (start + $0, suffix) }
    }

    /// What operands a register form names.
    enum Form {
        case none
        /// st(i)
        case one
        /// st, st(i)
        case toTop
        /// st(i), st
        case fromTop
        case ax
    }

    /// The register form C0-FF of an opcode, `("(bad)", .none)` where there is none.
    static func register(opcode: UInt8, modRM: UInt8) -> (name: String, form: Form) {
        let reg = Int((modRM >> 3) & 7), rm = Int(modRM & 7)
        switch opcode {
        case 0xD8:
            let name = memory[0][reg].name
            return (name, reg == 2 || reg == 3 ? .one : .toTop)
        case 0xD9:
            switch reg {
            case 0: return ("fld", .one)
            case 1: return ("fxch", .one)
            case 2 where rm == 0: return ("fnop", .none)
            case 4...7: return (constants[(reg - 4) * 8 + rm], .none)
            default: return bad
            }
        case 0xDA:
            if reg < 4 { return (["fcmovb", "fcmove", "fcmovbe", "fcmovu"][reg], .toTop) }
            return modRM == 0xE9 ? ("fucompp", .none) : bad
        case 0xDB:
            switch reg {
            case 0...3: return (["fcmovnb", "fcmovne", "fcmovnbe", "fcmovnu"][reg], .toTop)
            case 4: return (control[rm], .none)
            case 5: return ("fucomi", .toTop)
            case 6: return ("fcomi", .toTop)
            default: return bad
            }
        case 0xDC:
            let names = ["fadd", "fmul", "", "", "fsubr", "fsub", "fdivr", "fdiv"]
            return names[reg].isEmpty ? bad : (names[reg], .fromTop)
        case 0xDD:
            return reg == 1 || reg > 5 ? bad : (["ffree", "", "fst", "fstp", "fucom", "fucomp"][reg], .one)
        case 0xDE:
            if modRM == 0xD9 { return ("fcompp", .none) }
            let names = ["faddp", "fmulp", "", "", "fsubrp", "fsubp", "fdivrp", "fdivp"]
            return names[reg].isEmpty ? bad : (names[reg], .fromTop)
        default:
            switch reg {
            case 0: return ("ffreep", .one)
            case 4 where rm == 0: return ("fnstsw", .ax)
            case 5: return ("fucomip", .toTop)
            case 6: return ("fcomip", .toTop)
            default: return bad
            }
        }
    }

    private static let bad: (name: String, form: Form) = ("(bad)", .none)

    /// D9 E0-FF
    private static let constants = [
        "fchs", "fabs", "(bad)", "(bad)", "ftst", "fxam", "(bad)", "(bad)",
        "fld1", "fldl2t", "fldl2e", "fldpi", "fldlg2", "fldln2", "fldz", "(bad)",
        "f2xm1", "fyl2x", "fptan", "fpatan", "fxtract", "fprem1", "fdecstp", "fincstp",
        "fprem", "fyl2xp1", "fsqrt", "fsincos", "frndint", "fscale", "fsin", "fcos",
    ]

    /// DB E0-E7. Those of the 8087 and 80287 do nothing on later chips.
    private static let control = [
        "fneni(8087 only)", "fndisi(8087 only)", "fnclex", "fninit", "fnsetpm(287 only)", "frstpm(287 only)", "(bad)",
        "(bad)",
    ]

    /// AT&T syntax calls the subtractions and divisions into st(i) the other way round (a mistake of the first UNIX assembler that
    /// all of its kind keep).
    static func att(_ name: String) -> String {
        switch name {
        case "fsubr": "fsub"
        case "fsub": "fsubr"
        case "fdivr": "fdiv"
        case "fdiv": "fdivr"
        case "fsubrp": "fsubp"
        case "fsubp": "fsubrp"
        case "fdivrp": "fdivp"
        case "fdivp": "fdivrp"
        default: name
        }
    }
}
