import Machine
import X86ISA

/// Near transfers, loops, software interrupts. They set `nextIP`; terminal handlers commit it.
extension Core {
    /// Checks a near target against CS and makes it the next IP.
    @inline(__always) func jump(to target: UInt64, _ size: UInt8) throws(Exception) {
        let offset = target & mask(size)
        if _slowPath(isWide) {
            guard isCanonical(offset) else { throw generalProtection(0, .nonCanonical(address: offset)) }
            scratch.pointee.nextIP = offset
            return
        }
        guard offset <= UInt64(file.pointee.cs.limit) else {
            throw generalProtection(0, .targetBeyondLimit(offset: offset, limit: file.pointee.cs.limit))
        }
        scratch.pointee.nextIP = offset
    }

    @inline(__always) func jumpRelative(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try jump(to: scratch.pointee.nextIP &+ i.pointee.immediate, i.pointee.operandSize)
    }

    func jmp(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try jumpRelative(i)
        // A jump to itself that nothing can interrupt.
        if scratch.pointee.nextIP == instructionIP, file.pointee.rflags & UInt64(Flags.interrupt) == 0 {
            scratch.pointee.exit = .stuck
        }
    }

    /// IP of the instruction that runs now.
    var instructionIP: UInt64 { file.pointee.rip &+ UInt64(Record.offset(scratch.pointee.record)) }

    func jcc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard condition(i.pointee.condition) else { return }
        try jumpRelative(i)
        if scratch.pointee.nextIP == instructionIP, file.pointee.rflags & UInt64(Flags.interrupt) == 0 {
            scratch.pointee.exit = .stuck
        }
    }

    func jmpIndirect(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try jump(to: try value(i, i.pointee.operand0), i.pointee.operandSize)
    }

    func call(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let back = scratch.pointee.nextIP
        try jumpRelative(i)
        try pushValue(back, i.pointee.operandSize)
    }

    func callIndirect(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let back = scratch.pointee.nextIP
        try jump(to: try value(i, i.pointee.operand0), i.pointee.operandSize)
        try pushValue(back, i.pointee.operandSize)
    }

    func ret(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try jump(to: try peekStack(0, size), size)
        let extra = i.pointee.operand0.kind == .immediate ? i.pointee.immediate & 0xFFFF : 0
        stackPointer = (stackPointer &+ UInt64(size) &+ extra) & stackMask
    }

    private func countDown(_ i: UnsafePointer<Instruction>) -> (UInt64, UInt8) {
        let size = i.pointee.addressSize
        return ((register(1, size) &- 1) & mask(size), size)
    }

    private func loop(_ i: UnsafePointer<Instruction>, while condition: Bool) throws(Exception) {
        let (count, size) = countDown(i)
        if count != 0, condition { try jumpRelative(i) }
        setRegister(1, size, count)
    }

    func loop(_ i: UnsafePointer<Instruction>) throws(Exception) { try loop(i, while: true) }
    func loope(_ i: UnsafePointer<Instruction>) throws(Exception) { try loop(i, while: zero) }
    func loopne(_ i: UnsafePointer<Instruction>) throws(Exception) { try loop(i, while: !zero) }

    func jcxz(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if register(1, i.pointee.addressSize) == 0 { try jumpRelative(i) }
    }

    func int(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let vector = UInt8(truncatingIfNeeded: i.pointee.immediate)
        if file.pointee.isVirtual8086, try redirectInterrupt(vector) { return }
        try softwareInterrupt(vector)
    }

    func int3(_ i: UnsafePointer<Instruction>) throws(Exception) { try softwareInterrupt(3) }

    /// Not subject to the gate's DPL, as a hardware event (SDM 2A, INT1).
    func int1(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try deliver(1, .exception, errorCode: nil, returnIP: scratch.pointee.nextIP)
        entered()
    }

    func into(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if overflow { try softwareInterrupt(4) }
    }

    private func softwareInterrupt(_ vector: UInt8) throws(Exception) {
        try deliver(vector, .software, errorCode: nil, returnIP: scratch.pointee.nextIP)
        entered()
    }

    /// The handler runs next.
    private func entered() {
        scratch.pointee.nextIP = file.pointee.rip
        interpreter.deliveredInside = true
    }

    func bound(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size
        let place = try linear(
            i.pointee.segment, effectiveAddress(i), UInt64(size) * 2, write: false, alignment: UInt64(size))
        let index = Int64(bitPattern: signExtend(register(i.pointee.operand0.number, size), size))
        let lower = Int64(bitPattern: signExtend(readLinear(place, size), size))
        let upper = Int64(
            bitPattern: signExtend(readLinear(wrapped(place &+ UInt64(size)), size), size))
        if index < lower || index > upper {
            throw Exception(.boundRange, nil, .boundExceeded(index: index, lower: lower, upper: upper))
        }
    }
}
