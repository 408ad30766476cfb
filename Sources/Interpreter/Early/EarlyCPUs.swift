import Machine
import X86ISA

/// What the 8086 and the 80286 do in another way than the 386 and all CPUs since (SDM 3B 23; iAPX 86 User's Manual;
/// 80286 Programmer's Reference Manual, appendices).
///
/// An 8086 has no invalid opcodes: it runs each byte pattern as something. Here what is not documented is #UD on it, too.
/// A word at offset FFFFh, whose second byte an 8086 takes from offset 0, is a limit violation.
extension Interpreter {
    /// How this generation runs an operation; nil where it is as on the others.
    static func early(_ operation: Operation, _ generation: CPUModel.Generation) -> GeneralForm? {
        guard generation == .i8086 else { return nil }
        switch operation {
        case .push: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pushEarly(i) } }
        case .idiv: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.idivEarly(i) } }
        case .aam: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.aamEarly(i) } }
        case .aaa: return .plain { attempt($0, $1) { (c, i) throws(Exception) in c.adjustASCIIEarly(adding: true) } }
        case .aas: return .plain { attempt($0, $1) { (c, i) throws(Exception) in c.adjustASCIIEarly(adding: false) } }
        case .daa: return .plain { attempt($0, $1) { (c, i) throws(Exception) in c.adjustDecimalEarly(adding: true) } }
        case .das: return .plain { attempt($0, $1) { (c, i) throws(Exception) in c.adjustDecimalEarly(adding: false) } }
        default: return nil
        }
    }

    static func general(for instruction: Instruction, _ generation: CPUModel.Generation) -> GeneralForm? {
        if _slowPath(generation < .i80386), let form = early(instruction.operation, generation) { return form }
        return general(for: instruction)
    }
}

extension ModelFeatures {
    /// The exception that this instruction raises because the CPU is too old for it; nil where it is not.
    func refusal(of instruction: Instruction, model: String) -> Exception? {
        var missing: Feature? = instructions.contains(instruction.feature) ? nil : instruction.feature
        if _slowPath(generation < .i80386) {
            // FS and GS
            let register =
                instruction.operation == .movSegmentLoad
                ? instruction.operand0.number
                : instruction.operation == .movSegmentStore ? instruction.operand1.number : 0
            if register > 3 { missing = .i80386 }
            if missing == nil, generation == .i80286, instruction.length > 10 {
                return Exception(.generalProtection, 0, .instructionTooLong)
            }
        }
        return missing.map { Exception(.invalidOpcode, nil, .featureMissing(feature: "\($0)", model: model)) }
    }

    /// FLAGS as pushed: bits 12-15 are ones on an 8086, zeros on an 80286 in real mode.
    func pushedFlags(_ flags: UInt32, isProtected: Bool) -> UInt32 {
        switch generation {
        case .i8086: flags | 0xF000
        case .i80286: isProtected ? flags : flags & 0xFFF
        default: flags
        }
    }
}

extension Descriptor {
    /// As an 80286 reads it: the last word counts for nothing, and types of the 386 are no types.
    var asOf80286: Descriptor {
        var old = self
        old.high &= 0xFFFF
        if !old.isCodeOrData, old.type > 7 { old.high &= ~0xF00 }
        return old
    }
}

extension Core {
    /// PUSH SP stores what SP is after the push.
    fileprivate func pushEarly(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let operand = i.pointee.operand0
        guard operand.kind == .register, operand.number == 4, operand.size == 2 else { return try push(i) }
        try pushValue((stackPointer &- 2) & 0xFFFF, 2)
    }

    /// The most negative quotient is an overflow, and REP negates the quotient.
    fileprivate func idivEarly(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operand0.size, before = (register16(0), register16(2))
        try idiv(i)
        let quotient = register(0, size)
        if quotient == signBit(size) {
            setRegister16(0, before.0)
            setRegister16(2, before.1)
            throw Exception(.divideError, nil, .divideOverflow)
        }
        if i.pointee.prefixes.contains(.rep) || i.pointee.prefixes.contains(.repne) {
            setRegister(0, size, (0 &- quotient) & mask(size))
        }
    }

    /// AAM 0 leaves the flags of a result of zero when it faults.
    fileprivate func aamEarly(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard i.pointee.immediate & 0xFF == 0 else { return try aam(i) }
        _ = logic(0, 1)
        interpreter.partialFlags = (scratch.pointee.flagResult, scratch.pointee.flagCarries)
        throw Exception(.divideError, nil, .divideByZero)
    }

    /// AAA and AAS: no carry from AL into AH.
    fileprivate func adjustASCIIEarly(adding: Bool) {
        let ax = register16(0)
        let adjusts = ax & 15 > 9 || adjust
        let low = adjusts ? (adding ? ax &+ 6 : ax &- 6) : ax
        let high = adjusts ? (adding ? ax &+ 0x100 : ax &- 0x100) : ax
        setRegister16(0, high & 0xFF00 | low & 15)
        setFlags(UInt64(low & 15), 1, carry: adjusts, overflow: false, adjust: adjusts)
    }

    /// DAA and DAS: the second digit is adjusted from 9Ah on, or from A0h where AF was set; no borrow from the first.
    fileprivate func adjustDecimalEarly(adding: Bool) {
        let old = UInt8(truncatingIfNeeded: register16(0)), wasAdjusted = adjust
        let adjustsLow = old & 15 > 9 || wasAdjusted
        let adjustsHigh = old > (wasAdjusted ? 0x9F : 0x99) || carry
        var al = old
        if adjustsLow { al = adding ? al &+ 6 : al &- 6 }
        if adjustsHigh { al = adding ? al &+ 0x60 : al &- 0x60 }
        setRegister(0, 1, UInt64(al))
        setFlags(UInt64(al), 1, carry: adjustsHigh, overflow: false, adjust: adjustsLow)
    }
}
