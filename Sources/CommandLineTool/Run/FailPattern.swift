/// `--fail-on REGEX`: looks at each line that the guest prints on the serial port or the debug console, also before
/// its line feed, and at each row of the text screen once a frame.
final class FailPattern {
    /// Longer lines are looked at in pieces.
    private static let lineLimit = 4096

    /// What matched, and where.
    struct Match: Equatable {
        var pattern: String
        var line: String
        var place: String
    }

    private let patterns: [(text: String, regex: Regex<AnyRegexOutput>)]
    private var lines: [String: [UInt8]] = [:]
    private var changed: Set<String> = []
    private var screenVersion = 0
    private(set) var match: Match?

    init(_ texts: [String]) throws(Failure) {
        var list: [(text: String, regex: Regex<AnyRegexOutput>)] = []
        for text in texts {
            guard let regex = try? Regex(text) else {
                throw Failure(
                    .usage, "--fail-on '\(text)': not a regular expression; escape ( ) [ ] { } * + ? . with \\")
            }
            list.append((text, regex))
        }
        patterns = list
    }

    /// A byte from `place`, `serial` or `debugcon`.
    func take(_ byte: UInt8, from place: String) {
        if byte == 10 || byte == 13 {
            test(place)
            lines[place] = []
            changed.remove(place)
            return
        }
        lines[place, default: []].append(byte)
        changed.insert(place)
        if lines[place, default: []].count >= Self.lineLimit {
            test(place)
            lines[place] = []
        }
    }

    /// Looks at lines that have no line feed yet, and at the screen.
    func look(_ screen: ScreenText) {
        for place in changed.sorted() { test(place) }
        changed = []
        screen.refresh()
        guard screen.version != screenVersion else { return }
        screenVersion = screen.version
        for row in screen.rows { test(row, "screen") }
    }

    private func test(_ place: String) {
        guard let bytes = lines[place], !bytes.isEmpty else { return }
        test(String(decoding: bytes, as: UTF8.self), place)
    }

    private func test(_ line: String, _ place: String) {
        guard match == nil else { return }
        for (text, regex) in patterns where (try? regex.firstMatch(in: line)) != nil {
            match = Match(pattern: text, line: line, place: place)
            return
        }
    }
}
