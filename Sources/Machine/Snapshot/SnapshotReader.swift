import Glibc

/// Reads a save file piece by piece and never beyond its end.
struct SnapshotReader: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    private var start = 0
    private var end = 0
    private var hash = StateHash()
    /// Bytes of the file that were not yet handed out.
    private(set) var left: UInt64

    init(path: String) throws(SnapshotError) {
        self.path = path
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw .host(path: path, reason: String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw .host(path: path, reason: "is no file")
        }
        descriptor = opened
        left = UInt64(max(0, status.st_size))
    }

    deinit { close(descriptor) }

    /// The next `count` bytes: one piece of the format's table. Not more is allocated than the file is long.
    mutating func take(_ count: Int) throws(SnapshotError) -> [UInt8] {
        let bytes = try takeUncounted(count)
        hash.add(bytes)
        return bytes
    }

    private mutating func takeUncounted(_ count: Int) throws(SnapshotError) -> [UInt8] {
        guard count >= 0, UInt64(count) <= left else { throw .truncated }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if start == end { try fill() }
            let part = min(end - start, count - bytes.count)
            bytes += buffer[start..<start + part]
            start += part
        }
        left -= UInt64(count)
        return bytes
    }

    mutating func takeNumber() throws(SnapshotError) -> UInt64 {
        try take(8).withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    }

    private mutating func fill() throws(SnapshotError) {
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .host(path: path, reason: String(cString: strerror(errno))) }
            guard count > 0 else { throw .truncated }
            start = 0
            end = count
            return
        }
    }

    /// The digest is that of all pieces, and nothing follows.
    mutating func finish() throws(SnapshotError) {
        let wanted = hash.bytes
        guard try takeUncounted(SnapshotFormat.digestSize) == wanted else { throw .digest }
        guard left == 0 else { throw .trailingBytes(left) }
    }
}
