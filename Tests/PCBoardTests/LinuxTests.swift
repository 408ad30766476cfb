import Foundation
import Machine
import PCBoard
import Testing

/// Debian's own kernel with busybox, booted without a disk.
@Suite("Linux", .enabled(if: LinuxGuest.obstacle == nil, LinuxGuest.comment))
struct LinuxTests {
    @Test(arguments: [1, 2])
    func kernelReachesInitUsesDisksAndNetworkAndPowersOff(processors: Int) throws {
        let outcome =
            try processors == 2 ? LinuxRun.withTwoProcessors.get() : LinuxRun(processors: processors).finish()
        #expect(outcome.ending == "power-off" && outcome.exitCode == 0)
        let lines = outcome.lines, all = outcome.words
        func has(_ line: String) -> Bool { lines.contains { $0 == line } }
        #expect(has("init is here"), "\(all)")
        #expect(!outcome.serial.contains("cannot load"), "\(all)")
        #expect(has("command line: \(LinuxRun.words)"))

        #expect(lines.filter { $0.hasPrefix("processor\t: ") }.count == processors, "\(all)")
        #expect(lines.contains { $0.hasPrefix("model name") && $0.hasSuffix(": Lucid86 max") })
        #expect(lines.contains { $0.hasPrefix("flags") && $0.contains(" avx2 ") })
        #expect(has("\(try LinuxGuest.hostSum(LinuxRun.data))  /data"), "\(all)")

        #expect(has("serial number of vda: lucid-disk"))
        let fresh = try TemporaryFolder()
        try LinuxRun.makeDisks(in: fresh)
        for (name, image) in zip(LinuxRun.disks, outcome.disks) {
            let before = Array(try Data(contentsOf: URL(fileURLWithPath: "\(fresh.path)/\(name).img")))
            let start = LinuxRun.written.lowerBound, end = LinuxRun.written.upperBound
            #expect(has("sectors of \(name): \(LinuxRun.diskSize / 512)"), "\(all)")
            #expect(has("host wrote to \(name): \(try LinuxGuest.hostSum(Array(before[..<start]))) -"), "\(all)")
            let sum = try LinuxGuest.hostSum(Array(image[start..<end]))
            #expect(has("guest writes to \(name): \(sum) -"), "\(all)")
            #expect(has("guest reads from \(name): \(sum) -"), "\(all)")
            let isElsewhereSame = image[..<start] == before[..<start] && image[end...] == before[end...]
            #expect(isElsewhereSame, "\(name)")
        }
        #expect(has("the gateway answers"), "\(all)")

        let complaints = LinuxMessages.complaints(in: outcome.lines)
        let known = Set(LinuxMessages.complaints(in: try LinuxMessages.ofQEMU.get().lines).map(\.kind))
        for complaint in complaints where !known.contains(complaint.kind) {
            let isTolerated = LinuxMessages.tolerated.contains { $0.text == complaint.text }
            #expect(isTolerated, "under QEMU the kernel does not say: \(complaint.text)")
        }
    }

    /// Each time the machine is saved, another one goes on from there to the same end; and the one that was saved does.
    @Test func runSavedAmidDiskWritesEndsAsTheWholeOne() throws {
        let run = try LinuxRun(processors: 2)
        var resumed: [(serial: String, run: LinuxRun)] = []
        func fork(_ name: String) throws {
            try run.guest.board.vm.save(to: run.folder.path + "/" + name)
            let other = try LinuxRun(processors: 2, images: run.folder)
            try other.guest.board.vm.restore(from: run.folder.path + "/" + name)
            resumed.append((run.guest.serial, other))
        }
        // The kernel unpacks itself.
        #expect(run.guest.board.vm.run(until: 400_000_000) == .limit)
        try fork("early")
        run.guest.run(seconds: 0.1, look: 1_000_003)
        resumed[0].run.guest.run(seconds: 0.1, look: 33_000_007)
        #expect(try run.guest.board.vm.stateHash() == resumed[0].run.guest.board.vm.stateHash())
        resumed = []

        for disk in LinuxRun.disks {
            try run.stopAmidWrites(to: disk)
            try fork(disk)
        }
        let whole = try LinuxRun.withTwoProcessors.get()
        #expect(whole.exitCode == 0)
        #expect(try run.finish().differences(from: whole) == [])
        for (serial, other) in resumed {
            var outcome = try other.finish(look: 7_777_777)
            outcome.serial = serial + outcome.serial
            #expect(outcome.differences(from: whole) == [])
        }
    }

    /// On a board whose ACPI tables, APICs and PCI the kernel leaves alone: 8259 and 8254, as on an old PC.
    @Test func kernelWithoutACPIAndAPICRunsToAReset() throws {
        let guest = try LinuxGuest.guest(
            commandLine: "console=ttyS0 noapic nolapic acpi=off pci=off reboot=k",
            initramfs: try LinuxGuest.initramfs("grep -w timer /proc/interrupts\nreboot -f\n"), entry: .protected)
        guest.board.vm.endsOnReset = true
        guest.run(seconds: 60, look: 100_000_000)
        #expect(guest.ending?.name == "reset", "\(guest.serial.suffix(2000))")
        #expect(guest.serial.contains("XT-PIC"), "\(guest.serial.suffix(2000))")
        #expect(guest.serial.contains("BIOS-e820: [mem 0x0000000000100000-"), "the map came from the BIOS")
    }

    /// The 64-bit entry leads to the same kernel: it has unpacked itself and speaks.
    @Test func longModeEntryLeadsToTheSameKernel() throws {
        let guest = try LinuxGuest.guest(
            commandLine: "earlyprintk=ttyS0 panic=-1", initramfs: try LinuxGuest.initramfs("reboot -f"), entry: .long)
        let spoke = guest.run(seconds: 20, look: 50_000_000) { guest.serial.contains("Kernel command line:") }
        #expect(spoke, "\(guest.ending?.sentence ?? "it runs on"): \(guest.serial.suffix(500))")
        #expect(guest.serial.contains("BIOS-e820: [mem 0x0000000000100000-"), "the map came from the BIOS")
        #expect(guest.serial.contains("RAMDISK: [mem 0x"))
    }
}
