/// Formats that the host computes with, too.
///
/// Where the host's result stands without a look at its flags:
/// - RC is to nearest, as in Swift's arithmetic. IEEE 754 fixes the bits then, on any host.
/// - PE is set already, and masked: an inexact result changes nothing. It is the only exception left, since
/// - both operands are normal (`isOrdinary`): no NaN, so neither IE nor a choice among payloads; no infinity, so no
///   inf - inf, inf * 0, inf / inf; no zero, so no 0 / 0 and no ZE; no denormal, so no DE, and DAZ does not matter;
/// - the result is finite: no OE; and it is at least twice the smallest normal number (`isSafe`): no rounding took
///   it there from below the normal range, so neither UE nor FTZ can have come.
/// A square root of a positive normal number is far from both ends, so `isSafe` holds by itself.
public protocol HostFormat: BinaryFormat {
    associatedtype Host: BinaryFloatingPoint
    static func host(_ bits: Bits) -> Host
    static func bits(_ host: Host) -> Bits
}

extension Binary32: HostFormat {
    @inlinable @inline(__always) public static func host(_ bits: UInt32) -> Float { Float(bitPattern: bits) }
    @inlinable @inline(__always) public static func bits(_ host: Float) -> UInt32 { host.bitPattern }
}

extension Binary64: HostFormat {
    @inlinable @inline(__always) public static func host(_ bits: UInt64) -> Double { Double(bitPattern: bits) }
    @inlinable @inline(__always) public static func bits(_ host: Double) -> UInt64 { host.bitPattern }
}

extension FloatContext {
    /// RC to nearest, PE masked and already set.
    @inlinable @inline(__always) var hostMayRound: Bool { word & 0x7020 == 0x1020 }
}

extension HostFormat {
    /// The exponent field is neither 0 nor the largest.
    @inlinable @inline(__always) static func isOrdinary(_ bits: Bits) -> Bool {
        let lowest: Bits = 1 &<< Bits(fractionBits)
        return bits & ~signBit &- lowest < infinity &- lowest
    }

    /// The exponent field is neither 0, 1 nor the largest.
    @inlinable @inline(__always) static func isSafe(_ bits: Bits) -> Bool {
        let lowest: Bits = 2 &<< Bits(fractionBits)
        return bits & ~signBit &- lowest < infinity &- lowest
    }

    /// `operation` on the host, where its result is that of SSE and MXCSR stays as it is; else nil.
    @inlinable @inline(__always)
    public static func hostResult(
        _ a: Bits, _ b: Bits, _ context: FloatContext, _ operation: (Host, Host) -> Host
    ) -> Bits? {
        guard context.hostMayRound && isOrdinary(a) && isOrdinary(b) else { return nil }
        let result = bits(operation(host(a), host(b)))
        return isSafe(result) ? result : nil
    }

    /// How two numbers compare, where none is a NaN or denormal: no exception then, and DAZ does not matter; else nil.
    @inlinable @inline(__always)
    public static func hostOrder(_ a: Bits, _ b: Bits) -> FloatOrdering? {
        guard isNumber(a) && isNumber(b) else { return nil }
        let x = host(a), y = host(b)
        return x < y ? .less : x == y ? .equal : .greater
    }

    /// Zero, normal or infinite.
    @inlinable @inline(__always) static func isNumber(_ bits: Bits) -> Bool {
        let magnitude = bits & ~signBit
        return magnitude == 0 || magnitude >= 1 &<< Bits(fractionBits) && magnitude <= infinity
    }

    /// a + b: ADDSS, ADDSD
    @inlinable @inline(__always)
    public static func add(_ a: Bits, _ b: Bits, _ context: inout FloatContext) -> Bits {
        if context.hostMayRound && isOrdinary(a) && isOrdinary(b) {
            let result = bits(host(a) + host(b))
            if isSafe(result) { return result }
        }
        return exactAdd(a, b, &context)
    }

    /// a - b: SUBSS, SUBSD
    @inlinable @inline(__always)
    public static func subtract(_ a: Bits, _ b: Bits, _ context: inout FloatContext) -> Bits {
        if context.hostMayRound && isOrdinary(a) && isOrdinary(b) {
            let result = bits(host(a) - host(b))
            if isSafe(result) { return result }
        }
        return exactSubtract(a, b, &context)
    }

    /// a * b: MULSS, MULSD
    @inlinable @inline(__always)
    public static func multiply(_ a: Bits, _ b: Bits, _ context: inout FloatContext) -> Bits {
        if context.hostMayRound && isOrdinary(a) && isOrdinary(b) {
            let result = bits(host(a) * host(b))
            if isSafe(result) { return result }
        }
        return exactMultiply(a, b, &context)
    }

    /// a / b: DIVSS, DIVSD
    @inlinable @inline(__always)
    public static func divide(_ a: Bits, _ b: Bits, _ context: inout FloatContext) -> Bits {
        if context.hostMayRound && isOrdinary(a) && isOrdinary(b) {
            let result = bits(host(a) / host(b))
            if isSafe(result) { return result }
        }
        return exactDivide(a, b, &context)
    }

    /// SQRTSS, SQRTSD
    @inlinable @inline(__always)
    public static func squareRoot(_ a: Bits, _ context: inout FloatContext) -> Bits {
        if context.hostMayRound && isOrdinary(a) && !isNegative(a) { return bits(host(a).squareRoot()) }
        return exactSquareRoot(a, &context)
    }

    /// a * b + c, rounded once; what is said above holds for this, too, c being one more operand. The operands are, of
    /// destination 1 and sources 2 and 3: 1, 3, 2 for VFMADD132; 2, 1, 3 for VFMADD213; 2, 3, 1 for VFMADD231.
    /// `negateProduct` makes it VFNMADD, `negateAddend` VFMSUB, both VFNMSUB; a NaN keeps its sign.
    @inlinable @inline(__always)
    public static func multiplyAdd(
        _ a: Bits, _ b: Bits, _ c: Bits, negateProduct: Bool = false, negateAddend: Bool = false,
        _ context: inout FloatContext
    ) -> Bits {
        if context.hostMayRound && isOrdinary(a) && isOrdinary(b) && isOrdinary(c) {
            let factor = host(negateProduct ? a ^ signBit : a), addend = host(negateAddend ? c ^ signBit : c)
            let result = bits(addend.addingProduct(factor, host(b)))
            if isSafe(result) { return result }
        }
        return exactMultiplyAdd(
            a, b, c, negateProduct: negateProduct, negateAddend: negateAddend, &context)
    }
}
