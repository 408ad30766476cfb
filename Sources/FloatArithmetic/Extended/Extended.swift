/// A number in the 80-bit format of the x87 (SDM 1 4.2.2, 8.2).
///
/// Operations are static members and give what the x87 gives. They leave C1 in `context.roundedUp`. Where a flag is
/// set whose exception is not masked, what happens to the destination is told at `FloatContext.settle()`.
@frozen public struct Extended: Equatable, Sendable {
    /// Bits 0-63, with the explicit integer bit.
    public var significand: UInt64
    /// Bits 64-79: exponent 0-14, sign 15.
    public var signAndExponent: UInt16

    @inlinable @inline(__always) public init(significand: UInt64, signAndExponent: UInt16) {
        self.significand = significand
        self.signAndExponent = signAndExponent
    }

    @inlinable @inline(__always)
    init(negative: Bool, field: Int, significand: UInt64) {
        self.significand = significand
        signAndExponent = UInt16(truncatingIfNeeded: field) | (negative ? 0x8000 : 0)
    }

    @inlinable @inline(__always) static var bias: Int { 16383 }
    @inlinable @inline(__always) static var largestField: Int { 0x7FFF }

    /// The QNaN floating-point indefinite (SDM 1 table 4-3).
    @inlinable @inline(__always) public static var indefinite: Extended {
        Extended(significand: 0xC000_0000_0000_0000, signAndExponent: 0xFFFF)
    }
    @inlinable @inline(__always) public static var one: Extended {
        Extended(significand: 1 << 63, signAndExponent: 0x3FFF)
    }
    @inlinable @inline(__always) public static func zero(negative: Bool) -> Extended {
        Extended(significand: 0, signAndExponent: negative ? 0x8000 : 0)
    }
    @inlinable @inline(__always) public static func infinity(negative: Bool) -> Extended {
        Extended(significand: 1 << 63, signAndExponent: negative ? 0xFFFF : 0x7FFF)
    }

    @inlinable @inline(__always) public var isNegative: Bool { signAndExponent & 0x8000 != 0 }
    @inlinable @inline(__always) var field: Int { Int(signAndExponent & 0x7FFF) }

    /// FCHS; any encoding, no exception.
    @inlinable @inline(__always) public var negated: Extended {
        Extended(significand: significand, signAndExponent: signAndExponent ^ 0x8000)
    }
    /// FABS; any encoding, no exception.
    @inlinable @inline(__always) public var magnitude: Extended {
        Extended(significand: significand, signAndExponent: signAndExponent & 0x7FFF)
    }

    /// A pseudo-denormal (exponent 0 with the integer bit set) counts as denormal; its exponent is that of field 1.
    @inlinable @inline(__always) var unpacked: Unpacked {
        let field = field
        if field &- 1 < 0x7FFE && field != 0 && significand >> 63 != 0 {
            return Unpacked(
                negative: isNegative, kind: .finite, exponent: field &- Self.bias, significand: significand)
        }
        return unpackedUnusual
    }

    @inlinable @inline(never) var unpackedUnusual: Unpacked {
        let field = field
        if field == 0 {
            guard significand != 0 else { return Unpacked(negative: isNegative, kind: .zero) }
            let shift = significand.leadingZeroBitCount
            return Unpacked(
                negative: isNegative, kind: .finite, isDenormal: true, exponent: 1 &- Self.bias &- shift,
                significand: significand &<< UInt64(shift))
        }
        if significand >> 63 == 0 { return Unpacked(negative: isNegative, kind: .unsupported) }
        if significand == 1 << 63 { return Unpacked(negative: isNegative, kind: .infinity) }
        return Unpacked(
            negative: isNegative, kind: significand & Self.quietBit != 0 ? .quietNaN : .signallingNaN)
    }

    @inlinable @inline(__always) static var quietBit: UInt64 { 1 << 62 }

    /// Any NaN; no unsupported encoding.
    @inlinable @inline(__always) public var isNaN: Bool {
        signAndExponent & 0x7FFF == 0x7FFF && significand > 1 << 63
    }
    @inlinable @inline(__always) public var isSignallingNaN: Bool { isNaN && significand & Self.quietBit == 0 }
    @inlinable @inline(__always) var isUnsupported: Bool { field != 0 && significand >> 63 == 0 }
    @inlinable @inline(__always) var quiet: Extended {
        Extended(significand: significand | Self.quietBit, signAndExponent: signAndExponent)
    }

    @inlinable @inline(__always)
    static func invalid(_ context: inout FloatContext) -> Extended {
        context.raise(.invalid)
        return indefinite
    }

    /// The result for one operand that is a NaN or unsupported.
    @inlinable @inline(never)
    static func propagated(_ a: Extended, _ context: inout FloatContext) -> Extended {
        if a.isUnsupported { return invalid(&context) }
        if a.isSignallingNaN { context.raise(.invalid) }
        return a.quiet
    }

    /// The result where at least one operand is a NaN or unsupported (SDM 1 table 4-7): a QNaN goes before an SNaN,
    /// then the larger significand, then the positive sign.
    @inlinable @inline(never)
    static func propagated(_ a: Extended, _ b: Extended, _ context: inout FloatContext) -> Extended {
        if a.isUnsupported || b.isUnsupported { return invalid(&context) }
        let first = a.isSignallingNaN, second = b.isSignallingNaN
        if first || second { context.raise(.invalid) }
        if !b.isNaN { return a.quiet }
        if !a.isNaN { return b.quiet }
        if first != second { return first ? b : a }
        if a.significand != b.significand { return (a.significand > b.significand ? a : b).quiet }
        return (a.isNegative ? b : a).quiet
    }
}

/// What FXAM says (SDM 2A FXAM); raw values are C3 C2 C0. An empty register is not known here.
@frozen public enum ExtendedClass: UInt8, Sendable {
    case unsupported = 0b000
    case nan = 0b001
    case normal = 0b010
    case infinity = 0b011
    case zero = 0b100
    case empty = 0b101
    case denormal = 0b110
}

extension Extended {
    /// FXAM
    @inlinable public var classified: ExtendedClass {
        let x = unpacked
        switch x.kind {
        case .zero: return .zero
        case .finite: return x.isDenormal ? .denormal : .normal
        case .infinity: return .infinity
        case .quietNaN, .signallingNaN: return .nan
        case .unsupported: return .unsupported
        }
    }

    /// The two-bit tag of a register that is not empty (SDM 1 8.1.7): 0 valid, 1 zero, 2 special.
    @inlinable public var tag: UInt16 {
        if field == 0 { return significand == 0 ? 1 : 2 }
        return field == Self.largestField || significand >> 63 == 0 ? 2 : 0
    }
}
