import Machine
import X86ISA

/// What a name in an expression or in `set` stands for.
public struct RegisterName: Equatable, Sendable {
    enum Place: Equatable, Sendable {
        /// Bytes `shift`... of a general register by its encoding.
        case general(number: Int, shift: UInt64)
        case instructionPointer
        case flags
        /// One bit of EFLAGS.
        case flag(UInt32)
        case segment(SegmentRegister)
        /// LDTR and TR: the selector.
        case system(isTask: Bool)
        /// One field of CPUFile: `cr0`, `cs.base`, `gdtr.limit`.
        case field(offset: Int)
        /// Retired instructions and elapsed ticks of the machine.
        case instructions
        case ticks
    }

    /// As typed, lower case.
    public let name: String
    let place: Place
    /// In bytes.
    let width: Int

    private static let general = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
    private static let bytes = ["al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"]
    private static let flags: [String: UInt32] = [
        "cf": Flags.carry, "pf": Flags.parity, "af": Flags.adjust, "zf": Flags.zero, "sf": Flags.sign,
        "tf": Flags.trap, "if": Flags.interrupt, "df": Flags.direction, "of": Flags.overflow,
        "nt": Flags.nestedTask, "rf": Flags.resume, "vm": Flags.virtual8086,
    ]

    /// By lower-case name, without `$`.
    public static func find(_ name: String) -> RegisterName? {
        func found(_ place: Place, _ width: Int) -> RegisterName {
            RegisterName(name: name, place: place, width: width)
        }
        if let number = bytes.firstIndex(of: name) {
            return found(.general(number: number & 3, shift: number >= 4 ? 8 : 0), 1)
        }
        if let number = general.firstIndex(of: name) { return found(.general(number: number, shift: 0), 2) }
        if let first = name.first, first == "e" || first == "r",
            let number = general.firstIndex(of: String(name.dropFirst()))
        {
            return found(.general(number: number, shift: 0), first == "e" ? 4 : 8)
        }
        if name.hasPrefix("r"), let number = Int(name.dropFirst()), (8...15).contains(number) {
            return found(.general(number: number, shift: 0), 8)
        }
        if let segment = SegmentRegister.allCases.first(where: { "\($0)" == name }) {
            return found(.segment(segment), 2)
        }
        if let bit = flags[name] { return found(.flag(bit), 1) }
        switch name {
        case "ip": return found(.instructionPointer, 2)
        case "eip", "pc": return found(.instructionPointer, 4)
        case "rip": return found(.instructionPointer, 8)
        case "flags": return found(.flags, 2)
        case "eflags", "ps": return found(.flags, 4)
        case "rflags": return found(.flags, 8)
        case "ldtr": return found(.system(isTask: false), 2)
        case "tr": return found(.system(isTask: true), 2)
        case "icount", "instructions": return found(.instructions, 8)
        case "ticks": return found(.ticks, 8)
        default: break
        }
        guard let field = CPUFile.fields.first(where: { $0.name == name }) else { return nil }
        return found(.field(offset: field.offset), field.width)
    }

    /// All names, for completion.
    static let all: [String] =
        ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip", "eflags"] + general + bytes
        + SegmentRegister.allCases.map { "\($0)" } + flags.keys.sorted() + ["ip", "ldtr", "tr", "icount", "ticks"]
        + CPUFile.fields.map(\.name).filter { $0.contains(".") || $0.hasPrefix("cr") || $0.hasPrefix("dr") }

    private static func mask(_ width: Int) -> UInt64 { width >= 8 ? .max : (1 &<< UInt64(width * 8)) &- 1 }

    private var field: RegisterField? {
        guard case .field(let offset) = place else { return nil }
        return CPUFile.fields.first { $0.offset == offset }
    }

    func read(_ vm: VM) -> UInt64 {
        let cpu = vm.cpu
        switch place {
        case .general(let number, let shift): return cpu[register: number] >> shift & Self.mask(width)
        case .instructionPointer: return cpu.rip & Self.mask(width)
        case .flags: return cpu.rflags & Self.mask(width)
        case .flag(let bit): return cpu.rflags & UInt64(bit) != 0 ? 1 : 0
        case .segment(let segment): return UInt64(cpu[segment].selector)
        case .system(let isTask): return UInt64(isTask ? cpu.tr.selector : cpu.ldtr.selector)
        case .field: return field.map { cpu[$0] } ?? 0
        case .instructions: return vm.instructions
        case .ticks: return vm.io.events.now
        }
    }

    /// Flags that hardware lets software set: reserved bits and VM stay.
    private static let settableFlags: UInt64 = 0x3D_7FD5

    /// Writes so that CPUFile stays canonical; segments go through their descriptor.
    func write(_ value: UInt64, _ vm: VM) throws(DebuggerError) {
        var cpu = vm.cpu
        guard value & ~Self.mask(width) == 0 || value | Self.mask(width) == .max else {
            throw DebuggerError("\(hexadecimal(value))h does not fit into the \(width) bytes of \(name)")
        }
        let cut = value & Self.mask(width)
        switch place {
        case .general(let number, let shift):
            let kept = width >= 4 ? 0 : cpu[register: number] & ~(Self.mask(width) << shift)
            cpu[register: number] = (kept | cut << shift) & (cpu.isLong ? .max : 0xFFFF_FFFF)
        case .instructionPointer:
            cpu.rip = cut & (cpu.codeSize == .bits64 ? .max : 0xFFFF_FFFF)
        case .flags:
            let writable = Self.settableFlags & Self.mask(width)
            guard (cut ^ cpu.rflags) & UInt64(Flags.virtual8086) & Self.mask(width) == 0 else {
                throw DebuggerError("EFLAGS.VM changes what segments mean; only the guest's IRET can switch it")
            }
            cpu.rflags = cpu.rflags & ~writable | cut & writable | UInt64(Flags.fixed)
        case .flag(let bit):
            guard bit != Flags.virtual8086 else {
                throw DebuggerError("EFLAGS.VM changes what segments mean; only the guest's IRET can switch it")
            }
            cpu.rflags = value == 0 ? cpu.rflags & ~UInt64(bit) : cpu.rflags | UInt64(bit)
        case .segment(let segment):
            cpu[segment] = try DescriptorTables(vm).load(UInt16(truncatingIfNeeded: cut), into: segment)
        case .system:
            throw DebuggerError("\(name) is loaded by the guest alone (LLDT, LTR)")
        case .field: try setField(cut, &cpu)
        case .instructions, .ticks: throw DebuggerError("\(name) can only be read")
        }
        // STI's shadow goes with IF.
        if cpu.rflags & UInt64(Flags.interrupt) == 0 { cpu.stiShadow = 0 }
        if let reason = cpu.inconsistency ?? vm.cpuModel.inconsistency(of: cpu.slow) ?? vm.engine?.refusal(of: cpu) {
            throw DebuggerError("\(name) cannot be \(hexadecimal(cut))h, since \(reason)")
        }
        vm.cpu = cpu
    }

    /// Any value of these goes that the canonical form and the engine take.
    private static let settable: Set<String> = {
        let vector = MemoryLayout<CPUFile>.offset(of: \.vector) ?? .max
        return Set(CPUFile.fields.filter { $0.offset >= vector }.map(\.name)).union([
            "cr4", "cr8", "efer", "star", "lstar", "cstar", "syscall_mask", "kernel_gs_base", "tsc_aux", "pat", "xcr0",
        ])
    }()

    private func setField(_ value: UInt64, _ cpu: inout CPUFile) throws(DebuggerError) {
        guard let field else { return }
        switch name {
        case "cr2", "cr3", "dr0", "dr1", "dr2", "dr3", "gdtr.base", "idtr.base":
            cpu[field] = value & (cpu.isLong ? .max : 0xFFFF_FFFF)
        case "dr6": cpu[field] = value & 0xE00F | 0xFFFF_0FF0
        case "dr7": cpu[field] = value & 0xFFFF_23FF | 0x400
        case "gdtr.limit", "idtr.limit", "sysenter_cs", "sysenter_esp", "sysenter_eip": cpu[field] = value
        case "cr0":
            let changes = (value ^ cpu.cr0) & ControlBits.protectionEnable != 0
            guard !changes || cpu.privilege == 0 && !cpu.isVirtual8086 else {
                throw DebuggerError("CR0.PE can only be switched at CPL 0")
            }
            cpu.cr0 = value & 0xE005_003F | ControlBits.extensionType
        case "fs.base" where cpu.isLong, "gs.base" where cpu.isLong: cpu[field] = value
        case "halted": cpu.halted = value == 0 ? 0 : 1
        case _ where Self.settable.contains(name): cpu[field] = value
        default: throw DebuggerError("\(name) follows from other registers and cannot be set by itself")
        }
    }
}
