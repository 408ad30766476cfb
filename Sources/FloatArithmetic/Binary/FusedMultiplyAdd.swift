extension BinaryFormat {
    /// Any operands; see `multiplyAdd` of `HostFormat`.
    @inlinable @inline(never)
    static func exactMultiplyAdd(
        _ first: Bits, _ second: Bits, _ third: Bits, negateProduct: Bool, negateAddend: Bool,
        _ context: inout FloatContext
    ) -> Bits {
        let a = flushed(first, context), b = flushed(second, context), c = flushed(third, context)
        if isNaN(a) || isNaN(b) || isNaN(c) {
            if isSignallingNaN(a) || isSignallingNaN(b) || isSignallingNaN(c) { context.raise(.invalid) }
            return (isNaN(a) ? a : isNaN(b) ? b : c) | quietBit
        }
        let x = unpack(a), y = unpack(b)
        var z = unpack(c)
        if negateAddend { z.negative.toggle() }
        let negative = (x.negative != y.negative) != negateProduct
        if x.kind == .infinity || y.kind == .infinity {
            if x.kind == .zero || y.kind == .zero { return invalid(&context) }
            if z.kind == .infinity && z.negative != negative { return invalid(&context) }
        }
        if x.isDenormal || y.isDenormal || z.isDenormal { context.raise(.denormal) }
        if x.kind == .infinity || y.kind == .infinity { return infinity(negative) }
        if z.kind == .infinity { return infinity(z.negative) }
        if x.kind == .zero || y.kind == .zero {
            guard z.kind == .zero else {
                return rounded(negative: z.negative, exponent: z.exponent, significand: z.significand, &context)
            }
            return zero(z.negative == negative ? negative : context.rounding == .down)
        }
        // ± product * 2^(exponent - 126), exact, with bit 126 or 125 set: room for a carry above.
        let full = x.significand.multipliedFullWidth(by: y.significand)
        let product = UInt128(high: full.high, low: full.low) &>> 1
        let exponent = x.exponent &+ y.exponent &+ 1
        if z.kind == .zero { return rounded(negative: negative, exponent: exponent, wide: product, &context) }
        // The significands leave at least 20 zero bits at the low end, so what is shifted out is either nothing or
        // so far below the other operand that no more than one bit can cancel.
        let addend = UInt128(z.significand) &<< 63
        let distance = exponent &- z.exponent
        let p = distance < 0 ? product.shiftedRightSticky(0 &- distance) : product
        let q = distance > 0 ? addend.shiftedRightSticky(distance) : addend
        let top = distance < 0 ? z.exponent : exponent
        if negative == z.negative {
            return rounded(negative: negative, exponent: top, wide: p &+ q, &context)
        }
        if p == q { return zero(context.rounding == .down) }
        return rounded(
            negative: p > q ? negative : z.negative, exponent: top, wide: p > q ? p &- q : q &- p, &context)
    }

    /// ± wide * 2^(exponent - 126), not zero.
    @inlinable @inline(__always)
    static func rounded(negative: Bool, exponent: Int, wide: UInt128, _ context: inout FloatContext) -> Bits {
        let shift = wide.leadingZeroBitCount
        let normal = wide &<< UInt128(shift)
        return rounded(
            negative: negative, exponent: exponent &+ 1 &- shift,
            significand: normal.high | (normal.low != 0 ? 1 : 0), &context)
    }
}
