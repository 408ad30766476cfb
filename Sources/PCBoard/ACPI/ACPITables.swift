import Machine
import PCDevices

/// The ACPI tables of a board: one block of tables, and the RSDP that leads to it.
///
/// Pointers within are offsets into the block until `linked` makes addresses of them, or the firmware does so by
/// `loader`. Source: ACPI specification 5.0, chapter 5.2.
struct ACPITables {
    /// A place that is to hold an address: `offset` in the RSDP or in the block.
    struct Pointer {
        var isInRSDP: Bool
        var offset: Int
        var size: Int
    }

    /// A byte that makes the sum of a stretch zero.
    struct Checksum {
        var isInRSDP: Bool
        var offset: Int
        var start: Int
        var length: Int
    }

    private(set) var block: [UInt8] = []
    private(set) var rsdp: [UInt8] = []
    private(set) var pointers: [Pointer] = []
    private(set) var checksums: [Checksum] = []

    private static let headerSize = 36

    init(_ board: PCBoard) {
        let processors = board.apics.count
        let facs = add(Self.facs, alignment: 64)
        let dsdt = addTable("DSDT", revision: 1, DSDT(board).terms)
        let fadt = addTable("FACP", revision: 3, Self.fixed)
        point(fadt + 36, to: facs, size: 4)
        point(fadt + 40, to: dsdt, size: 4)
        point(fadt + 140, to: dsdt, size: 8)
        var listed = [fadt]
        if processors > 0 { listed.append(addTable("APIC", revision: 1, Self.interrupts(processors: processors))) }
        listed.append(addTable("HPET", revision: 1, Self.timer))
        let rsdt = addTable("RSDT", revision: 1, [UInt8](repeating: 0, count: listed.count * 4))
        let xsdt = addTable("XSDT", revision: 1, [UInt8](repeating: 0, count: listed.count * 8))
        for (index, table) in listed.enumerated() {
            point(rsdt + Self.headerSize + index * 4, to: table, size: 4)
            point(xsdt + Self.headerSize + index * 8, to: table, size: 8)
        }
        // Revision 2: the first 20 bytes have a sum of their own.
        rsdp =
            Array("RSD PTR ".utf8) + [0] + Self.maker + [2] + AML.little(UInt64(rsdt), 4) + AML.little(36, 4)
            + AML.little(UInt64(xsdt), 8) + [0, 0, 0, 0]
        pointers.append(Pointer(isInRSDP: true, offset: 16, size: 4))
        pointers.append(Pointer(isInRSDP: true, offset: 24, size: 8))
        checksums.append(Checksum(isInRSDP: true, offset: 8, start: 0, length: 20))
        checksums.append(Checksum(isInRSDP: true, offset: 32, start: 0, length: 36))
    }

    private static let maker = Array("LUCID ".utf8)

    private mutating func add(_ bytes: [UInt8], alignment: Int) -> Int {
        while block.count % alignment != 0 { block.append(0) }
        defer { block += bytes }
        return block.count
    }

    private mutating func addTable(_ signature: String, revision: UInt8, _ body: [UInt8]) -> Int {
        let length = body.count + Self.headerSize
        let header =
            Array(signature.utf8) + AML.little(UInt64(length), 4) + [revision, 0] + Self.maker
            + Array("LUCID86 ".utf8) + AML.little(1, 4) + Array("LCID".utf8) + AML.little(1, 4)
        let place = add(header + body, alignment: 16)
        checksums.append(Checksum(isInRSDP: false, offset: place + 9, start: place, length: length))
        return place
    }

    private mutating func point(_ offset: Int, to target: Int, size: Int) {
        block.replaceSubrange(offset..<offset + size, with: AML.little(UInt64(target), size))
        pointers.append(Pointer(isInRSDP: false, offset: offset, size: size))
    }

    // MARK: Tables

    private static let facs: [UInt8] =
        Array("FACS".utf8) + AML.little(64, 4) + [UInt8](repeating: 0, count: 56)

    /// Ports of the power management function as firmware puts them.
    enum Ports {
        static let base: UInt64 = 0x600
        static let command: UInt64 = 0xB2
        static let resetControl: UInt64 = 0xCF9
    }

    static let sci: UInt8 = 9

    /// A register of `width` bits among the ports (5.2.3.1).
    private static func register(_ port: UInt64, width: UInt8) -> [UInt8] {
        [1, width, 0, 0] + AML.little(port, 8)
    }

    private static let noRegister = [UInt8](repeating: 0, count: 12)

    /// FADT, revision 3 (5.2.9), from offset 36 on.
    private static var fixed: [UInt8] {
        func word(_ value: UInt64) -> [UInt8] { AML.little(value, 2) }
        func double(_ value: UInt64) -> [UInt8] { AML.little(value, 4) }
        let event = Ports.base, control = Ports.base + 4, timer = Ports.base + 8, general = Ports.base + 0xC
        // FACS and DSDT; desktop; SCI; SMI command port with the values that switch ACPI mode on and off.
        var bytes: [UInt8] = double(0) + double(0) + [0, 1] + word(UInt64(sci)) + double(Ports.command)
        bytes += [PIIX4PM.Command.enable, PIIX4PM.Command.disable, 0, 0]
        bytes += double(event) + double(0) + double(control) + double(0) + double(0) + double(timer)
        bytes += double(general) + double(0) + [4, 2, 0, 4, 4, 0, 0, 0]
        // C2 and C3 are not there: latencies beyond what the specification allows.
        bytes += word(0xFFF) + word(0xFFF) + word(0) + word(0) + [0, 0, 0, 0]
        // The RTC's century; legacy devices and an 8042.
        bytes += [0x32] + word(3) + [0]
        // WBINVD, C1, no sleep button in the fixed registers, RTC wake-up not in the fixed registers, reset register.
        bytes += double(1 << 0 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 10)
        bytes += register(Ports.resetControl, width: 8) + [6, 0, 0, 0] + AML.little(0, 8) + AML.little(0, 8)
        bytes += register(event, width: 32) + noRegister + register(control, width: 16) + noRegister + noRegister
        return bytes + register(timer, width: 32) + register(general, width: 32) + noRegister
    }

    /// IRQs that PCI and the SCI use: level-triggered, active high, as they arrive at the I/O APIC.
    static let levelIRQs: [UInt8] = [5, 9, 10, 11]

    /// MADT (5.2.12).
    private static func interrupts(processors: Int) -> [UInt8] {
        // There are 8259s, too.
        var bytes = AML.little(PCBoard.localAPICBase, 4) + AML.little(1, 4)
        for number in 0..<processors {
            let identity = UInt8(truncatingIfNeeded: number)
            bytes += [0, 8, identity, identity] + AML.little(1, 4)
        }
        bytes += [1, 12, 0, 0] + AML.little(PCBoard.ioAPICBase, 4) + AML.little(0, 4)
        bytes += [2, 10, 0, 0] + AML.little(UInt64(PCBoard.timerPin), 4) + AML.little(0, 2)
        for irq in levelIRQs { bytes += [2, 10, 0, irq] + AML.little(UInt64(irq), 4) + AML.little(0xD, 2) }
        // NMI is on LINT1 of all processors.
        return bytes + [4, 6, 0xFF, 0, 0, 1]
    }

    /// HPET table (IA-PC HPET specification 3.2.4).
    private static let timer: [UInt8] =
        AML.little(0x8086_A201, 4) + [0, 64, 0, 0] + AML.little(PCBoard.hpetBase, 8) + [0] + AML.little(0, 2) + [0]

    // MARK: Addresses

    /// The block as it is at an address, and the RSDP for it.
    func linked(at base: UInt64) -> (block: [UInt8], rsdp: [UInt8]) {
        var parts = [false: block, true: rsdp]
        func change(_ isInRSDP: Bool, _ offset: Int, _ bytes: [UInt8]) {
            parts[isInRSDP]?.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        for pointer in pointers {
            let old = (parts[pointer.isInRSDP] ?? [])[pointer.offset..<pointer.offset + pointer.size]
            let target = old.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            change(pointer.isInRSDP, pointer.offset, AML.little(target &+ base, pointer.size))
        }
        for checksum in checksums {
            let stretch = (parts[checksum.isInRSDP] ?? [])[checksum.start..<checksum.start + checksum.length]
            change(checksum.isInRSDP, checksum.offset, [0 &- stretch.reduce(0, &+)])
        }
        return (parts[false] ?? [], parts[true] ?? [])
    }

    // MARK: QEMU's table loader

    static let blockFile = "etc/acpi/tables"
    static let rsdpFile = "etc/acpi/rsdp"

    /// What firmware does to install the tables: entries of 128 bytes (QEMU, hw/acpi/bios-linker-loader.c describes them).
    var loader: [UInt8] {
        func file(_ name: String) -> [UInt8] {
            Array(name.utf8) + [UInt8](repeating: 0, count: 56 - name.utf8.count)
        }
        func entry(_ command: UInt64, _ content: [UInt8]) -> [UInt8] {
            let bytes = AML.little(command, 4) + content
            return bytes + [UInt8](repeating: 0, count: 128 - bytes.count)
        }
        func name(_ isInRSDP: Bool) -> String { isInRSDP ? Self.rsdpFile : Self.blockFile }
        func number(_ value: Int) -> [UInt8] { AML.little(UInt64(value), 4) }
        // Allocate: name, alignment, zone (1 anywhere, 2 in the F segment).
        var bytes = entry(1, file(Self.blockFile) + number(64) + [1]) + entry(1, file(Self.rsdpFile) + number(16) + [2])
        // Add pointer: where, of what, offset and size.
        for pointer in pointers {
            bytes += entry(
                2,
                file(name(pointer.isInRSDP)) + file(Self.blockFile) + number(pointer.offset)
                    + [UInt8(truncatingIfNeeded: pointer.size)])
        }
        for checksum in checksums {
            bytes += entry(
                3,
                file(name(checksum.isInRSDP)) + number(checksum.offset) + number(checksum.start)
                    + number(checksum.length))
        }
        return bytes
    }
}

extension DSDT {
    init(_ board: PCBoard) {
        self.init(
            processors: board.apics.count,
            lowMemoryEnd: UInt32(truncatingIfNeeded: min(board.configuration.memorySize, vMEM.lowMemoryEnd)),
            hasSecondSerial: board.secondSerial != nil,
            floppyIsFitted: board.configuration.floppies.contains { $0 != nil })
    }
}
