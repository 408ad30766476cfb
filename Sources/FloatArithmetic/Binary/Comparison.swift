/// The outcome of a comparison; raw values are single bits, for sets of outcomes.
@frozen public enum FloatOrdering: UInt8, Sendable {
    case less = 1
    case equal = 2
    case greater = 4
    case unordered = 8
}

/// The predicate of CMPxx (bits 0-2) and VCMPxx (bits 0-4) (SDM 2A table 3-1).
@frozen public struct ComparePredicate: Equatable, Sendable {
    public var rawValue: UInt8

    /// From an immediate byte; bits 5-7 do not count.
    @inlinable @inline(__always) public init(immediate: UInt8) { rawValue = immediate & 31 }

    /// Outcomes for which it is true, as bits of `FloatOrdering`.
    @inlinable @inline(__always) public var outcomes: UInt8 {
        // A nibble for each of EQ LT LE UNORD NEQ NLT NLE ORD EQ_U NGE NGT FALSE NEQ_O GE GT TRUE.
        UInt8(truncatingIfNeeded: 0xF465_0B9A_7CED_8312 as UInt64 &>> UInt64(rawValue & 15 &* 4) & 15)
    }

    /// A QNaN is invalid, too. Those of the lower half that compare by order signal; bit 4 turns it round.
    @inlinable @inline(__always) public var isSignalling: Bool {
        (rawValue & 3 == 1 || rawValue & 3 == 2) != (rawValue & 16 != 0)
    }
}

extension HostFormat {
    /// COMISx where `signalling` (a QNaN is invalid), UCOMISx where not.
    @inlinable @inline(__always)
    public static func compare(
        _ a: Bits, _ b: Bits, signalling: Bool, _ context: inout FloatContext
    ) -> FloatOrdering {
        // The host's comparison, where no flag can come: no denormal and, as one of the three holds, no NaN.
        if !isDenormal(a) && !isDenormal(b) {
            if host(a) < host(b) { return .less }
            if host(a) > host(b) { return .greater }
            if host(a) == host(b) { return .equal }
        }
        return exactCompare(a, b, signalling: signalling, &context)
    }

    @inlinable @inline(never)
    static func exactCompare(
        _ first: Bits, _ second: Bits, signalling: Bool, _ context: inout FloatContext
    ) -> FloatOrdering {
        let a = flushed(first, context), b = flushed(second, context)
        if isNaN(a) || isNaN(b) {
            if signalling || isSignallingNaN(a) || isSignallingNaN(b) { context.raise(.invalid) }
            return .unordered
        }
        if isDenormal(a) || isDenormal(b) { context.raise(.denormal) }
        if a == b || (a | b) & ~signBit == 0 { return .equal }
        if isNegative(a) != isNegative(b) { return isNegative(a) ? .less : .greater }
        return (a < b) != isNegative(a) ? .less : .greater
    }

    /// CMPxx and VCMPxx: all ones or zero.
    @inlinable @inline(__always)
    public static func compareMask(
        _ a: Bits, _ b: Bits, _ predicate: ComparePredicate, _ context: inout FloatContext
    ) -> Bits {
        let outcome = compare(a, b, signalling: predicate.isSignalling, &context)
        return predicate.outcomes & outcome.rawValue != 0 ? Bits.max : 0
    }

    /// MINxx: the second operand where either is a NaN, or both are zeros.
    @inlinable @inline(__always)
    public static func minimum(_ a: Bits, _ b: Bits, _ context: inout FloatContext) -> Bits {
        let less = compare(a, b, signalling: true, &context) == .less
        return flushed(less ? a : b, context)
    }

    /// MAXxx: the second operand where either is a NaN, or both are zeros.
    @inlinable @inline(__always)
    public static func maximum(_ a: Bits, _ b: Bits, _ context: inout FloatContext) -> Bits {
        let greater = compare(a, b, signalling: true, &context) == .greater
        return flushed(greater ? a : b, context)
    }
}
