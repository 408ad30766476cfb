import Foundation
import Testing

/// The kernel's complaints, and what the same kernel says on QEMU's `pc`.
enum LinuxMessages {
    struct Complaint {
        var text: String
        /// The text without what differs from run to run: figures and addresses.
        var kind: String
    }

    struct Log {
        var lines: [Substring]
    }

    /// Levels up to 4 are warnings and worse.
    private static let worstLevel = 4
    private static let words = [
        "error", "fail", "bug", "warn", "unable", "not present", "bogus", "mismatch", "invalid", "unsupported",
        "unstable", "not synchronized", "unknown", "missing", "disabled", "cannot", "can't", "broken", "wrong",
        "not consistent",
        "inconsistent", "lost", "spurious", "unexpected", "stuck", "timeout", "timed out", "nobody cared",
    ]

    /// What QEMU's machine does not make the kernel say, and ours may, with the reason.
    static let tolerated: [(text: String, reason: String)] = [
        (
            "Performance Events: unsupported p6 CPU model 0 no PMU driver, software events only.",
            "our CPU model has no performance counters and is no hypervisor's"
        )
    ]

    /// Of lines as `dmesg -r` has them behind `log: `.
    static func complaints(in lines: [Substring]) -> [Complaint] {
        lines.compactMap { line in
            guard line.hasPrefix("log: <"), let end = line.firstIndex(of: ">"),
                let level = Int(line[line.index(line.startIndex, offsetBy: 6)..<end])
            else { return nil }
            let text = String(line[end...].drop { $0 != "]" }.dropFirst(2))
            let small = text.lowercased()
            guard level & 7 <= worstLevel || words.contains(where: small.contains) else { return nil }
            return Complaint(text: text, kind: kind(of: text))
        }
    }

    private static func kind(of text: String) -> String {
        text.split(separator: " ").map { word in word.contains(where: \.isNumber) ? "#" : String(word) }
            .joined(separator: " ")
    }

    /// What the kernel says on QEMU with the same devices.
    static let ofQEMU = Result {
        let folder = try TemporaryFolder()
        try LinuxRun.makeDisks(in: folder)
        try Data(try LinuxRun.initramfs()).write(to: URL(fileURLWithPath: folder.path + "/initramfs"))
        var output = ""
        let ended = try runTool(
            "/usr/bin/env",
            [
                "timeout", "200", "qemu-system-x86_64", "-accel", "tcg", "-M", "pc", "-cpu", "max", "-m", "256",
                "-kernel", LinuxGuest.folder + "/vmlinuz", "-initrd", folder.path + "/initramfs", "-append",
                LinuxRun.words,
                "-drive", "file=\(folder.path)/sda.img,if=ide,format=raw",
                "-drive", "file=\(folder.path)/vda.img,if=virtio,format=raw", "-nic", "user,model=virtio-net-pci",
                "-display", "none", "-no-reboot", "-monitor", "none", "-serial", "stdio",
            ]
        ) { output = $0 }
        let log = Log(lines: output.split(whereSeparator: \.isNewline))
        try #require(ended && log.lines.contains { $0.hasPrefix("log: <") }, "\(output.suffix(2000))")
        return log
    }
}
