/// An IEEE 754 binary interchange format; values are raw bits.
///
/// Operations are static members (`Binary64.add(a, b, &context)`) and give what SSE, AVX, FMA and F16C give.
public protocol BinaryFormat: Sendable {
    associatedtype Bits: FixedWidthInteger & UnsignedInteger & Sendable
    /// Bits of the significand without the hidden one.
    static var fractionBits: Int { get }
    static var exponentBits: Int { get }
}

@frozen public enum Binary16: BinaryFormat {
    public typealias Bits = UInt16
    @inlinable @inline(__always) public static var fractionBits: Int { 10 }
    @inlinable @inline(__always) public static var exponentBits: Int { 5 }
}

@frozen public enum Binary32: BinaryFormat {
    public typealias Bits = UInt32
    @inlinable @inline(__always) public static var fractionBits: Int { 23 }
    @inlinable @inline(__always) public static var exponentBits: Int { 8 }
}

@frozen public enum Binary64: BinaryFormat {
    public typealias Bits = UInt64
    @inlinable @inline(__always) public static var fractionBits: Int { 52 }
    @inlinable @inline(__always) public static var exponentBits: Int { 11 }
}

/// What a number is, before anything is done with it.
@frozen @usableFromInline enum Kind: UInt8 {
    case zero
    /// Normal, or denormal and normalised.
    case finite
    case infinity
    case quietNaN
    case signallingNaN
    /// Of 80 bits alone: a pseudo-NaN, pseudo-infinity or unnormal (SDM 1 table 8-3).
    case unsupported
}

/// A number taken apart: ± significand * 2^(exponent - 63), bit 63 of the significand set where `kind` is `finite`.
@frozen @usableFromInline struct Unpacked {
    @usableFromInline var negative: Bool
    @usableFromInline var kind: Kind
    @usableFromInline var isDenormal: Bool
    @usableFromInline var exponent: Int
    @usableFromInline var significand: UInt64

    @inlinable @inline(__always)
    init(negative: Bool, kind: Kind, isDenormal: Bool = false, exponent: Int = 0, significand: UInt64 = 0) {
        self.negative = negative
        self.kind = kind
        self.isDenormal = isDenormal
        self.exponent = exponent
        self.significand = significand
    }

    /// Or unsupported.
    @inlinable @inline(__always) var isNaN: Bool { kind.rawValue >= Kind.quietNaN.rawValue }
}

extension BinaryFormat {
    @inlinable @inline(__always) static var bias: Int { 1 << (exponentBits &- 1) &- 1 }
    @inlinable @inline(__always) static var signBit: Bits { 1 << (Bits(Bits.bitWidth) &- 1) }
    @inlinable @inline(__always) static var fractionMask: Bits { 1 << Bits(fractionBits) &- 1 }
    /// +infinity
    @inlinable @inline(__always) static var infinity: Bits { signBit &- 1 &- fractionMask }
    @inlinable @inline(__always) static var quietBit: Bits { 1 << (Bits(fractionBits) &- 1) }
    /// The QNaN floating-point indefinite (SDM 1 table 4-3).
    @inlinable @inline(__always) public static var indefinite: Bits { signBit | infinity | quietBit }

    @inlinable @inline(__always) static func isNegative(_ bits: Bits) -> Bool { bits & signBit != 0 }
    @inlinable @inline(__always) public static func isNaN(_ bits: Bits) -> Bool { bits & ~signBit > infinity }
    @inlinable @inline(__always) public static func isSignallingNaN(_ bits: Bits) -> Bool {
        isNaN(bits) && bits & quietBit == 0
    }
    /// Denormals are not zero; zeros are not denormal.
    @inlinable @inline(__always) public static func isDenormal(_ bits: Bits) -> Bool {
        // One comparison: a zero wraps to the largest number.
        bits & ~signBit &- 1 < fractionMask
    }

    @inlinable @inline(__always) static func zero(_ negative: Bool) -> Bits { negative ? signBit : 0 }
    @inlinable @inline(__always) static func infinity(_ negative: Bool) -> Bits {
        negative ? signBit | infinity : infinity
    }

    /// An operand under DAZ.
    @inlinable @inline(__always)
    static func flushed(_ bits: Bits, _ context: FloatContext) -> Bits {
        context.denormalsAreZero && bits & infinity == 0 ? bits & signBit : bits
    }

    @inlinable @inline(__always)
    static func unpack(_ bits: Bits) -> Unpacked {
        let negative = bits & signBit != 0
        let field = Int(truncatingIfNeeded: (bits & infinity) >> Bits(fractionBits))
        let fraction = UInt64(truncatingIfNeeded: bits & fractionMask)
        let left = UInt64(63 &- fractionBits)
        if field == 0 {
            guard fraction != 0 else { return Unpacked(negative: negative, kind: .zero) }
            let shift = fraction.leadingZeroBitCount
            return Unpacked(
                negative: negative, kind: .finite, isDenormal: true,
                exponent: 1 &- bias &+ 63 &- fractionBits &- shift, significand: fraction &<< UInt64(shift))
        }
        if field == 1 << exponentBits &- 1 {
            if fraction == 0 { return Unpacked(negative: negative, kind: .infinity) }
            return Unpacked(negative: negative, kind: bits & quietBit != 0 ? .quietNaN : .signallingNaN)
        }
        return Unpacked(
            negative: negative, kind: .finite, exponent: field &- bias, significand: fraction &<< left | 1 << 63)
    }

    /// The NaN of one operand, quiet.
    @inlinable @inline(__always)
    static func quieted(_ nan: Bits, _ context: inout FloatContext) -> Bits {
        if nan & quietBit == 0 { context.raise(.invalid) }
        return nan | quietBit
    }

    /// The result where at least one operand is a NaN: the first that is one, quiet (SDM 1 table 4-7).
    @inlinable @inline(__always)
    static func propagated(_ a: Bits, _ b: Bits, _ context: inout FloatContext) -> Bits {
        if isSignallingNaN(a) || isSignallingNaN(b) { context.raise(.invalid) }
        return (isNaN(a) ? a : b) | quietBit
    }

    @inlinable @inline(__always)
    static func invalid(_ context: inout FloatContext) -> Bits {
        context.raise(.invalid)
        return indefinite
    }
}

extension UInt64 {
    /// Right, with the bits shifted out gathered in bit 0. Any count from 0 on.
    @inlinable @inline(__always)
    func shiftedRightSticky(_ count: Int) -> UInt64 {
        if count == 0 { return self }
        if count > 63 { return self != 0 ? 1 : 0 }
        return self &>> UInt64(count) | (self &<< UInt64(64 &- count) != 0 ? 1 : 0)
    }
}

extension UInt128 {
    /// Right, with the bits shifted out gathered in bit 0. Any count from 0 on.
    @inlinable @inline(__always)
    func shiftedRightSticky(_ count: Int) -> UInt128 {
        if count == 0 { return self }
        if count > 127 { return self != 0 ? 1 : 0 }
        return self &>> UInt128(count) | (self &<< UInt128(128 &- count) != 0 ? 1 : 0)
    }

    @inlinable @inline(__always) var high: UInt64 { UInt64(truncatingIfNeeded: self &>> 64) }
    @inlinable @inline(__always) var low: UInt64 { UInt64(truncatingIfNeeded: self) }
    @inlinable @inline(__always) init(high: UInt64, low: UInt64) { self = UInt128(high) &<< 64 | UInt128(low) }
}
