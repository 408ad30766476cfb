import FloatArithmetic
import Machine
import X86ISA

/// Control words, environments, states, WAIT.
extension Core {
    func wait(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let both = ControlBits.monitorCoprocessor | ControlBits.taskSwitched
        if file.pointee.cr0 & both == both { throw Exception(.deviceNotAvailable, nil, .coprocessorNotAvailable) }
        if statusWord & X87Status.summary != 0, interpreter.features.x87 { try raisePending() }
    }

    /// A reserved encoding: #UD where an FPU looks at it (SDM 3A 6.15, #UD).
    func escape(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if try beginControl() { throw invalidOpcode(.invalidOpcode) }
    }

    func fnop(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if try beginX87() { note(i) }
    }

    /// FENI and FDISI of the 8087, FSETPM of the 80287: nothing, from the 80387 on (SDM 1 8.3.12).
    func obsolete(_ i: UnsafePointer<Instruction>) throws(Exception) { _ = try beginControl() }

    func fninit(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if try beginControl() { initialise() }
    }

    /// FNINIT: the registers keep what they hold (SDM 2A FINIT).
    private func initialise() {
        turn(to: 0)
        setTags(0)
        setPointers(opcode: 0, instruction: 0, operand: 0)
        setControlWord(0x37F)
        setStatusWord(0)
    }

    private func setPointers(opcode: UInt16, instruction: UInt64, operand: UInt64) {
        raw.storeBytes(of: opcode & 0x7FF, toByteOffset: CoreLayout.lastOpcode, as: UInt16.self)
        raw.storeBytes(of: instruction, toByteOffset: CoreLayout.lastInstruction, as: UInt64.self)
        raw.storeBytes(of: operand, toByteOffset: CoreLayout.lastOperand, as: UInt64.self)
    }

    func fnclex(_ i: UnsafePointer<Instruction>) throws(Exception) {
        if try beginControl() { setStatusWord(statusWord & 0x7F00) }
    }

    func fldcw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        setControlWord(UInt16(truncatingIfNeeded: try value(i, i.pointee.operand0)))
    }

    func fnstcw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginControl() else { return }
        writeLinear(try destinationLinear(i, i.pointee.operand0), controlWord)
    }

    func fnstsw(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginControl() else { return }
        if i.pointee.operand0.kind == .register { return setRegister16(i.pointee.operand0.number, statusWord) }
        writeLinear(try destinationLinear(i, i.pointee.operand0), statusWord)
    }

    // MARK: Environments (SDM 1 8.1.10)

    /// Real-address and virtual-8086 mode have pointers as linear addresses.
    private var hasLinearPointers: Bool { !usesDescriptors }

    /// Seven fields of 2 or of 4 bytes: FCW, FSW, FTW, FIP, FCS and FOP, FDP, FDS.
    private func writeEnvironment(_ place: UInt64, _ size: UInt8) {
        let opcode = UInt32(raw.load(fromByteOffset: CoreLayout.lastOpcode, as: UInt16.self))
        let instruction = raw.load(fromByteOffset: CoreLayout.lastInstruction, as: UInt64.self)
        let operand = raw.load(fromByteOffset: CoreLayout.lastOperand, as: UInt64.self)
        // Upper halves that hold nothing are ones.
        let rest: UInt32 = 0xFFFF_0000
        var fields: (UInt32, UInt32, UInt32, UInt32)
        if hasLinearPointers {
            let code = linearPointer(instruction), data = linearPointer(operand)
            let upper: UInt32 = size == 2 ? 0xF : 0xFFFF
            fields = (
                code & 0xFFFF | (size == 2 ? 0 : rest), (code >> 16 & upper) &<< 12 | opcode,
                data & 0xFFFF | (size == 2 ? 0 : rest), (data >> 16 & upper) &<< 12
            )
        } else {
            fields = (
                UInt32(truncatingIfNeeded: instruction),
                UInt32(truncatingIfNeeded: instruction >> 32) & 0xFFFF | opcode << 16,
                UInt32(truncatingIfNeeded: operand), UInt32(truncatingIfNeeded: operand >> 32) & 0xFFFF | rest
            )
        }
        let words = [
            UInt32(controlWord) | rest, UInt32(statusWord) | rest, UInt32(tagWord) | rest, fields.0, fields.1, fields.2,
            fields.3,
        ]
        for (number, word) in words.enumerated() {
            writeLinear(wrapped(place &+ UInt64(number) * UInt64(size)), size, UInt64(word))
        }
    }

    private func linearPointer(_ pointer: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: pointer) &+ UInt32(truncatingIfNeeded: pointer >> 32) &<< 4
    }

    private func readEnvironment(_ place: UInt64, _ size: UInt8) {
        func field(_ number: UInt64) -> UInt32 {
            UInt32(truncatingIfNeeded: readLinear(wrapped(place &+ number * UInt64(size)), size))
        }
        let control = UInt16(truncatingIfNeeded: field(0)), status = UInt16(truncatingIfNeeded: field(1))
        let tags = UInt16(truncatingIfNeeded: field(2))
        let (code, codeSelector, data, dataSelector) = (field(3), field(4), field(5), field(6))
        if hasLinearPointers {
            setPointers(
                opcode: UInt16(truncatingIfNeeded: codeSelector),
                instruction: UInt64(code & 0xFFFF | (codeSelector >> 12 & 0xFFFF) &<< 16),
                operand: UInt64(data & 0xFFFF | (dataSelector >> 12 & 0xFFFF) &<< 16))
        } else {
            let keeps = interpreter.features.keepsSelectors
            setPointers(
                // The 16-bit format has no FOP.
                opcode: size == 2 ? 0 : UInt16(truncatingIfNeeded: codeSelector >> 16),
                instruction: UInt64(code) | (keeps ? UInt64(codeSelector & 0xFFFF) << 32 : 0),
                operand: UInt64(data) | (keeps ? UInt64(dataSelector & 0xFFFF) << 32 : 0))
        }
        turn(to: status >> 11 & 7)
        setTagWord(tags)
        setControlWord(control)
        setStatusWord(status)
    }

    /// Where the image is; `registers` are behind it.
    private func imagePlace(
        _ i: UnsafePointer<Instruction>, registers: Bool, write: Bool
    ) throws(Exception) -> (place: UInt64, size: UInt8) {
        let size: UInt8 = i.pointee.operandSize == 2 ? 2 : 4
        let place = try linear(
            i.pointee.segment, effectiveAddress(i), UInt64(size) * 7 + (registers ? 80 : 0), write: write,
            alignment: UInt64(size))
        return (place, size)
    }

    /// All exceptions are masked then.
    func fnstenv(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginControl() else { return }
        let (place, size) = try imagePlace(i, registers: false, write: true)
        writeEnvironment(place, size)
        setControlWord(controlWord | X87Status.exceptions)
    }

    func fldenv(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        let (place, size) = try imagePlace(i, registers: false, write: false)
        readEnvironment(place, size)
    }

    func fnsave(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginControl() else { return }
        let (place, size) = try imagePlace(i, registers: true, write: true)
        writeEnvironment(place, size)
        for number: UInt8 in 0..<8 {
            writeWhole(wrapped(place &+ UInt64(size) * 7 &+ UInt64(number) * 10), st(number))
        }
        initialise()
    }

    func frstor(_ i: UnsafePointer<Instruction>) throws(Exception) {
        guard try beginX87() else { return }
        let (place, size) = try imagePlace(i, registers: true, write: false)
        readEnvironment(place, size)
        for number: UInt8 in 0..<8 {
            putST(number, readWhole(wrapped(place &+ UInt64(size) * 7 &+ UInt64(number) * 10)))
        }
    }
}
