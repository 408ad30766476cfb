import Machine
import X86ISA

/// System instructions that came after the Pentium.
extension Core {
    private func requireBit(_ bit: UInt64, _ instruction: String, _ name: String) throws(Exception) {
        guard file.pointee.cr4 & bit != 0 else { throw invalidOpcode(.disabled(instruction: instruction, by: name)) }
    }

    // MARK: FS and GS

    func readBase(_ i: UnsafePointer<Instruction>, _ target: SegmentRegister) throws(Exception) {
        try requireBit(ControlBits.segmentBaseAccess, "RDFSBASE", "CR4.FSGSBASE")
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, segment(target).pointee.base)
    }

    func writeBase(_ i: UnsafePointer<Instruction>, _ target: SegmentRegister) throws(Exception) {
        try requireBit(ControlBits.segmentBaseAccess, "WRFSBASE", "CR4.FSGSBASE")
        let value = register(i.pointee.operand0.number, i.pointee.operand0.size)
        guard isCanonical(value) else { throw generalProtection(0, .nonCanonical(address: value)) }
        segment(target).pointee.base = value
    }

    // MARK: EFLAGS.AC for CR4.SMAP

    func setAccess(_ value: Bool) throws(Exception) {
        guard isProtected, cpl == 0, !file.pointee.isVirtual8086 else {
            throw invalidOpcode(.needsPrivilegeZero(instruction: value ? "STAC" : "CLAC", cpl: cpl))
        }
        let bit = UInt64(Flags.alignmentCheck)
        file.pointee.rflags = file.pointee.rflags & ~bit | (value ? bit : 0)
    }

    // MARK: TLB

    /// The descriptor has the PCID in its first half, the linear address in the second (SDM 2A, INVPCID).
    func invpcid(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard !file.pointee.isVirtual8086 else { throw generalProtection(0, .notInThisMode(instruction: "INVPCID")) }
        try requirePrivilegeZero("INVPCID")
        let kind = register(i.pointee.operand0.number, isWide ? 8 : 4)
        let place = try linear(i.pointee.segment, effectiveAddress(i), 16, write: false)
        let first = readLinear(place, as: UInt64.self), address = readLinear(wrapped(place &+ 8), as: UInt64.self)
        guard kind <= 3, kind > 1 || first >> 12 == 0 else {
            throw generalProtection(0, .reservedBits(register: "INVPCID's descriptor", value: kind > 3 ? kind : first))
        }
        let identifies = file.pointee.cr4 & ControlBits.processContextIdentifiers != 0
        let context = UInt16(first & 0xFFF)
        if kind < 2, !identifies, context != 0 {
            throw generalProtection(0, .reservedBits(register: "INVPCID's descriptor", value: first))
        }
        switch kind {
        case 0:
            guard isCanonical(address) else { throw generalProtection(0, .nonCanonical(address: address)) }
            translations.invalidate(address, context: context)
        case 1: translations.invalidate(context: context)
        case 2: translations.invalidateAll()
        default: translations.invalidateLocal()
        }
    }

    // MARK: XCR0

    func xgetbv(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireBit(ControlBits.xsaveEnable, "XGETBV", "CR4.OSXSAVE")
        // 1: XINUSE, of what is enabled.
        let hasInUse = interpreter.model.identification(0xD, 1).eax & 4 != 0
        guard register32(1) == 0 || register32(1) == 1 && hasInUse else {
            throw generalProtection(0, .unknownModelRegister(number: register32(1)))
        }
        let value = register32(1) == 0 ? file.pointee.xcr0 : componentsInUse
        setRegister32(0, UInt32(truncatingIfNeeded: value))
        setRegister32(2, UInt32(truncatingIfNeeded: value >> 32))
    }

    func xsetbv(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireBit(ControlBits.xsaveEnable, "XSETBV", "CR4.OSXSAVE")
        try requirePrivilegeZero("XSETBV")
        guard register32(1) == 0 else {
            throw generalProtection(0, .unknownModelRegister(number: register32(1)))
        }
        let value = UInt64(register32(2)) << 32 | UInt64(register32(0))
        let offered = UInt64(interpreter.model.identification(0xD).eax)
        // x87 always, AVX with SSE (SDM 1 13.3).
        guard value & ~offered == 0, value & 1 != 0, value & 4 == 0 || value & 2 != 0 else {
            throw generalProtection(0, .reservedBits(register: "XCR0", value: value))
        }
        file.pointee.xcr0 = value
    }

    // MARK: Identification and random numbers

    func rdpid(_ i: UnsafePointer<Instruction>) throws(Exception) {
        setRegister(i.pointee.operand0.number, isWide ? 8 : 4, file.pointee.tscAux)
    }

    /// RDRAND and RDSEED: there is always a number (SDM 2B, RDRAND).
    func rdrand(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let operand = i.pointee.operand0
        setRegister(operand.number, operand.size, interpreter.vm.random.next() & mask(operand.size))
        setFlags(1, 1, carry: true, overflow: false, adjust: false)
    }

    func rdpmc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if file.pointee.cr4 & 0x100 == 0 { try requirePrivilegeZero("RDPMC with CR4.PCE clear") }
        // There are no counters.
        throw generalProtection(0, .unknownModelRegister(number: register32(1)))
    }

    // MARK: MONITOR and MWAIT

    /// A read by the rules. What was armed is not kept, since MWAIT does not wait for it.
    func monitor(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("MONITOR")
        guard register32(1) == 0 else {
            throw generalProtection(0, .reservedBits(register: "ECX", value: register64(1)))
        }
        let size = i.pointee.addressSize
        _ = try linear(i.pointee.segment, register(0, size), 1, write: false)
    }

    /// Wakes at once, as any implementation may (SDM 2B, MWAIT: "false wake-ups").
    func mwait(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("MWAIT")
        guard register32(1) & ~1 == 0 else {
            throw generalProtection(0, .reservedBits(register: "ECX", value: register64(1)))
        }
    }

    // MARK: Caches and hints

    /// CLFLUSH, CLFLUSHOPT, CLWB: a read by the rules, with no cache to write back.
    func flushLine(_ i: UnsafePointer<Instruction>) throws(Exception) {
        _ = try linear(i.pointee.segment, effectiveAddress(i), 1, write: false, alignment: 1)
    }
}
