/// Why a driver's ring cannot be followed. The device then needs a reset (virtio 1.2, 2.1.1, DEVICE_NEEDS_RESET).
public enum VirtqueueError: Error, Equatable, Sendable {
    /// More buffers made available than the ring has places.
    case availableIndex
    /// A descriptor's number is not in its table.
    case descriptorNumber(UInt16)
    /// A chain that is longer than the ring: it loops, or breaks 2.7.5.3.1.
    case chainTooLong
    /// More than 4 GiB in one chain (2.7.5.2).
    case chainTooLarge
    /// A readable descriptor behind a writable one (2.7.4.2).
    case order
    /// A table of descriptors that is nested, empty, no whole number of entries, or not offered.
    case indirect
    /// A ring or a buffer where there is no RAM.
    case address(UInt64)
    /// The queue was changed while it was in use.
    case changedInUse
}

/// One stretch of a buffer in guest memory. All of it is RAM.
public struct VirtioSegment: Equatable, Sendable {
    public var address: UInt64
    public var count: UInt32
}

/// A buffer that the driver made available: what the device reads, then what it writes.
public struct VirtioChain: Equatable, Sendable {
    public let head: UInt16
    public internal(set) var readable: [VirtioSegment] = []
    public internal(set) var writable: [VirtioSegment] = []

    /// Bytes, at most 2^32 together.
    public var readableCount: UInt64 { readable.reduce(0) { $0 + UInt64($1.count) } }
    public var writableCount: UInt64 { writable.reduce(0) { $0 + UInt64($1.count) } }
}

/// A split virtqueue (virtio 1.2, 2.7) from the device's side: the numbers of one, without what lies in guest memory.
public struct Virtqueue: Codable, Equatable, Sendable {
    /// Most descriptors of all tables that one chain goes through. Its parts are in memory while it is worked on.
    static let chainLimit = 1024
    private static let descriptorSize: UInt64 = 16

    /// Descriptor flags (2.7.5).
    private enum Flag {
        static let next: UInt16 = 1
        static let write: UInt16 = 2
        static let indirect: UInt16 = 4
    }

    /// Entries: a power of two.
    public internal(set) var size: UInt16
    public internal(set) var isEnabled = false
    /// Guest-physical addresses of descriptor table, available ring and used ring.
    public internal(set) var descriptors: UInt64 = 0
    public internal(set) var available: UInt64 = 0
    public internal(set) var used: UInt64 = 0
    /// MSI-X vector, FFFFh for none.
    public internal(set) var vector: UInt16 = 0xFFFF
    /// The driver has written to this queue's doorbell, and the device has not looked since.
    public internal(set) var isNotified = false
    /// Free-running, as the rings' own indices.
    public internal(set) var nextAvailable: UInt16 = 0
    public internal(set) var nextUsed: UInt16 = 0
    /// `nextUsed` when the driver was last interrupted, or asked about it.
    public internal(set) var signalledUsed: UInt16 = 0

    init(size: UInt16) { self.size = size }

    // Offsets within the rings: flags 0, idx 2, ring 4, the event index behind the ring (2.7.6, 2.7.8).
    private var ringBytes: UInt64 { UInt64(size) }
    private var usedEvent: UInt64 { available &+ 4 &+ 2 &* ringBytes }
    private var availableEvent: UInt64 { used &+ 4 &+ 8 &* ringBytes }

    /// All three parts are RAM.
    func checkRings(_ memory: BusMemory) throws(VirtqueueError) {
        let parts = [(descriptors, 16 * ringBytes), (available, 6 + 2 * ringBytes), (used, 6 + 8 * ringBytes)]
        for (address, count) in parts where !memory.isRAM(address, count) { throw .address(address) }
    }

    /// How many buffers wait.
    func waiting(_ memory: BusMemory) throws(VirtqueueError) -> UInt16 {
        let count = memory.read16(available &+ 2) &- nextAvailable
        guard count <= size else { throw .availableIndex }
        return count
    }

    /// Takes the next buffer, nil when none waits. `features` are those that were negotiated.
    mutating func pop(_ memory: BusMemory, _ features: UInt64) throws(VirtqueueError) -> VirtioChain? {
        guard isEnabled else { return nil }
        try checkRings(memory)
        guard try waiting(memory) > 0 else { return nil }
        let head = memory.read16(available &+ 4 &+ 2 &* UInt64(nextAvailable & (size &- 1)))
        let chain = try follow(head, memory, features)
        nextAvailable &+= 1
        if features & VirtioFeature.ringEventIndex != 0 { memory.write16(availableEvent, nextAvailable) }
        return chain
    }

    private struct Descriptor {
        var address: UInt64
        var count: UInt32
        var flags: UInt16
        var next: UInt16

        init(_ bytes: [UInt8]) {
            address = UInt64(littleEndianBytes: bytes[0..<8])
            count = UInt32(littleEndianBytes: bytes[8..<12])
            flags = UInt16(littleEndianBytes: bytes[12..<14])
            next = UInt16(littleEndianBytes: bytes[14..<16])
        }
    }

    private func follow(
        _ head: UInt16, _ memory: BusMemory, _ features: UInt64
    ) throws(VirtqueueError) -> VirtioChain {
        var chain = VirtioChain(head: head)
        var table = descriptors, tableSize = UInt32(size), number = head
        var steps = 0, total: UInt64 = 0, isIndirect = false
        while true {
            guard UInt32(number) < tableSize else { throw .descriptorNumber(number) }
            steps += 1
            guard steps <= Self.chainLimit, isIndirect || steps <= Int(size) else { throw .chainTooLong }
            let entry = Descriptor(memory.read(table &+ UInt64(number) &* Self.descriptorSize, 16))
            if entry.flags & Flag.indirect != 0 {
                // 2.7.5.3.1: no table in a table, and none that goes on.
                guard features & VirtioFeature.ringIndirect != 0, !isIndirect, entry.flags & Flag.next == 0,
                    entry.count > 0, entry.count % 16 == 0
                else { throw .indirect }
                guard memory.isRAM(entry.address, UInt64(entry.count)) else { throw .address(entry.address) }
                isIndirect = true
                table = entry.address
                tableSize = entry.count / 16
                number = 0
                continue
            }
            total += UInt64(entry.count)
            guard total <= 1 << 32 else { throw .chainTooLarge }
            if entry.count > 0 {
                guard memory.isRAM(entry.address, UInt64(entry.count)) else { throw .address(entry.address) }
                let segment = VirtioSegment(address: entry.address, count: entry.count)
                if entry.flags & Flag.write != 0 {
                    chain.writable.append(segment)
                } else {
                    guard chain.writable.isEmpty else { throw .order }
                    chain.readable.append(segment)
                }
            }
            guard entry.flags & Flag.next != 0 else { return chain }
            number = entry.next
        }
    }

    /// Gives a buffer back with so many bytes written to it.
    mutating func push(_ chain: VirtioChain, written: UInt32, _ memory: BusMemory) {
        let entry = UInt32(chain.head).littleEndianBytes + written.littleEndianBytes
        memory.write(used &+ 4 &+ 8 &* UInt64(nextUsed & (size &- 1)), entry)
        nextUsed &+= 1
        memory.write16(used &+ 2, nextUsed)
    }

    /// Whether the driver wants to hear of what was given back since the last time (2.7.7.2, 2.7.10).
    mutating func wantsInterrupt(_ memory: BusMemory, _ features: UInt64) -> Bool {
        let old = signalledUsed
        guard isEnabled, nextUsed != old else { return false }
        signalledUsed = nextUsed
        guard features & VirtioFeature.ringEventIndex != 0 else { return memory.read16(available) & 1 == 0 }
        return nextUsed &- memory.read16(usedEvent) &- 1 < nextUsed &- old
    }
}

/// Feature bits that no kind of device owns (virtio 1.2, 6).
public enum VirtioFeature {
    public static let ringIndirect: UInt64 = 1 << 28
    public static let ringEventIndex: UInt64 = 1 << 29
    public static let version1: UInt64 = 1 << 32
}
