import Machine

/// A parsed expression. Values are 64 bits wide and wrap; nothing that a user types can trap.
///
/// From weak to strong: `||`, `&&`, `|`, `^`, `&`, `== !=`, `< <= > >=`, `<< >>`, `+ -`, `* / %`, then `- ~ !` and memory:
/// `*A` and `$A` are the dword at a linear address, `byte A`, `word A`, `dword A`, `qword A` say the size. `SEG:OFF` is the
/// linear address.
public indirect enum Expression: Equatable, Sendable {
    case number(UInt64)
    case register(RegisterName)
    case unary(String, Expression)
    case binary(String, Expression, Expression)
    /// Little-endian, `width` bytes.
    case memory(width: Int, Expression)
    case far(Expression, Expression)

    /// Bytes of `byte`, `word`, `dword`, `qword`.
    static func width(named name: String) -> Int? {
        switch name {
        case "byte": 1
        case "word": 2
        case "dword": 4
        case "qword": 8
        default: nil
        }
    }

    /// Parses all of `text`.
    public static func parse(_ text: String) throws(DebuggerError) -> Expression {
        var parser = try ExpressionParser(text)
        let expression = try parser.expression()
        try parser.expectEnd()
        return expression
    }

    /// Expressions that stand one after another, separated by blanks: `0x7c00 16`. A blank before an operator that
    /// could also begin an operand (`-`, `*`, `$`) joins.
    public static func parseList(_ text: String) throws(DebuggerError) -> [Expression] {
        var parser = try ExpressionParser(text)
        var list: [Expression] = []
        while !parser.isAtEnd { list.append(try parser.expression()) }
        return list
    }
}

struct ExpressionParser {
    private var lexer: Lexer
    private var token: Token = .end
    private var depth = 0
    /// Nesting that the parser's own stack holds easily.
    private static let deepest = 64

    private static let levels: [[String]] = [
        ["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!=", "="], ["<", "<=", ">", ">="], ["<<", ">>"], ["+", "-"],
        ["*", "/", "%"],
    ]

    init(_ text: String) throws(DebuggerError) {
        lexer = Lexer(text)
        token = try lexer.next()
    }

    var isAtEnd: Bool { token == .end }

    private mutating func advance() throws(DebuggerError) { token = try lexer.next() }

    func expectEnd() throws(DebuggerError) {
        guard isAtEnd else { throw DebuggerError("'\(Self.text(token))' is too much at the end of the expression") }
    }

    static func text(_ token: Token) -> String {
        switch token {
        case .number(let value): "0x" + hexadecimal(value)
        case .name(let name): name
        case .sign(let sign): sign
        case .end: "the end"
        }
    }

    mutating func expression() throws(DebuggerError) -> Expression { try level(0) }

    private mutating func level(_ index: Int) throws(DebuggerError) -> Expression {
        guard index < Self.levels.count else { return try unary() }
        var left = try level(index + 1)
        while case .sign(let sign) = token, Self.levels[index].contains(sign) {
            guard sign != "=" else { throw DebuggerError("'=' changes nothing here; compare with ==") }
            try advance()
            left = .binary(sign, left, try level(index + 1))
        }
        return left
    }

    private mutating func unary() throws(DebuggerError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw DebuggerError("the expression is nested too deeply") }
        switch token {
        case .sign("-"), .sign("~"), .sign("!"):
            let sign = Self.text(token)
            try advance()
            return .unary(sign, try unary())
        case .sign("+"):
            try advance()
            return try unary()
        case .sign("*"), .sign("$"):
            try advance()
            return .memory(width: 4, try unary())
        case .name(let name):
            guard let width = Expression.width(named: name) else { return try postfix() }
            try advance()
            if token == .name("ptr") { try advance() }
            return .memory(width: width, try unary())
        default: return try postfix()
        }
    }

    /// An operand, or SEG:OFF.
    private mutating func postfix() throws(DebuggerError) -> Expression {
        let left = try primary()
        guard token == .sign(":") else { return left }
        try advance()
        return .far(left, try primary())
    }

    private mutating func primary() throws(DebuggerError) -> Expression {
        switch token {
        case .number(let value):
            try advance()
            return .number(value)
        case .name(let name):
            guard let register = RegisterName.find(name) else {
                throw DebuggerError("there is no register or number '\(name)'; hexadecimal is written 0x1F or 1Fh")
            }
            try advance()
            return .register(register)
        case .sign("("):
            try advance()
            let inner = try unaryLevelExpression()
            guard token == .sign(")") else { throw DebuggerError("a ')' is missing") }
            try advance()
            return inner
        case .end: throw DebuggerError("the expression ends too early")
        case .sign(let sign): throw DebuggerError("'\(sign)' needs a value before or after it")
        }
    }

    /// A whole expression in parentheses, counted as one level of nesting.
    private mutating func unaryLevelExpression() throws(DebuggerError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw DebuggerError("the expression is nested too deeply") }
        return try expression()
    }
}
