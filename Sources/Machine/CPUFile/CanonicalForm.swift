/// The form of CPUFile that every engine leaves behind, that saves rely on and that the state hash compares.
///
/// Its rules are those of an x86-64 CPU with the features of x86-64-v3, in all modes; what a single engine cannot do is
/// that engine's refusal. They are close to what VM entry checks of a guest (SDM 3C 27.3.1).
extension CPUFile {
    /// The first rule of the canonical form that this CPUFile breaks, in words; nil when it keeps all.
    ///
    /// It is also what a save file must keep.
    public var inconsistency: String? {
        if !isLong {
            for number in 0..<8 where self[register: number] >> 32 != 0 {
                return "the upper half of register \(number) is not zero"
            }
            for number in 8..<16 where self[register: number] != 0 { return "r\(number) is not zero outside long mode" }
        }
        if zero != 0 { return "the zero register is not zero" }
        if isLong, cs.isLong {
            // Not canonical, strictly: after the last byte of the lower half RIP points behind it (SDM 3C 27.3.1.4).
            let high = Int64(bitPattern: rip) >> Int64(linearWidth)
            if high != 0 && high != -1 { return "the upper bits of rip are not all alike" }
        } else if rip >> 32 != 0 {
            return "the upper half of rip is not zero"
        }
        return controlInconsistency ?? flagInconsistency ?? segmentInconsistency ?? systemInconsistency
            ?? eventInconsistency ?? modelRegisterInconsistency ?? vectorInconsistency
    }

    /// Bits of a linear address that count: 48, or 57 with CR4.LA57.
    public var linearWidth: Int { cr4 & ControlBits.linearAddress57 != 0 ? 57 : 48 }

    /// All bits from the highest that counts on are alike (SDM 1 3.3.7.1).
    public func isCanonical(_ address: UInt64) -> Bool {
        let high = Int64(bitPattern: address) >> Int64(linearWidth - 1)
        return high == 0 || high == -1
    }

    /// VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP LA57 FSGSBASE PCIDE OSXSAVE SMEP SMAP
    private static var controlBits4: UInt64 { 0x37_1FFF }

    private var controlInconsistency: String? {
        // PE MP EM TS ET NE WP AM NW CD PG; ET is fixed to one.
        if cr0 & ~0xE005_003F != 0 || cr0 & ControlBits.extensionType == 0 { return "reserved bits of cr0" }
        let caching = ControlBits.notWriteThrough | ControlBits.cacheDisable
        if cr0 & caching == ControlBits.notWriteThrough { return "cr0 has NW without CD" }
        let isPaging = cr0 & ControlBits.paging != 0
        if isPaging, !isProtected { return "cr0 has PG without PE" }
        if cr4 & ~Self.controlBits4 != 0 { return "reserved bits of cr4" }
        // SCE LME LMA NXE
        if efer & ~0xD01 != 0 { return "reserved bits of efer" }
        let isEnabled = efer & ControlBits.longModeEnable != 0
        if isLong != (isEnabled && isPaging) { return "efer.LMA is not LME and cr0.PG" }
        if isLong, cr4 & ControlBits.physicalAddressExtension == 0 { return "long mode without cr4.PAE" }
        if !isLong, cr4 & ControlBits.processContextIdentifiers != 0 { return "cr4.PCIDE outside long mode" }
        return nil
    }

    private var flagInconsistency: String? {
        // Bits 1 one; 3, 5, 15 and 22-63 zero (SDM 1 3.4.3).
        if rflags & 2 == 0 || rflags & ~0x3F_7FD7 != 0 { return "reserved bits of rflags" }
        if isVirtual8086 && !isProtected { return "VM set in real mode" }
        if isVirtual8086 && isLong { return "VM set in long mode" }
        if halted > Self.waitsForStartup || stiShadow > 1 || stackShadow > 1 {
            return "halted or a shadow is neither 0 nor 1"
        }
        if nmiBlocked > 1 { return "nmi_blocked is neither 0 nor 1" }
        if stiShadow & stackShadow != 0 { return "the shadows of STI and MOV SS at once" }
        if halted != 0, stiShadow | stackShadow != 0 { return "halted in a shadow" }
        if stiShadow != 0, rflags & UInt64(Flags.interrupt) == 0 { return "the shadow of STI with IF clear" }
        return nil
    }

    private var segmentInconsistency: String? {
        let data: [(String, Segment)] = [("es", es), ("cs", cs), ("ss", ss), ("ds", ds), ("fs", fs), ("gs", gs)]
        for (name, segment) in data {
            // FS and GS have bases of their own in 64-bit mode, whatever is loaded (SDM 3A 3.4.4).
            if name == "fs" || name == "gs" {
                if !isCanonical(segment.base) { return "the base of \(name) is not canonical" }
            } else if segment.base >> 32 != 0 {
                return "the base of \(name) is beyond 4 GiB"
            }
            if let problem = formInconsistency(segment, name, isSystem: false) { return problem }
            guard segment.isPresent else { continue }
            if segment.attributes & 1 == 0 { return "the accessed bit of \(name) is clear" }
            if name != "cs", segment.isCode, segment.attributes & 2 == 0 {
                return "\(name) is code that cannot be read"
            }
            if isVirtual8086, segment != .virtual8086(segment.selector) {
                return "\(name) is not as virtual-8086 mode loads it"
            }
        }
        return codeAndStackInconsistency ?? systemSegmentInconsistency
    }

    private func formInconsistency(_ segment: Segment, _ name: String, isSystem: Bool) -> String? {
        if segment.attributes & 0x0F00 != 0 { return "reserved attributes of \(name)" }
        guard segment.isPresent else {
            // A stack that 64-bit code does without still tells CPL.
            let kept: UInt16 = name == "ss" ? 0x60 : 0
            let hasBase = name == "fs" || name == "gs"
            return segment.base != 0 && !hasBase || segment.limit != 0 || segment.attributes & ~kept != 0
                ? "\(name) is unusable but not zero" : nil
        }
        if segment.hasPageGranularity {
            if segment.limit & 0xFFF != 0xFFF { return "the limit of \(name) is finer than its granularity" }
        } else if segment.limit > 0xFFFFF {
            return "the limit of \(name) is beyond 1 MiB without page granularity"
        }
        return segment.isCodeOrData == isSystem ? "\(name) holds a descriptor of the wrong kind" : nil
    }

    private var codeAndStackInconsistency: String? {
        // Only 64-bit code can do without a stack segment, but SS stays as it is when that mode is left.
        if !cs.isPresent || !ss.isPresent && !isProtected { return "cs or ss is unusable" }
        if ss.isPresent, ss.isCode || !ss.isWritable { return "ss is not writable data" }
        if !isProtected, privilege != 0 { return "SS.DPL is \(privilege) in real mode" }
        if isVirtual8086 { return privilege == 3 ? nil : "SS.DPL is \(privilege) in virtual-8086 mode" }
        if isLong, cs.isLong, cs.isBig { return "cs has L and D" }
        guard isProtected else { return nil }
        if !cs.isCode {
            // What real mode left there, until the first far jump.
            if !cs.isWritable || cs.isExpandDown { return "cs is neither code nor what real mode leaves there" }
            if isLong { return "cs is data in long mode" }
            if privilege != 0 || cs.privilege != 0 { return "cs is data at a privilege level other than 0" }
        } else if cs.isConforming ? cs.privilege > privilege : cs.privilege != privilege {
            return "CS.DPL is \(cs.privilege) where SS.DPL is \(privilege)"
        }
        return nil
    }

    private var systemSegmentInconsistency: String? {
        for (name, segment) in [("ldtr", ldtr), ("tr", tr)] {
            if !isCanonical(segment.base) { return "the base of \(name) is not canonical" }
            if let problem = formInconsistency(segment, name, isSystem: true) { return problem }
        }
        if ldtr.isPresent, ldtr.type != 2 { return "ldtr holds no LDT" }
        if tr.isPresent, tr.type & ~8 != 3 { return "tr holds no busy TSS" }
        if isLong, !tr.isPresent || tr.type != 11 { return "tr holds no busy 64-bit TSS in long mode" }
        if !isCanonical(gdtr.base) { return "the base of gdtr is not canonical" }
        return isCanonical(idtr.base) ? nil : "the base of idtr is not canonical"
    }

    private var systemInconsistency: String? {
        // 52 bits are the most that a physical address can have (SDM 3A 4.1.4).
        if cr3 >> 52 != 0 { return "reserved bits of cr3" }
        if cr8 > 15 { return "reserved bits of cr8" }
        if dr6 & ~0xE00F != 0xFFFF_0FF0 { return "reserved bits of dr6" }
        if dr7 & ~0xFFFF_23FF != 0x400 { return "reserved bits of dr7" }
        // 0-7, 9, and 10, which enables x2APIC.
        if apicBase & 0x2FF != 0 || apicBase >> 52 != 0 { return "reserved bits of apic_base" }
        let usesPointers =
            cr0 & ControlBits.paging != 0 && cr4 & ControlBits.physicalAddressExtension != 0 && !isLong
        for entry in [pdpte0, pdpte1, pdpte2, pdpte3] {
            if !usesPointers, entry != 0 { return "a pdpte is not zero without PAE paging" }
            // Reserved in one that is present: 1, 2, 5-8, 52-63 (SDM 3A table 4-8).
            if entry & 1 != 0, entry & 0xFFF0_0000_0000_01E6 != 0 { return "reserved bits of a pdpte" }
        }
        return nil
    }

    private var eventInconsistency: String? {
        guard pendingEvent != 0 else { return nil }
        guard let event = PendingEvent(bits: pendingEvent), event.bits == pendingEvent else {
            return "pending_event has reserved bits, an unknown type or no valid bit"
        }
        switch event.kind {
        case .nonMaskable where event.vector != 2: return "an NMI that pends with another vector than 2"
        case .hardwareException where event.vector > 31: return "an exception that pends with a vector beyond 31"
        case .softwareException where event.vector != 3 && event.vector != 4:
            return "a software exception that pends with another vector than 3 or 4"
        default: break
        }
        guard let code = event.errorCode else { return nil }
        // #DF #TS #NP #SS #GP #PF #AC; real mode pushes none (SDM 3C 27.2.1.3).
        guard event.kind == .hardwareException, [8, 10, 11, 12, 13, 14, 17].contains(event.vector), isProtected else {
            return "an event that has no error code pends with one"
        }
        return code >> 16 != 0 ? "reserved bits of a pending error code" : nil
    }

    private var modelRegisterInconsistency: String? {
        for (name, value) in [
            ("lstar", lstar), ("cstar", cstar), ("kernel_gs_base", kernelGSBase), ("sysenter_esp", sysenterESP),
            ("sysenter_eip", sysenterEIP),
        ] where !isCanonical(value) { return "\(name) is not canonical" }
        for (name, value) in [("syscall_mask", syscallMask), ("tsc_aux", tscAux), ("sysenter_cs", sysenterCS)]
        where value >> 32 != 0 { return "the upper half of \(name) is not zero" }
        // UC WC WT WP WB UC- (SDM 3A table 12-10)
        for byte in 0..<8 where ![0, 1, 4, 5, 6, 7].contains(pat >> (byte * 8) & 0xFF) {
            return "pat has an unknown memory type"
        }
        // x87 always, SSE, AVX with SSE (SDM 1 13.3).
        return [1, 3, 7].contains(xcr0) ? nil : "xcr0 is no set of x87, SSE and AVX"
    }

    private var vectorInconsistency: String? {
        if !vector.reservedIsZero { return "bytes of the FXSAVE image that hold no register" }
        // Bit 6 is always one (SDM 1 8.1.5; what FNSTCW gives after any FLDCW).
        if vector.controlWord & 0xE0C0 != 0x40 { return "reserved bits of fcw" }
        // ES and B tell whether an exception is flagged that FCW does not mask (SDM 1 8.1.3.3).
        let isUnmasked = vector.statusWord & ~vector.controlWord & 0x3F != 0
        if vector.statusWord & 0x8080 != (isUnmasked ? 0x8080 : 0) {
            return "ES and B of fsw follow from its exceptions"
        }
        if vector.lastOpcode > 0x7FF { return "reserved bits of fop" }
        return vector.mxcsr >> 16 != 0 ? "reserved bits of mxcsr" : nil
    }
}
