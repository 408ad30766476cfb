import Machine
import X86ISA

/// Far jumps, calls and returns, call gates, IRET (SDM 3A 5.8; SDM 2A, 2B operations).
extension Core {
    private func farPointer(_ i: UnsafePointer<Instruction>) throws(Exception) -> (selector: UInt16, offset: UInt64) {
        if i.pointee.operand0.kind == .farPointer {
            return (i.pointee.immediate2, i.pointee.immediate & mask(i.pointee.operandSize))
        }
        let size = i.pointee.operandSize
        let place = try linear(
            i.pointee.segment, effectiveAddress(i), UInt64(size) + 2, write: false, alignment: UInt64(size))
        return (
            readLinear(wrapped(place &+ UInt64(size)), as: UInt16.self), readLinear(place, size)
        )
    }

    func jmpFar(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let (selector, offset) = try farPointer(i)
        guard usesDescriptors else { return try jumpReal(selector, offset) }
        let entry = try farTarget(selector)
        if entry.isCodeOrData {
            try checkCode(entry, selector, cpl: cpl)
            try enter(entry, selector, offset, cpl: cpl)
            return
        }
        switch entry.type {
        case 4 where !file.pointee.isLong, 12:
            let (target, code, start) = try throughCallGate(entry, selector)
            guard target.isConforming || target.privilege == cpl else {
                throw generalProtection(
                    UInt32(code & 0xFFFC), .privilege(selector: code, cpl: cpl, rpl: 0, dpl: target.privilege))
            }
            try enter(target, code, start, cpl: cpl)
        default: try systemTarget(entry, selector, .jump)
        }
    }

    private func jumpReal(_ selector: UInt16, _ offset: UInt64) throws(Exception) {
        guard offset <= UInt64(file.pointee.cs.limit) else {
            throw generalProtection(0, .targetBeyondLimit(offset: offset, limit: file.pointee.cs.limit))
        }
        file.pointee.cs.selector = selector
        file.pointee.cs.base = UInt64(selector) << 4
        scratch.pointee.nextIP = offset
    }

    private func farTarget(_ selector: UInt16) throws(Exception) -> Descriptor {
        guard !Selector(selector).isNull else { throw generalProtection(0, .nullSelector(use: "CS")) }
        return try descriptor(selector)
    }

    /// A TSS or task gate, or a type that control cannot go to.
    private func systemTarget(
        _ entry: Descriptor, _ selector: UInt16, _ source: TaskSwitchSource
    ) throws(Exception) {
        if [1, 3, 5, 9, 11].contains(entry.type), !file.pointee.isLong {
            return try transferToTask(entry, selector, source)
        }
        throw generalProtection(
            UInt32(selector & 0xFFFC), .codeSegmentInvalid(selector: selector, attributes: entry.attributes))
    }

    /// Privilege and presence of a code segment that is reached directly.
    private func checkCode(_ entry: Descriptor, _ selector: UInt16, cpl: UInt8) throws(Exception) {
        let code = UInt32(selector & 0xFFFC), rpl = Selector(selector).requestedPrivilege
        guard entry.isCode else {
            throw generalProtection(code, .codeSegmentInvalid(selector: selector, attributes: entry.attributes))
        }
        let allowed = entry.isConforming ? entry.privilege <= cpl : rpl <= cpl && entry.privilege == cpl
        guard allowed else {
            throw generalProtection(code, .privilege(selector: selector, cpl: cpl, rpl: rpl, dpl: entry.privilege))
        }
        guard entry.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
    }

    /// Loads CS and makes `offset` the next IP, once the offset was checked.
    private func enter(_ entry: Descriptor, _ selector: UInt16, _ offset: UInt64, cpl: UInt8) throws(Exception) {
        let target = try admitted(entry, selector, offset, cpl: cpl)
        file.pointee.cs = target
        scratch.pointee.nextIP = offset
    }

    /// The code segment to load, once the offset is known to lie in it.
    private func admitted(
        _ entry: Descriptor, _ selector: UInt16, _ offset: UInt64, cpl: UInt8
    ) throws(Exception) -> Segment {
        try checkOffset(offset, in: entry, selector)
        var copy = entry
        try markAccessed(&copy)
        return copy.segment(selector & 0xFFFC | UInt16(cpl))
    }

    /// A target is within the limit, or canonical in 64-bit code; L and D together are reserved (SDM 3A 5.2.1).
    func checkOffset(_ offset: UInt64, in entry: Descriptor, _ selector: UInt16) throws(Exception) {
        if file.pointee.isLong, entry.isLong {
            guard !entry.isBig else {
                throw generalProtection(
                    UInt32(selector & 0xFFFC), .codeSegmentInvalid(selector: selector, attributes: entry.attributes))
            }
            guard isCanonical(offset) else { throw generalProtection(0, .nonCanonical(address: offset)) }
            return
        }
        guard offset <= UInt64(entry.limit) else {
            throw generalProtection(0, .targetBeyondLimit(offset: offset, limit: entry.limit))
        }
    }

    /// Checks a call gate and what it leads to: the target's descriptor, selector and offset.
    private func throughCallGate(
        _ gate: Descriptor, _ selector: UInt16
    ) throws(Exception) -> (Descriptor, UInt16, UInt64) {
        let code = UInt32(selector & 0xFFFC), rpl = Selector(selector).requestedPrivilege
        guard max(cpl, rpl) <= gate.privilege else {
            throw generalProtection(code, .privilege(selector: selector, cpl: cpl, rpl: rpl, dpl: gate.privilege))
        }
        guard gate.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
        let target = gate.gateSelector
        guard !Selector(target).isNull else { throw generalProtection(0, .nullSelector(use: "CS of a call gate")) }
        let entry = try descriptor(target)
        guard entry.isCode else {
            throw generalProtection(
                UInt32(target & 0xFFFC), .codeSegmentInvalid(selector: target, attributes: entry.attributes))
        }
        guard entry.privilege <= cpl else {
            throw generalProtection(
                UInt32(target & 0xFFFC),
                .privilege(
                    selector: target, cpl: cpl, rpl: Selector(target).requestedPrivilege, dpl: entry.privilege))
        }
        guard entry.isPresent else {
            throw Exception(
                .segmentNotPresent, UInt32(target & 0xFFFC), .descriptorNotPresent(selector: target))
        }
        guard file.pointee.isLong else {
            return (entry, target, gate.type == 12 ? gate.gateOffset : gate.gateOffset & 0xFFFF)
        }
        // 16 bytes, and 64-bit code behind it (SDM 3A 5.8.3.1).
        let upper = try upperHalf(gate, selector)
        guard upper.high & 0x1F00 == 0 else {
            throw generalProtection(
                code,
                .descriptorWrongType(selector: selector, attributes: gate.attributes, wanted: "a 64-bit call gate"))
        }
        guard entry.isLong, !entry.isBig else {
            throw generalProtection(
                UInt32(target & 0xFFFC), .codeSegmentInvalid(selector: target, attributes: entry.attributes))
        }
        return (entry, target, gate.gateOffset | UInt64(upper.low) << 32)
    }

    func callFar(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let (selector, offset) = try farPointer(i)
        let size = i.pointee.operandSize, back = scratch.pointee.nextIP
        guard usesDescriptors else {
            try checkPushRoom(2, size)
            try jumpReal2(selector, offset, back, size)
            return
        }
        let entry = try farTarget(selector)
        if entry.isCodeOrData {
            try checkCode(entry, selector, cpl: cpl)
            try checkPushRoom(2, size)
            let target = try admitted(entry, selector, offset, cpl: cpl)
            try pushValue(UInt64(file.pointee.cs.selector), size)
            try pushValue(back, size)
            file.pointee.cs = target
            scratch.pointee.nextIP = offset
            return
        }
        switch entry.type {
        case 4 where !file.pointee.isLong, 12: try callThroughGate(entry, selector, back)
        default: try systemTarget(entry, selector, .call)
        }
    }

    private func jumpReal2(_ selector: UInt16, _ offset: UInt64, _ back: UInt64, _ size: UInt8) throws(Exception) {
        let old = UInt64(file.pointee.cs.selector)
        try jumpReal(selector, offset)
        try pushValue(old, size)
        try pushValue(back, size)
    }

    /// Both pushes must succeed before CS changes.
    func checkPushRoom(_ count: UInt64, _ size: UInt8) throws(Exception) {
        for number in 1...count {
            let pointer = (stackPointer &- number &* UInt64(size)) & stackMask
            _ = try linear(.ss, pointer, UInt64(size), write: true)
        }
    }

    private func callThroughGate(_ gate: Descriptor, _ selector: UInt16, _ back: UInt64) throws(Exception) {
        let (target, code, start) = try throughCallGate(gate, selector)
        let size: UInt8 = file.pointee.isLong ? 8 : gate.type == 12 ? 4 : 2
        try checkOffset(start, in: target, code)
        guard !target.isConforming, target.privilege < cpl else {
            try checkPushRoom(2, size)
            let segment = try admitted(target, code, start, cpl: cpl)
            try pushValue(UInt64(file.pointee.cs.selector), size)
            try pushValue(back, size)
            file.pointee.cs = segment
            scratch.pointee.nextIP = start
            return
        }
        if file.pointee.isLong {
            return try callThroughLongGate(back, try admitted(target, code, start, cpl: target.privilege), start)
        }
        var stack = try innerStack(target.privilege, external: 0)
        let parameters = UInt64(gate.parameterCount)
        let oldSS = file.pointee.ss.selector, oldPointer = stackPointer
        var values: [UInt64] = []
        for number in 0..<parameters { values.append(try peekStack(number &* UInt64(size), size)) }
        try stack.push(self, UInt64(oldSS), size)
        try stack.push(self, mask(size) & UInt64(oldPointer), size)
        for value in values.reversed() { try stack.push(self, value, size) }
        try stack.push(self, UInt64(file.pointee.cs.selector), size)
        try stack.push(self, back, size)
        let segment = try admitted(target, code, start, cpl: target.privilege)
        stack.commit(self)
        file.pointee.cs = segment
        scratch.pointee.nextIP = start
    }

    /// An inner level in IA-32e mode: a null SS, RSP from the TSS, no parameters (SDM 3A 5.8.5.1).
    private func callThroughLongGate(_ back: UInt64, _ target: Segment, _ start: UInt64) throws(Exception) {
        let privilege = target.privilege
        var stack = LongStack(
            pointer: try longStackPointer(at: 4 + UInt32(privilege) * 8, external: 0), privilege: privilege,
            error: 0)
        try stack.push(self, UInt64(file.pointee.ss.selector))
        try stack.push(self, isWide ? register64(4) : register64(4) & 0xFFFF_FFFF)
        try stack.push(self, UInt64(file.pointee.cs.selector))
        try stack.push(self, back)
        file.pointee.ss = .nullStack(privilege)
        file.pointee.cs = target
        setRegister64(4, stack.pointer)
        scratch.pointee.nextIP = start
    }

    func retFar(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize, bytes = UInt64(size)
        let extra = i.pointee.operand0.kind == .immediate ? i.pointee.immediate & 0xFFFF : 0
        let offset = try peekStack(0, size)
        let selector = UInt16(truncatingIfNeeded: try peekStack(bytes, size))
        guard usesDescriptors else {
            try jumpReal(selector, offset)
            stackPointer = (stackPointer &+ 2 &* bytes &+ extra) & stackMask
            return
        }
        try returnFar(selector, offset, size, parameters: extra, above: 2 &* bytes)
    }

    /// The common part of RETF and IRET in protected mode: checks CS, then goes back on the same or to an outer level.
    /// An outer stack that is not present is #SS in RETF (SDM 2B, RET) and #NP in IRET (SDM 2A, IRET).
    private func returnFar(
        _ selector: UInt16, _ offset: UInt64, _ size: UInt8, parameters: UInt64, above: UInt64,
        absentStack: Vector = .stackFault, popsStack: Bool = false
    ) throws(Exception) {
        let code = UInt32(selector & 0xFFFC), rpl = Selector(selector).requestedPrivilege
        guard !Selector(selector).isNull else { throw generalProtection(0, .nullSelector(use: "CS of a return")) }
        let entry = try descriptor(selector)
        guard entry.isCode else {
            throw generalProtection(code, .codeSegmentInvalid(selector: selector, attributes: entry.attributes))
        }
        guard rpl >= cpl, entry.isConforming ? entry.privilege <= rpl : entry.privilege == rpl else {
            throw generalProtection(code, .privilege(selector: selector, cpl: cpl, rpl: rpl, dpl: entry.privilege))
        }
        guard entry.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
        if rpl == cpl, !popsStack {
            let segment = try admitted(entry, selector, offset, cpl: cpl)
            stackPointer = (stackPointer &+ above &+ parameters) & stackMask
            file.pointee.cs = segment
            scratch.pointee.nextIP = offset
            return
        }
        let bytes = UInt64(size)
        let newPointer = try peekStack(above &+ parameters, size)
        let newStack = UInt16(truncatingIfNeeded: try peekStack(above &+ parameters &+ bytes, size))
        let isWideTarget = file.pointee.isLong && entry.isLong
        let pointer = newPointer &+ parameters
        // 64-bit code below CPL 3 can do without a stack segment (SDM 3A 6.14.3).
        if isWideTarget, rpl < 3, Selector(newStack).isNull, Selector(newStack).requestedPrivilege == rpl {
            try enter(entry, selector, offset, cpl: rpl)
            file.pointee.ss = .nullStack(rpl)
            file.pointee.ss.selector = newStack
            setRegister64(4, pointer)
            return dropInnerSegments(rpl)
        }
        var stack = try outerStack(newStack, rpl, absent: absentStack)
        try markAccessed(&stack)
        try enter(entry, selector, offset, cpl: rpl)
        file.pointee.ss = stack.segment(newStack)
        if isWideTarget {
            setRegister64(4, pointer)
        } else if stack.high & 0x40_0000 != 0 {
            setRegister32(4, UInt32(truncatingIfNeeded: pointer))
        } else {
            setRegister16(4, UInt16(truncatingIfNeeded: pointer))
        }
        dropInnerSegments(rpl)
    }

    private func outerStack(
        _ selector: UInt16, _ privilege: UInt8, absent: Vector
    ) throws(Exception) -> Descriptor {
        let code = UInt32(selector & 0xFFFC)
        guard !Selector(selector).isNull else { throw generalProtection(0, .nullSelector(use: "SS of a return")) }
        let entry = try descriptor(selector)
        guard Selector(selector).requestedPrivilege == privilege, entry.privilege == privilege else {
            throw generalProtection(
                code,
                .stackPrivilege(
                    selector: selector, cpl: privilege, rpl: Selector(selector).requestedPrivilege,
                    dpl: entry.privilege))
        }
        guard entry.isWritableData else {
            throw generalProtection(
                code, .stackSegmentInvalid(selector: selector, attributes: entry.attributes))
        }
        guard entry.isPresent else { throw Exception(absent, code, .descriptorNotPresent(selector: selector)) }
        return entry
    }

    /// Data segments that the outer level may not use become null (SDM 2B, RET).
    private func dropInnerSegments(_ privilege: UInt8) {
        for register in [SegmentRegister.es, .ds, .fs, .gs] {
            let held = segment(register).pointee
            if held.isPresent, !held.isConforming, held.privilege < privilege {
                segment(register).pointee = Segment()
            }

        }
    }

    func iret(_ i: UnsafePointer<Instruction>) throws(Exception) {
        // Even if it faults (SDM 3A 6.7.1).
        file.pointee.nmiBlocked = 0
        // Another one may wait for this.
        if io.hasSignal { io.attention = true }
        let size = i.pointee.operandSize, bytes = UInt64(size)
        if file.pointee.isLong { return try iretLong(i) }
        if isSensitive { return try iretSensitive(i) }
        if usesDescriptors, file.pointee.rflags & UInt64(Flags.nestedTask) != 0 { return try returnToTask() }
        let offset = try peekStack(0, size)
        let selector = UInt16(truncatingIfNeeded: try peekStack(bytes, size))
        let flags = UInt32(truncatingIfNeeded: try peekStack(2 &* bytes, size))
        let resume = size == 4 ? Flags.resume : 0
        guard usesDescriptors else {
            try jumpReal(selector, offset)
            stackPointer = (stackPointer &+ 3 &* bytes) & stackMask
            changeFlags(to: flags, size, also: resume)
            return
        }
        if size == 4, flags & Flags.virtual8086 != 0, cpl == 0 {
            return try enterVirtual8086(selector, offset, flags: flags)
        }
        let before = cpl, iopl = ioPrivilege
        try returnFar(selector, offset, size, parameters: 0, above: 3 &* bytes, absentStack: .segmentNotPresent)
        changeFlags(to: flags, size, privilege: before, ioPrivilege: iopl)
    }

    /// IRET in IA-32e mode: no nested tasks, no V86; 64-bit code always pops a stack (SDM 2A, IRET).
    private func iretLong(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize, bytes = UInt64(size)
        guard file.pointee.rflags & UInt64(Flags.nestedTask) == 0 else {
            throw generalProtection(0, .nestedTaskInLongMode)
        }
        let offset = try peekStack(0, size)
        let selector = UInt16(truncatingIfNeeded: try peekStack(bytes, size))
        let flags = UInt32(truncatingIfNeeded: try peekStack(2 &* bytes, size))
        let before = cpl, iopl = ioPrivilege
        try returnFar(
            selector, offset, size, parameters: 0, above: 3 &* bytes, absentStack: .segmentNotPresent,
            popsStack: isWide)
        changeFlags(to: flags, size, privilege: before, ioPrivilege: iopl)
    }

    /// IOPL and IF by the privilege before the return (SDM 2A, IRET).
    private func changeFlags(to flags: UInt32, _ size: UInt8, privilege before: UInt8, ioPrivilege iopl: UInt8) {
        let resume = size == 2 ? 0 : Flags.resume
        var writable =
            Flags.status | Flags.trap | Flags.direction | Flags.nestedTask | Flags.alignmentCheck
            | Flags.identification | resume
        if before == 0 {
            writable |= Flags.ioPrivilege | Flags.virtualInterrupt | Flags.virtualInterruptPending
        }
        if before <= iopl { writable |= Flags.interrupt }
        writable &= size == 2 ? 0xFFFF : interpreter.validFlags
        eflags = (eflags & ~writable) | (flags & writable)
        if before == 0 { checkVirtualInterrupt("IRET") }
    }
}
