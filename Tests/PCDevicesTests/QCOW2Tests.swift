import Foundation
import Testing

@testable import PCDevices

/// Runs qemu-img, whose judgement of an image is the one that counts.
private struct Images {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("qcow2-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    @discardableResult
    func qemuImg(_ arguments: String...) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["qemu-img"] + arguments
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// The image as qemu-img reads it.
    func content(of name: String) throws -> [UInt8] {
        #expect(try qemuImg("convert", "-f", "qcow2", "-O", "raw", name, "content.raw").status == 0)
        return Array(try Data(contentsOf: URL(fileURLWithPath: path("content.raw"))))
    }

    /// qemu-img finds neither errors nor leaks.
    func expectClean(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let check = try qemuImg("check", "-f", "qcow2", name)
        #expect(check.status == 0, "\(check.output)", sourceLocation: sourceLocation)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}

private func pattern(_ seed: UInt64, _ count: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count / 8).flatMap { _ in generator.next().littleEndianBytes }
}

@Suite("qcow2 beside qemu-img")
struct QCOW2Tests {
    /// Random writes; the image is then what a plain array is, here and for qemu-img.
    private func exercise(_ images: Images, _ name: String, _ model: inout [UInt8], seed: UInt64, writes: Int = 60)
        throws
    {
        let image = try QCOW2Image(path: images.path(name), readOnly: false)
        #expect(image.byteCount == model.count)
        var generator = SeededGenerator(seed: seed)
        let sectors = model.count / 512
        for round in 0..<writes {
            let first = Int(generator.next() % UInt64(sectors)),
                count = min(sectors - first, 1 + Int(generator.next() % 40))
            let bytes = pattern(seed &+ UInt64(round), count * 512)
            try image.write(sector: UInt64(first), sectors: bytes)
            model.replaceSubrange(first * 512..<(first + count) * 512, with: bytes)
            if round % 20 == 7 { try image.flush() }
            let check = Int(generator.next() % UInt64(sectors - 8))
            #expect(try image.read(sector: UInt64(check), count: 8) == Array(model[check * 512..<(check + 8) * 512]))
        }
        try image.flush()
    }

    /// Options of `qemu-img create`: versions, sizes of clusters and widths of refcounts.
    @Test(arguments: [
        "compat=1.1", "compat=0.10", "cluster_size=512", "cluster_size=2M", "refcount_bits=1", "refcount_bits=8",
        "refcount_bits=64", "preallocation=metadata", "lazy_refcounts=on",
    ])
    func newImageTakesWritesAndStaysClean(options: String) throws {
        let images = try Images()
        defer { images.remove() }
        try images.qemuImg("create", "-f", "qcow2", "-o", options, "a.qcow2", "3M")
        var model = [UInt8](repeating: 0, count: 3 << 20)
        try exercise(images, "a.qcow2", &model, seed: 86)
        try images.expectClean("a.qcow2")
        #expect(try images.content(of: "a.qcow2") == model)
        // And once more, opened anew.
        try exercise(images, "a.qcow2", &model, seed: 87)
        try images.expectClean("a.qcow2")
        #expect(try images.content(of: "a.qcow2") == model)
    }

    @Test func smallClustersGrowTheRefcountTable() throws {
        let images = try Images()
        defer { images.remove() }
        // A refcount block of 512 bytes counts 64 clusters at 64 bits, and one cluster of table has 64 of them: 2 MiB.
        try images.qemuImg("create", "-f", "qcow2", "-o", "cluster_size=512,refcount_bits=64", "a.qcow2", "6M")
        let image = try QCOW2Image(path: images.path("a.qcow2"), readOnly: false)
        let bytes = pattern(1, 6 << 20)
        for sector in stride(from: 0, to: 6 << 11, by: 64) {
            try image.write(sector: UInt64(sector), sectors: Array(bytes[sector * 512..<(sector + 64) * 512]))
        }
        try image.flush()
        try images.expectClean("a.qcow2")
        #expect(try images.content(of: "a.qcow2") == bytes)
    }

    @Test(arguments: ["raw", "qcow2"]) func backingFileShowsThroughAndStaysAsItIs(format: String) throws {
        let images = try Images()
        defer { images.remove() }
        // The backing file is shorter than the image above it.
        let below = pattern(5, 1 << 20)
        try Data(below).write(to: URL(fileURLWithPath: images.path("base.raw")))
        try images.qemuImg("convert", "-f", "raw", "-O", format, "base.raw", "base.img")
        let before = try Data(contentsOf: URL(fileURLWithPath: images.path("base.img")))
        let made = try images.qemuImg("create", "-f", "qcow2", "-b", "base.img", "-F", format, "top.qcow2", "2M")
        #expect(made.status == 0, "\(made.output)")
        var model = below + [UInt8](repeating: 0, count: 1 << 20)
        do {
            let image = try QCOW2Image(path: images.path("top.qcow2"), readOnly: true)
            #expect(image.backingPaths == [images.path("base.img")])
            #expect(try image.read(sector: 0, count: 4096) == model)
        }
        try exercise(images, "top.qcow2", &model, seed: 88)
        try images.expectClean("top.qcow2")
        #expect(try images.content(of: "top.qcow2") == model)
        #expect(try Data(contentsOf: URL(fileURLWithPath: images.path("base.img"))) == before)
    }

    @Test func compressedClustersAreReadAndReplaced() throws {
        let images = try Images()
        defer { images.remove() }
        var model = [UInt8](repeating: 0, count: 2 << 20)
        for index in model.indices { model[index] = UInt8(truncatingIfNeeded: index >> 8) }
        try Data(model).write(to: URL(fileURLWithPath: images.path("a.raw")))
        try images.qemuImg("convert", "-c", "-f", "raw", "-O", "qcow2", "a.raw", "a.qcow2")
        #expect(try QCOW2Image(path: images.path("a.qcow2"), readOnly: true).read(sector: 0, count: 4096) == model)
        try exercise(images, "a.qcow2", &model, seed: 89)
        try images.expectClean("a.qcow2")
        #expect(try images.content(of: "a.qcow2") == model)
    }

    @Test func snapshotWithinTheImageKeepsWhatItHad() throws {
        let images = try Images()
        defer { images.remove() }
        try images.qemuImg("create", "-f", "qcow2", "a.qcow2", "2M")
        var model = [UInt8](repeating: 0, count: 2 << 20)
        try exercise(images, "a.qcow2", &model, seed: 90, writes: 20)
        let kept = model
        try images.qemuImg("snapshot", "-c", "then", "a.qcow2")
        try exercise(images, "a.qcow2", &model, seed: 91, writes: 20)
        try images.expectClean("a.qcow2")
        #expect(try images.content(of: "a.qcow2") == model)
        try images.qemuImg("snapshot", "-a", "then", "a.qcow2")
        #expect(try images.content(of: "a.qcow2") == kept)
    }

    @Test func discardedClustersReadAsZerosAndCanBeWritten() throws {
        let images = try Images()
        defer { images.remove() }
        var model = pattern(7, 1 << 20)
        try Data(model).write(to: URL(fileURLWithPath: images.path("base.raw")))
        try images.qemuImg("create", "-f", "qcow2", "-b", "base.raw", "-F", "raw", "a.qcow2")
        // qemu-img rebase to an empty file of the same size leaves explicit zero clusters where it finds zeros.
        model.replaceSubrange(0..<262_144, with: [UInt8](repeating: 0, count: 262_144))
        try Data(model).write(to: URL(fileURLWithPath: images.path("b.raw")))
        try images.qemuImg("convert", "-f", "raw", "-O", "qcow2", "-B", "base.raw", "-F", "raw", "b.raw", "c.qcow2")
        #expect(try QCOW2Image(path: images.path("c.qcow2"), readOnly: true).read(sector: 0, count: 2048) == model)
        try exercise(images, "c.qcow2", &model, seed: 92)
        try images.expectClean("c.qcow2")
        #expect(try images.content(of: "c.qcow2") == model)
    }

    /// Whatever was cut off since the last flush: the image has errors in nobody's eyes, only lost space, and all that was
    /// flushed is there.
    @Test func imageThatIsCutOffBetweenFlushesIsConsistent() throws {
        let images = try Images()
        defer { images.remove() }
        try images.qemuImg("create", "-f", "qcow2", "-o", "cluster_size=4k", "a.qcow2", "4M")
        let flushed = pattern(3, 1 << 20)
        let image = try QCOW2Image(path: images.path("a.qcow2"), readOnly: false)
        try image.write(sector: 0, sectors: flushed)
        try image.flush()
        try image.write(sector: 4096, sectors: pattern(4, 1 << 20))
        // A copy is what another process would find.
        try FileManager.default.copyItem(atPath: images.path("a.qcow2"), toPath: images.path("b.qcow2"))
        let check = try images.qemuImg("check", "-f", "qcow2", "b.qcow2")
        #expect(check.status == 0 || check.status == 3, "\(check.output)")
        #expect(Array(try images.content(of: "b.qcow2")[0..<1 << 20]) == flushed)
        withExtendedLifetime(image) {}
    }

    // MARK: Refused

    private func error(_ images: Images, _ name: String, readOnly: Bool = false) -> QCOW2Error? {
        do throws(QCOW2Error) {
            _ = try QCOW2Image(path: images.path(name), readOnly: readOnly)
            return nil
        } catch {
            return error
        }
    }

    /// Options of `qemu-img create`, and a word of the reason.
    @Test(arguments: [
        ("extended_l2=on,cluster_size=128k", "extended L2"), ("data_file=x.data", "external data file"),
        ("compression_type=zstd", "zstd"),
    ])
    func unsupportedFeatureIsRefusedWithItsName(options: String, word: String) throws {
        let images = try Images()
        defer { images.remove() }
        try images.qemuImg("create", "-f", "qcow2", "-o", options, "a.qcow2", "1M")
        #expect(error(images, "a.qcow2")?.description.contains(word) == true)
    }

    @Test(arguments: [(1, "AES"), (2, "LUKS"), (3, "not known")] as [(UInt8, String)])
    func encryptedImageIsRefused(method: UInt8, word: String) throws {
        let images = try Images()
        defer { images.remove() }
        try patched(images, 35, [method])
        let reason = error(images, "a.qcow2")?.description ?? ""
        #expect(reason.contains("encrypted") && reason.contains(word), "\(reason)")
    }

    private func patched(_ images: Images, _ offset: Int, _ bytes: [UInt8]) throws {
        try images.qemuImg("create", "-f", "qcow2", "a.qcow2", "1M")
        var data = try Data(contentsOf: URL(fileURLWithPath: images.path("a.qcow2")))
        data.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        try data.write(to: URL(fileURLWithPath: images.path("a.qcow2")))
    }

    /// Offset into the header, bytes there, and a word of the reason.
    @Test(
        arguments: [
            (0, [0x51, 0x46, 0x49, 0xFA], "does not begin"), (7, [4], "version 4"), (23, [8], "clusters"),
            (23, [40], "clusters"),
            (79, [0x20], "feature bit 5"), (79, [1], "not closed"), (79, [2], "corrupt"), (99, [7], "refcounts"),
            (36, [0, 0, 0, 0], "L1 table"), (47, [1], "L1 table"), (36, [0xFF], "L1 table"),
            (55, [1], "refcount table"),
            (56, [0xFF], "refcount table"), (24, [0xFF], "disk"), (100, [0, 0, 0, 1], "header"),
        ] as [(Int, [UInt8], String)])
    func damagedOrUnknownHeaderIsRefusedWithAReason(offset: Int, bytes: [UInt8], word: String) throws {
        let images = try Images()
        defer { images.remove() }
        try patched(images, offset, bytes)
        let reason = error(images, "a.qcow2")?.description ?? "no error"
        #expect(reason.contains(word), "\(reason)")
    }

    @Test func chainThatLoopsIsRefused() throws {
        let images = try Images()
        defer { images.remove() }
        try images.qemuImg("create", "-f", "qcow2", "a.qcow2", "1M")
        try images.qemuImg("create", "-f", "qcow2", "-b", "a.qcow2", "-F", "qcow2", "b.qcow2", "1M")
        try images.qemuImg("rebase", "-u", "-b", "b.qcow2", "-F", "qcow2", "a.qcow2")
        #expect(error(images, "a.qcow2", readOnly: true)?.description.contains("more than 16 files") == true)
    }

    @Test func missingBackingFileIsNamed() throws {
        let images = try Images()
        defer { images.remove() }
        try images.qemuImg("create", "-u", "-f", "qcow2", "-b", "gone.raw", "-F", "raw", "b.qcow2", "1M")
        guard case .backing(let path, _) = error(images, "b.qcow2") else {
            Issue.record("it was opened")
            return
        }
        #expect(path == images.path("gone.raw"))
    }

    /// Metadata of random bytes: reads and writes end with an error or without, and nothing else happens.
    @Test func randomTablesNeitherTrapNorHang() throws {
        let images = try Images()
        defer { images.remove() }
        var generator = SeededGenerator(seed: 86)
        try images.qemuImg("create", "-f", "qcow2", "-o", "cluster_size=4k", "a.qcow2", "4M")
        let seed = try QCOW2Image(path: images.path("a.qcow2"), readOnly: false)
        try seed.write(sector: 0, sectors: pattern(1, 1 << 18))
        try seed.flush()
        let sound = try Data(contentsOf: URL(fileURLWithPath: images.path("a.qcow2")))
        for _ in 0..<300 {
            var data = sound
            for _ in 0..<40 {
                let place = Int(generator.next() % UInt64(data.count - 8)) & ~7
                let value = generator.next() >> (generator.next() % 60)
                data.replaceSubrange(place..<place + 8, with: value.bigEndian.littleEndianBytes)
            }
            // The name of a backing file stays out of it.
            data.replaceSubrange(0..<36, with: sound[0..<36])
            try data.write(to: URL(fileURLWithPath: images.path("b.qcow2")))
            guard let image = try? QCOW2Image(path: images.path("b.qcow2"), readOnly: false) else { continue }
            _ = try? image.read(sector: 0, count: 8192)
            for sector in stride(from: UInt64(0), to: 8000, by: 500) {
                try? image.write(sector: sector, sectors: pattern(sector, 4096))
            }
            try? image.flush()
        }
    }
}
