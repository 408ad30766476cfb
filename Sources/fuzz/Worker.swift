import Foundation
import Fuzzing

/// Runs cases one after another in this process, and notes each number before it begins, since it may be the last.
struct Worker {
    let options: Options

    init(_ options: Options) { self.options = options }

    /// 0 all well, 1 a failure that was printed.
    func run() throws -> Int32 {
        let folder = NSTemporaryDirectory()
        if let path = options.file {
            let text = try Data(contentsOf: URL(fileURLWithPath: path))
            return report(try FuzzJob.check(JSONDecoder().decode(FuzzCase.self, from: text), folder: folder), path)
        }
        if let number = options.only, let path = options.write {
            guard let fuzzCase = FuzzJob.fuzzCase(seed: options.seed, number: number) else { return 1 }
            try fuzzCase.encoded().write(to: URL(fileURLWithPath: path))
            return 0
        }
        if let number = options.only {
            let problem = try FuzzJob.run(seed: options.seed, number: number, folder: folder)
            return report(problem, "seed \(options.seed) case \(number)")
        }
        let started = Date()
        var number = options.from, bytes = 0
        while true {
            note(number, bytes)
            if let limit = options.bytes, bytes >= limit { return 0 }
            if let limit = options.seconds, -started.timeIntervalSinceNow >= limit { return 0 }
            bytes += FuzzJob.codeBytes(seed: options.seed, number: number)
            if let problem = try FuzzJob.run(seed: options.seed, number: number, folder: folder) {
                return report(problem, "seed \(options.seed) case \(number)")
            }
            number += 1
        }
    }

    private func report(_ problem: String?, _ name: String) -> Int32 {
        guard let problem else { return 0 }
        FileHandle.standardError.write(Data("FAILED \(name)\n\(problem)\n".utf8))
        return 1
    }

    private func note(_ number: UInt64, _ bytes: Int) {
        guard let path = options.progress else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
        guard descriptor >= 0 else { return }
        var values = (number, UInt64(bytes))
        _ = withUnsafeBytes(of: &values) { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        close(descriptor)
    }
}
