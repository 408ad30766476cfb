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

    /// With all that the board has: ACPI tables, APICs, HPET, PCI.
    @Test(arguments: [1, 2]) func itFindsItsProcessorsAndPowersTheMachineOff(processors: Int) throws {
        let script = "echo processors: $(grep -c ^processor /proc/cpuinfo)\npoweroff -f\n"
        let guest = try LinuxGuest.guest(
            commandLine: "console=ttyS0", initramfs: try LinuxGuest.initramfs(script)
        ) { $0.processors = processors }
        guest.run(seconds: 60, look: 100_000_000)
        #expect(guest.serial.contains("processors: \(processors)"), "\(guest.serial.suffix(2000))")
        #expect(guest.ending?.name == "power-off" && guest.ending?.exitCode == 0, "\(guest.serial.suffix(2000))")
        for word in ["ACPI Error", "ACPI BIOS Error", "BIOS bug", "[Firmware Bug]"] {
            #expect(!guest.serial.contains(word), "\(guest.serial)")
        }
    }

    /// The three entry points lead to the same kernel: it has unpacked itself and speaks.
    @Test(arguments: [KernelConfiguration.LinuxEntry.protected, .long])
    func otherEntryPointsLeadToTheSameKernel(entry: KernelConfiguration.LinuxEntry) throws {
        let guest = try LinuxGuest.guest(
            commandLine: "earlyprintk=ttyS0 panic=-1", initramfs: try LinuxGuest.initramfs("reboot -f"), entry: entry)
        let spoke = guest.run(seconds: 20, look: 50_000_000) { guest.serial.contains("Kernel command line:") }
        #expect(spoke, "\(guest.ending?.sentence ?? "it runs on"): \(guest.serial.suffix(500))")
        #expect(guest.serial.contains("BIOS-e820: [mem 0x0000000000100000-"), "the map came from the BIOS")
        #expect(guest.serial.contains("RAMDISK: [mem 0x"))
    }

    /// The kernel unpacks itself, then initialises: how that run is cut, and a save in its middle, make no difference.
    @Test(arguments: [400_000_000, 5_000_000_000] as [UInt64])
    func bootRestoredInItsMiddleGoesOnAsTheFirst(tick: UInt64) throws {
        let archive = try LinuxGuest.initramfs("reboot -f")
        let words = "console=ttyS0 noapic nolapic acpi=off pci=off"
        let first = try LinuxGuest.guest(commandLine: words, initramfs: archive)
        let second = try LinuxGuest.guest(commandLine: words, initramfs: archive)
        #expect(first.board.vm.run(until: tick) == .limit)
        let folder = try TemporaryFolder()
        try first.board.vm.save(to: folder.path + "/save")
        try second.board.vm.restore(from: folder.path + "/save")
        for guest in [first, second] {
            let chunk: UInt64 = guest === first ? 1 << 40 : 1_000_003
            let end = tick + 100_000_000
            while guest.now < end, guest.board.vm.run(until: min(guest.now + chunk, end)) == .limit {}
        }
        #expect(try first.board.vm.stateHash() == second.board.vm.stateHash())
    }
}

/// memtest86+ of Debian, which tests all memory with every pattern that it knows.
@Suite("memtest86+", .enabled(if: LinuxGuest.obstacle == nil, LinuxGuest.comment))
struct MemtestTests {
    @Test(arguments: [("memtest86+ia32.bin", "pentium3"), ("memtest86+x64.bin", "qemu64")])
    func passRunsWithoutErrors(file: String, model: String) throws {
        let kernel = KernelConfiguration(image: try KernelImage(try LinuxGuest.file(file)), name: file)
        let definition = try #require(CPUDefinition.named(model))
        let guest = try Guest {
            $0.memorySize = 8 << 20
            $0.cpuModel = definition.model().model
            $0.kernel = kernel
        }
        // Test 5 of 11 is the one with the block moves; all before it have run then.
        let reached = guest.run(seconds: 15, look: 100_000_000) { guest.screen.contains { $0.contains("Test #5") } }
        #expect(reached, "\(guest.screen)")
        #expect(guest.screen.contains { $0.contains("Errors: 0") && $0.contains("Pass:") }, "\(guest.screen)")
        #expect(guest.screen.contains { $0.contains("Memtest86+ v6") })
    }
}
