import Machine
import X86ISA

/// CR0, CR3, CR4, EFER and the model-specific registers: what each may hold, and what a change of it does to the modes
/// and the TLB (SDM 3A 2.5, 4.10.4, 9.8.5).
extension Core {
    private func reserved(_ register: String, _ value: UInt64) -> Exception {
        generalProtection(0, .reservedBits(register: register, value: value))
    }

    func setCR0(_ value: UInt64) throws(Exception) {
        let old = file.pointee.cr0
        let paging = value & ControlBits.paging != 0, wasPaging = old & ControlBits.paging != 0
        guard value >> 32 == 0, !paging || value & ControlBits.protectionEnable != 0,
            value & ControlBits.notWriteThrough == 0 || value & ControlBits.cacheDisable != 0
        else { throw reserved("CR0", value) }
        // ET is fixed to one; reserved bits stay zero.
        let new = value & interpreter.features.controlBits0 | ControlBits.extensionType
        if paging, !wasPaging { try startPaging() }
        if !paging, wasPaging {
            if isWide {
                throw generalProtection(0, .modeChange(register: "CR0", rule: "paging cannot end in 64-bit mode"))
            }
            if file.pointee.cr4 & ControlBits.processContextIdentifiers != 0 {
                throw generalProtection(
                    0, .modeChange(register: "CR0", rule: "paging cannot end while CR4.PCIDE is set"))
            }
        }
        if paging, file.pointee.cr4 & ControlBits.physicalAddressExtension != 0,
            file.pointee.efer & ControlBits.longModeEnable == 0, (old ^ new) & 0xE000_0000 != 0
        {
            try loadPointers(file.pointee.cr3)
        }
        if !paging, wasPaging {
            if file.pointee.isLong { leaveLongMode() }
            clearPointers()
        } else if paging, !wasPaging, file.pointee.efer & ControlBits.longModeEnable != 0 {
            file.pointee.efer |= ControlBits.longModeActive
        }
        file.pointee.cr0 = new
        let watched = ControlBits.paging | ControlBits.writeProtect
        if (old ^ new) & ControlBits.paging != 0 { translations.invalidateAll() }
        if (old ^ new) & watched != 0 { interpreter.rulesChanged() }
    }

    /// The checks of CR0.PG's rise where EFER.LME is set (SDM 3A 9.8.5).
    private func startPaging() throws(Exception) {
        guard file.pointee.efer & ControlBits.longModeEnable != 0 else { return }
        guard file.pointee.cr4 & ControlBits.physicalAddressExtension != 0 else {
            throw generalProtection(0, .modeChange(register: "CR0", rule: "long mode needs CR4.PAE"))
        }
        guard !file.pointee.cs.isLong else {
            throw generalProtection(0, .modeChange(register: "CR0", rule: "CS.L must be clear when long mode starts"))
        }
        guard !file.pointee.tr.isPresent || file.pointee.tr.type >= 9 else {
            throw generalProtection(0, .modeChange(register: "CR0", rule: "TR must not hold a 16-bit TSS in long mode"))
        }
    }

    /// What only long mode has is gone: the manual leaves it undefined.
    private func leaveLongMode() {
        file.pointee.efer &= ~ControlBits.longModeActive
        for number: UInt8 in 0..<8 { setRegister64(number, register64(number) & 0xFFFF_FFFF) }
        for number: UInt8 in 8..<16 { setRegister64(number, 0) }
    }

    private func clearPointers() {
        file.pointee.pdpte0 = 0
        file.pointee.pdpte1 = 0
        file.pointee.pdpte2 = 0
        file.pointee.pdpte3 = 0
    }

    /// Under PAE paging MOV to CR3 loads the four page-directory pointers (SDM 3A 4.4.1).
    private func loadPointers(_ root: UInt64) throws(Exception) {
        var entries: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let beyond = (UInt64.max >> UInt64(interpreter.rules.physicalBits)) << UInt64(interpreter.rules.physicalBits)
        for number in 0..<4 {
            let entry: UInt64 = readPhysical((root & 0xFFFF_FFE0) &+ UInt64(number) * 8)
            if entry & 1 != 0, entry & (beyond | 0x1E6) != 0 { throw reserved("PDPTE\(number)", entry) }
            withUnsafeMutableBytes(of: &entries) { $0.storeBytes(of: entry, toByteOffset: number * 8, as: UInt64.self) }
        }
        file.pointee.pdpte0 = entries.0
        file.pointee.pdpte1 = entries.1
        file.pointee.pdpte2 = entries.2
        file.pointee.pdpte3 = entries.3
    }

    private var usesPointers: Bool {
        file.pointee.cr0 & ControlBits.paging != 0 && !file.pointee.isLong
            && file.pointee.cr4 & ControlBits.physicalAddressExtension != 0
    }

    func setCR3(_ value: UInt64) throws(Exception) {
        let identifies = file.pointee.cr4 & ControlBits.processContextIdentifiers != 0
        let keeps = identifies && value >> 63 != 0
        let root = identifies ? value & ~(1 << 63) : value
        if isWide, root >> UInt64(interpreter.rules.physicalBits) != 0 { throw reserved("CR3", value) }
        if usesPointers { try loadPointers(root) }
        file.pointee.cr3 = root
        translations.use(context: identifies ? UInt16(root & 0xFFF) : 0, keeps: keeps)
        interpreter.rulesChanged()
    }

    func setCR4(_ value: UInt64) throws(Exception) {
        let old = file.pointee.cr4, change = old ^ value
        guard value & ~interpreter.features.controlBits4 == 0 else { throw reserved("CR4", value) }
        func refuse(_ rule: String) -> Exception { generalProtection(0, .modeChange(register: "CR4", rule: rule)) }
        if file.pointee.isLong {
            if value & ControlBits.physicalAddressExtension == 0 { throw refuse("PAE cannot be cleared in long mode") }
            if change & ControlBits.linearAddress57 != 0 { throw refuse("LA57 cannot change in long mode") }
        }
        if change & value & ControlBits.processContextIdentifiers != 0 {
            guard file.pointee.isLong, file.pointee.cr3 & 0xFFF == 0 else {
                throw refuse("PCIDE can be set in long mode alone, with CR3 bits 0-11 clear")
            }
        }
        let extensions =
            ControlBits.physicalAddressExtension | ControlBits.pageGlobalEnable | ControlBits.pageSizeExtensions
        file.pointee.cr4 = value
        if usesPointers, change & (extensions | ControlBits.executionPrevention) != 0 {
            do throws(Exception) { try loadPointers(file.pointee.cr3) } catch {
                file.pointee.cr4 = old
                throw error
            }
        }
        if !usesPointers { clearPointers() }
        // More than the manual asks for goes in some cases.
        let flushing = extensions | ControlBits.executionPrevention | ControlBits.processContextIdentifiers
        if change & flushing != 0 { translations.invalidateAll() }
        if change & ControlBits.processContextIdentifiers != 0 {
            let identifies = value & ControlBits.processContextIdentifiers != 0
            translations.use(context: identifies ? UInt16(file.pointee.cr3 & 0xFFF) : 0, keeps: false)
        }
        interpreter.rulesChanged()
        interpreter.debugRegistersChanged()
    }

    // MARK: Model-specific registers

    func rdmsr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("RDMSR")
        guard let value = modelRegister(register32(1)) else {
            throw generalProtection(0, .unknownModelRegister(number: register32(1)))
        }
        setRegister32(0, UInt32(truncatingIfNeeded: value))
        setRegister32(2, UInt32(truncatingIfNeeded: value >> 32))
    }

    func wrmsr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requirePrivilegeZero("WRMSR")
        let number = register32(1)
        if number == 0x6E0 || 0x800...0x8FF ~= number { return try setLocalRegister(number) }
        // Also tells whether there is one.
        guard modelRegister(number) != nil else { throw generalProtection(0, .unknownModelRegister(number: number)) }
        try setModelRegister(number, UInt64(register32(2)) << 32 | UInt64(register32(0)))
    }

    /// Nil where this CPU has no such register.
    private func modelRegister(_ number: UInt32) -> UInt64? {
        let has = interpreter.features
        switch number {
        case 0x10: return has.tsc ? now &+ file.pointee.tscOffset : nil
        case 0x1B: return has.apic ? file.pointee.apicBase : nil
        case 0x6E0, 0x800...0x8FF:
            synchroniseClock()
            return io.localAPIC?.modelRegister(number)
        case 0x174: return has.sysenter ? file.pointee.sysenterCS : nil
        case 0x175: return has.sysenter ? file.pointee.sysenterESP : nil
        case 0x176: return has.sysenter ? file.pointee.sysenterEIP : nil
        case 0x277: return has.pat ? file.pointee.pat : nil
        case 0xC000_0080: return has.efer ? file.pointee.efer : nil
        case 0xC000_0081: return has.syscall ? file.pointee.star : nil
        case 0xC000_0082: return has.syscall ? file.pointee.lstar : nil
        case 0xC000_0083: return has.syscall ? file.pointee.cstar : nil
        case 0xC000_0084: return has.syscall ? file.pointee.syscallMask : nil
        case 0xC000_0100: return has.long ? file.pointee.fs.base : nil
        case 0xC000_0101: return has.long ? file.pointee.gs.base : nil
        case 0xC000_0102: return has.long ? file.pointee.kernelGSBase : nil
        case 0xC000_0103: return has.tscAux ? file.pointee.tscAux : nil
        // IA32_XSS: no supervisor components.
        case 0xDA0: return has.instructions.contains(.xsaves) ? 0 : nil
        // P5_MC_ADDR and P5_MC_TYPE of a Pentium and the like: nothing was ever logged.
        default:
            return interpreter.model.slowRegister(number, of: file.pointee.slow)
                ?? (interpreter.model.modelRegisters.contains(number) ? 0 : nil)
        }
    }

    private func setModelRegister(_ number: UInt32, _ value: UInt64) throws(Exception) {
        func canonical(_ path: WritableKeyPath<CPUFile, UInt64>) throws(Exception) {
            guard isCanonical(value) else { throw generalProtection(0, .nonCanonical(address: value)) }
            file.pointee[keyPath: path] = value
        }
        func narrow(_ path: WritableKeyPath<CPUFile, UInt64>, _ name: String) throws(Exception) {
            guard value >> 32 == 0 else { throw reserved(name, value) }
            file.pointee[keyPath: path] = value
        }
        switch number {
        case 0x10:
            file.pointee.tscOffset = value &- now
            synchroniseClock()
            io.localAPIC?.timeStampOffset = file.pointee.tscOffset
        case 0x1B: try setAPICBase(value)
        case 0x174: file.pointee.sysenterCS = value & 0xFFFF_FFFF
        case 0x175: try canonical(\.sysenterESP)
        case 0x176: try canonical(\.sysenterEIP)
        case 0x277:
            // UC WC WT WP WB UC- (SDM 3A table 12-10).
            for byte: UInt64 in 0..<8 where ![0, 1, 4, 5, 6, 7].contains(value >> (byte * 8) & 0xFF) {
                throw reserved("IA32_PAT", value)
            }
            file.pointee.pat = value
        case 0xC000_0080: try setEFER(value)
        case 0xC000_0081: file.pointee.star = value
        case 0xC000_0082: try canonical(\.lstar)
        case 0xC000_0083: try canonical(\.cstar)
        case 0xC000_0084: try narrow(\.syscallMask, "IA32_FMASK")
        case 0xC000_0100: try canonical(\.fs.base)
        case 0xC000_0101: try canonical(\.gs.base)
        case 0xC000_0102: try canonical(\.kernelGSBase)
        case 0xC000_0103: try narrow(\.tscAux, "IA32_TSC_AUX")
        case 0xDA0: if value != 0 { throw reserved("IA32_XSS", value) }
        default:
            guard interpreter.model.setSlowRegister(number, value, of: &file.pointee.slow) == .refused else { break }
            throw reserved("MSR \(hexadecimal(UInt64(number)))h", value)
        }
    }

    /// Registers of the local APIC, some of which can only be written.
    private func setLocalRegister(_ number: UInt32) throws(Exception) {
        let value = UInt64(register32(2)) << 32 | UInt64(register32(0))
        synchroniseClock()
        switch io.localAPIC?.setModelRegister(number, value) ?? .unknown {
        case .done: break
        case .unknown: throw generalProtection(0, .unknownModelRegister(number: number))
        case .reserved: throw reserved("MSR \(hexadecimal(UInt64(number)))h", value)
        }
    }

    private func setAPICBase(_ value: UInt64) throws(Exception) {
        let old = file.pointee.apicBase
        switch interpreter.model.change(ofAPICBase: old, to: value) {
        case .reserved: throw reserved("IA32_APIC_BASE", value)
        case .refused(let rule): throw generalProtection(0, .modeChange(register: "IA32_APIC_BASE", rule: rule))
        case .allowed(let new):
            file.pointee.apicBase = new
            synchroniseClock()
            io.localAPIC?.base = new
        }
    }

    private func setEFER(_ value: UInt64) throws(Exception) {
        let old = file.pointee.efer
        guard value & ~interpreter.features.extendedBits == 0 else { throw reserved("EFER", value) }
        // LMA is read-only.
        let new = value & ~ControlBits.longModeActive | old & ControlBits.longModeActive
        if (old ^ new) & ControlBits.longModeEnable != 0, file.pointee.cr0 & ControlBits.paging != 0 {
            throw generalProtection(0, .modeChange(register: "EFER", rule: "LME cannot change while paging is on"))
        }
        file.pointee.efer = new
        if (old ^ new) & ControlBits.noExecuteEnable != 0 { translations.invalidateAll() }
        interpreter.rulesChanged()
    }
}
