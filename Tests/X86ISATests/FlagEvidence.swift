import X86ISA

/// Holds what `FlagEffects` says of instructions against runs of them on real CPUs.
///
/// A flag that is not named must never change, one that is cleared or set must be so, and one that is modified must be seen
/// to change, over many runs with both values behind it. Undefined flags may do what they like.
struct FlagEvidence {
    /// Forms of an operation that do the same with the flags.
    struct Form: Hashable {
        var operation: Operation
        var modified: FlagSet
    }

    private struct Seen {
        var changed: FlagSet = []
        var asOne: FlagSet = []
        var asZero: FlagSet = []
        var count = 0
        var name: String
    }

    private var forms: [Form: Seen] = [:]
    private(set) var contradictions: [String] = []
    private var known: Set<String> = []
    /// Runs that were compared.
    private(set) var count = 0
    /// The flags that the runs can tell about.
    let visible: FlagSet

    init(visible: FlagSet) { self.visible = visible }

    /// One run of `instruction`, called `name`. `exempt` flags have no meaning in this run.
    mutating func add(
        _ instruction: Instruction, _ name: String, before: FlagSet, after: FlagSet, exempt: FlagSet = []
    ) {
        let effects = FlagEffects(of: instruction)
        let flags = visible.subtracting(effects.undefined).subtracting(exempt)
        let changed = before.symmetricDifference(after).intersection(flags)
        count += 1
        note(changed.subtracting(effects.written), "changes, though nothing is said of it", instruction, name)
        note(effects.cleared.intersection(after).intersection(flags), "is not cleared", instruction, name)
        note(effects.set.subtracting(after).intersection(flags), "is not set", instruction, name)
        let modified = effects.modified.intersection(flags)
        let form = Form(operation: instruction.operation, modified: effects.modified.intersection(visible))
        var seen = forms[form] ?? Seen(name: name)
        seen.count += 1
        seen.changed.formUnion(changed)
        seen.asOne.formUnion(after.intersection(modified))
        seen.asZero.formUnion(modified.subtracting(after))
        forms[form] = seen
    }

    /// A flag that `FlagEffects` promises something of.
    mutating func note(_ flags: FlagSet, _ what: String, _ instruction: Instruction, _ name: String) {
        for flag in flags.names where known.insert("\(instruction.operation) \(flag) \(what)").inserted {
            contradictions.append("\(instruction.operation): \(flag) \(what): \(name)")
        }
    }

    /// A flag that is called modified and yet has one value alone, or could not be seen to change.
    struct Excuse {
        var operation: Operation
        var flags: FlagSet
        /// Only in forms that do not modify this one.
        var without: FlagSet = []
        var reason: String
    }

    /// Modified flags that were not seen to change or, where `bothValues` are wanted, with one value alone.
    func unseen(bothValues: Bool, excused: [Excuse]) -> [String] {
        forms.sorted { $0.value.name < $1.value.name }.flatMap { form, seen -> [String] in
            var wanted = form.modified
            for excuse in excused
            where excuse.operation == form.operation && form.modified.isDisjoint(with: excuse.without) {
                wanted.subtract(excuse.flags)
            }
            var texts = [("to change", seen.changed)]
            if bothValues { texts += [("as 1", seen.asOne), ("as 0", seen.asZero)] }
            return texts.flatMap { text, flags in
                wanted.subtracting(flags).names.map {
                    "\(form.operation): \($0) was not seen \(text) in \(seen.count) runs: \(seen.name)"
                }
            }
        }
    }

    /// The operations that were seen.
    var operations: Set<Operation> { Set(forms.keys.map(\.operation)) }
}
