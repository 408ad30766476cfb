import Glibc

/// Where bytes that a guest sends go: stdout, a file, or nowhere. The last of them are kept for the report.
final class ByteSink {
    /// Bytes that are kept at least, and half of those at most.
    static let keptLimit = 1 << 20
    private let descriptor: Int32
    private let owns: Bool
    private var waiting: [UInt8] = []
    private var looks = 0
    private var tail: [UInt8] = []
    /// All bytes that came.
    private(set) var count = 0
    /// Sees each byte: what looks for patterns.
    var watch: ((UInt8) -> Void)?

    init(_ target: StreamTarget, option: String) throws(Failure) {
        switch target {
        case .nowhere:
            descriptor = -1
            owns = false
        case .stdio:
            descriptor = STDOUT_FILENO
            owns = false
        case .file(let path):
            descriptor = try HostFile.create(path, option: option)
            owns = true
        }
    }

    deinit { if owns { close(descriptor) } }

    func put(_ byte: UInt8) {
        tail.append(byte)
        if tail.count >= 2 * Self.keptLimit { tail.removeFirst(Self.keptLimit) }
        count += 1
        watch?(byte)
        guard descriptor >= 0 else { return }
        waiting.append(byte)
        if byte == 10 || waiting.count >= 4096 { flush() }
    }

    /// What does not end with a line feed goes out a little later.
    func flushIfDue() {
        guard !waiting.isEmpty else { return }
        looks += 1
        if looks >= 20 { flush() }
    }

    func flush() {
        looks = 0
        guard !waiting.isEmpty else { return }
        writeAll(waiting, to: descriptor)
        waiting.removeAll(keepingCapacity: true)
    }

    /// The last bytes, at most `keptLimit`.
    var kept: [UInt8] { Array(tail.suffix(Self.keptLimit)) }
}
