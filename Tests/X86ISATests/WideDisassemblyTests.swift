import Foundation
import Testing

@testable import X86ISA

/// Where our text differs on purpose from objdump's for code of x86-64 and for vectors. This list is all of it.
private enum WideDifference: String, CaseIterable {
    /// No instruction for both; how many bytes are shown follows each one's opcode maps.
    case noInstruction
    /// What x86-64-v3 does not have: `(bad)`.
    case laterInstruction
    /// CR1, CR5-CR7, CR9-CR15, DR8-DR15, test registers, segment registers 6 and 7, CS as destination: #UD (SDM 2B, MOV).
    case undefinedRegister
    /// A prefix 66, F2 or F3, VEX.vvvv or VEX.L that the instruction must not have (SDM 2A 2.4): #UD on the host's CPU.
    case prefixNotAllowed
    /// Encodings that the CPU runs and objdump does not know: aliases of x87, fences with another rm, NOP as 0F 0D.
    case alias
    /// Hints of later processors that are NOP or PREFETCH otherwise; F3 0F 09 is WBINVD.
    case laterHint
    /// The same instruction; one of the two names a prefix or a register's width as the other does not.
    case spelling

    static let later: Set<String> = [
        "femms", "getsec", "vmread", "vmwrite", "vmptrst", "vmptrld", "vmclear", "vmxoff", "vmlaunch", "vmresume",
        "vmcall", "vmxon", "vmsave", "vmrun", "vmload", "vmmcall", "vmgexit", "vmfunc", "tdcall", "seamret", "seamops",
        "seamcall", "extrq", "insertq", "movntsd", "movntss", "gf2p8mulb", "gf2p8affineqb", "gf2p8affineinvqb",
        "vgf2p8mulb", "vgf2p8affineqb", "vgf2p8affineinvqb", "xrstors", "xrstors64", "xsaves", "xsaves64", "invept",
        "invvpid", "aesenc128kl", "aesdec128kl", "aesenc256kl", "aesdec256kl", "loadiwkey", "encodekey128",
        "encodekey256", "aesencwide128kl", "aesdecwide128kl", "aesencwide256kl", "aesdecwide256kl", "movdir64b",
        "movdiri", "enqcmd", "enqcmds", "aadd", "aand", "axor", "aor", "rstorssp", "wrussq", "wrussd", "wrssd", "wrssq",
        "setssbsy", "clrssbsy", "saveprevssp", "incsspd", "incsspq", "invlpga", "stgi", "clgi", "skinit", "psmash",
        "pvalidate", "rmpupdate", "rmpadjust", "rmpquery", "umonitor", "umwait", "tpause", "ptwrite", "stui", "clui",
        "uiret", "testui", "senduipi", "rdpru", "clzero", "monitorx", "mwaitx", "mcommit", "tlbsync", "invlpgb",
        "serialize", "xsusldtrk", "xresldtrk", "wrpkru", "rdpkru", "encls", "enclu", "enclv", "xend", "xtest",
        "xabort", "xbegin", "pconfig", "hreset", "rdmsrlist", "wrmsrlist", "wrmsrns", "pbndkb", "vcvtneps2bf16",
        "vpmadd52luq", "vpmadd52huq", "vcvtneoph2ps", "vcvtneeph2ps", "vcvtneobf162ps", "vcvtneebf162ps",
        "vbcstnebf162ps", "vbcstnesh2ps", "vpermil2ps", "vpermil2pd", "sttilecfg", "ldtilecfg", "tilerelease",
    ]
    /// AVX-512's masks, FMA4, VNNI, CMPccXADD, AMX, 3DNow! and VIA's by how their names begin or end.
    static func isLater(_ name: String) -> Bool {
        if later.contains(name) { return true }
        if name.hasPrefix("k"), ["b", "w", "d", "q"].contains(where: { name.hasSuffix($0) }) { return true }
        if name.hasPrefix("vpdp") || name.hasPrefix("tile") || name.hasPrefix("tdp") { return true }
        if name.hasPrefix("cmp"), name.hasSuffix("xadd") { return true }
        if name.hasPrefix("vf"), ["ps", "pd", "ss", "sd"].contains(where: { name.hasSuffix($0) }) {
            // FMA4: FMA's names have the order of operands as a number.
            return !name.contains("132") && !name.contains("213") && !name.contains("231")
        }
        if name.hasPrefix("xcrypt") || name.hasPrefix("xsha") || name.hasPrefix("xstore") || name == "montmul" {
            return true
        }
        // 3DNow!
        return name.hasPrefix("pf") || ["pi2fd", "pi2fw", "pavgusb", "pmulhrw", "pswapd"].contains(name)
    }

    static let hints: Set<String> = [
        "bndmov", "bndstx", "bndldx", "bndcl", "bndcu", "bndcn", "bndmk", "wbnoinvd", "prefetchwt1", "cldemote",
        "rdsspd", "rdsspq", "prefetchit0", "prefetchit1",
    ]
    static let strict: Set<String> = [
        "pmovmskb", "stmxcsr", "ldmxcsr", "vldmxcsr", "vstmxcsr", "fxsave", "fxsave64", "fxrstor", "fxrstor64", "xsave",
        "xsave64", "xrstor", "xrstor64", "xsavec", "xsavec64", "xsaveopt", "xsaveopt64", "vzeroupper", "vzeroall",
        "monitor", "mwait", "clac", "stac", "xgetbv", "xsetbv", "swapgs", "rdtscp", "rdfsbase", "rdgsbase", "wrfsbase",
        "wrgsbase",
    ]
    /// VAES and VPCLMULQDQ have 256 bits; AVX and AES alone have not.
    static func isWideAES(_ name: String) -> Bool { name.hasPrefix("vaes") || name.hasPrefix("vpclmul") }
    static let spellings: Set<String> = [
        "nop", "pmovmskb", "movmskps", "movmskpd", "vmovmskps", "vmovmskpd", "vpmovmskb", "lss", "lfs", "lgs", "movsxd",
        "cdqe", "cqo", "jmp", "call", "xchg", "pause", "pcmpestriq", "pcmpestrmq", "movq2dq", "movdq2q", "crc32",
        "vmovss",
        "vmovsd", "movs", "cmps", "mov", "cmpxchg16b",
    ]

    static func explaining(_ ours: Disassembler.Line, _ golden: GoldenLine) -> Self? {
        let isBad = ours.text.hasSuffix("(bad)"), objdumpIsBad = golden.text.contains("(bad)")
        if isBad && objdumpIsBad { return .noInstruction }
        let name = mnemonic(golden.text)
        if isBad {
            if isLater(name) { return .laterInstruction }
            if name == "mov" {
                // Control, debug and test registers; a seventh segment register, and CS as destination
                let names = ["cr", "dr", "tr", "?", "mov cs,"]
                return names.contains { golden.text.contains($0) } ? .undefinedRegister : nil
            }
            let isMarked = golden.bytes.prefix(ours.length + 1).contains {
                [0x66, 0xF2, 0xF3, 0xC4, 0xC5].contains($0)
            }
            return (strict.contains(name) || isWideAES(name)) && isMarked ? .prefixNotAllowed : nil
        }
        guard let operation = ours.instruction?.operation else { return nil }
        if objdumpIsBad {
            let known: Set<X86ISA.Operation> = [
                .nop, .wbinvd, .fxch, .fstp, .fcom, .fcomp, .bsf, .bsr, .mfence, .lfence, .sfence,
            ]
            return known.contains(operation) ? .alias : nil
        }
        if hints.contains(name) {
            return [.nop, .prefetch, .prefetchw, .wbinvd].contains(operation) ? .laterHint : nil
        }
        guard ours.length == golden.length else { return nil }
        let isX87 = name.hasPrefix("f") && golden.text.contains("rex.")
        let words = mnemonic(ours.text)
        let isSame = words == name || words + "q" == name || name == "pause" && words == "xchg"
        return isSame && (spellings.contains(name) || isX87) ? .spelling : nil
    }

    private static func mnemonic(_ text: String) -> String {
        let prefixes: Set<Substring> = [
            "lock", "rep", "repz", "repnz", "data16", "data32", "addr16", "addr32", "cs", "ds", "es", "ss", "fs", "gs",
            "{vex}", "{vex3}", "bnd", "notrack", "xacquire", "xrelease",
        ]
        let words = text.split(separator: " ").drop { prefixes.contains($0) || $0 == "rex" || $0.hasPrefix("rex.") }
        return words.first.map(String.init) ?? ""
    }
}

/// More than 100,000 encodings, made anew from objdump, whose source they have: what the golden files do not hold.
@Suite("Disassembler: x86-64 and vectors beside objdump")
struct WideDisassemblyTests {
    @Test(arguments: [("64", CodeSize.bits64, 65_000), ("32", .bits32, 18_000), ("16", .bits16, 18_000)])
    func textAndLengthAreObjdumpsButForKeptDifferences(mode: String, size: CodeSize, least: Int) throws {
        let script = goldenFolder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("scripts/golden-disassembly")
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path, "--wide", mode, "intel"]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "objdump, of binutils, is needed")

        let disassembler = Disassembler(syntax: .intel)
        var counts: [WideDifference: Int] = [:], unexplained: [String] = [], compared = 0, same = 0
        for (number, line) in text.split(separator: "\n").enumerated() {
            guard let golden = GoldenLine(line, number: number) else { continue }
            compared += 1
            let ours = disassembler.line(golden.bytes, at: golden.address, codeSize: size)
            if ours.text == golden.text, ours.length == golden.length {
                same += golden.text.contains("(bad)") ? 0 : 1
            } else if let difference = WideDifference.explaining(ours, golden) {
                counts[difference, default: 0] += 1
            } else {
                unexplained.append("\(line): ours \(ours.text) (\(ours.length) bytes)")
            }
        }

        #expect(compared >= least)
        #expect(unexplained.isEmpty, "\(unexplained.count): \(unexplained.prefix(20).joined(separator: "\n"))")
        // Differences are few beside the instructions that both name alike.
        let kept = counts.reduce(0) { $1.key == .noInstruction ? $0 : $0 + $1.value }
        #expect(same > (mode == "64" ? 33_000 : 2_000) && kept * 8 < same, "\(same) alike, \(kept) kept")
        let summary = WideDifference.allCases.compactMap { name in counts[name].map { "\(name.rawValue) \($0)" } }
        print(
            "X86ISA: wide \(mode): \(compared) lines, \(same) alike, kept differences: \(summary.joined(separator: ", "))"
        )
    }
}
