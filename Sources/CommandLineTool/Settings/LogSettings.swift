/// `-d ITEM,..` and `-D FILE`.
struct LogSettings: Equatable {
    enum Item: String, CaseIterable {
        case inAsm = "in_asm"
        case interrupts = "int"
        case execution = "exec"
        case cpu
        case fpu
        case mmu
        case pcall
        case cpuReset = "cpu_reset"
        case unimplemented = "unimp"
        case guestErrors = "guest_errors"
        case noChain = "nochain"

        /// For `-d help`.
        var text: String {
            switch self {
            case .inAsm: "each instruction the first time that it runs"
            case .interrupts: "interrupts, exceptions and INT instructions"
            case .execution: "each instruction that runs"
            case .cpu: "the registers before each instruction"
            case .fpu: "floating-point registers (accepted)"
            case .mmu: "page tables (accepted; there is no paging yet)"
            case .pcall: "far transfers in protected mode (accepted; nothing is logged yet)"
            case .cpuReset: "the registers before each reset"
            case .unimplemented: "accesses to ports where nothing sits"
            case .guestErrors: "the same as unimp, for now"
            case .noChain: "accepted: instructions are logged one by one anyhow"
            }
        }

        /// Items that do nothing here, or nothing yet.
        var isSilent: Bool { [.fpu, .mmu, .pcall].contains(self) }
    }

    var items: Set<Item>
    /// Nil is stderr.
    var file: String?

    /// Nil when nothing is to be logged.
    init?(items texts: [String], file: String?) throws {
        var items: Set<Item> = []
        for text in texts.flatMap({ OptionText.parts($0) }) {
            if ["help", "?"].contains(text) { throw PrintAndEnd(text: Self.list) }
            if let item = Item(rawValue: text) {
                items.insert(item)
                continue
            }
            if ["out_asm", "op", "op_opt"].contains(text) {
                throw Failure(.usage, "-d \(text): the interpreter makes no host code; -d help lists the items")
            }
            let hint = Suggestion.nearest(to: text, in: Item.allCases.map(\.rawValue)).map { "; did you mean \($0)?" }
            throw Failure(.usage, "-d \(text): no such item\(hint ?? "; -d help lists them")")
        }
        guard !items.isEmpty else {
            if let file { throw Failure(.usage, "-D \(file): nothing is logged without -d ITEM,..") }
            return nil
        }
        self.items = items
        self.file = file
    }

    private static var list: String {
        (["Items of -d, separated by commas:"]
            + Item.allCases.map { "  " + $0.rawValue.padded(to: 14) + $0.text }).joined(separator: "\n")
    }

    /// Each instruction must be seen alone.
    var needsSteps: Bool { !items.isDisjoint(with: [.inAsm, .interrupts, .execution, .cpu]) }
}
