import Machine
import X86ISA

extension Segment {
    /// What SS is where 64-bit code runs without a stack segment: unusable, but it tells CPL (SDM 3A 6.14.3).
    static func nullStack(_ privilege: UInt8) -> Segment {
        Segment(selector: UInt16(privilege), base: 0, limit: 0, attributes: UInt16(privilege) << 5)
    }
}

/// A 64-bit stack that is not yet loaded.
struct LongStack {
    var pointer: UInt64
    let privilege: UInt8
    /// Error code of a stack that is not canonical.
    let error: UInt32

    mutating func push(_ core: Core, _ value: UInt64) throws(Exception) {
        let next = pointer &- 8
        guard core.isCanonical(next), core.isCanonical(next &+ 7) else {
            throw Exception(.stackFault, error, .nonCanonical(address: next))
        }
        try core.writeStack(next, 8, value, privilege: privilege)
        pointer = next
    }
}

/// Delivery of interrupts and exceptions in IA-32e mode, and the fast system calls (SDM 3A 5.8.7, 5.8.8, 6.14).
extension Core {
    /// RSP from a 64-bit TSS.
    func longStackPointer(at offset: UInt32, external: UInt32) throws(Exception) -> UInt64 {
        let tr = file.pointee.tr
        let code = UInt32(tr.selector & 0xFFFC) | external
        guard offset + 7 <= tr.limit else {
            throw Exception(.invalidTSS, code, .tssLimit(needed: offset + 7, limit: tr.limit))
        }
        return try readSystem(tr.base &+ UInt64(offset), as: UInt64.self)
    }

    func deliverLong(
        _ vector: UInt8, _ source: EventSource, _ external: UInt32, errorCode: UInt32?, returnIP: UInt64
    ) throws(Exception) {
        let idtCode = UInt32(vector) << 3 | 2 | external
        guard UInt32(vector) * 16 + 15 <= UInt32(file.pointee.idtr.limit) else {
            throw generalProtection(idtCode, .idtLimit(vector: vector, limit: file.pointee.idtr.limit))
        }
        let place = file.pointee.idtr.base &+ UInt64(vector) * 16
        let low = try readSystem(place, as: UInt64.self), high = try readSystem(place &+ 8, as: UInt64.self)
        let gate = Descriptor(
            low: UInt32(truncatingIfNeeded: low), high: UInt32(truncatingIfNeeded: low >> 32), address: place)
        guard !gate.isCodeOrData, gate.type >= 14, high >> 40 & 0x1F == 0 else {
            throw generalProtection(
                idtCode, .gateWrongType(vector: vector, type: UInt8(truncatingIfNeeded: gate.high >> 8) & 0x1F))
        }
        if source == .software, gate.privilege < cpl {
            throw generalProtection(idtCode, .gatePrivilege(vector: vector, dpl: gate.privilege, cpl: cpl))
        }
        guard gate.isPresent else { throw Exception(.segmentNotPresent, idtCode, .gateNotPresent(vector: vector)) }
        let selector = gate.gateSelector, code = UInt32(selector & 0xFFFC) | external
        guard !Selector(selector).isNull else {
            throw generalProtection(external, .nullSelector(use: "CS of an interrupt gate"))
        }
        var target = try descriptor(selector, external: external)
        guard target.isCode, target.isLong, !target.isBig else {
            throw generalProtection(code, .codeSegmentInvalid(selector: selector, attributes: target.attributes))
        }
        guard target.privilege <= cpl else {
            throw generalProtection(code, .privilege(selector: selector, cpl: cpl, rpl: 0, dpl: target.privilege))
        }
        guard target.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
        let privilege = target.isConforming ? cpl : target.privilege
        let start = gate.gateOffset | (high & 0xFFFF_FFFF) << 32
        let oldPointer = isWide ? register64(4) : register64(4) & (file.pointee.ss.isBig ? 0xFFFF_FFFF : 0xFFFF)
        var pointer: UInt64
        let table = gate.high & 7
        if table != 0 {
            // IST1 is at 24h.
            pointer = try longStackPointer(at: 0x1C + table * 8, external: external)
        } else if privilege < cpl {
            pointer = try longStackPointer(at: 4 + UInt32(privilege) * 8, external: external)
        } else {
            pointer = oldPointer
        }
        guard isCanonical(start) else { throw generalProtection(external, .nonCanonical(address: start)) }
        // The frame is aligned to 16 bytes (SDM 3A 6.14.2).
        pointer &= ~15
        var stack = LongStack(pointer: pointer, privilege: privilege, error: external)
        try stack.push(self, UInt64(file.pointee.ss.selector))
        try stack.push(self, register64(4))
        try stack.push(self, UInt64(eflags | interpreter.resumeImage))
        try stack.push(self, UInt64(file.pointee.cs.selector))
        try stack.push(self, returnIP)
        if let errorCode { try stack.push(self, UInt64(errorCode)) }
        try markAccessed(&target)
        if privilege < cpl { file.pointee.ss = .nullStack(privilege) }
        file.pointee.cs = target.segment(selector & 0xFFFC | UInt16(privilege))
        setRegister64(4, stack.pointer)
        file.pointee.rip = start
        var cleared = Flags.trap | Flags.nestedTask | Flags.resume
        if gate.type == 14 { cleared |= Flags.interrupt }
        file.pointee.rflags &= ~UInt64(cleared)
    }

    // MARK: SYSCALL and SYSENTER

    private static var flatCode: UInt16 { 0x809B }
    private static var flatData: UInt16 { 0xC093 }

    private func flat(_ selector: UInt64, _ attributes: UInt16, privilege: UInt16) -> Segment {
        Segment(
            selector: UInt16(truncatingIfNeeded: selector) & 0xFFFC | privilege, base: 0, limit: .max,
            attributes: attributes | privilege << 5)
    }

    /// 64-bit mode alone, as on Intel's CPUs (SDM 2B, SYSCALL).
    func syscall(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard isWide else { throw invalidOpcode(.notInThisMode(instruction: "SYSCALL")) }
        guard file.pointee.efer & ControlBits.systemCallEnable != 0 else {
            throw invalidOpcode(.disabled(instruction: "SYSCALL", by: "EFER.SCE"))
        }
        setRegister64(1, scratch.pointee.nextIP)
        setRegister64(11, UInt64(eflags & ~Flags.resume))
        scratch.pointee.nextIP = file.pointee.lstar
        eflags = eflags & ~UInt32(truncatingIfNeeded: file.pointee.syscallMask) & ~Flags.resume
        let selector = file.pointee.star >> 32
        file.pointee.cs = flat(selector & 0xFFFC, Self.flatCode | 0x2000, privilege: 0)
        file.pointee.ss = flat((selector & 0xFFFC) &+ 8, Self.flatData, privilege: 0)
    }

    func sysret(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard isWide else { throw invalidOpcode(.notInThisMode(instruction: "SYSRET")) }
        guard file.pointee.efer & ControlBits.systemCallEnable != 0 else {
            throw invalidOpcode(.disabled(instruction: "SYSRET", by: "EFER.SCE"))
        }
        try requirePrivilegeZero("SYSRET")
        let selector = file.pointee.star >> 48, target = register64(1)
        let toLong = i.pointee.operandSize == 8
        if toLong {
            guard isCanonical(target) else { throw generalProtection(0, .nonCanonical(address: target)) }
        }
        let flags = UInt32(truncatingIfNeeded: register64(11))
        eflags = flags & 0x3C_7FD7 & ~(Flags.resume | Flags.virtual8086) | Flags.fixed
        scratch.pointee.nextIP = toLong ? target : target & 0xFFFF_FFFF
        file.pointee.cs =
            toLong
            ? flat((selector & 0xFFFF) &+ 16, Self.flatCode | 0x2000, privilege: 3)
            : flat(selector & 0xFFFF, Self.flatCode | 0x4000, privilege: 3)
        file.pointee.ss = flat((selector & 0xFFFF) &+ 8, Self.flatData, privilege: 3)
    }

    func sysenter(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard isProtected else { throw generalProtection(0, .notInThisMode(instruction: "SYSENTER")) }
        let selector = file.pointee.sysenterCS & 0xFFFC
        guard selector != 0 else { throw generalProtection(0, .nullSelector(use: "IA32_SYSENTER_CS")) }
        let isLong = file.pointee.isLong
        file.pointee.rflags &= ~UInt64(Flags.virtual8086 | Flags.interrupt)
        let pointer = file.pointee.sysenterESP, start = file.pointee.sysenterEIP
        file.pointee.cs = flat(selector, Self.flatCode | (isLong ? 0x2000 : 0x4000), privilege: 0)
        file.pointee.ss = flat(selector &+ 8, Self.flatData, privilege: 0)
        setRegister64(4, isLong ? pointer : pointer & 0xFFFF_FFFF)
        scratch.pointee.nextIP = isLong ? start : start & 0xFFFF_FFFF
    }

    func sysexit(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard isProtected else { throw generalProtection(0, .notInThisMode(instruction: "SYSEXIT")) }
        try requirePrivilegeZero("SYSEXIT")
        let selector = file.pointee.sysenterCS & 0xFFFC
        guard selector != 0 else { throw generalProtection(0, .nullSelector(use: "IA32_SYSENTER_CS")) }
        let toLong = i.pointee.operandSize == 8
        let pointer = register64(1), target = register64(2)
        if toLong {
            guard isCanonical(pointer) else { throw generalProtection(0, .nonCanonical(address: pointer)) }
            guard isCanonical(target) else { throw generalProtection(0, .nonCanonical(address: target)) }
        }
        setRegister64(4, toLong ? pointer : pointer & 0xFFFF_FFFF)
        scratch.pointee.nextIP = toLong ? target : target & 0xFFFF_FFFF
        file.pointee.cs = flat(
            selector &+ (toLong ? 32 : 16), Self.flatCode | (toLong ? 0x2000 : 0x4000), privilege: 3)
        file.pointee.ss = flat(selector &+ (toLong ? 40 : 24), Self.flatData, privilege: 3)
    }

    func swapgs(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard isWide else { throw invalidOpcode(.notInThisMode(instruction: "SWAPGS")) }
        try requirePrivilegeZero("SWAPGS")
        (file.pointee.gs.base, file.pointee.kernelGSBase) = (file.pointee.kernelGSBase, file.pointee.gs.base)
    }
}
