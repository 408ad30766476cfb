/// Values of options: numbers, and lists like `file=F,index=1`.
enum OptionText {
    /// Decimal, or hexadecimal after `0x` or before `h`.
    static func number<T: FixedWidthInteger>(_ text: String, as type: T.Type = T.self) -> T? {
        let lower = text.lowercased()
        if lower.hasPrefix("0x") { return T(lower.dropFirst(2), radix: 16) }
        if lower.hasSuffix("h") { return T(lower.dropLast(), radix: 16) }
        return T(lower)
    }

    /// Parts of a list; a comma that is written twice is one comma of a value.
    static func parts(_ text: String) -> [String] {
        var parts = [""]
        var characters = Array(text)[...]
        while let character = characters.popFirst() {
            if character != "," {
                parts[parts.count - 1].append(character)
            } else if characters.first == "," {
                characters.removeFirst()
                parts[parts.count - 1].append(",")
            } else {
                parts.append("")
            }
        }
        return parts.filter { !$0.isEmpty }
    }

    /// `key=value`, split at the first equals sign; the value is nil without one.
    static func pair(_ part: String) -> (key: String, value: String?) {
        guard let sign = part.firstIndex(of: "=") else { return (part, nil) }
        return (String(part[..<sign]), String(part[part.index(after: sign)...]))
    }
}
