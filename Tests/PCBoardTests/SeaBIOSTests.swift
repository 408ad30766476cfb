import Foundation
import PCBoard
import PCDevices
import Testing

/// Debian's SeaBIOS and its VGA BIOS in the place of ours. It shadows itself through the host bridge, finds its way by
/// PCI, asks fw_cfg, and runs the adapter's expansion ROM. `LinuxDiscTests` has the disk.
@Suite(
    "SeaBIOS",
    .enabled(
        if: FileManager.default.fileExists(atPath: "/usr/share/seabios/bios-256k.bin"),
        "seabios is not installed; scripts/setup does it"))
struct SeaBIOSTests {
    static func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "/usr/share/seabios/" + name)))
    }

    private func guest(_ change: (inout PCConfiguration) throws -> Void) throws -> Guest {
        try Guest {
            $0.firmware = try Self.file("bios-256k.bin")
            $0.videoROM = try Self.file("vgabios-stdvga.bin")
            try change(&$0)
        }
    }

    @Test func bootsTheRescueDisc() throws {
        let disc = try DiscBootTests.disc("rescue")
        let guest = try guest { $0.discDrives[2] = disc }
        #expect(guest.waitForRow(60) { $0.contains("Second entry") }, "\(guest.screen)")
        guest.run(seconds: 1)
        try guest.type("\n")
        guest.run(seconds: 20)
        #expect(guest.ending?.name == "power-off", "\(guest.screen)")
        #expect(guest.screen.contains("the first was chosen"))
        #expect(guest.console.contains("SeaBIOS (version"))
    }
}
