import Machine
import X86ISA

/// What DR7 enables, taken apart (SDM 3B 18.2.4).
struct HardwareBreakpoints: Equatable {
    enum Kind: UInt8 {
        /// R/W 00, 01, 10 (with CR4.DE), 11.
        case execution, writes, ports, accesses
    }

    struct Place: Equatable {
        let number: UInt8
        let kind: Kind
        /// Linear address, or port.
        let start: UInt64
        let last: UInt64
    }

    private(set) var places: [Place] = []

    init() {}

    init(_ cpu: UnsafePointer<CPUFile>) {
        let control = cpu.pointee.dr7
        guard control & 0xFF != 0 else { return }
        let addresses = [cpu.pointee.dr0, cpu.pointee.dr1, cpu.pointee.dr2, cpu.pointee.dr3]
        for number in 0..<4 where control >> UInt64(2 * number) & 3 != 0 {
            let field = control >> UInt64(16 + 4 * number)
            guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: field & 3)) else { continue }
            // LEN 10 is eight bytes; the low bits of an address are ignored as its length says.
            let length = kind == .execution ? 1 : [1, 2, 8, 4][Int(field >> 2 & 3)] as UInt64
            if kind == .ports, cpu.pointee.cr4 & ControlBits.debuggingExtensions == 0 { continue }
            let start = addresses[number] & ~(length - 1)
            places.append(
                Place(number: UInt8(truncatingIfNeeded: number), kind: kind, start: start, last: start + (length - 1)))
        }
    }

    private func has(_ kinds: Kind...) -> Bool { places.contains { kinds.contains($0.kind) } }
    var hasPorts: Bool { has(.ports) }
    var hasExecution: Bool { has(.execution) }

    /// Offsets into a page before which traces end.
    var pageOffsets: Set<Int> {
        Set(places.filter { $0.kind == .execution }.map { Int($0.start & 4095) })
    }

    /// What pages stay out of the TLB.
    var linearWatches: [LinearWatch] {
        places.filter { $0.kind == .writes || $0.kind == .accesses }
            .map { LinearWatch(start: $0.start, last: $0.last, reads: $0.kind == .accesses) }
    }

    /// B0 to B3 of the breakpoints that `test` is true for.
    func matches(_ test: (Place) -> Bool) -> UInt8 {
        places.reduce(0) { test($1) ? $0 | 1 << $1.number : $0 }
    }
}

/// Debug registers (SDM 3B 18.2).
extension Core {
    private func debugNumber(_ number: UInt8) throws(Exception) -> UInt8 {
        guard number == 4 || number == 5 else { return number }
        if file.pointee.cr4 & ControlBits.debuggingExtensions != 0 {
            throw invalidOpcode(.notInThisMode(instruction: "DR\(number) with CR4.DE"))
        }
        return number + 2
    }

    private func checkDebugAccess(_ name: String) throws(Exception) {
        try requirePrivilegeZero(name)
        // GD; BD is set before the handler clears the way.
        guard file.pointee.dr7 & 0x2000 != 0 else { return }
        file.pointee.dr6 |= 0x2000
        throw Exception(.debug, nil, .debugRegistersGuarded)
    }

    func movDebugStore(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let number = try debugNumber(i.pointee.operand1.number)
        try checkDebugAccess("MOV from a debug register")
        let value =
            switch number {
            case 0: file.pointee.dr0
            case 1: file.pointee.dr1
            case 2: file.pointee.dr2
            case 3: file.pointee.dr3
            case 6: file.pointee.dr6
            default: file.pointee.dr7
            }
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, value)
    }

    func movDebugLoad(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let number = try debugNumber(i.pointee.operand0.number)
        try checkDebugAccess("MOV to a debug register")
        let value = register(i.pointee.operand1.number, i.pointee.operand1.size)
        if number > 3, value >> 32 != 0 {
            throw generalProtection(0, .reservedBits(register: "DR\(number)", value: value))
        }
        switch number {
        case 0: file.pointee.dr0 = value
        case 1: file.pointee.dr1 = value
        case 2: file.pointee.dr2 = value
        case 3: file.pointee.dr3 = value
        case 6: file.pointee.dr6 = value & 0xE00F | 0xFFFF_0FF0
        default: file.pointee.dr7 = value & 0xFFFF_23FF | 0x400
        }
        interpreter.debugRegistersChanged()
    }

    /// A data access of `size` bytes in a page that a breakpoint keeps out of the TLB.
    func noteBreakpoints(_ linear: UInt64, _ size: Int, write: Bool) {
        hit(
            interpreter.hardware.matches { place in
                guard place.kind == .accesses || place.kind == .writes && write else { return false }
                return (0..<UInt64(size)).contains { place.start...place.last ~= wrapped(linear &+ $0) }
            })
    }

    func noteBreakpoints(port: UInt16, _ size: UInt8) {
        let first = UInt64(port), last = first + UInt64(size) - 1
        hit(interpreter.hardware.matches { $0.kind == .ports && $0.start <= last && first <= $0.last })
    }

    /// The trap follows the instruction, or the iteration of a REP.
    private func hit(_ numbers: UInt8) {
        guard numbers != 0 else { return }
        scratch.pointee.breakpointHits |= numbers
        scratch.pointee.stopTrace = 1
        if scratch.pointee.exit == .lookup { scratch.pointee.exit = .trapped }
    }
}

extension Interpreter {
    /// Takes over what DR0-3, DR7 and CR4.DE say.
    func debugRegistersChanged() {
        let file = core.file
        if file.pointee.dr7 & 0xFF == 0, hardware.places.isEmpty { return }
        let now = HardwareBreakpoints(file)
        guard now != hardware else { return }
        hardware = now
        core.scratch.pointee.hasPortBreakpoints = now.hasPorts
        hasExecutionBreakpoints = now.hasExecution
        traces.cutOffsets = now.pageOffsets
        memory.linearWatches = now.linearWatches
    }

    /// B0 to B3 of the breakpoints on the instruction that is next. Behind a load of SS they are suppressed.
    func executionHits() -> UInt8 {
        let file = core.file.pointee
        guard file.rflags & UInt64(Flags.resume) == 0, file.stackShadow == 0 else { return 0 }
        let linear = file.linearInstructionPointer
        return hardware.matches { $0.kind == .execution && $0.start == linear }
    }

    /// #DB before an instruction, a fault.
    func raiseExecutionBreakpoint(_ hits: UInt8) -> Ending? {
        core.file.pointee.dr6 |= UInt64(hits)
        let number = UInt8(hits.trailingZeroBitCount)
        let linear = core.file.pointee.linearInstructionPointer
        return raised(Exception(.debug, nil, .instructionBreakpoint(number: number, linear: linear)))
    }

    /// #DB behind an instruction: what its accesses met, and the single step.
    func trap(isStep: Bool) -> Ending? {
        let file = core.file
        let hits = takeHits()
        if isStep { file.pointee.dr6 |= 0x4000 }
        core.scratch.pointee.exit = .lookup
        guard file.pointee.stackShadow == 0 else {
            // Held back until the instruction behind the load of SS is done (SDM 3A 6.8.3).
            hold(.debug, .dataBreakpoint(number: UInt8(hits.trailingZeroBitCount)))
            return nil
        }
        file.pointee.halted = 0
        let reason =
            hits == 0 ? FaultReason.singleStep : .dataBreakpoint(number: UInt8(hits.trailingZeroBitCount))
        return raised(Exception(.debug, nil, reason), isTrap: true)
    }

    /// Notes in DR6 what breakpoints were met.
    private func takeHits() -> UInt8 {
        let hits = core.scratch.pointee.breakpointHits
        core.scratch.pointee.breakpointHits = 0
        core.file.pointee.dr6 |= UInt64(hits)
        return hits
    }

    /// An exception that comes before the next instruction, or the one behind it after a load of SS.
    func hold(_ vector: Vector, _ reason: FaultReason, errorCode: UInt32? = nil) {
        core.file.pointee.pendingEvent =
            PendingEvent(.hardwareException, vector: vector.rawValue, errorCode: errorCode).bits
        pendingReason = reason
    }

    /// What a delivery met traps before the handler's first instruction.
    func holdHits() {
        guard core.scratch.pointee.breakpointHits != 0 else { return }
        hold(.debug, .dataBreakpoint(number: UInt8(takeHits().trailingZeroBitCount)))
    }

    /// The event that pends is a debug trap that waits for the instruction behind a load of SS.
    var isTrapHeld: Bool {
        let event = PendingEvent(bits: core.file.pointee.pendingEvent)
        return core.file.pointee.stackShadow != 0 && event?.vector == Vector.debug.rawValue
            && event?.kind == .hardwareException
    }
}
