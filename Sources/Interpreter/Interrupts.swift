import Machine
import X86ISA

/// Where an event came from, which decides the checks of its delivery.
enum EventSource {
    case exception
    case hardware
    /// INT n, INT3, INTO: the gate's DPL counts.
    case software
}

/// A stack that is not yet loaded: what a privilege change pushes to before anything of the old state goes.
struct PendingStack {
    var segment: Segment
    var pointer: UInt64
    let external: UInt32
    /// #AC is due: a gate that stays at CPL 3 (SDM 2A, INT n).
    var alignment = false

    var mask: UInt64 { segment.isBig ? 0xFFFF_FFFF : 0xFFFF }

    mutating func push(_ core: Core, _ value: UInt64, _ size: UInt8) throws(Exception) {
        let next = (pointer &- UInt64(size)) & mask
        guard core.isWithin(segment, next, UInt64(size)) else {
            throw Exception(
                .stackFault, UInt32(segment.selector & 0xFFFC) | external,
                .stackLimit(offset: next, size: size, limit: segment.limit))
        }
        let place = (segment.base &+ next) & 0xFFFF_FFFF
        if alignment {
            guard place & UInt64(size - 1) == 0 else {
                throw Exception(.alignmentCheck, external, .misaligned(linear: place, alignment: size))
            }
        }
        try core.writeStack(place, size, value, privilege: segment.privilege)
        pointer = next
    }

    func commit(_ core: Core) {
        core.file.pointee.ss = segment
        core.stackPointer = pointer
    }
}

/// Delivery of interrupts and exceptions (SDM 3A 6.12, 20.1.4).
extension Core {
    /// Saves the state and enters the handler, or throws the exception that this raised.
    func deliver(
        _ vector: UInt8, _ source: EventSource, errorCode: UInt32?, returnIP: UInt64
    ) throws(Exception) {
        try enterHandler(vector, source, errorCode: errorCode, returnIP: returnIP)
        // GD (SDM 3B 18.2.4)
        if vector == Vector.debug.rawValue, source == .exception { file.pointee.dr7 &= ~0x2000 }
    }

    private func enterHandler(
        _ vector: UInt8, _ source: EventSource, errorCode: UInt32?, returnIP: UInt64
    ) throws(Exception) {
        guard isProtected else { return try deliverReal(vector, returnIP) }
        let external: UInt32 = source == .software ? 0 : 1
        if file.pointee.isLong {
            return try deliverLong(vector, source, external, errorCode: errorCode, returnIP: returnIP)
        }
        let idtCode = UInt32(vector) << 3 | 2 | external
        guard UInt32(vector) * 8 + 7 <= UInt32(file.pointee.idtr.limit) else {
            throw generalProtection(idtCode, .idtLimit(vector: vector, limit: file.pointee.idtr.limit))
        }
        let place = (file.pointee.idtr.base &+ UInt64(vector) * 8) & 0xFFFF_FFFF
        var gate = Descriptor(
            low: try readSystem(place, as: UInt32.self),
            high: try readSystem((place &+ 4) & 0xFFFF_FFFF, as: UInt32.self), address: place)
        if interpreter.features.generation == .i80286 { gate = gate.asOf80286 }
        guard !gate.isCodeOrData, [5, 6, 7, 14, 15].contains(gate.type) else {
            throw generalProtection(
                idtCode, .gateWrongType(vector: vector, type: UInt8(truncatingIfNeeded: gate.high >> 8) & 0x1F))
        }
        if source == .software, gate.privilege < cpl {
            throw generalProtection(idtCode, .gatePrivilege(vector: vector, dpl: gate.privilege, cpl: cpl))
        }
        guard gate.isPresent else {
            throw Exception(.segmentNotPresent, idtCode, .gateNotPresent(vector: vector))
        }
        if gate.type == 5 {
            try deliverThroughTaskGate(gate, source, errorCode: errorCode, returnIP: returnIP)
        } else {
            try deliverThroughGate(gate, external, errorCode: errorCode, returnIP: returnIP)
        }
    }

    private func deliverThroughGate(
        _ gate: Descriptor, _ external: UInt32, errorCode: UInt32?, returnIP: UInt64
    ) throws(Exception) {
        let selector = gate.gateSelector, code = UInt32(selector & 0xFFFC) | external
        guard !Selector(selector).isNull else {
            throw generalProtection(external, .nullSelector(use: "CS of an interrupt gate"))
        }
        var target = try descriptor(selector, external: external)
        guard target.isCode else {
            throw generalProtection(code, .codeSegmentInvalid(selector: selector, attributes: target.attributes))
        }
        guard target.privilege <= cpl else {
            throw generalProtection(
                code, .privilege(selector: selector, cpl: cpl, rpl: 0, dpl: target.privilege))
        }
        guard target.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
        let isVirtual = file.pointee.isVirtual8086
        if isVirtual, target.isConforming || target.privilege != 0 {
            throw generalProtection(
                code, .virtual8086Target(selector: selector, attributes: target.attributes))
        }
        let size: UInt8 = gate.type >= 14 ? 4 : 2
        let start = size == 4 ? gate.gateOffset : gate.gateOffset & 0xFFFF
        let inner = !target.isConforming && target.privilege < cpl
        var stack: PendingStack
        if inner {
            stack = try innerStack(target.privilege, external: external)
        } else {
            stack = PendingStack(
                segment: file.pointee.ss, pointer: stackPointer, external: external,
                alignment: file.pointee.checksAlignment)
            // Same stack: an overrun is #SS with an error code of EXT alone.
            stack.segment.selector = 0
        }
        guard start <= UInt64(target.limit) else {
            throw generalProtection(external, .targetBeyondLimit(offset: start, limit: target.limit))
        }
        let image = eflags | interpreter.resumeImage
        if isVirtual { try pushDataSegments(&stack, size) }
        if inner {
            try stack.push(self, UInt64(file.pointee.ss.selector), size)
            try stack.push(self, stackPointerImage(size), size)
        }
        try stack.push(self, UInt64(image), size)
        try stack.push(self, UInt64(file.pointee.cs.selector), size)
        try stack.push(self, returnIP, size)
        if let errorCode { try stack.push(self, UInt64(errorCode), size) }
        try markAccessed(&target)
        let newPrivilege = target.isConforming ? cpl : target.privilege
        if inner {
            stack.commit(self)
        } else {
            stackPointer = stack.pointer
        }
        if isVirtual { clearDataSegments() }
        file.pointee.cs = target.segment(selector & 0xFFFC | UInt16(newPrivilege))
        file.pointee.rip = start
        var cleared = Flags.trap | Flags.nestedTask | Flags.resume | Flags.virtual8086
        // Interrupt gates (6, 14) clear IF, trap gates do not.
        if gate.type & 1 == 0 { cleared |= Flags.interrupt }
        file.pointee.rflags &= ~UInt64(cleared)
    }

    private func stackPointerImage(_ size: UInt8) -> UInt64 { UInt64(register32(4)) & mask(size) }

    private func deliverReal(_ vector: UInt8, _ returnIP: UInt64) throws(Exception) {
        guard UInt32(vector) * 4 + 3 <= UInt32(file.pointee.idtr.limit) else {
            throw generalProtection(0, .idtLimit(vector: vector, limit: file.pointee.idtr.limit))
        }
        let entry = readLinear((file.pointee.idtr.base &+ UInt64(vector) * 4) & 0xFFFF_FFFF, as: UInt32.self)
        var stack = PendingStack(segment: file.pointee.ss, pointer: stackPointer, external: 0)
        stack.segment.selector = 0
        try stack.push(self, UInt64(interpreter.features.pushedFlags(eflags, isProtected: false) & 0xFFFF), 2)
        try stack.push(self, UInt64(file.pointee.cs.selector), 2)
        try stack.push(self, returnIP & 0xFFFF, 2)
        stackPointer = stack.pointer
        file.pointee.cs.selector = UInt16(truncatingIfNeeded: entry >> 16)
        file.pointee.cs.base = UInt64(entry >> 16) << 4
        file.pointee.rip = UInt64(entry & 0xFFFF)
        file.pointee.rflags &= ~UInt64(Flags.interrupt | Flags.trap | Flags.alignmentCheck | Flags.resume)
    }

    /// The stack that the TSS names for an inner level (SDM 3A 5.8.5, 6.12.1).
    func innerStack(_ privilege: UInt8, external: UInt32) throws(Exception) -> PendingStack {
        let tr = file.pointee.tr
        let trCode = UInt32(tr.selector & 0xFFFC) | external
        let wide = tr.type >= 9
        let offset = wide ? 4 + UInt32(privilege) * 8 : 2 + UInt32(privilege) * 4
        let last = offset + (wide ? 7 : 3)
        guard last <= tr.limit else { throw Exception(.invalidTSS, trCode, .tssLimit(needed: last, limit: tr.limit)) }
        let place = (tr.base &+ UInt64(offset)) & 0xFFFF_FFFF
        let pointer: UInt64
        if wide {
            pointer = UInt64(try readSystem(place, as: UInt32.self))
        } else {
            pointer = UInt64(try readSystem(place, as: UInt16.self))
        }
        let selector = try readSystem((place &+ (wide ? 4 : 2)) & 0xFFFF_FFFF, as: UInt16.self)
        let code = UInt32(selector & 0xFFFC) | external
        guard !Selector(selector).isNull else {
            throw Exception(.invalidTSS, external, .nullSelector(use: "SS\(privilege) of the TSS"))
        }
        var entry = try descriptor(selector, vector: .invalidTSS, external: external)
        guard Selector(selector).requestedPrivilege == privilege, entry.privilege == privilege else {
            throw Exception(
                .invalidTSS, code,
                .stackPrivilege(
                    selector: selector, cpl: privilege, rpl: Selector(selector).requestedPrivilege,
                    dpl: entry.privilege))
        }
        guard entry.isWritableData else {
            throw Exception(
                .invalidTSS, code, .stackSegmentInvalid(selector: selector, attributes: entry.attributes))
        }
        guard entry.isPresent else {
            throw Exception(.stackFault, code, .descriptorNotPresent(selector: selector))
        }
        try markAccessed(&entry)
        return PendingStack(segment: entry.segment(selector), pointer: pointer, external: external)
    }
}
