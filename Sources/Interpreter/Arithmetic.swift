import Machine
import X86ISA

/// ALU, increments, multiplication, division, BCD (SDM 2A).
extension Core {
    @inline(__always) func sum(_ a: UInt64, _ b: UInt64, _ carry: UInt64, _ size: UInt8) -> UInt64 {
        let result = (a &+ b &+ carry) & mask(size)
        setFlags(result, carries: (a & b) | ((a | b) & ~result), size)
        return result
    }

    @inline(__always) func difference(_ a: UInt64, _ b: UInt64, _ borrow: UInt64, _ size: UInt8) -> UInt64 {
        let result = (a &- b &- borrow) & mask(size)
        setFlags(result, carries: (~a & b) | ((~a | b) & result), size)
        return result
    }

    @inline(__always) func logic(_ result: UInt64, _ size: UInt8) -> UInt64 {
        setFlags(result, carries: 0, size)
        return result
    }

    @inline(__always)
    func binary(_ i: UnsafePointer<Instruction>, _ body: (Core, UInt64, UInt64, UInt8) -> UInt64) throws(Exception) {
        let destination = i.pointee.operand0
        let b = try value(i, i.pointee.operand1)
        let place = try destinationLinear(i, destination)
        store(destination, linear: place, body(self, load(destination, linear: place), b, destination.size))
    }

    func add(_ i: UnsafePointer<Instruction>) throws(Exception) { try binary(i) { $0.sum($1, $2, 0, $3) } }
    func adc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try binary(i) { $0.sum($1, $2, $0.carry ? 1 : 0, $3) }
    }
    func sub(_ i: UnsafePointer<Instruction>) throws(Exception) { try binary(i) { $0.difference($1, $2, 0, $3) } }
    func sbb(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try binary(i) { $0.difference($1, $2, $0.carry ? 1 : 0, $3) }
    }
    func and(_ i: UnsafePointer<Instruction>) throws(Exception) { try binary(i) { $0.logic($1 & $2, $3) } }
    func or(_ i: UnsafePointer<Instruction>) throws(Exception) { try binary(i) { $0.logic($1 | $2, $3) } }
    func xor(_ i: UnsafePointer<Instruction>) throws(Exception) { try binary(i) { $0.logic($1 ^ $2, $3) } }

    func cmp(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let a = try value(i, i.pointee.operand0), b = try value(i, i.pointee.operand1)
        _ = difference(a, b, 0, i.pointee.operand0.size)
    }

    func test(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let a = try value(i, i.pointee.operand0), b = try value(i, i.pointee.operand1)
        _ = logic(a & b, i.pointee.operand0.size)
    }

    @inline(__always)
    func unary(_ i: UnsafePointer<Instruction>, _ body: (Core, UInt64, UInt8) -> UInt64) throws(Exception) {
        let destination = i.pointee.operand0
        let place = try destinationLinear(i, destination)
        store(destination, linear: place, body(self, load(destination, linear: place), destination.size))
    }

    func inc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try unary(i) { core, a, size in
            let carry = core.carry
            let result = core.sum(a, 1, 0, size)
            core.setCarry(carry, overflow: result == signBit(size))
            return result
        }
    }

    func dec(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try unary(i) { core, a, size in
            let carry = core.carry
            let result = core.difference(a, 1, 0, size)
            core.setCarry(carry, overflow: a == signBit(size))
            return result
        }
    }

    func neg(_ i: UnsafePointer<Instruction>) throws(Exception) { try unary(i) { $0.difference(0, $1, 0, $2) } }
    func not(_ i: UnsafePointer<Instruction>) throws(Exception) { try unary(i) { ~$1 & mask($2) } }

    // MARK: Multiplication; SF ZF AF PF are undefined

    func mul(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size
        guard size < 8 else { return try multiplyWide(i) }
        let product = register(0, size) &* (try value(i, i.pointee.operand0))
        storeProduct(product, size)
        let high = size == 1 ? product >> 8 & 0xFF : product >> (UInt64(size) * 8)
        setFlags(product & mask(size), size, carry: high != 0, overflow: high != 0, adjust: false)
    }

    func imul(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size
        guard size < 8 else { return try multiplyWideSigned(i) }
        let product = signExtend(register(0, size), size) &* signExtend(try value(i, i.pointee.operand0), size)
        storeProduct(product, size)
        let fits = signExtend(product, size) == product
        setFlags(product & mask(size), size, carry: !fits, overflow: !fits, adjust: false)
    }

    private func multiplyWide(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let (high, low) = register64(0).multipliedFullWidth(by: try value(i, i.pointee.operand0))
        setRegister64(0, low)
        setRegister64(2, high)
        setFlags(low, 8, carry: high != 0, overflow: high != 0, adjust: false)
    }

    private func multiplyWideSigned(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let factor = Int64(bitPattern: try value(i, i.pointee.operand0))
        let (high, low) = Int64(bitPattern: register64(0)).multipliedFullWidth(by: factor)
        setRegister64(0, low)
        setRegister64(2, UInt64(bitPattern: high))
        let fits = high == Int64(bitPattern: low) >> 63
        setFlags(low, 8, carry: !fits, overflow: !fits, adjust: false)
    }

    private func storeProduct(_ product: UInt64, _ size: UInt8) {
        if size == 1 {
            setRegister16(0, UInt16(truncatingIfNeeded: product))
        } else {
            setRegister(0, size, product)
            setRegister(2, size, product >> (UInt64(size) * 8))
        }
    }

    func imul2(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try multiply(i, register(i.pointee.operand0.number, i.pointee.operand0.size), i.pointee.operand1)
    }

    func imul3(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try multiply(i, i.pointee.immediate, i.pointee.operand1)
    }

    private func multiply(_ i: UnsafePointer<Instruction>, _ a: UInt64, _ source: Operand) throws(Exception) {
        let size = i.pointee.operand0.size
        let other = Int64(bitPattern: signExtend(try value(i, source), size))
        let (full, overflows) = Int64(bitPattern: signExtend(a, size)).multipliedReportingOverflow(by: other)
        let product = UInt64(bitPattern: full)
        let fits = !overflows && signExtend(product, size) == product
        setRegister(i.pointee.operand0.number, size, product)
        setFlags(product & mask(size), size, carry: !fits, overflow: !fits, adjust: false)
    }

    // MARK: Division; all six flags are undefined and stay

    func div(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size
        let divisor = try value(i, i.pointee.operand0)
        guard divisor != 0 else { throw Exception(.divideError, nil, .divideByZero) }
        guard size < 8 else { return try divideWide(divisor) }
        let dividend = wideDividend(size)
        let quotient = dividend / divisor
        guard quotient <= mask(size) else { throw Exception(.divideError, nil, .divideOverflow) }
        storeQuotient(quotient, dividend % divisor, size)
    }

    func idiv(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size
        let divisor = Int64(bitPattern: signExtend(try value(i, i.pointee.operand0), size))
        guard divisor != 0 else { throw Exception(.divideError, nil, .divideByZero) }
        guard size < 8 else { return try divideWideSigned(divisor) }
        var dividend = Int64(bitPattern: wideDividend(size))
        if size == 1 { dividend = Int64(Int16(truncatingIfNeeded: dividend)) }
        if size == 2 { dividend = Int64(Int32(truncatingIfNeeded: dividend)) }
        let (quotient, overflows) = dividend.dividedReportingOverflow(by: divisor)
        guard !overflows, signExtend(UInt64(bitPattern: quotient), size) == UInt64(bitPattern: quotient) else {
            throw Exception(.divideError, nil, .divideOverflow)
        }
        storeQuotient(
            UInt64(bitPattern: quotient),
            UInt64(bitPattern: dividend.remainderReportingOverflow(dividingBy: divisor).0),
            size)
    }

    private func divideWide(_ divisor: UInt64) throws(Exception) {
        let high = register64(2)
        guard high < divisor else { throw Exception(.divideError, nil, .divideOverflow) }
        let (quotient, remainder) = divisor.dividingFullWidth((high, register64(0)))
        storeQuotient(quotient, remainder, 8)
    }

    private func divideWideSigned(_ divisor: Int64) throws(Exception) {
        let dividend = Int128(Int64(bitPattern: register64(2))) << 64 | Int128(register64(0))
        let (quotient, overflows) = dividend.dividedReportingOverflow(by: Int128(divisor))
        guard !overflows, let narrow = Int64(exactly: quotient) else {
            throw Exception(.divideError, nil, .divideOverflow)
        }
        let remainder = Int64(truncatingIfNeeded: dividend % Int128(divisor))
        storeQuotient(UInt64(bitPattern: narrow), UInt64(bitPattern: remainder), 8)
    }

    private func wideDividend(_ size: UInt8) -> UInt64 {
        size == 1 ? register(0, 2) : register(2, size) << (UInt64(size) * 8) | register(0, size)
    }

    private func storeQuotient(_ quotient: UInt64, _ remainder: UInt64, _ size: UInt8) {
        setRegister(0, size, quotient)
        // Register 4 of size 1 is AH.
        setRegister(size == 1 ? 4 : 2, size, remainder)
    }

    // MARK: BCD

    func aaa(_ i: UnsafePointer<Instruction>) throws(Exception) { adjustASCII(adding: true) }
    func aas(_ i: UnsafePointer<Instruction>) throws(Exception) { adjustASCII(adding: false) }

    private func adjustASCII(adding: Bool) {
        let ax = register16(0)
        let adjusts = ax & 15 > 9 || adjust
        let moved = adjusts ? (adding ? ax &+ 0x106 : ax &- 0x106) : ax
        setRegister16(0, moved & 0xFF0F)
        setFlags(UInt64(moved & 15), 1, carry: adjusts, overflow: false, adjust: adjusts)
    }

    func aam(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let base = UInt16(i.pointee.immediate & 0xFF), al = register16(0) & 0xFF
        guard base != 0 else { throw Exception(.divideError, nil, .divideByZero) }
        setRegister16(0, (al / base) << 8 | al % base)
        _ = logic(UInt64(al % base), 1)
    }

    func aad(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let base = UInt16(i.pointee.immediate & 0xFF), ax = register16(0)
        let al = ((ax >> 8) &* base &+ ax) & 0xFF
        setRegister16(0, al)
        _ = logic(UInt64(al), 1)
    }

    func daa(_ i: UnsafePointer<Instruction>) throws(Exception) { adjustDecimal(adding: true) }
    func das(_ i: UnsafePointer<Instruction>) throws(Exception) { adjustDecimal(adding: false) }

    /// SDM 2A, operation of DAA and DAS.
    private func adjustDecimal(adding: Bool) {
        let old = UInt8(truncatingIfNeeded: register16(0)), oldCarry = carry
        var al = old, newCarry = false, adjusts = false
        if old & 15 > 9 || adjust {
            adjusts = true
            newCarry = oldCarry || (adding ? old > 0xF9 : old < 6)
            al = adding ? al &+ 6 : al &- 6
        }
        if old > 0x99 || oldCarry {
            newCarry = true
            al = adding ? al &+ 0x60 : al &- 0x60
        }
        setRegister(0, 1, UInt64(al))
        setFlags(UInt64(al), 1, carry: newCarry, overflow: false, adjust: adjusts)
    }

    func salc(_ i: UnsafePointer<Instruction>) throws(Exception) { setRegister(0, 1, carry ? 0xFF : 0) }

    // MARK: Compound

    func xadd(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let destination = i.pointee.operand0, source = i.pointee.operand1
        let place = try destinationLinear(i, destination)
        let a = load(destination, linear: place), b = register(source.number, source.size)
        let result = sum(a, b, 0, destination.size)
        setRegister(source.number, source.size, a)
        store(destination, linear: place, result)
    }

    func cmpxchg(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let destination = i.pointee.operand0, size = destination.size
        let place = try destinationLinear(i, destination)
        let old = load(destination, linear: place), accumulator = register(0, size)
        _ = difference(accumulator, old, 0, size)
        if accumulator == old {
            store(destination, linear: place, register(i.pointee.operand1.number, size))
        } else {
            // The bus sees a write in both cases; a register stays with all its bits.
            if destination.kind == .memory { store(destination, linear: place, old) }
            setRegister(0, size, old)
        }
    }

    func cmpxchg8b(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let place = try linear(i.pointee.segment, effectiveAddress(i), 8, write: true)
        let old = readLinear(place, as: UInt64.self)
        let equal = old == UInt64(register32(2)) << 32 | UInt64(register32(0))
        if equal {
            writeLinear(place, UInt64(register32(1)) << 32 | UInt64(register32(3)))
        } else {
            writeLinear(place, old)
            setRegister32(0, UInt32(truncatingIfNeeded: old))
            setRegister32(2, UInt32(truncatingIfNeeded: old >> 32))
        }
        setStatusFlags(equal ? statusFlags | Flags.zero : statusFlags & ~Flags.zero)
    }
}
