import Glibc
import Synchronization

/// SIGINT and SIGTERM: noted by the handler, obeyed between two slices of the run.
enum StopSignal {
    private static let pending = Atomic<Int32>(0)

    static func install() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in StopSignal.pending.store(number, ordering: .relaxed) }
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// The signal that came, nil when none did.
    static func take() -> Int32? {
        let number = pending.exchange(0, ordering: .relaxed)
        return number == 0 ? nil : number
    }
}
