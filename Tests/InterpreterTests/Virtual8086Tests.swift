import Interpreter
import Machine
import Testing

/// Single rules of virtual-8086 mode (SDM 3A chapter 21); `testprograms/v86` and `vme` have the rest.
@Suite("Virtual-8086 mode")
struct Virtual8086Tests {
    /// A machine in the midst of an 8086 program, `code` at 0000:7C00 with SP 6000h.
    private func rig(_ code: [UInt8], iopl: UInt64 = 3) throws -> ProtectedRig {
        let rig = try ProtectedRig(code, cpl: 3)
        var cpu = rig.vm.cpu
        cpu.rflags = 2 | 1 << 17 | iopl << 12
        cpu.cs = .virtual8086(0)
        cpu.ss = .virtual8086(0)
        cpu.ds = .virtual8086(0)
        cpu.es = .virtual8086(0x1111)
        cpu.fs = .virtual8086(0x2222)
        cpu.gs = .virtual8086(0x3333)
        cpu[register: 4] = 0x6000
        rig.vm.cpu = cpu
        #expect(rig.interpreter.refusal(of: cpu) == nil)
        return rig
    }

    @Test func segmentsEndAt64KiB() throws {
        // mov ax, [FFFFh]
        let rig = try rig([0xA1, 0xFF, 0xFF])
        #expect(rig.run() == 13)
        #expect(rig.reason == "offset-beyond-limit")
        #expect(rig.get(0x9000 - 40) == 0, "error code")
        #expect(rig.get(0x9000 - 4) == 0x3333 && rig.get(0x9000 - 16) == 0x1111, "GS, ES")
    }

    @Test func aGateOf16BitsPushesWords() throws {
        // int 20h
        let rig = try rig([0xCD, 0x20])
        rig.gate(at: 0x3000 + 0x20 * 8, selector: 8, offset: 0x7D00, access: 0xE6)
        rig.vm.memory.load([0xF4], at: 0x7D00)
        rig.run()
        #expect(rig.vm.cpu.rip == 0x7D01 && rig.vm.cpu[register: 4] == 0x9000 - 18)
        let frame = stride(from: 0, to: 18, by: 2).map { rig.get(UInt64(0x9000 - 18 + $0), 2) }
        #expect(frame == [0x7C02, 0, 0x3002, 0x6000, 0, 0x1111, 0, 0x2222, 0x3333])
        #expect(rig.vm.cpu.gs == Segment() && rig.vm.cpu.ds == Segment())
        #expect(rig.vm.cpu.rflags & UInt64(Flags.virtual8086) == 0)
    }

    @Test func entryToAnOffsetBeyond64KiBIsRefusedAtCPL0() throws {
        let rig = try ProtectedRig([0xCF])
        for (index, value) in [0x1_0000, 0, 0x2_0002, 0x6000, 0, 0, 0, 0, 0].enumerated() {
            rig.put(UInt64(0x7000 + index * 4), UInt32(value))
        }
        rig.vm.cpu[register: 4] = 0x7000
        #expect(rig.run() == 13)
        #expect(rig.reason == "target-beyond-limit")
        #expect(rig.vm.cpu.cs.selector == 8)
    }

    @Test func entryAtCPL3IgnoresVM() throws {
        // iretd, then hlt at 7D00
        let rig = try ProtectedRig([0xCF], cpl: 3)
        rig.vm.memory.load([0xF4], at: 0x7D00)
        for (index, value) in [0x7D00, 0x1B, 0x2_0002].enumerated() {
            rig.put(UInt64(0x7000 + index * 4), UInt32(value))
        }
        rig.vm.cpu[register: 4] = 0x7000
        #expect(rig.run() == 13, "HLT at CPL 3")
        #expect(rig.get(0x9000 - 20) == 0x7D00)
        #expect(rig.get(0x9000 - 12) & Flags.virtual8086 == 0)
    }

    @Test func everySegmentIsCanonicalBehindIRET() throws {
        // iretd into jmp $ with IF set
        let rig = try ProtectedRig([0xCF])
        rig.vm.memory.load([0xEB, 0xFE], at: 0x7D00)
        for (index, value) in [0x7D00, 0, 0x2_0202, 0xABCD_6000, 0x10, 0x20, 0x30, 0x40, 0x50].enumerated() {
            rig.put(UInt64(0x7000 + index * 4), UInt32(value))
        }
        rig.vm.cpu[register: 4] = 0x7000
        rig.run(ticks: 3)
        let cpu = rig.vm.cpu
        #expect(cpu.inconsistency == nil && cpu.isVirtual8086 && cpu.privilege == 3)
        #expect(cpu.ss == .virtual8086(0x10) && cpu.es == .virtual8086(0x20) && cpu.gs == .virtual8086(0x50))
        #expect(cpu[register: 4] == 0xABCD_6000)
    }

    static let sensitive: [[UInt8]] = [[0xFA], [0xFB], [0x9C], [0x9D], [0xCF], [0xCD, 0x20], [0x66, 0x9C]]

    @Test(arguments: sensitive) func sensitiveInstructionsAreTheMonitorsBelowIOPL3(code: [UInt8]) throws {
        let rig = try rig(code, iopl: 2)
        #expect(rig.run() == 13)
        #expect(["virtual-8086-sensitive", "interrupt-flag-privilege"].contains(rig.reason))
        #expect(rig.vm.cpu[register: 4] == 0x9000 - 40)
    }

    /// popf under VME, CR4.VME set: VIF may not be set while an interrupt pends.
    @Test func aPendingVirtualInterruptStopsPOPF() throws {
        let rig = try rig([0x9D], iopl: 0)
        rig.vm.cpu.cr4 = 1
        rig.vm.cpu.rflags |= UInt64(Flags.virtualInterruptPending)
        rig.put(0x6000, 0x0202, 2)
        #expect(rig.run() == 13)
        #expect(rig.reason == "virtual-interrupt-pending")
    }

    /// int 20h, whose bit would lie beyond the TSS.
    @Test func aRedirectionBitmapBeyondTheTSSIsNamed() throws {
        let rig = try rig([0xCD, 0x20], iopl: 0)
        rig.vm.cpu.cr4 = 1
        rig.put(0x2066, 0xFFFF, 2)
        #expect(rig.run() == 13)
        #expect(rig.reason == "redirection-bitmap-limit")
    }

    @Test func aGateToAnotherRingIsNamed() throws {
        let rig = try rig([0xCD, 0x20])
        rig.gate(at: 0x3000 + 0x20 * 8, selector: 0x18, offset: 0x7D00, access: 0xEE)
        #expect(rig.run() == 13)
        #expect(rig.reason == "virtual-8086-target")
        #expect(rig.get(0x9000 - 40) == 0x18)
    }
}
