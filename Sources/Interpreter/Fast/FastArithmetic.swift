import Machine

/// A two-operand operation with its lazy flags.
protocol ALUOperation {
    static var writes: Bool { get }
    /// `carries` are those before; `flags` become those after.
    static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L
}

extension ALUOperation {
    @inline(__always) static var writes: Bool { true }
}

/// Carries, or borrows, out of each bit, from those into each bit of a wider result.
@inline(__always) private func outOfBits<L: Lane>(_ a: L, _ b: L, _ wide: UInt64) -> L {
    L(truncatingIfNeeded: (UInt64(a) ^ UInt64(b) ^ wide) &>> 1)
}

@inline(__always) private func sum<L: Lane>(_ a: L, _ b: L, _ carry: L, _ flags: inout (UInt, UInt)) -> L {
    let result = a &+ b &+ carry
    let carries =
        L.size < 8
        ? outOfBits(a, b, UInt64(a) &+ UInt64(b) &+ UInt64(carry)) : (a & b) | ((a | b) & ~result)
    flags = (L.flagResult(result), L.flagCarries(carries))
    return result
}

@inline(__always) private func difference<L: Lane>(_ a: L, _ b: L, _ borrow: L, _ flags: inout (UInt, UInt)) -> L {
    let result = a &- b &- borrow
    let borrows =
        L.size < 8
        ? outOfBits(a, b, UInt64(a) &- UInt64(b) &- UInt64(borrow)) : (~a & b) | ((~a | b) & result)
    flags = (L.flagResult(result), L.flagCarries(borrows))
    return result
}

@inline(__always) private func logic<L: Lane>(_ result: L, _ flags: inout (UInt, UInt)) -> L {
    flags = (L.flagResult(result), 0)
    return result
}

@inline(__always) private func carry<L: Lane>(_ carries: UInt) -> L { L(truncatingIfNeeded: (carries >> 31) & 1) }

enum Add: ALUOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        sum(a, b, 0, &flags)
    }
}
enum Adc: ALUOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        sum(a, b, carry(carries), &flags)
    }
}
enum Sub: ALUOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        difference(a, b, 0, &flags)
    }
}
enum Sbb: ALUOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        difference(a, b, carry(carries), &flags)
    }
}
enum And: ALUOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        logic(a & b, &flags)
    }
}
enum Or: ALUOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        logic(a | b, &flags)
    }
}
enum Xor: ALUOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        logic(a ^ b, &flags)
    }
}
enum Cmp: ALUOperation {
    @inline(__always) static var writes: Bool { false }
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        difference(a, b, 0, &flags)
    }
}
enum Test: ALUOperation {
    @inline(__always) static var writes: Bool { false }
    @inline(__always) static func compute<L: Lane>(_ a: L, _ b: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        logic(a & b, &flags)
    }
}

// MARK: Forms

@inline(__always)
func aluRegister<O: ALUOperation, L: Lane>(
    _ operation: O.Type, _ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    var flags = (result, carries)
    let value = O.compute(
        L.get(cpu, Record.destination(this)), L.get(cpu, Record.source(this)), carries, &flags)
    if O.writes { L.set(cpu, Record.destination(this), value) }
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

@inline(__always)
func aluImmediate<O: ALUOperation, L: Lane>(
    _ operation: O.Type, _ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    var flags = (result, carries)
    let value = O.compute(
        L.get(cpu, Record.destination(this)), Record.immediate(this, as: L.self), carries, &flags)
    if O.writes { L.set(cpu, Record.destination(this), value) }
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

/// Register with memory.
@inline(__always)
func aluLoad<O: ALUOperation, L: Lane, A: AddressForm>(
    _ operation: O.Type, _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt,
    _ carries: UInt
) {
    guard let host = readable(L.self, cpu, A.linear(L.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    var flags = (result, carries)
    let value = O.compute(L.get(cpu, Record.destination(this)), host.loadUnaligned(as: L.self), carries, &flags)
    if O.writes { L.set(cpu, Record.destination(this), value) }
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

@inline(__always)
private func aluMemory<O: ALUOperation, L: Lane, A: AddressForm>(
    _ operation: O.Type, _ address: A.Type, _ b: L, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let linear = A.linear(L.self, cpu, this, write: O.writes)
    guard let host = O.writes ? writable(L.self, cpu, linear) : readable(L.self, cpu, linear) else {
        return slow(cpu, this, result, carries)
    }
    var flags = (result, carries)
    let value = O.compute(host.loadUnaligned(as: L.self), b, carries, &flags)
    if O.writes { host.storeBytes(of: value, as: L.self) }
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

/// Memory with register.
@inline(__always)
func aluStore<O: ALUOperation, L: Lane, A: AddressForm>(
    _ operation: O.Type, _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt,
    _ carries: UInt
) {
    return aluMemory(O.self, A.self, L.get(cpu, Record.source(this)), cpu, this, result, carries)
}

/// Memory with immediate.
@inline(__always)
func aluStoreImmediate<O: ALUOperation, L: Lane, A: AddressForm>(
    _ operation: O.Type, _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt,
    _ carries: UInt
) {
    return aluMemory(O.self, A.self, Record.immediate(this, as: L.self), cpu, this, result, carries)
}

// MARK: One operand

/// INC, DEC, NEG, NOT.
protocol UnaryOperation {
    static func compute<L: Lane>(_ a: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L
}

/// INC and DEC keep CF: where bit 31 of the new carries is not what it was, that bit and the one below, which OF is told
/// by, are inverted.
@inline(__always) private func keepingCarry<L: Lane>(_ result: L, _ bits: L, _ carries: UInt) -> (UInt, UInt) {
    let new = L.flagCarries(bits), changed = (new ^ carries) & 0x8000_0000
    return (L.flagResult(result), new ^ changed ^ (changed >> 1))
}

enum Inc: UnaryOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        let result = a &+ 1
        flags = keepingCarry(result, a & ~result, carries)
        return result
    }
}
enum Dec: UnaryOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        let result = a &- 1
        flags = keepingCarry(result, ~a & result, carries)
        return result
    }
}
enum Neg: UnaryOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L {
        difference(0, a, 0, &flags)
    }
}
enum Not: UnaryOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ carries: UInt, _ flags: inout (UInt, UInt)) -> L { ~a }
}

@inline(__always)
func unaryRegister<O: UnaryOperation, L: Lane>(
    _ operation: O.Type, _ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    var flags = (result, carries)
    L.set(
        cpu, Record.destination(this), O.compute(L.get(cpu, Record.destination(this)), carries, &flags))
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

@inline(__always)
func unaryMemory<O: UnaryOperation, L: Lane, A: AddressForm>(
    _ operation: O.Type, _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt,
    _ carries: UInt
) {
    guard let host = writable(L.self, cpu, A.linear(L.self, cpu, this, write: true)) else {
        return slow(cpu, this, result, carries)
    }
    var flags = (result, carries)
    host.storeBytes(of: O.compute(host.loadUnaligned(as: L.self), carries, &flags), as: L.self)
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

// MARK: Multiplication and division

/// CF and OF where the product does not fit; SF, ZF and PF from its low half, as the general handlers have it.
@inline(__always) private func productFlags<L: Lane>(_ low: L, fits: Bool) -> (UInt, UInt) {
    (L.flagResult(low), fits ? 0 : 0x8000_0000)
}

@inline(__always)
func signedProduct<L: Lane>(
    _ lane: L.Type, _ a: L, _ b: L, _ cpu: Pointer, _ this: Pointer
) {
    let (product, overflows) = Int64(L.signed(a)).multipliedReportingOverflow(by: Int64(L.signed(b)))
    let low = L(truncatingIfNeeded: product)
    L.set(cpu, Record.destination(this), low)
    let flags = productFlags(low, fits: !overflows && Int64(L.signed(low)) == product)
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

/// IMUL of two registers.
@inline(__always)
func multiplyRegister<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    return signedProduct(
        L.self, L.get(cpu, Record.destination(this)), L.get(cpu, Record.source(this)), cpu, this)
}

/// IMUL of register and immediate.
@inline(__always)
func multiplyImmediate<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    return signedProduct(L.self, L.get(cpu, Record.source(this)), Record.immediate(this, as: L.self), cpu, this)
}

/// IMUL of register and memory.
@inline(__always)
func multiplyLoad<L: Lane, A: AddressForm>(
    _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let host = readable(L.self, cpu, A.linear(L.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    return signedProduct(
        L.self, L.get(cpu, Record.destination(this)), host.loadUnaligned(as: L.self), cpu, this)
}

/// MUL and IMUL of EAX or AX with a register: EDX:EAX or DX:AX.
@inline(__always)
func multiplyWide<L: Lane>(
    _ lane: L.Type, signed: Bool, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let a = L.get(cpu, 0), b = L.get(cpu, Record.destination(this))
    let product =
        signed
        ? UInt64(bitPattern: Int64(L.signed(a)) &* Int64(L.signed(b)))
        : UInt64(truncatingIfNeeded: a) &* UInt64(truncatingIfNeeded: b)
    let low = L(truncatingIfNeeded: product), high = L(truncatingIfNeeded: product &>> (L.size &* 8))
    L.set(cpu, 0, low)
    L.set(cpu, 16, high)
    let fits = signed ? high == (low & L.signBit != 0 ? L.max : 0) : high == 0
    let flags = productFlags(low, fits: fits)
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

/// DIV by a register; zero and overflow go the general way.
@inline(__always)
func divideUnsigned<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    let divisor = UInt64(truncatingIfNeeded: L.get(cpu, Record.destination(this)))
    let dividend =
        UInt64(truncatingIfNeeded: L.get(cpu, 16)) &<< (L.size &* 8) | UInt64(truncatingIfNeeded: L.get(cpu, 0))
    guard _fastPath(UInt64(truncatingIfNeeded: L.get(cpu, 16)) < divisor) else {
        return slow(cpu, this, result, carries)
    }
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    L.set(cpu, 0, L(truncatingIfNeeded: quotient))
    L.set(cpu, 16, L(truncatingIfNeeded: remainder))
    return chain(cpu, this + Record.size, result, carries)
}

/// IDIV by a register.
@inline(__always)
func divideSigned<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    let divisor = Int64(L.signed(L.get(cpu, Record.destination(this))))
    let dividend =
        Int64(L.signed(L.get(cpu, 16))) &<< Int64(bitPattern: L.size &* 8)
        | Int64(bitPattern: UInt64(truncatingIfNeeded: L.get(cpu, 0)))
    guard _fastPath(divisor != 0 && dividend != .min) else { return slow(cpu, this, result, carries) }
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    let low = L(truncatingIfNeeded: quotient)
    guard _fastPath(Int64(L.signed(low)) == quotient) else { return slow(cpu, this, result, carries) }
    L.set(cpu, 0, low)
    L.set(cpu, 16, L(truncatingIfNeeded: remainder))
    return chain(cpu, this + Record.size, result, carries)
}
