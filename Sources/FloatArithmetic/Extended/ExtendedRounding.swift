extension Extended {
    /// What an unmasked overflow or underflow takes off or adds to the exponent (SDM 1 8.5.4, 8.5.5).
    @inlinable @inline(__always) static var exponentAdjustment: Int { 24576 }

    /// ± (high + low / 2^64) * 2^(exponent - 63), rounded to a register. Bit 63 of `high` is set; bit 0 of `low` may
    /// stand for all below it.
    @inlinable @inline(__always)
    static func rounded(
        negative: Bool, exponent: Int, high: UInt64, low: UInt64, _ precision: PrecisionControl,
        _ context: inout FloatContext
    ) -> Extended {
        let biased = exponent &+ bias
        if precision == .extended && biased > 0 && biased < largestField &- 1 {
            if low == 0 { return Extended(negative: negative, field: biased, significand: high) }
            context.raise(.precision)
            let up = context.rounding.roundsUp(negative: negative, odd: high & 1 != 0, rest: low, half: 1 << 63)
            context.roundedUp = up
            let (sum, carry) = high.addingReportingOverflow(up ? 1 : 0)
            return Extended(
                negative: negative, field: carry ? biased &+ 1 : biased, significand: carry ? 1 << 63 : sum)
        }
        return roundedUnusual(
            negative: negative, biased: biased, high: high, low: low, bits: precision.bits, &context)
    }

    /// A significand rounded to its upper `bits` bits, at least 2; a carry out of bit 63 is told, and the rest is 0.
    @inlinable @inline(__always)
    static func cut(
        negative: Bool, high: UInt64, low: UInt64, bits: Int, _ rounding: RoundingMode
    ) -> (significand: UInt64, carry: Bool, inexact: Bool, up: Bool) {
        let free = UInt64(64 &- bits)
        let mask: UInt64 = 1 &<< free &- 1
        let rest = bits == 64 ? low : high & mask | (low != 0 ? 1 : 0)
        let half: UInt64 = bits == 64 ? 1 << 63 : 1 &<< (free &- 1)
        let up = rounding.roundsUp(negative: negative, odd: high &>> free & 1 != 0, rest: rest, half: half)
        let (sum, carry) = (high & ~mask).addingReportingOverflow(up ? 1 &<< free : 0)
        return (sum, carry, rest != 0, up)
    }

    @inlinable @inline(never)
    static func roundedUnusual(
        negative: Bool, biased: Int, high: UInt64, low: UInt64, bits: Int, _ context: inout FloatContext
    ) -> Extended {
        let rounding = context.rounding
        var (significand, carry, inexact, up) = cut(negative: negative, high: high, low: low, bits: bits, rounding)
        var field = biased
        if carry {
            significand = 1 << 63
            field &+= 1
        }
        if field >= largestField {
            context.raise(.overflow)
            let masked = context.isMasked(.overflow)
            if !masked && field &- exponentAdjustment < largestField {
                field &-= exponentAdjustment
            } else {
                // Only FSCALE gets so far that the adjusted exponent, too, is out of range: infinity under any RC.
                context.raise(.precision)
                let toInfinity = !masked || rounding.overflowsToInfinity(negative: negative)
                context.roundedUp = toInfinity
                if toInfinity { return infinity(negative: negative) }
                return Extended(
                    negative: negative, field: largestField &- 1, significand: UInt64.max &<< UInt64(64 &- bits))
            }
        } else if field <= 0 {
            // Tiny, even after rounding without bounds on the exponent (SDM 1 4.9.1.5).
            if !context.isMasked(.underflow) {
                context.raise(.underflow)
                field &+= exponentAdjustment
                // FSCALE again.
                if field <= 0 {
                    context.raise(.precision)
                    return zero(negative: negative)
                }
            } else {
                return roundedDenormal(
                    negative: negative, biased: biased, high: high, low: low, bits: bits, &context)
            }
        } else if biased <= 0 {
            // Rounded up to the smallest normal number: not tiny, but the rounding is that of a denormal.
            return roundedDenormal(
                negative: negative, biased: biased, high: high, low: low, bits: bits, tiny: false, &context)
        }
        if inexact { context.raise(.precision) }
        context.roundedUp = up
        return Extended(negative: negative, field: field, significand: significand)
    }

    @inlinable @inline(never)
    static func roundedDenormal(
        negative: Bool, biased: Int, high: UInt64, low: UInt64, bits: Int, tiny: Bool = true,
        _ context: inout FloatContext
    ) -> Extended {
        let shifted = UInt128(high: high, low: low).shiftedRightSticky(1 &- biased)
        let (significand, _, inexact, up) = cut(
            negative: negative, high: shifted.high, low: shifted.low, bits: bits, context.rounding)
        if inexact { context.raise(.precision) }
        if tiny && inexact { context.raise(.underflow) }
        context.roundedUp = up
        return Extended(negative: negative, field: Int(significand &>> 63), significand: significand)
    }
}
