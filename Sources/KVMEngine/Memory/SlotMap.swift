import Machine

/// A piece of guest memory that KVM maps by itself; everything else exits as MMIO.
struct MemorySlot: Equatable {
    /// Physical address, page-aligned.
    var guest: UInt64
    /// In bytes, whole pages.
    var size: UInt64
    var host: UnsafeMutableRawPointer
    /// Writes exit.
    var isReadOnly: Bool
    /// The kernel notes which pages the guest wrote.
    var logsWrites = false

    var end: UInt64 { guest + size }

    /// The part within `range`, which begins at `start` in the guest's eyes.
    func part(in range: Range<UInt64>, movedTo start: UInt64) -> MemorySlot? {
        let first = max(guest, range.lowerBound), last = min(end, range.upperBound)
        guard first < last else { return nil }
        return MemorySlot(
            guest: start + (first - range.lowerBound), size: last - first, host: host + Int(first - guest),
            isReadOnly: isReadOnly, logsWrites: logsWrites)
    }
}

/// The slots that a memory map and an A20 gate ask for.
enum SlotMap {
    private static let mebibyte: UInt64 = 1 << 20

    static func slots(_ spans: [vMEM.PlainSpan], gateOpen: Bool) -> [MemorySlot] {
        let plain = spans.map {
            MemorySlot(guest: $0.start, size: $0.size, host: $0.host, isReadOnly: $0.isReadOnly)
        }
        return gateOpen ? plain : aliased(plain)
    }

    /// A20 closed: address bit 20 is zero, so each odd mebibyte shows the even one below it.
    private static func aliased(_ plain: [MemorySlot]) -> [MemorySlot] {
        var list: [MemorySlot] = []
        for slot in plain {
            var base = slot.guest / (2 * mebibyte) * (2 * mebibyte)
            while base < slot.end {
                let even = base..<base + mebibyte
                for start in [base, base + mebibyte] {
                    if let part = slot.part(in: even, movedTo: start) { list.append(part) }
                }
                base += 2 * mebibyte
            }
        }
        return list
    }
}
