import Foundation
import Testing

/// GRUB 2 of Debian through the command line: a person's typed session as a script has it.
@Suite(
    "GRUB on the command line",
    .enabled(
        if: FileManager.default.fileExists(atPath: "/usr/lib/grub/i386-pc/boot.img"),
        "grub-pc-bin is not installed; scripts/setup does it"))
struct GrubCommandTests {
    private func image(_ kind: String, in folder: String) throws -> String {
        let path = folder + "/grub-\(kind).img"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [root + "/testprograms/grub/make-image.sh", kind, path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "make-image.sh \(kind) failed")
        return path
    }

    /// Each command waits for the prompt: its text must be on the screen before the next is typed.
    private func typed(device: String) -> String {
        """
        <wait:grub\\>>ls \(device)/
        <wait:story/>cat \(device)/story/poem.txt
        <wait:the rest it had to load.>halt

        """
    }

    @Test(arguments: [("disk", "-hda", "(hd0,msdos1)"), ("floppy", "-fda", "(fd0)")])
    func typedSessionListsShowsAndSwitchesOff(kind: String, option: String, device: String) throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Tool.run(
            [
                option, try image(kind, in: folder), "-snapshot", "-display", "none", "--keys", typed(device: device),
                "--budget", "20000000000", "--report", "-",
            ], seconds: 900)
        #expect(result.status == 0, "\(result.errors)")
        let report = try #require(result.report)
        let ending = try #require(report["ending"] as? [String: Any])
        #expect(ending["kind"] as? String == "power-off")
        let screen = try #require(report["screen"] as? [String])
        let wanted = [
            "grub> ls \(device)/", "hello.txt story/", "grub> cat \(device)/story/poem.txt",
            "One sector was all it had,", "the rest it had to load.",
        ]
        for line in wanted { #expect(screen.contains(line), "\(line) is not on the screen: \(screen)") }
    }
}
