/// The CPUs that are ours from the ground up: every engine that has no CPU of its own can be each of them.
extension CPUModel {
    public static let emulated: [CPUModel] = [.pentium, .maximum]

    /// `GenuineIntel` as EBX, EDX, ECX have it.
    private static let vendor = (ebx: UInt32(0x756E_6547), edx: UInt32(0x4965_6E69), ecx: UInt32(0x6C65_746E))

    private static func bits(_ numbers: UInt32...) -> UInt32 { numbers.reduce(0) { $0 | 1 << $1 } }

    /// A Pentium (P54C, family 5, model 2, stepping 12) without FPU: VME, DE, PSE, TSC, MSR, MCE, CX8.
    public static let pentium = CPUModel(
        name: "pentium",
        leaves: [
            Leaf(0, Registers(eax: 1, ebx: vendor.ebx, ecx: vendor.ecx, edx: vendor.edx)),
            Leaf(1, Registers(eax: 0x052C, edx: bits(1, 2, 3, 4, 5, 7, 8))),
        ],
        signature: 0x052C,
        // P5_MC_ADDR and P5_MC_TYPE
        modelRegisters: [0, 1])

    /// All that the interpreter has: a CPU of family 6 with long mode.
    public static let maximum = CPUModel(
        name: "max",
        leaves: [
            Leaf(0, Registers(eax: 7, ebx: vendor.ebx, ecx: vendor.ecx, edx: vendor.edx)),
            // CX16 PCID MOVBE POPCNT; VME DE PSE TSC MSR PAE CX8 SEP PGE CMOV PAT PSE-36 CLFSH
            Leaf(
                1,
                Registers(
                    eax: signatureOfMax, ebx: 8 << 8, ecx: bits(13, 17, 22, 23),
                    edx: bits(1, 2, 3, 4, 5, 6, 8, 11, 13, 15, 16, 17, 19))),
            // FSGSBASE BMI1 SMEP BMI2 ERMS INVPCID ADX SMAP CLFLUSHOPT CLWB; UMIP RDPID
            Leaf(7, index: 0, Registers(ebx: bits(0, 3, 7, 8, 9, 10, 19, 20, 23, 24), ecx: bits(2, 22))),
            Leaf(0x8000_0000, Registers(eax: 0x8000_0008)),
            // LAHF LZCNT PREFETCHW; SYSCALL NX PDPE1GB RDTSCP LM
            Leaf(0x8000_0001, Registers(ecx: bits(0, 5, 8), edx: bits(11, 20, 26, 27, 29))),
            // 40 bits of physical addresses, 48 of linear ones.
            Leaf(0x8000_0008, Registers(eax: 40 | 48 << 8)),
        ],
        signature: signatureOfMax)

    /// Family 6, model 0, stepping 3.
    private static let signatureOfMax: UInt32 = 0x0603
}
