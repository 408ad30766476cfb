/// One named field of CPUFile: what dumps, saves, hashes and comparisons go through, so that none can forget one.
public struct RegisterField: Sendable {
    /// Lower-case manual name: `rax`, `cs.base`, `cr0`.
    public let name: String
    /// In bytes, from the start of CPUFile.
    public let offset: Int
    /// 1, 2, 4 or 8 bytes.
    public let width: Int
}

extension CPUFile {
    /// All fields, in order of the struct.
    public static let fields: [RegisterField] = {
        var list: [RegisterField] = []
        func add(_ name: String, _ path: PartialKeyPath<CPUFile>, _ width: Int) {
            guard let offset = MemoryLayout<CPUFile>.offset(of: path) else { return }
            list.append(RegisterField(name: name, offset: offset, width: width))
        }
        let registers = [
            "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
            "r15",
        ]
        let first = MemoryLayout<CPUFile>.offset(of: \.general) ?? 0
        for (number, name) in registers.enumerated() {
            list.append(RegisterField(name: name, offset: first + number * 8, width: 8))
        }
        add("rip", \.rip, 8)
        add("rflags", \.rflags, 8)
        let segments: [(String, KeyPath<CPUFile, Segment>)] = [
            ("es", \.es), ("cs", \.cs), ("ss", \.ss), ("ds", \.ds), ("fs", \.fs), ("gs", \.gs), ("ldtr", \.ldtr),
            ("tr", \.tr),
        ]
        for (name, path) in segments {
            add(name + ".selector", path.appending(path: \.selector), 2)
            add(name + ".base", path.appending(path: \.base), 8)
            add(name + ".limit", path.appending(path: \.limit), 4)
            add(name + ".attributes", path.appending(path: \.attributes), 2)
        }
        for (name, path) in [("gdtr", \CPUFile.gdtr), ("idtr", \CPUFile.idtr)] {
            add(name + ".base", path.appending(path: \.base), 8)
            add(name + ".limit", path.appending(path: \.limit), 2)
        }
        let rest: [(String, PartialKeyPath<CPUFile>)] = [
            ("cr0", \.cr0), ("cr2", \.cr2), ("cr3", \.cr3), ("cr4", \.cr4), ("cr8", \.cr8), ("efer", \.efer),
            ("dr0", \.dr0), ("dr1", \.dr1), ("dr2", \.dr2), ("dr3", \.dr3), ("dr6", \.dr6), ("dr7", \.dr7),
            ("tsc_offset", \.tscOffset), ("sysenter_cs", \.sysenterCS), ("sysenter_esp", \.sysenterESP),
            ("sysenter_eip", \.sysenterEIP), ("apic_base", \.apicBase),
        ]
        for (name, path) in rest { add(name, path, 8) }
        add("halted", \.halted, 1)
        add("sti_shadow", \.stiShadow, 1)
        add("stack_shadow", \.stackShadow, 1)
        add("nmi_blocked", \.nmiBlocked, 1)
        let later: [(String, PartialKeyPath<CPUFile>)] = [
            ("star", \.star), ("lstar", \.lstar), ("cstar", \.cstar), ("syscall_mask", \.syscallMask),
            ("kernel_gs_base", \.kernelGSBase), ("tsc_aux", \.tscAux), ("pat", \.pat), ("xcr0", \.xcr0),
            ("pdpte0", \.pdpte0), ("pdpte1", \.pdpte1), ("pdpte2", \.pdpte2), ("pdpte3", \.pdpte3),
            ("pending_event", \.pendingEvent),
        ]
        for (name, path) in later { add(name, path, 8) }
        if let start = MemoryLayout<CPUFile>.offset(of: \.vector) {
            for field in VectorState.fields {
                list.append(RegisterField(name: field.name, offset: start + field.offset, width: field.width))
            }
        }
        if let start = MemoryLayout<CPUFile>.offset(of: \.slow) {
            for (place, name) in SlowRegisters.names.enumerated() {
                list.append(RegisterField(name: name, offset: start + place * 8, width: 8))
            }
        }
        return list
    }()

    public subscript(_ field: RegisterField) -> UInt64 {
        get {
            withUnsafeBytes(of: self) { bytes in
                switch field.width {
                case 1: UInt64(bytes.load(fromByteOffset: field.offset, as: UInt8.self))
                case 2: UInt64(bytes.load(fromByteOffset: field.offset, as: UInt16.self))
                case 4: UInt64(bytes.load(fromByteOffset: field.offset, as: UInt32.self))
                default: bytes.load(fromByteOffset: field.offset, as: UInt64.self)
                }
            }
        }
        set {
            withUnsafeMutableBytes(of: &self) { bytes in
                switch field.width {
                case 1:
                    bytes.storeBytes(
                        of: UInt8(truncatingIfNeeded: newValue), toByteOffset: field.offset, as: UInt8.self)
                case 2:
                    bytes.storeBytes(
                        of: UInt16(truncatingIfNeeded: newValue), toByteOffset: field.offset, as: UInt16.self)
                case 4:
                    bytes.storeBytes(
                        of: UInt32(truncatingIfNeeded: newValue), toByteOffset: field.offset, as: UInt32.self)
                default: bytes.storeBytes(of: newValue, toByteOffset: field.offset, as: UInt64.self)
                }
            }
        }
    }
}

extension VectorState {
    /// All registers, by their place in this struct.
    static let fields: [RegisterField] = {
        var list = [
            RegisterField(name: "fcw", offset: 0, width: 2), RegisterField(name: "fsw", offset: 2, width: 2),
            RegisterField(name: "ftw", offset: 4, width: 1), RegisterField(name: "fop", offset: 6, width: 2),
            RegisterField(name: "fip", offset: 8, width: 8), RegisterField(name: "fdp", offset: 16, width: 8),
            RegisterField(name: "mxcsr", offset: 24, width: 4),
        ]
        for number in 0..<8 {
            list.append(RegisterField(name: "st\(number).low", offset: st(number), width: 8))
            list.append(RegisterField(name: "st\(number).high", offset: st(number) + 8, width: 2))
        }
        for number in 0..<16 {
            list.append(RegisterField(name: "xmm\(number).low", offset: xmm(number), width: 8))
            list.append(RegisterField(name: "xmm\(number).high", offset: xmm(number) + 8, width: 8))
        }
        for number in 0..<16 {
            list.append(RegisterField(name: "ymm\(number).high_low", offset: ymmHigh(number), width: 8))
            list.append(RegisterField(name: "ymm\(number).high_high", offset: ymmHigh(number) + 8, width: 8))
        }
        return list
    }()
}

extension CPUFile: Equatable {
    public static func == (a: CPUFile, b: CPUFile) -> Bool {
        fields.allSatisfy { a[$0] == b[$0] }
    }
}
