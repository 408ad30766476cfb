import Machine
import PCBoard
import PCDevices

/// Types on the PS/2 keyboard so that no key is lost, however slow the guest is: a key moves only when all scan codes
/// before it were read from port 60h, at most every 20 ms of guest time, and not while the BIOS's ring is nearly full.
final class Typist {
    /// Guest time between the starts of two keys.
    static let keyTime: UInt64 = 20_000_000
    /// The keyboard is ready for so long before the first key: POST resets it and flushes what it sent.
    static let settleTime: UInt64 = 20_000_000
    /// Longest time that a full ring holds a key back: a guest without the BIOS has other things there.
    static let ringTime: UInt64 = 2_000_000_000
    /// Keys in the BIOS's ring beyond which it holds back.
    static let ringLimit = 8

    private enum Move: Equatable {
        case press(Key)
        case release(Key)
    }

    private unowned let board: PCBoard
    private let screen: ScreenText
    private var steps: [KeyScript.Step] = []
    private var position = 0
    /// What is left of the chord that is being typed.
    private var moves: [Move] = []
    private var lastKey: UInt64?
    private var readySince: UInt64?
    private var heldSince: UInt64?
    private var lastLook: UInt64?
    /// Chords whose keys have all gone down.
    private(set) var typed = 0

    init(board: PCBoard, screen: ScreenText, script: KeyScript? = nil) {
        self.board = board
        self.screen = screen
        if let script { steps = script.steps }
    }

    /// Keys of a person: behind all others.
    func add(_ chord: [Key]) {
        if position > 4096 {
            steps.removeFirst(position)
            position = 0
        }
        steps.append(.chord(chord))
    }

    /// Keys that the debugger was told to type: behind all others.
    func add(_ script: KeyScript) { steps += script.steps }

    var isDone: Bool { position >= steps.count && moves.isEmpty }

    /// The text that the script waits for.
    var waitingFor: String? {
        guard moves.isEmpty, position < steps.count, case .waitFor(let text) = steps[position] else { return nil }
        return text
    }

    /// Chords that are not typed yet.
    var left: Int {
        let isHalfDown = if case .press = moves.first { true } else { false }
        return (isHalfDown ? 1 : 0)
            + steps[min(position, steps.count)...].count { if case .chord = $0 { true } else { false } }
    }

    /// Called often, at points of guest time that do not depend on the host.
    func look() {
        guard !isDone else { return }
        let now = board.vm.io.events.now
        if moves.isEmpty, case .waitFor(let text) = steps[position] {
            guard screen.contains(text) else { return }
            position += 1
            return
        }
        guard keyboardIsReady(now), board.keyboardController.scanBytesPending == 0 else { return }
        if moves.isEmpty {
            if let lastKey, now &- lastKey < Self.keyTime { return }
            guard !ringHolds(now), case .chord(let keys) = steps[position] else { return }
            position += 1
            moves = keys.map { .press($0) } + keys.reversed().map { .release($0) }
            lastKey = now
        }
        guard let move = moves.first else { return }
        moves.removeFirst()
        let bytes =
            switch move {
            case .press(let key): PS2Keyboard.logBytes(key, isDown: true)
            case .release(let key): PS2Keyboard.logBytes(key, isDown: false)
            }
        board.vm.io.input.deliver(bytes, to: board.keyboard.name, at: now)
        if case .press = move, case .release = moves.first { typed += 1 }
    }

    /// The interface is on and the keyboard scans, and both have been so for a while.
    private func keyboardIsReady(_ now: UInt64) -> Bool {
        // Bit 4 of the command byte switches the interface off.
        guard board.keyboardController.state.commandByte & 0x10 == 0, board.keyboard.takesKeys else {
            readySince = nil
            return false
        }
        let since = readySince ?? now
        readySince = since
        return now &- since >= Self.settleTime
    }

    /// The BIOS's ring (head at 0:41Ah, tail at 0:41Ch, bounds at 0:480h and 0:482h) holds more than eight keys.
    private func ringHolds(_ now: UInt64) -> Bool {
        func word(_ address: UInt64) -> Int {
            let bytes = board.vm.memory.peek(address, count: 2)
            return Int(bytes[0]) | Int(bytes[1]) << 8
        }
        let head = word(0x41A), tail = word(0x41C), start = word(0x480), end = word(0x482)
        guard start < end, head >= start, head < end, tail >= start, tail < end else {
            heldSince = nil
            return false
        }
        let keys = (tail - head + (tail < head ? end - start : 0)) / 2
        guard keys > Self.ringLimit else {
            heldSince = nil
            return false
        }
        let since = heldSince ?? now
        heldSince = since
        return now &- since < Self.ringTime
    }
}
