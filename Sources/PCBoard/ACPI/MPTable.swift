import Machine
import PCDevices

/// Multiprocessor tables for guests older than ACPI.
///
/// Source: Intel MultiProcessor Specification 1.4, chapter 4.
enum MPTable {
    private static let pciBus: UInt8 = 0
    private static let isaBus: UInt8 = 1
    private static let ioAPIC: UInt8 = 0

    private enum Kind: UInt8 {
        case interrupt = 0
        case nonMaskable = 1
        case external = 3
    }

    /// The configuration table; `routes` are the IRQs of PIRQA# to PIRQD#.
    static func configuration(_ board: PCBoard, routes: [UInt8]) -> [UInt8] {
        var entries: [[UInt8]] = []
        let model = board.vm.cpuModel
        for number in 0..<board.apics.count {
            // Enabled, and the first is the bootstrap processor.
            entries.append(
                [0, UInt8(truncatingIfNeeded: number), 0x14, number == 0 ? 3 : 1]
                    + AML.little(UInt64(model.signature), 4) + AML.little(UInt64(model.identification(1).edx), 4)
                    + AML.little(0, 8))
        }
        entries.append([1, pciBus] + Array("PCI   ".utf8))
        entries.append([1, isaBus] + Array("ISA   ".utf8))
        entries.append([2, ioAPIC, 0x20, 1] + AML.little(PCBoard.ioAPICBase, 4))
        func assign(_ kind: Kind, flags: UInt64 = 0, bus: UInt8, irq: UInt8, to pin: UInt8) {
            entries.append([3, kind.rawValue] + AML.little(flags, 2) + [bus, irq, ioAPIC, pin])
        }
        let level = Set(routes)
        // Pin 2 has the timer, and IRQ 2 is the 8259s' own.
        for irq: UInt8 in 0..<16 where irq != 2 && !level.contains(irq) && irq != ACPITables.sci {
            assign(.interrupt, bus: isaBus, irq: irq, to: irq == 0 ? UInt8(PCBoard.timerPin) : irq)
        }
        // Active high and level-triggered.
        assign(.interrupt, flags: 0xD, bus: isaBus, irq: ACPITables.sci, to: ACPITables.sci)
        for slot: UInt8 in 1..<32 {
            for pin: UInt8 in 0..<4 {
                assign(
                    .interrupt, flags: 0xD, bus: pciBus, irq: slot << 2 | pin, to: routes[Int((slot + pin + 3) & 3)])
            }
        }
        entries.append([4, Kind.external.rawValue, 0, 0, isaBus, 0, 0, 0])
        entries.append([4, Kind.nonMaskable.rawValue, 0, 0, isaBus, 0, 0xFF, 1])
        let body = entries.flatMap { $0 }
        var table: [UInt8] =
            Array("PCMP".utf8) + AML.little(UInt64(44 + body.count), 2) + [4, 0]
            + Array("LUCID86 ".utf8) + Array("PC          ".utf8) + AML.little(0, 4) + AML.little(0, 2)
        table +=
            AML.little(UInt64(entries.count), 2) + AML.little(PCBoard.localAPICBase, 4) + AML.little(0, 4) + body
        table[7] = 0 &- table.reduce(0, &+)
        return table
    }

    /// What points to the table; no IMCR, since the local APIC starts in virtual wire mode.
    static func pointer(to address: UInt64) -> [UInt8] {
        var bytes = Array("_MP_".utf8) + AML.little(address, 4) + [1, 4, 0, 0, 0, 0, 0, 0]
        bytes[10] = 0 &- bytes.reduce(0, &+)
        return bytes
    }
}
