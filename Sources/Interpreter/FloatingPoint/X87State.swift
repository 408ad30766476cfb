import FloatArithmetic
import Machine
import X86ISA

extension CoreLayout {
    @inline(__always) static var controlWord: Int { vector }
    @inline(__always) static var lastOpcode: Int { vector &+ 6 }
    @inline(__always) static var lastInstruction: Int { vector &+ 8 }
    @inline(__always) static var lastOperand: Int { vector &+ 16 }
}

/// Bits of FSW (SDM 1 8.1.3).
enum X87Status {
    static var exceptions: UInt16 { 0x3F }
    static var invalid: UInt16 { 1 }
    /// SF
    static var stackFault: UInt16 { 0x40 }
    /// ES and B, which are always the same.
    static var summary: UInt16 { 0x8080 }
    static var c0: UInt16 { 0x100 }
    static var c1: UInt16 { 0x200 }
    static var c2: UInt16 { 0x400 }
    static var c3: UInt16 { 0x4000 }
    static var codes: UInt16 { c0 | c1 | c2 | c3 }
    static var top: UInt16 { 0x3800 }
}

/// The x87 as its instructions see it: ST(0) is kept first, whatever TOP is.
extension Core {
    // MARK: May it run (SDM 3A 2.5, 13.1; 1 8.7)

    /// What a waiting instruction begins with: #NM, then the exception that an earlier one left. False where no FPU is fitted:
    /// the escape goes to an empty socket, nothing happens and memory stays as it is.
    @inline(__always)
    func beginX87() throws(Exception) -> Bool {
        let control = file.pointee.cr0 & (ControlBits.emulation | ControlBits.taskSwitched)
        if _fastPath(control == 0 && statusWord & X87Status.summary == 0 && interpreter.features.x87) { return true }
        guard try beginControl() else { return false }
        if statusWord & X87Status.summary != 0 { try raisePending() }
        return true
    }

    /// What an instruction that does not wait begins with.
    func beginControl() throws(Exception) -> Bool {
        if file.pointee.cr0 & (ControlBits.emulation | ControlBits.taskSwitched) != 0 {
            throw Exception(.deviceNotAvailable, nil, .coprocessorNotAvailable)
        }
        return interpreter.features.x87
    }

    /// An unmasked exception is flagged. With CR0.NE it is #MF; else FERR# goes up, and the CPU waits for the interrupt that
    /// the board makes of it, unless IGNNE# says to go on (SDM 1 8.7.2).
    @inline(never)
    func raisePending() throws(Exception) {
        if file.pointee.cr0 & ControlBits.numericError == 0 {
            if io.ignoresNumericError() { return }
            synchroniseClock()
            io.numericError(true)
            interpreter.isFrozen = true
        }
        throw Exception(.mathFault, nil, .x87ExceptionPending(status: statusWord))
    }

    // MARK: Control, status, tags

    @inline(__always) var controlWord: UInt16 { raw.load(fromByteOffset: CoreLayout.controlWord, as: UInt16.self) }

    @inline(__always) var context: FloatContext { FloatContext(controlWord: controlWord) }

    /// Bit 6 is always one, and 7 and 13-15 are zero; ES and B follow.
    func setControlWord(_ value: UInt16) {
        raw.storeBytes(of: value & 0x1F3F | 0x40, toByteOffset: CoreLayout.controlWord, as: UInt16.self)
        setStatusWord(statusWord)
    }

    /// ES and B tell whether an exception is flagged that is not masked. FERR# goes down with them.
    @inline(__always)
    func setStatusWord(_ value: UInt16) {
        let isUnmasked = value & ~controlWord & X87Status.exceptions != 0
        let old = statusWord
        raw.storeBytes(
            of: value & ~X87Status.summary | (isUnmasked ? X87Status.summary : 0),
            toByteOffset: CoreLayout.statusWord, as: UInt16.self)
        if _slowPath(old & X87Status.summary != 0 && !isUnmasked) { io.numericError(false) }
    }

    @inline(__always) var tags: UInt8 { raw.load(fromByteOffset: CoreLayout.tags, as: UInt8.self) }

    @inline(__always) func setTags(_ value: UInt8) {
        raw.storeBytes(of: value, toByteOffset: CoreLayout.tags, as: UInt8.self)
    }

    @inline(__always) private func tagBit(_ number: UInt8) -> UInt8 {
        1 &<< ((UInt8(truncatingIfNeeded: statusWord >> 11) &+ number) & 7)
    }

    @inline(__always) func isEmpty(_ number: UInt8) -> Bool { tags & tagBit(number) == 0 }

    @inline(__always) func free(_ number: UInt8) { setTags(tags & ~tagBit(number)) }

    /// The two-bit tags of the physical registers (SDM 1 8.1.7).
    var tagWord: UInt16 {
        var word: UInt16 = 0
        for number: UInt8 in 0..<8 {
            let place = ((statusWord >> 11) &+ UInt16(number)) & 7
            word |= (isEmpty(number) ? 3 : st(number).tag) << (place * 2)
        }
        return word
    }

    /// Only whether a register is empty counts.
    func setTagWord(_ word: UInt16) {
        setTags((0..<8).reduce(0) { $0 | (word >> ($1 * 2) & 3 != 3 ? 1 << UInt8($1) : 0) })
    }

    // MARK: Registers

    @inline(__always) func st(_ number: UInt8) -> Extended {
        let place = raw + CoreLayout.mm + Int(number & 7) &* 16
        return Extended(
            significand: place.load(as: UInt64.self),
            signAndExponent: place.load(fromByteOffset: 8, as: UInt16.self))
    }

    /// The tag stays.
    @inline(__always) func putST(_ number: UInt8, _ value: Extended) {
        let place = raw + CoreLayout.mm + Int(number & 7) &* 16
        place.storeBytes(of: value.significand, as: UInt64.self)
        place.storeBytes(of: value.signAndExponent, toByteOffset: 8, as: UInt16.self)
    }

    @inline(__always) func setST(_ number: UInt8, _ value: Extended) {
        putST(number, value)
        setTags(tags | tagBit(number))
    }

    /// TOP goes up or down; no register changes but in its number.
    @inline(__always) func turn(up: Bool) {
        let first = raw + CoreLayout.mm
        if up {
            let value = st(0)
            first.copyMemory(from: first + 16, byteCount: 112)
            putST(7, value)
        } else {
            let value = st(7)
            (first + 16).copyMemory(from: first, byteCount: 112)
            putST(0, value)
        }
        let status = statusWord
        let top = (up ? status &+ 0x800 : status &- 0x800) & X87Status.top
        raw.storeBytes(of: status & ~X87Status.top | top, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
    }

    @inline(__always) func push(_ value: Extended) {
        turn(up: false)
        setST(0, value)
    }

    @inline(__always) func pop() {
        free(0)
        turn(up: true)
    }

    /// TOP becomes `top`; the physical registers stay.
    func turn(to top: UInt16) {
        while statusWord >> 11 & 7 != top { turn(up: true) }
    }

    // MARK: What an instruction leaves

    /// FIP, and FDP and FOP on CPUs that keep them for each instruction.
    @inline(__always)
    func note(_ i: UnsafePointer<Instruction>) {
        let offset = file.pointee.rip &+ UInt64(Record.offset(scratch.pointee.record))
        let features = interpreter.features
        raw.storeBytes(
            of: pointer(offset, features.keepsSelectors ? file.pointee.cs.selector : 0),
            toByteOffset: CoreLayout.lastInstruction, as: UInt64.self)
        if _slowPath(!features.keepsOperandAlways && !features.keepsOpcodeAlways) { return }
        if features.keepsOpcodeAlways { noteOpcode(i) }
        if features.keepsOperandAlways { noteOperand(i) }
    }

    /// An offset of 64-bit code is whole; others have the selector, where it is kept, in bits 32-47, as FXSAVE has it.
    @inline(__always) private func pointer(_ offset: UInt64, _ selector: UInt16) -> UInt64 {
        isWide ? offset : offset & 0xFFFF_FFFF | UInt64(selector) << 32
    }

    private func noteOperand(_ i: UnsafePointer<Instruction>) {
        guard i.pointee.operand0.kind == .memory else { return }
        let selector = interpreter.features.keepsSelectors ? segment(i.pointee.segment).pointee.selector : 0
        raw.storeBytes(
            of: pointer(effectiveAddress(i), selector), toByteOffset: CoreLayout.lastOperand, as: UInt64.self)
    }

    private func noteOpcode(_ i: UnsafePointer<Instruction>) {
        raw.storeBytes(
            of: UInt16(i.pointee.opcode & 7) << 8 | UInt16(i.pointee.modRM), toByteOffset: CoreLayout.lastOpcode,
            as: UInt16.self)
    }

    /// Adds exceptions (and SF) to FSW; C1 is new. Of an unmasked one FOP and FDP are kept.
    @inline(__always)
    func add(_ i: UnsafePointer<Instruction>, _ exceptions: UInt16, c1: Bool) {
        let status = statusWord & ~X87Status.c1 | exceptions | (c1 ? X87Status.c1 : 0)
        raw.storeBytes(of: status, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
        if _slowPath(exceptions & ~controlWord & X87Status.exceptions != 0) { flagUnmasked(i) }
    }

    @inline(never)
    private func flagUnmasked(_ i: UnsafePointer<Instruction>) {
        raw.storeBytes(of: statusWord | X87Status.summary, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
        noteOpcode(i)
        noteOperand(i)
    }

    /// Adds what an operation raised. True when the destination, a register, gets its result.
    @inline(__always)
    func settle(_ i: UnsafePointer<Instruction>, _ context: inout FloatContext) -> Bool {
        let writes = !context.settle() || context.unmasked.isDisjoint(with: .beforeResult)
        add(i, UInt16(context.flags.rawValue), c1: writes && context.roundedUp)
        return writes
    }

    /// The same of a destination in memory, which keeps what it has after overflow and underflow, too.
    @inline(__always)
    func settleStore(_ i: UnsafePointer<Instruction>, _ context: inout FloatContext) -> Bool {
        let writes = !context.settle() || context.unmasked.subtracting(.precision).isEmpty
        add(i, UInt16(context.flags.rawValue), c1: writes && context.roundedUp)
        return writes
    }

    /// An exception that is not masked keeps a store from its memory, which is not even looked at then.
    func storesNothing(_ isEmpty: Bool, _ context: FloatContext) -> Bool {
        if isEmpty { return controlWord & X87Status.invalid == 0 }
        var settled = context
        return settled.settle() && !settled.unmasked.subtracting(.precision).isEmpty
    }

    /// A register is empty that is needed, or with `overflow` ST(7) is not. True when the exception is masked and the
    /// indefinite stands for the result.
    @inline(never)
    func stackFault(_ i: UnsafePointer<Instruction>, overflow: Bool = false) -> Bool {
        add(i, X87Status.invalid | X87Status.stackFault, c1: overflow)
        return controlWord & X87Status.invalid != 0
    }

    /// C3, C2 and C0.
    @inline(__always) func setCodes(_ codes: UInt16) {
        let status = statusWord & ~(X87Status.c3 | X87Status.c2 | X87Status.c0) | codes
        raw.storeBytes(of: status, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
    }

    @inline(__always) func clearC1() {
        raw.storeBytes(of: statusWord & ~X87Status.c1, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
    }
}
