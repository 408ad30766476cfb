import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

@Suite("Save and restore")
struct SnapshotTests {
    /// Programs of every kind, the ticks at which they end or are stopped, and how many places are tried in each: 100
    /// in all.
    static let programs: [(name: String, limit: UInt64, places: Int)] = [
        ("hello", 100_000_000, 10), ("strings", 200_000, 14), ("self-modify", 200_000, 14), ("keyboard", 2_000_000, 10),
        ("single-step", 200_000, 10), ("segment-loads", 300_000, 10), ("text-screen", 2_000_000, 8),
        ("pic", 4_000_000, 8),
        ("shadow", 4_000_000, 8), ("uart", 4_000_000, 8),
    ]

    @Test(arguments: programs.indices)
    func savedAtRandomPlacesAndRestoredInANewProcessEndsAsTheWholeRun(index: Int) throws {
        let (name, limit, places) = Self.programs[index]
        let image = try MachineRig.image(name)
        let whole = try MachineRig.lucid86(image, ["--budget", "\(limit)"])
        #expect(whole.ticks > 50_000)
        var random = Seeded(state: UInt64(index) + 86)
        let file = MachineRig.temporaryPath("place.save")
        defer { try? FileManager.default.removeItem(atPath: file) }
        for _ in 0..<places {
            let place = UInt64.random(in: 1..<whole.ticks, using: &random)
            let first = try MachineRig.lucid86(image, ["--budget", "\(place)", "--save", file])
            let second = try MachineRig.lucid86(image, ["--budget", "\(limit)", "--restore", file])
            #expect(second.stateHash == whole.stateHash, "saved at \(place)")
            #expect(first.serial + second.serial == whole.serial, "saved at \(place)")
            #expect(second.ending.kind == whole.ending.kind && second.ending.exitCode == whole.ending.exitCode)
            #expect(second.ticks == whole.ticks && second.instructions == whole.instructions)
        }
    }

    private func saved(_ board: PCBoard) throws -> (path: String, bytes: [UInt8]) {
        let path = MachineRig.temporaryPath("machine.save")
        try board.vm.save(to: path)
        return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    /// Restores `bytes` on the board and gives the error, having checked that it changed nothing.
    private func failure(_ bytes: [UInt8], on board: PCBoard) throws -> SnapshotError? {
        let path = MachineRig.temporaryPath("damaged.save")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let hash = try board.vm.stateHash(), count = board.vm.instructions
        do throws(SnapshotError) {
            try board.vm.restore(from: path)
            return nil
        } catch {
            #expect(try board.vm.stateHash() == hash)
            #expect(board.vm.instructions == count)
            return error
        }
    }

    @Test func savingChangesNothingAndRestoringGivesTheSameHash() throws {
        let board = try MachineRig.board("strings"), other = try MachineRig.board("hello")
        MachineRig.run(board.vm, until: 70_000)
        MachineRig.run(other.vm, until: 20_000_000)
        let hash = try board.vm.stateHash()
        let (path, bytes) = try saved(board)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try board.vm.stateHash() == hash)
        #expect(try other.vm.stateHash() != hash)
        let twin = try MachineRig.board("strings")
        try twin.vm.restore(from: path)
        #expect(try twin.vm.stateHash() == hash)
        #expect(twin.vm.instructions == board.vm.instructions)
        #expect(try saved(twin).bytes == bytes)
    }

    @Test func runningMachineGoesBackAndEndsAsBeforeWithItsCachesWarm() throws {
        for name in ["self-modify", "strings", "ivt"] {
            let board = try MachineRig.board(name)
            MachineRig.run(board.vm, until: 70_000)
            let (path, _) = try saved(board)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let first = MachineRig.run(board.vm, until: 400_000)
            let end = try board.vm.stateHash(), count = board.vm.instructions
            for _ in 0..<3 {
                try board.vm.restore(from: path)
                #expect(board.vm.io.events.now == 70_000)
                #expect(MachineRig.run(board.vm, until: 400_000) == first)
                #expect(try board.vm.stateHash() == end)
                #expect(board.vm.instructions == count)
            }
        }
    }

    @Test func sectorsWrittenInMemoryAreSavedHashedAndPutBack() throws {
        let board = try MachineRig.board("strings")
        let disk = try #require(board.configuration.disks[0])
        let before = try board.vm.stateHash()
        try disk.write(sector: 1, [UInt8](repeating: 0xA5, count: 512))
        let written = try board.vm.stateHash()
        #expect(written != before)
        let (path, bytes) = try saved(board)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let twin = try MachineRig.board("strings")
        let other = try #require(twin.configuration.disks[0])
        try other.write(sector: 0, [UInt8](repeating: 1, count: 512))
        try twin.vm.restore(from: path)
        #expect(try other.read(sector: 1) == [UInt8](repeating: 0xA5, count: 512))
        #expect(try other.read(sector: 0) == disk.read(sector: 0))
        #expect(try twin.vm.stateHash() == written)
        // A machine that writes to the image cannot take them.
        let image = MachineRig.temporaryPath("image")
        defer { try? FileManager.default.removeItem(atPath: image) }
        try Data(count: Int(disk.sectorCount) * 512).write(to: URL(fileURLWithPath: image))
        var configuration = board.configuration
        configuration.disks[0] = try RawImage(path: image, readOnly: false)
        let error = try failure(bytes, on: try PCBoard(configuration))
        #expect(error == .otherMachine("ata0.0 kept its writes in memory; give -snapshot here too"))
    }

    @Test func machineOfAnotherMemorySizeIsRefusedWithBothSizes() throws {
        let (path, bytes) = try saved(try MachineRig.board("strings", memory: 16 << 20))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = try failure(bytes, on: try MachineRig.board("strings", memory: 32 << 20))
        #expect(error == .otherMachine("made with 16 MiB, this one has 32 MiB"))
    }

    @Test func machineWithOtherDisksIsRefusedWithTheirSizes() throws {
        let board = try MachineRig.board("strings")
        let (path, bytes) = try saved(board)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = board.configuration
        configuration.disks[0] = MemoryDisk([UInt8](repeating: 0, count: 77 * 512))
        let other = try failure(bytes, on: try PCBoard(configuration))
        let sectors = try #require(board.configuration.disks[0]).sectorCount
        #expect(other == .otherMachine("ata0.0 had \(sectors) sectors, here it has 77"))
        configuration.disks[0] = nil
        let none = try failure(bytes, on: try PCBoard(configuration))
        #expect(none == .otherMachine("it has the disk 'ata0.0', this one has not"))
    }

    @Test func machineWithAnotherFirmwareIsRefused() throws {
        let board = try MachineRig.board("strings")
        let (path, bytes) = try saved(board)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = board.configuration
        configuration.firmware[100] ^= 1
        #expect(try failure(bytes, on: try PCBoard(configuration)) == .otherMachine("bios has other content there"))
    }

    @Test func everyTruncationAndEveryFlippedByteIsAnErrorThatChangesNothing() throws {
        let board = try MachineRig.board("strings")
        MachineRig.run(board.vm, until: 70_000)
        let (path, bytes) = try saved(board)
        defer { try? FileManager.default.removeItem(atPath: path) }
        MachineRig.run(board.vm, until: 80_000)
        var random = Seeded(state: 1)
        #expect(try failure([], on: board) == .notASaveFile)
        #expect(try failure(bytes + [0], on: board) == .trailingBytes(1))
        for _ in 0..<60 {
            let length = Int.random(in: 16..<bytes.count, using: &random)
            #expect(try failure(Array(bytes.prefix(length)), on: board) == .truncated)
            var damaged = bytes
            damaged[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(try failure(damaged, on: board) != nil)
        }
        #expect(try failure(Array("#!/bin/sh\necho this is something else\n".utf8), on: board) == .notASaveFile)
        var later = bytes
        later[8] = 9
        #expect(try failure(later, on: board) == .formatVersion(9))
    }

    @Test func fileThatCannotBeWrittenIsAnErrorAndLeavesTheOldOne() throws {
        let board = try MachineRig.board("strings")
        let folder = MachineRig.temporaryPath("folder")
        #expect(throws: SnapshotError.self) { try board.vm.save(to: folder + "/not/there") }
        try FileManager.default.createDirectory(atPath: folder + "/taken", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // A directory of that name: the rename is refused, and nothing half-written stays.
        #expect(throws: SnapshotError.self) { try board.vm.save(to: folder + "/taken") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
    }

    @Test func hostSideEventsAreNeitherSavedNorHashed() throws {
        let plain = try MachineRig.board("strings"), watched = try MachineRig.board("strings")
        var frames = 0
        var frame: EventQueue.Event?
        let events = watched.vm.io.events
        frame = events.register("frame", hostSide: true) {
            frames += 1
            if let frame { events.schedule(frame, at: events.now + 777) }
        }
        if let frame { events.schedule(frame, at: 500) }
        MachineRig.run(plain.vm, until: 60_000)
        MachineRig.run(watched.vm, until: 60_000)
        #expect(frames > 70)
        #expect(try watched.vm.stateHash() == plain.vm.stateHash())
        let (path, bytes) = try saved(watched)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try failure(bytes, on: plain) == nil)
        // Its next frame comes as far ahead as before, on the older clock too.
        let early = try MachineRig.board("strings")
        let (start, _) = try saved(early)
        defer { try? FileManager.default.removeItem(atPath: start) }
        try watched.vm.restore(from: start)
        #expect(try #require(frame.flatMap(events.deadline)) <= 777)
        #expect(events.now == 0)
    }
}
