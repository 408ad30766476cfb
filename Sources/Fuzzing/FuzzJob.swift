import Foundation

/// One numbered piece of work: which kind it is follows from its number.
public enum FuzzJob {
    /// What a job put before a CPU, in bytes.
    public struct Code: Equatable, Sendable {
        /// Generated instructions, and random bytes between them.
        public var generated = 0
        /// Uniformly random bytes without any structure, as they lie in memory.
        public var raw = 0
        /// Those of `raw` that were run: part of what stood at CS:IP when its turn came, still as placed.
        public var rawRun = 0

        public init() {}

        public static func += (sum: inout Code, more: Code) {
            sum.generated += more.generated
            sum.raw += more.raw
            sum.rawRun += more.rawRun
        }
    }

    public struct Result {
        /// Nil when all was well.
        public var problem: String?
        public var code = Code()
    }

    /// `folder` takes temporary files. A trap ends the process.
    public static func run(seed: UInt64, number: UInt64, folder: String) throws -> Result {
        switch number % 40 {
        case 11: return Result(problem: try BoardFuzzer.check(seed: seed, number: number))
        case 21: return Result(problem: try BusMasterFuzzer.check(seed: seed, number: number))
        case 31: return Result(problem: try SaveFileFuzzer.check(seed: seed, number: number, folder: folder))
        default:
            let (fuzzCase, isRaw) = CaseGenerator.makeWithKind(seed: seed, number: number)
            var coverage = CodeCoverage(fuzzCase), result = Result()
            result.problem = try CaseRunner.check(fuzzCase, &coverage)
            if result.problem == nil, number % 8 == 5 {
                result.problem = try CaseRunner.checkSave(fuzzCase, folder: folder)
            }
            if isRaw {
                result.code.raw = coverage.placed
                result.code.rawRun = coverage.run
            } else {
                result.code.generated = coverage.placed
            }
            return result
        }
    }

    /// The job's machine, nil where it has none to cut down.
    public static func fuzzCase(seed: UInt64, number: UInt64) -> FuzzCase? {
        [11, 21, 31].contains(number % 40) ? nil : CaseGenerator.make(seed: seed, number: number)
    }

    /// All checks of a case from a file.
    public static func check(_ fuzzCase: FuzzCase, folder: String) throws -> String? {
        if let problem = try CaseRunner.check(fuzzCase) { return problem }
        return try CaseRunner.checkSave(fuzzCase, folder: folder)
    }
}

/// Cuts a failing case down to less that fails still.
public struct Minimiser {
    /// True while a case fails; each question is a run of its own.
    private let fails: (FuzzCase) -> Bool
    private var questions: Int

    public init(limit: Int = 400, fails: @escaping (FuzzCase) -> Bool) {
        self.fails = fails
        questions = limit
    }

    private mutating func keeps(_ candidate: FuzzCase) -> Bool {
        guard questions > 0 else { return false }
        questions -= 1
        return fails(candidate)
    }

    public mutating func minimised(_ original: FuzzCase) -> FuzzCase {
        var best = original
        func attempt(_ change: (inout FuzzCase) -> Void, _ self_: inout Minimiser) {
            var candidate = best
            change(&candidate)
            if candidate != best, self_.keeps(candidate) { best = candidate }
        }
        attempt({ $0.ticks /= 2 }, &self)
        attempt({ $0.ticks /= 2 }, &self)
        attempt({ $0.ticks /= 2 }, &self)
        attempt({ $0.fill = 0 }, &self)
        attempt({ $0.a20 = true }, &self)
        attempt({ $0.portWrites = [] }, &self)
        attempt({ $0.cut = .every(1) }, &self)
        attempt({ $0.observation = nil }, &self)
        var width = best.codeBytes.count
        while width >= 1 {
            var place = 0
            while place < best.codeBytes.count {
                attempt(
                    { candidate in
                        var code = candidate.codeBytes
                        for index in place..<min(place + width, code.count) { code[index] = 0x90 }
                        candidate.codeBytes = code
                    }, &self)
                place += width
            }
            width /= 2
        }
        for name in best.registers.keys.sorted() { attempt({ $0.registers[name] = nil }, &self) }
        // NOPs at the end are the content of memory that is not given.
        attempt(
            { candidate in
                var code = candidate.codeBytes
                while code.last == 0x90 { code.removeLast() }
                candidate.codeBytes = code
            }, &self)
        return best
    }
}
