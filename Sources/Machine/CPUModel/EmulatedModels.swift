/// The CPUs that are ours from the ground up: every engine that has no CPU of its own can be each of them.
extension CPUModel {
    /// Flags for which our CPUs have all that they promise.
    public static let emulatedFlags: Set<CPUFlag> = CPUFlag.set(
        """
        fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2
        sse3 pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe popcnt tsc-deadline aes xsave avx f16c rdrand
        monitor xsaveopt xsavec xgetbv1 xsaves
        fsgsbase bmi1 avx2 fdp-excptn-only smep bmi2 erms invpcid rdseed zero-fcs-fds adx smap clflushopt clwb sha-ni
        umip la57 rdpid arch-capabilities
        syscall nx pdpe1gb rdtscp lm
        lahf-lm abm 3dnowprefetch
        """)

    /// A Pentium, the default.
    public static let pentium = emulated("pentium")

    /// All that the interpreter has: a CPU of family 6 with long mode.
    public static let maximum = emulated("max")

    private static func emulated(_ name: String) -> CPUModel {
        guard let definition = CPUDefinition.named(name) else { preconditionFailure("no CPU '\(name)'") }
        return definition.model().model
    }

    /// Flags of this model that our own CPUs do not have, so that no engine without a CPU of its own can be it.
    public var flagsBeyondOurs: [CPUFlag] {
        let words: [CPUFlag.Word: UInt32] = [
            .basicD: identification(1).edx, .basicC: identification(1).ecx,
            .structuredB: told(7).ebx, .structuredC: told(7).ecx, .structuredD: told(7).edx,
            .extendedD: told(0x8000_0001).edx, .extendedC: told(0x8000_0001).ecx, .states: told(0xD, 1).eax,
        ]
        return CPUFlag.all.filter {
            (words[$0.word] ?? 0) >> $0.bit & 1 != 0 && !Self.emulatedFlags.contains($0)
        }
    }

    /// What a function within its range answers, else zeros.
    private func told(_ function: UInt32, _ index: UInt32 = 0) -> Registers {
        let first = function & 0x8000_0000
        let last = leaves.first { $0.function == first }?.registers.eax ?? 0
        return last >= function && last & 0x8000_0000 == first ? identification(function, index) : Registers()
    }
}

extension CPUDefinition {
    /// Features of QEMU's CPUs of these names, and what the psABI's levels ask for (System V ABI for AMD64, 3.1.1).
    public static let all: [CPUDefinition] = [
        CPUDefinition(
            "8086", "an 8086: real mode and 1 MiB; needs a ROM of its age (-bios)", .i8086, signature: 0,
            lastFunction: nil, flags: ""),
        CPUDefinition(
            "286", "an 80286: 16-bit protected mode; needs a ROM of its age (-bios)", .i80286, signature: 0,
            lastFunction: nil, flags: ""),
        CPUDefinition("386", "a 386DX", .i80386, signature: 0x0308, lastFunction: nil, flags: "fpu"),
        CPUDefinition(
            "486", "a 486DX4 with CPUID", .i80486, signature: 0x0480, lastFunction: 1, flags: "fpu vme pse"),
        CPUDefinition(
            "pentium", "a Pentium MMX (default)", .pentium, signature: 0x0543, lastFunction: 1,
            flags: "fpu vme de pse tsc msr mce cx8 apic mmx",
            // P5_MC_ADDR and P5_MC_TYPE
            modelRegisters: [0, 1]),
        CPUDefinition(
            "pentium3", "a Pentium III: PAE and SSE", .p6, signature: 0x0683, lastFunction: 2,
            flags: "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 mmx fxsr sse",
            modelRegisters: intelRegisters),
        CPUDefinition(
            "qemu64", "a 64-bit CPU with SSE3, as QEMU's default", vendor: "AuthenticAMD", .p6, signature: 0x0006_0FB1,
            lastFunction: 1, brand: "Lucid86 qemu64", flags: base64,
            // C001_0010h, SYSCFG: none of its memory types that go beyond the MTRRs (BKDG); Linux reads it beside them.
            // C001_0055h, Interrupt Pending and CMP-Halt (BKDG for NPT family 0Fh): Linux reads it on each CPU of that family.
            modelRegisters: [0x8B, 0xC001_0010, 0xC001_0055]),
        CPUDefinition(
            "x86-64-v2", "level 2 of the psABI: SSE4.2, POPCNT", .p6, signature: 0x0603, lastFunction: 2,
            brand: "Lucid86 x86-64-v2", flags: base64 + second, modelRegisters: intelRegisters),
        CPUDefinition(
            "x86-64-v3", "level 3 of the psABI: AVX2, FMA, BMI", .p6, signature: 0x0603, lastFunction: 2,
            brand: "Lucid86 x86-64-v3", flags: base64 + second + third, modelRegisters: intelRegisters),
        CPUDefinition(
            "max", "all that Lucid86 has", .p6, signature: 0x0603, lastFunction: 2, brand: "Lucid86 max",
            flags: CPUModel.emulatedFlags.subtracting(onDemand).map(\.name).joined(separator: " "),
            modelRegisters: intelRegisters),
    ]

    /// IA32_PLATFORM_ID, and IA32_BIOS_SIGN_ID, AMD's patch level: no microcode was ever loaded.
    private static let intelRegisters: Set<UInt32> = [0x17, 0x8B]
    /// These take something away: what older programs read, x87 pointers of each instruction and their selectors; and the
    /// sleep of a guest that would idle with MWAIT, which wakes at once. With LA57 a kernel would walk a fifth level for nothing;
    /// x2APIC mode is of use where interrupts are remapped.
    private static let onDemand = CPUFlag.set("fdp-excptn-only zero-fcs-fds monitor la57 x2apic")
    private static let base64 = """
        fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 sse3 cx16 syscall nx lm lahf-lm

        """
    private static let second = " ssse3 sse4.1 sse4.2 popcnt "
    private static let third = " movbe bmi1 bmi2 abm xsave avx avx2 f16c fma "
}
