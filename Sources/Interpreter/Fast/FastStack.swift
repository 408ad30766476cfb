import Machine

// PUSH, POP, LEAVE. (E)SP moves only after the access hit.

@inline(__always)
private func pushed<L: Lane, S: StackForm>(
    _ value: L, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let pointer = S.wrapped(S.pointer(cpu) &- L.size)
    guard let host = writable(L.self, cpu, S.linear(L.self, cpu, pointer, write: true)) else {
        return slow(cpu, this, result, carries)
    }
    host.storeBytes(of: value, as: L.self)
    S.setPointer(cpu, pointer)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func pushRegister<L: Lane, S: StackForm>(
    _ lane: L.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    return pushed(L.get(cpu, Record.destination(this)), S.self, cpu, this, result, carries)
}

@inline(__always)
func pushImmediate<L: Lane, S: StackForm>(
    _ lane: L.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    return pushed(Record.immediate(this, as: L.self), S.self, cpu, this, result, carries)
}

@inline(__always)
func pushLoad<L: Lane, S: StackForm, A: AddressForm>(
    _ lane: L.Type, _ stack: S.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt,
    _ carries: UInt
) {
    guard let host = readable(L.self, cpu, A.linear(L.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    return pushed(host.loadUnaligned(as: L.self), S.self, cpu, this, result, carries)
}

/// Not for POP (E)SP.
@inline(__always)
func popRegister<L: Lane, S: StackForm>(
    _ lane: L.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let pointer = S.pointer(cpu)
    guard let host = readable(L.self, cpu, S.linear(L.self, cpu, pointer, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    L.set(cpu, Record.destination(this), host.loadUnaligned(as: L.self))
    S.setPointer(cpu, S.wrapped(pointer &+ L.size))
    return chain(cpu, this + Record.size, result, carries)
}

/// LEAVE.
@inline(__always)
func leaveFrame<L: Lane, S: StackForm>(
    _ lane: L.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    // (E)BP is register 5.
    let pointer = S.wrapped(cpu.load(fromByteOffset: 40, as: UInt64.self))
    guard let host = readable(L.self, cpu, S.linear(L.self, cpu, pointer, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    let value = host.loadUnaligned(as: L.self)
    S.setPointer(cpu, S.wrapped(pointer &+ L.size))
    L.set(cpu, 40, value)
    return chain(cpu, this + Record.size, result, carries)
}
