/// An instruction told to a person: its text, the fields of its encoding, what it does in a sentence, its operands, and
/// the flags.
///
/// No values: who has a machine adds those of the operands (`operands`, in the order of the text, implicit ones last).
public struct Explanation: Sendable {
    public let instruction: Instruction
    public let codeSize: CodeSize
    public let address: UInt64
    /// Intel syntax, as the disassembler has it.
    public let text: String
    public let sentence: String
    public let fields: [InstructionField]
    public let operands: [ExplainedOperand]
    public let flags: FlagEffects

    public var mnemonic: String { instruction.operation.mnemonic }
    public var flagsRead: FlagSet { flags.read }
    /// Written with a defined value: by the result, cleared or set.
    public var flagsWritten: FlagSet { flags.written }
    public var flagsUndefined: FlagSet { flags.undefined }

    /// Of the instruction at the start of `bytes`, at `address`.
    public init(
        _ bytes: some Collection<UInt8>, at address: UInt64, codeSize: CodeSize
    ) throws(DecodeError) {
        let window = Array(bytes.prefix(ByteReader.maximumLength))
        let instruction = try Decoder(codeSize).decode(window)
        self.init(of: instruction, bytes: window, at: address, codeSize: codeSize)
    }

    /// Of `instruction`, which was decoded from the start of `bytes` and lies at `address`.
    public init(of instruction: Instruction, bytes: [UInt8], at address: UInt64, codeSize: CodeSize) {
        self.instruction = instruction
        self.codeSize = codeSize
        self.address = address
        var writer = InstructionText(
            instruction, prefixes: PrefixList(bytes, codeSize), address: address, codeSize: codeSize, syntax: .intel)
        text = writer.render()
        fields = InstructionField.fields(of: instruction, bytes: bytes, codeSize: codeSize)
        flags = FlagEffects(of: instruction)
        let phrases = Phrases(instruction, address: address, codeSize: codeSize)
        operands = phrases.operands
        sentence = phrases.sentence
    }

    /// The flags in one line: `reads CF; writes OF SF ZF AF PF CF; undefined: none`.
    public var flagsText: String {
        var parts: [String] = []
        if !flags.read.isEmpty { parts.append("reads \(flags.read.text)") }
        if !flags.modified.isEmpty { parts.append("writes \(flags.modified.text)") }
        if !flags.cleared.isEmpty { parts.append("clears \(flags.cleared.text)") }
        if !flags.set.isEmpty { parts.append("sets \(flags.set.text)") }
        if !flags.undefined.isEmpty { parts.append("leaves \(flags.undefined.text) undefined") }
        return parts.isEmpty ? "neither reads nor writes flags" : parts.joined(separator: "; ")
    }
}

/// The places of a sentence, filled for one instruction.
private struct Phrases {
    let instruction: Instruction
    let address: UInt64
    let codeSize: CodeSize

    init(_ instruction: Instruction, address: UInt64, codeSize: CodeSize) {
        self.instruction = instruction
        self.address = address
        self.codeSize = codeSize
    }

    private var writer: InstructionText {
        InstructionText(
            instruction, prefixes: PrefixList(of: instruction, codeSize), address: address, codeSize: codeSize,
            syntax: .intel)
    }

    var operands: [ExplainedOperand] {
        var list: [ExplainedOperand] = []
        for (index, operand) in instruction.operands.enumerated() {
            let access = instruction.access(index)
            list.append(
                ExplainedOperand(operand: operand, text: text(of: operand), access: access, isImplicit: false))
        }
        for (operand, access) in instruction.implicitRegisters {
            list.append(
                ExplainedOperand(
                    operand: operand, text: RegisterNames.name(of: operand), access: access, isImplicit: true))
        }
        return list
    }

    /// `word at ds:[bx+0x2]`, `ax`, `0x5`
    private func text(of operand: Operand) -> String {
        switch operand.kind {
        case .memory:
            let size = sizeName(operand.size)
            return (size.isEmpty ? "memory at " : size + " at ") + location
        case .stringSource:
            return "\(sizeName(operand.size)) at \(segment):[\(ae)si]"
        case .stringDestination:
            return "\(sizeName(operand.size)) at es:[\(ae)di]"
        default:
            var writer = writer
            return writer.text(operand)
        }
    }

    private func sizeName(_ size: UInt8) -> String {
        switch size {
        case 1: "byte"
        case 2: "word"
        case 4: "doubleword"
        case 8: "quadword"
        case 0: ""
        default: "\(size) bytes"
        }
    }

    private var ae: String { letter(instruction.addressSize) }
    private var e: String { letter(instruction.operandSize) }
    private func letter(_ size: UInt8) -> String { size == 8 ? "r" : size == 4 ? "e" : "" }

    /// What counts: in 64-bit code ES, CS, SS and DS are the same and flat.
    private var segment: String { RegisterNames.segment(instruction.segment) }

    /// The memory operand without its size, with the segment that counts.
    private var location: String {
        let writer = writer
        let inner = writer.addressText()
        // The writer names a segment where it was overridden, and DS where there is no register.
        if let colon = inner.firstIndex(of: ":"), inner[..<colon].count == 2 { return offsetOnly(inner[...]) ?? inner }
        return offsetOnly(inner[...]) ?? segment + ":" + inner
    }

    /// LEA and INVLPG take an offset, whatever its segment.
    private func offsetOnly(_ inner: Substring) -> String? {
        guard instruction.operation == .lea else { return nil }
        guard let colon = inner.firstIndex(of: ":") else { return String(inner) }
        return String(inner[inner.index(after: colon)...])
    }

    /// Like `text(of:)`, with an article before memory.
    private func phrase(_ operand: Operand) -> String {
        switch operand.kind {
        case .memory, .stringSource, .stringDestination: "the " + text(of: operand)
        default: text(of: operand)
        }
    }

    private func accumulator(_ size: UInt8) -> String { RegisterNames.general(0, size: size) }

    private var shiftCount: String {
        let isDouble = instruction.operation == .shld || instruction.operation == .shrd
        let operand = isDouble ? instruction.operand2 : instruction.operand1
        switch operand.kind {
        case .immediate:
            let count = instruction.immediate & 31
            return count == 1 ? "1 bit" : "\(count) bits"
        case .register: return "cl bits (of cl the lower five count)"
        default: return "1 bit"
        }
    }

    var sentence: String {
        var text = special ?? OperationWords.of(instruction.operation).sentence
        let size = instruction.operandSize
        let places: [(String, () -> String)] = [
            ("{0}", { phrase(instruction.operand0) }), ("{1}", { phrase(instruction.operand1) }),
            ("{2}", { phrase(instruction.operand2) }), ("{address}", { location }),
            ("{acc}", { accumulator(size) }), ("{d}", { RegisterNames.general(2, size: size) }),
            ("{half}", { accumulator(size / 2) }), ("{ae}", { ae }), ("{e}", { e }), ("{n}", { "\(size)" }),
            ("{wide}", { size == 1 ? "ax" : "\(e)dx:\(e)ax" }), ("{rem}", { size == 1 ? "ah" : "\(e)dx" }),
            ("{flags}", { size == 2 ? "FLAGS" : size == 4 ? "EFLAGS" : "RFLAGS" }), ("{segment}", { segment }),
            ("{tablebytes}", { codeSize == .bits64 ? "ten" : "six" }), ("{elements}", { elements }),
            ("{a}", { phrase(instruction.sources.0) }), ("{b}", { phrase(instruction.sources.1) }),
            ("{last}", { phrase(instruction.lastSource) }), ("{m}", { phrase(otherThanTop) }),
            ("{t}", { instruction.opcode & 4 == 0 || firstIsMemory ? "st" : phrase(instruction.operand0) }),
            ("{by}", { shiftCount }),
            ("{if}", { Conditions.words(instruction.condition) }), ("{release}", { release }),
        ]
        for (place, value) in places where text.contains(place) { text = replacing(text, place, value()) }
        return repeated(text)
    }

    private func replacing(_ text: String, _ place: String, _ value: String) -> String {
        var parts: [Substring] = []
        var rest = text[...]
        while let start = rest.firstRange(of: place) {
            parts += [rest[..<start.lowerBound], value[...]]
            rest = rest[start.upperBound...]
        }
        return (parts + [rest]).joined()
    }

    /// Sentences of forms that mean something of their own.
    private var special: String? {
        let first = instruction.operand0, second = instruction.operand1
        switch instruction.operation {
        case .xor where first == second && first.kind == .register,
            .sub where first == second && first.kind == .register:
            return "Sets {0} to 0."
        case .movSegmentLoad where first.number == 2, .popSegment where first.number == 2:
            return OperationWords.of(instruction.operation).sentence
                + " Interrupts wait until the next instruction is done."
        case .jmpFar where first.kind == .memory:
            return
                "Jumps to the far pointer at {address}, loading cs, or through the gate or task that its selector names."
        case .callFar where first.kind == .memory:
            return
                "Pushes cs and the offset of the next instruction and jumps to the far pointer at {address}, loading cs, "
                + "or through the gate or task that its selector names."
        case .nop where instruction.map == 0 && instruction.prefixes.contains(.rep):
            return "Does nothing; later processors rest for a moment in a waiting loop."
        default: return nil
        }
    }

    private var release: String {
        instruction.operand0.kind == .none ? "" : ", then drops \(phrase(instruction.operand0)) bytes of the stack"
    }

    private var firstIsMemory: Bool { instruction.operand0.kind == .memory }

    /// The operand of an x87 operation that is not its first: the second, the only one, or st(1) where none is named.
    private var otherThanTop: Operand {
        if instruction.operand0.kind == .none { return Operand(.x87Register, number: 1) }
        return instruction.operand1.kind == .none ? instruction.operand0 : instruction.operand1
    }

    /// `single-precision numbers`, `bytes`: by the end of the name.
    private var elements: String {
        let name = instruction.operation.mnemonic
        if name.hasPrefix("p") {
            switch name.last {
            case "b": return "bytes"
            case "w": return "words"
            case "d": return "doublewords"
            default: return "quadwords"
            }
        }
        var type = name.suffix(2)
        if name.hasPrefix("cvt") {
            let source = name.dropFirst(name.hasPrefix("cvtt") ? 4 : 3).prefix(2)
            if ["ps", "pd", "ss", "sd"].contains(source) { type = source }
        }
        switch type {
        case "ps": return "single-precision numbers"
        case "pd": return "double-precision numbers"
        case "ss": return "low single-precision numbers"
        default: return "low double-precision numbers"
        }
    }

    private func repeated(_ text: String) -> String {
        guard instruction.isRepeated else {
            return instruction.prefixes.contains(.lock) ? text + " No other bus access comes between." : text
        }
        let body = text.prefix(1).lowercased() + text.dropFirst().dropLast()
        let end: String
        switch instruction.operation {
        case .cmps, .scas:
            end =
                instruction.prefixes.contains(.rep)
                ? ", or when ZF is clear (not equal)" : ", or when ZF is set (equal)"
        default: end = ""
        }
        return "Repeats, subtracting 1 from \(ae)cx each time, until \(ae)cx is 0\(end): \(body)."
    }
}
