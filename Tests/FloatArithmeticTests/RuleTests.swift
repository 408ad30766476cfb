import FloatArithmetic
import Testing

/// On any host.
@Suite("Floating-point rules") struct RuleTests {
    private static let masked = FloatContext(mxcsr: 0x1F80)

    /// With PE set the host computes, with PE clear it is done by hand; the results are to be the same bits.
    @Test func hostArithmeticGivesTheSame() {
        var generator = Generator(state: seed)
        for _ in 0..<cases {
            let a = generator.number64(), b = generator.partner(of: a, exponentBits: 11, fractionBits: 52)
            let c = generator.number64()
            let d = UInt32(generator.number32())
            let e = UInt32(generator.partner(of: UInt64(d), exponentBits: 8, fractionBits: 23))
            let f = UInt32(generator.number32())
            func both<T: Equatable>(_ name: String, _ operation: (inout FloatContext) -> T) {
                var quick = FloatContext(mxcsr: 0x1FA0), slow = FloatContext(mxcsr: 0x1F80)
                let same = operation(&quick) == operation(&slow)
                slow.raise(.precision)
                if !same || quick.mxcsr != slow.mxcsr {
                    Issue.record("\(name) \(hex(a)) \(hex(b)) \(hex(c)) \(hex(d)) \(hex(e))")
                }
            }
            both("add64") { Binary64.add(a, b, &$0) }
            both("subtract64") { Binary64.subtract(a, b, &$0) }
            both("multiply64") { Binary64.multiply(a, b, &$0) }
            both("divide64") { Binary64.divide(a, b, &$0) }
            both("squareRoot64") { Binary64.squareRoot(a, &$0) }
            both("multiplyAdd64") { Binary64.multiplyAdd(a, b, c, negateAddend: true, &$0) }
            both("add32") { Binary32.add(d, e, &$0) }
            both("subtract32") { Binary32.subtract(d, e, &$0) }
            both("multiply32") { Binary32.multiply(d, e, &$0) }
            both("divide32") { Binary32.divide(d, e, &$0) }
            both("squareRoot32") { Binary32.squareRoot(d, &$0) }
            both("multiplyAdd32") { Binary32.multiplyAdd(d, e, f, negateProduct: true, &$0) }
        }
    }

    /// SDM 2B RCPPS, RSQRTPS: |relative error| <= 1.5 * 2^-12.
    @Test func approximationsAreWithinTheirBound() {
        let bound = 1.5 / 4096
        for fraction in stride(from: 0 as UInt32, to: 1 << 23, by: 509) {
            for exponent in [1, 2, 127, 128, 250] as [UInt32] {
                let operand = exponent << 23 | fraction, x = Double(Float(bitPattern: operand))
                let reciprocal = Double(Float(bitPattern: Binary32.reciprocalApproximation(operand)))
                #expect(abs(reciprocal * x - 1) <= bound)
                let root = Double(Float(bitPattern: Binary32.reciprocalSquareRootApproximation(operand)))
                #expect(abs(root * x.squareRoot() - 1) <= bound)
            }
        }
    }

    /// SDM 1 table 4-7.
    @Test func nansOfSSEAndOfTheX87() {
        var context = Self.masked
        // SSE: the first operand, quiet.
        #expect(Binary64.add(0x7FF0_0000_0000_0001, 0xFFF8_0000_0000_0002, &context) == 0x7FF8_0000_0000_0001)
        #expect(context.flags == .invalid)
        context.flags = []
        #expect(Binary64.add(0x7FF8_0000_0000_0001, 0xFFF8_0000_0000_0002, &context) == 0x7FF8_0000_0000_0001)
        #expect(context.flags == [])
        #expect(Binary64.multiply(0, Binary64.indefinite ^ 0x8008 << 48, &context) == Binary64.indefinite)
        #expect(context.flags == .invalid)
        // x87: a QNaN before an SNaN, then the larger significand.
        var x87 = FloatContext(controlWord: 0x37F)
        let signalling = Extended(significand: 0xBFFF_0000_0000_0000, signAndExponent: 0x7FFF)
        let small = Extended(significand: 0xC000_0000_0000_0001, signAndExponent: 0x7FFF)
        let large = Extended(significand: 0xC000_0000_0000_0002, signAndExponent: 0xFFFF)
        #expect(Extended.add(small, large, &x87) == large)
        #expect(x87.flags == [])
        #expect(Extended.add(signalling, small, &x87) == small)
        #expect(x87.flags == .invalid)
    }

    /// SDM 1 8.5.4 and 8.5.5: an unmasked overflow takes 24576 off the exponent, an unmasked underflow adds it.
    @Test func unmaskedOverflowAndUnderflowScaleTheResult() {
        var context = FloatContext(controlWord: 0x337)
        let large = Extended(significand: 0xC000_0000_0000_0000, signAndExponent: 0x7FFE)
        // 1.5 * 2^16383 doubled is 1.5 * 2^16384.
        #expect(
            Extended.add(large, large, &context)
                == Extended(significand: 0xC000_0000_0000_0000, signAndExponent: 0x7FFF - 24576))
        #expect(context.flags == .overflow)
        let faults = context.settle()
        #expect(faults)
        context = FloatContext(controlWord: 0x32F)
        let small = Extended(significand: 0xC000_0000_0000_0000, signAndExponent: 0x8001)
        let half = Extended(significand: 1 << 63, signAndExponent: 0x3FFE)
        #expect(
            Extended.multiply(small, half, &context)
                == Extended(significand: 0xC000_0000_0000_0000, signAndExponent: 0x8000 | 24576))
        // Exact, and yet UE, as it is not masked.
        #expect(context.flags == .underflow)
    }

    /// SDM 1 4.9.1.5
    @Test func tininessIsDetectedAfterRounding() {
        // 2^-1022 (1 - 2^-53) has 53 bits, so it is tiny, though it becomes 2^-1022 for lack of its last bit.
        var context = Self.masked
        let below: UInt64 = 0x3FEF_FFFF_FFFF_FFFF
        #expect(Binary64.multiply(0x0010_0000_0000_0000, below, &context) == 0x0010_0000_0000_0000)
        #expect(context.flags == [.underflow, .precision])
        // 2^-1022 (1 + 2^-52) (1 - 2^-52) is 2^-1022 (1 - 2^-104), which 53 bits round up to 2^-1022: not tiny.
        context = Self.masked
        #expect(
            Binary64.multiply(0x0010_0000_0000_0001, 0x3FEF_FFFF_FFFF_FFFE, &context) == 0x0010_0000_0000_0000)
        #expect(context.flags == .precision)
    }

    /// SDM 2A FPATAN, table 3-30; FYL2X, table 3-47.
    @Test func specialOperandsOfTranscendentals() {
        var context = FloatContext(controlWord: 0x37F)
        let zero = Extended.zero(negative: false), infinity = Extended.infinity(negative: false)
        let pi = ExtendedConstant.pi.value(.nearest)
        func scaled(_ value: Extended, _ steps: Int) -> Extended {
            Extended(significand: value.significand, signAndExponent: UInt16(Int(value.signAndExponent) + steps))
        }
        #expect(Extended.arcTangent(y: zero, x: Extended.one, &context) == zero)
        #expect(Extended.arcTangent(y: zero, x: zero, &context) == zero)
        #expect(Extended.arcTangent(y: zero.negated, x: zero.negated, &context) == pi.negated)
        #expect(Extended.arcTangent(y: .one, x: zero, &context) == scaled(pi, -1))
        #expect(Extended.arcTangent(y: infinity, x: infinity, &context) == scaled(pi, -2))
        #expect(Extended.arcTangent(y: .one, x: infinity.negated, &context) == pi)
        context.flags = []
        #expect(Extended.logarithm(zero, times: .one, &context) == infinity.negated)
        #expect(context.flags == .divideByZero)
        context.flags = []
        #expect(Extended.logarithm(.one, times: infinity, &context) == .indefinite)
        #expect(context.flags == .invalid)
        context.flags = []
        #expect(Extended.logarithm(infinity, times: .one.negated, &context) == infinity.negated)
        let sine = Extended.sine(Extended(significand: 1 << 63, signAndExponent: 0x3FFF + 63), &context)
        #expect(sine.isPartial)
        #expect(Extended.exponentialMinusOne(.one, &context) == .one)
    }

    /// Known digits, rounded to 64 bits.
    @Test func transcendentalsOfKnownValue() {
        var context = FloatContext(controlWord: 0x37F)
        // sin(1) = 0.84147098480789650665250232163029899962...
        let sine = Extended.sine(.one, &context).value
        #expect(
            sine == Extended(significand: 0xD76A_A478_4867_7021, signAndExponent: 0x3FFE))
        // sqrt(2) - 1 = 0.41421356237309504880168872420969807857...
        let half = Extended(significand: 1 << 63, signAndExponent: 0x3FFE)
        #expect(
            Extended.exponentialMinusOne(half, &context)
                == Extended(significand: 0xD413_CCCF_E779_9211, signAndExponent: 0x3FFD))
        let ten = Extended(10)
        #expect(Extended.logarithm(ten, times: .one, &context) == ExtendedConstant.log2Of10.value(.nearest))
        #expect(
            Extended.logarithm(Extended(2), times: ExtendedConstant.lnOf2.value(.nearest), &context)
                == ExtendedConstant.lnOf2.value(.nearest))
    }
}
