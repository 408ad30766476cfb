import Interpreter
import Machine
import Testing

@Suite("Random code")
struct FuzzTests {
    /// xorshift64: the same seed gives the same machine.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state &<< 13
            state ^= state >> 7
            state ^= state &<< 17
            return state
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func randomBytesFromRandomStatesNeverTrapOrHang(seed: UInt64) throws {
        var random = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        for round in 0..<60 {
            let vm = try VM(memorySize: 1 << 20)
            let interpreter = Interpreter(vm: vm)
            vm.engine = interpreter
            var bytes = [UInt8](repeating: 0, count: 16384)
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: random.next()) }
            for page in 0..<64 { vm.memory.load(bytes, at: UInt64(page) * 16384) }
            var cpu = CPUFile.afterReset
            for number in 0..<8 { cpu[register: number] = random.next() & (round % 2 == 0 ? 0xFFFF : 0xFFFF_FFFF) }
            cpu.rflags = random.next() & 0xFD5 | 2
            cpu.cs = .real(UInt16(truncatingIfNeeded: random.next() & 0x3FFF))
            cpu.ds = .real(UInt16(truncatingIfNeeded: random.next()))
            cpu.es = .real(UInt16(truncatingIfNeeded: random.next()))
            cpu.ss = .real(UInt16(truncatingIfNeeded: random.next() & 0x7FFF))
            cpu.rip = random.next() & 0xFFFF
            if round % 3 == 0 {
                cpu.cr0 |= 1
                cpu.cs.attributes = 0xC09B
                cpu.cs.limit = .max
                cpu.gdtr = TableRegister(base: random.next() & 0xFFFFF, limit: 0xFFFF)
                cpu.idtr = TableRegister(base: random.next() & 0xFFFFF, limit: 0x7FF)
            }
            vm.cpu = cpu
            var limit: UInt64 = 0
            for _ in 0..<20 {
                limit += 1000
                if case .ended = vm.run(until: limit) { break }
                #expect(vm.io.events.now >= limit)
            }
        }
    }
}
