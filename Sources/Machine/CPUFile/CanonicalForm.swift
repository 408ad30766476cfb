/// The form of CPUFile that every engine leaves behind, that saves rely on and that the state hash compares.
extension CPUFile {
    /// The first rule of the canonical form that this CPUFile breaks, in words; nil when it keeps all.
    ///
    /// It is also what a save file must keep: a state that passes can be run on without a trap.
    public var inconsistency: String? {
        for number in 0..<8 where self[register: number] >> 32 != 0 {
            return "the upper half of register \(number) is not zero"
        }
        for number in 8..<16 where self[register: number] != 0 { return "r\(number) is not zero" }
        if zero != 0 { return "the zero register is not zero" }
        if rip >> 32 != 0 { return "the upper half of rip is not zero" }
        return flagInconsistency ?? segmentInconsistency ?? systemInconsistency
    }

    private var flagInconsistency: String? {
        // Bits 1 one; 3, 5, 15 and 22-63 zero (SDM 1 3.4.3).
        if rflags & 2 == 0 || rflags & ~0x3F_7FD7 != 0 { return "reserved bits of rflags" }
        if isVirtual8086 && !isProtected { return "VM set in real mode" }
        if halted > 1 || stiShadow > 1 || stackShadow > 1 { return "halted or a shadow is neither 0 nor 1" }
        return nil
    }

    private var segmentInconsistency: String? {
        let all: [(String, Segment)] = [
            ("es", es), ("cs", cs), ("ss", ss), ("ds", ds), ("fs", fs), ("gs", gs), ("ldtr", ldtr), ("tr", tr),
        ]
        for (name, segment) in all {
            if segment.base >> 32 != 0 { return "the base of \(name) is beyond 4 GiB" }
            if segment.attributes & 0x0F00 != 0 { return "reserved attributes of \(name)" }
            if !segment.isPresent {
                if segment.base != 0 || segment.limit != 0 || segment.attributes != 0 {
                    return "\(name) is unusable but not zero"
                }
                continue
            }
            if segment.hasPageGranularity {
                if segment.limit & 0xFFF != 0xFFF { return "the limit of \(name) is finer than its granularity" }
            } else if segment.limit > 0xFFFFF {
                return "the limit of \(name) is beyond 1 MiB without page granularity"
            }
            let isSystem = name == "ldtr" || name == "tr"
            if segment.isCodeOrData == isSystem { return "\(name) holds a descriptor of the wrong kind" }
            if !isSystem, segment.attributes & 1 == 0 { return "the accessed bit of \(name) is clear" }
        }
        if !cs.isPresent || !ss.isPresent { return "cs or ss is unusable" }
        if ss.isCode || !ss.isWritable { return "ss is not writable data" }
        if ldtr.isPresent, ldtr.type != 2 { return "ldtr holds no LDT" }
        if tr.isPresent, tr.type & ~8 != 3 { return "tr holds no busy TSS" }
        if !isProtected, privilege != 0 { return "SS.DPL is \(privilege) in real mode" }
        if isVirtual8086, privilege != 3 { return "SS.DPL is \(privilege) in virtual-8086 mode" }
        return gdtr.base >> 32 != 0 || idtr.base >> 32 != 0 ? "a descriptor table is beyond 4 GiB" : nil
    }

    private var systemInconsistency: String? {
        // ET is fixed to one; PG waits for paging.
        if cr0 & ~0x6005_003F != 0 || cr0 & 0x10 == 0 { return "reserved bits of cr0" }
        let caching = ControlBits.notWriteThrough | ControlBits.cacheDisable
        if cr0 & caching == ControlBits.notWriteThrough { return "cr0 has NW without CD" }
        if cr4 & ~0x5F != 0 { return "reserved bits of cr4" }
        for (name, value) in [("cr2", cr2), ("cr3", cr3), ("dr0", dr0), ("dr1", dr1), ("dr2", dr2), ("dr3", dr3)]
        where value >> 32 != 0 { return "the upper half of \(name) is not zero" }
        if cr8 != 0 || efer != 0 { return "cr8 or efer, which this CPU has not" }
        if dr6 & ~0xE00F != 0xFFFF_0FF0 { return "reserved bits of dr6" }
        if dr7 & ~0xFFFF_23FF != 0x400 { return "reserved bits of dr7" }
        return nil
    }
}
