import Machine

/// A PS/2 mouse on the second port of an 8042, with a wheel and five buttons for who knows how to ask for them.
///
/// Sources: IBM PS/2 Hardware Interface Technical Reference, "Mouse"; for wheel and more buttons Microsoft's IntelliMouse,
/// which is recognised by three sample rates (A. Chapweske, "The PS/2 Mouse Interface").
/// Movements enter through the input log's channel `mouse`: `logBytes`.
public final class PS2Mouse: Device, PS2Peripheral {
    public struct State: Codable, Equatable, Sendable {
        /// 0 three buttons, 3 and a wheel, 4 and five buttons.
        public internal(set) var identity: UInt8 = 0
        /// Samples a second.
        public internal(set) var sampleRate = PS2Mouse.defaultRate
        /// 0-3: 1, 2, 4, 8 counts a millimetre.
        public internal(set) var resolution: UInt8 = 2
        /// 2:1.
        public internal(set) var scalesUp = false
        /// Packets are sent in stream mode.
        public internal(set) var reports = false
        /// Packets are sent when they are asked for.
        public internal(set) var isRemote = false
        /// All bytes come back.
        public internal(set) var wraps = false
        /// Which buttons are down: bit 0 left, 1 right, 2 middle, 3 and 4 those at the sides.
        public internal(set) var buttons: UInt8 = 0
        /// Counts since the last packet.
        var x: Int16 = 0
        var y: Int16 = 0
        var z: Int16 = 0
        /// Something has changed since the last packet.
        var isChanged = false
        /// The last three sample rates that were set.
        var knocks: [UInt8] = [0, 0, 0]
        /// The command whose parameter comes next.
        var awaited: UInt8 = 0
        /// The byte before this one was no command either.
        var hasErred = false
        var testing = false
        /// Replies, which go before packets.
        var replies: [UInt8] = []
        var packets: [UInt8] = []
        /// Bytes of the last packet or reply, for RESEND.
        var lastSent: [UInt8] = []
    }

    enum Command {
        static let scaleOneToOne: UInt8 = 0xE6
        static let scaleTwoToOne: UInt8 = 0xE7
        static let resolution: UInt8 = 0xE8
        static let status: UInt8 = 0xE9
        static let streamMode: UInt8 = 0xEA
        static let readData: UInt8 = 0xEB
        static let endWrap: UInt8 = 0xEC
        static let wrapMode: UInt8 = 0xEE
        static let remoteMode: UInt8 = 0xF0
        static let readType: UInt8 = 0xF2
        static let sampleRate: UInt8 = 0xF3
        static let enable: UInt8 = 0xF4
        static let disable: UInt8 = 0xF5
        static let setDefault: UInt8 = 0xF6
        static let resend: UInt8 = 0xFE
        static let reset: UInt8 = 0xFF
    }

    enum Reply {
        static let acknowledge: UInt8 = 0xFA
        static let testPassed: UInt8 = 0xAA
        /// That was no command.
        static let resend: UInt8 = 0xFE
        /// That was none a second time.
        static let error: UInt8 = 0xFC
    }

    static let defaultRate: UInt8 = 100
    static let rates: [UInt8] = [10, 20, 40, 60, 80, 100, 200]
    /// Reports that wait to be taken: a click is not lost to a guest that is a little late.
    static let packetLimit = 4
    static let replyLimit = 16
    /// A real mouse tests itself for 300-500 ms; see `PS2Keyboard.testTime`.
    static let testTime: UInt64 = 100_000
    /// Bits of 9-bit numbers and of the wheel's.
    private static let movementRange: ClosedRange<Int16> = -256...255

    public let name: String
    public var ready: () -> Void = {}
    private let events: EventQueue
    private var testEvent: EventQueue.Event?
    private var sampleEvent: EventQueue.Event?
    private var current = State()

    /// `name` is also the input log's channel.
    public init(name: String = "mouse", events: EventQueue, input: InputLog) {
        self.name = name
        self.events = events
        testEvent = events.register("\(name).test") { [unowned self] in
            current.testing = false
            reply([Reply.testPassed, current.identity])
        }
        sampleEvent = events.register("\(name).sample") { [unowned self] in sample() }
        input.register(name) { [unowned self] bytes in
            for start in stride(from: 0, to: bytes.count - 5, by: 6) { move(Array(bytes[start..<start + 6])) }
        }
    }

    public var state: State {
        get { current }
        set {
            guard newValue.knocks.count == 3, Self.rates.contains(newValue.sampleRate) else { return }
            current = newValue
            current.replies = Array(current.replies.prefix(Self.replyLimit))
            current.packets = Array(current.packets.prefix(Self.packetLimit * 4))
            current.lastSent = Array(current.lastSent.prefix(4))
        }
    }

    /// The mouse has power-on reset alone. Which buttons a person holds stays as it is.
    public func reset() {
        let buttons = current.buttons
        current = State()
        current.buttons = buttons
        if let testEvent { events.cancel(testEvent) }
        if let sampleEvent { events.cancel(sampleEvent) }
    }

    // MARK: The person's side

    /// What the channel of the input log takes: counts to the right, up and of the wheel towards the person, and the buttons
    /// that are down from now on.
    public static func logBytes(right: Int16, up: Int16, wheel: Int8 = 0, buttons: UInt8) -> [UInt8] {
        func word(_ value: Int16) -> [UInt8] {
            [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
        return [buttons & 0x1F] + word(right) + word(up) + [UInt8(bitPattern: wheel)]
    }

    private func move(_ entry: [UInt8]) {
        func word(_ low: UInt8, _ high: UInt8) -> Int16 {
            Int16(truncatingIfNeeded: UInt16(low) | UInt16(high) << 8)
        }
        func sum(_ a: Int16, _ b: Int16) -> Int16 { Int16(clamping: Int(a) + Int(b)) }
        let before = current.buttons
        current.buttons = entry[0] & 0x1F
        let x = word(entry[1], entry[2]), y = word(entry[3], entry[4])
        let z = Int16(Int8(bitPattern: entry[5]))
        guard !current.wraps, !current.testing, current.reports || current.isRemote else { return }
        current.x = sum(current.x, x)
        current.y = sum(current.y, y)
        current.z = sum(current.z, z)
        guard before != current.buttons || x != 0 || y != 0 || z != 0 else { return }
        current.isChanged = true
        guard streams, let sampleEvent else { return }
        // A button is told of at once, so that a short click is not lost between two samples.
        if before != current.buttons, hasRoom { return sample() }
        if events.deadline(of: sampleEvent) == nil { events.schedule(sampleEvent, at: events.now &+ sampleTime) }
    }

    private var streams: Bool { current.reports && !current.isRemote && !current.wraps && !current.testing }

    private var sampleTime: UInt64 { 1_000_000_000 / UInt64(max(current.sampleRate, 1)) }

    private var packetSize: Int { current.identity == 0 ? 3 : 4 }

    private var hasRoom: Bool { current.packets.count + packetSize <= Self.packetLimit * packetSize }

    private func sample() {
        // With no room the counters go on, and `takeByte` samples again.
        guard streams, current.isChanged, hasRoom else { return }
        current.packets += packet(scaled: current.scalesUp)
        ready()
        // Movement beyond one packet's range is left for the next sample.
        guard let sampleEvent else { return }
        if current.isChanged { events.schedule(sampleEvent, at: events.now &+ sampleTime) }
    }

    /// What has moved, and the buttons; takes it from the counters.
    private func packet(scaled: Bool) -> [UInt8] {
        func take(_ counter: inout Int16, _ range: ClosedRange<Int16>) -> Int16 {
            let part = min(max(counter, range.lowerBound), range.upperBound)
            counter -= part
            return part
        }
        var x = take(&current.x, Self.movementRange), y = take(&current.y, Self.movementRange)
        var overflow: UInt8 = 0
        if scaled {
            (x, y) = (Self.scaled(x), Self.scaled(y))
            if !Self.movementRange.contains(x) { overflow |= 0x40 }
            if !Self.movementRange.contains(y) { overflow |= 0x80 }
        }
        let signs: UInt8 = (x < 0 ? 0x10 : 0) | (y < 0 ? 0x20 : 0)
        var bytes: [UInt8] = [
            current.buttons & 7 | 0x08 | signs | overflow, UInt8(truncatingIfNeeded: x), UInt8(truncatingIfNeeded: y),
        ]
        // Four bits with their sign in all eight; with five buttons the upper half is theirs.
        let z = UInt8(truncatingIfNeeded: take(&current.z, -8...7))
        switch current.identity {
        case 3: bytes.append(z)
        case 4: bytes.append(z & 0x0F | (current.buttons >> 3) << 4)
        default: current.z = 0
        }
        current.isChanged = current.x != 0 || current.y != 0 || current.z != 0
        return bytes
    }

    /// 2:1 ("Set scaling 2:1").
    private static func scaled(_ counts: Int16) -> Int16 {
        let table: [Int16] = [0, 1, 1, 3, 6, 9]
        let size = Int(counts.magnitude)
        let value = size < table.count ? table[size] : Int16(clamping: 2 * size)
        return counts < 0 ? -value : value
    }

    // MARK: The controller's side

    public var hasByte: Bool { !current.replies.isEmpty || !current.packets.isEmpty }

    public var bytesPending: Int { current.replies.count + current.packets.count }

    public func takeByte() -> UInt8? {
        if !current.replies.isEmpty { return current.replies.removeFirst() }
        guard !current.packets.isEmpty else { return nil }
        let byte = current.packets.removeFirst()
        if current.packets.count % packetSize == packetSize - 1 { current.lastSent = [] }
        current.lastSent.append(byte)
        if streams, current.isChanged, hasRoom, let sampleEvent, events.deadline(of: sampleEvent) == nil {
            events.schedule(sampleEvent, at: events.now &+ sampleTime)
        }
        return byte
    }

    private func reply(_ bytes: [UInt8]) {
        guard current.replies.count + bytes.count <= Self.replyLimit else { return }
        current.replies += bytes
        current.lastSent = Array(bytes.suffix(4))
        ready()
    }

    public func receive(_ byte: UInt8) {
        if current.wraps, byte != Command.endWrap, byte != Command.reset { return reply([byte]) }
        // A command ends what was being sent, and the counters start anew; but RESEND wants just that again.
        if byte != Command.resend || current.awaited != 0 { clearPackets() }
        let command = current.awaited
        current.awaited = 0
        switch command {
        case Command.resolution where byte <= 3:
            current.resolution = byte
            acknowledge()
        case Command.sampleRate where Self.rates.contains(byte):
            current.sampleRate = byte
            knock(byte)
            acknowledge()
        case Command.resolution where byte < 0xE6, Command.sampleRate where byte < 0xE6:
            refuse()
            // The parameter is asked for again.
            current.awaited = command
        default: execute(byte)
        }
    }

    private func acknowledge(_ bytes: UInt8...) {
        current.hasErred = false
        reply([Reply.acknowledge] + bytes)
    }

    private func refuse() {
        reply([current.hasErred ? Reply.error : Reply.resend])
        current.hasErred = true
    }

    private func execute(_ command: UInt8) {
        switch command {
        case Command.scaleOneToOne, Command.scaleTwoToOne:
            current.scalesUp = command == Command.scaleTwoToOne
            acknowledge()
        case Command.resolution, Command.sampleRate:
            current.awaited = command
            acknowledge()
        case Command.status: acknowledge(status, current.resolution, current.sampleRate)
        case Command.streamMode, Command.remoteMode:
            current.isRemote = command == Command.remoteMode
            acknowledge()
        case Command.readData:
            // Never scaled ("Read data").
            current.hasErred = false
            reply([Reply.acknowledge] + packet(scaled: false))
        case Command.endWrap, Command.wrapMode:
            current.wraps = command == Command.wrapMode
            acknowledge()
        case Command.readType: acknowledge(current.identity)
        case Command.enable, Command.disable:
            current.reports = command == Command.enable
            acknowledge()
        case Command.setDefault:
            setDefaults()
            acknowledge()
        case Command.resend: if !current.lastSent.isEmpty { resend() } else { refuse() }
        case Command.reset:
            setDefaults()
            current.identity = 0
            current.knocks = [0, 0, 0]
            current.wraps = false
            current.replies = []
            acknowledge()
            current.testing = true
            if let testEvent { events.schedule(testEvent, at: events.now &+ Self.testTime) }
        default: refuse()
        }
    }

    private func resend() {
        current.hasErred = false
        reply(current.lastSent)
    }

    /// Remote mode, reporting, scaling, and which buttons are down.
    private var status: UInt8 {
        let held = current.buttons
        return (current.isRemote ? 0x40 : 0) | (current.reports ? 0x20 : 0) | (current.scalesUp ? 0x10 : 0)
            | (held & 1) << 2 | (held & 4) >> 1 | (held & 2) >> 1
    }

    /// 200, 100, 80 shows the wheel; 200, 200, 80 then shows the buttons at the sides.
    private func knock(_ rate: UInt8) {
        current.knocks = [current.knocks[1], current.knocks[2], rate]
        if current.identity == 0, current.knocks == [200, 100, 80] { current.identity = 3 }
        if current.identity == 3, current.knocks == [200, 200, 80] { current.identity = 4 }
    }

    private func clearPackets() {
        // In remote mode READ DATA wants what has moved since the last packet.
        current.packets = []
        guard !current.isRemote else { return }
        (current.x, current.y, current.z) = (0, 0, 0)
        current.isChanged = false
        if let sampleEvent { events.cancel(sampleEvent) }
    }

    private func setDefaults() {
        current.sampleRate = Self.defaultRate
        current.resolution = 2
        current.scalesUp = false
        current.reports = false
        current.isRemote = false
    }
}
