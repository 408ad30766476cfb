import CKVM
import Machine

/// General registers, system registers and debug registers between CPUFile and KVM.
extension kvm_regs {
    init(_ cpu: CPUFile) {
        self.init()
        (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15) = cpu.general
        rip = cpu.rip
        rflags = cpu.rflags
    }

    func store(in cpu: inout CPUFile) {
        cpu.general = (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15)
        cpu.rip = rip
        cpu.rflags = rflags
    }
}

extension kvm_sregs {
    init(_ cpu: CPUFile) {
        self.init()
        cs = kvm_segment(cpu.cs)
        ds = kvm_segment(cpu.ds)
        es = kvm_segment(cpu.es)
        fs = kvm_segment(cpu.fs)
        gs = kvm_segment(cpu.gs)
        ss = kvm_segment(cpu.ss)
        tr = kvm_segment(cpu.tr)
        ldt = kvm_segment(cpu.ldtr)
        gdt = kvm_dtable(cpu.gdtr)
        idt = kvm_dtable(cpu.idtr)
        cr0 = cpu.cr0
        cr2 = cpu.cr2
        cr3 = cpu.cr3
        cr4 = cpu.cr4
        cr8 = cpu.cr8
        efer = cpu.efer
        apic_base = cpu.apicBase
    }

    /// Brings CPUFile up to date, in canonical form: SS.DPL is the CPL.
    func store(in cpu: inout CPUFile) {
        cpu.es = es.canonical()
        cpu.cs = cs.canonical()
        cpu.ss = ss.canonical(whereUnusable: .privilege)
        cpu.ds = ds.canonical()
        cpu.fs = fs.canonical(whereUnusable: .base)
        cpu.gs = gs.canonical(whereUnusable: .base)
        cpu.ldtr = ldt.canonical()
        cpu.tr = tr.canonical()
        cpu.gdtr = gdt.canonical
        cpu.idtr = idt.canonical
        cpu.cr0 = cr0
        cpu.cr2 = cr2
        cpu.cr3 = cr3
        cpu.cr4 = cr4
        cpu.cr8 = cr8
        cpu.efer = efer
        cpu.apicBase = apic_base
        setStackPrivilege(&cpu)
        guard efer & 0x400 == 0 else { return }
        // Outside long mode nobody can see or change these.
        for number in 0..<8 { cpu[register: number] &= 0xFFFF_FFFF }
        for number in 8..<16 { cpu[register: number] = 0 }
        cpu.rip &= 0xFFFF_FFFF
    }

    private func setStackPrivilege(_ cpu: inout CPUFile) {
        var privilege = cpu.ss.privilege
        if !cpu.isProtected {
            privilege = 0
        } else if cpu.isVirtual8086 {
            privilege = 3
        } else if cpu.cs.isCode, !cpu.cs.isConforming, cpu.cs.privilege == UInt8(cpu.cs.selector & 3) {
            // CS names the level twice: more reliable than what a lenient KVM leaves in SS.
            privilege = cpu.cs.privilege
        }
        cpu.ss.attributes = cpu.ss.attributes & ~0x60 | UInt16(privilege) << 5
    }
}

extension kvm_debugregs {
    init(_ cpu: CPUFile) {
        self.init()
        db = (cpu.dr0, cpu.dr1, cpu.dr2, cpu.dr3)
        dr6 = cpu.dr6
        dr7 = cpu.dr7
    }

    func store(in cpu: inout CPUFile) {
        (cpu.dr0, cpu.dr1, cpu.dr2, cpu.dr3) = db
        cpu.dr6 = dr6
        cpu.dr7 = dr7
    }
}
