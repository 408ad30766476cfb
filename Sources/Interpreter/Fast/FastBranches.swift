import Machine

// Near branches. A trace that is left by one is linked to the trace behind it, so that hot code never goes back to
// the dispatcher: links are made there (`Interpreter.run`) when a branch was taken the general way.

/// The low four bits of a Jcc's opcode.
protocol ConditionCode {
    static var code: UInt8 { get }
}

enum Condition0: ConditionCode { @inline(__always) static var code: UInt8 { 0 } }
enum Condition1: ConditionCode { @inline(__always) static var code: UInt8 { 1 } }
enum Condition2: ConditionCode { @inline(__always) static var code: UInt8 { 2 } }
enum Condition3: ConditionCode { @inline(__always) static var code: UInt8 { 3 } }
enum Condition4: ConditionCode { @inline(__always) static var code: UInt8 { 4 } }
enum Condition5: ConditionCode { @inline(__always) static var code: UInt8 { 5 } }
enum Condition6: ConditionCode { @inline(__always) static var code: UInt8 { 6 } }
enum Condition7: ConditionCode { @inline(__always) static var code: UInt8 { 7 } }
enum Condition8: ConditionCode { @inline(__always) static var code: UInt8 { 8 } }
enum Condition9: ConditionCode { @inline(__always) static var code: UInt8 { 9 } }
enum Condition10: ConditionCode { @inline(__always) static var code: UInt8 { 10 } }
enum Condition11: ConditionCode { @inline(__always) static var code: UInt8 { 11 } }
enum Condition12: ConditionCode { @inline(__always) static var code: UInt8 { 12 } }
enum Condition13: ConditionCode { @inline(__always) static var code: UInt8 { 13 } }
enum Condition14: ConditionCode { @inline(__always) static var code: UInt8 { 14 } }
enum Condition15: ConditionCode { @inline(__always) static var code: UInt8 { 15 } }

/// A condition by the lazy flags (SDM 1 appendix B; see `LazyFlags` for their form).
@inline(__always) func isMet(_ code: UInt8, _ result: UInt, _ carries: UInt) -> Bool {
    let met: Bool
    switch code >> 1 {
    case 0: met = (carries ^ (carries &<< 1)) & 0x8000_0000 != 0
    case 1: met = carries & 0x8000_0000 != 0
    case 2: met = result == 0
    case 3: met = carries & 0x8000_0000 != 0 || result == 0
    case 4: met = (result ^ (carries &<< 31)) >> 63 != 0
    case 5:
        let byte = UInt8(truncatingIfNeeded: result ^ (carries >> 40))
        met = byte.nonzeroBitCount & 1 == 0
    default:
        let sign = (result ^ (carries &<< 31)) >> 63
        let less = sign ^ ((carries ^ (carries &<< 1)) >> 31 & 1) != 0
        met = code >> 1 == 6 ? less : less || result == 0
    }
    return met != (code & 1 != 0)
}

// MARK: Code segments

/// How a near target is checked against CS.
protocol CodeForm {
    /// The new IP from the old one plus a distance, or nil where the general handler must look at it.
    static func target(_ cpu: Pointer, _ offset: UInt64, _ trace: Pointer) -> UInt64?
    /// The linear address of an IP.
    static func linear(_ cpu: Pointer, _ target: UInt64) -> UInt64
    /// Size of IP in a branch.
    associatedtype L: Lane
}

/// 32-bit branches in a flat code segment.
enum FlatCode: CodeForm {
    typealias L = UInt32
    @inline(__always) static func target(_ cpu: Pointer, _ offset: UInt64, _ trace: Pointer) -> UInt64? {
        offset & 0xFFFF_FFFF
    }
    @inline(__always) static func linear(_ cpu: Pointer, _ target: UInt64) -> UInt64 { target & 0xFFFF_FFFF }
}

/// 64-bit code: what is not canonical has no trace.
enum Code64: CodeForm {
    typealias L = UInt64
    @inline(__always) static func target(_ cpu: Pointer, _ offset: UInt64, _ trace: Pointer) -> UInt64? { offset }
    @inline(__always) static func linear(_ cpu: Pointer, _ target: UInt64) -> UInt64 { target }
}

extension CodeForm {
    @inline(__always) static func linear(_ cpu: Pointer, _ target: UInt64) -> UInt64 {
        (Core(cpu).file.pointee.cs.base &+ target) & 0xFFFF_FFFF
    }
}

/// 16-bit branches: what wraps or leaves the segment is left to the general handler.
enum Code16: CodeForm {
    typealias L = UInt16
    @inline(__always) static func target(_ cpu: Pointer, _ offset: UInt64, _ trace: Pointer) -> UInt64? {
        let end = Core(cpu).scratch.pointee.codeEnd16
        guard _fastPath(offset < end && offset &+ TraceCache.length(trace) <= end) else { return nil }
        return offset
    }
}

/// 32-bit branches in any code segment.
enum Code32: CodeForm {
    typealias L = UInt32
    @inline(__always) static func target(_ cpu: Pointer, _ offset: UInt64, _ trace: Pointer) -> UInt64? {
        let end = Core(cpu).scratch.pointee.codeEnd
        guard _fastPath(offset < end && offset &+ TraceCache.length(trace) <= end) else { return nil }
        return offset
    }
}

/// Enters the trace at `trace` with the clock and rip brought up to date, or gives false with nothing changed: it is
/// longer than what is left before the deadline, or its place is beyond CS's limit.
@inline(__always)
func commit<C: CodeForm>(_ code: C.Type, _ cpu: Pointer, _ trace: Pointer, retired: Int, offset: UInt64) -> Bool {
    let core = Core(cpu)
    #if DEBUG
        core.scratch.pointee.chained += 1
        guard core.scratch.pointee.chained < 128 else { return false }
    #endif
    let left = core.scratch.pointee.remaining &- retired
    guard _fastPath(left >= TraceCache.count(trace)), let target = C.target(cpu, offset, trace) else { return false }
    core.scratch.pointee.remaining = left
    core.file.pointee.rip = target
    return true
}

/// Goes where the link of `slot` leads; `this` is run the general way where that is not known or not possible.
@inline(__always)
func follow<C: CodeForm>(
    _ code: C.Type, _ cpu: Pointer, _ this: Pointer, _ slot: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let trace = Record.link(slot) else { return across(C.self, cpu, this, slot, result, carries) }
    let offset = Core(cpu).file.pointee.rip &+ Record.distance(slot)
    guard commit(C.self, cpu, trace, retired: Record.retired(slot), offset: offset) else {
        return slow(cpu, this, result, carries)
    }
    return chain(cpu, trace, result, carries)
}

/// With paging no link leads to another page: what lies there is found by its linear address.
@inline(never)
private func across<C: CodeForm>(
    _ code: C.Type, _ cpu: Pointer, _ this: Pointer, _ slot: Pointer, _ result: UInt, _ carries: UInt
) {
    let core = Core(cpu)
    guard core.scratch.pointee.isPaging else { return unlinked(cpu, this, slot, result, carries) }
    let offset = core.file.pointee.rip &+ Record.distance(slot)
    guard let trace = jumpTarget(C.self, cpu, offset),
        commit(C.self, cpu, trace, retired: Record.retired(slot), offset: offset)
    else { return unlinked(cpu, this, slot, result, carries) }
    return chain(cpu, trace, result, carries)
}

@inline(never)
private func unlinked(_ cpu: Pointer, _ this: Pointer, _ slot: Pointer, _ result: UInt, _ carries: UInt) {
    let core = Core(cpu), start = core.file.pointee.linearInstructionPointer
    let target = start &+ Record.distance(slot)
    if core.scratch.pointee.isPaging {
        // Within its page the target lies as far from the trace's place in memory.
        if target & ~4095 == start & ~4095, let physical = core.physicalQuietly(start, fetch: true) {
            core.scratch.pointee.openLink = slot
            core.scratch.pointee.openTarget = physical & ~4095 | target & 4095
        }
    } else {
        core.scratch.pointee.openLink = slot
        core.scratch.pointee.openTarget = (start & core.memory.a20Mask) &+ Record.distance(slot)
    }
    return slow(cpu, this, result, carries)
}

/// The trace at an IP that was computed, found by its linear address and committed to; nil with nothing changed.
@inline(__always)
func computedTrace<C: CodeForm>(_ code: C.Type, _ cpu: Pointer, _ this: Pointer, _ target: UInt64) -> Pointer? {
    guard let trace = jumpTarget(C.self, cpu, target),
        commit(C.self, cpu, trace, retired: Record.index(this) &+ 1, offset: target)
    else { return nil }
    return trace
}

@inline(__always)
private func jumpTarget<C: CodeForm>(_ code: C.Type, _ cpu: Pointer, _ target: UInt64) -> Pointer? {
    let core = Core(cpu)
    let linear = C.linear(cpu, target)
    let entry = JumpCache.entry(core.scratch.pointee.jumps, linear)
    guard _fastPath(entry.load(as: UInt64.self) == linear),
        _fastPath(entry.load(fromByteOffset: 8, as: UInt64.self) == core.scratch.pointee.mode)
    else { return nil }
    return entry.load(fromByteOffset: 16, as: Pointer.self)
}

// MARK: Handlers

@inline(__always)
func jumpIf<K: ConditionCode, C: CodeForm>(
    _ condition: K.Type, _ code: C.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    if isMet(K.code, result, carries) { return follow(C.self, cpu, this, this, result, carries) }
    return follow(C.self, cpu, this, this + Record.size, result, carries)
}

/// JMP, and the end of a trace that no branch ended. One body for both: the compiler would merge two and call the merged
/// one instead of jumping.
@inline(__always)
func jump<C: CodeForm>(_ code: C.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    return follow(C.self, cpu, this, this, result, carries)
}

/// LOOP, with CX or ECX as `N`.
@inline(__always)
func loopCount<N: Lane, C: CodeForm>(
    _ count: N.Type, _ code: C.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let left = N.get(cpu, 8) &- 1
    let slot = left != 0 ? this : this + Record.size
    guard let trace = Record.link(slot) else { return unlinked(cpu, this, slot, result, carries) }
    let offset = Core(cpu).file.pointee.rip &+ Record.distance(slot)
    guard commit(C.self, cpu, trace, retired: Record.retired(slot), offset: offset) else {
        return slow(cpu, this, result, carries)
    }
    N.set(cpu, 8, left)
    return chain(cpu, trace, result, carries)
}

/// Where a pushed return address would go, and that address.
@inline(__always)
private func returnPlace<C: CodeForm, S: StackForm>(
    _ code: C.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer
) -> (host: HostAddress?, pointer: UInt64, back: C.L) {
    let pointer = S.wrapped(S.pointer(cpu) &- C.L.size)
    let host = writable(C.L.self, cpu, S.linear(C.L.self, cpu, pointer, write: true))
    let back = Core(cpu).file.pointee.rip &+ UInt64(Record.offset(this + Record.size))
    return (host, pointer, C.L(truncatingIfNeeded: back))
}

@inline(__always)
func callNear<C: CodeForm, S: StackForm>(
    _ code: C.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let trace = Record.link(this) else { return callAcross(C.self, S.self, cpu, this, result, carries) }
    let place = returnPlace(C.self, S.self, cpu, this)
    let offset = Core(cpu).file.pointee.rip &+ Record.distance(this)
    guard let host = place.host,
        commit(C.self, cpu, trace, retired: Record.retired(this), offset: offset)
    else { return slow(cpu, this, result, carries) }
    host.storeBytes(of: place.back, as: C.L.self)
    S.setPointer(cpu, place.pointer)
    return chain(cpu, trace, result, carries)
}

/// The same where there is no link: with paging, to another page.
@inline(never)
private func callAcross<C: CodeForm, S: StackForm>(
    _ code: C.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard Core(cpu).scratch.pointee.isPaging else { return unlinked(cpu, this, this, result, carries) }
    let place = returnPlace(C.self, S.self, cpu, this)
    let offset = Core(cpu).file.pointee.rip &+ Record.distance(this)
    guard let host = place.host, let trace = jumpTarget(C.self, cpu, offset),
        commit(C.self, cpu, trace, retired: Record.retired(this), offset: offset)
    else { return unlinked(cpu, this, this, result, carries) }
    host.storeBytes(of: place.back, as: C.L.self)
    S.setPointer(cpu, place.pointer)
    return chain(cpu, trace, result, carries)
}

/// RET, with the bytes that it releases as immediate.
@inline(__always)
func returnNear<C: CodeForm, S: StackForm>(
    _ code: C.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let pointer = S.pointer(cpu)
    guard let host = readable(C.L.self, cpu, S.linear(C.L.self, cpu, pointer, write: false)),
        let trace = computedTrace(
            C.self, cpu, this, UInt64(truncatingIfNeeded: host.loadUnaligned(as: C.L.self)))
    else { return slow(cpu, this, result, carries) }
    let released = C.L.size &+ UInt64(Record.displacement(this))
    S.setPointer(cpu, S.wrapped(pointer &+ released))
    return chain(cpu, trace, result, carries)
}

@inline(__always)
func jumpRegister<C: CodeForm>(_ code: C.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    let target = UInt64(truncatingIfNeeded: C.L.get(cpu, Record.destination(this)))
    guard let trace = computedTrace(C.self, cpu, this, target) else {
        return slow(cpu, this, result, carries)
    }
    return chain(cpu, trace, result, carries)
}

@inline(__always)
func callByRegister<C: CodeForm, S: StackForm>(
    _ code: C.Type, _ stack: S.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let target = UInt64(truncatingIfNeeded: C.L.get(cpu, Record.destination(this)))
    let place = returnPlace(C.self, S.self, cpu, this)
    guard let host = place.host, let trace = computedTrace(C.self, cpu, this, target) else {
        return slow(cpu, this, result, carries)
    }
    host.storeBytes(of: place.back, as: C.L.self)
    S.setPointer(cpu, place.pointer)
    return chain(cpu, trace, result, carries)
}

/// JMP through memory, as switch tables do.
@inline(__always)
func jumpMemory<C: CodeForm, A: AddressForm>(
    _ code: C.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard let host = readable(C.L.self, cpu, A.linear(C.L.self, cpu, this, write: false)),
        let trace = computedTrace(
            C.self, cpu, this, UInt64(truncatingIfNeeded: host.loadUnaligned(as: C.L.self)))
    else { return slow(cpu, this, result, carries) }
    return chain(cpu, trace, result, carries)
}

/// CALL through memory.
@inline(__always)
func callThroughMemory<C: CodeForm, S: StackForm, A: AddressForm>(
    _ code: C.Type, _ stack: S.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt,
    _ carries: UInt
) {
    let place = returnPlace(C.self, S.self, cpu, this)
    guard let source = readable(C.L.self, cpu, A.linear(C.L.self, cpu, this, write: false)), let host = place.host,
        let trace = computedTrace(
            C.self, cpu, this, UInt64(truncatingIfNeeded: source.loadUnaligned(as: C.L.self)))
    else { return slow(cpu, this, result, carries) }
    host.storeBytes(of: place.back, as: C.L.self)
    S.setPointer(cpu, place.pointer)
    return chain(cpu, trace, result, carries)
}

/// Traces by linear address: what RET and indirect branches look in. 1,024 entries of 32 bytes: linear address, mode,
/// first record.
enum JumpCache {
    @inline(__always) static var entries: Int { 1024 }

    @inline(__always) static func entry(_ storage: Pointer, _ linear: UInt64) -> Pointer {
        storage + Int(truncatingIfNeeded: (linear ^ linear >> 10) & UInt64(entries - 1)) &* 32
    }

    static func clear(_ storage: Pointer) {
        // No linear address is all ones.
        storage.initializeMemory(as: UInt8.self, repeating: 0xFF, count: entries * 32)
    }

    @inline(__always) static func enter(_ storage: Pointer, _ linear: UInt64, _ mode: UInt64, _ trace: Pointer) {
        let entry = entry(storage, linear)
        entry.storeBytes(of: linear, as: UInt64.self)
        entry.storeBytes(of: mode, toByteOffset: 8, as: UInt64.self)
        entry.storeBytes(of: trace, toByteOffset: 16, as: Pointer.self)
    }
}
