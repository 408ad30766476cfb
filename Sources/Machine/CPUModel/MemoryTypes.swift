/// Registers of memory types and machine checks: what they hold, and what may be written to them.
///
/// Sources: SDM 3A 12.11 (MTRRs), SDM 3B 16.3 (machine-check MSRs).
public struct SlowRegisters: BitwiseCopyable, Sendable {
    /// IA32_MTRR_DEF_TYPE, the eleven fixed ranges, base and mask of the eight variable ones; IA32_MCG_STATUS, IA32_MCG_CTL,
    /// then CTL, STATUS, ADDR and MISC of each bank.
    public var words = InlineArray<70, UInt64>(repeating: 0)

    public init() {}

    static let variableRanges = 8
    static let banks = 10

    /// What save files, `--dump-state` and comparisons call them.
    static let names: [String] = {
        var names = ["mtrr_def_type", "mtrr_fix64k_00000", "mtrr_fix16k_80000", "mtrr_fix16k_a0000"]
        for start in stride(from: 0xC0000, to: 0x100000, by: 0x8000) {
            names.append("mtrr_fix4k_" + String(start, radix: 16))
        }
        for number in 0..<variableRanges {
            names += ["mtrr_physbase\(number)", "mtrr_physmask\(number)"]
        }
        names += ["mcg_status", "mcg_ctl"]
        for number in 0..<banks {
            names += ["ctl", "status", "addr", "misc"].map { "mc\(number)_\($0)" }
        }
        return names
    }()

    /// Where a register is in `words`.
    public static func place(_ number: UInt32) -> Int? {
        switch number {
        case 0x2FF: 0
        case 0x250: 1
        case 0x258...0x259: Int(number - 0x258) + 2
        case 0x268...0x26F: Int(number - 0x268) + 4
        case 0x200...0x20F: Int(number - 0x200) + 12
        case 0x17A...0x17B: Int(number - 0x17A) + 28
        case 0x400..<0x400 + UInt32(4 * banks): Int(number - 0x400) + 30
        default: nil
        }
    }

    /// All that are kept here, by number: those of memory types, and those of machine checks.
    static let typeRegisters: [UInt32] =
        [0x2FF, 0x250, 0x258, 0x259] + Array(0x268...0x26F) + Array(0x200...0x20F)
    static let checkRegisters: [UInt32] = [0x17A, 0x17B] + Array(0x400..<0x400 + UInt32(4 * banks))
}

/// What a write to a register leads to.
public enum SlowRegisterWrite: Equatable, Sendable {
    case done
    /// #GP: bits or types that there are not, or a register that can only be read.
    case refused
    /// No register of these.
    case unknown
}

extension CPUModel {
    /// CPUID.1:EDX.MTRR
    public var hasMemoryTypes: Bool { !leaves.isEmpty && identification(1).edx & 1 << 12 != 0 }
    /// CPUID.1:EDX.MCA, and MCE for the exception.
    public var hasMachineCheck: Bool {
        !leaves.isEmpty && identification(1).edx & (1 << 14 | 1 << 7) == 1 << 14 | 1 << 7
    }

    /// IA32_MTRRCAP: eight variable ranges, fixed ones, write-combining.
    static let memoryTypeCapability: UInt64 = UInt64(SlowRegisters.variableRanges) | 1 << 8 | 1 << 10
    /// IA32_MCG_CAP: ten banks and IA32_MCG_CTL, software error recovery, as QEMU's CPUs.
    public static let machineCheckCapability: UInt64 = UInt64(SlowRegisters.banks) | 1 << 8 | 1 << 24

    /// CPUID.7:EDX.ARCH_CAPABILITIES
    public var hasArchitectureCapabilities: Bool {
        !leaves.isEmpty && identification(0).eax >= 7 && identification(7).edx & 1 << 29 != 0
    }

    /// IA32_ARCH_CAPABILITIES: what leaks by speculation from CPUs that speculate does not from an interpreter, so that a
    /// kernel needs nothing against it. RDCL_NO, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO, IF_PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO,
    /// FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO (SDM 4 table 2-2).
    static let architectureCapabilities: UInt64 =
        [0, 3, 4, 5, 6, 8, 13, 14, 15, 20, 24].reduce(0) { $0 | 1 << $1 }

    /// Numbers of those that can hold something.
    public var slowRegisters: [UInt32] {
        (hasMemoryTypes ? SlowRegisters.typeRegisters : []) + (hasMachineCheck ? SlowRegisters.checkRegisters : [])
    }

    private func has(_ number: UInt32) -> Bool {
        switch number {
        case 0xFE, 0x200...0x2FF: hasMemoryTypes
        case 0x10A: hasArchitectureCapabilities
        default: hasMachineCheck
        }
    }

    /// Nil where this CPU has no such register.
    public func slowRegister(_ number: UInt32, of registers: SlowRegisters) -> UInt64? {
        guard has(number) else { return nil }
        switch number {
        case 0xFE: return Self.memoryTypeCapability
        case 0x10A: return Self.architectureCapabilities
        case 0x179: return Self.machineCheckCapability
        default: return SlowRegisters.place(number).map { registers.words[$0] }
        }
    }

    public func setSlowRegister(
        _ number: UInt32, _ value: UInt64, of registers: inout SlowRegisters
    ) -> SlowRegisterWrite {
        guard slowRegister(number, of: registers) != nil else { return .unknown }
        guard let place = SlowRegisters.place(number), accepts(value, in: number) else { return .refused }
        registers.words[place] = value
        return .done
    }

    /// UC WC WT WP WB (SDM 3A table 12-8).
    private static func isType(_ value: UInt64) -> Bool { [0, 1, 4, 5, 6].contains(value & 0xFF) }

    func accepts(_ value: UInt64, in number: UInt32) -> Bool {
        let beyond = UInt64.max << UInt64(physicalAddressBits)
        switch number {
        // FE and E.
        case 0x2FF: return value & ~0xCFF == 0 && Self.isType(value)
        case 0x250...0x26F: return (0..<8).allSatisfy { Self.isType(value >> UInt64($0 * 8)) }
        case 0x200...0x20F where number & 1 == 0: return value & (beyond | 0xF00) == 0 && Self.isType(value)
        case 0x200...0x20F: return value & (beyond | 0x7FF) == 0
        // RIPV, EIPV, MCIP.
        case 0x17A: return value & ~7 == 0
        // Zeros clear STATUS, ADDR and MISC; nothing else can be written (SDM 3B 16.3.2.2-4).
        case 0x400..<0x400 + UInt32(4 * SlowRegisters.banks): return number & 3 == 0 || value == 0
        default: return true
        }
    }

    /// After RESET: memory types are off (SDM 3A table 10-1); machine checks are as in QEMU and KVM, all reporting, which the manual
    /// leaves open.
    var slowRegistersAfterReset: SlowRegisters {
        var registers = SlowRegisters()
        guard hasMachineCheck else { return registers }
        registers.words[29] = .max
        for bank in 0..<SlowRegisters.banks { registers.words[30 + 4 * bank] = .max }
        return registers
    }

    /// A value that this CPU's register cannot have; nil where there is none.
    public func inconsistency(of registers: SlowRegisters) -> String? {
        let kept = Set(slowRegisters.compactMap(SlowRegisters.place))
        for number in SlowRegisters.typeRegisters + SlowRegisters.checkRegisters {
            guard let place = SlowRegisters.place(number) else { continue }
            let value = registers.words[place]
            // STATUS, ADDR and MISC are the machine's to write.
            let isLogged = number & 3 != 0 && number >= 0x400
            guard kept.contains(place) ? isLogged || accepts(value, in: number) : value == 0 else {
                return "\(SlowRegisters.names[place]) cannot hold its value"
            }
        }
        return nil
    }
}
