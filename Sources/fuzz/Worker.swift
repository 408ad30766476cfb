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
            let result = try FuzzJob.run(seed: options.seed, number: number, folder: folder)
            return report(result.problem, "seed \(options.seed) case \(number)")
        }
        let started = Date()
        var number = options.from, code = FuzzJob.Code()
        while true {
            note(number, code)
            if let limit = options.bytes, code.generated + code.raw >= limit { return 0 }
            if let limit = options.rawBytes, code.rawRun >= limit { return 0 }
            if let limit = options.seconds, -started.timeIntervalSinceNow >= limit { return 0 }
            let result = try FuzzJob.run(seed: options.seed, number: number, folder: folder)
            if result.problem != nil { return report(result.problem, "seed \(options.seed) case \(number)") }
            code += result.code
            number += 1
        }
    }

    private func report(_ problem: String?, _ name: String) -> Int32 {
        guard let problem else { return 0 }
        FileHandle.standardError.write(Data("FAILED \(name)\n\(problem)\n".utf8))
        return 1
    }

    private func note(_ number: UInt64, _ code: FuzzJob.Code) {
        guard let path = options.progress else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
        guard descriptor >= 0 else { return }
        let progress = Progress(number: number, code: code)
        _ = progress.bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        close(descriptor)
    }
}

/// What a worker is at, and what it has done before.
struct Progress {
    var number: UInt64
    var code: FuzzJob.Code

    var bytes: [UInt8] {
        [number, UInt64(code.generated), UInt64(code.raw), UInt64(code.rawRun)].flatMap { value in
            (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
        }
    }

    init(number: UInt64, code: FuzzJob.Code) {
        self.number = number
        self.code = code
    }

    init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        let values = (0..<4).map { index in
            bytes[index * 8..<index * 8 + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        number = values[0]
        code = FuzzJob.Code()
        code.generated = Int(clamping: values[1])
        code.raw = Int(clamping: values[2])
        code.rawRun = Int(clamping: values[3])
    }
}
