import Machine
import PCDevices

/// What the board tells of itself: the structures of the System Management BIOS and their entry point.
///
/// Source: DMTF DSP0134 2.8.0, chapters 5.2.1 (entry point), 6.1 (structures) and 7 (types).
struct SMBIOSTables {
    /// All structures, one behind the other.
    private(set) var structures: [UInt8] = []
    private var count = 0
    private var largest = 0

    /// The machine, as far as it is told.
    struct Machine {
        /// Bytes of RAM; `lowMemory` are those below 4 GiB.
        var memory: UInt64
        var lowMemory: UInt64
        var processors: Int
        var cpu: CPUModel
        /// Type 0, which belongs to the firmware; nil where that adds its own.
        var firmware: Firmware?
    }

    /// Type 0.
    struct Firmware {
        var vendor: String
        var version: String
        /// MM/DD/YYYY
        var date: String
        /// Bytes.
        var size: Int
        var hasACPI: Bool
    }

    /// Handles, by which structures refer to each other.
    private enum Handle {
        static let firmware: UInt16 = 0x0000
        static let system: UInt16 = 0x0100
        static let chassis: UInt16 = 0x0300
        static let processor: UInt16 = 0x0400
        static let memoryArray: UInt16 = 0x1000
        static let memoryDevice: UInt16 = 0x1100
        static let memoryRange: UInt16 = 0x1300
        static let boot: UInt16 = 0x2000
        static let end: UInt16 = 0x7F00
    }

    private static let maker = "Lucid86"
    /// Of the TSC, of which a tick is 1 ns.
    private static let megahertz = 1000
    /// No structure has this handle (7.5, caches; 7.17.4, error information that is not given).
    private static let noCache: UInt64 = 0xFFFF
    private static let noErrorInformation: UInt64 = 0xFFFE

    init(_ machine: Machine) {
        if let firmware = machine.firmware { addFirmware(firmware) }
        addSystem()
        addChassis()
        for number in 0..<machine.processors { addProcessor(number, machine.cpu) }
        addMemory(machine)
        // No errors were found before the system was started (7.33).
        add(32, Handle.boot, [0, 0, 0, 0, 0, 0, 0])
        add(127, Handle.end, [])
    }

    /// A structure: `body` is what stands behind its handle, and strings are numbered from 1 in their order.
    private mutating func add(_ type: UInt8, _ handle: UInt16, _ body: [UInt8], strings: [String] = []) {
        var bytes = [type, UInt8(truncatingIfNeeded: body.count + 4)] + AML.little(UInt64(handle), 2) + body
        for string in strings { bytes += Array(string.utf8) + [0] }
        // The set of strings ends with a zero; an empty set is two (6.1.3).
        bytes += strings.isEmpty ? [0, 0] : [0]
        structures += bytes
        count += 1
        largest = max(largest, bytes.count)
    }

    // MARK: Structures

    /// 7.1
    private mutating func addFirmware(_ firmware: Firmware) {
        // PCI; shadowing; boot from CD; a choice of boot devices; EDD; floppies of 5.25" 1.2 MB, 3.5" 720 kB and 2.88 MB;
        // services for keyboard, serial ports, printers and screens.
        let able: [UInt64] = [7, 12, 15, 16, 19, 23, 24, 25, 27, 28, 29, 30]
        var body: [UInt8] = [1, 2] + AML.little(0xF000, 2)
        body += [3, UInt8(truncatingIfNeeded: max(firmware.size / 65536, 1) - 1)]
        body += AML.little(able.reduce(0) { $0 | 1 << $1 }, 8)
        // Bit 0 of the first extension is ACPI, bit 4 of the second says that this is a virtual machine. Releases: the
        // firmware's is 1.0, and there is no embedded controller.
        body += [firmware.hasACPI ? 1 : 0, 0x10, 1, 0, 0xFF, 0xFF]
        add(0, Handle.firmware, body, strings: [firmware.vendor, firmware.version, firmware.date])
    }

    /// 7.2: no serial number, and a UUID of zeros is none; power came by the switch.
    private mutating func addSystem() {
        add(
            1, Handle.system, [1, 2, 3, 0] + [UInt8](repeating: 0, count: 16) + [6, 0, 0],
            strings: [Self.maker, "PC (i440FX + PIIX3)", "pc"])
    }

    /// 7.4
    private mutating func addChassis() {
        // Type other. States of boot, power supply and temperature: safe. Security: none. No height, no cords, no elements,
        // no SKU number.
        add(
            3, Handle.chassis, [1, 1, 2, 0, 0, 3, 3, 3, 3] + AML.little(0, 4) + [0, 0, 0, 0, 0],
            strings: [Self.maker, "pc"])
    }

    /// 7.5: one socket for each processor, with one core.
    private mutating func addProcessor(_ number: Int, _ cpu: CPUModel) {
        let family = Self.family(cpu)
        var body: [UInt8] = [1, 3, family, 2] + AML.little(UInt64(cpu.signature), 4)
        body += AML.little(UInt64(cpu.identification(1).edx), 4) + [3, 0] + AML.little(0, 2)
        body += AML.little(UInt64(Self.megahertz), 2) + AML.little(UInt64(Self.megahertz), 2)
        // Populated and enabled; upgrade: other.
        body += [0x41, 1] + AML.little(Self.noCache, 2) + AML.little(Self.noCache, 2) + AML.little(Self.noCache, 2)
        let extended = cpu.identification(0x8000_0001).edx
        let has64Bits: UInt64 = cpu.hasLongMode ? 1 << 2 : 0
        let hasNoExecute: UInt64 = cpu.hasLongMode && extended >> 20 & 1 != 0 ? 1 << 5 : 0
        body += [0, 0, 0, 1, 1, 1] + AML.little(has64Bits | hasNoExecute, 2) + AML.little(UInt64(family), 2)
        add(4, Handle.processor &+ UInt16(number), body, strings: ["CPU \(number)", Self.vendor(cpu), cpu.name])
    }

    /// 7.5.2: other where the specification names none that the model is.
    private static func family(_ cpu: CPUModel) -> UInt8 {
        switch cpu.generation {
        case .i8086: 0x03
        case .i80286: 0x04
        case .i80386: 0x05
        case .i80486: 0x06
        case .pentium: 0x0B
        case .p6: cpu.name == "pentium3" ? 0x11 : 0x01
        }
    }

    private static func vendor(_ cpu: CPUModel) -> String {
        let zero = cpu.identification(0)
        let bytes = [zero.ebx, zero.edx, zero.ecx].flatMap { AML.little(UInt64($0), 4) }
        let text = String(decoding: bytes.prefix { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
        return text.isEmpty ? "GenuineIntel" : text
    }

    /// 7.17, 7.18 and 7.20: one array of one device, and where its bytes are found.
    private mutating func addMemory(_ machine: Machine) {
        let kilobytes = machine.memory >> 10, megabytes = machine.memory >> 20
        // On the system board, system memory, without error correction. 2 TiB and more stand in the last field.
        let isLarge = kilobytes >= 0x8000_0000
        add(
            16, Handle.memoryArray,
            [3, 3, 3] + AML.little(isLarge ? 0x8000_0000 : kilobytes, 4) + AML.little(Self.noErrorInformation, 2)
                + AML.little(1, 2) + AML.little(isLarge ? machine.memory : 0, 8))
        // Widths unknown; sizes from 32 GiB - 1 MiB on stand in a field of their own. A DIMM of RAM, detail other.
        let isExtended = megabytes >= 0x7FFF
        var device = AML.little(UInt64(Handle.memoryArray), 2) + AML.little(Self.noErrorInformation, 2)
        device += AML.little(0xFFFF, 2) + AML.little(0xFFFF, 2) + AML.little(isExtended ? 0x7FFF : megabytes, 2)
        device += [9, 0, 1, 0, 7] + AML.little(2, 2) + AML.little(0, 2) + [2, 0, 0, 0, 0]
        device += AML.little(isExtended ? megabytes : 0, 4) + AML.little(0, 2)
        device += AML.little(0, 2) + AML.little(0, 2) + AML.little(0, 2)
        add(17, Handle.memoryDevice, device, strings: ["DIMM 0", Self.maker])
        var ranges: [(start: UInt64, end: UInt64)] = [(0, machine.lowMemory)]
        if machine.memory > machine.lowMemory {
            ranges.append((1 << 32, 1 << 32 + machine.memory - machine.lowMemory))
        }
        for (number, range) in ranges.enumerated() {
            // First and last KiB.
            add(
                19, Handle.memoryRange &+ UInt16(number),
                AML.little(range.start >> 10, 4) + AML.little(range.end >> 10 - 1, 4)
                    + AML.little(UInt64(Handle.memoryArray), 2) + [1] + AML.little(0, 8) + AML.little(0, 8))
        }
    }

    // MARK: Entry point

    /// The entry point for structures at `address`; both of its sums are zero.
    func entryPoint(at address: UInt32 = 0) -> [UInt8] {
        var bytes: [UInt8] = Array("_SM_".utf8) + [0, 0x1F, 2, 8] + AML.little(UInt64(largest), 2)
        bytes += [0, 0, 0, 0, 0, 0] + Array("_DMI_".utf8) + [0] + AML.little(UInt64(structures.count), 2)
        bytes += AML.little(UInt64(address), 4) + AML.little(UInt64(count), 2) + [0x28]
        bytes[0x15] = 0 &- bytes[0x10...].reduce(0, &+)
        bytes[4] = 0 &- bytes.reduce(0, &+)
        return bytes
    }

    // MARK: fw_cfg

    static let structuresFile = "etc/smbios/smbios-tables"
    static let entryPointFile = "etc/smbios/smbios-anchor"
}

extension SMBIOSTables {
    init(_ board: PCBoard) {
        let configuration = board.configuration
        self.init(
            Machine(
                memory: configuration.memorySize, lowMemory: min(configuration.memorySize, vMEM.lowMemoryEnd),
                processors: board.vm.processors, cpu: board.vm.cpuModel, firmware: Self.own(configuration)))
    }

    /// Our BIOS, which bears its name at its beginning and its date at its end; it adds no structure itself.
    private static func own(_ configuration: PCConfiguration) -> Firmware? {
        let rom = configuration.firmware, name = "Lucid86 BIOS"
        guard rom.starts(with: Array(name.utf8)), rom.count >= 16 else { return nil }
        let date = String(decoding: rom.suffix(11).prefix(8), as: UTF8.self)
        let parts = date.split(separator: "/")
        guard parts.count == 3 else { return nil }
        return Firmware(
            vendor: maker, version: name, date: "\(parts[0])/\(parts[1])/20\(parts[2])", size: rom.count,
            hasACPI: configuration.memorySize >= 8 << 20)
    }
}

extension PCBoard {
    /// Firmware places the structures and completes the entry point.
    func installSMBIOS() {
        guard pci != nil else { return }
        let tables = SMBIOSTables(self)
        firmwareConfig.addFile(SMBIOSTables.structuresFile, tables.structures)
        firmwareConfig.addFile(SMBIOSTables.entryPointFile, tables.entryPoint())
    }
}
