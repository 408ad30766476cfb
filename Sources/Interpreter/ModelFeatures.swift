import Machine
import X86ISA

/// What control registers and MSRs a CPU model has, taken from its CPUID once.
struct ModelFeatures {
    let tsc: Bool
    let sysenter: Bool
    let pat: Bool
    let efer: Bool
    let syscall: Bool
    let long: Bool
    let tscAux: Bool
    let apic: Bool
    let extendedAPIC: Bool
    /// An FPU.
    let x87: Bool
    /// FCS and FDS are kept: not where CPUID.7:EBX[13] says that they are zero.
    let keepsSelectors: Bool
    /// FDP is kept for each instruction, not only of an unmasked exception (CPUID.7:EBX[6]).
    let keepsOperandAlways: Bool
    /// FOP is kept for each instruction: until the Pentium III (SDM 1 8.1.9.1). SSE2 tells later ones.
    let keepsOpcodeAlways: Bool
    /// Instructions that are no #UD.
    let instructions: FeatureSet
    let generation: CPUModel.Generation
    /// Bits that CR0 may have; others stay zero.
    let controlBits0: UInt64
    /// Bits that EFLAGS may have.
    let flags: UInt32
    /// Bits that CR4 may have.
    let controlBits4: UInt64
    /// Bits that EFER may have, LMA among them.
    let extendedBits: UInt64

    init(_ model: CPUModel) {
        let one = model.identification(1), seven = model.identification(7)
        let lastBasic = model.identification(0).eax
        let extended =
            model.identification(0x8000_0000).eax >= 0x8000_0001 && model.identification(0x8000_0000).eax < 0x8001_0000
            ? model.identification(0x8000_0001) : CPUModel.Registers()
        let sevenB = lastBasic >= 7 ? seven.ebx : 0, sevenC = lastBasic >= 7 ? seven.ecx : 0
        func has(_ word: UInt32, _ bit: UInt32) -> Bool { word >> bit & 1 != 0 }
        tsc = has(one.edx, 4)
        sysenter = has(one.edx, 11)
        pat = has(one.edx, 16)
        syscall = has(extended.edx, 11)
        long = has(extended.edx, 29)
        let noExecute = has(extended.edx, 20)
        efer = syscall || long || noExecute
        tscAux = has(extended.edx, 27) || has(sevenC, 22)
        apic = model.hasLocalAPIC
        extendedAPIC = model.hasExtendedAPIC
        let x87 = model.hasFPU
        self.x87 = x87
        keepsSelectors = !has(sevenB, 13)
        keepsOperandAlways = !has(sevenB, 6)
        keepsOpcodeAlways = !has(one.edx, 26)
        let rules: [(Bool, UInt64)] = [
            // VME, PVI
            (has(one.edx, 1), 1 << 0 | 1 << 1),
            // TSD
            (has(one.edx, 4), 1 << 2),
            // DE
            (has(one.edx, 2), 1 << 3),
            // PSE
            (has(one.edx, 3), 1 << 4),
            // PAE
            (has(one.edx, 6), 1 << 5),
            // MCE
            (has(one.edx, 7), 1 << 6),
            // PGE
            (has(one.edx, 13), 1 << 7),
            // PCE: came with the Pentium Pro, as CMOV did.
            (has(one.edx, 15), 1 << 8),
            // OSFXSR
            (has(one.edx, 24), 1 << 9),
            // OSXMMEXCPT
            (has(one.edx, 25), 1 << 10),
            // UMIP
            (has(sevenC, 2), 1 << 11),
            // LA57
            (has(sevenC, 16), 1 << 12),
            // FSGSBASE
            (has(sevenB, 0), 1 << 16),
            // PCIDE
            (has(one.ecx, 17), 1 << 17),
            // OSXSAVE
            (has(one.ecx, 26), 1 << 18),
            // SMEP
            (has(sevenB, 7), 1 << 20),
            // SMAP
            (has(sevenB, 20), 1 << 21),
        ]
        generation = model.generation
        // PE MP EM TS ET PG; NE WP AM NW CD since the 486.
        controlBits0 =
            model.generation >= .i80486 ? 0xE005_003F : model.generation == .i80386 ? 0x8000_001F : 0xF
        // Up to VM; AC since the 486; VIF and VIP with VME; ID with CPUID.
        let plain: UInt32
        switch model.generation {
        case .i8086: plain = 0xFD5
        case .i80286: plain = 0x7FD5
        default: plain = 0x3_7FD5
        }
        flags =
            plain | (model.generation >= .i80486 ? Flags.alignmentCheck : 0)
            | (has(one.edx, 1) ? Flags.virtualInterrupt | Flags.virtualInterruptPending : 0)
            | (model.leaves.isEmpty ? 0 : Flags.identification)
        let basic: [(Bool, [Feature])] = [
            // The escapes of a CPU without x87 go to an empty socket.
            (true, [.i8086, .x87, .i80287, .i80387]),
            (!x87 || has(one.edx, 15), [.fcmov]), (!x87 || has(one.ecx, 0), [.fisttp]),
            (model.generation >= .i80286, [.i80186, .i80286]),
            (model.generation >= .i80386, [.i80386]),
            (model.generation >= .i80486, [.i80486]),
            (model.generation >= .pentium, [.pentium]),
            (model.generation >= .p6, [.p6]),
            (!model.leaves.isEmpty, [.cpuid]),
            (has(one.edx, 4), [.tsc]), (has(one.edx, 5), [.msr]), (has(one.edx, 8), [.cx8]),
            (has(one.edx, 11), [.sep]), (has(one.edx, 15), [.cmov]), (has(one.edx, 19), [.clflush]),
            (has(one.edx, 23), [.mmx]), (has(one.edx, 24), [.fxsr]), (has(one.edx, 25), [.sse]),
            (has(one.edx, 26), [.sse2]),
            (has(one.ecx, 0), [.sse3]), (has(one.ecx, 1), [.pclmulqdq]), (has(one.ecx, 3), [.monitor]),
            (has(one.ecx, 9), [.ssse3]), (has(one.ecx, 12), [.fma]), (has(one.ecx, 13), [.cx16]),
            (has(one.ecx, 19), [.sse41]), (has(one.ecx, 20), [.sse42]), (has(one.ecx, 22), [.movbe]),
            (has(one.ecx, 23), [.popcnt]), (has(one.ecx, 25), [.aes]), (has(one.ecx, 26), [.xsave]),
            (has(one.ecx, 28), [.avx]), (has(one.ecx, 29), [.f16c]), (has(one.ecx, 30), [.rdrand]),
            (has(sevenB, 0), [.fsgsbase]), (has(sevenB, 3), [.bmi1]), (has(sevenB, 5), [.avx2]),
            (has(sevenB, 8), [.bmi2]), (has(sevenB, 10), [.invpcid]), (has(sevenB, 18), [.rdseed]),
            (has(sevenB, 19), [.adx]), (has(sevenB, 20), [.smap]), (has(sevenB, 23), [.clflushopt]),
            (has(sevenB, 24), [.clwb]), (has(sevenB, 29), [.sha]), (has(sevenC, 22), [.rdpid]),
            (has(extended.ecx, 0), [.lahf64]), (has(extended.ecx, 5), [.lzcnt]),
            // A CPU with long mode has PREFETCHW, whatever its own bit says (AMD64 APM 3, PREFETCH): Linux relies on it.
            (has(extended.ecx, 8) || has(extended.edx, 29), [.prefetchw]),
            (has(extended.edx, 11), [.syscall]), (has(extended.edx, 27), [.rdtscp]), (has(extended.edx, 29), [.long]),
        ]
        var set: FeatureSet = []
        for (present, list) in basic where present { for feature in list { set.formUnion(FeatureSet(feature)) } }
        if has(one.ecx, 26) {
            let forms = model.identification(0xD, 1).eax
            for (bit, feature) in [(UInt32(0), Feature.xsaveopt), (1, .xsavec), (3, .xsaves)] where has(forms, bit) {
                set.formUnion(FeatureSet(feature))
            }
        }
        instructions = set
        controlBits4 = rules.reduce(0) { $1.0 ? $0 | $1.1 : $0 }
        extendedBits =
            (syscall ? ControlBits.systemCallEnable : 0) | (noExecute ? ControlBits.noExecuteEnable : 0)
            | (long ? ControlBits.longModeEnable | ControlBits.longModeActive : 0)
    }
}
