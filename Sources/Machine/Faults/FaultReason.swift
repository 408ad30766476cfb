/// The one check that failed, with its operands. Names are stable; sentences may be reworded.
public enum FaultReason: Equatable, Sendable {
    // Descriptor loads (SDM 3A 5.5, 5.8, 6.13)
    case selectorBeyondTableLimit(selector: UInt16, limit: UInt32)
    case nullSelector(use: String)
    case descriptorNotPresent(selector: UInt16)
    case descriptorWrongType(selector: UInt16, attributes: UInt16, wanted: String)
    case privilege(selector: UInt16, cpl: UInt8, rpl: UInt8, dpl: UInt8)
    case stackSegmentInvalid(selector: UInt16, attributes: UInt16)
    case codeSegmentInvalid(selector: UInt16, attributes: UInt16)
    case ldtUnusable(selector: UInt16)
    // Memory operands
    case offsetBeyondLimit(segment: UInt8, offset: UInt64, size: UInt8, limit: UInt32)
    case stackLimit(offset: UInt64, size: UInt8, limit: UInt32)
    case segmentUnusable(segment: UInt8)
    case segmentNotReadable(segment: UInt8, attributes: UInt16)
    case segmentNotWritable(segment: UInt8, attributes: UInt16)
    case fetchBeyondLimit(offset: UInt64, limit: UInt32)
    case targetBeyondLimit(offset: UInt64, limit: UInt32)
    // Linear addresses
    case page(PageFault)
    case nonCanonical(address: UInt64)
    // Gates and interrupts
    case idtLimit(vector: UInt8, limit: UInt16)
    case gateNotPresent(vector: UInt8)
    case gateWrongType(vector: UInt8, type: UInt8)
    case gatePrivilege(vector: UInt8, dpl: UInt8, cpl: UInt8)
    case tssLimit(needed: UInt32, limit: UInt32)
    case tssUnusable
    case virtual8086Target(selector: UInt16, attributes: UInt16)
    case virtual8086Sensitive(instruction: String, iopl: UInt8)
    case virtualInterruptPending(instruction: String)
    case redirectionBitmapLimit(vector: UInt8, start: UInt32, limit: UInt32)
    // Instructions
    case divideByZero
    case divideOverflow
    case boundExceeded(index: Int64, lower: Int64, upper: Int64)
    case overflowTrap
    case breakpointInstruction
    case softwareInterrupt(vector: UInt8)
    case singleStep
    case instructionBreakpoint(number: UInt8, linear: UInt64)
    case dataBreakpoint(number: UInt8)
    case debugRegistersGuarded
    case taskSwitchTrap(selector: UInt16)
    case misaligned(linear: UInt64, alignment: UInt8)
    case invalidOpcode
    case lockNotAllowed
    case instructionTooLong
    case notInThisMode(instruction: String)
    case disabled(instruction: String, by: String)
    case featureMissing(feature: String, model: String)
    case modeChange(register: String, rule: String)
    case nestedTaskInLongMode
    case needsPrivilegeZero(instruction: String, cpl: UInt8)
    case ioPrivilege(port: UInt16, iopl: UInt8, cpl: UInt8)
    case interruptFlagPrivilege(iopl: UInt8, cpl: UInt8)
    case reservedBits(register: String, value: UInt64)
    case unknownModelRegister(number: UInt32)
    case coprocessorNotAvailable
    // MMX, SSE, AVX
    case vectorEmulation
    case vectorMisaligned(linear: UInt64, alignment: UInt8)
    case vectorFloatException(flags: UInt8)
    case x87ExceptionPending(status: UInt16)
    case whileDelivering(vector: UInt8)
    /// It pended when this engine took the machine over: the engine before knows why.
    case raisedBefore(vector: UInt8)

    /// Stable kebab-case name: of the report, of `why` and of tests.
    public var name: String {
        switch self {
        case .selectorBeyondTableLimit: "selector-beyond-table-limit"
        case .nullSelector: "null-selector"
        case .descriptorNotPresent: "descriptor-not-present"
        case .descriptorWrongType: "descriptor-wrong-type"
        case .privilege: "privilege"
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
        case .tssUnusable: "tss-unusable"
        case .virtual8086Target: "virtual-8086-target"
        case .virtual8086Sensitive: "virtual-8086-sensitive"
        case .virtualInterruptPending: "virtual-interrupt-pending"
        case .redirectionBitmapLimit: "redirection-bitmap-limit"
        case .divideByZero: "divide-error"
        case .divideOverflow: "divide-overflow"
        case .boundExceeded: "bound-exceeded"
        case .overflowTrap: "overflow-trap"
        case .breakpointInstruction: "breakpoint"
        case .softwareInterrupt: "software-interrupt"
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
        case .tssUnusable: return "a stack switch needs a TSS, but TR holds none"
        case .divideByZero: return "a division by zero"
        case .divideOverflow: return "the quotient does not fit into its register"
        case .boundExceeded(let index, let lower, let upper):
            return "the index \(index) is outside of \(lower)...\(upper)"
        case .overflowTrap: return "INTO found the overflow flag set"
        case .breakpointInstruction: return "an INT3 breakpoint instruction"
        case .softwareInterrupt(let vector): return "INT \(Self.hex(vector)) was executed"
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
