import Interpreter
import Machine
import Testing

/// Rules of paging and long mode that a single instruction shows (SDM 3A chapters 4 and 6).
@Suite("Paging")
struct PagingTests {
    /// The first 4 MiB as they are, for everybody; nothing else.
    private func paged(_ code: [UInt8]) throws -> ProtectedRig {
        let rig = try ProtectedRig(code)
        rig.put(0x50000, 0x51007)
        for page in 0..<1024 { rig.put(0x51000 + UInt64(page) * 4, UInt32(page) << 12 | 7) }
        var cpu = rig.vm.cpu
        cpu.cr3 = 0x50000
        cpu.cr0 |= ControlBits.paging
        rig.vm.cpu = cpu
        return rig
    }

    /// 64-bit mode at CPL 0: the first 2 MiB as they are, and again at FFFF800000000000h; 400000h shows the first 2 MiB to users.
    /// The IDT of ProtectedRig with 64-bit gates.
    private func long(_ code: [UInt8], at start: UInt64, cr4: UInt64 = 0) throws -> ProtectedRig {
        let rig = try ProtectedRig(code, cpuModel: .maximum)
        for (place, entry) in [
            (0x50000, 0x51007), (0x50800, 0x51007), (0x51000, 0x52007), (0x52000, 0x83), (0x52010, 0x87),
        ] as [(UInt64, UInt32)] { rig.put(place, entry) }
        rig.vm.memory.load([0xFF, 0xFF, 0, 0, 0, 0x9B, 0xAF, 0], at: 0x1008)
        for vector in 0..<32 as Range<UInt64> {
            rig.vm.memory.load([UInt8](repeating: 0, count: 16), at: 0x3000 + vector * 16)
            rig.gate(at: 0x3000 + vector * 16, selector: 8, offset: UInt32(0x20000 + vector * 16), access: 0x8E)
        }
        var cpu = rig.vm.cpu
        (cpu.cr0, cpu.cr3, cpu.cr4, cpu.efer) = (0x8000_0011, 0x50000, 0x20 | cr4, 0x500)
        cpu.cs = Segment(selector: 8, base: 0, limit: .max, attributes: 0xA09B)
        cpu.rip = start
        rig.vm.cpu = cpu
        #expect(rig.interpreter.refusal(of: rig.vm.cpu) == nil)
        return rig
    }

    @Test func aPageFaultThatCannotBeDeliveredIsADoubleAndThenATripleFault() throws {
        // mov eax, [80000000h], with an IDT where no page is.
        let rig = try paged([0xA1, 0, 0, 0, 0x80])
        var cpu = rig.vm.cpu
        cpu.idtr.base = 0x9000_0000
        rig.vm.cpu = cpu

        guard case .ended(let ending) = rig.vm.run(until: 100) else { throw Stop() }

        #expect(ending.kind == .tripleFault)
        #expect(ending.faults.map(\.exception.vector.rawValue) == [14, 14, 8, 14])
        #expect(rig.vm.cpu.cr2 == 0x9000_0000 + 8 * 8)
    }

    /// #GP behind #PF makes a double fault as well: here the gate of #PF leads beyond the GDT.
    @Test func aContributoryExceptionBehindAPageFaultIsADoubleFault() throws {
        let rig = try paged([0xA1, 0, 0, 0, 0x80])
        rig.gate(at: 0x3000 + 14 * 8, selector: 0xFFF8, offset: 0, access: 0x8E)

        #expect(rig.run() == 8)
        #expect(rig.vm.cpu.cr2 == 0x8000_0000)
    }

    /// #PF behind #GP is delivered as it is (SDM 3A table 6-5): the stack that #GP's handler would run on has no page, the one of
    /// #PF's, in another task, has.
    @Test func aPageFaultBehindAContributoryExceptionIsNone() throws {
        // mov eax, FFF8h; mov ds, ax: beyond the GDT
        let rig = try paged([0xB8, 0xF8, 0xFF, 0, 0, 0x8E, 0xD8])
        // IDTR so that the gate of #GP lies in the last bytes before a page that is not there, and that of #PF in front of it.
        var cpu = rig.vm.cpu
        cpu.idtr = TableRegister(base: 0x3F_F000 + 4096 - 13 * 8, limit: 0x7FF)
        rig.vm.cpu = cpu
        guard case .ended(let ending) = rig.vm.run(until: 100) else { throw Stop() }
        // #GP, whose gate has no page: #PF, whose gate has none either: #DF.
        #expect(ending.faults.map(\.exception.vector.rawValue).starts(with: [13, 14, 14, 8]))
    }

    @Test func smepAndSmapKeepTheSupervisorOffUserPages() throws {
        // mov rax, [407000h]
        let read: [UInt8] = [0x48, 0x8B, 0x04, 0x25, 0x00, 0x70, 0x40, 0x00, 0xF4]
        let open = try long(read, at: 0x7C00)
        #expect(open.run() == nil && open.vm.cpu.halted == 1)
        let guarded = try long(read, at: 0x7C00, cr4: ControlBits.accessPrevention)
        #expect(guarded.run() == 14 && guarded.reason == "smap-user-access")
        #expect(guarded.vm.cpu.cr2 == 0x40_7000)
        // stac before it
        let allowed = try long([0x0F, 0x01, 0xCB] + read, at: 0x7C00, cr4: ControlBits.accessPrevention)
        #expect(allowed.run() == nil && allowed.vm.cpu.halted == 1)
        // The same code by its user page.
        let code = try long([0xF4], at: 0x40_7C00)
        code.run()
        #expect(code.vm.cpu.halted == 1 && code.vm.cpu.rip == 0x40_7C01)
        let prevented = try long([0xF4], at: 0x40_7C00, cr4: ControlBits.executionPrevention)
        #expect(prevented.run() == 14 && prevented.reason == "smep-user-fetch")
    }

    /// P, and I/D since CR4.SMEP is set (SDM 3A 4.7): on the stack of the handler.
    @Test func errorCodeOfAPreventedFetch() throws {
        let rig = try long([0xF4], at: 0x40_7C00, cr4: ControlBits.executionPrevention)
        #expect(rig.run() == 14)
        #expect(rig.get(rig.vm.cpu[register: 4]) == 0x11)
    }

    @Test func breakpointsHoldInTheUpperHalfOfTheAddressSpace() throws {
        let start: UInt64 = 0xFFFF_8000_0000_7C00
        let rig = try long([0x90, 0x90, 0xF4], at: start)
        var cpu = rig.vm.cpu
        cpu.dr0 = start + 1
        cpu.dr7 = 0x401
        rig.vm.cpu = cpu
        #expect(rig.run() == 1)
        #expect(rig.vm.cpu.dr6 & 1 == 1)
    }

    /// SLDT, STR, SGDT, SIDT, SMSW at CPL 3, with and without CR4.UMIP (SDM 3A 2.5).
    @Test(
        arguments: [
            [0x0F, 0x00, 0xC0], [0x0F, 0x00, 0xC8], [0x0F, 0x01, 0x07], [0x0F, 0x01, 0x0F], [0x0F, 0x01, 0xE0],
        ] as [[UInt8]])
    func umipKeepsTheTablesForCPL0(code: [UInt8]) throws {
        for isSet in [false, true] {
            // Then UD2.
            let rig = try ProtectedRig(code + [0x0F, 0x0B], cpl: 3, cpuModel: .maximum)
            var cpu = rig.vm.cpu
            cpu[register: 7] = 0x6000
            if isSet { cpu.cr4 |= ControlBits.userModeInstructionPrevention }
            rig.vm.cpu = cpu
            #expect(rig.run() == (isSet ? 13 : 6))
        }
    }

    @Test func anAddressThatIsNotCanonicalIsNamed() throws {
        // mov rax, 800000000000h; mov rbx, [rax]
        let rig = try long([0x48, 0xB8, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x48, 0x8B, 0x18], at: 0x7C00)
        #expect(rig.run() == 13 && rig.reason == "non-canonical-address")
    }

    /// The last byte of the lower half is code; behind it nothing can be.
    @Test func codeDoesNotRunOnBehindTheLowerHalf() throws {
        let rig = try long([], at: 0x7FFF_FFFF_FFFF)
        for (place, entry) in [(0x507F8, 0x53007), (0x53FF8, 0x54007), (0x54FF8, 0x55007), (0x55FF8, 0x8007)]
            as [(UInt64, UInt32)]
        { rig.put(place, entry) }
        rig.vm.memory.load([0x90], at: 0x8FFF)
        #expect(rig.run() == 13 && rig.reason == "non-canonical-address")
        #expect(rig.vm.cpu.cr2 == 0)
    }

    /// As on the host's CPU, in traces and in single steps.
    @Test func aShiftByZeroClearsTheUpperHalf() throws {
        // mov rbx,-1; xor ecx,ecx; shl ebx,cl; mov rdx,-1; shr dx,cl; hlt
        let rig = try long(
            [0x48, 0xC7, 0xC3, 0xFF, 0xFF, 0xFF, 0xFF, 0x31, 0xC9, 0xD3, 0xE3]
                + [0x48, 0xC7, 0xC2, 0xFF, 0xFF, 0xFF, 0xFF, 0x66, 0xD3, 0xEA, 0xF4], at: 0x7C00)
        rig.run()
        #expect(rig.vm.cpu[register: 3] == 0xFFFF_FFFF)
        #expect(rig.vm.cpu[register: 2] == .max)
    }

    /// A translation stays until it is invalidated, though the entry has changed; its own accessed bit comes back.
    @Test func theTLBIsStaleUntilINVLPG() throws {
        // mov eax,[8000h]; mov dword [51020h],0A007h; mov ebx,[8000h]; invlpg [8000h]; mov ecx,[8000h]; hlt
        let rig = try paged(
            [0xA1, 0, 0x80, 0, 0, 0xC7, 0x05, 0x20, 0x10, 0x05, 0, 0x07, 0xA0, 0, 0]
                + [0x8B, 0x1D, 0, 0x80, 0, 0, 0x0F, 0x01, 0x3D, 0, 0x80, 0, 0, 0x8B, 0x0D, 0, 0x80, 0, 0, 0xF4])
        rig.put(0x8000, 0x1111)
        rig.put(0xA000, 0x2222)
        rig.run()
        let cpu = rig.vm.cpu
        #expect(cpu.halted == 1 && cpu[register: 0] == 0x1111)
        #expect(cpu[register: 3] == 0x1111, "still the old page")
        #expect(cpu[register: 1] == 0x2222, "the new one behind INVLPG")
        #expect(rig.get(0x51020) == 0xA027)
    }

    private struct Stop: Error {}
}
