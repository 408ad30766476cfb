/// The bytes of one instruction, never past the buffer and never past byte 15, and what those that were read have told.
struct ByteReader {
    private let start: UnsafeRawPointer
    private let limit: Int
    private(set) var position = 0
    /// 64-bit code
    let isLong: Bool
    /// The REX prefix that counts, or 0; after `vex` W, R, X and B of VEX in the same bits.
    var rex: UInt8 = 0
    /// VEX.vvvv, 0 where there is none: a register number, in 16- and 32-bit code by its low three bits alone.
    private(set) var vvvv: UInt8 = 0
    /// VEX.L
    private(set) var isWideVector = false
    // As in `Instruction`
    var opcode: UInt8 = 0
    var modRM: UInt8 = 0
    var addressSize: UInt8 = 0
    var segment: SegmentRegister = .ds
    var base = Instruction.noRegister
    private(set) var index = Instruction.noRegister
    private(set) var scale: UInt8 = 0
    var displacement: Int64 = 0
    var immediate: UInt64 = 0
    var immediate2: UInt16 = 0

    static var maximumLength: Int { 15 }

    @inline(__always) init(_ start: UnsafeRawPointer, count: Int, isLong: Bool) {
        self.start = start
        self.limit = min(count, ByteReader.maximumLength)
        self.isLong = isLong
    }

    /// Why there is no further byte.
    private var end: DecodeError { limit == ByteReader.maximumLength ? .tooLong : .truncated }

    // SAFETY: the guards keep `position` plus the width at or below `limit`, which is at most the buffer's count.
    @inline(__always) private mutating func load<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type
    ) throws(DecodeError) -> T {
        let next = position &+ MemoryLayout<T>.size
        guard next <= limit else { throw end }
        let value = start.loadUnaligned(fromByteOffset: position, as: T.self)
        position = next
        return T(littleEndian: value)
    }

    @inline(__always) mutating func u8() throws(DecodeError) -> UInt8 { try load(UInt8.self) }
    @inline(__always) mutating func u16() throws(DecodeError) -> UInt16 { try load(UInt16.self) }
    @inline(__always) mutating func u32() throws(DecodeError) -> UInt32 { try load(UInt32.self) }
    @inline(__always) mutating func u64() throws(DecodeError) -> UInt64 { try load(UInt64.self) }
    @inline(__always) mutating func i8() throws(DecodeError) -> Int64 { Int64(try load(Int8.self)) }
    @inline(__always) mutating func i16() throws(DecodeError) -> Int64 { Int64(try load(Int16.self)) }
    @inline(__always) mutating func i32() throws(DecodeError) -> Int64 { Int64(try load(Int32.self)) }
}

// Bytes in front of the opcode
extension ByteReader {
    /// Whether C4 or C5 is a VEX prefix: in 16- and 32-bit code with the bits of a register form alone, else LES and LDS.
    @inline(__always) var startsVEX: Bool {
        isLong || position < limit && start.load(fromByteOffset: position, as: UInt8.self) >= 0xC0
    }

    /// The rest of a VEX prefix behind C4 (`isLong3`) or C5 (SDM 2A 2.3.5). Returns the map; R, X, B, W go to `rex`, pp to
    /// `prefixes`. In 16- and 32-bit code there are eight registers alone.
    mutating func vex(isLong3: Bool, _ prefixes: inout Prefixes) throws(DecodeError) -> UInt8 {
        let first = try u8()
        var map: UInt8 = 1
        var last = first
        rex = ~(first >> 5) & 4
        if isLong3 {
            rex = ~(first >> 5) & 7
            map = first & 0x1F
            last = try u8()
            rex |= (last >> 4) & 8
            guard map >= 1, map <= 3 else { throw .undefinedOpcode }
        }
        vvvv = ~(last >> 3) & 15
        if !isLong { rex &= 8 }
        isWideVector = last & 4 != 0
        switch last & 3 {
        case 1: prefixes.insert(.operandSize)
        case 2: prefixes.insert(.rep)
        case 3: prefixes.insert(.repne)
        default: break
        }
        return map &+ 4
    }

    /// W, R, X and B; `Prefixes.rex` for a REX prefix alone.
    var rexPrefixes: Prefixes {
        let bits = UInt16(rex)
        return Prefixes(rawValue: bits & 0x40 | (bits & 8) << 4 | (bits & 4) << 6 | (bits & 2) << 8 | (bits & 1) << 10)
    }
}

// Addresses by ModRM and SIB
extension ByteReader {
    /// 16-bit addressing forms (SDM 2A table 2-1).
    @inline(__always) mutating func address16() throws(DecodeError) {
        let rm = modRM & 7
        let mod = modRM >> 6
        if mod == 0 && rm == 6 {
            displacement = Int64(try u16())
            return
        }
        // Nibbles by rm: BX BX BP BP SI DI BP BX, and SI DI SI DI or none.
        base = UInt8(truncatingIfNeeded: (0x3576_5533 as UInt32) &>> (UInt32(rm) &* 4)) & 7
        if rm < 4 { index = 6 &+ (rm & 1) }
        if base == 5 { segment = .ss }
        if mod == 1 {
            displacement = try i8()
        } else if mod == 2 {
            displacement = try i16()
        }
    }

    /// 32-bit addressing forms (SDM 2A tables 2-2 and 2-3).
    @inline(__always) mutating func address32() throws(DecodeError) {
        let mod = modRM >> 6
        var number = modRM & 7
        if number == 4 {
            let sib = try u8()
            number = sib & 7
            let second = (sib >> 3) & 7
            // Index 4 means none; the scale bits are then without effect, but kept.
            if second != 4 { index = second }
            scale = sib >> 6
        }
        if mod == 0 && number == 5 {
            let isAbsolute = index == Instruction.noRegister
            let value = try u32()
            displacement =
                isAbsolute ? Int64(value) : Int64(Int32(truncatingIfNeeded: value))
            return
        }
        base = number
        if number == 4 || number == 5 { segment = .ss }
        if mod == 1 {
            displacement = try i8()
        } else if mod == 2 {
            displacement = try i32()
        }
    }

    /// Addressing forms of 64-bit code (SDM 2A 2.2.1), and those of gathers in any code (`isVector`): there ModRM.rm must be 4, and
    /// 16-bit addresses are undefined (SDM 2A 2.3.12).
    mutating func address(isVector: Bool) throws(DecodeError) {
        if isVector {
            guard modRM & 7 == 4, addressSize != 2 else { throw .undefinedOpcode }
        }
        let mod = modRM >> 6
        let high = (rex & 1) &<< 3
        var number = modRM & 7
        if number == 4 {
            let sib = try u8()
            number = sib & 7
            let second = (sib >> 3) & 7 | (rex & 2) &<< 2
            if second != 4 || isVector { index = second }
            scale = sib >> 6
            if mod == 0 && number == 5 {
                let isAbsolute = index == Instruction.noRegister && addressSize == 4
                let value = try u32()
                displacement = isAbsolute ? Int64(value) : Int64(Int32(truncatingIfNeeded: value))
                return
            }
        } else if mod == 0 && number == 5 {
            if isLong { base = Instruction.instructionPointer }
            displacement = try i32()
            return
        }
        number |= high
        base = number
        if number == 4 || number == 5 { segment = .ss }
        if mod == 1 {
            displacement = try i8()
        } else if mod == 2 {
            displacement = try i32()
        }
    }
}
