/// FSIN, FCOS, FSINCOS, FPTAN. The argument is reduced with a pi of 66 bits, as Intel's CPUs do it (SDM 1 8.3.8);
/// what is reduced is exact, and the result is that of more than 110 bits, rounded once.
extension Extended {
    /// pi / 2 in units of 2^-65.
    @inline(__always) private static var halfPiOf66Bits: UInt128 { 0x3_243F_6A88_85A3_08D3 }

    /// An argument below 2^63 in magnitude: its distance from the nearest multiple of pi / 2, and that multiple's number.
    private static func reduced(_ x: Unpacked) -> (rest: WideReal, quadrant: UInt64) {
        guard x.exponent >= -2 else { return (WideReal(x), 0) }
        let units = UInt128(x.significand) &<< UInt128(x.exponent &+ 2)
        let (quotient, remainder) = units.quotientAndRemainder(dividingBy: halfPiOf66Bits)
        let over = remainder > halfPiOf66Bits &>> 1
        let rest = WideReal(
            negative: x.negative != over, exponent: 62,
            normalising: over ? halfPiOf66Bits &- remainder : remainder)
        let quadrant = quotient.low &+ (over ? 1 : 0)
        return (rest, x.negative ? 0 &- quadrant : quadrant)
    }

    /// Of at most pi / 4.
    @inline(__always) private static func sine(_ r: WideReal) -> WideReal {
        let z = r.square
        return r.reduced(by: Series.high(z, Series.sineSeries(z)))
    }

    /// Of at most pi / 4.
    @inline(__always) private static func cosine(_ r: WideReal) -> WideReal {
        let z = r.square
        return WideReal(exponent: 0, significand: 1 << 127).reduced(by: Series.high(z, Series.cosineSeries(z)))
    }

    /// What does not need an argument in range: a NaN, infinity or zero, or 2^63 and more. nil where it does.
    private static func outOfRange(
        _ a: Extended, _ x: Unpacked, ofZero: Extended, _ context: inout FloatContext
    ) -> (value: Extended, isPartial: Bool)? {
        if x.isNaN { return (propagated(a, &context), false) }
        if x.kind == .infinity { return (invalid(&context), false) }
        if x.kind == .zero { return (ofZero, false) }
        if x.isDenormal { context.raise(.denormal) }
        return x.exponent >= 63 ? (a, true) : nil
    }

    /// Below 2^-68 the sine and the tangent are their argument whatever RC says, with PE.
    @inline(__always) private static func isTiny(_ x: Unpacked) -> Bool { x.exponent < -68 }

    private static func tiny(_ x: Unpacked, _ context: inout FloatContext) -> Extended {
        WideReal(x).rounded(exact: true, &context)
    }

    /// FSIN. `isPartial` is C2: the operand is 2^63 or more and stays.
    public static func sine(_ a: Extended, _ context: inout FloatContext) -> (value: Extended, isPartial: Bool) {
        context.roundedUp = false
        let x = a.unpacked
        if let result = outOfRange(a, x, ofZero: a, &context) { return result }
        if isTiny(x) { return (tiny(x, &context), false) }
        let (rest, quadrant) = reduced(x)
        var result = quadrant & 1 == 0 ? sine(rest) : cosine(rest)
        if quadrant & 2 != 0 { result = -result }
        return (result.rounded(&context), false)
    }

    /// FCOS. `isPartial` is C2: the operand is 2^63 or more and stays.
    public static func cosine(_ a: Extended, _ context: inout FloatContext) -> (value: Extended, isPartial: Bool) {
        context.roundedUp = false
        let x = a.unpacked
        if let result = outOfRange(a, x, ofZero: .one, &context) { return result }
        if isTiny(x) {
            context.raise(.precision)
            return (one, false)
        }
        let (rest, quadrant) = reduced(x)
        var result = quadrant & 1 == 0 ? cosine(rest) : sine(rest)
        if (quadrant &+ 1) & 2 != 0 { result = -result }
        return (result.rounded(&context), false)
    }

    /// FSINCOS: the sine replaces ST(0), then the cosine is pushed; with C2 (`isPartial`) nothing is. C1 is that of
    /// the cosine.
    public static func sineAndCosine(
        _ a: Extended, _ context: inout FloatContext
    ) -> (sine: Extended, cosine: Extended, isPartial: Bool) {
        let (sine, isPartial) = sine(a, &context)
        if isPartial { return (a, a, true) }
        return (sine, cosine(a, &context).value, false)
    }

    /// FPTAN: the tangent replaces ST(0), then 1.0 is pushed, or the same NaN again where it is one; with C2
    /// (`isPartial`) nothing is.
    public static func tangent(_ a: Extended, _ context: inout FloatContext) -> (value: Extended, isPartial: Bool) {
        context.roundedUp = false
        let x = a.unpacked
        if let result = outOfRange(a, x, ofZero: a, &context) { return result }
        if isTiny(x) { return (tiny(x, &context), false) }
        let (rest, quadrant) = reduced(x)
        // r + r^3 / 3, the next term being below 2^-124 of it.
        if rest.exponent < -31 && quadrant & 1 == 0 {
            return (rest.increased(by: rest.square / 3).rounded(&context), false)
        }
        let sine = sine(rest), cosine = cosine(rest)
        let result = quadrant & 1 == 0 ? sine / cosine : -(cosine / sine)
        return (result.rounded(&context), false)
    }

    /// FPATAN: the angle of the point (x, y), y in ST(1), from -pi to pi (SDM 2A FPATAN).
    public static func arcTangent(y: Extended, x: Extended, _ context: inout FloatContext) -> Extended {
        context.roundedUp = false
        let a = y.unpacked, b = x.unpacked
        if a.isNaN || b.isNaN { return propagated(x, y, &context) }
        if a.isDenormal || b.isDenormal { context.raise(.denormal) }
        if a.kind == .zero || (b.kind == .infinity && a.kind != .infinity) {
            if !b.negative { return zero(negative: a.negative) }
            return angle(.pi, negative: a.negative, &context)
        }
        if a.kind == .infinity && b.kind == .infinity {
            // pi / 4 or 3 pi / 4.
            var quarter = WideReal.halfPi
            quarter.exponent &-= 1
            return angle(b.negative ? .halfPi + quarter : quarter, negative: a.negative, &context)
        }
        if b.kind == .zero || a.kind == .infinity { return angle(.halfPi, negative: a.negative, &context) }
        var height = WideReal(a), width = WideReal(b)
        height.negative = false
        width.negative = false
        let steep =
            height.exponent != width.exponent
            ? height.exponent > width.exponent : height.significand > width.significand
        if steep {
            let rest = arcTangent(width / height)
            return angle(.halfPi + (b.negative ? rest : -rest), negative: a.negative, &context)
        }
        let ratio = height / width
        // Below 2^-68 the CPU has the ratio for its angle. Of 64 bits by 64, the quotient is exact where its lower half
        // is 0: else what remains is more than 2^-64 of its last place.
        if ratio.exponent < -68 && !b.negative {
            var result = ratio
            result.negative = a.negative
            return result.rounded(exact: ratio.significand.low == 0, &context)
        }
        let rest = arcTangent(ratio)
        if b.negative { return angle(.pi + -rest, negative: a.negative, &context) }
        return angle(rest, negative: a.negative, &context)
    }

    @inline(__always)
    private static func angle(_ value: WideReal, negative: Bool, _ context: inout FloatContext) -> Extended {
        var result = value
        result.negative = negative
        return result.rounded(&context)
    }

    /// Of a ratio from 0 to 1: arctan(t) = arctan(c) + arctan((t - c) / (1 + t c)) with c the nearest sixteenth.
    private static func arcTangent(_ t: WideReal) -> WideReal {
        if t.exponent < -5 { return smallArcTangent(t) }
        // A fraction of 2^127, from 2^-5 to 1.
        let fraction = t.significand &>> UInt128(0 &- t.exponent)
        let sixteenths = Int((fraction &+ 1 << 122) &>> 123)
        if sixteenths == 0 { return smallArcTangent(t) }
        let centre = UInt128(sixteenths) &<< 123
        let table = WideReal(exponent: -1, normalising: Series.arcTangent(ofSixteenths: sixteenths))
        if fraction == centre { return table }
        let below = fraction < centre
        let part = WideReal(
            negative: below, exponent: 0, normalising: below ? centre &- fraction : fraction &- centre)
        let whole = WideReal(
            exponent: 1, normalising: 1 << 126 &+ fraction &>> 5 &* UInt128(sixteenths))
        return table + smallArcTangent(part / whole)
    }

    /// Of at most 2^-5.
    @inline(__always) private static func smallArcTangent(_ u: WideReal) -> WideReal {
        let z = u.square
        return u.reduced(by: Series.high(z, Series.arcTangentSeries(z)))
    }
}
