import Machine

/// The text of a frame without colours: for reports and for those who search it.
public enum PlainText {
    /// Rows of a text screen, trailing blanks cut off unless told otherwise; none for graphics and blank screens.
    public static func rows(_ frame: Frame, trimmed: Bool = true) -> [String] {
        guard case .text(let text) = frame.content else { return [] }
        return (0..<max(0, text.rows)).map { row in
            var line = ""
            for column in 0..<max(0, text.columns) {
                let index = row * text.columns + column
                let cell = index < text.cells.count ? text.cells[index] : 0x20
                line.append(CodePage437.character(UInt8(truncatingIfNeeded: cell)))
            }
            return trimmed ? Self.trimmed(line) : line
        }
    }

    /// Without blanks at the end.
    public static func trimmed(_ line: String) -> String {
        var line = line[...]
        while let last = line.last, last == " " || last == "\u{A0}" { line.removeLast() }
        return String(line)
    }
}
