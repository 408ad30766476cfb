import Machine
import X86ISA

/// Moves of MMX, SSE and AVX.
extension Core {
    /// A whole vector.
    func moveVector(_ i: UnsafePointer<Instruction>, aligned: Bool) throws(Exception) {
        let destination = i.pointee.operand0
        guard destination.kind == .memory else {
            return setVector(i, destination, try begin(i, i.pointee.operand1, aligned: aligned))
        }
        try checkVector(i)
        let place = try vectorLinear(i, destination.size, write: true, aligned: aligned)
        writeVector(place, destination.size, try vector(i, i.pointee.operand1))
    }

    /// MOVD, MOVQ, MOVQ2DQ, MOVDQ2Q, MOVNTQ: 4 or 8 bytes; a vector register is filled up with zeros.
    func moveLow(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let destination = i.pointee.operand0, source = i.pointee.operand1
        let value: UInt64
        if destination.kind == .memory {
            let isMMX = source.kind == .mmxRegister
            if isMMX { try checkMMX() } else { try checkVector(i) }
            let place = try vectorLinear(i, destination.size, write: true, aligned: false)
            if isMMX { enterMMX() }
            value = try vector(i, source).low.words[0]
            return writeLinear(place, destination.size, value)
        }
        value = try begin(i, source).low.words[0]
        if destination.kind == .register { return setRegister(destination.number, destination.size, value) }
        setVector(i, destination, VectorValue(low: VectorBlock(value)))
    }

    /// MOVSS, MOVSD: between registers the rest of the first source stays, from memory it becomes zero.
    @inline(__always)
    func moveScalar<L: FixedWidthInteger & UnsignedInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type
    ) throws(Exception) {
        let destination = i.pointee.operand0
        try checkVector(i)
        if destination.kind == .memory {
            let place = try vectorLinear(i, destination.size, write: true, aligned: false)
            return writeLinear(place, xmm(i.pointee.operand1.number).lane(0, as: L.self))
        }
        if i.pointee.operand1.kind == .memory {
            return setVector(i, destination, try vector(i, i.pointee.operand1))
        }
        var (a, b) = try sources(i)
        a.set(0, b.lane(0, as: L.self))
        setVector(i, destination, a)
    }

    /// MOVLPS, MOVLPD, MOVHPS, MOVHPD: one half and memory.
    func moveHalf(_ i: UnsafePointer<Instruction>, high: Bool) throws(Exception) {
        let destination = i.pointee.operand0
        if destination.kind == .memory {
            try checkVector(i)
            let place = try vectorLinear(i, 8, write: true, aligned: false)
            return writeLinear(place, xmm(i.pointee.operand1.number).words[high ? 1 : 0])
        }
        var (a, b) = try sources(i)
        a.low.words[high ? 1 : 0] = b.low.words[0]
        setVector(i, destination, a)
    }

    /// MOVHLPS: the upper half of the source becomes the lower one; MOVLHPS the other way round.
    func moveAcross(_ i: UnsafePointer<Instruction>, toHigh: Bool) throws(Exception) {
        var (a, b) = try sources(i)
        a.low.words[toHigh ? 1 : 0] = b.low.words[toHigh ? 0 : 1]
        setVector(i, i.pointee.operand0, a)
    }

    /// MOVDDUP, MOVSLDUP, MOVSHDUP: each pair of elements gets the lower one, or the upper one where `high`.
    @inline(__always)
    func duplicate<L: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type, high: Bool
    ) throws(Exception) {
        try blockMap(i) { a, _ in
            var result = VectorBlock()
            for index in 0..<16 / MemoryLayout<L>.size {
                result.set(index, a.lane(high ? index | 1 : index & ~1, as: L.self))
            }
            return result
        }
    }
}
