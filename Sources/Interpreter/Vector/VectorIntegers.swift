import Machine
import X86ISA

/// Shapes of the integer operations of MMX, SSE and AVX. `L` is the element.
extension Core {
    /// Elements of one source and the other.
    @inline(__always)
    func lanes<L: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type, _ body: (L, L) -> L
    ) throws(Exception) {
        var (a, b) = try sources(i)
        for index in 0..<Int(i.pointee.operand0.size) / MemoryLayout<L>.size {
            a.set(index, body(a.lane(index), b.lane(index)))
        }
        setVector(i, i.pointee.operand0, a)
    }

    /// Elements of the last source alone.
    @inline(__always)
    func laneMap<L: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type, _ body: (L) -> L
    ) throws(Exception) {
        var a = try begin(i, i.pointee.operand1)
        for index in 0..<Int(i.pointee.operand0.size) / MemoryLayout<L>.size { a.set(index, body(a.lane(index))) }
        setVector(i, i.pointee.operand0, a)
    }

    /// 16 bytes of one source and of the other (MMX: 8), which is the second parameter of `body`; the third is how many.
    @inline(__always)
    func blocks(
        _ i: UnsafePointer<Instruction>, _ body: (VectorBlock, VectorBlock, Int) -> VectorBlock
    ) throws(Exception) {
        let (a, b) = try sources(i)
        let size = Int(i.pointee.operand0.size)
        var result = VectorValue(low: body(a.low, b.low, min(size, 16)))
        if size == 32 { result.high = body(a.high, b.high, 16) }
        setVector(i, i.pointee.operand0, result)
    }

    /// The same of the last source alone.
    @inline(__always)
    func blockMap(
        _ i: UnsafePointer<Instruction>, _ body: (VectorBlock, Int) -> VectorBlock
    ) throws(Exception) {
        let a = try begin(i, i.pointee.operand1)
        let size = Int(i.pointee.operand0.size)
        var result = VectorValue(low: body(a.low, min(size, 16)))
        if size == 32 { result.high = body(a.high, 16) }
        setVector(i, i.pointee.operand0, result)
    }

    // MARK: Shifts

    /// By the low 64 bits of the last source, or by an immediate; `body` gets a count of 255 at most.
    @inline(__always)
    func shiftLanes<L: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type, _ body: (L, L) -> L
    ) throws(Exception) {
        var a: VectorValue
        let count: UInt64
        let last = i.pointee.vectorLength == 0 ? i.pointee.operand1 : i.pointee.operand2
        if last.kind == .immediate {
            a = try begin(i, i.pointee.vectorLength == 0 ? i.pointee.operand0 : i.pointee.operand1)
            count = i.pointee.immediate & 0xFF
        } else {
            let (first, second) = try sources(i)
            a = first
            count = second.low.words[0]
        }
        // Signed elements are filled with their sign from the last bit on.
        let bits = UInt64(L.bitWidth)
        let used = L(truncatingIfNeeded: min(count, L.isSigned ? bits - 1 : bits))
        let isOut = !L.isSigned && count >= bits
        for index in 0..<Int(i.pointee.operand0.size) / MemoryLayout<L>.size {
            a.set(index, isOut ? 0 : body(a.lane(index), used))
        }
        setVector(i, i.pointee.operand0, a)
    }

    /// PSLLDQ where `left`, else PSRLDQ.
    func shiftBytes(_ i: UnsafePointer<Instruction>, left: Bool) throws(Exception) {
        let a = try begin(i, i.pointee.vectorLength == 0 ? i.pointee.operand0 : i.pointee.operand1)
        let count = Int(min(i.pointee.immediate & 0xFF, 16))
        func shifted(_ block: VectorBlock) -> VectorBlock {
            var result = VectorBlock()
            for index in 0..<16 - count {
                if left {
                    result.set(index + count, block.lane(index, as: UInt8.self))
                } else {
                    result.set(index, block.lane(index + count, as: UInt8.self))
                }
            }
            return result
        }
        setVector(i, i.pointee.operand0, VectorValue(low: shifted(a.low), high: shifted(a.high)))
    }

    // MARK: Packing, interleaving, shuffling

    /// PACKxx: signed elements of both sources, saturated to the narrower `To`.
    @inline(__always)
    func pack<From: FixedWidthInteger & SignedInteger, To: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ from: From.Type, _ to: To.Type
    ) throws(Exception) {
        try blocks(i) { a, b, size in
            var result = VectorBlock()
            let count = size / MemoryLayout<From>.size
            for index in 0..<count {
                result.set(index, To(clamping: a.lane(index, as: From.self)))
                result.set(index + count, To(clamping: b.lane(index, as: From.self)))
            }
            return result
        }
    }

    /// PUNPCKxx, UNPCKxx: the lower or upper halves, element by element in turn.
    @inline(__always)
    func unpack<L: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type, high: Bool
    ) throws(Exception) {
        try blocks(i) { a, b, size in
            var result = VectorBlock()
            let count = size / MemoryLayout<L>.size / 2, first = high ? count : 0
            for index in 0..<count {
                result.set(2 * index, a.lane(first + index, as: L.self))
                result.set(2 * index + 1, b.lane(first + index, as: L.self))
            }
            return result
        }
    }

    /// PSHUFW, PSHUFD: four elements by two bits of the immediate each.
    @inline(__always)
    func shuffleLanes<L: FixedWidthInteger>(_ i: UnsafePointer<Instruction>, _ type: L.Type) throws(Exception) {
        let order = Int(i.pointee.immediate & 0xFF)
        try blockMap(i) { a, _ in
            var result = VectorBlock()
            for index in 0..<4 { result.set(index, a.lane(order >> (2 * index) & 3, as: L.self)) }
            return result
        }
    }

    /// PSHUFLW from word 0 on, PSHUFHW from word 4 on.
    func shuffleWords(_ i: UnsafePointer<Instruction>, from first: Int) throws(Exception) {
        let order = Int(i.pointee.immediate & 0xFF)
        try blockMap(i) { a, _ in
            var result = a
            for index in 0..<4 {
                result.set(first + index, a.lane(first + order >> (2 * index) & 3, as: UInt16.self))
            }
            return result
        }
    }

    func shufps(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let order = Int(i.pointee.immediate & 0xFF)
        try blocks(i) { a, b, _ in
            var result = VectorBlock()
            for index in 0..<4 {
                let from = order >> (2 * index) & 3
                result.set(index, index < 2 ? a.lane(from, as: UInt32.self) : b.lane(from, as: UInt32.self))
            }
            return result
        }
    }

    /// The upper block of a YMM register goes by bits 2 and 3.
    func shufpd(_ i: UnsafePointer<Instruction>) throws(Exception) {
        var (a, b) = try sources(i)
        let order = Int(i.pointee.immediate)
        let low = VectorBlock(a.low.words[order & 1], b.low.words[order >> 1 & 1])
        let high = VectorBlock(a.high.words[order >> 2 & 1], b.high.words[order >> 3 & 1])
        (a.low, a.high) = (low, high)
        setVector(i, i.pointee.operand0, a)
    }

    /// PSHUFB: a byte each by the low bits of the second source's; bit 7 gives zero.
    func pshufb(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try blocks(i) { a, b, size in
            var result = VectorBlock()
            for index in 0..<size {
                let from = b.lane(index, as: UInt8.self)
                if from & 0x80 == 0 { result.set(index, a.lane(Int(from) & (size - 1), as: UInt8.self)) }
            }
            return result
        }
    }

    /// PALIGNR: the second source below the first one, shifted right by bytes.
    func palignr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let shift = Int(i.pointee.immediate & 0xFF)
        try blocks(i) { a, b, size in
            var result = VectorBlock()
            for index in 0..<size {
                let from = index + shift
                if from < size {
                    result.set(index, b.lane(from, as: UInt8.self))
                } else if from < 2 * size {
                    result.set(index, a.lane(from - size, as: UInt8.self))
                }
            }
            return result
        }
    }

    // MARK: Products and sums

    /// PHADDxx, PHSUBxx: neighbours of the first source, then those of the second.
    @inline(__always)
    func horizontal<L: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type, _ body: (L, L) -> L
    ) throws(Exception) {
        try blocks(i) { a, b, size in
            var result = VectorBlock()
            let count = size / MemoryLayout<L>.size / 2
            for index in 0..<count {
                result.set(index, body(a.lane(2 * index), a.lane(2 * index + 1)))
                result.set(index + count, body(b.lane(2 * index), b.lane(2 * index + 1)))
            }
            return result
        }
    }

    /// PMADDWD: two products of words, which 32 bits hold but for 4 * 2^30, which wraps.
    func pmaddwd(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try lanes(i, UInt32.self) { a, b in
            func product(_ shift: UInt32) -> Int32 {
                Int32(Int16(truncatingIfNeeded: a >> shift)) &* Int32(Int16(truncatingIfNeeded: b >> shift))
            }
            return UInt32(bitPattern: product(0) &+ product(16))
        }
    }

    /// PMADDUBSW: unsigned bytes of the first source, signed ones of the second.
    func pmaddubsw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try lanes(i, UInt16.self) { a, b in
            let low = Int(a & 0xFF) * Int(Int8(truncatingIfNeeded: b))
            let high = Int(a >> 8) * Int(Int8(truncatingIfNeeded: b >> 8))
            return UInt16(bitPattern: Int16(clamping: low + high))
        }
    }

    /// PSADBW: the differences of eight bytes.
    func psadbw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try lanes(i, UInt64.self) { a, b in
            var sum: UInt64 = 0
            for index in 0..<UInt64(8) {
                let x = Int(a >> (index * 8) & 0xFF), y = Int(b >> (index * 8) & 0xFF)
                sum += UInt64((x - y).magnitude)
            }
            return sum
        }
    }

    // MARK: Masks and single elements

    /// MOVMSKPS, MOVMSKPD, PMOVMSKB: the elements' uppermost bits.
    @inline(__always)
    func signMask<L: FixedWidthInteger & UnsignedInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type
    ) throws(Exception) {
        let a = try begin(i, i.pointee.operand1)
        var result: UInt64 = 0
        for index in 0..<Int(i.pointee.operand1.size) / MemoryLayout<L>.size {
            result |= UInt64(a.lane(index, as: L.self) >> L(L.bitWidth - 1)) << UInt64(index)
        }
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, result)
    }

    /// PEXTRx, EXTRACTPS: to a general register, which is filled up with zeros, or memory.
    @inline(__always)
    func extract<L: FixedWidthInteger & UnsignedInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type
    ) throws(Exception) {
        let isMMX = i.pointee.operand1.kind == .mmxRegister
        if isMMX { try checkMMX() } else { try checkVector(i) }
        let place = try destinationLinear(i, i.pointee.operand0)
        if isMMX { enterMMX() }
        let a = try vector(i, i.pointee.operand1)
        let count = Int(i.pointee.operand1.size) / MemoryLayout<L>.size
        store(i.pointee.operand0, linear: place, UInt64(a.lane(Int(i.pointee.immediate) & (count - 1), as: L.self)))
    }

    /// PINSRx: from a general register or memory.
    @inline(__always)
    func insert<L: FixedWidthInteger & UnsignedInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type
    ) throws(Exception) {
        var (a, b) = try sources(i)
        let count = Int(i.pointee.operand0.size) / MemoryLayout<L>.size
        a.set(Int(i.pointee.immediate) & (count - 1), L(truncatingIfNeeded: b.low.words[0]))
        setVector(i, i.pointee.operand0, a)
    }

    /// MASKMOVQ, MASKMOVDQU: the bytes whose mask has bit 7 go to DS:[rDI]. Where no byte is meant, nothing is checked.
    func maskedMove(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let isMMX = i.pointee.operand0.kind == .mmxRegister
        if isMMX { try checkMMX() } else { try checkVector(i) }
        let size = Int(i.pointee.operand0.size), address = register(7, i.pointee.addressSize)
        // Before TOP changes: a page fault comes first.
        let top = isMMX ? Int(statusWord >> 11 & 7) : 0
        let maskNumber = isMMX ? UInt8(truncatingIfNeeded: (Int(i.pointee.operand1.number) &- top) & 7) : 0
        let maskBlock = isMMX ? VectorBlock(mm(maskNumber)) : xmm(i.pointee.operand1.number)
        var places: [(Int, UInt64)] = []
        for index in 0..<size where maskBlock.lane(index, as: UInt8.self) & 0x80 != 0 {
            let offset = (address &+ UInt64(index)) & mask(i.pointee.addressSize)
            places.append((index, try linear(i.pointee.segment, offset, 1, write: true)))
        }
        if isMMX { enterMMX() }
        let data = try vector(i, i.pointee.operand0)
        for (index, place) in places { writeLinear(place, data.low.lane(index, as: UInt8.self)) }
    }
}

extension FixedWidthInteger {
    @inline(__always) func saturatingAdd(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (Self.isSigned && other < 0 ? .min : .max) : sum
    }

    @inline(__always) func saturatingSubtract(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (Self.isSigned && other < 0 ? .max : .min) : difference
    }
}
