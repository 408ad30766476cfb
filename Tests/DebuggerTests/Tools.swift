import Foundation
import Glibc

/// Running programs of the host in tests.
enum Tools {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The program that was built along with the tests.
    static let lucid86: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().path + "/lucid86"
    }()

    static func isThere(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// Starts a process with no signal blocked: threads that tests run on block most, and children would inherit that, so that
    /// gdb and QEMU wait for signals that never come.
    static func start(_ process: Process) throws {
        var none = sigset_t(), before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    /// Runs to the end, with `input` on standard input, for `seconds` at most.
    static func run(
        _ path: String, _ arguments: [String], input: String = "", seconds: Int = 60
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["-s", "KILL", "\(seconds)", path] + arguments
        let folder = try TestFolder()
        let (output, errors, given) = (folder.path + "/out", folder.path + "/err", folder.path + "/in")
        try Data(input.utf8).write(to: URL(fileURLWithPath: given))
        for file in [output, errors] { try Data().write(to: URL(fileURLWithPath: file)) }
        process.standardInput = FileHandle(forReadingAtPath: given)
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        try start(process)
        process.waitUntilExit()
        func text(_ file: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        }
        return Result(status: process.terminationStatus, output: try text(output), errors: try text(errors))
    }
}

/// A folder that goes with its owner.
final class TestFolder {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "/lucid86-debug-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A program on a pseudo-terminal of its own, which is its controlling terminal: Ctrl-C works.
final class TerminalSession {
    private let master: Int32
    private let process = Process()
    private(set) var text = ""

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        // Glibc's module has no posix_openpt: TIOCSPTLCK unlocks, TIOCGPTN gives the number (ioctl_tty(2)).
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var locked: Int32 = 0, number: Int32 = 0
        guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw CocoaError(.fileNoSuchFile)
        }
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        var size = winsize(ws_row: 40, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(slave, UInt(TIOCSWINSZ), &size)
        let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        process.arguments = ["--ctty", "--wait", path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            .merging(["TERM": "xterm", "INPUTRC": "/dev/null"]) { $1 }
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = terminal
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
        try process.run()
        try terminal.close()
    }

    deinit {
        if process.isRunning { process.terminate() }
        Glibc.close(master)
    }

    func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    private func drain() {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(master, &chunk, chunk.count)
            guard count > 0 else { return }
            text += String(decoding: chunk.prefix(count), as: UTF8.self)
        }
    }

    /// Waits until `wanted` is in what was printed since the last call that found something; forgets all up to it.
    func expect(_ wanted: String, seconds: Double = 30) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while true {
            drain()
            if let range = text.range(of: wanted) {
                text = String(text[range.upperBound...])
                return true
            }
            guard Date() < end else { return false }
            usleep(5000)
        }
    }

    /// The exit status; nil when it does not end in time.
    func status(seconds: Double = 20) -> Int32? {
        let end = Date().addingTimeInterval(seconds)
        while process.isRunning, Date() < end {
            drain()
            usleep(5000)
        }
        return process.isRunning ? nil : process.terminationStatus
    }
}
