import X86ISA

/// What a run found, by name.
public struct OracleReport: Sendable {
    public struct Group: Sendable {
        public var count: Int
        /// The first case, and what it shows.
        public var first: UInt64
        public var text: String
    }

    public var compared = 0
    /// Cases of a kind that ended with a fault of the instruction.
    public var faults = 0
    public var operations: Set<Operation> = []
    /// By reason and name of the instruction.
    public var skipped: [String: [String: Int]] = [:]
    public var explained: [String: Int] = [:]
    /// By instruction and kind of difference.
    public var differences: [String: Group] = [:]

    public var isClean: Bool { differences.isEmpty }

    mutating func note(_ name: String, case number: UInt64, _ text: @autoclosure () -> String) {
        guard var group = differences[name] else {
            differences[name] = Group(count: 1, first: number, text: text())
            return
        }
        group.count += 1
        if number < group.first {
            group.first = number
            group.text = text()
        }
        differences[name] = group
    }

    mutating func add(_ other: OracleReport) {
        compared += other.compared
        faults += other.faults
        operations.formUnion(other.operations)
        skipped.merge(other.skipped) { $0.merging($1, uniquingKeysWith: +) }
        explained.merge(other.explained, uniquingKeysWith: +)
        for (name, group) in other.differences {
            guard let mine = differences[name] else {
                differences[name] = group
                continue
            }
            differences[name] = mine.first < group.first ? mine : group
            differences[name]?.count = mine.count + group.count
        }
    }

    /// Lines for a person; `again` shows one case in full.
    public func lines(again: (UInt64) -> String) -> [String] {
        var lines: [String] = []
        for (name, group) in differences.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            lines.append("DIFFERENCE \(name): \(group.count) cases")
            lines.append("  " + group.text.split(separator: "\n").prefix(3).joined(separator: "\n  "))
            lines.append("  again with: " + again(group.first))
        }
        func list(_ title: String, _ counts: [String: Int]) {
            guard !counts.isEmpty else { return }
            lines.append(title)
            for (name, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
                lines.append("  \(count)  \(name)")
            }
        }
        list("explained differences:", explained)
        if !skipped.isEmpty { lines.append("not compared:") }
        for (reason, names) in skipped.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(names.values.reduce(0, +))  \(reason): \(names.keys.sorted().joined(separator: " "))")
        }
        let unexplained = differences.values.reduce(0) { $0 + $1.count }
        lines.append(
            "\(compared) cases of \(operations.count) operations compared (\(faults) of them end in a fault), "
                + "\(unexplained) unexplained differences in \(differences.count) groups")
        return lines
    }
}
