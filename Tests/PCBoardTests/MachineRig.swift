import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

/// Test programs and machines for the tests that run them whole.
enum MachineRig {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The folder of the built test programs.
    static let images: String? = {
        let folder = NSTemporaryDirectory() + "/lucid86-machine-rig-\(getpid())"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [root + "/testprograms/build.sh", folder]
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? folder : nil
    }()

    static func image(_ name: String) throws -> String {
        try #require(images, "testprograms/build.sh failed") + "/" + name + ".img"
    }

    /// A PC with a test program on its first disk, whose writes stay in memory.
    static func board(_ name: String, memory: UInt64 = 16 << 20, overlay: Bool = true) throws -> PCBoard {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: try image(name))))
        var configuration = PCConfiguration()
        configuration.memorySize = memory
        configuration.firmware = Array(try Data(contentsOf: URL(fileURLWithPath: root + "/roms/bios.bin")))
        let disk = MemoryDisk(bytes)
        configuration.disks[0] = overlay ? SnapshotOverlay(over: disk) : disk
        configuration.debugExit = (0xF4, 4)
        return try PCBoard(configuration)
    }

    /// Runs to an end, or to a limit in ticks, in pieces of `chunk` ticks.
    @discardableResult
    static func run(_ vm: VM, until limit: UInt64, chunk: UInt64 = 1 << 40) -> VM.Stop {
        var stop = VM.Stop.limit
        while stop == .limit, vm.io.events.now < limit {
            stop = vm.run(until: min(limit, vm.io.events.now + chunk))
        }
        return stop
    }

    /// A new file name.
    static func temporaryPath(_ name: String) -> String {
        NSTemporaryDirectory() + "/lucid86-\(getpid())-\(UInt32.random(in: 0 ... .max))-\(name)"
    }

    /// The program beside the test bundle.
    static var program: String? {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("lucid86").path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        // `swift test` starts the bundle in a helper of the toolchain on some systems: it is named by an argument.
        for argument in CommandLine.arguments {
            let path = URL(fileURLWithPath: argument).deletingLastPathComponent().appendingPathComponent("lucid86").path
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        return nil
    }

    /// What a run of the program wrote to its report.
    struct Report: Decodable {
        struct Ending: Decodable {
            let kind: String
            let exitCode: Int32
        }

        let ending: Ending
        let ticks: UInt64
        let instructions: UInt64
        let serial: String
        let stateHash: String
    }

    /// Runs the built program in a process of its own.
    static func lucid86(_ image: String, _ arguments: [String]) throws -> Report {
        let report = temporaryPath("report.json")
        defer { try? FileManager.default.removeItem(atPath: report) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(program, "no lucid86 beside the tests"))
        process.arguments =
            [
                image, "-snapshot", "-no-reboot", "-m", "16", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                "-display", "none", "--report", report,
            ] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: report)))
    }
}

/// SplitMix64: the same sequence on every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
