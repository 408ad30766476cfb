import Foundation
import Machine
import PCDevices
import Testing

/// For every chip: a copy that was made from the JSON of its state at any moment goes on as the original does; and no
/// sequence of accesses traps or lets a state grow without bound.
struct RoundTripTests {
    /// A chip on a bus of its own, with its time and input.
    final class Bench {
        let rig = Rig()
        var devices: [any Device] = []
        var disks: [MemoryDisk] = []
        var portList: [UInt16] = []
        /// What its pins and outputs did.
        var outputs: [String] = []
        /// Pokes it from outside.
        var poke: (UInt64) -> Void = { _ in }

        func add(_ device: any Device & PortHandler, _ ranges: [ClosedRange<UInt16>]) throws {
            devices.append(device)
            for range in ranges {
                try rig.ports.map(range, name: device.name, to: device)
                portList += range
            }
        }

        func note(_ name: String) -> Pin {
            { [unowned self] level in outputs.append("\(name) \(level) at \(rig.events.now)") }
        }

        /// One random access, a stretch of time, or something from outside. Gives what a read read.
        func step(_ random: UInt64) -> UInt8? {
            let port = portList[Int(random >> 8 & 0xFFFF) % portList.count]
            let value = UInt8(truncatingIfNeeded: random >> 32)
            switch random & 15 {
            case 0...6: rig.write(port, value)
            case 7...12: return rig.read(port)
            case 13: poke(random >> 16)
            default:
                // From a nanosecond to a few milliseconds.
                rig.run(for: (random >> 40) % (1 << (random >> 24 & 15 + 8) + 1))
            }
            return nil
        }
    }

    enum Chip: String, CaseIterable, Sendable {
        case pic, pit, rtc, keyboard, uart, dma, system, ports, ata, floppy, firmwareConfig
    }

    static func bench(_ chip: Chip) throws -> Bench {
        let bench = Bench()
        let events = bench.rig.events
        let input = bench.rig.input
        switch chip {
        case .pic:
            let pic = PIC8259()
            pic.output = bench.note("intr")
            try bench.add(pic, [0x20...0x21, 0xA0...0xA1, 0x4D0...0x4D1])
            bench.poke = { [unowned bench] random in
                if random & 0x70 == 0 {
                    bench.outputs.append("vector \(pic.acknowledge())")
                } else {
                    pic.setLine(Int(random & 15), random & 0x80 != 0)
                }
            }
        case .pit:
            let pit = PIT8254(events: events)
            pit.output = bench.note("out0")
            try bench.add(pit, [0x40...0x43])
            bench.poke = { [unowned bench] random in
                if random & 2 == 0 { pit.setGate2(random & 1 != 0) }
                bench.outputs.append("out2 \(pit.outputLevel(2))")
            }
        case .rtc:
            let rtc = RTC(events: events)
            rtc.interrupt = bench.note("irq8")
            rtc.nmiMask = { _ in }
            try bench.add(rtc, [0x70...0x71])
        case .keyboard:
            let controller = I8042(events: events)
            let keyboard = PS2Keyboard(events: events, input: input, repeatsHeldKeys: true)
            let mouse = PS2Mouse(events: events, input: input)
            controller.connect(keyboard: keyboard, aux: mouse)
            controller.interrupt = bench.note("irq1")
            controller.auxInterrupt = bench.note("irq12")
            try bench.add(controller, [0x60...0x60, 0x64...0x64])
            bench.devices += [keyboard, mouse]
            bench.poke = { random in
                if random >> 20 & 1 != 0 {
                    let bytes = PS2Mouse.logBytes(
                        right: Int16(truncatingIfNeeded: random >> 24), up: Int16(truncatingIfNeeded: random >> 30),
                        wheel: Int8(truncatingIfNeeded: random), buttons: UInt8(random >> 8 & 31))
                    input.deliver(bytes, to: "mouse", at: events.now)
                    return
                }
                input.deliver([UInt8(random & 127), UInt8(random >> 7 & 1)], to: "keyboard", at: events.now)
            }
        case .uart:
            let uart = UART16550(name: "serial0", base: 0x3F8, events: events, input: input)
            uart.interrupt = bench.note("irq4")
            uart.transmit = { [unowned bench] in bench.outputs.append("sent \($0)") }
            try bench.add(uart, [0x3F8...0x3FF])
            bench.poke = { random in
                let bytes = [UInt8](repeating: UInt8(random & 0xFF), count: Int(random >> 8 & 31))
                input.deliver(bytes, to: "serial0", at: events.now)
            }
        case .ata:
            bench.disks = [MemoryDisk((0..<40 * 512).map { UInt8(truncatingIfNeeded: $0 / 512) })]
            let channel = ATAChannel(name: "ata0", base: 0x1F0, disks: bench.disks, events: events)
            channel.interrupt = bench.note("irq14")
            try bench.add(channel, [0x1F0...0x1F7, 0x3F6...0x3F6])
            bench.poke = { [unowned bench] random in
                let commands: [UInt8] = [0x20, 0x30, 0x24, 0x34, 0xC4, 0xC5, 0xC6, 0xEC, 0x40, 0x90, 0xE7, 0x91]
                let values: [(UInt16, UInt64)] = [
                    (0x1F6, 0xE0 | (random & 16)), (0x1F2, random >> 5 & 3), (0x1F3, random >> 8 & 63), (0x1F4, 0),
                    (0x1F5, 0), (0x1F7, UInt64(commands[Int(random >> 16) % commands.count])),
                ]
                for (port, value) in values { bench.rig.write(port, UInt8(truncatingIfNeeded: value)) }
                bench.rig.run(for: random >> 20 & 4095)
                for _ in 0..<random >> 32 & 1023 { _ = bench.rig.read(0x1F0) }
                for _ in 0..<random >> 42 & 1023 { bench.rig.write(0x1F0, UInt8(random >> 52 & 0xFF)) }
            }
        case .floppy:
            bench.disks = [MemoryDisk([UInt8](repeating: 0x5A, count: 737_280))]
            let controller = FloppyController(events: events)
            controller.insert(bench.disks[0], into: 0)
            controller.interrupt = bench.note("irq6")
            controller.deviceToMemory = { [unowned bench] byte in
                bench.outputs.append("byte \(byte)")
                return bench.outputs.count % 1024 == 0 ? .terminalCount : .accepted
            }
            controller.memoryToDevice = { [unowned bench] in
                bench.outputs.append("taken")
                return (0x77, bench.outputs.count % 512 == 0 ? .terminalCount : .accepted)
            }
            try bench.add(controller, [0x3F0...0x3F5, 0x3F7...0x3F7])
            bench.poke = { [unowned bench] random in
                bench.rig.write(0x3F2, 0x1C)
                bench.rig.write(0x3F7, 0x02)
                bench.rig.run(for: 50_000)
                let unit = UInt8(random >> 4 & 4), sector = UInt8(random >> 8 & 7) + 1
                let commands: [[UInt8]] = [
                    [0x07, 0], [0x0F, unit, UInt8(random >> 12 & 1)], [0x08], [0x4A, unit], [0x03, 0xDF, 0x02],
                    [0x03, 0xDF, 0x03], [0xE6, unit, 0, unit >> 2, sector, 2, 9, 27, 255],
                    [0xC5, unit, 0, unit >> 2, sector, 2, 9, 27, 255], [0x4D, unit, 2, 9, 0x6C, 0xF6],
                ]
                for byte in commands[Int(random >> 16) % commands.count] { bench.rig.write(0x3F5, byte) }
                bench.rig.run(for: random >> 24 & 0xF_FFFF)
                for _ in 0..<random >> 44 & 15 { _ = bench.rig.read(0x3F5) }
            }
        case .dma:
            let dma = DMA8237()
            dma.writeMemory = { [unowned bench] in bench.outputs.append("\($0) \($1)") }
            try bench.add(dma, [0x00...0x0F, 0x81...0x8F, 0xC0...0xDF, 0x481...0x48B])
            bench.poke = { [unowned bench] random in
                let channel = Int(random & 7)
                bench.outputs.append("\(dma.deviceToMemory(channel: channel, UInt8(random >> 8 & 0xFF)))")
                bench.outputs.append("\(String(describing: dma.memoryToDevice(channel: channel)))")
                bench.outputs.append("\(dma.deviceToMemory(channel: channel, word: UInt16(random >> 8 & 0xFFFF)))")
            }
        case .system:
            let system = SystemControl(events: events)
            system.speaker = bench.note("speaker")
            system.resetRequest = { [unowned bench] in bench.outputs.append("reset") }
            try bench.add(system, [0x61...0x61, 0x92...0x92])
        case .firmwareConfig:
            let config = FirmwareConfig()
            config.addFile("etc/a", [UInt8](repeating: 3, count: 100), isWritable: true)
            config.addFile("etc/b", size: 64) { [1, 2, 3] }
            // The structure that a poke has made is at 0; all else reads as a pattern.
            var structure = [UInt8](repeating: 0, count: 16)
            config.readMemory = { address, count in
                guard count <= 4096, address <= 65536 else { return nil }
                return address == 0 && count == 16 ? structure : [UInt8](repeating: UInt8(address & 0xFF), count: count)
            }
            config.writeMemory = { [unowned bench] address, bytes in
                bench.outputs.append("\(address) \(bytes.count) \(bytes.reduce(0) { $0 &* 31 &+ Int($1) })")
                return address <= 65536
            }
            try bench.add(config, [0x510...0x511, 0x514...0x51B])
            bench.poke = { random in
                config.write(port: Port(0x510), width: 2, value: UInt32(random & 0x3F))
                structure =
                    bigEndian(UInt32(truncatingIfNeeded: random >> 6 & 0x3F_001F))
                    + bigEndian(UInt32(random >> 30 & 255))
                    + bigEndian(random >> 38 & 0x1_FFFF)
                config.write(port: Port(0x514), width: 4, value: UInt32(random >> 60 & 1))
                config.write(port: Port(0x518), width: 4, value: 0)
            }
        case .ports:
            let shutdown = BochsShutdown()
            shutdown.ask = { [unowned bench] in bench.outputs.append("\($0)") }
            let exit = DebugExit()
            exit.ask = { [unowned bench] in bench.outputs.append("\($0)") }
            let coprocessor = CoprocessorError()
            coprocessor.interrupt = bench.note("coprocessor")
            try bench.add(coprocessor, [0xF0...0xF1])
            try bench.add(PostCode(), [0x80...0x80])
            try bench.add(DebugConsole(name: "debugcon"), [0xE9...0xE9])
            try bench.add(exit, [exit.ports])
            try bench.add(shutdown, [0x8900...0x8900])
        }
        return bench
    }

    private static func restored(_ original: Bench, _ chip: Chip) throws -> Bench {
        let copy = try bench(chip)
        for (from, to) in zip(original.devices, copy.devices) { try to.restoreState(from: from.encodedState()) }
        for (from, to) in zip(original.disks, copy.disks) { to.restore(from.savedBlocks) }
        let time = try JSONEncoder().encode(original.rig.events.state)
        copy.rig.events.state = try JSONDecoder().decode(EventQueue.State.self, from: time)
        copy.outputs = []
        return copy
    }

    @Test(arguments: Chip.allCases) func copyFromJSONGoesOnAsTheOriginal(chip: Chip) throws {
        var generator = SeededGenerator(seed: chip.rawValue.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        let original = try Self.bench(chip)
        for _ in 0..<60 {
            for _ in 0..<Int.random(in: 0...80, using: &generator) { _ = original.step(generator.next()) }
            let copy = try Self.restored(original, chip)
            original.outputs = []
            for _ in 0..<60 {
                let random = generator.next()
                #expect(original.step(random) == copy.step(random))
            }
            #expect(original.outputs == copy.outputs)
            for (a, b) in zip(original.devices, copy.devices) {
                #expect(try a.encodedState() == b.encodedState())
            }
            #expect(original.rig.events.state == copy.rig.events.state)
        }
    }

    @Test(arguments: Chip.allCases) func lookingAtTheStateChangesNothing(chip: Chip) throws {
        var generator = SeededGenerator(seed: 7)
        let watched = try Self.bench(chip)
        let alone = try Self.bench(chip)
        for _ in 0..<3000 {
            let random = generator.next()
            #expect(watched.step(random) == alone.step(random))
            for device in watched.devices { _ = try device.encodedState() }
        }
        for (a, b) in zip(watched.devices, alone.devices) {
            #expect(try a.encodedState() == b.encodedState())
        }
        #expect(watched.outputs == alone.outputs)
    }

    @Test(arguments: Chip.allCases) func floodOfAccessesNeitherTrapsNorGrows(chip: Chip) throws {
        var generator = SeededGenerator(seed: 42)
        let bench = try Self.bench(chip)
        for round in 0..<100_000 {
            _ = bench.step(generator.next())
            if round % 1000 == 0 { bench.outputs = [] }
            if round % 10_007 == 0 { for device in bench.devices { device.reset() } }
        }
        for device in bench.devices {
            // The serial port's queue alone may be long: 64 KiB of numbers of up to four characters.
            // A block of a disk has 8 KiB.
            let limit = chip == .uart ? 300_000 : chip == .ata ? 15_000 : 5000
            #expect(try device.encodedState().count < limit)
        }
    }

    /// One leaf or array of a JSON tree changed.
    private static func damaged(_ tree: Any, _ generator: inout SeededGenerator) -> Any {
        if var object = tree as? [String: Any] {
            guard let key = object.keys.sorted().randomElement(using: &generator) else { return object }
            object[key] = object[key].map { damaged($0, &generator) }
            return object
        }
        if var array = tree as? [Any] {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: return []
            case 1: return array + array
            default:
                guard let index = array.indices.randomElement(using: &generator) else { return [1, 2, 3] }
                array[index] = damaged(array[index], &generator)
                return array
            }
        }
        let numbers: [UInt64] = [0, 1, 3, 7, 128, 255, 65535, 65536, 1 << 32, 1 << 63, .max]
        return NSNumber(value: numbers.randomElement(using: &generator) ?? 0)
    }

    @Test(arguments: Chip.allCases) func damagedStateIsRefusedOrRunsOnWithoutTrap(chip: Chip) throws {
        var generator = SeededGenerator(seed: 99)
        for _ in 0..<400 {
            let bench = try Self.bench(chip)
            for _ in 0..<40 { _ = bench.step(generator.next()) }
            for device in bench.devices {
                let tree = try JSONSerialization.jsonObject(with: device.encodedState())
                let data = try JSONSerialization.data(withJSONObject: Self.damaged(tree, &generator))
                try? device.restoreState(from: data)
            }
            for _ in 0..<100 { _ = bench.step(generator.next()) }
        }
    }
}
