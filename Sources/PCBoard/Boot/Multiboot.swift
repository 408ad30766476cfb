import Machine

/// Where a kernel goes, as either version of Multiboot says it: physical addresses.
public struct MultibootAddresses: Equatable, Sendable {
    /// Where the header itself comes to stand, and where it is in the file.
    let header: UInt32
    let headerOffset: Int
    let loadStart: UInt32
    /// Zero: to the end of the file.
    let loadEnd: UInt32
    /// Zero: nothing is zeroed.
    let bssEnd: UInt32
    /// In version 2 a tag of its own has it.
    let entry: UInt32?

    func segment(fileSize: Int) throws(KernelError) -> KernelImage.Segment {
        // Version 2: all ones is the beginning of the file.
        let start = loadStart == .max ? Int64(header) - Int64(headerOffset) : Int64(loadStart)
        let offset = Int64(headerOffset) - (Int64(header) - start)
        guard start >= 0, start <= Int64(header), offset >= 0, offset <= Int64(fileSize) else {
            throw .malformed("its Multiboot header's load address does not fit its own place in the file")
        }
        let length = loadEnd == 0 ? Int64(fileSize) - offset : Int64(loadEnd) - start
        guard length >= 0, length <= Int64(fileSize) - offset else {
            throw .malformed("its Multiboot header wants more bytes loaded than the file has")
        }
        let size = bssEnd == 0 ? length : Int64(bssEnd) - start
        guard size >= length else { throw .malformed("its Multiboot header ends the BSS before the data") }
        return KernelImage.Segment(
            offset: Int(offset), fileSize: Int(length), address: UInt64(start), size: UInt64(size))
    }
}

/// The header of Multiboot 0.6.96: in the first 8 KiB, at a multiple of 4.
public struct Multiboot1Header: Equatable, Sendable {
    static let magic: UInt32 = 0x1BAD_B002
    /// What EAX holds at the entry.
    static let loaderMagic: UInt32 = 0x2BAD_B002
    private static let searched = 8192

    enum Flag {
        /// Modules at page boundaries; here they always are.
        static let alignModules: UInt32 = 1 << 0
        static let memory: UInt32 = 1 << 1
        static let video: UInt32 = 1 << 2
        static let addresses: UInt32 = 1 << 16
        /// Bits 3-15 would have to be understood.
        static let mustKnow: UInt32 = 0xFFF8
    }

    let flags: UInt32
    let addresses: MultibootAddresses?

    /// Nil when there is none.
    init?(_ file: ByteView) throws(KernelError) {
        var place: Int?
        for offset in stride(from: 0, to: min(file.count, Self.searched), by: 4) {
            guard let magic = file.dword(offset), magic == Self.magic, let flags = file.dword(offset + 4),
                let checksum = file.dword(offset + 8), magic &+ flags &+ checksum == 0
            else { continue }
            place = offset
            break
        }
        guard let place, let flags = file.dword(place + 4) else { return nil }
        self.flags = flags
        guard flags & Flag.mustKnow == 0 else {
            throw .unsupported(
                "its Multiboot header wants features that are not there (flags \(hexadecimal(UInt64(flags)))h)")
        }
        guard flags & Flag.addresses != 0 else {
            addresses = nil
            return
        }
        let words = (3..<8).compactMap { file.dword(place + $0 * 4) }
        guard words.count == 5 else { throw .malformed("its Multiboot header is cut off") }
        addresses = MultibootAddresses(
            header: words[0], headerOffset: place, loadStart: words[1], loadEnd: words[2], bssEnd: words[3],
            entry: words[4])
    }
}

/// The header of Multiboot 2.0: in the first 32 KiB, at a multiple of 8.
public struct Multiboot2Header: Equatable, Sendable {
    static let magic: UInt32 = 0xE852_50D6
    static let loaderMagic: UInt32 = 0x36D7_6289
    private static let searched = 32768
    /// Tags of the information that a kernel can ask for and gets: command line, name of the loader, modules, memory, map.
    private static let provided: Set<UInt32> = [1, 2, 3, 4, 6]

    private enum Tag {
        static let end: UInt16 = 0
        static let request: UInt16 = 1
        static let addresses: UInt16 = 2
        static let entry: UInt16 = 3
        /// 4 console, 5 frame buffer, 6 modules aligned, 10 relocatable: nothing of it is needed to boot in text mode.
        static let harmless: Set<UInt16> = [4, 5, 6, 10]
        static let optional: UInt16 = 1
    }

    private(set) var addresses: MultibootAddresses?
    private(set) var entry: UInt32?

    init?(_ file: ByteView) throws(KernelError) {
        var place: Int?
        for offset in stride(from: 0, to: min(file.count, Self.searched), by: 8) {
            guard let magic = file.dword(offset), magic == Self.magic, let architecture = file.dword(offset + 4),
                let length = file.dword(offset + 8), let checksum = file.dword(offset + 12),
                magic &+ architecture &+ length &+ checksum == 0
            else { continue }
            place = offset
            break
        }
        guard let place, let length = file.dword(place + 8) else { return nil }
        guard file.dword(place + 4) == 0 else {
            throw .unsupported("its Multiboot 2 header is for another kind of CPU")
        }
        guard length >= 16, Int(length) <= file.count - place else {
            throw .malformed("its Multiboot 2 header is cut off")
        }
        try readTags(file, from: place + 16, to: place + Int(length), header: place)
    }

    private mutating func readTags(_ file: ByteView, from start: Int, to end: Int, header: Int) throws(KernelError) {
        var place = start
        while place + 8 <= end {
            guard let type = file.word(place), let flags = file.word(place + 2), let size = file.dword(place + 4),
                size >= 8, Int(size) <= end - place
            else { throw .malformed("a tag of its Multiboot 2 header is cut off") }
            let words = stride(from: place + 8, to: place + Int(size) - 3, by: 4).compactMap { file.dword($0) }
            let isOptional = flags & Tag.optional != 0
            switch type {
            case Tag.end: return
            case Tag.request:
                if let wanted = words.first(where: { !Self.provided.contains($0) }), !isOptional {
                    throw .unsupported("its Multiboot 2 header asks for information \(wanted), which is not there")
                }
            case Tag.addresses:
                guard words.count >= 4 else { throw .malformed("the address tag of its Multiboot 2 header is cut off") }
                addresses = MultibootAddresses(
                    header: words[0], headerOffset: header, loadStart: words[1], loadEnd: words[2], bssEnd: words[3],
                    entry: nil)
            case Tag.entry:
                guard let address = words.first else {
                    throw .malformed("the entry tag of its Multiboot 2 header is cut off")
                }
                entry = address
            case let type where Tag.harmless.contains(type): break
            default:
                guard isOptional else {
                    throw .unsupported("its Multiboot 2 header has tag \(type), which is not understood")
                }
            }
            place += (Int(size) + 7) & ~7
        }
    }
}
