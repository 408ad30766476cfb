import PCDevices

/// What `--keys` types: chords of keys, and waits for text on the screen.
struct KeyScript: Equatable {
    enum Step: Equatable {
        /// Keys that go down in this order and up in the opposite one.
        case chord([Key])
        case waitFor(String)
    }

    /// At most this many bytes of text.
    static let limit = 1 << 20
    var steps: [Step] = []

    /// The value of `--keys`: the text itself, or `@FILE`.
    static func load(_ value: String) throws(Failure) -> KeyScript {
        guard value.hasPrefix("@") else { return try KeyScript(value) }
        let bytes = try HostFile.read(String(value.dropFirst()), limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.badData, "--keys \(value): the file is not UTF-8 text")
        }
        return try KeyScript(text)
    }

    /// Text as typed: a line feed is Enter, `<name>` a key, `<wait:TEXT>` a wait, `\<`, `\>` and `\\` are literal.
    /// `\n` is Enter and `\t` Tab, too.
    init(_ text: String) throws(Failure) {
        var rest = Array(text)[...]
        var place = 0
        func next() -> Character? {
            place += 1
            return rest.popFirst()
        }
        while let character = next() {
            let start = place
            switch character {
            case "\\": steps.append(.chord(try Self.keys(try Self.escaped(next(), at: start), at: start)))
            case ">":
                throw Failure(.usage, "--keys: a '>' without '<' at character \(start); write \\> for the character")
            case "<":
                var name = ""
                var isOpen = true
                while isOpen {
                    switch next() {
                    case nil: throw Failure(.usage, "--keys: '<' at character \(start) has no '>'; write \\< for it")
                    case ">": isOpen = false
                    case "\\": name.append(try Self.escaped(next(), at: place - 1))
                    case let other?: name.append(other)
                    }
                }
                steps.append(try Self.step(name, at: start))
            default: steps.append(.chord(try Self.keys(character, at: start)))
            }
        }
    }

    private static func escaped(_ character: Character?, at place: Int) throws(Failure) -> Character {
        switch character {
        case "<", ">", "\\": return character ?? "\\"
        case "n": return "\n"
        case "t": return "\t"
        default:
            throw Failure(.usage, "--keys: a backslash at character \(place) stands before <, >, \\, n or t only")
        }
    }

    private static func keys(_ character: Character, at place: Int) throws(Failure) -> [Key] {
        guard let keys = USLayout.keys(for: character) else {
            throw Failure(.usage, "--keys: no key of a US keyboard types '\(character)' (character \(place))")
        }
        return keys
    }

    private static func step(_ name: String, at place: Int) throws(Failure) -> Step {
        if name.hasPrefix("wait:") {
            let text = String(name.dropFirst(5))
            guard !text.isEmpty else { throw Failure(.usage, "--keys: <wait:> at character \(place) names no text") }
            return .waitFor(text)
        }
        guard let keys = KeyNames.chord(name) else {
            let hint = KeyNames.suggestion(for: name).map { "; did you mean <\($0)>?" } ?? ""
            throw Failure(.usage, "--keys: <\(name)> at character \(place) is no key\(hint)")
        }
        return .chord(keys)
    }
}
