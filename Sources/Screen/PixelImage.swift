import Machine

/// A picture: rows of red, green and blue bytes.
public struct PixelImage: Equatable, Sendable {
    public private(set) var width: Int
    public private(set) var height: Int
    /// `width * height * 3` bytes.
    public private(set) var bytes: [UInt8]

    /// A picture of these bytes, `width * height * 3`; black where there are fewer.
    init(width: Int, height: Int, bytes: [UInt8]) {
        self.init(width: width, height: height)
        if bytes.count == self.bytes.count { self.bytes = bytes }
    }

    /// A black picture; sizes are at least 1.
    public init(width: Int, height: Int) {
        self.width = max(1, width)
        self.height = max(1, height)
        bytes = [UInt8](repeating: 0, count: self.width * self.height * 3)
    }

    /// What the screen shows. A blank screen is black, as large as the usual text mode.
    public init(_ frame: Frame) {
        switch frame.content {
        case .blank: self.init(width: 720, height: 400)
        case .graphics(let graphics):
            self.init(width: graphics.width, height: graphics.height)
            for (place, index) in graphics.pixels.prefix(width * height).enumerated() {
                guard Int(index) < graphics.palette.count else { continue }
                set(place, graphics.palette[Int(index)])
            }
        case .picture(let picture):
            self.init(width: picture.width, height: picture.height)
            if picture.bytes.count == bytes.count { bytes = picture.bytes }
        case .text(let text):
            self.init(width: text.columns * text.cellWidth, height: text.rows * text.cellHeight)
            draw(text)
            if text.scrollX > 0 || text.scrollY > 0 { scroll(text) }
        }
    }

    /// Cuts out what smooth scrolling leaves visible.
    private mutating func scroll(_ text: Frame.Text) {
        let whole = self
        self = PixelImage(
            width: width - (text.scrollX > 0 ? text.cellWidth : 0),
            height: height - (text.scrollY > 0 ? text.cellHeight : 0))
        for y in 0..<height {
            for x in 0..<width { set(y * width + x, whole.colour(x: x + text.scrollX, y: y + text.scrollY)) }
        }
    }

    private mutating func set(_ place: Int, _ colour: Frame.Colour) {
        bytes[place * 3] = colour.red
        bytes[place * 3 + 1] = colour.green
        bytes[place * 3 + 2] = colour.blue
    }

    public func colour(x: Int, y: Int) -> Frame.Colour {
        let place = (min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)) * 3
        return Frame.Colour(red: bytes[place], green: bytes[place + 1], blue: bytes[place + 2])
    }

    /// Blinking characters and the cursor are in their visible half.
    private mutating func draw(_ text: Frame.Text) {
        for row in 0..<text.rows {
            for column in 0..<text.columns {
                draw(TextCell(text, row: row, column: column), of: text, row: row, column: column)
            }
        }
        guard let cursor = text.cursor else { return }
        let colour = TextCell(text, row: cursor.row, column: cursor.column).foreground
        for line in cursor.scanLines where line < text.cellHeight {
            let start = (cursor.row * text.cellHeight + line) * width + cursor.column * text.cellWidth
            for x in 0..<text.cellWidth { set(start + x, colour) }
        }
    }

    private mutating func draw(_ cell: TextCell, of text: Frame.Text, row: Int, column: Int) {
        for line in 0..<text.cellHeight {
            let glyph = cell.font * 8192 + Int(cell.code) * 32 + line
            let bits = glyph < text.fonts.count ? text.fonts[glyph] : 0
            let start = (row * text.cellHeight + line) * width + column * text.cellWidth
            for x in 0..<text.cellWidth {
                let isSet =
                    x < 8
                    ? bits & (0x80 >> UInt8(x)) != 0
                    : text.joinsLines && (0xC0...0xDF).contains(cell.code) && bits & 1 != 0
                set(start + x, isSet ? cell.foreground : cell.background)
            }
        }
    }
}

/// A character with its attribute's meaning.
struct TextCell: Equatable {
    var code: UInt8
    var foreground: Frame.Colour
    var background: Frame.Colour
    var blinks: Bool
    /// Which of the two character generators.
    var font: Int

    init(_ text: Frame.Text, row: Int, column: Int) {
        let place = row * text.columns + column
        let cell = text.cells.indices.contains(place) ? text.cells[place] : 0x0720
        func colour(_ number: UInt8) -> Frame.Colour {
            let index = Int(number)
            return text.palette.indices.contains(index)
                ? text.palette[index] : Frame.Colour(red: 0, green: 0, blue: 0)
        }
        let attribute = UInt8(truncatingIfNeeded: cell >> 8)
        code = UInt8(truncatingIfNeeded: cell)
        foreground = colour(attribute & 15)
        background = colour(text.blinks ? attribute >> 4 & 7 : attribute >> 4)
        blinks = text.blinks && attribute & 0x80 != 0
        font = Int(attribute >> 3 & 1)
    }
}
