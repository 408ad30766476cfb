import Foundation
import Fuzzing

/// Lets workers run in processes of their own, so that a trap or a hang costs one case and is told by its number.
final class Driver {
    /// Seconds after which a case counts as hung: each takes a few milliseconds.
    private static let patience = 30.0
    /// Failures after which there is no point in going on.
    private static let enough = 12

    private let options: Options
    private let folder = NSTemporaryDirectory() + "/lucid86-fuzz-\(getpid())"
    private var failures: [UInt64] = []

    init(_ options: Options) { self.options = options }

    func run() throws -> Int32 {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let started = Date()
        var from = options.from, code = FuzzJob.Code()
        while failures.count < Self.enough {
            var arguments = ["--seed", "\(options.seed)", "--from", "\(from)"]
            if let limit = options.bytes { arguments += ["--bytes", "\(limit - code.generated - code.raw)"] }
            if let limit = options.rawBytes { arguments += ["--raw-bytes", "\(limit - code.rawRun)"] }
            if let limit = options.seconds { arguments += ["--seconds", "\(limit + started.timeIntervalSinceNow)"] }
            let (status, reached) = try work(arguments)
            code += reached.code
            from = reached.number + (status == nil ? 0 : 1)
            guard let status else { break }
            let number = reached.number
            failures.append(number)
            print("case \(number) of seed \(options.seed): \(status)")
            print("  again with: scripts/fuzz --seed \(options.seed) --case \(number)")
            try minimise(number)
        }
        let seconds = Int(-started.timeIntervalSinceNow)
        print("\(from - options.from) cases, \(failures.count) failures, \(seconds) s, seed \(options.seed)")
        print(
            "code: \(code.generated) bytes generated, \(code.raw) raw random bytes placed, of which \(code.rawRun) were run"
        )
        return failures.isEmpty ? 0 : 1
    }

    private func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        return process
    }

    /// One worker until its end: what was wrong (nil: nothing), the case that it was at, and its code.
    private func work(_ arguments: [String]) throws -> (String?, Progress) {
        let path = folder + "/progress"
        try? FileManager.default.removeItem(atPath: path)
        let worker = process(arguments + ["--progress", path])
        try worker.run()
        var last = progress(path), seen = Date(), hung = false
        while worker.isRunning {
            usleep(50_000)
            let now = progress(path)
            if now.number != last.number {
                last = now
                seen = Date()
            } else if -seen.timeIntervalSinceNow > Self.patience {
                hung = true
                kill(worker.processIdentifier, SIGKILL)
            }
        }
        worker.waitUntilExit()
        last = progress(path)
        if hung { return ("hung", last) }
        if worker.terminationReason == .uncaughtSignal {
            return ("ended by signal \(worker.terminationStatus)", last)
        }
        return (worker.terminationStatus == 0 ? nil : "failed", last)
    }

    private func progress(_ path: String) -> Progress {
        FileManager.default.contents(atPath: path).flatMap { Progress(Array($0)) }
            ?? Progress(number: options.from, code: FuzzJob.Code())
    }

    /// Writes the smallest case that fails still to the folder of regressions.
    private func minimise(_ number: UInt64) throws {
        guard let target = options.failCases, let fuzzCase = FuzzJob.fuzzCase(seed: options.seed, number: number) else {
            return
        }
        let path = folder + "/candidate.json"
        var minimiser = Minimiser { [self] candidate in
            guard (try? candidate.encoded().write(to: URL(fileURLWithPath: path))) != nil else { return false }
            let worker = process(["--file", path])
            worker.standardError = FileHandle.nullDevice
            guard (try? worker.run()) != nil else { return false }
            let started = Date()
            while worker.isRunning {
                usleep(2_000)
                if -started.timeIntervalSinceNow > 5 { kill(worker.processIdentifier, SIGKILL) }
            }
            worker.waitUntilExit()
            return worker.terminationReason == .uncaughtSignal || worker.terminationStatus == 1
        }
        let smallest = minimiser.minimised(fuzzCase)
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        let name = target + "/seed\(options.seed)-case\(number).json"
        try smallest.encoded().write(to: URL(fileURLWithPath: name))
        print("  cut down to \(name)")
    }
}
