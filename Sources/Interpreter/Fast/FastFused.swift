import Machine

// Two instructions in one handler: an arithmetic one and the Jcc behind it. Their records stay two, so that a fault in the
// first or a trace that stops between them finds what it expects. Nothing can come between: a trace is only entered with
// enough time for all of it.

/// A condition by the operands of the comparison that it follows.
@inline(__always)
private func compares<L: Lane>(_ code: UInt8, _ a: L, _ b: L, _ flags: (UInt, UInt)) -> Bool {
    let met: Bool
    switch code >> 1 {
    case 1: met = a < b
    case 2: met = a == b
    case 3: met = a <= b
    case 4: met = (a &- b) & L.signBit != 0
    case 6: met = L.signed(a) < L.signed(b)
    case 7: met = L.signed(a) <= L.signed(b)
    default: return isMet(code, flags.0, flags.1)
    }
    return met != (code & 1 != 0)
}

@inline(__always)
private func jumpBehind<C: CodeForm>(
    _ code: C.Type, _ met: Bool, _ cpu: Pointer, _ this: Pointer, _ flags: (UInt, UInt)
) {
    let branch = this + Record.size
    if met { return follow(C.self, cpu, branch, branch, flags.0, flags.1) }
    return follow(C.self, cpu, branch, branch + Record.size, flags.0, flags.1)
}

@inline(__always)
private func met<K: ConditionCode, O: ALUOperation, L: Lane>(
    _ condition: K.Type, _ operation: O.Type, _ a: L, _ b: L, _ flags: (UInt, UInt)
) -> Bool {
    O.self == Cmp.self || O.self == Sub.self ? compares(K.code, a, b, flags) : isMet(K.code, flags.0, flags.1)
}

@inline(__always)
func fusedRegister<K: ConditionCode, O: ALUOperation, L: Lane, C: CodeForm>(
    _ condition: K.Type, _ operation: O.Type, _ lane: L.Type, _ code: C.Type, _ cpu: Pointer, _ this: Pointer,
    _ result: UInt, _ carries: UInt
) {
    let a = L.get(cpu, Record.destination(this)), b = L.get(cpu, Record.source(this))
    var flags = (result, carries)
    let value = O.compute(a, b, carries, &flags)
    if O.writes { L.set(cpu, Record.destination(this), value) }
    return jumpBehind(C.self, met(K.self, O.self, a, b, flags), cpu, this, flags)
}

@inline(__always)
func fusedImmediate<K: ConditionCode, O: ALUOperation, L: Lane, C: CodeForm>(
    _ condition: K.Type, _ operation: O.Type, _ lane: L.Type, _ code: C.Type, _ cpu: Pointer, _ this: Pointer,
    _ result: UInt, _ carries: UInt
) {
    let a = L.get(cpu, Record.destination(this)), b = Record.immediate(this, as: L.self)
    var flags = (result, carries)
    let value = O.compute(a, b, carries, &flags)
    if O.writes { L.set(cpu, Record.destination(this), value) }
    return jumpBehind(C.self, met(K.self, O.self, a, b, flags), cpu, this, flags)
}

/// CMP of register with memory.
@inline(__always)
func fusedLoad<K: ConditionCode, L: Lane, A: AddressForm, C: CodeForm>(
    _ condition: K.Type, _ lane: L.Type, _ address: A.Type, _ code: C.Type, _ cpu: Pointer, _ this: Pointer,
    _ result: UInt, _ carries: UInt
) {
    guard let host = readable(L.self, cpu, A.linear(L.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    let a = L.get(cpu, Record.destination(this)), b = host.loadUnaligned(as: L.self)
    var flags = (result, carries)
    _ = Cmp.compute(a, b, carries, &flags)
    return jumpBehind(C.self, compares(K.code, a, b, flags), cpu, this, flags)
}

@inline(__always)
private func fusedMemory<K: ConditionCode, O: ALUOperation, L: Lane, A: AddressForm, C: CodeForm>(
    _ condition: K.Type, _ operation: O.Type, _ address: A.Type, _ code: C.Type, _ b: L, _ cpu: Pointer,
    _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let host = readable(L.self, cpu, A.linear(L.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    let a = host.loadUnaligned(as: L.self)
    var flags = (result, carries)
    _ = O.compute(a, b, carries, &flags)
    return jumpBehind(C.self, met(K.self, O.self, a, b, flags), cpu, this, flags)
}

/// CMP or TEST of memory with register; nothing is written.
@inline(__always)
func fusedStore<K: ConditionCode, O: ALUOperation, L: Lane, A: AddressForm, C: CodeForm>(
    _ condition: K.Type, _ operation: O.Type, _ lane: L.Type, _ address: A.Type, _ code: C.Type, _ cpu: Pointer,
    _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    return fusedMemory(
        K.self, O.self, A.self, C.self, L.get(cpu, Record.source(this)), cpu, this, result, carries)
}

/// CMP or TEST of memory with immediate; nothing is written.
@inline(__always)
func fusedStoreImmediate<K: ConditionCode, O: ALUOperation, L: Lane, A: AddressForm, C: CodeForm>(
    _ condition: K.Type, _ operation: O.Type, _ lane: L.Type, _ address: A.Type, _ code: C.Type, _ cpu: Pointer,
    _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    return fusedMemory(
        K.self, O.self, A.self, C.self, Record.immediate(this, as: L.self), cpu, this, result, carries)
}

/// INC or DEC of a register.
@inline(__always)
func fusedUnary<K: ConditionCode, O: UnaryOperation, L: Lane, C: CodeForm>(
    _ condition: K.Type, _ operation: O.Type, _ lane: L.Type, _ code: C.Type, _ cpu: Pointer, _ this: Pointer,
    _ result: UInt, _ carries: UInt
) {
    var flags = (result, carries)
    L.set(cpu, Record.destination(this), O.compute(L.get(cpu, Record.destination(this)), carries, &flags))
    return jumpBehind(C.self, isMet(K.code, flags.0, flags.1), cpu, this, flags)
}
