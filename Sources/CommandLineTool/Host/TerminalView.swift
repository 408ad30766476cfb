import Glibc
import Machine
import PCBoard
import PCDevices
import Screen

/// `-display terminal`: the guest's screen in the terminal's alternate screen, and its keys as a PS/2 keyboard's.
final class TerminalView {
    /// Nanoseconds of host time between two drawings.
    private static let drawTime: UInt64 = 33_000_000
    /// How long a message stays on the last row.
    private static let messageTime: UInt64 = 4_000_000_000
    /// After ESC, how long the rest of a key's sequence may take.
    private static let escapeTime: UInt64 = 50_000_000

    private unowned let board: PCBoard
    private let title: String?
    private let colours: TerminalPainter.Colours
    private var painter: TerminalPainter
    /// Where the terminal shows pictures.
    private var pictures: PicturePainter?
    private var decoder = TerminalKeys()
    /// Host time before which nothing is drawn: a terminal is not given more than it can show.
    private var nextDrawing: UInt64 = 0
    private var lastByte: UInt64 = 0
    private var generation: UInt64?
    private var size = TerminalSize(columns: 80, rows: 25)
    private var message: (text: String, until: UInt64)?
    private var isOpen = false

    init(board: PCBoard, title: String?) {
        self.board = board
        self.title = title
        colours = TerminalColours.ofThisTerminal()
        painter = TerminalPainter(colours: colours)
    }

    func open() {
        TerminalMode.setFarewell(TerminalPainter.closing)
        writeAll(TerminalPainter.opening(title: title ?? "lucid86"), to: STDOUT_FILENO)
        if colours != .none, !decoder.answers.isComplete {
            decoder.expectsAnswers = true
            let term = getenv("TERM").map { String(cString: $0) } ?? ""
            writeAll(TerminalAnswers.question(term: term), to: STDOUT_FILENO)
        }
        isOpen = true
        measure()
        drawAnew()
        nextDrawing = 0
    }

    /// Leaves the alternate screen; `showsLast` prints the guest's last screen into the usual one.
    func close(showsLast: Bool) {
        guard isOpen else { return }
        isOpen = false
        if let cleared = pictures?.clear() { writeAll(cleared, to: STDOUT_FILENO) }
        TerminalMode.leave()
        guard showsLast else { return }
        measure()
        let frame = board.vga.makeFrame()
        var rows = size.rows - 1
        if case .text(let text) = frame.content { rows = text.rows }
        let canvas = TerminalCanvas(frame, columns: size.columns, rows: rows, coloured: colours != .none)
        let lines = painter.lines(of: canvas)
        if !lines.isEmpty { writeAll(lines.joined(separator: "\n") + "\n", to: STDOUT_FILENO) }
    }

    private func measure() {
        var window = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 {
            size = TerminalSize(columns: Int(window.ws_col), rows: Int(window.ws_row))
            if window.ws_xpixel > 0, window.ws_ypixel > 0 {
                size.cellWidth = Int(window.ws_xpixel / window.ws_col)
                size.cellHeight = Int(window.ws_ypixel / window.ws_row)
            }
        }
        if !size.knowsPixels, let cell = decoder.answers.cell { (size.cellWidth, size.cellHeight) = cell }
    }

    private func drawAnew() {
        painter.forget()
        pictures?.forget()
        generation = nil
    }

    // MARK: Screen

    func say(_ text: String) {
        message = (text, HostClock.now() &+ Self.messageTime)
        pictures?.forget()
        generation = nil
    }

    func drawIfDue() {
        let now = HostClock.now()
        if StopSignal.takeResize() {
            measure()
            drawAnew()
        }
        if let message, now > message.until {
            self.message = nil
            // The row that it stood on is a part of the picture.
            pictures?.forget()
            generation = nil
        }
        guard generation != board.vga.generation, now >= nextDrawing else { return }
        generation = board.vga.generation
        let frame = board.vga.makeFrame()
        if !drawPicture(frame) {
            if let cleared = pictures?.clear(), !cleared.isEmpty {
                writeAll(cleared, to: STDOUT_FILENO)
                painter.forget()
            }
            var canvas = TerminalCanvas(
                frame, columns: size.columns, rows: size.rows, coloured: colours != .none)
            if let message { canvas.overlay(" " + message.text) }
            writeAll(painter.update(to: canvas), to: STDOUT_FILENO)
        }
        // A drawing that took long is followed by a longer pause.
        let took = HostClock.now() &- now
        nextDrawing = now &+ max(Self.drawTime, 4 &* min(took, 1_000_000_000))
    }

    /// False where the frame is no picture, or the terminal shows none.
    private func drawPicture(_ frame: Frame) -> Bool {
        switch frame.content {
        case .graphics, .picture: break
        case .text, .blank: return false
        }
        guard var pictures else { return false }
        let bytes = pictures.update(to: frame, size)
        self.pictures = pictures
        painter.forget()
        writeAll(bytes, to: STDOUT_FILENO)
        if let message, !bytes.isEmpty {
            writeAll("\u{1B}[\(size.rows);1H\u{1B}[0;7m \(message.text) \u{1B}[0m", to: STDOUT_FILENO)
        }
        return true
    }

    // MARK: Keys

    /// Chords of keys that the bytes mean.
    func keys(_ bytes: [UInt8]) -> [[Key]] {
        lastByte = HostClock.now()
        let chords = decoder.take(bytes)
        if decoder.expectsAnswers, decoder.answers.isComplete {
            decoder.expectsAnswers = false
            pictures = decoder.answers.pictures.map { PicturePainter($0) }
            measure()
            drawAnew()
        }
        return chords
    }

    /// Nothing came: an ESC that stood alone was the key itself.
    func inputIsQuiet() -> [[Key]] {
        guard decoder.isWaiting, HostClock.now() &- lastByte > Self.escapeTime else { return [] }
        return decoder.finish()
    }
}

/// How many colours the terminal on stdout shows, as far as the environment tells.
enum TerminalColours {
    static func ofThisTerminal() -> TerminalPainter.Colours {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return choose(noColour: variable("NO_COLOR"), colourTerm: variable("COLORTERM"), term: variable("TERM"))
    }

    static func choose(noColour: String, colourTerm: String, term: String) -> TerminalPainter.Colours {
        if !noColour.isEmpty || term == "dumb" { return .none }
        if colourTerm == "truecolor" || colourTerm == "24bit" || term.hasSuffix("-direct") { return .all }
        if term == "linux" || term == "ansi" || term.hasPrefix("vt") { return .sixteen }
        return .many
    }
}
