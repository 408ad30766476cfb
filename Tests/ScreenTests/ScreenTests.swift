import Machine
import Testing

@testable import Screen

@Suite("Screen")
struct ScreenTests {
    static let palette: [Frame.Colour] = (0..<16).map { number in
        let low: UInt8 = number >= 8 ? 85 : 0
        func level(_ bit: Int) -> UInt8 { number & bit != 0 ? low &+ 170 : low }
        return Frame.Colour(red: level(4), green: number == 6 ? 85 : level(2), blue: level(1))
    }

    /// A glyph for each code: all scan lines are the code itself.
    static let fonts: [UInt8] = (0..<2).flatMap { _ in (0..<256).flatMap { code in (0..<32).map { _ in UInt8(code) } } }

    private func frame(
        _ text: String, columns: Int = 10, rows: Int = 3, attribute: UInt16 = 0x1F, cursor: (Int, Int)? = nil,
        blinks: Bool = true
    ) -> Frame {
        var cells = [UInt16](repeating: 0x0720, count: columns * rows)
        for (index, byte) in text.utf8.enumerated() { cells[index] = attribute << 8 | UInt16(byte) }
        return Frame(
            content: .text(
                Frame.Text(
                    columns: columns, rows: rows, cells: cells,
                    cursor: cursor.map { .init(column: $0.0, row: $0.1, scanLines: 14...15) }, palette: Self.palette,
                    blinks: blinks, cellWidth: 9, cellHeight: 16, fonts: Self.fonts)))
    }

    // MARK: Pictures

    @Test func aTextScreenIsDrawnWithItsFontAndColours() {
        let image = PixelImage(frame("A"))
        #expect(image.width == 90)
        #expect(image.height == 48)
        // 41h is 01000001: the second and the eighth dot.
        let dots = (0..<9).map { image.colour(x: $0, y: 5) == Self.palette[15] }
        #expect(dots == [false, true, false, false, false, false, false, true, false])
        #expect(image.colour(x: 0, y: 0) == Self.palette[1])
    }

    @Test func theNinthDotRepeatsTheEighthOfLineCharactersOnly() {
        func ninth(_ code: UInt8, joins: Bool = true) -> Bool {
            guard case .text(var text) = frame("x").content else { return false }
            text.cells[0] = 0x0F00 | UInt16(code)
            text.joinsLines = joins
            return PixelImage(Frame(content: .text(text))).colour(x: 8, y: 0) == Self.palette[15]
        }
        #expect(!ninth(0xBF))
        #expect(ninth(0xC1))
        #expect(!ninth(0xC0))  // its eighth dot is off
        #expect(ninth(0xDF))
        #expect(!ninth(0xE1))
        #expect(!ninth(0xC1, joins: false))
    }

    @Test func theCursorIsDrawnInItsScanLines() {
        let image = PixelImage(frame("", cursor: (2, 1)))
        #expect(image.colour(x: 18, y: 16 + 14) == Self.palette[7])
        #expect(image.colour(x: 18, y: 16 + 13) == Self.palette[0])
        #expect(image.colour(x: 17, y: 16 + 14) == Self.palette[0])
    }

    @Test func attributeBitSevenBlinksOrBrightens() {
        let blinking = TextCell(text(frame("a", attribute: 0x9F)), row: 0, column: 0)
        #expect(blinking.blinks)
        #expect(blinking.background == Self.palette[1])
        let bright = TextCell(text(frame("a", attribute: 0x9F, blinks: false)), row: 0, column: 0)
        #expect(!bright.blinks)
        #expect(bright.background == Self.palette[9])
    }

    private func text(_ frame: Frame) -> Frame.Text {
        guard case .text(let text) = frame.content else { preconditionFailure("a text frame") }
        return text
    }

    @Test func aPictureIsAPNGFileOfItsSize() throws {
        let bytes = try PNGFile.bytes(of: PixelImage(width: 300, height: 2))
        #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect(Array(bytes[16..<26]) == [0, 0, 1, 44, 0, 0, 0, 2, 8, 2])
        #expect(Array(bytes.suffix(8).prefix(4)) == Array("IEND".utf8))
    }

    // MARK: Terminal

    @Test func onlyChangedCellsAreWritten() {
        var painter = TerminalPainter(colours: .none)
        let first = painter.update(to: TerminalCanvas(frame("hello"), columns: 20, rows: 5))
        #expect(first.contains("hello"))
        #expect(painter.update(to: TerminalCanvas(frame("hello"), columns: 20, rows: 5)) == "")
        #expect(painter.update(to: TerminalCanvas(frame("hallo"), columns: 20, rows: 5)) == "\u{1B}[1;2Ha")
    }

    @Test func theCursorIsTheTerminalsOwn() {
        var painter = TerminalPainter(colours: .none)
        #expect(
            painter.update(to: TerminalCanvas(frame("x", cursor: (3, 1)), columns: 20, rows: 5)).hasSuffix(
                "\u{1B}[2;4H\u{1B}[?25h"))
        #expect(painter.update(to: TerminalCanvas(frame("x"), columns: 20, rows: 5)) == "\u{1B}[?25l")
    }

    @Test func coloursAreWrittenAsTheTerminalKnowsThem() {
        func paint(_ colours: TerminalPainter.Colours) -> String {
            var painter = TerminalPainter(colours: colours)
            return painter.update(to: TerminalCanvas(frame("x", attribute: 0x4E), columns: 20, rows: 5))
        }
        #expect(paint(.all).contains("\u{1B}[0;38;2;255;255;85;48;2;170;0;0mx"))
        #expect(paint(.many).contains("\u{1B}[0;38;5;227;48;5;124mx"))
        // Bright yellow on red.
        #expect(paint(.sixteen).contains("\u{1B}[0;93;41mx"))
        #expect(!paint(.none).contains("mx"))
    }

    @Test(arguments: 0..<16) func theSixteenColoursOfAPCAreThoseOfTheTerminal(number: Int) {
        // A PC counts blue, green, red; ECMA-48 red, green, blue.
        let expected = number & 8 | (number & 1) << 2 | number & 2 | (number & 4) >> 2
        #expect(TerminalPainter.nearestOfSixteen(Self.palette[number]) == expected)
    }

    @Test func aSmallWindowShowsThePartWithTheCursor() {
        let canvas = TerminalCanvas(frame("0123456789abcdefghij", cursor: (8, 2)), columns: 4, rows: 2)
        #expect(canvas.cursor?.column == 3)
        #expect(canvas.cursor?.row == 1)
        // Row 1 of the screen is the first that is shown; columns 5 to 8.
        #expect(String(canvas.cells.prefix(4).map(\.character)) == "fghi")
    }

    @Test func picturesBecomeHalfBlocks() {
        var pixels = [UInt8](repeating: 0, count: 320 * 200)
        for index in 0..<320 * 100 { pixels[index] = 12 }
        let graphics = Frame.Graphics(width: 320, height: 200, pixels: pixels, palette: Self.palette)
        let canvas = TerminalCanvas(Frame(content: .graphics(graphics)), columns: 80, rows: 30)
        #expect(canvas.cells[0] == .init("▀", foreground: Self.palette[12], background: Self.palette[12]))
        #expect(canvas.cells[29 * 80].foreground == Self.palette[0])
        let plain = TerminalCanvas(Frame(content: .graphics(graphics)), columns: 80, rows: 30, coloured: false)
        #expect(plain.cells[29 * 80].character == " ")
        #expect(plain.cells[0].character != " ")
    }

    @Test func aWindowOfAnySizeIsDrawn() {
        for columns in [0, 1, 2, 79, 81, 500] {
            for rows in [0, 1, 2, 24, 26, 200] {
                var painter = TerminalPainter(colours: .all)
                let canvas = TerminalCanvas(frame("hello", cursor: (4, 0)), columns: columns, rows: rows)
                #expect(!painter.update(to: canvas).isEmpty)
                let graphics = Frame.Graphics(
                    width: 320, height: 200, pixels: [UInt8](repeating: 1, count: 64000), palette: Self.palette)
                #expect(
                    !painter.update(
                        to: TerminalCanvas(Frame(content: .graphics(graphics)), columns: columns, rows: rows)
                    ).isEmpty)
            }
        }
    }
}
