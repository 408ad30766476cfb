import Foundation
import Testing
import X86ISA

#if arch(x86_64)
    private let isX86 = true
#else
    private let isX86 = false
#endif

/// An instruction that means the same in 32-bit and in 64-bit code.
private struct NativeCase {
    var code: [UInt8]
    /// Runs behind it: makes visible where a branch went, or takes from the stack what was pushed.
    var tail: [UInt8] = []
}

private struct State: Equatable {
    /// eax ecx edx ebx esi edi
    var registers: [UInt32]
    var flags: UInt32
    var memory: [UInt32]

    var words: [UInt32] { registers + [flags] + memory }

    init(registers: [UInt32], flags: UInt32, memory: [UInt32]) {
        self.registers = registers
        self.flags = flags
        self.memory = memory
    }

    init(_ words: ArraySlice<UInt32>) {
        let list = Array(words)
        registers = Array(list[0..<6])
        flags = list[6]
        memory = Array(list[7..<11])
    }
}

@Suite("Explanation: flags, on this computer's CPU")
struct FlagNativeTests {
    private static let condition = ConditionTrait.enabled(
        if: isX86 && FileManager.default.isExecutableFile(atPath: "/usr/bin/gcc"),
        "wants an x86-64 host and /usr/bin/gcc")
    private static let flags: FlagSet = FlagSet.status.union(.DF)
    /// Where the child program has its memory.
    private static let address: UInt32 = 0x2000_0800
    private static let samples = 48

    private static let excused: [FlagEvidence.Excuse] =
        [
            FlagEvidence.Excuse(
                operation: .shr, flags: .SF, reason: "a zero comes in; the manual calls SF set by the result"),
            FlagEvidence.Excuse(
                operation: .sar, flags: .OF, reason: "clear for a count of 1, and yet M in the manual's table"),
        ]
        + [Operation.shl, .sal, .shr].map {
            FlagEvidence.Excuse(
                operation: $0, flags: [.SF, .ZF, .PF], without: .CF, reason: "a count above the operand's size leaves 0"
            )
        }

    @Test(condition) func everyInstructionDoesWithTheFlagsWhatIsSaidOfIt() throws {
        let cases = Self.cases
        var generator = Generator(state: 86)
        // For each case and sample: each flag clear, then set, over the same operands and other flags.
        var requests: [(Int, FlagSet, State)] = []
        for index in cases.indices {
            for _ in 0..<Self.samples {
                let state = Self.operands(&generator)
                for flag in Self.flags.single {
                    for value in [state.flags & ~flag.rawValue, state.flags | flag.rawValue] {
                        var one = state
                        one.flags = value
                        requests.append((index, flag, one))
                    }
                }
            }
        }
        let results = try Self.run(requests.map { (cases[$0.0], $0.2) })
        try #require(results.count == requests.count)

        var evidence = FlagEvidence(visible: Self.flags)
        var reads: [Int: FlagSet] = [:]
        for (place, request) in requests.enumerated() {
            let instruction = try Decoder(.bits32).decode(cases[request.0].code)
            #expect(Int(instruction.length) == cases[request.0].code.count)
            let name = Self.name(cases[request.0], request.2)
            let exempt = try #require(Self.exemptions(instruction, request.2))
            evidence.add(
                instruction, name, before: FlagSet(rawValue: request.2.flags),
                after: FlagSet(rawValue: results[place].flags), exempt: exempt)
            if place & 1 == 1, Self.depends(instruction, results[place - 1], results[place], request.1, exempt) {
                reads[request.0, default: []].formUnion(request.1)
            }
        }
        #expect(evidence.contradictions.isEmpty, "\(evidence.contradictions.joined(separator: "\n"))")
        let unseen = evidence.unseen(bothValues: true, excused: Self.excused)
        #expect(unseen.isEmpty, "\(unseen.joined(separator: "\n"))")
        #expect(evidence.operations.count > 55)
        for (index, one) in cases.enumerated() {
            let instruction = try Decoder(.bits32).decode(one.code)
            let said = FlagEffects(of: instruction).read.intersection(Self.flags)
            let seen = reads[index] ?? []
            #expect(said == seen, "\(Self.name(one)) \(instruction.operation) reads \(seen.text), said is \(said.text)")
        }
    }

    /// Whether two runs that began with `flag` clear and set ended differently beyond a flag that just stayed.
    private static func depends(
        _ instruction: Instruction, _ clear: State, _ set: State, _ flag: FlagSet, _ exempt: FlagSet
    ) -> Bool {
        if clear.registers != set.registers || clear.memory != set.memory { return true }
        let effects = FlagEffects(of: instruction)
        var counts = flags.subtracting(effects.undefined).subtracting(exempt)
        if !effects.written.contains(flag) { counts.subtract(flag) }
        return !FlagSet(rawValue: clear.flags ^ set.flags).intersection(counts).isEmpty
    }

    /// Shifts by CL, where `FlagEffects` has a note: none of its promises hold for a count of 0, CF is undefined from the
    /// operand's size on, and all flags of a double shift above it. Nil where the note is not there.
    private static func exemptions(_ instruction: Instruction, _ state: State) -> FlagSet? {
        let isDouble = instruction.operation == .shld || instruction.operation == .shrd
        let counter = isDouble ? instruction.operand2 : instruction.operand1
        switch instruction.operation {
        case .rol, .ror, .rcl, .rcr, .shl, .sal, .shr, .sar, .shld, .shrd: break
        default: return []
        }
        guard counter.kind == .register else { return [] }
        let count = state.registers[1] & 31, bits = UInt32(instruction.operand0.size) * 8
        let note = FlagEffects(of: instruction).note
        guard note.contains("A count of 0 leaves all flags") else { return nil }
        if count == 0 { return .status }
        if isDouble, count > bits { return note.contains("above 16") ? .status : nil }
        guard [.shl, .sal, .shr].contains(instruction.operation), count >= bits else { return [] }
        return note.contains("CF is undefined") ? .CF : nil
    }

    private static func name(_ one: NativeCase, _ state: State? = nil) -> String {
        func hexadecimal(_ value: some BinaryInteger) -> String { String(value, radix: 16) }
        let code = one.code.map { ($0 < 16 ? "0" : "") + hexadecimal($0) }.joined()
        guard let state else { return code }
        return code + " with " + state.words.map(hexadecimal).joined(separator: " ")
    }

    // MARK: Cases

    private static let cases: [NativeCase] = arithmetic + shifts + bits + moves + branches + strings

    /// With and without the operand-size prefix.
    private static func wide(_ code: [UInt8]) -> [NativeCase] {
        [NativeCase(code: code), NativeCase(code: [0x66] + code)]
    }

    private static let arithmetic: [NativeCase] = {
        var list: [NativeCase] = []
        for operation in 0..<8 as Range<UInt8> {
            // bl, al; ebx, eax; eax with an immediate; groups 80, 81, 83
            list.append(NativeCase(code: [operation * 8, 0xC3]))
            list += wide([operation * 8 + 1, 0xC3])
            list.append(NativeCase(code: [operation * 8 + 4, 0x85]))
            list.append(NativeCase(code: [0x80, 0xC3 | operation << 3, 0x7F]))
            list.append(NativeCase(code: [0x81, 0xC3 | operation << 3, 0xFF, 0x80, 0, 0x80]))
            list += wide([0x83, 0xC3 | operation << 3, 0xF0])
            // [esi], eax
            list.append(NativeCase(code: [operation * 8 + 1, 0x06]))
        }
        for group in [0, 2, 3, 4, 5] as [UInt8] {
            let immediate: [UInt8] = group == 0 ? [0x0F] : []
            list.append(NativeCase(code: [0xF6, 0xC3 | group << 3] + immediate))
            list.append(NativeCase(code: [0xF7, 0xC3 | group << 3] + (group == 0 ? [0xFF, 0, 0, 0x80] : [])))
            if group != 0 { list.append(NativeCase(code: [0x66, 0xF7, 0xC3 | group << 3])) }
        }
        for group in [0, 1] as [UInt8] {
            list.append(NativeCase(code: [0xFE, 0xC3 | group << 3]))
            list += wide([0xFF, 0xC3 | group << 3])
        }
        list.append(NativeCase(code: [0x84, 0xC3]))
        list += wide([0x85, 0xC3]) + wide([0x0F, 0xAF, 0xC3]) + wide([0x6B, 0xC3, 0x91])
        list.append(NativeCase(code: [0x69, 0xC3, 0x00, 0x10, 0xFF, 0x00]))
        // XADD, CMPXCHG (al or eax as often as not equal by the choice of operands), CMPXCHG8B [esi]
        list.append(NativeCase(code: [0x0F, 0xC0, 0xC3]))
        list += wide([0x0F, 0xC1, 0xCB]) + wide([0x0F, 0xB1, 0xCB])
        list.append(NativeCase(code: [0x0F, 0xB0, 0xCB]))
        list.append(NativeCase(code: [0x0F, 0xC7, 0x0E]))
        return list
    }()

    private static let shifts: [NativeCase] = {
        var list: [NativeCase] = []
        for group in 0..<8 as Range<UInt8> {
            let modRM = 0xC3 | group << 3
            list += [NativeCase(code: [0xD0, modRM]), NativeCase(code: [0xD2, modRM])]
            list += wide([0xD1, modRM]) + wide([0xD3, modRM])
            for count in [0, 1, 2, 7, 8, 9, 31, 32, 33] as [UInt8] {
                list.append(NativeCase(code: [0xC0, modRM, count]))
            }
            for count in [0, 1, 2, 15, 16, 17, 31, 32, 33] as [UInt8] { list += wide([0xC1, modRM, count]) }
        }
        for opcode in [0xA4, 0xAC] as [UInt8] {
            for count in [0, 1, 2, 15, 16, 17, 31, 33] as [UInt8] { list += wide([0x0F, opcode, 0xC3, count]) }
            list += wide([0x0F, opcode + 1, 0xC3])
        }
        return list
    }()

    private static let bits: [NativeCase] = {
        var list: [NativeCase] = []
        // ebx, ecx; ebx with an immediate
        for opcode in [0xA3, 0xAB, 0xB3, 0xBB] as [UInt8] { list += wide([0x0F, opcode, 0xCB]) }
        for group in 4..<8 as Range<UInt8> { list += wide([0x0F, 0xBA, 0xC3 | group << 3, 0x0D]) }
        list += wide([0x0F, 0xBC, 0xC3]) + wide([0x0F, 0xBD, 0xC3])
        for condition in 0..<16 as Range<UInt8> { list.append(NativeCase(code: [0x0F, 0x90 + condition, 0xC3])) }
        // CLC STC CMC CLD STD, SAHF LAHF
        for opcode in [0xF8, 0xF9, 0xF5, 0xFC, 0xFD, 0x9E, 0x9F] as [UInt8] { list.append(NativeCase(code: [opcode])) }
        // PUSHF; pop rbx
        list.append(NativeCase(code: [0x9C], tail: [0x5B]))
        return list
    }()

    private static let moves: [NativeCase] = {
        var list: [NativeCase] = []
        for code in [
            [0x0F, 0xC8], [0x0F, 0xCB], [0x88, 0xC3], [0x89, 0xC3], [0x8A, 0x06], [0x8B, 0x06], [0xB3, 0x80],
            [0x86, 0xC3],
            [0x87, 0xC3], [0x87, 0x06], [0x8D, 0x46, 0x7F], [0x90], [0x93], [0x98], [0x99], [0x66, 0x98], [0x66, 0x99],
            [0x0F, 0xB6, 0xC3], [0x0F, 0xB7, 0xC3], [0x0F, 0xBE, 0xC3], [0x0F, 0xBF, 0xC3], [0x66, 0x0F, 0xB6, 0xC3],
            [0xC6, 0x06, 0x55], [0x8C, 0xC3],
        ] as [[UInt8]] { list.append(NativeCase(code: code)) }
        // push rax; pop rbx
        list.append(NativeCase(code: [0x50], tail: [0x5B]))
        return list
    }()

    /// Over `mov bl, 85h` or not.
    private static let branches: [NativeCase] = {
        let tail: [UInt8] = [0xB3, 0x85]
        var list: [NativeCase] = []
        for condition in 0..<16 as Range<UInt8> {
            list.append(NativeCase(code: [0x70 + condition, 2], tail: tail))
            list.append(NativeCase(code: [0x0F, 0x80 + condition, 2, 0, 0, 0], tail: tail))
        }
        for opcode in [0xE0, 0xE1, 0xE2, 0xE3, 0xEB] as [UInt8] {
            list.append(NativeCase(code: [opcode, 2], tail: tail))
        }
        return list
    }()

    private static let strings: [NativeCase] = [0xA4, 0xA5, 0xA6, 0xA7, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF].map {
        NativeCase(code: [$0])
    }

    // MARK: Running

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let mixed = state ^ (state >> 29)
            return mixed &* 0xBF58_476D_1CE4_E5B9 ^ (mixed >> 32)
        }
    }

    /// Half of the values are such as carry, overflow or are equal.
    private static func operands(_ generator: inout Generator) -> State {
        let special: [UInt32] = [
            0, 1, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF, 0x80, 0x7F, 0x8000, 0x7FFF, 0xFF, 0x10, 0x0F,
        ]
        var values = (0..<8).map { _ -> UInt32 in
            Bool.random(using: &generator)
                ? special[Int.random(in: 0..<special.count, using: &generator)]
                : UInt32.random(in: 0 ... .max, using: &generator)
        }
        if Int.random(in: 0..<4, using: &generator) == 0 { values[0] = values[3] }
        if Int.random(in: 0..<4, using: &generator) == 0 { values[1] = UInt32.random(in: 0..<40, using: &generator) }
        // CMPXCHG8B and CMPS compare equal now and then.
        var memory = Array(values[4..<8])
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: memory = [values[0], values[2], values[0], values[2]]
        case 1: memory[2] = memory[0]
        default: break
        }
        let flags = UInt32.random(in: 0 ... .max, using: &generator) & Self.flags.rawValue
        return State(registers: Array(values[0..<4]) + [address, address + 0x400], flags: flags, memory: memory)
    }

    private static func run(_ requests: [(NativeCase, State)]) throws -> [State] {
        let folder = NSTemporaryDirectory() + "lucid86-native-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Native/run-instructions.c").path
        try launch("/usr/bin/gcc", ["-O1", "-Wall", "-Werror", "-o", folder + "/run", source])
        var input: [UInt8] = []
        for (one, state) in requests {
            let code = one.code + one.tail
            // RET up to the end
            input += code + Array(repeating: 0xC3, count: 16 - code.count)
            for word in state.words { withUnsafeBytes(of: word.littleEndian) { input += $0 } }
        }
        try Data(input).write(to: URL(fileURLWithPath: folder + "/in"))
        _ = FileManager.default.createFile(atPath: folder + "/out", contents: nil)
        try launch(folder + "/run", [], input: folder + "/in", output: folder + "/out")
        let output = try Data(contentsOf: URL(fileURLWithPath: folder + "/out"))
        let words = output.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self) }
        }
        return stride(from: 0, to: words.count - 10, by: 11).map { State(words[$0..<$0 + 11]) }
    }

    private static func launch(_ path: String, _ arguments: [String], input: String? = nil, output: String? = nil)
        throws
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput =
            try input.map { try #require(FileHandle(forReadingAtPath: $0)) } ?? FileHandle.nullDevice
        if let output { process.standardOutput = FileHandle(forWritingAtPath: output) }
        try process.run()
        let end = Date().addingTimeInterval(60)
        while process.isRunning, Date() < end { usleep(2000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try #require(process.terminationReason == .exit && process.terminationStatus == 0, "\(path) failed")
    }
}

extension FlagSet {
    /// Sets of one flag each.
    fileprivate var single: [FlagSet] {
        (0..<32).map { FlagSet(rawValue: 1 << $0) }.filter { contains($0) }
    }
}
