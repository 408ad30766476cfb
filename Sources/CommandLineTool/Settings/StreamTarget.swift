/// Where the bytes of a serial port or debug console go: the value of `-serial` and `-debugcon`.
enum StreamTarget: Equatable {
    case nowhere
    /// stdin and stdout; with escapes, Ctrl-A is a prefix for commands to the emulator.
    case stdio(escapes: Bool)
    case file(String)

    init(_ text: String, option: String) throws(Failure) {
        switch text {
        case "stdio": self = .stdio(escapes: false)
        case "mon:stdio": self = .stdio(escapes: true)
        case "null", "none": self = .nowhere
        case "pty": throw Failure(.usage, "\(option) pty: not there; use stdio, or file:FILE and tail -f")
        default:
            if text.hasPrefix("file:"), text.count > 5 {
                self = .file(String(text.dropFirst(5)))
            } else if ["tcp:", "unix:", "udp:", "telnet:", "chardev:", "pipe:"].contains(where: { text.hasPrefix($0) })
            {
                throw Failure(.usage, "\(option) \(text): sockets and pipes are not there; use stdio or file:FILE")
            } else {
                throw Failure(.usage, "\(option) \(text): give stdio, mon:stdio, file:FILE, null or none")
            }
        }
    }

    var isStdio: Bool { if case .stdio = self { true } else { false } }
}
