import CKVM
import Machine

/// The checks that a CPU makes on a guest's state when it is entered (SDM 3C 26.3.1), made before KVM is asked: KVM only
/// says EINVAL, this names the bit.
enum StateValidator {
    private typealias Named = (name: String, segment: kvm_segment)

    /// The first rule that the state breaks, nil when it keeps all.
    static func problem(regs: kvm_regs, sregs: kvm_sregs) -> String? {
        control(sregs) ?? flags(regs, sregs) ?? segments(regs, sregs) ?? tables(sregs)
    }

    // MARK: Control registers (26.3.1.1)

    private static func control(_ sregs: kvm_sregs) -> String? {
        let cr0 = sregs.cr0, cr4 = sregs.cr4, efer = sregs.efer
        if let bit = firstBit(cr0 & ~0xFFFF_FFFF) { return "CR0 bit \(bit) is set: only 0 to 31 exist" }
        if cr0 & ControlBits.paging != 0, cr0 & ControlBits.protectionEnable == 0 {
            return "CR0.PG (bit 31) without CR0.PE (bit 0)"
        }
        if cr0 & ControlBits.notWriteThrough != 0, cr0 & ControlBits.cacheDisable == 0 {
            return "CR0.NW (bit 29) without CR0.CD (bit 30)"
        }
        if let bit = firstBit(cr4 & reservedControl4) { return "CR4 bit \(bit) is reserved" }
        // SCE 0, LME 8, LMA 10, NXE 11
        if let bit = firstBit(efer & ~0xD01) { return "EFER bit \(bit) is reserved" }
        let long = efer & 0x400 != 0, wanted = efer & 0x100 != 0 && cr0 & ControlBits.paging != 0
        if long != wanted {
            return "EFER.LMA (bit 10) is \(long ? 1 : 0), though LME (bit 8) and CR0.PG make it \(wanted ? 1 : 0)"
        }
        if long, cr4 & 0x20 == 0 { return "EFER.LMA (bit 10) without CR4.PAE (bit 5)" }
        if !long, cr4 & 0x2_0000 != 0 { return "CR4.PCIDE (bit 17) outside long mode" }
        if !long, sregs.cs.unusable == 0, sregs.cs.l != 0 { return "CS.L (bit 13) outside long mode" }
        if long, let bit = firstBit(sregs.cr3 & ~0xF_FFFF_FFFF_FFFF) { return "CR3 bit \(bit) is reserved" }
        return nil
    }

    /// What no CPU has (SDM 3A 2.5): all but VME to SMXE (0-14), FSGSBASE to UINTR (16-25), LASS, LAM_SUP and FRED.
    private static var reservedControl4: UInt64 { ~0x1_1BFF_7FFF }

    // MARK: RIP and RFLAGS (26.3.1.4)

    private static func flags(_ regs: kvm_regs, _ sregs: kvm_sregs) -> String? {
        if regs.rflags & 2 == 0 { return "RFLAGS bit 1 is clear" }
        // 3, 5, 15 and 22-63 are reserved.
        if let bit = firstBit(regs.rflags & ~0x3F_7FD7) { return "RFLAGS bit \(bit) is reserved" }
        let long = sregs.efer & 0x400 != 0, isVirtual = regs.rflags & UInt64(Flags.virtual8086) != 0
        if isVirtual, long { return "RFLAGS.VM (bit 17) in long mode" }
        if isVirtual, sregs.cr0 & ControlBits.protectionEnable == 0 {
            return "RFLAGS.VM (bit 17) without CR0.PE (bit 0)"
        }
        if long, sregs.cs.l != 0 {
            // Behind the last byte of the lower half it may be: the bit below those that count is free.
            return isAlike(regs.rip, from: linearWidth(sregs))
                ? nil : "RIP \(hexadecimal(regs.rip))h is not canonical"
        }
        guard let bit = firstBit(regs.rip & ~0xFFFF_FFFF) else { return nil }
        return "RIP bit \(bit) is set outside 64-bit mode (\(hexadecimal(regs.rip))h)"
    }

    // MARK: Segments (26.3.1.2)

    private static func segments(_ regs: kvm_regs, _ sregs: kvm_sregs) -> String? {
        let data: [Named] = [("DS", sregs.ds), ("ES", sregs.es), ("FS", sregs.fs), ("GS", sregs.gs)]
        let all: [Named] = [("CS", sregs.cs), ("SS", sregs.ss)] + data + [("TR", sregs.tr), ("LDTR", sregs.ldt)]
        for entry in all { if let problem = form(entry) { return problem } }
        if regs.rflags & UInt64(Flags.virtual8086) != 0 {
            for entry in all.prefix(6) { if let problem = virtual8086(entry) { return problem } }
        } else {
            if let problem = code(sregs) ?? stack(sregs) { return problem }
            for entry in data { if let problem = dataSegment(entry, sregs) { return problem } }
        }
        return system(sregs)
    }

    /// What holds for every segment: fields fit, unusable ones are empty but for what counts all the same (the bases of FS
    /// and GS, and the CPL in SS.DPL), the limit fits its granularity.
    private static func form(_ entry: Named) -> String? {
        let segment = entry.segment
        let fields: [(String, UInt8, UInt8)] = [
            ("type", segment.type, 15), ("DPL", segment.dpl, 3), ("S", segment.s, 1), ("P", segment.present, 1),
            ("D/B", segment.db, 1), ("L", segment.l, 1), ("G", segment.g, 1), ("AVL", segment.avl, 1),
        ]
        for (field, value, most) in fields where value > most { return "\(entry.name).\(field) is \(value)" }
        if segment.unusable != 0 {
            for (field, value, _) in fields where value != 0 && (entry.name, field) != ("SS", "DPL") {
                return "\(entry.name) is unusable, but its \(field) is \(value) instead of 0"
            }
            if segment.limit != 0 { return "\(entry.name) is unusable, but has a limit" }
            let hasBase = entry.name == "FS" || entry.name == "GS"
            return segment.base != 0 && !hasBase ? "\(entry.name) is unusable, but has a base" : nil
        }
        if segment.present == 0 { return "\(entry.name) is usable with P (bit 7 of its access rights) clear" }
        if segment.g == 0, segment.limit >> 20 != 0 {
            return "\(entry.name).G (bit 15) is clear with a limit of \(hexadecimal(UInt64(segment.limit)))h"
        }
        if segment.g != 0, segment.limit & 0xFFF != 0xFFF {
            return "\(entry.name).G (bit 15) is set with a limit of \(hexadecimal(UInt64(segment.limit)))h"
        }
        return nil
    }

    private static func virtual8086(_ entry: Named) -> String? {
        let segment = entry.segment
        if segment.unusable != 0 { return "\(entry.name) is unusable in V86 mode" }
        if segment.base != UInt64(segment.selector) << 4 {
            return "\(entry.name).base is not the selector times 16 in V86 mode"
        }
        if segment.limit != 0xFFFF { return "\(entry.name).limit is not FFFFh in V86 mode" }
        if segment.type != 3 || segment.s == 0 || segment.dpl != 3 || segment.db != 0 || segment.g != 0 {
            return "\(entry.name)'s access rights are not F3h in V86 mode"
        }
        return nil
    }

    private static func code(_ sregs: kvm_sregs) -> String? {
        let cs = sregs.cs, ss = sregs.ss
        if cs.unusable != 0 { return "CS is unusable" }
        if cs.s == 0 { return "CS.S (bit 4) is clear: a system descriptor" }
        if let problem = beyond4GiB("CS", cs) { return problem }
        if cs.l != 0, cs.db != 0, sregs.efer & 0x400 != 0 { return "CS.L (bit 13) and CS.D (bit 14) are both set" }
        switch cs.type {
        case 3: return cs.dpl == 0 ? nil : "CS is a data segment (type 3) with DPL \(cs.dpl) instead of 0"
        case 9, 11:
            return cs.dpl == ss.dpl || sregs.cr0 & 1 == 0
                ? nil : "SS.DPL (bits 5-6) is \(ss.dpl), unlike CS.DPL \(cs.dpl): the CPL must be one"
        case 13, 15: return cs.dpl <= ss.dpl ? nil : "conforming CS has DPL \(cs.dpl) above SS.DPL \(ss.dpl)"
        case 8, 10, 12, 14: return "CS.type is \(cs.type): its accessed bit (bit 0) is clear"
        default: return "CS.type is \(cs.type): not a code segment"
        }
    }

    private static func stack(_ sregs: kvm_sregs) -> String? {
        let ss = sregs.ss
        if sregs.cr0 & 1 == 0, ss.dpl != 0 { return "SS.DPL (bits 5-6) is \(ss.dpl) in real mode" }
        guard ss.unusable == 0 else { return nil }
        if ss.s == 0 { return "SS.S (bit 4) is clear: a system descriptor" }
        if let problem = beyond4GiB("SS", ss) { return problem }
        if ss.type == 2 || ss.type == 6 { return "SS.type is \(ss.type): its accessed bit (bit 0) is clear" }
        return ss.type == 3 || ss.type == 7 ? nil : "SS.type is \(ss.type): not writable data"
    }

    private static func beyond4GiB(_ name: String, _ segment: kvm_segment) -> String? {
        firstBit(segment.base & ~0xFFFF_FFFF).map { "\(name).base bit \($0) is set: it is beyond 4 GiB" }
    }

    private static func dataSegment(_ entry: Named, _ sregs: kvm_sregs) -> String? {
        let segment = entry.segment, isExtra = entry.name == "FS" || entry.name == "GS"
        if isExtra, !isCanonical(segment.base, sregs) { return "\(entry.name).base is not canonical" }
        guard segment.unusable == 0 else { return nil }
        if segment.s == 0 { return "\(entry.name).S (bit 4) is clear: a system descriptor" }
        if segment.type & 1 == 0 { return "\(entry.name).type is \(segment.type): its accessed bit (bit 0) is clear" }
        if segment.type & 10 == 8 { return "\(entry.name).type is \(segment.type): code that cannot be read" }
        return isExtra ? nil : beyond4GiB(entry.name, segment)
    }

    private static func system(_ sregs: kvm_sregs) -> String? {
        let tr = sregs.tr, ldt = sregs.ldt
        if tr.unusable != 0 { return "TR is unusable" }
        if tr.s != 0 { return "TR.S (bit 4) is set: not a system descriptor" }
        if tr.selector & 4 != 0 { return "TR's selector has TI (bit 2) set" }
        let isLong = sregs.efer & 0x400 != 0
        if tr.type == 9 || tr.type == 1 { return "TR.type is \(tr.type): its busy bit (bit 1) is clear" }
        if tr.type != 11, isLong || tr.type != 3 { return "TR.type is \(tr.type): not a busy TSS" }
        if !isCanonical(tr.base, sregs) { return "TR.base is not canonical" }
        guard ldt.unusable == 0 else { return nil }
        if ldt.s != 0 { return "LDTR.S (bit 4) is set: not a system descriptor" }
        if ldt.type != 2 { return "LDTR.type is \(ldt.type): not an LDT" }
        if ldt.selector & 4 != 0 { return "LDTR's selector has TI (bit 2) set" }
        return isCanonical(ldt.base, sregs) ? nil : "LDTR.base is not canonical"
    }

    private static func tables(_ sregs: kvm_sregs) -> String? {
        if !isCanonical(sregs.gdt.base, sregs) { return "GDTR.base is not canonical" }
        return isCanonical(sregs.idt.base, sregs) ? nil : "IDTR.base is not canonical"
    }

    // MARK: Debug registers (26.3.1.1, and what KVM_SET_DEBUGREGS asks)

    static func problem(_ registers: kvm_debugregs) -> String? {
        for (name, value) in [("DR6", registers.dr6), ("DR7", registers.dr7)] {
            if let bit = firstBit(value & ~0xFFFF_FFFF) { return "\(name) bit \(bit) is set" }
        }
        return nil
    }

    // MARK: Bits

    /// 57 with CR4.LA57 (bit 12).
    private static func linearWidth(_ sregs: kvm_sregs) -> Int { sregs.cr4 & 0x1000 != 0 ? 57 : 48 }

    private static func isCanonical(_ address: UInt64, _ sregs: kvm_sregs) -> Bool {
        isAlike(address, from: linearWidth(sregs) - 1)
    }

    private static func isAlike(_ address: UInt64, from bit: Int) -> Bool {
        let top = Int64(bitPattern: address) >> Int64(bit)
        return top == 0 || top == -1
    }

    private static func firstBit(_ bits: UInt64) -> Int? { bits == 0 ? nil : bits.trailingZeroBitCount }
}
