import Machine

/// What a CD-ROM drive tells of its disc and of itself, in the longer answers.
extension CDDrive {
    // MARK: The disc: one session with one data track

    /// READ TOC/PMA/ATIP: formats 0 (tracks), 1 (sessions) and 2 (as it stands on the disc).
    func tableOfContents(_ packet: [UInt8], _ state: inout State) -> Reply {
        let asTime = packet[1] & 2 != 0
        // Older hosts have the format in the last byte (SFF-8020i).
        let format = packet[2] & 15 != 0 ? packet[2] & 15 : packet[9] >> 6
        let first = packet[6]
        var bytes: [UInt8]
        switch format {
        case 0:
            guard first <= 1 || first == 0xAA else { return fail(.badField, &state) }
            bytes = [1, 1]
            // A data track, recorded uninterrupted; the lead-out has number AAh.
            if first <= 1 { bytes += [0, 0x14, 1, 0] + Self.address(0, asTime: asTime) }
            bytes += [0, 0x16, 0xAA, 0] + Self.address(blockCount, asTime: asTime)
        case 1: bytes = [1, 1, 0, 0x14, 1, 0] + Self.address(0, asTime: asTime)
        case 2:
            func point(_ number: UInt8, _ time: [UInt8]) -> [UInt8] { [1, 0x14, 0, number, 0, 0, 0] + time }
            bytes = [1, 1]
            bytes += point(0xA0, [0, 1, 0, 0]) + point(0xA1, [0, 1, 0, 0])
            bytes += point(0xA2, Self.address(blockCount, asTime: true)) + point(1, Self.address(0, asTime: true))
        default: return fail(.badField, &state)
        }
        return .data(Array((Self.length16(bytes.count) + bytes).prefix(Int(Self.big16(packet, 7)))))
    }

    func subChannel(_ packet: [UInt8], _ state: inout State) -> Reply {
        var bytes: [UInt8] = [0, 0x15, 0, 0]
        // Without SubQ the header alone; else the position, which is the disc's start while nothing plays.
        if packet[2] & 0x40 != 0 {
            guard packet[3] == 1 else { return fail(.badField, &state) }
            let start = Self.address(0, asTime: packet[1] & 2 != 0)
            bytes = [0, 0x15, 0, 12, 1, 0x14, 1, 1] + start + Self.address(0, asTime: false)
        }
        return .data(Array(bytes.prefix(Int(Self.big16(packet, 7)))))
    }

    /// A finished disc of one session.
    func discInformation(_ packet: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 34)
        bytes[1] = 32
        // Complete, and its last session too.
        bytes[2] = 0x0E
        (bytes[3], bytes[4], bytes[5], bytes[6]) = (1, 1, 1, 1)
        // Unrestricted use.
        bytes[7] = 0x20
        for index in 16..<24 { bytes[index] = 0xFF }
        return Array(bytes.prefix(Int(Self.big16(packet, 7))))
    }

    // MARK: Features (MMC-3 5.3)

    private enum Profile {
        static let cd: UInt16 = 0x08
        static let dvd: UInt16 = 0x10
    }

    /// More than a CD holds (80 minutes) is a DVD's.
    private var profile: UInt16 { blockCount > 80 * 60 * 75 ? Profile.dvd : Profile.cd }

    func configuration(_ packet: [UInt8], _ state: State) -> [UInt8] {
        let isPresent = medium != nil && !state.isTrayOpen
        let current = isPresent ? profile : 0
        func isCurrent(_ other: UInt16) -> UInt8 { current == other ? 1 : 0 }
        // Number; version, persistent and current; what follows.
        let features: [(number: UInt16, flags: UInt8, data: [UInt8])] = [
            (
                0x0000, 0x03,
                [0, 0x10, isCurrent(Profile.dvd), 0] + [0, 0x08, isCurrent(Profile.cd), 0]
            ),
            // Core: ATAPI.
            (0x0001, 0x03, [0, 0, 0, 2]),
            // Removable: a tray, that can be ejected, locked, and is not locked at power-on.
            (0x0003, 0x03, [0x29, 0, 0, 0]),
            // Random readable: blocks of 2,048 bytes, one at a time.
            (0x0010, isPresent ? 1 : 0, [0, 0, 0x08, 0, 0, 1, 0, 0]),
            // CD read, DVD read.
            (0x001E, isCurrent(Profile.cd), [0, 0, 0, 0]),
            (0x001F, isCurrent(Profile.dvd), []),
        ]
        let kind = packet[1] & 3, start = Self.big16(packet, 2)
        var bytes: [UInt8] = [0, 0] + [UInt8(current >> 8), UInt8(current & 0xFF)]
        for feature in features {
            switch kind {
            case 0: guard feature.number >= start else { continue }
            case 1: guard feature.number >= start, feature.flags & 1 != 0 else { continue }
            default: guard feature.number == start else { continue }
            }
            bytes += [UInt8(feature.number >> 8), UInt8(feature.number & 0xFF), feature.flags]
            bytes += [UInt8(feature.data.count)] + feature.data
        }
        return Array((Self.big(UInt32(bytes.count)) + bytes).prefix(Int(Self.big16(packet, 7))))
    }

    // MARK: Mode pages (MMC-3 6.3)

    private enum Page {
        static let errorRecovery: UInt8 = 0x01
        static let parameters: UInt8 = 0x0D
        static let capabilities: UInt8 = 0x2A
        static let all: UInt8 = 0x3F
    }

    func modeSense(_ packet: [UInt8], _ state: inout State) -> Reply {
        let control = packet[2] >> 6, wanted = packet[2] & 0x3F
        guard control != 3 else { return fail(.notSaved, &state) }
        let isPresent = medium != nil && !state.isTrayOpen
        let locked: UInt8 = state.isLocked ? 2 : 0
        let pages: [[UInt8]] = [
            [Page.errorRecovery, 6, 0, 5, 0, 0, 0, 0],
            // 60 seconds a minute, 75 frames a second.
            [Page.parameters, 6, 0, 13, 0, 60, 0, 75],
            [
                // Reads no CD-R by special means; mode 2 forms, several sessions; a tray that can be locked and ejected.
                Page.capabilities, 18, 0, 0, 0x60, 0, 0x29 | locked, 0,
                // 24 times 176 KB/s at most and now, 256 levels of volume, 512 KiB of buffer.
                0x10, 0x8A, 0x01, 0x00, 0x02, 0x00, 0x10, 0x8A, 0, 0, 0, 0,
            ],
        ]
        let chosen = pages.filter { wanted == Page.all || $0[0] == wanted }
        guard !chosen.isEmpty else { return fail(.badField, &state) }
        var bytes: [UInt8] = [0, 0, isPresent ? 0x01 : 0x70, 0, 0, 0, 0, 0]
        for page in chosen {
            // Nothing can be changed.
            bytes += control == 1 ? page.prefix(2) + [UInt8](repeating: 0, count: page.count - 2) : page
        }
        let length = Self.length16(bytes.count - 2)
        bytes.replaceSubrange(0..<2, with: length)
        return .data(Array(bytes.prefix(Int(Self.big16(packet, 7)))))
    }

    private static func length16(_ count: Int) -> [UInt8] { bigEndian(UInt16(truncatingIfNeeded: count)) }
}
