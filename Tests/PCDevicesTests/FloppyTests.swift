import Machine
import Testing

@testable import PCDevices

/// A controller with one drive; memory behind the DMA channel is a list.
private final class FloppyRig {
    let rig = Rig()
    let controller: FloppyController
    let disk: MemoryDisk
    var level = false
    /// What came from the disk.
    var received: [UInt8] = []
    /// What goes to the disk.
    var toSend: [UInt8] = []
    /// Bytes until terminal count; 0: the channel is masked.
    var count = 0

    /// Every sector of the image begins with its number, low byte first.
    init(sectors: Int = 2880, isReadOnly: Bool = false, enable: Bool = true) throws {
        var content = [UInt8](repeating: 0, count: sectors * 512)
        for sector in 0..<sectors {
            content[sector * 512] = UInt8(sector & 0xFF)
            content[sector * 512 + 1] = UInt8(sector >> 8)
        }
        disk = MemoryDisk(content, isReadOnly: isReadOnly)
        controller = FloppyController(events: rig.events)
        for range: ClosedRange<UInt16> in [0x3F0...0x3F5, 0x3F7...0x3F7] {
            try rig.ports.map(range, name: "fdc", to: controller)
        }
        controller.interrupt = { [unowned self] in level = $0 }
        controller.deviceToMemory = { [unowned self] byte in
            guard count > 0 else { return .notReady }
            received.append(byte)
            count -= 1
            return count == 0 ? .terminalCount : .accepted
        }
        controller.memoryToDevice = { [unowned self] in
            guard count > 0, !toSend.isEmpty else { return nil }
            count -= 1
            return (toSend.removeFirst(), count == 0 ? .terminalCount : .accepted)
        }
        controller.insert(disk, into: 0)
        guard enable else { return }
        // Out of reset with motor 0, 500 kbit/s, the reset's four interrupts sensed.
        rig.write(0x3F2, 0x1C)
        rig.write(0x3F7, 0)
        rig.run(for: 1_000_000)
        for _ in 0..<4 { _ = command([0x08]) }
    }

    /// Gives a command, lets it end, and reads its results.
    @discardableResult
    func command(_ bytes: [UInt8]) -> [UInt8] {
        rig.write(0x3F5, bytes)
        rig.run(for: 100_000_000)
        return results()
    }

    func results() -> [UInt8] {
        var result: [UInt8] = []
        while rig.read(0x3F4) & 0xD0 == 0xD0, result.count < 20 { result.append(rig.read(0x3F5)) }
        return result
    }

    func seek(_ cylinder: UInt8) -> [UInt8] {
        command([0x0F, 0, cylinder])
        return command([0x08])
    }
}

@Suite("Floppy controller")
struct FloppyTests {
    @Test func resetInterruptsOnceAndFourSensesReportTheDrives() throws {
        let floppy = try FloppyRig(enable: false)
        #expect(floppy.rig.read(0x3F4) == 0)
        floppy.rig.write(0x3F2, 0x0C)
        #expect(!floppy.level)
        floppy.rig.run(for: 1_000_000)
        #expect(floppy.level)
        #expect(floppy.rig.read(0x3F4) == 0x80)
        for drive: UInt8 in 0..<4 { #expect(floppy.command([0x08]) == [0xC0 | drive, 0]) }
        #expect(!floppy.level)
        #expect(floppy.command([0x08]) == [0x80])
    }

    @Test func resetBySelectRegisterInterruptsToo() throws {
        let floppy = try FloppyRig()
        floppy.rig.write(0x3F4, 0x80)
        #expect(floppy.rig.read(0x3F4) == 0)
        floppy.rig.run(for: 1_000_000)
        #expect(floppy.level)
        #expect(floppy.command([0x08]) == [0xC0, 0])
    }

    @Test func interruptStaysInsideWhileTheGateIsShut() throws {
        let floppy = try FloppyRig(enable: false)
        floppy.rig.write(0x3F2, 0x04)
        floppy.rig.run(for: 1_000_000)
        #expect(!floppy.level)
        floppy.rig.write(0x3F2, 0x0C)
        #expect(floppy.level)
    }

    @Test func recalibrateAndSeekReportSeekEndAndTheCylinder() throws {
        let floppy = try FloppyRig()
        #expect(floppy.seek(40) == [0x20, 40])
        floppy.rig.write(0x3F5, [0x07, 0])
        #expect(floppy.rig.read(0x3F4) == 0x81)
        floppy.rig.run(for: 100_000_000)
        #expect(floppy.rig.read(0x3F4) == 0x80)
        #expect(floppy.level)
        #expect(floppy.command([0x08]) == [0x20, 0])
        #expect(!floppy.level)
    }

    @Test func relativeSeekCountsFromTheHeads() throws {
        let floppy = try FloppyRig()
        _ = floppy.seek(10)
        floppy.command([0xCF, 0, 5])
        #expect(floppy.command([0x08]) == [0x20, 15])
        floppy.command([0x8F, 0, 3])
        #expect(floppy.command([0x08]) == [0x20, 12])
    }

    @Test func recalibrateOfAMissingDriveFindsNoTrackZero() throws {
        let floppy = try FloppyRig()
        floppy.command([0x07, 1])
        #expect(floppy.command([0x08]) == [0x71, 0])
    }

    @Test func readGivesTheSectorAndTheIDAfterIt() throws {
        let floppy = try FloppyRig()
        _ = floppy.seek(2)
        floppy.count = 512
        // Cylinder 2, head 1, sector 5: (2 * 2 + 1) * 18 + 4 = 94
        let result = floppy.command([0x46, 0x04, 2, 1, 5, 2, 18, 0x1B, 0xFF])
        #expect(floppy.level == false)
        #expect(result == [0x04, 0, 0, 2, 1, 6, 2])
        #expect(floppy.received.count == 512)
        #expect(Array(floppy.received.prefix(2)) == [94, 0])
    }

    @Test func resultRaisesTheInterruptUntilTheFirstByteIsRead() throws {
        let floppy = try FloppyRig()
        floppy.count = 512
        floppy.rig.write(0x3F5, [0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF])
        #expect(floppy.rig.read(0x3F4) == 0x10)
        #expect(!floppy.level)
        floppy.rig.run(for: 100_000_000)
        #expect(floppy.level)
        #expect(floppy.rig.read(0x3F4) == 0xD0)
        _ = floppy.rig.read(0x3F5)
        #expect(!floppy.level)
    }

    @Test func multiTrackReadGoesOnOnTheOtherSide() throws {
        let floppy = try FloppyRig()
        floppy.count = 3 * 512
        let result = floppy.command([0xC6, 0, 0, 0, 17, 2, 18, 0x1B, 0xFF])
        #expect(result == [0x04, 0, 0, 0, 1, 2, 2])
        #expect([0, 512, 1024].map { floppy.received[$0] } == [16, 17, 18])
    }

    /// Data sheet table 5-6: MT, head, last sector read, and the ID in the result when EOT is 18.
    @Test(
        arguments: [
            (mt: false, head: 0, sector: 17, id: [3, 0, 18]), (mt: false, head: 0, sector: 18, id: [4, 0, 1]),
            (mt: false, head: 1, sector: 18, id: [4, 1, 1]), (mt: true, head: 0, sector: 18, id: [3, 1, 1]),
            (mt: true, head: 1, sector: 17, id: [3, 1, 18]), (mt: true, head: 1, sector: 18, id: [4, 0, 1]),
        ] as [(mt: Bool, head: UInt8, sector: UInt8, id: [UInt8])])
    func terminalCountLeavesTheNextID(mt: Bool, head: UInt8, sector: UInt8, id: [UInt8]) throws {
        let floppy = try FloppyRig()
        _ = floppy.seek(3)
        floppy.count = 512
        let result = floppy.command([mt ? 0xC6 : 0x46, head << 2, 3, head, sector, 2, 18, 0x1B, 0xFF])
        #expect(result[0] & 0xC0 == 0 && result[1] == 0)
        #expect(Array(result[3...5]) == id)
    }

    @Test func withoutTerminalCountTheEndOfTheCylinderIsAnError() throws {
        let floppy = try FloppyRig()
        floppy.count = 10_000
        let result = floppy.command([0x46, 0, 0, 0, 17, 2, 18, 0x1B, 0xFF])
        #expect(result == [0x40, 0x80, 0, 1, 0, 1, 2])
        #expect(floppy.received.count == 1024)
    }

    @Test func maskedChannelIsAnOverrun() throws {
        let floppy = try FloppyRig()
        let result = floppy.command([0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF])
        #expect(result == [0x40, 0x10, 0, 0, 0, 1, 2])
    }

    @Test(
        arguments: [
            // Sector 19 of 18; cylinder 1 while on track 0; head 1 in the ID of side 0; 256-byte sectors.
            (bytes: [0x46, 0, 0, 0, 19, 2, 18, 0x1B, 0xFF], status: [0x40, 0x04, 0x00]),
            (bytes: [0x46, 0, 1, 0, 1, 2, 18, 0x1B, 0xFF], status: [0x40, 0x04, 0x10]),
            (bytes: [0x46, 0, 0, 1, 1, 2, 18, 0x1B, 0xFF], status: [0x40, 0x04, 0x00]),
            (bytes: [0x46, 0, 0, 0, 1, 1, 18, 0x1B, 0xFF], status: [0x40, 0x04, 0x00]),
            // FM on an MFM disk; no disk in drive 1.
            (bytes: [0x06, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF], status: [0x40, 0x01, 0x00]),
            (bytes: [0x46, 1, 0, 0, 1, 2, 18, 0x1B, 0xFF], status: [0x49, 0x01, 0x00]),
        ] as [(bytes: [UInt8], status: [UInt8])])
    func whatIsNotThereIsReported(bytes: [UInt8], status: [UInt8]) throws {
        let floppy = try FloppyRig()
        floppy.count = 512
        #expect(Array(floppy.command(bytes).prefix(3)) == status)
        #expect(floppy.received.isEmpty)
    }

    @Test func wrongDataRateFindsNoAddressMark() throws {
        let floppy = try FloppyRig()
        floppy.rig.write(0x3F7, 2)
        floppy.count = 512
        #expect(Array(floppy.command([0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF]).prefix(2)) == [0x40, 0x01])
    }

    @Test func stoppedMotorIsNotReady() throws {
        let floppy = try FloppyRig()
        floppy.rig.write(0x3F2, 0x0C)
        floppy.count = 512
        #expect(floppy.command([0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF])[0] == 0x48)
    }

    @Test func writeReachesTheDisk() throws {
        let floppy = try FloppyRig()
        floppy.toSend = [UInt8](repeating: 0xA5, count: 512) + [UInt8](repeating: 0x5A, count: 512)
        floppy.count = 1024
        let result = floppy.command([0x45, 0, 0, 0, 3, 2, 18, 0x1B, 0xFF])
        #expect(result == [0, 0, 0, 0, 0, 5, 2])
        #expect(try floppy.disk.read(sector: 2) == [UInt8](repeating: 0xA5, count: 512))
        #expect(try floppy.disk.read(sector: 3) == [UInt8](repeating: 0x5A, count: 512))
        #expect(try floppy.disk.read(sector: 4)[0] == 4)
    }

    @Test func terminalCountInsideASectorFillsItWithZeros() throws {
        let floppy = try FloppyRig()
        floppy.toSend = [1, 2, 3]
        floppy.count = 3
        #expect(floppy.command([0x45, 0, 0, 0, 3, 2, 18, 0x1B, 0xFF])[0] == 0)
        #expect(try floppy.disk.read(sector: 2) == [1, 2, 3] + [UInt8](repeating: 0, count: 509))
    }

    @Test(arguments: [[0x45, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF], [0x4D, 0, 2, 18, 0x54, 0xF6]] as [[UInt8]])
    func writeProtectedDiskRefuses(bytes: [UInt8]) throws {
        let floppy = try FloppyRig(isReadOnly: true)
        floppy.toSend = [UInt8](repeating: 0xA5, count: 512)
        floppy.count = 512
        #expect(Array(floppy.command(bytes).prefix(2)) == [0x40, 0x02])
        #expect(floppy.command([0x04, 0]) == [0x78])
        #expect(try floppy.disk.read(sector: 1)[0] == 1)
    }

    @Test func formatFillsTheTrack() throws {
        let floppy = try FloppyRig()
        _ = floppy.seek(1)
        floppy.toSend = (1...18).flatMap { [1, 1, UInt8($0), 2] }
        floppy.count = 72
        let result = floppy.command([0x4D, 4, 2, 18, 0x54, 0xF6])
        #expect(Array(result.prefix(3)) == [0x04, 0, 0])
        // Cylinder 1, head 1 is sectors 54 to 71.
        #expect(try floppy.disk.read(sector: 53)[0] == 53)
        for sector: UInt64 in 54...71 {
            #expect(try floppy.disk.read(sector: sector) == [UInt8](repeating: 0xF6, count: 512))
        }
        #expect(try floppy.disk.read(sector: 72)[0] == 72)
    }

    @Test func readTrackBeginsAtTheIndexHole() throws {
        let floppy = try FloppyRig()
        floppy.count = 10_000
        let result = floppy.command([0x42, 0, 0, 0, 9, 2, 3, 0x1B, 0xFF])
        #expect(Array(result.prefix(2)) == [0, 0])
        #expect([0, 512, 1024].map { floppy.received[$0] } == [0, 1, 2])
        #expect(floppy.received.count == 1536)
    }

    @Test func readIDNamesTheTrackUnderTheHead() throws {
        let floppy = try FloppyRig()
        _ = floppy.seek(7)
        let result = floppy.command([0x4A, 4])
        #expect(Array(result[0...4]) == [0x04, 0, 0, 7, 1])
        #expect((1...18).contains(result[5]) && result[6] == 2)
    }

    @Test func nonDMAModeMovesBytesThroughTheFIFO() throws {
        let floppy = try FloppyRig()
        floppy.command([0x03, 0xDF, 0x03])
        floppy.rig.write(0x3F5, [0x46, 0, 0, 0, 18, 2, 18, 0x1B, 0xFF])
        floppy.rig.run(for: 1_000_000)
        #expect(floppy.level)
        #expect(floppy.rig.read(0x3F4) == 0xF0)
        let bytes = (0..<512).map { _ in floppy.rig.read(0x3F5) }
        #expect(Array(bytes.prefix(2)) == [17, 0])
        floppy.rig.run(for: 1_000_000)
        #expect(Array(floppy.results().prefix(2)) == [0x40, 0x80])
        // And back.
        floppy.rig.write(0x3F5, [0x45, 0, 0, 0, 18, 2, 18, 0x1B, 0xFF])
        floppy.rig.run(for: 1_000_000)
        #expect(floppy.rig.read(0x3F4) == 0xB0)
        for _ in 0..<512 { floppy.rig.write(0x3F5, 0x77) }
        floppy.rig.run(for: 1_000_000)
        _ = floppy.results()
        #expect(try floppy.disk.read(sector: 17) == [UInt8](repeating: 0x77, count: 512))
    }

    @Test func configurationCommandsAnswerAsTheDataSheetSays() throws {
        let floppy = try FloppyRig()
        #expect(floppy.command([0x10]) == [0x90])
        #expect(floppy.command([0x94]) == [0x10])
        floppy.command([0x13, 0, 0x57, 0x11])
        floppy.command([0x03, 0xCF, 0x06])
        floppy.command([0x12, 0x84])
        _ = floppy.seek(5)
        #expect(floppy.command([0x0E]) == [5, 0, 0, 0, 0xCF, 0x06, 0, 0x84, 0x57, 0x11])
        // LOCK keeps CONFIGURE through a software reset; without it the defaults return.
        floppy.rig.write(0x3F4, 0x80)
        floppy.rig.run(for: 1_000_000)
        #expect(floppy.command([0x0E])[8] == 0x57)
        #expect(floppy.command([0x14]) == [0])
        floppy.rig.write(0x3F4, 0x80)
        floppy.rig.run(for: 1_000_000)
        #expect(floppy.command([0x0E])[8] == 0x20)
        #expect(floppy.command([0x1F]) == [0x80])
    }

    @Test func impliedSeekMovesTheHeads() throws {
        let floppy = try FloppyRig()
        floppy.command([0x13, 0, 0x60, 0])
        floppy.count = 512
        #expect(floppy.command([0x46, 0, 9, 0, 1, 2, 18, 0x1B, 0xFF])[0] == 0)
        #expect(Array(floppy.received.prefix(2)) == [UInt8((9 * 36) & 0xFF), UInt8((9 * 36) >> 8)])
    }

    @Test func diskChangeLineFollowsTheDisk() throws {
        let floppy = try FloppyRig()
        #expect(floppy.rig.read(0x3F7) & 0x80 == 0x80)
        _ = floppy.seek(1)
        #expect(floppy.rig.read(0x3F7) & 0x80 == 0)
        floppy.controller.eject(0)
        #expect(floppy.rig.read(0x3F7) & 0x80 == 0x80)
        _ = floppy.seek(2)
        #expect(floppy.rig.read(0x3F7) & 0x80 == 0x80)
        floppy.controller.insert(floppy.disk, into: 0)
        #expect(floppy.rig.read(0x3F7) & 0x80 == 0x80)
        _ = floppy.seek(3)
        #expect(floppy.rig.read(0x3F7) & 0x80 == 0)
    }

    @Test(arguments: [
        (160, 40, 1, 8), (180, 40, 1, 9), (320, 40, 2, 8), (360, 40, 2, 9), (720, 80, 2, 9), (1200, 80, 2, 15),
        (1440, 80, 2, 18), (2880, 80, 2, 36),
    ])
    func imageSizeTellsTheFormat(kilobytes: UInt64, cylinders: Int, heads: Int, sectors: Int) throws {
        let format = try #require(FloppyFormat.of(byteCount: kilobytes << 10))
        #expect(format.cylinders == cylinders && format.heads == heads && format.sectors == sectors)
    }

    @Test func shortImageEndsInAnErrorAndALargeOneIsRefused() throws {
        let floppy = try FloppyRig(sectors: 2)
        #expect(floppy.controller.format(of: 0)?.sectors == 18)
        floppy.count = 512
        #expect(floppy.command([0x46, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF])[0] == 0)
        floppy.count = 512
        #expect(Array(floppy.command([0x46, 0, 0, 0, 3, 2, 18, 0x1B, 0xFF]).prefix(2)) == [0x40, 0x04])
        #expect(floppy.controller.insert(MemoryDisk([UInt8](repeating: 0, count: 2881 << 10)), into: 1) == nil)
    }

    @Test func storageFailureIsADataError() throws {
        final class Broken: BlockStorage {
            var sectorCount: UInt64 { 2880 }
            var isReadOnly: Bool { false }
            func read(sector: UInt64) throws(BlockError) -> [UInt8] { throw .host("broken") }
            func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) { throw .host("broken") }
            func flush() throws(BlockError) {}
        }
        let floppy = try FloppyRig()
        floppy.controller.insert(Broken(), into: 0)
        var told: [String] = []
        floppy.controller.hostError = { told.append($0) }
        floppy.count = 512
        #expect(Array(floppy.command([0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF]).prefix(3)) == [0x40, 0x20, 0x20])
        floppy.toSend = [UInt8](repeating: 0, count: 512)
        floppy.count = 512
        #expect(floppy.command([0x45, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF])[0] == 0x50)
        #expect(told == ["floppy drive A: broken", "floppy drive A: broken"])
    }

    /// IBM PC/AT Technical Reference, CMOS 10h: 1 360 KB, 2 1.2 MB, 3 720 KB, 4 1.44 MB; 5 2.88 MB since the PS/2.
    @Test(
        arguments: [
            (160, 1), (180, 1), (320, 1), (360, 1), (720, 3), (1200, 2), (1440, 4), (2880, 5), (1000, 4), (1, 4),
            (2000, 5),
        ] as [(Int, UInt8)])
    func eachSizeHasItsDriveType(kilobytes: Int, type: UInt8) {
        #expect(FloppyFormat.of(byteCount: UInt64(kilobytes) << 10)?.driveType == type)
    }
}
