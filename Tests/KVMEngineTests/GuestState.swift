import CKVM
import Machine

@testable import KVMEngine

/// Registers of a CPU that stands in one of its modes, as the manual allows them.
enum GuestState: String, CaseIterable, Sendable {
    case reset, real, justProtected, protected16, protected32, ring3, conforming, virtual8086, long, longWithoutStack
    case compatibility

    var cpu: CPUFile {
        var cpu = CPUFile.afterReset
        guard self != .reset else { return cpu }
        cpu.cs = .real(0)
        cpu.rip = 0x7C00
        cpu[register: 2] = 0
        cpu[register: 4] = 0x7C00
        cpu.cr0 = 0x10
        if self == .real { return cpu }
        cpu.cr0 |= 1
        // MOV to CR0 alone changes no segment.
        if self == .justProtected { return cpu }
        cpu.ldtr = Segment()
        cpu.tr = Segment(selector: 0x28, base: 0x1000, limit: 0x67, attributes: 0x8B)
        if self == .virtual8086 {
            cpu.rflags |= 0x2_0000
            cpu.cs = .virtual8086(0)
            (cpu.ss, cpu.ds, cpu.es) = (.virtual8086(0x100), .virtual8086(0x200), .virtual8086(0x300))
            (cpu.fs, cpu.gs) = (.virtual8086(0x400), .virtual8086(0xFFFF))
            return cpu
        }
        let (code, data): (UInt16, UInt16) =
            switch self {
            case .protected16: (0x009B, 0x0093)
            case .ring3: (0xC0FB, 0xC0F3)
            case .conforming: (0xC09F, 0xC0F3)
            case .long, .longWithoutStack: (0xA09B, 0xC093)
            case .compatibility: (0xC0FB, 0xC0F3)
            default: (0xC09B, 0xC093)
            }
        let level = data >> 5 & 3, limit: UInt32 = self == .protected16 ? 0xFFFF : .max
        cpu.cs = Segment(selector: 0x08 | level, base: 0, limit: limit, attributes: code)
        let flat = Segment(selector: 0x10 | level, base: 0, limit: limit, attributes: data)
        (cpu.ss, cpu.ds, cpu.es, cpu.fs, cpu.gs) = (flat, flat, flat, flat, flat)
        switch self {
        case .long, .longWithoutStack, .compatibility:
            // PG, PE, ET; PAE; LMA, LME
            (cpu.cr0, cpu.cr4, cpu.efer, cpu.cr3) = (0x8000_0011, 0x20, 0x500, 0x1000)
        default: break
        }
        if self == .long || self == .longWithoutStack {
            // Null selectors; FS and GS have bases all the same (SDM 3A 3.4.4).
            (cpu.ds, cpu.es) = (Segment(), Segment())
            cpu.fs = Segment(selector: 0, base: 0x7FFF_1234_5000, limit: 0, attributes: 0)
            cpu.gs = Segment(selector: 0, base: 0xFFFF_8000_0000_1000, limit: 0, attributes: 0)
        }
        if self == .longWithoutStack {
            // At CPL 1 a null SS tells the CPL (SDM 3A 5.4.1.1: RPL and CPL are alike, and not 3).
            cpu.cs = Segment(selector: 0x09, base: 0, limit: .max, attributes: 0xA0BB)
            cpu.ss = Segment(selector: 1, base: 0, limit: 0, attributes: 0x20)
        }
        return cpu
    }

    var registers: Registers { Registers(regs: kvm_regs(cpu), sregs: kvm_sregs(cpu)) }
}

/// What KVM_SET_REGS and KVM_SET_SREGS take.
struct Registers {
    var regs: kvm_regs
    var sregs: kvm_sregs
    var problem: String? { StateValidator.problem(regs: regs, sregs: sregs) }
}
