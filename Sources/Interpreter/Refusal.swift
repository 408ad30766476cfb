import Machine

/// What this engine cannot drive.
extension Interpreter {
    public func refusal(of cpu: CPUFile) -> String? {
        if let rule = cpu.inconsistency { return "the state of the CPU is not canonical: \(rule)" }
        return beyond(cpu)
    }

    /// What this canonical state has that the CPU model has not, in words that fit after "since".
    private func beyond(_ cpu: CPUFile) -> String? {
        func lacking(_ what: String) -> String { "\(what), which the CPU '\(model.name)' does not have" }
        if cpu.isLong, !features.long { return lacking("the CPU is in \(cpu.modeName) (EFER.LMA)") }
        let beyond0 = cpu.cr0 & ~(features.controlBits0 | ControlBits.extensionType)
        if beyond0 != 0 { return lacking("CR0 has bits (\(hexadecimal(beyond0))h)") }
        let beyondFlags = UInt32(truncatingIfNeeded: cpu.rflags) & ~(validFlags | Flags.fixed)
        if beyondFlags != 0 { return lacking("EFLAGS has bits (\(hexadecimal(UInt64(beyondFlags)))h)") }
        let beyondEFER = cpu.efer & ~features.extendedBits
        if beyondEFER != 0 {
            return lacking("EFER is \(hexadecimal(cpu.efer))h (SYSCALL, long mode or no-execute)")
        }
        let beyond4 = cpu.cr4 & ~features.controlBits4
        if beyond4 != 0 { return lacking("CR4 has bits for features (\(hexadecimal(beyond4))h)") }
        guard !features.long else { return nil }
        if cpu.cr8 != 0 { return lacking("CR8 is \(cpu.cr8)") }
        if !cpu.ss.isPresent { return lacking("SS is unusable, as 64-bit code can leave it") }
        for (name, segment) in [("FS", cpu.fs), ("GS", cpu.gs)] where !segment.isPresent && segment.base != 0 {
            return lacking("\(name) has a base without a segment")
        }
        let registers: [(String, UInt64)] = [
            ("CR2", cpu.cr2), ("CR3", cpu.cr3), ("DR0", cpu.dr0), ("DR1", cpu.dr1), ("DR2", cpu.dr2),
            ("DR3", cpu.dr3), ("the base of FS", cpu.fs.base), ("the base of GS", cpu.gs.base),
            ("the base of LDTR", cpu.ldtr.base), ("the base of TR", cpu.tr.base), ("the base of GDTR", cpu.gdtr.base),
            ("the base of IDTR", cpu.idtr.base),
        ]
        let wide = registers.first { $0.1 >> 32 != 0 }
        return wide.map { lacking("\($0.0) has more than 32 bits") }
    }
}
