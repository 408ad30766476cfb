/// What the video adapter shows at one moment: made by the VGA, drawn or hashed by whoever shows it.
public struct Frame: Equatable, Sendable {
    public struct Colour: Hashable, Sendable {
        public var red: UInt8
        public var green: UInt8
        public var blue: UInt8
        @inlinable public init(red: UInt8, green: UInt8, blue: UInt8) {
            self.red = red
            self.green = green
            self.blue = blue
        }
    }

    /// Character cells of a text mode.
    public struct Text: Equatable, Sendable {
        public struct Cursor: Equatable, Sendable {
            public var column: Int
            public var row: Int
            /// First and last scan line within the cell.
            public var scanLines: ClosedRange<Int>
            public init(column: Int, row: Int, scanLines: ClosedRange<Int>) {
                self.column = column
                self.row = row
                self.scanLines = scanLines
            }
        }

        public var columns: Int
        public var rows: Int
        /// Row by row; low byte character (CP437), high byte attribute.
        public var cells: [UInt16]
        /// Nil when the cursor is off or outside of the screen.
        public var cursor: Cursor?
        /// The sixteen colours that attributes mean now.
        public var palette: [Colour]
        /// Attribute bit 7 blinks (true) or brightens the background (false).
        public var blinks: Bool
        /// 8 or 9 pixels.
        public var cellWidth: Int
        /// 1-32 pixels.
        public var cellHeight: Int
        /// Two character generators of 256 glyphs of 32 bytes each: the one for attribute bit 3 = 0, then for 1.
        public var fonts: [UInt8]
        /// Dots and lines by which smooth scrolling shifts the picture to the left and up: 0 but for guests that do
        /// so. The column or row that comes in is one of those in `cells` then.
        public var scrollX: Int
        public var scrollY: Int
        /// The ninth dot of characters C0h-DFh repeats their eighth, so that lines meet (attribute mode control bit 2).
        public var joinsLines: Bool
        public init(
            columns: Int, rows: Int, cells: [UInt16], cursor: Cursor?, palette: [Colour], blinks: Bool, cellWidth: Int,
            cellHeight: Int, fonts: [UInt8], scrollX: Int = 0, scrollY: Int = 0, joinsLines: Bool = true
        ) {
            self.columns = columns
            self.rows = rows
            self.cells = cells
            self.cursor = cursor
            self.palette = palette
            self.blinks = blinks
            self.cellWidth = cellWidth
            self.cellHeight = cellHeight
            self.fonts = fonts
            self.scrollX = scrollX
            self.scrollY = scrollY
            self.joinsLines = joinsLines
        }
    }

    /// Pixels of a graphics mode, row by row, as indices into a palette of 256 colours.
    public struct Graphics: Equatable, Sendable {
        public var width: Int
        public var height: Int
        public var pixels: [UInt8]
        public var palette: [Colour]
        public init(width: Int, height: Int, pixels: [UInt8], palette: [Colour]) {
            self.width = width
            self.height = height
            self.pixels = pixels
            self.palette = palette
        }
    }

    /// Pixels of a mode without a palette.
    public struct Picture: Equatable, Sendable {
        public var width: Int
        public var height: Int
        /// Red, green and blue of each pixel, row by row.
        public var bytes: [UInt8]
        public init(width: Int, height: Int, bytes: [UInt8]) {
            self.width = width
            self.height = height
            self.bytes = bytes
        }
    }

    public enum Content: Equatable, Sendable {
        /// Screen off or in a state that shows nothing.
        case blank
        case text(Text)
        case graphics(Graphics)
        case picture(Picture)
    }

    public var content: Content
    @inlinable public init(content: Content) { self.content = content }
}
