/// SplitMix64: the same seed gives the same sequence on every host.
struct OracleRandom {
    private var state: UInt64

    /// The generator of one case: neighbours have nothing in common.
    init(seed: UInt64, case number: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15
        state = next() ^ number &* 0xD134_2543_DE82_EF95
        _ = next()
    }

    @inline(__always) mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 0 ..< limit.
    mutating func below(_ limit: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(max(limit, 1))).high)
    }

    /// True in `percent` of 100 calls.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 24) }

    /// One element; `list` is not empty.
    mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }

    // MARK: Values at which instructions do something special

    /// Small, large, at the edges of a size, or any.
    mutating func integer() -> UInt64 {
        switch below(10) {
        case 0: return UInt64(below(4))
        case 1: return UInt64(below(256))
        case 2: return UInt64(bitPattern: -Int64(1 + below(128)))
        case 3: return (1 << UInt64(below(64))) &- UInt64(below(2))
        case 4: return UInt64(truncatingIfNeeded: Int64(Int32(truncatingIfNeeded: next())))
        case 5: return next() & 0xFFFF_FFFF
        case 6: return ~(1 << UInt64(below(64)))
        case 7: return next() & next() & next()
        default: return next()
        }
    }

    /// The bits of a single: zero, denormal, infinity, NaN, near 1, an integer, or any.
    mutating func single() -> UInt32 {
        let bits = UInt32(truncatingIfNeeded: next()), sign = bits & 0x8000_0000
        switch below(12) {
        case 0: return sign
        case 1: return sign | bits & 0x7F_FFFF
        case 2: return sign | 0x7F80_0000
        case 3: return sign | 0x7F80_0000 | bits & 0x7F_FFFF
        case 4: return sign | UInt32(truncatingIfNeeded: 0x3F80_0000 &+ (next() & 3) &- 1)
        case 5: return Float(Int32(truncatingIfNeeded: next()) >> Int32(below(32))).bitPattern
        case 6: return sign | 0x7F7F_FFFF
        case 7: return sign | 0x0080_0000 | bits & 3
        case 8, 9: return sign | UInt32(110 + below(36)) << 23 | bits & 0x7F_FFFF
        default: return bits
        }
    }

    mutating func double() -> UInt64 {
        let bits = next(), sign = bits & 1 << 63, fraction = bits & 0xF_FFFF_FFFF_FFFF
        switch below(13) {
        case 0: return sign
        case 1: return sign | fraction >> UInt64(below(52))
        case 2: return sign | 0x7FF0 << 48
        case 3: return sign | 0x7FF0 << 48 | fraction
        case 4: return sign | 0x3FF0 << 48 &+ (next() & 3) &- 1
        case 5: return Double(Int64(bitPattern: next()) >> Int64(below(64))).bitPattern
        case 6: return sign | 0x7FEF_FFFF_FFFF_FFFF
        case 7: return sign | 0x10 << 48 | bits & 3
        case 8, 9: return sign | UInt64(1000 + below(50)) << 52 | fraction
        // At the limits of a single.
        case 10: return sign | UInt64(pick([1150, 1151, 896, 897, 872, 873])) << 52 | fraction
        default: return bits
        }
    }

    /// Significand, and sign with exponent, of an 80-bit number.
    mutating func extended() -> (UInt64, UInt16) {
        let bits = next(), fraction = next(), sign = UInt16(truncatingIfNeeded: bits) & 0x8000
        let one: UInt64 = 1 << 63
        switch below(16) {
        case 0: return (0, sign)
        case 1: return (fraction >> UInt64(1 + below(63)), sign)
        case 2: return (one, sign | 0x7FFF)
        case 3: return (one | fraction, sign | 0x7FFF)
        case 4: return (one | (chance(50) ? 0 : fraction & 3), sign | 0x3FFF)
        case 5: return (one | fraction, sign | UInt16(truncatingIfNeeded: bits >> 16 & 0x7FFF))
        // An integer.
        case 6:
            let number = UInt64(truncatingIfNeeded: fraction >> UInt64(below(64)))
            guard number != 0 else { return (0, sign) }
            return (number << UInt64(number.leadingZeroBitCount), sign | UInt16(0x403E - number.leadingZeroBitCount))
        // At the limits of a double and a single.
        case 7:
            return (
                one | fraction, sign | UInt16(pick([0x43FE, 0x43FF, 0x3C00, 0x3C01, 0x3BCD, 0x407E, 0x3F81, 0x3F6A]))
            )
        // What no operation makes.
        case 8: return (fraction, sign | UInt16(truncatingIfNeeded: bits >> 16 & 0x7FFF))
        case 9: return (one | fraction, sign | (chance(50) ? 1 : 0x7FFE))
        case 10: return (one | fraction << UInt64(below(64)), sign | UInt16(0x3FF0 + below(80)))
        default: return (one | fraction, sign | UInt16(0x3FE0 + below(64)))
        }
    }
}
