/// The text of one instruction while it is made: the name, the operands, and which prefixes they show.
struct InstructionText {
    let instruction: Instruction
    let address: UInt64
    let codeSize: CodeSize
    let syntax: Disassembler.Syntax
    var prefixes: PrefixList

    init(
        _ instruction: Instruction, prefixes: PrefixList, address: UInt64, codeSize: CodeSize,
        syntax: Disassembler.Syntax
    ) {
        self.instruction = instruction
        self.prefixes = prefixes
        self.address = address
        self.codeSize = codeSize
        self.syntax = syntax
    }

    var isATT: Bool { syntax == .att }
    var hasOperandPrefix: Bool { instruction.prefixes.contains(.operandSize) }
    var firstIsMemory: Bool { instruction.operand0.kind == .memory }

    mutating func render() -> String {
        if instruction.operation == .escape { return renderEscape() }
        let name = mnemonic()
        let operands = operandTexts()
        namePrefixes()
        return assemble(name, operands)
    }

    func assemble(_ name: String, _ operands: [String]) -> String {
        var text = (prefixes.names(codeSize: codeSize) + [name]).joined(separator: " ")
        if !operands.isEmpty { text += " " + operands.joined(separator: ",") }
        return text
    }

    // MARK: Names

    /// The letter of a size: Intel syntax says d where AT&T says l.
    func sizeLetter(_ size: UInt8) -> String {
        switch size {
        case 1: "b"
        case 2: "w"
        case 8: "q"
        default: isATT ? "l" : "d"
        }
    }

    /// The letter where the operand size is not that of the code.
    mutating func letterOfPrefix() -> String {
        guard hasOperandPrefix else { return "" }
        prefixes.use(0x66)
        return sizeLetter(instruction.operandSize)
    }

    /// Where no register says it, AT&T syntax has the size in the name.
    private var attSuffix: String {
        guard isATT, firstIsMemory else { return "" }
        return sizeLetter(instruction.operandSize)
    }

    private mutating func mnemonic() -> String {
        let operation = instruction.operation, name = operation.mnemonic
        let wide = instruction.operandSize != 2
        switch operation {
        case .jcc, .setcc:
            let condition = name + Conditions.name(instruction.condition)
            if operation == .setcc { return condition }
            if instruction.operand0.size != 1, instruction.map == 1 { prefixes.use(0x66) }
            return condition + branchHint()
        case .cbw, .cwd:
            prefixes.use(0x66)
            let isByte = operation == .cbw
            if isATT { return isByte ? (wide ? "cwtl" : "cbtw") : (wide ? "cltd" : "cwtd") }
            return isByte ? (wide ? "cwde" : "cbw") : (wide ? "cdq" : "cwd")
        case .pusha, .popa, .pushf, .popf, .iret, .ret, .enter, .leave, .pushSegment, .popSegment:
            return name + letterOfPrefix()
        case .push, .pop:
            if instruction.operand0.kind == .register || firstIsMemory && !isATT { return name }
            return name + letterOfPrefix()
        case .retFar:
            return (isATT ? "lret" : name) + letterOfPrefix()
        case .call, .jmp:
            // A short jump has no size.
            return instruction.opcode == 0xEB ? name : name + letterOfPrefix()
        case .callIndirect, .jmpIndirect:
            if instruction.operand0.kind == .register || !isATT { return name }
            return name + letterOfPrefix()
        case .callFar, .jmpFar:
            if isATT { return "l" + name + letterOfPrefix() }
            return name
        case .sgdt, .sidt, .lgdt, .lidt:
            prefixes.use(0x66)
            return name + sizeLetter(instruction.operandSize)
        case .movzx, .movsx:
            guard isATT else { return name }
            let stem = operation == .movzx ? "movz" : "movs"
            return stem + sizeLetter(instruction.operand1.size) + sizeLetter(instruction.operandSize)
        case .jcxz:
            prefixes.use(0x67)
            return (instruction.addressSize == 2 ? "jcxz" : "jecxz") + branchHint()
        case .loop, .loope, .loopne:
            guard isATT, instruction.prefixes.contains(.addressSize) else { return name + branchHint() }
            prefixes.use(0x67)
            return name + sizeLetter(instruction.addressSize) + branchHint()
        case .nop:
            if instruction.prefixes.contains(.rep) {
                prefixes.use(0xF3)
                return "pause"
            }
            return hasOperandPrefix ? "xchg" : name
        case .movs, .cmps, .ins, .outs:
            return isATT ? name + sizeLetter(instruction.operandSize) : name
        case .add, .or, .adc, .sbb, .and, .sub, .xor, .cmp, .test, .mov, .rol, .ror, .rcl, .rcr, .shl, .shr, .sal, .sar,
            .bt, .bts, .btr, .btc:
            let second = instruction.operand1
            let hasRegister = second.kind == .register && !isShift
            return hasRegister ? name : name + attSuffix
        case .inc, .dec, .neg, .not, .mul, .imul, .div, .idiv:
            return name + attSuffix
        default:
            return name
        }
    }

    /// Shifts and rotates: their count in CL says nothing about the size.
    var isShift: Bool {
        switch instruction.operation {
        case .rol, .ror, .rcl, .rcr, .shl, .shr, .sal, .sar: true
        default: false
        }
    }

    /// CS and DS before a conditional jump are the hints of later processors.
    private mutating func branchHint() -> String {
        let isNotTaken = prefixes.contains(0x2E)
        guard isATT, let segment = prefixes.segment, isNotTaken != prefixes.contains(0x3E) else { return "" }
        prefixes.use(segment)
        return isNotTaken ? ",pn" : ",pt"
    }

    // MARK: Prefixes with names of their own

    /// REP, and what later processors read out of prefixes that are without effect on a Pentium.
    private mutating func namePrefixes() {
        switch instruction.operation {
        case .movs, .stos, .lods, .ins, .outs:
            prefixes.rename(0xF3, "rep")
        case .call, .callIndirect, .jmp, .jmpIndirect, .jcc, .ret:
            prefixes.rename(0xF2, "bnd")
        case .xchg where firstIsMemory:
            elide()
        case .mov where firstIsMemory && instruction.opcode < 0xA0 || firstIsMemory && instruction.opcode >= 0xC0:
            if instruction.prefixes.contains(.rep) { prefixes.rename(0xF3, "xrelease") }
        default:
            if instruction.prefixes.contains(.lock) { elide() }
        }
    }

    /// Hardware lock elision.
    private mutating func elide() {
        prefixes.rename(0xF3, "xrelease")
        prefixes.rename(0xF2, "xacquire")
    }

    // MARK: Escapes

    private mutating func renderEscape() -> String {
        let opcode = instruction.opcode, modRM = instruction.modRM
        if modRM < 0xC0 {
            let entry = X87Names.memory[Int(opcode & 7)][Int((modRM >> 3) & 7)]
            var name = entry.name
            switch name {
            case "fldenv", "fnstenv", "frstor", "fnsave":
                let letter = letterOfPrefix()
                name += isATT && letter == "w" ? "s" : letter
            default: if isATT { name += entry.suffix }
            }
            let operand = memory(instruction.operand0)
            return assemble(name, [operand])
        }
        let entry = X87Names.register(opcode: opcode, modRM: modRM)
        let top = isATT ? "%st" : "st", register = top + "(\(modRM & 7))"
        let name = isATT && entry.form == .fromTop ? X87Names.att(entry.name) : entry.name
        switch entry.form {
        case .none: return assemble(name, [])
        case .one: return assemble(name, [register])
        case .toTop: return assemble(name, isATT ? [register, top] : [top, register])
        case .fromTop: return assemble(name, isATT ? [top, register] : [register, top])
        case .ax: return assemble(name, [isATT ? "%ax" : "ax"])
        }
    }
}
