/// The one check that failed, with its operands. Names are stable; sentences may be reworded.
public enum FaultReason: Equatable, Sendable {
    // Descriptor loads (SDM 3A 5.5, 5.8, 6.13)
    /// #GP, #TS. The index of a selector lies beyond the limit of the GDT or LDT (SDM 3A 5.3).
    case selectorBeyondTableLimit(selector: UInt16, limit: UInt32)
    /// #GP, #TS. A null selector where a segment is needed: CS, SS, TR, a gate, a TSS (SDM 3A 3.4.2).
    case nullSelector(use: String)
    /// #NP, #SS, #TS. P of a descriptor is clear (SDM 3A 3.4.5); #SS where SS is loaded.
    case descriptorNotPresent(selector: UInt16)
    /// #GP, #TS. A descriptor is of a kind that the use does not take (SDM 3A 5.4).
    case descriptorWrongType(selector: UInt16, attributes: UInt16, wanted: String)
    /// #GP, #TS. CPL, RPL and DPL do not go together (SDM 3A 5.5 to 5.8).
    case privilege(selector: UInt16, cpl: UInt8, rpl: UInt8, dpl: UInt8)
    /// #GP, #TS. SS was to hold a selector whose RPL or DPL is not the CPL that it is for (SDM 3A 5.7).
    case stackPrivilege(selector: UInt16, cpl: UInt8, rpl: UInt8, dpl: UInt8)
    /// #GP, #TS. SS was to hold what is no writable data segment (SDM 3A 5.7).
    case stackSegmentInvalid(selector: UInt16, attributes: UInt16)
    /// #GP, #TS. CS was to hold what is no code segment, or one with L and D both set (SDM 3A 5.2.1, 5.8).
    case codeSegmentInvalid(selector: UInt16, attributes: UInt16)
    /// #GP, #TS. A selector with TI set while LDTR is null (SDM 3A 2.4.2).
    case ldtUnusable(selector: UInt16)
    // Memory operands
    /// #GP. An operand reaches beyond the limit of its segment (SDM 3A 5.3).
    case offsetBeyondLimit(segment: UInt8, offset: UInt64, size: UInt8, limit: UInt32)
    /// #SS. An operand in SS reaches beyond its limit (SDM 3A 5.3).
    case stackLimit(offset: UInt64, size: UInt8, limit: UInt32)
    /// #GP. An access through a null selector (SDM 3A 5.4.1).
    case segmentUnusable(segment: UInt8)
    /// #GP. A read from an execute-only segment (SDM 3A 5.4).
    case segmentNotReadable(segment: UInt8, attributes: UInt16)
    /// #GP. A write to code or read-only data (SDM 3A 5.4).
    case segmentNotWritable(segment: UInt8, attributes: UInt16)
    /// #GP. An instruction reaches beyond the limit of CS (SDM 3A 5.3).
    case fetchBeyondLimit(offset: UInt64, limit: UInt32)
    /// #GP. A branch, call, return or new task leads beyond the limit of its code segment (SDM 2).
    case targetBeyondLimit(offset: UInt64, limit: UInt32)
    // Linear addresses
    /// #PF. A walk of the page tables failed; `PageProblem` says at what (SDM 3A 4.7).
    case page(PageFault)
    /// #GP, #SS. A 64-bit address whose upper bits are not all the same (SDM 1 3.3.7.1); #SS where SS is implied.
    case nonCanonical(address: UInt64)
    // Gates and interrupts
    /// #GP. A vector lies beyond the limit of the IDT (SDM 3A 6.10).
    case idtLimit(vector: UInt8, limit: UInt16)
    /// #NP. P of an IDT entry is clear (SDM 3A 6.12).
    case gateNotPresent(vector: UInt8)
    /// #GP. An IDT entry is no interrupt, trap or task gate (SDM 3A 6.11).
    case gateWrongType(vector: UInt8, type: UInt8)
    /// #GP. INT n, INT3 or INTO at a CPL above the DPL of the gate (SDM 3A 6.12.1.1).
    case gatePrivilege(vector: UInt8, dpl: UInt8, cpl: UInt8)
    /// #GP, #TS. A TSS ends before what is wanted from it (SDM 3A 7.2.2).
    case tssLimit(needed: UInt32, limit: UInt32)
    /// #GP. An interrupt out of virtual-8086 mode leads elsewhere than to CPL 0 (SDM 3B 20.3.1).
    case virtual8086Target(selector: UInt16, attributes: UInt16)
    /// #GP. An IOPL-sensitive instruction in virtual-8086 mode with IOPL below 3 (SDM 3B 20.2.7).
    case virtual8086Sensitive(instruction: String, iopl: UInt8)
    /// #GP. VIF was to be set while VIP is (SDM 3B 20.3.2).
    case virtualInterruptPending(instruction: String)
    /// #GP. INT n under CR4.VME, and the TSS has no redirection bitmap (SDM 3B 20.3.3).
    case redirectionBitmapLimit(vector: UInt8, start: UInt32, limit: UInt32)
    // Instructions
    /// #DE. DIV or IDIV by zero, AAM of zero (SDM 2).
    case divideByZero
    /// #DE. A quotient that does not fit (SDM 2).
    case divideOverflow
    /// #BR. BOUND with an index outside (SDM 2).
    case boundExceeded(index: Int64, lower: Int64, upper: Int64)
    /// #DB. EFLAGS.TF (SDM 3B 18.3.1.4).
    case singleStep
    /// #DB. DR7 watches the execution of this address (SDM 3B 18.3.1.1).
    case instructionBreakpoint(number: UInt8, linear: UInt64)
    /// #DB. DR7 watches this data or port (SDM 3B 18.3.1.2).
    case dataBreakpoint(number: UInt8)
    /// #DB. A MOV of a debug register under DR7.GD (SDM 3B 18.3.1.3).
    case debugRegistersGuarded
    /// #DB. T of the new TSS (SDM 3B 18.3.1.5).
    case taskSwitchTrap(selector: UInt16)
    /// #AC, #GP. CR0.AM and EFLAGS.AC at CPL 3 (SDM 3A 6.15, #AC); CMPXCHG16B always, with #GP.
    case misaligned(linear: UInt64, alignment: UInt8)
    /// #UD. No instruction of this CPU, or UD0, UD1, UD2 (SDM 3A 6.15, #UD).
    case invalidOpcode
    /// #UD. LOCK before an instruction or operand that cannot have it (SDM 2A, LOCK).
    case lockNotAllowed
    /// #GP. More than 15 bytes (SDM 2A 2.3.11).
    case instructionTooLong
    /// #UD, #GP. An instruction of another CPU mode (SDM 2).
    case notInThisMode(instruction: String)
    /// #UD. A bit of CR4, EFER or XCR0 that the instruction needs is clear (SDM 2).
    case disabled(instruction: String, by: String)
    /// #UD. An instruction that the CPU model does not have (CPUID).
    case featureMissing(feature: String, model: String)
    /// #GP. CR0, CR4 or EFER was to change the mode in a way that is not allowed (SDM 3A 9.8.5).
    case modeChange(register: String, rule: String)
    /// #GP. IRET with NT in IA-32e mode (SDM 3A 7.7).
    case nestedTaskInLongMode
    /// #GP, #UD. A privileged instruction at CPL 1 to 3 (SDM 3A 5.9).
    case needsPrivilegeZero(instruction: String, cpl: UInt8)
    /// #GP. A port above IOPL that the bitmap of the TSS does not permit (SDM 1 18.5).
    case ioPrivilege(port: UInt16, iopl: UInt8, cpl: UInt8)
    /// #GP. CLI or STI above IOPL (SDM 3A 6.8.1).
    case interruptFlagPrivilege(iopl: UInt8, cpl: UInt8)
    /// #GP. A reserved bit of a register, MSR or descriptor was to be set (SDM 3A 2.5).
    case reservedBits(register: String, value: UInt64)
    /// #GP. RDMSR, WRMSR, RDPMC, XGETBV or XSETBV of a register that is not there (SDM 2).
    case unknownModelRegister(number: UInt32)
    /// #NM. CR0.EM or CR0.TS, for WAIT CR0.MP with TS (SDM 3A 2.5).
    case coprocessorNotAvailable
    // MMX, SSE, AVX
    /// #UD. MMX or SSE under CR0.EM (SDM 3A 13.1).
    case vectorEmulation
    /// #GP. An operand that must be aligned to its size is not (SDM 2A 2.4).
    case vectorMisaligned(linear: UInt64, alignment: UInt8)
    /// #XM, #UD. An SSE exception that MXCSR does not mask; #UD without CR4.OSXMMEXCPT (SDM 1 11.5).
    case vectorFloatException(flags: UInt8)
    /// #MF. An x87 exception that FCW does not mask, at the next waiting instruction (SDM 1 8.7).
    case x87ExceptionPending(status: UInt16)
    /// #DF. A second exception on the way into the handler of the first (SDM 3A 6.15, #DF).
    case whileDelivering(vector: UInt8)
    /// #DB. It was held when this engine took the machine over: what came before knows why.
    case raisedBefore(vector: UInt8)

    /// Stable kebab-case name: of the report, of `why` and of tests.
    public var name: String {
        switch self {
        case .selectorBeyondTableLimit: "selector-beyond-table-limit"
        case .nullSelector: "null-selector"
        case .descriptorNotPresent: "descriptor-not-present"
        case .descriptorWrongType: "descriptor-wrong-type"
        case .privilege: "privilege"
        case .stackPrivilege: "stack-privilege"
        case .stackSegmentInvalid: "stack-segment-invalid"
        case .codeSegmentInvalid: "code-segment-invalid"
        case .ldtUnusable: "ldt-unusable"
        case .offsetBeyondLimit: "offset-beyond-limit"
        case .stackLimit: "stack-limit"
        case .segmentUnusable: "segment-unusable"
        case .segmentNotReadable: "segment-not-readable"
        case .segmentNotWritable: "segment-not-writable"
        case .fetchBeyondLimit: "fetch-beyond-limit"
        case .targetBeyondLimit: "target-beyond-limit"
        case .page(let fault): Self.name(fault.problem)
        case .nonCanonical: "non-canonical-address"
        case .idtLimit: "idt-limit"
        case .gateNotPresent: "gate-not-present"
        case .gateWrongType: "gate-wrong-type"
        case .gatePrivilege: "gate-privilege"
        case .tssLimit: "tss-limit"
        case .virtual8086Target: "virtual-8086-target"
        case .virtual8086Sensitive: "virtual-8086-sensitive"
        case .virtualInterruptPending: "virtual-interrupt-pending"
        case .redirectionBitmapLimit: "redirection-bitmap-limit"
        case .divideByZero: "divide-error"
        case .divideOverflow: "divide-overflow"
        case .boundExceeded: "bound-exceeded"
        case .singleStep: "single-step"
        case .instructionBreakpoint: "instruction-breakpoint"
        case .dataBreakpoint: "data-breakpoint"
        case .debugRegistersGuarded: "debug-registers-guarded"
        case .taskSwitchTrap: "task-switch-trap"
        case .misaligned: "misaligned"
        case .invalidOpcode: "invalid-opcode"
        case .lockNotAllowed: "lock-not-allowed"
        case .instructionTooLong: "instruction-too-long"
        case .notInThisMode: "not-in-this-mode"
        case .disabled: "instruction-disabled"
        case .featureMissing: "feature-missing"
        case .modeChange: "mode-change"
        case .nestedTaskInLongMode: "nested-task-in-long-mode"
        case .needsPrivilegeZero: "needs-privilege-zero"
        case .ioPrivilege: "io-privilege"
        case .interruptFlagPrivilege: "interrupt-flag-privilege"
        case .reservedBits: "reserved-bits"
        case .unknownModelRegister: "unknown-model-register"
        case .coprocessorNotAvailable: "coprocessor-not-available"
        case .vectorEmulation: "vector-emulation"
        case .vectorMisaligned: "vector-misaligned"
        case .vectorFloatException: "vector-float-exception"
        case .x87ExceptionPending: "x87-exception-pending"
        case .whileDelivering: "while-delivering"
        case .raisedBefore: "raised-before"
        }
    }

    private static func name(_ problem: PageProblem) -> String {
        switch problem {
        case .notPresent: "page-not-present"
        case .reservedBits: "page-reserved-bits"
        case .notWritable: "page-not-writable"
        case .supervisorOnly: "page-supervisor-only"
        case .notExecutable: "page-not-executable"
        case .userFetch: "smep-user-fetch"
        case .userAccess: "smap-user-access"
        }
    }

    private static func segmentName(_ number: UInt8) -> String {
        let names = ["ES", "CS", "SS", "DS", "FS", "GS"]
        return Int(number) < names.count ? names[Int(number)] : "segment \(number)"
    }

    private static func hex(_ value: some UnsignedInteger) -> String { hexadecimal(UInt64(value)) + "h" }

    /// Of MXCSR bits 0-5.
    private static func floatExceptions(_ flags: UInt8) -> String {
        let names = [
            "an invalid operation", "a denormal operand", "a division by zero", "an overflow", "an underflow",
            "an inexact result",
        ]
        return names.indices.filter { flags >> UInt8($0) & 1 != 0 }.map { names[$0] }.joined(separator: " and ")
    }

    /// What a descriptor describes, by S (bit 4) and type (bits 3-0): SDM 3A tables 3-1 and 3-2.
    private static func kind(_ attributes: UInt16) -> String {
        let type = attributes & 0x0F, code = " (type \(hex(attributes & 0x1F)))"
        if attributes & 0x10 != 0 {
            if type & 8 != 0 {
                return (type & 2 == 0 ? "an execute-only" : "a readable") + (type & 4 == 0 ? "" : " conforming")
                    + " code segment" + code
            }
            return (type & 2 == 0 ? "a read-only" : "a writable") + (type & 4 == 0 ? "" : " expand-down")
                + " data segment" + code
        }
        let name =
            switch type {
            case 1: "a free 16-bit TSS"
            case 2: "an LDT"
            case 3: "a busy 16-bit TSS"
            case 4: "a 16-bit call gate"
            case 5: "a task gate"
            case 6: "a 16-bit interrupt gate"
            case 7: "a 16-bit trap gate"
            case 9: "a free 32-bit TSS"
            case 11: "a busy 32-bit TSS"
            case 12: "a 32-bit call gate"
            case 14: "a 32-bit interrupt gate"
            case 15: "a 32-bit trap gate"
            default: "a reserved descriptor"
            }
        return name + code
    }

    /// What went wrong, in plain words without a final stop.
    public var sentence: String {
        switch self {
        case .selectorBeyondTableLimit(let selector, let limit):
            let table = selector & 4 != 0 ? "LDT" : "GDT"
            let whole = (UInt64(limit) + 1) >> 3
            let end = whole == 0 ? "the \(table) holds no entry" : "the \(table) ends with entry \(whole - 1)"
            return "selector \(Self.hex(selector)) names entry \(selector >> 3) of the \(table), "
                + "but with a limit of \(Self.hex(limit)) \(end)"
        case .nullSelector(let use): return "a null selector was used for \(use)"
        case .descriptorNotPresent(let selector):
            return "the descriptor of selector \(Self.hex(selector)) is marked not present"
        case .descriptorWrongType(let selector, let attributes, let wanted):
            return "selector \(Self.hex(selector)) names \(Self.kind(attributes)), but \(wanted) is needed"
        case .privilege(let selector, let cpl, let rpl, let dpl):
            return "privilege check failed for selector \(Self.hex(selector)): CPL \(cpl), RPL \(rpl), DPL \(dpl)"
        case .stackPrivilege(let selector, let cpl, let rpl, let dpl):
            return "SS was to hold selector \(Self.hex(selector)) with RPL \(rpl) and DPL \(dpl) at CPL \(cpl), "
                + "but all three must be the same"
        case .stackSegmentInvalid(let selector, let attributes):
            return "selector \(Self.hex(selector)) names \(Self.kind(attributes)), "
                + "but a stack needs a writable data segment"
        case .codeSegmentInvalid(let selector, let attributes):
            return "selector \(Self.hex(selector)) names \(Self.kind(attributes)), but CS needs a code segment"
        case .ldtUnusable(let selector):
            return "selector \(Self.hex(selector)) is in the LDT, but no LDT is loaded"
        case .offsetBeyondLimit(let segment, let offset, let size, let limit):
            return "\(size) bytes at offset \(Self.hex(offset)) reach beyond the limit \(Self.hex(limit)) "
                + "of \(Self.segmentName(segment))"
        case .stackLimit(let offset, let size, let limit):
            return "\(size) bytes of stack at offset \(Self.hex(offset)) lie outside of SS, whose limit is "
                + Self.hex(limit)
        case .segmentUnusable(let segment):
            return "\(Self.segmentName(segment)) holds a null selector and cannot be used for memory"
        case .segmentNotReadable(let segment, _):
            return "\(Self.segmentName(segment)) is an execute-only code segment and cannot be read"
        case .segmentNotWritable(let segment, let attributes):
            let kind = attributes & 8 != 0 ? "a code segment" : "a read-only data segment"
            return "\(Self.segmentName(segment)) is \(kind) and cannot be written"
        case .fetchBeyondLimit(let offset, let limit):
            return "the instruction at offset \(Self.hex(offset)) reaches beyond the limit \(Self.hex(limit)) of CS"
        case .targetBeyondLimit(let offset, let limit):
            return "the target offset \(Self.hex(offset)) is beyond the limit \(Self.hex(limit)) of the code segment"
        case .page(let fault): return fault.sentence
        case .nonCanonical(let address):
            return "the address \(Self.hex(address)) is not canonical: its upper bits are not all the same"
        case .idtLimit(let vector, let limit):
            return "the IDT's limit \(Self.hex(limit)) is too small to hold vector \(Self.hex(vector))"
        case .gateNotPresent(let vector):
            return "the IDT entry of vector \(Self.hex(vector)) is marked not present: bit 7 of its attribute byte is 0"
        case .gateWrongType(let vector, let type):
            return "the IDT entry of vector \(Self.hex(vector)) is \(Self.kind(UInt16(type))), "
                + "but an interrupt, trap or task gate is needed"
        case .gatePrivilege(let vector, let dpl, let cpl):
            return "INT \(Self.hex(vector)) was executed at CPL \(cpl), but its gate has DPL \(dpl)"
        case .tssLimit(let needed, let limit):
            return "the TSS would have to reach \(Self.hex(needed)), but its limit is \(Self.hex(limit))"
        case .virtual8086Target(let selector, let attributes):
            return "an interrupt out of virtual-8086 mode must lead to nonconforming code of DPL 0, but selector "
                + "\(Self.hex(selector)) names \(Self.kind(attributes)) of DPL \(attributes >> 5 & 3)"
        case .virtual8086Sensitive(let instruction, let iopl):
            return "\(instruction) in virtual-8086 mode needs IOPL 3, but IOPL is \(iopl)"
        case .virtualInterruptPending(let instruction):
            return "\(instruction) would set the virtual interrupt flag, but an interrupt is pending (EFLAGS.VIP)"
        case .redirectionBitmapLimit(let vector, let start, let limit):
            return "the TSS, whose limit is \(Self.hex(limit)) and whose I/O bitmap begins at \(Self.hex(start)), "
                + "has no bit for the redirection of INT \(Self.hex(vector))"
        case .divideByZero: return "a division by zero"
        case .divideOverflow: return "the quotient does not fit into its register"
        case .boundExceeded(let index, let lower, let upper):
            return "the index \(index) is outside of \(lower)...\(upper)"
        case .instructionBreakpoint(let number, let linear):
            return "DR\(number) has a breakpoint on the instruction at \(Self.hex(linear))"
        case .dataBreakpoint(let number): return "an access met the breakpoint of DR\(number)"
        case .taskSwitchTrap(let selector):
            return "the TSS of selector \(Self.hex(selector)) has its T bit set: its task begins with a debug trap"
        case .debugRegistersGuarded: return "DR7.GD guards the debug registers against access"
        case .misaligned(let linear, let alignment):
            return
                "the address \(Self.hex(linear)) is not a multiple of \(alignment), and CR0.AM and EFLAGS.AC ask for that"
        case .singleStep: return "the trap flag asked for a stop after this instruction"
        case .invalidOpcode: return "these bytes are no instruction of this CPU"
        case .lockNotAllowed: return "a LOCK prefix on an instruction that cannot be locked"
        case .instructionTooLong: return "the instruction is longer than 15 bytes"
        case .featureMissing(let feature, let model):
            return "the instruction needs the CPU feature \(feature), which '\(model)' does not have"
        case .disabled(let instruction, let by): return "\(instruction) is off: \(by) is clear"
        case .modeChange(let register, let rule): return "\(register) was to change the mode, but \(rule)"
        case .nestedTaskInLongMode: return "IRET found NT set, and long mode has no nested tasks"
        case .notInThisMode(let instruction): return "\(instruction) does not exist in this CPU mode"
        case .needsPrivilegeZero(let instruction, let cpl):
            return "\(instruction) needs CPL 0, but CPL is \(cpl)"
        case .ioPrivilege(let port, let iopl, let cpl):
            return
                "port \(Self.hex(port)) is not allowed: CPL \(cpl) is above IOPL \(iopl) and the TSS does not permit it"
        case .interruptFlagPrivilege(let iopl, let cpl):
            return "the interrupt flag may not be changed: CPL \(cpl) is above IOPL \(iopl)"
        case .reservedBits(let register, let value):
            return "the value \(Self.hex(value)) sets reserved or contradictory bits of \(register)"
        case .unknownModelRegister(let number): return "there is no model-specific register \(Self.hex(number))"
        case .coprocessorNotAvailable: return "CR0.EM or CR0.TS forbids floating-point instructions"
        case .vectorEmulation: return "CR0.EM forbids MMX and SSE instructions"
        case .vectorMisaligned(let linear, let alignment):
            return "the vector operand at \(Self.hex(linear)) must be aligned to \(alignment) bytes"
        case .vectorFloatException(let flags):
            return "an SSE operation met \(Self.floatExceptions(flags)), which MXCSR does not mask"
        case .x87ExceptionPending(let status):
            return "an x87 exception waits to be handled: FSW is \(Self.hex(status))"
        case .whileDelivering(let vector):
            return "a second exception came up while vector \(Self.hex(vector)) was being delivered"
        case .raisedBefore(let vector):
            return "vector \(Self.hex(vector)) was raised before the interpreter took the machine over"
        }
    }

    /// Operands by name, for the JSON report.
    public var operands: [(name: String, value: UInt64)] {
        var list: [(String, UInt64)] = []
        for child in Mirror(reflecting: self).children {
            let values = Mirror(reflecting: child.value)
            let parts = values.children.isEmpty ? [(label: child.label, value: child.value)] : Array(values.children)
            for part in parts {
                guard let label = part.label else { continue }
                if let number = part.value as? any FixedWidthInteger {
                    list.append((label, UInt64(truncatingIfNeeded: number)))
                }
            }
        }
        return list
    }
}

/// An exception on its way to be delivered: what a check throws.
public struct Exception: Error, Equatable, Sendable {
    public var vector: Vector
    /// Nil for vectors without one.
    public var errorCode: UInt32?
    public var reason: FaultReason

    @inlinable public init(_ vector: Vector, _ errorCode: UInt32? = nil, _ reason: FaultReason) {
        self.vector = vector
        self.errorCode = errorCode
        self.reason = reason
    }

    public init(_ fault: PageFault) { self.init(.pageFault, fault.errorCode, .page(fault)) }

    /// What CR2 holds behind this exception; nil for those that leave it alone.
    public var faultAddress: UInt64? {
        if case .page(let fault) = reason { return fault.linear }
        return nil
    }

    /// A debug exception before an instruction: RF of the image stays as it is.
    public var isInstructionBreakpoint: Bool {
        if case .instructionBreakpoint = reason { return true }
        return false
    }

    /// Two exceptions that make a double fault: contributory ones, and behind a page fault another one, too (SDM 3A
    /// table 6-5).
    public func makesDoubleFault(with second: Exception) -> Bool {
        if vector == .pageFault { return second.isContributory || second.vector == .pageFault }
        return isContributory && second.isContributory
    }

    /// Contributory exceptions of the double-fault rules (SDM 3A table 6-5).
    public var isContributory: Bool { [0, 10, 11, 12, 13].contains(vector.rawValue) }
}

/// One link of a chain of faults: an exception that was raised, and where.
public struct FaultRecord: Equatable, Sendable {
    public var exception: Exception
    public var codeSelector: UInt16
    public var instructionPointer: UInt64
    public var linear: UInt64
    public var physical: UInt64
    /// The instruction's bytes as far as they could be read.
    public var bytes: [UInt8]
    public var disassembly: String
    public var modeName: String
    public var privilege: UInt8
    /// Ticks when it was raised.
    public var tick: UInt64

    public init(
        exception: Exception, codeSelector: UInt16, instructionPointer: UInt64, linear: UInt64, physical: UInt64,
        bytes: [UInt8], disassembly: String, modeName: String, privilege: UInt8, tick: UInt64
    ) {
        self.exception = exception
        self.codeSelector = codeSelector
        self.instructionPointer = instructionPointer
        self.linear = linear
        self.physical = physical
        self.bytes = bytes
        self.disassembly = disassembly
        self.modeName = modeName
        self.privilege = privilege
        self.tick = tick
    }

    /// `#GP(0010h) at 0008:00001234 (mov ds, ax): selector 10h needs ...`
    public var sentence: String {
        let code = exception.errorCode.map { "(" + hexadecimal(UInt64($0), digits: 4) + "h)" } ?? ""
        let place = hexadecimal(UInt64(codeSelector), digits: 4) + ":" + hexadecimal(instructionPointer, digits: 8)
        let text = disassembly.isEmpty ? "" : " (" + disassembly + ")"
        return exception.vector.name + code + " at " + place + text + ": " + exception.reason.sentence
    }
}
