import Foundation

/// An archive that the kernel unpacks as its first root: cpio in the "newc" format
/// (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel), not compressed.
struct Initramfs {
    private(set) var bytes: [UInt8] = []
    private var number = 0

    mutating func folder(_ name: String) { add(name, mode: 0o040755) }

    mutating func file(_ name: String, _ content: [UInt8], mode: Int = 0o644) {
        add(name, mode: 0o100000 | mode, content)
    }

    mutating func characterDevice(_ name: String, major: Int, minor: Int) {
        add(name, mode: 0o020600, major: major, minor: minor)
    }

    mutating func end() { add("TRAILER!!!", mode: 0) }

    private mutating func add(
        _ name: String, mode: Int, _ content: [UInt8] = [], major: Int = 0, minor: Int = 0
    ) {
        number += 1
        let fields = [
            number, mode, 0, 0, 1, 0, content.count, 0, 0, major, minor, name.utf8.count + 1, 0,
        ]
        let header = "070701" + fields.map { String(format: "%08X", $0) }.joined()
        bytes += Array(header.utf8) + Array(name.utf8) + [0]
        pad()
        bytes += content
        pad()
    }

    private mutating func pad() { bytes += [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4) }
}
