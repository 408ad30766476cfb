import Foundation
import Machine
import PCBoard
import PCDevices
import Screen
import Testing

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// A program of `testprograms/` and what its header says of it.
struct TestProgram: CustomTestStringConvertible, Sendable {
    var name = ""
    var serial: [String] = []
    var screen: [String] = []
    var end = ""
    var reason: String?
    /// Ticks that it may take.
    var budget: UInt64 = 1_000_000_000
    /// It boots from drive A.
    var isFloppy = false
    var testDescription: String { name }

    static let all: [TestProgram] = {
        let folder = root + "/testprograms"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let plain = files.filter { $0.hasSuffix(".asm") }.map { folder + "/" + $0 }
        return (plain + [folder + "/hello/hello.asm"]).compactMap(read)
    }()

    private static func read(_ path: String) -> TestProgram? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        var program = TestProgram()
        program.name = String(path.split(separator: "/").last?.dropLast(4) ?? "")
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "; media: floppy" { program.isFloppy = true }
            if line.hasPrefix("; run: --budget ") {
                program.budget = UInt64(line.dropFirst(16).prefix { $0 != " " }) ?? program.budget
            }
            guard line.hasPrefix("; expect-"), let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch line[line.index(line.startIndex, offsetBy: 9)..<colon] {
            case "serial": program.serial.append(value)
            case "screen": program.screen.append(value)
            case "end": program.end = value
            case "reason": program.reason = value
            default: break
            }
        }
        return program.end.isEmpty ? nil : program
    }
}

/// Builds all programs once.
private let images: String? = {
    let folder = NSTemporaryDirectory() + "/lucid86-testprograms"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [root + "/testprograms/build.sh", folder]
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? folder : nil
}()

@Suite("Test programs")
struct TestProgramTests {
    private func board(_ name: String, isFloppy: Bool = false) throws -> (PCBoard, () -> String) {
        let folder = try #require(images, "testprograms/build.sh failed")
        let image = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name + ".img"))
        var configuration = PCConfiguration()
        configuration.firmware = Array(try Data(contentsOf: URL(fileURLWithPath: root + "/roms/bios.bin")))
        if isFloppy {
            configuration.floppies[0] = MemoryDisk(Array(image))
        } else {
            configuration.disks[0] = MemoryDisk(Array(image))
        }
        configuration.debugExit = (0xF4, 4)
        let board = try PCBoard(configuration)
        final class Output {
            var bytes: [UInt8] = []
        }
        let output = Output()
        board.serial.transmit = { output.bytes.append($0) }
        return (board, { String(decoding: output.bytes, as: UTF8.self) })
    }

    @Test(arguments: TestProgram.all)
    func programEndsAndPrintsAsItsHeaderSays(program: TestProgram) throws {
        let (board, serial) = try board(program.name, isFloppy: program.isFloppy)
        let stop = board.vm.run(until: program.budget)
        guard case .ended(let ending) = stop else {
            Issue.record("\(program.name) ran on; it printed \(serial())")
            return
        }
        #expect("\(ending.name) \(ending.exitCode)" == program.end)
        #expect(serial() == program.serial.joined(separator: "\n") + "\n")
        let screen = PlainText.rows(board.vga.makeFrame()).joined(separator: "\n")
        for text in program.screen { #expect(screen.contains(text)) }
        if let reason = program.reason {
            #expect(ending.faults.contains { $0.exception.reason.name == reason })
        }
    }

    /// Digest at the end of a run that is cut into pieces of `chunk` ticks, up to `stretch` ticks. With `looks` the
    /// whole state is looked at after each piece.
    private func hash(
        _ name: String, chunk: UInt64, stretch: UInt64 = .max, looks: Bool = false
    ) throws -> String? {
        let program = try #require(TestProgram.all.first { $0.name == name })
        let (board, _) = try board(name, isFloppy: program.isFloppy)
        var stop = VM.Stop.limit
        while stop == .limit, board.vm.io.events.now < program.budget {
            let now = board.vm.io.events.now
            stop = board.vm.run(until: now < stretch ? now + chunk : program.budget)
            if looks { _ = try board.vm.stateHash() }
        }
        guard case .ended = stop else { return nil }
        return try board.vm.stateHash()
    }

    /// Programs that lean on the chips.
    static let chipPrograms = ["shifts", "ata", "floppy", "keyboard", "pic", "pit", "rtc", "uart", "shadow"]

    @Test(arguments: chipPrograms) func cuttingTheRunIntoPiecesDoesNotChangeTheHash(name: String) throws {
        let whole = try #require(try hash(name, chunk: 10_000_000_000))
        #expect(try hash(name, chunk: 10_000_000_000) == whole, "a second run")
        #expect(try hash(name, chunk: 1, stretch: 300_000) == whole, "pieces of one tick")
        #expect(try hash(name, chunk: 7, stretch: 2_000_000) == whole, "pieces of seven ticks")
        #expect(try hash(name, chunk: 1009, stretch: 20_000_000) == whole, "pieces of 1,009 ticks")
        #expect(try hash(name, chunk: 777_777) == whole, "pieces of 777,777 ticks")
        #expect(try hash(name, chunk: 20_000_003, looks: true) == whole, "with a look after each piece")
    }
}
