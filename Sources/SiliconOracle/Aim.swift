import X86ISA

/// Sets registers, or the displacement, so that an instruction's operands lie where something is.
struct Aim {
    let registers: Registers
    let isLong: Bool
    var code: CodeMaker.Code

    mutating func place(_ instruction: Instruction, _ random: inout OracleRandom) {
        setSpecial(instruction, &random)
        let operands = [instruction.operand0, instruction.operand1, instruction.operand2, instruction.operand3]
        guard operands.contains(where: { $0.kind == .memory }) else { return }
        if random.chance(2) { return }
        if instruction.hasVectorIndex {
            setIndexVector(instruction, &random)
            // A fault in the middle is hidden by the step's trap.
            if random.chance(80) { registers.flags &= ~0x100 }
        }
        let target = self.target(&random)
        switch instruction.operation {
        case .bt, .bts, .btr, .btc:
            // The bit's number reaches beyond the operand.
            let register = instruction.operand1
            if register.kind == .register, random.chance(90) {
                let offset = Int64(random.below(40_000)) - 20_000
                let other = isLong ? UInt64(bitPattern: offset) : UInt64(bitPattern: offset) & 0xFFFF_FFFF
                registers[Int(register.number)] = other
            }
        default: break
        }
        aim(instruction, at: target, &random)
    }

    /// In the data pages mostly; across their ends, in what can only be read, or nowhere.
    private func target(_ random: inout OracleRandom) -> UInt64 {
        let size = UInt64(Place.dataSize)
        let any = UInt64(random.below(Place.dataSize - 64))
        switch random.below(100) {
        case 0..<45: return Place.data + any & ~(random.chance(50) ? 63 : 15)
        case 45..<85: return Place.data + any
        case 85..<90: return Place.data + size - UInt64(random.below(64))
        case 90..<92: return Place.data - UInt64(random.below(32))
        case 92..<95: return Place.constants + any / 2
        case 95..<97: return Place.code + any
        case 97: return random.next() & 0xFFFF_FFFF
        case 98: return random.next() | 0xFFFF_8000_0000_0000
        default: return random.next() & 0x7FFF_FFFF_FFFF | UInt64(1 + random.below(0xFFFE)) << 47
        }
    }

    private mutating func aim(_ instruction: Instruction, at target: UInt64, _ random: inout OracleRandom) {
        let mask: UInt64 = instruction.addressSize == 4 ? 0xFFFF_FFFF : .max
        guard instruction.addressSize != 2 else { return }
        let segmentBase =
            switch instruction.segment {
            case .fs: registers.fsBase
            case .gs: registers.gsBase
            default: 0 as UInt64
            }
        let wanted = target &- segmentBase
        let displacement = UInt64(bitPattern: instruction.displacement)
        if instruction.base == Instruction.instructionPointer {
            setDisplacement(wanted &- registers.instructionPointer &- UInt64(instruction.length))
            return
        }
        let hasIndex = instruction.index < 16 && !instruction.hasVectorIndex
        if hasIndex, instruction.index != instruction.base, random.chance(60) {
            registers[Int(instruction.index)] = UInt64(random.below(4096)) & (isLong ? .max : 0xFFFF_FFFF)
        }
        let index = hasIndex ? registers[Int(instruction.index)] << UInt64(instruction.scale) : 0
        guard instruction.base < 16 else {
            setDisplacement(wanted &- index)
            return
        }
        if hasIndex, instruction.index == instruction.base {
            let factor = 1 + UInt64(1) << UInt64(instruction.scale)
            registers[Int(instruction.base)] = (wanted &- displacement) / factor & (isLong ? .max : 0xFFFF_FFFF)
            return
        }
        let base = wanted &- displacement &- index
        registers[Int(instruction.base)] = isLong && mask == .max ? base : base & 0xFFFF_FFFF
    }

    private mutating func setDisplacement(_ value: UInt64) {
        guard let place = code.displacement, place + 4 <= code.bytes.count else { return }
        for offset in 0..<4 {
            code.bytes[place + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset))
        }
    }

    /// Registers that the operation itself uses.
    private func setSpecial(_ instruction: Instruction, _ random: inout OracleRandom) {
        let width: UInt64 = isLong ? .max : 0xFFFF_FFFF
        func pointer() -> UInt64 { Place.data + UInt64(random.below(Place.dataSize)) }
        switch instruction.operation {
        case .movs, .cmps, .stos, .lods, .scas, .ins, .outs:
            if random.chance(95) { registers[6] = target(&random) & width }
            if random.chance(95) { registers[7] = target(&random) & width }
            if random.chance(30) { registers[7] = (registers[6] &+ UInt64(random.below(32))) & width }
            if instruction.repeatsString {
                // Few iterations, or so many that the pages end; a 32-bit count where addresses are so wide.
                registers[1] = UInt64(random.chance(90) ? random.below(20) : random.below(5000))
                if random.chance(3) { registers[1] |= random.next() & 0xFFFF_FFFF << 32 & width }
                // Whole, to the INT3 behind it, or one iteration.
                if random.chance(70), instruction.operation != .ins, instruction.operation != .outs {
                    registers.flags &= ~0x100
                }
            }
        case .xlat, .maskmovq, .maskmovdqu:
            registers[3] = pointer()
            if random.chance(95) { registers[7] = target(&random) & width }
        case .enter, .leave:
            registers[5] = random.chance(90) ? pointer() : random.integer() & width
        case .push, .pop, .pusha, .popa, .pushf, .popf, .call, .callIndirect, .ret, .pushSegment:
            if random.chance(10) { registers[4] = target(&random) & width }
            if random.chance(1) { registers[4] = UInt64(random.below(16)) }
        case .loop, .loope, .loopne, .jcxz:
            if random.chance(50) { registers[1] = UInt64(random.below(3)) }
        case .div, .idiv:
            // Quotients that fit.
            if random.chance(60) { registers[2] = random.chance(70) ? UInt64(random.below(3)) : 0 }
            if random.chance(20) { registers[2] = width }
        case .cmpxchg8b, .cmpxchg16b, .cmpxchg: break
        default: break
        }
    }

    /// Small indices of a gather.
    private func setIndexVector(_ instruction: Instruction, _ random: inout OracleRandom) {
        let number = Int(instruction.index)
        let is64 =
            switch instruction.operation {
            case .vgatherqps, .vgatherqpd, .vpgatherqd, .vpgatherqq: true
            default: false
            }
        for part in 0..<4 {
            let place = (part < 2 ? 160 : 496) + number * 16 + part * 8
            let low = UInt64(random.below(1000)), high = is64 ? 0 : UInt64(random.below(1000)) << 32
            registers.vector.storeBytes(of: low | high, toByteOffset: place, as: UInt64.self)
        }
    }
}
