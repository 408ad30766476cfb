/// The differentiated system description table: what is on the board, for whoever cannot enumerate it.
struct DSDT {
    var processors: Int
    /// First byte above RAM below 4 GiB: PCI has the addresses from there up to the I/O APIC.
    var lowMemoryEnd: UInt32
    var hasSecondSerial: Bool
    var floppyIsFitted: Bool

    private static let ioAPIC: UInt32 = 0xFEC0_0000
    /// IRQs that a link device can be set to.
    private static let linkIRQs: [UInt32] = [5, 10, 11]
    private static let links = ["LNKA", "LNKB", "LNKC", "LNKD"]
    private static let routes = ["PRQ0", "PRQ1", "PRQ2", "PRQ3"]

    /// The body, behind the header. `\_S5` stands first: GRUB looks for it in the first terms that it understands.
    var terms: [UInt8] {
        AML.name("\\_S5", AML.package([AML.integer(0), AML.integer(0), AML.integer(0), AML.integer(0)]))
            + AML.scope("\\_SB", pci, hpet, linkDevices, processorDevices)
    }

    // MARK: PCI

    private var pci: [UInt8] {
        AML.device(
            "PCI0", AML.name("_HID", AML.identifier("PNP0A03")), AML.name("_ADR", AML.integer(0)),
            AML.name("_UID", AML.integer(0)),
            AML.name(
                "_CRS",
                AML.resources(
                    AML.range(.buses, 0, 0xFF), AML.ports(0xCF8, 8), AML.range(.ports, 0, 0xCF7),
                    AML.range(.ports, 0xD00, 0xFFFF), AML.range(.memory, 0xA0000, 0xBFFFF),
                    AML.range(.memory, max(lowMemoryEnd, 0x100_0000), Self.ioAPIC - 1))),
            AML.name("_PRT", routing), isaBridge)
    }

    /// Each slot is turned by one against the one before it; INTA# of slot 1 is PIRQA#.
    private var routing: [UInt8] {
        var entries: [[UInt8]] = []
        for slot: UInt64 in 0..<32 {
            for pin: UInt64 in 0..<4 {
                let link = Self.links[Int(slot + pin + 3) & 3]
                entries.append(
                    AML.package([
                        AML.integer(slot << 16 | 0xFFFF), AML.integer(pin), AML.path("\\_SB." + link), AML.integer(0),
                    ]))
            }
        }
        return AML.package(entries)
    }

    // MARK: ISA

    private var isaBridge: [UInt8] {
        AML.device(
            "ISA", AML.name("_ADR", AML.integer(0x1_0000)),
            // PIRQRCA-PIRQRCD of the PIIX3.
            AML.configurationBytes("PRQS", at: 0x60, Self.routes), isaDevices)
    }

    private var isaDevices: [UInt8] {
        var list =
            device("RTC", "PNP0B00", AML.ports(0x70, 2), AML.irq(8))
            + device("KBD", "PNP0303", AML.ports(0x60, 1), AML.ports(0x64, 1), AML.irq(1))
            + device("MOU", "PNP0F13", AML.irq(12))
        if floppyIsFitted {
            list += device("FDC0", "PNP0700", AML.ports(0x3F2, 4), AML.ports(0x3F7, 1), AML.irq(6), AML.dma(2))
        }
        list += device("COM1", "PNP0501", number: 1, AML.ports(0x3F8, 8), AML.irq(4))
        if hasSecondSerial { list += device("COM2", "PNP0501", number: 2, AML.ports(0x2F8, 8), AML.irq(3)) }
        return list
    }

    private func device(_ name: String, _ identifier: String, number: UInt64? = nil, _ resources: [UInt8]...) -> [UInt8]
    {
        AML.device(
            name, AML.name("_HID", AML.identifier(identifier)),
            number.map { AML.name("_UID", AML.integer($0)) } ?? [],
            AML.name("_CRS", AML.buffer(resources.flatMap { $0 } + [0x79, 0])))
    }

    private var hpet: [UInt8] {
        AML.device(
            "HPET", AML.name("_HID", AML.identifier("PNP0103")), AML.name("_UID", AML.integer(0)),
            AML.name("_CRS", AML.resources(AML.fixedMemory(0xFED0_0000, 0x400))))
    }

    // MARK: Interrupt links

    /// What routes PIRQx#: bit 7 of its register switches it off, bits 3-0 are the IRQ.
    private var linkDevices: [UInt8] {
        zip(Self.links, Self.routes).enumerated().flatMap { number, names in
            let register = AML.path("\\_SB.PCI0.ISA." + names.1)
            return AML.device(
                names.0, AML.name("_HID", AML.identifier("PNP0C0F")), AML.name("_UID", AML.integer(UInt64(number))),
                AML.name("_PRS", AML.resources(AML.interrupts(Self.linkIRQs))),
                AML.method(
                    "_STA",
                    AML.ifTrue(AML.and(register, AML.integer(0x80)), AML.returns(AML.integer(0x09))),
                    AML.returns(AML.integer(0x0B))),
                AML.method("_DIS", AML.or(register, AML.integer(0x80), in: register)),
                AML.method(
                    "_CRS",
                    AML.name("BUF0", AML.resources(AML.interrupts([0]))),
                    // The number stands behind five bytes of its descriptor.
                    AML.createDoubleWordField(AML.path("BUF0"), 5, "IRQN"),
                    AML.ifTrue(
                        AML.and(register, AML.integer(0x80)), AML.returns(AML.path("BUF0"))),
                    AML.and(register, AML.integer(0x0F), in: AML.path("IRQN")),
                    AML.returns(AML.path("BUF0"))),
                AML.method(
                    "_SRS", arguments: 1,
                    AML.createDoubleWordField(AML.argument0, 5, "IRQW"),
                    AML.store(AML.path("IRQW"), in: register)))
        }
    }

    private var processorDevices: [UInt8] {
        (0..<processors).flatMap { number in
            let digits = String(number, radix: 16, uppercase: true)
            return AML.device(
                "C" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits,
                AML.name("_HID", AML.string("ACPI0007")), AML.name("_UID", AML.integer(UInt64(number))))
        }
    }
}
