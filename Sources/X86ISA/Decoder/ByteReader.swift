/// The bytes of one instruction: never past the buffer, never past byte 15.
struct ByteReader {
    private let base: UnsafeRawPointer
    private let limit: Int
    private(set) var position = 0

    static var maximumLength: Int { 15 }

    @inline(__always) init(_ base: UnsafeRawPointer, count: Int) {
        self.base = base
        self.limit = min(count, ByteReader.maximumLength)
    }

    /// Why there is no further byte.
    private var end: DecodeError { limit == ByteReader.maximumLength ? .tooLong : .truncated }

    // SAFETY: the guards keep `position` plus the width at or below `limit`, which is at most the buffer's count.
    @inline(__always) private mutating func load<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type
    ) throws(DecodeError) -> T {
        let next = position &+ MemoryLayout<T>.size
        guard next <= limit else { throw end }
        let value = base.loadUnaligned(fromByteOffset: position, as: T.self)
        position = next
        return T(littleEndian: value)
    }

    @inline(__always) mutating func u8() throws(DecodeError) -> UInt8 { try load(UInt8.self) }
    @inline(__always) mutating func u16() throws(DecodeError) -> UInt16 { try load(UInt16.self) }
    @inline(__always) mutating func u32() throws(DecodeError) -> UInt32 { try load(UInt32.self) }
    @inline(__always) mutating func i8() throws(DecodeError) -> Int64 { Int64(try load(Int8.self)) }
    @inline(__always) mutating func i16() throws(DecodeError) -> Int64 { Int64(try load(Int16.self)) }
    @inline(__always) mutating func i32() throws(DecodeError) -> Int64 { Int64(try load(Int32.self)) }
}

// Addresses by ModRM and SIB
extension ByteReader {
    /// 16-bit addressing forms (SDM 2A table 2-1).
    @inline(__always) mutating func address16(
        _ modRM: UInt8, _ instruction: inout Instruction
    ) throws(DecodeError) {
        let rm = modRM & 7
        let mod = modRM >> 6
        if mod == 0 && rm == 6 {
            instruction.displacement = Int64(try u16())
            return
        }
        // Nibbles by rm: BX BX BP BP SI DI BP BX, and SI DI SI DI or none.
        instruction.base = UInt8(truncatingIfNeeded: (0x3576_5533 as UInt32) &>> (UInt32(rm) &* 4)) & 7
        if rm < 4 { instruction.index = 6 &+ (rm & 1) }
        if instruction.base == 5 { instruction.segment = .ss }
        if mod == 1 {
            instruction.displacement = try i8()
        } else if mod == 2 {
            instruction.displacement = try i16()
        }
    }

    /// 32-bit addressing forms (SDM 2A tables 2-2 and 2-3).
    @inline(__always) mutating func address32(
        _ modRM: UInt8, _ instruction: inout Instruction
    ) throws(DecodeError) {
        let mod = modRM >> 6
        var base = modRM & 7
        if base == 4 {
            let sib = try u8()
            base = sib & 7
            let index = (sib >> 3) & 7
            // Index 4 means none; the scale bits are then without effect, but kept.
            if index != 4 { instruction.index = index }
            instruction.scale = sib >> 6
        }
        if mod == 0 && base == 5 {
            let isAbsolute = instruction.index == Instruction.noRegister
            let value = try u32()
            instruction.displacement =
                isAbsolute ? Int64(value) : Int64(Int32(truncatingIfNeeded: value))
            return
        }
        instruction.base = base
        if base == 4 || base == 5 { instruction.segment = .ss }
        if mod == 1 {
            instruction.displacement = try i8()
        } else if mod == 2 {
            instruction.displacement = try i32()
        }
    }
}
