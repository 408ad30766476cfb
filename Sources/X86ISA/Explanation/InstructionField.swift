/// A part of an instruction's encoding (SDM 2A figure 2-1).
public struct InstructionField: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case prefix, opcode
        case modRM = "ModRM"
        case sib = "SIB"
        case displacement, immediate
    }

    public var kind: Kind
    /// From the start of the instruction, in bytes.
    public var offset: Int
    public var bytes: [UInt8]
    /// What it says, in a few words.
    public var text: String

    /// The fields of `instruction`, which was decoded from the start of `bytes`, in their order and without a gap.
    public static func fields(of instruction: Instruction, bytes: [UInt8], codeSize: CodeSize) -> [InstructionField] {
        var builder = FieldBuilder(instruction, Array(bytes.prefix(Int(instruction.length))), codeSize)
        builder.build()
        return builder.fields
    }
}

private struct FieldBuilder {
    let instruction: Instruction
    let bytes: [UInt8]
    let codeSize: CodeSize
    var fields: [InstructionField] = []
    private var position = 0

    init(_ instruction: Instruction, _ bytes: [UInt8], _ codeSize: CodeSize) {
        self.instruction = instruction
        self.bytes = bytes
        self.codeSize = codeSize
    }

    private mutating func add(_ kind: InstructionField.Kind, _ count: Int, _ text: String) {
        guard count > 0, position < bytes.count else { return }
        let end = min(position + count, bytes.count)
        fields.append(InstructionField(kind: kind, offset: position, bytes: Array(bytes[position..<end]), text: text))
        position = end
    }

    mutating func build() {
        addPrefixes()
        addOpcode()
        let row = InstructionTable.shared.row(of: instruction)
        let flags = row?.flags ?? []
        if flags.contains(.modRM) { addModRM(isMemory: instruction.modRM < 0xC0 && !flags.contains(.modIgnored)) }
        guard let row else { return }
        for spec in [row.operand0, row.operand1, row.operand2] { addImmediate(spec) }
    }

    private mutating func addPrefixes() {
        let list = PrefixList(bytes).bytes
        for (place, byte) in list.enumerated() {
            let later = list[(place + 1)...]
            let isLast: Bool
            switch byte {
            case 0xF2, 0xF3: isLast = !later.contains { $0 == 0xF2 || $0 == 0xF3 }
            case 0x66, 0x67, 0xF0: isLast = !later.contains(byte)
            default: isLast = !later.contains { PrefixList.isSegment($0) }
            }
            add(.prefix, 1, isLast ? text(ofPrefix: byte) : "no effect: a later prefix of its kind counts")
        }
    }

    private func text(ofPrefix byte: UInt8) -> String {
        let other = codeSize == .bits16 ? 32 : 16
        switch byte {
        case 0x66: return "operand size \(other) bits"
        case 0x67: return "address size \(other) bits"
        case 0xF0: return "LOCK: the memory access is atomic"
        case 0xF2, 0xF3:
            guard instruction.isRepeated else { return "REP\(byte == 0xF2 ? "NE" : ""), without effect here" }
            switch instruction.operation {
            case .cmps, .scas: return byte == 0xF2 ? "REPNE: repeat while not equal" : "REPE: repeat while equal"
            default: return "REP: repeat"
            }
        default:
            let name = PrefixList.name(byte, codeSize: codeSize)
            return instruction.usesSegment ? "segment \(name)" : "segment \(name), without effect here"
        }
    }

    private mutating func addOpcode() {
        let count = instruction.map == 0 ? 1 : instruction.map == 1 ? 2 : 3
        let name = instruction.operation.mnemonic
        let row = InstructionTable.shared.row(of: instruction)
        var text = name
        if let row {
            if row.flags.contains(.condition) {
                text = name + Conditions.name(instruction.condition) + ": condition \(instruction.opcode & 15)"
            } else if row.operand0 == .Zb || row.operand0 == .Zv {
                let size = row.operand0 == .Zb ? 1 : instruction.operandSize
                let register = RegisterNames.general(instruction.opcode & 7, size: size)
                text = name + ", register \(instruction.opcode & 7) (\(register))"
            } else if row.reg != nil {
                text = "group, told apart by ModRM.reg"
            }
        }
        add(.opcode, count, text)
    }

    private static func binary(_ value: UInt8, _ count: Int) -> String {
        let digits = String(value, radix: 2)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    private mutating func addModRM(isMemory: Bool) {
        let modRM = instruction.modRM
        let mod = modRM >> 6, reg = (modRM >> 3) & 7, rm = modRM & 7
        let row = InstructionTable.shared.row(of: instruction)
        var regText = ""
        if let row {
            if row.reg != nil, instruction.operation != .escape, !row.takesSpecialRegister {
                regText = instruction.operation.mnemonic
            } else if instruction.operation != .escape {
                for (spec, operand) in zip(
                    [row.operand0, row.operand1], [instruction.operand0, instruction.operand1]) where spec.isByReg
                {
                    regText = RegisterNames.name(of: operand)
                }
            }
        }
        let rmText: String
        if isMemory {
            let is32 = instruction.addressSize == 4
            if is32, rm == 4 {
                rmText = "SIB follows"
            } else if mod == 0, rm == (is32 ? 5 : 6) {
                rmText = is32 ? "disp32" : "disp16"
            } else {
                let base = RegisterNames.general(instruction.base, size: instruction.addressSize)
                let index =
                    instruction.index == Instruction.noRegister
                    ? "" : "+" + RegisterNames.general(instruction.index, size: instruction.addressSize)
                rmText = base + index + (mod == 1 ? "+disp8" : mod == 2 ? (is32 ? "+disp32" : "+disp16") : "")
            }
        } else if let row, instruction.operation != .escape {
            var name = ""
            for (spec, operand) in zip([row.operand0, row.operand1], [instruction.operand0, instruction.operand1])
            where spec.needsModRM && !spec.isByReg {
                name = RegisterNames.name(of: operand)
            }
            rmText = name
        } else {
            rmText = "st(\(rm))"
        }
        add(
            .modRM, 1,
            "mod \(Self.binary(mod, 2)), reg \(Self.binary(reg, 3))" + (regText.isEmpty ? "" : " (\(regText))")
                + ", rm \(Self.binary(rm, 3))" + (rmText.isEmpty ? "" : " (\(rmText))"))
        guard isMemory else { return }
        addAddress(mod: mod, rm: rm)
    }

    private mutating func addAddress(mod: UInt8, rm: UInt8) {
        let is32 = instruction.addressSize == 4
        var hasAbsolute = mod == 0 && rm == (is32 ? 5 : 6)
        if is32, rm == 4, position < bytes.count {
            let sib = bytes[position]
            let base = sib & 7, index = (sib >> 3) & 7
            hasAbsolute = mod == 0 && base == 5
            let indexText = index == 4 ? "none" : RegisterNames.general(index, size: 4)
            let baseText = hasAbsolute ? "none, disp32" : RegisterNames.general(base, size: 4)
            add(
                .sib, 1,
                "scale \(Self.binary(sib >> 6, 2)) (times \(1 << Int(sib >> 6))), index \(Self.binary(index, 3)) "
                    + "(\(indexText)), base \(Self.binary(base, 3)) (\(baseText))")
        }
        let count = mod == 1 ? 1 : mod == 2 || hasAbsolute ? (is32 ? 4 : 2) : 0
        let value = instruction.displacement
        add(
            .displacement, count,
            hasAbsolute ? hex(UInt64(bitPattern: value) & (is32 ? 0xFFFF_FFFF : 0xFFFF)) : signedHex(value))
    }

    private mutating func addImmediate(_ spec: OperandSpec) {
        let isWord = instruction.prefixes.contains(.operandSize) == (codeSize == .bits32)
        let size = isWord ? 2 : 4
        let value = instruction.immediate
        switch spec {
        case .Ib: add(.immediate, 1, hex(value & 0xFF))
        case .Ibs:
            add(.immediate, 1, signedHex(Int64(bitPattern: value)) + ", extended with its sign")
        case .Iw: add(.immediate, 2, hex(value & 0xFFFF))
        case .Iz, .Izs: add(.immediate, size, hex(value & (isWord ? 0xFFFF : 0xFFFF_FFFF)))
        case .Ib2: add(.immediate, 1, "level " + hex(UInt64(instruction.immediate2)))
        case .Jb, .Jz:
            add(
                .immediate, spec == .Jb ? 1 : size,
                signedHex(Int64(bitPattern: value)) + " from the end of the instruction")
        case .Ap:
            add(.immediate, size, "offset " + hex(value))
            add(.immediate, 2, "selector " + hex(UInt64(instruction.immediate2)))
        case .Ob, .Ov:
            add(
                .displacement, Int(instruction.addressSize),
                "offset " + hex(UInt64(bitPattern: instruction.displacement)))
        default: break
        }
    }
}

extension InstructionTable {
    /// The row that `instruction` was decoded by.
    func row(of instruction: Instruction) -> InstructionRow? {
        var entry = opcodes[InstructionTable.place(long: false, map: instruction.map, opcode: instruction.opcode)]
        if entry & InstructionTable.isGroup != 0 {
            entry = groups[Int(entry & ~InstructionTable.isGroup) &+ InstructionTable.slot(modRM: instruction.modRM)]
        }
        return entry == 0 ? nil : rows[Int(entry)]
    }
}

extension InstructionRow {
    /// ModRM.reg names a segment or control register, though there is a row for each.
    var takesSpecialRegister: Bool {
        let special: [OperandSpec] = [.Sw, .Cd, .Dd, .Td]
        return special.contains(operand0) || special.contains(operand1)
    }
}

extension OperandSpec {
    /// Taken from ModRM.reg.
    var isByReg: Bool {
        switch self {
        case .Gb, .Gw, .Gv, .Sw, .Cd, .Dd, .Td: true
        default: false
        }
    }
}

extension Instruction {
    /// Whether a segment override counts.
    var usesSegment: Bool {
        if operation == .lea { return false }
        let kinds: [OperandKind] = [operand0.kind, operand1.kind, operand2.kind]
        return kinds.contains(.memory) || kinds.contains(.stringSource)
    }
}
