import Machine
import PCDevices
import Testing

/// fw_cfg as QEMU's docs/specs/fw_cfg.rst describes it; where that is silent, as QEMU 7.2 behaves.
struct FirmwareConfigTests {
    let rig = Rig()
    let config = FirmwareConfig()
    /// Guest memory of 64 KiB.
    final class Memory {
        var bytes = [UInt8](repeating: 0xEE, count: 65536)
    }
    let memory = Memory()

    init() throws {
        let memory = memory
        config.readMemory = { address, count in
            guard address <= 65536, count <= 65536 - Int(address) else { return nil }
            return Array(memory.bytes[Int(address)..<Int(address) + count])
        }
        config.writeMemory = { address, bytes in
            guard address <= 65536, bytes.count <= 65536 - Int(address) else { return false }
            memory.bytes.replaceSubrange(Int(address)..<Int(address) + bytes.count, with: bytes)
            return true
        }
        try rig.ports.map(0x510...0x511, name: "fwcfg", width: 2, to: config)
        try rig.ports.map(0x514...0x51B, name: "fwcfg", width: 4, to: config)
    }

    func select(_ key: UInt16) { rig.ports.write(0x510, width: 2, value: UInt32(key)) }

    func data(_ count: Int) -> [UInt8] { (0..<count).map { _ in rig.read(0x511) } }

    func big(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// Puts the structure at 1000h, starts it and gives the control word that is left.
    func transfer(_ control: UInt32, length: UInt32, address: UInt64) -> UInt32 {
        func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        memory.bytes.replaceSubrange(0x1000..<0x1010, with: bytes(control) + bytes(length) + bytes(address))
        rig.ports.write(0x514, width: 4, value: 0)
        rig.ports.write(0x518, width: 4, value: UInt32(0x1000).byteSwapped)
        return UInt32(big(memory.bytes[0x1000..<0x1004]))
    }

    // MARK: Traditional interface

    @Test func signatureAndRevisionAreThere() {
        select(0)
        #expect(data(4) == Array("QEMU".utf8))
        select(1)
        #expect(data(4) == [3, 0, 0, 0])
    }

    @Test func resetSelectsTheSignature() {
        select(1)
        _ = data(1)
        config.reset()
        #expect(data(4) == Array("QEMU".utf8))
    }

    @Test func readsBehindTheEndAndOfUnknownKeysAreZero() {
        select(0)
        #expect(data(6) == Array("QEMU".utf8) + [0, 0])
        select(0x2345)
        #expect(data(3) == [0, 0, 0])
        select(0xFFFF)
        #expect(data(3) == [0, 0, 0])
    }

    @Test func bytesCanBeReadAtBothPortsAndWordsAtNone() {
        select(0)
        #expect(rig.read(0x510) == UInt8(ascii: "Q"))
        #expect(rig.ports.read(0x510, width: 2) == 0)
        #expect(rig.read(0x511) == UInt8(ascii: "E"))
    }

    @Test func writingABytePortChangesNothing() {
        select(0)
        rig.write(0x511, 0x55)
        rig.write(0x510, 0x55)
        #expect(data(4) == Array("QEMU".utf8))
    }

    @Test func numbersAreLittleEndian() {
        config.set(FirmwareConfig.Key.ramSize, UInt64(0x1234_5678))
        select(3)
        #expect(data(8) == [0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0])
        config.set(FirmwareConfig.Key.irq0Override, UInt32(1))
        select(0x8002)
        #expect(data(4) == [1, 0, 0, 0])
        select(2)
        #expect(data(4) == [0, 0, 0, 0], "the architecture's keys are others")
    }

    // MARK: Files

    @Test func directoryNamesFilesInOrderWithSizesAndKeys() {
        config.addFile("etc/zeta", [1, 2, 3])
        config.addFile("bootorder", Array("x".utf8))
        config.addFile("etc/acpi/tables", [UInt8](repeating: 7, count: 300))
        select(0x19)
        #expect(data(4) == [0, 0, 0, 3])
        let entries = (0..<3).map { _ in data(64) }
        #expect(entries.map { big($0[0..<4]) } == [1, 300, 3])
        #expect(entries.map { big($0[4..<6]) } == [0x20, 0x21, 0x22])
        let names = entries.map { String(decoding: $0[8...].prefix { $0 != 0 }, as: UTF8.self) }
        #expect(names == ["bootorder", "etc/acpi/tables", "etc/zeta"])
        select(0x22)
        #expect(data(4) == [1, 2, 3, 0])
    }

    @Test func addingAFileOfTheSameNameReplacesIt() {
        config.addFile("etc/a", [1])
        config.addFile("etc/a", [2, 3])
        #expect(config.fileNames == ["etc/a"])
        select(0x20)
        #expect(data(2) == [2, 3])
        config.removeFile("etc/a")
        select(0x19)
        #expect(data(4) == [0, 0, 0, 0])
    }

    @Test func namesThatTheDirectoryCannotHoldAreRefused() {
        let longest = String(repeating: "n", count: 55)
        #expect(config.addFile(longest, []))
        let fitted = config.addFile(longest + "n", []), empty = config.addFile("", [])
        #expect(!fitted)
        #expect(!empty)
    }

    @Test func madeFileIsMadeOnceAtItsFirstSelectionAfterAReset() {
        var calls = 0
        config.addFile("etc/made", size: 4) {
            calls += 1
            return [UInt8(calls), 9]
        }
        #expect(calls == 0)
        select(0x20)
        select(0x20)
        #expect(data(4) == [1, 9, 0, 0])
        #expect(calls == 1)
        config.reset()
        select(0x20)
        #expect(data(4) == [2, 9, 0, 0])
    }

    // MARK: DMA

    @Test func dmaAddressReadsAsItsSignature() {
        var bytes: [UInt8] = []
        for port in [UInt16(0x514), 0x518] {
            let value = rig.ports.read(Port(port), width: 4)
            for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(value >> shift & 0xFF)) }
        }
        #expect(bytes == Array("QEMU CFG".utf8))
        #expect(rig.read(0x515) == UInt8(ascii: "E"))
    }

    @Test func dmaSelectsReadsAndGoesOn() {
        config.addFile("etc/a", Array(1...10))
        #expect(transfer(0x0020_000A, length: 4, address: 0x2000) == 0)
        #expect(Array(memory.bytes[0x2000..<0x2005]) == [1, 2, 3, 4, 0xEE])
        #expect(transfer(0x04, length: 3, address: 0) == 0)
        #expect(transfer(0x02, length: 2, address: 0x2000) == 0)
        #expect(Array(memory.bytes[0x2000..<0x2003]) == [8, 9, 3])
        #expect(data(2) == [10, 0], "both interfaces have one place in the item")
    }

    @Test func dmaBehindTheEndGivesZeros() {
        config.addFile("etc/a", [5, 6])
        #expect(transfer(0x0020_000A, length: 6, address: 0x2000) == 0)
        #expect(Array(memory.bytes[0x2000..<0x2007]) == [5, 6, 0, 0, 0, 0, 0xEE])
    }

    @Test func dmaWhereNoMemoryIsSetsTheErrorBit() {
        config.addFile("etc/a", [UInt8](repeating: 1, count: 100))
        #expect(transfer(0x0020_000A, length: 100, address: 0x1_0000_0000) == 1)
        #expect(transfer(0x0020_000A, length: .max, address: 0xF000) == 1)
        #expect(transfer(0x0020_000A, length: 8, address: .max - 3) == 1)
    }

    @Test func dmaWritesGoToWritableFilesOnlyAndWholly() {
        var seen: [[UInt8]] = []
        config.addFile("etc/address", [UInt8](repeating: 0, count: 8), isWritable: true) { seen.append($0) }
        config.addFile("etc/fixed", [1, 2])
        memory.bytes.replaceSubrange(0x2000..<0x2004, with: [4, 3, 2, 1])
        #expect(transfer(0x0020_0018, length: 4, address: 0x2000) == 0)
        #expect(seen == [[4, 3, 2, 1, 0, 0, 0, 0]])
        #expect(transfer(0x0000_0010, length: 5, address: 0x2000) == 1, "four bytes are left")
        #expect(transfer(0x0021_0018, length: 1, address: 0x2000) == 1, "not writable")
        select(0x20)
        #expect(data(8) == [4, 3, 2, 1, 0, 0, 0, 0])
    }

    @Test func addressHighIsUsedOnce() {
        rig.ports.write(0x514, width: 4, value: UInt32(0xFFFF).byteSwapped)
        rig.ports.write(0x518, width: 4, value: UInt32(0x1000).byteSwapped)
        config.addFile("etc/a", [9])
        memory.bytes.replaceSubrange(0x1000..<0x1010, with: [0, 0x20, 0, 0x0A, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x20, 0])
        rig.ports.write(0x518, width: 4, value: UInt32(0x1000).byteSwapped)
        #expect(memory.bytes[0x2000] == 9)
    }

    // MARK: State

    @Test func stateIsTakenByADeviceWithTheSameItemsOnly() throws {
        config.addFile("etc/a", [1, 2, 3], isWritable: true)
        memory.bytes[0x2000] = 77
        #expect(transfer(0x0020_0018, length: 1, address: 0x2000) == 0)
        let saved = try config.encodedState()
        let same = FirmwareConfig()
        same.addFile("etc/a", [1, 2, 3], isWritable: true)
        try same.restoreState(from: saved)
        #expect(same.state == config.state)
        #expect(same.content(of: "etc/a") == [77, 2, 3])
        let other = FirmwareConfig()
        other.addFile("etc/a", [1, 2, 4], isWritable: true)
        try other.restoreState(from: saved)
        #expect(other.state != config.state)
    }
}
