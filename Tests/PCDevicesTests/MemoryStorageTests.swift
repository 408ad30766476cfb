import PCDevices
import Testing

private func sector(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 512) }

@Suite("Storage in memory")
struct MemoryStorageTests {
    /// A disk of 1,300 bytes: its third sector is there in part.
    static func storages() -> [any SavableStorage] {
        let content = [UInt8](repeating: 7, count: 1300)
        return [MemoryDisk(content), SnapshotOverlay(over: MemoryDisk(content))]
    }

    @Test(arguments: 0..<2) func partialLastSectorKeepsItsBytesAndNoMore(index: Int) throws {
        let disk = Self.storages()[index]
        #expect(disk.sectorCount == 3)
        let zeros = [UInt8](repeating: 0, count: 236)
        #expect(try disk.read(sector: 2) == [UInt8](repeating: 7, count: 276) + zeros)
        try disk.write(sector: 2, sector(1))
        #expect(try disk.read(sector: 2) == [UInt8](repeating: 1, count: 276) + zeros)
        #expect(throws: BlockError.outOfRange) { try disk.read(sector: 3) }
        #expect(throws: BlockError.outOfRange) { try disk.read(sector: .max) }
        #expect(throws: BlockError.outOfRange) { try disk.write(sector: 3, sector(1)) }
        #expect(throws: BlockError.outOfRange) { try disk.write(sector: 0, [1, 2, 3]) }
    }

    @Test(arguments: 0..<2) func savedBlocksAreWhatWasWrittenAndComeBack(index: Int) throws {
        let disk = Self.storages()[index], copy = Self.storages()[index]
        #expect(disk.savedBlocks.isEmpty)
        try disk.write(sector: 1, sector(1))
        try disk.write(sector: 1, sector(2))
        #expect(disk.savedBlocks.map(\.number) == [1])
        #expect(disk.savedBlocks.map(\.bytes) == [sector(2)])
        try copy.write(sector: 0, sector(9))
        copy.restore(disk.savedBlocks)
        #expect(try copy.read(sector: 0) == sector(7))
        #expect(try copy.read(sector: 1) == sector(2))
        copy.restore([])
        #expect(try copy.read(sector: 1) == sector(7))
        #expect(copy.savedBlocks.isEmpty)
    }

    @Test(arguments: 0..<2) func blocksThatDoNotFitAreLeftOut(index: Int) {
        let disk = Self.storages()[index]
        disk.restore([(3, sector(1)), (.max, sector(1)), (0, [1])])
        #expect(disk.savedBlocks.isEmpty)
    }

    @Test func readOnlyDiskRefusesWrites() {
        let disk = MemoryDisk(sector(1), isReadOnly: true)
        #expect(throws: BlockError.readOnly) { try disk.write(sector: 0, sector(2)) }
    }
}
