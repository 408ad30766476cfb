import Machine

/// What stands in the cells of a terminal window.
public struct TerminalCanvas: Equatable, Sendable {
    public struct Cell: Equatable, Sendable {
        public var character: Character
        /// Nil is the terminal's own colour.
        public var foreground: Frame.Colour?
        public var background: Frame.Colour?
        public var blinks = false

        public init(
            _ character: Character, foreground: Frame.Colour? = nil, background: Frame.Colour? = nil,
            blinks: Bool = false
        ) {
            self.character = character
            self.foreground = foreground
            self.background = background
            self.blinks = blinks
        }
    }

    public private(set) var columns: Int
    public private(set) var rows: Int
    /// Row by row.
    public private(set) var cells: [Cell]
    /// Where the cursor stands; nil when it is hidden.
    public private(set) var cursor: (column: Int, row: Int)?

    public static func == (a: TerminalCanvas, b: TerminalCanvas) -> Bool {
        a.columns == b.columns && a.rows == b.rows && a.cells == b.cells && a.cursor?.column == b.cursor?.column
            && a.cursor?.row == b.cursor?.row
    }

    /// An empty window; sizes are at least 1.
    public init(columns: Int, rows: Int) {
        self.columns = max(1, columns)
        self.rows = max(1, rows)
        cells = [Cell](repeating: Cell(" "), count: self.columns * self.rows)
    }

    /// A frame in a window of that many cells. Of a text screen that does not fit, the part with the cursor is shown;
    /// pictures are scaled to the window, two pixels in a cell. `coloured` false draws pictures as shades.
    public init(_ frame: Frame, columns: Int, rows: Int, coloured: Bool = true) {
        self.init(columns: columns, rows: rows)
        switch frame.content {
        case .blank: break
        case .text(let text): place(text)
        case .graphics, .picture: place(PixelImage(frame), coloured: coloured)
        }
    }

    private mutating func place(_ text: Frame.Text) {
        /// First cell to show of `total`, when `visible` are shown and `wanted` must be among them.
        func offset(_ wanted: Int, visible: Int, total: Int) -> Int {
            max(0, min(wanted - visible + 1, total - visible))
        }
        let top = offset(text.cursor?.row ?? 0, visible: rows, total: text.rows)
        let left = offset(text.cursor?.column ?? 0, visible: columns, total: text.columns)
        for row in 0..<min(rows, text.rows - top) {
            for column in 0..<min(columns, text.columns - left) {
                let cell = TextCell(text, row: top + row, column: left + column)
                var character = CodePage437.character(cell.code)
                if character == "\u{A0}" { character = " " }
                cells[row * columns + column] = Cell(
                    character, foreground: cell.foreground, background: cell.background, blinks: cell.blinks)
            }
        }
        if let place = text.cursor, place.row - top < rows, place.column - left < columns {
            cursor = (place.column - left, place.row - top)
        }
    }

    /// Half blocks: the upper half is the foreground. Screens are 4 to 3 whatever their pixels, cells 1 to 2.
    private mutating func place(_ image: PixelImage, coloured: Bool) {
        let width = max(1, min(columns, rows * 2 * 4 / 3)), height = max(2, width * 3 / 4)
        for row in 0..<min(rows, height / 2) {
            for column in 0..<width {
                func average(_ line: Int) -> Frame.Colour {
                    Self.average(
                        image, x: column * image.width / width..<max(1, (column + 1) * image.width / width),
                        y: line * image.height / height..<(line + 1) * image.height / height)
                }
                let upper = average(row * 2), lower = average(row * 2 + 1)
                if coloured {
                    cells[row * columns + column] = Cell("▀", foreground: upper, background: lower)
                } else {
                    let shades = Array(" ░▒▓█")
                    let light = (Self.brightness(upper) + Self.brightness(lower)) / 2
                    cells[row * columns + column] = Cell(shades[min(4, light * 5 / 256)])
                }
            }
        }
    }

    private static func average(_ image: PixelImage, x: Range<Int>, y: Range<Int>) -> Frame.Colour {
        var red = 0, green = 0, blue = 0, count = 0
        for line in y.isEmpty ? y.lowerBound..<y.lowerBound + 1 : y {
            for column in x.isEmpty ? x.lowerBound..<x.lowerBound + 1 : x {
                let colour = image.colour(x: column, y: line)
                red += Int(colour.red)
                green += Int(colour.green)
                blue += Int(colour.blue)
                count += 1
            }
        }
        return Frame.Colour(
            red: UInt8(clamping: red / count), green: UInt8(clamping: green / count),
            blue: UInt8(clamping: blue / count))
    }

    /// 0-255 (Rec. 601 weights).
    private static func brightness(_ colour: Frame.Colour) -> Int {
        (Int(colour.red) * 299 + Int(colour.green) * 587 + Int(colour.blue) * 114) / 1000
    }

    /// Writes a line of text over the last row.
    public mutating func overlay(_ text: String) {
        for (column, character) in text.padded(to: columns).prefix(columns).enumerated() {
            cells[(rows - 1) * columns + column] = Cell(
                character, foreground: Frame.Colour(red: 0, green: 0, blue: 0),
                background: Frame.Colour(red: 170, green: 170, blue: 170))
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
