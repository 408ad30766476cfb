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
    /// step is rounded and has its own exceptions.
    @inline(__always)
    func dotProduct<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let (a, b) = try sources(i)
        let count = 16 / MemoryLayout<F.Bits>.size, choice = Int(i.pointee.immediate)
        let result = try computing { context in
            var result = VectorValue()
            for start in stride(from: 0, to: Int(i.pointee.operand0.size) / MemoryLayout<F.Bits>.size, by: count) {
                func product(_ index: Int, _ context: inout FloatContext) -> F.Bits {
                    guard choice >> (4 + index) & 1 != 0 else { return 0 }
                    return F.multiply(a.lane(start + index), b.lane(start + index), &context)
                }
                let p0 = product(0, &context), p1 = product(1, &context)
                let p2 = count == 4 ? product(2, &context) : 0, p3 = count == 4 ? product(3, &context) : 0
                let products = [p0, p1, p2, p3]
                for index in 0..<count {
                    // The order matters for NaNs alone: which one comes out (as Intel's CPUs do, measured).
                    let sum =
                        count == 4
                        ? F.add(
                            F.add(products[index ^ 1], products[index], &context),
                            F.add(products[index ^ 3], products[index ^ 2], &context), &context)
                        : F.add(products[index], products[index ^ 1], &context)
                    result.set(start + index, choice >> index & 1 != 0 ? sum : 0)
                }
            }
            return result
        }
        setVector(i, i.pointee.operand0, result)
    }
}
