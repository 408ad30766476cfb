import Glibc
import Machine

/// MMIO windows that are plain bytes for now (the VGA's in text modes and in mode 13h), as memory of the guest: no exit for each
/// byte. The kernel's dirty log tells which pages go back to the device when somebody looks.
final class DirectWindows: WindowKeeper {
    private struct Kept {
        let handler: any WindowedMemory
        /// Physical address of the region.
        let start: UInt64
        let window: Range<UInt64>
        let bytes: UnsafeMutableRawPointer

        var slot: MemorySlot {
            MemorySlot(
                guest: start + window.lowerBound, size: window.upperBound - window.lowerBound, host: bytes,
                isReadOnly: false, logsWrites: true)
        }
    }

    private static let pageSize = 4096
    private static let mostBytes = 0x10000

    private weak var engine: KVMEngine?
    private var kept: [Kept] = []
    /// Whether the kept bytes are those of the device.
    private var isFilled = false

    deinit { for entry in kept { munmap(entry.bytes, Self.mostBytes) } }

    func open(_ engine: KVMEngine) {
        self.engine = engine
        for region in engine.memory.windowedRegions { region.handler.windowKeeper = self }
        isFilled = false
    }

    func close() {
        returnWindow()
        for region in engine?.memory.windowedRegions ?? [] { region.handler.windowKeeper = nil }
        drop()
    }

    /// No window is kept; the devices have their bytes.
    func letGo() throws(KVMError) {
        returnWindow()
        drop()
    }

    private func drop() {
        for entry in kept { munmap(entry.bytes, Self.mostBytes) }
        kept = []
    }

    /// The windows as they are now, filled with the devices' bytes.
    func slots() throws(KVMError) -> [MemorySlot] {
        guard let engine else { return [] }
        if isFilled, !kept.isEmpty { return kept.map(\.slot) }
        let wanted = engine.memory.windowedRegions.compactMap { region in
            region.handler.plainWindow.map { (region.start, region.handler, $0) }
        }
        let isSame =
            wanted.count == kept.count && zip(wanted, kept).allSatisfy { $0.2 == $1.window && $0.0 == $1.start }
        if !isSame {
            drop()
            for (start, handler, window) in wanted where window.upperBound - window.lowerBound <= Self.mostBytes {
                let bytes = mmap(nil, Self.mostBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                guard let bytes, bytes != MAP_FAILED else { throw .mapping(errno: errno) }
                kept.append(Kept(handler: handler, start: start, window: window, bytes: bytes))
            }
        }
        for entry in kept {
            let size = Int(entry.window.upperBound - entry.window.lowerBound)
            entry.handler.copyWindow(to: UnsafeMutableRawBufferPointer(start: entry.bytes, count: size))
        }
        isFilled = true
        return kept.map(\.slot)
    }

    // MARK: WindowKeeper

    func returnWindow() {
        guard isFilled, let engine else { return }
        for entry in kept {
            guard let pages = try? engine.writtenPages(at: entry.slot.guest) else { continue }
            for (index, word) in pages.enumerated() where word != 0 {
                for bit in 0..<64 where word >> UInt64(bit) & 1 != 0 {
                    let offset = (index * 64 + bit) * Self.pageSize
                    entry.handler.takeWindow(
                        UnsafeRawBufferPointer(start: entry.bytes + offset, count: Self.pageSize),
                        at: entry.window.lowerBound + UInt64(offset))
                }
            }
        }
    }

    func windowChanged() {
        isFilled = false
        engine?.slotsVersion = nil
    }
}
