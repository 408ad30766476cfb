import Glibc

/// stdin, read without blocking and without changing the descriptor's flags, which other programs share.
final class HostInput {
    private(set) var isAtEnd = false

    /// Waits at most `nanoseconds` for bytes, a signal, the end, or what `others` wait for; 0 looks only.
    /// Returns bytes when `wanted` and some came.
    func wait(_ nanoseconds: UInt64, wanted: Bool, others: [pollfd] = []) -> [UInt8] {
        let listens = wanted && !isAtEnd
        var entries = others
        if listens { entries.append(pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)) }
        // Whole milliseconds, rounded up: waiting a little longer only lets the guest catch up.
        let milliseconds = Int32(clamping: (nanoseconds &+ 999_999) / 1_000_000)
        let count = poll(&entries, nfds_t(entries.count), milliseconds)
        guard count > 0, listens, entries.last?.revents != 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let got = bytes.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
        if got < 0, errno == EINTR || errno == EAGAIN { return [] }
        guard got > 0 else {
            isAtEnd = true
            return []
        }
        return Array(bytes.prefix(got))
    }
}
