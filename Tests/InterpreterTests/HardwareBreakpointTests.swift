import Interpreter
import Machine
import Testing

/// Single rules of the debug registers and of alignment checks; `testprograms/debug-registers` and `alignment` have the rest.
@Suite("Debug registers and alignment")
struct HardwareBreakpointTests {
    /// Ticks of a run at which DR6 was not what it was before: a trap belongs to its instruction's tick.
    @Test(arguments: [1, 7, 1000] as [UInt64]) func aDataBreakpointTrapsBehindItsInstruction(chunk: UInt64) throws {
        // mov ecx, 3; a: mov [5000h], ecx; loop a; hlt
        let rig = try ProtectedRig([0xB9, 3, 0, 0, 0, 0x89, 0x0D, 0, 0x50, 0, 0, 0xE2, 0xF8, 0xF4])
        // inc dword [5100h]; iretd
        rig.vm.memory.load([0xFF, 0x05, 0, 0x51, 0, 0, 0xCF], at: 0x20010)
        rig.vm.cpu.dr0 = 0x5000
        rig.vm.cpu.dr7 = 0xD0401
        while rig.vm.cpu.halted == 0, rig.vm.io.events.now < 100 { _ = rig.vm.run(until: rig.vm.io.events.now + chunk) }
        #expect(rig.get(0x5100) == 3)
        #expect(rig.vm.cpu.dr6 == 0xFFFF_0FF1)
        #expect(rig.vm.cpu.rip == 0x7C0E && rig.vm.instructions == 1 + 3 * (2 + 2) + 1)
    }

    /// A loop whose traces are linked by the time that the breakpoint is set on its second instruction.
    @Test func anInstructionBreakpointIsMetInALoopThatIsCached() throws {
        // mov ecx, 1000; a: inc eax; inc ebx; loop a; mov eax, 7C06h; mov dr0, eax; mov eax, 401h; mov dr7, eax;
        // mov ecx, 10; jmp a
        let rig = try ProtectedRig([
            0xB9, 0xE8, 3, 0, 0, 0x40, 0x43, 0xE2, 0xFC, 0xB8, 6, 0x7C, 0, 0, 0x0F, 0x23, 0xC0, 0xB8, 1, 4, 0, 0, 0x0F,
            0x23, 0xF8, 0xB9, 10, 0, 0, 0, 0xEB, 0xE5,
        ])
        #expect(rig.run(ticks: 10_000) == 1)
        #expect(rig.reason == "instruction-breakpoint")
        #expect(rig.vm.cpu[register: 3] == 1000 && rig.vm.cpu[register: 1] == 10)
        #expect(rig.get(0x7FF4) == 0x7C06)
    }

    @Test func anInterruptGoesBeforeTheBreakpointOnTheNextInstruction() throws {
        // sti; nop; nop; hlt
        let rig = try ProtectedRig([0xFB, 0x90, 0x90, 0xF4])
        rig.vm.cpu.dr0 = 0x7C02
        rig.vm.cpu.dr7 = 0x401
        rig.vm.io.acknowledgeInterrupt = { [unowned vm = rig.vm] in
            vm.io.setInterruptLine(false)
            return 0x20
        }
        rig.vm.io.setInterruptLine(true)
        #expect(rig.run() == 0x20)
        #expect(rig.get(0x7FF4) == 0x7C02 && rig.vm.cpu.dr6 & 15 == 0)
    }

    @Test func whatADeliveryPushesTrapsBeforeItsHandler() throws {
        // int 20h
        let rig = try ProtectedRig([0xCD, 0x20])
        rig.vm.cpu.dr0 = 0x7FF4
        rig.vm.cpu.dr7 = 0xD0401
        #expect(rig.run() == 1)
        #expect(rig.get(0x7FE8) == 0x20200, "the handler's first instruction")
        #expect(rig.reason == "data-breakpoint")
    }

    /// The trap that MOV SS holds back is state: a run that is cut there, and a machine that is saved, keep it.
    @Test func aTrapThatIsHeldBackSurvivesACut() throws {
        // mov ss, [5000h]; nop; nop; hlt
        let rig = try ProtectedRig([0x8E, 0x15, 0, 0x50, 0, 0, 0x90, 0x90, 0xF4])
        rig.put(0x5000, 0x10)
        rig.vm.cpu.dr0 = 0x5000
        rig.vm.cpu.dr7 = 0xF0401
        _ = rig.vm.run(until: 1)
        #expect(rig.vm.cpu.rip == 0x7C06 && rig.vm.cpu.stackShadow == 1 && rig.vm.cpu.pendingEvent != 0)
        #expect(rig.vm.cpu.inconsistency == nil)
        #expect(rig.run() == 1)
        #expect(rig.get(0x7FF4) == 0x7C07)
        #expect(rig.reason == "data-breakpoint")
    }

    @Test func debugRegistersWithoutBreakpointsKeepNoPageOutOfTheTLB() throws {
        let rig = try ProtectedRig([0x89, 0x0D, 0, 0x50, 0, 0, 0xF4])
        rig.vm.cpu.dr0 = 0x5000
        rig.vm.cpu.dr7 = 0xD0400
        rig.run()
        #expect(rig.vm.memory.linearWatches.isEmpty)
    }

    @Test func guardedDebugRegistersAreNamed() throws {
        // mov eax, dr0
        let rig = try ProtectedRig([0x0F, 0x21, 0xC0])
        rig.vm.cpu.dr7 = 0x2400
        #expect(rig.run() == 1)
        #expect(rig.reason == "debug-registers-guarded")
        #expect(rig.vm.cpu.dr7 == 0x400 && rig.vm.cpu.dr6 & 0x2000 != 0)
    }

    // MARK: Alignment

    @Test func aMisalignedAccessIsNamedWithItsAddress() throws {
        // mov eax, [5001h]
        let rig = try ProtectedRig([0xA1, 1, 0x50, 0, 0], cpl: 3)
        rig.vm.cpu.cr0 |= ControlBits.alignmentMask
        rig.vm.cpu.rflags |= UInt64(Flags.alignmentCheck)
        #expect(rig.run() == 17)
        let reason = try #require(rig.interpreter.lastFault?.exception.reason)
        #expect(reason == .misaligned(linear: 0x5001, alignment: 4))
        #expect(reason.operands.map(\.value) == [0x5001, 4])
    }

    @Test func aGateThatStaysAtCPL3ChecksItsPushes() throws {
        // int 20h, with ESP at an odd word
        let rig = try ProtectedRig([0xCD, 0x20], cpl: 3)
        rig.gate(at: 0x3000 + 0x20 * 8, selector: 0x18, offset: 0x7D00, access: 0xEE)
        rig.vm.cpu[register: 4] = 0x8002
        rig.vm.cpu.cr0 |= ControlBits.alignmentMask
        rig.vm.cpu.rflags |= UInt64(Flags.alignmentCheck)
        #expect(rig.run() == 17)
        #expect(rig.get(0x9000 - 24) == 0, "an INT is no external event")
        #expect(rig.get(0x9000 - 20) == 0x7C00)
    }
}
