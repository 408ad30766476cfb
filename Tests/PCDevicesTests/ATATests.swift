import Machine
import Testing

@testable import PCDevices

/// A channel with a master of `count` sectors whose bytes are their sector's number.
private struct ATARig {
    let events = EventQueue()
    /// Nothing where the rig was made with other storage.
    let disk: MemoryDisk
    let channel: ATAChannel
    final class Line {
        var level = false
    }
    let line = Line()

    init(sectors count: Int = 2048, readOnly: Bool = false) {
        disk = MemoryDisk(
            (0..<count).flatMap { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 512) }, isReadOnly: readOnly)
        channel = ATAChannel(name: "ata0", base: 0x1F0, disks: [disk], events: events)
        channel.interrupt = { [line] in line.level = $0 }
    }

    init(disk storage: any BlockStorage) {
        disk = MemoryDisk([])
        channel = ATAChannel(name: "ata0", base: 0x1F0, disks: [storage], events: events)
        channel.interrupt = { [line] in line.level = $0 }
    }

    func out(_ port: UInt16, _ value: UInt8) { channel.write(port: Port(port), width: 1, value: UInt32(value)) }
    func inb(_ port: UInt16) -> UInt8 { UInt8(channel.read(port: Port(port), width: 1)) }

    func command(_ code: UInt8, lba: UInt32, count: UInt8) {
        out(0x1F6, 0xE0 | UInt8(lba >> 24 & 15))
        out(0x1F2, count)
        out(0x1F3, UInt8(lba & 0xFF))
        out(0x1F4, UInt8(lba >> 8 & 0xFF))
        out(0x1F5, UInt8(lba >> 16 & 0xFF))
        out(0x1F7, code)
    }

    func wait() {
        events.advance(to: events.now + 10_000)
        events.runDue()
    }

    func readWords(_ count: Int) -> [UInt16] {
        (0..<count).map { _ in UInt16(truncatingIfNeeded: channel.read(port: 0x1F0, width: 2)) }
    }
}

@Suite("ATA")
struct ATATests {
    @Test func readSectorsIsBusyThenGivesEachSectorWithAnInterrupt() {
        let rig = ATARig()
        rig.command(0x20, lba: 5, count: 2)
        #expect(rig.inb(0x3F6) & 0x80 == 0x80)
        rig.wait()
        #expect(rig.line.level)
        #expect(rig.inb(0x1F7) & 0x89 == 0x08)
        #expect(!rig.line.level)
        #expect(rig.readWords(256) == [UInt16](repeating: 0x0505, count: 256))
        #expect(rig.line.level)
        #expect(rig.inb(0x1F7) & 0x08 == 0x08)
        #expect(rig.readWords(256) == [UInt16](repeating: 0x0606, count: 256))
        #expect(rig.inb(0x1F7) == 0x50)
    }

    @Test func writeThenReadGivesTheSameBytes() throws {
        let rig = ATARig()
        rig.command(0x30, lba: 9, count: 1)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x08 == 0x08)
        for word in 0..<256 { rig.channel.write(port: 0x1F0, width: 2, value: UInt32(word)) }
        #expect(rig.line.level)
        let bytes = try rig.disk.read(sector: 9)
        #expect(bytes[2] == 1 && bytes[3] == 0 && bytes[510] == 255)
    }

    @Test func sectorBeyondTheDiskIsIDNF() {
        let rig = ATARig(sectors: 100)
        rig.command(0x20, lba: 100, count: 1)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x89 == 0x01)
        #expect(rig.inb(0x1F1) == 0x10)
    }

    @Test func addressesBySectorHeadAndCylinderFollowTheTranslation() {
        let rig = ATARig()
        // INITIALIZE DEVICE PARAMETERS: 17 sectors, 4 heads.
        rig.out(0x1F6, 0xA3)
        rig.out(0x1F2, 17)
        rig.out(0x1F7, 0x91)
        rig.wait()
        // Cylinder 1, head 2, sector 3: (1 * 4 + 2) * 17 + 2 = 104
        rig.out(0x1F6, 0xA2)
        rig.out(0x1F2, 1)
        rig.out(0x1F3, 3)
        rig.out(0x1F4, 1)
        rig.out(0x1F5, 0)
        rig.out(0x1F7, 0x20)
        rig.wait()
        #expect(rig.readWords(1) == [0x6868])
    }

    @Test func lba48ReadsThroughTheSecondDepthOfTheRegisters() {
        let rig = ATARig()
        rig.out(0x1F6, 0x40)
        for (port, high, low) in [(0x1F2, 0, 1), (0x1F3, 0, 0x07), (0x1F4, 0, 1), (0x1F5, 0, 0)] {
            rig.out(UInt16(port), UInt8(high))
            rig.out(UInt16(port), UInt8(low))
        }
        rig.out(0x1F7, 0x24)
        rig.wait()
        #expect(rig.readWords(1) == [0x0707])
    }

    @Test func identifyTellsCapacityAndModel() {
        let rig = ATARig(sectors: 2048)
        rig.command(0xEC, lba: 0, count: 0)
        rig.wait()
        let words = rig.readWords(256)
        #expect(UInt32(words[60]) | UInt32(words[61]) << 16 == 2048)
        #expect(words[100] == 2048)
        let model = words[27..<47].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        #expect(String(decoding: model, as: UTF8.self).hasPrefix("Lucid86 HARDDISK"))
        #expect(rig.inb(0x1F7) == 0x50)
    }

    @Test func absentSlaveShowsStatusZeroAndTakesNoCommand() {
        let rig = ATARig()
        rig.out(0x1F6, 0xF0)
        #expect(rig.inb(0x1F7) == 0)
        rig.out(0x1F7, 0xEC)
        rig.wait()
        #expect(rig.inb(0x1F7) == 0)
        #expect(!rig.line.level)
    }

    @Test func softResetLeavesTheSignature() {
        let rig = ATARig()
        rig.command(0x20, lba: 5, count: 2)
        rig.out(0x3F6, 4)
        #expect(rig.inb(0x1F7) & 0x80 == 0x80)
        rig.out(0x3F6, 0)
        #expect([rig.inb(0x1F2), rig.inb(0x1F3), rig.inb(0x1F4), rig.inb(0x1F5)] == [1, 1, 0, 0])
        #expect(rig.inb(0x1F7) == 0x50)
    }

    @Test func interruptIsHeldBackByNIEN() {
        let rig = ATARig()
        rig.out(0x3F6, 2)
        rig.command(0x20, lba: 0, count: 1)
        rig.wait()
        #expect(!rig.line.level)
        #expect(rig.inb(0x1F7) & 0x08 == 0x08)
    }

    @Test func writeToAReadOnlyDiskIsRefused() {
        let rig = ATARig(readOnly: true)
        rig.command(0x30, lba: 0, count: 1)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x09 == 0x01)
        #expect(rig.inb(0x1F1) & 0x40 == 0x40)
    }

    @Test func stateInTheMiddleOfATransferGoesOnInACopy() throws {
        let rig = ATARig(), copy = ATARig()
        rig.command(0x20, lba: 5, count: 2)
        rig.wait()
        _ = rig.readWords(100)
        try copy.channel.restoreState(from: rig.channel.encodedState())
        #expect(copy.channel.state == rig.channel.state)
        #expect(copy.readWords(412) == rig.readWords(412))
    }

    @Test(arguments: [0xF8, 0x27] as [UInt8]) func driveWithoutSectorsHasNoLastAddress(command: UInt8) {
        let rig = ATARig(sectors: 0)
        rig.command(command, lba: 0, count: 0)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x01 == 0x01)
        #expect(rig.inb(0x1F1) == 0x04)
    }

    @Test func nativeMaxAddressIsTheLastSector() {
        let rig = ATARig(sectors: 2048)
        rig.command(0xF8, lba: 0, count: 0)
        rig.wait()
        #expect(rig.inb(0x1F7) == 0x50)
        #expect([0x1F3, 0x1F4, 0x1F5].map { rig.inb($0) } == [0xFF, 0x07, 0x00])
        #expect(rig.inb(0x1F6) & 15 == 0)
    }

    @Test func diagnosticLeavesSignatureNIENAndGeometry() {
        let rig = ATARig()
        rig.out(0x1F6, 0xA0 | 3)  // 4 heads
        rig.out(0x1F2, 17)
        rig.out(0x1F7, 0x91)
        rig.wait()
        rig.out(0x3F6, 2)
        rig.out(0x1F7, 0x90)
        rig.wait()
        #expect(!rig.line.level)
        #expect([0x1F1, 0x1F2, 0x1F3, 0x1F4, 0x1F5].map { rig.inb($0) } == [1, 1, 1, 0, 0])
        // Cylinder 1, head 2, sector 3 in the old geometry: (1 * 4 + 2) * 17 + 2.
        rig.out(0x1F6, 0xA0 | 2)
        for (port, value) in [(0x1F2, 1), (0x1F3, 3), (0x1F4, 1), (0x1F5, 0)] as [(UInt16, UInt8)] {
            rig.out(port, value)
        }
        rig.out(0x1F7, 0x20)
        rig.wait()
        #expect(!rig.line.level)
        #expect(rig.readWords(1) == [104 << 8 | 104])
    }

    @Test func readThatRunsOffTheEndGivesWhatIsThereAndNamesTheSector() {
        let rig = ATARig(sectors: 300)
        rig.command(0x20, lba: 299, count: 2)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x09 == 0x08)
        #expect(rig.readWords(256) == [UInt16](repeating: 0x2B2B, count: 256))
        #expect(rig.line.level)
        #expect(rig.inb(0x1F7) & 0x09 == 0x01)
        #expect(rig.inb(0x1F1) == 0x10)
        // 300 = 12Ch
        #expect([0x1F3, 0x1F4, 0x1F5].map { rig.inb($0) } == [0x2C, 0x01, 0x00])
    }

    @Test func setMultipleOfZeroSwitchesItOffAndOddSizesAreRefused() {
        let rig = ATARig()
        for (count, status) in [(8, 0x50), (3, 0x51), (32, 0x51), (0, 0x50)] as [(UInt8, UInt8)] {
            rig.command(0xC6, lba: 0, count: count)
            rig.wait()
            #expect(rig.inb(0x1F7) == status)
        }
        rig.command(0xC4, lba: 0, count: 1)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x01 == 0x01)
    }

    @Test func multipleMovesBlocksWithAnInterruptEachAndAShortLastOne() throws {
        let rig = ATARig()
        rig.command(0xC6, lba: 0, count: 2)
        rig.wait()
        rig.command(0xC5, lba: 10, count: 3)
        rig.wait()
        // The first block is asked for without an interrupt (ATA/ATAPI-6 9.5).
        #expect(!rig.line.level)
        for _ in 0..<512 { rig.channel.write(port: 0x1F0, width: 2, value: 0xABCD) }
        #expect(rig.line.level)
        #expect(rig.inb(0x1F7) & 0x08 == 0x08)
        for _ in 0..<256 { rig.channel.write(port: 0x1F0, width: 2, value: 0xABCD) }
        #expect(rig.inb(0x1F7) == 0x50)
        #expect(try rig.disk.read(sector: 12).allSatisfy { $0 == 0xCD || $0 == 0xAB })
        #expect(try rig.disk.read(sector: 13) == [UInt8](repeating: 13, count: 512))
        rig.command(0xC4, lba: 10, count: 3)
        rig.wait()
        #expect(rig.readWords(512) == [UInt16](repeating: 0xABCD, count: 512))
        #expect(rig.line.level)
        #expect(rig.readWords(256) == [UInt16](repeating: 0xABCD, count: 256))
        #expect(rig.inb(0x1F7) == 0x50)
    }

    /// A disk whose host fails at sector 7 and at flushes.
    final class Failing: BlockStorage {
        var flushes = 0
        var sectorCount: UInt64 { 100 }
        var byteCount: UInt64 { 51200 }
        var isReadOnly: Bool { false }
        func read(sector: UInt64) throws(BlockError) -> [UInt8] {
            if sector == 7 { throw .host("the image file has become shorter") }
            return [UInt8](repeating: 1, count: 512)
        }
        func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
            if sector == 7 { throw .host("No space left on device") }
        }
        func flush() throws(BlockError) {
            flushes += 1
            if flushes == 2 { throw .host("Input/output error") }
        }
    }

    @Test func hostErrorsReachTheGuestAndThePerson() {
        let disk = Failing()
        let rig = ATARig(disk: disk)
        var told: [String] = []
        rig.channel.hostError = { told.append($0) }
        rig.command(0x20, lba: 7, count: 1)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x29 == 0x01)
        #expect(rig.inb(0x1F1) == 0x40)
        #expect(rig.inb(0x1F3) == 7)
        rig.command(0x30, lba: 6, count: 3)
        rig.wait()
        for _ in 0..<512 { rig.channel.write(port: 0x1F0, width: 2, value: 0) }
        // DF: the drive failed.
        #expect(rig.inb(0x1F7) & 0x29 == 0x21)
        #expect(rig.inb(0x1F3) == 7)
        rig.command(0x40, lba: 0, count: 10)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x01 == 0x01)
        #expect(rig.inb(0x1F3) == 7)
        rig.command(0xE7, lba: 0, count: 0)
        rig.wait()
        #expect(rig.inb(0x1F7) == 0x50)
        rig.command(0xEA, lba: 0, count: 0)
        rig.wait()
        #expect(rig.inb(0x1F7) & 0x21 == 0x21)
        #expect(disk.flushes == 2)
        #expect(told.count == 4)
        #expect(told.first == "ata0, sector 7: the image file has become shorter")
    }

    @Test func featuresThatDoNotExistAreRefused() {
        let rig = ATARig()
        // Write cache on, PIO mode 3; then a DMA mode, and the release interrupt, which are not there.
        for (feature, count, status) in [(0x02, 0, 0x50), (0x03, 0x0B, 0x50), (0x03, 0x22, 0x51), (0x5D, 0, 0x51)]
            as [(UInt8, UInt8, UInt8)]
        {
            rig.out(0x1F1, feature)
            rig.command(0xEF, lba: 0, count: count)
            rig.wait()
            #expect(rig.inb(0x1F7) == status)
        }
    }

    @Test func floodOfAccessesNeitherTrapsNorGrows() {
        let rig = ATARig(sectors: 300)
        var seed: UInt64 = 0x1234_5678_9ABC_DEF1
        for _ in 0..<100_000 {
            seed ^= seed &<< 13
            seed ^= seed >> 7
            seed ^= seed &<< 17
            let offset = UInt16(seed & 15)
            let port: UInt16 = offset < 8 ? 0x1F0 + offset : (offset == 8 ? 0x3F6 : 0x1F7)
            let width = port == 0x1F0 ? [1, 2, 4][Int(seed >> 8) % 3] : 1
            if seed >> 20 & 1 == 0 {
                rig.channel.write(port: Port(port), width: width, value: UInt32(truncatingIfNeeded: seed >> 32))
            } else {
                _ = rig.channel.read(port: Port(port), width: width)
            }
            if seed >> 21 & 3 == 0 { rig.wait() }
        }
        #expect(rig.channel.state.buffer.count <= 16 * 512)
    }
}
