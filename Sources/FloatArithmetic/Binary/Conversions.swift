extension BinaryFormat {
    /// CVTSI2Sx, CVTDQ2Px: a signed integer, rounded.
    @inlinable @inline(__always)
    public static func from(_ integer: Int64, _ context: inout FloatContext) -> Bits {
        if integer == 0 { return 0 }
        let magnitude = integer.magnitude
        let shift = magnitude.leadingZeroBitCount
        return rounded(
            negative: integer < 0, exponent: 63 &- shift, significand: magnitude &<< UInt64(shift), &context)
    }

    /// CVTSx2SI, CVTPx2DQ with the context's rounding, CVTTxx with `.zero`. What does not fit is invalid and gives
    /// the integer indefinite: the sign bit alone. A denormal operand raises no DE.
    @inlinable
    public static func toInteger<I: FixedWidthInteger & SignedInteger>(
        _ operand: Bits, as type: I.Type = I.self, rounding: RoundingMode, _ context: inout FloatContext
    ) -> I {
        let x = unpack(flushed(operand, context))
        switch x.kind {
        case .zero: return 0
        case .finite: break
        case .infinity, .quietNaN, .signallingNaN, .unsupported:
            context.raise(.invalid)
            return I.min
        }
        guard x.exponent < I.bitWidth else {
            context.raise(.invalid)
            return I.min
        }
        let (magnitude, inexact) = integral(x, rounding)
        // The magnitude can be 2^64 after a carry only if I has more than 64 bits.
        let limit = UInt64(I.max.magnitude)
        guard magnitude <= limit || (x.negative && magnitude == limit &+ 1) else {
            context.raise(.invalid)
            return I.min
        }
        if inexact { context.raise(.precision) }
        let value = I(truncatingIfNeeded: magnitude)
        return x.negative ? 0 &- value : value
    }

    /// The magnitude of a finite number with an exponent below 64, rounded to an integer.
    @inlinable @inline(__always)
    static func integral(_ x: Unpacked, _ rounding: RoundingMode) -> (magnitude: UInt64, inexact: Bool) {
        if x.exponent == 63 { return (x.significand, false) }
        let shift = 63 &- x.exponent
        // Down to bit 0 for the last place, with what is cut off at the top of `rest`.
        let kept = shift > 63 ? 0 : x.significand &>> UInt64(shift)
        let rest =
            shift > 64
            ? x.significand.shiftedRightSticky(shift &- 64)
            : shift == 64 ? x.significand : x.significand &<< UInt64(64 &- shift)
        let up = rounding.roundsUp(negative: x.negative, odd: kept & 1 != 0, rest: rest, half: 1 << 63)
        return (kept &+ (up ? 1 : 0), rest != 0)
    }

    /// ROUNDxx by the immediate: bits 0-1 RC, bit 2 takes RC from the context, bit 3 keeps PE unset.
    @inlinable @inline(__always)
    public static func round(_ operand: Bits, immediate: UInt8, _ context: inout FloatContext) -> Bits {
        let rounding = immediate & 4 != 0 ? context.rounding : RoundingMode(bits: UInt32(immediate))
        return roundToIntegral(operand, rounding, raisesPrecision: immediate & 8 == 0, &context)
    }

    /// A denormal operand raises no DE.
    @inlinable
    public static func roundToIntegral(
        _ operand: Bits, _ rounding: RoundingMode, raisesPrecision: Bool, _ context: inout FloatContext
    ) -> Bits {
        let a = flushed(operand, context)
        if isNaN(a) { return quieted(a, &context) }
        let x = unpack(a)
        guard x.kind == .finite, x.exponent < fractionBits else { return a }
        let (magnitude, inexact) = integral(x, rounding)
        if inexact && raisesPrecision { context.raise(.precision) }
        if magnitude == 0 { return zero(x.negative) }
        let shift = magnitude.leadingZeroBitCount
        let fraction = (magnitude &<< UInt64(shift)) &>> UInt64(63 &- fractionBits)
        let result =
            UInt64(63 &- shift &+ bias &- 1) &<< UInt64(fractionBits) &+ fraction
        return Bits(truncatingIfNeeded: result) | zero(x.negative)
    }

    /// To another format: CVTSS2SD, CVTSD2SS, CVTPx2Px. A NaN keeps its sign and the upper bits of its payload.
    @inlinable
    public static func convert<To: BinaryFormat>(
        _ operand: Bits, to format: To.Type, _ context: inout FloatContext
    ) -> To.Bits {
        let a = flushed(operand, context)
        if isNaN(a) { return convertedNaN(a, to: format, &context) }
        let x = unpack(a)
        if x.isDenormal { context.raise(.denormal) }
        if x.kind == .zero { return To.zero(x.negative) }
        if x.kind == .infinity { return To.infinity(x.negative) }
        return To.rounded(negative: x.negative, exponent: x.exponent, significand: x.significand, &context)
    }

    @inlinable
    static func convertedNaN<To: BinaryFormat>(
        _ operand: Bits, to format: To.Type, _ context: inout FloatContext
    ) -> To.Bits {
        let fraction = UInt64(truncatingIfNeeded: quieted(operand, &context) & fractionMask)
        let top = fraction &<< UInt64(63 &- fractionBits)
        return To.infinity(isNegative(operand)) | To.Bits(truncatingIfNeeded: top &>> UInt64(63 &- To.fractionBits))
    }
}

extension Binary16 {
    /// VCVTPH2PS: always exact. Only a signalling NaN raises anything (IE); DAZ does not matter.
    @inlinable
    public static func toBinary32(_ operand: UInt16, _ context: inout FloatContext) -> UInt32 {
        if isNaN(operand) { return convertedNaN(operand, to: Binary32.self, &context) }
        let x = unpack(operand)
        if x.kind == .zero { return Binary32.zero(x.negative) }
        if x.kind == .infinity { return Binary32.infinity(x.negative) }
        let magnitude = UInt32(x.exponent &+ Binary32.bias &- 1) &<< 23 &+ UInt32(x.significand &>> 40)
        return magnitude | Binary32.zero(x.negative)
    }

    /// VCVTPS2PH by its immediate: bits 0-1 RC, bit 2 takes RC from the context. FTZ does not matter.
    @inlinable
    public static func fromBinary32(_ operand: UInt32, immediate: UInt8, _ context: inout FloatContext) -> UInt16 {
        var own = context
        own.word &= ~0x8000
        if immediate & 4 == 0 { own.rounding = RoundingMode(bits: UInt32(immediate)) }
        let result = Binary32.convert(operand, to: Binary16.self, &own)
        context.raise(own.flags)
        return result
    }
}
