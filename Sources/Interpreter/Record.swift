import X86ISA

/// A decoded instruction in a trace: 32 bytes that a handler finds everything in.
///
/// | offset | bytes | what |
/// | --- | --- | --- |
/// | 0 | 8 | handler |
/// | 8 | 4 | immediate |
/// | 12 | 4 | displacement |
/// | 16 | 4 | byte offsets into CPUFile: destination, source, base, index |
/// | 20 | 1 | factor of the index: 1, 2, 4, 8 |
/// | 21 | 1 | segment register's number times 16 |
/// | 22 | 2 | bits 0-8: offset of the instruction's first byte from the trace's first; bits 9-14: place in the trace, 0-32 |
/// | 24 | 8 | its `Instruction`, with its `GeneralForm` in the 16 bytes before: handler, body |
///
/// Near branches, and the record behind the last instruction, which ends the trace, keep other things there:
///
/// | offset | bytes | what |
/// | --- | --- | --- |
/// | 8 | 8 | first record of the trace that follows, 0 as long as it is not known |
/// | 16 | 4 | distance of the target from the trace's first byte, signed |
/// | 20 | 1 | instructions of the trace that have retired behind this one |
///
/// The end record makes `offset` of the next record always the place where an instruction ends.
enum Record {
    @inline(__always) static var size: Int { 32 }

    @inline(__always) static func index(_ record: Pointer) -> Int {
        Int(record.load(fromByteOffset: 22, as: UInt16.self) >> 9)
    }

    @inline(__always) static func offset(_ record: Pointer) -> Int {
        Int(record.load(fromByteOffset: 22, as: UInt16.self) & 511)
    }

    @inline(__always) static func instruction(_ record: Pointer) -> UnsafePointer<Instruction> {
        record.load(fromByteOffset: 24, as: UnsafePointer<Instruction>.self)
    }

    @inline(__always) static func instructionPointer(_ record: Pointer) -> Pointer {
        record.load(fromByteOffset: 24, as: Pointer.self)
    }

    /// The handler that makes every check.
    @inline(__always) static func general(_ record: Pointer) -> Handler {
        instructionPointer(record).load(fromByteOffset: -16, as: Handler.self)
    }

    /// What that handler runs.
    @inline(__always) static func body(_ record: Pointer) -> GeneralBody {
        instructionPointer(record).load(fromByteOffset: -8, as: GeneralBody.self)
    }

    // MARK: Operands

    @inline(__always) static func immediate<L: Lane>(_ record: Pointer, as type: L.Type) -> L {
        guard L.size == 8 else { return record.load(fromByteOffset: 8, as: L.self) }
        // 32 bits, sign-extended.
        return L(truncatingIfNeeded: record.load(fromByteOffset: 8, as: Int32.self))
    }
    @inline(__always) static func displacement(_ record: Pointer) -> UInt32 {
        record.load(fromByteOffset: 12, as: UInt32.self)
    }
    @inline(__always) static func destination(_ record: Pointer) -> UInt8 {
        record.load(fromByteOffset: 16, as: UInt8.self)
    }
    @inline(__always) static func source(_ record: Pointer) -> UInt8 { record.load(fromByteOffset: 17, as: UInt8.self) }
    @inline(__always) static func base(_ record: Pointer) -> UInt8 { record.load(fromByteOffset: 18, as: UInt8.self) }
    @inline(__always) static func indexRegister(_ record: Pointer) -> UInt8 {
        record.load(fromByteOffset: 19, as: UInt8.self)
    }
    @inline(__always) static func scale(_ record: Pointer) -> UInt8 { record.load(fromByteOffset: 20, as: UInt8.self) }
    @inline(__always) static func segment(_ record: Pointer) -> Int {
        Int(record.load(fromByteOffset: 21, as: UInt8.self))
    }

    // MARK: Branches and ends

    @inline(__always) static func link(_ record: Pointer) -> Pointer? {
        record.load(fromByteOffset: 8, as: Pointer?.self)
    }
    @inline(__always) static func setLink(_ record: Pointer, _ target: Pointer) {
        record.storeBytes(of: target, toByteOffset: 8, as: Pointer?.self)
    }
    @inline(__always) static func distance(_ record: Pointer) -> UInt64 {
        UInt64(bitPattern: Int64(record.load(fromByteOffset: 16, as: Int32.self)))
    }
    @inline(__always) static func retired(_ record: Pointer) -> Int {
        Int(record.load(fromByteOffset: 20, as: UInt8.self))
    }

    // MARK: Writing

    /// Bytes of an `Instruction` with the `GeneralForm` before it.
    static var instructionSize: Int { 16 + MemoryLayout<Instruction>.stride }

    /// A record with its general form, which is kept with a copy of the instruction at `place`, `instructionSize` bytes.
    static func write(
        _ record: Pointer, _ form: GeneralForm, index: Int, offset: Int, instruction: Instruction, at place: Pointer
    ) {
        place.initializeMemory(as: Handler.self, to: form.handler)
        (place + 8).initializeMemory(as: GeneralBody.self, to: form.body)
        (place + 16).initializeMemory(as: Instruction.self, to: instruction)
        record.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        setHandler(record, form.handler)
        record.storeBytes(of: UInt16(truncatingIfNeeded: index << 9 | offset), toByteOffset: 22, as: UInt16.self)
        record.storeBytes(of: place + 16, toByteOffset: 24, as: Pointer.self)
    }

    static func setHandler(_ record: Pointer, _ handler: @escaping Handler) {
        record.storeBytes(of: unwrapped(handler), as: Handler.self)
    }

    /// What a handler's C entry point jumps to. A closure that is a C function pointer is compiled into a native function and
    /// an entry that only jumps there; with four word-sized arguments both take them in the same registers, so
    /// records can hold the target and save a jump an instruction.
    private static func unwrapped(_ handler: @escaping Handler) -> Handler {
        #if arch(x86_64)
            let entry = unsafeBitCast(handler, to: UnsafePointer<UInt8>.self)
            // JMP rel32
            guard entry[0] == 0xE9 else { return handler }
            // SAFETY: the five bytes of a jump instruction of this program's own text, and the place it leads to.
            let distance = UnsafeRawPointer(entry + 1).loadUnaligned(as: Int32.self)
            return unsafeBitCast(entry + 5 + Int(distance), to: Handler.self)
        #else
            return handler
        #endif
    }

    static func setBranch(_ record: Pointer, distance: Int, retired: Int) {
        record.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
        record.storeBytes(of: Int32(truncatingIfNeeded: distance), toByteOffset: 16, as: Int32.self)
        record.storeBytes(of: UInt8(truncatingIfNeeded: retired), toByteOffset: 20, as: UInt8.self)
    }

    static func setImmediate(_ record: Pointer, _ value: UInt32) {
        record.storeBytes(of: value, toByteOffset: 8, as: UInt32.self)
    }

    static func setDisplacement(_ record: Pointer, _ value: UInt32) {
        record.storeBytes(of: value, toByteOffset: 12, as: UInt32.self)
    }

    /// Offset of the base register in CPUFile.
    static func setBase(_ record: Pointer, _ offset: UInt8) {
        record.storeBytes(of: offset, toByteOffset: 18, as: UInt8.self)
    }

    /// Registers, address and immediate of an instruction with general operands.
    static func setOperands(_ record: Pointer, _ instruction: Instruction) {
        func put(_ value: UInt8, at offset: Int) { record.storeBytes(of: value, toByteOffset: offset, as: UInt8.self) }
        record.storeBytes(of: UInt32(truncatingIfNeeded: instruction.immediate), toByteOffset: 8, as: UInt32.self)
        record.storeBytes(of: UInt32(truncatingIfNeeded: instruction.displacement), toByteOffset: 12, as: UInt32.self)
        put(registerOffset(instruction.operand0), at: 16)
        put(registerOffset(instruction.operand1), at: 17)
        // CPUFile keeps a zero behind its sixteen registers.
        put(instruction.base < 16 ? instruction.base * 8 : 128, at: 18)
        put(instruction.index < 16 ? instruction.index * 8 : 128, at: 19)
        put(1 << (instruction.scale & 3), at: 20)
        put(instruction.segment.rawValue * 16, at: 21)
    }

    /// XMM registers count from XMM0, by 16 bytes, where general ones have their offset.
    static func setVectorOperands(_ record: Pointer, _ instruction: Instruction) {
        func put(_ operand: Operand, at offset: Int) {
            guard operand.kind == .xmmRegister else { return }
            record.storeBytes(of: operand.number * 16, toByteOffset: offset, as: UInt8.self)
        }
        put(instruction.operand0, at: 16)
        put(instruction.operand1, at: 17)
    }

    private static func registerOffset(_ operand: Operand) -> UInt8 {
        guard operand.kind == .register else { return 128 }
        guard operand.size == 1, operand.number < ByteRegister.uniform else { return (operand.number & 15) * 8 }
        return (operand.number & 3) * 8 + operand.number >> 2 & 1
    }
}
