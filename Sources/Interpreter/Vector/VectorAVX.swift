import FloatArithmetic
import Machine
import X86ISA

/// What AVX, AVX2, F16C and FMA have without a legacy form.
extension Core {
    // MARK: Broadcasts and permutations

    @inline(__always)
    func broadcast<L: FixedWidthInteger>(_ i: UnsafePointer<Instruction>, _ type: L.Type) throws(Exception) {
        let element = try begin(i, i.pointee.operand1).lane(0, as: L.self)
        var result = VectorValue()
        for index in 0..<Int(i.pointee.operand0.size) / MemoryLayout<L>.size { result.set(index, element) }
        setVector(i, i.pointee.operand0, result)
    }

    /// VBROADCASTF128, VBROADCASTI128
    func broadcastBlock(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let block = try begin(i, i.pointee.operand1).low
        setVector(i, i.pointee.operand0, VectorValue(low: block, high: block))
    }

    /// VEXTRACTF128, VEXTRACTI128
    func extractBlock(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try checkVector(i)
        let source = i.pointee.operand1.number, destination = i.pointee.operand0
        let block = i.pointee.immediate & 1 == 0 ? xmm(source) : ymmHigh(source)
        guard destination.kind == .memory else { return setVector(i, destination, VectorValue(low: block)) }
        writeVector(try vectorLinear(i, 16, write: true, aligned: false), 16, VectorValue(low: block))
    }

    /// VINSERTF128, VINSERTI128
    func insertBlock(_ i: UnsafePointer<Instruction>) throws(Exception) {
        var (a, b) = try sources(i)
        if i.pointee.immediate & 1 == 0 { a.low = b.low } else { a.high = b.low }
        setVector(i, i.pointee.operand0, a)
    }

    /// VPERM2F128, VPERM2I128: four bits for each half: which one of both sources, or bit 3: none.
    func permuteBlocks(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let (a, b) = try sources(i)
        func chosen(_ choice: UInt64) -> VectorBlock {
            if choice & 8 != 0 { return VectorBlock() }
            let source = choice & 2 == 0 ? a : b
            return choice & 1 == 0 ? source.low : source.high
        }
        let choice = i.pointee.immediate
        setVector(i, i.pointee.operand0, VectorValue(low: chosen(choice), high: chosen(choice >> 4)))
    }

    /// VPERMILPS, VPERMILPD: within 16 bytes, by an immediate, or by the low bits (of quadwords: bit 1) of the last source.
    @inline(__always)
    func permuteInBlock<L: FixedWidthInteger>(_ i: UnsafePointer<Instruction>, _ type: L.Type) throws(Exception) {
        let isSingle = MemoryLayout<L>.size == 4
        let perBlock = 16 / MemoryLayout<L>.size, count = Int(i.pointee.operand0.size) / MemoryLayout<L>.size
        var result = VectorValue()
        if i.pointee.operand2.kind == .immediate {
            let a = try begin(i, i.pointee.operand1)
            let order = Int(i.pointee.immediate)
            for index in 0..<count {
                // The upper block uses the same bits of doublewords, but its own ones of quadwords.
                let from = isSingle ? order >> (2 * (index & 3)) & 3 : order >> index & 1
                result.set(index, a.lane(index & ~(perBlock - 1) | from, as: L.self))
            }
        } else {
            let (a, b) = try sources(i)
            for index in 0..<count {
                let order = Int(truncatingIfNeeded: b.lane(index, as: L.self))
                let from = isSingle ? order & 3 : order >> 1 & 1
                result.set(index, a.lane(index & ~(perBlock - 1) | from, as: L.self))
            }
        }
        setVector(i, i.pointee.operand0, result)
    }

    /// VPERMD, VPERMPS: the first source says which doublewords of the second.
    func permuteDoublewords(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let (order, data) = try sources(i)
        var result = VectorValue()
        for index in 0..<8 {
            result.set(index, data.lane(Int(order.lane(index, as: UInt32.self) & 7), as: UInt32.self))
        }
        setVector(i, i.pointee.operand0, result)
    }

    /// VPERMQ, VPERMPD
    func permuteQuadwords(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let a = try begin(i, i.pointee.operand1)
        let order = Int(i.pointee.immediate)
        var result = VectorValue()
        for index in 0..<4 { result.set(index, a.lane(order >> (2 * index) & 3, as: UInt64.self)) }
        setVector(i, i.pointee.operand0, result)
    }

    // MARK: Signs and whole registers

    /// VTESTPS, VTESTPD: PTEST of the elements' signs, which `signs` has of each quadword.
    func testSigns(_ i: UnsafePointer<Instruction>, _ signs: UInt64) throws(Exception) {
        let b = try begin(i, i.pointee.operand1), a = try vector(i, i.pointee.operand0)
        let mask = SIMD2(signs, signs)
        let common = ((a.low.words & b.low.words) | (a.high.words & b.high.words)) & mask
        let outside = ((~a.low.words & b.low.words) | (~a.high.words & b.high.words)) & mask
        setStatusFlags((common == .zero ? Flags.zero : 0) | (outside == .zero ? Flags.carry : 0))
    }

    /// VZEROUPPER, VZEROALL: of sixteen registers in 64-bit code, else of eight.
    func zeroRegisters(_ i: UnsafePointer<Instruction>, all: Bool) throws(Exception) {
        try checkVector(i)
        for number in 0..<UInt8(isWide ? 16 : 8) {
            if all { setXMM(number, VectorBlock()) }
            setYMMHigh(number, VectorBlock())
        }
    }

    // MARK: Elements one by one

    /// VMASKMOVPS, VMASKMOVPD, VPMASKMOVD, VPMASKMOVQ: only elements whose mask has its sign set are read or written, or
    /// can fault; loads give zeros for the others. A store writes nothing when one of them faults. There is no #AC, and neither is
    /// in gathers (SDM 2C VMASKMOV, VGATHERDPS).
    @inline(__always)
    func maskedElements<L: FixedWidthInteger & UnsignedInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type
    ) throws(Exception) {
        try checkVector(i)
        let isStore = i.pointee.operand0.kind == .memory
        let size = UInt64(MemoryLayout<L>.size), offset = effectiveAddress(i)
        let choice = try vector(i, i.pointee.operand1)
        let data = isStore ? try vector(i, i.pointee.operand2) : VectorValue()
        var result = VectorValue(), places = SIMD8<UInt64>()
        let count = Int(i.pointee.vectorLength) / Int(size)
        for index in 0..<count where choice.lane(index, as: L.self) >> L(L.bitWidth - 1) != 0 {
            // The elements are parts of one operand: addresses of 16 bits do not wrap between them.
            let place = try linear(
                i.pointee.segment, offset &+ UInt64(index) &* size, size, write: isStore, alignment: 1)
            if isStore { places[index] = place } else { result.set(index, readLinear(place, as: L.self)) }
        }
        guard isStore else { return setVector(i, i.pointee.operand0, result) }
        for index in 0..<count where choice.lane(index, as: L.self) >> L(L.bitWidth - 1) != 0 {
            writeLinear(places[index], data.lane(index, as: L.self))
        }
    }

    /// Gathers: elements at base + index * scale, from the lowest on, where the mask has its sign set. Each one that is there
    /// clears its mask, so that the instruction goes on behind a fault (SDM 2C VGATHERDPS). #AC does not come of them.
    @inline(__always)
    func gather<L: FixedWidthInteger & UnsignedInteger, Index: FixedWidthInteger & SignedInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type, _ indexType: Index.Type
    ) throws(Exception) {
        try checkVector(i)
        let length = i.pointee.vectorLength
        // As wide as the vector until the end, even where half of it has elements (measured on an Intel CPU).
        let kind: OperandKind = length == 32 ? .ymmRegister : .xmmRegister
        let destination = Operand(kind, size: length, number: i.pointee.operand0.number)
        let maskOperand = Operand(kind, size: length, number: i.pointee.operand2.number)
        let index = Operand(
            i.pointee.vectorIndexSize == 32 ? .ymmRegister : .xmmRegister, size: i.pointee.vectorIndexSize,
            number: i.pointee.index)
        var start = i.pointee
        (start.index, start.operation) = (Instruction.noRegister, .mov)
        let base = withUnsafePointer(to: start) { effectiveAddress($0) }
        let indices = try vector(i, index)
        var result = try vector(i, destination), choice = try vector(i, maskOperand)
        let elements = Int(length) / MemoryLayout<L>.size
        let count = min(elements, Int(length) / MemoryLayout<Index>.size)
        for element in 0..<elements {
            choice.set(element, choice.lane(element, as: L.self) >> L(L.bitWidth - 1) != 0 ? L.max : 0)
        }
        var isWritten = false
        for element in 0..<count where choice.lane(element, as: L.self) != 0 {
            let distance = UInt64(bitPattern: Int64(indices.lane(element, as: Index.self)))
            let offset = (base &+ distance &<< UInt64(i.pointee.scale)) & mask(i.pointee.addressSize)
            do throws(Exception) {
                let place = try linear(
                    i.pointee.segment, offset, UInt64(MemoryLayout<L>.size), write: false, alignment: 1)
                result.set(element, readLinear(place, as: L.self))
            } catch {
                // Each element writes the destination, and clears what is above it (measured on an Intel CPU).
                if isWritten { setVector(i, destination, result) }
                setVector(i, maskOperand, choice)
                guard isWritten, file.pointee.rflags & UInt64(Flags.trap) != 0 else { throw error }
                // The trap that waits comes instead of the fault, which will come again.
                file.pointee.dr6 |= 0x4000
                throw Exception(.debug, nil, .singleStep)
            }
            choice.set(element, 0 as L)
            isWritten = true
        }
        for element in count..<elements { result.set(element, 0 as L) }
        setVector(i, destination, result)
        setVector(i, maskOperand, VectorValue())
    }

    // MARK: F16C

    /// Neither of both raises #AC (measured on an Intel CPU).
    func vcvtph2ps(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try checkVector(i)
        let source = i.pointee.operand1
        let a: VectorValue
        if source.kind == .memory {
            let place = try linear(
                i.pointee.segment, effectiveAddress(i), UInt64(source.size), write: false, alignment: 1)
            a = readVector(place, source.size)
        } else {
            a = try vector(i, source)
        }
        let count = Int(i.pointee.vectorLength) / 4
        let result = try computing { context in
            var result = VectorValue()
            for index in 0..<count { result.set(index, Binary16.toBinary32(a.lane(index), &context)) }
            return result
        }
        setVector(i, i.pointee.operand0, result)
    }

    /// Its exceptions come before those of memory.
    func vcvtps2ph(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try checkVector(i)
        let destination = i.pointee.operand0, immediate = UInt8(truncatingIfNeeded: i.pointee.immediate)
        let a = try vector(i, i.pointee.operand1)
        let count = Int(i.pointee.vectorLength) / 4
        let result = try computing { context in
            var result = VectorValue()
            for index in 0..<count {
                result.set(index, Binary16.fromBinary32(a.lane(index), immediate: immediate, &context))
            }
            return result
        }
        guard destination.kind == .memory else { return setVector(i, destination, result) }
        let place = try linear(
            i.pointee.segment, effectiveAddress(i), UInt64(destination.size), write: true, alignment: 1)
        writeVector(place, destination.size, result)
    }

    // MARK: FMA

    /// The opcode says which (SDM 2D table A-4): its upper digit the order of the operands, its lower one the signs.
    func multiplyAdd(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if i.pointee.prefixes.contains(.rexW) {
            try fused(i, Binary64.self)
        } else {
            try fused(i, Binary32.self)
        }
    }

    @inline(__always)
    private func fused<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let third = try begin(i, i.pointee.operand2), second = try vector(i, i.pointee.operand1)
        let first = try vector(i, i.pointee.operand0)
        let low = i.pointee.opcode & 15, order = i.pointee.opcode >> 4
        let negatesProduct = low >= 12
        // 6 and 7 alternate; 8, 9, 12, 13 add; 10, 11, 14, 15 subtract.
        let alternates = low < 8, subtracts = low & 2 != 0
        let count = low >= 8 && low & 1 != 0 ? 1 : Int(i.pointee.vectorLength) / MemoryLayout<F.Bits>.size
        let result = try computing { context in
            var result = first
            for index in 0..<count {
                let x: F.Bits = first.lane(index), y: F.Bits = second.lane(index), z: F.Bits = third.lane(index)
                // VFMADDSUB (6) subtracts at even places, VFMSUBADD (7) at odd ones.
                let negatesAddend = alternates ? (index & 1 == 0) == (low == 6) : subtracts
                let (a, b, c) = order == 9 ? (x, z, y) : order == 10 ? (y, x, z) : (y, z, x)
                result.set(
                    index,
                    F.multiplyAdd(a, b, c, negateProduct: negatesProduct, negateAddend: negatesAddend, &context))
            }
            return result
        }
        setVector(i, i.pointee.operand0, result)
    }
}
