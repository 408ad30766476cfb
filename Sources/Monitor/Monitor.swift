import Debugger
import Glibc

/// The debugger on a terminal, or on a pipe.
public final class Monitor {
    public struct Options {
        /// No prompt, no greeting, no history; blank lines do nothing. For pipes and scripts.
        public var isBatch: Bool
        /// Run first, before anything is read.
        public var commands: [String]
        /// Where the lines that were typed are kept; nil for nowhere.
        public var historyPath: String?

        public init(isBatch: Bool, commands: [String] = [], historyPath: String? = Options.defaultHistoryPath) {
            self.isBatch = isBatch
            self.commands = commands
            self.historyPath = historyPath
        }

        /// `LUCID86_HISTORY`, or `.lucid86_history` in the home folder.
        public static var defaultHistoryPath: String? {
            if let named = getenv("LUCID86_HISTORY") {
                let path = String(cString: named)
                return path.isEmpty ? nil : path
            }
            return getenv("HOME").map { String(cString: $0) + "/.lucid86_history" }
        }
    }

    /// How the session ended.
    public enum Outcome: Equatable, Sendable {
        case quit
        /// Input ended; whether a command of a batch failed.
        case endOfInput(anyFailed: Bool)
        /// SIGTERM or the like.
        case signal(Int32)
        /// The machine shall run on: `Debugger.handsBackRuns`.
        case resume
    }

    private static let prompt = "(lucid86) "
    private let debugger: Debugger
    private let options: Options
    /// A signal that came since the last call.
    private let takeSignal: () -> Int32?
    private var ending: Int32?
    private var anyFailed = false
    private var last = ""
    private var editor: LineEditor?
    private var commandsLeft: [String]
    private var hasGreeted = false
    private var waiting: [UInt8] = []
    private var inputEnded = false

    /// `takeSignal` gives SIGINT, SIGTERM and so on as they come, nil when none did.
    public init(_ debugger: Debugger, options: Options, takeSignal: @escaping () -> Int32?) {
        self.debugger = debugger
        self.options = options
        self.takeSignal = takeSignal
        commandsLeft = options.commands
        debugger.output = { Monitor.put($0 + "\n") }
        debugger.interrupted = { [unowned self] in signalArrived() }
    }

    /// True when any signal came; all but SIGINT end the session.
    private func signalArrived() -> Bool {
        guard let number = takeSignal() else { return false }
        if number != SIGINT { ending = number }
        return true
    }

    /// Reads and runs commands until `q`, the end of input, a signal that ends programs, or a command that has the
    /// machine run on elsewhere; after that it can be called again.
    public func run() -> Outcome {
        while !commandsLeft.isEmpty {
            if let outcome = outcome(of: debugger.execute(commandsLeft.removeFirst())) { return outcome }
        }
        return options.isBatch ? batch() : interactive()
    }

    /// Nil where the next command may come.
    private func outcome(of result: Debugger.Outcome) -> Outcome? {
        if let ending { return .signal(ending) }
        switch result {
        case .quit: return .quit
        case .resume: return .resume
        case .failed:
            anyFailed = true
            return nil
        case .done: return nil
        }
    }

    private func batch() -> Outcome {
        while let line = nextLine() {
            if let outcome = outcome(of: debugger.execute(line)) { return outcome }
        }
        return ending.map { .signal($0) } ?? .endOfInput(anyFailed: anyFailed)
    }

    private func interactive() -> Outcome {
        if !hasGreeted { debugger.greet() }
        hasGreeted = true
        let editor =
            self.editor
            ?? LineEditor(historyPath: options.historyPath, completions: Debugger.completions) { [unowned self] in
                _ = signalArrived()
                return ending != nil
            }
        self.editor = editor
        defer { editor.saveHistory() }
        while true {
            guard let line = editor.line(prompt: Self.prompt) else {
                Self.put("\n")
                return ending.map { .signal($0) } ?? .endOfInput(anyFailed: false)
            }
            if let ending { return .signal(ending) }
            var command = line
            if line.allSatisfy(\.isWhitespace) {
                command = last
            } else {
                editor.remember(line)
                last = Debugger.repeats(line) ? Debugger.repetition(of: line) : ""
            }
            if let outcome = outcome(of: debugger.execute(command)) { return outcome }
        }
    }

    /// A line of standard input without its end; nil when there are no more.
    private func nextLine() -> String? {
        while true {
            if let end = waiting.firstIndex(of: 10) {
                defer { waiting.removeFirst(end + 1) }
                return String(decoding: waiting[..<end], as: UTF8.self)
            }
            if inputEnded {
                defer { waiting.removeAll() }
                return waiting.isEmpty ? nil : String(decoding: waiting, as: UTF8.self)
            }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = chunk.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR {
                if signalArrived() { return nil }
                continue
            }
            if count <= 0 { inputEnded = true } else { waiting += chunk.prefix(count) }
        }
    }

    private static func put(_ text: String) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(STDOUT_FILENO, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
            }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return
            }
            offset += count
        }
    }
}
