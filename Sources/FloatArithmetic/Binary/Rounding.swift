extension BinaryFormat {
    /// ± significand * 2^(exponent - 63), rounded to the format. Bit 63 is set; bit 0 may stand for all below it,
    /// for which the format leaves at least two bits more than it keeps.
    @inlinable
    static func rounded(negative: Bool, exponent: Int, significand: UInt64, _ context: inout FloatContext) -> Bits {
        let biased = exponent &+ bias
        if biased <= 0 {
            return roundedBelowNormal(negative: negative, biased: biased, significand: significand, &context)
        }
        let cut = UInt64(63 &- fractionBits)
        let rest = significand & (1 &<< cut &- 1)
        var kept = significand &>> cut
        if rest != 0 {
            context.raise(.precision)
            let up = context.rounding.roundsUp(
                negative: negative, odd: kept & 1 != 0, rest: rest, half: 1 &<< (cut &- 1))
            kept &+= up ? 1 : 0
            context.roundedUp = up
        }
        // The hidden one adds 1 to the exponent field; so does a carry out of the fraction.
        let magnitude = UInt64(truncatingIfNeeded: biased &- 1) &<< UInt64(fractionBits) &+ kept
        if biased >= 1 << exponentBits || magnitude >= UInt64(infinity) {
            // Where the exception is not masked, PE tells of a result without bounds on its exponent.
            context.raise(context.isMasked(.overflow) || rest != 0 ? [.overflow, .precision] : .overflow)
            let up = context.rounding.overflowsToInfinity(negative: negative)
            context.roundedUp = up
            let result = up ? infinity : infinity &- 1
            return negative ? result | signBit : result
        }
        let result = Bits(truncatingIfNeeded: magnitude)
        return negative ? result | signBit : result
    }

    /// The same where the exponent is below that of the smallest normal number: `biased` is 0 or less.
    @inlinable @inline(never)
    static func roundedBelowNormal(
        negative: Bool, biased: Int, significand: UInt64, _ context: inout FloatContext
    ) -> Bits {
        let rounding = context.rounding
        let cut = UInt64(63 &- fractionBits)
        let restMask: UInt64 = 1 &<< cut &- 1, half: UInt64 = 1 &<< (cut &- 1)
        // Tininess is detected after rounding as if the exponent had no bounds (SDM 1 4.9.1.5).
        var tiny = true
        if biased == 0 {
            let kept = significand &>> cut
            let up = rounding.roundsUp(
                negative: negative, odd: kept & 1 != 0, rest: significand & restMask, half: half)
            tiny = !(up && kept == 1 &<< UInt64(fractionBits &+ 1) &- 1)
        }
        if tiny && context.flushesToZero {
            context.raise([.underflow, .precision])
            return zero(negative)
        }
        if tiny && !context.isMasked(.underflow) {
            // Nothing of the result is used but PE, which is that without bounds on the exponent.
            context.raise(significand & restMask != 0 ? [.underflow, .precision] : .underflow)
            return zero(negative)
        }
        let shifted = significand.shiftedRightSticky(1 &- biased)
        let rest = shifted & restMask
        var kept = shifted &>> cut
        if rest != 0 {
            context.raise(.precision)
            let up = rounding.roundsUp(negative: negative, odd: kept & 1 != 0, rest: rest, half: half)
            kept &+= up ? 1 : 0
            context.roundedUp = up
        }
        if tiny && rest != 0 { context.raise(.underflow) }
        let result = Bits(truncatingIfNeeded: kept)
        return negative ? result | signBit : result
    }
}
