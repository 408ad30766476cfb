import Foundation
import Machine
import PCBoard
import Testing

/// Which files are kernels of which kind, what goes where, and that no file whatever is more than an error.
@Suite("Kernel files")
struct KernelImageTests {
    private func little(_ words: [UInt32]) -> [UInt8] { words.flatMap { littleEndian($0) } }

    /// A Multiboot 1 header with addresses, at `offset` of a file of `size` bytes.
    private func multiboot1(
        flags: UInt32 = 0x10000, header: UInt32 = 0x100010, start: UInt32 = 0x100000, end: UInt32 = 0,
        bss: UInt32 = 0, entry: UInt32 = 0x100040, offset: Int = 16, size: Int = 256
    ) -> [UInt8] {
        let magic: UInt32 = 0x1BAD_B002
        var file = [UInt8](repeating: 0x90, count: size)
        let words = little([magic, flags, 0 &- magic &- flags, header, start, end, bss, entry])
        file.replaceSubrange(offset..<offset + words.count, with: words)
        return file
    }

    private func multiboot2(_ tags: [UInt8]) -> [UInt8] {
        let magic: UInt32 = 0xE852_50D6, length = UInt32(16 + tags.count)
        return little([magic, 0, length, 0 &- magic &- length]) + tags + [UInt8](repeating: 0x90, count: 64)
    }

    /// The first KiB of a kernel with a real-mode part of five sectors, and a byte for each field that is read.
    private func linux(version: UInt16 = 0x020F, flags: UInt8 = 1, is64Bit: Bool = false) -> [UInt8] {
        var file = [UInt8](repeating: 0, count: 5 * 512 + 100_000)
        func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
            let bytes = littleEndian(value)
            file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        file[0x1F1] = 4
        put(UInt16(0xAA55), at: 0x1FE)
        file[0x200] = 0xEB
        file[0x201] = 0x66
        file.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
        put(version, at: 0x206)
        file[0x211] = flags
        put(UInt32(0x7FFF_FFFF), at: 0x22C)
        put(UInt16(is64Bit ? 1 : 0), at: 0x236)
        put(UInt32(2047), at: 0x238)
        put(UInt64(0x100_0000), at: 0x258)
        put(UInt32(0x20_0000), at: 0x260)
        return file
    }

    private func error(_ bytes: [UInt8]) -> KernelError? {
        do throws(KernelError) { _ = try KernelImage(bytes) } catch { return error }
        return nil
    }

    /// What a board says to a kernel that was understood.
    private func boardError(
        _ bytes: [UInt8], memory: UInt64 = 32 << 20, _ change: (inout KernelConfiguration) -> Void = { _ in }
    ) throws -> PCError? {
        var kernel = KernelConfiguration(image: try KernelImage(bytes), name: "kernel")
        change(&kernel)
        var configuration = PCConfiguration()
        configuration.memorySize = memory
        configuration.firmware = try #require(BuiltInBIOS.bytes)
        configuration.kernel = kernel
        do throws(PCError) { _ = try PCBoard(configuration) } catch { return error }
        return nil
    }

    // MARK: Which is which

    @Test func formatsAreKnownByTheirMagicNumbers() throws {
        let cases: [([UInt8], String)] = [
            (multiboot1(), "Multiboot"), (try KernelGuests.bytes("kernel"), "Multiboot"),
            (try KernelGuests.bytes("multiboot2"), "Multiboot 2"), (linux(), "Linux boot protocol 2.15"),
            (try KernelGuests.bytes("pvh"), "PVH"), (try KernelGuests.bytes("plain32"), "ELF, 32-bit"),
            (try KernelGuests.bytes("plain64"), "ELF, 64-bit"),
        ]
        for (bytes, name) in cases { #expect(try KernelImage(bytes).name == name) }
    }

    @Test func whatHasNoneOfThemIsNoKernel() {
        #expect(error([]) == .unknownFormat)
        #expect(error([UInt8](repeating: 0, count: 70000)) == .unknownFormat)
        var file = multiboot1()
        file[20] ^= 1  // the sum is no longer zero
        #expect(error(file) == .unknownFormat)
        #expect(error(multiboot1(offset: 8192, size: 9000)) == .unknownFormat, "beyond the first 8 KiB")
        #expect(error([UInt8](repeating: 0, count: 2) + multiboot1()) == .unknownFormat, "not at a multiple of 4")
    }

    // MARK: Multiboot

    @Test func addressesOfTheHeaderSayWhatGoesWhere() throws {
        let whole = try KernelImage(multiboot1())
        #expect(whole.entry == 0x100040)
        #expect(whole.segments == [.init(offset: 0, fileSize: 256, address: 0x100000, size: 256)])
        let part = try KernelImage(multiboot1(start: 0x100008, end: 0x100088, bss: 0x101008))
        #expect(part.segments == [.init(offset: 8, fileSize: 128, address: 0x100008, size: 0x1000)])
    }

    @Test func headersThatContradictThemselvesAreRefused() throws {
        for bytes in [
            multiboot1(start: 0x100020), multiboot1(start: 0x0F0000), multiboot1(end: 0x200000),
            multiboot1(end: 0x100080, bss: 0x100010), multiboot1(end: 0x0FFFF0), multiboot1(flags: 0),
            Array(multiboot1().prefix(40)),
        ] {
            guard case .malformed = error(bytes) else {
                Issue.record("taken, or another error: \(String(describing: error(bytes)))")
                continue
            }
        }
        guard case .unsupported = error(multiboot1(flags: 0x10008)) else {
            Issue.record("bit 3 was to be refused")
            return
        }
    }

    @Test func tagsOfVersion2AreObeyedOrRefused() throws {
        let addresses = little([2 | 0 << 16, 24, 0x100000, 0xFFFF_FFFF, 0, 0])
        let entry = little([3 | 0 << 16, 12, 0x100050, 0]), end = little([0, 8])
        let image = try KernelImage(multiboot2(addresses + entry + end))
        #expect(image.entry == 0x100050)
        #expect(image.segments == [.init(offset: 0, fileSize: 128, address: 0x100000, size: 128)])
        let unknown = little([77, 8])
        guard case .unsupported = error(multiboot2(addresses + entry + unknown + end)) else {
            Issue.record("tag 77 was to be refused")
            return
        }
        #expect(error(multiboot2(addresses + entry + little([77 | 1 << 16, 8]) + end)) == nil, "an optional tag")
        guard case .unsupported = error(multiboot2(addresses + entry + little([1, 12, 8, 0]) + end)) else {
            Issue.record("a frame buffer was to be refused")
            return
        }
        guard case .malformed = error(multiboot2(addresses + entry + little([5, 7]) + end)) else {
            Issue.record("a tag of 7 bytes was to be refused")
            return
        }
    }

    // MARK: Linux

    @Test func oldAndDamagedLinuxHeadersAreRefused() {
        guard case .unsupported = error(linux(version: 0x0105)) else {
            Issue.record("protocol 1 was to be refused")
            return
        }
        for length in [0x206, 0x211, 2000, 2560] {
            guard case .malformed = error(Array(linux().prefix(length))) else {
                Issue.record("\(length) bytes were taken")
                continue
            }
        }
    }

    @Test func whatDoesNotFitIsToldBeforeTheMachineRuns() throws {
        #expect(try boardError(linux()) == nil)
        #expect(
            try boardError(linux()) { $0.commandLine = String(repeating: "x", count: 2048) }
                == .kernel(.commandLine(2048, limit: 2047)))
        #expect(try boardError(linux(is64Bit: true)) == .kernel(.needsLongMode), "the default CPU is a Pentium")
        let tooLarge = try boardError(linux()) {
            $0.modules = [.init(bytes: [UInt8](repeating: 0, count: 20 << 20), text: "")]
        }
        guard case .kernel(.memory) = tooLarge else {
            Issue.record("20 MiB behind a kernel that ends at 18 MiB, in 32: \(String(describing: tooLarge))")
            return
        }
        let high = multiboot1(header: 0x100010, start: 0x100000, bss: 0x0400_0000)
        guard case .kernel(.memory) = try boardError(high) else {
            Issue.record("64 MiB in 32 were taken")
            return
        }
        let inROM = multiboot1(header: 0xF0010, start: 0xF0000, entry: 0xF0040)
        guard case .kernel(.unsupported) = try boardError(inROM) else {
            Issue.record("a kernel over the BIOS was taken")
            return
        }
    }

    // MARK: Symbols

    @Test func symbolsOfTheFileNameAddresses() throws {
        let table = try KernelImage(try KernelGuests.bytes("kernel")).symbols
        let main = try #require(table.address(of: "kernel_main"))
        #expect(table.text(at: main) == "kernel_main")
        #expect(table.text(at: main + 0x1A) == "kernel_main+0x1a")
        #expect(table.text(at: 0x10) == nil)
        var output = ""
        try runTool("/usr/bin/env", ["nm", try KernelGuests.path("kernel")]) { output = $0 }
        let line = try #require(output.split(separator: "\n").first { $0.hasSuffix(" T kernel_main") })
        #expect(UInt64(line.prefix(8), radix: 16) == main)
    }

    @Test func ofSymbolsAtOnePlaceTheOneThatReachesFarEnoughCounts() {
        let table = SymbolTable([
            .init(address: 0x100, size: 4, name: "small"), .init(address: 0x100, size: 16, name: "wide"),
            .init(address: 0x200, size: 0, name: "label"),
        ])
        #expect(table.text(at: 0x102) == "small+0x2")
        #expect(table.text(at: 0x108) == "wide+0x8")
        #expect(table.text(at: 0x110) == nil)
        #expect(table.text(at: 0x300) == "label+0x100")
        #expect(table.text(at: 0x2_0000) == nil)
    }

    // MARK: Hostile files

    /// Every kind, with bytes changed and the end cut off: an error, or a kernel that a board takes or refuses.
    @Test(arguments: ["kernel", "multiboot2", "pvh", "plain64", "linux", "multiboot1"])
    func damagedFilesGiveErrorsAndNeverTraps(name: String) throws {
        let good =
            switch name {
            case "linux": linux()
            case "multiboot1": multiboot1()
            default: try KernelGuests.bytes(name)
            }
        var generator = SeededNumbers(seed: UInt64(name.utf8.reduce(7) { $0 * 31 + Int($1) }))
        var taken = 0, refused = 0
        for round in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                // Headers are at the beginning and, in ELF files, at the end.
                let place =
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: Int.random(in: 0..<min(128, bytes.count), using: &generator)
                    case 1: max(0, bytes.count - 1 - Int.random(in: 0..<800, using: &generator))
                    default: Int.random(in: 0..<bytes.count, using: &generator)
                    }
                bytes[place] =
                    [0, 0xFF, 0x7F, 0x80, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            if round % 3 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))) }
            guard (try? KernelImage(bytes)) != nil else {
                refused += 1
                continue
            }
            taken += 1
            if round % 16 == 0 { _ = try boardError(bytes) }
        }
        #expect(taken + refused == 3000 && refused > 0)
    }

    /// SplitMix64.
    private struct SeededNumbers: RandomNumberGenerator {
        var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
