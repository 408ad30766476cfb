import FloatArithmetic
import Foundation

/// How many cases an operation gets; LUCID86_FLOAT_CASES takes more, by hand.
let cases = ProcessInfo.processInfo.environment["LUCID86_FLOAT_CASES"].flatMap { Int($0) } ?? 20_000
/// Another seed than 86: LUCID86_FLOAT_SEED.
let seed = ProcessInfo.processInfo.environment["LUCID86_FLOAT_SEED"].flatMap { UInt64($0) } ?? 86

/// splitmix64
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func below(_ limit: UInt64) -> UInt64 { next() % limit }

    /// Runs of ones and zeros, or plain noise, or a few bits.
    mutating func bits(_ count: Int) -> UInt64 {
        let mask: UInt64 = count == 64 ? .max : 1 << UInt64(count) - 1
        switch below(6) {
        case 0: return next() & mask
        case 1: return next() & next() & next() & mask
        case 2: return (next() | next() | next()) & mask
        case 3: return (UInt64.max << below(UInt64(count) + 1)) & mask
        case 4: return (1 << below(UInt64(count))) & mask
        default: return (1 << below(UInt64(count)) &+ below(3) &- 1) & mask
        }
    }

    /// A number of a format with so many bits of exponent and fraction.
    mutating func number(exponentBits: Int, fractionBits: Int) -> UInt64 {
        let top: UInt64 = 1 << UInt64(exponentBits) - 1, bias = top >> 1
        let exponent: UInt64
        switch below(10) {
        case 0: exponent = below(2) == 0 ? 0 : top
        case 1: exponent = below(4)
        case 2: exponent = top - below(4)
        case 3, 4: exponent = below(top + 1)
        case 5: exponent = bias / 2 + below(5)
        case 6: exponent = (bias &+ below(140) &- 70) & top
        case 7: exponent = UInt64(max(0, Int(bias) - fractionBits)) + below(4)
        default: exponent = bias &+ below(7) &- 3
        }
        return below(2) << UInt64(exponentBits + fractionBits) | exponent << UInt64(fractionBits) | bits(fractionBits)
    }

    mutating func number32() -> UInt64 { number(exponentBits: 8, fractionBits: 23) }
    mutating func number64() -> UInt64 { number(exponentBits: 11, fractionBits: 52) }

    /// A second operand that has something to do with the first, now and then.
    mutating func partner(of a: UInt64, exponentBits: Int, fractionBits: Int) -> UInt64 {
        let width = UInt64(exponentBits + fractionBits + 1)
        let mask: UInt64 = width == 64 ? .max : 1 << width - 1
        switch below(8) {
        case 0: return a
        case 1: return a ^ 1 << (width - 1)
        case 2: return (a &+ below(9) &- 4) & mask
        case 3: return ((a ^ 1 << (width - 1)) &+ below(64) << UInt64(fractionBits)) & mask
        default: return number(exponentBits: exponentBits, fractionBits: fractionBits)
        }
    }

    /// Any RC, DAZ, FTZ; flags empty or set; all masked.
    mutating func mxcsr() -> UInt32 {
        let r = UInt32(truncatingIfNeeded: next())
        var word: UInt32 = 0x1F80 | r & 0xE040
        // Plain to nearest, which is what programs use and where the fast paths are.
        if r >> 20 & 3 == 0 { word = 0x1F80 }
        if r >> 22 & 3 == 0 { word |= r >> 24 & 63 }
        if r >> 22 & 3 == 1 { word |= 0x20 }
        return word
    }
}

func hex<T: BinaryInteger>(_ value: T) -> String { String(value, radix: 16, uppercase: true) }
