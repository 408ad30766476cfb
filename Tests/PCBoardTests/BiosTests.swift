import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

/// The BIOS on our board: the programs of roms/tests, whose expected values come from the interfaces' documents, and what
/// the BIOS does around them. roms/tests/run.py runs the same programs on QEMU.
@Suite("BIOS")
struct BiosTests {
    /// A floppy or disk with a program of roms/tests at its start; `which` goes where the program finds its case.
    private func program(_ name: String, which: UInt8 = 0, size: Int = 1_474_560) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let source = packageRoot + "/roms/tests/", file = folder.path + "/" + name
        var output = ""
        let built = try runTool(
            "/usr/bin/env", ["nasm", "-f", "bin", "-I", source, "-o", file, source + name + ".asm"]
        ) { output = $0 }
        try #require(built, "\(output)")
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        bytes[506] = which
        return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }

    /// Puts `values`, little-endian, at the start of a sector.
    private func put(_ values: [UInt8], sector: Int, in image: inout [UInt8]) {
        image.replaceSubrange(sector * 512..<sector * 512 + values.count, with: values)
    }

    private func guest(floppy: [UInt8]? = nil, disk: [UInt8]? = nil, order: String = "ac") throws -> Guest {
        try Guest {
            $0.memorySize = 128 << 20
            $0.bootOrder = order
            if let floppy { $0.floppies[0] = MemoryDisk(floppy) }
            if let disk { $0.disks[0] = MemoryDisk(disk) }
        }
    }

    /// Runs a program that checks itself; at least `checks` checks must have been made, and all must be good.
    private func expectAllGood(_ guest: Guest, checks: Int) {
        guest.run(seconds: 60)
        let lines = guest.console.split(whereSeparator: \.isNewline)
        #expect(lines.filter { $0.hasPrefix("FAIL") } == [])
        #expect(lines.filter { $0.hasPrefix("ok ") }.count >= checks)
        #expect(lines.last?.hasSuffix("end") == true, "\(lines.suffix(3))")
        #expect(guest.ending?.exitCode == 33, "\(guest.ending?.sentence ?? "it runs on")")
    }

    // MARK: The ROM itself

    @Test(arguments: ["bios", "kernel-loader"]) func committedROMIsWhatItsSourcesGive(name: String) throws {
        let folder = try TemporaryFolder()
        var output = ""
        let arguments = [packageRoot + "/roms/build.sh", name, folder.path + "/rom.bin"]
        let built = try runTool("/bin/sh", arguments) { output = $0 }
        try #require(built, "\(output)")
        let made = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/rom.bin"))
        let committed = try Data(contentsOf: URL(fileURLWithPath: packageRoot + "/roms/\(name).bin"))
        #expect(made == committed, "roms/\(name).bin is not what roms/build.sh makes")
    }

    @Test func committedFontIsWhatItsDrawingsGive() throws {
        let folder = try TemporaryFolder()
        let script = packageRoot + "/roms/font/make_font.py"
        try #require(try runTool("/usr/bin/env", ["python3", script, folder.path + "/font.inc"]))
        let made = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/font.inc"))
        let committed = try Data(contentsOf: URL(fileURLWithPath: packageRoot + "/roms/bios/font.inc"))
        #expect(made == committed, "roms/bios/font.inc is not what roms/build.sh --font makes")
    }

    @Test func interruptTableOfRealModeEndsAt3FF() throws {
        let guest = try guest(floppy: try program("keys"))
        #expect(guest.run(seconds: 5) { guest.console.contains("ready") })
        #expect(guest.board.vm.cpu.idtr.limit == 0x3FF)
        #expect(guest.board.vm.cpu.idtr.base == 0)
    }

    // MARK: Services

    @Test func systemServices() throws {
        expectAllGood(try guest(floppy: try program("system")), checks: 40)
    }

    @Test func mouseServices() throws {
        expectAllGood(try guest(floppy: try program("mouse")), checks: 30)
    }

    /// The packages that QEMU's mouse gives for the same movements (roms/tests/run.py).
    @Test func mouseMovementsReachTheProgramsHandler() throws {
        let guest = try guest(floppy: try program("mouse", which: 1))
        #expect(guest.run(seconds: 10) { guest.console.contains("ready") })
        let moves: [(right: Int16, up: Int16, buttons: UInt8)] = [
            (5, -3, 0), (-7, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 0),
        ]
        for move in moves {
            let bytes = PS2Mouse.logBytes(right: move.right, up: move.up, buttons: move.buttons)
            guest.board.vm.io.input.deliver(bytes, to: "mouse", at: guest.now)
            guest.run(seconds: 0.05)
        }
        expectAllGood(guest, checks: 30)
        #expect(guest.console.contains("ready 002805FD 0018F900 00090000 000A0000 00080000 moved"), "\(guest.console)")
    }

    @Test func secondSerialPortIsFoundAndServed() throws {
        let floppy = try program("serial")
        let guest = try Guest {
            $0.memorySize = 128 << 20
            $0.floppies[0] = MemoryDisk(floppy)
            $0.hasSecondSerial = true
        }
        guest.board.secondSerial?.transmit = { [unowned guest] byte in
            guest.board.vm.io.input.deliver([byte &+ 1], to: "serial1", at: guest.now)
        }
        expectAllGood(guest, checks: 9)
    }

    /// All processors have the same memory types (SDM 3A 12.11.8): RAM write-back, the screen and the last GiB below
    /// 4 GiB uncached.
    @Test(arguments: [1, 3]) func memoryTypesAreSetOnAllProcessors(processors: Int) throws {
        let guest = try Guest {
            $0.cpuModel = .maximum
            $0.processors = processors
        }
        #expect(guest.run(seconds: 5) { guest.console.contains("No bootable disk") })
        let vm = guest.board.vm
        for number in 0..<processors {
            let slow = vm.registers(ofProcessor: number).slow
            func value(_ register: UInt32) -> UInt64? { vm.cpuModel.slowRegister(register, of: slow) }
            #expect(value(0x2FF) == 0xC06, "processor \(number)")
            #expect(value(0x250) == 0x0606_0606_0606_0606 && value(0x258) == 0x0606_0606_0606_0606)
            #expect(value(0x259) == 0 && value(0x26F) == 0x0505_0505_0505_0505)
            #expect(value(0x200) == 0xC000_0000 && value(0x201) == 0xFF_C000_0800)
            #expect(value(0x203) == 0)
        }
    }

    @Test func diskServices() throws {
        var image = try program("disk", size: 40 << 20)
        put(Array("SECTOR 100".utf8), sector: 100, in: &image)
        expectAllGood(try guest(disk: image), checks: 30)
    }

    @Test func floppyServices() throws {
        var image = try program("floppy")
        for sector in 50..<2880 { put([UInt8(sector & 255), UInt8(sector >> 8)], sector: sector, in: &image) }
        expectAllGood(try guest(floppy: image), checks: 20)
    }

    @Test func pciAndVBEServices() throws {
        expectAllGood(try guest(floppy: try program("pci")), checks: 56)
    }

    @Test func discServices() throws {
        let blocks = (0..<40).flatMap { [UInt8($0)] + [UInt8](repeating: 0, count: 2047) }
        let floppy = try program("disc")
        let guest = try Guest {
            $0.bootOrder = "a"
            $0.floppies[0] = MemoryDisk(floppy)
            $0.discDrives[2] = DiscDrive(disc: MemoryDisk(blocks, isReadOnly: true))
        }
        expectAllGood(guest, checks: 24)
    }

    @Test func videoServices() throws {
        expectAllGood(try guest(floppy: try program("video")), checks: 60)
    }

    /// 63 sectors a track, and the fewest heads that leave 1024 cylinders or less (LBA-assisted translation).
    @Test func geometryOfLargeDisks() throws {
        let large: [(sectors: UInt64, geometry: [Int])] = [
            (2_097_152, [520, 64, 63]), (8_388_608, [522, 255, 63]), (419_430_400, [1024, 255, 63]),
        ]
        let boot = try program("geometry", size: 4 << 20)
        let guest = try Guest {
            $0.disks = [MemoryDisk(boot)] + large.map { LastSectorDisk(sectorCount: $0.sectors) }
        }
        expectAllGood(guest, checks: 3)
        let printed = guest.console.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("0000") }
        let wanted = large.map { $0.geometry.map { hexadecimal(UInt64($0), digits: 8) }.joined(separator: " ") }
        #expect(printed.map(String.init) == wanted)
    }

    @Test func keysGiveTheCodesOfAnEnhancedKeyboard() throws {
        let guest = try guest(floppy: try program("keys"))
        #expect(guest.run(seconds: 5) { guest.console.contains("ready") })
        let shift = Key.leftShift, control = Key.leftControl, alt = Key.leftAlt
        let strokes: [([Key], Int)] = [
            ([.a], 0x1E61), ([shift, .a], 0x1E41), ([control, .a], 0x1E01), ([alt, .a], 0x1E00), ([.digit1], 0x0231),
            ([shift, .digit1], 0x0221), ([.enter], 0x1C0D), ([.backspace], 0x0E08), ([.tab], 0x0F09),
            ([shift, .tab], 0x0F00), ([.f1], 0x3B00), ([shift, .f1], 0x5400), ([control, .f1], 0x5E00),
            ([alt, .f1], 0x6800), ([.f12], 0x8600), ([.up], 0x48E0), ([control, .left], 0x73E0), ([alt, .up], 0x9800),
            ([.delete], 0x53E0), ([.home], 0x47E0), ([.keypadEnter], 0xE00D), ([.keypadDivide], 0xE02F),
            ([.keypadPlus], 0x4E2B), ([.keypad8], 0x4800), ([.backslash], 0x2B5C), ([.space], 0x3920),
        ]
        for (keys, _) in strokes { guest.press(keys) }
        for keys: [Key] in [[.capsLock], [.b], [shift, .b], [.capsLock], [.numLock], [.keypad8], [.numLock]] {
            guest.press(keys)
        }
        guest.press([.pause])  // gives nothing
        guest.press([.printScreen])  // INT 5, which returns
        guest.press([.escape])
        expectAllGood(guest, checks: 2)
        let text = guest.console.components(separatedBy: "ready ").last ?? ""
        let words = text.components(separatedBy: "ok").first ?? ""
        let codes = words.split(separator: " ").compactMap { Int($0, radix: 16) }
        #expect(codes == strokes.map(\.1) + [0x3042, 0x3062, 0x4838, 0x011B])
    }

    // MARK: Interrupts that nobody handles

    @Test(arguments: [
        (UInt8(0), "exception 00 (#DE divide error)"), (6, "exception 06 (#UD invalid opcode)"),
        (13, "exception 0D (#GP general protection)"), (5, "exception 05 (#BR bound range)"),
    ])
    func exceptionPrintsALineAndStops(which: UInt8, words: String) throws {
        let guest = try guest(floppy: try program("exception", which: which))
        guest.run(seconds: 5)
        #expect(guest.ending?.name == "dead-halt")
        #expect(guest.console.contains(words))
        #expect(guest.screen.contains { $0.contains(words) }, "\(guest.screen)")
    }

    @Test func interruptsWithoutAnOwnerReturnAndAreAcknowledged() throws {
        let guest = try guest(floppy: try program("exception", which: 0x80))
        guest.run(seconds: 5)
        #expect(guest.ending?.exitCode == 33)
        #expect(guest.console.contains("ok nothing in service") && guest.console.contains("still here"))
    }

    // MARK: Boot and reset

    @Test func bootOrderIsObeyedAndWhatIsSkippedIsNamed() throws {
        let good = try program("keys"), goodDisk = try program("keys", size: 4 << 20)
        let blank = [UInt8](repeating: 0, count: 1_474_560), blankDisk = [UInt8](repeating: 0, count: 4 << 20)
        let cases: [(floppy: [UInt8]?, disk: [UInt8]?, order: String, said: String)] = [
            (good, blankDisk, "cad", "Hard disk 0: no 55 AA at the end of the boot sector, skipped."),
            (blank, goodDisk, "ac", "Floppy 0: no 55 AA at the end of the boot sector, skipped."),
            (nil, goodDisk, "cad", "Lucid86 BIOS"), (good, nil, "cad", "Lucid86 BIOS"),
        ]
        for (floppy, disk, order, said) in cases {
            let guest = try guest(floppy: floppy, disk: disk, order: order)
            #expect(guest.run(seconds: 3) { guest.console.contains("ready") }, "\(guest.console)")
            #expect(guest.console.contains(said), "\(guest.console)")
        }
    }

    @Test func nothingBootableSaysSoAtOnceAndHalts() throws {
        for (disk, order) in [(nil, "cad"), ([UInt8](repeating: 0, count: 4 << 20), "c")] {
            let guest = try guest(disk: disk, order: order)
            guest.run(seconds: 1)
            #expect(guest.ending?.name == "dead-halt")
            #expect(guest.ending?.exitCode == 102)
            #expect(guest.screen.contains("No bootable disk found. Stopped."), "\(guest.screen)")
        }
    }

    @Test func controlAltDeleteAndAJumpToTheResetVectorResetTheMachine() throws {
        let keys = try guest(floppy: try program("keys"))
        keys.board.vm.endsOnReset = true
        #expect(keys.run(seconds: 5) { keys.console.contains("ready") })
        keys.press([.leftControl, .leftAlt, .delete])
        keys.run(seconds: 1)
        #expect(keys.ending?.name == "reset")
        let jump = try guest(floppy: try program("exception", which: 0x81))
        jump.board.vm.endsOnReset = true
        jump.run(seconds: 5)
        #expect(jump.ending?.name == "reset")
    }

    /// A person waits for this: few instructions and no wait of a visible length.
    @Test func bootSectorRunsSoon() throws {
        for isFloppy in [true, false] {
            let image: [UInt8] = [0xFA, 0xF4] + [UInt8](repeating: 0, count: 508) + [0x55, 0xAA]  // CLI, HLT
            let filled = image + [UInt8](repeating: 0, count: 1_474_560 - 512)
            let guest = try isFloppy ? guest(floppy: filled) : guest(disk: filled)
            guest.run(seconds: 5)
            #expect(guest.ending?.name == "dead-halt")
            #expect(guest.board.vm.instructions < 100_000)
            #expect(guest.now < 500_000_000, "half a second of guest time")
        }
    }
}

/// A drive of any size that holds "LAST" in its last sector and zeros elsewhere.
private final class LastSectorDisk: BlockStorage {
    let sectorCount: UInt64
    let isReadOnly = true

    init(sectorCount: UInt64) { self.sectorCount = sectorCount }

    func read(sector: UInt64) throws(BlockError) -> [UInt8] {
        guard sector < sectorCount else { throw .outOfRange }
        let start = sector == sectorCount - 1 ? Array("LAST".utf8) : []
        return start + [UInt8](repeating: 0, count: sectorSize - start.count)
    }

    func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) { throw .readOnly }

    func flush() throws(BlockError) {}
}
