import Foundation
import Testing

@testable import CommandLineTool

/// A program on a pseudo-terminal of its own, as a person has it.
final class Terminal {
    let process = Process()
    private let control: Int32
    private(set) var output = ""

    init(_ arguments: [String], columns: UInt16 = 100, rows: UInt16 = 30, environment: [String: String] = [:]) throws {
        control = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        // TIOCSPTLCK, TIOCGPTN: macros of the kernel that Swift does not import.
        var locked: Int32 = 0, number: Int32 = 0
        try #require(
            control >= 0 && ioctl(control, 0x4004_5431, &locked) == 0 && ioctl(control, 0x8004_5430, &number) == 0)
        let name = "/dev/pts/\(number)"
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(control, UInt(TIOCSWINSZ), &size)
        let end = try #require(FileHandle(forUpdatingAtPath: name))
        process.executableURL = URL(fileURLWithPath: Tool.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["TERM": "xterm-256color", "COLORTERM": "", "NO_COLOR": ""].merging(environment) { $1 }
        ) { $1 }
        process.standardInput = end
        process.standardOutput = end
        process.standardError = end
        mode = termios()
        _ = tcgetattr(control, &mode)
        try process.run()
    }

    private var mode: termios

    /// The terminal's local modes are as before the program started.
    var isRestored: Bool {
        var now = termios()
        return tcgetattr(control, &now) == 0 && now.c_lflag == mode.c_lflag && now.c_iflag == mode.c_iflag
    }

    deinit {
        if process.isRunning { process.terminate() }
        close(control)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(control, bytes, bytes.count)
    }

    /// Reads what the program writes until it contains `text`.
    func wait(for text: String, seconds: Double = 20) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while !output.contains(text), Date() < end { pump(50) }
        return output.contains(text)
    }

    private func pump(_ milliseconds: Int32) {
        var entry = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(control, &bytes, bytes.count)
        if count > 0 { output += String(decoding: bytes.prefix(count), as: UTF8.self) }
    }

    /// The exit status, -1 when it does not end.
    func end(seconds: Double = 20) -> Int32 {
        let end = Date().addingTimeInterval(seconds)
        while process.isRunning, Date() < end { pump(20) }
        pump(100)
        return process.isRunning ? -1 : process.terminationStatus
    }
}

@Suite("Host: terminal, serial input, clock, memory", .serialized)
struct HostTests {
    @Test func serialInputFromAPipeReachesTheGuestAndItsEndIsNoError() throws {
        let result = try Tool.run(
            [try Guest.image("serial-echo"), "-snapshot", "-nographic", "--budget", "20000000000"],
            input: "hello serial port\nq")
        #expect(result.status == 0)
        #expect(result.output == "hello serial port\n")
        let open = try Tool.run(
            [try Guest.image("serial-echo"), "-snapshot", "-nographic", "--budget", "100000000"], input: "no end")
        #expect(open.status == 106)
        #expect(open.output == "no end")
    }

    @Test func aLongPipeLosesNoByte() throws {
        let text = (0..<1000).map { "line \($0)\n" }.joined()
        let result = try Tool.run(
            [try Guest.image("serial-echo"), "-snapshot", "-serial", "stdio"], input: text + "q")
        #expect(result.status == 0)
        let isSame = result.output == text
        #expect(isSame)
    }

    @Test func nographicOnATerminalHasItsKeys() throws {
        let terminal = try Terminal([try Guest.image("serial-echo"), "-snapshot", "-nographic"])
        terminal.type("abc")
        #expect(terminal.wait(for: "abc"))
        terminal.type("\u{1}h")
        #expect(terminal.wait(for: "Ctrl-A x quits"))
        terminal.type("\u{1}x")
        #expect(terminal.end() == 0)
        #expect(terminal.isRestored)
    }

    @Test func theTerminalShowsTheScreenAndTakesKeys() throws {
        let terminal = try Terminal([try Guest.image("echo"), "-snapshot", "-display", "terminal"])
        #expect(terminal.wait(for: "ready> "))
        #expect(terminal.output.hasPrefix("\u{1B}[?1049h"))
        terminal.type("h")
        #expect(terminal.wait(for: "h\u{1B}"))
        terminal.type("i")
        #expect(terminal.wait(for: "i\u{1B}"))
        terminal.type("\u{1B}")  // ESC alone powers off
        #expect(terminal.end() == 0)
        #expect(terminal.output.contains("\u{1B}[?1049l"))
        #expect(terminal.isRestored)
        // The last screen stays in the usual one.
        let last = terminal.output.components(separatedBy: "\u{1B}[?1049l").last ?? ""
        #expect(last.contains("ready> hi"))
    }

    @Test func coloursAreLeftOutUnderNoColor() throws {
        func output(_ environment: [String: String]) throws -> String {
            let terminal = try Terminal(
                [try Guest.image("testprograms/hello/hello"), "-snapshot"], environment: environment)
            #expect(terminal.end() == 0)
            return terminal.output
        }
        let colour = /\u{1B}\[[0-9;]*[34]8;5;/
        #expect(try output([:]).contains(colour))
        let plain = try output(["NO_COLOR": "1"])
        #expect(!plain.contains(colour))
        #expect(plain.contains("This machine"))
    }

    @Test func aSignalPutsTheTerminalBackAndIsTheStatus() throws {
        let terminal = try Terminal([try Guest.image("echo"), "-snapshot", "-display", "terminal"])
        #expect(terminal.wait(for: "ready> "))
        terminal.process.terminate()
        #expect(terminal.end() == 143)
        #expect(terminal.isRestored)
        #expect(terminal.output.contains("\u{1B}[?1049l"))
        #expect(terminal.output.contains("stopped by SIGTERM at"))
    }

    @Test func aWatchedIdleGuestSleepsAndTakesLittleMemoryWhateverItsSize() throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Tool.path)
        process.arguments = [
            try Guest.image("echo"), "-snapshot", "-m", "4G", "--clock", "host", "-display", "none", "--report",
            folder + "/report",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        usleep(500_000)
        let before = try cpuTicks(process.processIdentifier)
        usleep(1_000_000)
        let used = try cpuTicks(process.processIdentifier) - before
        // A hundredth of a second each: an eighth of the time at most, where busy waiting takes all of it.
        #expect(used <= 12)
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let peak = try #require(
            status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }.flatMap {
                Int($0.filter(\.isNumber))
            })
        // KiB. The tables of 4 GiB take 5 MiB; the guest touches next to nothing.
        #expect(peak < 64 << 10)
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let report = try #require(
            Tool.object(
                String(decoding: FileManager.default.contents(atPath: folder + "/report") ?? Data(), as: UTF8.self)))
        #expect((report["ending"] as? [String: Any])?["kind"] as? String == "signal")
        // Guest time did not run ahead: 1.5 s of waiting, and not much more however slow the machine.
        #expect((report["ticks"] as? Int ?? 0) < 15_000_000_000)
        #expect((report["ticks"] as? Int ?? 0) > 800_000_000)
    }

    private func cpuTicks(_ process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // After the name in brackets: field 3 is the state; 14 and 15 are user and system time.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
    }

    // MARK: Parts

    @Test func escapeKeysSplitTheStream() {
        var keys = EscapeKeys()
        #expect(keys.take(Array("ab\u{1}".utf8)) == [.data(Array("ab".utf8))])
        #expect(keys.take(Array("xc\u{1}\u{1}d\u{1}h".utf8)) == [.quit, .data(Array("c\u{1}d".utf8)), .help])
        #expect(keys.take(Array("\u{1}c".utf8)) == [.console])
    }

    @Test(arguments: [
        ("a", [["a"]]), ("\r", [["enter"]]), ("\u{1B}[A", [["up"]]), ("\u{1B}OP", [["f1"]]), ("\u{1B}[15~", [["f5"]]),
        ("\u{1B}[1;5C", [["leftControl", "right"]]), ("\u{3}", [["leftControl", "c"]]),
        ("\u{1B}x", [["leftAlt", "x"]]), ("\u{7F}", [["backspace"]]), ("\u{1B}[Z", [["leftShift", "tab"]]),
        ("\u{1B}[[B", [["f2"]]), ("é", []), ("\u{1B}[3~b", [["delete"], ["b"]]),
    ])
    func bytesOfATerminalAreKeys(text: String, names: [[String]]) {
        var keys = TerminalKeys()
        #expect(keys.take(Array(text.utf8)).map { $0.map { "\($0)" } } == names)
        #expect(!keys.isWaiting)
    }

    @Test func aSequenceInPiecesWaitsAndALoneEscapeIsAKey() {
        var keys = TerminalKeys()
        #expect(keys.take([0x1B]).isEmpty)
        #expect(keys.isWaiting)
        #expect(keys.take(Array("[B".utf8)) == [[.down]])
        #expect(keys.take([0x1B]).isEmpty)
        #expect(keys.finish() == [[.escape]])
    }

    @Test(arguments: [
        ("1", "truecolor", "xterm", "none"), ("", "truecolor", "xterm", "all"), ("", "", "xterm-256color", "many"),
        ("", "", "linux", "sixteen"), ("", "", "dumb", "none"),
    ])
    func coloursFollowTheEnvironment(noColour: String, colourTerm: String, term: String, expected: String) {
        let colours = TerminalColours.choose(noColour: noColour, colourTerm: colourTerm, term: term)
        #expect("\(colours)" == expected)
    }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("2000-03-01", 951_868_800), ("2026-01-01T00:00:00", 1_767_225_600),
            ("2026-02-29", nil), ("2024-02-29T23:59:59", 1_709_251_199), ("2026-13-01", nil), ("2026", nil),
            ("2026-01-01T24:00:00", nil),
        ] as [(String, Int64?)])
    func datesAreSecondsSince1970(text: String, seconds: Int64?) {
        #expect(MachineSettings.parseDate(text) == seconds)
    }
}
