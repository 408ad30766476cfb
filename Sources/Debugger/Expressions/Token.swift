/// What a user's line did wrong, in words for the user.
public struct DebuggerError: Error, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// A piece of an expression.
enum Token: Equatable {
    case number(UInt64)
    /// Lower case, without `$` or `%` before it.
    case name(String)
    case sign(String)
    case end
}

/// Cuts an expression into tokens.
struct Lexer {
    private let characters: [Character]
    private var position = 0
    /// The last token ends an operand: what follows is an operator, so `%` is a remainder and `$` an error.
    private var afterOperand = false

    init(_ text: String) { characters = Array(text) }

    private func peek(_ distance: Int = 0) -> Character? {
        position + distance < characters.count ? characters[position + distance] : nil
    }

    static func isWord(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == ".")
    }

    mutating func next() throws(DebuggerError) -> Token {
        while let here = peek(), here.isWhitespace { position += 1 }
        guard let here = peek() else { return .end }
        let token = try token(from: here)
        switch token {
        case .number, .sign(")"): afterOperand = true
        case .name(let name): afterOperand = Expression.width(named: name) == nil
        default: afterOperand = false
        }
        return token
    }

    private mutating func token(from here: Character) throws(DebuggerError) -> Token {
        if here == "'" { return try character() }
        if here == "$" || here == "%", !afterOperand, let second = peek(1), second.isASCII, second.isLetter {
            position += 1
            return .name(word().lowercased())
        }
        if Self.isWord(here) { return try Self.value(of: word()) }
        for sign in ["<<", ">>", "<=", ">=", "==", "!=", "&&", "||"] {
            if let second = peek(1), sign == String([here, second]) {
                position += 2
                return .sign(sign)
            }
        }
        guard "+-*/%&|^~!<>()$:=".contains(here) else {
            throw DebuggerError("'\(here)' means nothing in an expression")
        }
        position += 1
        return .sign(String(here))
    }

    private mutating func word() -> String {
        var text = ""
        while let here = peek(), Self.isWord(here) {
            text.append(here)
            position += 1
        }
        return text
    }

    /// `'A'`
    private mutating func character() throws(DebuggerError) -> Token {
        guard let middle = peek(1), peek(2) == "'", let value = middle.asciiValue else {
            throw DebuggerError("a character is written like 'A'")
        }
        position += 3
        return .number(UInt64(value))
    }

    /// A word is a number (0x1F, 1Fh, 0b101, 31) or a name; names of registers win over hexadecimal with `h` (`ah`, `bh`).
    private static func value(of word: String) throws(DebuggerError) -> Token {
        let lower = word.lowercased()
        if lower.hasPrefix("0x") { return .number(try parse(lower.dropFirst(2), 16, word)) }
        if let first = lower.first, first.isNumber {
            if lower.last == "h" { return .number(try parse(lower.dropLast(), 16, word)) }
            if lower.hasPrefix("0b"), lower.dropFirst(2).allSatisfy({ $0 == "0" || $0 == "1" }), lower.count > 2 {
                return .number(try parse(lower.dropFirst(2), 2, word))
            }
            return .number(try parse(lower[...], 10, word))
        }
        if lower.last == "h", lower.count > 1, lower.dropLast().allSatisfy(\.isHexDigit),
            RegisterName.find(lower) == nil
        {
            return .number(try parse(lower.dropLast(), 16, word))
        }
        return .name(lower)
    }

    private static func parse(_ digits: Substring, _ radix: Int, _ word: String) throws(DebuggerError) -> UInt64 {
        if let value = UInt64(digits, radix: radix) { return value }
        if !digits.isEmpty, digits.allSatisfy(\.isHexDigit) {
            if radix == 10, !digits.allSatisfy(\.isNumber) {
                throw DebuggerError("'\(word)' is no decimal number; write 0x\(word) or \(word)h for hexadecimal")
            }
            throw DebuggerError("'\(word)' does not fit into 64 bits")
        }
        throw DebuggerError("'\(word)' is no number")
    }
}
