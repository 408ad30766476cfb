import Foundation
import Machine
import PCDevices
import Testing

@testable import PCBoard

/// Tables against the ACPI specification 5.0 and the MP specification 1.4, and against ACPICA's disassembler.
struct ACPITests {
    private func board(memory: UInt64 = 64 << 20) throws -> PCBoard {
        var configuration = PCConfiguration()
        configuration.memorySize = memory
        configuration.firmware = [UInt8](repeating: 0xF4, count: 65536)
        return try PCBoard(configuration)
    }

    private func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func name(_ bytes: [UInt8], _ offset: Int) -> String {
        String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
    }

    private func sum(_ bytes: [UInt8]) -> UInt8 { bytes.reduce(0, &+) }

    /// All tables by their signatures, found from the RSDP as a guest finds them.
    private func tables(_ block: [UInt8], _ rsdp: [UInt8], base: UInt64) -> [String: [UInt8]] {
        func table(_ address: UInt64) -> [UInt8] {
            let start = Int(address - base)
            return Array(block[start..<start + Int(number(block, start + 4, 4))])
        }
        var found: [String: [UInt8]] = [:]
        let xsdt = table(number(rsdp, 24, 8))
        found["RSDT"] = table(number(rsdp, 16, 4))
        found["XSDT"] = xsdt
        for offset in stride(from: 36, to: xsdt.count, by: 8) {
            let one = table(number(xsdt, offset, 8))
            found[name(one, 0)] = one
        }
        if let fadt = found["FACP"] {
            found["DSDT"] = table(number(fadt, 40, 4))
            found["FACS"] = table(number(fadt, 36, 4))
        }
        return found
    }

    @Test func guestFindsAllTablesFromTheRootPointer() throws {
        let base: UInt64 = 0x3F0_0000
        let linked = ACPITables(try board()).linked(at: base)
        #expect(String(decoding: linked.rsdp[0..<8], as: UTF8.self) == "RSD PTR ")
        #expect(linked.rsdp.count == 36 && number(linked.rsdp, 20, 4) == 36 && linked.rsdp[15] == 2)
        #expect(sum(Array(linked.rsdp[0..<20])) == 0 && sum(linked.rsdp) == 0)
        let tables = tables(linked.block, linked.rsdp, base: base)
        #expect(tables.keys.sorted() == ["APIC", "DSDT", "FACP", "FACS", "HPET", "RSDT", "XSDT"])
        for (signature, table) in tables where signature != "FACS" {
            #expect(sum(table) == 0, "\(signature)")
            #expect(name(table, 0) == signature)
        }
        let fadt = try #require(tables["FACP"])
        #expect(fadt.count == 244)
        #expect(number(fadt, 56, 4) == 0x600 && number(fadt, 64, 4) == 0x604 && number(fadt, 76, 4) == 0x608)
        #expect(number(fadt, 46, 2) == 9 && number(fadt, 48, 4) == 0xB2)
        #expect(number(fadt, 140, 8) == number(fadt, 40, 4))
        #expect(try #require(tables["HPET"]).count == 56)
        // FACS lies on a boundary of 64 bytes (5.2.10).
        #expect(number(fadt, 36, 4) % 64 == 0)
    }

    @Test func interruptTableNamesProcessorsInputsAndOverrides() throws {
        let linked = ACPITables(try board()).linked(at: 0)
        let table = try #require(tables(linked.block, linked.rsdp, base: 0)["APIC"])
        #expect(number(table, 36, 4) == 0xFEE0_0000 && number(table, 40, 4) == 1)
        var entries: [[UInt8]] = []
        var offset = 44
        while offset < table.count {
            entries.append(Array(table[offset..<offset + Int(table[offset + 1])]))
            offset += Int(table[offset + 1])
        }
        #expect(
            entries == [
                [0, 8, 0, 0, 1, 0, 0, 0], [1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0],
                [2, 10, 0, 0, 2, 0, 0, 0, 0, 0], [2, 10, 0, 5, 5, 0, 0, 0, 0xD, 0],
                [2, 10, 0, 9, 9, 0, 0, 0, 0xD, 0], [2, 10, 0, 10, 10, 0, 0, 0, 0xD, 0],
                [2, 10, 0, 11, 11, 0, 0, 0, 0xD, 0], [4, 6, 0xFF, 0, 0, 1],
            ])
    }

    /// GRUB reads the terms of the DSDT one after another until it meets one that it does not know.
    @Test func softOffStateIsTheFirstTerm() throws {
        let linked = ACPITables(try board()).linked(at: 0)
        let dsdt = try #require(tables(linked.block, linked.rsdp, base: 0)["DSDT"])
        #expect(Array(dsdt[36..<50]) == [0x08] + Array("\\_S5_".utf8) + [0x12, 0x06, 4, 0, 0, 0, 0] + [0x10])
    }

    /// The loader's entries do what `linked` does.
    @Test func loaderLinksTheSameTables() throws {
        let tables = ACPITables(try board())
        var files = [ACPITables.blockFile: tables.block, ACPITables.rsdpFile: tables.rsdp]
        let base: UInt64 = 0x7FE_0000
        func text(_ entry: ArraySlice<UInt8>, _ offset: Int) -> String {
            String(decoding: entry.dropFirst(offset).prefix(56).prefix { $0 != 0 }, as: UTF8.self)
        }
        var allocated: [String] = []
        for start in stride(from: 0, to: tables.loader.count, by: 128) {
            let entry = tables.loader[start..<start + 128], bytes = Array(entry)
            switch number(bytes, 0, 4) {
            case 1: allocated.append(text(entry, 4))
            case 2:
                let offset = Int(number(bytes, 116, 4)), size = Int(bytes[120]), file = text(entry, 4)
                #expect(text(entry, 60) == ACPITables.blockFile)
                let value = number(try #require(files[file]), offset, size) + base
                files[file]?.replaceSubrange(
                    offset..<offset + size, with: (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) })
            case 3:
                let file = text(entry, 4), place = Int(number(bytes, 60, 4)), first = Int(number(bytes, 64, 4))
                let stretch = try #require(files[file])[first..<first + Int(number(bytes, 68, 4))]
                files[file]?[place] = 0 &- stretch.reduce(0, &+)
            default: Issue.record("an unknown command")
            }
        }
        #expect(allocated == [ACPITables.blockFile, ACPITables.rsdpFile])
        let linked = tables.linked(at: base)
        #expect(files[ACPITables.blockFile] == linked.block && files[ACPITables.rsdpFile] == linked.rsdp)
    }

    private static let compiler = ["/usr/bin/iasl", "/usr/local/bin/iasl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private func run(_ arguments: [String], in folder: String) throws -> (status: Int32, output: String) {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.compiler))
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test(.enabled(if: compiler != nil, "without iasl (acpica-tools)"))
    func disassemblerReadsTheBytecodeAndItCompilesAgain() throws {
        let linked = ACPITables(try board()).linked(at: 0)
        let folder = MachineRig.temporaryPath("acpi")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (signature, table) in tables(linked.block, linked.rsdp, base: 0) where signature != "RSDT" {
            try Data(table).write(to: URL(fileURLWithPath: "\(folder)/\(signature).dat"))
            let read = try run(["-d", "\(signature).dat"], in: folder)
            #expect(read.status == 0, "\(read.output)")
            for word in ["rror", "arning"] { #expect(!read.output.contains(word), "\(signature): \(read.output)") }
        }
        let compiled = try run(["-p", "again", "DSDT.dsl"], in: folder)
        #expect(compiled.output.contains(" 0 Errors"), "\(compiled.output)")
        let text = try String(contentsOfFile: "\(folder)/DSDT.dsl", encoding: .utf8)
        for name in ["Device (PCI0)", "Name (_PRT", "Device (LNKA)", "Method (_SRS, 1", "EisaId (\"PNP0501\")"] {
            #expect(text.contains(name), "\(name)")
        }
    }

    @Test func multiprocessorTableHasItsSums() throws {
        let table = MPTable.configuration(try board(), routes: [10, 10, 11, 11])
        #expect(String(decoding: table[0..<4], as: UTF8.self) == "PCMP")
        #expect(Int(number(table, 4, 2)) == table.count && sum(table) == 0)
        let pointer = MPTable.pointer(to: 0x9FC00)
        #expect(pointer.count == 16 && sum(pointer) == 0 && number(pointer, 4, 4) == 0x9FC00)
        // Entries have 20 bytes for a processor, else 8 (4.3).
        var offset = 44, count = 0
        while offset < table.count {
            offset += table[offset] == 0 ? 20 : 8
            count += 1
        }
        #expect(offset == table.count && count == Int(number(table, 34, 2)))
    }
}

/// The registers of the PIIX4's power management function: 82371AB datasheet 7.2, ACPI 5.0 4.8.3.
struct PowerManagementTests {
    let board: PCBoard

    init() throws {
        var configuration = PCConfiguration()
        configuration.memorySize = 16 << 20
        configuration.firmware = [UInt8](repeating: 0xF4, count: 65536)
        board = try PCBoard(configuration)
        // PMBA = 600h, and the registers on.
        for (register, value): (UInt32, UInt32) in [(0x40, 0x601), (0x80, 1)] {
            write(0xCF8, 4, 0x8000_0B00 | register)
            write(0xCFC, 4, value)
        }
        // IRQ 9 in the slave's request register.
        write(0xA0, 1, 0x11)
        for value: UInt32 in [0x70, 2, 1] { write(0xA1, 1, value) }
    }

    private func write(_ port: UInt16, _ width: Int, _ value: UInt32) {
        board.vm.io.ports.write(Port(port), width: width, value: value)
    }

    private func read(_ port: UInt16, _ width: Int) -> UInt32 { board.vm.io.ports.read(Port(port), width: width) }

    private var sci: Bool {
        write(0xA0, 1, 0x0A)
        return read(0xA0, 1) & 2 != 0
    }

    @Test func commandPortSwitchesACPIMode() {
        #expect(read(0x604, 2) & 1 == 0)
        write(0xB2, 1, 0xF1)
        #expect(read(0x604, 2) & 1 == 1 && read(0xB2, 1) == 0xF1)
        write(0xB2, 1, 0xF0)
        #expect(read(0x604, 2) & 1 == 0)
    }

    @Test func timerCountsAt3579545Hertz() {
        board.vm.io.events.advance(to: 1_000_000_000)
        #expect(read(0x608, 4) == 3_579_545)
        // 24 bits
        board.vm.io.events.advance(to: 5_000_000_000)
        #expect(read(0x608, 4) == (5 * 3_579_545) & 0xFF_FFFF)
    }

    @Test func timerOverflowIsAnEventWhenItsTopBitChanges() throws {
        write(0xB2, 1, 0xF1)
        write(0x602, 2, 1)
        #expect(read(0x600, 2) & 1 == 0 && !sci)
        // 2^23 counts are 2.3435 s.
        let events = board.vm.io.events
        let deadline = try #require(events.state.deadlines["pm.timer"])
        #expect(deadline > 2_343_000_000 && deadline < 2_344_000_000)
        events.advance(to: deadline)
        events.runDue()
        #expect(read(0x600, 2) & 1 == 1 && sci)
        write(0x600, 2, 1)
        #expect(read(0x600, 2) & 1 == 0 && !sci)
    }

    @Test func powerButtonIsAnInterruptInACPIModeOnly() {
        write(0x602, 2, 0x100)
        board.pressPowerButton()
        #expect(read(0x600, 2) == 0x100 && !sci)
        write(0xB2, 1, 0xF1)
        #expect(sci)
        write(0x600, 2, 0x100)
        #expect(read(0x600, 2) == 0 && !sci)
    }

    @Test func sleepType0WithSleepEnableIsPowerOff() {
        write(0x604, 2, 0x2001 | 1 << 10)
        #expect(board.vm.io.request == nil)
        write(0x604, 2, 0x2001)
        #expect(board.vm.io.request == .powerOff(source: "ACPI"))
    }

    @Test func registersMoveWithTheirBase() {
        write(0xCF8, 4, 0x8000_0B40)
        write(0xCFC, 4, 0xB001)
        #expect(read(0x608, 4) == .max)
        board.vm.io.events.advance(to: 1_000_000_000)
        #expect(read(0xB008, 4) == 3_579_545)
    }
}
