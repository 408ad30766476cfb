import Foundation
import Fuzzing

// fuzz: random machines, code, port accesses and save files, from a seed. See scripts/fuzz.

/// What was asked for.
struct Options {
    var seed: UInt64 = 1
    var from: UInt64 = 0
    var bytes: Int?
    var rawBytes: Int?
    var seconds: Double?
    var only: UInt64?
    var file: String?
    /// Where to write the machine of a case.
    var write: String?
    var failCases: String?
    /// The file in which a child notes what it works on.
    var progress: String?

    static let usage = """
        usage: fuzz [--bytes N | --raw-bytes N | --seconds N | --case N | --file FILE] [--seed S] [--from N] [--fail-cases DIRECTORY]
          --bytes N     until N bytes of code, generated and raw, lay before a CPU
          --raw-bytes N until N uniformly random bytes were run as code (each counts once)
          --seconds N   for so long (default 60)
          --case N      one case alone; with --write FILE, only its machine is written
          --file FILE   one case of Tests/InterpreterTests/FailCases
        """

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            switch name {
            case "--seed": seed = UInt64(value) ?? 1
            case "--from": from = UInt64(value) ?? 0
            case "--bytes": bytes = Int(value)
            case "--raw-bytes": rawBytes = Int(value)
            case "--seconds": seconds = Double(value)
            case "--case": only = UInt64(value)
            case "--file": file = value
            case "--write": write = value
            case "--fail-cases": failCases = value
            case "--progress": progress = value
            default: return nil
            }
        }
        if bytes == nil, rawBytes == nil, seconds == nil, only == nil, file == nil { seconds = 60 }
    }
}

guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
    FileHandle.standardError.write(Data((Options.usage + "\n").utf8))
    exit(64)
}
do {
    if options.progress != nil || options.only != nil || options.file != nil {
        exit(try Worker(options).run())
    } else {
        exit(try Driver(options).run())
    }
} catch {
    FileHandle.standardError.write(Data("fuzz: \(error)\n".utf8))
    exit(70)
}
