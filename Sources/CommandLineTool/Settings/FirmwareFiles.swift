import Glibc
import PCBoard

/// The files behind `-bios`: a path, or the name of firmware that the system's packages bring.
enum FirmwareFiles {
    /// Name, file, and Debian's package.
    private static let known = [(name: "seabios", path: "/usr/share/seabios/bios-256k.bin", package: "seabios")]
    /// SeaBIOS's BIOS for the adapter, in the same folder as itself.
    private static let videoName = "vgabios-stdvga.bin"

    /// The system ROM; the built-in BIOS where none is named. A file of that name goes before a name of ours.
    static func system(_ text: String?) throws(Failure) -> [UInt8] {
        guard let text else {
            guard let bytes = BuiltInBIOS.bytes else { throw Failure(.internal, "the built-in BIOS is damaged") }
            return bytes
        }
        let path = resolved(text)
        if path != text, access(path, R_OK) != 0, let entry = known.first(where: { $0.path == path }) {
            throw Failure(.noInput, "-bios \(text): there is no \(path); install the package '\(entry.package)'")
        }
        return try HostFile.read(path, limit: 256 << 10)
    }

    /// The adapter's BIOS, where one lies beside the system ROM that was named.
    static func video(beside text: String?) throws(Failure) -> [UInt8]? {
        guard let text else { return nil }
        let path = resolved(text)
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let file = path[...slash] + videoName
        return access(String(file), R_OK) == 0 ? try HostFile.read(String(file), limit: 256 << 10) : nil
    }

    private static func resolved(_ text: String) -> String {
        guard access(text, F_OK) != 0 else { return text }
        return known.first { $0.name == text }?.path ?? text
    }
}
