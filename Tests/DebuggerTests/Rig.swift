import Debugger
import Foundation
import Machine
import PCBoard
import PCDevices
import Screen

let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// A debugger whose lines are kept.
final class Bench {
    let debugger: Debugger
    var lines: [String] = []
    var vm: VM { debugger.vm }

    init(_ board: PCBoard) {
        debugger = Debugger(board: board)
        debugger.output = { [unowned self] in lines.append($0) }
        debugger.screenRows = { PlainText.rows(board.vga.makeFrame()) }
    }

    /// A PC with `code` at 0000:7C00, where it stands, IF=0 and SP=7C00h.
    convenience init(_ code: [UInt8]) throws {
        var configuration = PCConfiguration()
        configuration.memorySize = 2 << 20
        configuration.firmware = [UInt8](repeating: 0xF4, count: 64 << 10)
        self.init(try PCBoard(configuration))
        vm.memory.load(code, at: 0x7C00)
        var cpu = CPUFile.afterReset
        cpu.cs = .real(0)
        cpu.rip = 0x7C00
        cpu[register: 2] = 0
        cpu[register: 4] = 0x7C00
        vm.cpu = cpu
    }

    /// A PC with the project's BIOS and a disk.
    convenience init(disk: [UInt8], floppy: Bool = false) throws {
        var configuration = PCConfiguration()
        configuration.memorySize = 16 << 20
        configuration.firmware = Array(try Data(contentsOf: URL(fileURLWithPath: root + "/roms/bios.bin")))
        if floppy {
            configuration.floppies[0] = MemoryDisk(disk)
        } else {
            configuration.disks[0] = MemoryDisk(disk)
        }
        self.init(try PCBoard(configuration))
    }

    /// Runs commands and gives all that they printed.
    @discardableResult
    func run(_ commands: String...) -> [String] {
        lines = []
        for command in commands { debugger.execute(command) }
        return lines
    }

    /// The linear address of what runs next.
    var at: UInt64 { vm.cpu.linearInstructionPointer }
}

/// Builds all programs of `testprograms` once; nil when that failed.
let programs: String? = {
    let folder = NSTemporaryDirectory() + "/lucid86-debugger-programs"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [root + "/testprograms/build.sh", folder]
    process.environment = ProcessInfo.processInfo.environment.merging(["SIZE": "small"]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? folder : nil
}()
