import Foundation
import Interpreter
import Lockstep
import Machine
import PCBoard
import PCDevices
import Testing

/// Machines for the tests of the comparer.
enum Rig {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static let firmware = (try? Data(contentsOf: URL(fileURLWithPath: root + "/roms/bios.bin"))).map { Array($0) } ?? []

    /// The folder of the built test programs.
    private static let images: String? = {
        let folder = NSTemporaryDirectory() + "/lucid86-lockstep-\(getpid())"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["SIZE=small", "sh", root + "/testprograms/build.sh", folder]
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? folder : nil
    }()

    /// A PC with a test program in the drive that it wants.
    static func board(_ program: String) throws -> PCBoard {
        let path = try #require(images, "testprograms/build.sh failed") + "/" + program + ".img"
        let disk = MemoryDisk(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        let isFloppy = try header(of: program).contains("media: floppy")
        let cpu = try expected("cpu", of: program) ?? "pentium"
        let model = try #require(CPUDefinition.named(cpu), "no CPU model '\(cpu)'").model().model
        return try board(disk: isFloppy ? nil : disk, floppy: isFloppy ? disk : nil, model: model)
    }

    /// A PC with a guest from `Tests/LockstepTests/Guests` on its disk.
    static func guest(_ name: String) throws -> PCBoard {
        let output = NSTemporaryDirectory() + "/lucid86-lockstep-\(name)-\(UUID().uuidString).img"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["nasm", "-f", "bin", "-o", output, root + "/Tests/LockstepTests/Guests/\(name).asm"]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "nasm failed on \(name).asm")
        return try board(disk: MemoryDisk(Array(try Data(contentsOf: URL(fileURLWithPath: output)))))
    }

    private static func board(
        disk: MemoryDisk? = nil, floppy: MemoryDisk? = nil, model: CPUModel = .pentium
    ) throws -> PCBoard {
        var configuration = PCConfiguration()
        configuration.memorySize = 16 << 20
        configuration.firmware = firmware
        configuration.cpuModel = model
        configuration.debugExit = (0xF4, 4)
        configuration.disks[0] = disk
        configuration.floppies[0] = floppy
        return try PCBoard(configuration)
    }

    /// The text of a program's source, of which the first lines say how it ends.
    static func header(of program: String) throws -> String {
        let name = program == "hello" ? "hello/hello" : program
        return try String(contentsOfFile: root + "/testprograms/" + name + ".asm", encoding: .utf8)
    }

    /// Text behind `key:` in a program's header.
    static func expected(_ key: String, of program: String) throws -> String? {
        let start = "; " + key + ":"
        let line = try header(of: program).split(separator: "\n").first { $0.hasPrefix(start) }
        return line.map { $0.dropFirst(start.count).trimmingCharacters(in: .whitespaces) }
    }

    /// Some CPU model of ours has all flags that a program's header says it needs.
    static func isWithinModels(_ program: String) -> Bool {
        let needs = (try? expected("needs", of: program))?.split(separator: " ") ?? []
        return needs.allSatisfy { name in CPUModel.emulatedFlags.contains { $0.name == name } }
    }

    /// A second interpreter as follower.
    static func interpreter(_ vm: VM) -> any Engine { Interpreter(vm: vm) }

    /// Runs until something stops it; a difference fails the test with its text.
    @discardableResult
    static func runClean(_ run: LockstepRun, until limit: UInt64 = 20_000_000_000) throws -> LockstepRun.Stop {
        let stop = run.run(until: limit)
        if case .difference(let found) = stop { Issue.record("\(found.text)") }
        if case .refused(let why) = stop { Issue.record("refused: \(why)") }
        return stop
    }

    /// Runs to a difference.
    static func difference(_ run: LockstepRun) throws -> LockstepDifference {
        let stop = run.run(until: 20_000_000_000)
        guard case .difference(let found) = stop else {
            struct NoDifference: Error, CustomStringConvertible { let description: String }
            throw NoDifference(description: "no difference: \(stop)")
        }
        return found
    }
}
