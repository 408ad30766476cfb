import FloatArithmetic
import Machine
import X86ISA

/// Conversions between formats and integers.
extension Core {
    /// CVTSI2SS, CVTSI2SD: from a general register or memory, 4 or 8 bytes.
    @inline(__always)
    func fromInteger<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let size = i.pointee.vectorLength == 0 ? i.pointee.operand1.size : i.pointee.operand2.size
        var (a, b) = try sources(i)
        let integer = Int64(bitPattern: signExtend(b.low.words[0], size))
        a.set(0, try computing { context in F.from(integer, &context) })
        setVector(i, i.pointee.operand0, a)
    }

    /// CVTSx2SI, and CVTTSx2SI where `truncates`, to a general register of 4 or 8 bytes.
    @inline(__always)
    func toInteger<F: HostFormat>(
        _ i: UnsafePointer<Instruction>, _ format: F.Type, truncates: Bool
    ) throws(Exception) {
        let b = try begin(i, i.pointee.operand1)
        let isWide = i.pointee.operand0.size == 8
        let result: UInt64 = try computing { context in
            let rounding = truncates ? .zero : context.rounding
            let bits: F.Bits = b.lane(0)
            if isWide {
                return UInt64(bitPattern: F.toInteger(bits, as: Int64.self, rounding: rounding, &context))
            }
            return UInt64(UInt32(bitPattern: F.toInteger(bits, as: Int32.self, rounding: rounding, &context)))
        }
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, result)
    }

    /// CVTSS2SD, CVTSD2SS
    @inline(__always)
    func convertScalar<From: HostFormat, To: HostFormat>(
        _ i: UnsafePointer<Instruction>, _ from: From.Type, _ to: To.Type
    ) throws(Exception) {
        var (a, b) = try sources(i)
        let bits: From.Bits = b.lane(0)
        a.set(0, try computing { context in From.convert(bits, to: To.self, &context) })
        setVector(i, i.pointee.operand0, a)
    }

    /// Elements from `From` to `To`, as many as the wider of both operands has room for; the rest is zero. MMX registers
    /// are part of it: their checks come before the first change, and TOP turns where nothing can fail any more.
    @inline(__always)
    func convertPacked<From: FixedWidthInteger, To: FixedWidthInteger>(
        _ i: UnsafePointer<Instruction>, _ from: From.Type, _ to: To.Type,
        _ body: (From, inout FloatContext) -> To
    ) throws(Exception) {
        let destination = i.pointee.operand0, source = i.pointee.operand1
        let isMMX = destination.kind == .mmxRegister || source.kind == .mmxRegister
        try checkVector(i)
        if isMMX { try checkMMX() }
        if source.kind == .mmxRegister { enterMMX() }
        let a = try vector(i, source)
        let whole = max(MemoryLayout<From>.size, MemoryLayout<To>.size)
        let count = max(Int(i.pointee.vectorLength), 16) / whole
        let result = try computing { context in
            var result = VectorValue()
            for index in 0..<(isMMX ? 2 : count) { result.set(index, body(a.lane(index), &context)) }
            return result
        }
        if destination.kind == .mmxRegister { enterMMX() }
        setVector(i, destination, result)
    }

    /// CVTPI2PS: the lower half alone; the upper one stays.
    func cvtpi2ps(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try checkVector(i)
        // From memory it leaves the x87 alone, whatever the manual says: measured on a Xeon.
        if i.pointee.operand1.kind != .memory {
            try checkMMX()
            enterMMX()
        }
        let b = try vector(i, i.pointee.operand1)
        var a = try vector(i, i.pointee.operand0)
        let result = try computing { context in
            VectorBlock(
                UInt64(Binary32.from(Int64(b.lane(0, as: Int32.self)), &context))
                    | UInt64(Binary32.from(Int64(b.lane(1, as: Int32.self)), &context)) << 32)
        }
        a.low.words[0] = result.words[0]
        setVector(i, i.pointee.operand0, a)
    }

    /// CVTPS2DQ, CVTPD2DQ, CVTPS2PI, CVTPD2PI and, where `truncates`, those with a second T.
    @inline(__always)
    func packedToIntegers<F: HostFormat>(
        _ i: UnsafePointer<Instruction>, _ format: F.Type, truncates: Bool
    ) throws(Exception) {
        try convertPacked(i, F.Bits.self, Int32.self) { bits, context in
            F.toInteger(bits, as: Int32.self, rounding: truncates ? .zero : context.rounding, &context)
        }
    }

    /// CVTDQ2PS, CVTDQ2PD, CVTPI2PD
    @inline(__always)
    func packedFromIntegers<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        try convertPacked(i, Int32.self, F.Bits.self) { integer, context in F.from(Int64(integer), &context) }
    }
}
