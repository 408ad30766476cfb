import Foundation
import Testing

/// What is left of an image when the emulator is killed, or the host has no room.
@Suite("Durability", .serialized)
struct DurabilityTests {
    private static func qemuImg(_ arguments: String...) throws -> (status: Int32, output: String) {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["qemu-img"] + arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// The writing guest's disk in a format.
    private func makeDisk(_ folder: String, _ format: String) throws -> String {
        let path = folder + "/disk." + format
        let made = try Self.qemuImg("convert", "-f", "raw", "-O", format, try Guest.image("disk-writer"), path)
        try #require(made.status == 0, "\(made.output)")
        return path
    }

    /// Numbers that the guest was told are flushed.
    private func flushed(_ path: String) throws -> UInt32 {
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        // The BIOS's messages are before.
        let mark = try #require(whole.range(of: Data("WRITE".utf8)))
        let log = [UInt8](whole[mark.upperBound...])
        // Records of 4 bytes and a line feed; the last may be cut.
        let count = log.count / 5
        guard count > 0 else { return 0 }
        return log[(count - 1) * 5..<(count - 1) * 5 + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Each sector holds one number, not older than what was flushed to it last and not newer than the one on its way.
    private func check(_ disk: [UInt8], _ last: UInt32) {
        for slot in 0..<UInt32(1024) {
            let start = Int(1 + 7 * slot) * 512
            let sector = disk[start..<start + 512]
            let number = sector.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let isWhole = Array(sector) == (0..<128).flatMap { _ in Array(sector.prefix(4)) }
            // The newest number up to `last` that belongs to this sector; none yet is 0.
            let newest = last >= slot ? last - (last - slot) % 1024 : 0
            guard isWhole, number == newest || number == last + 1 && number % 1024 == slot else {
                Issue.record("sector \(1 + 7 * slot) has \(number), flushed was \(newest), whole: \(isWhole)")
                return
            }
        }
    }

    @Test(arguments: ["raw", "qcow2"], [1.5, 2.5]) func killedEmulatorLeavesWhatWasFlushed(
        format: String, seconds: Double
    ) throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = try makeDisk(folder, format)
        let result = try Tool.run(
            ["-drive", "file=\(disk),format=\(format)", "-debugcon", "file:\(folder)/log", "-display", "none"],
            seconds: seconds)
        #expect(result.status == -1, "\(result.errors)")
        let last = try flushed(folder + "/log")
        #expect(last > 10)
        if format == "qcow2" {
            // 3: lost space, which is no damage.
            let checked = try Self.qemuImg("check", "-f", "qcow2", disk)
            #expect(checked.status == 0 || checked.status == 3, "\(checked.output)")
        }
        #expect(try Self.qemuImg("convert", "-f", format, "-O", "raw", disk, folder + "/after").status == 0)
        check([UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/after"))), last)
    }

    /// The host lets no file grow beyond 1.5 MB, where the image wants 7 times as much.
    @Test func fullHostDiskIsAnErrorForTheGuestAndAMessageForTheUser() throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = try makeDisk(folder, "qcow2")
        let result = try Tool.run(
            [
                "-drive", "file=\(disk),format=qcow2", "-debugcon", "file:\(folder)/log", "-display", "none", "-device",
                "isa-debug-exit,iobase=0xf4,iosize=1", "--budget", "60000000000",
            ], by: ["/bin/sh", "-c", "ulimit -f 3000; exec \"$0\" \"$@\""])
        // The guest's exit with a status that is not 0.
        #expect(result.status & 1 == 1 && result.status > 1, "\(result.status): \(result.errors)")
        #expect(result.errors.contains("File too large"), "\(result.errors)")
        let checked = try Self.qemuImg("check", "-f", "qcow2", disk)
        #expect(checked.status == 0 || checked.status == 3, "\(checked.output)")
        #expect(try Self.qemuImg("convert", "-f", "qcow2", "-O", "raw", disk, folder + "/after").status == 0)
        check([UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/after"))), try flushed(folder + "/log"))
    }

    @Test func guestCannotMakeARawImageLookLikeAnotherFormat() throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let guest = try Guest.image("magic-writer")
        for (format, isWritten) in [("", false), (",format=raw", true)] {
            let disk = folder + "/disk\(isWritten)"
            try FileManager.default.copyItem(atPath: guest, toPath: disk)
            let result = try Tool.run(
                [
                    "-drive", "file=\(disk)\(format)", "-display", "none", "-device",
                    "isa-debug-exit,iobase=0xf4,iosize=1", "--budget", "5000000000",
                ])
            let start = [UInt8](try Data(contentsOf: URL(fileURLWithPath: disk)).prefix(4))
            #expect((start == Array("QFI".utf8) + [0xFB]) == isWritten)
            #expect(result.errors.contains("look like qcow2") == !isWritten, "\(result.errors)")
        }
    }
}
