import Machine

/// A function's MSI-X table and pending bits (PCI Local Bus Specification 3.0, 6.8.2), in a page of their own: the table at 0,
/// the pending bits at 800h.
public final class MSIX: MemoryHandler {
    public struct Entry: Codable, Equatable, Sendable {
        public internal(set) var address: UInt64 = 0
        public internal(set) var data: UInt32 = 0
        /// Vector control: bit 0 masks.
        public internal(set) var control: UInt32 = 1
    }

    public struct State: Codable, Equatable, Sendable {
        public internal(set) var entries: [Entry]
        /// Asked for while masked.
        public internal(set) var pending: UInt64 = 0
    }

    /// Message control.
    private enum Control {
        static let enable: UInt16 = 0x8000
        static let mask: UInt16 = 0x4000
    }

    private static let pendingOffset: UInt64 = 0x800

    /// Sends a message: a write of `data` to `address`, which the interrupt controllers take.
    public var send: (_ address: UInt64, _ data: UInt32) -> Void = { _, _ in }
    public internal(set) var state: State
    private unowned let function: PCIFunction
    private let capability: Int

    /// `vectors`: 1-64. The table is in base address register `base`.
    public init(_ function: PCIFunction, vectors: Int, base: Int) {
        let count = max(1, min(vectors, 64))
        self.function = function
        state = State(entries: [Entry](repeating: Entry(), count: count))
        capability = function.addCapability(
            0x11,
            UInt16(count - 1).littleEndianBytes + UInt32(base).littleEndianBytes
                + (UInt32(Self.pendingOffset) | UInt32(base)).littleEndianBytes, writable: [0, 0xC0])
        function.addBase(base, memory: 4096, self)
    }

    /// The guest wants messages instead of INTx.
    public var isEnabled: Bool { function.word(capability + 2) & Control.enable != 0 }

    private func isMasked(_ vector: Int) -> Bool {
        function.word(capability + 2) & Control.mask != 0 || state.entries[vector].control & 1 != 0
    }

    /// Sends the vector's message, or notes it while it is masked. FFFFh and others beyond the table mean none.
    func raise(_ vector: UInt16) {
        guard isEnabled, vector < state.entries.count else { return }
        if isMasked(Int(vector)) {
            state.pending |= 1 << UInt64(vector)
        } else {
            deliver(Int(vector))
        }
    }

    private func deliver(_ vector: Int) {
        state.pending &= ~(1 << UInt64(vector))
        if function.isBusMaster { send(state.entries[vector].address, state.entries[vector].data) }
    }

    /// Masks may have changed: what waits and is masked no longer goes out.
    func update() {
        guard isEnabled, state.pending != 0 else { return }
        for vector in state.entries.indices where state.pending >> UInt64(vector) & 1 != 0 && !isMasked(vector) {
            deliver(vector)
        }
    }

    func reset() { state = State(entries: [Entry](repeating: Entry(), count: state.entries.count)) }

    func restore(_ saved: State) { if saved.entries.count == state.entries.count { state = saved } }

    // MARK: Memory

    private func dword(_ offset: UInt64) -> UInt32 {
        if offset >= Self.pendingOffset {
            let index = (offset - Self.pendingOffset) / 4
            return index < 2 ? UInt32(truncatingIfNeeded: state.pending >> (32 * index)) : 0
        }
        guard offset / 16 < state.entries.count else { return 0 }
        let entry = state.entries[Int(offset / 16)]
        switch offset % 16 / 4 {
        case 0: return UInt32(truncatingIfNeeded: entry.address)
        case 1: return UInt32(truncatingIfNeeded: entry.address >> 32)
        case 2: return entry.data
        default: return entry.control
        }
    }

    /// Only dwords and quadwords in their places may be read and written; other accesses are undefined.
    public func read(offset: UInt64, width: Int) -> UInt64 {
        guard offset % 4 == 0 else { return 0 }
        return UInt64(dword(offset)) | (width == 8 ? UInt64(dword(offset + 4)) << 32 : 0)
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        guard offset % 4 == 0, width >= 4 else { return }
        write(offset, UInt32(truncatingIfNeeded: value))
        if width == 8 { write(offset + 4, UInt32(truncatingIfNeeded: value >> 32)) }
        update()
    }

    private func write(_ offset: UInt64, _ value: UInt32) {
        guard offset / 16 < state.entries.count else { return }
        let index = Int(offset / 16)
        switch offset % 16 / 4 {
        case 0:
            state.entries[index].address = state.entries[index].address & ~0xFFFF_FFFF | UInt64(value & ~3)
        case 1:
            state.entries[index].address = state.entries[index].address & 0xFFFF_FFFF | UInt64(value) << 32
        case 2: state.entries[index].data = value
        default: state.entries[index].control = value & 1
        }
    }

    public func peek(offset: UInt64) -> UInt8? {
        UInt8(truncatingIfNeeded: dword(offset & ~3) >> UInt32(offset % 4 * 8))
    }
}
