import Machine

/// What the kernel loader (`roms/kernel-loader/loader.asm`, where each operation is described) is to do: records of 16 bytes.
struct BootPlan {
    /// Name of the file in fw_cfg.
    static let file = "opt/lucid86/boot-plan"
    /// Bytes below the address that `stack` names which the loader uses.
    static let stackSize: UInt64 = 0x400

    struct MapFlags: OptionSet {
        let rawValue: UInt16
        /// The dword 20 before each entry.
        static let sizeFirst = MapFlags(rawValue: 1)
        /// The end tag of Multiboot 2 behind the last entry.
        static let endTag = MapFlags(rawValue: 2)
    }

    private(set) var bytes: [UInt8] = []

    private mutating func add(_ operation: UInt16, _ word: UInt16 = 0, _ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0) {
        bytes += littleEndian(operation) + littleEndian(word)
        for value in [a, b, c] { bytes += littleEndian(UInt32(truncatingIfNeeded: value)) }
    }

    mutating func stack(endsAt address: UInt64) { add(1, 0, address) }

    /// Bytes of an fw_cfg item; zeros where it has ended.
    mutating func copy(item: UInt16, from offset: Int, count: UInt64, to address: UInt64) {
        guard count > 0 else { return }
        add(2, item, UInt64(offset), count, address)
    }

    /// The BIOS's memory map.
    mutating func map(to address: UInt64, entrySize: UInt64, most: Int, _ flags: MapFlags = []) {
        add(3, flags.rawValue, address, entrySize, UInt64(most))
    }

    /// `base` + `factor` times the number of entries.
    mutating func count(to address: UInt64, width: UInt16 = 4, base: UInt64 = 0, factor: UInt64 = 1) {
        add(4, width, address, base, factor)
    }

    /// KiB of low memory and from 1 MiB on.
    mutating func memorySizes(to address: UInt64) { add(5, 0, address) }

    /// Column and row of the cursor.
    mutating func cursor(to address: UInt64) { add(6, 0, address) }

    mutating func enterReal(code: UInt16, ip: UInt16, stack: UInt16, sp: UInt16, data: UInt16) {
        add(7, 0, UInt64(code) << 16 | UInt64(ip), UInt64(stack) << 16 | UInt64(sp), UInt64(data))
    }

    mutating func enterProtected(eip: UInt64, eax: UInt32 = 0, ebx: UInt64) { add(8, 0, eip, UInt64(eax), ebx) }

    mutating func enterProtected(eip: UInt64, esi: UInt64) { add(8, 1, eip, 0, esi) }

    mutating func enterLong(rip: UInt64, pageTables: UInt64, rsi: UInt64) { add(9, 0, rip, pageTables, rsi) }
}

/// Which physical memory is taken while a kernel is put into it.
struct BootMemory {
    /// Below are interrupt vectors and data of the BIOS, and what it still uses while the loader asks it.
    private static let lowest: UInt64 = 0x1_0000
    /// Above are the BIOS's extended data and its like.
    private static let lowestEnd: UInt64 = 0x9_0000
    /// Segments may go this high below 640 KiB.
    private static let conventionalEnd: UInt64 = 0x9_F000
    static let highStart: UInt64 = 0x10_0000
    /// At the end of low memory firmware puts its tables.
    private static let reserved: UInt64 = 0x4_0000

    private(set) var taken: [Range<UInt64>] = []
    let highEnd: UInt64

    init(memorySize: UInt64) {
        let low = min(memorySize, vMEM.lowMemoryEnd)
        highEnd = low > Self.highStart + Self.reserved ? low - Self.reserved : Self.highStart
    }

    /// Takes what a kernel asks for.
    mutating func take(_ range: Range<UInt64>, for what: String) throws(KernelError) {
        guard !range.isEmpty else { return }
        let isLow = range.upperBound <= Self.conventionalEnd
        guard isLow || range.lowerBound >= Self.highStart else {
            throw .unsupported("\(what) goes to \(text(range)), where no memory can be used")
        }
        guard isLow || range.upperBound <= highEnd else {
            throw .memory("\(what) goes to \(text(range)), and memory ends at \(hexadecimal(highEnd))h")
        }
        guard !taken.contains(where: { $0.overlaps(range) }) else {
            throw .malformed("\(what) lies over another part of it")
        }
        taken.append(range)
    }

    /// Finds room below 640 KiB, the lowest that is free.
    mutating func low(_ size: UInt64, alignment: UInt64, for what: String) throws(KernelError) -> UInt64 {
        guard let place = place(size, alignment, in: Self.lowest..<Self.lowestEnd) else {
            throw .memory("there is no room below 640 KiB for \(what)")
        }
        taken.append(place..<place + size)
        return place
    }

    /// Finds room above 1 MiB, behind everything else there.
    mutating func high(_ size: UInt64, for what: String) throws(KernelError) -> UInt64 {
        let end = taken.map(\.upperBound).max() ?? Self.highStart
        let place = (max(end, Self.highStart) + 4095) & ~4095
        guard place <= highEnd, size <= highEnd - place else {
            throw .memory("\(what) has \(size) bytes, and memory ends at \(hexadecimal(highEnd))h")
        }
        taken.append(place..<place + size)
        return place
    }

    private func place(_ size: UInt64, _ alignment: UInt64, in area: Range<UInt64>) -> UInt64? {
        var place = area.lowerBound
        // Each round moves behind one range that is in the way.
        for _ in 0...taken.count {
            place = (place + alignment - 1) & ~(alignment - 1)
            guard place < area.upperBound, size <= area.upperBound - place else { return nil }
            guard let other = taken.first(where: { $0.overlaps(place..<place + max(size, 1)) }) else { return place }
            place = other.upperBound
        }
        return nil
    }

    private func text(_ range: Range<UInt64>) -> String {
        "\(hexadecimal(range.lowerBound))h-\(hexadecimal(range.upperBound &- 1))h"
    }
}
