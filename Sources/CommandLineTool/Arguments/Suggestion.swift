/// "Did you mean": the known word that a mistyped one is nearest to.
enum Suggestion {
    /// Nil when nothing is near: more than a third of the letters differ.
    static func nearest(to word: String, in known: [String]) -> String? {
        let wanted = Array(word.lowercased())
        let limit = max(1, (wanted.count + 1) / 3)
        var best: (word: String, distance: Int)?
        for candidate in known {
            // The number of letters settles most of them; one-letter options are near to everything.
            guard candidate.count > 1 || wanted.count <= 1 else { continue }
            let other = Array(candidate.lowercased())
            var distance = distance(wanted, other)
            if wanted.count >= 3, candidate.lowercased().hasPrefix(word.lowercased()) { distance = min(distance, 1) }
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
    static func distance(_ a: [Character], _ b: [Character]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                let change = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var value = min(rows[i - 1][j] + 1, row[j - 1] + 1, change)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    value = min(value, rows[i - 2][j - 2] + 1)
                }
                row.append(value)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
