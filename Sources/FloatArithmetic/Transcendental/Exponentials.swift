/// F2XM1, FYL2X, FYL2XP1: with more than 100 bits, rounded once.
extension Extended {
    /// F2XM1: 2^a - 1 for a from -1 to 1; beyond that, where the manual leaves the result open, the operand.
    public static func exponentialMinusOne(_ a: Extended, _ context: inout FloatContext) -> Extended {
        context.roundedUp = false
        let x = a.unpacked
        if x.isNaN { return propagated(a, &context) }
        if x.isDenormal { context.raise(.denormal) }
        if x.kind == .zero { return a }
        if x.kind == .infinity { return x.negative ? one.negated : a }
        if x.exponent >= 0 {
            context.raise(.precision)
            guard x.exponent == 0, x.significand == 1 << 63 else { return a }
            return x.negative ? Extended(significand: 1 << 63, signAndExponent: 0xBFFE) : a
        }
        let y = WideReal(x) * .lnOf2
        let fraction = y.fraction
        // (e^y - 1) / y is 1 + y / 2! + y^2 / 3! + ..., between 1/2 and 2.
        let result =
            x.negative
            ? y.reduced(by: Series.high(fraction, Series.decaySeries(fraction)))
            : y.increased(by: Series.high(fraction, Series.growthSeries(fraction)))
        return result.rounded(&context)
    }

    /// FYL2X: y * log2(x), y in ST(1) (SDM 2A FYL2X).
    public static func logarithm(_ x: Extended, times y: Extended, _ context: inout FloatContext) -> Extended {
        context.roundedUp = false
        let a = x.unpacked, b = y.unpacked
        if a.isNaN || b.isNaN { return propagated(x, y, &context) }
        if a.kind == .zero {
            if b.kind == .zero { return invalid(&context) }
            if b.kind == .finite {
                context.raise(.divideByZero)
            }
            return infinity(negative: !b.negative)
        }
        if a.negative { return invalid(&context) }
        if a.kind == .infinity {
            if b.kind == .zero { return invalid(&context) }
            if b.isDenormal { context.raise(.denormal) }
            return infinity(negative: b.negative)
        }
        let isOne = a.exponent == 0 && a.significand == 1 << 63
        if b.kind == .infinity && isOne { return invalid(&context) }
        if a.isDenormal || b.isDenormal { context.raise(.denormal) }
        let below = a.exponent < 0
        if b.kind == .infinity { return infinity(negative: b.negative != below) }
        if b.kind == .zero || isOne { return zero(negative: b.negative != below) }
        if a.significand == 1 << 63 {
            // Exact; the CPU comes out a little below where the exponent is negative.
            let product = WideReal(b) * WideReal(integer: a.exponent)
            return below ? product.reduced(by: 0).rounded(&context) : product.rounded(exact: true, &context)
        }
        return (WideReal(b) * binaryLogarithm(WideReal(a))).rounded(&context)
    }

    /// FYL2XP1: y * log2(x + 1), y in ST(1), for x from sqrt(1/2) - 1 to 1 - sqrt(1/2) (SDM 2A FYL2XP1).
    public static func logarithmOfOnePlus(
        _ x: Extended, times y: Extended, _ context: inout FloatContext
    ) -> Extended {
        context.roundedUp = false
        let a = x.unpacked, b = y.unpacked
        if a.isNaN || b.isNaN { return propagated(x, y, &context) }
        if a.kind == .zero {
            if b.kind == .infinity { return invalid(&context) }
            if b.isDenormal { context.raise(.denormal) }
            return zero(negative: a.negative != b.negative)
        }
        if a.kind == .infinity {
            if a.negative || b.kind == .zero { return invalid(&context) }
            if b.isDenormal { context.raise(.denormal) }
            return infinity(negative: b.negative)
        }
        if a.isDenormal || b.isDenormal { context.raise(.denormal) }
        if b.kind == .infinity { return infinity(negative: a.negative != b.negative) }
        if b.kind == .zero { return zero(negative: a.negative != b.negative) }
        let value = WideReal(a)
        if a.exponent >= -2 {
            let sum = WideReal(exponent: 0, significand: 1 << 127) + value
            if sum.negative || sum.significand == 0 {
                context.raise(.precision)
                return x
            }
            let product = WideReal(b) * binaryLogarithm(sum)
            return (sum.significand == 1 << 127 && a.negative ? product.reduced(by: 0) : product).rounded(&context)
        }
        // artanh(x / (2 + x)) is half of ln(1 + x).
        let ratio = value / (WideReal(exponent: 1, significand: 1 << 127) + value)
        return (WideReal(b) * binaryLogarithm(ratio: ratio)).rounded(&context)
    }

    /// Of a positive number. What is near 1 keeps exponent 0, so nothing cancels in the sum.
    private static func binaryLogarithm(_ x: WideReal) -> WideReal {
        // sqrt(2), above which the next exponent is nearer.
        let over = x.significand.high >= 0xB504_F333_F9DE_6484
        let exponent = over ? x.exponent &+ 1 : x.exponent
        let one = WideReal(exponent: 0, significand: 1 << 127)
        let mantissa = WideReal(exponent: over ? -1 : 0, significand: x.significand)
        let difference = mantissa + -one
        if difference.significand == 0 { return WideReal(integer: exponent) }
        return WideReal(integer: exponent) + binaryLogarithm(ratio: difference / (mantissa + one))
    }

    /// log2((1 + s) / (1 - s)) = 2 / ln 2 * artanh(s), for s up to 3 - sqrt(8).
    @inline(__always) private static func binaryLogarithm(ratio s: WideReal) -> WideReal {
        let z = s.square
        return .twoOverLnOf2 * s.increased(by: Series.high(z, Series.logarithmSeries(z)))
    }
}

extension WideReal {
    init(integer: Int) {
        self.init(negative: integer < 0, exponent: 127, normalising: UInt128(integer.magnitude))
    }
}
