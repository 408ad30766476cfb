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
        // Six bytes in every operand size; the base is stored whole, as since the 386 (SDM 2B, SGDT).
        let place = try linear(i.pointee.segment, effectiveAddress(i), 6, write: true, alignment: 1)
        // A word, and a double word behind it (SDM 3A 3.5.1).
        if scratch.pointee.checksAlignment { try checkAlignment((place &+ 2) & 0xFFFF_FFFF, 4) }
        writeLinear(place, table.limit)
        writeLinear((place &+ 2) & 0xFFFF_FFFF, UInt32(truncatingIfNeeded: table.base))
    }

    func loadTable(_ i: UnsafePointer<Instruction>, _ name: String) throws(Exception) -> TableRegister {
        try requirePrivilegeZero(name)
        let place = try linear(i.pointee.segment, effectiveAddress(i), 6, write: false)
        let limit = readLinear(place, as: UInt16.self)
        let base = readLinear((place &+ 2) & 0xFFFF_FFFF, as: UInt32.self)
        return TableRegister(base: UInt64(i.pointee.operandSize == 2 ? base & 0xFF_FFFF : base), limit: limit)
    }

    // MARK: Control registers

    func smsw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        var destination = i.pointee.operand0
        if destination.kind == .memory { destination.size = 2 }
        let place = try destinationLinear(i, destination)
        store(destination, linear: place, file.pointee.cr0)
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

    private func setCR0(_ value: UInt64) throws(Exception) {
        let paging = value & ControlBits.paging != 0
        guard !paging || value & ControlBits.protectionEnable != 0,
            value & ControlBits.notWriteThrough == 0 || value & ControlBits.cacheDisable != 0
        else { throw generalProtection(0, .reservedBits(register: "CR0", value: value)) }
        if paging {
            interpreter.unsupported = "paging (CR0.PG was set)"
            scratch.pointee.exit = .unsupported
            return
        }
        // ET is fixed to one; reserved bits stay zero.
        file.pointee.cr0 = value & 0xE005_003F | ControlBits.extensionType
    }

    func movControlStore(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("MOV from a control register")
        let value =
            switch i.pointee.operand1.number {
            case 0: file.pointee.cr0
            case 2: file.pointee.cr2
            case 3: file.pointee.cr3
            default: file.pointee.cr4
            }
        setRegister32(i.pointee.operand0.number, UInt32(truncatingIfNeeded: value))
    }

    func movControlLoad(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("MOV to a control register")
        let value = UInt64(register32(i.pointee.operand1.number))
        switch i.pointee.operand0.number {
        case 0: try setCR0(value)
        case 2: file.pointee.cr2 = value
        case 3: file.pointee.cr3 = value
        default:
            // VME PVI TSD DE PSE MCE: the Pentium's.
            guard value & ~0x5F == 0 else { throw generalProtection(0, .reservedBits(register: "CR4", value: value)) }
            file.pointee.cr4 = value
            interpreter.debugRegistersChanged()
        }
    }

    // MARK: Identification and model-specific registers

    func cpuid(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let told = interpreter.model.identification(register32(0), register32(1))
        setRegister32(0, told.eax)
        setRegister32(3, told.ebx)
        setRegister32(1, told.ecx)
        setRegister32(2, told.edx)
    }

    func rdtsc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if file.pointee.cr4 & ControlBits.timeStampDisable != 0 { try requirePrivilegeZero("RDTSC with CR4.TSD") }
        let count = now &+ file.pointee.tscOffset
        setRegister32(0, UInt32(truncatingIfNeeded: count))
        setRegister32(2, UInt32(truncatingIfNeeded: count >> 32))
    }

    func rdmsr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("RDMSR")
        let value: UInt64
        switch register32(1) {
        case 0x10: value = now &+ file.pointee.tscOffset
        // P5_MC_ADDR and P5_MC_TYPE: nothing was ever logged.
        case let number where interpreter.model.modelRegisters.contains(number): value = 0
        default: throw generalProtection(0, .unknownModelRegister(number: register32(1)))
        }
        setRegister32(0, UInt32(truncatingIfNeeded: value))
        setRegister32(2, UInt32(truncatingIfNeeded: value >> 32))
    }

    func wrmsr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("WRMSR")
        switch register32(1) {
        case 0x10: file.pointee.tscOffset = UInt64(register32(2)) << 32 &+ UInt64(register32(0)) &- now
        case let number where interpreter.model.modelRegisters.contains(number): break
        default: throw generalProtection(0, .unknownModelRegister(number: register32(1)))
        }
    }

    /// Privileged, and nothing to do without caches and paging: INVD, WBINVD, INVLPG.
    func cacheControl(_ name: String) throws(Exception) { try requirePrivilegeZero(name) }

    // MARK: x87 escapes: no coprocessor is fitted

    /// With EM or TS set, #NM; else the escape goes to an empty socket: nothing happens and memory stays as it is.
    func escape(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if file.pointee.cr0 & (ControlBits.emulation | ControlBits.taskSwitched) != 0 {
            throw Exception(.deviceNotAvailable, nil, .coprocessorNotAvailable)
        }
    }

    func wait(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let both = ControlBits.monitorCoprocessor | ControlBits.taskSwitched
        if file.pointee.cr0 & both == both { throw Exception(.deviceNotAvailable, nil, .coprocessorNotAvailable) }
    }
}
