import Foundation
import X86ISA

@testable import SiliconOracle

/// Where our text of generated encodings differs from objdump's on purpose: all of it, and why. What 16- and 32-bit code has
/// without vectors is in `KeptDifference` of X86ISATests, too.
enum ObjdumpDifference: String, CaseIterable {
    case lockNotAllowed = "LOCK where the SDM gives #UD"
    case rexAlone = "objdump ends at a REX that a prefix follows; the CPU ignores the REX"
    case alias = "aliases of x87 instructions and fences, which all CPUs have; SALC"
    case undefinedRegister = "control and segment registers that no CPU has"
    case hint = "hints and NOPs of later CPUs (MPX, CET, PREFETCHWT1, CLDEMOTE), which are NOP or PREFETCH"
    case prefixWithoutEffect = "prefixes that do nothing, where objdump finds no instruction"
    case shortJumpOf16Bits = "with 66 a near branch of 32-bit code has 16 bits of EIP"
    case segmentNotTrack = "objdump's NOTRACK is a DS prefix"
    case fwaitIsAlone = "FWAIT, which objdump takes with what follows"
    case undefinedForm =
        "prefixes before VEX, VEX.vvvv, or 66 and F3 where none may be: #UD, as the oracle finds on the host"
    case tooLong = "more prefixes than objdump takes"
    case wideRegister = "W that only widens a register whose upper half is zero, or does nothing: another name"
    case wideBeats66 = "with W, 66 does nothing (SDM 1 table 3-4)"
    case pause = "F3 90 is PAUSE with REX.B, too, as the oracle finds on the host"
    case pseudoName = "PCLMULQDQ with an immediate that is no name's"
    case farWide = "far pointers of 64-bit offsets are TBYTE"
    case ignoredLength = "L of a scalar, which is ignored"
    case unusedPrefix = "which prefixes without effect are named"

    static func explaining(_ ours: Disassembler.Line, _ text: String, _ length: Int) -> ObjdumpDifference? {
        allCases.first { $0.explains(ours, text, length) }
    }

    /// Words that are not prefixes.
    private static func words(_ text: String) -> [Substring] {
        text.split(separator: " ").filter {
            let names: Set<Substring> = [
                "es", "cs", "ss", "ds", "fs", "gs", "lock", "rep", "repz", "repnz", "data16", "data32", "addr16",
                "addr32",
                "xacquire", "xrelease", "bnd", "notrack",
            ]
            return !names.contains($0) && $0 != "rex" && !$0.hasPrefix("rex.")
        }
    }

    private func explains(_ ours: Disassembler.Line, _ text: String, _ length: Int) -> Bool {
        let isBad = text.contains("(bad)"), operation = ours.instruction?.operation
        let theirs = Self.words(text), mine = Self.words(ours.text)
        switch self {
        case .lockNotAllowed: return ours.error == .lockNotAllowed
        case .rexAlone: return theirs.isEmpty && length < ours.length && text.contains("rex")
        case .alias:
            let list: [X86ISA.Operation] = [
                .fstp, .fxch, .fcom, .fcomp, .lfence, .mfence, .sfence, .salc, .ffreep, .fneni, .fndisi, .fnsetpm,
            ]
            return isBad && operation.map(list.contains) ?? false
        case .undefinedRegister:
            return ours.error == .undefinedOpcode && theirs.first == "mov"
                && ["cr", "tr", "?", "cs", "db", "dr"].contains { text.contains($0) }
        case .hint where theirs.first == "wbnoinvd": return operation == .wbinvd
        case .hint: return operation == .nop || operation == .prefetch || operation == .prefetchw
        case .prefixWithoutEffect:
            let list: [X86ISA.Operation] = [.bsf, .bsr, .wbinvd, .endbr32, .endbr64]
            return isBad && operation.map(list.contains) ?? false
        case .shortJumpOf16Bits:
            return ours.instruction?.operandSize == 2 && ours.instruction?.operand0.kind == .relative
                && theirs.first == mine.first
        case .segmentNotTrack: return text.contains("notrack")
        case .fwaitIsAlone: return operation == .wait
        case .undefinedForm:
            let withoutPrefix: Set<Substring> = [
                "xgetbv", "xsetbv", "monitor", "mwait", "ldmxcsr", "stmxcsr", "fxsave", "fxrstor", "fxsave64",
                "fxrstor64",
                "xsave", "xrstor", "xsaves", "xrstors", "xsavec", "xsaveopt", "xsave64", "xrstor64", "xsaves64",
                "xrstors64", "xsavec64", "xsaveopt64", "clac", "stac", "swapgs", "rdtscp",
                "pmovmskb", "lfence", "mfence", "sfence", "andn", "bextr", "blsi", "blsmsk", "blsr", "bzhi", "mulx",
                "pdep",
                "pext", "rorx", "sarx", "shlx", "shrx",
            ]
            guard ours.error == .undefinedOpcode, let name = theirs.first else { return false }
            return name.hasPrefix("v") || withoutPrefix.contains(name)
        case .tooLong: return ours.error == .tooLong || theirs.isEmpty && ours.length > 12
        case .wideRegister:
            let list: [X86ISA.Operation] = [
                .pmovmskb, .movmskps, .movmskpd, .pextrw, .pinsrw, .pextrb, .pinsrb, .extractps, .pcmpestri,
                .pcmpestrm, .cmpxchg16b, .pinsrd, .pextrd,
            ]
            guard let instruction = ours.instruction, list.contains(instruction.operation) else { return false }
            return instruction.prefixes.contains(.rexW) && length == ours.length
        case .wideBeats66:
            let list: [X86ISA.Operation] = [
                .movsxd, .fnstenv, .fldenv, .fnsave, .frstor, .rdfsbase, .rdgsbase, .wrfsbase, .wrgsbase,
            ]
            guard let instruction = ours.instruction, length == ours.length else { return false }
            return instruction.prefixes.contains(.operandSize)
                && (list.contains(instruction.operation) || theirs.first == "movq2dq" || theirs.first == "movdq2q")
        case .pause: return operation == .nop && theirs.first == "xchg"
        case .pseudoName: return operation == .pclmulqdq && length == ours.length
        case .farWide:
            let list: [X86ISA.Operation] = [.callFar, .jmpFar, .lss, .lfs, .lgs]
            let wide = theirs.map { $0 == "FWORD" || $0 == "DWORD" ? "TBYTE" : $0 }
            return operation.map(list.contains) ?? false && mine == wide
        case .ignoredLength: return ours.text == text.replacing("ymm", with: "xmm")
        case .unusedPrefix: return length == ours.length && theirs == mine
        }
    }
}

/// Generated encodings as objdump and as we show them.
struct ObjdumpComparison {
    static let stride = 32
    let size: CodeSize
    var codes: [[UInt8]] = []

    /// Encodings of all rows of the instruction table, always the same ones.
    init(_ size: CodeSize, count: Int) {
        self.size = size
        let maker = CodeMaker(OracleFilter())
        for number in 0..<count {
            var random = OracleRandom(seed: 0x6F62_6A64, case: UInt64(number))
            codes.append(Array(maker.make(&random, isLong: size == .bits64).bytes.prefix(15)))
        }
    }

    /// What objdump says of each: text and length.
    func objdump() throws -> [Int: (String, Int)] {
        var image: [UInt8] = []
        image.reserveCapacity(codes.count * Self.stride)
        for code in codes { image += code + [UInt8](repeating: 0x90, count: Self.stride - code.count) }
        let path = NSTemporaryDirectory() + "lucid86-objdump-\(UUID().uuidString)"
        try Data(image).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "objdump", "-D", "-w", "--insn-width=16", "-b", "binary", "-m", size == .bits64 ? "i386:x86-64" : "i386",
            "-M", size == .bits64 ? "intel,intel64" : "intel", path,
        ]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var lines: [Int: (String, Int)] = [:]
        for line in text.utf8.split(separator: 10) {
            // `  40:\t48 01 d8 \tadd rax,rbx`
            let parts = line.split(separator: 9, maxSplits: 2)
            guard parts.count >= 2, let colon = parts[0].firstIndex(of: 58),
                let address = Int(
                    String(parts[0][..<colon]).map { $0.trimmingCharacters(in: .whitespaces) } ?? "", radix: 16),
                address % Self.stride == 0
            else { continue }
            let length = parts[1].split(separator: 32).count
            var words = parts.count > 2 ? String(decoding: parts[2], as: UTF8.self) : ""
            if let comment = words.range(of: " +# 0x[0-9a-f]+$", options: .regularExpression) {
                words.removeSubrange(comment)
            }
            lines[address / Self.stride] = (words.split(whereSeparator: \.isWhitespace).joined(separator: " "), length)
        }
        return lines
    }

    struct Outcome {
        var same = 0
        var kept: [ObjdumpDifference: Int] = [:]
        var unexplained: [String] = []
    }

    func compare() throws -> Outcome {
        let lines = try objdump()
        var result = Outcome()
        let disassembler = Disassembler()
        for (number, code) in codes.enumerated() {
            let ours = disassembler.line(code, at: UInt64(number * Self.stride), codeSize: size)
            let (text, length) = lines[number] ?? ("", 0)
            let areBad = text.contains("(bad)") && ours.text.contains("(bad)")
            if areBad || ours.text == text && ours.length == length {
                result.same += 1
            } else if let difference = ObjdumpDifference.explaining(ours, text, length) {
                result.kept[difference, default: 0] += 1
            } else {
                let bytes = code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                result.unexplained.append("\(bytes): objdump \(text) (\(length)), ours \(ours.text) (\(ours.length))")
            }
        }
        return result
    }
}
