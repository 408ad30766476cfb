extension Operation {
    /// The name in Intel syntax, in lower case; `j`, `set` and `cmov` without their condition, and `esc` for reserved x87 escapes.
    /// Sizes are not in it (CBW is also CWDE, CWD also CDQ, JCXZ also JECXZ), nor the v of a VEX form of a legacy operation.
    public var mnemonic: String {
        let place = Int(rawValue)
        return place < Operation.names.count ? Operation.names[place] : "(bad)"
    }

    /// By raw value.
    private static let names: [String] = allCases.map { $0.specialName ?? "\($0)" }

    /// Where it is not that of the case.
    private var specialName: String? {
        switch self {
        case .invalid: "(bad)"
        case .movSegmentStore, .movSegmentLoad, .movControlStore, .movControlLoad, .movDebugStore, .movDebugLoad,
            .movTestStore, .movTestLoad:
            "mov"
        case .pushSegment: "push"
        case .popSegment: "pop"
        case .imul2, .imul3: "imul"
        case .sal: "shl"
        case .setcc: "set"
        case .jcc: "j"
        case .cmovcc: "cmov"
        case .jmpIndirect, .jmpFar: "jmp"
        case .callIndirect, .callFar: "call"
        case .retFar: "retf"
        case .wait: "fwait"
        case .escape: "esc"
        case .movsdScalar: "movsd"
        case .cmpsdScalar: "cmpsd"
        case .fneni: "fneni(8087 only)"
        case .fndisi: "fndisi(8087 only)"
        case .fnsetpm: "fnsetpm(287 only)"
        default: nil
        }
    }
}

/// Names of the sixteen conditions of Jcc and SETcc, by the low four bits of the opcode (SDM 1 appendix B).
enum Conditions {
    static let names = ["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"]

    static func name(_ condition: UInt8) -> String { names[Int(condition & 15)] }
}
