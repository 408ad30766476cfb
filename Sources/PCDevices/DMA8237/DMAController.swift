/// One 8237A: four channels. All of it is plain data. A unit is a byte on the first controller of a PC and a word on
/// the second.
///
/// Source: Intel 8237A datasheet (231466).
public struct DMAController: Codable, Equatable, Sendable {
    public struct Channel: Codable, Equatable, Sendable {
        public internal(set) var baseAddress: UInt16 = 0
        public internal(set) var baseCount: UInt16 = 0
        public internal(set) var address: UInt16 = 0
        /// One less than the units that are left.
        public internal(set) var count: UInt16 = 0
        /// Mode register bits 7-2.
        public internal(set) var mode: UInt8 = 0

        /// Mode bits 3-2.
        public enum Transfer: UInt8, Sendable {
            case verify
            /// Device to memory.
            case write
            /// Memory to device.
            case read
            case illegal
        }
        public var transfer: Transfer { Transfer(rawValue: mode >> 2 & 3) ?? .illegal }
        /// Mode bit 4: at the end the base registers are loaded again.
        public var autoInitialises: Bool { mode & 0x10 != 0 }
        /// Mode bit 5.
        public var decrements: Bool { mode & 0x20 != 0 }
        /// Mode bits 7-6 = 11: another controller hangs on this channel.
        public var isCascade: Bool { mode & 0xC0 == 0xC0 }
    }

    /// Offsets of the registers, in units of the controller's port distance. 0-7 are address and count of the channels.
    enum Register {
        /// Status (read), command (write).
        static let status = 0x8
        static let request = 0x9
        static let singleMask = 0xA
        static let mode = 0xB
        static let clearFlipFlop = 0xC
        /// Temporary register (read), master clear (write).
        static let masterClear = 0xD
        static let clearMask = 0xE
        static let allMask = 0xF
    }

    public internal(set) var channels = [Channel](repeating: Channel(), count: 4)
    /// Command register: bit 2 switches the controller off.
    public internal(set) var command: UInt8 = 0
    /// A set bit masks the channel. All are set by RESET and master clear (datasheet, "Mask register").
    public internal(set) var mask: UInt8 = 0x0F
    /// Software requests.
    public internal(set) var requests: UInt8 = 0
    /// Channels that reached terminal count since the last read of the status.
    public internal(set) var terminalCounts: UInt8 = 0
    /// First/last flip-flop: the next access of a 16-bit register is for its high byte.
    public internal(set) var flipFlop = false

    var isOff: Bool { command & 0x04 != 0 }

    mutating func read(_ register: Int) -> UInt8 {
        switch register {
        case 0..<8:
            let channel = channels[register >> 1]
            let value = register & 1 == 0 ? channel.address : channel.count
            defer { flipFlop.toggle() }
            return UInt8(truncatingIfNeeded: flipFlop ? value >> 8 : value)
        case Register.status:
            defer { terminalCounts = 0 }
            return requests << 4 | terminalCounts
        case Register.masterClear: return 0  // temporary register: memory-to-memory is not wired on a PC
        case Register.allMask: return 0xF0 | mask  // as in the chip sets that took the 8237 in
        default: return 0xFF
        }
    }

    mutating func write(_ register: Int, _ value: UInt8) {
        let bit: UInt8 = 1 &<< (value & 3)
        switch register {
        case 0..<8:
            write(channel: register >> 1, isCount: register & 1 != 0, value)
            flipFlop.toggle()
        case Register.status: command = value
        case Register.request: requests = value & 4 != 0 ? requests | bit : requests & ~bit
        case Register.singleMask: mask = value & 4 != 0 ? mask | bit : mask & ~bit
        case Register.mode: channels[Int(value & 3)].mode = value & 0xFC
        case Register.clearFlipFlop: flipFlop = false
        case Register.masterClear:
            command = 0
            requests = 0
            terminalCounts = 0
            flipFlop = false
            mask = 0x0F
        case Register.clearMask: mask = 0
        case Register.allMask: mask = value & 0x0F
        default: break
        }
    }

    /// A write goes to the base and to the current register.
    private mutating func write(channel: Int, isCount: Bool, _ value: UInt8) {
        func merged(_ old: UInt16) -> UInt16 {
            flipFlop ? old & 0x00FF | UInt16(value) << 8 : old & 0xFF00 | UInt16(value)
        }
        if isCount {
            channels[channel].baseCount = merged(channels[channel].baseCount)
            channels[channel].count = merged(channels[channel].count)
        } else {
            channels[channel].baseAddress = merged(channels[channel].baseAddress)
            channels[channel].address = merged(channels[channel].address)
        }
    }

    /// Whether a device's request on this channel is served now.
    func serves(_ channel: Int) -> Bool { !isOff && mask & (1 &<< UInt8(channel & 3)) == 0 }

    /// Moves on by one unit. True at terminal count: the count went from 0 to FFFFh.
    mutating func step(_ channel: Int) -> Bool {
        let isLast = channels[channel].count == 0
        channels[channel].count &-= 1
        channels[channel].address =
            channels[channel].decrements
            ? channels[channel].address &- 1 : channels[channel].address &+ 1
        guard isLast else { return false }
        let bit: UInt8 = 1 &<< UInt8(channel & 3)
        terminalCounts |= bit
        requests &= ~bit
        if channels[channel].autoInitialises {
            channels[channel].address = channels[channel].baseAddress
            channels[channel].count = channels[channel].baseCount
        } else {
            mask |= bit
        }
        return true
    }
}
