import Foundation
import PCDevices
import Testing

@Suite("Raw images")
struct RawImageTests {
    private func file(_ bytes: [UInt8]) throws -> String {
        let path = NSTemporaryDirectory() + "/raw-\(UUID().uuidString).img"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func writeReachesTheFileAndNothingElse() throws {
        let path = try file([UInt8](repeating: 7, count: 1536))
        defer { unlink(path) }
        let image = try RawImage(path: path, readOnly: false)
        try image.write(sector: 1, [UInt8](repeating: 9, count: 512))
        try image.flush()
        let after = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(
            Array(after) == [UInt8](repeating: 7, count: 512) + [UInt8](repeating: 9, count: 512)
                + [UInt8](repeating: 7, count: 512))
    }

    @Test func partialLastSectorReadsZeroFilledAndDoesNotGrowTheFile() throws {
        let path = try file([UInt8](repeating: 7, count: 700))
        defer { unlink(path) }
        let image = try RawImage(path: path, readOnly: false)
        #expect(image.sectorCount == 2)
        #expect(try image.read(sector: 1) == [UInt8](repeating: 7, count: 188) + [UInt8](repeating: 0, count: 324))
        try image.write(sector: 1, [UInt8](repeating: 1, count: 512))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 700)
    }

    @Test func fileThatBecameShorterIsAnError() throws {
        let path = try file([UInt8](repeating: 7, count: 1024))
        defer { unlink(path) }
        let image = try RawImage(path: path, readOnly: false)
        #expect(truncate(path, 600) == 0)
        #expect(throws: BlockError.host("the image file has become shorter")) { try image.read(sector: 1) }
    }

    @Test func emptyFileDirectoryAndNothingAreToldApart() throws {
        let path = try file([])
        defer { unlink(path) }
        #expect(throws: RawImage.OpenError.empty) { try RawImage(path: path, readOnly: true) }
        #expect(throws: RawImage.OpenError.directory) { try RawImage(path: "/tmp", readOnly: true) }
        #expect(throws: RawImage.OpenError.host(errno: ENOENT)) { try RawImage(path: "/no/such", readOnly: true) }
    }

    @Test func overlayLeavesTheBaseAsItWas() throws {
        let base = MemoryDisk([UInt8](repeating: 3, count: 1024))
        let overlay = SnapshotOverlay(over: base)
        try overlay.write(sector: 0, [UInt8](repeating: 4, count: 512))
        #expect(try overlay.read(sector: 0).first == 4)
        #expect(try base.read(sector: 0).first == 3)
        #expect(throws: BlockError.outOfRange) { try overlay.write(sector: 2, [UInt8](repeating: 4, count: 512)) }
    }
}
