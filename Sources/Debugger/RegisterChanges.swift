import Machine

/// Which registers differ between two moments, in one line.
struct RegisterChanges {
    /// `EAX 00000000 -> 00000001`; the instruction pointer is left out, since it always moves.
    static func list(from before: CPUFile, to after: CPUFile) -> [String] {
        var parts: [String] = []
        for (number, name) in RegistersView.general.enumerated()
        where before[register: number] != after[register: number] {
            parts.append(name + " " + word(before[register: number]) + " -> " + word(after[register: number]))
        }
        if before.rflags != after.rflags {
            parts.append(
                "EFLAGS \(word(before.rflags)) -> \(word(after.rflags)) [\(flags(after.rflags))]")
        }
        for (name, path) in RegistersView.segments where before[keyPath: path] != after[keyPath: path] {
            let old = before[keyPath: path], new = after[keyPath: path]
            var text = "\(name) \(selector(old)) -> \(selector(new))"
            if after.isProtected {
                text += " base \(word(new.base)) limit \(word(UInt64(new.limit)))"
            }
            parts.append(text)
        }
        for (name, path) in [("GDTR", \CPUFile.gdtr), ("IDTR", \CPUFile.idtr)]
        where before[keyPath: path] != after[keyPath: path] {
            let new = after[keyPath: path]
            parts.append("\(name) base \(word(new.base)) limit \(hexadecimal(UInt64(new.limit), digits: 4))")
        }
        for name in ["cr0", "cr2", "cr3", "cr4", "dr0", "dr1", "dr2", "dr3", "dr6", "dr7"] {
            guard let field = CPUFile.fields.first(where: { $0.name == name }), before[field] != after[field] else {
                continue
            }
            parts.append(name.uppercased() + " " + word(before[field]) + " -> " + word(after[field]))
        }
        return parts
    }

    private static func word(_ value: UInt64) -> String { hexadecimal(value & 0xFFFF_FFFF, digits: 8) }
    private static func selector(_ segment: Segment) -> String { hexadecimal(UInt64(segment.selector), digits: 4) }
    static func flags(_ value: UInt64) -> String { Flags.text(UInt32(truncatingIfNeeded: value)) }
}
