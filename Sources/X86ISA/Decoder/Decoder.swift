/// Turns bytes into instructions: the integer ISA of 8086 to Pentium in 16- and 32-bit code, and x87 escapes.
///
/// Pure and without allocation. 64-bit code has no rows yet: there, `decode` throws `undefinedOpcode` after the prefixes.
public struct Decoder: Sendable {
    let size: CodeSize
    let table: InstructionTable

    public init(_ size: CodeSize) {
        self.size = size
        self.table = InstructionTable.shared
    }

    /// Decodes the instruction at the start of `bytes`; at most 15 of them are looked at.
    ///
    /// Throws `truncated` when `bytes` ends inside the instruction and has fewer than 15 bytes, `tooLong` when byte 16 would
    /// be needed (SDM 2A 2.3.11), `undefinedOpcode` as soon as opcode and ModRM say so, and `lockNotAllowed` last, when
    /// all bytes are there.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(DecodeError) -> Instruction {
        guard let start = bytes.baseAddress else { throw .truncated }
        var reader = ByteReader(start, count: bytes.count)
        var instruction = Instruction()
        var prefixes: Prefixes = []
        var override: SegmentRegister?
        var opcode: UInt8
        prefixes: while true {
            opcode = try reader.u8()
            switch opcode {
            case 0x26: override = .es
            case 0x2E: override = .cs
            case 0x36: override = .ss
            case 0x3E: override = .ds
            case 0x64: override = .fs
            case 0x65: override = .gs
            case 0x66:
                prefixes.insert(.operandSize)
                continue prefixes
            case 0x67:
                prefixes.insert(.addressSize)
                continue prefixes
            case 0xF0:
                prefixes.insert(.lock)
                continue prefixes
            case 0xF2:
                prefixes.remove(.rep)
                prefixes.insert(.repne)
                continue prefixes
            case 0xF3:
                prefixes.remove(.repne)
                prefixes.insert(.rep)
                continue prefixes
            default: break prefixes
            }
            prefixes.insert(.segment)
        }
        var map: UInt8 = 0
        if opcode == 0x0F {
            map = 1
            opcode = try reader.u8()
        }
        var entry = table.opcodes[InstructionTable.place(long: size == .bits64, map: map, opcode: opcode)]
        var modRM: UInt8 = 0
        var hasModRM = false
        if entry & InstructionTable.isGroup != 0 {
            modRM = try reader.u8()
            hasModRM = true
            entry = table.groups[Int(entry & ~InstructionTable.isGroup) &+ InstructionTable.slot(modRM: modRM)]
        }
        guard entry != 0 else { throw .undefinedOpcode }
        let row = table.rows + Int(entry)
        let flags = row.pointee.flags
        let wide = (size == .bits32) != prefixes.contains(.operandSize)
        let attribute: UInt8 = wide || flags.contains(.size32) ? 4 : 2
        instruction.prefixes = prefixes
        instruction.operation = row.pointee.operation
        instruction.operandSize = flags.contains(.byte) ? 1 : attribute
        instruction.addressSize = (size == .bits32) != prefixes.contains(.addressSize) ? 4 : 2
        instruction.map = map
        instruction.opcode = opcode
        if flags.contains(.condition) { instruction.condition = opcode & 15 }
        if flags.contains(.modRM) {
            if !hasModRM { modRM = try reader.u8() }
            instruction.modRM = modRM
            if modRM < 0xC0 && !flags.contains(.modIgnored) {
                if instruction.addressSize == 2 {
                    try reader.address16(modRM, &instruction)
                } else {
                    try reader.address32(modRM, &instruction)
                }
            }
        }
        if row.pointee.operand0 != .none {
            instruction.operand0 = try reader.operand(row.pointee.operand0, attribute, &instruction)
            if row.pointee.operand1 != .none {
                instruction.operand1 = try reader.operand(row.pointee.operand1, attribute, &instruction)
                if row.pointee.operand2 != .none {
                    instruction.operand2 = try reader.operand(row.pointee.operand2, attribute, &instruction)
                }
            }
        }
        if let override { instruction.segment = override }
        if prefixes.contains(.lock) {
            guard flags.contains(.lock), instruction.operand0.kind == .memory else { throw .lockNotAllowed }
        }
        instruction.length = UInt8(truncatingIfNeeded: reader.position)
        return instruction
    }

    /// Decodes the instruction at the start of `bytes`, as above.
    public func decode(_ bytes: [UInt8]) throws(DecodeError) -> Instruction {
        let result = bytes.withUnsafeBytes { buffer -> Result<Instruction, DecodeError> in
            do throws(DecodeError) {
                return .success(try decode(buffer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
