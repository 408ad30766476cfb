import Foundation
import SiliconOracle
import X86ISA

// oracle: random instructions on the host's CPU and on the interpreter. See scripts/oracle.

struct Options {
    var run = OracleOptions(executable: Options.ownPath)
    var jobs = 2
    var only: UInt64?

    static let usage = """
        usage: oracle [--cases N] [--seed S] [--from N] [--case N] [--only OPERATION] [--feature F] [--mode 32|64] [--jobs N]
          --cases N      how many (default 200000), from case --from on (default 0)
          --seed S       default 1; the same seed gives the same cases
          --case N       one case alone, in full
          --only NAME    one operation, as a difference names it: shld, pmaddwd, fsin
          --feature NAME instructions of one CPUID feature: bmi2, sse41, avx2, x87
          --mode N       32: compatibility mode, 64: 64-bit mode; default both
          --jobs N       cores to use (default 2)
        Exit status: 0 no unexplained difference, 1 there is one, 69 the host cannot be asked, 64 wrong arguments.
        Examples:
          scripts/oracle --cases 10000000 --seed 7
          scripts/oracle --only shld --mode 32 --cases 100000
          scripts/oracle --case 4711 --seed 7
        """

    /// This program, for its child.
    static var ownPath: String { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path }

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            switch name {
            case "--cases": if let number = UInt64(value) { run.cases = number } else { return nil }
            case "--seed": if let number = UInt64(value) { run.seed = number } else { return nil }
            case "--from": if let number = UInt64(value) { run.from = number } else { return nil }
            case "--case": if let number = UInt64(value) { only = number } else { return nil }
            case "--jobs": if let number = Int(value), 1...64 ~= number { jobs = number } else { return nil }
            case "--mode": if value == "32" || value == "64" { run.filter.bits = Int(value) } else { return nil }
            case "--only": run.filter.only = value
            case "--feature":
                guard let feature = Feature.allCases.first(where: { "\($0)" == value }) else { return nil }
                run.filter.feature = feature
            default: return nil
            }
        }
    }

    /// The command that shows a case again.
    func again(_ number: UInt64) -> String {
        var words = ["scripts/oracle", "--case", "\(number)", "--seed", "\(run.seed)"]
        if let bits = run.filter.bits { words += ["--mode", "\(bits)"] }
        if let only = run.filter.only { words += ["--only", only] }
        if let feature = run.filter.feature { words += ["--feature", "\(feature)"] }
        return words.joined(separator: " ")
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments == ["--host-child"] {
    FileHandle.standardError.write(Data("oracle: \(HostChild.run())\n".utf8))
    exit(1)
}
if arguments == ["--help"] || arguments == ["-h"] {
    print(Options.usage)
    exit(0)
}
guard let options = Options(arguments) else {
    FileHandle.standardError.write(Data((Options.usage + "\n").utf8))
    exit(64)
}
do {
    if let number = options.only {
        let run = try OracleRun(options.run)
        print(try run.show(number))
        for line in run.report.lines(again: options.again).dropLast() { print(line) }
        exit(run.report.isClean ? 0 : 1)
    }
    let started = Date()
    let report = try OracleJobs.run(options.run, jobs: options.jobs) { done in
        guard isatty(STDERR_FILENO) != 0 else { return }
        FileHandle.standardError.write(Data("\r\(done) of \(options.run.cases) cases".utf8))
    }
    if isatty(STDERR_FILENO) != 0 { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    for line in report.lines(again: options.again) { print(line) }
    let seconds = -started.timeIntervalSinceNow
    print(
        "seed \(options.run.seed), \(Int(seconds)) s, \(Int(Double(report.compared) / max(seconds, 0.001))) cases a second"
    )
    exit(report.isClean ? 0 : 1)
} catch let error as OracleError {
    FileHandle.standardError.write(Data("oracle: \(error)\n".utf8))
    exit(error.isSkip ? 69 : 64)
} catch {
    FileHandle.standardError.write(Data("oracle: \(error)\n".utf8))
    exit(70)
}
