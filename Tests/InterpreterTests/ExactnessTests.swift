import Interpreter
import Machine
import Testing

/// A machine with `code` at 0000:7C00 and SP below it.
private func machine(_ code: [UInt8], memory: UInt64 = 1 << 20) throws -> (VM, Interpreter) {
    let vm = try VM(memorySize: memory)
    let interpreter = Interpreter(vm: vm)
    vm.start(with: interpreter)
    vm.memory.load(code, at: 0x7C00)
    var cpu = CPUFile.afterReset
    cpu.cs = .real(0)
    cpu.rip = 0x7C00
    cpu[register: 4] = 0x7C00
    vm.cpu = cpu
    return (vm, interpreter)
}

@Suite("Exactness")
struct ExactnessTests {
    /// Counts in memory, compares strings, calls, patches its own code; ends in HLT with IF=0.
    static let program: [UInt8] = [
        0xB9, 0x20, 0x00,  // mov cx, 32
        0xBF, 0x00, 0x05,  // mov di, 0x500
        0xB8, 0x34, 0x12,  // mov ax, 0x1234
        0xF3, 0xAB,  // rep stosw
        0xB9, 0x05, 0x00,  // mov cx, 5
        0xFE, 0x06, 0x14, 0x7C,  // inc byte [0x7C14]: the immediate of the next instruction
        0x80, 0xC3, 0x00,  // 7C12: add bl, imm (7C14)
        0xE8, 0x03, 0x00,  // call 7C1B
        0xE2, 0xF4,  // loop 7C0E
        0xF4,  // hlt
        0x01, 0x1E, 0x00, 0x06,  // 7C1B: add [0x600], bx
        0xC3,  // ret
    ]

    @Test func runInChunksOfAnyLengthGivesOneHash() throws {
        var hashes: Set<String> = []
        var counts: Set<UInt64> = []
        for chunk in [1, 7, 1_000_000] as [UInt64] {
            let (vm, _) = try machine(Self.program)
            var stop = VM.Stop.limit
            while stop == .limit, vm.io.events.now < 10_000 { stop = vm.run(until: vm.io.events.now + chunk) }
            guard case .ended(let ending) = stop else {
                Issue.record("no end after chunks of \(chunk): \(vm.cpu.rip)")
                continue
            }
            #expect(ending.name == "dead-halt")
            hashes.insert(try vm.stateHash())
            counts.insert(vm.instructions)
        }
        #expect(hashes.count == 1)
        // mov x3, rep, mov, 5 x (inc add call add ret loop), hlt
        #expect(counts == [36])
    }

    @Test func storeIntoTheRunningTraceCountsFromTheNextInstruction() throws {
        let (vm, _) = try machine(Self.program)
        _ = vm.run(until: 10_000)
        // 1 + 2 + 3 + 4 + 5
        #expect(vm.cpu[register: 3] & 0xFF == 15)
        // 1 + 3 + 6 + 10 + 15
        #expect(vm.memory.read(0x600, as: UInt16.self) == 35)
    }

    @Test func repStopsAtTheDeadlineAndGoesOn() throws {
        let (vm, _) = try machine(Self.program)
        // Three instructions, then ten iterations.
        #expect(vm.run(until: 13) == .limit)
        #expect(vm.io.events.now == 13)
        #expect(vm.cpu[register: 1] == 22)
        #expect(vm.cpu.rip == 0x7C09)
        #expect(vm.instructions == 3)
        #expect(vm.run(until: 35) == .limit)
        #expect(vm.cpu.rip == 0x7C0B)
        #expect(vm.instructions == 4)
    }

    @Test func jumpToItselfWithInterruptsOffIsStuck() throws {
        let (vm, _) = try machine([0xFA, 0xEB, 0xFE])
        guard case .ended(let ending) = vm.run(until: 1000) else {
            Issue.record("ran on")
            return
        }
        #expect(ending.exitCode == 104)
        #expect(ending.sentence.contains("0000:00007C01"))
    }

    @Test func zeroedMemoryAsCodeIsStuck() throws {
        let (vm, _) = try machine([])
        guard case .ended(let ending) = vm.run(until: 100_000) else {
            Issue.record("ran on")
            return
        }
        #expect(ending.name == "stuck")
        #expect(vm.instructions <= 4096)
    }

    @Test func jumpThatWrapsInOneSegmentDoesNotInAnother() throws {
        // At linear 10100h: jmp -10Eh. In segment 1010h that is from 0 to FEF2h, in segment 0F00h from 1100h to FF2h.
        let (vm, _) = try machine([], memory: 2 << 20)
        vm.memory.load([0xE9, 0xEF, 0xFE], at: 0x10100)
        // inc bx; jmp 0F00:1100 where the wrapped jump leads
        vm.memory.load([0x43, 0xEA, 0x00, 0x11, 0x00, 0x0F], at: 0x10100 + 0xFEF2)
        // inc dx; jmp $ where the other does
        vm.memory.load([0x42, 0xEB, 0xFE], at: 0xF000 + 0xFF2)
        var cpu = vm.cpu
        cpu.cs = .real(0x1010)
        cpu.rip = 0
        cpu[register: 2] = 0
        vm.cpu = cpu
        guard case .ended(let ending) = vm.run(until: 1000) else {
            Issue.record("ran on")
            return
        }
        #expect(ending.name == "stuck")
        #expect(vm.cpu[register: 2] == 1 && vm.cpu[register: 3] == 1)
        #expect(vm.cpu.cs.selector == 0xF00 && vm.cpu.rip == 0xFF3)
    }

    @Test func jumpOverTheClosedA20GateLeadsWhereItsAddressSays() throws {
        let (vm, _) = try machine([], memory: 4 << 20)
        // jmp +0Eh at the end of the first MiB, which the gate makes 0000 0008 from 000F FFF8 and 0020 0008 from 001F FFF8
        vm.memory.load([0xEB, 0x0E], at: 0xFFFF8)
        // inc ebx; mov eax, 1FFFF8h; jmp eax
        vm.memory.load([0x43, 0xB8, 0xF8, 0xFF, 0x1F, 0x00, 0xFF, 0xE0], at: 0x8)
        // inc edx; jmp $
        vm.memory.load([0x42, 0xEB, 0xFE], at: 0x200008)
        vm.memory.setA20(false)
        var cpu = vm.cpu
        cpu.cr0 |= 1
        cpu.cs = Segment(selector: 8, base: 0, limit: .max, attributes: 0xC09B)
        for data in [\CPUFile.es, \.ss, \.ds, \.fs, \.gs] {
            cpu[keyPath: data] = Segment(selector: 16, base: 0, limit: .max, attributes: 0xC093)
        }
        cpu.rip = 0xFFFF8
        cpu[register: 2] = 0
        vm.cpu = cpu
        guard case .ended(let ending) = vm.run(until: 1000) else {
            Issue.record("ran on")
            return
        }
        #expect(ending.name == "stuck")
        #expect(vm.cpu[register: 2] == 1 && vm.cpu[register: 3] == 1 && vm.cpu.rip == 0x200009)
    }

    @Test func stepOfAStringInstructionThatOverwritesItselfIsOneIteration() throws {
        // rep stosb makes RSM (0F AA) of itself, which is undefined outside SMM; the handler of #UD is nop; nop
        let (vm, interpreter) = try machine([0xF3, 0xAA])
        vm.memory.load([0x00, 0x05, 0x00, 0x00], at: 6 * 4)
        vm.memory.load([0x90, 0x90], at: 0x500)
        var cpu = vm.cpu
        cpu[register: 0] = 0x0F
        cpu[register: 1] = 10
        cpu[register: 7] = 0x7C00
        vm.cpu = cpu
        #expect(interpreter.stepInstruction() == .deadline)
        #expect(vm.cpu.rip == 0x7C00 && vm.cpu[register: 1] == 9 && vm.instructions == 0)
        #expect(interpreter.stepInstruction() == .deadline)
        #expect(vm.cpu.rip == 0x500 && vm.cpu[register: 1] == 9 && vm.io.events.now == 2)
    }

    @Test func emptyInterruptTableInProtectedModeIsATripleFaultWithItsChain() throws {
        // lidt [7C20h] (limit 0); mov eax, cr0; or al, 1; mov cr0, eax; ud2
        let (vm, _) = try machine([
            0x0F, 0x01, 0x1E, 0x20, 0x7C, 0x0F, 0x20, 0xC0, 0x0C, 0x01, 0x0F, 0x22, 0xC0, 0x0F, 0x0B,
        ])
        guard case .ended(let ending) = vm.run(until: 1000) else {
            Issue.record("ran on")
            return
        }
        #expect(ending.exitCode == 100)
        #expect(ending.faults.map(\.exception.vector.rawValue) == [6, 13, 13, 8, 13])
        #expect(
            ending.faults.map(\.exception.reason.name) == [
                "invalid-opcode", "idt-limit", "idt-limit", "while-delivering", "idt-limit",
            ])
    }

    @Test func segmentLoadBeyondTheTableNamesSelectorAndLimit() throws {
        // lgdt [7C20h] (limit 0Fh); PE; mov ax, 10h; mov ds, ax
        var code: [UInt8] = [
            0x0F, 0x01, 0x16, 0x20, 0x7C, 0x0F, 0x01, 0x1E, 0x26, 0x7C, 0x0F, 0x20, 0xC0, 0x0C, 0x01, 0x0F, 0x22, 0xC0,
            0xB8, 0x10, 0x00, 0x8E, 0xD8,
        ]
        code += [UInt8](repeating: 0x90, count: 0x20 - code.count)
        code += [0x0F, 0x00, 0x00, 0x08, 0x00, 0x00]
        let (vm, _) = try machine(code)
        guard case .ended(let ending) = vm.run(until: 1000) else {
            Issue.record("ran on")
            return
        }
        let first = try #require(ending.faults.first)
        #expect(first.exception.vector == .generalProtection)
        #expect(first.exception.errorCode == 0x10)
        #expect(first.exception.reason == .selectorBeyondTableLimit(selector: 0x10, limit: 0x0F))
        #expect(first.bytes == [0x8E, 0xD8])
        #expect(first.instructionPointer == 0x7C15)
    }
}
