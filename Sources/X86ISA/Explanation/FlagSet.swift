/// A set of EFLAGS bits, at their places in the register (SDM 1 3.4.3).
public struct FlagSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let CF = FlagSet(rawValue: 1 << 0)
    public static let PF = FlagSet(rawValue: 1 << 2)
    public static let AF = FlagSet(rawValue: 1 << 4)
    public static let ZF = FlagSet(rawValue: 1 << 6)
    public static let SF = FlagSet(rawValue: 1 << 7)
    public static let TF = FlagSet(rawValue: 1 << 8)
    public static let IF = FlagSet(rawValue: 1 << 9)
    public static let DF = FlagSet(rawValue: 1 << 10)
    public static let OF = FlagSet(rawValue: 1 << 11)
    /// Two bits
    public static let IOPL = FlagSet(rawValue: 3 << 12)
    public static let NT = FlagSet(rawValue: 1 << 14)
    public static let RF = FlagSet(rawValue: 1 << 16)
    public static let VM = FlagSet(rawValue: 1 << 17)
    public static let AC = FlagSet(rawValue: 1 << 18)
    public static let VIF = FlagSet(rawValue: 1 << 19)
    public static let VIP = FlagSet(rawValue: 1 << 20)
    public static let ID = FlagSet(rawValue: 1 << 21)

    /// The six that arithmetic writes.
    public static let status: FlagSet = [.CF, .PF, .AF, .ZF, .SF, .OF]
    public static let all: FlagSet = [
        .CF, .PF, .AF, .ZF, .SF, .TF, .IF, .DF, .OF, .IOPL, .NT, .RF, .VM, .AC, .VIF, .VIP, .ID,
    ]

    private static let namesOfBits: [(FlagSet, String)] = [
        (.ID, "ID"), (.VIP, "VIP"), (.VIF, "VIF"), (.AC, "AC"), (.VM, "VM"), (.RF, "RF"), (.NT, "NT"), (.IOPL, "IOPL"),
        (.OF, "OF"), (.DF, "DF"), (.IF, "IF"), (.TF, "TF"), (.SF, "SF"), (.ZF, "ZF"), (.AF, "AF"), (.PF, "PF"),
        (.CF, "CF"),
    ]

    /// The manuals' names, from the highest bit to the lowest.
    public var names: [String] { FlagSet.namesOfBits.filter { contains($0.0) }.map(\.1) }

    /// `OF SF ZF`, or `none`.
    public var text: String { isEmpty ? "none" : names.joined(separator: " ") }
}

/// What an instruction does with the flags (the "Flags Affected" of SDM 2A and 2B). The sets of what it writes do not overlap.
public struct FlagEffects: Hashable, Sendable {
    /// Their values count for what the instruction does.
    public var read: FlagSet = []
    /// Written by the result.
    public var modified: FlagSet = []
    public var cleared: FlagSet = []
    public var set: FlagSet = []
    /// Left with a value that the manuals do not promise.
    public var undefined: FlagSet = []
    /// What the sets cannot say, empty for nothing.
    public var note = ""

    public init(
        read: FlagSet = [], modified: FlagSet = [], cleared: FlagSet = [], set: FlagSet = [], undefined: FlagSet = [],
        note: String = ""
    ) {
        self.read = read
        self.modified = modified
        self.cleared = cleared
        self.set = set
        self.undefined = undefined
        self.note = note
    }

    public static let none = FlagEffects()

    /// All with a defined value afterwards.
    public var written: FlagSet { modified.union(cleared).union(set) }
}
