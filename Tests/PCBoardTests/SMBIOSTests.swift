import Foundation
import Machine
import PCDevices
import Testing

@testable import PCBoard

/// Tables against DSP0134 2.8.0, and against dmidecode.
struct SMBIOSTests {
    struct Structure {
        var type: UInt8
        var handle: Int
        var bytes: [UInt8]
        var strings: [String]

        func number(_ offset: Int, _ count: Int) -> UInt64 {
            bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        func string(_ offset: Int) -> String? {
            let number = Int(bytes[offset])
            return number == 0 ? nil : strings[number - 1]
        }
    }

    /// As 6.1 tells a reader: the formatted area has its length in its second byte; strings follow up to two zeros.
    static func parse(_ table: [UInt8]) -> [Structure] {
        var list: [Structure] = []
        var offset = 0
        while offset + 4 <= table.count {
            let length = Int(table[offset + 1])
            let bytes = Array(table[offset..<offset + length])
            offset += length
            var strings: [String] = []
            while table[offset] != 0 {
                let end = table[offset...].firstIndex(of: 0) ?? table.count
                strings.append(String(decoding: table[offset..<end], as: UTF8.self))
                offset = end + 1
            }
            offset += strings.isEmpty ? 2 : 1
            list.append(
                Structure(
                    type: bytes[0], handle: Int(bytes[2]) | Int(bytes[3]) << 8, bytes: bytes, strings: strings))
        }
        return list
    }

    private func tables(
        memory: UInt64, processors: Int = 1, cpu: CPUModel = .maximum, firmware: SMBIOSTables.Firmware? = nil
    ) -> SMBIOSTables {
        SMBIOSTables(
            .init(
                memory: memory, lowMemory: min(memory, 0xC000_0000), processors: processors, cpu: cpu,
                firmware: firmware))
    }

    @Test func entryPointHasItsTwoSumsAndTellsOfTheStructures() {
        let tables = tables(memory: 64 << 20)
        let entry = tables.entryPoint(at: 0xF_C020)
        #expect(entry.count == 31 && entry[5] == 0x1F && entry[6] == 2 && entry[7] == 8 && entry[0x1E] == 0x28)
        #expect(String(decoding: entry[0..<4], as: UTF8.self) == "_SM_")
        #expect(String(decoding: entry[0x10..<0x15], as: UTF8.self) == "_DMI_")
        #expect(entry.reduce(0, &+) == 0 && entry[0x10...].reduce(0, &+) == 0)
        let structures = Self.parse(tables.structures)
        #expect(Int(entry[0x1C]) | Int(entry[0x1D]) << 8 == structures.count)
        #expect(Int(entry[0x16]) | Int(entry[0x17]) << 8 == tables.structures.count)
        #expect(entry[0x18..<0x1C] == [0x20, 0xC0, 0x0F, 0])
        let largest = structures.map { $0.bytes.count + $0.strings.reduce(1) { $0 + $1.utf8.count + 1 } }.max()
        #expect(Int(entry[8]) | Int(entry[9]) << 8 == largest)
    }

    /// Lengths that 2.8 gives, handles that differ, references that lead somewhere.
    @Test func structuresHaveTheLengthsOfTheirVersion() {
        let firmware = SMBIOSTables.Firmware(
            vendor: "V", version: "1", date: "01/01/2026", size: 65536, hasACPI: true)
        let list = Self.parse(tables(memory: 8 << 30, processors: 2, firmware: firmware).structures)
        #expect(list.map(\.type) == [0, 1, 3, 4, 4, 16, 17, 19, 19, 32, 127])
        let lengths: [UInt8: Int] = [
            0: 0x18, 1: 0x1B, 3: 0x16, 4: 0x2A, 16: 0x17, 17: 0x28, 19: 0x1F, 32: 0x0B, 127: 4,
        ]
        for structure in list { #expect(structure.bytes.count == lengths[structure.type], "\(structure.type)") }
        #expect(Set(list.map(\.handle)).count == list.count)
        let array = list.first(where: { $0.type == 16 })?.number(2, 2) ?? 0
        #expect(list.filter { $0.type == 17 }.allSatisfy { $0.number(4, 2) == array })
        #expect(list.filter { $0.type == 19 }.allSatisfy { $0.number(0xC, 2) == array })
        let bios = list[0]
        #expect(bios.string(4) == "V" && bios.string(8) == "01/01/2026" && bios.bytes[9] == 0)
        // 64 KiB at F0000h; PCI, boot from CD, EDD; ACPI; a virtual machine.
        #expect(bios.number(6, 2) == 0xF000)
        #expect(bios.number(0xA, 8) & (1 << 7 | 1 << 15 | 1 << 19 | 1 << 3) == 1 << 7 | 1 << 15 | 1 << 19)
        #expect(bios.bytes[0x12] == 1 && bios.bytes[0x13] == 0x10)
    }

    @Test func firmwareOfOthersAddsItsOwnStructure() {
        #expect(!Self.parse(tables(memory: 64 << 20).structures).contains { $0.type == 0 })
    }

    @Test func processorIsTheModel() throws {
        let list = Self.parse(tables(memory: 64 << 20, processors: 3).structures).filter { $0.type == 4 }
        #expect(list.compactMap { $0.string(4) } == ["CPU 0", "CPU 1", "CPU 2"])
        let one = try #require(list.first)
        #expect(one.number(8, 4) == UInt64(CPUModel.maximum.signature))
        #expect(one.number(0xC, 4) == UInt64(CPUModel.maximum.identification(1).edx))
        #expect(one.string(7) == "GenuineIntel" && one.number(0x14, 2) == 1000)
        // Populated, enabled; one core, one thread; 64 bits and no-execute.
        #expect(one.bytes[0x18] == 0x41 && one.bytes[0x23] == 1 && one.bytes[0x25] == 1 && one.number(0x26, 2) == 0x24)
        let pentium = Self.parse(tables(memory: 64 << 20, cpu: .pentium).structures).first { $0.type == 4 }
        #expect(pentium?.bytes[6] == 0x0B && pentium?.number(0x26, 2) == 0)
    }

    /// Sizes in KiB and MiB, and in the fields for large ones from 2 TiB and 32 GiB - 1 MiB on; the hole below 4 GiB.
    @Test(
        arguments: [
            (64 << 20, 65536, 64, 0, [[0, 65535]]), (3 << 30, 3_145_728, 3072, 0, [[0, 3_145_727]]),
            (4 << 30, 4_194_304, 4096, 0, [[0, 3_145_727], [4_194_304, 5_242_879]]),
            (64 << 30, 67_108_864, 0x7FFF, 65536, [[0, 3_145_727], [4_194_304, 68_157_439]]),
        ] as [(UInt64, UInt64, UInt64, UInt64, [[UInt64]])])
    func memoryIsDescribedAsItIsFitted(
        memory: UInt64, kilobytes: UInt64, size: UInt64, extended: UInt64, ranges: [[UInt64]]
    ) throws {
        let list = Self.parse(tables(memory: memory).structures)
        let array = try #require(list.first { $0.type == 16 }), device = try #require(list.first { $0.type == 17 })
        #expect(array.number(7, 4) == kilobytes && array.number(0xD, 2) == 1)
        #expect(device.number(0xC, 2) == size && device.number(0x1C, 4) == extended)
        #expect(list.filter { $0.type == 19 }.map { [$0.number(4, 4), $0.number(8, 4)] } == ranges)
    }

    // MARK: In the machine

    /// What a guest finds between F0000h and FFFFFh on a boundary of 16 bytes (5.2.1), and the structures it points to.
    private func found(_ guest: Guest) throws -> (entry: [UInt8], structures: [UInt8], address: UInt64) {
        let segment = guest.board.vm.memory.peek(0xF0000, count: 0x10000)
        let first = stride(from: 0, to: segment.count - 31, by: 16).first { offset in
            segment[offset..<offset + 4].elementsEqual("_SM_".utf8)
                && segment[offset..<offset + 31].reduce(0, &+) == 0
                && segment[offset + 0x10..<offset + 0x15].elementsEqual("_DMI_".utf8)
        }
        let place = try #require(first)
        let entry = Array(segment[place..<place + 31])
        let address = entry[0x18..<0x1C].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let length = Int(entry[0x16]) | Int(entry[0x17]) << 8
        return (entry, guest.board.vm.memory.peek(address, count: length), address)
    }

    /// dmidecode on a dump of the machine's own tables: no line that complains, and the machine's values.
    private func decode(_ guest: Guest) throws -> String {
        let (entry, structures, _) = try found(guest)
        // The dump's form: the entry point at 0, its address field saying where in the file the structures are.
        var dump = entry
        dump[0x18...0x1B] = [32, 0, 0, 0]
        dump[0x15] = 0
        dump[0x15] = 0 &- dump[0x10...].reduce(0, &+)
        dump[4] = 0
        dump[4] = 0 &- dump.reduce(0, &+)
        let folder = try TemporaryFolder()
        let path = folder.path + "/dump"
        try Data(dump + [0] + structures).write(to: URL(fileURLWithPath: path))
        var output = ""
        try #require(
            try runTool("/usr/sbin/dmidecode", ["--from-dump", path]) { output = $0 }, "\(output)")
        for complaint in ["Wrong", "Invalid", "broken", "TRUNCATED", "OUT OF SPEC", "BAD INDEX", "Illegal"] {
            #expect(!output.localizedCaseInsensitiveContains(complaint), "\(output)")
        }
        return output
    }

    @Test func dmidecodeReadsTheTablesThatOurBIOSPlaced() throws {
        let guest = try Guest {
            $0.cpuModel = .maximum
            $0.processors = 2
            $0.memorySize = 64 << 20
        }
        #expect(guest.run(seconds: 5) { guest.console.contains("No bootable disk") })
        let output = try decode(guest)
        for line in [
            "SMBIOS 2.8 present.", "Vendor: Lucid86", "Version: Lucid86 BIOS", "Release Date: 01/01/2026",
            "Product Name: PC (i440FX + PIIX3)", "Socket Designation: CPU 1", "Max Speed: 1000 MHz",
            "Maximum Capacity: 64 MB", "Size: 64 MB", "Ending Address: 0x00003FFFFFF", "Status: No errors detected",
        ] { #expect(output.contains(line), "\(line): \(output)") }
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: "/usr/share/seabios/bios-256k.bin"),
            "seabios is not installed; scripts/setup does it"))
    func dmidecodeReadsTheTablesThatSeaBIOSPlaced() throws {
        let folder = "/usr/share/seabios/"
        let guest = try Guest {
            $0.firmware = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "bios-256k.bin")))
            $0.videoROM = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "vgabios-stdvga.bin")))
        }
        guest.run(seconds: 20) { guest.console.contains("No bootable device") }
        let output = try decode(guest)
        #expect(output.contains("Vendor: SeaBIOS") && output.contains("Product Name: PC (i440FX + PIIX3)"), "\(output)")
    }
}
