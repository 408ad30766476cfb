extension BinaryFormat {
    /// ADDSS, ADDSD
    @inlinable @inline(never)
    static func exactAdd(_ first: Bits, _ second: Bits, _ context: inout FloatContext) -> Bits {
        let a = flushed(first, context), b = flushed(second, context)
        if isNaN(a) || isNaN(b) { return propagated(a, b, &context) }
        return sum(unpack(a), unpack(b), &context)
    }

    /// SUBSS, SUBSD
    @inlinable @inline(never)
    static func exactSubtract(_ first: Bits, _ second: Bits, _ context: inout FloatContext) -> Bits {
        let a = flushed(first, context), b = flushed(second, context)
        if isNaN(a) || isNaN(b) { return propagated(a, b, &context) }
        return sum(unpack(a), unpack(b ^ signBit), &context)
    }

    /// No operand is a NaN.
    @inlinable @inline(__always)
    static func sum(_ a: Unpacked, _ b: Unpacked, _ context: inout FloatContext) -> Bits {
        if a.kind == .infinity && b.kind == .infinity && a.negative != b.negative { return invalid(&context) }
        if a.isDenormal || b.isDenormal { context.raise(.denormal) }
        if a.kind == .infinity { return infinity(a.negative) }
        if b.kind == .infinity { return infinity(b.negative) }
        if a.kind == .zero || b.kind == .zero {
            if a.kind == b.kind {
                return zero(a.negative == b.negative ? a.negative : context.rounding == .down)
            }
            let one = a.kind == .zero ? b : a
            return rounded(
                negative: one.negative, exponent: one.exponent, significand: one.significand, &context)
        }
        // One bit down: room for the carry.
        let swap = a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)
        let large = swap ? b : a, small = swap ? a : b
        let distance = large.exponent &- small.exponent
        let x = large.significand &>> 1, y = (small.significand &>> 1).shiftedRightSticky(distance)
        let total = large.negative == small.negative ? x &+ y : x &- y
        if total == 0 { return zero(context.rounding == .down) }
        let shift = total.leadingZeroBitCount
        return rounded(
            negative: large.negative, exponent: large.exponent &+ 1 &- shift,
            significand: total &<< UInt64(shift), &context)
    }

    /// MULSS, MULSD
    @inlinable @inline(never)
    static func exactMultiply(_ first: Bits, _ second: Bits, _ context: inout FloatContext) -> Bits {
        let a = flushed(first, context), b = flushed(second, context)
        if isNaN(a) || isNaN(b) { return propagated(a, b, &context) }
        let x = unpack(a), y = unpack(b)
        let negative = x.negative != y.negative
        if x.kind == .infinity || y.kind == .infinity {
            if x.kind == .zero || y.kind == .zero { return invalid(&context) }
            if x.isDenormal || y.isDenormal { context.raise(.denormal) }
            return infinity(negative)
        }
        if x.isDenormal || y.isDenormal { context.raise(.denormal) }
        if x.kind == .zero || y.kind == .zero { return zero(negative) }
        let product = x.significand.multipliedFullWidth(by: y.significand)
        var high = product.high
        var exponent = x.exponent &+ y.exponent &+ 1
        // Of the low half only whether it is zero counts: the format leaves more than one bit free.
        let sticky: UInt64 = product.low != 0 ? 1 : 0
        if high >> 63 == 0 {
            high = high &<< 1 | product.low &>> 63
            exponent &-= 1
        }
        return rounded(negative: negative, exponent: exponent, significand: high | sticky, &context)
    }

    /// DIVSS, DIVSD
    @inlinable @inline(never)
    static func exactDivide(_ first: Bits, _ second: Bits, _ context: inout FloatContext) -> Bits {
        let a = flushed(first, context), b = flushed(second, context)
        if isNaN(a) || isNaN(b) { return propagated(a, b, &context) }
        let x = unpack(a), y = unpack(b)
        let negative = x.negative != y.negative
        if x.kind == y.kind && x.kind != .finite { return invalid(&context) }
        if y.kind == .zero {
            if x.kind == .finite { context.raise(.divideByZero) }
            return infinity(negative)
        }
        if x.isDenormal || y.isDenormal { context.raise(.denormal) }
        if x.kind == .infinity { return infinity(negative) }
        if x.kind == .zero || y.kind == .infinity { return zero(negative) }
        // The quotient has bit 63 set in both cases, and the high half is below the divisor.
        let less = x.significand < y.significand
        let dividend =
            less ? (high: x.significand, low: 0 as UInt64) : (high: x.significand &>> 1, low: x.significand &<< 63)
        let (quotient, remainder) = y.significand.dividingFullWidth(dividend)
        return rounded(
            negative: negative, exponent: x.exponent &- y.exponent &- (less ? 1 : 0),
            significand: quotient | (remainder != 0 ? 1 : 0), &context)
    }

    /// SQRTSS, SQRTSD
    @inlinable @inline(never)
    static func exactSquareRoot(_ operand: Bits, _ context: inout FloatContext) -> Bits {
        let a = flushed(operand, context)
        if isNaN(a) { return quieted(a, &context) }
        let x = unpack(a)
        if x.kind == .zero { return a }
        if x.negative { return invalid(&context) }
        if x.kind == .infinity { return a }
        if x.isDenormal { context.raise(.denormal) }
        let (root, rest) = FloatArithmetic.squareRoot(x.significand, oddExponent: x.exponent & 1 != 0)
        return rounded(
            negative: false, exponent: x.exponent &>> 1, significand: root | (rest != 0 ? 1 : 0), &context)
    }
}

/// The 64-bit root, bit 63 set, of significand * 2^63, or twice that: where the exponent is odd; and what remains,
/// at most 2 root. Bit 63 of `significand` is set.
@inlinable
func squareRoot(_ significand: UInt64, oddExponent: Bool) -> (root: UInt64, rest: UInt128) {
    let value = UInt128(significand) &<< (oddExponent ? 64 : 63)
    // IEEE 754 wants the root of a Double rounded correctly, so the estimate is the same on any host; one step of
    // Newton's takes its 52 good bits past 64. The estimate times 2^32 has bit 63 set or is 2^64.
    let estimate = Double(value.high).squareRoot() * 4_294_967_296
    var root = estimate >= 18_446_744_073_709_549_568 ? UInt64.max : UInt64(estimate)
    if value.high < root {
        let quotient = root.dividingFullWidth((value.high, value.low)).quotient
        root = root &>> 1 &+ quotient &>> 1 &+ (root & quotient & 1)
    }
    // Now off by one at most, up or down by rounding.
    var square = root.multipliedFullWidth(by: root)
    var rest = value.subtractingReportingOverflow(UInt128(high: square.high, low: square.low))
    while rest.overflow {
        root &-= 1
        square = root.multipliedFullWidth(by: root)
        rest = value.subtractingReportingOverflow(UInt128(high: square.high, low: square.low))
    }
    // (root + 1)^2 - root^2 is 2 root + 1.
    while root != .max && rest.partialValue > UInt128(root) &<< 1 {
        rest.partialValue &-= UInt128(root) &<< 1 &+ 1
        root &+= 1
    }
    return (root, rest.partialValue)
}
