import Machine

/// What became of one unit of a DMA transfer.
public enum DMAOutcome: Equatable, Sendable {
    case accepted
    /// Accepted, and it was the last one: TC.
    case terminalCount
    /// The channel is masked, off or set up for the other direction: no DACK.
    case notReady
}

/// The two 8237A DMA controllers of a PC/AT with their page registers. Channels 0-3 move bytes, 5-7 words; channel 4
/// is where the first controller hangs on the second, so it must be unmasked for channels 0-3 to work.
///
/// Ports 00h-0Fh, C0h-DFh (even ones; odd ones are aliases), 81h-8Fh pages, 481h-48Bh address bits 31-24 (EISA).
public final class DMA8237: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// Channels 0-3.
        public internal(set) var first = DMAController()
        /// Channels 4-7.
        public internal(set) var second = DMAController()
        /// Ports 80h-8Fh. Those that are no page registers are plain memory; 80h belongs to the POST card.
        public internal(set) var pages = [UInt8](repeating: 0, count: 16)
        /// Ports 480h-48Fh.
        public internal(set) var highPages = [UInt8](repeating: 0, count: 16)
    }

    /// Ports.
    public enum Register {
        public static let first: ClosedRange<UInt16> = 0x00...0x0F
        public static let pages: ClosedRange<UInt16> = 0x81...0x8F
        public static let second: ClosedRange<UInt16> = 0xC0...0xDF
        public static let highPages: ClosedRange<UInt16> = 0x481...0x48B
    }

    /// Page register of each channel, from port 80h (IBM PC/AT Technical Reference, "DMA page registers").
    private static let pageOffset = [0x7, 0x3, 0x1, 0x2, 0xF, 0xB, 0x9, 0xA]

    public let name: String
    /// Reads guest memory: physical address, length.
    public var readMemory: (UInt64, Int) -> [UInt8] = { _, count in [UInt8](repeating: 0xFF, count: count) }
    /// Writes guest memory: physical address, bytes.
    public var writeMemory: (UInt64, [UInt8]) -> Void = { _, _ in }
    private var current = State()

    public init(name: String = "dma") { self.name = name }

    public var state: State {
        get { current }
        set {
            guard newValue.first.channels.count == 4, newValue.second.channels.count == 4, newValue.pages.count == 16,
                newValue.highPages.count == 16
            else { return }
            current = newValue
        }
    }

    /// RESET of the 8237s: as master clear. The page registers are plain latches; they start at zero.
    public func reset() { current = State() }

    public func read(port: Port, width: Int) -> UInt32 {
        let number = Int(port.rawValue)
        switch port.rawValue {
        case Register.first: return UInt32(current.first.read(number))
        case Register.second: return UInt32(current.second.read((number - 0xC0) >> 1))
        case Register.pages: return UInt32(current.pages[number & 0xF])
        case Register.highPages: return UInt32(current.highPages[number & 0xF])
        default: return 0xFF
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let number = Int(port.rawValue)
        let byte = UInt8(truncatingIfNeeded: value)
        switch port.rawValue {
        case Register.first: current.first.write(number, byte)
        case Register.second: current.second.write((number - 0xC0) >> 1, byte)
        case Register.pages:
            current.pages[number & 0xF] = byte
            // Software for the AT does not know the high page: a write of the low one clears it (82374 datasheet).
            current.highPages[number & 0xF] = 0
        case Register.highPages: current.highPages[number & 0xF] = byte
        default: return
        }
    }

    // MARK: Devices

    /// A device on channel 0-3 gives a byte to memory. In verify mode it is taken and not stored.
    public func deviceToMemory(channel: Int, _ byte: UInt8) -> DMAOutcome {
        guard channel < 4 else { return .notReady }
        return move(channel, .write) { writeMemory($0, [byte]) }
    }

    /// A device on channel 0-3 takes a byte from memory. Nil when the channel does not serve it.
    public func memoryToDevice(channel: Int) -> (byte: UInt8, outcome: DMAOutcome)? {
        guard channel < 4 else { return nil }
        var byte: UInt8 = 0xFF
        let outcome = move(channel, .read) { byte = readMemory($0, 1).first ?? 0xFF }
        return outcome == .notReady ? nil : (byte, outcome)
    }

    /// A device on channel 5-7 gives a word to memory.
    public func deviceToMemory(channel: Int, word: UInt16) -> DMAOutcome {
        guard channel > 4 else { return .notReady }
        return move(channel, .write) {
            writeMemory($0, [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)])
        }
    }

    /// A device on channel 5-7 takes a word from memory. Nil when the channel does not serve it.
    public func memoryToDeviceWord(channel: Int) -> (word: UInt16, outcome: DMAOutcome)? {
        guard channel > 4 else { return nil }
        var word: UInt16 = 0xFFFF
        let outcome = move(channel, .read) {
            let bytes = readMemory($0, 2)
            if bytes.count == 2 { word = UInt16(bytes[1]) << 8 | UInt16(bytes[0]) }
        }
        return outcome == .notReady ? nil : (word, outcome)
    }

    /// Whether a request on this channel (0-7) would be served now, in either direction.
    public func isReady(channel: Int) -> Bool {
        switch channel {
        case 0...3:
            // The first controller's HRQ is the second one's DREQ 4, which must be in cascade mode.
            current.first.serves(channel) && !current.first.channels[channel].isCascade && current.second.serves(0)
                && current.second.channels[0].isCascade
        case 5...7: current.second.serves(channel - 4) && !current.second.channels[channel - 4].isCascade
        default: false
        }
    }

    private func move(
        _ channel: Int, _ direction: DMAController.Channel.Transfer, _ access: (UInt64) -> Void
    ) -> DMAOutcome {
        guard isReady(channel: channel) else { return .notReady }
        let index = channel & 3
        let registers = channel < 4 ? current.first.channels[index] : current.second.channels[index]
        guard registers.transfer == direction || registers.transfer == .verify else { return .notReady }
        if registers.transfer == direction { access(physicalAddress(channel, registers.address)) }
        let isLast = channel < 4 ? current.first.step(index) : current.second.step(index)
        return isLast ? .terminalCount : .accepted
    }

    /// The page does not count on: addresses wrap within 64 KiB, or 128 KiB for words.
    private func physicalAddress(_ channel: Int, _ address: UInt16) -> UInt64 {
        let offset = Self.pageOffset[channel & 7]
        let page = UInt64(current.pages[offset])
        let high = UInt64(current.highPages[offset]) << 24
        // The address lines of the second controller are A16-A1; its page gives A23-A17.
        return channel < 4 ? high | page << 16 | UInt64(address) : high | (page & 0xFE) << 16 | UInt64(address) << 1
    }
}
