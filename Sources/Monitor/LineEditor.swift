import CReadline
import Glibc

/// A prompt on the terminal with editing, history and completion, by GNU readline. One at a time: readline is global.
final class LineEditor {
    /// What could stand where the last word of the line begins.
    let completions: (String) -> [String]
    /// A signal that came while the prompt waits: true leaves the prompt.
    let signalArrived: () -> Bool
    private let historyPath: String?
    private static let mostLines: Int32 = 1000
    /// Readline's callbacks carry no context.
    nonisolated(unsafe) private static var current: LineEditor?
    private var candidates: [String] = []

    init(
        historyPath: String?, completions: @escaping (String) -> [String], signalArrived: @escaping () -> Bool
    ) {
        self.historyPath = historyPath
        self.completions = completions
        self.signalArrived = signalArrived
        using_history()
        stifle_history(Self.mostLines)
        if let historyPath { read_history(historyPath) }
        Self.current = self
        // SAFETY: string literals live as long as the program.
        lucid_rl_set_name(Self.lasting("lucid86"))
        lucid_rl_set_word_breaks(Self.lasting(" \t"))
        lucid_rl_set_completion { text, start, _ in LineEditor.current?.matches(text, start) }
        lucid_rl_set_signal_hook {
            guard let editor = LineEditor.current else { return 0 }
            if editor.signalArrived() { lucid_rl_leave() } else { lucid_rl_fresh_prompt() }
            return 0
        }
    }

    deinit {
        if Self.current === self { Self.current = nil }
        lucid_rl_set_completion(nil)
        lucid_rl_set_signal_hook(nil)
    }

    /// A copy that is never freed.
    private static func lasting(_ text: String) -> UnsafePointer<CChar>? { strdup(text).map { UnsafePointer($0) } }

    /// A line without its line feed; nil at the end of input.
    func line(prompt: String) -> String? {
        guard let text = readline(prompt) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    func remember(_ line: String) {
        guard !line.allSatisfy(\.isWhitespace) else { return }
        if String(cString: lucid_rl_last_line()) == line { return }
        add_history(line)
    }

    func saveHistory() {
        if let historyPath { write_history(historyPath) }
    }

    private func matches(_ text: UnsafePointer<CChar>?, _ start: Int32) -> UnsafeMutablePointer<
        UnsafeMutablePointer<CChar>?
    >? {
        guard let text else { return nil }
        let word = String(cString: text)
        let before = String(decoding: Array(String(cString: lucid_rl_line()).utf8.prefix(Int(start))), as: UTF8.self)
        let command = before.split(separator: " ").first.map(String.init) ?? ""
        // File names are completed by readline itself.
        if ["save", "load", "savevm", "loadvm", "source", "loadmem", "writemem"].contains(command) { return nil }
        lucid_rl_end_completion()
        candidates = completions(before + word)
        return rl_completion_matches(text) { _, state in
            guard let editor = LineEditor.current, Int(state) < editor.candidates.count else { return nil }
            return strdup(editor.candidates[Int(state)])
        }
    }
}
