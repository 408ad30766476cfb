/// Exceptions of the x87 and SSE, in the order of FSW and MXCSR bits 0-5 (SDM 1 4.9.1).
@frozen public struct FloatExceptions: OptionSet, Equatable, Sendable {
    public var rawValue: UInt8

    @inlinable @inline(__always) public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// IE
    @inlinable @inline(__always) public static var invalid: FloatExceptions { FloatExceptions(rawValue: 1) }
    /// DE: an operand was denormal.
    @inlinable @inline(__always) public static var denormal: FloatExceptions { FloatExceptions(rawValue: 2) }
    /// ZE
    @inlinable @inline(__always) public static var divideByZero: FloatExceptions { FloatExceptions(rawValue: 4) }
    /// OE
    @inlinable @inline(__always) public static var overflow: FloatExceptions { FloatExceptions(rawValue: 8) }
    /// UE
    @inlinable @inline(__always) public static var underflow: FloatExceptions { FloatExceptions(rawValue: 16) }
    /// PE: the result is not exact.
    @inlinable @inline(__always) public static var precision: FloatExceptions { FloatExceptions(rawValue: 32) }
    /// IE, DE, ZE: found before there is a result.
    @inlinable @inline(__always) public static var beforeResult: FloatExceptions { FloatExceptions(rawValue: 7) }
    @inlinable @inline(__always) public static var all: FloatExceptions { FloatExceptions(rawValue: 63) }
}

/// RC of the x87 control word and of MXCSR (SDM 1 table 4-8).
@frozen public enum RoundingMode: UInt8, CaseIterable, Sendable {
    /// To nearest, ties to even.
    case nearest = 0
    case down = 1
    case up = 2
    case zero = 3

    /// From bits 0-1.
    @inlinable @inline(__always)
    public init(bits: UInt32) {
        switch bits & 3 {
        case 0: self = .nearest
        case 1: self = .down
        case 2: self = .up
        default: self = .zero
        }
    }

    /// Whether a magnitude is rounded up. `rest` is what is cut off, `half` of the last kept bit, which is `odd`.
    @inlinable @inline(__always)
    func roundsUp(negative: Bool, odd: Bool, rest: UInt64, half: UInt64) -> Bool {
        switch self {
        case .nearest: rest > half || (rest == half && odd)
        case .down: negative && rest != 0
        case .up: !negative && rest != 0
        case .zero: false
        }
    }

    /// An overflow gives infinity, not the largest finite number (SDM 1 table 4-11).
    @inlinable @inline(__always)
    func overflowsToInfinity(negative: Bool) -> Bool {
        switch self {
        case .nearest: true
        case .down: negative
        case .up: !negative
        case .zero: false
        }
    }
}

/// PC of the x87 control word: bits of the significand of a result (SDM 1 table 8-2).
@frozen public enum PrecisionControl: UInt8, CaseIterable, Sendable {
    case single = 0
    case double = 2
    case extended = 3

    @inlinable @inline(__always) public var bits: Int {
        switch self {
        case .single: 24
        case .double: 53
        case .extended: 64
        }
    }
}

/// What an operation reads besides its operands, and the exceptions it adds.
///
/// Flags only ever get set here. With all exceptions masked the context of one instruction can be that of the next;
/// otherwise start each instruction with `flags` empty and look at `settle()` behind it.
@frozen public struct FloatContext: Equatable, Sendable {
    /// Bits 0-15 as in MXCSR: flags 0-5, DAZ 6, masks 7-12, RC 13-14, FTZ 15. Then PC in 16-17, C1 in 18.
    public var word: UInt32

    /// DAZ, FTZ, masks, RC and flags of MXCSR.
    @inlinable @inline(__always) public init(mxcsr: UInt32) { word = mxcsr & 0xFFFF | 3 << 16 }

    /// Masks, PC and RC of FCW; no flag is set. PC 01b is reserved and works as 11b.
    @inlinable @inline(__always)
    public init(controlWord: UInt16) {
        let control = UInt32(controlWord)
        let pc = control >> 8 & 3
        word = (control & 63) << 7 | (control >> 10 & 3) << 13 | (pc == 1 ? 3 : pc) << 16
    }

    /// MXCSR with the flags added.
    @inlinable @inline(__always) public var mxcsr: UInt32 { word & 0xFFFF }

    @inlinable @inline(__always) public var flags: FloatExceptions {
        get { FloatExceptions(rawValue: UInt8(truncatingIfNeeded: word & 63)) }
        set { word = word & ~63 | UInt32(newValue.rawValue & 63) }
    }

    /// Exceptions whose mask is 1.
    @inlinable @inline(__always) public var masks: FloatExceptions {
        get { FloatExceptions(rawValue: UInt8(truncatingIfNeeded: word >> 7 & 63)) }
        set { word = word & ~(63 << 7) | UInt32(newValue.rawValue & 63) << 7 }
    }

    @inlinable @inline(__always) public var rounding: RoundingMode {
        get { RoundingMode(bits: word >> 13) }
        set { word = word & ~(3 << 13) | UInt32(newValue.rawValue) << 13 }
    }

    /// DAZ: denormal operands of SSE are zero.
    @inlinable @inline(__always) public var denormalsAreZero: Bool { word & 0x40 != 0 }

    /// FTZ, which works only while underflow is masked (SDM 1 10.2.3.3).
    @inlinable @inline(__always) var flushesToZero: Bool { word & 0x8800 == 0x8800 }

    @inlinable @inline(__always) public var precision: PrecisionControl {
        switch word >> 16 & 3 {
        case 0: .single
        case 2: .double
        default: .extended
        }
    }

    /// C1 of an x87 instruction: the last rounding made the magnitude larger.
    @inlinable @inline(__always) public var roundedUp: Bool {
        get { word & 1 << 18 != 0 }
        set { word = word & ~(1 << 18) | (newValue ? 1 << 18 : 0) }
    }

    @inlinable @inline(__always)
    public mutating func raise(_ exceptions: FloatExceptions) { word |= UInt32(exceptions.rawValue) }

    @inlinable @inline(__always)
    public func isMasked(_ exception: FloatExceptions) -> Bool { word >> 7 & UInt32(exception.rawValue) != 0 }

    /// Flags whose exception is not masked.
    @inlinable @inline(__always) public var unmasked: FloatExceptions { flags.subtracting(masks) }

    /// For the end of an instruction that began with no flag set: an unmasked exception found before there was a
    /// result leaves no room for OE, UE and PE, those of other elements included (SDM 1 4.9.2, 11.5.3). Returns
    /// whether there is an unmasked exception. SSE writes no destination then. The x87 writes none either after
    /// IE, DE or ZE; after OE or UE it writes a register, with the scaled result, but no memory.
    @inlinable @inline(__always)
    public mutating func settle() -> Bool {
        let unmasked = unmasked
        if !unmasked.isDisjoint(with: .beforeResult) { flags.formIntersection(.beforeResult) }
        return !unmasked.isEmpty
    }
}
