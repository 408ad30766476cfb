import Machine
import PCBoard
import PCDevices
import Testing

/// How the chips hang on the buses.
@Suite("Board wiring")
struct BoardWiringTests {
    private func board(_ change: (inout PCConfiguration) -> Void = { _ in }) throws -> PCBoard {
        var configuration = PCConfiguration()
        configuration.memorySize = 16 << 20
        // HLT at the reset vector, and nothing else.
        configuration.firmware = [UInt8](repeating: 0xF4, count: 65536)
        configuration.debugExit = (0xF4, 4)
        change(&configuration)
        return try PCBoard(configuration)
    }

    private func out(_ board: PCBoard, _ port: UInt16, _ values: UInt8...) {
        for value in values { board.vm.io.ports.write(Port(port), width: 1, value: UInt32(value)) }
    }

    private func inb(_ board: PCBoard, _ port: UInt16) -> UInt8 {
        UInt8(truncatingIfNeeded: board.vm.io.ports.read(Port(port), width: 1))
    }

    private func cmos(_ board: PCBoard, _ index: UInt8) -> UInt8 {
        out(board, 0x70, index)
        return inb(board, 0x71)
    }

    private static func disk(kilobytes: Int, readOnly: Bool = false) -> MemoryDisk {
        MemoryDisk([UInt8](repeating: 0x5A, count: kilobytes << 10), isReadOnly: readOnly)
    }

    /// IBM PC/AT Technical Reference, CMOS 10h and 14h; bit 2 of the latter is a mouse, as in QEMU.
    @Test func cmosTellsDriveTypesAndTheirNumber() throws {
        let none = try board()
        #expect(cmos(none, 0x10) == 0 && cmos(none, 0x14) == 0x06)
        let one = try board { $0.floppies = [Self.disk(kilobytes: 1440)] }
        #expect(cmos(one, 0x10) == 0x40 && cmos(one, 0x14) == 0x07)
        let two = try board { $0.floppies = [Self.disk(kilobytes: 360), Self.disk(kilobytes: 2880)] }
        #expect(cmos(two, 0x10) == 0x15 && cmos(two, 0x14) == 0x47)
    }

    /// The same, "Math Coprocessor": FERR# is input 5 of the slave PIC; IGNNE# lasts until it falls.
    @Test func coprocessorErrorIsIRQ13UntilPortF0hIsWritten() throws {
        let board = try board()
        let io = board.vm.io
        out(board, 0xA0, 0x11)
        out(board, 0xA1, 0x70, 2, 1)
        func isRequested() -> Bool { inb(board, 0xA0) & 0x20 != 0 }
        io.numericError(true)
        #expect(isRequested() && !io.ignoresNumericError())
        out(board, 0xF0, 0)
        #expect(!isRequested() && io.ignoresNumericError())
        io.numericError(false)
        #expect(!isRequested() && !io.ignoresNumericError())
        out(board, 0xF0, 0)
        #expect(!io.ignoresNumericError())
    }

    @Test func imageLargerThanAnyDisketteIsRefused() {
        #expect(throws: PCError.floppySize(drive: 1, sectors: 5762)) {
            _ = try board { $0.floppies = [nil, Self.disk(kilobytes: 2881)] }
        }
        let text = PCError.floppySize(drive: 1, sectors: 5762).description
        #expect(text.contains("drive B") && text.contains("5762"))
    }

    @Test func changeLineIsBit7OfPort3F7hAndTheDiskOwns3F6h() throws {
        let board = try board {
            $0.floppies = [Self.disk(kilobytes: 1440)]
            $0.disks[0] = Self.disk(kilobytes: 64)
        }
        #expect(inb(board, 0x3F7) == 0xFF)
        #expect(inb(board, 0x3F6) == 0x50)
        // A step clears it: the heads go to cylinder 1.
        out(board, 0x3F2, 0x1C)
        settle(board)
        out(board, 0x3F5, 0x0F)
        out(board, 0x3F5, 0x00)
        out(board, 0x3F5, 0x01)
        settle(board)
        #expect(inb(board, 0x3F7) == 0x7F)
    }

    @Test func floppyMovesASectorByDMAChannel2AndRaisesIRQ6() throws {
        let board = try board { $0.floppies = [Self.disk(kilobytes: 1440)] }
        // Master PIC: vectors from 08h, only IRQ 6 open; DMA channel 4 in cascade.
        out(board, 0x20, 0x11)
        out(board, 0x21, 0x08, 0x04, 0x01, 0xBF)
        out(board, 0xD6, 0xC0)
        out(board, 0xD4, 0x00)
        out(board, 0x3F2, 0x1C)
        settle(board)
        for _ in 0..<4 {
            out(board, 0x3F5, 0x08)
            _ = (inb(board, 0x3F5), inb(board, 0x3F5))
        }
        // 500 kbit/s.
        out(board, 0x3F7, 0x00)
        // Channel 2: to memory, 512 bytes at 054321h.
        out(board, 0x0A, 0x06)
        out(board, 0x0C, 0x00)
        out(board, 0x0B, 0x46)
        out(board, 0x04, 0x21, 0x43)
        out(board, 0x81, 0x05)
        out(board, 0x05, 0xFF, 0x01)
        out(board, 0x0A, 0x02)
        for byte in [0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF] as [UInt8] { out(board, 0x3F5, byte) }
        #expect(!board.vm.io.interruptLine)
        settle(board)
        #expect(board.vm.io.interruptLine)
        #expect(board.vm.io.acknowledgeInterrupt() == 0x0E)
        #expect(inb(board, 0x3F5) & 0xC0 == 0)
        #expect(board.vm.memory.peek(0x54320, count: 514) == [0] + [UInt8](repeating: 0x5A, count: 512) + [0])
    }

    private func settle(_ board: PCBoard) {
        for _ in 0..<20 {
            board.vm.io.events.advance(to: board.vm.io.events.now + 100_000)
            board.vm.io.events.runDue()
        }
    }

    /// Page and high page can name addresses beyond RAM, and MMIO: such bytes go nowhere and read as ones.
    @Test(arguments: [(0xFE, 0x10), (0x01, 0x7F), (0x00, 0x0A)] as [(UInt8, UInt8)])
    func dmaBeyondMemoryIsBounded(high: UInt8, page: UInt8) throws {
        let board = try board()
        out(board, 0xD6, 0xC0)
        out(board, 0xD4, 0x00)
        for mode in [0x46, 0x4A] as [UInt8] {
            out(board, 0x0A, 0x06)
            out(board, 0x0C, 0x00)
            out(board, 0x0B, mode)
            out(board, 0x04, 0xFF, 0xFF)
            out(board, 0x81, page)
            out(board, 0x481, high)
            out(board, 0x05, 0xFF, 0xFF)
            out(board, 0x0A, 0x02)
            for _ in 0..<5 {
                if mode == 0x46 {
                    #expect(board.dma.deviceToMemory(channel: 2, 0x12) == .accepted)
                } else {
                    #expect(board.dma.memoryToDevice(channel: 2)?.byte == 0xFF)
                }
            }
        }
        #expect(board.vm.memory.usedPages.isEmpty)
    }

    @Test func portsThatEndOrResetTheMachineAskForIt() throws {
        let board = try board()
        let io = board.vm.io
        out(board, 0x64, 0xFE)
        #expect(io.takeRequest() == .reset(source: "the 8042's reset line"))
        out(board, 0x92, 0x01)
        #expect(io.takeRequest() == .reset(source: "port 92h"))
        for byte in "Shutdown".utf8 { out(board, 0x8900, byte) }
        #expect(io.takeRequest() == .powerOff(source: "Bochs port 8900h"))
        out(board, 0xF4, 0x10)
        #expect(io.takeRequest() == .debugExit(value: 0x10))
        #expect(io.takeRequest() == nil)
    }

    @Test func hostErrorsOfAllDrivesAreHeard() throws {
        final class Broken: BlockStorage {
            var sectorCount: UInt64 { 2880 }
            var isReadOnly: Bool { false }
            func read(sector: UInt64) throws(BlockError) -> [UInt8] { throw .host("broken") }
            func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) { throw .host("broken") }
            func flush() throws(BlockError) {}
        }
        let board = try board { $0.disks[3] = Broken() }
        var heard: [String] = []
        board.diskError = { heard.append($0) }
        out(board, 0x176, 0xF0)
        out(board, 0x172, 1)
        out(board, 0x177, 0x20)
        settle(board)
        #expect(inb(board, 0x177) & 0x01 == 0x01)
        #expect(heard == ["ata1, sector 1: broken"])
    }

    @Test func writtenSectorsOfDiskAndDisketteAreInTheDigest() throws {
        let disk = Self.disk(kilobytes: 64), diskette = Self.disk(kilobytes: 1440)
        let board = try board {
            $0.disks[0] = disk
            $0.floppies[0] = diskette
        }
        var seen = [try board.vm.stateHash()]
        try disk.write(sector: 3, [UInt8](repeating: 1, count: 512))
        seen.append(try board.vm.stateHash())
        try diskette.write(sector: 3, [UInt8](repeating: 1, count: 512))
        seen.append(try board.vm.stateHash())
        #expect(Set(seen).count == 3)
    }
}
