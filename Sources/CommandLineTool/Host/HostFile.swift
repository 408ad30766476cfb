import Glibc

/// Reading and writing whole small files with errors that name the cause.
enum HostFile {
    /// At most `limit` bytes.
    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(.noInput, "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw Failure(.noInput, "\(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw Failure(.noInput, "\(path) is a directory; give a file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= limit {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(.inputOutput, "\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
        }
        throw Failure(.badData, "\(path) is larger than \(limit) bytes")
    }

    /// A descriptor for writing a new or emptied file. The caller closes it.
    static func create(_ path: String, option: String) throws(Failure) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(.inputOutput, "\(option) \(path): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// Fails now rather than at the end of a long run: the file, or the folder that it would be made in, must be writable.
    static func expectWritable(_ path: String, option: String) throws(Failure) {
        guard path != "-", access(path, W_OK) != 0 else { return }
        var number = errno
        if number == ENOENT {
            let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
            if access(folder, W_OK) == 0 { return }
            number = errno
        }
        throw Failure(.inputOutput, "\(option) \(path): \(String(cString: strerror(number)))")
    }

    /// Writes a whole file; `-` is stdout.
    static func write(_ bytes: [UInt8], to path: String, option: String) throws(Failure) {
        let descriptor = path == "-" ? STDOUT_FILENO : try create(path, option: option)
        defer { if path != "-" { close(descriptor) } }
        guard writeAll(bytes, to: descriptor) else {
            throw Failure(.inputOutput, "\(option) \(path): \(String(cString: strerror(errno)))")
        }
    }
}
