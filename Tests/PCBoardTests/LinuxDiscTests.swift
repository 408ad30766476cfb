import Foundation
import PCBoard
import PCDevices
import Testing

/// Linux as it is installed or rescued: GRUB's menu, from a disk and from a disc, loads Debian's kernel and its first root.
@Suite("Linux from GRUB", .enabled(if: LinuxGuest.obstacle == nil, LinuxGuest.comment))
struct LinuxDiscTests {
    enum Medium: CaseIterable {
        case disk, diskWithSeaBIOS, rescueDisc
    }

    private func image(_ medium: Medium, in folder: TemporaryFolder) throws -> [UInt8] {
        let initrd = folder.path + "/initrd", image = folder.path + "/image"
        let archive = try LinuxGuest.initramfs("echo init is here: $(cat /proc/cmdline)\npoweroff -f\n")
        try Data(archive).write(to: URL(fileURLWithPath: initrd))
        let script = medium == .rescueDisc ? "make-disc.sh" : "make-image.sh"
        var output = ""
        let made = try runTool(
            "/bin/sh",
            [packageRoot + "/testprograms/grub/" + script, "linux", image, LinuxGuest.folder + "/vmlinuz", initrd]
        ) { output = $0 }
        try #require(made, "\(output)")
        return Array(try Data(contentsOf: URL(fileURLWithPath: image)))
    }

    @Test(arguments: Medium.allCases) func menuBootsTheKernelToInitAndPowerOff(medium: Medium) throws {
        let folder = try TemporaryFolder()
        let image = try image(medium, in: folder)
        let guest = try Guest {
            $0.memorySize = 256 << 20
            $0.cpuModel = .maximum
            switch medium {
            case .rescueDisc: $0.discDrives[2] = DiscDrive(disc: MemoryDisk(image, isReadOnly: true))
            case .disk: $0.disks[0] = MemoryDisk(image)
            case .diskWithSeaBIOS:
                $0.disks[0] = MemoryDisk(image)
                $0.firmware = try SeaBIOSTests.file("bios-256k.bin")
                $0.videoROM = try SeaBIOSTests.file("vgabios-stdvga.bin")
            }
        }
        #expect(guest.waitForRow(20) { $0.contains("*Debian's kernel") }, "\(guest.screen)")
        #expect(guest.screen.contains { $0.contains("GNU GRUB  version 2") })
        #expect(guest.screen.contains { $0.contains(" Switch off") })
        guest.press([.enter])
        guest.run(seconds: 60, look: 100_000_000)
        #expect(
            guest.ending?.name == "power-off" && guest.ending?.exitCode == 0,
            "\(guest.screen) \(guest.serial.suffix(2000))")
        // GRUB names the kernel's file on its command line.
        let greeting = "init is here: BOOT_IMAGE=/vmlinuz console=ttyS0"
        #expect(
            guest.serial.split(whereSeparator: \.isNewline).contains { $0 == greeting }, "\(guest.serial.suffix(2000))")
        #expect((medium == .diskWithSeaBIOS) == guest.console.contains("SeaBIOS (version"))
    }
}
