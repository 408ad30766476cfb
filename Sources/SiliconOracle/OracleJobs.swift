import Dispatch
import Foundation

/// Runs on several cores at once: each has a child and a machine of its own.
public enum OracleJobs {
    /// What the jobs bring together.
    private final class Sum: @unchecked Sendable {
        // SAFETY: the other properties are used under the lock alone.
        private let lock = NSLock()
        private var report = OracleReport()
        private var failure: (any Error)?
        private var done = 0

        func add(_ part: Result<OracleReport, any Error>) {
            lock.withLock {
                switch part {
                case .success(let part): report.add(part)
                case .failure(let error): failure = error
                }
            }
        }

        func advance(_ count: Int, _ tell: (Int) -> Void) {
            lock.withLock {
                let before = done
                done += count
                if before / 10_000 != done / 10_000 { tell(done) }
            }
        }

        func result() throws -> OracleReport {
            try lock.withLock {
                if let failure { throw failure }
                return report
            }
        }
    }

    /// `progress` hears now and then how many cases are done.
    public static func run(
        _ options: OracleOptions, jobs: Int, progress: @Sendable (Int) -> Void
    ) throws -> OracleReport {
        let sum = Sum()
        DispatchQueue.concurrentPerform(iterations: jobs) { job in
            sum.add(
                Result {
                    let run = try OracleRun(options)
                    try run.run(first: UInt64(job), stride: UInt64(jobs)) { sum.advance($0, progress) }
                    return run.report
                })
        }
        return try sum.result()
    }
}
