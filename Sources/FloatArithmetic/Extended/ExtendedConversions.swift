extension Extended {
    /// A number of another format as an operand of FADD m32, FCOM m64 and so on: the same number, a NaN with its
    /// payload, an SNaN as such. A denormal comes out normal: hand `format.isDenormal(bits)` to the operation.
    @inlinable
    public init<Format: BinaryFormat>(widening bits: Format.Bits, _ format: Format.Type) {
        let x = Format.unpack(bits)
        switch x.kind {
        case .zero: self = .zero(negative: x.negative)
        case .finite:
            self.init(negative: x.negative, field: x.exponent &+ Self.bias, significand: x.significand)
        case .infinity: self = .infinity(negative: x.negative)
        case .quietNaN, .signallingNaN, .unsupported:
            let fraction = UInt64(truncatingIfNeeded: bits & Format.fractionMask)
            self.init(
                negative: x.negative, field: Self.largestField,
                significand: 1 << 63 | fraction &<< UInt64(63 &- Format.fractionBits))
        }
    }

    /// FILD and the integer operands of FIADD and so on: always exact.
    @inlinable
    public init(_ integer: Int64) {
        guard integer != 0 else {
            self = .zero(negative: false)
            return
        }
        let shift = integer.magnitude.leadingZeroBitCount
        self.init(
            negative: integer < 0, field: Self.bias &+ 63 &- shift,
            significand: integer.magnitude &<< UInt64(shift))
    }

    /// FLD m32, FLD m64: IE for an SNaN, which becomes quiet, DE for a denormal.
    @inlinable
    public static func load<Format: BinaryFormat>(
        _ bits: Format.Bits, _ format: Format.Type, _ context: inout FloatContext
    ) -> Extended {
        context.roundedUp = false
        let value = Extended(widening: bits, format)
        if Format.isDenormal(bits) { context.raise(.denormal) }
        guard value.isSignallingNaN else { return value }
        context.raise(.invalid)
        return value.quiet
    }

    /// FST m32, FST m64. A denormal operand raises no DE.
    @inlinable
    public static func store<Format: BinaryFormat>(
        _ a: Extended, _ format: Format.Type, _ context: inout FloatContext
    ) -> Format.Bits {
        context.roundedUp = false
        let x = a.unpacked
        switch x.kind {
        case .zero: return Format.zero(x.negative)
        case .finite:
            var own = context
            own.flags = []
            let result = Format.rounded(
                negative: x.negative, exponent: x.exponent, significand: x.significand, &own)
            // Where nothing is stored, nothing was rounded.
            if !own.unmasked.isDisjoint(with: [.overflow, .underflow]) {
                own.flags.remove(.precision)
                own.roundedUp = false
            }
            context.raise(own.flags)
            context.roundedUp = own.roundedUp
            return result
        case .infinity: return Format.infinity(x.negative)
        case .unsupported: return Format.invalid(&context)
        case .quietNaN, .signallingNaN:
            if x.kind == .signallingNaN { context.raise(.invalid) }
            let fraction = (a.quiet.significand &<< 1) &>> UInt64(64 &- Format.fractionBits)
            return Format.infinity(x.negative) | Format.Bits(truncatingIfNeeded: fraction)
        }
    }

    /// FIST (with the context's rounding) and FISTTP (with `.zero`) to 16, 32 or 64 bits. What does not fit is
    /// invalid and gives the integer indefinite: the sign bit alone.
    @inlinable
    public static func toInteger<I: FixedWidthInteger & SignedInteger>(
        _ a: Extended, as type: I.Type = I.self, rounding: RoundingMode, _ context: inout FloatContext
    ) -> I {
        context.roundedUp = false
        let x = a.unpacked
        if x.kind == .zero { return 0 }
        guard x.kind == .finite, x.exponent < I.bitWidth else {
            context.raise(.invalid)
            return I.min
        }
        let (magnitude, inexact, up) = integral(x, rounding)
        let limit = UInt64(I.max.magnitude)
        guard magnitude <= limit || (x.negative && magnitude == limit &+ 1) else {
            context.raise(.invalid)
            return I.min
        }
        if inexact { context.raise(.precision) }
        context.roundedUp = up
        let value = I(truncatingIfNeeded: magnitude)
        return x.negative ? 0 &- value : value
    }

    /// The magnitude of a finite number with an exponent below 64, rounded to an integer. An exponent of 63 leaves
    /// nothing to round.
    @inlinable
    static func integral(_ x: Unpacked, _ rounding: RoundingMode) -> (magnitude: UInt64, inexact: Bool, up: Bool) {
        let wide = UInt128(high: x.significand, low: 0).shiftedRightSticky(63 &- x.exponent)
        let up = rounding.roundsUp(
            negative: x.negative, odd: wide.high & 1 != 0, rest: wide.low, half: 1 << 63)
        return (wide.high &+ (up ? 1 : 0), wide.low != 0, up)
    }

    /// FRNDINT
    @inlinable
    public static func roundToIntegral(_ a: Extended, _ context: inout FloatContext) -> Extended {
        context.roundedUp = false
        let x = a.unpacked
        if x.isNaN { return propagated(a, &context) }
        if x.isDenormal { context.raise(.denormal) }
        guard x.kind == .finite, x.exponent < 63 else { return a }
        let (magnitude, inexact, up) = integral(x, context.rounding)
        if inexact { context.raise(.precision) }
        context.roundedUp = up
        if magnitude == 0 { return zero(negative: x.negative) }
        let shift = magnitude.leadingZeroBitCount
        return Extended(
            negative: x.negative, field: bias &+ 63 &- shift, significand: magnitude &<< UInt64(shift))
    }
}

/// Packed BCD (SDM 1 4.7): 18 digits in bits 0-71, the sign in bit 79.
extension Extended {
    /// FBLD. A digit above 9 counts as what its bits say.
    @inlinable
    public init(packedBCD digits: UInt64, signAndTopDigits: UInt16) {
        var value: UInt64 = UInt64(signAndTopDigits >> 4 & 15) &* 10 &+ UInt64(signAndTopDigits & 15)
        var rest = digits
        for _ in 0..<16 {
            value = value &* 10 &+ rest >> 60
            rest &<<= 4
        }
        let negative = signAndTopDigits >> 15 != 0
        guard value != 0 else {
            self = .zero(negative: negative)
            return
        }
        let shift = value.leadingZeroBitCount
        self.init(
            negative: negative, field: Self.bias &+ 63 &- shift, significand: value &<< UInt64(shift))
    }

    /// FBSTP: bits 0-63 and 64-79. What has more than 18 digits is invalid and gives FFFFC000000000000000.
    @inlinable
    public static func toPackedBCD(
        _ a: Extended, _ context: inout FloatContext
    ) -> (digits: UInt64, signAndTopDigits: UInt16) {
        context.roundedUp = false
        let x = a.unpacked
        let sign: UInt16 = x.negative ? 0x8000 : 0
        if x.kind == .zero { return (0, sign) }
        let (magnitude, inexact, up) =
            x.kind == .finite && x.exponent < 60 ? integral(x, context.rounding) : (UInt64.max, false, false)
        guard magnitude < 1_000_000_000_000_000_000 else {
            context.raise(.invalid)
            return (0xC000_0000_0000_0000, 0xFFFF)
        }
        if inexact { context.raise(.precision) }
        context.roundedUp = up
        var digits: UInt64 = 0, value = magnitude
        for place in 0..<16 {
            digits |= (value % 10) &<< UInt64(place &* 4)
            value /= 10
        }
        return (digits, sign | UInt16(value / 10) << 4 | UInt16(value % 10))
    }
}

/// FLD1 and the other constants, rounded as RC says from 66 bits or more (SDM 1 8.3.8); no exception, C1 is 0.
@frozen public enum ExtendedConstant: UInt8, CaseIterable, Sendable {
    /// D9 E8 and the codes behind it.
    case one
    case log2Of10
    case log2OfE
    case pi
    case log10Of2
    case lnOf2
    case zero

    @inlinable
    public func value(_ rounding: RoundingMode) -> Extended {
        let high: UInt64, low: UInt64, signAndExponent: UInt16
        switch self {
        case .one: return .one
        case .zero: return .zero(negative: false)
        case .log2Of10: (high, low, signAndExponent) = (0xD49A_784B_CD1B_8AFE, 0x492B << 48, 0x4000)
        case .log2OfE: (high, low, signAndExponent) = (0xB8AA_3B29_5C17_F0BB, 0xBE87 << 48, 0x3FFF)
        case .pi: (high, low, signAndExponent) = (0xC90F_DAA2_2168_C234, 0xC4C6 << 48, 0x4000)
        case .log10Of2: (high, low, signAndExponent) = (0x9A20_9A84_FBCF_F798, 0x8F89 << 48, 0x3FFD)
        case .lnOf2: (high, low, signAndExponent) = (0xB172_17F7_D1CF_79AB, 0xC9E3 << 48, 0x3FFE)
        }
        let up = rounding.roundsUp(negative: false, odd: high & 1 != 0, rest: low, half: 1 << 63)
        return Extended(significand: high &+ (up ? 1 : 0), signAndExponent: signAndExponent)
    }
}
