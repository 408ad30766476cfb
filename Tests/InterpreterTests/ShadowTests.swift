import Interpreter
import Machine
import Testing

/// What loads SS holds interrupts and traps back for one instruction, but LSS does not, since it loads the pointer too
/// (SDM 3A 6.8.3).
@Suite("Shadows")
struct ShadowTests {
    /// Runs `code` at 0000:7C00. When its first instruction is done, an interrupt (vector 20h, handler at 0000:9000) waits
    /// and IF is set. Gives the place to which the handler returns.
    private func returnAddress(of code: [UInt8]) throws -> UInt16 {
        let vm = try VM(memorySize: 1 << 20)
        let interpreter = Interpreter(vm: vm)
        vm.start(with: interpreter)
        vm.memory.load([0x00, 0x90, 0x00, 0x00], at: 0x20 * 4)
        vm.memory.load([0xF4], at: 0x9000)
        vm.memory.load(code + [0x90, 0x90, 0xF4], at: 0x7C00)
        // A far pointer to the same stack: 0000:7000.
        vm.memory.load([0x00, 0x70, 0x00, 0x00], at: 0x8000)
        vm.io.acknowledgeInterrupt = { [unowned vm] in
            vm.io.setInterruptLine(false)
            return 0x20
        }
        var cpu = CPUFile.afterReset
        cpu.cs = .real(0)
        cpu.rip = 0x7C00
        cpu[register: 0] = 0
        cpu[register: 4] = 0x7000
        vm.cpu = cpu
        var ticks: UInt64 = 0
        while vm.cpu.rip != 0x9000, ticks < 20 {
            ticks += 1
            if ticks == 2 {
                vm.io.setInterruptLine(true)
                vm.cpu.rflags |= UInt64(Flags.interrupt)
            }
            _ = vm.run(until: ticks)
        }
        try #require(vm.cpu.rip == 0x9000, "the interrupt was not taken")
        let bytes = vm.memory.peek(vm.cpu[register: 4], count: 2)
        return UInt16(bytes[0]) | UInt16(bytes[1]) << 8
    }

    @Test func anInterruptWaitsForTheInstructionBehindMovSS() throws {
        #expect(try returnAddress(of: [0x8E, 0xD0]) == 0x7C03)
    }

    @Test func anInterruptWaitsForTheInstructionBehindPopSS() throws {
        #expect(try returnAddress(of: [0x17]) == 0x7C02)
    }

    @Test func anInterruptIsTakenDirectlyBehindLSS() throws {
        #expect(try returnAddress(of: [0x0F, 0xB2, 0x26, 0x00, 0x80]) == 0x7C05)
    }

    @Test func anInterruptIsTakenDirectlyBehindMovDS() throws {
        #expect(try returnAddress(of: [0x8E, 0xD8]) == 0x7C02)
    }
}
