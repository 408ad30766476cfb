import Machine

/// A 101- or 102-key keyboard on the first port of an 8042.
///
/// Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-key)", commands from the system.
/// Keys enter through the input log's channel `keyboard` as pairs of bytes: key number, then 1 for down and 0 for up.
public final class PS2Keyboard: Device, PS2Peripheral {
    public struct State: Codable, Equatable, Sendable {
        /// 1-3.
        public internal(set) var scanSet: UInt8 = 2
        /// Keys send codes.
        public internal(set) var scans = true
        /// Bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock.
        public internal(set) var leds: UInt8 = 0
        /// Bits 6-5 delay, bits 4-0 rate.
        public internal(set) var typematic: UInt8 = PS2Keyboard.defaultTypematic
        /// The command whose parameter comes next.
        var awaited: UInt8 = 0
        /// Replies, which go before scan codes.
        var replies: [UInt8] = []
        /// The key buffer.
        var codes: [UInt8] = []
        /// The last byte that was sent, for RESEND.
        var lastSent: UInt8 = 0
        /// The sent byte was a prefix: its sequence goes on before any reply.
        var midSequence = false
        /// The self-test runs.
        var testing = false
        /// Keys that are down, a bit each.
        var down: [UInt64] = [0, 0]
        /// The key that repeats.
        var repeating: UInt8?
        /// What each key does in set 3, by key number: bit 0 it repeats, bit 1 it sends break codes.
        var set3Types: [UInt8] = PS2Keyboard.defaultSet3Types
    }

    /// Commands from the system.
    enum Command {
        static let setLEDs: UInt8 = 0xED
        static let echo: UInt8 = 0xEE
        static let scanCodeSet: UInt8 = 0xF0
        static let readID: UInt8 = 0xF2
        static let typematic: UInt8 = 0xF3
        static let enable: UInt8 = 0xF4
        static let defaultDisable: UInt8 = 0xF5
        static let setDefault: UInt8 = 0xF6
        /// F7h-FAh: all keys typematic, make/break, make, typematic/make/break.
        static let setAllKeys: ClosedRange<UInt8> = 0xF7...0xFA
        /// FBh-FDh: a key typematic, make/break, make.
        static let setKey: ClosedRange<UInt8> = 0xFB...0xFD
        static let resend: UInt8 = 0xFE
        static let reset: UInt8 = 0xFF
    }

    enum Reply {
        static let acknowledge: UInt8 = 0xFA
        static let testPassed: UInt8 = 0xAA
        static let echo: UInt8 = 0xEE
        static let resend: UInt8 = 0xFE
        /// The identity of an MF2 keyboard.
        static let identity: [UInt8] = [0xAB, 0x83]
    }

    /// The key buffer holds 16 bytes; a byte after them says that keys were lost.
    static let bufferSize = 16
    /// 500 ms, 10.9 characters a second.
    static let defaultTypematic: UInt8 = 0x2B
    /// The self-test of a real keyboard takes 300-500 ms. Guests wait for it in loops that count instructions, of which
    /// this machine does many more in that time, so it is short here.
    static let testTime: UInt64 = 100_000
    private static let repeats: UInt8 = 1
    private static let breaks: UInt8 = 2

    static let defaultSet3Types: [UInt8] = Key.allCases.map { key in
        switch key {
        case .leftShift, .rightShift, .leftControl, .leftAlt, .capsLock: breaks
        case .rightAlt, .rightControl, .escape, .f1, .f2, .f3, .f4, .f5, .f6, .f7, .f8, .f9, .f10, .f11, .f12,
            .printScreen, .scrollLock, .pause, .insert, .home, .pageUp, .end, .pageDown, .numLock, .keypadDivide,
            .keypadMultiply, .keypadMinus, .keypad7, .keypad8, .keypad9, .keypad4, .keypad5, .keypad6, .keypad1,
            .keypad2, .keypad3, .keypadEnter, .keypad0, .keypadPeriod, .leftWindows, .rightWindows, .menu:
            0
        default: repeats
        }
    }

    public let name: String
    public var ready: () -> Void = {}
    /// Held keys repeat. Off unless a host sees when a key goes up.
    private let repeatsHeldKeys: Bool
    private let events: EventQueue
    private var testEvent: EventQueue.Event?
    private var repeatEvent: EventQueue.Event?
    private var current = State()

    /// `name` is also the input log's channel.
    public init(name: String = "keyboard", events: EventQueue, input: InputLog, repeatsHeldKeys: Bool = false) {
        self.name = name
        self.events = events
        self.repeatsHeldKeys = repeatsHeldKeys
        testEvent = events.register("\(name).test") { [unowned self] in
            current.testing = false
            reply(Reply.testPassed)
        }
        repeatEvent = events.register("\(name).repeat") { [unowned self] in repeatKey() }
        input.register(name) { [unowned self] bytes in
            for index in stride(from: 0, to: bytes.count - 1, by: 2) {
                guard let key = Key(rawValue: bytes[index]) else { continue }
                move(key, isDown: bytes[index + 1] != 0)
            }
        }
    }

    public var state: State {
        get { current }
        set {
            guard newValue.down.count == 2, newValue.set3Types.count == Key.allCases.count else { return }
            current = newValue
            current.replies = Array(current.replies.prefix(Self.bufferSize))
            current.codes = Array(current.codes.prefix(Self.bufferSize + 1))
        }
    }

    /// The keyboard has power-on reset alone. Which keys a person holds stays as it is.
    public func reset() {
        let down = current.down
        current = State()
        current.down = down
        if let testEvent { events.cancel(testEvent) }
        if let repeatEvent { events.cancel(repeatEvent) }
    }

    // MARK: Keys

    /// A key that moves now sends its codes: the keyboard scans and does not test itself.
    public var takesKeys: Bool { current.scans && !current.testing }

    /// Presses a key. Host code sends keys through the input log (`Self.logBytes`) so that runs can be replayed.
    public func press(_ key: Key) { move(key, isDown: true) }

    public func release(_ key: Key) { move(key, isDown: false) }

    /// What the channel of the input log takes for a press or a release.
    public static func logBytes(_ key: Key, isDown: Bool) -> [UInt8] { [key.rawValue, isDown ? 1 : 0] }

    public var pressedKeys: [Key] { Key.allCases.filter { isDown($0) } }

    private func isDown(_ key: Key) -> Bool {
        current.down[Int(key.rawValue >> 6) & 1] & (1 &<< UInt64(key.rawValue & 63)) != 0
    }

    private func move(_ key: Key, isDown: Bool) {
        let bit: UInt64 = 1 &<< UInt64(key.rawValue & 63)
        if isDown {
            current.down[Int(key.rawValue >> 6) & 1] |= bit
        } else {
            current.down[Int(key.rawValue >> 6) & 1] &= ~bit
        }
        guard current.scans, !current.testing else { return }
        send(key, isDown: isDown)
        scheduleRepeat(key, isDown: isDown)
    }

    private func send(_ key: Key, isDown: Bool) {
        switch current.scanSet {
        case 1: queue(ScanCodes.set1(ScanCodes.set2(key, isDown: isDown, modifiers)))
        case 3:
            let code = ScanCodes.codes(of: key).set3
            if isDown {
                queue([code])
            } else if current.set3Types[Int(key.rawValue)] & Self.breaks != 0 {
                queue([0xF0, code])
            }
        default: queue(ScanCodes.set2(key, isDown: isDown, modifiers))
        }
    }

    private var modifiers: ScanCodes.Modifiers {
        ScanCodes.Modifiers(
            leftShift: isDown(.leftShift), rightShift: isDown(.rightShift),
            control: isDown(.leftControl) || isDown(.rightControl), alt: isDown(.leftAlt) || isDown(.rightAlt),
            numLock: current.leds & 2 != 0)
    }

    /// Appends a whole sequence; one that does not fit is lost, and one overrun code says so.
    private func queue(_ sequence: [UInt8]) {
        guard !sequence.isEmpty else { return }
        if current.codes.count + sequence.count <= Self.bufferSize {
            current.codes += sequence
        } else if !overrunQueued {
            current.codes.append(overrunCode)
        }
        ready()
    }

    /// 00h in sets 2 and 3, FFh in set 1: neither ends a sequence of any key.
    private var overrunCode: UInt8 { current.scanSet == 1 ? 0xFF : 0x00 }
    private var overrunQueued: Bool { current.codes.last == overrunCode }

    // MARK: Typematic

    private func scheduleRepeat(_ key: Key, isDown: Bool) {
        guard repeatsHeldKeys, let repeatEvent else { return }
        let mayRepeat = current.scanSet != 3 || current.set3Types[Int(key.rawValue)] & Self.repeats != 0
        if isDown, key != .pause, mayRepeat {
            current.repeating = key.rawValue
            let delay = (UInt64(current.typematic >> 5 & 3) + 1) * 250_000_000
            events.schedule(repeatEvent, at: events.now &+ delay)
        } else if current.repeating == key.rawValue || isDown {
            current.repeating = nil
            events.cancel(repeatEvent)
        }
    }

    private func repeatKey() {
        guard let repeatEvent, let number = current.repeating, let key = Key(rawValue: number), current.scans,
            isDown(key)
        else { return }
        send(key, isDown: true)
        // Period = (8 + A) * 2^B * 4.17 ms, A in bits 2-0, B in bits 4-3.
        let a = UInt64(current.typematic & 7)
        let b = UInt64(current.typematic >> 3 & 3)
        events.schedule(repeatEvent, at: events.now &+ ((8 + a) << b) * 4_170_000)
    }

    // MARK: The controller's side

    public var hasByte: Bool { !current.replies.isEmpty || !current.codes.isEmpty }

    public var bytesPending: Int { current.replies.count + current.codes.count }

    public func takeByte() -> UInt8? {
        let byte: UInt8
        if !current.replies.isEmpty, !current.midSequence || current.codes.isEmpty {
            byte = current.replies.removeFirst()
        } else if !current.codes.isEmpty {
            byte = current.codes.removeFirst()
            current.midSequence = byte == 0xE0 || byte == 0xE1 || byte == 0xF0
        } else {
            return nil
        }
        current.lastSent = byte
        return byte
    }

    private func reply(_ bytes: UInt8...) {
        guard current.replies.count + bytes.count <= Self.bufferSize else { return }
        current.replies += bytes
        ready()
    }

    public func receive(_ byte: UInt8) {
        let command = current.awaited
        current.awaited = 0
        // A command in the place of a parameter ends the earlier command.
        switch command {
        case Command.setLEDs where byte < 0x80:
            current.leds = byte & 7
            reply(Reply.acknowledge)
        case Command.typematic where byte < 0x80:
            current.typematic = byte
            reply(Reply.acknowledge)
        case Command.scanCodeSet where byte == 0: reply(Reply.acknowledge, current.scanSet)
        case Command.scanCodeSet where byte <= 3:
            current.scanSet = byte
            clearCodes()
            reply(Reply.acknowledge)
        case Command.setKey where ScanCodes.key(ofSet3Code: byte) != nil:
            if let key = ScanCodes.key(ofSet3Code: byte) {
                current.set3Types[Int(key.rawValue)] = [Self.repeats, Self.breaks, 0][Int(command - 0xFB)]
            }
            // More keys may follow, until the next command.
            current.awaited = command
            reply(Reply.acknowledge)
        default: execute(byte)
        }
    }

    private func execute(_ command: UInt8) {
        switch command {
        case Command.echo: reply(Reply.echo)
        case Command.setLEDs, Command.typematic, Command.scanCodeSet:
            current.awaited = command
            reply(Reply.acknowledge)
        case Command.setKey:
            current.awaited = command
            current.scans = false
            clearCodes()
            reply(Reply.acknowledge)
        case Command.setAllKeys:
            let type = [Self.repeats, Self.breaks, 0, Self.repeats | Self.breaks][Int(command - 0xF7)]
            current.set3Types = current.set3Types.map { _ in type }
            clearCodes()
            reply(Reply.acknowledge)
        case Command.readID: reply(Reply.acknowledge, Reply.identity[0], Reply.identity[1])
        case Command.enable, Command.defaultDisable, Command.setDefault:
            clearCodes()
            if command != Command.enable { setDefaults() }
            if command != Command.setDefault { current.scans = command == Command.enable }
            reply(Reply.acknowledge)
        case Command.resend: reply(current.lastSent)
        case Command.reset:
            clearCodes()
            setDefaults()
            current.scanSet = 2
            current.leds = 0
            current.scans = true
            current.replies = []
            reply(Reply.acknowledge)
            current.testing = true
            if let testEvent { events.schedule(testEvent, at: events.now &+ Self.testTime) }
        default: reply(Reply.resend)
        }
    }

    private func clearCodes() {
        current.codes = []
        current.midSequence = false
        current.repeating = nil
        if let repeatEvent { events.cancel(repeatEvent) }
    }

    private func setDefaults() {
        current.typematic = Self.defaultTypematic
        current.set3Types = Self.defaultSet3Types
    }
}
