import Machine

/// How a terminal shows pictures.
public enum PictureProtocol: Equatable, Sendable {
    case sixel
    case kitty
}

/// A terminal's window: cells, and their pixels where it tells.
public struct TerminalSize: Equatable, Sendable {
    public var columns: Int
    public var rows: Int
    /// 0 where it is unknown.
    public var cellWidth: Int
    public var cellHeight: Int

    public init(columns: Int, rows: Int, cellWidth: Int = 0, cellHeight: Int = 0) {
        self.columns = max(1, columns)
        self.rows = max(1, rows)
        self.cellWidth = max(0, cellWidth)
        self.cellHeight = max(0, cellHeight)
    }

    public var knowsPixels: Bool { cellWidth > 0 && cellHeight > 0 }
}

/// Draws frames of graphics modes with the pixels that they have: only what has changed, as far as cells allow.
public struct PicturePainter {
    public let pictures: PictureProtocol
    private var shown: PixelImage?
    private var size: TerminalSize?
    /// Of kitty's pictures, which take turns so that none is seen half.
    private var number = 1

    public init(_ pictures: PictureProtocol) { self.pictures = pictures }

    /// The terminal shows something unknown.
    public mutating func forget() { shown = nil }

    /// What takes pictures away before text comes; empty where none is shown.
    public mutating func clear() -> [UInt8] {
        guard shown != nil else { return [] }
        shown = nil
        switch pictures {
        case .sixel: return Array("\u{1B}[0m\u{1B}[2J".utf8)
        case .kitty: return Array((KittyEncoder.delete(number: number) + "\u{1B}[0m\u{1B}[2J").utf8)
        }
    }

    /// The bytes that make the terminal show `frame`; empty when it does.
    public mutating func update(to frame: Frame, _ window: TerminalSize) -> [UInt8] {
        let image = PixelImage(frame)
        let isNew = shown == nil || size != window || shown?.width != image.width || shown?.height != image.height
        guard isNew || shown != image else { return [] }
        let before = isNew ? nil : shown
        shown = image
        size = window
        let opening = isNew ? Array("\u{1B}[0m\u{1B}[?25l\u{1B}[2J".utf8) : []
        switch pictures {
        case .sixel: return opening + sixels(image, before, window)
        case .kitty: return opening + kitty(image, isNew: isNew, window)
        }
    }

    private mutating func kitty(_ image: PixelImage, isNew: Bool, _ window: TerminalSize) -> [UInt8] {
        // Screens are 4 to 3, whatever their pixels; cells 1 to 2 where they do not say.
        let width = window.knowsPixels ? window.cellWidth : 1, height = window.knowsPixels ? window.cellHeight : 2
        let columns = max(1, min(window.columns, window.rows * height * 4 / 3 / width))
        let rows = max(1, min(window.rows, columns * width * 3 / 4 / height))
        let old = number
        number = 3 - number
        let picture = KittyEncoder().encode(image, number: number, columns: columns, rows: rows)
        return Array("\u{1B}[H".utf8) + picture + (isNew ? [] : Array(KittyEncoder.delete(number: old).utf8))
    }

    private func sixels(_ image: PixelImage, _ before: PixelImage?, _ window: TerminalSize) -> [UInt8] {
        guard window.knowsPixels else { return Array("\u{1B}[H".utf8) + SixelEncoder().encode(image) }
        // A picture that reaches the last row makes some terminals scroll.
        let room = (width: window.columns * window.cellWidth, height: max(1, window.rows - 1) * window.cellHeight)
        let new = image.fitted(width: room.width, height: room.height)
        guard let old = before?.fitted(width: room.width, height: room.height), old.height == new.height else {
            return Array("\u{1B}[H".utf8) + SixelEncoder().encode(new)
        }
        // From the cell row of the first line that differs to the last such line.
        guard let changed = new.changedLines(from: old) else { return [] }
        let row = changed.lowerBound / window.cellHeight
        let part = new.lines(row * window.cellHeight..<changed.upperBound)
        return Array("\u{1B}[\(row + 1);1H".utf8) + SixelEncoder().encode(part)
    }
}

extension PixelImage {
    /// As large as fits, in the proportions of its pixels: whole multiples where it is smaller than the room.
    public func fitted(width room: Int, height roomHeight: Int) -> PixelImage {
        let factor = min(room / width, roomHeight / height)
        if factor >= 1 { return factor == 1 ? self : enlarged(factor) }
        let newWidth = max(1, min(room, width * roomHeight / height))
        return reduced(width: newWidth, height: max(1, min(roomHeight, height * newWidth / width)))
    }

    private func enlarged(_ factor: Int) -> PixelImage {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.bytes.count * factor * factor)
        for y in 0..<height {
            var line: [UInt8] = []
            line.reserveCapacity(width * factor * 3)
            for place in y * width..<(y + 1) * width {
                for _ in 0..<factor { line += self.bytes[place * 3..<place * 3 + 3] }
            }
            for _ in 0..<factor { bytes += line }
        }
        return PixelImage(width: width * factor, height: height * factor, bytes: bytes)
    }

    /// Each pixel is the mean of those that it covers.
    private func reduced(width newWidth: Int, height newHeight: Int) -> PixelImage {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(newWidth * newHeight * 3)
        for y in 0..<newHeight {
            let top = y * height / newHeight, bottom = max(top + 1, (y + 1) * height / newHeight)
            for x in 0..<newWidth {
                let left = x * width / newWidth, right = max(left + 1, (x + 1) * width / newWidth)
                var sums = (red: 0, green: 0, blue: 0)
                for line in top..<bottom {
                    for column in left..<right {
                        let place = (line * width + column) * 3
                        sums.red += Int(self.bytes[place])
                        sums.green += Int(self.bytes[place + 1])
                        sums.blue += Int(self.bytes[place + 2])
                    }
                }
                let count = (bottom - top) * (right - left)
                bytes.append(UInt8(clamping: sums.red / count))
                bytes.append(UInt8(clamping: sums.green / count))
                bytes.append(UInt8(clamping: sums.blue / count))
            }
        }
        return PixelImage(width: newWidth, height: newHeight, bytes: bytes)
    }

    /// First to last line in which two pictures of one size differ; nil when they are the same.
    func changedLines(from other: PixelImage) -> Range<Int>? {
        guard width == other.width, height == other.height else { return 0..<height }
        let row = width * 3
        func differs(_ y: Int) -> Bool { bytes[y * row..<(y + 1) * row] != other.bytes[y * row..<(y + 1) * row] }
        guard let first = (0..<height).first(where: differs), let last = (0..<height).last(where: differs) else {
            return nil
        }
        return first..<last + 1
    }

    func lines(_ range: Range<Int>) -> PixelImage {
        let part = range.clamped(to: 0..<height)
        return PixelImage(
            width: width, height: part.count,
            bytes: Array(bytes[part.lowerBound * width * 3..<part.upperBound * width * 3]))
    }
}
