/// One command of the debugger: a row of the table that `help`, completion and execution share.
struct Command: Sendable {
    enum Group: String, CaseIterable, Sendable {
        case run = "Run"
        case stops = "Breakpoints and watchpoints"
        case look = "Look"
        case explain = "Understand"
        case change = "Change"
        case outside = "Screen, keys, files"
        case other = "Other"
    }

    let name: String
    let aliases: [String]
    let group: Group
    /// What comes after the name: `[N]`, `ADDR [if EXPR]`.
    let usage: String
    /// One line.
    let summary: String
    /// More lines, for `help NAME`.
    let detail: String
    let example: String
    /// An empty line at the prompt does it again.
    let repeats: Bool
    /// Done again, it goes on where it was.
    let continues: Bool
    let action: @Sendable (Debugger, Arguments) throws(DebuggerError) -> Void

    init(
        _ name: String, _ aliases: [String] = [], _ group: Group, usage: String = "", _ summary: String,
        detail: String = "", example: String, repeats: Bool = false, continues: Bool = false,
        action: @escaping @Sendable (Debugger, Arguments) throws(DebuggerError) -> Void
    ) {
        self.name = name
        self.aliases = aliases
        self.group = group
        self.usage = usage
        self.summary = summary
        self.detail = detail
        self.example = example
        self.repeats = repeats || continues
        self.continues = continues
        self.action = action
    }

    /// Letters after a slash are a format, and not the beginning of a path.
    var takesFormat: Bool { ["x", "xp", "u", "print"].contains(name) }

    /// The whole table, in the order of `help`.
    static let all: [Command] =
        runCommands + engineCommands + stopCommands + lookCommands + explainCommands + changeCommands + outsideCommands
        + mouseCommands
        + otherCommands

    /// By name, alias, or the beginning of exactly one name.
    static func find(_ word: String) throws(DebuggerError) -> Command {
        let wanted = word.lowercased()
        if let exact = all.first(where: { $0.name == wanted || $0.aliases.contains(wanted) }) { return exact }
        let long = all.filter { command in ([command.name] + command.aliases).contains { $0.hasPrefix(wanted) } }
        if long.count == 1 { return long[0] }
        if long.count > 1 {
            throw DebuggerError("'\(word)' could be " + long.map(\.name).joined(separator: ", "))
        }
        let hint = nearest(wanted).map { "; did you mean '\($0)'?" } ?? "; 'help' lists all"
        throw DebuggerError("there is no command '\(word)'" + hint)
    }

    /// The name that differs in one or two letters.
    private static func nearest(_ word: String) -> String? {
        let names = all.flatMap { [$0.name] + $0.aliases }.filter { $0.count > 2 }
        let ranked = names.map { ($0, distance(Array(word), Array($0))) }.filter { $0.1 <= (word.count > 3 ? 2 : 1) }
        return ranked.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// Letters to insert, remove or replace.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let best = min(row[j] + 1, row[j + 1] + 1, corner + (x == y ? 0 : 1))
                corner = row[j + 1]
                row[j + 1] = best
            }
        }
        return row[b.count]
    }
}

/// What a command got.
struct Arguments: Sendable {
    /// The letters and digits after a slash: `4xb` of `x /4xb 0x7c00`.
    var format: String?
    /// The rest of the line without surrounding blanks.
    var text: String

    var isEmpty: Bool { text.isEmpty }
    /// Separated by blanks.
    var words: [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }

    /// `ADDR if EXPR`: what is before and behind the word `if`.
    func splitCondition() throws(DebuggerError) -> (text: String, condition: Breakpoint.Condition?) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard let place = words.firstIndex(of: "if") else { return (text, nil) }
        let before = words[..<place].joined(separator: " ")
        var condition = words[(place + 1)...].joined(separator: " ").trimmed
        // Bochs writes the condition in quotes.
        if condition.count >= 2, condition.first == "\"", condition.last == "\"" {
            condition = String(condition.dropFirst().dropLast())
        }
        guard !condition.isEmpty else { throw DebuggerError("an expression is missing after 'if'") }
        return (before.trimmed, Breakpoint.Condition(text: condition, expression: try Expression.parse(condition)))
    }

    /// A decimal or hexadecimal count of at least 1; `fallback` where nothing was given.
    func count(_ debugger: Debugger, fallback: UInt64 = 1) throws(DebuggerError) -> UInt64 {
        guard !isEmpty else { return fallback }
        let value = try debugger.value(text)
        guard value >= 1 else { throw DebuggerError("the count must be at least 1") }
        return value
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }
}

/// A line, understood.
struct CommandCall {
    let command: Command
    let arguments: Arguments

    /// Nil for blank lines and comments. `x/4i ADDR`, `x /4i ADDR`, `b *ADDR` and `p $eax` are all cut at the right place.
    static func parse(_ line: String) throws(DebuggerError) -> CommandCall? {
        let text = line.trimmed
        guard let first = text.first, first != "#" else { return nil }
        var name = String(text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        if name.isEmpty, first == "?" || first == "!" { name = String(first) }
        guard !name.isEmpty else { throw DebuggerError("a line begins with a command; 'help' lists them") }
        let command = try Command.find(name)
        var rest = String(text.dropFirst(name.count)).trimmed
        var format: String?
        if command.takesFormat, rest.first == "/" {
            let given = rest.dropFirst().prefix { !$0.isWhitespace }
            format = String(given)
            rest = String(rest.dropFirst(given.count + 1)).trimmed
        }
        return CommandCall(command: command, arguments: Arguments(format: format, text: rest))
    }
}
