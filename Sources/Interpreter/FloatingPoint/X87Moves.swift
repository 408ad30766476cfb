import FloatArithmetic
import Machine
import X86ISA

/// Loads, stores, moves between registers.
extension Core {
    // MARK: Operands in memory

    /// A number of 32 or 64 bits, and whether it is denormal.
    @inline(__always)
    func realOperand(_ i: UnsafePointer<Instruction>) throws(Exception) -> (Extended, denormal: Bool) {
        let size = i.pointee.operand0.size
        let bits = try read(i.pointee.segment, effectiveAddress(i), size)
        if size == 4 {
            let bits = UInt32(truncatingIfNeeded: bits)
            return (Extended(widening: bits, Binary32.self), Binary32.isDenormal(bits))
        }
        return (Extended(widening: bits, Binary64.self), Binary64.isDenormal(bits))
    }

    /// An integer of 16, 32 or 64 bits.
    @inline(__always)
    func integerOperand(_ i: UnsafePointer<Instruction>) throws(Exception) -> Extended {
        let size = i.pointee.operand0.size
        let bits = try read(i.pointee.segment, effectiveAddress(i), size)
        return Extended(Int64(bitPattern: signExtend(bits, size)))
    }

    /// 80 bits.
    private func wholeOperand(_ i: UnsafePointer<Instruction>) throws(Exception) -> Extended {
        let place = try linear(i.pointee.segment, effectiveAddress(i), 10, write: false, alignment: 8)
        return readWhole(place)
    }

    func readWhole(_ place: UInt64) -> Extended {
        Extended(
            significand: readLinear(place, as: UInt64.self),
            signAndExponent: readLinear(wrapped(place &+ 8), as: UInt16.self))
    }

    func writeWhole(_ place: UInt64, _ value: Extended) {
        writeLinear(place, value.significand)
        writeLinear(wrapped(place &+ 8), value.signAndExponent)
    }

    private func place(_ i: UnsafePointer<Instruction>) throws(Exception) -> UInt64 {
        let size = i.pointee.operand0.size
        return try linear(
            i.pointee.segment, effectiveAddress(i), UInt64(size), write: true, alignment: size == 10 ? 8 : UInt64(size))
    }

    // MARK: Loads

    /// Pushes what raises nothing.
    @inline(__always)
    private func load(_ i: UnsafePointer<Instruction>, _ value: Extended) {
        note(i)
        guard isEmpty(7) else {
            if stackFault(i, overflow: true) { push(.indefinite) }
            return
        }
        clearC1()
        push(value)
    }

    func fld(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        let operand = i.pointee.operand0
        guard operand.kind == .memory else {
            note(i)
            // Of an empty source before a full stack.
            guard !isEmpty(operand.number) else {
                if stackFault(i) { push(.indefinite) }
                return
            }
            return load(i, st(operand.number))
        }
        if operand.size == 10 { return load(i, try wholeOperand(i)) }
        let bits = try read(i.pointee.segment, effectiveAddress(i), operand.size)
        guard isEmpty(7) else { return load(i, .indefinite) }
        note(i)
        var context = context
        let value =
            operand.size == 4
            ? Extended.load(UInt32(truncatingIfNeeded: bits), Binary32.self, &context)
            : Extended.load(bits, Binary64.self, &context)
        // A denormal is loaded even where that exception is not masked.
        if settle(i, &context) || !context.flags.contains(.invalid) { push(value) }
    }

    func fild(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        load(i, try integerOperand(i))
    }

    func fbld(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        let digits = try wholeOperand(i)
        load(i, Extended(packedBCD: digits.significand, signAndTopDigits: digits.signAndExponent))
    }

    func loadConstant(_ i: UnsafePointer<Instruction>, _ constant: ExtendedConstant) throws(Exception) {
        guard try beginX87() else { return }
        load(i, constant.value(context.rounding))
    }

    // MARK: Stores

    /// FST, FSTP
    func store(_ i: UnsafePointer<Instruction>, pops: Bool) throws(Exception) {
        guard try beginX87() else { return }
        let operand = i.pointee.operand0
        guard operand.kind == .memory else {
            note(i)
            if isEmpty(0) {
                // D9 D8+i looks at no tag: nothing is stored then.
                let isTagless = i.pointee.opcode == 0xD9
                if isTagless { clearC1() } else if !stackFault(i) { return }
                if !isTagless { setST(operand.number, .indefinite) }
            } else {
                clearC1()
                setST(operand.number, st(0))
            }
            if pops { pop() }
            return
        }
        let isEmpty = isEmpty(0)
        let value = isEmpty ? Extended.indefinite : st(0)
        // The indefinite raises nothing.
        var context = context
        var bits: UInt64 = 0
        if operand.size == 4 {
            bits = UInt64(Extended.store(value, Binary32.self, &context))
        } else if operand.size == 8 {
            bits = Extended.store(value, Binary64.self, &context)
        }
        let place = storesNothing(isEmpty, context) ? 0 : try place(i)
        note(i)
        if isEmpty, !stackFault(i) { return }
        if operand.size == 10 {
            if !isEmpty { clearC1() }
            writeWhole(place, value)
        } else {
            guard isEmpty || settleStore(i, &context) else { return }
            writeLinear(place, operand.size, bits)
        }
        if pops { pop() }
    }

    /// FIST, FISTP, FISTTP
    func storeInteger(_ i: UnsafePointer<Instruction>, pops: Bool, truncates: Bool = false) throws(Exception) {
        guard try beginX87() else { return }
        let size = i.pointee.operand0.size, isEmpty = isEmpty(0)
        var bits = signBit(size)
        var context = context
        if !isEmpty {
            let rounding = truncates ? RoundingMode.zero : context.rounding
            let value = st(0)
            switch size {
            case 2:
                bits = UInt64(
                    truncatingIfNeeded: Extended.toInteger(value, as: Int16.self, rounding: rounding, &context))
            case 4:
                bits = UInt64(
                    truncatingIfNeeded: Extended.toInteger(value, as: Int32.self, rounding: rounding, &context))
            default:
                bits = UInt64(
                    truncatingIfNeeded: Extended.toInteger(value, as: Int64.self, rounding: rounding, &context))
            }
        }
        let place = storesNothing(isEmpty, context) ? 0 : try place(i)
        note(i)
        guard isEmpty ? stackFault(i) : settleStore(i, &context) else { return }
        writeLinear(place, size, bits)
        if pops { pop() }
    }

    func fbstp(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        var digits: (digits: UInt64, signAndTopDigits: UInt16) = (0xC000_0000_0000_0000, 0xFFFF)
        let isEmpty = isEmpty(0)
        var context = context
        if !isEmpty { digits = Extended.toPackedBCD(st(0), &context) }
        let place = storesNothing(isEmpty, context) ? 0 : try place(i)
        note(i)
        guard isEmpty ? stackFault(i) : settleStore(i, &context) else { return }
        writeLinear(place, digits.digits)
        writeLinear(wrapped(place &+ 8), digits.signAndTopDigits)
        pop()
    }

    // MARK: Between registers

    func fxch(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        let number = i.pointee.operand0.number
        if isEmpty(0) || isEmpty(number) {
            guard stackFault(i) else { return }
            if isEmpty(0) { setST(0, .indefinite) }
            if isEmpty(number) { setST(number, .indefinite) }
        } else {
            clearC1()
        }
        let value = st(0)
        putST(0, st(number))
        putST(number, value)
    }

    /// FCMOVcc: `condition` of EFLAGS.
    @inline(__always)
    func moveIf(_ i: UnsafePointer<Instruction>, _ condition: (UInt32) -> Bool) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        let number = i.pointee.operand1.number
        guard !isEmpty(0), !isEmpty(number) else {
            if stackFault(i) { setST(0, .indefinite) }
            return
        }
        if condition(eflags) { putST(0, st(number)) }
    }

    func ffree(_ i: UnsafePointer<Instruction>, pops: Bool) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        clearC1()
        free(i.pointee.operand0.number)
        if pops { pop() }
    }

    /// FINCSTP, FDECSTP
    func turnStack(_ i: UnsafePointer<Instruction>, up: Bool) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        clearC1()
        turn(up: up)
    }
}
