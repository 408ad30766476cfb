/// ± significand * 2^(exponent - 127), bit 127 of the significand set; or zero, with a significand of 0. Operations
/// cut off what does not fit: their relative error is below 2^-124.
struct WideReal {
    var negative = false
    var exponent: Int
    var significand: UInt128

    @inline(__always)
    init(negative: Bool = false, exponent: Int, significand: UInt128) {
        self.negative = negative
        self.exponent = exponent
        self.significand = significand
    }

    /// A finite number.
    @inline(__always)
    init(_ x: Unpacked) {
        self.init(negative: x.negative, exponent: x.exponent, significand: UInt128(x.significand) &<< 64)
    }

    /// ± fraction * 2^(exponent - 127), with any bit of the fraction the highest.
    @inline(__always)
    init(negative: Bool = false, exponent: Int, normalising fraction: UInt128) {
        let shift = fraction.leadingZeroBitCount & 127
        self.init(negative: negative, exponent: exponent &- shift, significand: fraction &<< UInt128(shift))
    }

    /// The upper half of a product, less 3 at most.
    @inline(__always)
    static func high(_ a: UInt128, _ b: UInt128) -> UInt128 {
        let upper = a.high.multipliedFullWidth(by: b.high)
        let one = a.high.multipliedFullWidth(by: b.low).high, other = a.low.multipliedFullWidth(by: b.high).high
        return UInt128(high: upper.high, low: upper.low) &+ UInt128(one) &+ UInt128(other)
    }

    @inline(__always)
    static func * (a: WideReal, b: WideReal) -> WideReal {
        WideReal(
            negative: a.negative != b.negative, exponent: a.exponent &+ b.exponent &+ 1,
            normalising: high(a.significand, b.significand))
    }

    static func + (a: WideReal, b: WideReal) -> WideReal {
        if a.significand == 0 { return b }
        if b.significand == 0 { return a }
        let swap = a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)
        let large = swap ? b : a, small = swap ? a : b
        let distance = large.exponent &- small.exponent
        let x = large.significand &>> 1
        let y = distance > 126 ? 0 : small.significand &>> UInt128(distance &+ 1)
        return WideReal(
            negative: large.negative, exponent: large.exponent &+ 1,
            normalising: large.negative == small.negative ? x &+ y : x &- y)
    }

    @inline(__always) static prefix func - (a: WideReal) -> WideReal {
        WideReal(negative: !a.negative, exponent: a.exponent, significand: a.significand)
    }

    static func / (a: WideReal, b: WideReal) -> WideReal {
        let less = a.significand < b.significand
        let quotient = divide(less ? a.significand : a.significand &>> 1, by: b.significand)
        return WideReal(
            negative: a.negative != b.negative, exponent: a.exponent &- b.exponent &- (less ? 1 : 0),
            normalising: quotient)
    }

    /// a * 2^128 / b for a < b, bit 127 of b set: two digits of 64 bits by schoolbook division.
    static func divide(_ a: UInt128, by b: UInt128) -> UInt128 {
        let (first, rest) = digit(a, by: b)
        return UInt128(high: first, low: digit(rest, by: b).0)
    }

    /// a * 2^64 / b and its remainder.
    @inline(__always)
    private static func digit(_ a: UInt128, by b: UInt128) -> (UInt64, UInt128) {
        var quotient = UInt64.max
        if a.high < b.high { quotient = b.high.dividingFullWidth((a.high, a.low)).quotient }
        // The estimate is 2 too large at most.
        while true {
            let low = quotient.multipliedFullWidth(by: b.low), upper = quotient.multipliedFullWidth(by: b.high)
            // quotient * b without its lowest 64 bits, against a.
            let product = UInt128(high: upper.high, low: upper.low) &+ UInt128(low.high)
            if product < a || (product == a && low.low == 0) {
                return (quotient, UInt128(high: (a &- product).low, low: 0) &- UInt128(low.low))
            }
            quotient &-= 1
        }
    }

    /// As a fraction of 2^128; the exponent is -1 or less.
    @inline(__always) var fraction: UInt128 {
        let distance = -1 &- exponent
        return distance > 127 ? 0 : significand &>> UInt128(distance)
    }

    /// The square as a fraction of 2^128; the exponent is -1 or less.
    @inline(__always) var square: UInt128 {
        let distance = -2 &- 2 &* exponent
        return distance > 127 ? 0 : Self.high(significand, significand) &>> UInt128(distance)
    }

    /// This times 1 - fraction / 2^128, and below this also where the fraction is 0.
    @inline(__always) func reduced(by fraction: UInt128) -> WideReal {
        self * WideReal(exponent: 0, normalising: 1 << 127 &- Swift.max(fraction &>> 1, 1))
    }

    /// This times 1 + fraction / 2^128, and above this also where the fraction is 0.
    @inline(__always) func increased(by fraction: UInt128) -> WideReal {
        self * WideReal(exponent: 0, significand: 1 << 127 &+ Swift.max(fraction &>> 1, 1))
    }

    /// Rounded to 64 bits. These instructions take every result for inexact: PE is set, and UE with a tiny one.
    /// `exact` where nothing was cut off.
    func rounded(exact: Bool = false, _ context: inout FloatContext) -> Extended {
        context.raise(exponent < 1 &- Extended.bias && exact ? [.precision, .underflow] : .precision)
        return Extended.rounded(
            negative: negative, exponent: exponent, high: significand.high, low: significand.low | (exact ? 0 : 1),
            .extended, &context)
    }
}
