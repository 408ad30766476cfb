import Machine
import PCBoard
import PCDevices

/// Random rings, descriptors and registers for the devices that read and write memory by themselves: virtio devices and a network
/// card, on a whole board and without the CPU between.
public enum BusMasterFuzzer {
    private static let memorySize: UInt64 = 2 << 20
    /// Base 4 of the virtio devices in slots 3-6, base 0 of the card in slot 7.
    private static let firstBase: UInt64 = 0xE000_0000
    private static let baseStep: UInt64 = 0x10_0000
    private static let virtioCount = 4
    /// Where rings are put, so that registers and memory meet often.
    private static let ringPlaces: [UInt64] = [0x10000, 0x11000, 0x12000, 0x13000]

    /// What was wrong, or nil. A trap ends the process.
    public static func check(seed: UInt64, number: UInt64, steps: Int = 3000) throws -> String? {
        var random = FuzzRandom(seed: seed, case: number)
        let board = try makeBoard(&random)
        placeBases(board)
        for _ in 0..<steps { step(board, &random) }
        for device in board.vm.io.devices where !device.name.hasPrefix("vga") {
            let count = try device.encodedState().count
            if count > 2 << 20 { return "the state of \(device.name) takes \(count) bytes" }
        }
        return try survivesACopy(board)
    }

    private static func makeBoard(_ random: inout FuzzRandom) throws -> PCBoard {
        var configuration = PCConfiguration()
        configuration.memorySize = memorySize
        configuration.firmware = [UInt8](repeating: 0xF4, count: 65536)
        let mac: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]
        let disk = SnapshotOverlay(over: MemoryDisk(random.bytes(20 * sectorSize)))
        configuration.pciDevices = [
            PCIDevice(.virtioBlock(disk, serial: "fuzz"), name: "virtio-blk0"),
            PCIDevice(.virtioRandom, name: "virtio-rng0"), PCIDevice(.virtioConsole, name: "virtio-console0"),
            PCIDevice(.virtioNet(mac: mac), name: "net0"), PCIDevice(.e1000(mac: mac), name: "net1"),
        ]
        return try PCBoard(configuration)
    }

    private static func configure(_ board: PCBoard, _ slot: Int, _ register: Int, _ value: UInt32) {
        let ports = board.vm.io.ports
        ports.write(0xCF8, width: 4, value: 0x8000_0000 | UInt32(slot) << 11 | UInt32(register & 0xFC))
        ports.write(0xCFC, width: 4, value: value)
    }

    private static func placeBases(_ board: PCBoard) {
        for index in 0...virtioCount {
            let base = UInt32(firstBase + UInt64(index) * baseStep)
            configure(board, 3 + index, index == virtioCount ? 0x10 : 0x20, base)
            configure(board, 3 + index, 4, 7)
        }
    }

    private static func step(_ board: PCBoard, _ random: inout FuzzRandom) {
        let memory = board.vm.memory, io = board.vm.io
        let device = random.below(virtioCount + 1), base = firstBase + UInt64(device) * baseStep
        switch random.below(16) {
        case 0...3:
            // Words of rings: small ones make sense as numbers, flags, counts and addresses.
            let place = random.pick(ringPlaces) + UInt64(random.below(512)) * 2
            let masks: [UInt16] = [1, 3, 7, 0xF, 0xFF, 0xFFFF]
            memory.write(place, UInt16(truncatingIfNeeded: random.next()) & random.pick(masks))
        case 4, 5:
            let place = random.pick(ringPlaces) + UInt64(random.below(64)) * 16
            memory.write(place, random.chance(90) ? random.next() % memorySize : random.next())
        case 6...9 where device < virtioCount: driver(memory, base, &random)
        case 6...9: card(memory, base, &random)
        case 10: memory.write(base + random.next() % 0x4000, UInt32(truncatingIfNeeded: random.next()))
        case 11: _ = memory.read(base + random.next() % 0x4000, as: UInt32.self)
        case 12:
            io.input.deliver(random.bytes(random.below(1600)), to: random.pick(["net0", "net1"]), at: io.events.now)
        case 13:
            io.input.deliver(random.bytes(random.below(100)), to: "virtio-console0", at: io.events.now)
        default: advance(io, by: random.next() % 20_000)
        }
        if random.below(500) == 0 { configure(board, 3 + device, random.below(64) * 4, UInt32(random.next() >> 32)) }
        if random.below(500) == 0 { placeBases(board) }
    }

    /// A driver's steps in any order; the right ones often.
    private static func driver(_ memory: vMEM, _ base: UInt64, _ random: inout FuzzRandom) {
        switch random.below(12) {
        case 0: memory.write(base + 0x14, random.pick([0, 1, 3, 11, 15, 15, 15]) as UInt8)
        case 1:
            memory.write(base + 8, UInt32(random.below(2)))
            memory.write(base + 12, random.pick([1, 0, 0x3000_0000, 0x3000_0001, .max]) as UInt32)
        case 2: memory.write(base + 0x16, UInt16(random.below(3)))
        case 3: memory.write(base + 0x18, random.pick([1, 2, 8, 256, 3, 0, 0x8000]) as UInt16)
        case 4...6: memory.write(base + random.pick([0x20, 0x28, 0x30]), random.pick(ringPlaces))
        case 7: memory.write(base + 0x1C, UInt16(1))
        default: memory.write(base + 0x3000 + UInt64(random.below(3)) * 4, UInt16(0))
        }
    }

    private static func card(_ memory: vMEM, _ base: UInt64, _ random: inout FuzzRandom) {
        switch random.below(8) {
        case 0: memory.write(base + random.pick([0x2800, 0x3800]), UInt32(truncatingIfNeeded: random.pick(ringPlaces)))
        case 1:
            memory.write(base + random.pick([0x2808, 0x3808]), random.pick([0, 128, 256, 0xFFF80, .max]) as UInt32)
        case 2: memory.write(base + 0x100, random.pick([0, 2, 0x801A, 0x0203_801A, 0x0601_8002]) as UInt32)
        case 3: memory.write(base + 0x400, random.pick([0, 2, 10]) as UInt32)
        case 4: memory.write(base + random.pick([0x2810, 0x3810]), UInt32(random.below(20)))
        default: memory.write(base + random.pick([0x2818, 0x3818]), UInt32(random.below(20)))
        }
    }

    private static func advance(_ io: vIO, by ticks: UInt64) {
        let end = io.events.now &+ ticks
        var left = 2000
        while io.events.next <= end, left > 0 {
            io.events.advance(to: io.events.next)
            io.events.runDue()
            left -= 1
        }
        io.events.advance(to: end)
        if io.takeRequest() != nil { io.reset() }
    }

    /// All states are taken by devices that are made alike.
    private static func survivesACopy(_ board: PCBoard) throws -> String? {
        var random = FuzzRandom(seed: 0)
        let copy = try makeBoard(&random)
        for (device, other) in zip(board.vm.io.devices, copy.vm.io.devices) {
            let state = try device.encodedState()
            try other.restoreState(from: state)
            if try other.encodedState() != state { return "\(device.name) does not take its own state" }
        }
        return nil
    }
}
