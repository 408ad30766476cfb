import Glibc

/// Small files of the host that commands name.
enum HostIO {
    static func read(_ path: String, limit: Int) throws(DebuggerError) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw DebuggerError("\(path): \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= limit {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 {
                guard ferror(file) == 0 else { throw DebuggerError("\(path): \(String(cString: strerror(errno)))") }
                return bytes
            }
            bytes += chunk.prefix(count)
        }
        throw DebuggerError("\(path) is larger than \(limit) bytes")
    }

    static func write(_ bytes: [UInt8], to path: String) throws(DebuggerError) {
        guard let file = fopen(path, "we") else { throw DebuggerError("\(path): \(String(cString: strerror(errno)))") }
        let done = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, done == bytes.count else {
            throw DebuggerError("\(path): \(String(cString: strerror(errno)))")
        }
    }
}
