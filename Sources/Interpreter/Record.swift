import X86ISA

/// A decoded instruction in a trace: 32 bytes that a handler finds everything in.
///
/// | offset | bytes | what |
/// | --- | --- | --- |
/// | 0 | 8 | handler |
/// | 8 | 4 | immediate (fast handlers) |
/// | 12 | 4 | displacement (fast handlers) |
/// | 16 | 5 | byte offsets of destination, source, base, index; shift (fast handlers) |
/// | 21 | 1 | place in the trace, 0-32 |
/// | 22 | 2 | offset of the instruction's first byte from the trace's first |
/// | 24 | 8 | its `Instruction` |
///
/// The record behind the last one ends the trace, so `offset` of the next record is always where an instruction ends.
enum Record {
    @inline(__always) static var size: Int { 32 }

    @inline(__always) static func index(_ record: Pointer) -> Int {
        Int(record.load(fromByteOffset: 21, as: UInt8.self))
    }

    @inline(__always) static func offset(_ record: Pointer) -> Int {
        Int(record.load(fromByteOffset: 22, as: UInt16.self))
    }

    @inline(__always) static func instruction(_ record: Pointer) -> UnsafePointer<Instruction> {
        record.load(fromByteOffset: 24, as: UnsafePointer<Instruction>.self)
    }

    static func write(
        _ record: Pointer, _ handler: @escaping Handler, index: Int, offset: Int,
        instruction: UnsafePointer<Instruction>
    ) {
        record.storeBytes(of: handler, as: Handler.self)
        record.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
        record.storeBytes(of: 0, toByteOffset: 16, as: UInt32.self)
        record.storeBytes(of: UInt8(truncatingIfNeeded: index), toByteOffset: 21, as: UInt8.self)
        record.storeBytes(of: UInt16(truncatingIfNeeded: offset), toByteOffset: 22, as: UInt16.self)
        record.storeBytes(of: instruction, toByteOffset: 24, as: UnsafePointer<Instruction>.self)
    }
}
