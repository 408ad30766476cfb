import Machine
import PCBoard
import PCDevices

/// Random port and memory accesses of every width on a whole PC while time goes on: what a guest could do to the chips, without
/// the CPU between.
public enum BoardFuzzer {
    /// What was wrong, or nil. A trap ends the process.
    public static func check(seed: UInt64, number: UInt64, steps: Int = 4000) throws -> String? {
        var random = FuzzRandom(seed: seed, case: number)
        let board = try makeBoard(&random)
        for _ in 0..<steps { step(board, &random) }
        return try tooLarge(board)
    }

    static func makeBoard(_ random: inout FuzzRandom) throws -> PCBoard {
        var configuration = PCConfiguration()
        configuration.memorySize = 2 << 20
        configuration.firmware = [UInt8](repeating: 0xF4, count: 65536)
        configuration.disks[0] = SnapshotOverlay(over: MemoryDisk(random.bytes(20 * sectorSize)))
        configuration.disks[2] = MemoryDisk(random.bytes(3 * sectorSize + 100), isReadOnly: true)
        configuration.floppies[0] = MemoryDisk([UInt8](repeating: 0xE5, count: 2880 * sectorSize))
        configuration.debugExit = (0xF4, 4)
        configuration.hasSecondSerial = true
        return try PCBoard(configuration)
    }

    private static func step(_ board: PCBoard, _ random: inout FuzzRandom) {
        let io = board.vm.io, memory = board.vm.memory
        let width = random.pick([1, 1, 1, 2, 4])
        let port = Port(
            random.chance(90)
                ? random.pick(CaseGenerator.boardPorts) : UInt16(truncatingIfNeeded: random.next()))
        switch random.below(16) {
        case 0...5: io.ports.write(port, width: width, value: UInt32(truncatingIfNeeded: random.next() >> 20))
        case 6...8: _ = io.ports.read(port, width: width)
        case 9, 10:
            let address = random.chance(90) ? 0xA0000 + random.next() % 0x20000 : random.next() & 0x1_FFFF_FFFF
            switch random.below(8) {
            case 0: memory.write(address, UInt8(truncatingIfNeeded: random.next()))
            case 1: memory.write(address, UInt16(truncatingIfNeeded: random.next()))
            case 2: memory.write(address, UInt32(truncatingIfNeeded: random.next()))
            case 3: memory.write(address, random.next())
            case 4: _ = memory.read(address, as: UInt8.self)
            case 5: _ = memory.read(address, as: UInt16.self)
            case 6: _ = memory.read(address, as: UInt32.self)
            default: _ = memory.read(address, as: UInt64.self)
            }
        case 11, 12, 13: advance(io, by: random.next() % (1 << UInt64(random.below(24))))
        case 14: outside(board, &random)
        default: if io.interruptLine { _ = io.acknowledgeInterrupt() }
        }
        if io.takeRequest() != nil { board.vm.reset() }
    }

    /// As an engine does: every event at its own tick.
    private static func advance(_ io: vIO, by ticks: UInt64) {
        let end = io.events.now &+ ticks
        var left = 2000
        while io.events.next <= end, left > 0 {
            io.events.advance(to: io.events.next)
            io.events.runDue()
            left -= 1
        }
        io.events.advance(to: end)
    }

    private static func outside(_ board: PCBoard, _ random: inout FuzzRandom) {
        let io = board.vm.io
        switch random.below(6) {
        case 4: io.input.deliver(random.bytes(random.below(40)), to: "mouse", at: io.events.now)
        case 5: io.input.deliver(random.bytes(random.below(200)), to: "serial1", at: io.events.now)
        case 0: io.input.deliver(random.bytes(random.below(40)), to: "keyboard", at: io.events.now)
        case 1: io.input.deliver(random.bytes(random.below(200)), to: "serial0", at: io.events.now)
        case 2: _ = board.vga.makeFrame()
        default: _ = board.pit.outputLevel(2)
        }
    }

    /// Bytes of a device's state as JSON: far above what any needs, far below what would hurt.
    private static func tooLarge(_ board: PCBoard) throws -> String? {
        for device in board.vm.io.devices {
            let count = try device.encodedState().count
            // The VGA has 256 KiB of memory, the serial port a queue of 64 KiB.
            let limit = ["vga": 400_000, "serial0": 400_000, "serial1": 400_000][device.name] ?? 8000
            if count > limit { return "the state of \(device.name) takes \(count) bytes" }
        }
        return nil
    }
}
