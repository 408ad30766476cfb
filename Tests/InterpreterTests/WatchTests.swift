import Interpreter
import Machine
import Testing

/// A machine with `code` at 0000:7C00.
private func machine(_ code: [UInt8]) throws -> VM {
    let vm = try VM(memorySize: 1 << 20)
    let interpreter = Interpreter(vm: vm)
    engines.append(interpreter)
    vm.start(with: interpreter)
    vm.memory.load(code, at: 0x7C00)
    var cpu = CPUFile.afterReset
    cpu.cs = .real(0)
    cpu.rip = 0x7C00
    cpu[register: 4] = 0x7C00
    vm.cpu = cpu
    return vm
}

/// Latches the last byte that was read, as a VGA does.
private final class Latch: MemoryHandler {
    var bytes = [UInt8](repeating: 0x20, count: 4096)
    var reads = 0
    func read(offset: UInt64, width: Int) -> UInt64 {
        reads += 1
        return UInt64(bytes[Int(offset)])
    }
    func write(offset: UInt64, width: Int, value: UInt64) {
        for index in 0..<width { bytes[Int(offset) + index] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8)) }
    }
    func peek(offset: UInt64) -> UInt8? { bytes[Int(offset)] }
}

nonisolated(unsafe) private var engines: [Interpreter] = []

extension VM {
    fileprivate func watch(_ start: UInt64, _ count: UInt64, reads: Bool = false, writes: Bool = true) {
        memory.watches = [WatchRange(number: 1, start: start, count: count, reads: reads, writes: writes)]
    }

    fileprivate func hits() -> [WatchHit]? {
        guard case .watchpoint(let hits) = run(until: 100_000) else { return nil }
        return hits
    }
}

@Suite("Watched memory", .serialized)
struct WatchTests {
    /// mov ax, 1234h; mov [600h], ax; mov [602h], ax; mov bx, [600h]; hlt
    private static let plain: [UInt8] = [
        0xB8, 0x34, 0x12, 0xA3, 0x00, 0x06, 0xA3, 0x02, 0x06, 0x8B, 0x1E, 0x00, 0x06, 0xF4,
    ]

    @Test func aStoreStopsAfterItsInstructionAndIsNamed() throws {
        let vm = try machine(Self.plain)
        vm.memory.load([0xCD, 0xAB], at: 0x600)
        vm.watch(0x600, 2)
        let hits = try #require(vm.hits())
        #expect(hits.count == 1)
        #expect(hits[0].linear == 0x7C03 && hits[0].instructionPointer == 0x7C03)
        #expect(hits[0].physical == 0x600 && hits[0].width == 2 && hits[0].isWrite && !hits[0].isDelivery)
        #expect(hits[0].old == 0xABCD && hits[0].value == 0x1234)
        // The instruction has run, the next has not.
        #expect(vm.cpu.rip == 0x7C06 && vm.instructions == 2)
        #expect(vm.memory.read(0x602, as: UInt16.self) == 0)
        // The store beside it and the load do not count.
        guard case .ended = vm.run(until: 100_000) else {
            Issue.record("stopped again at \(vm.cpu.rip)")
            return
        }
    }

    @Test func aLoadStopsWhereReadsAreWatched() throws {
        let vm = try machine(Self.plain)
        vm.watch(0x600, 1, reads: true, writes: false)
        let hits = try #require(vm.hits())
        #expect(hits.map(\.linear) == [0x7C09] && hits.map(\.value) == [0x1234])
        #expect(!hits[0].isWrite)
        #expect(vm.cpu[register: 3] & 0xFFFF == 0x1234)
    }

    @Test func anAccessThatOnlyEndsInTheRangeCounts() throws {
        let vm = try machine(Self.plain)
        vm.watch(0x603, 1)
        #expect(try #require(vm.hits()).map(\.linear) == [0x7C06])
    }

    @Test func fetchesOfCodeDoNotCount() throws {
        let vm = try machine(Self.plain)
        vm.watch(0x7C00, 16, reads: true)
        guard case .ended = vm.run(until: 100_000) else {
            Issue.record("a fetch was taken for a read")
            return
        }
    }

    @Test func repeatedStoresStopAfterTheIteration() throws {
        // mov di, 600h; mov cx, 100h; mov al, 55h; rep stosb; hlt
        let vm = try machine([0xBF, 0x00, 0x06, 0xB9, 0x00, 0x01, 0xB0, 0x55, 0xF3, 0xAA, 0xF4])
        vm.watch(0x680, 1)
        let hits = try #require(vm.hits())
        #expect(hits.map(\.physical) == [0x680] && hits[0].linear == 0x7C08)
        #expect(vm.cpu[register: 1] & 0xFFFF == 0x7F && vm.cpu[register: 7] & 0xFFFF == 0x681)
        #expect(vm.cpu.rip == 0x7C08)
        guard case .ended = vm.run(until: 100_000) else {
            Issue.record("the rest stopped too")
            return
        }
        #expect(vm.memory.read(0x6FF, as: UInt8.self) == 0x55)
    }

    @Test func aStoreOverAPageEndIsOneHit() throws {
        // mov word [0FFFh], 0BEEFh; hlt
        let vm = try machine([0xC7, 0x06, 0xFF, 0x0F, 0xEF, 0xBE, 0xF4])
        vm.watch(0x1000, 1)
        let hits = try #require(vm.hits())
        #expect(hits.map(\.physical) == [0xFFF] && hits[0].width == 2 && hits[0].value == 0xBEEF)
        #expect(vm.memory.read(0xFFF, as: UInt16.self) == 0xBEEF)
    }

    @Test func deviceMemoryIsWatchedWithoutReadingIt() throws {
        // mov ax, 0B800h; mov es, ax; mov word [es:2], 0741h; hlt
        let vm = try machine([0xB8, 0x00, 0xB8, 0x8E, 0xC0, 0x26, 0xC7, 0x06, 0x02, 0x00, 0x41, 0x07, 0xF4])
        let latch = Latch()
        try vm.memory.mapMMIO(latch, at: 0xB8000, size: 4096, name: "latch")
        vm.watch(0xB8002, 2)
        let hits = try #require(vm.hits())
        #expect(hits.map(\.linear) == [0x7C05] && hits[0].old == 0x2020 && hits[0].value == 0x0741)
        #expect(latch.reads == 0)
    }

    @Test func whatAFaultPushesIsADelivery() throws {
        // mov sp, 700h; xor bx, bx; div bl; the handler at 0:0 is hlt
        let vm = try machine([0xBC, 0x00, 0x07, 0x31, 0xDB, 0xF6, 0xF3])
        vm.memory.load([0x00, 0x05, 0x00, 0x00], at: 0)
        vm.memory.load([0xF4], at: 0x500)
        vm.watch(0x6FC, 2)
        let hits = try #require(vm.hits())
        // CS goes between the flags and IP.
        #expect(hits.map(\.isDelivery) == [true] && hits[0].linear == 0x7C05 && hits[0].value == 0)
        #expect(vm.cpu.rip == 0x500)
    }

    @Test func watchingDoesNotChangeTheRun() throws {
        let free = try machine(ExactnessTests.program)
        guard case .ended = free.run(until: 100_000) else {
            Issue.record("no end")
            return
        }
        let watched = try machine(ExactnessTests.program)
        watched.watch(0x500, 0x200, reads: true)
        var count = 0
        while case .watchpoint = watched.run(until: 100_000) { count += 1 }
        // 32 stores, and five times `add [600h], bx`.
        #expect(count == 37)
        #expect(try watched.stateHash() == free.stateHash())
        #expect(watched.instructions == free.instructions)
    }
}
