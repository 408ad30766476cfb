import Foundation
import PCBoard
import PCDevices
import Testing

/// GRUB 2 of Debian on our board and BIOS: the first real program from outside. It reads the disk through INT 13h, goes
/// between real and protected mode for each BIOS call, and unpacks itself with LZMA.
@Suite(
    "GRUB",
    .enabled(
        if: FileManager.default.fileExists(atPath: "/usr/lib/grub/i386-pc/boot.img"),
        "grub-pc-bin is not installed; scripts/setup does it"))
struct GrubTests {
    static func image(_ kind: String) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let path = folder.path + "/grub.img"
        let script = packageRoot + "/testprograms/grub/make-image.sh"
        var output = ""
        let made = try runTool("/bin/sh", [script, kind, path]) { output = $0 }
        try #require(made, "\(output)")
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Boots to the prompt, lists a folder, shows two files and switches the machine off.
    private func session(_ guest: Guest, device: String) throws {
        #expect(guest.waitForRow(20) { $0.hasPrefix("grub>") }, "\(guest.screen)")
        #expect(guest.screen.contains { $0.contains("GNU GRUB  version 2") })

        try guest.type("ls \(device)/\n")
        #expect(guest.waitForRow(5) { $0 == "hello.txt story/" }, "\(guest.screen)")
        #expect(guest.screen.contains { $0.hasPrefix("grub> ls \(device)/") })

        try guest.type("cat \(device)/hello.txt\n")
        #expect(guest.waitForRow(5) { $0 == "Hello from the FAT partition." }, "\(guest.screen)")

        try guest.type("cat \(device)/story/poem.txt\n")
        #expect(guest.waitForRow(5) { $0 == "the rest it had to load." }, "\(guest.screen)")
        #expect(guest.screen.contains("One sector was all it had,"))

        try guest.type("halt\n")
        guest.run(seconds: 5)
        #expect(guest.ending?.name == "power-off", "\(guest.screen)")
    }

    @Test func diskBootsToThePromptAndObeysTypedCommands() throws {
        let image = try Self.image("disk")
        let guest = try Guest { $0.disks[0] = MemoryDisk(image) }
        try session(guest, device: "(hd0,msdos1)")
    }

    @Test func floppyBootsToThePromptAndObeysTypedCommands() throws {
        let image = try Self.image("floppy")
        let guest = try Guest { $0.floppies[0] = MemoryDisk(image) }
        try session(guest, device: "(fd0)")
    }
}
