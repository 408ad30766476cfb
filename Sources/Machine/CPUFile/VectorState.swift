/// x87, MMX, SSE and AVX registers, in the places where FXSAVE64 and XSAVE have them.
///
/// | bytes | what |
/// | --- | --- |
/// | 0-511 | the FXSAVE image in its 64-bit form (SDM 1 10.5.1, table 10-2): x87, MXCSR, XMM0-15 |
/// | 512-767 | upper halves of YMM0-15, as the AVX part of an XSAVE area (SDM 1 13.5.3) |
///
/// Bytes of the image that hold no register are zero in canonical form: 5, 28-31 (MXCSR_MASK), 10-15 of each x87
/// register's 16, 416-511.
@frozen public struct VectorState {
    public typealias Words16 = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )
    var image: (Words16, Words16, Words16, Words16)
    var upper: (Words16, Words16)

    /// Bytes of the FXSAVE image.
    public static let imageSize = 512
    /// Bytes of the whole.
    public static let size = 768

    /// All zero.
    public init() {
        let none: Words16 = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        image = (none, none, none, none)
        upper = (none, none)
    }

    /// After power-up and RESET (SDM 3A table 10-1): FCW 0040h, MXCSR 1F80h, and the tag word 5555h: eight registers
    /// that are not empty and hold +0.0, so the abridged tags are FFh. (FNINIT leaves 037Fh and all empty.)
    public static var afterReset: VectorState {
        var state = VectorState()
        state.controlWord = 0x40
        state.tags = 0xFF
        state.mxcsr = 0x1F80
        return state
    }

    /// The bytes of an XSAVE area's legacy region, and behind them those of its AVX component.
    @inlinable public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        Swift.withUnsafeBytes(of: self, body)
    }

    @inlinable public mutating func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) -> R) -> R {
        Swift.withUnsafeMutableBytes(of: &self, body)
    }

    private func load<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }

    private mutating func store<T: FixedWidthInteger>(_ value: T, _ offset: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: offset, as: T.self) }
    }

    // MARK: x87

    /// FCW
    public var controlWord: UInt16 {
        get { load(0, as: UInt16.self) }
        set { store(newValue, 0) }
    }
    /// FSW, with TOP in bits 11-13.
    public var statusWord: UInt16 {
        get { load(2, as: UInt16.self) }
        set { store(newValue, 2) }
    }
    /// FTW in its abridged form: bit n is 1 where the physical register n is not empty.
    public var tags: UInt8 {
        get { load(4, as: UInt8.self) }
        set { store(newValue, 4) }
    }
    /// FOP, 11 bits.
    public var lastOpcode: UInt16 {
        get { load(6, as: UInt16.self) }
        set { store(newValue, 6) }
    }
    /// FIP
    public var lastInstruction: UInt64 {
        get { load(8, as: UInt64.self) }
        set { store(newValue, 8) }
    }
    /// FDP
    public var lastOperand: UInt64 {
        get { load(16, as: UInt64.self) }
        set { store(newValue, 16) }
    }
    /// TOP: the physical number of ST(0).
    public var top: Int { Int(statusWord >> 11 & 7) }

    /// ST(number), counted from the top of the stack; numbers are taken modulo 8.
    public subscript(st number: Int) -> ExtendedReal {
        get {
            let place = Self.st(number)
            return ExtendedReal(
                significand: load(place, as: UInt64.self), signAndExponent: load(place + 8, as: UInt16.self))
        }
        set {
            let place = Self.st(number)
            store(newValue.significand, place)
            store(newValue.signAndExponent, place + 8)
        }
    }

    /// MMn: the significand of the physical register n; numbers are taken modulo 8. The exponent stays.
    public subscript(mm number: Int) -> UInt64 {
        get { load(Self.st(number &- top), as: UInt64.self) }
        set { store(newValue, Self.st(number &- top)) }
    }

    // MARK: SSE and AVX

    public var mxcsr: UInt32 {
        get { load(24, as: UInt32.self) }
        set { store(newValue, 24) }
    }

    /// XMMn; numbers are taken modulo 16.
    public subscript(xmm number: Int) -> UInt128 {
        get { load(Self.xmm(number), as: UInt128.self) }
        set { store(newValue, Self.xmm(number)) }
    }

    /// Bits 128-255 of YMMn; numbers are taken modulo 16.
    public subscript(ymmHigh number: Int) -> UInt128 {
        get { load(Self.ymmHigh(number), as: UInt128.self) }
        set { store(newValue, Self.ymmHigh(number)) }
    }

    // MARK: Places, in bytes

    static func st(_ number: Int) -> Int { 32 + (number & 7) * 16 }
    static func xmm(_ number: Int) -> Int { 160 + (number & 15) * 16 }
    static func ymmHigh(_ number: Int) -> Int { imageSize + (number & 15) * 16 }

    /// Bytes that hold no register.
    static let reserved: [Range<Int>] =
        [5..<6, 28..<32] + (0..<8).map { st($0) + 10..<st($0) + 16 } + [416..<imageSize]

    /// Zeroes what holds no register, MXCSR_MASK included, and makes reserved bits of FCW, FSW and FOP what they always are:
    /// for an image that hardware or a host wrote.
    public mutating func clearReserved() {
        withUnsafeMutableBytes { bytes in
            for range in Self.reserved { for byte in range { bytes[byte] = 0 } }
        }
        controlWord = controlWord & 0x1F3F | 0x40
        lastOpcode &= 0x7FF
        // ES and B
        let isUnmasked = statusWord & ~controlWord & 0x3F != 0
        statusWord = statusWord & 0x7F7F | (isUnmasked ? 0x8080 : 0)
    }

    /// All registers are in canonical places: what holds none is zero.
    var reservedIsZero: Bool {
        withUnsafeBytes { bytes in Self.reserved.allSatisfy { $0.allSatisfy { bytes[$0] == 0 } } }
    }
}

/// An 80-bit x87 register (SDM 1 4.2.2).
public struct ExtendedReal: Equatable, Sendable {
    /// Bits 0-63, with the explicit integer bit.
    public var significand: UInt64
    /// Bits 64-79: exponent 0-14, sign 15.
    public var signAndExponent: UInt16

    public init(significand: UInt64, signAndExponent: UInt16) {
        self.significand = significand
        self.signAndExponent = signAndExponent
    }
}
