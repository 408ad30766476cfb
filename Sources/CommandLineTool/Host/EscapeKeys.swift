/// Ctrl-A on the terminal is a prefix for commands to the emulator, as in QEMU's -nographic.
struct EscapeKeys {
    enum Event: Equatable {
        /// Bytes for the guest.
        case data([UInt8])
        /// Ctrl-A x.
        case quit
        /// Ctrl-A h.
        case help
        /// Ctrl-A c.
        case console
    }

    static let prefix: UInt8 = 1
    static let help = "Ctrl-A x quits, Ctrl-A c enters the debugger, Ctrl-A h shows this, Ctrl-A Ctrl-A sends Ctrl-A."

    /// Ctrl-A has come, its second key not yet.
    private(set) var isPrefixed = false

    mutating func take(_ bytes: [UInt8]) -> [Event] {
        var events: [Event] = []
        var data: [UInt8] = []
        func flush() {
            if !data.isEmpty { events.append(.data(data)) }
            data = []
        }
        for byte in bytes {
            guard isPrefixed else {
                if byte == Self.prefix { isPrefixed = true } else { data.append(byte) }
                continue
            }
            isPrefixed = false
            switch byte {
            case Self.prefix, UInt8(ascii: "a"): data.append(Self.prefix)
            case UInt8(ascii: "x"), UInt8(ascii: "X"):
                flush()
                events.append(.quit)
            case UInt8(ascii: "c"), UInt8(ascii: "C"):
                flush()
                events.append(.console)
            default:
                flush()
                events.append(.help)
            }
        }
        flush()
        return events
    }
}
