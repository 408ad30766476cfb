import Machine
import X86ISA

/// Moves, exchanges, conversions, flags moves (SDM 2A, 2B).
extension Core {
    func mov(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let source = try value(i, i.pointee.operand1)
        let place = try destinationLinear(i, i.pointee.operand0)
        store(i.pointee.operand0, linear: place, source)
    }

    func movzx(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let source = try value(i, i.pointee.operand1)
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, source)
    }

    func movsx(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let source = signExtend(try value(i, i.pointee.operand1), i.pointee.operand1.size)
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, source)
    }

    /// To memory always 16 bits; to a 32-bit register zero-extended.
    func movSegmentStore(_ i: UnsafePointer<Instruction>) throws(Exception) {
        var destination = i.pointee.operand0
        if destination.kind == .memory { destination.size = 2 }
        let source = try value(i, i.pointee.operand1)
        let place = try destinationLinear(i, destination)
        store(destination, linear: place, source)
    }

    func movSegmentLoad(_ i: UnsafePointer<Instruction>) throws(Exception) {
        var source = i.pointee.operand1
        source.size = 2
        let selector = UInt16(truncatingIfNeeded: try value(i, source))
        let register = SegmentRegister(rawValue: i.pointee.operand0.number) ?? .ds
        try loadSegment(register, selector)
        if register == .ss { file.pointee.stackShadow = 1 }
    }

    func xchg(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let first = i.pointee.operand0, second = i.pointee.operand1
        let memoryOperand = first.kind == .memory ? first : second
        let place = try destinationLinear(i, memoryOperand)
        let a = load(first, linear: place), b = load(second, linear: place)
        store(first, linear: place, b)
        store(second, linear: place, a)
    }

    func lea(_ i: UnsafePointer<Instruction>) throws(Exception) {
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, effectiveAddress(i))
    }

    func loadFarPointer(_ i: UnsafePointer<Instruction>, _ target: SegmentRegister) throws(Exception) {
        let size = i.pointee.operand0.size
        let offset = effectiveAddress(i)
        let place = try linear(i.pointee.segment, offset, UInt64(size) + 2, write: false, alignment: UInt64(size))
        let pointer = readLinear(place, size)
        let selector = readLinear(wrapped(place &+ UInt64(size)), as: UInt16.self)
        try loadSegment(target, selector)
        setRegister(i.pointee.operand0.number, size, pointer)
    }

    func xlat(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let offset = (register64(3) &+ register(0, 1)) & mask(i.pointee.addressSize)
        setRegister(0, 1, try read(i.pointee.segment, offset, 1))
    }

    func cbw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        setRegister(0, size, signExtend(register(0, size / 2), size / 2))
    }

    func cwd(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        setRegister(2, size, register(0, size) & signBit(size) != 0 ? .max : 0)
    }

    func bswap(_ i: UnsafePointer<Instruction>) throws(Exception) {
        // A 16-bit operand is undefined; zero is what Intel's give.
        let operand = i.pointee.operand0
        let value =
            switch operand.size {
            case 2: UInt64(0)
            case 4: UInt64(register32(operand.number).byteSwapped)
            default: register64(operand.number).byteSwapped
            }
        setRegister(operand.number, operand.size, value)
    }

    func lahf(_ i: UnsafePointer<Instruction>) throws(Exception) {
        setRegister(4, 1, UInt64(statusFlags & 0xD5 | Flags.fixed))
    }

    func sahf(_ i: UnsafePointer<Instruction>) throws(Exception) {
        setStatusFlags(UInt32(register(4, 1)) & 0xD5 | statusFlags & Flags.overflow)
    }

    func clc(_ i: UnsafePointer<Instruction>) throws(Exception) { setCarry(false) }
    func stc(_ i: UnsafePointer<Instruction>) throws(Exception) { setCarry(true) }
    func cmc(_ i: UnsafePointer<Instruction>) throws(Exception) { setCarry(!carry) }
    func cld(_ i: UnsafePointer<Instruction>) throws(Exception) { file.pointee.rflags &= ~UInt64(Flags.direction) }
    func std(_ i: UnsafePointer<Instruction>) throws(Exception) { file.pointee.rflags |= UInt64(Flags.direction) }
    func nop(_ i: UnsafePointer<Instruction>) throws(Exception) {}

    /// NOP with F3: whoever waits in a loop lets another processor run.
    func pause(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard i.pointee.isPause, interpreter.vm.processors > 1 else { return }
        synchroniseClock()
        interpreter.vm.endSlice()
        scratch.pointee.stopTrace = 1
    }
}
