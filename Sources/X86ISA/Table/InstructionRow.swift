/// Code sizes in which a row is an instruction.
struct RowModes: OptionSet, Sendable {
    let rawValue: UInt8
    static var legacy: RowModes { RowModes(rawValue: 1) }
    static var long: RowModes { RowModes(rawValue: 2) }
}

/// What a row says beside its operands.
struct RowFlags: OptionSet, Sendable {
    let rawValue: UInt16
    /// LOCK may go with it when its first operand is memory (SDM 2A LOCK).
    static var lock: RowFlags { RowFlags(rawValue: 1) }
    /// Byte form: `Instruction.operandSize` is 1.
    static var byte: RowFlags { RowFlags(rawValue: 2) }
    /// Has a ModRM byte. Set by `init` where an operand or a restriction of the row needs one.
    static var modRM: RowFlags { RowFlags(rawValue: 4) }
    /// ModRM.mod is ignored and rm names a register (MOV to and from control, debug and test registers).
    static var modIgnored: RowFlags { RowFlags(rawValue: 8) }
    /// The operand size is 4 whatever the prefixes say.
    static var size32: RowFlags { RowFlags(rawValue: 16) }
    /// The low four opcode bits are a condition.
    static var condition: RowFlags { RowFlags(rawValue: 32) }
    /// The operand size is 8 by default in 64-bit mode.
    static var default64: RowFlags { RowFlags(rawValue: 64) }
}

/// A restriction on ModRM.mod.
enum ModRMForm: UInt8, Sendable {
    case any, memory, register
}

/// One line of the instruction table: an encoding, what it does, and where its operands come from.
struct InstructionRow: Sendable {
    /// 0 one-byte, 1 = 0F, 2 = 0F 38, 3 = 0F 3A.
    var map: UInt8
    /// The row stands for all opcodes `first...last`.
    var first: UInt8
    var last: UInt8
    /// ModRM.reg that the row needs, or nil.
    var reg: UInt8?
    /// ModRM.rm that the row needs, or nil.
    var rm: UInt8?
    var form: ModRMForm
    var modes: RowModes
    var operation: Operation
    var flags: RowFlags
    var operand0: OperandSpec
    var operand1: OperandSpec
    var operand2: OperandSpec

    init(
        map: UInt8 = 0, _ opcodes: ClosedRange<UInt8>, reg: UInt8? = nil, rm: UInt8? = nil, form: ModRMForm = .any,
        modes: RowModes = .legacy, _ operation: Operation, _ operand0: OperandSpec = .none,
        _ operand1: OperandSpec = .none, _ operand2: OperandSpec = .none, _ flags: RowFlags = []
    ) {
        self.map = map
        self.first = opcodes.lowerBound
        self.last = opcodes.upperBound
        self.reg = reg
        self.rm = rm
        self.form = form
        self.modes = modes
        self.operation = operation
        self.operand0 = operand0
        self.operand1 = operand1
        self.operand2 = operand2
        let hasModRM =
            operand0.needsModRM || operand1.needsModRM || operand2.needsModRM || reg != nil || rm != nil || form != .any
        self.flags = hasModRM ? flags.union(.modRM) : flags
    }

    /// A row of the one-byte map.
    init(
        _ opcode: UInt8, reg: UInt8? = nil, form: ModRMForm = .any, _ operation: Operation,
        _ operand0: OperandSpec = .none, _ operand1: OperandSpec = .none, _ operand2: OperandSpec = .none,
        _ flags: RowFlags = []
    ) {
        self.init(opcode...opcode, reg: reg, form: form, operation, operand0, operand1, operand2, flags)
    }

    /// A row of the 0F map.
    init(
        x0F opcode: UInt8, reg: UInt8? = nil, form: ModRMForm = .any, _ operation: Operation,
        _ operand0: OperandSpec = .none, _ operand1: OperandSpec = .none, _ operand2: OperandSpec = .none,
        _ flags: RowFlags = []
    ) {
        self.init(map: 1, opcode...opcode, reg: reg, form: form, operation, operand0, operand1, operand2, flags)
    }

    /// Whether the row takes a ModRM byte.
    func accepts(modRM: UInt8) -> Bool {
        if let reg, reg != (modRM >> 3) & 7 { return false }
        if let rm, rm != modRM & 7 { return false }
        switch form {
        case .any: return true
        case .memory: return modRM < 0xC0
        case .register: return modRM >= 0xC0
        }
    }
}
