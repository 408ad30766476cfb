import Machine

/// Turns canvases into what a terminal with ANSI sequences (ECMA-48) understands: only cells that have changed.
public struct TerminalPainter {
    /// How many colours the terminal shows.
    public enum Colours: Equatable, Sendable {
        case none
        case sixteen
        case many
        case all
    }

    /// Clears the alternate screen; the cursor is hidden while it is drawn.
    public static func opening(title: String?) -> String {
        let clean = title.map { String($0.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }) }
        return "\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J" + (clean.map { "\u{1B}]2;\($0)\u{7}" } ?? "")
    }

    /// Usual colours, the cursor, and the screen that was there before.
    public static let closing = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"

    private let colours: Colours
    private var shown: TerminalCanvas?
    private var style: Style?
    private var cursorIsShown = false

    private struct Style: Equatable {
        var foreground: Frame.Colour?
        var background: Frame.Colour?
        var blinks: Bool
    }

    public init(colours: Colours) { self.colours = colours }

    /// The terminal shows something unknown: the next canvas is drawn as a whole.
    public mutating func forget() {
        shown = nil
        style = nil
    }

    /// The sequence that changes what is shown to `canvas`.
    public mutating func update(to canvas: TerminalCanvas) -> String {
        guard shown != canvas else { return "" }
        var text = ""
        var before = shown
        if let last = before, last.columns != canvas.columns || last.rows != canvas.rows { before = nil }
        if before == nil { text += "\u{1B}[0m\u{1B}[2J" }
        if before == nil { style = nil }
        if cursorIsShown { text += "\u{1B}[?25l" }
        cursorIsShown = false
        // Where the terminal's cursor is known to be.
        var place: Int?
        for index in canvas.cells.indices {
            let cell = canvas.cells[index]
            if let before {
                if before.cells[index] == cell { continue }
            } else if cell == TerminalCanvas.Cell(" ") {
                continue
            }
            if place != index { text += "\u{1B}[\(index / canvas.columns + 1);\(index % canvas.columns + 1)H" }
            text += change(to: cell)
            text.append(cell.character)
            // At the end of a row terminals differ, and symbols may be two cells wide.
            let isEnd = index % canvas.columns == canvas.columns - 1
            place = isEnd || Self.mayBeWide(cell.character) ? nil : index + 1
        }
        if let cursor = canvas.cursor {
            text += "\u{1B}[\(cursor.row + 1);\(cursor.column + 1)H\u{1B}[?25h"
            cursorIsShown = true
        }
        shown = canvas
        return text
    }

    /// A canvas as lines of a usual terminal, without blank rows at its end.
    public mutating func lines(of canvas: TerminalCanvas) -> [String] {
        let black = Frame.Colour(red: 0, green: 0, blue: 0)
        func isBlank(_ cell: TerminalCanvas.Cell) -> Bool {
            cell.character == " " && (colours == .none || cell.background == nil || cell.background == black)
        }
        var lines: [String] = []
        for row in 0..<canvas.rows {
            var cells = canvas.cells[row * canvas.columns..<(row + 1) * canvas.columns]
            while let last = cells.last, isBlank(last) { cells.removeLast() }
            style = nil
            var line = ""
            for cell in cells {
                line += change(to: cell)
                line.append(cell.character)
            }
            lines.append(line + (style == nil ? "" : "\u{1B}[0m"))
        }
        style = nil
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func mayBeWide(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first?.value else { return false }
        return (0x2600...0x27BF).contains(scalar) || scalar == 0x203C || (0x2190...0x21FF).contains(scalar)
            || (0x25A0...0x25FF).contains(scalar)
    }

    private mutating func change(to cell: TerminalCanvas.Cell) -> String {
        guard colours != .none else { return "" }
        let wanted = Style(foreground: cell.foreground, background: cell.background, blinks: cell.blinks)
        guard style != wanted else { return "" }
        var codes: [String] = []
        if style == nil || style?.blinks != wanted.blinks { codes.append("0") }
        let isFresh = !codes.isEmpty
        if wanted.blinks { codes.append("5") }
        if isFresh || style?.foreground != wanted.foreground { codes += code(wanted.foreground, isBackground: false) }
        if isFresh || style?.background != wanted.background { codes += code(wanted.background, isBackground: true) }
        style = wanted
        return "\u{1B}[" + codes.joined(separator: ";") + "m"
    }

    private func code(_ colour: Frame.Colour?, isBackground: Bool) -> [String] {
        guard let colour else { return [isBackground ? "49" : "39"] }
        switch colours {
        case .none: return []
        case .all: return ["\(isBackground ? 48 : 38);2;\(colour.red);\(colour.green);\(colour.blue)"]
        case .many: return ["\(isBackground ? 48 : 38);5;\(Self.paletteIndex(colour))"]
        case .sixteen:
            let number = Self.nearestOfSixteen(colour)
            return ["\((number & 7) + (number >= 8 ? 90 : 30) + (isBackground ? 10 : 0))"]
        }
    }

    /// In xterm's 256 colours: a cube of six levels a colour from 16 on, 24 greys from 232 on.
    static func paletteIndex(_ colour: Frame.Colour) -> Int {
        let levels = [0, 95, 135, 175, 215, 255]
        func nearest(_ value: UInt8) -> Int {
            levels.indices.min { abs(levels[$0] - Int(value)) < abs(levels[$1] - Int(value)) } ?? 0
        }
        let r = nearest(colour.red), g = nearest(colour.green), b = nearest(colour.blue)
        let mean = (Int(colour.red) + Int(colour.green) + Int(colour.blue)) / 3
        let grey = min(max((mean - 3) / 10, 0), 23)
        func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
            let red = r - Int(colour.red), green = g - Int(colour.green), blue = b - Int(colour.blue)
            return red * red + green * green + blue * blue
        }
        let shade = 8 + grey * 10
        if distance(shade, shade, shade) < distance(levels[r], levels[g], levels[b]) { return 232 + grey }
        return 16 + r * 36 + g * 6 + b
    }

    /// In ECMA-48's order: bit 0 red, 1 green, 2 blue, 3 bright.
    static func nearestOfSixteen(_ colour: Frame.Colour) -> Int {
        func distance(_ number: Int) -> Int {
            let low = number >= 8 ? 85 : 0, high = number >= 8 ? 255 : 170
            func part(_ bit: Int, _ value: UInt8) -> Int {
                var level = number & bit != 0 ? high : low
                // Dark yellow is brown on a PC.
                if number == 3, bit == 2 { level = 85 }
                return (level - Int(value)) * (level - Int(value))
            }
            return part(1, colour.red) + part(2, colour.green) + part(4, colour.blue)
        }
        return (0..<16).min { distance($0) < distance($1) } ?? 7
    }
}
