/// A feature bit of CPUID, by the name that QEMU's `-cpu` has for it.
public struct CPUFlag: Hashable, Sendable {
    /// A register that CPUID fills with feature bits (SDM 2A, CPUID; APM 3 E).
    public enum Word: UInt8, CaseIterable, Sendable {
        /// 1: EDX
        case basicD
        /// 1: ECX
        case basicC
        /// 7.0: EBX
        case structuredB
        /// 7.0: ECX
        case structuredC
        /// 7.0: EDX
        case structuredD
        /// 8000_0001: EDX
        case extendedD
        /// 8000_0001: ECX
        case extendedC
        /// 0D.1: EAX
        case states
    }

    public let word: Word
    public let bit: UInt32

    /// Names of bits from 0 on; `-` where a bit has none, or CPUID makes it from other registers. Behind `|`: aliases.
    private static let names: [Word: String] = [
        .basicD: """
        fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush|clfsh - ds acpi mmx fxsr
        sse sse2 ss ht tm ia64 pbe
        """,
        .basicC: """
        sse3|pni pclmulqdq|pclmuldq dtes64 monitor ds-cpl vmx smx est tm2 ssse3 cid - fma cx16 xtpr pdcm - pcid dca
        sse4.1|sse4-1 sse4.2|sse4-2 x2apic movbe popcnt tsc-deadline aes xsave - avx f16c rdrand hypervisor
        """,
        .structuredB: """
        fsgsbase tsc-adjust sgx bmi1 hle avx2 fdp-excptn-only smep bmi2 erms invpcid rtm - zero-fcs-fds mpx - avx512f
        avx512dq rdseed adx smap avx512ifma pcommit clflushopt clwb intel-pt avx512pf avx512er avx512cd sha-ni avx512bw avx512vl
        """,
        .structuredC: """
        - avx512vbmi umip pku - waitpkg avx512vbmi2 - gfni vaes vpclmulqdq avx512vnni avx512bitalg - avx512-vpopcntdq -
        la57 - - - - - rdpid - bus-lock-detect cldemote - movdiri movdir64b - sgxlc pks
        """,
        .structuredD: """
        - - avx512-4vnniw avx512-4fmaps fsrm - - - avx512-vp2intersect - md-clear - - - serialize - tsx-ldtrk - -
        arch-lbr - - amx-bf16 avx512-fp16 amx-tile amx-int8 spec-ctrl stibp flush-l1d arch-capabilities - ssbd
        """,
        .extendedD: """
        - - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr-opt|ffxsr pdpe1gb rdtscp - lm|i64 3dnowext
        3dnow
        """,
        .extendedC: """
        lahf-lm cmp-legacy svm extapic cr8legacy abm|lzcnt sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp
        fma4 tce - nodeid-msr - tbm topoext perfctr-core perfctr-nb
        """,
        .states: "xsaveopt xsavec xgetbv1 xsaves xfd",
    ]

    private static let table: (flags: [String: CPUFlag], names: [CPUFlag: String]) = {
        var flags: [String: CPUFlag] = [:], names: [CPUFlag: String] = [:]
        for (word, text) in Self.names {
            for (bit, entry) in text.split(whereSeparator: \.isWhitespace).enumerated() where entry != "-" {
                let flag = CPUFlag(word: word, bit: UInt32(bit)),
                    spellings = entry.split(separator: "|").map(String.init)
                names[flag] = spellings[0]
                for spelling in spellings { flags[spelling] = flag }
            }
        }
        return (flags, names)
    }()

    private init(word: Word, bit: UInt32) { (self.word, self.bit) = (word, bit) }

    /// By its name or an alias of it, with `_` for `-` as one likes; nil for what is no such name.
    public init?(_ name: String) {
        guard let flag = Self.table.flags[String(name.lowercased().map { $0 == "_" ? "-" : $0 })] else { return nil }
        self = flag
    }

    public var name: String { Self.table.names[self] ?? "bit \(bit)" }

    /// All that have a name, in CPUID's order.
    public static let all: [CPUFlag] = table.names.keys.sorted {
        ($0.word.rawValue, $0.bit) < ($1.word.rawValue, $1.bit)
    }

    /// Flags by their names, apart by spaces.
    ///
    /// - Precondition: each is a name: for literals in the source.
    static func set(_ names: String) -> Set<CPUFlag> {
        Set(
            names.split(whereSeparator: \.isWhitespace).map { name in
                guard let flag = CPUFlag(String(name)) else { preconditionFailure("no CPU flag '\(name)'") }
                return flag
            })
    }

    /// What this one is built on: without it CPUID must not announce this one (SDM 1 5.1, 13.2, 14.3).
    public var requirements: [CPUFlag] { Self.needed[self] ?? [] }

    private static let needed: [CPUFlag: [CPUFlag]] = {
        let rows: [(String, String)] = [
            ("mmx", "fpu"), ("fxsr", "fpu"), ("sse", "fxsr mmx"), ("sse2", "sse"), ("sse3", "sse2"), ("ssse3", "sse3"),
            ("sse4.1", "ssse3"), ("sse4.2", "sse4.1"), ("aes", "sse2"), ("pclmulqdq", "sse2"), ("sha-ni", "sse2"),
            ("xsave", "fxsr"), ("xsaveopt", "xsave"), ("xsavec", "xsave"), ("xgetbv1", "xsave"), ("xsaves", "xsavec"),
            ("avx", "xsave sse4.2"), ("avx2", "avx"), ("fma", "avx"), ("f16c", "avx"), ("lm", "pae cx8 cmov"),
            ("nx", "pae"), ("lahf-lm", "lm"), ("cx16", "lm"), ("pdpe1gb", "lm"), ("pcid", "lm"), ("invpcid", "pcid"),
            ("la57", "lm"), ("fsgsbase", "lm"), ("x2apic", "apic"), ("tsc-deadline", "apic tsc"), ("rdtscp", "tsc"),
            ("fdp-excptn-only", "fpu"), ("zero-fcs-fds", "fpu"),
        ]
        var needed: [CPUFlag: [CPUFlag]] = [:]
        for (name, needs) in rows { for flag in set(name) { needed[flag] = Array(set(needs)) } }
        return needed
    }()
}
