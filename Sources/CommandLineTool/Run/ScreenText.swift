import Machine
import PCBoard
import Screen

/// The text on the guest's screen, looked at once a frame at most.
final class ScreenText {
    /// A frame of the VGA, in ticks: 70.09 Hz.
    static let frameTime: UInt64 = 14_268_000

    private unowned let board: PCBoard
    private var frameNumber: UInt64?
    private var generation: UInt64?
    private var fullRows: [String] = []
    /// What was looked for in vain, and in which version.
    private var lastMiss: (String, Int)?
    /// Counts changes of the text.
    private(set) var version = 0

    init(board: PCBoard) { self.board = board }

    /// Brings the text up to date when a new frame has begun.
    func refresh() {
        let number = board.vm.io.events.now / Self.frameTime
        guard number != frameNumber else { return }
        frameNumber = number
        guard generation != board.vga.generation else { return }
        generation = board.vga.generation
        let rows = PlainText.rows(board.vga.makeFrame(), trimmed: false)
        guard rows != fullRows else { return }
        fullRows = rows
        version += 1
    }

    /// Brings the text up to date whatever the frame.
    func refreshNow() {
        frameNumber = nil
        refresh()
    }

    /// Rows without trailing blanks.
    var rows: [String] { fullRows.map(PlainText.trimmed) }

    /// Looks for a text within a row, over the end of a row as the screen wraps it, or over line feeds.
    func contains(_ text: String) -> Bool {
        refresh()
        if let lastMiss, lastMiss == (text, version) { return false }
        let found =
            text.contains("\n") ? rows.joined(separator: "\n").contains(text) : fullRows.joined().contains(text)
        lastMiss = found ? nil : (text, version)
        return found
    }
}
