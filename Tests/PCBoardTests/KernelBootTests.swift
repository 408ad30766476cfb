import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

/// Kernels of testprograms/kernel through the boot protocols, under our BIOS. The guests check what the protocols'
/// documents promise; the teaching kernel and PVH run on QEMU, too.
@Suite("Kernels without a disk")
struct KernelBootTests {
    private static let modules: [(bytes: [UInt8], text: String)] = [
        (Array("abc".utf8), "m1 one"), (Array("hello module".utf8), "m2 two words"),
    ]

    // What the teaching kernel prints; the sums are those of the bytes above.
    private static func transcript(_ commandLine: String, key: Bool, end: String) -> String {
        """
        command line: \(commandLine)
        KiB from 1 MiB on: 31744
        MiB in the map: 31
        module one: 3 bytes, sum 294
        module two words: 12 bytes, sum 1210
        timer: it ticks
        ring 3: hello
        ring 3: ten ticks later
        \(key ? "ring 3: the key A\n" : "")ring 3: reading the kernel
        user program: exception 14 error 5 at 00100000
        \(end)

        """
    }

    /// Firmware may keep some of the last MiB.
    private func withoutSizes(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter { !$0.hasPrefix("KiB from") && !$0.hasPrefix("MiB in") }
    }

    @Test func teachingKernelRunsItsProgramsInRing3AndEnds() throws {
        let guest = try KernelGuests.guest("kernel", commandLine: "keys please", modules: Self.modules)
        #expect(guest.run(seconds: 2) { guest.serial.contains("ten ticks later") })
        guest.press([.b])
        guest.press([.a])
        guest.run(seconds: 2)
        #expect(guest.ending?.exitCode == 33, "\(guest.ending?.sentence ?? "it runs on")")
        let wanted = Self.transcript("keys please", key: true, end: "done")
        #expect(withoutSizes(guest.serial) == withoutSizes(wanted))
        #expect(guest.screen.contains("ring 3: the key A"))
    }

    @Test func panicOfTheTeachingKernelNamesTheNullPointer() throws {
        let guest = try KernelGuests.guest("kernel", commandLine: "panic", modules: Self.modules)
        guest.run(seconds: 3)
        #expect(guest.ending?.exitCode == 35)
        let wanted = Self.transcript("panic", key: false, end: "panic: exception 14 error 0 at 00000008")
        #expect(withoutSizes(guest.serial) == withoutSizes(wanted))
    }

    @Test(
        .enabled(
            if: (try? runTool("/usr/bin/env", ["qemu-system-i386", "--version"])) == true, "needs qemu-system-i386"))
    func teachingKernelPrintsTheSameOnQEMU() throws {
        let folder = try TemporaryFolder()
        var list: [String] = []
        for (index, module) in Self.modules.enumerated() {
            let file = folder.path + "/m\(index + 1)"
            try Data(module.bytes).write(to: URL(fileURLWithPath: file))
            list.append(file + " " + module.text.split(separator: " ").dropFirst().joined(separator: " "))
        }
        let serial = folder.path + "/serial"
        _ = try runTool(
            "/usr/bin/env",
            [
                "timeout", "60", "qemu-system-i386", "-cpu", "pentium", "-m", "32", "-kernel",
                try KernelGuests.path("kernel"), "-append", "panic", "-initrd", list.joined(separator: ","), "-display",
                "none", "-serial", "file:" + serial, "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
            ])
        let printed = try String(contentsOfFile: serial, encoding: .utf8)
        let guest = try KernelGuests.guest("kernel", commandLine: "panic", modules: Self.modules)
        guest.run(seconds: 3)
        #expect(withoutSizes(guest.serial) == withoutSizes(printed))
    }

    @Test(arguments: ["multiboot2", "pvh", "plain32", "plain64"])
    func entryStateIsAsTheProtocolPromises(name: String) throws {
        let hasWords = !name.hasPrefix("plain")
        let guest = try KernelGuests.guest(
            name, commandLine: hasWords ? "two words" : "",
            modules: hasWords ? [(Array("abcde".utf8), "file text")] : []
        ) {
            if name == "plain64" { $0.cpuModel = .maximum }
        }
        guest.run(seconds: 2)
        #expect(guest.ending?.exitCode == 33, "\(guest.ending?.sentence ?? "it runs on"): \(guest.screen)")
    }

    @Test func resetBootsTheKernelAgain() throws {
        let guest = try KernelGuests.guest("kernel", modules: Self.modules)
        #expect(guest.run(seconds: 2) { guest.serial.contains("timer: it ticks") })
        guest.board.vm.reset()
        guest.run(seconds: 3)
        #expect(guest.ending?.exitCode == 33)
        #expect(guest.serial.components(separatedBy: "timer: it ticks").count == 3)
    }

    /// A kernel comes before the disks; what else there is boots when there is none.
    @Test func withoutAKernelTheDiskBoots() throws {
        let halt: [UInt8] = [0xFA, 0xF4] + [UInt8](repeating: 0, count: 508) + [0x55, 0xAA]
        let disk = MemoryDisk(halt + [UInt8](repeating: 0, count: 1 << 20))
        let guest = try Guest { $0.disks[0] = disk }
        guest.run(seconds: 5)
        #expect(guest.ending?.name == "dead-halt")
        let other = try KernelGuests.guest("plain32") { $0.disks[0] = disk }
        other.run(seconds: 5)
        #expect(other.ending?.exitCode == 33)
    }

    /// In the middle of the loader's work, and in ring 3.
    @Test(arguments: [60_000, 45_000_000] as [UInt64])
    func restoredRunGoesOnAsTheFirst(tick: UInt64) throws {
        let first = try KernelGuests.guest("kernel", modules: Self.modules)
        let second = try KernelGuests.guest("kernel", modules: Self.modules)
        #expect(first.board.vm.run(until: tick) == .limit)
        let folder = try TemporaryFolder()
        try first.board.vm.save(to: folder.path + "/save")
        try second.board.vm.restore(from: folder.path + "/save")
        #expect(try first.board.vm.stateHash() == second.board.vm.stateHash())
        first.run(seconds: 3)
        second.run(seconds: 3)
        #expect(first.ending?.exitCode == 33)
        #expect(try first.board.vm.stateHash() == second.board.vm.stateHash())
    }
}
