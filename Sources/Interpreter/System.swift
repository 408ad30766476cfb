import Machine
import X86ISA

/// Control registers, descriptor-table registers, MSRs, CPUID, HLT (SDM 2A, 2B, 3A 2.8).
extension Core {
    func hlt(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("HLT")
        file.pointee.halted = 1
        scratch.pointee.exit = .halted
    }

    // MARK: Descriptor tables

    func storeTable(_ i: UnsafePointer<Instruction>, _ table: TableRegister) throws(Exception) {
        try requireNoUMIP("SGDT or SIDT")
        // The whole base in every operand size, as since the 386 (SDM 2B, SGDT).
        let place = try linear(i.pointee.segment, effectiveAddress(i), isWide ? 10 : 6, write: true, alignment: 1)
        // A word, and a double word behind it (SDM 3A 3.5.1).
        if scratch.pointee.checksAlignment { try checkAlignment(wrapped(place &+ 2), 4) }
        writeLinear(place, table.limit)
        if isWide { return writeLinear(place &+ 2, table.base) }
        writeLinear((place &+ 2) & 0xFFFF_FFFF, UInt32(truncatingIfNeeded: table.base))
    }

    func loadTable(_ i: UnsafePointer<Instruction>, _ name: String) throws(Exception) -> TableRegister {
        try requirePrivilegeZero(name)
        let place = try linear(i.pointee.segment, effectiveAddress(i), isWide ? 10 : 6, write: false)
        let limit = readLinear(place, as: UInt16.self)
        if isWide {
            let base = readLinear(place &+ 2, as: UInt64.self)
            guard isCanonical(base) else { throw generalProtection(0, .nonCanonical(address: base)) }
            return TableRegister(base: base, limit: limit)
        }
        let base = readLinear((place &+ 2) & 0xFFFF_FFFF, as: UInt32.self)
        return TableRegister(base: UInt64(i.pointee.operandSize == 2 ? base & 0xFF_FFFF : base), limit: limit)
    }

    /// CR4.UMIP keeps SGDT, SIDT, SLDT, SMSW and STR for CPL 0.
    func requireNoUMIP(_ name: String) throws(Exception) {
        guard file.pointee.cr4 & ControlBits.userModeInstructionPrevention != 0, isProtected, cpl != 0 else { return }
        throw generalProtection(0, .needsPrivilegeZero(instruction: name + " with CR4.UMIP", cpl: cpl))
    }

    // MARK: Control registers

    func smsw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireNoUMIP("SMSW")
        var destination = i.pointee.operand0
        if destination.kind == .memory { destination.size = 2 }
        let place = try destinationLinear(i, destination)
        // Bits that an 80286 does not have read as ones.
        let beyond: UInt64 = interpreter.features.generation == .i80286 ? 0xFFF0 : 0
        store(destination, linear: place, file.pointee.cr0 | beyond)
    }

    func lmsw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("LMSW")
        var source = i.pointee.operand0
        source.size = 2
        let value = try value(i, source)
        // PE can be set but not cleared; MP, EM, TS as given (SDM 2A, LMSW).
        try setCR0(file.pointee.cr0 & ~0xE | value & 0xF)
    }

    func clts(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("CLTS")
        file.pointee.cr0 &= ~ControlBits.taskSwitched
    }

    func movControlStore(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("MOV from a control register")
        let value =
            switch i.pointee.operand1.number {
            case 0: file.pointee.cr0
            case 2: file.pointee.cr2
            case 3: file.pointee.cr3
            case 4: file.pointee.cr4
            default: file.pointee.cr8
            }
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, value)
    }

    func movControlLoad(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("MOV to a control register")
        let value = register(i.pointee.operand1.number, i.pointee.operand1.size)
        switch i.pointee.operand0.number {
        case 0: try setCR0(value)
        case 2: file.pointee.cr2 = value
        case 3: try setCR3(value)
        case 4: try setCR4(value)
        default:
            guard value & ~15 == 0 else { throw generalProtection(0, .reservedBits(register: "CR8", value: value)) }
            file.pointee.cr8 = value
            io.localAPIC?.taskPriority = UInt8(truncatingIfNeeded: value)
        }
    }

    // MARK: Identification

    func cpuid(_ i: UnsafePointer<Instruction>) throws(Exception) {
        var told = interpreter.model.identification(register32(0), register32(1))
        if register32(0) == 1, file.pointee.cr4 & ControlBits.xsaveEnable != 0 { told.ecx |= 1 << 27 }
        if register32(0) == 0xD, register32(1) == 0, told.eax != 0 { told.ebx = xsaveSize(file.pointee.xcr0) }
        // XSAVEC or XSAVES: the compacted format, which with these components is as large.
        if register32(0) == 0xD, register32(1) == 1, told.eax & 0xA != 0 { told.ebx = xsaveSize(file.pointee.xcr0) }
        if interpreter.features.apic { tellOfAPIC(&told) }
        setRegister32(0, told.eax)
        setRegister32(3, told.ebx)
        setRegister32(1, told.ecx)
        setRegister32(2, told.edx)
    }

    /// Which processor this is, and whether its local APIC is enabled (SDM 3A 11.4.3, 9.9.3).
    private func tellOfAPIC(_ told: inout CPUModel.Registers) {
        let number = UInt32(truncatingIfNeeded: io.processor)
        switch register32(0) {
        case 1:
            told.ebx |= number << 24
            if file.pointee.apicBase & 1 << 11 == 0 { told.edx &= ~(1 << 9) }
        case 0xB where interpreter.features.extendedAPIC:
            told.ecx |= register32(1) & 0xFF
            told.edx = number
        default: break
        }
    }

    /// Bytes of an XSAVE area in standard form for these components (SDM 1 13.4.2).
    private func xsaveSize(_ components: UInt64) -> UInt32 { components & 4 != 0 ? 832 : 576 }

    func rdtsc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if file.pointee.cr4 & ControlBits.timeStampDisable != 0 { try requirePrivilegeZero("RDTSC with CR4.TSD") }
        let count = now &+ file.pointee.tscOffset
        setRegister32(0, UInt32(truncatingIfNeeded: count))
        setRegister32(2, UInt32(truncatingIfNeeded: count >> 32))
    }

    func rdtscp(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try rdtsc(i)
        setRegister32(1, UInt32(truncatingIfNeeded: file.pointee.tscAux))
    }

    /// Privileged, and nothing to do without caches: INVD, WBINVD.
    func cacheControl(_ name: String) throws(Exception) { try requirePrivilegeZero(name) }

    /// Any address will do: one that is not canonical is left alone (SDM 2A, INVLPG).
    func invlpg(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("INVLPG")
        let offset = effectiveAddress(i), segment = i.pointee.segment
        let base = !isWide || segment == .fs || segment == .gs ? self.segment(segment).pointee.base : 0
        translations.invalidate(wrapped(base &+ offset))
    }
}
