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
        let row = InstructionTable.shared.row(of: instruction, codeSize: codeSize)
        let flags = row?.flags ?? []
        if flags.contains(.modRM) { addModRM(isMemory: instruction.modRM < 0xC0 && !flags.contains(.modIgnored)) }
        guard let row else { return }
        for spec in [row.operand0, row.operand1, row.operand2, row.operand3] { addImmediate(spec) }
    }

    private mutating func addPrefixes() {
        let list = PrefixList(bytes, codeSize).bytes
        for (place, byte) in list.enumerated() {
            let later = list[(place + 1)...]
            let isLast: Bool
            switch byte {
            case 0xF2, 0xF3: isLast = !later.contains { $0 == 0xF2 || $0 == 0xF3 }
            case 0x66, 0x67, 0xF0: isLast = !later.contains(byte)
            case 0x40...0x4F: isLast = later.isEmpty
            default: isLast = !later.contains { PrefixList.isSegment($0) }
            }
            add(.prefix, 1, isLast ? text(ofPrefix: byte) : "no effect: a later prefix of its kind counts")
        }
    }

    private func text(ofPrefix byte: UInt8) -> String {
        let other = codeSize == .bits16 ? 32 : 16
        let number = [0x66, 0xF3, 0xF2].firstIndex(of: byte).map { $0 + 1 }
        if let row = InstructionTable.shared.row(of: instruction, codeSize: codeSize), let number,
            !row.prefixes.contains(.none), number == RowPrefixes.number(instruction.prefixes)
        {
            return "part of the opcode"
        }
        switch byte {
        case 0x66:
            let isUsed = codeSize != .bits64 || instruction.operandSize == 2
            return isUsed ? "operand size \(other) bits" : "operand size, without effect here"
        case 0x67: return "address size \(codeSize == .bits64 ? 32 : other) bits"
        case 0x40...0x4F:
            let bits = [(8, "W"), (4, "R"), (2, "X"), (1, "B")].filter { Int(byte) & $0.0 != 0 }.map(\.1)
            return "REX" + (bits.isEmpty ? "" : ", with " + bits.joined(separator: " "))
        case 0xF0: return "LOCK: the memory access is atomic"
        case 0xF2, 0xF3:
            guard instruction.isRepeated else { return "REP\(byte == 0xF2 ? "NE" : ""), without effect here" }
            switch instruction.operation {
            case .cmps, .scas: return byte == 0xF2 ? "REPNE: repeat while not equal" : "REPE: repeat while equal"
            default: return "REP: repeat"
            }
        default:
            let name = PrefixList.name(byte, codeSize: codeSize)
            if codeSize == .bits64, byte < 0x64 { return "segment \(name), without effect in 64-bit code" }
            return instruction.usesSegment ? "segment \(name)" : "segment \(name), without effect here"
        }
    }

    private mutating func addOpcode() {
        if instruction.isVEX {
            let isLong = position < bytes.count && bytes[position] == 0xC4
            let length = instruction.vectorLength == 0 ? "" : ", vectors of \(instruction.vectorLength) bytes"
            add(.prefix, isLong ? 3 : 2, "VEX, map \(instruction.map - 4)\(length)")
        }
        let count = instruction.isVEX ? 1 : instruction.map == 0 ? 1 : instruction.map == 1 ? 2 : 3
        let name = instruction.operation.mnemonic
        let row = InstructionTable.shared.row(of: instruction, codeSize: codeSize)
        var text = name
        if let row {
            if row.flags.contains(.condition) {
                text = name + Conditions.name(instruction.condition) + ": condition \(instruction.opcode & 15)"
            } else if row.operand0 == .Zb || row.operand0 == .Zv {
                let register = RegisterNames.name(
                    of: instruction.operand0, hasREX: instruction.prefixes.contains(.rex))
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
        let row = InstructionTable.shared.row(of: instruction, codeSize: codeSize)
        var regText = ""
        if let row {
            if row.reg != nil, !row.takesSpecialRegister {
                regText = instruction.operation.mnemonic
            } else {
                for (spec, operand) in zip(
                    [row.operand0, row.operand1], [instruction.operand0, instruction.operand1]) where spec.isByReg
                {
                    regText = RegisterNames.name(of: operand, hasREX: instruction.prefixes.contains(.rex))
                }
            }
        }
        let rmText: String
        if isMemory {
            let is32 = instruction.addressSize != 2
            if is32, rm == 4 {
                rmText = "SIB follows"
            } else if mod == 0, rm == (is32 ? 5 : 6) {
                rmText =
                    (instruction.base == Instruction.instructionPointer ? "rip+" : "") + (is32 ? "disp32" : "disp16")
            } else {
                let base = RegisterNames.general(instruction.base, size: instruction.addressSize)
                let index =
                    instruction.index == Instruction.noRegister
                    ? "" : "+" + RegisterNames.general(instruction.index, size: instruction.addressSize)
                rmText = base + index + (mod == 1 ? "+disp8" : mod == 2 ? (is32 ? "+disp32" : "+disp16") : "")
            }
        } else if let row {
            var name = ""
            for (spec, operand) in zip([row.operand0, row.operand1], [instruction.operand0, instruction.operand1])
            where spec.needsModRM && !spec.isByReg {
                name = RegisterNames.name(of: operand, hasREX: instruction.prefixes.contains(.rex))
            }
            rmText = name
        } else {
            rmText = ""
        }
        add(
            .modRM, 1,
            "mod \(Self.binary(mod, 2)), reg \(Self.binary(reg, 3))" + (regText.isEmpty ? "" : " (\(regText))")
                + ", rm \(Self.binary(rm, 3))" + (rmText.isEmpty ? "" : " (\(rmText))"))
        guard isMemory else { return }
        addAddress(mod: mod, rm: rm)
    }

    private mutating func addAddress(mod: UInt8, rm: UInt8) {
        let is32 = instruction.addressSize != 2
        var hasAbsolute = mod == 0 && rm == (is32 ? 5 : 6)
        if is32, rm == 4, position < bytes.count {
            let sib = bytes[position]
            let base = sib & 7, index = (sib >> 3) & 7, size = instruction.addressSize
            hasAbsolute = mod == 0 && base == 5
            let indexText =
                instruction.index == Instruction.noRegister
                ? "none"
                : instruction.hasVectorIndex
                    ? (instruction.vectorIndexSize == 32 ? "ymm" : "xmm") + "\(instruction.index)"
                    : RegisterNames.general(instruction.index, size: size)
            let baseText = hasAbsolute ? "none, disp32" : RegisterNames.general(instruction.base, size: size)
            add(
                .sib, 1,
                "scale \(Self.binary(sib >> 6, 2)) (times \(1 << Int(sib >> 6))), index \(Self.binary(index, 3)) "
                    + "(\(indexText)), base \(Self.binary(base, 3)) (\(baseText))")
        }
        let count = mod == 1 ? 1 : mod == 2 || hasAbsolute ? (is32 ? 4 : 2) : 0
        let value = instruction.displacement
        add(
            .displacement, count,
            hasAbsolute
                ? hex(UInt64(bitPattern: value) & (instruction.addressSize == 8 ? .max : is32 ? 0xFFFF_FFFF : 0xFFFF))
                : signedHex(value))
    }

    private mutating func addImmediate(_ spec: OperandSpec) {
        let isForced =
            InstructionTable.shared.row(of: instruction, codeSize: codeSize)?.flags.contains(.force64) ?? false
        let isWord =
            codeSize == .bits64
            ? instruction.prefixes.contains(.operandSize) && !instruction.prefixes.contains(.rexW) && !isForced
            : instruction.prefixes.contains(.operandSize) == (codeSize == .bits32)
        let size = isWord ? 2 : 4
        let value = instruction.immediate
        switch spec {
        case .Ib: add(.immediate, 1, hex(value & 0xFF))
        case .Ibs:
            add(.immediate, 1, signedHex(Int64(bitPattern: value)) + ", extended with its sign")
        case .Iw: add(.immediate, 2, hex(value & 0xFFFF))
        case .Iz, .Izs: add(.immediate, size, hex(value & (isWord ? 0xFFFF : 0xFFFF_FFFF)))
        case .Iv:
            let wide = instruction.operandSize == 8 ? 8 : size
            add(.immediate, wide, hex(wide == 8 ? value : value & (isWord ? 0xFFFF : 0xFFFF_FFFF)))
        case .Lx: add(.immediate, 1, "register in the upper half: " + RegisterNames.name(of: instruction.operand3))
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
    func row(of instruction: Instruction, codeSize: CodeSize) -> InstructionRow? {
        let number = rowNumber(of: instruction, codeSize: codeSize)
        return number == 0 ? nil : rows[number]
    }

    /// Its number, 0 for none.
    func rowNumber(of instruction: Instruction, codeSize: CodeSize) -> Int {
        let isLong = codeSize == .bits64
        var opcode = instruction.opcode
        if instruction.map == 0, opcode == 0x90, instruction.prefixes.contains(.rexB) { opcode += 1 }
        var entry = opcodes[InstructionTable.place(long: isLong, map: instruction.map, opcode: opcode)]
        if entry & InstructionTable.kind == InstructionTable.isPrefixChoice {
            let isHidden = instruction.operation == .bsf || instruction.operation == .bsr
            entry = self.entry(entry, isHidden ? 0 : RowPrefixes.number(instruction.prefixes))
        }
        if entry & InstructionTable.kind == InstructionTable.isWidthChoice {
            let widths = RowWidths.number(
                w: instruction.prefixes.contains(.rexW), l: instruction.vectorLength == 32)
            entry = self.entry(entry, widths)
        }
        if entry & InstructionTable.kind == InstructionTable.isGroup {
            entry = self.entry(entry, InstructionTable.slot(modRM: instruction.modRM))
        }
        return Int(entry)
    }
}

extension InstructionRow {
    /// ModRM.reg names a segment or control register, though there is a row for each.
    var takesSpecialRegister: Bool {
        let special: [OperandSpec] = [.Sw, .Cr, .Dr, .Td]
        return special.contains(operand0) || special.contains(operand1)
    }
}

extension OperandSpec {
    /// Taken from ModRM.reg.
    var isByReg: Bool {
        switch self {
        case .Gb, .Gw, .Gd, .Gv, .Gy, .Gr, .Sw, .Cr, .Dr, .Td, .Pq, .Vx, .Vo: true
        default: false
        }
    }
}

extension Instruction {
    /// Whether a segment override counts.
    var usesSegment: Bool {
        if operation == .lea || operation == .nop { return false }
        if operation == .maskmovq || operation == .maskmovdqu || operation == .monitor { return true }
        let kinds: [OperandKind] = [operand0.kind, operand1.kind, operand2.kind, operand3.kind]
        return kinds.contains(.memory) || kinds.contains(.stringSource)
    }
}
