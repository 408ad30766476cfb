import Foundation
import Testing

/// Folder of the checkout.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// The built program as a process.
struct Tool {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
        /// JSON of the output, when `--report -` was given.
        var report: [String: Any]? { Tool.object(output) }
    }

    /// Beside the test program, in the build folder.
    static let path: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("lucid86").path
    }()

    /// A fresh folder for the files of one test.
    static func folder() throws -> String {
        let path = NSTemporaryDirectory() + "lucid86-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    static func object(_ text: String) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    }

    /// Makes of root, whom no permission stops, a user that owns nothing; no words where this is no root. Of util-linux.
    private static let withoutPrivileges =
        geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []

    static let canRunWithoutPrivileges =
        withoutPrivileges.first.map { FileManager.default.isExecutableFile(atPath: $0) } ?? true

    /// As `run`, but not as root. `folder` is one that everyone may enter.
    static func runWithoutPrivileges(_ arguments: [String], in folder: String) throws -> Result {
        var program = path
        if try run(["-version"], by: withoutPrivileges).status != 0 {
            program = folder + "/lucid86"
            try FileManager.default.copyItem(atPath: path, toPath: program)
            chmod(program, 0o755)
        }
        return try run(arguments, by: withoutPrivileges, program: program)
    }

    /// Runs to the end; a run that takes longer than `seconds` is ended and has status -1. `launcher` stands before the program.
    static func run(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:], seconds: Double = 60,
        by launcher: [String] = [], program: String = path
    ) throws -> Result {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = Process()
        let words = launcher + [program] + arguments
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Files instead of pipes: they never fill up.
        func file(_ name: String, _ text: String? = nil) throws -> FileHandle {
            _ = FileManager.default.createFile(atPath: folder + "/" + name, contents: text.map { Data($0.utf8) })
            return try #require(FileHandle(forUpdatingAtPath: folder + "/" + name))
        }
        process.standardOutput = try file("out")
        process.standardError = try file("err")
        process.standardInput = input == nil ? FileHandle.nullDevice : try file("in", input)
        try process.run()
        let end = Date().addingTimeInterval(seconds)
        while process.isRunning, Date() < end { usleep(2000) }
        let isLate = process.isRunning
        if isLate { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        func text(_ name: String) -> String {
            String(decoding: FileManager.default.contents(atPath: folder + "/" + name) ?? Data(), as: UTF8.self)
        }
        return Result(status: isLate ? -1 : process.terminationStatus, output: text("out"), errors: text("err"))
    }
}

/// Guests, assembled from `Tests/CommandLineToolTests/Guests` or, with a folder in the name, from `testprograms`.
enum Guest {
    static func image(_ name: String) throws -> String {
        let flat = name.replacingOccurrences(of: "/", with: "-")
        let output = NSTemporaryDirectory() + "lucid86-guest-\(flat)-\(getpid()).img"
        if FileManager.default.fileExists(atPath: output) { return output }
        let temporary = output + "." + UUID().uuidString
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let source =
            name.contains("/") ? "\(root)/\(name).asm" : "\(root)/Tests/CommandLineToolTests/Guests/\(name).asm"
        process.arguments = ["nasm", "-f", "bin", "-I", root + "/testprograms/include/", "-o", temporary, source]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "nasm failed on \(name).asm")
        _ = rename(temporary, output)
        return output
    }
}
