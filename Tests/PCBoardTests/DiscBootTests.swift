import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

/// Discs that El Torito boots, made of Debian's packages when the tests run.
@Suite(
    "CD-ROM boot",
    .enabled(
        if: FileManager.default.fileExists(atPath: "/usr/bin/xorriso"),
        "xorriso is not installed; scripts/setup does it"))
struct DiscBootTests {
    static func disc(_ kind: String) throws -> DiscDrive {
        let folder = try TemporaryFolder()
        let path = folder.path + "/disc.iso"
        var output = ""
        let made = try runTool("/bin/sh", [packageRoot + "/testprograms/grub/make-disc.sh", kind, path]) { output = $0 }
        try #require(made, "\(output)")
        return DiscDrive(disc: MemoryDisk(Array(try Data(contentsOf: URL(fileURLWithPath: path))), isReadOnly: true))
    }

    /// The drive is the primary slave. `LinuxDiscTests` has it where `-cdrom` does.
    @Test func rescueDiscShowsItsMenuAndObeys() throws {
        let disc = try Self.disc("rescue")
        let guest = try Guest { $0.discDrives[1] = disc }
        #expect(guest.waitForRow(60) { $0.contains("Second entry") }, "\(guest.screen)")
        guest.run(seconds: 1)
        guest.press([.down])
        try guest.type("\n")
        guest.run(seconds: 20)
        #expect(guest.ending?.name == "power-off", "\(guest.screen)")
        #expect(guest.screen.contains("A line from the disc.") && guest.screen.contains("the second was chosen"))
    }

    /// VBE by our BIOS: GRUB finds the mode, sets it and draws to the linear frame buffer.
    @Test func graphicsModeShowsWhatIsDrawn() throws {
        let disc = try Self.disc("graphics")
        let guest = try Guest { $0.discDrives[2] = disc }
        var picture: Frame.Picture?
        let isDrawn = guest.run(seconds: 60, look: 100_000_000) {
            guard case .picture(let shown) = guest.board.vga.makeFrame().content else { return false }
            picture = shown
            // Letters are light on black.
            return shown.bytes.contains { $0 > 0x80 }
        }
        #expect(isDrawn && picture?.width == 640 && picture?.height == 480)
    }

    @Test func disketteOnTheDiscIsDriveA() throws {
        let disc = try Self.disc("floppy")
        let guest = try Guest { $0.discDrives[2] = disc }
        #expect(guest.waitForRow(60) { $0.hasPrefix("grub>") }, "\(guest.screen)")
        try guest.type("cat (fd0)/story/poem.txt\n")
        #expect(guest.waitForRow(20) { $0 == "the rest it had to load." }, "\(guest.screen)")
        try guest.type("halt\n")
        guest.run(seconds: 5)
        #expect(guest.ending?.name == "power-off")
    }

    @Test func discThatCannotBeBootedIsSkippedWithAReason() throws {
        let blank = DiscDrive(disc: MemoryDisk([UInt8](repeating: 0, count: 64 * 2048), isReadOnly: true))
        let guest = try Guest { $0.discDrives[2] = blank }
        guest.run(seconds: 10)
        #expect(guest.console.contains("CD-ROM: no El Torito boot record, skipped."))
        let empty = try Guest { $0.discDrives[2] = DiscDrive(disc: nil) }
        empty.run(seconds: 30)
        #expect(empty.console.contains("CD-ROM: no disc in the drive, skipped."))
        #expect(empty.ending?.name == "dead-halt")
    }
}
