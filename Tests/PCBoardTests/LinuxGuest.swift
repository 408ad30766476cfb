import Foundation
import PCBoard
import PCDevices
import Testing

/// Debian's kernel and busybox, as scripts/linux-guest fetches them, and machines that boot them.
enum LinuxGuest {
    static let folder = packageRoot + "/.guests"

    /// Why they are not there; nil when they are.
    static let obstacle: String? = {
        var output = ""
        let script = packageRoot + "/scripts/linux-guest"
        guard (try? runTool("/bin/sh", [script, folder], output: { output = $0 })) == true else {
            return output.isEmpty ? "scripts/linux-guest cannot be run" : output
        }
        return nil
    }()

    static let comment = Comment(rawValue: obstacle ?? "scripts/linux-guest")

    static func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
    }

    /// The modules' files by name, those that others need before them.
    static func modules(_ names: [String]) throws -> [(name: String, content: [UInt8])] {
        var paths: [String: String] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: folder + "/modules") ?? .init()
        where path.hasSuffix(".ko") {
            paths[String(path.split(separator: "/").last ?? "").replacingOccurrences(of: "-", with: "_")] = path
        }
        var list: [(name: String, content: [UInt8])] = []
        func add(_ name: String) throws {
            guard !list.contains(where: { $0.name == "lib/\(name).ko" }) else { return }
            // What is not there is part of the kernel.
            guard let path = paths[name + ".ko"] else { return }
            let content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/modules/" + path)))
            for needed in needs(content) { try add(needed) }
            list.append(("lib/\(name).ko", content))
        }
        for name in names { try add(name) }
        return list
    }

    /// `depends=` of a module's information.
    private static func needs(_ module: [UInt8]) -> [String] {
        let key = Array("\0depends=".utf8)
        guard let start = module.indices.first(where: { module[$0...].starts(with: key) }) else { return [] }
        let text = module[(start + key.count)...].prefix { $0 != 0 }
        return String(decoding: text, as: UTF8.self).split(separator: ",").map {
            $0.replacingOccurrences(of: "-", with: "_")
        }
    }

    /// Lines of a script that load them.
    static func loading(_ modules: [(name: String, content: [UInt8])]) -> String {
        modules.map { "insmod /\($0.name) || echo cannot load \($0.name)\n" }.joined()
    }

    /// What the host's own tool says of these bytes.
    static func hostSum(_ bytes: [UInt8]) throws -> String {
        let folder = try TemporaryFolder()
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/data"))
        var output = ""
        try #require(try runTool("/usr/bin/env", ["sha256sum", folder.path + "/data"]) { output = $0 })
        return String(output.prefix(64))
    }

    /// A root with busybox in it: `script` is what /init does, with /proc and /sys mounted.
    static func initramfs(_ script: String, files: [(name: String, content: [UInt8])] = []) throws -> [UInt8] {
        var archive = Initramfs()
        for name in ["bin", "dev", "lib", "proc", "sys", "tmp"] { archive.folder(name) }
        archive.characterDevice("dev/console", major: 5, minor: 1)
        archive.file("bin/busybox", try file("busybox"), mode: 0o755)
        let start = """
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            export PATH=/bin
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs devtmpfs /dev

            """
        archive.file("init", Array((start + script).utf8), mode: 0o755)
        for (name, content) in files { archive.file(name, content) }
        archive.end()
        return archive.bytes
    }

    /// A machine that boots the kernel with these words on its command line.
    static func guest(
        commandLine: String, initramfs: [UInt8], entry: KernelConfiguration.LinuxEntry = .real,
        change: (inout PCConfiguration) throws -> Void = { _ in }
    ) throws -> Guest {
        var kernel = KernelConfiguration(image: try KernelImage(try file("vmlinuz")), name: "vmlinuz")
        kernel.commandLine = commandLine
        kernel.modules = [KernelConfiguration.Module(bytes: initramfs, text: "initramfs")]
        kernel.linuxEntry = entry
        return try Guest {
            $0.memorySize = 256 << 20
            $0.cpuModel = .maximum
            $0.kernel = kernel
            try change(&$0)
        }
    }
}
