/// Turns bytes into instructions: 16-, 32- and 64-bit code, from the 8086 to x86-64-v3.
///
/// Pure and without allocation. It knows every instruction of these CPUs; which of them a CPU model has is the caller's to ask
/// of `Instruction.feature`. SYSCALL and SYSRET are decoded in 16- and 32-bit code, too, where Intel's CPUs raise #UD.
/// AVX-512 (62 in 64-bit code) is undefined.
public struct Decoder: Sendable {
    let size: CodeSize
    let features: FeatureSet
    let table: InstructionTable

    /// `features` count where a CPU without one runs another instruction instead: F3 before BSF and BSR, which is TZCNT
    /// and LZCNT on a CPU with BMI1 and LZCNT.
    public init(_ size: CodeSize, features: FeatureSet = .all) {
        self.size = size
        self.features = features
        self.table = InstructionTable.shared
    }

    /// Decodes the instruction at the start of `bytes`; at most 15 of them are looked at.
    ///
    /// Throws `truncated` when `bytes` ends inside the instruction and has fewer than 15 bytes, `tooLong` when byte 16 would
    /// be needed (SDM 2A 2.3.11), `undefinedOpcode` as soon as opcode and ModRM say so, and `lockNotAllowed` last, when
    /// all bytes are there.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(DecodeError) -> Instruction {
        guard let start = bytes.baseAddress else { throw .truncated }
        var reader = ByteReader(start, count: bytes.count, isLong: size == .bits64)
        var prefixes: Prefixes = []
        var override: SegmentRegister?
        var map: UInt8 = 0
        var opcode = try reader.u8()
        let first = table.opcodes + InstructionTable.place(long: reader.isLong, map: 0, opcode: 0)
        var entry = first[Int(opcode)]
        if entry == 0 || opcode & 0xFE == 0xC4 {
            // A prefix, an escape to another map, or undefined
            prefixes: while true {
                switch opcode {
                case 0x26, 0x2E, 0x36, 0x3E:
                    if !reader.isLong {
                        override = SegmentRegister(rawValue: (opcode >> 3) & 3)
                        prefixes.insert(.segment)
                    }
                case 0x64...0x67 where !features.contains(.i80386): break prefixes
                case 0x64, 0x65:
                    override = opcode == 0x64 ? .fs : .gs
                    prefixes.insert(.segment)
                case 0x66: prefixes.insert(.operandSize)
                case 0x67: prefixes.insert(.addressSize)
                case 0xF0: prefixes.insert(.lock)
                case 0xF2:
                    prefixes.remove(.rep)
                    prefixes.insert(.repne)
                case 0xF3:
                    prefixes.remove(.repne)
                    prefixes.insert(.rep)
                case 0x40...0x4F where reader.isLong:
                    reader.rex = opcode
                    opcode = try reader.u8()
                    continue prefixes
                default: break prefixes
                }
                reader.rex = 0
                opcode = try reader.u8()
            }
            var place = Int(opcode)
            if opcode == 0x0F {
                map = 1
                opcode = try reader.u8()
                if opcode == 0x38 || opcode == 0x3A {
                    map = opcode == 0x38 ? 2 : 3
                    opcode = try reader.u8()
                }
                place = Int(map) &* 256 &+ Int(opcode)
            } else if opcode & 0xFE == 0xC4, reader.startsVEX {
                guard reader.rex == 0, prefixes.isDisjoint(with: [.operandSize, .rep, .repne]) else {
                    throw .undefinedOpcode
                }
                map = try reader.vex(isLong3: opcode == 0xC4, &prefixes)
                opcode = try reader.u8()
                place = Int(map) &* 256 &+ Int(opcode)
            }
            if reader.rex != 0 {
                prefixes.formUnion(reader.rexPrefixes)
                // 90 is NOP, and with REX.B the exchange with R8 after all; with F3 it is PAUSE in any case.
                if place == 0x90, reader.rex & 1 != 0, !prefixes.contains(.rep) { place = 0x91 }
            }
            entry = first[place]
        }
        var modRM: UInt8 = 0
        var hasModRM = false
        if entry >= InstructionTable.isGroup {
            if entry >= InstructionTable.isPrefixChoice {
                entry = choose(entry, prefixes, reader)
            }
            if entry & InstructionTable.kind == InstructionTable.isGroup {
                modRM = try reader.u8()
                hasModRM = true
                entry = table.entry(entry, InstructionTable.slot(modRM: modRM))
            }
        }
        guard entry != 0 else { throw .undefinedOpcode }
        let row = table.rows + Int(entry)
        let flags = row.pointee.flags
        let attribute: UInt8
        if reader.isLong {
            attribute = longAttribute(flags, prefixes)
            reader.addressSize = prefixes.contains(.addressSize) ? 4 : 8
        } else {
            let wide = (size == .bits32) != prefixes.contains(.operandSize)
            attribute = wide || !flags.isDisjoint(with: [.native, .noOperandSize]) ? 4 : 2
            reader.addressSize = (size == .bits32) != prefixes.contains(.addressSize) ? 4 : 2
        }
        reader.opcode = opcode
        reader.modRM = modRM
        if map > 4 {
            guard flags.contains(.vvvv) || reader.vvvv == 0 else { throw .undefinedOpcode }
        }
        if flags.contains(.modRM) {
            if !hasModRM { reader.modRM = try reader.u8() }
            if reader.modRM < 0xC0 && !flags.contains(.modIgnored) {
                if reader.isLong || flags.contains(.vectorIndex) {
                    try reader.address(isVector: flags.contains(.vectorIndex))
                } else if reader.addressSize == 2 {
                    try reader.address16()
                } else {
                    try reader.address32()
                }
            }
        }
        var operand0 = Operand.none, operand1 = Operand.none, operand2 = Operand.none, operand3 = Operand.none
        if row.pointee.operand0 != .none {
            operand0 = try reader.operand(row.pointee.operand0, attribute)
            if row.pointee.operand1 != .none {
                operand1 = try reader.operand(row.pointee.operand1, attribute)
                if row.pointee.operand2 != .none {
                    operand2 = try reader.operand(row.pointee.operand2, attribute)
                    if row.pointee.operand3 != .none {
                        operand3 = try reader.operand(row.pointee.operand3, attribute)
                    }
                }
            }
        }
        if flags.contains(.vectorIndex) {
            // Destination, index and mask must be three registers (SDM 2C VPGATHERDD).
            let index = reader.index
            guard operand0.number != index, operand2.number != index, operand0.number != operand2.number else {
                throw .undefinedOpcode
            }
        }
        // Before the 386 LOCK was allowed anywhere.
        if prefixes.contains(.lock), features.contains(.i80386) {
            guard flags.contains(.lock), operand0.kind == .memory else { throw .lockNotAllowed }
        }
        var instruction = Instruction()
        instruction.immediate = reader.immediate
        instruction.displacement = reader.displacement
        instruction.immediate2 = reader.immediate2
        instruction.prefixes = prefixes
        instruction.operation = row.pointee.operation
        instruction.length = UInt8(truncatingIfNeeded: reader.position)
        instruction.operandSize = flags.contains(.byte) ? 1 : attribute
        instruction.addressSize = reader.addressSize
        if flags.contains(.vector), map > 4 { instruction.vectorLength = reader.isWideVector ? 32 : 16 }
        instruction.feature = row.pointee.feature
        if flags.contains(.condition) { instruction.condition = opcode & 15 }
        instruction.segment = override ?? reader.segment
        instruction.base = reader.base
        instruction.index = reader.index
        instruction.scale = reader.scale
        instruction.map = map
        instruction.opcode = opcode
        instruction.modRM = reader.modRM
        instruction.operand0 = operand0
        instruction.operand1 = operand1
        instruction.operand2 = operand2
        instruction.operand3 = operand3
        return instruction
    }

    /// Follows prefix and width choices to a row or a group.
    @inline(never)
    private func choose(_ first: UInt16, _ prefixes: Prefixes, _ reader: ByteReader) -> UInt16 {
        var entry = first
        if entry & InstructionTable.kind == InstructionTable.isPrefixChoice {
            entry = table.entry(first, RowPrefixes.number(prefixes))
            // TZCNT and LZCNT are known without ModRM.
            if prefixes.contains(.rep), entry != 0, entry < InstructionTable.isGroup,
                table.rows[Int(entry)].flags.contains(.hidden), !features.contains(table.rows[Int(entry)].feature)
            {
                entry = table.entry(first, 0)
            }
        }
        if entry & InstructionTable.kind == InstructionTable.isWidthChoice {
            entry = table.entry(
                entry, RowWidths.number(w: prefixes.contains(.rexW), l: reader.isWideVector))
        }
        return entry
    }

    /// The operand-size attribute in 64-bit code (SDM 1 table 3-4).
    @inline(__always)
    private func longAttribute(_ flags: RowFlags, _ prefixes: Prefixes) -> UInt8 {
        let isWide = prefixes.contains(.rexW)
        if !flags.isDisjoint(with: [.native, .force64]) { return 8 }
        if flags.contains(.noOperandSize) { return isWide ? 8 : 4 }
        if isWide { return flags.contains(.max32) ? 4 : 8 }
        if prefixes.contains(.operandSize) { return 2 }
        return flags.contains(.default64) ? 8 : 4
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
