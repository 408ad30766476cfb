import Glibc

/// Where the project's own BIOS is.
enum Firmware {
    /// `roms/bios.bin` in a folder above the program, or what LUCID86_BIOS names.
    static func builtIn() throws -> String {
        if let named = getenv("LUCID86_BIOS") { return String(cString: named) }
        guard let own = realpath("/proc/self/exe", nil) else {
            throw Failure(.internal, "cannot find the program's own path; give -bios FILE")
        }
        defer { free(own) }
        var parts = String(cString: own).split(separator: "/")
        while !parts.isEmpty {
            parts.removeLast()
            let path = "/" + (parts + ["roms", "bios.bin"]).joined(separator: "/")
            if access(path, R_OK) == 0 { return path }
        }
        throw Failure(.noInput, "no roms/bios.bin above the program; give -bios FILE or set LUCID86_BIOS")
    }
}
