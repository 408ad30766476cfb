/// The host's CPU as a guest of this machine may see it.
///
/// A feature gets in where the host has it, its registers are in CPUFile, and no chip is needed that the board has not.
/// What is not named here is left out, so that nothing gets in by itself on CPUs to come.
extension CPUModel {
    /// From the leaves that the host's hypervisor can give a guest (KVM_GET_SUPPORTED_CPUID), where a leaf has an index
    /// if ECX matters. Only an engine that runs guest code on the CPU itself can use it.
    public static func host(leaves offered: [Leaf]) -> CPUModel {
        let host = HostLeaves(offered)
        let leaves = host.admitted
        let isIntel = host.vendor == "GenuineIntel"
        return CPUModel(
            name: "host", leaves: leaves, beyondLast: isIntel ? .lastBasic : .zeros,
            signature: leaves.first { $0.function == 1 }?.registers.eax ?? 0x600)
    }
}

/// Picks from the host's leaves. Names of bits are those of SDM 2A, CPUID, and of APM 3 E.
private struct HostLeaves {
    let offered: [CPUModel.Leaf]

    init(_ offered: [CPUModel.Leaf]) { self.offered = offered }

    private func registers(_ function: UInt32, _ index: UInt32 = 0) -> CPUModel.Registers? {
        offered.first { $0.function == function && ($0.index ?? 0) == index }?.registers
    }

    var vendor: String {
        guard let zero = registers(0) else { return "" }
        let bytes = [zero.ebx, zero.edx, zero.ecx].flatMap { word in (0..<4).map { UInt8(word >> ($0 * 8) & 0xFF) } }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func bits(_ numbers: [UInt32]) -> UInt32 { numbers.reduce(0) { $0 | 1 << $1 } }

    /// SSE3 PCLMULQDQ SSSE3 FMA CX16 PCID SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE AVX F16C RDRAND. Not MONITOR, VMX, SMX,
    /// x2APIC, TSC-deadline, and the hypervisor's bit.
    private static let features1C = bits([0, 1, 9, 12, 13, 17, 19, 20, 22, 23, 25, 26, 28, 29, 30])
    /// FPU VME DE PSE TSC MSR PAE CX8 SEP PGE CMOV PAT PSE-36 CLFSH MMX FXSR SSE SSE2. Not MCE, APIC, MTRR, MCA, HTT.
    private static let features1D = bits([0, 1, 2, 3, 4, 5, 6, 8, 11, 13, 15, 16, 17, 19, 23, 24, 25, 26])
    /// FSGSBASE BMI1 AVX2 FDP_EXCPTN_ONLY SMEP BMI2 ERMS INVPCID FCS_FDS_deprecation RDSEED ADX SMAP CLFLUSHOPT CLWB SHA.
    /// Not TSC_ADJUST, SGX, HLE, RTM, MPX, PT, AVX-512.
    private static let features7B = bits([0, 3, 5, 6, 7, 8, 9, 10, 13, 18, 19, 20, 23, 24, 29])
    /// UMIP GFNI VAES VPCLMULQDQ RDPID. Not PKU, CET, LA57.
    private static let features7C = bits([2, 8, 9, 10, 22])
    /// FSRM MD_CLEAR SERIALIZE. Not AMX, CET, and what needs MSRs against speculation.
    private static let features7D = bits([4, 10, 14])
    /// LAHF LZCNT PREFETCHW. Not SVM, SSE4A, MISALIGNSSE, XOP, FMA4, TBM.
    private static let featuresExtendedC = bits([0, 5, 8])
    /// SYSCALL NX PDPE1GB RDTSCP LM. Not FFXSR, 3DNow.
    private static let featuresExtendedD = bits([11, 20, 26, 27, 29])
    /// AMD repeats these of function 1.
    private static let repeatedD: UInt32 = 0x0183_F3FF

    /// x87, SSE, AVX
    private static let stateComponents: UInt32 = 7
    private static let avx: UInt32 = 1 << 28

    private var states: UInt32 {
        let hasXSAVE = (registers(1)?.ecx ?? 0) & 1 << 26 != 0
        let offered = hasXSAVE ? (registers(0xD)?.eax ?? 0) & Self.stateComponents : 0
        return offered & 3 == 3 ? offered : 0
    }

    private var hasAVX: Bool { states & 4 != 0 && (registers(1)?.ecx ?? 0) & Self.avx != 0 }

    var admitted: [CPUModel.Leaf] {
        var list: [CPUModel.Leaf] = []
        for leaf in offered {
            guard let registers = admit(leaf) else { continue }
            list.append(CPUModel.Leaf(leaf.function, index: leaf.index, registers))
        }
        list.sort { ($0.function, $0.index ?? 0) < ($1.function, $1.index ?? 0) }
        // Each range ends with the last function that is left.
        for first: UInt32 in [0, 0x8000_0000] {
            guard let place = list.firstIndex(where: { $0.function == first }) else { continue }
            let last = list.last { $0.function & 0xF000_0000 == first }?.function
            list[place].registers.eax = last ?? first
        }
        return list
    }

    /// What is left of a leaf; nil where nothing is.
    private func admit(_ leaf: CPUModel.Leaf) -> CPUModel.Registers? {
        var left = leaf.registers
        switch (leaf.function, leaf.index ?? 0) {
        case (0, _), (0x8000_0000, _): break
        case (1, _):
            // One CPU with ID 0; CLFLUSH's line and the brand stay.
            left.ebx &= 0xFFFF
            left.ecx &= Self.features1C
            left.edx &= Self.features1D
            if states == 0 { left.ecx &= ~Self.bits([26]) }
            // FMA AVX F16C
            if !hasAVX { left.ecx &= ~Self.bits([12, 28, 29]) }
        // Caches and TLBs as descriptors.
        case (2, _): break
        // Caches: none is shared, and there is one core.
        case (4, _): left.eax &= 0x3FF
        case (7, 0):
            left.eax = 0
            left.ebx &= Self.features7B
            left.ecx &= Self.features7C
            left.edx &= Self.features7D
            if !hasAVX {
                left.ebx &= ~Self.bits([5])
                left.ecx &= ~Self.bits([9, 10])
            }
        case (0xD, 0) where states != 0:
            // The area up to the end of the last component.
            left = .init(eax: states, ecx: states & 4 != 0 ? 832 : 576)
        // XSAVEOPT, XSAVEC and XGETBV of 1; no XSAVES, so no supervisor states.
        case (0xD, 1) where states != 0: left = .init(eax: left.eax & 7)
        case (0xD, 2) where states & 4 != 0: break
        case (0x8000_0001, _):
            left.ebx = 0
            left.ecx &= Self.featuresExtendedC
            left.edx &= Self.featuresExtendedD | (Self.features1D & Self.repeatedD)
        // The brand's text; caches.
        case (0x8000_0002...0x8000_0006, _): break
        case (0x8000_0008, _):
            // 48 bits of linear addresses, since there is no LA57; physical ones as offered.
            left = .init(eax: left.eax & 0xFF | 48 << 8)
        default: return nil
        }
        return left
    }
}
