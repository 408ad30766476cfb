import FoundationEssentials
import Machine

/// What an instruction is and would do now: the same content as text and as JSON.
public struct Explained: Encodable, Sendable, Equatable {
    /// A part of the encoding.
    public struct Field: Encodable, Sendable, Equatable {
        public let name: String
        /// Bytes or bits as they stand there.
        public let bytes: String
        public let meaning: String
    }

    public struct OperandNow: Encodable, Sendable, Equatable {
        /// As in the assembly text: `ax`, `ds:[bx+0x2]`.
        public let name: String
        /// `read`, `write`, `read and write`, `address`
        public var access: String
        /// Linear address of memory operands and targets.
        public let linear: UInt64?
        /// Nil where there is none or it cannot be read without a side effect.
        public let value: UInt64?
        /// In words, with address and value.
        public var text: String
    }

    /// `lucid86.explain/1`
    public let schema = "lucid86.explain/1"
    public let linear: UInt64
    public let place: String
    public let bytes: String
    public let assembly: String
    public let fields: [Field]
    /// What the instruction does.
    public let sentence: String
    public let operands: [OperandNow]
    /// The next three in one line.
    public let flags: String
    /// The manuals' names, from the highest bit to the lowest.
    public let flagsRead: [String]
    public let flagsWritten: [String]
    public let flagsUndefined: [String]
    /// What follows from the values now: whether a jump is taken, what would fault.
    public let notes: [String]

    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// The same for a person.
    public func lines() -> [String] {
        var lines = ["\(place)  \(bytes)  \(assembly)"]
        lines.append(sentence)
        for field in fields { lines.append("  \(field.name): \(field.bytes)  \(field.meaning)") }
        for operand in operands { lines.append("  \(operand.text)") }
        lines.append("  flags: \(flags)")
        for note in notes { lines.append("  now: \(note)") }
        return lines
    }
}
