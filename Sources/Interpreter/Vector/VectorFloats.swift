import FloatArithmetic
import Machine
import X86ISA

/// Shapes of the floating-point operations of SSE and AVX. `F` is the element's format.
extension Core {
    /// Runs `body` under MXCSR and keeps the flags it raises. With an unmasked exception among them, #XM: whoever calls
    /// this writes its destination afterwards (SDM 1 11.5).
    @inline(__always)
    func computing<R>(_ body: (inout FloatContext) -> R) throws(Exception) -> R {
        let word = mxcsr
        var context = FloatContext(mxcsr: word)
        if _fastPath(word & 0x1F80 == 0x1F80) {
            let result = body(&context)
            setMXCSR(context.mxcsr)
            return result
        }
        context.flags = []
        let result = body(&context)
        let fails = context.settle()
        setMXCSR(word | UInt32(context.flags.rawValue))
        if fails { throw floatException(context.unmasked) }
        return result
    }

    @inline(never)
    private func floatException(_ flags: FloatExceptions) -> Exception {
        let reason = FaultReason.vectorFloatException(flags: flags.rawValue)
        // #XM, or #UD where the system did not say that it knows of it (CR4.OSXMMEXCPT).
        return file.pointee.cr4 & ControlBits.vectorExceptions != 0
            ? Exception(.vectorException, nil, reason) : invalidOpcode(reason)
    }

    /// All elements of both sources.
    @inline(__always)
    func packed<F: HostFormat>(
        _ i: UnsafePointer<Instruction>, _ format: F.Type,
        _ body: (F.Bits, F.Bits, inout FloatContext) -> F.Bits
    ) throws(Exception) {
        let (a, b) = try sources(i)
        let count = Int(i.pointee.operand0.size) / MemoryLayout<F.Bits>.size
        let result = try computing { context in
            var result = a
            for index in 0..<count { result.set(index, body(a.lane(index), b.lane(index), &context)) }
            return result
        }
        setVector(i, i.pointee.operand0, result)
    }

    /// The lowest element; the others come from the first source.
    @inline(__always)
    func scalar<F: HostFormat>(
        _ i: UnsafePointer<Instruction>, _ format: F.Type,
        _ body: (F.Bits, F.Bits, inout FloatContext) -> F.Bits
    ) throws(Exception) {
        var (a, b) = try sources(i)
        let x: F.Bits = a.lane(0), y: F.Bits = b.lane(0)
        a.set(0, try computing { context in body(x, y, &context) })
        setVector(i, i.pointee.operand0, a)
    }

    /// All elements of the last source.
    @inline(__always)
    func packedMap<F: HostFormat>(
        _ i: UnsafePointer<Instruction>, _ format: F.Type, _ body: (F.Bits, inout FloatContext) -> F.Bits
    ) throws(Exception) {
        let a = try begin(i, i.pointee.operand1)
        let count = Int(i.pointee.operand0.size) / MemoryLayout<F.Bits>.size
        let result = try computing { context in
            var result = a
            for index in 0..<count { result.set(index, body(a.lane(index), &context)) }
            return result
        }
        setVector(i, i.pointee.operand0, result)
    }

    /// CMPPS, CMPPD; legacy encodings have eight predicates.
    @inline(__always)
    func comparePacked<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let predicate = predicate(i)
        try packed(i, format) { a, b, context in F.compareMask(a, b, predicate, &context) }
    }

    @inline(__always)
    func compareScalar<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let predicate = predicate(i)
        try scalar(i, format) { a, b, context in F.compareMask(a, b, predicate, &context) }
    }

    @inline(__always) private func predicate(_ i: UnsafePointer<Instruction>) -> ComparePredicate {
        let byte = UInt8(truncatingIfNeeded: i.pointee.immediate)
        return ComparePredicate(immediate: i.pointee.vectorLength == 0 ? byte & 7 : byte)
    }

    /// COMISx, where `signalling`, and UCOMISx: ZF, PF and CF; OF, SF and AF are cleared.
    @inline(__always)
    func compareFlags<F: HostFormat>(
        _ i: UnsafePointer<Instruction>, _ format: F.Type, signalling: Bool
    ) throws(Exception) {
        let second = try begin(i, i.pointee.operand1)
        let a: F.Bits = xmm(i.pointee.operand0.number).lane(0), b: F.Bits = second.lane(0)
        let outcome = try computing { context in F.compare(a, b, signalling: signalling, &context) }
        switch outcome {
        case .greater: setStatusFlags(0)
        case .less: setStatusFlags(Flags.carry)
        case .equal: setStatusFlags(Flags.zero)
        case .unordered: setStatusFlags(Flags.carry | Flags.zero | Flags.parity)
        }
    }

    /// HADDPx, HSUBPx: neighbours of the first source, then those of the second.
    @inline(__always)
    func horizontalFloats<F: HostFormat>(
        _ i: UnsafePointer<Instruction>, _ format: F.Type,
        _ body: (F.Bits, F.Bits, inout FloatContext) -> F.Bits
    ) throws(Exception) {
        let (a, b) = try sources(i)
        // Per 16 bytes, half of which each source gives.
        let half = 8 / MemoryLayout<F.Bits>.size, count = Int(i.pointee.operand0.size) / 16
        let result = try computing { context in
            var result = VectorValue()
            for block in 0..<count {
                let start = block * 2 * half
                for index in 0..<half {
                    let from = start + 2 * index
                    result.set(start + index, body(a.lane(from), a.lane(from + 1), &context))
                    result.set(start + half + index, body(b.lane(from), b.lane(from + 1), &context))
                }
            }
            return result
        }
        setVector(i, i.pointee.operand0, result)
    }

    /// ADDSUBPx: even elements are subtracted, odd ones added.
    @inline(__always)
    func addSubtract<F: HostFormat>(_ i: UnsafePointer<Instruction>, _ format: F.Type) throws(Exception) {
        let (a, b) = try sources(i)
        let count = Int(i.pointee.operand0.size) / MemoryLayout<F.Bits>.size
        let result = try computing { context in
            var result = a
            for index in 0..<count {
                let x: F.Bits = a.lane(index), y: F.Bits = b.lane(index)
                result.set(index, index & 1 == 0 ? F.subtract(x, y, &context) : F.add(x, y, &context))
            }
            return result
        }
        setVector(i, i.pointee.operand0, result)
    }

    /// RCPPS, RSQRTPS: no flag, and MXCSR does not matter.
    @inline(__always)
    func approximate(_ i: UnsafePointer<Instruction>, _ body: (UInt32) -> UInt32) throws(Exception) {
        try laneMap(i, UInt32.self, body)
    }

    @inline(__always)
    func approximateScalar(_ i: UnsafePointer<Instruction>, _ body: (UInt32) -> UInt32) throws(Exception) {
        var (a, b) = try sources(i)
        a.set(0, body(b.lane(0)))
        setVector(i, i.pointee.operand0, a)
    }
}
