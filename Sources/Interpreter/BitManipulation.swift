import Machine
import X86ISA

/// CMOV, counts, BMI1, BMI2, ADX, CRC32, MOVBE (SDM 2A to 2C).
extension Core {
    @inline(__always) private func width(_ size: UInt8) -> UInt64 { UInt64(size) &* 8 }

    @inline(__always) private func set(_ i: UnsafePointer<Instruction>, _ value: UInt64) {
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, value)
    }

    /// The source is read whatever the condition says; a 32-bit destination loses its upper half in any case.
    func cmovcc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let source = try value(i, i.pointee.operand1), destination = i.pointee.operand0
        set(i, condition(i.pointee.condition) ? source : register(destination.number, destination.size))
    }

    func movbe(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let source = try value(i, i.pointee.operand1), destination = i.pointee.operand0
        let place = try destinationLinear(i, destination)
        store(destination, linear: place, source.byteSwapped >> (64 - width(destination.size)))
    }

    // MARK: Counts

    func popcnt(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let source = try value(i, i.pointee.operand1)
        set(i, UInt64(source.nonzeroBitCount))
        setStatusFlags(source == 0 ? Flags.zero : 0)
    }

    func lzcnt(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand1.size
        try count(i) { UInt64($0.leadingZeroBitCount) &- (64 - width(size)) }
    }

    func tzcnt(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand1.size
        try count(i) { min(UInt64($0.trailingZeroBitCount), width(size)) }
    }

    /// CF for a source of zero, ZF for a result of zero; the others are undefined and stay.
    @inline(__always)
    private func count(_ i: UnsafePointer<Instruction>, _ body: (UInt64) -> UInt64) throws(Exception) {
        let source = try value(i, i.pointee.operand1), result = body(source)
        set(i, result)
        let kept = statusFlags & ~(Flags.carry | Flags.zero)
        setStatusFlags(kept | (source == 0 ? Flags.carry : 0) | (result == 0 ? Flags.zero : 0))
    }

    // MARK: BMI1

    func andn(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size
        let first = try value(i, i.pointee.operand1), second = try value(i, i.pointee.operand2)
        let result = ~first & second & mask(size)
        set(i, result)
        setFlags(result, size, carry: false, overflow: false, adjust: false)
    }

    func bextr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size
        let source = try value(i, i.pointee.operand1), control = try value(i, i.pointee.operand2)
        let start = control & 0xFF, length = control >> 8 & 0xFF
        let moved = start < 64 ? source >> start : 0
        let result = length < 64 ? moved & ((1 << length) - 1) : moved
        set(i, result)
        // SF AF PF are undefined.
        setFlags(result, size, carry: false, overflow: false, adjust: false)
    }

    /// CF by the source, ZF and SF by the result, OF clear.
    @inline(__always)
    private func lowest(
        _ i: UnsafePointer<Instruction>, carry: (UInt64) -> Bool, _ body: (UInt64) -> UInt64
    ) throws(Exception) {
        let size = i.pointee.operand0.size, source = try value(i, i.pointee.operand1)
        let result = body(source) & mask(size)
        set(i, result)
        setFlags(result, size, carry: carry(source), overflow: false, adjust: false)
    }

    func blsi(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try lowest(i, carry: { $0 != 0 }) { (0 &- $0) & $0 }
    }
    func blsmsk(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try lowest(i, carry: { $0 == 0 }) { ($0 &- 1) ^ $0 }
    }
    func blsr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try lowest(i, carry: { $0 == 0 }) { ($0 &- 1) & $0 }
    }

    // MARK: BMI2

    func bzhi(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size, source = try value(i, i.pointee.operand1)
        let index = try value(i, i.pointee.operand2) & 0xFF
        let result = index < width(size) ? source & ((1 << index) - 1) : source
        set(i, result)
        setFlags(result, size, carry: index >= width(size), overflow: false, adjust: false)
    }

    func pdep(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let source = try value(i, i.pointee.operand1)
        var left = try value(i, i.pointee.operand2), bits = source, result: UInt64 = 0
        while left != 0 {
            let lowest = left & (0 &- left)
            if bits & 1 != 0 { result |= lowest }
            bits >>= 1
            left ^= lowest
        }
        set(i, result)
    }

    func pext(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let source = try value(i, i.pointee.operand1)
        var left = try value(i, i.pointee.operand2), result: UInt64 = 0, place: UInt64 = 0
        while left != 0 {
            let lowest = left & (0 &- left)
            if source & lowest != 0 { result |= 1 << place }
            place += 1
            left ^= lowest
        }
        set(i, result)
    }

    /// No flags: the high half goes to the first operand, which wins where both are one register.
    func mulx(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size
        let factor = try value(i, i.pointee.operand2), other = register(2, size)
        let low: UInt64, high: UInt64
        if size == 8 {
            (high, low) = other.multipliedFullWidth(by: factor)
        } else {
            low = other &* factor
            high = low >> 32
        }
        setRegister(i.pointee.operand1.number, size, low)
        set(i, high)
    }

    func rorx(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size, bits = width(size), source = try value(i, i.pointee.operand1)
        let count = i.pointee.immediate & (bits - 1)
        set(i, count == 0 ? source : (source >> count | source << (bits - count)) & mask(size))
    }

    @inline(__always)
    private func shift(
        _ i: UnsafePointer<Instruction>, _ body: (UInt64, UInt64, UInt8) -> UInt64
    ) throws(Exception) {
        let size = i.pointee.operand0.size, source = try value(i, i.pointee.operand1)
        let count = try value(i, i.pointee.operand2) & (width(size) - 1)
        set(i, body(source, count, size) & mask(size))
    }

    func shlx(_ i: UnsafePointer<Instruction>) throws(Exception) { try shift(i) { a, n, _ in a << n } }
    func shrx(_ i: UnsafePointer<Instruction>) throws(Exception) { try shift(i) { a, n, _ in a >> n } }
    func sarx(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try shift(i) { a, n, size in UInt64(bitPattern: Int64(bitPattern: signExtend(a, size)) >> Int64(n)) }
    }

    // MARK: ADX and CRC32

    func adcx(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let (result, carry) = try sumWithCarry(i, self.carry)
        set(i, result)
        setStatusFlags(statusFlags & ~Flags.carry | (carry ? Flags.carry : 0))
    }

    func adox(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let (result, carry) = try sumWithCarry(i, overflow)
        set(i, result)
        setStatusFlags(statusFlags & ~Flags.overflow | (carry ? Flags.overflow : 0))
    }

    private func sumWithCarry(_ i: UnsafePointer<Instruction>, _ carry: Bool) throws(Exception) -> (UInt64, Bool) {
        let size = i.pointee.operand0.size
        let sum =
            UInt128(register(i.pointee.operand0.number, size)) + UInt128(try value(i, i.pointee.operand1))
            + (carry ? 1 : 0)
        return (UInt64(truncatingIfNeeded: sum) & mask(size), sum >> UInt128(width(size)) != 0)
    }

    /// CRC-32C, polynomial 11EDC6F41h, bits reflected.
    func crc32(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand1.size
        var source = try value(i, i.pointee.operand1), sum = register32(i.pointee.operand0.number)
        for _ in 0..<size {
            sum ^= UInt32(source & 0xFF)
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 != 0 ? 0x82F6_3B78 : 0) }
            source >>= 8
        }
        set(i, UInt64(sum))
    }

    // MARK: CMPXCHG16B

    func cmpxchg16b(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let offset = effectiveAddress(i)
        // Before any page is looked for.
        let start =
            offset
            &+ (i.pointee.segment == .fs || i.pointee.segment == .gs ? segment(i.pointee.segment).pointee.base : 0)
        guard start & 15 == 0 else {
            throw generalProtection(0, .misaligned(linear: start, alignment: 16))
        }
        let place = try linear(i.pointee.segment, offset, 16, write: true)
        let low = readLinear(place, as: UInt64.self), high = readLinear(place &+ 8, as: UInt64.self)
        let equal = low == register64(0) && high == register64(2)
        writeLinear(place, equal ? register64(3) : low)
        writeLinear(place &+ 8, equal ? register64(1) : high)
        if !equal {
            setRegister64(0, low)
            setRegister64(2, high)
        }
        setStatusFlags(equal ? statusFlags | Flags.zero : statusFlags & ~Flags.zero)
    }
}
