import Glibc

/// A raw disk image on the host. Writes go straight to the file; a flush is fdatasync.
public final class RawImage: BlockStorage {
    public enum OpenError: Error, Equatable, Sendable {
        case host(errno: Int32)
        case directory
        case empty
        /// Neither a file nor a block device.
        case notAFile
        /// Another program has it open, and one of the two writes.
        case inUse
    }

    public let isReadOnly: Bool
    public let sectorCount: UInt64
    /// Bytes when it was opened; need not be whole sectors.
    public let size: UInt64
    public var byteCount: UInt64 { size }
    private let descriptor: Int32
    private let isProbed: Bool

    /// Opens for reading and writing, or for reading alone. `isProbed`: nobody said that it is a raw image. A guest then must not
    /// make its start that of another format, which the next one to open it would believe.
    public init(path: String, readOnly: Bool, isProbed: Bool = false) throws(OpenError) {
        self.isProbed = isProbed
        let flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC
        var status = stat()
        guard stat(path, &status) == 0 else { throw .host(errno: errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw .directory }
        guard status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFBLK else { throw .notAFile }
        let opened = open(path, flags)
        guard opened >= 0 else { throw .host(errno: errno) }
        // Readers share the image, a writer has it alone. File systems without locks go without.
        if flock(opened, (readOnly ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(opened)
            throw .inUse
        }
        let end = lseek(opened, 0, SEEK_END)
        guard end > 0 else {
            let reason: OpenError = end == 0 ? .empty : .host(errno: errno)
            close(opened)
            throw reason
        }
        descriptor = opened
        isReadOnly = readOnly
        size = UInt64(end)
        sectorCount = (size + UInt64(sectorSize) - 1) / UInt64(sectorSize)
    }

    deinit { close(descriptor) }

    public func read(sector: UInt64) throws(BlockError) -> [UInt8] { try read(sector: sector, count: 1) }

    /// A partial last sector is filled up with zeros. A file that has become shorter is an error, not zeros.
    public func read(sector: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        let wanted = try keptBytes(of: sector, count: count)
        var bytes = [UInt8](repeating: 0, count: count * sectorSize)
        var done = 0
        while done < wanted {
            let offset = off_t(sector) * off_t(sectorSize) + off_t(done)
            let count = bytes.withUnsafeMutableBytes { buffer in
                // SAFETY: `done` < `wanted`, which is at most the buffer's size.
                pread(descriptor, buffer.baseAddress.map { $0 + done }, wanted - done, offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .host(String(cString: strerror(errno))) }
            guard count > 0 else { throw .host("the image file has become shorter") }
            done += count
        }
        return bytes
    }

    public func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
        guard bytes.count == sectorSize else { throw .outOfRange }
        try write(sector: sector, sectors: bytes)
    }

    /// The file never grows: of a partial last sector only what is within it is written.
    public func write(sector: UInt64, sectors bytes: [UInt8]) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        guard bytes.count % sectorSize == 0 else { throw .outOfRange }
        if isProbed, sector == 0, bytes.starts(with: QCOW2Header.magic) {
            throw .host("the guest would make this raw image look like qcow2; -drive format=raw lets it")
        }
        let wanted = try keptBytes(of: sector, count: bytes.count / sectorSize)
        var done = 0
        while done < wanted {
            let offset = off_t(sector) * off_t(sectorSize) + off_t(done)
            let count = bytes.withUnsafeBytes { buffer in
                // SAFETY: as above.
                pwrite(descriptor, buffer.baseAddress.map { $0 + done }, wanted - done, offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .host(String(cString: strerror(errno))) }
            guard count > 0 else { throw .host("the host took no bytes") }
            done += count
        }
    }

    /// How many bytes of these sectors are in the file; all sectors must be.
    private func keptBytes(of sector: UInt64, count: Int) throws(BlockError) -> Int {
        guard count >= 0, sector <= sectorCount, UInt64(count) <= sectorCount - sector else { throw .outOfRange }
        return Int(min(UInt64(count * sectorSize), size - min(size, sector * UInt64(sectorSize))))
    }

    public func flush() throws(BlockError) {
        while fdatasync(descriptor) != 0 {
            if errno != EINTR { throw .host(String(cString: strerror(errno))) }
        }
    }
}
