import Machine

/// What this engine cannot drive.
extension Interpreter {
    /// The CPUs that this engine can be.
    public static let models: [CPUModel] = [.pentium]

    public func refusal(of cpu: CPUFile) -> String? {
        if let rule = cpu.inconsistency { return "the state of the CPU is not canonical: \(rule)" }
        return Self.beyond(cpu)
    }

    /// What this canonical state has that the interpreter does not do yet, in words that fit after "since".
    static func beyond(_ cpu: CPUFile) -> String? {
        func notYet(_ what: String) -> String { what + ", which the interpreter does not do yet" }
        if cpu.isLong { return notYet("the CPU is in \(cpu.modeName) (EFER.LMA)") }
        if cpu.cr0 & ControlBits.paging != 0 { return notYet("paging is on (CR0.PG)") }
        if cpu.efer != 0 { return notYet("EFER is \(hexadecimal(cpu.efer))h (SYSCALL, long mode or no-execute)") }
        // VME PVI TSD DE PSE MCE
        let beyond4 = cpu.cr4 & ~0x5F
        if beyond4 != 0 { return notYet("CR4 has bits for features (\(hexadecimal(beyond4))h)") }
        if cpu.cr8 != 0 { return notYet("CR8 is \(cpu.cr8)") }
        if !cpu.ss.isPresent { return notYet("SS is unusable, as 64-bit code can leave it") }
        for (name, segment) in [("FS", cpu.fs), ("GS", cpu.gs)] where !segment.isPresent && segment.base != 0 {
            return notYet("\(name) has a base without a segment")
        }
        let registers: [(String, UInt64)] = [
            ("CR2", cpu.cr2), ("CR3", cpu.cr3), ("DR0", cpu.dr0), ("DR1", cpu.dr1), ("DR2", cpu.dr2),
            ("DR3", cpu.dr3), ("the base of FS", cpu.fs.base), ("the base of GS", cpu.gs.base),
            ("the base of LDTR", cpu.ldtr.base), ("the base of TR", cpu.tr.base), ("the base of GDTR", cpu.gdtr.base),
            ("the base of IDTR", cpu.idtr.base),
        ]
        let wide = registers.first { $0.1 >> 32 != 0 }
        return wide.map { notYet("\($0.0) has more than 32 bits") }
    }
}
