import Machine

/// The text of a frame without colours: for reports and for those who search it.
public enum PlainText {
    /// Rows of a text screen, trailing blanks cut off; none for graphics and blank screens.
    public static func rows(_ frame: Frame) -> [String] {
        guard case .text(let text) = frame.content else { return [] }
        return (0..<text.rows).map { row in
            var line = ""
            for column in 0..<text.columns {
                line.append(CodePage437.character(UInt8(truncatingIfNeeded: text.cells[row * text.columns + column])))
            }
            while let last = line.last, last == " " || last == "\u{A0}" { line.removeLast() }
            return line
        }
    }
}
