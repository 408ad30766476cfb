import Machine

// MOV, MOVZX, MOVSX, LEA, XCHG, CBW, CWD, SETcc, CMOVcc.

@inline(__always)
func moveRegister<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    L.set(cpu, Record.destination(this), L.get(cpu, Record.source(this)))
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func moveImmediate<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    L.set(cpu, Record.destination(this), Record.immediate(this, as: L.self))
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func moveLoad<L: Lane, A: AddressForm>(
    _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let host = readable(L.self, cpu, A.linear(L.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    L.set(cpu, Record.destination(this), host.loadUnaligned(as: L.self))
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func moveStore<L: Lane, A: AddressForm>(
    _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let host = writable(L.self, cpu, A.linear(L.self, cpu, this, write: true)) else {
        return slow(cpu, this, result, carries)
    }
    host.storeBytes(of: L.get(cpu, Record.source(this)), as: L.self)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func moveStoreImmediate<L: Lane, A: AddressForm>(
    _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let host = writable(L.self, cpu, A.linear(L.self, cpu, this, write: true)) else {
        return slow(cpu, this, result, carries)
    }
    host.storeBytes(of: Record.immediate(this, as: L.self), as: L.self)
    return chain(cpu, this + Record.size, result, carries)
}

/// Zero- or sign-extends a narrow value.
@inline(__always) private func extended<N: Lane, W: Lane>(_ value: N, _ wide: W.Type, signed: Bool) -> W {
    signed ? W(truncatingIfNeeded: N.signed(value)) : W(truncatingIfNeeded: value)
}

@inline(__always)
func extendRegister<N: Lane, W: Lane>(
    _ narrow: N.Type, _ wide: W.Type, signed: Bool, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    W.set(cpu, Record.destination(this), extended(N.get(cpu, Record.source(this)), W.self, signed: signed))
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func extendLoad<N: Lane, W: Lane, A: AddressForm>(
    _ narrow: N.Type, _ wide: W.Type, _ address: A.Type, signed: Bool, _ cpu: Pointer, _ this: Pointer,
    _ result: UInt, _ carries: UInt
) {
    guard let host = readable(N.self, cpu, A.linear(N.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    W.set(cpu, Record.destination(this), extended(host.loadUnaligned(as: N.self), W.self, signed: signed))
    return chain(cpu, this + Record.size, result, carries)
}

/// LEA: the offset alone. `A` is one of the flat forms, whose linear address is the offset.
@inline(__always)
func loadAddress<L: Lane, A: AddressForm>(
    _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let offset = A.linear(L.self, cpu, this, write: false)
    L.set(cpu, Record.destination(this), L(truncatingIfNeeded: offset))
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func exchangeRegisters<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    let first = L.get(cpu, Record.destination(this)), second = L.get(cpu, Record.source(this))
    L.set(cpu, Record.destination(this), second)
    L.set(cpu, Record.source(this), first)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func exchangeMemory<L: Lane, A: AddressForm>(
    _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let host = writable(L.self, cpu, A.linear(L.self, cpu, this, write: true)) else {
        return slow(cpu, this, result, carries)
    }
    let old = host.loadUnaligned(as: L.self)
    host.storeBytes(of: L.get(cpu, Record.source(this)), as: L.self)
    L.set(cpu, Record.source(this), old)
    return chain(cpu, this + Record.size, result, carries)
}

/// CBW and CWDE.
@inline(__always)
func extendAccumulator<N: Lane, W: Lane>(
    _ narrow: N.Type, _ wide: W.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    W.set(cpu, 0, extended(N.get(cpu, 0), W.self, signed: true))
    return chain(cpu, this + Record.size, result, carries)
}

/// CWD and CDQ.
@inline(__always)
func spreadSign<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    L.set(cpu, 16, L.get(cpu, 0) & L.signBit != 0 ? L.max : 0)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func setCondition<C: ConditionCode>(
    _ condition: C.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    UInt8.set(cpu, Record.destination(this), isMet(C.code, result, carries) ? 1 : 0)
    return chain(cpu, this + Record.size, result, carries)
}

/// CMOVcc: a 32-bit destination loses its upper half in any case.
@inline(__always)
func moveIf<C: ConditionCode, L: Lane>(
    _ condition: C.Type, _ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let destination = Record.destination(this)
    L.set(cpu, destination, L.get(cpu, isMet(C.code, result, carries) ? Record.source(this) : destination))
    return chain(cpu, this + Record.size, result, carries)
}

/// The operand is read, and may fault, in any case.
@inline(__always)
func moveLoadIf<C: ConditionCode, L: Lane, A: AddressForm>(
    _ condition: C.Type, _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt,
    _ carries: UInt
) {
    guard let host = readable(L.self, cpu, A.linear(L.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    let destination = Record.destination(this)
    L.set(cpu, destination, isMet(C.code, result, carries) ? host.loadUnaligned(as: L.self) : L.get(cpu, destination))
    return chain(cpu, this + Record.size, result, carries)
}

/// NOP.
let nothing: Handler = { cpu, this, result, carries in
    return chain(cpu, this + Record.size, result, carries)
}

/// CLC, STC and CMC: bit 31 is CF, bit 30 CF XOR OF, and OF stays.
@inline(__always)
func changeCarry(
    _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt, _ change: (UInt) -> UInt
) {
    let old = carries & 0x8000_0000
    let flipped = old ^ change(old)
    return chain(cpu, this + Record.size, result, carries ^ flipped ^ (flipped >> 1))
}

let clearCarry: Handler = { changeCarry($0, $1, $2, $3) { _ in 0 } }
let setCarryFlag: Handler = { changeCarry($0, $1, $2, $3) { _ in 0x8000_0000 } }
let complementCarry: Handler = { changeCarry($0, $1, $2, $3) { $0 ^ 0x8000_0000 } }
