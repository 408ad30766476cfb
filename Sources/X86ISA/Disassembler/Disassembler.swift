/// Turns instructions into text, in the words of `objdump`.
///
/// Pure; the text has one blank between its words, nothing behind it, and no address. Numbers are hexadecimal with `0x`.
/// What is undefined is `(bad)`.
public struct Disassembler: Sendable {
    public enum Syntax: String, Sendable, CaseIterable {
        /// Destination first: `mov ax,WORD PTR [bx+0x2]`
        case intel
        /// Destination last: `mov 0x2(%bx),%ax`
        case att
    }

    /// One step through code.
    public struct Line: Hashable, Sendable {
        public var text: String
        /// In bytes, at least 1 unless there are none. What is no instruction takes its prefixes and its opcode (of one
        /// byte, or of two that begin with 0F), so that a listing goes on behind it.
        public var length: Int
        /// nil for `(bad)`.
        public var instruction: Instruction?
        /// Why there is no instruction.
        public var error: DecodeError?
    }

    public let syntax: Syntax

    public init(syntax: Syntax = .intel) { self.syntax = syntax }

    /// Text of a decoded instruction that lies at `address`, which counts for relative jumps alone: their targets stay in the
    /// 64 KiB around it where the operand size is 16. Repeated prefixes and their order are not in `Instruction`: give
    /// the bytes to `line` where they matter.
    public func text(of instruction: Instruction, at address: UInt64, codeSize: CodeSize) -> String {
        var text = InstructionText(
            instruction, prefixes: PrefixList(of: instruction), address: address, codeSize: codeSize, syntax: syntax)
        return text.render()
    }

    /// Decodes and shows the instruction at the start of `bytes`; at most 15 of them are looked at.
    public func line(_ bytes: some Collection<UInt8>, at address: UInt64, codeSize: CodeSize) -> Line {
        let window = Array(bytes.prefix(ByteReader.maximumLength))
        let prefixes = PrefixList(window)
        do throws(DecodeError) {
            let instruction = try Decoder(codeSize).decode(window)
            var text = InstructionText(
                instruction, prefixes: prefixes, address: address, codeSize: codeSize, syntax: syntax)
            return Line(text: text.render(), length: Int(instruction.length), instruction: instruction)
        } catch {
            let names = prefixes.names(codeSize: codeSize), count = prefixes.bytes.count
            let opcodeLength = count < window.count && window[count] == 0x0F ? 2 : 1
            return Line(
                text: (names + ["(bad)"]).joined(separator: " "), length: min(window.count, count + opcodeLength),
                error: error)
        }
    }
}

/// The prefix bytes of an instruction in their order, each either shown by the operands (`used`) or to be named.
struct PrefixList {
    private(set) var bytes: [UInt8]
    /// Names that replace those of the byte at the same place; empty for none.
    private var replaced: [String]

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        replaced = Array(repeating: "", count: bytes.count)
    }

    /// Those at the start of `code`.
    init(_ code: [UInt8]) {
        self.init(bytes: Array(code.prefix { PrefixList.isPrefix($0) }))
    }

    /// One of each that `instruction` carried.
    init(of instruction: Instruction) {
        var bytes: [UInt8] = []
        let prefixes = instruction.prefixes
        if prefixes.contains(.lock) { bytes.append(0xF0) }
        if prefixes.contains(.repne) { bytes.append(0xF2) }
        if prefixes.contains(.rep) { bytes.append(0xF3) }
        if prefixes.contains(.segment) { bytes.append(PrefixList.byte(of: instruction.segment)) }
        if prefixes.contains(.operandSize) { bytes.append(0x66) }
        if prefixes.contains(.addressSize) { bytes.append(0x67) }
        self.init(bytes: bytes)
    }

    static func isPrefix(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x26, 0x2E, 0x36, 0x3E, 0x64...0x67, 0xF0, 0xF2, 0xF3: true
        default: false
        }
    }

    static func isSegment(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65: true
        default: false
        }
    }

    static func byte(of segment: SegmentRegister) -> UInt8 {
        switch segment {
        case .es: 0x26
        case .cs: 0x2E
        case .ss: 0x36
        case .ds: 0x3E
        case .fs: 0x64
        case .gs: 0x65
        }
    }

    func contains(_ byte: UInt8) -> Bool { bytes.contains(byte) }

    /// The segment prefix that counts: the last one.
    var segment: UInt8? { bytes.last { PrefixList.isSegment($0) } }

    /// The operands show the last of `byte`.
    mutating func use(_ byte: UInt8) { rename(byte, " ") }

    /// The last of `byte` is called `name`.
    mutating func rename(_ byte: UInt8, _ name: String) {
        if let place = bytes.lastIndex(of: byte) { replaced[place] = name }
    }

    /// The names of all prefixes that no operand shows.
    func names(codeSize: CodeSize) -> [String] {
        var names: [String] = []
        for (place, byte) in bytes.enumerated() where replaced[place] != " " {
            names.append(replaced[place].isEmpty ? PrefixList.name(byte, codeSize: codeSize) : replaced[place])
        }
        return names
    }

    static func name(_ byte: UInt8, codeSize: CodeSize) -> String {
        switch byte {
        case 0x26: "es"
        case 0x2E: "cs"
        case 0x36: "ss"
        case 0x3E: "ds"
        case 0x64: "fs"
        case 0x65: "gs"
        case 0x66: codeSize == .bits16 ? "data32" : "data16"
        case 0x67: codeSize == .bits32 ? "addr16" : "addr32"
        case 0xF0: "lock"
        case 0xF2: "repnz"
        case 0xF3: "repz"
        default: ""
        }
    }
}
