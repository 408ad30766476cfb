extension ByteReader {
    /// The operand that `spec` describes; its immediate or absolute address is read. `attribute` is the
    /// operand size in bytes: 2, 4 or 8.
    mutating func operand(_ spec: OperandSpec, _ attribute: UInt8) throws(DecodeError) -> Operand {
        let reg = (modRM >> 3) & 7 | (rex & 4) &<< 1
        switch spec {
        case .none: return .none
        case .Eb: return registerOrMemory(modRM, 1)
        case .Ew: return registerOrMemory(modRM, 2)
        case .Ev: return registerOrMemory(modRM, attribute)
        case .EwRv: return registerOrMemory(modRM, modRM < 0xC0 ? 2 : attribute)
        case .Gb: return Operand(.register, size: 1, number: reg)
        case .Gw: return Operand(.register, size: 2, number: reg)
        case .Gv: return Operand(.register, size: attribute, number: reg)
        case .Ed: return registerOrMemory(modRM, 4)
        case .Ey: return registerOrMemory(modRM, isLong && rex & 8 != 0 ? 8 : 4)
        case .Ez: return registerOrMemory(modRM, attribute == 2 ? 2 : 4)
        case .EbRd: return registerOrMemory(modRM, modRM < 0xC0 ? 1 : 4)
        case .EwRd: return registerOrMemory(modRM, modRM < 0xC0 ? 2 : 4)
        case .Gd: return Operand(.register, size: 4, number: reg)
        case .Gy: return Operand(.register, size: isLong && rex & 8 != 0 ? 8 : 4, number: reg)
        case .Gr: return Operand(.register, size: isLong ? 8 : 4, number: reg)
        case .By: return Operand(.register, size: isLong && rex & 8 != 0 ? 8 : 4, number: source)
        case .M: return Operand(.memory)
        case .Mb: return Operand(.memory, size: 1)
        case .Mw: return Operand(.memory, size: 2)
        case .Md: return Operand(.memory, size: 4)
        case .Mq: return Operand(.memory, size: 8)
        case .Mt: return Operand(.memory, size: 10)
        case .Mp: return Operand(.memory, size: attribute &+ 2)
        case .Ma: return Operand(.memory, size: attribute &* 2)
        case .My: return Operand(.memory, size: isLong && rex & 8 != 0 ? 8 : 4)
        case .Mo: return Operand(.memory, size: 16)
        case .Ms: return Operand(.memory, size: isLong ? 10 : 6)
        case .Menv: return Operand(.memory, size: attribute == 2 ? 14 : 28)
        case .Mstate: return Operand(.memory, size: attribute == 2 ? 94 : 108)
        case .Rr: return Operand(.register, size: isLong ? 8 : 4, number: modRM & 7 | (rex & 1) &<< 3)
        case .Sw: return Operand(.segmentRegister, size: 2, number: modRM >> 3 & 7)
        case .Cr:
            // CR0, CR2, CR3, CR4, CR8
            guard reg < 9, 0b1_0001_1101 &>> UInt16(reg) & 1 != 0 else { throw .undefinedOpcode }
            return Operand(.controlRegister, size: isLong ? 8 : 4, number: reg)
        case .Dr:
            guard reg < 8 else { throw .undefinedOpcode }
            return Operand(.debugRegister, size: isLong ? 8 : 4, number: reg)
        case .Td: return Operand(.testRegister, size: 4, number: reg)
        case .Ib:
            immediate = UInt64(try u8())
            return Operand(.immediate, size: 1)
        case .Ibs:
            immediate = UInt64(bitPattern: try i8())
            return Operand(.immediate, size: attribute)
        case .Iw:
            immediate = UInt64(try u16())
            return Operand(.immediate, size: 2)
        case .Iz:
            switch attribute {
            case 2: immediate = UInt64(try u16())
            case 4: immediate = UInt64(try u32())
            default: immediate = UInt64(bitPattern: try i32())
            }
            return Operand(.immediate, size: attribute)
        case .Iv:
            switch attribute {
            case 2: immediate = UInt64(try u16())
            case 4: immediate = UInt64(try u32())
            default: immediate = try u64()
            }
            return Operand(.immediate, size: attribute)
        case .Izs:
            immediate = UInt64(bitPattern: attribute == 2 ? try i16() : try i32())
            return Operand(.immediate, size: attribute)
        case .Ib2:
            immediate2 = UInt16(try u8())
            return Operand(.immediate2, size: 1)
        case .Jb:
            immediate = UInt64(bitPattern: try i8())
            return Operand(.relative, size: attribute)
        case .Jz:
            immediate = UInt64(bitPattern: attribute == 2 ? try i16() : try i32())
            return Operand(.relative, size: attribute)
        case .Ap:
            immediate = attribute == 2 ? UInt64(try u16()) : UInt64(try u32())
            immediate2 = try u16()
            return Operand(.farPointer, size: attribute &+ 2)
        case .Ob, .Ov:
            switch addressSize {
            case 2: displacement = Int64(try u16())
            case 4: displacement = Int64(try u32())
            default: displacement = Int64(bitPattern: try u64())
            }
            return Operand(.memory, size: spec == .Ob ? 1 : attribute)
        case .Xb: return Operand(.stringSource, size: 1)
        case .Xz: return Operand(.stringSource, size: attribute)
        case .Yb: return Operand(.stringDestination, size: 1)
        case .Yz: return Operand(.stringDestination, size: attribute)
        case .Zb: return Operand(.register, size: 1, number: opcode & 7 | (rex & 1) &<< 3)
        case .Zv: return Operand(.register, size: attribute, number: opcode & 7 | (rex & 1) &<< 3)
        case .table:
            base = 3
            return Operand(.memory, size: 1)
        case .STi: return Operand(.x87Register, size: 10, number: modRM & 7)
        case .ST0: return Operand(.x87Register, size: 10, number: 0)
        case .XMM0: return Operand(.xmmRegister, size: 16, number: 0)
        case .Pq: return Operand(.mmxRegister, size: 8, number: reg & 7)
        case .Qq: return mmxOrMemory(8)
        case .Qd: return mmxOrMemory(4)
        case .Vx: return vector(reg)
        case .Vo: return Operand(.xmmRegister, size: 16, number: reg)
        case .Hx: return vector(source)
        case .Ho: return Operand(.xmmRegister, size: 16, number: source)
        case .Lx:
            let byte = try u8()
            return vector(isLong ? byte >> 4 : byte >> 4 & 7)
        case .Wx: return modRM < 0xC0 ? Operand(.memory, size: vectorLength) : vector(modRM & 7 | (rex & 1) &<< 3)
        case .Wo: return xmmOrMemory(16)
        case .Wb: return xmmOrMemory(1)
        case .Ww: return xmmOrMemory(2)
        case .Wd: return xmmOrMemory(4)
        case .Wq: return xmmOrMemory(8)
        case .Wh: return xmmOrMemory(vectorLength / 2)
        case .Wf: return xmmOrMemory(vectorLength / 4)
        case .We: return xmmOrMemory(vectorLength / 8)
        case .Wdup:
            if modRM >= 0xC0 { return vector(modRM & 7 | (rex & 1) &<< 3) }
            return Operand(.memory, size: isWideVector ? 32 : 8)
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
        modRM < 0xC0
            ? Operand(.memory, size: size) : Operand(.register, size: size, number: modRM & 7 | (rex & 1) &<< 3)
    }

    /// The register in VEX.vvvv.
    private var source: UInt8 { isLong ? vvvv : vvvv & 7 }

    private var vectorLength: UInt8 { isWideVector ? 32 : 16 }

    private func vector(_ number: UInt8) -> Operand {
        Operand(isWideVector ? .ymmRegister : .xmmRegister, size: vectorLength, number: number)
    }

    private func xmmOrMemory(_ size: UInt8) -> Operand {
        modRM < 0xC0
            ? Operand(.memory, size: size) : Operand(.xmmRegister, size: 16, number: modRM & 7 | (rex & 1) &<< 3)
    }

    private func mmxOrMemory(_ size: UInt8) -> Operand {
        modRM < 0xC0 ? Operand(.memory, size: size) : Operand(.mmxRegister, size: 8, number: modRM & 7)
    }
}
