import Machine
import Testing

/// `-cpu`'s CPUs by name, with flags put in and taken away.
@Suite("CPU definitions")
struct CPUDefinitionTests {
    private func flag(_ name: String) throws -> CPUFlag { try #require(CPUFlag(name)) }

    /// Family, model and stepping, and 1:EDX and 1:ECX as QEMU 7.2 shows them to a guest of these CPUs, less its
    /// hypervisor bit.
    @Test(arguments: [
        ("486", 0x480 as UInt32, 0x0000_000B as UInt32, 0 as UInt32), ("pentium", 0x543, 0x0080_03BF, 0),
        ("pentium3", 0x683, 0x0383_FBFF, 0), ("qemu64", 0x60FB1, 0x078B_FBFD, 0x2001),
    ])
    func knownCPUs(name: String, signature: UInt32, edx: UInt32, ecx: UInt32) throws {
        let definition = try #require(CPUDefinition.named(name))
        let one = definition.model().model.identification(1)
        func missing(_ word: CPUFlag.Word) -> UInt32 {
            definition.model().lacking.reduce(0) { $1.word == word ? $0 | 1 << $1.bit : $0 }
        }
        #expect(one.eax == signature)
        #expect(one.edx == edx & ~missing(.basicD), "\(String(one.edx, radix: 16))")
        #expect(one.ecx == ecx & ~missing(.basicC), "\(String(one.ecx, radix: 16))")
    }

    @Test(arguments: CPUDefinition.all.map(\.name))
    func noFlagIsAnnouncedWithoutWhatItIsBuiltOn(name: String) throws {
        let definition = try #require(CPUDefinition.named(name))
        for flag in definition.flags {
            #expect(definition.flags.isSuperset(of: flag.requirements), "\(flag.name) of \(name)")
        }
        let (model, lacking) = definition.model()
        #expect(model.flagsBeyondOurs.isEmpty)
        #expect(Set(lacking) == Set(lacking).intersection(definition.flags))
    }

    @Test func whatIsTakenAwayTakesWithItWhatIsBuiltOnIt() throws {
        var definition = try #require(CPUDefinition.named("x86-64-v3"))
        definition.remove([try flag("sse3")])
        for name in ["sse3", "ssse3", "sse4.1", "avx", "avx2", "fma"] {
            #expect(!definition.flags.contains(try flag(name)), "\(name)")
        }
        for name in ["sse2", "bmi2", "lm"] { #expect(definition.flags.contains(try flag(name)), "\(name)") }
    }

    @Test func namesMayBeSpelledAsQEMUDoes() throws {
        #expect(CPUFlag("sse4_1") == CPUFlag("sse4.1"))
        #expect(CPUFlag("PNI") == CPUFlag("sse3"))
        #expect(CPUFlag("lahf_lm") == CPUFlag("lahf-lm"))
        #expect(CPUFlag("lzcnt") == CPUFlag("abm"))
        #expect(CPUFlag("-") == nil)
        #expect(CPUFlag("osxsave") == nil)
    }

    /// SDM 2A, CPUID: bits by number.
    @Test(arguments: [
        ("fpu", CPUFlag.Word.basicD, 0 as UInt32), ("sse2", .basicD, 26), ("pbe", .basicD, 31), ("sse3", .basicC, 0),
        ("xsave", .basicC, 26), ("rdrand", .basicC, 30), ("fsgsbase", .structuredB, 0), ("avx2", .structuredB, 5),
        ("fdp-excptn-only", .structuredB, 6), ("zero-fcs-fds", .structuredB, 13),
        ("rdseed", .structuredB, 18), ("sha-ni", .structuredB, 29), ("umip", .structuredC, 2),
        ("la57", .structuredC, 16), ("rdpid", .structuredC, 22), ("syscall", .extendedD, 11), ("nx", .extendedD, 20),
        ("pdpe1gb", .extendedD, 26), ("rdtscp", .extendedD, 27), ("lm", .extendedD, 29), ("abm", .extendedC, 5),
        ("3dnowprefetch", .extendedC, 8), ("xsaves", .states, 3), ("serialize", .structuredD, 14),
    ])
    func placesOfBits(name: String, word: CPUFlag.Word, bit: UInt32) throws {
        let flag = try flag(name)
        #expect(flag.word == word && flag.bit == bit)
        #expect(flag.name == name)
    }

    @Test func anotherVendorIsToldInBothRanges() throws {
        var definition = try #require(CPUDefinition.named("qemu64"))
        for (name, words) in [
            ("GenuineIntel", [0x756E_6547, 0x4965_6E69, 0x6C65_746E] as [UInt32]),
            ("AuthenticAMD", [0x6874_7541, 0x6974_6E65, 0x444D_4163]),
        ] {
            definition.vendor = name
            let model = definition.model().model
            let zero = model.identification(0)
            #expect([zero.ebx, zero.edx, zero.ecx] == words)
            let extended = model.identification(0x8000_0000)
            let isAMD = name == "AuthenticAMD"
            #expect([extended.ebx, extended.edx, extended.ecx] == (isAMD ? words : [0, 0, 0]))
            // AMD repeats 1:EDX.TSC (bit 4).
            #expect(model.identification(0x8000_0001).edx >> 4 & 1 == (isAMD ? 1 : 0))
        }
    }

    @Test func oldCPUsHaveNoCPUID() throws {
        for name in ["8086", "286", "386"] {
            let model = try #require(CPUDefinition.named(name)).model().model
            #expect(model.leaves.isEmpty)
        }
        #expect(try #require(CPUDefinition.named("386")).model().model.signature == 0x308)
        #expect(try #require(CPUDefinition.named("286")).generation == .i80286)
    }
}
