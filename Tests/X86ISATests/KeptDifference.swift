@testable import X86ISA

/// Where our text differs from objdump's on purpose. This list is all of it: any other difference fails the test.
enum KeptDifference: String, CaseIterable, Sendable {
    /// objdump shows LOCK before anything. The SDM gives #UD unless the instruction reads, changes and writes memory: `(bad)`.
    case lockNotAllowed
    /// What x86-64-v3 does not have (AVX-512, XOP, 3DNow!, VMX, SVM, TSX, CET, ...): `(bad)` here.
    case laterOpcode
    /// CR1, CR5-CR7, test registers, a seventh or eighth segment register, CS as destination: #UD (SDM 2B MOV), `(bad)` here.
    case undefinedRegister
    /// Hints of later processors (MPX, CLDEMOTE, RDSSP, PREFETCHWT1 ...), which are NOP or PREFETCH otherwise, as 0D and 18-1F are
    /// (SDM 2B NOP, PREFETCHW). F3 before WBINVD is WBNOINVD on later processors, and nothing before.
    case laterHint
    /// F2 before BSF and BSR, and 66 before WBINVD, have no effect on the host's CPU; objdump finds no instruction.
    case prefixWithoutEffect
    /// Aliases of x87 instructions, which all processors have (D9 D8-DF as FSTP ...), and fences with another rm than 0: the
    /// host's CPU runs them; objdump finds no instruction.
    case alias
    /// D6 sets AL from CF on all processors; objdump follows the manual's silence.
    case salc
    /// With 16-bit operand size a short jump, too, clears the upper half of EIP (SDM 2A Jcc, JMP, LOOP); objdump keeps it.
    case shortJumpOf16Bits
    /// DS before an indirect jump or call is NOTRACK on later processors. A Pentium takes it as the segment that it is; objdump
    /// hides it, and another one that follows it, although the operand is read through it.
    case segmentNotTrack
    /// objdump takes prefixes, 9B and a following x87 instruction as one. The processor runs FWAIT alone.
    case fwaitIsAlone
    /// objdump ends within an instruction of more than 15 bytes, or of 15 with 14 prefixes: it shows the prefixes alone, or
    /// takes other bytes.
    case tooLong
    /// `(bad)` with both; how many bytes it takes, and which prefixes it names, follows objdump's later opcode maps.
    case extentOfBad

    /// The difference that explains `ours` beside `golden`, or nil.
    static func explaining(_ ours: Disassembler.Line, beside golden: GoldenLine, _ file: GoldenFile) -> Self? {
        allCases.first { $0.explains(ours, golden, file) }
    }

    private func explains(_ ours: Disassembler.Line, _ golden: GoldenLine, _ file: GoldenFile) -> Bool {
        let code = golden.code
        let isTwoByte = code[0] == 0x0F, prefixes = golden.prefixes
        let badText = (golden.prefixNames(file.size) + ["(bad)"]).joined(separator: " ")
        let isBad = ours.text == badText && ours.length == min(15, prefixes.count + (isTwoByte ? 2 : 1))
        let objdumpIsBad = golden.text.contains("(bad)")
        switch self {
        case .lockNotAllowed:
            return prefixes.contains(0xF0) && !Self.allowsLock(golden, file.syntax) && !objdumpIsBad && isBad
        case .laterOpcode:
            return Self.isLater(code) && !objdumpIsBad && isBad
        case .undefinedRegister:
            let reg = isTwoByte ? (code[2] >> 3) & 7 : (code[1] >> 3) & 7
            let isUndefined: Bool
            switch (isTwoByte, isTwoByte ? code[1] : code[0]) {
            case (true, 0x20), (true, 0x22): isUndefined = [1, 5, 6, 7].contains(reg)
            case (true, 0x24), (true, 0x26): isUndefined = true
            case (false, 0x8C): isUndefined = reg > 5
            case (false, 0x8E): isUndefined = reg > 5 || reg == 1
            default: isUndefined = false
            }
            return isUndefined && isBad
        case .laterHint:
            guard isTwoByte, [0x09, 0x0D].contains(code[1]) || (0x18...0x1E).contains(code[1]) else { return false }
            let name = ours.instruction?.operation
            guard ours.length >= golden.length else { return false }
            return name == .nop || name == .prefetch || name == .prefetchw || name == .wbinvd && prefixes.contains(0xF3)
        case .prefixWithoutEffect:
            guard isTwoByte, objdumpIsBad else { return false }
            switch ours.instruction?.operation {
            case .bsf, .bsr: return prefixes.contains(0xF2)
            case .wbinvd: return prefixes.contains(0x66) || prefixes.contains(0xF2)
            default: return false
            }
        case .alias:
            guard objdumpIsBad, let instruction = ours.instruction else { return false }
            let reg = code[1] >> 3 & 7
            switch code[0] {
            case 0xD9: return instruction.operation == .fstp && reg == 3
            case 0xDC: return instruction.operation == (reg == 2 ? .fcom : .fcomp)
            case 0xDD: return instruction.operation == .fxch && reg == 1
            case 0xDE: return instruction.operation == .fcomp && reg == 2
            case 0xDF: return instruction.operation == (reg == 1 ? .fxch : .fstp)
            default: return [.lfence, .mfence, .sfence].contains(instruction.operation) && code[2] & 7 != 0
            }
        case .salc:
            return code[0] == 0xD6 && ours.text == badText.replacing("(bad)", with: "salc") && objdumpIsBad
        case .shortJumpOf16Bits:
            guard file.size == .bits32, prefixes.contains(0x66) else { return false }
            guard (0x70...0x7F).contains(code[0]) || (0xE0...0xE3).contains(code[0]) || code[0] == 0xEB else {
                return false
            }
            var words = golden.text.split(separator: " ").map(String.init)
            guard let target = words.popLast(), let value = UInt64(target.dropFirst(2), radix: 16) else { return false }
            words.append("0x" + String(value & 0xFFFF, radix: 16))
            return ours.text == words.joined(separator: " ") && ours.length == golden.length
        case .segmentNotTrack:
            let segments = prefixes.compactMap { $0 & 0xE7 == 0x26 || $0 & 0xFE == 0x64 ? Self.segment($0) : nil }
            guard prefixes.contains(0x3E), code[0] == 0xFF, let last = segments.last else { return false }
            let expected: String
            if code[1] >= 0xC0 {
                expected = golden.text.replacing("notrack", with: last)
            } else if file.syntax == .att {
                expected = golden.text.replacing("notrack ", with: "").replacing("*", with: "*%\(last):")
            } else {
                let plain = golden.text.replacing("notrack ", with: "")
                expected =
                    plain.contains("PTR ds:")
                    ? plain.replacing("PTR ds:", with: "PTR \(last):") : plain.replacing("[", with: "\(last):[")
            }
            return golden.text.contains("notrack") && ours.text == expected && ours.length == golden.length
        case .fwaitIsAlone:
            return code[0] == 0x9B && ours.text == badText.replacing("(bad)", with: "fwait")
                && ours.length == prefixes.count + 1
        case .tooLong:
            if prefixes.count == 14, ours.length == 15, ours.error == nil { return golden.words.isEmpty }
            return prefixes.count > 7 && ours.error == .tooLong && isBad && (objdumpIsBad || golden.words.isEmpty)
        case .extentOfBad:
            return objdumpIsBad && isBad
        }
    }

    private static func segment(_ prefix: UInt8) -> String? { GoldenLine.prefixNames[prefix] }

    /// SDM 2A, LOCK: these, and only with a memory operand as destination.
    private static func allowsLock(_ golden: GoldenLine, _ syntax: Disassembler.Syntax) -> Bool {
        let names: Set<String> = [
            "add", "adc", "and", "btc", "btr", "bts", "cmpxchg", "cmpxchg8b", "dec", "inc", "neg", "not", "or", "sbb",
            "sub", "xor", "xadd", "xchg",
        ]
        let parts = golden.words.split(separator: " ", maxSplits: 1)
        guard let first = parts.first, parts.count == 2 else { return false }
        var name = String(first)
        if !names.contains(name), syntax == .att { name.removeLast() }
        guard names.contains(name) else { return false }
        guard syntax == .att else {
            let destination = parts[1].split(separator: ",")[0]
            return destination.contains("[") || destination.contains(":")
        }
        if parts[1].hasSuffix(")") { return true }
        let destination = parts[1].split(separator: ",").last ?? ""
        return !destination.hasPrefix("%") || destination.contains(":")
    }

    private static func isLater(_ code: [UInt8]) -> Bool {
        let first = code[0], second = code[1], third = code[2]
        guard first == 0x0F else {
            switch first {
            // VEX and EVEX; XOP; XABORT and XBEGIN
            case 0x62, 0xC4, 0xC5: return second >= 0xC0
            case 0x8F: return (second >> 3) & 7 != 0
            case 0xC6, 0xC7: return second == 0xF8
            default: return false
            }
        }
        let reg = (third >> 3) & 7, isRegister = third >= 0xC0
        switch second {
        case 0x00: return reg > 5
        case 0x01: return reg == 5 || isRegister && reg != 4 && reg != 6
        case 0xC7: return reg != 1 || isRegister
        case 0xAE: return true
        case 0x0E, 0x0F, 0x36, 0x37, 0x78, 0x79, 0xA6, 0xA7, 0xB8: return true
        // SSE4a; F2 before PMOVMSKB, which raises #UD on the host's CPU
        case 0x2B, 0xD7: return true
        case 0x38, 0x3A: return true
        default: return false
        }
    }
}
