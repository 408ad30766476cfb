import Machine

/// What IDENTIFY DEVICE tells (ATA/ATAPI-6 8.15).
extension ATAChannel {
    func identification(_ disk: any BlockStorage) -> [UInt8] {
        var words = [UInt16](repeating: 0, count: 256)
        let total = disk.sectorCount
        let cylinders = min(16383, max(1, total / (16 * 63)))
        words[0] = 0x0040
        words[1] = UInt16(cylinders)
        words[3] = 16
        words[6] = 63
        setText("LU86-\(name)-\(selected)", words: 10..<20, into: &words)
        setText("0.1", words: 23..<27, into: &words)
        setText("Lucid86 HARDDISK", words: 27..<47, into: &words)
        words[47] = 0x8000 | UInt16(Self.largestBlock)
        // LBA, IORDY; DMA where somebody does it.
        words[49] = busMaster == nil ? 0x0A00 : 0x0B00
        words[51] = 0x0200
        // Words 54-58, 64-70 and 88 are valid.
        words[53] = 7
        setTransferModes(into: &words)
        let drive = current.drives[selected]
        let perCylinder = max(1, UInt64(drive.heads) * UInt64(drive.sectors))
        let translated = min(65535, total / perCylinder)
        words[54] = UInt16(translated)
        words[55] = UInt16(drive.heads)
        words[56] = UInt16(drive.sectors)
        let capacity = translated * perCylinder
        words[57] = UInt16(truncatingIfNeeded: capacity)
        words[58] = UInt16(truncatingIfNeeded: capacity >> 16)
        words[59] = drive.multiple == 0 ? 0 : 0x100 | UInt16(drive.multiple)
        let small = UInt32(min(total, (1 << 28) - 1))
        words[60] = UInt16(truncatingIfNeeded: small)
        words[61] = UInt16(truncatingIfNeeded: small >> 16)
        // ATA-4 to ATA-6
        words[80] = 0x0070
        // A write cache, and whether it is in use.
        words[82] = 0x4020
        words[85] = drive.cachesWrites ? 0x4020 : 0x4000
        // FLUSH CACHE, FLUSH CACHE EXT, 48-bit addresses; bits 14 and 15 mark the words as valid.
        words[83] = 0x7400
        words[84] = 0x4000
        words[86] = 0x3400
        words[87] = 0x4000
        // As after a hardware reset: device 0 or 1, with an 80-conductor cable.
        words[93] = selected == 0 ? 0x600B : 0x6B00
        for part in 0..<4 { words[100 + part] = UInt16(truncatingIfNeeded: total >> UInt64(part * 16)) }
        return words.flatMap { littleEndian($0) }
    }

    /// PIO modes 3 and 4; Multiword DMA 0-2 and Ultra DMA 0-5, and which of them is in use.
    func setTransferModes(into words: inout [UInt16]) {
        words[64] = 3
        for index in 65...68 { words[index] = 120 }
        guard busMaster != nil else { return }
        let mode = current.drives[selected].transferMode, number = UInt16(mode & 7)
        words[63] = 0x0007 | (mode & 0xF8 == 0x20 ? 0x0100 << number : 0)
        words[88] = 0x003F | (mode & 0xF8 == 0x40 ? 0x0100 << number : 0)
    }

    /// ATA strings: padded with blanks, high byte first.
    func setText(_ string: String, words range: Range<Int>, into words: inout [UInt16]) {
        var bytes = Array(string.utf8.prefix(range.count * 2))
        bytes += [UInt8](repeating: 0x20, count: range.count * 2 - bytes.count)
        for (index, word) in range.enumerated() {
            words[word] = UInt16(bytes[index * 2]) << 8 | UInt16(bytes[index * 2 + 1])
        }
    }
}
