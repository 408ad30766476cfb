import Glibc

/// Where bytes that a guest sends go: stdio, a file, or nowhere.
final class ByteSink {
    /// The tail that the report shows.
    static let keptLimit = 1 << 20
    private let descriptor: Int32
    private let owns: Bool
    private var waiting: [UInt8] = []
    private(set) var kept: [UInt8] = []

    /// `what` is an option's value: `stdio`, `null` or `file:PATH`.
    init(_ what: String, option: String) throws {
        if what == "stdio" || what == "mon:stdio" {
            descriptor = STDOUT_FILENO
            owns = false
        } else if what == "null" || what == "none" {
            descriptor = -1
            owns = false
        } else if what.hasPrefix("file:"), what.count > 5 {
            let path = String(what.dropFirst(5))
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            owns = true
            guard descriptor >= 0 else {
                throw Failure(.inputOutput, "\(option) \(path): \(String(cString: strerror(errno)))")
            }
        } else {
            throw Failure(.usage, "\(option) \(what): give stdio, null or file:PATH")
        }
    }

    deinit { if owns { close(descriptor) } }

    func put(_ byte: UInt8) {
        if kept.count < Self.keptLimit { kept.append(byte) }
        guard descriptor >= 0 else { return }
        waiting.append(byte)
        if byte == 10 || waiting.count >= 4096 { flush() }
    }

    func flush() {
        guard !waiting.isEmpty else { return }
        writeAll(waiting, to: descriptor)
        waiting.removeAll(keepingCapacity: true)
    }
}
