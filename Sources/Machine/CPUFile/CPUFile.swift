import X86ISA

/// Every register of the emulated CPU, visible and hidden, in one plain struct.
///
/// Canonical form, which all engines leave behind and saves rely on: SS.DPL is CPL (0 in real mode, 3 in V86), loaded
/// segments have their accessed bit, unusable ones are zero (but for the bases of FS and GS), the arithmetic flags are
/// in `rflags`, R8-R15 and the upper halves of RAX-RDI are zero outside long mode, halted and interrupt shadows are
/// explicit. `inconsistency` has all rules.
///
/// General registers stand first and in encoding order: engines and handlers address them by offset.
@frozen public struct CPUFile {
    public typealias Registers = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )
    /// RAX RCX RDX RBX RSP RBP RSI RDI R8-R15
    public var general: Registers = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    /// Always zero: what an address without base or index adds.
    public var zero: UInt64 = 0
    public var rip: UInt64 = 0
    public var rflags: UInt64 = 2
    public var es = Segment()
    public var cs = Segment()
    public var ss = Segment()
    public var ds = Segment()
    public var fs = Segment()
    public var gs = Segment()
    public var ldtr = Segment()
    public var tr = Segment()
    public var gdtr = TableRegister()
    public var idtr = TableRegister()
    public var cr0: UInt64 = 0
    public var cr2: UInt64 = 0
    public var cr3: UInt64 = 0
    public var cr4: UInt64 = 0
    public var cr8: UInt64 = 0
    public var efer: UInt64 = 0
    public var dr0: UInt64 = 0
    public var dr1: UInt64 = 0
    public var dr2: UInt64 = 0
    public var dr3: UInt64 = 0
    public var dr6: UInt64 = 0
    public var dr7: UInt64 = 0
    /// IA32_TIME_STAMP_COUNTER minus ticks: WRMSR to the TSC changes it.
    public var tscOffset: UInt64 = 0
    public var sysenterCS: UInt64 = 0
    public var sysenterESP: UInt64 = 0
    public var sysenterEIP: UInt64 = 0
    public var apicBase: UInt64 = 0
    /// 1 in HLT, 2 in a processor that waits for SIPI.
    public var halted: UInt8 = 0
    /// 1 during the instruction after an STI that set IF: no interrupt is taken (SDM 2B, STI).
    public var stiShadow: UInt8 = 0
    /// 1 during the instruction after a load of SS: no interrupt, no debug trap (SDM 3A 6.8.3).
    public var stackShadow: UInt8 = 0
    /// 1 from the delivery of an NMI to the next IRET: no other NMI is taken (SDM 3A 6.7.1).
    public var nmiBlocked: UInt8 = 0
    var padding: UInt32 = 0
    /// IA32_STAR
    public var star: UInt64 = 0
    /// IA32_LSTAR
    public var lstar: UInt64 = 0
    /// IA32_CSTAR: AMD's, and only kept on Intel's.
    public var cstar: UInt64 = 0
    /// IA32_FMASK
    public var syscallMask: UInt64 = 0
    /// IA32_KERNEL_GS_BASE
    public var kernelGSBase: UInt64 = 0
    /// IA32_TSC_AUX
    public var tscAux: UInt64 = 0
    /// IA32_PAT
    public var pat: UInt64 = 0
    public var xcr0: UInt64 = 0
    /// Page-directory pointers, which MOV to CR3 loads under PAE paging (SDM 3A 4.4.1); zero in other modes.
    public var pdpte0: UInt64 = 0
    public var pdpte1: UInt64 = 0
    public var pdpte2: UInt64 = 0
    public var pdpte3: UInt64 = 0
    /// What was acknowledged or raised and is not yet delivered: `PendingEvent.bits`, 0 for none.
    public var pendingEvent: UInt64 = 0
    /// x87, SSE, AVX; 16-byte aligned in `VM.block`.
    public var vector = VectorState()
    /// Memory types and machine checks.
    public var slow = SlowRegisters()

    public init() {}

    /// A Pentium's state after RESET.
    public static var afterReset: CPUFile { afterReset(.pentium) }

    @inlinable @inline(__always) public static var waitsForStartup: UInt8 { 2 }

    /// State after RESET of one of several processors: all but the first wait for SIPI (SDM 3A 8.4.3).
    public static func afterReset(_ model: CPUModel, processor: Int) -> CPUFile {
        var cpu = afterReset(model)
        guard processor > 0 else { return cpu }
        cpu.halted = waitsForStartup
        // BSP
        cpu.apicBase &= ~0x100
        return cpu
    }

    /// State after RESET (SDM 3A 9.1.1): real mode at F000:FFF0 with CS base FFFF0000.
    public static func afterReset(_ model: CPUModel) -> CPUFile {
        var cpu = CPUFile()
        cpu.rip = 0xFFF0
        cpu.rflags = 2
        cpu.general.2 = UInt64(model.signature)
        cpu.cs = Segment(selector: 0xF000, base: 0xFFFF_0000, limit: 0xFFFF, attributes: 0x93)
        // The last 16 bytes of 24 or 20 address lines (80286 Programmer's Reference Manual 10.1; iAPX 86 User's Manual).
        if model.generation == .i80286 { cpu.cs.base = 0xFF_0000 }
        if model.generation == .i8086 { (cpu.cs, cpu.rip) = (.real(0xFFFF), 0) }
        cpu.es = .real(0)
        cpu.ss = .real(0)
        cpu.ds = .real(0)
        cpu.fs = .real(0)
        cpu.gs = .real(0)
        cpu.ldtr = Segment(selector: 0, base: 0, limit: 0xFFFF, attributes: 0x82)
        cpu.tr = Segment(selector: 0, base: 0, limit: 0xFFFF, attributes: 0x8B)
        cpu.gdtr = TableRegister(base: 0, limit: 0xFFFF)
        cpu.idtr = TableRegister(base: 0, limit: 0xFFFF)
        // CD and NW set where they are, ET fixed to one.
        cpu.cr0 = model.generation >= .i80486 ? 0x6000_0010 : 0x10
        cpu.dr6 = 0xFFFF_0FF0
        cpu.dr7 = 0x400
        cpu.apicBase = 0xFEE0_0900
        // WB, WT, UC-, UC, twice (SDM 3A 12.12.4).
        cpu.pat = 0x0007_0406_0007_0406
        // x87 alone (SDM 3A table 10-1).
        cpu.xcr0 = 1
        cpu.slow = model.slowRegistersAfterReset
        cpu.vector = .afterReset
        return cpu
    }

    /// State after INIT: caches, time, SYSENTER, SYSCALL and other MSRs, x87, SSE and AVX stay (SDM 3A table 9-1).
    public static func afterInitialise(_ model: CPUModel, from old: CPUFile) -> CPUFile {
        var cpu = afterReset(model)
        let caching = ControlBits.cacheDisable | ControlBits.notWriteThrough
        cpu.cr0 = cpu.cr0 & ~caching | old.cr0 & caching
        cpu.tscOffset = old.tscOffset
        cpu.sysenterCS = old.sysenterCS
        cpu.sysenterESP = old.sysenterESP
        cpu.sysenterEIP = old.sysenterEIP
        cpu.apicBase = old.apicBase
        // BSP: only the bootstrap processor goes on by itself.
        if old.apicBase & 0x100 == 0 { cpu.halted = waitsForStartup }
        cpu.star = old.star
        cpu.lstar = old.lstar
        cpu.cstar = old.cstar
        cpu.syscallMask = old.syscallMask
        cpu.kernelGSBase = old.kernelGSBase
        cpu.tscAux = old.tscAux
        cpu.pat = old.pat
        cpu.xcr0 = old.xcr0
        cpu.slow = old.slow
        cpu.vector = old.vector
        return cpu
    }

    @inlinable public var isProtected: Bool { cr0 & ControlBits.protectionEnable != 0 }
    @inlinable public var isVirtual8086: Bool { rflags & UInt64(Flags.virtual8086) != 0 }
    @inlinable public var privilege: UInt8 { ss.privilege }
    /// CR0.AM and EFLAGS.AC, at CPL 3 (SDM 3A 6.15, #AC).
    @inlinable public var checksAlignment: Bool {
        rflags & UInt64(Flags.alignmentCheck) != 0 && cr0 & ControlBits.alignmentMask != 0 && privilege == 3
            && isProtected
    }
    /// What CS says of the code's default sizes.
    @inlinable public var codeSize: CodeSize {
        if isLong, cs.isLong { return .bits64 }
        return cs.isBig ? .bits32 : .bits16
    }
    /// EFER.LMA: IA-32e mode, be it 64-bit or compatibility.
    @inlinable public var isLong: Bool { efer & ControlBits.longModeActive != 0 }
    /// Linear address of the next instruction. In 64-bit mode CS has no base.
    @inlinable public var linearInstructionPointer: UInt64 {
        isLong && cs.isLong ? rip : (cs.base &+ rip) & 0xFFFF_FFFF
    }

    /// `real mode`, `16-bit protected mode` and so on.
    public var modeName: String {
        if !isProtected { return cs.isBig ? "real mode with a 32-bit code segment" : "real mode" }
        if isVirtual8086 { return "virtual-8086 mode" }
        if isLong { return cs.isLong ? "64-bit mode" : "compatibility mode" }
        return cs.isBig ? "32-bit protected mode" : "16-bit protected mode"
    }

    /// A general register by its encoding; numbers are taken modulo 16.
    public subscript(register number: Int) -> UInt64 {
        get {
            withUnsafeBytes(of: general) { $0.load(fromByteOffset: (number & 15) * 8, as: UInt64.self) }
        }
        set {
            withUnsafeMutableBytes(of: &general) {
                $0.storeBytes(of: newValue, toByteOffset: (number & 15) * 8, as: UInt64.self)
            }
        }
    }

    public subscript(_ segment: SegmentRegister) -> Segment {
        get {
            switch segment {
            case .es: es
            case .cs: cs
            case .ss: ss
            case .ds: ds
            case .fs: fs
            case .gs: gs
            }
        }
        set {
            switch segment {
            case .es: es = newValue
            case .cs: cs = newValue
            case .ss: ss = newValue
            case .ds: ds = newValue
            case .fs: fs = newValue
            case .gs: gs = newValue
            }
        }
    }
}
