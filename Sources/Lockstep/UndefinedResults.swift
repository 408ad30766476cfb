import Machine
import X86ISA

/// What the manual leaves open of an instruction's results, so that two right CPUs may differ in it (SDM 2A and 2B).
package struct UndefinedResults {
    package struct Register: Equatable {
        /// 0-15
        package var number: Int
        package var mask: UInt64
    }

    package struct Memory: Equatable {
        package var linear: UInt64
        package var count: UInt64
    }

    /// At their places in EFLAGS.
    package var flags: UInt32 = 0
    package var registers: [Register] = []
    package var memory: [Memory] = []

    /// Of an instruction that has retired. `hasOwnClock`: the other engine's TSC is another one.
    package init(_ instruction: Instruction, before: CPUFile, after: CPUFile, hasOwnClock: Bool) {
        flags = Self.effects(instruction, before).undefined.rawValue
        addResults(instruction, before, after)
        guard hasOwnClock else { return }
        let isClock =
            instruction.operation == .rdtsc
            || (instruction.operation == .rdmsr && before.general.1 & 0xFFFF_FFFF == 0x10)
        if isClock { registers += [Register(number: 0, mask: .max), Register(number: 2, mask: .max)] }
    }

    /// Whether anything can be undefined of this operation: what `init` would find, without looking at its operands.
    static func isPossible(_ operation: Operation) -> Bool {
        possible[Int(operation.rawValue)]
    }

    private static let possible: [Bool] = {
        var list = [Bool](repeating: false, count: Int(Operation.allCases.map(\.rawValue).max() ?? 0) + 1)
        for operation in Operation.allCases {
            var instruction = Instruction()
            instruction.operation = operation
            instruction.operand0 = Operand(.register, size: 4)
            instruction.operand1 = Operand(.register, size: 1)
            instruction.operand2 = Operand(.register, size: 1)
            list[Int(operation.rawValue)] = !FlagEffects(of: instruction).undefined.isEmpty
        }
        for operation: Operation in [.bswap, .smsw, .pushSegment, .rdtsc, .rdmsr] {
            list[Int(operation.rawValue)] = true
        }
        return list
    }()

    /// A count in CL counts as the number that it is.
    private static func effects(_ instruction: Instruction, _ before: CPUFile) -> FlagEffects {
        var known = instruction
        let count = before.general.1 & (instruction.operand0.size == 8 ? 63 : 31)
        switch instruction.operation {
        case .rol, .ror, .rcl, .rcr, .shl, .sal, .shr, .sar:
            guard instruction.operand1.kind == .register else { break }
            known.operand1 = Operand(.immediate, size: 1)
            known.immediate = count
        case .shld, .shrd:
            guard instruction.operand2.kind == .register else { break }
            known.operand2 = Operand(.immediate, size: 1)
            known.immediate = count
        default: break
        }
        return FlagEffects(of: known)
    }

    private mutating func addResults(_ instruction: Instruction, _ before: CPUFile, _ after: CPUFile) {
        let destination = instruction.operand0
        switch instruction.operation {
        case .bsf, .bsr:
            // A source of zero.
            if after.rflags & UInt64(Flags.zero) != 0 { add(destination, instruction, before) }
        case .bswap:
            if destination.size == 2 { add(destination, instruction, before) }
        case .shld, .shrd:
            let count = instruction.operand2.kind == .immediate ? instruction.immediate : before.general.1
            if destination.size < 8, count & 31 > UInt64(destination.size) * 8 { add(destination, instruction, before) }
        case .smsw:
            // The upper half of a 32-bit register.
            if destination.kind == .register, destination.size == 4 {
                registers.append(Register(number: Int(destination.number), mask: 0xFFFF_0000))
            }
        case .pushSegment:
            // Of 32 bits the upper 16 are written as zeros, or left.
            guard instruction.operandSize == 4 else { break }
            let mask: UInt64 = before.ss.isBig ? 0xFFFF_FFFF : 0xFFFF
            let pointer = (before.general.4 &- 4) & mask
            memory.append(Memory(linear: (before.ss.base &+ pointer &+ 2) & 0xFFFF_FFFF, count: 2))
        default: break
        }
    }

    private mutating func add(_ operand: Operand, _ instruction: Instruction, _ before: CPUFile) {
        if operand.kind == .memory {
            let offset = Self.effectiveAddress(instruction, before)
            let linear = before[instruction.segment].base &+ offset
            memory.append(
                Memory(
                    linear: instruction.addressSize == 8 ? linear : linear & 0xFFFF_FFFF, count: UInt64(operand.size)))
        } else if operand.kind == .register {
            let mask: UInt64 = operand.size >= 8 ? .max : (1 << UInt64(operand.size * 8)) - 1
            registers.append(Register(number: Int(operand.number), mask: mask))
        }
    }

    private static func effectiveAddress(_ instruction: Instruction, _ cpu: CPUFile) -> UInt64 {
        var address = UInt64(bitPattern: instruction.displacement)
        if instruction.base == Instruction.instructionPointer { address &+= cpu.rip &+ UInt64(instruction.length) }
        if instruction.base < 16 { address &+= cpu[register: Int(instruction.base)] }
        if instruction.index < 16 {
            address &+= cpu[register: Int(instruction.index)] &<< UInt64(instruction.scale)
        }
        switch instruction.addressSize {
        case 2: return address & 0xFFFF
        case 4: return address & 0xFFFF_FFFF
        default: return address
        }
    }
}
