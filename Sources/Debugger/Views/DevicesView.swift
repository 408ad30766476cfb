import Machine
import PCBoard
import PCDevices

/// Chips and maps as lines of text.
struct DevicesView {
    let board: PCBoard

    private static let lines = [
        "timer", "keyboard", "cascade", "COM2", "COM1", "LPT2", "floppy", "LPT1", "RTC", "ACPI", "free", "free",
        "mouse",
        "FPU", "IDE 1", "IDE 2",
    ]

    private func byte(_ value: UInt8) -> String { hexadecimal(UInt64(value), digits: 2) }

    func pic() -> [String] {
        let state = board.pic.state
        func text(_ name: String, _ chip: PIC8259Chip) -> String {
            "\(name): IRR=\(byte(chip.edges | chip.lines & chip.elcr)) ISR=\(byte(chip.isr)) IMR=\(byte(chip.imr)) "
                + "lines=\(byte(chip.lines)) vectors from \(byte(chip.base)) ELCR=\(byte(chip.elcr))"
                + (chip.autoEOI ? " auto-EOI" : "") + (chip.specialMask ? " special-mask" : "")
                + (chip.awaitedICW != 0 ? " waits for ICW\(chip.awaitedICW)" : "")
        }
        return [
            text("master", state.master), text("slave ", state.slave),
            "INTR=\(state.interrupt ? 1 : 0), the CPU's IF=\(board.vm.cpu.rflags & UInt64(Flags.interrupt) != 0 ? 1 : 0)",
        ]
    }

    func interruptLines() -> [String] {
        let state = board.pic.state
        return (0..<16).map { number in
            let chip = number < 8 ? state.master : state.slave
            let bit = UInt8(1) << UInt8(number & 7)
            var parts: [String] = []
            if chip.lines & bit != 0 { parts.append("line high") }
            if chip.edges & bit != 0 { parts.append("requested") }
            if chip.isr & bit != 0 { parts.append("in service") }
            parts.append(chip.imr & bit != 0 ? "masked" : "open")
            let vector = chip.base &+ UInt8(number & 7)
            let name = "IRQ \(number)" + (number < 10 ? " " : "")
            return "\(name) vector \(byte(vector))  \(Self.lines[number]): " + parts.joined(separator: ", ")
        }
    }

    func pit() -> [String] {
        let uses = ["IRQ 0", "refresh", "speaker"]
        return board.pit.state.counters.enumerated().map { number, counter in
            let count = counter.countRegister == 0 ? 65536 : Int(counter.countRegister)
            let access = ["latch", "low byte", "high byte", "both bytes"][Int(counter.access & 3)]
            return "counter \(number) (\(uses[min(number, 2)])): mode \(counter.mode), count \(count)"
                + "\(counter.isBCD ? " BCD" : ""), \(access), gate \(counter.gate ? 1 : 0)"
        }
    }

    func memory() -> [String] {
        let memory = board.vm.memory
        var lines = ["RAM \(memory.size >> 10) KiB, \(memory.usedPages.count * 4) KiB not zero"]
        lines.append("A20 " + (memory.a20Mask == .max ? "on" : "off: addresses lose bit 20"))
        return lines + map()
    }

    private func range(_ start: UInt64, _ size: UInt64) -> String {
        hexadecimal(start, digits: 8) + "-" + hexadecimal(start &+ size &- 1, digits: 8)
    }

    private func map() -> [String] {
        let memory = board.vm.memory
        var list: [(UInt64, String)] = [
            (0, range(0, min(memory.size, vMEM.lowMemoryEnd)) + "  RAM, under what follows")
        ]
        if memory.size > vMEM.lowMemoryEnd {
            list.append((1 << 32, range(1 << 32, memory.size - vMEM.lowMemoryEnd) + "  RAM"))
        }
        for region in memory.regions {
            let kind = region.romBytes == nil ? "MMIO" : "ROM"
            list.append((region.start, range(region.start, region.size) + "  \(kind) \(region.name)"))
        }
        for window in memory.placedWindows {
            list.append((window.start, range(window.start, window.size) + "  MMIO \(window.name)"))
        }
        return list.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
    }

    func tree() -> [String] {
        ["memory"] + map().map { "  " + $0 } + ["ports"]
            + board.vm.io.ports.mappings.sorted { $0.ports.lowerBound < $1.ports.lowerBound }.map {
                "  " + hexadecimal(UInt64($0.ports.lowerBound), digits: 4) + "-"
                    + hexadecimal(UInt64($0.ports.upperBound), digits: 4) + "  " + $0.name
            }
    }

    func events() -> [String] {
        let now = board.vm.io.events.now
        let pending = board.vm.io.events.pending
        if pending.isEmpty { return ["no events are due"] }
        return pending.map { "\($0.name) in \($0.deadline > now ? $0.deadline - now : 0) ticks" }
    }

    var names: [String] { board.vm.io.devices.map(\.name) }

    /// A device's state as it is saved: JSON, keys in order.
    func device(_ name: String) throws(DebuggerError) -> [String] {
        guard let device = board.vm.io.devices.first(where: { $0.name == name }) else {
            throw DebuggerError("there is no device '\(name)'; there are " + names.joined(separator: ", "))
        }
        return DeviceState.lines(of: device)
    }
}
