/// Code sizes in which a row is an instruction.
struct RowModes: OptionSet, Sendable {
    let rawValue: UInt8
    /// 16- and 32-bit code
    static var legacy: RowModes { RowModes(rawValue: 1) }
    /// 64-bit code
    static var long: RowModes { RowModes(rawValue: 2) }
    static var all: RowModes { RowModes(rawValue: 3) }
}

/// Mandatory prefixes with which a row is an instruction (SDM 2A 2.1.2); of F2 and F3 the last counts, and before 66.
struct RowPrefixes: OptionSet, Sendable {
    let rawValue: UInt8
    static var none: RowPrefixes { RowPrefixes(rawValue: 1) }
    static var x66: RowPrefixes { RowPrefixes(rawValue: 2) }
    static var xF3: RowPrefixes { RowPrefixes(rawValue: 4) }
    static var xF2: RowPrefixes { RowPrefixes(rawValue: 8) }
    /// No prefix is mandatory: they keep their own meaning.
    static var any: RowPrefixes { RowPrefixes(rawValue: 15) }

    /// Bit number of the prefix that counts.
    @inline(__always) static func number(_ prefixes: Prefixes) -> Int {
        if prefixes.contains(.repne) { return 3 }
        if prefixes.contains(.rep) { return 2 }
        return prefixes.contains(.operandSize) ? 1 : 0
    }
}

/// W of REX or VEX and L of VEX with which a row is an instruction.
struct RowWidths: OptionSet, Sendable {
    let rawValue: UInt8
    static var any: RowWidths { RowWidths(rawValue: 15) }
    static var W0: RowWidths { RowWidths(rawValue: 5) }
    static var W1: RowWidths { RowWidths(rawValue: 10) }
    static var L0: RowWidths { RowWidths(rawValue: 3) }
    static var L1: RowWidths { RowWidths(rawValue: 12) }
    static var W0L0: RowWidths { RowWidths(rawValue: 1) }
    static var W1L0: RowWidths { RowWidths(rawValue: 2) }
    static var W0L1: RowWidths { RowWidths(rawValue: 4) }
    static var W1L1: RowWidths { RowWidths(rawValue: 8) }

    /// Bit number of a W and L.
    @inline(__always) static func number(w: Bool, l: Bool) -> Int { (w ? 1 : 0) &+ (l ? 2 : 0) }
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
    /// The operand size is 4, and 8 in 64-bit code, whatever the prefixes say.
    static var native: RowFlags { RowFlags(rawValue: 16) }
    /// The low four opcode bits are a condition.
    static var condition: RowFlags { RowFlags(rawValue: 32) }
    /// The operand size is 8 by default in 64-bit code, 2 with 66 (stack operations; SDM 2D A.2.5, d64).
    static var default64: RowFlags { RowFlags(rawValue: 64) }
    /// The operand size is 8 in 64-bit code; 66 is ignored (near branches; SDM 2D A.2.5, f64).
    static var force64: RowFlags { RowFlags(rawValue: 128) }
    /// The operand size is at most 4: W counts as none, and beats 66 (ports).
    static var max32: RowFlags { RowFlags(rawValue: 256) }
    /// 66 chooses the operation or is ignored; the operand size is 8 with W in 64-bit code, else 4.
    static var noOperandSize: RowFlags { RowFlags(rawValue: 512) }
    /// Has an operand in VEX.vvvv. Set by `init`; without it, vvvv must be 1111.
    static var vvvv: RowFlags { RowFlags(rawValue: 1024) }
    /// `Instruction.vectorLength` tells of VEX.L.
    static var vector: RowFlags { RowFlags(rawValue: 2048) }
    /// The address is a vector of them: ModRM.rm must be 4, and SIB.index names a vector register (SDM 2A 2.3.12).
    static var vectorIndex: RowFlags { RowFlags(rawValue: 4096) }
    /// An older CPU ignores F3 and runs the operation without it: TZCNT is BSF there, LZCNT is BSR.
    static var hidden: RowFlags { RowFlags(rawValue: 8192) }
}

/// A restriction on ModRM.mod.
enum ModRMForm: UInt8, Sendable {
    case any, memory, register
}

/// One line of the instruction table: an encoding, what it does, and where its operands come from.
struct InstructionRow: Sendable {
    /// 0 one-byte, 1 = 0F, 2 = 0F 38, 3 = 0F 3A; 5, 6, 7 the latter three in VEX.
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
    var prefixes: RowPrefixes
    var widths: RowWidths
    var feature: Feature
    var operation: Operation
    var flags: RowFlags
    var operand0: OperandSpec
    var operand1: OperandSpec
    var operand2: OperandSpec
    var operand3: OperandSpec

    init(
        map: UInt8, _ opcodes: ClosedRange<UInt8>, reg: UInt8? = nil, rm: UInt8? = nil, form: ModRMForm = .any,
        modes: RowModes = .all, prefixes: RowPrefixes = .any, widths: RowWidths = .any, feature: Feature = .i8086,
        _ operation: Operation, _ operand0: OperandSpec = .none, _ operand1: OperandSpec = .none,
        _ operand2: OperandSpec = .none, _ operand3: OperandSpec = .none, _ flags: RowFlags = []
    ) {
        self.map = map
        self.first = opcodes.lowerBound
        self.last = opcodes.upperBound
        self.reg = reg
        self.rm = rm
        self.form = form
        self.modes = modes
        self.prefixes = prefixes
        self.widths = widths
        self.feature = feature
        self.operation = operation
        self.operand0 = operand0
        self.operand1 = operand1
        self.operand2 = operand2
        self.operand3 = operand3
        var flags = flags
        if operand0.needsModRM || operand1.needsModRM || operand2.needsModRM || reg != nil || rm != nil || form != .any
        {
            flags.insert(.modRM)
        }
        if operand0.isVVVV || operand1.isVVVV || operand2.isVVVV { flags.insert(.vvvv) }
        self.flags = flags
    }

    /// A row of the one-byte map.
    init(
        _ opcode: UInt8, reg: UInt8? = nil, form: ModRMForm = .any, modes: RowModes = .all, _ operation: Operation,
        _ operand0: OperandSpec = .none, _ operand1: OperandSpec = .none, _ operand2: OperandSpec = .none,
        _ flags: RowFlags = []
    ) {
        self.init(
            map: 0, opcode...opcode, reg: reg, form: form, modes: modes, operation, operand0, operand1, operand2, .none,
            flags)
    }

    /// A row of the one-byte map for several opcodes.
    init(
        _ opcodes: ClosedRange<UInt8>, modes: RowModes = .all, _ operation: Operation, _ operand0: OperandSpec = .none,
        _ operand1: OperandSpec = .none, _ operand2: OperandSpec = .none, _ flags: RowFlags = []
    ) {
        self.init(map: 0, opcodes, modes: modes, operation, operand0, operand1, operand2, .none, flags)
    }

    /// A row of the 0F map.
    init(
        x0F opcode: UInt8, reg: UInt8? = nil, rm: UInt8? = nil, form: ModRMForm = .any, modes: RowModes = .all,
        prefixes: RowPrefixes = .any, widths: RowWidths = .any, _ operation: Operation,
        _ operand0: OperandSpec = .none, _ operand1: OperandSpec = .none, _ operand2: OperandSpec = .none,
        _ flags: RowFlags = []
    ) {
        self.init(
            map: 1, opcode...opcode, reg: reg, rm: rm, form: form, modes: modes, prefixes: prefixes, widths: widths,
            operation, operand0, operand1, operand2, .none, flags)
    }

    /// The same row, for a CPU with `feature`.
    func needing(_ feature: Feature) -> InstructionRow {
        var row = self
        row.feature = feature
        return row
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

    /// Takes any ModRM byte, or has none.
    var acceptsAll: Bool { reg == nil && rm == nil && form == .any }
}

extension [InstructionRow] {
    /// The same rows, for a CPU with `feature`.
    func needing(_ feature: Feature) -> [InstructionRow] { map { $0.needing(feature) } }
}
