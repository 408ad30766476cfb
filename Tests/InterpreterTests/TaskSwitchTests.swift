import Interpreter
import Machine
import Testing

/// Single rules of hardware task switches (SDM 3A 8.3); `testprograms/task-*` have the rest.
@Suite("Task switches")
struct TaskSwitchTests {
    /// stc; jmp 30h:0
    private static let jump: [UInt8] = [0xF9, 0xEA, 0, 0, 0, 0, 0x30, 0]

    @Test func arithmeticFlagsAreSavedAndLoaded() throws {
        let rig = try ProtectedRig(Self.jump)
        rig.fillTask()
        // ZF and SF
        rig.put(0x2124, 0xC2)
        rig.run()
        #expect(rig.get(0x2024) & 0x8D5 == 1)
        #expect(rig.vm.cpu.rflags & 0x8D5 == 0xC0)
        #expect(rig.vm.cpu.rip == 0x7D01 && rig.vm.cpu.tr.selector == 0x30)
        #expect(rig.vm.cpu.inconsistency == nil)
    }

    @Test func anOldTSSThatIsTooShortToSaveIntoIsRefusedWithItsSelector() throws {
        let rig = try ProtectedRig(Self.jump)
        rig.fillTask()
        rig.vm.cpu.tr.limit = 0x5E
        #expect(rig.run() == 10)
        #expect(rig.reason == "tss-limit")
        // Error code, EIP
        #expect(rig.get(0x7FF0) == 0x28 && rig.get(0x7FF4) == 0x7C01)
        #expect(rig.get(0x1034) & 0x200 == 0, "the new task did not become busy")
        #expect(rig.get(0x102C) & 0x200 != 0, "the old one still is")
        #expect(rig.vm.cpu.cr0 & 8 == 0)
    }

    @Test func aGateToASelectorOfTheLDTIsRefused() throws {
        let rig = try ProtectedRig([0xEA, 0, 0, 0, 0, 0x38, 0])
        rig.gate(at: 0x1038, selector: 0x34, offset: 0, access: 0xE5)
        #expect(rig.run() == 13)
        #expect(rig.get(0x7FF0) == 0x34)
        #expect(rig.reason == "descriptor-wrong-type")
    }

    @Test func codeOfTheNewTaskThatIsBadIsItsOwnFaultAndEndsInATripleFaultWithoutAStack() throws {
        let rig = try ProtectedRig(Self.jump)
        rig.fillTask()
        rig.put(0x214C, 0x10)
        guard case .ended(let ending) = rig.vm.run(until: 1000) else {
            Issue.record("it ran on")
            return
        }
        #expect(ending.kind == .tripleFault)
        let first = try #require(ending.faults.first)
        #expect(first.exception.vector == .invalidTSS && first.exception.errorCode == 0x10)
        #expect(first.exception.reason.name == "code-segment-invalid")
        #expect(first.instructionPointer == 0x7D00)
        #expect(rig.interpreter.refusal(of: rig.vm.cpu) == nil)
        #expect(ending.faults[1].exception.reason.name == "stack-limit")
    }

    @Test func anExternalInterruptThroughATaskGateHasEXTInItsErrorCodes() throws {
        // sti; nop; nop; hlt
        let rig = try ProtectedRig([0xFB, 0x90, 0x90, 0xF4])
        rig.gate(at: 0x3000 + 0x20 * 8, selector: 0x30, offset: 0, access: 0x85)
        rig.descriptor(0x30, base: 0x2100, limit: 0x60, access: 0x89)
        rig.vm.io.acknowledgeInterrupt = { [unowned vm = rig.vm] in
            vm.io.setInterruptLine(false)
            return 0x20
        }
        rig.vm.io.setInterruptLine(true)
        #expect(rig.run() == 10)
        #expect(rig.get(0x7FF0) == 0x31)
    }

    @Test func theTBitTrapsBeforeTheFirstInstructionAndIsNamed() throws {
        let rig = try ProtectedRig(Self.jump)
        rig.fillTask()
        rig.put(0x2164, 1, 2)
        #expect(rig.run() == 1)
        #expect(rig.reason == "task-switch-trap")
        #expect(rig.get(0x8800 - 12) == 0x7D00 && rig.vm.cpu.dr6 == 0xFFFF_8FF0)
    }

    /// CR3 of the new task leads to directory pointers with reserved bits: #GP behind the commit point, in virtual-8086 mode.
    @Test func aFaultOfAVirtual8086TaskFindsItsSegmentsAsThatModeLoadsThem() throws {
        let rig = try ProtectedRig(Self.jump, cpuModel: .maximum)
        rig.fillTask()
        for (place, value) in [
            (0x50000, 0x51001), (0x51000, 0x83), (0x60000, 0x511E7), (0x2104, 0x9000), (0x2108, 0x10),
            (0x211C, 0x60000), (0x2120, 0x1234), (0x2124, 0x20002), (0x214C, 0x5678), (0x2150, 0x9ABC),
        ] as [(UInt64, UInt32)] { rig.put(place, value) }
        var cpu = rig.vm.cpu
        (cpu.cr0, cpu.cr3, cpu.cr4, cpu.pdpte0) = (0x8000_0011, 0x50000, 0x20, 0x51001)
        rig.vm.cpu = cpu

        #expect(rig.run() == 13)
        #expect(rig.vm.cpu.inconsistency == nil)
        // The frame from GS down to the error code (SDM 3A figure 21-3): SS, ESP, EFLAGS, CS, EIP.
        #expect(rig.get(0x9000 - 20) == 0x9ABC && rig.get(0x9000 - 24) == 0x8800)
        #expect(rig.get(0x9000 - 28) & 0x20000 != 0 && rig.get(0x9000 - 32) == 0x5678)
        #expect(rig.get(0x9000 - 36) == 0x1234 && rig.get(0x9000 - 40) == 0)
    }

    @Test func nullBackLinkIsInvalid() throws {
        // pushfd; or byte [esp+1], 40h; popfd; iretd
        let rig = try ProtectedRig([0x9C, 0x80, 0x4C, 0x24, 1, 0x40, 0x9D, 0xCF])
        #expect(rig.run() == 10)
        #expect(rig.reason == "null-selector")
    }

    /// Bases and limits that run over the end of the address space, over ROM-less holes and over the tables themselves.
    @Test(
        arguments: [0xFFFF_FFF0, 0xFFFF_FFFF, 0x1000, 0x1030, 0x2000, 0x2010, 0xF_FFF0, 0x10_0000, 0x8000_0000]
            as [UInt64])
    func hostileTablesEndInSomething(base: UInt64) throws {
        for (code, selector) in [(Self.jump, 0x30 as UInt64), ([0x9A, 0, 0, 0, 0, 0x38, 0], 0x30)] {
            for access: UInt8 in [0x89, 0x81] {
                let rig = try ProtectedRig(code)
                rig.fillTask()
                rig.descriptor(selector, base: base, limit: 0xFFFFF, access: access)
                let stop = rig.vm.run(until: 5000)
                if case .ended = stop { continue }
                #expect(rig.vm.cpu.inconsistency == nil)
            }
        }
    }
}
