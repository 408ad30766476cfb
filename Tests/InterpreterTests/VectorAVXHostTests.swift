import Interpreter
import Machine
import Testing
import X86ISA

/// A VEX encoding, and the opcode it has.
struct VEXForm: Sendable {
    let map: UInt8
    let opcode: UInt8
    let prefix: UInt8
    let isWide: Bool
    let isLong: Bool

    /// C4 with vvvv as the number of a register.
    func bytes(_ vvvv: UInt8, _ rest: [UInt8]) -> [UInt8] {
        let register: UInt8 = ~vvvv & 15
        var last: UInt8 = register << 3
        last |= prefix
        if isWide { last |= 0x80 }
        if isLong { last |= 4 }
        let head: [UInt8] = [0xC4, 0xE0 | map, last, opcode]
        return head + rest
    }

    static func all(_ map: UInt8, _ opcodes: ClosedRange<UInt8>) -> [VEXForm] {
        var list: [VEXForm] = []
        for opcode in opcodes {
            for bits in 0..<16 as Range<UInt8> {
                list.append(
                    VEXForm(
                        map: map, opcode: opcode, prefix: bits & 3, isWide: bits & 4 != 0, isLong: bits & 8 != 0))
            }
        }
        return list
    }
}

struct VEXRange: Sendable, CustomTestStringConvertible {
    let map: UInt8
    let opcodes: ClosedRange<UInt8>
    var testDescription: String { "map \(map), \(hexadecimal(UInt64(opcodes.lowerBound), digits: 2)) on" }

    static let all: [VEXRange] = {
        var list: [VEXRange] = []
        for map in 1...3 as ClosedRange<UInt8> {
            for start in stride(from: UInt8(0), through: 0xE0, by: 32) {
                list.append(VEXRange(map: map, opcodes: start...start + 31))
            }
        }
        return list
    }()
}

/// Each VEX encoding that the decoder knows, in all widths, with registers and with memory.
@Suite(
    "AVX as on the host's CPU", .enabled(if: VectorHost.isThere, "the host is no x86-64 Linux"),
    .enabled(
        if: VectorHost.lacks(["avx2", "f16c", "fma", "aes", "pclmulqdq"]).isEmpty,
        "the host lacks one of AVX2, F16C, FMA, AES, PCLMULQDQ"))
struct VectorAVXHostTests {
    @Test(arguments: VEXRange.all)
    func everyEncodingEndsAsOnTheHost(range: VEXRange) throws {
        var generator = VectorGenerator(state: UInt64(range.map) << 8 | UInt64(range.opcodes.lowerBound))
        var count = 0
        for form in VEXForm.all(range.map, range.opcodes) {
            // Shifts by an immediate have the operation in ModRM.
            let isGroup = form.map == 1 && (0x71...0x73).contains(form.opcode)
            let modRMs: [UInt8] = isGroup ? [0xD1, 0xD9, 0xE1, 0xF1, 0xF9] : [0xC1, 0x06]
            for modRM in modRMs {
                guard let (vvvv, instruction) = Self.decoded(form, modRM) else { continue }
                let hasImmediate = instruction.length == 6, hasModRM = instruction.length > 4
                let isBlend = [.xmmRegister, .ymmRegister].contains(instruction.operand3.kind)
                for number in 0..<(hasImmediate ? 12 : 1) {
                    let random = UInt8.random(in: 0...255, using: &generator)
                    // Register numbers of VBLENDV are 0 to 2.
                    let immediate = isBlend ? UInt8(number % 3) << 4 : number < 4 ? UInt8(number * 7) : random
                    try compareWithHost(
                        form.bytes(vvvv, (hasModRM ? [modRM] : []) + (hasImmediate ? [immediate] : [])),
                        cases: hasImmediate ? 40 : 300,
                        &generator)
                    count += 1
                }
            }
        }
        // AVX has something in each of these.
        if range.map == 1, [0x40, 0x60, 0xE0].contains(range.opcodes.lowerBound) { #expect(count > 100) }
    }

    private static let general: Set<Operation> = [
        .cvtsi2ss, .cvtsi2sd, .cvtss2si, .cvtsd2si, .cvttss2si, .cvttsd2si, .movd, .pextrd, .pinsrd, .pcmpestri,
        .pcmpestrm,
    ]

    /// With register 2 in vvvv, or none; nil for what is no vector instruction, or what is tested elsewhere.
    private static func decoded(_ form: VEXForm, _ modRM: UInt8) -> (UInt8, Instruction)? {
        for vvvv in [2, 0] as [UInt8] {
            let bytes = form.bytes(vvvv, [modRM, 0])
            guard let instruction = try? Decoder(.bits32).decode(bytes), instruction.vectorLength != 0 else { continue }
            // With W the host has quadwords of general registers where 32-bit code has doublewords.
            if form.isWide, general.contains(instruction.operation) { return nil }
            // MXCSR must not be random.
            if instruction.hasVectorIndex || [.ldmxcsr, .stmxcsr].contains(instruction.operation) { return nil }
            return (vvvv, instruction)
        }
        return nil
    }

    /// XMM0 and memory at indices in XMM2, by the mask in XMM1; DS ends 32 bytes behind ESI, and so does what the host may read.
    @Test(arguments: 0x90...0x93 as ClosedRange<UInt8>, [false, true])
    func gathersReadWhatTheHostReads(opcode: UInt8, isWide: Bool) throws {
        var generator = VectorGenerator(state: UInt64(opcode))
        for isLong in [false, true] {
            for scale in 0..<4 as Range<UInt8> {
                let form = VEXForm(map: 2, opcode: opcode, prefix: 1, isWide: isWide, isLong: isLong)
                try compareWithHost(
                    form.bytes(1, [0x04, scale << 6 | 2 << 3 | 6]), cases: 400, &generator, atEnd: true
                ) { world, generator in
                    // Half of the cases stay within.
                    let within = Int(24 >> scale) + 1, isWithin = generator.next() & 1 == 0
                    let range = isWithin ? 0..<within : -4..<within + 3
                    func index() -> UInt64 { UInt64(bitPattern: Int64(Int.random(in: range, using: &generator))) }
                    func word() -> UInt64 {
                        opcode & 1 == 1 ? index() : index() & 0xFFFF_FFFF | index() << 32
                    }
                    for place in 4..<6 { (world.xmm[place], world.upper[place]) = (word(), word()) }
                }
            }
        }
    }

    @Test func gathersNeedThreeRegistersAndNo16BitAddress() {
        let form = VEXForm(map: 2, opcode: 0x90, prefix: 1, isWide: false, isLong: false)
        // Register, mask and index: two of them alike.
        for (register, mask, index) in [(0, 0, 2), (0, 1, 0), (0, 1, 1)] as [(UInt8, UInt8, UInt8)] {
            let code = form.bytes(mask, [register << 3 | 4, index << 3 | 6])
            #expect(throws: DecodeError.undefinedOpcode) { try Decoder(.bits32).decode(code) }
        }
        let good = form.bytes(1, [0x04, 0x16])
        #expect((try? Decoder(.bits32).decode(good)) != nil)
        #expect(throws: DecodeError.undefinedOpcode) { try Decoder(.bits32).decode([0x67] + good) }
    }

    /// What is not chosen by the mask in XMM2 cannot fault.
    @Test(arguments: [0x2C, 0x2D, 0x2E, 0x2F, 0x8C, 0x8E] as [UInt8], [false, true])
    func maskedMovesFaultAsOnTheHost(opcode: UInt8, isWide: Bool) throws {
        guard opcode >= 0x8C || !isWide else { return }
        var generator = VectorGenerator(state: UInt64(opcode))
        for isLong in [false, true] {
            for distance in [0, 4, 8, 13, 16, 24, 28, 32] as [UInt8] {
                let form = VEXForm(map: 2, opcode: opcode, prefix: 1, isWide: isWide, isLong: isLong)
                try compareWithHost(form.bytes(2, [0x46, distance]), cases: 300, &generator, atEnd: true)
            }
        }
    }

    /// VCVTPS2PH: #XM and the flags of MXCSR come before what memory refuses.
    @Test(arguments: [false, true])
    func conversionsToHalvesRaiseTheirOwnExceptionsFirst(isLong: Bool) throws {
        var generator = VectorGenerator(state: 16)
        let form = VEXForm(map: 3, opcode: 0x1D, prefix: 1, isWide: false, isLong: isLong)
        for distance in [0, 13, 16, 20, 24, 28, 32] as [UInt8] {
            withKnownIssue("with several exceptions unmasked the host sets PE, too", isIntermittent: true) {
                try compareWithHost(form.bytes(0, [0x46, distance, 4]), cases: 300, &generator, atEnd: true)
            }
        }
    }

    /// Loads and stores around the end of what can be accessed, aligned or not.
    @Test(
        arguments: [
            "0F 28", "0F 29", "0F 10", "0F 11", "0F 58", "F3 0F 58", "F2 0F 58", "66 0F 6F", "F3 0F 7F", "66 0F E7",
            "F2 0F F0", "66 0F 38 20", "66 0F 38 21", "C5 FC 28", "C5 FC 29", "C5 F8 28", "C5 F8 29", "C5 FC 10",
            "C5 FC 11", "C5 FD 6F", "C5 FD 7F", "C5 FD E7", "C5 F8 2B", "C4 E2 7D 2A", "C5 EC 58", "C5 E8 58",
            "C5 EA 58", "C5 EB 58", "C5 FC 5A", "C4 E2 7D 18", "C4 E2 7D 1A", "C4 E2 7D 20", "C4 E2 7D 22",
            "C4 E2 7D 13", "C4 E2 79 13", "C5 FD F0", "C5 FF F0",
        ])
    func alignmentAndEndsAreAsOnTheHost(code: String) throws {
        var generator = VectorGenerator(state: 3)
        let bytes = code.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        for distance in [0, 1, 4, 8, 12, 16, 17, 20, 24, 25, 28, 30] as [UInt8]
        where (try? Decoder(.bits32).decode(bytes + [0x46, distance])) != nil {
            try compareWithHost(bytes + [0x46, distance], cases: 20, &generator, atEnd: true)
        }
    }
}
