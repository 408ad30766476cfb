import Machine
import Testing

/// The canonical form in every mode, on states as the manuals describe them.
@Suite("Canonical form")
struct CanonicalFormTests {
    /// 32-bit protected mode with flat segments at CPL 0.
    static var protected32: CPUFile {
        var cpu = CPUFile.afterReset
        cpu.cr0 = 0x11
        cpu.cs = Segment(selector: 8, base: 0, limit: .max, attributes: 0xC09B)
        let data = Segment(selector: 16, base: 0, limit: .max, attributes: 0xC093)
        (cpu.ss, cpu.ds, cpu.es) = (data, data, data)
        (cpu.fs, cpu.gs, cpu.ldtr) = (Segment(), Segment(), Segment())
        cpu.tr = Segment(selector: 24, base: 0x1000, limit: 0x67, attributes: 0x8B)
        return cpu
    }

    static var paged32: CPUFile {
        var cpu = protected32
        cpu.cr0 |= ControlBits.paging | ControlBits.writeProtect
        cpu.cr3 = 0x5000
        return cpu
    }

    static var virtual8086: CPUFile {
        var cpu = paged32
        cpu.rflags |= UInt64(Flags.virtual8086)
        cpu.cs = .virtual8086(0x1234)
        cpu.ss = .virtual8086(0x9000)
        (cpu.ds, cpu.es, cpu.fs, cpu.gs) = (.virtual8086(0), .virtual8086(1), .virtual8086(2), .virtual8086(0xFFFF))
        return cpu
    }

    /// As a 64-bit kernel has it at CPL 0: no data segments, RIP and GS in the upper half.
    static var long64: CPUFile {
        var cpu = paged32
        cpu.efer = 0xD01
        cpu.cr4 = 0x37_06F0
        cpu.cs.attributes = 0xA09B
        (cpu.ss, cpu.ds, cpu.es) = (Segment(), Segment(), Segment())
        for number in 0..<16 { cpu[register: number] = 0xFFFF_8000_0000_0000 | UInt64(number) }
        cpu.rip = 0xFFFF_FFFF_8100_0000
        cpu.gs.base = 0xFFFF_8880_0000_0000
        cpu.tr.base = 0xFFFF_FE00_0000_3000
        cpu.gdtr.base = 0xFFFF_FE00_0000_1000
        cpu.idtr.base = 0xFFFF_FE00_0000_0000
        cpu.cr2 = 0x7FFF_1234_5678_9ABC
        cpu.cr3 = 0x000F_FFFF_FFFF_F001
        cpu.cr8 = 15
        cpu.lstar = 0xFFFF_FFFF_8160_0000
        cpu.kernelGSBase = 0x7FFF_F7D8_0740
        cpu.star = 0x0023_0010_0000_0000
        cpu.xcr0 = 7
        return cpu
    }

    static var user64: CPUFile {
        var cpu = long64
        cpu.cs = Segment(selector: 0x33, base: 0, limit: .max, attributes: 0xA0FB)
        cpu.ss = Segment(selector: 0x2B, base: 0, limit: .max, attributes: 0xC0F3)
        cpu.rip = 0x7FFF_F000
        return cpu
    }

    static var compatibility: CPUFile {
        var cpu = user64
        cpu.cs.attributes = 0xC0FB
        return cpu
    }

    /// What real mode looks like right after CR0.PE was set: CS is still the data segment of the reset state.
    static var firstProtected: CPUFile {
        var cpu = CPUFile.afterReset
        cpu.cr0 |= ControlBits.protectionEnable
        return cpu
    }

    static let states: [String: CPUFile] = [
        "reset": .afterReset, "first protected": firstProtected, "protected": protected32, "paged": paged32,
        "V86": virtual8086, "64-bit": long64, "64-bit user": user64, "compatibility": compatibility,
    ]

    @Test func everyModeHasStatesInCanonicalForm() {
        for (name, cpu) in Self.states { #expect(cpu.inconsistency == nil, "\(name)") }
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let mode: String
        let rule: String?
        let make: @Sendable (inout CPUFile) -> Void
        var testDescription: String { "\(mode): \(rule ?? "sound")" }
        init(_ mode: String, _ rule: String?, _ make: @escaping @Sendable (inout CPUFile) -> Void) {
            (self.mode, self.rule, self.make) = (mode, rule, make)
        }
    }

    /// A state of `mode`, changed, breaks the rule; or none where it is nil.
    static let changes: [Change] = [
        // Addresses
        Change("64-bit", "the upper bits of rip are not all alike") { $0.rip = 0x0001_0000_0000_0000 },
        Change("64-bit", nil) { $0.rip = 0x0000_8000_0000_0000 },
        Change("64-bit", nil) { ($0.rip, $0.cr4) = (0x00FF_0000_0000_0000, $0.cr4 | 0x1000) },
        Change("compatibility", "the upper half of rip is not zero") { $0.rip = 1 << 32 },
        Change("64-bit", "the base of gs is not canonical") { $0.gs.base = 0x0000_8000_0000_0000 },
        Change("64-bit", nil) { ($0.gs.base, $0.cr4) = (0x0000_8000_0000_0000, $0.cr4 | 0x1000) },
        Change("64-bit", "the base of fs is not canonical") { $0.fs.base = 1 << 63 },
        Change("protected", nil) { $0.fs.base = 0xFFFF_8000_0000_0000 },
        Change("64-bit", "the base of cs is beyond 4 GiB") { $0.cs.base = 1 << 32 },
        Change("64-bit user", "the base of ss is beyond 4 GiB") { $0.ss.base = 1 << 32 },
        Change("64-bit user", nil) { $0.ss.base = 0x1234_5678 },
        Change("64-bit", "ds is unusable but not zero") { $0.ds.base = 1 },
        Change("64-bit", "the base of tr is not canonical") { $0.tr.base = 1 << 60 },
        Change("64-bit", "the base of ldtr is not canonical") { $0.ldtr.base = 1 << 60 },
        Change("64-bit", "the base of gdtr is not canonical") { $0.gdtr.base = 1 << 47 },
        Change("reset", "the base of idtr is not canonical") { $0.idtr.base = 1 << 47 },
        Change("64-bit", "lstar is not canonical") { $0.lstar = 1 << 47 },
        Change("64-bit", "cstar is not canonical") { $0.cstar = 1 << 47 },
        Change("64-bit", "kernel_gs_base is not canonical") { $0.kernelGSBase = 1 << 47 },
        Change("64-bit", "sysenter_eip is not canonical") { $0.sysenterEIP = 1 << 47 },
        Change("64-bit", "sysenter_esp is not canonical") { $0.sysenterESP = 1 << 47 },
        Change("64-bit", "the upper half of sysenter_cs is not zero") { $0.sysenterCS = 1 << 32 },
        Change("64-bit", "the upper half of syscall_mask is not zero") { $0.syscallMask = 1 << 32 },
        Change("64-bit", "the upper half of tsc_aux is not zero") { $0.tscAux = 1 << 32 },
        // General registers
        Change("compatibility", nil) { $0[register: 15] = .max },
        Change("paged", "r9 is not zero outside long mode") { $0[register: 9] = 1 },
        Change("paged", "the upper half of register 7 is not zero") { $0[register: 7] = 1 << 32 },
        // Control registers
        Change("64-bit", "reserved bits of cr0") { $0.cr0 |= 1 << 6 },
        Change("64-bit", "reserved bits of cr0") { $0.cr0 |= 1 << 32 },
        Change("64-bit", "cr0 has NW without CD") { $0.cr0 |= ControlBits.notWriteThrough },
        // VMXE, SMXE, PKE, CET: none is of x86-64-v3.
        Change("64-bit", "reserved bits of cr4") { $0.cr4 |= 1 << 13 },
        Change("64-bit", "reserved bits of cr4") { $0.cr4 |= 1 << 14 },
        Change("64-bit", "reserved bits of cr4") { $0.cr4 |= 1 << 22 },
        Change("64-bit", "reserved bits of cr4") { $0.cr4 |= 1 << 23 },
        Change("64-bit", "reserved bits of efer") { $0.efer |= 1 << 12 },
        Change("64-bit", "efer.LMA is not LME and cr0.PG") { $0.cr0 &= ~ControlBits.paging },
        Change("64-bit", "efer.LMA is not LME and cr0.PG") { $0.efer &= ~ControlBits.longModeEnable },
        Change("paged", "efer.LMA is not LME and cr0.PG") { $0.efer = ControlBits.longModeEnable },
        Change("protected", nil) { $0.efer = ControlBits.longModeEnable },
        Change("64-bit", "long mode without cr4.PAE") { $0.cr4 &= ~ControlBits.physicalAddressExtension },
        Change("paged", "cr4.PCIDE outside long mode") { $0.cr4 = ControlBits.processContextIdentifiers },
        Change("paged", nil) { $0.cr4 = ControlBits.physicalAddressExtension },
        Change("64-bit", "reserved bits of cr3") { $0.cr3 |= 1 << 52 },
        Change("64-bit", "reserved bits of cr8") { $0.cr8 = 16 },
        Change("64-bit", "reserved bits of dr6") { $0.dr6 |= 1 << 32 },
        Change("64-bit", "reserved bits of dr7") { $0.dr7 |= 1 << 32 },
        Change("64-bit", nil) { $0.dr0 = 0xFFFF_FFFF_8100_0000 },
        Change("64-bit", "a pdpte is not zero without PAE paging") { $0.pdpte3 = 1 },
        Change("paged", nil) { ($0.cr4, $0.pdpte0) = (ControlBits.physicalAddressExtension, 0x6001) },
        Change("paged", "reserved bits of a pdpte") {
            ($0.cr4, $0.pdpte0) = (ControlBits.physicalAddressExtension, 0x6003)
        },
        Change("64-bit", "reserved bits of apic_base") { $0.apicBase |= 1 << 9 },
        // Segments
        Change("64-bit", "cs has L and D") { $0.cs.attributes |= 0x4000 },
        Change("compatibility", nil) { $0.cs.attributes &= ~0x4000 },
        Change("64-bit", "CS.DPL is 3 where SS.DPL is 0") { $0.cs.attributes |= 0x60 },
        Change("64-bit user", "CS.DPL is 0 where SS.DPL is 3") { $0.cs.attributes &= ~0x60 },
        // Conforming code runs at any outer level.
        Change("64-bit user", nil) { $0.cs.attributes = 0xA09F },
        Change("64-bit", "CS.DPL is 3 where SS.DPL is 0") { $0.cs.attributes = 0xA0FF },
        // A null SS of 64-bit code at CPL 1 still has the level.
        Change("64-bit", nil) { ($0.cs.attributes, $0.ss.attributes, $0.ss.selector) = (0xA0BB, 0x20, 1) },
        Change("64-bit", "ss is unusable but not zero") { $0.ss.attributes = 0x13 },
        Change("compatibility", "cs or ss is unusable") { $0.cs = Segment() },
        Change("reset", "cs or ss is unusable") { $0.ss = Segment() },
        Change("64-bit", "tr holds no busy 64-bit TSS in long mode") { $0.tr.attributes = 0x83 },
        Change("64-bit", "tr holds no busy 64-bit TSS in long mode") { $0.tr = Segment() },
        Change("64-bit", "tr holds no busy TSS") { $0.tr.attributes = 0x89 },
        Change("protected", nil) { $0.tr.attributes = 0x83 },
        Change("protected", "ds is code that cannot be read") { $0.ds.attributes = 0xC099 },
        Change("first protected", "cs is data at a privilege level other than 0") { $0.ss.attributes |= 0x20 },
        Change("compatibility", "cs is data in long mode") { $0.cs.attributes = 0xC093 },
        Change("protected", "cs is neither code nor what real mode leaves there") { $0.cs.attributes = 0xC091 },
        Change("V86", "ds is not as virtual-8086 mode loads it") { $0.ds.limit = 0x1FFFF },
        Change("V86", "cs is not as virtual-8086 mode loads it") { $0.cs.base += 1 },
        Change("V86", "fs is not as virtual-8086 mode loads it") { $0.fs.attributes = 0x93 },
        Change("compatibility", "VM set in long mode") { $0.rflags |= UInt64(Flags.virtual8086) },
        // Shadows
        Change("64-bit", "the shadow of STI with IF clear") { $0.stiShadow = 1 },
        Change("64-bit", nil) { ($0.stiShadow, $0.rflags) = (1, 0x202) },
        Change("64-bit", "the shadows of STI and MOV SS at once") {
            ($0.stiShadow, $0.stackShadow, $0.rflags) = (1, 1, 0x202)
        },
        Change("64-bit", "halted in a shadow") { ($0.halted, $0.stackShadow) = (1, 1) },
        Change("64-bit", "nmi_blocked is neither 0 nor 1") { $0.nmiBlocked = 2 },
        // Vector state
        Change("64-bit", "pat has an unknown memory type") { $0.pat = 0x0007_0406_0007_0402 },
        Change("64-bit", "pat has an unknown memory type") { $0.pat |= 0x80 << 56 },
        Change("64-bit", "xcr0 is no set of x87, SSE and AVX") { $0.xcr0 = 5 },
        Change("64-bit", "xcr0 is no set of x87, SSE and AVX") { $0.xcr0 = 2 },
        // AVX-512
        Change("64-bit", "xcr0 is no set of x87, SSE and AVX") { $0.xcr0 = 0xE7 },
        Change("64-bit", "reserved bits of mxcsr") { $0.vector.mxcsr |= 1 << 16 },
        Change("64-bit", nil) { $0.vector.mxcsr = 0xFFFF },
        Change("64-bit", "reserved bits of fcw") { $0.vector.controlWord = 0x033F },
        Change("64-bit", nil) { $0.vector.controlWord = 0x1F7F },
        Change("64-bit", "reserved bits of fop") { $0.vector.lastOpcode = 0x800 },
        // An unmasked zero divide, and a masked one.
        Change("64-bit", "ES and B of fsw follow from its exceptions") { $0.vector.statusWord = 4 },
        Change("64-bit", nil) { $0.vector.statusWord = 0x8084 },
        Change("64-bit", nil) { ($0.vector.controlWord, $0.vector.statusWord) = (0x37F, 4) },
        Change("64-bit", "ES and B of fsw follow from its exceptions") {
            ($0.vector.controlWord, $0.vector.statusWord) = (0x37F, 0x8084)
        },
        Change("64-bit", "bytes of the FXSAVE image that hold no register") {
            $0.vector.withUnsafeMutableBytes { $0[28] = 0xFF }
        },
    ]

    @Test(arguments: changes)
    func changeBreaksTheRuleThatItIsAgainst(_ change: Change) throws {
        var cpu = try #require(Self.states[change.mode])
        change.make(&cpu)
        #expect(cpu.inconsistency == change.rule)
    }

    private static let notAnEvent = "pending_event has reserved bits, an unknown type or no valid bit"

    /// SDM 3C 25.8.3 and 27.2.1.3.
    static let events: [(UInt64, String?)] = [
        (0x8000_0020, nil), (0x8000_0202, nil), (0x8000_0301, nil), (0x1234_8000_0B0D, nil),
        (0x8000_0480, nil), (0x8000_0603, nil), (0x8000_0604, nil),
        (0x0000_0020, notAnEvent), (0x8000_0120, notAnEvent), (0x8000_0520, notAnEvent), (0x8000_1020, notAnEvent),
        (0x1_8000_0020, notAnEvent),
        (0x8000_0203, "an NMI that pends with another vector than 2"),
        (0x8000_0320, "an exception that pends with a vector beyond 31"),
        (0x8000_0605, "a software exception that pends with another vector than 3 or 4"),
        (0x8000_0B06, "an event that has no error code pends with one"),
        (0x8000_0820, "an event that has no error code pends with one"),
        (0x1_0000_8000_0B0E, "reserved bits of a pending error code"),
    ]

    @Test(arguments: events)
    func pendingEventIsWellFormed(bits: UInt64, rule: String?) {
        var cpu = Self.protected32
        cpu.pendingEvent = bits
        #expect(cpu.inconsistency == rule)
    }

    @Test func realModePushesNoErrorCode() {
        var cpu = CPUFile.afterReset
        cpu.pendingEvent = 0x8000_0B0D
        #expect(cpu.inconsistency == "an event that has no error code pends with one")
        cpu.pendingEvent = 0x8000_030D
        #expect(cpu.inconsistency == nil)
    }

    @Test func linearInstructionPointerOf64BitCodeIsRIP() {
        var cpu = Self.long64
        cpu.cs.base = 0x1000
        #expect(cpu.linearInstructionPointer == 0xFFFF_FFFF_8100_0000)
        cpu.cs.attributes = 0xC09B
        cpu.rip = 0xFFFF_FFF0
        #expect(cpu.linearInstructionPointer == 0x0FF0)
        #expect(CPUFile.afterReset.linearInstructionPointer == 0xFFFF_FFF0)
    }
}
