import FloatArithmetic
import Machine
import X86ISA

/// What SSE4.1 added.
extension Core {
    /// PMOVSX, PMOVZX: as many elements of the source as fit in wider ones.
    @inline(__always)
    func widen<From: FixedWidthInteger, To: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ from: From.Type, _ to: To.Type
    ) throws(Exception) {
        let a = try begin(i, i.pointee.operand1)
        var result = VectorValue()
        for index in 0..<Int(i.pointee.operand0.size) / MemoryLayout<To>.size {
            result.set(index, To(truncatingIfNeeded: a.lane(index, as: From.self)))
        }
        setVector(i, i.pointee.operand0, result)
    }

    /// BLENDPS, BLENDPD, PBLENDW: elements of the second source where the immediate has a bit; words repeat it for 32 bytes.
    @inline(__always)
    func blend<L: FixedWidthInteger>(_ i: UnsafePointer<Instruction>, _ type: L.Type) throws(Exception) {
        var (a, b) = try sources(i)
        for index in 0..<Int(i.pointee.operand0.size) / MemoryLayout<L>.size
        where i.pointee.immediate >> UInt64(index & 7) & 1 != 0 { a.set(index, b.lane(index, as: L.self)) }
        setVector(i, i.pointee.operand0, a)
    }

    /// BLENDVPS, BLENDVPD, PBLENDVB: by the uppermost bits of XMM0, or with VEX of the last operand.
    @inline(__always)
    func blendVariable<L: FixedWidthInteger & UnsignedInteger>(
        _ i: UnsafePointer<Instruction>, _ type: L.Type
    ) throws(Exception) {
        var (a, b) = try sources(i)
        let choice = try vector(i, i.pointee.vectorLength == 0 ? i.pointee.operand2 : i.pointee.operand3)
        for index in 0..<Int(i.pointee.operand0.size) / MemoryLayout<L>.size
        where choice.lane(index, as: L.self) >> L(L.bitWidth - 1) != 0 { a.set(index, b.lane(index, as: L.self)) }
        setVector(i, i.pointee.operand0, a)
    }

    /// PTEST: ZF where both have no bit in common, CF where the source has none outside of the destination.
    func ptest(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let b = try begin(i, i.pointee.operand1), a = try vector(i, i.pointee.operand0)
        let common = (a.low.words & b.low.words) | (a.high.words & b.high.words)
        let outside = (~a.low.words & b.low.words) | (~a.high.words & b.high.words)
        setStatusFlags((common == .zero ? Flags.zero : 0) | (outside == .zero ? Flags.carry : 0))
    }

    func insertps(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let isMemory = (i.pointee.vectorLength == 0 ? i.pointee.operand1 : i.pointee.operand2).kind == .memory
        var (a, b) = try sources(i)
        let choice = Int(i.pointee.immediate)
        let element = b.lane(isMemory ? 0 : choice >> 6 & 3, as: UInt32.self)
        a.set(choice >> 4 & 3, element)
        for index in 0..<4 where choice >> index & 1 != 0 { a.set(index, 0 as UInt32) }
        setVector(i, i.pointee.operand0, a)
    }

    /// The least word and its number.
    func phminposuw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let a = try begin(i, i.pointee.operand1)
        var least = a.lane(0, as: UInt16.self), place = 0
        for index in 1..<8 where a.lane(index, as: UInt16.self) < least {
            least = a.lane(index)
            place = index
        }
        setVector(
            i, i.pointee.operand0, VectorValue(low: VectorBlock(UInt64(least) | UInt64(place) << 16)))
    }

    /// MPSADBW: sums of four differences, at eight places; the upper half goes by bits 3 to 5.
    func mpsadbw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let (a, b) = try sources(i)
        func sums(_ a: VectorBlock, _ b: VectorBlock, _ choice: Int) -> VectorBlock {
            var result = VectorBlock()
            let first = choice & 4, second = (choice & 3) * 4
            for index in 0..<8 {
                var sum: UInt16 = 0
                for byte in 0..<4 {
                    let x = Int16(a.lane(first + index + byte, as: UInt8.self))
                    sum += (x - Int16(b.lane(second + byte, as: UInt8.self))).magnitude
                }
                result.set(index, sum)
            }
            return result
        }
        let choice = Int(i.pointee.immediate)
        let result = VectorValue(
            low: sums(a.low, b.low, choice),
            high: i.pointee.operand0.size == 32 ? sums(a.high, b.high, choice >> 3) : VectorBlock())
        setVector(i, i.pointee.operand0, result)
    }

    @inline(__always)
    func roundPacked<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let immediate = UInt8(truncatingIfNeeded: i.pointee.immediate)
        try packedMap(i, format) { a, context in F.round(a, immediate: immediate, &context) }
    }

    @inline(__always)
    func roundScalar<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let immediate = UInt8(truncatingIfNeeded: i.pointee.immediate)
        try scalar(i, format) { _, b, context in F.round(b, immediate: immediate, &context) }
    }

    /// DPPS, DPPD: the sum, pair by pair, of the products that bits 4-7 choose, to the elements that bits 0-3 choose. Each
    /// step is rounded and has its own exceptions: an unmasked one ends it there.
    @inline(__always)
    func dotProduct<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let (a, b) = try sources(i)
        let perBlock = 16 / MemoryLayout<F.Bits>.size, choice = Int(i.pointee.immediate)
        let count = Int(i.pointee.operand0.size) / MemoryLayout<F.Bits>.size
        let products = try computing { context in
            var result = VectorValue()
            for index in 0..<count where choice >> (4 + (index & (perBlock - 1))) & 1 != 0 {
                result.set(index, F.multiply(a.lane(index), b.lane(index), &context))
            }
            return result
        }
        // The order of what is added matters for NaNs alone: which one comes out (as Intel's CPUs do, measured).
        func sums(_ a: VectorValue, _ first: Int, _ second: Int) throws(Exception) -> VectorValue {
            try computing { context in
                var result = VectorValue()
                for index in 0..<count {
                    result.set(index, F.add(a.lane(index ^ first), a.lane(index ^ second), &context))
                }
                return result
            }
        }
        var result = perBlock == 4 ? try sums(sums(products, 1, 0), 0, 2) : try sums(products, 0, 1)
        for index in 0..<count where choice >> (index & (perBlock - 1)) & 1 == 0 { result.set(index, 0 as F.Bits) }
        setVector(i, i.pointee.operand0, result)
    }
}
