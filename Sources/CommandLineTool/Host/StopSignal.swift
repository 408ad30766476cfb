import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP: noted by the handler, obeyed between two slices of the run. SIGWINCH is noted too.
enum StopSignal {
    private static let pending = Atomic<Int32>(0)
    private static let resized = Atomic<Bool>(false)

    /// A signal that the starter of the program ignores, as `nohup` does, stays ignored; one that it blocks is let in.
    static func install() {
        var wanted = sigset_t()
        sigemptyset(&wanted)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGWINCH] { sigaddset(&wanted, number) }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let before = signal(number) { number in StopSignal.pending.store(number, ordering: .relaxed) }
            if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, SIG_IGN) }
        }
        signal(SIGWINCH) { _ in StopSignal.resized.store(true, ordering: .relaxed) }
        signal(SIGPIPE, SIG_IGN)
        // A file that must not grow is an error of the write.
        signal(SIGXFSZ, SIG_IGN)
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    }

    /// The signal that came, nil when none did.
    static func take() -> Int32? {
        let number = pending.exchange(0, ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Whether one waits to be taken.
    static var isPending: Bool { pending.load(ordering: .relaxed) != 0 }

    /// The terminal's window has changed since the last call.
    static func takeResize() -> Bool { resized.exchange(false, ordering: .relaxed) }

    static func name(_ number: Int32) -> String {
        switch number {
        case SIGINT: "SIGINT"
        case SIGTERM: "SIGTERM"
        case SIGHUP: "SIGHUP"
        default: "signal \(number)"
        }
    }
}
