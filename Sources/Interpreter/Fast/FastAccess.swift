import Machine
import X86ISA

// Fast handlers: one for each hot combination of operation, width and operand form.
//
// A fast handler does the hit path only: registers, a segment compare where the segment is not flat, one TLB compare.
// Whatever does not hit (MMIO, code pages, limits, page crossings, faults) goes to the instruction's general handler
// with nothing changed yet, so every check of the manuals is made there and only there.

/// An operand width.
protocol Lane: FixedWidthInteger & UnsignedInteger & BitwiseCopyable {
    associatedtype Signed: FixedWidthInteger & SignedInteger
    /// In bytes.
    static var size: UInt64 { get }
    /// The lazy flags' result: sign-extended. See `LazyFlags`.
    static func flagResult(_ value: Self) -> UInt
    /// The lazy flags' carries from the carry out of each bit.
    static func flagCarries(_ value: Self) -> UInt
    /// A register's new value; 32-bit writes clear the upper half.
    static func set(_ cpu: Pointer, _ offset: UInt8, _ value: Self)
    static func signed(_ value: Self) -> Signed
}

extension Lane {
    @inline(__always) static func get(_ cpu: Pointer, _ offset: UInt8) -> Self {
        cpu.load(fromByteOffset: Int(offset), as: Self.self)
    }
    @inline(__always) static var signBit: Self { 1 &<< Self(truncatingIfNeeded: Self.size &* 8 &- 1) }
}

extension UInt8: Lane {
    typealias Signed = Int8
    @inline(__always) static var size: UInt64 { 1 }
    @inline(__always) static func flagResult(_ value: UInt8) -> UInt {
        UInt(bitPattern: Int(Int8(bitPattern: value)))
    }
    @inline(__always) static func flagCarries(_ value: UInt8) -> UInt { UInt(value) &<< 24 | UInt(value & 8) }
    @inline(__always) static func set(_ cpu: Pointer, _ offset: UInt8, _ value: UInt8) {
        cpu.storeBytes(of: value, toByteOffset: Int(offset), as: UInt8.self)
    }
    @inline(__always) static func signed(_ value: UInt8) -> Int8 { Int8(bitPattern: value) }
}

extension UInt16: Lane {
    typealias Signed = Int16
    @inline(__always) static var size: UInt64 { 2 }
    @inline(__always) static func flagResult(_ value: UInt16) -> UInt {
        UInt(bitPattern: Int(Int16(bitPattern: value)))
    }
    @inline(__always) static func flagCarries(_ value: UInt16) -> UInt { UInt(value) &<< 16 | UInt(value & 8) }
    @inline(__always) static func set(_ cpu: Pointer, _ offset: UInt8, _ value: UInt16) {
        cpu.storeBytes(of: value, toByteOffset: Int(offset), as: UInt16.self)
    }
    @inline(__always) static func signed(_ value: UInt16) -> Int16 { Int16(bitPattern: value) }
}

extension UInt32: Lane {
    typealias Signed = Int32
    @inline(__always) static var size: UInt64 { 4 }
    @inline(__always) static func flagResult(_ value: UInt32) -> UInt {
        UInt(bitPattern: Int(Int32(bitPattern: value)))
    }
    @inline(__always) static func flagCarries(_ value: UInt32) -> UInt { UInt(value) }
    @inline(__always) static func set(_ cpu: Pointer, _ offset: UInt8, _ value: UInt32) {
        cpu.storeBytes(of: UInt64(value), toByteOffset: Int(offset), as: UInt64.self)
    }
    @inline(__always) static func signed(_ value: UInt32) -> Int32 { Int32(bitPattern: value) }
}

extension UInt64: Lane {
    typealias Signed = Int64
    @inline(__always) static var size: UInt64 { 8 }
    @inline(__always) static func flagResult(_ value: UInt64) -> UInt { UInt(value) }
    @inline(__always) static func flagCarries(_ value: UInt64) -> UInt {
        UInt(value &>> 32 & 0xC000_0000 | value & 8)
    }
    @inline(__always) static func set(_ cpu: Pointer, _ offset: UInt8, _ value: UInt64) {
        cpu.storeBytes(of: value, toByteOffset: Int(offset), as: UInt64.self)
    }
    @inline(__always) static func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: value) }
}

// MARK: Going on

/// The tail call: under -O this is a jump.
@inline(__always) func chain(_ cpu: Pointer, _ next: Pointer, _ result: UInt, _ carries: UInt) {
    return next.load(as: Handler.self)(cpu, next, result, carries)
}

/// The same instruction with every check.
@inline(__always) func slow(_ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    return Record.general(this)(cpu, this, result, carries)
}

// MARK: Memory

/// Where an entry's page has a linear address. No tag matches while an entry has no page, so it is never zero; as a number,
/// since each optional pointer is compared with zero once more.
struct HostAddress {
    private let bits: UInt64

    @inline(__always) init(_ entry: Pointer, _ linear: UInt64) {
        bits = entry.load(fromByteOffset: TLB.addend, as: UInt64.self) &+ linear
    }

    // SAFETY: an addend leads into a page of the host that the entry's owner holds.
    @inline(__always) var pointer: Pointer { Pointer(bitPattern: UInt(bits)).unsafelyUnwrapped }
    @inline(__always) func loadUnaligned<T>(as type: T.Type) -> T { pointer.loadUnaligned(as: T.self) }
    @inline(__always) func storeBytes<T>(of value: T, as type: T.Type) {
        pointer.storeBytes(of: value, as: T.self)
    }
}

/// Host address of `L` at `linear` where a read hits, else nil.
@inline(__always) func readable<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ linear: UInt64) -> HostAddress? {
    let entry = TLB.entry(Core(cpu).scratch.pointee.tlb, for: linear)
    let last = linear &+ (L.size &- 1)
    guard _fastPath(entry.load(fromByteOffset: TLB.readTag, as: UInt64.self) == last & ~4095) else { return nil }
    // SAFETY: the tag matched, so all bytes are within one page of RAM or ROM that this entry maps.
    return HostAddress(entry, linear)
}

/// Host address of `L` at `linear` where a write hits (and so does a read), else nil.
@inline(__always) func writable<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ linear: UInt64) -> HostAddress? {
    let entry = TLB.entry(Core(cpu).scratch.pointee.tlb, for: linear)
    let last = linear &+ (L.size &- 1)
    guard _fastPath(entry.load(fromByteOffset: TLB.writeTag, as: UInt64.self) == last & ~4095) else { return nil }
    // SAFETY: as above; write tags are only set for RAM.
    return HostAddress(entry, linear)
}

/// How a memory operand's linear address comes about.
protocol AddressForm {
    /// `impossibleLinear` where the segment check fails.
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64
}

/// An address that no TLB entry matches: it is canonical in no mode.
@inline(__always) var impossibleLinear: UInt64 { 0x7FFF_FFFF_FFFF_F000 }

@inline(__always) private func register32(_ cpu: Pointer, _ offset: UInt8) -> UInt32 {
    cpu.load(fromByteOffset: Int(offset), as: UInt32.self)
}

@inline(__always) private func fullOffset(_ cpu: Pointer, _ this: Pointer) -> UInt32 {
    register32(cpu, Record.base(this)) &+ (register32(cpu, Record.indexRegister(this)) &* UInt32(Record.scale(this)))
        &+ Record.displacement(this)
}

/// Base and displacement in a flat segment.
enum FlatBase: AddressForm {
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64 {
        UInt64(register32(cpu, Record.base(this)) &+ Record.displacement(this))
    }
}

/// Base, scaled index and displacement in a flat segment.
enum FlatIndex: AddressForm {
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64 {
        UInt64(fullOffset(cpu, this))
    }
}

/// Any 32-bit offset in a segment with base and limit.
enum Segmented32: AddressForm {
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64 {
        segmented(L.self, cpu, Record.segment(this), UInt64(fullOffset(cpu, this)), write: write)
    }
}

/// Any 16-bit offset.
enum Segmented16: AddressForm {
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64 {
        segmented(L.self, cpu, Record.segment(this), UInt64(fullOffset(cpu, this) & 0xFFFF), write: write)
    }
}

/// A 16-bit offset alone, for LEA.
enum Offset16: AddressForm {
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64 {
        UInt64(fullOffset(cpu, this) & 0xFFFF)
    }
}

@inline(__always) private func register64(_ cpu: Pointer, _ offset: UInt8) -> UInt64 {
    cpu.load(fromByteOffset: Int(offset), as: UInt64.self)
}

@inline(__always) private func wideDisplacement(_ this: Pointer) -> UInt64 {
    UInt64(bitPattern: Int64(Int32(bitPattern: Record.displacement(this))))
}

/// Base (RIP among them) and displacement in 64-bit code. What is not canonical is in no TLB entry.
enum WideBase: AddressForm {
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64 {
        register64(cpu, Record.base(this)) &+ wideDisplacement(this)
    }
}

/// Base, scaled index and displacement in 64-bit code.
enum WideIndex: AddressForm {
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64 {
        register64(cpu, Record.base(this)) &+ register64(cpu, Record.indexRegister(this)) &* UInt64(Record.scale(this))
            &+ wideDisplacement(this)
    }
}

/// The same behind the base of FS or GS.
enum WideThread: AddressForm {
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ this: Pointer, write: Bool) -> UInt64 {
        cpu.load(fromByteOffset: CoreLayout.segments &+ 8 &+ Record.segment(this), as: UInt64.self)
            &+ WideIndex.linear(L.self, cpu, this, write: write)
    }
}

/// `segment` is the register's number times 16.
@inline(__always)
func segmented<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ segment: Int, _ offset: UInt64, write: Bool) -> UInt64 {
    let ends = cpu + (VM.engineArea &+ segment &+ (write ? 8 : 0))
    let base = cpu.load(fromByteOffset: CoreLayout.segments &+ 8 &+ segment, as: UInt64.self)
    let linear = (base &+ offset) & 0xFFFF_FFFF
    return _fastPath(offset &+ L.size <= ends.load(as: UInt64.self)) ? linear : impossibleLinear
}

/// How the stack is addressed.
protocol StackForm {
    static func pointer(_ cpu: Pointer) -> UInt64
    static func wrapped(_ pointer: UInt64) -> UInt64
    static func setPointer(_ cpu: Pointer, _ pointer: UInt64)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ pointer: UInt64, write: Bool) -> UInt64
}

/// ESP in a flat SS.
enum FlatStack: StackForm {
    @inline(__always) static func pointer(_ cpu: Pointer) -> UInt64 { cpu.load(fromByteOffset: 32, as: UInt64.self) }
    @inline(__always) static func wrapped(_ pointer: UInt64) -> UInt64 { pointer & 0xFFFF_FFFF }
    @inline(__always) static func setPointer(_ cpu: Pointer, _ pointer: UInt64) {
        cpu.storeBytes(of: pointer, toByteOffset: 32, as: UInt64.self)
    }
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ pointer: UInt64, write: Bool) -> UInt64 { pointer }
}

/// RSP.
enum Stack64: StackForm {
    @inline(__always) static func pointer(_ cpu: Pointer) -> UInt64 { cpu.load(fromByteOffset: 32, as: UInt64.self) }
    @inline(__always) static func wrapped(_ pointer: UInt64) -> UInt64 { pointer }
    @inline(__always) static func setPointer(_ cpu: Pointer, _ pointer: UInt64) {
        cpu.storeBytes(of: pointer, toByteOffset: 32, as: UInt64.self)
    }
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ pointer: UInt64, write: Bool) -> UInt64 { pointer }
}

/// SP in any SS.
enum Stack16: StackForm {
    @inline(__always) static func pointer(_ cpu: Pointer) -> UInt64 {
        UInt64(cpu.load(fromByteOffset: 32, as: UInt16.self))
    }
    @inline(__always) static func wrapped(_ pointer: UInt64) -> UInt64 { pointer & 0xFFFF }
    @inline(__always) static func setPointer(_ cpu: Pointer, _ pointer: UInt64) {
        cpu.storeBytes(of: UInt16(truncatingIfNeeded: pointer), toByteOffset: 32, as: UInt16.self)
    }
    @inline(__always)
    static func linear<L: Lane>(_ type: L.Type, _ cpu: Pointer, _ pointer: UInt64, write: Bool) -> UInt64 {
        segmented(L.self, cpu, 32, pointer, write: write)
    }
}
