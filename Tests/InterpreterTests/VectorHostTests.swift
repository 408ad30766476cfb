import Interpreter
import Machine
import Testing
import X86ISA

/// splitmix64
struct VectorGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// A word of one kind: noise, edge bytes, small counts, singles, doubles.
    mutating func word() -> UInt64 {
        switch next() % 8 {
        case 0: return next()
        case 1:
            let edges: [UInt64] = [0, 0x7F, 0x80, 0xFF, 1, 0xFE]
            return (0..<8).reduce(0) { sum, _ in sum << 8 | edges[Int(next() % 6)] }
        case 2: return next() % 70
        case 3, 4: return single() << 32 | single()
        case 5, 6: return double()
        default: return next() & next() & next()
        }
    }

    mutating func single() -> UInt64 {
        let edges: [UInt64] = [0, 1, 0x7F_FFFF, 0x80_0000, 0x7F7F_FFFF, 0x7F80_0000, 0x7FA0_0000, 0x7FC0_1234]
        switch next() % 4 {
        case 0: return edges[Int(next() % 8)] | (next() & 1) << 31
        case 1: return (127 &+ next() % 40 &- 5) << 23 | next() & 0x7F_FFFF | (next() & 1) << 31
        default: return (127 &+ next() % 8 &- 3) << 23 | next() & 0x7F_F000 | (next() & 1) << 31
        }
    }

    mutating func double() -> UInt64 {
        let edges: [UInt64] = [
            0, 1, 0xF_FFFF_FFFF_FFFF, 1 << 52, 0x7FEF_FFFF_FFFF_FFFF, 0x7FF0 << 48, 0x7FF4 << 48, 0x7FF8_0000_1234_0000,
        ]
        switch next() % 4 {
        case 0: return edges[Int(next() % 8)] | (next() & 1) << 63
        case 1: return (1023 &+ next() % 300 &- 150) << 52 | next() & 0xF_FFFF_FFFF_FFFF | (next() & 1) << 63
        default: return (1023 &+ next() % 40 &- 3) << 52 | next() & 0xF_FFFF_0000_0000 | (next() & 1) << 63
        }
    }

    mutating func world() -> VectorWorld {
        var world = VectorWorld()
        for index in 0..<6 { (world.xmm[index], world.upper[index]) = (word(), word()) }
        for index in 0..<2 { world.mm[index] = word() }
        for index in 0..<4 { world.memory[index] = word() }
        world.eax = UInt32(truncatingIfNeeded: word())
        world.ecx = UInt32(truncatingIfNeeded: next() % 20)
        world.edx = UInt32(truncatingIfNeeded: next() % 20)
        // Any RC, DAZ, FTZ; every fourth time with some exceptions unmasked.
        let r = UInt32(truncatingIfNeeded: next())
        world.mxcsr = 0x1F80 | (r & 1 == 0 ? r & 0xE040 : 0) | (r & 2 == 0 ? r >> 8 & 0x3F : 0)
        if r & 12 == 0 { world.mxcsr &= ~(r >> 16 & 0x1F80) }
        return world
    }
}

/// One or two prefix and opcode bytes each, in hexadecimal; an I behind it adds an immediate byte.
struct VectorForms: Sendable, CustomTestStringConvertible {
    let name: String
    let opcodes: String
    /// ModRM bytes: C1 is register 0 and 1, 06 register 0 and [ESI].
    var modRM: [UInt8] = [0xC1, 0x06]
    var cases = 300
    /// Flags of /proc/cpuinfo beyond SSE4.2.
    var needs: [String] = []

    var testDescription: String { name }

    static let all: [VectorForms] = [
        VectorForms(
            name: "integers of MMX and SSE2",
            opcodes: "60 61 62 63 64 65 66 67 68 69 6A 6B 74 75 76 D1 D2 D3 D4 D5 D8 D9 DA DB DC DD DE DF E0 E1 E2 E3 "
                + "E4 E5 E8 E9 EA EB EC ED EE EF F1 F2 F3 F4 F5 F6 F8 F9 FA FB FC FD FE"),
        VectorForms(name: "integers of SSE2 alone", opcodes: "+66.6C +66.6D +F3.6F +66.6F +66.D6 +F3.7E +66.7F +F3.7F"),
        VectorForms(name: "shuffles", opcodes: "70I +F3.70I +F2.70I +N.C6I +66.C6I"),
        VectorForms(name: "MOVD, MOVQ", opcodes: "6E 7E +N.6F +N.7F"),
        VectorForms(name: "MOVMSK, PEXTRW", opcodes: "D7 C5I +N.50 +66.50 +F3.D6 +F2.D6", modRM: [0xC1]),
        VectorForms(name: "PINSRW", opcodes: "C4I"),
        VectorForms(name: "masked moves", opcodes: "F7", modRM: [0xC1]),
        VectorForms(name: "stores without the cache", opcodes: "E7 +N.2B +66.2B", modRM: [0x06]),
        VectorForms(
            name: "shifts by an immediate",
            opcodes: "71I 72I", modRM: [0xD0, 0xE0, 0xF0]),
        VectorForms(name: "shifts of quadwords by an immediate", opcodes: "73I", modRM: [0xD0, 0xF0]),
        VectorForms(name: "shifts by bytes", opcodes: "+66.73I", modRM: [0xD8, 0xF8]),
        VectorForms(
            name: "packed and scalar arithmetic",
            opcodes: ["51", "58", "59", "5C", "5D", "5E", "5F", "C2I"].map { code in
                ["+N.", "+66.", "+F3.", "+F2."].map { $0 + code }.joined(separator: " ")
            }.joined(separator: " "), cases: 400),
        VectorForms(
            name: "moves", opcodes: "+N.10 +66.10 +F3.10 +F2.10 +N.11 +66.11 +F3.11 +F2.11 +N.28 +66.28 +N.29 +66.29"),
        VectorForms(name: "halves", opcodes: "+N.12 +N.16", modRM: [0xC1, 0x06]),
        VectorForms(name: "halves and memory", opcodes: "+66.12 +66.16 +N.13 +66.13 +N.17 +66.17", modRM: [0x06]),
        VectorForms(
            name: "interleaving and logic",
            opcodes: "+N.14 +66.14 +N.15 +66.15 +N.54 +66.54 +N.55 +66.55 +N.56 +66.56 +N.57 +66.57"),
        VectorForms(name: "comparisons into flags", opcodes: "+N.2E +66.2E +N.2F +66.2F", cases: 400),
        VectorForms(
            name: "conversions",
            opcodes:
                "+N.5A +66.5A +F3.5A +F2.5A +N.5B +66.5B +F3.5B +66.E6 +F3.E6 +F2.E6 +F3.2A +F2.2A +F3.2C +F2.2C +F3.2D "
                + "+F2.2D", cases: 400),
        VectorForms(name: "conversions with MMX", opcodes: "+N.2A +66.2A +N.2C +66.2C +N.2D +66.2D", cases: 400),
        VectorForms(name: "approximations", opcodes: "+N.52 +F3.52 +N.53 +F3.53", cases: 400),
        VectorForms(
            name: "SSE3", opcodes: "+66.7C +F2.7C +66.7D +F2.7D +66.D0 +F2.D0 +F3.12 +F3.16 +F2.12", cases: 400),
        VectorForms(name: "LDDQU", opcodes: "+F2.F0", modRM: [0x06]),
        VectorForms(
            name: "SSSE3",
            opcodes: "38-00 38-01 38-02 38-03 38-04 38-05 38-06 38-07 38-08 38-09 38-0A 38-0B 38-1C 38-1D 38-1E 3A-0FI"),
        VectorForms(
            name: "integers of SSE4",
            opcodes: [
                "10", "14", "15", "20", "21", "22", "23", "24", "25", "28", "29", "2B", "30", "31", "32", "33", "34",
                "35",
                "37", "38", "39", "3A", "3B", "3C", "3D", "3E", "3F", "40", "41",
            ].map { "+66.38-" + $0 }.joined(separator: " ")),
        VectorForms(name: "MOVNTDQA", opcodes: "+66.38-2A", modRM: [0x06]),
        VectorForms(name: "PTEST", opcodes: "+66.38-17"),
        VectorForms(
            name: "SSE4 by an immediate",
            opcodes: [
                "08", "09", "0A", "0B", "0C", "0D", "0E", "14", "15", "16", "17", "20", "21", "22", "40", "41", "42",
            ].map {
                "+66.3A-" + $0 + "I"
            }.joined(separator: " "), cases: 1600),
        VectorForms(
            name: "strings", opcodes: "+66.3A-60I +66.3A-61I +66.3A-62I +66.3A-63I", cases: 1600),
        VectorForms(
            name: "AES", opcodes: "+66.38-DB +66.38-DC +66.38-DD +66.38-DE +66.38-DF +66.3A-DFI", needs: ["aes"]),
        VectorForms(name: "PCLMULQDQ", opcodes: "+66.3A-44I", cases: 1600, needs: ["pclmulqdq"]),
        VectorForms(
            name: "SHA", opcodes: "+N.38-C8 +N.38-C9 +N.38-CA +N.38-CB +N.38-CC +N.38-CD +N.3A-CCI", cases: 800,
            needs: ["sha_ni"]),
    ]

    /// Prefixes and opcode of each, and whether an immediate follows. Without a sign an opcode stands for its MMX and its
    /// 66 form; +N. is no prefix.
    var list: [(bytes: [UInt8], immediate: Bool)] {
        opcodes.split(separator: " ").flatMap { part -> [([UInt8], Bool)] in
            let immediate = part.hasSuffix("I")
            let text = immediate ? part.dropLast() : part
            func byte(_ text: Substring) -> UInt8 { UInt8(text, radix: 16) ?? 0 }
            func code(_ text: Substring) -> [UInt8] { [0x0F] + text.split(separator: "-").map(byte) }
            guard text.hasPrefix("+") else {
                return [(code(text), immediate), ([0x66] + code(text), immediate)]
            }
            let parts = text.dropFirst().split(separator: ".")
            return [((parts[0] == "N" ? [] : [byte(parts[0])]) + code(parts[1]), immediate)]
        }
    }
}

@Suite(
    "MMX and SSE as on the host's CPU", .enabled(if: VectorHost.isThere, "the host is no x86-64 Linux"),
    .enabled(if: VectorGuest.isDecoded, "the decoder has no MMX and SSE"))
struct VectorHostTests {
    @Test(arguments: VectorForms.all)
    func everyCaseEndsAsOnTheHost(forms: VectorForms) throws {
        let lacking = VectorHost.lacks(forms.needs)
        guard lacking.isEmpty else { return print("skipped \(forms.name): the host lacks \(lacking)") }
        var generator = VectorGenerator(state: 86)
        for form in forms.list {
            for modRM in forms.modRM {
                for immediate in form.immediate
                    ? (0..<16).map({ $0 < 4 ? UInt8($0 * 7) : UInt8.random(in: 0...255, using: &generator) }) : [0]
                {
                    let code = form.bytes + [modRM] + (form.immediate ? [immediate] : [])
                    try compareWithHost(
                        code, cases: form.immediate ? forms.cases / 16 : forms.cases, &generator)
                }
            }
        }
    }
}

/// Runs one instruction in random worlds here and there; the first difference is an issue.
func compareWithHost(
    _ code: [UInt8], cases: Int, _ generator: inout VectorGenerator, atEnd: Bool = false, isWide: Bool = false,
    prepare: (inout VectorWorld, inout VectorGenerator) -> Void = { _, _ in }
) throws {
    guard let instruction = try? Decoder(isWide ? .bits64 : .bits32).decode(code) else {
        Issue.record("\(hex(code)) is not decoded")
        return
    }
    guard !VectorHost.isOpen(instruction.operation) else { return }
    let host = VectorHost(code, atEnd: atEnd), guest = try VectorGuest(code, atEnd: atEnd, isWide: isWide)
    for _ in 0..<cases {
        var world = generator.world()
        prepare(&world, &generator)
        let (expected, signal) = host.run(world)
        let (result, vector) = guest.run(world)
        // #XM is SIGFPE, what memory refuses is SIGSEGV there and #GP here, where a segment ends.
        let wanted: UInt64? =
            switch signal {
            case 0: nil
            case 8: 19
            case 11: 13
            default: 6
            }
        // Which elements of a gather are there when a later one faults, and what its mask is then.
        if vector == wanted, vector != nil, instruction.hasVectorIndex, !VectorHost.isIntel { continue }
        if vector != wanted || result != expected {
            func text(_ vector: UInt64?) -> String { vector.map { "vector \($0)" } ?? "no fault" }
            Issue.record(
                "\(hex(code)): \(text(vector)), host \(text(wanted))\n in   \(world.text)\n host \(expected.text)\n ours \(result.text)"
            )
            return
        }
    }
}

func hex(_ bytes: [UInt8]) -> String { bytes.map { hexadecimal(UInt64($0), digits: 2) }.joined(separator: " ") }
