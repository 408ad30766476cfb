import FloatArithmetic
import Machine
import X86ISA

extension Interpreter {
    /// D8 to DF: arithmetic first.
    static func x87(_ operation: Operation) -> GeneralForm? {
        switch operation {
        case .fadd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i) { Extended.add($0, $1, denormal: $2, &$3) }
                }
            }
        case .faddp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, pops: true) { Extended.add($0, $1, denormal: $2, &$3) }
                }
            }
        case .fiadd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, integer: true) { Extended.add($0, $1, denormal: $2, &$3) }
                }
            }
        case .fmul:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i) { Extended.multiply($0, $1, denormal: $2, &$3) }
                }
            }
        case .fmulp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, pops: true) { Extended.multiply($0, $1, denormal: $2, &$3) }
                }
            }
        case .fimul:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, integer: true) { Extended.multiply($0, $1, denormal: $2, &$3) }
                }
            }
        case .fsub:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i) { Extended.subtract($0, $1, denormal: $2, &$3) }
                }
            }
        case .fsubp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, pops: true) { Extended.subtract($0, $1, denormal: $2, &$3) }
                }
            }
        case .fisub:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, integer: true) { Extended.subtract($0, $1, denormal: $2, &$3) }
                }
            }
        case .fsubr:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i) { Extended.subtract($1, $0, denormal: $2, &$3) }
                }
            }
        case .fsubrp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, pops: true) { Extended.subtract($1, $0, denormal: $2, &$3) }
                }
            }
        case .fisubr:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, integer: true) { Extended.subtract($1, $0, denormal: $2, &$3) }
                }
            }
        case .fdiv:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i) { Extended.divide($0, $1, denormal: $2, &$3) }
                }
            }
        case .fdivp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, pops: true) { Extended.divide($0, $1, denormal: $2, &$3) }
                }
            }
        case .fidiv:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, integer: true) { Extended.divide($0, $1, denormal: $2, &$3) }
                }
            }
        case .fdivr:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i) { Extended.divide($1, $0, denormal: $2, &$3) }
                }
            }
        case .fdivrp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, pops: true) { Extended.divide($1, $0, denormal: $2, &$3) }
                }
            }
        case .fidivr:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.binary(i, integer: true) { Extended.divide($1, $0, denormal: $2, &$3) }
                }
            }
        case .fsqrt:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.unary(i) { Extended.squareRoot($0, &$1) } }
            }
        case .frndint:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.unary(i) { Extended.roundToIntegral($0, &$1) } }
            }
        case .f2xm1:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.unary(i) { Extended.exponentialMinusOne($0, &$1) } }
            }
        case .fchs:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.setSign(i) { $0.negated } } }
        case .fabs:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.setSign(i) { $0.magnitude } } }
        case .fscale:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fscale(i) } }
        case .fprem:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.remainder(i, toNearest: false) } }
        case .fprem1:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.remainder(i, toNearest: true) } }
        case .fxtract:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fxtract(i) } }
        case .fptan:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fptan(i) } }
        case .fsincos:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fsincos(i) } }
        case .fsin:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.trigonometric(i) { Extended.sine($0, &$1) } }
            }
        case .fcos:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.trigonometric(i) { Extended.cosine($0, &$1) } }
            }
        case .fpatan:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.combine(i) { Extended.arcTangent(y: $1, x: $0, &$2) }
                }
            }
        case .fyl2x:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.combine(i) { Extended.logarithm($0, times: $1, &$2) }
                }
            }
        case .fyl2xp1:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.combine(i) { Extended.logarithmOfOnePlus($0, times: $1, &$2) }
                }
            }
        default: return x87Move(operation)
        }
    }

    /// Comparisons, loads, stores, moves.
    private static func x87Move(_ operation: Operation) -> GeneralForm? {
        switch operation {
        case .fcom:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.compare(i, signalling: true) } }
        case .fcomp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compare(i, signalling: true, pops: 1) }
            }
        case .fcompp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compare(i, signalling: true, pops: 2) }
            }
        case .fucom:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.compare(i, signalling: false) } }
        case .fucomp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compare(i, signalling: false, pops: 1) }
            }
        case .fucompp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compare(i, signalling: false, pops: 2) }
            }
        case .ficom:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.compareInteger(i, pops: 0) } }
        case .ficomp:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.compareInteger(i, pops: 1) } }
        case .ftst:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.ftst(i) } }
        case .fxam:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fxam(i) } }
        case .fcomi:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareIntoFlags(i, signalling: true, pops: false) }
            }
        case .fcomip:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareIntoFlags(i, signalling: true, pops: true) }
            }
        case .fucomi:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareIntoFlags(i, signalling: false, pops: false)
                }
            }
        case .fucomip:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareIntoFlags(i, signalling: false, pops: true) }
            }
        case .fld:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fld(i) } }
        case .fild:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fild(i) } }
        case .fbld:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fbld(i) } }
        case .fst:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.store(i, pops: false) } }
        case .fstp:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.store(i, pops: true) } }
        case .fist:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.storeInteger(i, pops: false) } }
        case .fistp:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.storeInteger(i, pops: true) } }
        case .fisttp:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.storeInteger(i, pops: true, truncates: true) }
            }
        case .fbstp:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fbstp(i) } }
        case .fxch:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fxch(i) } }
        case .ffree:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.ffree(i, pops: false) } }
        case .ffreep:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.ffree(i, pops: true) } }
        case .fincstp:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.turnStack(i, up: true) } }
        case .fdecstp:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.turnStack(i, up: false) } }
        case .fld1:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.loadConstant(i, .one) } }
        case .fldl2t:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.loadConstant(i, .log2Of10) } }
        case .fldl2e:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.loadConstant(i, .log2OfE) } }
        case .fldpi:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.loadConstant(i, .pi) } }
        case .fldlg2:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.loadConstant(i, .log10Of2) } }
        case .fldln2:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.loadConstant(i, .lnOf2) } }
        case .fldz:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.loadConstant(i, .zero) } }
        case .fcmovb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveIf(i) { $0 & Flags.carry != 0 } } }
        case .fcmovnb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveIf(i) { $0 & Flags.carry == 0 } } }
        case .fcmove:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveIf(i) { $0 & Flags.zero != 0 } } }
        case .fcmovne:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveIf(i) { $0 & Flags.zero == 0 } } }
        case .fcmovbe:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.moveIf(i) { $0 & (Flags.carry | Flags.zero) != 0 } }
            }
        case .fcmovnbe:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.moveIf(i) { $0 & (Flags.carry | Flags.zero) == 0 } }
            }
        case .fcmovu:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveIf(i) { $0 & Flags.parity != 0 } } }
        case .fcmovnu:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveIf(i) { $0 & Flags.parity == 0 } } }
        default: return x87Control(operation)
        }
    }

    private static func x87Control(_ operation: Operation) -> GeneralForm? {
        switch operation {
        case .fnop:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fnop(i) } }
        case .fninit:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fninit(i) } }
        case .fnclex:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fnclex(i) } }
        case .fldcw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fldcw(i) } }
        case .fnstcw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fnstcw(i) } }
        case .fnstsw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fnstsw(i) } }
        case .fnstenv:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fnstenv(i) } }
        case .fldenv:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fldenv(i) } }
        case .fnsave:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fnsave(i) } }
        case .frstor:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.frstor(i) } }
        case .escape:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.escape(i) } }
        case .fneni, .fndisi, .fnsetpm:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.obsolete(i) } }
        default: return nil
        }
    }
}
