import Machine

/// A CD-ROM drive with its disc: what the command packets do (SFF-8020i; MMC-3, T10/1363-D; SPC-2).
///
/// It knows nothing of the channel that packets come through. What a guest can see of it is in `State`, which the channel
/// keeps.
public final class CDDrive {
    public struct State: Codable, Equatable, Sendable {
        public internal(set) var sense = Sense.none
        /// UNIT ATTENTION: told once to the next command that can fail.
        public internal(set) var attention: Sense? = .wasReset
        /// The tray cannot be opened by the button, nor by START STOP UNIT.
        public internal(set) var isLocked = false
        public internal(set) var isTrayOpen = false
        /// GET EVENT STATUS NOTIFICATION has a new medium to tell of.
        public internal(set) var hasNewMedium = true
    }

    /// Sense key and additional sense code with its qualifier.
    public struct Sense: Codable, Equatable, Sendable {
        public var key: UInt8
        public var code: UInt8
        public var qualifier: UInt8 = 0

        static let none = Sense(key: 0, code: 0)
        static let noMedium = Sense(key: 2, code: 0x3A)
        static let trayOpen = Sense(key: 2, code: 0x3A, qualifier: 2)
        static let readError = Sense(key: 3, code: 0x11)
        static let unknownCommand = Sense(key: 5, code: 0x20)
        static let outOfRange = Sense(key: 5, code: 0x21)
        static let badField = Sense(key: 5, code: 0x24)
        static let notSaved = Sense(key: 5, code: 0x39)
        static let removalPrevented = Sense(key: 5, code: 0x53, qualifier: 2)
        static let wrongMode = Sense(key: 5, code: 0x64)
        static let mediumChanged = Sense(key: 6, code: 0x28)
        static let wasReset = Sense(key: 6, code: 0x29)
    }

    /// What a packet leads to.
    enum Reply {
        case done
        case data([UInt8])
        /// Blocks of the disc.
        case blocks(start: UInt32, count: UInt32)
        /// `State.sense` says why.
        case failed
    }

    public static let blockSize = 2048
    static let sectorsPerBlock = UInt64(blockSize / sectorSize)
    /// Frames before block 0, two seconds.
    private static let pregap: UInt32 = 150
    static let product = "LUCID86 CD-ROM"
    static let revision = "0.1"

    /// The disc; nil in an empty drive.
    let medium: (any BlockStorage)?

    public init(medium: (any BlockStorage)?) { self.medium = medium }

    /// Blocks of 2,048 bytes; a last one that is there in part counts. No more than 32-bit addresses reach.
    var blockCount: UInt32 {
        guard let medium else { return 0 }
        let sectors = medium.sectorCount
        let blocks = sectors / Self.sectorsPerBlock + (sectors % Self.sectorsPerBlock == 0 ? 0 : 1)
        return UInt32(clamping: min(blocks, UInt64(UInt32.max) - 1))
    }

    /// Blocks of the disc; what a partial last one lacks is zero.
    func read(block: UInt32, count: Int) throws(BlockError) -> [UInt8] {
        guard let medium, count >= 0, block <= blockCount, UInt64(count) <= UInt64(blockCount - block) else {
            throw .outOfRange
        }
        let first = UInt64(block) * Self.sectorsPerBlock
        let sectors = min(UInt64(count) * Self.sectorsPerBlock, medium.sectorCount - first)
        var bytes = try medium.read(sector: first, count: Int(sectors))
        bytes += [UInt8](repeating: 0, count: count * Self.blockSize - bytes.count)
        return bytes
    }

    // MARK: Commands

    private enum Command {
        static let testUnitReady: UInt8 = 0x00
        static let requestSense: UInt8 = 0x03
        static let inquiry: UInt8 = 0x12
        static let startStopUnit: UInt8 = 0x1B
        static let preventAllow: UInt8 = 0x1E
        static let readCapacity: UInt8 = 0x25
        static let read10: UInt8 = 0x28
        static let seek: UInt8 = 0x2B
        static let readSubChannel: UInt8 = 0x42
        static let readTOC: UInt8 = 0x43
        static let getConfiguration: UInt8 = 0x46
        static let getEventStatus: UInt8 = 0x4A
        static let stopPlay: UInt8 = 0x4E
        static let readDiscInformation: UInt8 = 0x51
        static let modeSense: UInt8 = 0x5A
        static let read12: UInt8 = 0xA8
        static let setSpeed: UInt8 = 0xBB
        static let mechanismStatus: UInt8 = 0xBD
        static let readCD: UInt8 = 0xBE
    }

    /// One packet of 12 bytes.
    func execute(_ packet: [UInt8], _ state: inout State) -> Reply {
        guard packet.count == 12 else { return fail(.unknownCommand, &state) }
        let command = packet[0]
        // These tell of the attention themselves or of nothing that it matters to (SPC-2 5.6.5, MMC-3 4.1.6).
        switch command {
        case Command.requestSense: return requestSense(packet, &state)
        case Command.inquiry: return .data(Array(inquiry(packet)))
        case Command.getConfiguration: return .data(configuration(packet, state))
        case Command.getEventStatus: return eventStatus(packet, &state)
        default: break
        }
        if let attention = state.attention {
            state.attention = nil
            return fail(attention, &state)
        }
        state.sense = .none
        switch command {
        case Command.startStopUnit: return startStop(packet, &state)
        case Command.preventAllow:
            state.isLocked = packet[4] & 1 != 0
            return .done
        case Command.modeSense: return modeSense(packet, &state)
        case Command.mechanismStatus: return .data(mechanismStatus(packet, state))
        case Command.setSpeed, Command.stopPlay: return .done
        default: break
        }
        let needsMedium = [
            Command.testUnitReady, Command.readCapacity, Command.read10, Command.read12, Command.seek,
            Command.readSubChannel, Command.readTOC, Command.readDiscInformation, Command.readCD,
        ]
        guard needsMedium.contains(command) else { return fail(.unknownCommand, &state) }
        guard medium != nil, !state.isTrayOpen else {
            return fail(state.isTrayOpen ? .trayOpen : .noMedium, &state)
        }
        switch command {
        case Command.testUnitReady: return .done
        case Command.readCapacity: return .data(Self.big(blockCount &- 1) + Self.big(UInt32(Self.blockSize)))
        case Command.read10: return blocks(Self.big32(packet, 2), UInt32(Self.big16(packet, 7)), &state)
        case Command.read12: return blocks(Self.big32(packet, 2), Self.big32(packet, 6), &state)
        case Command.readCD: return readCD(packet, &state)
        case Command.seek: return Self.big32(packet, 2) < blockCount ? .done : fail(.outOfRange, &state)
        case Command.readTOC: return tableOfContents(packet, &state)
        case Command.readSubChannel: return subChannel(packet, &state)
        default: return .data(discInformation(packet))
        }
    }

    func fail(_ sense: Sense, _ state: inout State) -> Reply {
        state.sense = sense
        return .failed
    }

    private func blocks(_ start: UInt32, _ count: UInt32, _ state: inout State) -> Reply {
        guard start <= blockCount, count <= blockCount - start else { return fail(.outOfRange, &state) }
        return count == 0 ? .done : .blocks(start: start, count: count)
    }

    /// READ CD: of data sectors the user data alone, which is what data discs are read for.
    private func readCD(_ packet: [UInt8], _ state: inout State) -> Reply {
        let count = UInt32(packet[6]) << 16 | UInt32(Self.big16(packet, 7))
        let type = packet[1] >> 2 & 7
        // Any type, mode 1 or mode 2 form 1.
        guard [0, 2, 4].contains(type), packet[10] & 7 == 0 else { return fail(.badField, &state) }
        switch packet[9] & 0xF8 {
        case 0: return .done
        case 0x10: return blocks(Self.big32(packet, 2), count, &state)
        default: return fail(.badField, &state)
        }
    }

    private func startStop(_ packet: [UInt8], _ state: inout State) -> Reply {
        switch packet[4] & 3 {
        // LoEj: the tray goes out, or in with Start.
        case 2:
            guard !state.isLocked else { return fail(.removalPrevented, &state) }
            state.isTrayOpen = true
        case 3:
            if state.isTrayOpen, medium != nil {
                state.attention = .mediumChanged
                state.hasNewMedium = true
            }
            state.isTrayOpen = false
        default: break
        }
        return .done
    }

    // MARK: What the drive is

    private func requestSense(_ packet: [UInt8], _ state: inout State) -> Reply {
        let sense = state.attention ?? state.sense
        state.attention = nil
        state.sense = .none
        var bytes = [UInt8](repeating: 0, count: 18)
        // Current error, fixed format; ten bytes follow byte 7.
        bytes[0] = 0x70
        bytes[2] = sense.key
        bytes[7] = 10
        bytes[12] = sense.code
        bytes[13] = sense.qualifier
        return .data(Array(bytes.prefix(Int(packet[4]))))
    }

    private func inquiry(_ packet: [UInt8]) -> ArraySlice<UInt8> {
        // CD-ROM, removable, no version of SPC, ATAPI's response format; 31 bytes follow.
        var bytes: [UInt8] = [0x05, 0x80, 0x00, 0x21, 31, 0, 0, 0]
        bytes += Self.text("LUCID86", 8) + Self.text("CD-ROM", 16) + Self.text(Self.revision, 4)
        return bytes.prefix(Int(packet[4]))
    }

    private func mechanismStatus(_ packet: [UInt8], _ state: State) -> [UInt8] {
        let bytes: [UInt8] = [0, state.isTrayOpen ? 0x10 : 0, 0, 0, 0, 1, 0, 0]
        return Array(bytes.prefix(Int(Self.big16(packet, 8))))
    }

    /// Media class events; others are none (MMC-3 6.6).
    private func eventStatus(_ packet: [UInt8], _ state: inout State) -> Reply {
        // Asynchronous notification is not there.
        guard packet[1] & 1 != 0 else { return fail(.badField, &state) }
        let isPresent = medium != nil && !state.isTrayOpen
        var bytes: [UInt8]
        if packet[4] & 0x10 != 0 {
            let event: UInt8 = state.hasNewMedium && isPresent ? 2 : 0
            state.hasNewMedium = false
            bytes = [0, 6, 0x04, 0x10, event, (isPresent ? 2 : 0) | (state.isTrayOpen ? 1 : 0), 0, 0]
        } else {
            // NEA: no class that was asked for has events.
            bytes = [0, 2, 0x80, 0x10]
        }
        bytes = Array(bytes.prefix(Int(Self.big16(packet, 7))))
        return .data(bytes)
    }

    // MARK: Numbers

    static func big(_ value: UInt32) -> [UInt8] { bigEndian(value) }
    static func big32(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[offset + $1]) }
    }
    static func big16(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    private static func text(_ string: String, _ count: Int) -> [UInt8] {
        let bytes = Array(string.utf8.prefix(count))
        return bytes + [UInt8](repeating: 0x20, count: count - bytes.count)
    }

    /// An address on the disc, as block or as minute, second and frame.
    static func address(_ block: UInt32, asTime: Bool) -> [UInt8] {
        guard asTime else { return big(block) }
        let frames = block &+ pregap
        return [
            0, UInt8(truncatingIfNeeded: min(frames / 75 / 60, 255)), UInt8(truncatingIfNeeded: frames / 75 % 60),
            UInt8(truncatingIfNeeded: frames % 75),
        ]
    }
}
