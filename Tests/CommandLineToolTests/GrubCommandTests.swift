import Foundation
import Testing

/// GRUB 2 of Debian through the command line: a person's typed session as a script has it.
@Suite(
    "GRUB on the command line",
    .enabled(
        if: FileManager.default.fileExists(atPath: "/usr/lib/grub/i386-pc/boot.img"),
        "grub-pc-bin is not installed; scripts/setup does it"))
struct GrubCommandTests {
    private func image(in folder: String) throws -> String {
        let path = folder + "/grub.img"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [root + "/testprograms/grub/make-image.sh", "disk", path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "make-image.sh failed")
        return path
    }

    @Test func typedSessionListsShowsAndSwitchesOff() throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Each command waits for the prompt: its text must be on the screen before the next is typed.
        let typed = "<wait:grub\\>>ls /\n<wait:story/>cat /story/poem.txt\n<wait:the rest it had to load.>halt\n"
        let result = try Tool.run(
            [
                "-hda", try image(in: folder), "-snapshot", "-display", "none", "--keys", typed,
                "--budget", "20000000000", "--report", "-",
            ], seconds: 900)
        #expect(result.status == 0, "\(result.errors)")
        let report = try #require(result.report)
        let ending = try #require(report["ending"] as? [String: Any])
        #expect(ending["kind"] as? String == "power-off")
        let screen = try #require(report["screen"] as? [String])
        let wanted = [
            "grub> ls /", "hello.txt story/", "grub> cat /story/poem.txt",
            "One sector was all it had,", "the rest it had to load.",
        ]
        for line in wanted { #expect(screen.contains(line), "\(line) is not on the screen: \(screen)") }
    }
}
