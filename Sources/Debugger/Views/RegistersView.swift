import Machine

/// Registers as lines of text; every value in hexadecimal, zero-filled.
enum RegistersView {
    /// In the order of their encoding.
    static let general = ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"]
    static let segments: [(String, KeyPath<CPUFile, Segment> & Sendable)] = [
        ("ES", \.es), ("CS", \.cs), ("SS", \.ss), ("DS", \.ds), ("FS", \.fs), ("GS", \.gs), ("LDTR", \.ldtr),
        ("TR", \.tr),
    ]

    private static func word(_ value: UInt64) -> String { hexadecimal(value & 0xFFFF_FFFF, digits: 8) }

    static func generalLines(_ cpu: CPUFile) -> [String] {
        func pair(_ number: Int) -> String { general[number] + "=" + word(cpu[register: number]) }
        var state = "EIP=\(word(cpu.rip)) EFLAGS=\(word(cpu.rflags)) [\(RegisterChanges.flags(cpu.rflags))]"
        state += " CPL=\(cpu.privilege) \(cpu.modeName)"
        if cpu.halted != 0 { state += ", halted" }
        if cpu.stiShadow != 0 { state += ", STI shadow" }
        if cpu.stackShadow != 0 { state += ", MOV SS shadow" }
        return [
            [0, 3, 1, 2].map(pair).joined(separator: " "), [6, 7, 5, 4].map(pair).joined(separator: " "), state,
        ]
    }

    static func segmentLines(_ cpu: CPUFile) -> [String] {
        var lines = segments.map { name, path in
            let segment = cpu[keyPath: path]
            let title = name + String(repeating: " ", count: 4 - name.count)
            return "\(title) \(hexadecimal(UInt64(segment.selector), digits: 4)) base \(word(segment.base)) "
                + "limit \(word(UInt64(segment.limit))) \(kind(segment))"
        }
        for (name, table) in [("GDTR", cpu.gdtr), ("IDTR", cpu.idtr)] {
            lines.append(
                "\(name)      base \(word(table.base)) limit     \(hexadecimal(UInt64(table.limit), digits: 4))")
        }
        return lines
    }

    /// The hidden part in words.
    private static func kind(_ segment: Segment) -> String {
        guard segment.isPresent else { return "unusable" }
        let high = UInt32(segment.attributes) << 8
        return DescriptorEntry(selector: segment.selector, address: 0, low: 0, high: high).kind
    }

    static func controlLines(_ cpu: CPUFile) -> [String] {
        let zero: [(UInt64, String)] = [
            (ControlBits.paging, "PG"), (ControlBits.cacheDisable, "CD"), (ControlBits.notWriteThrough, "NW"),
            (ControlBits.alignmentMask, "AM"), (ControlBits.writeProtect, "WP"), (ControlBits.numericError, "NE"),
            (ControlBits.extensionType, "ET"), (ControlBits.taskSwitched, "TS"), (ControlBits.emulation, "EM"),
            (ControlBits.monitorCoprocessor, "MP"), (ControlBits.protectionEnable, "PE"),
        ]
        let four: [(UInt64, String)] = [
            (0x40, "MCE"), (0x10, "PSE"), (ControlBits.debuggingExtensions, "DE"),
            (ControlBits.timeStampDisable, "TSD"), (2, "PVI"), (ControlBits.virtual8086Extensions, "VME"),
        ]
        func names(_ value: UInt64, _ list: [(UInt64, String)]) -> String {
            "[" + list.filter { value & $0.0 != 0 }.map(\.1).joined(separator: " ") + "]"
        }
        return [
            "CR0=\(word(cpu.cr0)) \(names(cpu.cr0, zero))", "CR2=\(word(cpu.cr2)) CR3=\(word(cpu.cr3))",
            "CR4=\(word(cpu.cr4)) \(names(cpu.cr4, four))",
        ]
    }

    static func debugLines(_ cpu: CPUFile) -> [String] {
        [
            "DR0=\(word(cpu.dr0)) DR1=\(word(cpu.dr1)) DR2=\(word(cpu.dr2)) DR3=\(word(cpu.dr3))",
            "DR6=\(word(cpu.dr6)) DR7=\(word(cpu.dr7))",
        ]
    }

    /// EFLAGS bit by bit, in words.
    static func flagLines(_ cpu: CPUFile) -> [String] {
        let flags = UInt32(truncatingIfNeeded: cpu.rflags)
        let list: [(UInt32, String, String)] = [
            (Flags.carry, "CF", "carry"), (Flags.parity, "PF", "even parity of the low byte"),
            (Flags.adjust, "AF", "carry out of bit 3"), (Flags.zero, "ZF", "zero"), (Flags.sign, "SF", "negative"),
            (Flags.trap, "TF", "single step"), (Flags.interrupt, "IF", "interrupts on"),
            (Flags.direction, "DF", "strings go down"), (Flags.overflow, "OF", "signed overflow"),
            (Flags.nestedTask, "NT", "nested task"), (Flags.resume, "RF", "resume"),
            (Flags.virtual8086, "VM", "virtual-8086"), (Flags.alignmentCheck, "AC", "alignment check"),
            (Flags.identification, "ID", "CPUID exists"),
        ]
        return ["EFLAGS=\(word(cpu.rflags)) IOPL=\(flags >> 12 & 3)"]
            + list.map { "\($0.1)=\(flags & $0.0 != 0 ? 1 : 0)  \($0.2)" }
    }
}
