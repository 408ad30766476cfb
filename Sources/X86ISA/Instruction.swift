/// The default operand and address size that a code segment gives (CS.D, and CS.L in long mode; SDM 1 3.3).
public enum CodeSize: UInt8, Sendable, CaseIterable, Codable {
    case bits16 = 2
    case bits32 = 4
    case bits64 = 8
}

/// Prefixes that an instruction carried, as written (SDM 2A 2.1.1).
public struct Prefixes: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// F0
    @inlinable public static var lock: Prefixes { Prefixes(rawValue: 1) }
    /// F3 (REP, REPE)
    @inlinable public static var rep: Prefixes { Prefixes(rawValue: 2) }
    /// F2 (REPNE)
    @inlinable public static var repne: Prefixes { Prefixes(rawValue: 4) }
    /// 66 (in a VEX prefix: pp = 1, and likewise F3 and F2)
    @inlinable public static var operandSize: Prefixes { Prefixes(rawValue: 8) }
    /// 67
    @inlinable public static var addressSize: Prefixes { Prefixes(rawValue: 16) }
    /// One of 26 2E 36 3E 64 65; the last one counts and is in `Instruction.segment`. In 64-bit code 64 and 65 alone: there
    /// the others change no base and replace no 64 or 65.
    @inlinable public static var segment: Prefixes { Prefixes(rawValue: 32) }
    /// 40-4F in 64-bit mode, directly before the opcode. With it byte registers 4-7 are SPL, BPL, SIL, DIL.
    @inlinable public static var rex: Prefixes { Prefixes(rawValue: 64) }
    /// W, R, X and B of REX or VEX; the register numbers of the operands have R, X and B in them.
    @inlinable public static var rexW: Prefixes { Prefixes(rawValue: 128) }
    @inlinable public static var rexR: Prefixes { Prefixes(rawValue: 256) }
    @inlinable public static var rexX: Prefixes { Prefixes(rawValue: 512) }
    @inlinable public static var rexB: Prefixes { Prefixes(rawValue: 1024) }
}

/// Segment registers in the order of their encoding.
public enum SegmentRegister: UInt8, Sendable, CaseIterable, Codable {
    case es, cs, ss, ds, fs, gs
}

/// What an operand is. Its `number` says which register; memory and immediates are in the instruction.
public enum OperandKind: UInt8, Sendable {
    case none
    /// A general register: `number` 0-15 with `size` 1, 2, 4 or 8. Size 1 without `Prefixes.rex`: 4-7 are AH, CH, DH, BH.
    case register
    case segmentRegister
    case controlRegister
    case debugRegister
    case testRegister
    /// The memory operand (`segment`, `base`, `index`, `scale`, `displacement` of the instruction): `size` is what the
    /// instruction reads or writes there, in bytes (gathers: one element); 0 where no data of a fixed size below 256 is meant
    /// (LEA, INVLPG, FXSAVE, XSAVE ...; descriptor-table and far operands have their real size).
    case memory
    /// `Instruction.immediate`
    case immediate
    /// `Instruction.immediate2`: the level of ENTER
    case immediate2
    /// `Instruction.immediate`, sign-extended, relative to the end of the instruction
    case relative
    /// `Instruction.immediate2` : `Instruction.immediate`
    case farPointer
    /// The constant 1 of D0/D1 shifts
    case one
    /// Source of a string instruction: `segment`:[rSI], `size` bytes
    case stringSource
    /// Destination of a string instruction: ES:[rDI], `size` bytes
    case stringDestination
    /// ST(`number`), 0-7
    case x87Register
    /// `number` 0-7, `size` 8
    case mmxRegister
    /// `number` 0-15, `size` 16, however much of it a scalar instruction uses
    case xmmRegister
    /// `number` 0-15, `size` 32
    case ymmRegister
}

public struct Operand: Hashable, Sendable {
    public var kind: OperandKind
    /// In bytes.
    public var size: UInt8
    public var number: UInt8
    @inlinable public init(_ kind: OperandKind, size: UInt8 = 0, number: UInt8 = 0) {
        self.kind = kind
        self.size = size
        self.number = number
    }
    @inlinable public static var none: Operand { Operand(.none) }
}

/// A decoded instruction: plain data of a fixed size (64 bytes at most), with no reference to anything.
public struct Instruction: Hashable, Sendable {
    /// No base or index register.
    @inlinable public static var noRegister: UInt8 { 0xFF }
    /// RIP as base (64-bit mode).
    @inlinable public static var instructionPointer: UInt8 { 0xFE }

    /// Value extended to 64 bits as the instruction uses it; truncating it to the operand's size gives the operand.
    public var immediate: UInt64 = 0
    /// Sign-extended from its encoded size (32-bit moffs and 16-bit addresses as unsigned offsets where no register is added).
    public var displacement: Int64 = 0
    /// Selector of a far pointer, or the level of ENTER.
    public var immediate2: UInt16 = 0
    public var prefixes: Prefixes = []
    public var operation: Operation = .invalid
    /// In bytes, 1-15.
    public var length: UInt8 = 0
    /// Effective operand-size attribute in bytes: 2, 4 or 8 (1 for byte forms of an operation). Where 66 chooses the
    /// operation (MMX, SSE, VEX): 8 with W in 64-bit code, else 4.
    public var operandSize: UInt8 = 0
    /// Effective address-size attribute in bytes: 2, 4 or 8.
    public var addressSize: UInt8 = 0
    /// 0: a legacy encoding, or a VEX one of general registers (ANDN ...). 16 or 32: VEX, with this vector length in bytes;
    /// the bits of the destination above it are cleared. VEX has the first source in an operand of its own behind the destination.
    public var vectorLength: UInt8 = 0
    /// What the CPU must have to know the instruction; without it, #UD.
    public var feature: Feature = .i8086
    /// Low four bits of the opcode for Jcc, SETcc, CMOVcc.
    public var condition: UInt8 = 0
    /// Effective segment of the memory operand or string source: the override, else SS for (E/R)BP/(E/R)SP bases, else DS.
    public var segment: SegmentRegister = .ds
    /// General register number, `noRegister` or `instructionPointer`.
    public var base: UInt8 = Instruction.noRegister
    /// General register number or `noRegister`; with `hasVectorIndex` the number of a vector register.
    public var index: UInt8 = Instruction.noRegister
    /// Shift of the index, 0-3.
    public var scale: UInt8 = 0
    /// Opcode map: 0 one-byte, 1 = 0F, 2 = 0F 38, 3 = 0F 3A; 5, 6, 7 the latter three in VEX.
    public var map: UInt8 = 0
    public var opcode: UInt8 = 0
    public var modRM: UInt8 = 0
    public var operand0: Operand = .none
    public var operand1: Operand = .none
    public var operand2: Operand = .none
    public var operand3: Operand = .none

    @inlinable public init() {}
}

/// Why bytes are no instruction.
public enum DecodeError: UInt8, Error, Sendable {
    /// More bytes are needed (fetch the rest, or fault on the fetch).
    case truncated
    /// #UD: no such opcode, or a form that the opcode does not have (register where memory is required ...).
    case undefinedOpcode
    /// #UD: LOCK on an instruction or operand that it cannot go with.
    case lockNotAllowed
    /// #GP(0): longer than 15 bytes.
    case tooLong
}

extension Instruction {
    /// Encoded with VEX (C4 or C5).
    @inlinable public var isVEX: Bool { map > 4 }

    /// A gather: `index` is an XMM or YMM register, of `vectorIndexSize` bytes.
    @inlinable public var hasVectorIndex: Bool {
        operation.rawValue >= Operation.vgatherdps.rawValue && operation.rawValue <= Operation.vpgatherqq.rawValue
    }

    /// Width of the vector register that `index` names, in bytes: 16 or 32; 0 without `hasVectorIndex`.
    public var vectorIndexSize: UInt8 {
        switch operation {
        case .vgatherdps, .vpgatherdd, .vgatherqpd, .vpgatherqq, .vgatherqps, .vpgatherqd: vectorLength
        case .vgatherdpd, .vpgatherdq: 16
        default: 0
        }
    }

    /// An operation of the x87, or an encoding that is reserved for it: #NM where CR0.EM or CR0.TS is set.
    @inlinable public var isX87: Bool { operation.isX87 }

    /// A string instruction under REP: its iterations are ticks of their own.
    public var repeatsString: Bool {
        guard prefixes.contains(.rep) || prefixes.contains(.repne) else { return false }
        switch operation {
        case .movs, .cmps, .stos, .lods, .scas, .ins, .outs: return true
        default: return false
        }
    }
}

extension Instruction {
    /// F3 90 (SDM 2B, PAUSE).
    @inlinable public var isPause: Bool { operation == .nop && prefixes.contains(.rep) }
}
