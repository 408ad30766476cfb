import FloatArithmetic
import Machine
import X86ISA

/// Arithmetic, comparisons, transcendental functions.
extension Core {
    typealias BinaryOperation = (Extended, Extended, Bool, inout FloatContext) -> Extended

    /// Two operands: a register gets the result, or ST(0) with an operand in memory.
    @inline(__always)
    func binary(
        _ i: UnsafePointer<Instruction>, pops: Bool = false, integer: Bool = false, _ operation: BinaryOperation
    ) throws(Exception) {
        guard try beginX87() else { return }
        var destination: UInt8 = 0
        let second: Extended
        var denormal = false, isMissing = false
        if i.pointee.operand0.kind == .memory {
            if integer { second = try integerOperand(i) } else { (second, denormal) = try realOperand(i) }
        } else {
            destination = i.pointee.operand0.number
            second = st(i.pointee.operand1.number)
            isMissing = isEmpty(i.pointee.operand1.number)
        }
        note(i)
        if _slowPath(isMissing || isEmpty(destination)) {
            guard stackFault(i) else { return }
            setST(destination, .indefinite)
        } else {
            var context = context
            let value = operation(st(destination), second, denormal, &context)
            guard settle(i, &context) else { return }
            putST(destination, value)
        }
        if pops { pop() }
    }

    /// ST(0) alone.
    @inline(__always)
    func unary(
        _ i: UnsafePointer<Instruction>, clearsC2: Bool = false,
        _ operation: (Extended, inout FloatContext) -> Extended
    ) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        guard !isEmpty(0) else {
            if clearsC2 { setC2(false) }
            if stackFault(i) { setST(0, .indefinite) }
            return
        }
        var context = context
        let value = operation(st(0), &context)
        if settle(i, &context) { putST(0, value) }
    }

    /// FCHS, FABS
    @inline(__always)
    func setSign(_ i: UnsafePointer<Instruction>, _ operation: (Extended) -> Extended) throws(Exception) {
        try unary(i) { value, context in
            context.roundedUp = false
            return operation(value)
        }
    }

    func fscale(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let second = st(1), isMissing = isEmpty(1)
        guard isMissing else { return try unary(i) { Extended.scale($0, by: second, &$1) } }
        guard try beginX87() else { return }
        note(i)
        if stackFault(i) { setST(0, .indefinite) }
    }

    /// FPREM, FPREM1
    func remainder(_ i: UnsafePointer<Instruction>, toNearest: Bool) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        guard !isEmpty(0), !isEmpty(1) else {
            if stackFault(i) { setST(0, .indefinite) }
            return setC2(false)
        }
        var context = context
        let result = Extended.remainder(st(0), st(1), toNearest: toNearest, &context)
        let writes = settle(i, &context)
        if writes { putST(0, result.value) }
        // C0 and C3 stay where there is no quotient.
        guard writes, !result.value.isNaN else { return setC2(false) }
        let quotient = result.quotient
        setCodes(
            (quotient & 4 != 0 ? X87Status.c0 : 0) | (quotient & 2 != 0 ? X87Status.c3 : 0)
                | (result.isPartial ? X87Status.c2 : 0))
        let status = statusWord & ~X87Status.c1 | (quotient & 1 != 0 ? X87Status.c1 : 0)
        raw.storeBytes(of: status, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
    }

    // MARK: Comparisons

    /// C3, C2, C0 of an ordering.
    private func codes(_ ordering: FloatOrdering) -> UInt16 {
        switch ordering {
        case .greater: 0
        case .less: X87Status.c0
        case .equal: X87Status.c3
        case .unordered: X87Status.c3 | X87Status.c2 | X87Status.c0
        }
    }

    /// FCOM, FUCOM, FICOM, FTST with what they pop.
    private func compare(
        _ i: UnsafePointer<Instruction>, _ second: Extended, isMissing: Bool, signalling: Bool, denormal: Bool = false,
        pops: Int
    ) {
        note(i)
        var ordering = FloatOrdering.unordered
        let goesOn: Bool
        if isMissing || isEmpty(0) {
            goesOn = stackFault(i)
        } else {
            var context = context
            ordering = Extended.compare(st(0), second, signalling: signalling, denormal: denormal, &context)
            goesOn = settle(i, &context)
        }
        // Of an unmasked exception, too; only nothing is popped.
        setCodes(codes(ordering))
        guard goesOn else { return }
        for _ in 0..<pops { pop() }
    }

    func compare(_ i: UnsafePointer<Instruction>, signalling: Bool, pops: Int = 0) throws(Exception) {
        guard try beginX87() else { return }
        if i.pointee.operand0.kind == .memory {
            let (second, denormal) = try realOperand(i)
            return compare(i, second, isMissing: false, signalling: signalling, denormal: denormal, pops: pops)
        }
        // FCOMPP and FUCOMPP name none.
        let number = pops == 2 ? 1 : i.pointee.operand0.number
        compare(i, st(number), isMissing: isEmpty(number), signalling: signalling, pops: pops)
    }

    func compareInteger(_ i: UnsafePointer<Instruction>, pops: Int) throws(Exception) {
        guard try beginX87() else { return }
        compare(i, try integerOperand(i), isMissing: false, signalling: true, pops: pops)
    }

    func ftst(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        compare(i, .zero(negative: false), isMissing: false, signalling: true, pops: 0)
    }

    /// FCOMI, FUCOMI and their popping forms: ZF, PF and CF.
    func compareIntoFlags(_ i: UnsafePointer<Instruction>, signalling: Bool, pops: Bool) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        let number = i.pointee.operand1.number
        var ordering = FloatOrdering.unordered
        var goesOn = true
        if isEmpty(0) || isEmpty(number) {
            goesOn = stackFault(i)
        } else {
            var context = context
            let c1 = statusWord & X87Status.c1
            ordering = Extended.compare(st(0), st(number), signalling: signalling, &context)
            goesOn = settle(i, &context)
            raw.storeBytes(of: statusWord | c1, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
        }
        let flags: UInt32
        switch ordering {
        case .greater: flags = 0
        case .less: flags = Flags.carry
        case .equal: flags = Flags.zero
        case .unordered: flags = Flags.zero | Flags.parity | Flags.carry
        }
        setStatusFlags(flags)
        if pops, goesOn { pop() }
    }

    func fxam(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        let value = st(0)
        let kind = isEmpty(0) ? ExtendedClass.empty.rawValue : value.classified.rawValue
        setCodes(
            (kind & 4 != 0 ? X87Status.c3 : 0) | (kind & 2 != 0 ? X87Status.c2 : 0) | (kind & 1 != 0 ? X87Status.c0 : 0)
        )
        let status = statusWord & ~X87Status.c1 | (value.isNegative ? X87Status.c1 : 0)
        raw.storeBytes(of: status, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
    }

    // MARK: Two results

    /// The upper one is pushed on the lower one, which takes the place of the operand.
    @inline(__always)
    private func pair(
        _ i: UnsafePointer<Instruction>,
        _ operation: (Extended, inout FloatContext) -> (lower: Extended, upper: Extended)?
    ) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        let isMissing = isEmpty(0)
        guard !isMissing, isEmpty(7) else {
            if i.pointee.operation != .fxtract { setC2(false) }
            if stackFault(i, overflow: !isMissing) {
                setST(0, .indefinite)
                push(.indefinite)
            }
            return
        }
        var context = context
        let result = operation(st(0), &context)
        guard settle(i, &context), let result else { return }
        putST(0, result.lower)
        push(result.upper)
    }

    func fxtract(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try pair(i) {
            let (exponent, significand) = Extended.extract($0, &$1)
            return (exponent, significand)
        }
    }

    private func setC2(_ value: Bool) {
        let status = statusWord & ~X87Status.c2 | (value ? X87Status.c2 : 0)
        raw.storeBytes(of: status, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
    }

    func fptan(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try pair(i) {
            let (value, isPartial) = Extended.tangent($0, &$1)
            setC2(isPartial)
            return isPartial ? nil : (value, value.isNaN ? value : .one)
        }
    }

    func fsincos(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try pair(i) {
            let (sine, cosine, isPartial) = Extended.sineAndCosine($0, &$1)
            setC2(isPartial)
            return isPartial ? nil : (sine, cosine)
        }
    }

    // MARK: One result

    /// FSIN, FCOS: an operand that is out of range stays.
    @inline(__always)
    func trigonometric(
        _ i: UnsafePointer<Instruction>,
        _ operation: (Extended, inout FloatContext) -> (value: Extended, isPartial: Bool)
    ) throws(Exception) {
        try unary(i, clearsC2: true) {
            let (value, isPartial) = operation($0, &$1)
            setC2(isPartial)
            return value
        }
    }

    /// FPATAN, FYL2X, FYL2XP1: of ST(0) and ST(1), into ST(1), and a pop.
    @inline(__always)
    func combine(
        _ i: UnsafePointer<Instruction>, _ operation: (Extended, Extended, inout FloatContext) -> Extended
    ) throws(Exception) {
        guard try beginX87() else { return }
        note(i)
        if isEmpty(0) || isEmpty(1) {
            guard stackFault(i) else { return }
            setST(1, .indefinite)
        } else {
            var context = context
            let value = operation(st(0), st(1), &context)
            guard settle(i, &context) else { return }
            putST(1, value)
        }
        pop()
    }
}
