import Glibc

/// An image's file on the host, read and written at any place; unlike a raw image it may grow.
final class ImageFile {
    let path: String
    private let descriptor: Int32

    /// With the lock of `RawImage`: readers share the file, a writer has it alone.
    init(path: String, readOnly: Bool) throws(RawImage.OpenError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .host(errno: errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw .directory }
        guard status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFBLK else { throw .notAFile }
        let opened = open(path, (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC)
        guard opened >= 0 else { throw .host(errno: errno) }
        if flock(opened, (readOnly ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(opened)
            throw .inUse
        }
        self.path = path
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// Bytes now.
    var size: UInt64 { UInt64(max(0, lseek(descriptor, 0, SEEK_END))) }

    /// Fewer bytes only where the file ends.
    func readUpTo(_ count: Int, at offset: UInt64) throws(BlockError) -> [UInt8] {
        guard offset < 1 << 62 else { throw .outOfRange }
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                // SAFETY: `done` < `count`, the buffer's size.
                pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset) + off_t(done))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .host(String(cString: strerror(errno))) }
            if got == 0 { break }
            done += got
        }
        return done == count ? bytes : Array(bytes.prefix(done))
    }

    /// What is behind the file's end reads as zeros.
    func read(_ count: Int, at offset: UInt64) throws(BlockError) -> [UInt8] {
        let bytes = try readUpTo(count, at: offset)
        return bytes.count == count ? bytes : bytes + [UInt8](repeating: 0, count: count - bytes.count)
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(BlockError) {
        guard offset < 1 << 62 else { throw .outOfRange }
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                // SAFETY: as above.
                pwrite(
                    descriptor, buffer.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + off_t(done))
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw .host(put < 0 ? String(cString: strerror(errno)) : "the host took no bytes") }
            done += put
        }
    }

    /// What was written is on the host's disk when this returns.
    func sync() throws(BlockError) {
        while fdatasync(descriptor) != 0 {
            if errno != EINTR { throw .host(String(cString: strerror(errno))) }
        }
    }
}
