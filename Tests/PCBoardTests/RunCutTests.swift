import Machine
import PCBoard
import Testing

/// Exactness on the whole PC: what a guest can see does not depend on how its run is cut.
@Suite("Runs in pieces")
struct RunCutTests {
    private struct Outcome: Equatable {
        var hash: String
        var ticks: UInt64
        var instructions: UInt64
        var serial: [UInt8]
        var stop: VM.Stop
    }

    private func run(_ name: String, until limit: UInt64, chunk: UInt64) throws -> Outcome {
        let board = try MachineRig.board(name)
        final class Output {
            var bytes: [UInt8] = []
        }
        let output = Output()
        board.serial.transmit = { output.bytes.append($0) }
        let stop = MachineRig.run(board.vm, until: limit, chunk: chunk)
        return Outcome(
            hash: try board.vm.stateHash(), ticks: board.vm.io.events.now, instructions: board.vm.instructions,
            serial: output.bytes, stop: stop)
    }

    /// A boot that ends waiting for keys, REP, self-modification, traps, drawing, protection; ticks of each run. The
    /// programs of the chips are cut in `TestProgramTests`.
    static let programs: [(name: String, limit: UInt64)] = [
        ("hello", 120_000_000), ("strings", 400_000), ("self-modify", 400_000), ("single-step", 400_000),
        ("mode13", 2_000_000), ("ring3", 4_000_000), ("segment-loads", 400_000),
    ]

    @Test(arguments: programs.indices)
    func piecesOfSevenAndOfAMillionTicksEndAsTheWholeRun(index: Int) throws {
        let (name, limit) = Self.programs[index]
        let whole = try run(name, until: limit, chunk: 1 << 40)
        #expect(whole.ticks > 50_000)
        #expect(try run(name, until: limit, chunk: 1 << 40) == whole)
        #expect(try run(name, until: limit, chunk: 1_000_000) == whole)
        #expect(try run(name, until: limit, chunk: 999_983) == whole)
        // Idle time makes up most of the long runs: pieces of seven ticks would take for ever.
        let short = min(limit, 600_000)
        #expect(try run(name, until: short, chunk: 7) == run(name, until: short, chunk: 1 << 40))
    }

    @Test(arguments: ["hello", "strings", "self-modify", "single-step", "segment-loads"])
    func piecesOfOneTickEndAsTheWholeRun(name: String) throws {
        #expect(try run(name, until: 150_000, chunk: 1) == run(name, until: 150_000, chunk: 1 << 40))
    }

    /// Hash, saves and dumps go through the fields, so none may be missing: all bytes but paddings belong to one.
    @Test func fieldsCoverEveryByteOfCPUFile() {
        var covered = [Int](repeating: 0, count: MemoryLayout<CPUFile>.size)
        for field in CPUFile.fields { for byte in field.offset..<field.offset + field.width { covered[byte] += 1 } }
        #expect(!covered.contains { $0 > 1 })
        // The zero register, what GDTR and IDTR have behind their limits, and what stands behind the bytes.
        let missing = covered.indices.filter { covered[$0] == 0 }
        let zero = MemoryLayout<CPUFile>.offset(of: \.zero) ?? -1
        #expect(Array(zero..<zero + 8) == Array(missing.prefix(8)))
        let rest = missing.dropFirst(8)
        let tables = [\CPUFile.gdtr, \CPUFile.idtr].flatMap { path -> [Int] in
            let start = MemoryLayout<CPUFile>.offset(of: path) ?? 0
            return Array(start + 10..<start + MemoryLayout<TableRegister>.stride)
        }
        #expect(Array(rest.prefix(tables.count)) == tables)
        let blocked = MemoryLayout<CPUFile>.offset(of: \.nmiBlocked) ?? 0
        let star = MemoryLayout<CPUFile>.offset(of: \.star) ?? 0
        #expect(Array(rest.dropFirst(tables.count).prefix(4)) == Array(blocked + 1..<star))
        // What SDM 1 table 10-2 marks as reserved or available, and MXCSR_MASK, which is a constant of the CPU.
        let vector = MemoryLayout<CPUFile>.offset(of: \.vector) ?? 0
        var reserved = [5, 28, 29, 30, 31]
        for number in 0..<8 { reserved += 32 + number * 16 + 10..<32 + number * 16 + 16 }
        reserved += 416..<512
        #expect(rest.dropFirst(tables.count + 4).map { $0 - vector } == reserved)
        #expect(vector % 16 == 0 && MemoryLayout<VectorState>.size == 768)
    }

    /// Tools make thousands of machines: none may stay behind.
    @Test func machineIsFreedWithAllItsParts() throws {
        weak var vm: VM?
        weak var io: vIO?
        weak var memory: vMEM?
        weak var engine: AnyObject?
        do {
            let board = try MachineRig.board("strings")
            MachineRig.run(board.vm, until: 70_000)
            _ = try board.vm.stateHash()
            (vm, io, memory, engine) = (board.vm, board.vm.io, board.vm.memory, board.interpreter)
        }
        #expect(vm == nil && io == nil && memory == nil && engine == nil)
    }

    @Test func canonicalFormNamesTheRuleThatIsBroken() {
        #expect(CPUFile.afterReset.inconsistency == nil)
        let damages: [(String, (inout CPUFile) -> Void)] = [
            ("the upper half of register 3 is not zero", { $0[register: 3] = 1 << 32 }),
            ("the upper half of rip is not zero", { $0.rip = 1 << 40 }),
            ("reserved bits of rflags", { $0.rflags = 0 }),
            ("VM set in real mode", { $0.rflags |= UInt64(Flags.virtual8086) }),
            ("the accessed bit of ds is clear", { $0.ds.attributes = 0x92 }),
            ("es is unusable but not zero", { $0.es.attributes = 0 }),
            ("the limit of fs is beyond 1 MiB without page granularity", { $0.fs.limit = .max }),
            ("SS.DPL is 3 in real mode", { $0.ss.attributes |= 0x60 }),
            ("cr0 has PG without PE", { $0.cr0 |= ControlBits.paging }),
            ("reserved bits of dr6", { $0.dr6 = 0 }),
            ("halted or a shadow is neither 0 nor 1", { $0.halted = 3 }),
        ]
        for (rule, damage) in damages {
            var cpu = CPUFile.afterReset
            damage(&cpu)
            #expect(cpu.inconsistency == rule)
        }
    }
}
