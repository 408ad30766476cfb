import Foundation
import PCBoard
import PCDevices
import Testing

@testable import Machine

/// Several processors on the interpreter.
struct ProcessorTests {
    private func guest(seed: UInt64 = 0) throws -> Guest {
        let program = try #require(TestProgram.all.first { $0.name == "smp" })
        let image = try program.image()
        return try Guest {
            $0.memorySize = 16 << 20
            $0.processors = 2
            $0.seed = seed
            $0.floppies[0] = MemoryDisk(image)
        }
    }

    private func hashAtEnd(_ guest: Guest) throws -> String {
        guest.run(seconds: 4)
        #expect(guest.serial.hasSuffix("PASS\n"), "\(guest.serial)")
        return try guest.board.vm.stateHash()
    }

    @Test func seedVariesTheTurnsAndEachSeedRepeats() throws {
        var hashes: Set<String> = []
        for seed: UInt64 in 1...3 {
            let hash = try hashAtEnd(try guest(seed: seed))
            #expect(try hashAtEnd(try guest(seed: seed)) == hash)
            hashes.insert(hash)
        }
        #expect(hashes.count == 3)
    }

    @Test func saveAmidTwoProcessorsGoesOnAsTheRunDoes() throws {
        let whole = try guest(), restored = try guest()
        #expect(whole.run(seconds: 4) { whole.serial.contains("locked additions") })
        // Some way into the additions of both.
        whole.run(seconds: 0.0002, look: 50_000)
        let file = MachineRig.temporaryPath("smp.save")
        defer { try? FileManager.default.removeItem(atPath: file) }
        try whole.board.vm.save(to: file)
        try restored.board.vm.restore(from: file)
        #expect(try restored.board.vm.stateHash() == (try whole.board.vm.stateHash()))
        let hash = try hashAtEnd(whole)
        restored.run(seconds: 4)
        #expect(try restored.board.vm.stateHash() == hash)
    }

    /// What a processor's TLB holds is found under its own process-context identifier, also when it waits for its turn.
    @Test func waitingProcessorKeepsItsContextOfTranslationsInASave() throws {
        let guests = try (0..<2).map { _ in
            try Guest {
                $0.processors = 2
                $0.cpuModel = .maximum
            }
        }
        let vm = guests[0].board.vm
        // Identifiers are of long mode: PE, ET and PG, PAE and PCIDE, LME and LMA.
        vm.parked[1].cr0 = 0x8000_0011
        vm.parked[1].cr4 = 0x2_0020
        vm.parked[1].efer = 0x500
        vm.parked[1].cs.attributes = 0xA09B
        vm.parked[1].cr3 = 0x5006
        let buffer = vm.memory.translationBuffers[1]
        buffer.use(context: 6, keeps: true)
        buffer.enter(0x123_4000, PageLeaf(bits: 0x8000 | PageLeaf.writable), fetch: false)
        let folder = try TemporaryFolder()
        try vm.save(to: folder.path + "/save")
        try guests[1].board.vm.restore(from: folder.path + "/save")
        let restored = guests[1].board.vm.memory.translationBuffers[1]
        #expect(buffer.find(0x123_4000, fetch: false) != nil)
        #expect(restored.context == 6 && restored.find(0x123_4000, fetch: false) != nil)
    }

    @Test func saveOfTwoProcessorsIsRefusedByAMachineWithOne() throws {
        let two = try guest()
        let file = MachineRig.temporaryPath("two.save")
        defer { try? FileManager.default.removeItem(atPath: file) }
        try two.board.vm.save(to: file)
        let one = try Guest { $0.memorySize = 16 << 20 }
        #expect(throws: SnapshotError.self) { try one.board.vm.restore(from: file) }
    }

    @Test func kvmIsRefusedWithAReason() throws {
        let two = try guest()
        #expect(throws: EngineError.self) { try two.board.useKVM() }
        #expect(two.board.vm.engine?.name == "interpreter")
    }

    /// SDM 3A 8.4.3: after RESET all but the bootstrap processor wait for SIPI.
    @Test func othersWaitAfterReset() throws {
        let vm = try guest().board.vm
        #expect(vm.registers(ofProcessor: 1).halted == CPUFile.waitsForStartup)
        #expect(vm.registers(ofProcessor: 1).apicBase == 0xFEE0_0800)
        #expect(vm.registers(ofProcessor: 0).halted == 0)
        #expect(vm.registers(ofProcessor: 0).apicBase == 0xFEE0_0900)
    }
}
