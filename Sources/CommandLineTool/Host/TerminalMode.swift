import Glibc
import Synchronization

/// Raw mode of the terminal on stdin, put back on every way out of the program.
enum TerminalMode {
    /// What the crash handler writes and sets: plain memory that is reached without a lock.
    private nonisolated(unsafe) static var saved = termios()
    private nonisolated(unsafe) static var farewell: UnsafeMutableBufferPointer<UInt8>?
    private static let isRaw = Atomic<Bool>(false)
    private static let isOnScreen = Atomic<Bool>(false)

    /// Keys come one by one and without echo. `signals`: Ctrl-C and Ctrl-Z still make signals.
    static func enter(signals: Bool) {
        guard isatty(STDIN_FILENO) == 1 else { return }
        var mode = termios()
        guard tcgetattr(STDIN_FILENO, &mode) == 0 else { return }
        if !isRaw.load(ordering: .relaxed) { saved = mode }
        mode = saved
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        if !signals { mode.c_lflag &= ~tcflag_t(ISIG) }
        mode.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
        withUnsafeMutableBytes(of: &mode.c_cc) { control in
            control[Int(VMIN)] = 1
            control[Int(VTIME)] = 0
        }
        guard tcsetattr(STDIN_FILENO, TCSADRAIN, &mode) == 0 else { return }
        isRaw.store(true, ordering: .relaxed)
        catchCrashes()
    }

    /// What must be written to the terminal when the program leaves, whichever way.
    static func setFarewell(_ text: String) {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = copy.initialize(from: bytes)
        farewell = copy
        isOnScreen.store(true, ordering: .relaxed)
        catchCrashes()
    }

    /// Puts everything back. Async-signal-safe; later calls do nothing.
    static func leave() {
        if isOnScreen.exchange(false, ordering: .relaxed), let farewell {
            _ = write(STDOUT_FILENO, farewell.baseAddress, farewell.count)
        }
        if isRaw.exchange(false, ordering: .relaxed) { _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &saved) }
    }

    private static func catchCrashes() {
        atexit { TerminalMode.leave() }
        for number in [SIGSEGV, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGQUIT] {
            signal(number) { number in
                TerminalMode.leave()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
