import Machine
import Testing

@testable import PCDevices

/// The IDE function with a disk on the primary channel and a CD-ROM drive on the secondary, and 16 MiB of memory.
private final class DMARig {
    let io = vIO()
    let memory: vMEM
    let disk: MemoryDisk
    let disc: MemoryDisk
    let channels: [ATAChannel]
    let master: PIIXIDE
    private let bus: PCIBus
    private let host: I440FX
    var lines = [false, false]

    static let table: UInt64 = 0x10000
    static let data: UInt64 = 0x20000

    init(sectors: Int = 1024, readOnly: Bool = false, disk storage: (any BlockStorage)? = nil) throws {
        memory = try vMEM(size: 16 << 20)
        bus = PCIBus(ports: io.ports, memory: memory)
        host = I440FX(bus: bus)
        disk = MemoryDisk((0..<sectors * 512).map { UInt8(truncatingIfNeeded: $0 / 512 ^ $0) }, isReadOnly: readOnly)
        // A block and a half more than 100, each of its number.
        disc = MemoryDisk((0..<100 * 2048 + 1024).map { UInt8(truncatingIfNeeded: $0 / 2048) }, isReadOnly: true)
        channels = [
            ATAChannel(name: "ata0", base: 0x1F0, disks: [storage ?? disk], events: io.events),
            ATAChannel(
                name: "ata1", base: 0x170, disks: [], packetDrives: [CDDrive(medium: disc)], events: io.events),
        ]
        master = PIIXIDE(drives: channels, events: io.events, bus: bus)
        try io.ports.map(0x1F0...0x1F7, name: "ata0", width: 4, to: channels[0])
        try io.ports.map(0x170...0x177, name: "ata1", width: 4, to: channels[1])
        for index in 0..<2 {
            channels[index].interrupt = { [unowned self] in
                lines[index] = $0
                master.setLine(index, $0)
            }
        }
        master.function.write(0x20, width: 4, value: 0xC000)
        master.function.write(0x04, width: 2, value: 5)
    }

    func out(_ port: UInt16, _ value: UInt32, width: Int = 1) { io.ports.write(Port(port), width: width, value: value) }
    func inb(_ port: UInt16) -> UInt8 { UInt8(truncatingIfNeeded: io.ports.read(Port(port), width: 1)) }

    func settle() {
        for _ in 0..<1000 where io.events.next != .max {
            io.events.advance(to: io.events.next)
            io.events.runDue()
        }
    }

    /// The table: address and count of each region; the last one ends it.
    func regions(_ list: [(UInt32, UInt32)], endsTable: Bool = true) {
        for (index, (address, count)) in list.enumerated() {
            let isLast = endsTable && index == list.count - 1
            memory.load(littleEndian(address), at: Self.table + UInt64(index * 8))
            memory.load(littleEndian(count | (isLast ? 1 << 31 : 0)), at: Self.table + UInt64(index * 8 + 4))
        }
    }

    func command(_ code: UInt8, lba: UInt32, count: UInt8) {
        out(0x1F6, 0xE0 | lba >> 24)
        out(0x1F2, UInt32(count))
        for shift in 0..<3 { out(0x1F3 + UInt16(shift), lba >> UInt32(shift * 8) & 0xFF) }
        out(0x1F7, UInt32(code))
    }

    /// What Linux does: table and direction, command, start.
    func start(channel: UInt16 = 0, toMemory: Bool) {
        out(0xC004 + channel * 8, UInt32(Self.table), width: 4)
        out(0xC002 + channel * 8, 0x06)
        out(0xC000 + channel * 8, toMemory ? 8 : 0)
    }

    func go(channel: UInt16 = 0, toMemory: Bool) { out(0xC000 + channel * 8, toMemory ? 9 : 1) }

    func status(channel: UInt16 = 0) -> UInt8 { inb(0xC002 + channel * 8) }

    /// One packet, with at most `limit` bytes a piece; returns the pieces that PIO gave.
    func packet(_ bytes: [UInt8], limit: UInt16 = 0xFFFE, usesDMA: Bool = false) -> [[UInt8]] {
        out(0x176, 0xA0)
        out(0x171, usesDMA ? 1 : 0)
        out(0x174, UInt32(limit & 0xFF))
        out(0x175, UInt32(limit >> 8))
        out(0x177, 0xA0)
        settle()
        #expect(inb(0x177) & 0x89 == 0x08 && inb(0x172) & 3 == 1)
        let whole = bytes + [UInt8](repeating: 0, count: 12 - bytes.count)
        for index in stride(from: 0, to: 12, by: 2) {
            out(0x170, UInt32(whole[index]) | UInt32(whole[index + 1]) << 8, width: 2)
        }
        if usesDMA { return [] }
        settle()
        var pieces: [[UInt8]] = []
        while inb(0x177) & 0x88 == 0x08 {
            #expect(inb(0x172) & 3 == 2)
            let count = Int(inb(0x174)) | Int(inb(0x175)) << 8
            var piece: [UInt8] = []
            while piece.count < count {
                let word = io.ports.read(0x170, width: 2)
                piece += [UInt8(word & 0xFF), UInt8(word >> 8)]
            }
            pieces.append(Array(piece.prefix(count)))
            settle()
        }
        #expect(inb(0x172) & 3 == 3)
        return pieces
    }

    /// Takes the unit attention after reset.
    func wake() { _ = packet([0]) }

    /// Key, code and qualifier.
    func sense() -> [UInt8] {
        let bytes = packet([3, 0, 0, 0, 18]).first ?? []
        return bytes.count == 18 ? [bytes[2], bytes[12], bytes[13]] : []
    }
}

/// Programming Interface for Bus Master IDE Controller 1.0; ATA/ATAPI-6.
@Suite("IDE DMA")
struct IDEDMATests {
    @Test func readGoesThroughTheTableToMemory() throws {
        let rig = try DMARig()
        // 3 sectors into pieces of 2, 1022 and 512 bytes.
        rig.regions([(0x20000, 2), (0x30002, 1022), (0x50000, 512)])
        rig.start(toMemory: true)
        rig.command(0xC8, lba: 7, count: 3)
        rig.go(toMemory: true)
        #expect(rig.status() & 1 == 1)
        rig.settle()
        // Not active, interrupt.
        #expect(rig.status() & 7 == 4 && rig.lines[0])
        #expect(rig.inb(0x1F7) == 0x50)
        let wanted = try rig.disk.read(sector: 7, count: 3)
        let got =
            rig.memory.busRead(0x20000, count: 2) + rig.memory.busRead(0x30002, count: 1022)
            + rig.memory.busRead(0x50000, count: 512)
        #expect(got == wanted)
        #expect(rig.memory.busRead(0x20002, count: 4) == [0, 0, 0, 0])
        // Written ones clear.
        rig.out(0xC002, 4)
        #expect(rig.status() & 7 == 0)
    }

    @Test func writeGoesFromMemoryToTheDisk() throws {
        let rig = try DMARig()
        let bytes = (0..<65536 * 2).map { UInt8(truncatingIfNeeded: $0 / 7) }
        rig.memory.load(bytes, at: 0x100000)
        // A count of 0 is 64 KiB.
        rig.regions([(0x100000, 0), (0x110000, 0)])
        rig.start(toMemory: false)
        rig.command(0xCA, lba: 100, count: 0)
        rig.go(toMemory: false)
        rig.settle()
        #expect(rig.status() & 7 == 4)
        #expect(try rig.disk.read(sector: 100, count: 256) == bytes)
        #expect(try rig.disk.read(sector: 356).first != bytes[0])
    }

    @Test func extendedCommandsReachBeyond256Sectors() throws {
        let rig = try DMARig()
        rig.regions([(0x100000, 0), (0x110000, 0), (0x120000, 0)])
        rig.start(toMemory: true)
        rig.out(0x1F6, 0x40)
        for (port, high, low) in [(0x1F2, 1, 0x80), (0x1F3, 0, 5), (0x1F4, 0, 0), (0x1F5, 0, 0)] {
            rig.out(UInt16(port), UInt32(high))
            rig.out(UInt16(port), UInt32(low))
        }
        rig.out(0x1F7, 0x25)
        rig.go(toMemory: true)
        rig.settle()
        #expect(rig.status() & 7 == 4)
        #expect(rig.memory.busRead(0x100000, count: 384 * 512) == (try rig.disk.read(sector: 5, count: 384)))
    }

    @Test func masterStartedBeforeTheCommandWaitsForIt() throws {
        let rig = try DMARig()
        rig.regions([(0x20000, 512)])
        rig.start(toMemory: true)
        rig.go(toMemory: true)
        rig.settle()
        #expect(rig.status() & 7 == 1)
        rig.command(0xC8, lba: 1, count: 1)
        rig.settle()
        #expect(rig.status() & 7 == 4)
    }

    /// Interrupt with Active still set: the regions are longer than the transfer.
    @Test func regionsLongerThanTheTransferStayActive() throws {
        let rig = try DMARig()
        rig.regions([(0x20000, 1024)])
        rig.start(toMemory: true)
        rig.command(0xC8, lba: 1, count: 1)
        rig.go(toMemory: true)
        rig.settle()
        #expect(rig.status() & 7 == 5)
        rig.out(0xC000, 0)
        #expect(rig.status() & 7 == 4)
    }

    /// Neither: the regions are shorter; the drive still has data.
    @Test func regionsShorterThanTheTransferEndWithoutInterrupt() throws {
        let rig = try DMARig()
        rig.regions([(0x20000, 512)])
        rig.start(toMemory: true)
        rig.command(0xC8, lba: 1, count: 2)
        rig.go(toMemory: true)
        rig.settle()
        #expect(rig.status() & 7 == 0 && !rig.lines[0])
        #expect(rig.inb(0x1F7) & 0x08 == 0x08)
    }

    @Test func wrongDirectionMovesNothing() throws {
        let rig = try DMARig()
        rig.regions([(0x20000, 512)])
        rig.start(toMemory: false)
        rig.command(0xC8, lba: 1, count: 1)
        rig.go(toMemory: false)
        rig.settle()
        #expect(rig.status() & 7 == 1)
        #expect(rig.memory.usedPages == [0x10000])
    }

    @Test func functionThatIsNoBusMasterMovesNothingUntilItIs() throws {
        let rig = try DMARig()
        rig.regions([(0x20000, 512)])
        rig.master.function.write(0x04, width: 2, value: 1)
        rig.start(toMemory: true)
        rig.command(0xC8, lba: 1, count: 1)
        rig.go(toMemory: true)
        rig.settle()
        #expect(rig.status() & 7 == 1)
        rig.master.function.write(0x04, width: 2, value: 5)
        rig.settle()
        #expect(rig.status() & 7 == 4)
    }

    /// A table that never ends, of regions of 2 bytes, of itself, in no memory at all: bounded, and over when the drive is.
    @Test(arguments: [0, 1, 2, 3])
    func hostileTablesAreBounded(kind: Int) throws {
        let rig = try DMARig()
        switch kind {
        case 0: rig.regions([(UInt32, UInt32)](repeating: (0x20000, 2), count: 8192), endsTable: false)
        case 1: rig.regions([(UInt32, UInt32)](repeating: (0x10000, 0xFFFE), count: 8192), endsTable: false)
        case 2: rig.regions([(UInt32, UInt32)](repeating: (0xFFFF_FFFE, 0xFFFE), count: 8192), endsTable: false)
        default: break
        }
        for toMemory in [true, false] {
            rig.start(toMemory: toMemory)
            if kind == 3 { rig.out(0xC004, 0xFFFF_FFFC, width: 4) }
            rig.command(toMemory ? 0xC8 : 0xCA, lba: 0, count: 0)
            rig.go(toMemory: toMemory)
            rig.settle()
            #expect(rig.inb(0x1F7) & 0x80 == 0)
            rig.out(0xC000, 0)
        }
    }

    @Test func randomTablesAndRegistersDoNotUpsetIt() throws {
        var random = SeededGenerator(seed: 17)
        for _ in 0..<50 {
            let rig = try DMARig()
            for offset in stride(from: 0, to: 65536, by: 8) {
                rig.memory.load(
                    littleEndian(UInt64.random(in: 0 ... .max, using: &random)), at: 0x10000 + UInt64(offset))
            }
            for _ in 0..<200 {
                let port = UInt16.random(in: 0...23, using: &random)
                let value = UInt32.random(in: 0 ... .max, using: &random),
                    width = [1, 2, 4].randomElement(using: &random) ?? 1
                switch port {
                case 0..<16: rig.out(0xC000 + port, value & 0x0001_FFFF, width: width)
                default:
                    rig.out(
                        0x1F0 + port - 16, [0xC8, 0xCA, 0x25, 0x35, value & 0xFF].randomElement(using: &random) ?? 0)
                }
                if value & 3 == 0 { rig.settle() }
                let state = rig.master.state
                rig.master.state = state
                #expect(rig.channels[0].state == rig.channels[0].state)
            }
        }
    }

    @Test func savedMasterGoesOnInACopy() throws {
        let rig = try DMARig(), copy = try DMARig()
        for each in [rig, copy] { each.regions([(0x100000, 0), (0x110000, 0)]) }
        rig.start(toMemory: true)
        rig.command(0xC8, lba: 0, count: 0)
        rig.go(toMemory: true)
        // Past the drive's busy time and the first burst.
        for _ in 0..<2 {
            rig.io.events.advance(to: rig.io.events.next)
            rig.io.events.runDue()
        }
        copy.io.events.state = rig.io.events.state
        try copy.master.function.restoreState(from: rig.master.function.encodedState())
        try copy.channels[0].restoreState(from: rig.channels[0].encodedState())
        try copy.master.restoreState(from: rig.master.encodedState())
        copy.io.events.state = rig.io.events.state
        #expect(copy.channels[0].state == rig.channels[0].state)
        copy.settle()
        #expect(copy.status() & 7 == 4)
        #expect(copy.memory.busRead(0x110000, count: 0x10000) == (try copy.disk.read(sector: 128, count: 128)))
    }

    @Test func flushAndUncachedWritesReachTheStorage() throws {
        final class Counting: BlockStorage {
            var flushes = 0
            var sectorCount: UInt64 { 100 }
            var isReadOnly: Bool { false }
            func read(sector: UInt64) throws(BlockError) -> [UInt8] { [UInt8](repeating: 0, count: 512) }
            func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {}
            func flush() throws(BlockError) { flushes += 1 }
        }
        let storage = Counting()
        let rig = try DMARig(disk: storage)
        rig.regions([(0x20000, 512)])
        func write() {
            rig.start(toMemory: false)
            rig.command(0xCA, lba: 1, count: 1)
            rig.go(toMemory: false)
            rig.settle()
            rig.out(0xC000, 0)
        }
        write()
        #expect(storage.flushes == 0)
        rig.command(0xE7, lba: 0, count: 0)
        rig.settle()
        #expect(storage.flushes == 1)
        // SET FEATURES 82h: no write cache.
        rig.out(0x1F1, 0x82)
        rig.command(0xEF, lba: 0, count: 0)
        rig.settle()
        #expect(storage.flushes == 2)
        write()
        #expect(storage.flushes == 3)
    }

    @Test func errorInTheMiddleOfATransferNamesTheSector() throws {
        let rig = try DMARig(disk: ATATests.Failing())
        rig.regions([(0x20000, 4096)])
        for (code, toMemory) in [(0xC8, true), (0xCA, false)] as [(UInt8, Bool)] {
            rig.start(toMemory: toMemory)
            rig.command(code, lba: 4, count: 8)
            rig.go(toMemory: toMemory)
            rig.settle()
            #expect(rig.inb(0x1F7) & 0x01 == 0x01)
            #expect(rig.inb(0x1F3) == 7)
            rig.out(0xC000, 0)
        }
        #expect(rig.memory.busRead(0x20000, count: 3 * 512) == [UInt8](repeating: 1, count: 3 * 512))
    }

    @Test func identifyTellsDMAModesAndTheOneInUse() throws {
        let rig = try DMARig()
        func words() -> [UInt16] {
            rig.command(0xEC, lba: 0, count: 0)
            rig.settle()
            return (0..<256).map { _ in UInt16(truncatingIfNeeded: rig.io.ports.read(0x1F0, width: 2)) }
        }
        func setMode(_ mode: UInt8) -> UInt8 {
            rig.out(0x1F1, 3)
            rig.command(0xEF, lba: 0, count: mode)
            rig.settle()
            return rig.inb(0x1F7)
        }
        #expect(words()[49] & 0x0100 != 0 && words()[53] & 6 == 6)
        #expect(setMode(0x22) == 0x50)
        #expect(words()[63] == 0x0407 && words()[88] == 0x003F)
        #expect(setMode(0x44) == 0x50)
        #expect(words()[63] == 0x0007 && words()[88] == 0x103F)
        // PIO 4 is chosen beside it; Ultra DMA 7 is not there.
        #expect(setMode(0x0C) == 0x50 && words()[88] == 0x103F)
        #expect(setMode(0x47) & 1 == 1)
    }
}

/// SFF-8020i, MMC-3, SPC-2.
@Suite("ATAPI")
struct ATAPITests {
    @Test func signatureTellsAPacketDevice() throws {
        let rig = try DMARig()
        func registers() -> [UInt8] { (0x172...0x175).map { rig.inb($0) } }
        #expect(registers() == [1, 1, 0x14, 0xEB] && rig.inb(0x177) == 0)
        rig.wake()
        // DEVICE RESET
        rig.out(0x177, 8)
        #expect(registers() == [1, 1, 0x14, 0xEB] && rig.inb(0x177) == 0)
        // IDENTIFY DEVICE is refused, and shows it, too.
        rig.out(0x174, 0)
        rig.out(0x177, 0xEC)
        rig.settle()
        #expect(rig.inb(0x177) & 1 == 1 && registers() == [1, 1, 0x14, 0xEB])
    }

    @Test func identifyPacketDeviceTellsACDROM() throws {
        let rig = try DMARig()
        rig.out(0x177, 0xA1)
        rig.settle()
        let words = (0..<256).map { _ in UInt16(truncatingIfNeeded: rig.io.ports.read(0x170, width: 2)) }
        #expect(words[0] == 0x85C0 && words[49] & 0x0300 == 0x0300 && words[82] & 0x0210 == 0x0210)
        #expect(rig.inb(0x177) & 0x89 == 0)
    }

    @Test func firstCommandAfterResetIsAnsweredWithUnitAttention() throws {
        let rig = try DMARig()
        // INQUIRY is not.
        let inquiry = rig.packet([0x12, 0, 0, 0, 36])
        #expect(inquiry.count == 1 && inquiry[0].count == 36 && inquiry[0][0] == 5 && inquiry[0][1] == 0x80)
        #expect(rig.packet([0]).isEmpty && rig.inb(0x177) & 1 == 1 && rig.inb(0x171) >> 4 == 6)
        #expect(rig.sense() == [6, 0x29, 0])
        #expect(rig.packet([0]).isEmpty && rig.inb(0x177) & 1 == 0)
        #expect(rig.sense() == [0, 0, 0])
    }

    @Test func capacityCountsAPartialBlock() throws {
        let rig = try DMARig()
        rig.wake()
        #expect(rig.packet([0x25]) == [[0, 0, 0, 100, 0, 0, 8, 0]])
    }

    @Test func blocksComeInPiecesNoLongerThanTheLimit() throws {
        let rig = try DMARig()
        rig.wake()
        let pieces = rig.packet([0x28, 0, 0, 0, 0, 5, 0, 0, 3], limit: 2000)
        #expect(pieces.map(\.count) == [2000, 2000, 2000, 144])
        #expect(pieces.flatMap { $0 } == (try rig.disc.read(sector: 20, count: 12)))
        // READ (12), up to the last block, which is half there.
        let last = rig.packet([0xA8, 0, 0, 0, 0, 99, 0, 0, 0, 2]).flatMap { $0 }
        #expect(
            last == [UInt8](repeating: 99, count: 2048) + [UInt8](repeating: 100, count: 1024)
                + [UInt8](repeating: 0, count: 1024))
    }

    @Test func manyBlocksComeByDMA() throws {
        let rig = try DMARig()
        rig.wake()
        rig.regions([(0x100000, 0), (0x110000, 0), (0x120000, 0), (0x130000, 4096)])
        rig.start(channel: 1, toMemory: true)
        _ = rig.packet([0x28, 0, 0, 0, 0, 0, 0, 0, 98], usesDMA: true)
        rig.go(channel: 1, toMemory: true)
        rig.settle()
        #expect(rig.status(channel: 1) & 7 == 4 && rig.lines[1])
        #expect(rig.inb(0x177) & 0x89 == 0 && rig.inb(0x172) & 3 == 3)
        #expect(rig.memory.busRead(0x100000, count: 98 * 2048) == (try rig.disc.read(sector: 0, count: 392)))
    }

    @Test(
        arguments: [
            // Beyond the disc; unknown; a field that is not there; saved pages.
            ([0x28, 0, 0, 0, 0, 101, 0, 0, 1], [5, 0x21, 0]),
            ([0x28, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 1], [5, 0x21, 0]),
            ([0x28, 0, 0, 0, 0, 100, 0, 0, 2], [5, 0x21, 0]), ([0xFF], [5, 0x20, 0]),
            ([0x2A, 0, 0, 0, 0, 0, 0, 0, 1], [5, 0x20, 0]),
            ([0x5A, 0, 0x3B, 0, 0, 0, 0, 0, 100], [5, 0x24, 0]), ([0x5A, 0, 0xFF, 0, 0, 0, 0, 0, 100], [5, 0x39, 0]),
            ([0xBE, 0, 0, 0, 0, 0, 0, 0, 1, 0xF8], [5, 0x24, 0]),
        ] as [([UInt8], [UInt8])])
    func refusalsHaveTheirSenseCodes(packet: [UInt8], sense: [UInt8]) throws {
        let rig = try DMARig()
        rig.wake()
        #expect(rig.packet(packet).isEmpty)
        #expect(rig.inb(0x177) & 1 == 1 && rig.inb(0x171) >> 4 == sense[0])
        #expect(rig.sense() == sense)
    }

    @Test func lockedTrayStaysAndOpenOneHasNoDisc() throws {
        let rig = try DMARig()
        rig.wake()
        _ = rig.packet([0x1E, 0, 0, 0, 1])
        _ = rig.packet([0x1B, 0, 0, 0, 2])
        #expect(rig.sense() == [5, 0x53, 2])
        _ = rig.packet([0x1E, 0, 0, 0, 0])
        _ = rig.packet([0x1B, 0, 0, 0, 2])
        #expect(rig.inb(0x177) & 1 == 0)
        _ = rig.packet([0x00])
        #expect(rig.sense() == [2, 0x3A, 2])
        // In again: the medium may be another.
        _ = rig.packet([0x1B, 0, 0, 0, 3])
        _ = rig.packet([0x00])
        #expect(rig.sense() == [6, 0x28, 0])
        _ = rig.packet([0x00])
        #expect(rig.inb(0x177) & 1 == 0)
    }

    @Test func tableOfContentsHasOneDataTrackAndTheLeadOut() throws {
        let rig = try DMARig()
        rig.wake()
        #expect(
            rig.packet([0x43, 0, 0, 0, 0, 0, 0, 0, 100]) == [
                [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x16, 0xAA, 0, 0, 0, 0, 101]
            ])
        // As times: block 0 is at 0:02:00, and 101 + 150 frames are 3 seconds and 26 frames.
        #expect(
            rig.packet([0x43, 2, 0, 0, 0, 0, 0xAA, 0, 100]) == [[0, 10, 1, 1, 0, 0x16, 0xAA, 0, 0, 0, 3, 26]])
        #expect(rig.packet([0x43, 0, 1, 0, 0, 0, 0, 0, 12]) == [[0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0]])
        #expect(rig.packet([0x43, 0, 0, 0, 0, 0, 0, 0, 4]) == [[0, 18, 1, 1]])
    }

    @Test func emptyDriveHasNoMedium() throws {
        let events = EventQueue()
        let channel = ATAChannel(
            name: "ata1", base: 0x170, disks: [], packetDrives: [CDDrive(medium: nil)], events: events)
        var state = CDDrive.State()
        let drive = try #require(channel.packetDrives[0])
        _ = drive.execute([UInt8](repeating: 0, count: 12), &state)
        #expect(state.sense == .wasReset)
        _ = drive.execute([UInt8](repeating: 0, count: 12), &state)
        #expect(state.sense == .noMedium)
    }

    @Test func savedTransferGoesOnInACopy() throws {
        let rig = try DMARig(), copy = try DMARig()
        rig.wake()
        rig.out(0x174, 0)
        rig.out(0x175, 0x10)
        rig.out(0x177, 0xA0)
        rig.settle()
        for word: UInt32 in [0x28, 0, 0, 0, 0x0900, 0] { rig.out(0x170, word, width: 2) }
        rig.settle()
        for _ in 0..<100 { _ = rig.io.ports.read(0x170, width: 2) }
        try copy.channels[1].restoreState(from: rig.channels[1].encodedState())
        #expect(copy.channels[1].state == rig.channels[1].state)
        for _ in 0..<9 * 1024 - 100 {
            #expect(rig.io.ports.read(0x170, width: 2) == copy.io.ports.read(0x170, width: 2))
        }
        #expect(copy.inb(0x177) == 0x40)
    }

    /// Any packet, any limit, any way: it ends, and nothing traps.
    @Test func randomPacketsEnd() throws {
        var random = SeededGenerator(seed: 5)
        let rig = try DMARig()
        rig.wake()
        for _ in 0..<3000 {
            var packet = (0..<12).map { _ in UInt8.random(in: 0...255, using: &random) }
            if Bool.random(using: &random) {
                packet[0] =
                    [0x03, 0x12, 0x1B, 0x1E, 0x28, 0x42, 0x43, 0x46, 0x4A, 0x51, 0x5A, 0xA8, 0xBD, 0xBE]
                    .randomElement(using: &random) ?? 0
                packet[2] &= 0x4F
                (packet[3], packet[4]) = (0, 0)
            }
            _ = rig.packet(packet, limit: UInt16.random(in: 0 ... .max, using: &random))
            #expect(rig.inb(0x177) & 0x88 == 0)
        }
    }
}
