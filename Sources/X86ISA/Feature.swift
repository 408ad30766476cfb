/// What a CPU must have to know an instruction: a generation, or a CPUID feature (SDM 2A CPUID, SDM 1 5.1).
///
/// An instruction has one. Where it needs two, the later one is named: FCMOVcc `fcmov` (CMOV and x87), the VEX forms of AES and
/// PCLMULQDQ theirs, with AVX beside it as with any VEX prefix.
public enum Feature: UInt8, Sendable, CaseIterable, Codable {
    // Generations, without a CPUID bit. `p6`: multi-byte NOP, RDPMC, UD0, UD1.
    case i8086, i80186, i80286, i80386, i80486, pentium, p6
    // x87 with what 80287 and 80387 added; FCMOVcc, FCOMI; FISTTP (SSE3)
    case x87, i80287, i80387, fcmov, fisttp
    case cpuid, tsc, msr, cx8, cmov, sep, syscall
    // 64-bit code, or an instruction of it
    case long, lahf64, cx16
    case mmx, fxsr, sse, sse2, sse3, ssse3, sse41, sse42
    case monitor, popcnt, lzcnt, movbe, aes, pclmulqdq, sha, adx, rdrand, rdseed, bmi1, bmi2
    case avx, avx2, f16c, fma
    case xsave, xsaveopt, xsavec, xsaves
    case clflush, clflushopt, clwb, prefetchw
    case fsgsbase, rdpid, rdtscp, smap, invpcid
}

/// A set of features.
public struct FeatureSet: OptionSet, Hashable, Sendable {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public init(_ feature: Feature) { rawValue = 1 &<< UInt64(feature.rawValue) }

    /// What a Pentium without FPU knows, and the escapes that such a CPU hands to an empty socket.
    public static let pentium: FeatureSet = {
        let features: [Feature] = [
            .i8086, .i80186, .i80286, .i80386, .i80486, .pentium, .x87, .i80287, .i80387, .fcmov, .fisttp, .cpuid, .tsc,
            .msr, .cx8,
        ]
        return features.reduce(into: []) { $0.formUnion(FeatureSet($1)) }
    }()

    /// Everything that the decoder knows.
    @inlinable public static var all: FeatureSet { FeatureSet(rawValue: .max) }

    @inlinable public func contains(_ feature: Feature) -> Bool {
        rawValue &>> UInt64(feature.rawValue) & 1 != 0
    }
}
