import Machine
import X86ISA

/// PUSH, POP and frames. SP or ESP by SS.B (SDM 1 6.2.3); (E)SP moves only after the access succeeded.
extension Core {
    @inline(__always) var stackMask: UInt64 { isWide ? .max : file.pointee.ss.isBig ? 0xFFFF_FFFF : 0xFFFF }

    @inline(__always) var stackPointer: UInt64 {
        get { register64(4) & stackMask }
        nonmutating set {
            if isWide {
                setRegister64(4, newValue)
            } else if file.pointee.ss.isBig {
                setRegister32(4, UInt32(truncatingIfNeeded: newValue))
            } else {
                setRegister16(4, UInt16(truncatingIfNeeded: newValue))
            }
        }
    }

    func pushValue(_ value: UInt64, _ size: UInt8) throws(Exception) {
        let pointer = (stackPointer &- UInt64(size)) & stackMask
        try write(.ss, pointer, size, value)
        stackPointer = pointer
    }

    func popValue(_ size: UInt8) throws(Exception) -> UInt64 {
        let pointer = stackPointer
        let value = try read(.ss, pointer, size)
        stackPointer = (pointer &+ UInt64(size)) & stackMask
        return value
    }

    /// Reads at a distance above the stack pointer without moving it.
    func peekStack(_ distance: UInt64, _ size: UInt8) throws(Exception) -> UInt64 {
        try read(.ss, (stackPointer &+ distance) & stackMask, size)
    }

    func push(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try pushValue(try value(i, i.pointee.operand0), i.pointee.operandSize)
    }

    func pop(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let destination = i.pointee.operand0
        let old = stackPointer
        let value = try popValue(i.pointee.operandSize)
        // An address with ESP as base sees the new ESP (SDM 2B, POP).
        do throws(Exception) {
            let place = try destinationLinear(i, destination)
            store(destination, linear: place, value)
        } catch {
            stackPointer = old
            throw error
        }
    }

    func pushSegment(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let selector = try value(i, i.pointee.operand0)
        // A 32-bit push writes only the low word, one of 64 bits all of them (SDM 2B, PUSH).
        let size = i.pointee.operandSize
        if size == 8 { return try pushValue(selector & 0xFFFF, 8) }
        let pointer = (stackPointer &- UInt64(size)) & stackMask
        let place = try linear(.ss, pointer, UInt64(size), write: true, alignment: 2)
        writeLinear(place, UInt16(truncatingIfNeeded: selector))
        stackPointer = pointer
    }

    func popSegment(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        let selector = UInt16(truncatingIfNeeded: try peekStack(0, size))
        let register = SegmentRegister(rawValue: i.pointee.operand0.number) ?? .ds
        // SS.B may change with the load: the old width counts for this pop.
        let next = (stackPointer &+ UInt64(size)) & stackMask, wasBig = file.pointee.ss.isBig
        try loadSegment(register, selector)
        if isWide {
            setRegister64(4, next)
        } else if wasBig {
            setRegister32(4, UInt32(truncatingIfNeeded: next))
        } else {
            setRegister16(4, UInt16(truncatingIfNeeded: next))
        }
        if register == .ss { file.pointee.stackShadow = 1 }
    }

    func pusha(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize, top = stackPointer
        // All eight places are checked before the first is written, so that a fault leaves nothing behind.
        var places: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
        for number in 0..<8 {
            let pointer = (top &- UInt64(number + 1) &* UInt64(size)) & stackMask
            let place = try linear(.ss, pointer, UInt64(size), write: true)
            withUnsafeMutableBytes(of: &places) { $0.storeBytes(of: place, toByteOffset: number * 8, as: UInt64.self) }
        }
        for number in 0..<8 {
            let place = withUnsafeBytes(of: places) { $0.load(fromByteOffset: number * 8, as: UInt64.self) }
            writeLinear(place, size, number == 4 ? UInt64(register32(4)) & mask(size) : register(UInt8(number), size))
        }
        stackPointer = (top &- 8 &* UInt64(size)) & stackMask
    }

    func popa(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        var values: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
        for number in 0..<8 {
            let value = try peekStack(UInt64(number) &* UInt64(size), size)
            withUnsafeMutableBytes(of: &values) { $0.storeBytes(of: value, toByteOffset: number * 8, as: UInt64.self) }
        }
        for number in 0..<8 where number != 3 {
            let value = withUnsafeBytes(of: values) { $0.load(fromByteOffset: number * 8, as: UInt64.self) }
            setRegister(UInt8(7 - number), size, value)
        }
        stackPointer = (stackPointer &+ 8 &* UInt64(size)) & stackMask
    }

    /// SDM 2A, ENTER: operation.
    func enter(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize, bytes = UInt64(size)
        let level = i.pointee.immediate2 & 31
        let oldPointer = register64(4)
        do throws(Exception) {
            try pushValue(register(5, size), size)
            let frame = register(4, size)
            if level > 0 {
                var base = register64(5) & stackMask
                for _ in 1..<max(level, 1) {
                    base = (base &- bytes) & stackMask
                    try pushValue(try read(.ss, base, size), size)
                }
                try pushValue(frame, size)
            }
            let end = (stackPointer &- (i.pointee.immediate & 0xFFFF)) & stackMask
            // The new top must be writable.
            _ = try linear(.ss, end, bytes, write: true)
            setRegister(5, size, frame)
            stackPointer = end
        } catch {
            setRegister64(4, oldPointer)
            throw error
        }
    }

    func leave(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        let frame = register64(5) & stackMask
        let value = try read(.ss, frame, size)
        stackPointer = (frame &+ UInt64(size)) & stackMask
        setRegister(5, size, value)
    }

    /// Writes the flags that POPF or IRET may write at this privilege; `also` adds bits to the writable ones.
    func changeFlags(to value: UInt32, _ size: UInt8, also: UInt32) {
        var writable =
            Flags.status | Flags.trap | Flags.direction | Flags.nestedTask | Flags.alignmentCheck
            | Flags.identification | also
        let privilege = isProtected ? cpl : 0
        if privilege == 0 { writable |= Flags.ioPrivilege }
        if privilege <= ioPrivilege { writable |= Flags.interrupt }
        writable &= interpreter.validFlags & (size == 2 ? 0xFFFF : .max)
        // NT and IOPL stay clear on an 80286 in real mode.
        if interpreter.features.generation < .i80386, !isProtected { writable &= 0xFFF }
        eflags = (eflags & ~writable) | (value & writable)
    }
}
