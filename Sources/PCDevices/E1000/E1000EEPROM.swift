extension E1000 {
    /// The 64 words of a 93C46 (SDM 5.6): the address, identities, and a checksum that makes their sum BABAh.
    static func eeprom(mac: [UInt8]) -> [UInt16] {
        var words = [UInt16](repeating: 0, count: 64)
        for index in 0..<3 { words[index] = UInt16(mac[index * 2]) | UInt16(mac[index * 2 + 1]) << 8 }
        words[0x0B] = 0x1100
        words[0x0C] = 0x1AF4
        words[0x0D] = 0x100E
        words[0x0E] = 0x8086
        words[0x3F] = 0xBABA &- words.reduce(0, &+)
        return words
    }
}

/// EECD: the EEPROM's four wires, which a driver moves by hand (93C46: start bit, two bits of command, six of address, then
/// sixteen of data, the highest first).
public struct EEPROMLines: Codable, Equatable, Sendable {
    private enum Bit {
        static let clock: UInt32 = 1
        static let select: UInt32 = 2
        static let dataIn: UInt32 = 4
        static let dataOut: UInt32 = 8
        static let request: UInt32 = 0x40
        static let grant: UInt32 = 0x80
        static let present: UInt32 = 0x100
        /// What a driver sets: SK, CS, DI, FWE, REQ.
        static let writable: UInt32 = 0x77
    }

    private static let commandBits: UInt8 = 9
    private static let readCommand: UInt16 = 0b110

    /// As written.
    private var lines: UInt32 = 0
    private var isHigh = false
    /// What was shifted in since the start bit, and how many bits.
    private var shifted: UInt16 = 0
    private var count: UInt8 = 0
    /// Bits of data that are still to go out.
    private var output: UInt16 = 0

    public init() {}

    var register: UInt32 {
        lines | Bit.present | (lines & Bit.request != 0 ? Bit.grant : 0) | (isHigh ? Bit.dataOut : 0)
    }

    mutating func write(_ value: UInt32, _ words: [UInt16]) {
        let rises = value & Bit.clock != 0 && lines & Bit.clock == 0
        let wasSelected = lines & Bit.select != 0
        lines = value & Bit.writable
        guard lines & Bit.select != 0 else {
            (shifted, count, isHigh) = (0, 0, false)
            return
        }
        guard rises, wasSelected else { return }
        if count == Self.commandBits {
            isHigh = output & 0x8000 != 0
            output <<= 1
            return
        }
        let bit: UInt16 = value & Bit.dataIn != 0 ? 1 : 0
        // Nothing counts before the start bit.
        guard count > 0 || bit == 1 else { return }
        shifted = shifted << 1 | bit
        count += 1
        guard count == Self.commandBits else { return }
        isHigh = false
        output = shifted >> 6 == Self.readCommand ? words[Int(shifted & 0x3F) % max(1, words.count)] : 0
    }
}

/// The PHY behind MDIC, an M88E1011 (SDM 8.10 and its data sheet): a link at 1000 Mb/s that is always negotiated.
public struct E1000PHY: Codable, Equatable, Sendable {
    static let interruptEnable: UInt32 = 1 << 29
    private static let ready: UInt32 = 1 << 28
    private static let error: UInt32 = 1 << 30
    /// Registers by number. Control; status: 100 and 10 Mb/s, extended status, negotiation done, link; identifier;
    /// own and the partner's abilities; 1000BASE-T control and status; extended status; PHY specific control, and status:
    /// 1000 Mb/s, full duplex, resolved, link.
    private static let afterReset: [Int: UInt16] = [
        0: 0x1140, 1: 0x796D, 2: 0x0141, 3: 0x0C20, 4: 0x0DE1, 5: 0x45E1, 6: 0x0001, 9: 0x0E00, 10: 0x3C00, 15: 0x3000,
        16: 0x0360, 17: 0xAC00, 20: 0x0D60,
    ]
    /// Control, abilities, next page, 1000BASE-T control, PHY specific control, interrupt enable, extended control, page.
    private static let writable: Set<Int> = [0, 4, 7, 9, 16, 18, 20, 24, 29, 30]

    private var registers: [UInt16] = (0..<32).map { E1000PHY.afterReset[$0] ?? 0 }

    public init() {}

    var isSound: Bool { registers.count == 32 }

    /// MDIC after a command was written to it.
    mutating func command(_ value: UInt32) -> UInt32 {
        let number = Int(value >> 16 & 31)
        // The internal PHY is number 1.
        guard value >> 21 & 31 == 1 else { return value | Self.error | Self.ready }
        switch value >> 26 & 3 {
        case 1:
            if Self.writable.contains(number) { write(number, UInt16(truncatingIfNeeded: value)) }
            return value | Self.ready
        case 2: return value & 0xFFFF_0000 | UInt32(registers[number]) | Self.ready
        default: return value | Self.error | Self.ready
        }
    }

    private mutating func write(_ number: Int, _ value: UInt16) {
        guard number == 0 else { return registers[number] = value }
        // Reset puts all back; it and the restart of negotiation are over at once.
        if value & 0x8000 != 0 { registers = E1000PHY().registers }
        registers[0] = value & ~0x8200
    }
}
