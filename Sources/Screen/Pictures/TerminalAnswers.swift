/// What a terminal answers to questions about pictures.
public struct TerminalAnswers: Equatable, Sendable {
    /// Primary device attributes: they come last, so that all else is known then.
    public private(set) var isComplete = false
    /// Pixels of a cell (xterm's window report 6).
    public private(set) var cell: (width: Int, height: Int)?
    private var hasKitty = false
    private var hasSixel = false

    public init() {}

    public static func == (a: TerminalAnswers, b: TerminalAnswers) -> Bool {
        a.isComplete == b.isComplete && a.cell?.width == b.cell?.width && a.cell?.height == b.cell?.height
            && a.hasKitty == b.hasKitty && a.hasSixel == b.hasSixel
    }

    /// Cell size (CSI 16 t), kitty's graphics where the terminal takes such a sequence without printing it, then primary device
    /// attributes (CSI c).
    public static func question(term: String) -> String {
        let takesStrings = !["linux", "dumb", "ansi"].contains(term) && !term.hasPrefix("vt")
        return takesStrings ? "\u{1B}[16t" + KittyEncoder.query + "\u{1B}[c" : ""
    }

    /// The way to show pictures that the answers allow.
    public var pictures: PictureProtocol? {
        guard isComplete else { return nil }
        return hasKitty ? .kitty : hasSixel ? .sixel : nil
    }

    /// A control sequence without ESC and [: `?62;4c`, `6;20;10t`. True when it is an answer.
    public mutating func take(control text: String) -> Bool {
        guard let final = text.last else { return false }
        let numbers = text.dropLast().drop { $0 == "?" }.split(separator: ";").map { Int($0) ?? -1 }
        switch final {
        case "c" where text.hasPrefix("?"):
            // 4: sixel graphics (VT340, DA1).
            hasSixel = numbers.dropFirst().contains(4)
            isComplete = true
            return true
        case "t" where numbers.count == 3 && numbers[0] == 6:
            if (1...256).contains(numbers[1]), (1...256).contains(numbers[2]) { cell = (numbers[2], numbers[1]) }
            return true
        default: return false
        }
    }

    /// An application program command without ESC, _ and its end: `Gi=31;OK`.
    public mutating func take(command text: String) {
        if text.hasPrefix("G"), text.contains("i=31"), text.hasSuffix(";OK") { hasKitty = true }
    }
}
