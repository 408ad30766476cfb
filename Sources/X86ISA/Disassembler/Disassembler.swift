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
            instruction, prefixes: PrefixList(of: instruction, codeSize), address: address, codeSize: codeSize,
            syntax: syntax)
        return text.render()
    }

    /// Decodes and shows the instruction at the start of `bytes`; at most 15 of them are looked at.
    public func line(_ bytes: some Collection<UInt8>, at address: UInt64, codeSize: CodeSize) -> Line {
        let window = Array(bytes.prefix(ByteReader.maximumLength))
        let prefixes = PrefixList(window, codeSize)
        do throws(DecodeError) {
            let instruction = try Decoder(codeSize).decode(window)
            var text = InstructionText(
                instruction, prefixes: prefixes, address: address, codeSize: codeSize, syntax: syntax)
            return Line(text: text.render(), length: Int(instruction.length), instruction: instruction)
        } catch {
            let names = prefixes.names(), count = prefixes.bytes.count
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
    private let codeSize: CodeSize
    /// Bits of REX that the text shows: W R X B, and 40 where a byte register is SPL to DIL or needs none of the others.
    private var shownREX: UInt8 = 0

    private init(bytes: [UInt8], _ codeSize: CodeSize) {
        self.bytes = bytes
        self.codeSize = codeSize
        replaced = Array(repeating: "", count: bytes.count)
    }

    /// Those at the start of `code`, REX included.
    init(_ code: [UInt8], _ codeSize: CodeSize) {
        self.init(bytes: Array(code.prefix { PrefixList.isPrefix($0, codeSize) }), codeSize)
    }

    /// One of each that `instruction` carried.
    init(of instruction: Instruction, _ codeSize: CodeSize) {
        var bytes: [UInt8] = []
        let prefixes = instruction.prefixes
        if prefixes.contains(.lock) { bytes.append(0xF0) }
        if prefixes.contains(.repne), !instruction.isVEX { bytes.append(0xF2) }
        if prefixes.contains(.rep), !instruction.isVEX { bytes.append(0xF3) }
        if prefixes.contains(.segment) { bytes.append(PrefixList.byte(of: instruction.segment)) }
        if prefixes.contains(.operandSize), !instruction.isVEX { bytes.append(0x66) }
        if prefixes.contains(.addressSize) { bytes.append(0x67) }
        if prefixes.contains(.rex) {
            let bits: [(Prefixes, UInt8)] = [(.rexW, 8), (.rexR, 4), (.rexX, 2), (.rexB, 1)]
            bytes.append(bits.reduce(0x40) { prefixes.contains($1.0) ? $0 | $1.1 : $0 })
        }
        self.init(bytes: bytes, codeSize)
    }

    static func isPrefix(_ byte: UInt8, _ codeSize: CodeSize) -> Bool {
        switch byte {
        case 0x26, 0x2E, 0x36, 0x3E, 0x64...0x67, 0xF0, 0xF2, 0xF3: true
        case 0x40...0x4F: codeSize == .bits64
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

    /// The REX prefix that counts, or 0.
    var rex: UInt8 {
        guard codeSize == .bits64, let last = bytes.last, last & 0xF0 == 0x40 else { return 0 }
        return last
    }

    /// The text shows these bits of REX where they are set; 0 stands for its mere presence.
    mutating func useREX(_ bits: UInt8) {
        let rex = rex
        if bits == 0 { shownREX |= rex & 0x40 } else if rex & bits != 0 { shownREX |= rex & bits | 0x40 }
    }

    /// The text names DS: in 64-bit code with it a prefix of the segments that have no meaning there.
    mutating func useFlatSegment() {
        if codeSize == .bits64, segment == nil, let last = bytes.last(where: { PrefixList.isSegment($0) }) { use(last) }
    }

    func contains(_ byte: UInt8) -> Bool { bytes.contains(byte) }

    /// The segment prefix that counts: the last one, in 64-bit code of FS and GS.
    var segment: UInt8? {
        bytes.last { PrefixList.isSegment($0) && (codeSize != .bits64 || $0 >= 0x64) }
    }

    /// The operands show the last of `byte`.
    mutating func use(_ byte: UInt8) { rename(byte, " ") }

    /// The last of `byte` is called `name`.
    mutating func rename(_ byte: UInt8, _ name: String) {
        if let place = bytes.lastIndex(of: byte) { replaced[place] = name }
    }

    /// The names of all prefixes that no operand shows.
    func names() -> [String] {
        var names: [String] = []
        for (place, byte) in bytes.enumerated() where replaced[place] != " " {
            if place == bytes.count - 1, rex != 0, rex == shownREX { continue }
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
        case 0x40...0x4F:
            "rex" + (byte & 15 == 0 ? "" : ".") + (byte & 8 != 0 ? "W" : "") + (byte & 4 != 0 ? "R" : "")
                + (byte & 2 != 0 ? "X" : "") + (byte & 1 != 0 ? "B" : "")
        default: ""
        }
    }
}
