extension ByteReader {
    /// The operand that `spec` describes; its immediate or absolute address is read into `instruction`. `attribute` is the
    /// operand size in bytes, 2 or 4.
    mutating func operand(
        _ spec: OperandSpec, _ attribute: UInt8, _ instruction: inout Instruction
    ) throws(DecodeError) -> Operand {
        let modRM = instruction.modRM
        let reg = (modRM >> 3) & 7
        switch spec {
        case .none: return .none
        case .Eb: return registerOrMemory(modRM, 1)
        case .Ew: return registerOrMemory(modRM, 2)
        case .Ev: return registerOrMemory(modRM, attribute)
        case .EwRv: return registerOrMemory(modRM, modRM < 0xC0 ? 2 : attribute)
        case .Gb: return Operand(.register, size: 1, number: reg)
        case .Gw: return Operand(.register, size: 2, number: reg)
        case .Gv: return Operand(.register, size: attribute, number: reg)
        case .M: return Operand(.memory)
        case .Mb: return Operand(.memory, size: 1)
        case .Mw: return Operand(.memory, size: 2)
        case .Md: return Operand(.memory, size: 4)
        case .Mq: return Operand(.memory, size: 8)
        case .Mt: return Operand(.memory, size: 10)
        case .Mp: return Operand(.memory, size: attribute &+ 2)
        case .Ma: return Operand(.memory, size: attribute &* 2)
        case .Ms: return Operand(.memory, size: 6)
        case .Menv: return Operand(.memory, size: attribute == 2 ? 14 : 28)
        case .Mstate: return Operand(.memory, size: attribute == 2 ? 94 : 108)
        case .Rd: return Operand(.register, size: 4, number: modRM & 7)
        case .Sw: return Operand(.segmentRegister, size: 2, number: reg)
        case .Cd: return Operand(.controlRegister, size: 4, number: reg)
        case .Dd: return Operand(.debugRegister, size: 4, number: reg)
        case .Td: return Operand(.testRegister, size: 4, number: reg)
        case .Ib:
            instruction.immediate = UInt64(try u8())
            return Operand(.immediate, size: 1)
        case .Ibs:
            instruction.immediate = UInt64(bitPattern: try i8())
            return Operand(.immediate, size: attribute)
        case .Iw:
            instruction.immediate = UInt64(try u16())
            return Operand(.immediate, size: 2)
        case .Iz:
            instruction.immediate = attribute == 2 ? UInt64(try u16()) : UInt64(try u32())
            return Operand(.immediate, size: attribute)
        case .Izs:
            instruction.immediate = UInt64(bitPattern: attribute == 2 ? try i16() : try i32())
            return Operand(.immediate, size: attribute)
        case .Ib2:
            instruction.immediate2 = UInt16(try u8())
            return Operand(.immediate2, size: 1)
        case .Jb:
            instruction.immediate = UInt64(bitPattern: try i8())
            return Operand(.relative, size: attribute)
        case .Jz:
            instruction.immediate = UInt64(bitPattern: attribute == 2 ? try i16() : try i32())
            return Operand(.relative, size: attribute)
        case .Ap:
            instruction.immediate = attribute == 2 ? UInt64(try u16()) : UInt64(try u32())
            instruction.immediate2 = try u16()
            return Operand(.farPointer, size: attribute &+ 2)
        case .Ob, .Ov:
            instruction.displacement = instruction.addressSize == 2 ? Int64(try u16()) : Int64(try u32())
            return Operand(.memory, size: spec == .Ob ? 1 : attribute)
        case .Xb: return Operand(.stringSource, size: 1)
        case .Xz: return Operand(.stringSource, size: attribute)
        case .Yb: return Operand(.stringDestination, size: 1)
        case .Yz: return Operand(.stringDestination, size: attribute)
        case .Zb: return Operand(.register, size: 1, number: instruction.opcode & 7)
        case .Zv: return Operand(.register, size: attribute, number: instruction.opcode & 7)
        case .table:
            instruction.base = 3
            return Operand(.memory, size: 1)
        case .one: return Operand(.one, size: 1)
        case .AL: return Operand(.register, size: 1, number: 0)
        case .CL: return Operand(.register, size: 1, number: 1)
        case .AX: return Operand(.register, size: 2, number: 0)
        case .DX: return Operand(.register, size: 2, number: 2)
        case .rAX: return Operand(.register, size: attribute, number: 0)
        case .ES: return Operand(.segmentRegister, size: 2, number: 0)
        case .CS: return Operand(.segmentRegister, size: 2, number: 1)
        case .SS: return Operand(.segmentRegister, size: 2, number: 2)
        case .DS: return Operand(.segmentRegister, size: 2, number: 3)
        case .FS: return Operand(.segmentRegister, size: 2, number: 4)
        case .GS: return Operand(.segmentRegister, size: 2, number: 5)
        }
    }

    @inline(__always) private func registerOrMemory(_ modRM: UInt8, _ size: UInt8) -> Operand {
        modRM < 0xC0 ? Operand(.memory, size: size) : Operand(.register, size: size, number: modRM & 7)
    }
}
