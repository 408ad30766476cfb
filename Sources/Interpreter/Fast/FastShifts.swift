import Machine

/// SHL, SHR, SAR, ROL, ROR of a register. `count` is 1-31, already masked; the general handlers do the rest.
protocol ShiftOperation {
    static func compute<L: Lane>(_ a: L, _ count: L, _ flags: inout (UInt, UInt)) -> L
}

@inline(__always) private func shifted<L: Lane>(_ result: L, carry: Bool, overflow: Bool) -> (UInt, UInt) {
    (L.flagResult(result), (carry ? 0x8000_0000 : 0) | (carry != overflow ? 0x4000_0000 : 0))
}

@inline(__always) private func turned(_ old: (UInt, UInt), carry: Bool, overflow: Bool) -> (UInt, UInt) {
    (old.0, old.1 & ~0xC000_0000 | (carry ? 0x8000_0000 : 0) | (carry != overflow ? 0x4000_0000 : 0))
}

enum Shl: ShiftOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ count: L, _ flags: inout (UInt, UInt)) -> L {
        let wide = UInt64(truncatingIfNeeded: a) &<< UInt64(truncatingIfNeeded: count)
        let result = L(truncatingIfNeeded: wide)
        let carry =
            L.size == 8
            ? a &>> (0 &- count) & 1 != 0 : wide & (UInt64(truncatingIfNeeded: L.signBit) &<< 1) != 0
        flags = shifted(result, carry: carry, overflow: carry != (result & L.signBit != 0))
        return result
    }
}

enum Shr: ShiftOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ count: L, _ flags: inout (UInt, UInt)) -> L {
        let wide = UInt64(truncatingIfNeeded: a)
        let carry = (wide &>> (UInt64(truncatingIfNeeded: count) &- 1)) & 1 != 0
        let result = L(truncatingIfNeeded: wide &>> UInt64(truncatingIfNeeded: count))
        flags = shifted(result, carry: carry, overflow: a & L.signBit != 0)
        return result
    }
}

enum Sar: ShiftOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ count: L, _ flags: inout (UInt, UInt)) -> L {
        let wide = Int64(L.signed(a))
        let carry = (wide &>> (Int64(truncatingIfNeeded: count) &- 1)) & 1 != 0
        let result = L(truncatingIfNeeded: wide &>> Int64(truncatingIfNeeded: count))
        flags = shifted(result, carry: carry, overflow: false)
        return result
    }
}

enum Rol: ShiftOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ count: L, _ flags: inout (UInt, UInt)) -> L {
        let result = a &<< count | a &>> (0 &- count)
        let carry = result & 1 != 0
        flags = turned(flags, carry: carry, overflow: carry != (result & L.signBit != 0))
        return result
    }
}

enum Ror: ShiftOperation {
    @inline(__always) static func compute<L: Lane>(_ a: L, _ count: L, _ flags: inout (UInt, UInt)) -> L {
        let result = a &>> count | a &<< (0 &- count)
        let carry = result & L.signBit != 0
        flags = turned(flags, carry: carry, overflow: carry != (result & (L.signBit &>> 1) != 0))
        return result
    }
}

/// By a count in the instruction that is not zero.
@inline(__always)
func shiftImmediate<O: ShiftOperation, L: Lane>(
    _ operation: O.Type, _ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    var flags = (result, carries)
    let value = O.compute(
        L.get(cpu, Record.destination(this)), Record.immediate(this, as: L.self), &flags)
    L.set(cpu, Record.destination(this), value)
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

/// By CL.
@inline(__always)
func shiftCL<O: ShiftOperation, L: Lane>(
    _ operation: O.Type, _ lane: L.Type, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt
) {
    let count = cpu.load(fromByteOffset: 8, as: UInt8.self) & (L.size == 8 ? 63 : 31)
    var flags = (result, carries)
    if count != 0 {
        let value = O.compute(L.get(cpu, Record.destination(this)), L(truncatingIfNeeded: count), &flags)
        L.set(cpu, Record.destination(this), value)
    } else if L.size == 4 {
        // The upper half is cleared all the same.
        L.set(cpu, Record.destination(this), L.get(cpu, Record.destination(this)))
    }
    return chain(cpu, this + Record.size, flags.0, flags.1)
}

/// SHLD or SHRD of 32-bit registers by a count in the instruction, 1-31.
@inline(__always)
func doubleShift(left: Bool, _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    let a = UInt32.get(cpu, Record.destination(this)), b = UInt32.get(cpu, Record.source(this))
    let count = UInt64(Record.displacement(this))
    let value: UInt32, carry: Bool
    if left {
        let pattern = UInt64(a) &<< 32 | UInt64(b)
        value = UInt32(truncatingIfNeeded: pattern &>> (32 &- count))
        carry = (pattern &>> (64 &- count)) & 1 != 0
    } else {
        let pattern = UInt64(b) &<< 32 | UInt64(a)
        value = UInt32(truncatingIfNeeded: pattern &>> count)
        carry = (pattern &>> (count &- 1)) & 1 != 0
    }
    UInt32.set(cpu, Record.destination(this), value)
    let flags = shifted(value, carry: carry, overflow: (value ^ a) & 0x8000_0000 != 0)
    return chain(cpu, this + Record.size, flags.0, flags.1)
}
