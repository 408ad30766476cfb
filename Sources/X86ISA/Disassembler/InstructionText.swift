/// The text of one instruction while it is made: the name, the operands, and which prefixes they show.
struct InstructionText {
    let instruction: Instruction
    let address: UInt64
    let codeSize: CodeSize
    let syntax: Disassembler.Syntax
    var prefixes: PrefixList
    /// REX.W has no effect, or none that the text shows.
    var widthIsFixed = false
    /// 66 is no operand size.
    var sizeIsFixed = false

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
    var isLong: Bool { codeSize == .bits64 }
    var hasOperandPrefix: Bool { instruction.prefixes.contains(.operandSize) }
    var firstIsMemory: Bool { instruction.operand0.kind == .memory }

    var operation: Operation { instruction.operation }

    mutating func render() -> String {
        useREX()
        if instruction.operation == .escape {
            let is80287 = instruction.opcode == 0xDB && instruction.modRM == 0xE5
            let operands = firstIsMemory ? [memory(instruction.operand0)] : []
            return assemble(is80287 ? "frstpm(287 only)" : "(bad)", operands)
        }
        let name = operation.isVector ? vectorName() : mnemonic()
        let operands = operandTexts()
        namePrefixes()
        return assemble(name, operands)
    }

    /// The bits of REX, and the prefixes that choose the operation, are shown by what they extend or name: R by a register of
    /// ModRM.reg, X by an index, B by a register or base of ModRM.rm or the opcode.
    private mutating func useREX() {
        guard let row = InstructionTable.shared.row(of: instruction, codeSize: codeSize) else { return }
        let number = RowPrefixes.number(instruction.prefixes)
        if row.prefixes != .any, number == 1 || !row.prefixes.contains(.none) {
            prefixes.use([0, 0x66, 0xF3, 0xF2][number])
        }
        sizeIsFixed = row.flags.contains(.noOperandSize)
        let sized: Set<OperandSpec> = [.Ey, .Gy, .My, .By]
        if sized.contains(row.operand0) || sized.contains(row.operand1) || sized.contains(row.operand2) {
            prefixes.useREX(8)
        }
        widthIsFixed = !row.flags.isDisjoint(with: [.default64, .force64, .native])
        guard instruction.prefixes.contains(.rex) else { return }
        for (spec, operand) in zip(
            [row.operand0, row.operand1, row.operand2],
            [instruction.operand0, instruction.operand1, instruction.operand2])
        {
            if spec == .Zb || spec == .Zv { prefixes.useREX(1) }
            let isByte = operand.kind == .register && operand.size == 1
            if isByte, operand.number & 7 > 3, spec.needsModRM || spec == .Zb { prefixes.useREX(0) }
            if spec == .Pq || operand.kind == .mmxRegister { continue }
            if spec.needsModRM, spec != .Sw { prefixes.useREX(spec.isByReg ? 4 : 1) }
        }
        if hasSIB { prefixes.useREX(2) }
    }

    func assemble(_ name: String, _ operands: [String]) -> String {
        var text = (prefixes.names() + [name]).joined(separator: " ")
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
        guard hasOperandPrefix, instruction.operandSize != 8 else { return "" }
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
        case .jcc, .setcc, .cmovcc:
            let condition = name + Conditions.name(instruction.condition)
            if operation != .jcc { return condition }
            if !isLong, instruction.map == 1 { prefixes.use(0x66) }
            return condition + branchHint()
        case .cbw, .cwd:
            prefixes.use(0x66)
            let isByte = operation == .cbw
            if instruction.operandSize == 8 {
                prefixes.useREX(8)
                return isATT ? (isByte ? "cltq" : "cqto") : isByte ? "cdqe" : "cqo"
            }
            if isATT { return isByte ? (wide ? "cwtl" : "cbtw") : (wide ? "cltd" : "cwtd") }
            return isByte ? (wide ? "cwde" : "cbw") : (wide ? "cdq" : "cwd")
        case .iret where instruction.operandSize == 8:
            prefixes.useREX(8)
            return "iretq"
        case .pusha, .popa, .pushf, .popf, .iret, .ret, .enter, .leave, .pushSegment, .popSegment:
            return name + letterOfPrefix()
        case .push, .pop:
            if instruction.operand0.kind == .register || firstIsMemory && !isATT { return name }
            return name + letterOfPrefix()
        case .fldenv, .fnstenv, .frstor, .fnsave:
            let letter = letterOfPrefix()
            return name + (isATT && letter == "w" ? "s" : letter)
        case _ where operation.isX87 && isATT:
            return attX87Name(name)
        case .sysret, .sysexit:
            if instruction.operandSize == 8 { prefixes.useREX(8) }
            return name + (instruction.operandSize == 8 ? "q" : !isLong ? "" : isATT ? "l" : "d")
        case .fxsave, .fxrstor, .xsave, .xrstor, .xsaveopt, .xsavec, .xsaves, .xrstors:
            guard instruction.operandSize == 8 else { return name }
            prefixes.useREX(8)
            return name + "64"
        case .nop where instruction.map == 1:
            return name + attSuffix
        case .crc32 where isATT:
            return name + sizeLetter(instruction.operand1.size)
        case .movsxd where isATT:
            return instruction.operandSize == 8 ? "movslq" : name
        case .mov
        where isLong
            && (instruction.operand1.size == 8 && instruction.operand1.kind == .immediate
                && instruction.opcode & 0xF8 == 0xB8 || isOffset && instruction.addressSize == 8):
            return "movabs"
        case .retFar where instruction.operandSize == 8:
            prefixes.useREX(8)
            return isATT ? "lretq" : "retfq"
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
            if isLong { return name }
            prefixes.use(0x66)
            return name + sizeLetter(instruction.operandSize)
        case .movzx, .movsx:
            guard isATT else { return name }
            let stem = operation == .movzx ? "movz" : "movs"
            return stem + sizeLetter(instruction.operand1.size) + sizeLetter(instruction.operandSize)
        case .jcxz:
            prefixes.use(0x67)
            return ["jcxz", "jecxz", "jrcxz"][Int(instruction.addressSize / 4)] + branchHint()
        case .loop, .loope, .loopne:
            guard isATT, instruction.prefixes.contains(.addressSize) else { return name + branchHint() }
            prefixes.use(0x67)
            return name + sizeLetter(instruction.addressSize) + branchHint()
        case .nop where instruction.map == 0:
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
            if isLong, instruction.operation == .callIndirect || instruction.operation == .jmpIndirect {
                prefixes.rename(0x3E, "notrack")
            }
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
}
