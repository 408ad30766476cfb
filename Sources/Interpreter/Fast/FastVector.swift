import FloatArithmetic
import Machine

// SSE2 in 64-bit code: moves, integers, and arithmetic that raises nothing new. The record has 16 times an XMM register's
// number where it has the offset of a general register elsewhere.

typealias VectorWords = SIMD2<UInt64>

/// CR0.EM and CR0.TS are clear, CR4.OSFXSR is set: no check that an SSE instruction makes fails.
@inline(__always) private func vectorsRun(_ cpu: Pointer) -> Bool {
    let file = Core(cpu).file
    return _fastPath(
        file.pointee.cr0 & (ControlBits.emulation | ControlBits.taskSwitched) == 0
            && file.pointee.cr4 & ControlBits.fxsave != 0)
}

@inline(__always) private func vectorRegister(_ cpu: Pointer, _ offset: UInt8) -> Pointer {
    cpu + (CoreLayout.xmm &+ Int(offset))
}

/// Host address of 16 bytes that can be read, or written, at `linear`, else nil; where `aligned`, at a multiple of 16 alone.
@inline(__always)
private func vectorHost(_ cpu: Pointer, _ linear: UInt64, write: Bool, aligned: Bool) -> HostAddress? {
    if aligned, _slowPath(linear & 15 != 0) { return nil }
    let entry = TLB.entry(Core(cpu).scratch.pointee.tlb, for: linear)
    let tag = entry.load(fromByteOffset: write ? TLB.writeTag : TLB.readTag, as: UInt64.self)
    guard _fastPath(tag == (linear &+ 15) & ~4095) else { return nil }
    // SAFETY: as in `readable` and `writable`.
    return HostAddress(entry, linear)
}

// MARK: Moves

@inline(__always)
func vectorMoveRegister(_ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    guard vectorsRun(cpu) else { return slow(cpu, this, result, carries) }
    let value = vectorRegister(cpu, Record.source(this)).load(as: VectorWords.self)
    vectorRegister(cpu, Record.destination(this)).storeBytes(of: value, as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func vectorMoveLoad<A: AddressForm>(
    _ address: A.Type, aligned: Bool, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let linear = A.linear(UInt64.self, cpu, this, write: false)
    guard vectorsRun(cpu), let host = vectorHost(cpu, linear, write: false, aligned: aligned) else {
        return slow(cpu, this, result, carries)
    }
    vectorRegister(cpu, Record.destination(this)).storeBytes(
        of: host.loadUnaligned(as: VectorWords.self), as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func vectorMoveStore<A: AddressForm>(
    _ address: A.Type, aligned: Bool, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let linear = A.linear(UInt64.self, cpu, this, write: true)
    guard vectorsRun(cpu), let host = vectorHost(cpu, linear, write: true, aligned: aligned) else {
        return slow(cpu, this, result, carries)
    }
    host.storeBytes(
        of: vectorRegister(cpu, Record.source(this)).load(as: VectorWords.self), as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

/// MOVSS, MOVSD, MOVD, MOVQ from memory: the rest of the register becomes zero.
@inline(__always)
func vectorLoadLow<L: Lane, A: AddressForm>(
    _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard vectorsRun(cpu), let host = readable(L.self, cpu, A.linear(L.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    vectorRegister(cpu, Record.destination(this)).storeBytes(
        of: VectorWords(UInt64(host.loadUnaligned(as: L.self)), 0), as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func vectorStoreLow<L: Lane, A: AddressForm>(
    _ lane: L.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard vectorsRun(cpu), let host = writable(L.self, cpu, A.linear(L.self, cpu, this, write: true)) else {
        return slow(cpu, this, result, carries)
    }
    host.storeBytes(of: vectorRegister(cpu, Record.source(this)).load(as: L.self), as: L.self)
    return chain(cpu, this + Record.size, result, carries)
}

/// MOVSS, MOVSD between registers: the rest stays.
@inline(__always)
func vectorMoveLow<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    guard vectorsRun(cpu) else { return slow(cpu, this, result, carries) }
    let value = vectorRegister(cpu, Record.source(this)).load(as: L.self)
    vectorRegister(cpu, Record.destination(this)).storeBytes(of: value, as: L.self)
    return chain(cpu, this + Record.size, result, carries)
}

/// MOVD, MOVQ from a general register, whose offset the record has.
@inline(__always)
func vectorFromGeneral<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    guard vectorsRun(cpu) else { return slow(cpu, this, result, carries) }
    vectorRegister(cpu, Record.destination(this)).storeBytes(
        of: VectorWords(UInt64(L.get(cpu, Record.source(this))), 0), as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

/// MOVD, MOVQ to a general register.
@inline(__always)
func vectorToGeneral<L: Lane>(_ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    guard vectorsRun(cpu) else { return slow(cpu, this, result, carries) }
    L.set(cpu, Record.destination(this), vectorRegister(cpu, Record.source(this)).load(as: L.self))
    return chain(cpu, this + Record.size, result, carries)
}

// MARK: Integers

protocol VectorOperation {
    static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords
}

@inline(__always)
private func elementwise<V: SIMD>(
    _ a: VectorWords, _ b: VectorWords, _ type: V.Type, _ body: (V, V) -> V
) -> VectorWords {
    unsafeBitCast(body(unsafeBitCast(a, to: V.self), unsafeBitCast(b, to: V.self)), to: VectorWords.self)
}

enum VectorAdd8: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords {
        elementwise(a, b, SIMD16<UInt8>.self) { $0 &+ $1 }
    }
}
enum VectorAdd16: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords {
        elementwise(a, b, SIMD8<UInt16>.self) { $0 &+ $1 }
    }
}
enum VectorAdd32: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords {
        elementwise(a, b, SIMD4<UInt32>.self) { $0 &+ $1 }
    }
}
enum VectorAdd64: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords { a &+ b }
}
enum VectorSubtract8: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords {
        elementwise(a, b, SIMD16<UInt8>.self) { $0 &- $1 }
    }
}
enum VectorSubtract16: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords {
        elementwise(a, b, SIMD8<UInt16>.self) { $0 &- $1 }
    }
}
enum VectorSubtract32: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords {
        elementwise(a, b, SIMD4<UInt32>.self) { $0 &- $1 }
    }
}
enum VectorSubtract64: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords { a &- b }
}
enum VectorAnd: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords { a & b }
}
enum VectorAndNot: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords { ~a & b }
}
enum VectorOr: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords { a | b }
}
enum VectorXor: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords { a ^ b }
}
/// PUNPCKLQDQ, UNPCKLPD, MOVLHPS
enum VectorLowHalves: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords { VectorWords(a[0], b[0]) }
}
enum VectorEqual8: VectorOperation {
    @inline(__always) static func apply(_ a: VectorWords, _ b: VectorWords) -> VectorWords {
        elementwise(a, b, SIMD16<UInt8>.self) { SIMD16<UInt8>(repeating: 0).replacing(with: 0xFF, where: $0 .== $1) }
    }
}

@inline(__always)
func vectorRegisters<O: VectorOperation>(
    _ operation: O.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard vectorsRun(cpu) else { return slow(cpu, this, result, carries) }
    let place = vectorRegister(cpu, Record.destination(this))
    let other = vectorRegister(cpu, Record.source(this)).load(as: VectorWords.self)
    place.storeBytes(of: O.apply(place.load(as: VectorWords.self), other), as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func vectorMemory<O: VectorOperation, A: AddressForm>(
    _ operation: O.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let linear = A.linear(UInt64.self, cpu, this, write: false)
    guard vectorsRun(cpu), let host = vectorHost(cpu, linear, write: false, aligned: true) else {
        return slow(cpu, this, result, carries)
    }
    let place = vectorRegister(cpu, Record.destination(this))
    let other = host.loadUnaligned(as: VectorWords.self)
    place.storeBytes(of: O.apply(place.load(as: VectorWords.self), other), as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

// MARK: Floating point

protocol FloatOperation {
    static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T
}

enum FloatAdd: FloatOperation {
    @inline(__always) static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a + b }
}
enum FloatSubtract: FloatOperation {
    @inline(__always) static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a - b }
}
enum FloatMultiply: FloatOperation {
    @inline(__always) static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a * b }
}
enum FloatDivide: FloatOperation {
    @inline(__always) static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a / b }
}

/// The lowest element; `nil` where the host's arithmetic does not tell all.
@inline(__always)
private func scalarResult<O: FloatOperation, F: HostFormat>(
    _ operation: O.Type, _ format: F.Type, _ cpu: Pointer, _ place: Pointer, _ other: Pointer
) -> F.Bits? {
    let context = FloatContext(mxcsr: cpu.load(fromByteOffset: CoreLayout.mxcsr, as: UInt32.self))
    return F.hostResult(place.load(as: F.Bits.self), other.loadUnaligned(as: F.Bits.self), context) { O.apply($0, $1) }
}

@inline(__always)
func scalarRegisters<O: FloatOperation, F: HostFormat>(
    _ operation: O.Type, _ format: F.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let place = vectorRegister(cpu, Record.destination(this)), other = vectorRegister(cpu, Record.source(this))
    guard vectorsRun(cpu), let value = scalarResult(O.self, F.self, cpu, place, other) else {
        return slow(cpu, this, result, carries)
    }
    place.storeBytes(of: value, as: F.Bits.self)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func scalarMemory<O: FloatOperation, F: HostFormat, A: AddressForm>(
    _ operation: O.Type, _ format: F.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt,
    _ carries: UInt
) where F.Bits: Lane {
    let place = vectorRegister(cpu, Record.destination(this))
    guard vectorsRun(cpu), let host = readable(F.Bits.self, cpu, A.linear(F.Bits.self, cpu, this, write: false)),
        let value = scalarResult(O.self, F.self, cpu, place, host.pointer)
    else { return slow(cpu, this, result, carries) }
    place.storeBytes(of: value, as: F.Bits.self)
    return chain(cpu, this + Record.size, result, carries)
}

/// ADDPD and the like: both elements.
@inline(__always)
private func packedResult<O: FloatOperation>(
    _ operation: O.Type, _ cpu: Pointer, _ place: Pointer, _ other: Pointer
) -> VectorWords? {
    let context = FloatContext(mxcsr: cpu.load(fromByteOffset: CoreLayout.mxcsr, as: UInt32.self))
    let a = place.load(as: VectorWords.self), b = other.loadUnaligned(as: VectorWords.self)
    guard let low = Binary64.hostResult(a[0], b[0], context, { O.apply($0, $1) }),
        let high = Binary64.hostResult(a[1], b[1], context, { O.apply($0, $1) })
    else { return nil }
    return VectorWords(low, high)
}

@inline(__always)
func packedRegisters<O: FloatOperation>(
    _ operation: O.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let place = vectorRegister(cpu, Record.destination(this)), other = vectorRegister(cpu, Record.source(this))
    guard vectorsRun(cpu), let value = packedResult(O.self, cpu, place, other) else {
        return slow(cpu, this, result, carries)
    }
    place.storeBytes(of: value, as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

@inline(__always)
func packedMemory<O: FloatOperation, A: AddressForm>(
    _ operation: O.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let linear = A.linear(UInt64.self, cpu, this, write: false)
    let place = vectorRegister(cpu, Record.destination(this))
    guard vectorsRun(cpu), let host = vectorHost(cpu, linear, write: false, aligned: true),
        let value = packedResult(O.self, cpu, place, host.pointer)
    else { return slow(cpu, this, result, carries) }
    place.storeBytes(of: value, as: VectorWords.self)
    return chain(cpu, this + Record.size, result, carries)
}

// MARK: Comparisons and conversions

/// COMISS, UCOMISS, COMISD, UCOMISD of numbers: what raises nothing.
@inline(__always)
private func compared<F: HostFormat>(
    _ format: F.Type, _ cpu: Pointer, _ this: Pointer, _ a: F.Bits, _ b: F.Bits, _ result: UInt, _ carries: UInt
) {
    guard let order = F.hostOrder(a, b) else { return slow(cpu, this, result, carries) }
    // PF is clear whatever the result: see `LazyFlags`.
    let clear: UInt = 1 << 40
    let below: UInt = order == .less ? 0xC000_0000 : 0
    return chain(cpu, this + Record.size, order == .equal ? 0 : 0x100, clear | below)
}

@inline(__always)
func compareRegisters<F: HostFormat>(
    _ format: F.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    guard vectorsRun(cpu) else { return slow(cpu, this, result, carries) }
    let a = vectorRegister(cpu, Record.destination(this)).load(as: F.Bits.self)
    let b = vectorRegister(cpu, Record.source(this)).load(as: F.Bits.self)
    return compared(F.self, cpu, this, a, b, result, carries)
}

@inline(__always)
func compareMemory<F: HostFormat, A: AddressForm>(
    _ format: F.Type, _ address: A.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) where F.Bits: Lane {
    guard vectorsRun(cpu), let host = readable(F.Bits.self, cpu, A.linear(F.Bits.self, cpu, this, write: false)) else {
        return slow(cpu, this, result, carries)
    }
    let a = vectorRegister(cpu, Record.destination(this)).load(as: F.Bits.self)
    return compared(F.self, cpu, this, a, host.loadUnaligned(as: F.Bits.self), result, carries)
}

/// CVTSI2SD of 32 bits, which is exact.
@inline(__always)
func doubleFromInteger(_ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    guard vectorsRun(cpu) else { return slow(cpu, this, result, carries) }
    let value = Double(Int32(bitPattern: UInt32.get(cpu, Record.source(this))))
    vectorRegister(cpu, Record.destination(this)).storeBytes(of: value.bitPattern, as: UInt64.self)
    return chain(cpu, this + Record.size, result, carries)
}
