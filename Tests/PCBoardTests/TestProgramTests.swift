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
    /// It boots from drive A.
    var isFloppy = false
    var testDescription: String { name }

    /// Programs whose device or check is known to be wrong or missing; each is an open piece of work.
    static let known: [String: String] = [
        "uart": "interrupts in loop-back", "rtc": "roll-over of the date when set just before it",
        "pit": "gate and BCD of channel 2", "stack-frames": "ends in a dead halt",
    ]

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
        // Those that are known to run on need not do so for long.
        let stop = board.vm.run(until: TestProgram.known[program.name] == nil ? 2_000_000_000 : 300_000_000)
        let check = {
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
        if let why = TestProgram.known[program.name] {
            withKnownIssue("\(why)", isIntermittent: true) { check() }
        } else {
            check()
        }
    }

    /// Digest at the end of a run that was cut into pieces of `chunk` ticks.
    private func hash(chunk: UInt64) throws -> String? {
        let (board, _) = try board("shifts")
        var stop = VM.Stop.limit
        while stop == .limit, board.vm.io.events.now < 2_000_000_000 {
            stop = board.vm.run(until: board.vm.io.events.now + chunk)
        }
        guard case .ended = stop else { return nil }
        return try board.vm.stateHash()
    }

    @Test func twoRunsOfOneImageEndWithTheSameHash() throws {
        let first = try #require(try hash(chunk: 1_000_000_000))
        #expect(try hash(chunk: 1_000_000_000) == first)
    }

    @Test func cuttingTheRunIntoPiecesDoesNotChangeTheHash() throws {
        let first = try #require(try hash(chunk: 1_000_000_000))
        let second = try #require(try hash(chunk: 777_777))
        #expect(second == first)
    }
}
