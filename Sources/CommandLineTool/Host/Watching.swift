import Glibc

/// Whether a person may be at the ends of the program's streams.
struct Watching {
    /// stdin is a terminal.
    var input: Bool
    /// stdout is one.
    var output: Bool

    static func ofThisProcess() -> Watching {
        Watching(input: isatty(STDIN_FILENO) == 1, output: isatty(STDOUT_FILENO) == 1)
    }
}
