/// What can be said of an operation without its operands.
///
/// The sentence has places that `Explanation` fills: `{0} {1} {2}` the operands, `{address}` the memory operand without its size,
/// `{acc}` and `{d}` the accumulator and data register of the operand size, `{half}` the accumulator of half of it, `{wide}`
/// both together, `{rem}` where a remainder goes, `{e}` and `{ae}` an e or r where operand size and address size are 32 or 64,
/// `{flags}` FLAGS, EFLAGS or RFLAGS, `{segment}` that of the memory operand, `{format}` what a state image is of, `{n}` the operand size in bytes, `{by}` the count of a shift, `{if}` the condition.
public struct OperationWords: Sendable {
    public let operation: Operation
    public let sentence: String
    /// Of the form that does the most; `FlagEffects(of:)` knows the form of an instruction.
    public let flags: FlagEffects

    init(_ operation: Operation, _ sentence: String, _ flags: FlagEffects = .none) {
        self.operation = operation
        self.sentence = sentence
        self.flags = flags
    }

    /// Words of `operation`; for `invalid` those of an undefined opcode.
    public static func of(_ operation: Operation) -> OperationWords {
        let place = Int(operation.rawValue)
        return place < table.count ? table[place] : undefined
    }

    static let undefined = OperationWords(.invalid, "Raises #UD: the bytes are no instruction.")
    static let lists = [
        MovementWords.all, ArithmeticWords.all, ControlWords.all, SystemWords.all, X87Words.all, VectorWords.all,
    ]

    /// By raw value.
    private static let table: [OperationWords] = {
        var table = Array(repeating: undefined, count: Operation.allCases.count)
        for words in lists.joined() {
            let place = Int(words.operation.rawValue)
            if place < table.count { table[place] = words }
        }
        return table
    }()
}
