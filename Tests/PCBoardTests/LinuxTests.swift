import Foundation
import Machine
import PCBoard
import Testing

/// Debian's own kernel with busybox, from the first instruction of our BIOS to a reset that its init asks for.
@Suite("Linux", .enabled(if: LinuxGuest.obstacle == nil, LinuxGuest.comment))
struct LinuxTests {
    /// What the host says of a file, with its own tool.
    private func hostSum(_ bytes: [UInt8]) throws -> String {
        let folder = try TemporaryFolder()
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/data"))
        var output = ""
        try #require(try runTool("/usr/bin/env", ["sha256sum", folder.path + "/data"]) { output = $0 })
        return String(output.prefix(64))
    }

    @Test func debiansKernelReachesInitAndItsProgramsComputeRight() throws {
        let data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 16) }
        let script = """
            echo init is here
            cat /proc/cpuinfo
            sha256sum /data
            echo command line: $(cat /proc/cmdline)
            reboot -f

            """
        let words = "console=ttyS0 noapic nolapic acpi=off pci=off reboot=k"
        let guest = try LinuxGuest.guest(
            commandLine: words, initramfs: try LinuxGuest.initramfs(script, files: [("data", data)]))
        guest.board.vm.endsOnReset = true
        guest.run(seconds: 60, look: 100_000_000)
        #expect(
            guest.ending?.name == "reset", "\(guest.ending?.sentence ?? "it runs on"): \(guest.serial.suffix(2000))")
        let lines = guest.serial.split(whereSeparator: \.isNewline)
        #expect(lines.contains("init is here"))
        #expect(lines.contains { $0.hasPrefix("model name") && $0.hasSuffix(": Lucid86 max") })
        #expect(lines.contains { $0.hasPrefix("flags") && $0.contains(" avx2 ") })
        #expect(lines.contains("\(try hostSum(data))  /data"))
        #expect(lines.contains("command line: \(words)"))
    }
}
