extension Extended {
    /// A pseudo-denormal as the normal number that it is.
    @inlinable @inline(__always) var canonical: Extended {
        field == 0 && significand >> 63 != 0
            ? Extended(significand: significand, signAndExponent: signAndExponent | 1) : self
    }

    /// FSCALE: a * 2^(b towards zero) (SDM 2A FSCALE).
    @inlinable
    public static func scale(_ a: Extended, by b: Extended, _ context: inout FloatContext) -> Extended {
        context.roundedUp = false
        let x = a.unpacked, y = b.unpacked
        if x.isNaN || y.isNaN { return propagated(a, b, &context) }
        if y.kind == .infinity {
            if y.negative ? x.kind == .infinity : x.kind == .zero { return invalid(&context) }
            if x.isDenormal { context.raise(.denormal) }
            return y.negative ? zero(negative: x.negative) : infinity(negative: x.negative)
        }
        if x.isDenormal || y.isDenormal { context.raise(.denormal) }
        guard x.kind == .finite, y.kind != .zero else { return a.canonical }
        var distance = 0
        if y.kind == .finite && y.exponent >= 0 {
            // Beyond what any operand can bear is one place.
            distance = y.exponent > 16 ? 1 << 17 : Int(y.significand &>> UInt64(63 &- y.exponent))
            if y.negative { distance = 0 &- distance }
        }
        return rounded(
            negative: x.negative, exponent: x.exponent &+ distance, high: x.significand, low: 0, .extended, &context)
    }

    /// FXTRACT: the exponent as a number, for ST(1), and the significand, for ST(0) (SDM 2A FXTRACT).
    @inlinable
    public static func extract(
        _ a: Extended, _ context: inout FloatContext
    ) -> (exponent: Extended, significand: Extended) {
        context.roundedUp = false
        let x = a.unpacked
        switch x.kind {
        case .quietNaN, .signallingNaN, .unsupported:
            let nan = propagated(a, &context)
            return (nan, nan)
        case .zero:
            context.raise(.divideByZero)
            return (infinity(negative: true), a)
        case .infinity:
            return (infinity(negative: false), a)
        case .finite:
            if x.isDenormal { context.raise(.denormal) }
            return (
                Extended(Int64(x.exponent)),
                Extended(negative: x.negative, field: bias, significand: x.significand)
            )
        }
    }

    /// What FPREM and FPREM1 leave: the remainder, C2 where the reduction is not complete, and the lower three bits
    /// of the quotient's magnitude, which are 0 where it is not.
    @frozen public struct Remainder: Equatable, Sendable {
        public var value: Extended
        /// C2
        public var isPartial: Bool
        /// Q2 is C0, Q1 is C3, Q0 is C1.
        public var quotient: UInt8

        @inlinable init(_ value: Extended, isPartial: Bool = false, quotient: UInt8 = 0) {
            self.value = value
            self.isPartial = isPartial
            self.quotient = quotient
        }
    }

    /// FPREM (quotient towards zero) and, with `toNearest`, FPREM1: exact, at most 63 bits of the quotient at once.
    @inlinable
    public static func remainder(
        _ a: Extended, _ b: Extended, toNearest: Bool, _ context: inout FloatContext
    ) -> Remainder {
        context.roundedUp = false
        let x = a.unpacked, y = b.unpacked
        if x.isNaN || y.isNaN { return Remainder(propagated(a, b, &context)) }
        if x.kind == .infinity || y.kind == .zero { return Remainder(invalid(&context)) }
        if x.isDenormal || y.isDenormal { context.raise(.denormal) }
        if x.kind == .zero { return Remainder(a) }
        if y.kind == .infinity { return Remainder(a.canonical) }
        let distance = x.exponent &- y.exponent
        if distance < -1 || (distance < 0 && !toNearest) { return Remainder(whole(x, &context)) }
        if distance >= 64 {
            // The manual leaves the number of bits to the CPU, between 32 and 63.
            let step = distance & 31 | 32
            let (rest, _) = reduced(x.significand, by: y.significand, step)
            return Remainder(
                normalised(negative: x.negative, exponent: y.exponent &+ distance &- step, rest, &context),
                isPartial: true)
        }
        var rest: UInt64, quotient: UInt64
        if distance < 0 {
            // Below the divisor but more than its half, perhaps.
            (rest, quotient) = (x.significand, 0)
        } else {
            (rest, quotient) = reduced(x.significand, by: y.significand, distance)
        }
        var negative = x.negative
        // The scale of `rest`: one down where distance is -1.
        var exponent = y.exponent
        if distance < 0 {
            exponent &-= 1
            // rest < 2^64 stands against 2 * divisor.
            if rest > y.significand {
                // 2 * divisor - rest, which is below 2^64 as rest > divisor.
                rest = y.significand &- (rest &- y.significand)
                quotient = 1
                negative.toggle()
            }
        } else if toNearest {
            let other = y.significand &- rest
            if rest > other || (rest == other && quotient & 1 != 0) {
                rest = other
                quotient &+= 1
                negative.toggle()
            }
        }
        return Remainder(
            normalised(negative: negative, exponent: exponent, rest, zeroNegative: x.negative, &context),
            quotient: UInt8(truncatingIfNeeded: quotient & 7))
    }

    /// The remainder of significand * 2^places by the divisor, and the lower 64 bits of the quotient. Both
    /// significands have bit 63 set; `places` is at most 63.
    @inlinable @inline(__always)
    static func reduced(_ significand: UInt64, by divisor: UInt64, _ places: Int) -> (UInt64, UInt64) {
        let first = significand >= divisor ? significand &- divisor : significand
        let firstQuotient: UInt64 = significand >= divisor ? 1 : 0
        if places == 0 { return (first, firstQuotient) }
        // first < divisor, so the quotient fits in `places` bits.
        let high = first &>> UInt64(64 &- places), low = first &<< UInt64(places)
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        return (remainder, firstQuotient &<< UInt64(places) | quotient)
    }

    /// rest * 2^(exponent - 63), exact; a zero has the sign of the dividend.
    @inlinable @inline(__always)
    static func normalised(
        negative: Bool, exponent: Int, _ rest: UInt64, zeroNegative: Bool? = nil, _ context: inout FloatContext
    ) -> Extended {
        if rest == 0 { return zero(negative: zeroNegative ?? negative) }
        let shift = rest.leadingZeroBitCount
        return rounded(
            negative: negative, exponent: exponent &- shift, high: rest &<< UInt64(shift), low: 0, .extended, &context)
    }

    /// A finite number as it was: a pseudo-denormal becomes normal, and a denormal underflows where that is not masked.
    @inlinable @inline(__always)
    static func whole(_ x: Unpacked, _ context: inout FloatContext) -> Extended {
        rounded(negative: x.negative, exponent: x.exponent, high: x.significand, low: 0, .extended, &context)
    }
}
