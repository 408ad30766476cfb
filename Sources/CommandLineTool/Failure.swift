import Glibc

/// An error that ends the program with one of the documented codes (sysexits).
struct Failure: Error, CustomStringConvertible {
    enum Code: Int32 {
        case usage = 64
        case badData = 65
        case noInput = 66
        case unavailable = 69
        case `internal` = 70
        case inputOutput = 74
    }

    let code: Code
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// Writes a line to stderr with the program's name before it.
func complain(_ text: String) {
    writeAll("lucid86: " + text + "\n", to: STDERR_FILENO)
}

/// Writes all of it, through interruptions. False when the host took no more: `errno` says why.
@discardableResult
func writeAll(_ text: String, to descriptor: Int32) -> Bool {
    writeAll(Array(text.utf8), to: descriptor)
}

@discardableResult
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
        guard let base = buffer.baseAddress else { return true }
        var offset = 0
        while offset < buffer.count {
            // SAFETY: `offset` < `count`, so that the range lies within the buffer.
            let count = write(descriptor, base + offset, buffer.count - offset)
            if count < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { return false }
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, 1000)
                continue
            }
            offset += count
        }
        return true
    }
}
