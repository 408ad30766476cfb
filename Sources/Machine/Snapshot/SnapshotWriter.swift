import Glibc

/// Writes a save file piece by piece beside its place, and moves it there when it is whole.
struct SnapshotWriter: ~Copyable {
    private static let bufferSize = 1 << 20
    private let path: String
    private let temporary: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private var hash = StateHash()

    init(path: String) throws(SnapshotError) {
        self.path = path
        temporary = path + ".partial-\(getpid())"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .host(path: temporary, reason: String(cString: strerror(errno))) }
        buffer.reserveCapacity(Self.bufferSize + SnapshotFormat.pageSize)
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(temporary)
        }
    }

    /// One piece of the format's table: what the digest counts as one.
    mutating func put(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
        hash.add(bytes)
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    mutating func put(_ bytes: [UInt8]) throws(SnapshotError) {
        hash.add(bytes)
        buffer += bytes
        if buffer.count >= Self.bufferSize { try flush() }
    }

    mutating func put(_ value: UInt64) throws(SnapshotError) { try put(littleEndian(value)) }

    private mutating func flush() throws(SnapshotError) {
        var done = 0
        while done < buffer.count {
            let count = buffer.withUnsafeBytes { bytes in
                // SAFETY: `done` is below the buffer's count.
                Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .host(path: temporary, reason: String(cString: strerror(errno))) }
            done += count
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes the digest and gives the file its name. What was there before stays until then.
    mutating func finish() throws(SnapshotError) {
        buffer += hash.bytes
        try flush()
        guard fsync(descriptor) == 0 || errno == EINVAL, close(descriptor) == 0 else {
            let reason = String(cString: strerror(errno))
            throw .host(path: temporary, reason: reason)
        }
        descriptor = -1
        guard rename(temporary, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw .host(path: path, reason: reason)
        }
    }
}

/// The bytes of a number, lowest first.
public func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// The bytes of a number, highest first.
public func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
