/// Operands from memory go through `Extended(widening:)` first. That makes a denormal normal, so `denormal` tells
/// of it, and keeps an SNaN one.
extension Extended {
    /// FADD: a + b
    @inlinable
    public static func add(
        _ a: Extended, _ b: Extended, denormal: Bool = false, _ context: inout FloatContext
    ) -> Extended {
        context.roundedUp = false
        let x = a.unpacked, y = b.unpacked
        if x.isNaN || y.isNaN { return propagated(a, b, &context) }
        return sum(x, y, denormal, &context)
    }

    /// FSUB: a - b
    @inlinable
    public static func subtract(
        _ a: Extended, _ b: Extended, denormal: Bool = false, _ context: inout FloatContext
    ) -> Extended {
        context.roundedUp = false
        let x = a.unpacked
        var y = b.unpacked
        if x.isNaN || y.isNaN { return propagated(a, b, &context) }
        y.negative.toggle()
        return sum(x, y, denormal, &context)
    }

    @inlinable
    static func sum(_ a: Unpacked, _ b: Unpacked, _ denormal: Bool, _ context: inout FloatContext) -> Extended {
        if a.kind == .infinity && b.kind == .infinity && a.negative != b.negative { return invalid(&context) }
        if a.isDenormal || b.isDenormal || denormal { context.raise(.denormal) }
        if a.kind == .infinity { return infinity(negative: a.negative) }
        if b.kind == .infinity { return infinity(negative: b.negative) }
        if a.kind == .zero || b.kind == .zero {
            if a.kind == b.kind {
                return zero(negative: a.negative == b.negative ? a.negative : context.rounding == .down)
            }
            let one = a.kind == .zero ? b : a
            return rounded(
                negative: one.negative, exponent: one.exponent, high: one.significand, low: 0, context.precision,
                &context)
        }
        let swap = a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)
        let large = swap ? b : a, small = swap ? a : b
        let distance = large.exponent &- small.exponent
        if large.negative == small.negative {
            let (high, low) = shifted(small.significand, distance)
            let (total, carry) = large.significand.addingReportingOverflow(high)
            return rounded(
                negative: large.negative, exponent: large.exponent &+ (carry ? 1 : 0),
                high: carry ? total &>> 1 | 1 << 63 : total,
                low: carry ? total &<< 63 | low &>> 1 | low & 1 : low, context.precision, &context)
        }
        let (part, under) = shifted(small.significand, distance)
        var high = large.significand &- part &- (under != 0 ? 1 : 0), low = 0 &- under
        if high == 0 {
            // Only operands of the same exponent, or of neighbouring ones, cancel so far: `low` is one bit at most.
            if low == 0 { return zero(negative: context.rounding == .down) }
            return rounded(
                negative: large.negative, exponent: large.exponent &- 64, high: low, low: 0, context.precision,
                &context)
        }
        let shift = UInt64(truncatingIfNeeded: high.leadingZeroBitCount)
        if shift != 0 {
            high = high &<< shift | low &>> (64 &- shift)
            low = low &<< shift
        }
        return rounded(
            negative: large.negative, exponent: large.exponent &- Int(shift), high: high, low: low,
            context.precision, &context)
    }

    /// significand / 2^distance in units of bit 0 and of 2^-64; what is below that is gathered in its bit 0.
    @inlinable @inline(__always)
    static func shifted(_ significand: UInt64, _ distance: Int) -> (UInt64, UInt64) {
        if distance == 0 { return (significand, 0) }
        if distance < 64 {
            return (significand &>> UInt64(distance), significand &<< UInt64(64 &- distance))
        }
        return (0, significand.shiftedRightSticky(distance &- 64))
    }

    /// FMUL: a * b
    @inlinable
    public static func multiply(
        _ a: Extended, _ b: Extended, denormal: Bool = false, _ context: inout FloatContext
    ) -> Extended {
        context.roundedUp = false
        let x = a.unpacked, y = b.unpacked
        if x.isNaN || y.isNaN { return propagated(a, b, &context) }
        let negative = x.negative != y.negative
        if x.kind != .finite || y.kind != .finite {
            let infinite = x.kind == .infinity || y.kind == .infinity
            if infinite && (x.kind == .zero || y.kind == .zero) { return invalid(&context) }
            if x.isDenormal || y.isDenormal || denormal { context.raise(.denormal) }
            return infinite ? infinity(negative: negative) : zero(negative: negative)
        }
        if x.isDenormal || y.isDenormal || denormal { context.raise(.denormal) }
        var (high, low) = x.significand.multipliedFullWidth(by: y.significand)
        var exponent = x.exponent &+ y.exponent &+ 1
        if high >> 63 == 0 {
            high = high &<< 1 | low &>> 63
            low = low &<< 1
            exponent &-= 1
        }
        return rounded(
            negative: negative, exponent: exponent, high: high, low: low, context.precision, &context)
    }

    /// FDIV: a / b
    @inlinable
    public static func divide(
        _ a: Extended, _ b: Extended, denormal: Bool = false, _ context: inout FloatContext
    ) -> Extended {
        context.roundedUp = false
        let x = a.unpacked, y = b.unpacked
        if x.isNaN || y.isNaN { return propagated(a, b, &context) }
        let negative = x.negative != y.negative
        if x.kind != .finite || y.kind != .finite {
            if x.kind == y.kind { return invalid(&context) }
            if y.kind == .zero {
                if x.kind == .finite { context.raise(.divideByZero) }
                return infinity(negative: negative)
            }
            if x.isDenormal || y.isDenormal || denormal { context.raise(.denormal) }
            return x.kind == .infinity ? infinity(negative: negative) : zero(negative: negative)
        }
        if x.isDenormal || y.isDenormal || denormal { context.raise(.denormal) }
        let less = x.significand < y.significand
        let dividend =
            less ? (high: x.significand, low: 0 as UInt64) : (high: x.significand &>> 1, low: x.significand &<< 63)
        let (quotient, remainder) = y.significand.dividingFullWidth(dividend)
        return rounded(
            negative: negative, exponent: x.exponent &- y.exponent &- (less ? 1 : 0), high: quotient,
            low: fraction(remainder, of: y.significand), context.precision, &context)
    }

    /// part / whole as far as rounding goes: 0, less than half, half, more than half.
    @inlinable @inline(__always)
    static func fraction(_ part: UInt64, of whole: UInt64) -> UInt64 {
        if part == 0 { return 0 }
        let rest = whole &- part
        return part < rest ? 1 : part == rest ? 1 << 63 : 1 << 63 | 1
    }

    /// FSQRT
    @inlinable
    public static func squareRoot(_ a: Extended, _ context: inout FloatContext) -> Extended {
        context.roundedUp = false
        let x = a.unpacked
        if x.isNaN { return propagated(a, &context) }
        if x.kind == .zero { return a }
        if x.negative { return invalid(&context) }
        if x.kind == .infinity { return a }
        if x.isDenormal { context.raise(.denormal) }
        let (root, rest) = FloatArithmetic.squareRoot(x.significand, oddExponent: x.exponent & 1 != 0)
        // (root + 1/2)^2 is root^2 + root + 1/4: never met.
        let low: UInt64 = rest == 0 ? 0 : rest > UInt128(root) ? 1 << 63 | 1 : 1
        return rounded(
            negative: false, exponent: x.exponent &>> 1, high: root, low: low, context.precision, &context)
    }

    /// FCOM, FCOMI, FTST where `signalling` (a QNaN is invalid), FUCOM and FUCOMI where not.
    @inlinable
    public static func compare(
        _ a: Extended, _ b: Extended, signalling: Bool, denormal: Bool = false, _ context: inout FloatContext
    ) -> FloatOrdering {
        context.roundedUp = false
        let x = a.unpacked, y = b.unpacked
        if x.isNaN || y.isNaN {
            if signalling || x.kind.rawValue > Kind.quietNaN.rawValue || y.kind.rawValue > Kind.quietNaN.rawValue {
                context.raise(.invalid)
            }
            return .unordered
        }
        if x.isDenormal || y.isDenormal || denormal { context.raise(.denormal) }
        if x.kind == .zero && y.kind == .zero { return .equal }
        if x.negative != y.negative { return x.negative ? .less : .greater }
        let above: Bool
        if x.kind != y.kind {
            above = x.kind.rawValue > y.kind.rawValue
        } else if x.kind == .infinity || (x.exponent == y.exponent && x.significand == y.significand) {
            return .equal
        } else {
            above = x.exponent != y.exponent ? x.exponent > y.exponent : x.significand > y.significand
        }
        return above != x.negative ? .greater : .less
    }
}
