import Machine
import X86ISA

/// Shifts, rotates, bit tests and scans (SDM 2B). Counts are taken modulo 32, of 64-bit operands modulo 64.
extension Core {
    @inline(__always)
    private func counted(
        _ i: UnsafePointer<Instruction>, _ body: (Core, UInt64, UInt64, UInt8) -> UInt64
    ) throws(Exception) {
        let destination = i.pointee.operand0
        let count = try value(i, i.pointee.operand1) & (destination.size == 8 ? 63 : 31)
        let place = try destinationLinear(i, destination)
        let old = load(destination, linear: place)
        if _slowPath(interpreter.features.generation == .i8086) {
            // An 8086 shifts by all of CL.
            var result = old, left = try value(i, i.pointee.operand1) & 0xFF
            while left != 0 {
                let count = min(left, 31)
                result = body(self, result, count, destination.size)
                left -= count
            }
            return store(destination, linear: place, result)
        }
        store(destination, linear: place, count == 0 ? old : body(self, old, count, destination.size))
    }

    func shl(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try counted(i) { core, a, count, size in
            let width = UInt64(size) * 8
            let result = a << count & mask(size)
            let carry = count <= width && a >> (width - count) & 1 != 0
            core.setFlags(
                result, size, carry: carry, overflow: carry != (result & signBit(size) != 0), adjust: false)
            return result
        }
    }

    func shr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try counted(i) { core, a, count, size in
            let result = a >> count
            core.setFlags(
                result, size, carry: a >> (count - 1) & 1 != 0, overflow: a & signBit(size) != 0, adjust: false)
            return result
        }
    }

    func sar(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try counted(i) { core, a, count, size in
            let extended = Int64(bitPattern: signExtend(a, size))
            let result = UInt64(bitPattern: extended >> Int64(count)) & mask(size)
            core.setFlags(
                result, size, carry: extended >> Int64(count - 1) & 1 != 0, overflow: false, adjust: false)
            return result
        }
    }

    func rol(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try counted(i) { core, a, count, size in
            let width = UInt64(size) * 8, turn = count % width
            let result = turn == 0 ? a : (a << turn | a >> (width - turn)) & mask(size)
            let carry = result & 1 != 0
            core.setCarry(carry, overflow: carry != (result & signBit(size) != 0))
            return result
        }
    }

    func ror(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try counted(i) { core, a, count, size in
            let width = UInt64(size) * 8, turn = count % width
            let result = turn == 0 ? a : (a >> turn | a << (width - turn)) & mask(size)
            let top = result & signBit(size) != 0, second = result & (signBit(size) >> 1) != 0
            core.setCarry(top, overflow: top != second)
            return result
        }
    }

    func rcl(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try counted(i) { core, a, count, size in
            let width = UInt64(size) * 8, turn = count % (width + 1)
            guard turn != 0 else {
                core.setCarry(core.carry, overflow: core.carry != (a & signBit(size) != 0))
                return a
            }
            // The carry is bit `width` of a register one bit wider.
            let wide = UInt128(a) | (core.carry ? UInt128(1) << UInt128(width) : 0)
            let turned = wide << UInt128(turn) | wide >> UInt128(width + 1 - turn)
            let result = UInt64(truncatingIfNeeded: turned) & mask(size)
            let carry = turned >> UInt128(width) & 1 != 0
            core.setCarry(carry, overflow: carry != (result & signBit(size) != 0))
            return result
        }
    }

    func rcr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try counted(i) { core, a, count, size in
            let width = UInt64(size) * 8, turn = count % (width + 1)
            let wide = UInt128(a) | (core.carry ? UInt128(1) << UInt128(width) : 0)
            let turned = turn == 0 ? wide : wide >> UInt128(turn) | wide << UInt128(width + 1 - turn)
            let result = UInt64(truncatingIfNeeded: turned) & mask(size)
            let carry = turned >> UInt128(width) & 1 != 0
            core.setCarry(
                carry, overflow: (result & signBit(size) != 0) != (result & (signBit(size) >> 1) != 0))
            return result
        }
    }

    func shld(_ i: UnsafePointer<Instruction>) throws(Exception) { try double(i, left: true) }
    func shrd(_ i: UnsafePointer<Instruction>) throws(Exception) { try double(i, left: false) }

    private func double(_ i: UnsafePointer<Instruction>, left: Bool) throws(Exception) {
        let destination = i.pointee.operand0, size = destination.size
        let count = try value(i, i.pointee.operand2) & (size == 8 ? 63 : 31)
        let place = try destinationLinear(i, destination)
        let old = load(destination, linear: place), other = register(i.pointee.operand1.number, size)
        guard count != 0 else { return store(destination, linear: place, old) }
        let width = UInt64(size) * 8
        let result: UInt64, carry: Bool
        guard size < 8 else {
            result = left ? old << count | other >> (64 - count) : old >> count | other << (64 - count)
            carry = (left ? old >> (64 - count) : old >> (count - 1)) & 1 != 0
            store(destination, linear: place, result)
            return setFlags(
                result, size, carry: carry, overflow: (result ^ old) & signBit(size) != 0, adjust: false)
        }
        // Counts above 16 with 16-bit operands are undefined; the bits go on with the destination, as on Intel's.
        if left {
            let pattern = size == 2 ? old << 32 | other << 16 | old : old << 32 | other
            let bits = size == 2 ? 48 : 64
            result = (count == 0 ? old : (pattern >> (UInt64(bits) - width - count))) & mask(size)
            carry = pattern >> (UInt64(bits) - count) & 1 != 0
        } else {
            let pattern = size == 2 ? old << 32 | other << 16 | old : other << 32 | old
            result = pattern >> count & mask(size)
            carry = pattern >> (count - 1) & 1 != 0
        }
        store(destination, linear: place, result)
        setFlags(
            result, size, carry: carry, overflow: (result ^ old) & signBit(size) != 0, adjust: false)
    }

    // MARK: Bits

    @inline(__always)
    private func bit(_ i: UnsafePointer<Instruction>, _ change: ((UInt64, UInt64) -> UInt64)?) throws(Exception) {
        let destination = i.pointee.operand0, size = destination.size, width = UInt64(size) * 8
        let index = try value(i, i.pointee.operand1)
        let bit = UInt64(1) << (index & (width - 1))
        guard destination.kind == .memory else {
            let old = register(destination.number, size)
            if let change { setRegister(destination.number, size, change(old, bit)) }
            return setCarry(old & bit != 0)
        }
        var offset = effectiveAddress(i)
        if i.pointee.operand1.kind == .register {
            // A register index reaches beyond the operand, signed (SDM 2A 3.1.1.9).
            let units = Int64(bitPattern: signExtend(index, size)) >> (size == 2 ? 4 : size == 4 ? 5 : 6)
            offset = offset &+ UInt64(bitPattern: units &* Int64(size))
            offset &= mask(i.pointee.addressSize)
        }
        let place = try linear(i.pointee.segment, offset, UInt64(size), write: change != nil)
        let old = readLinear(place, size)
        if let change { writeLinear(place, size, change(old, bit)) }
        setCarry(old & bit != 0)
    }

    func bt(_ i: UnsafePointer<Instruction>) throws(Exception) { try bit(i, nil) }
    func bts(_ i: UnsafePointer<Instruction>) throws(Exception) { try bit(i) { $0 | $1 } }
    func btr(_ i: UnsafePointer<Instruction>) throws(Exception) { try bit(i) { $0 & ~$1 } }
    func btc(_ i: UnsafePointer<Instruction>) throws(Exception) { try bit(i) { $0 ^ $1 } }

    func bsf(_ i: UnsafePointer<Instruction>) throws(Exception) { try scan(i) { UInt64($0.trailingZeroBitCount) } }
    func bsr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try scan(i) { 63 - UInt64($0.leadingZeroBitCount) }
    }

    /// A zero source sets ZF and leaves the destination, as all of Intel's and AMD's CPUs do.
    @inline(__always)
    private func scan(_ i: UnsafePointer<Instruction>, _ find: (UInt64) -> UInt64) throws(Exception) {
        let source = try value(i, i.pointee.operand1)
        if source != 0 { setRegister(i.pointee.operand0.number, i.pointee.operand0.size, find(source)) }
        setStatusFlags(source == 0 ? statusFlags | Flags.zero : statusFlags & ~Flags.zero)
    }

    func setcc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let place = try destinationLinear(i, i.pointee.operand0)
        store(i.pointee.operand0, linear: place, condition(i.pointee.condition) ? 1 : 0)
    }
}
