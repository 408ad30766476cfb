import Machine

@testable import PCDevices

/// Memory of a guest and the driver's side of virtqueues in it (virtio 1.2, 2.7), written from the specification's layout
/// and not with the device's code.
final class VirtioDriver {
    /// Guest memory from address 0. What is beyond is nothing.
    var ram = [UInt8](repeating: 0, count: 1 << 20)
    let events = EventQueue()
    let core: VirtioCore
    var interrupts: [VirtioCore.Interrupt] = []
    var errors: [VirtqueueError] = []
    private(set) var rings: [Ring] = []
    private var nextRing: UInt64 = 0x1000

    /// One queue's places, and what the driver knows.
    struct Ring {
        var size: UInt16
        var table: UInt64
        var available: UInt64
        var used: UInt64
        var freeDescriptor: UInt16 = 0
        var seenUsed: UInt16 = 0
    }

    init(_ model: any VirtioModel) {
        core = VirtioCore(name: "virtio0", model: model, events: events)
        core.memory = BusMemory(
            read: { [unowned self] address, count in
                (0..<UInt64(count)).map { address &+ $0 < ram.count ? ram[Int(address &+ $0)] : 0xFF }
            },
            write: { [unowned self] address, bytes in
                for (index, byte) in bytes.enumerated() where address &+ UInt64(index) < ram.count {
                    ram[Int(address) + index] = byte
                }
            },
            isRAM: { [unowned self] address, count in
                let (end, overflows) = address.addingReportingOverflow(count)
                return !overflows && end <= ram.count
            })
        core.interrupt = { [unowned self] in interrupts.append($0) }
        core.broken = { [unowned self] in errors.append($0) }
    }

    // MARK: Memory

    func put<T: FixedWidthInteger & UnsignedInteger>(_ value: T, at address: UInt64) {
        for index in 0..<T.bitWidth / 8 {
            ram[Int(address) + index] = UInt8(truncatingIfNeeded: value >> T(index * 8))
        }
    }

    func get<T: FixedWidthInteger & UnsignedInteger>(_ address: UInt64, as type: T.Type) -> T {
        (0..<T.bitWidth / 8).reduce(0) { $0 | T(ram[Int(address) + $1]) << T($1 * 8) }
    }

    // MARK: Initialisation (3.1)

    func start(features: UInt64 = 1 << 32, queueSize: UInt16? = nil) {
        core.writeStatus(1)
        core.writeStatus(3)
        for half in 0..<UInt32(2) {
            core.current.driverFeatureSelect = half
            core.driverFeatures = UInt32(truncatingIfNeeded: features >> UInt64(half * 32))
        }
        core.writeStatus(11)
        rings = []
        for number in core.current.queues.indices { setUp(UInt16(number), size: queueSize) }
        core.writeStatus(15)
    }

    private func setUp(_ number: UInt16, size: UInt16?) {
        core.current.queueSelect = number
        if let size { core.setSize(size) }
        let size = core.current.queues[Int(number)].size
        let table = nextRing, available = table + 16 * UInt64(size)
        let used = (available + 6 + 2 * UInt64(size) + 3) & ~3
        nextRing = (used + 6 + 8 * UInt64(size) + 15) & ~15
        core.changeQueue {
            $0.descriptors = table
            $0.available = available
            $0.used = used
        }
        core.enableQueue()
        rings.append(Ring(size: size, table: table, available: available, used: used))
    }

    // MARK: Buffers

    func descriptor(_ queue: Int, _ number: UInt16, _ address: UInt64, _ count: UInt32, flags: UInt16, next: UInt16) {
        let place = rings[queue].table + 16 * UInt64(number)
        put(address, at: place)
        put(count, at: place + 8)
        put(flags, at: place + 12)
        put(next, at: place + 14)
    }

    /// Makes `head` available, without a doorbell.
    func offer(_ queue: Int, head: UInt16) {
        let index = get(rings[queue].available + 2, as: UInt16.self)
        put(head, at: rings[queue].available + 4 + 2 * UInt64(index % rings[queue].size))
        put(index &+ 1, at: rings[queue].available + 2)
    }

    /// A chain of descriptors, offered: (address, count, device writes).
    @discardableResult
    func add(_ queue: Int, _ parts: [(UInt64, UInt32, Bool)]) -> UInt16 {
        let head = rings[queue].freeDescriptor
        var number = head
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1, next = (number + 1) % rings[queue].size
            descriptor(queue, number, part.0, part.1, flags: (part.2 ? 2 : 0) | (isLast ? 0 : 1), next: next)
            number = next
        }
        rings[queue].freeDescriptor = number
        offer(queue, head: head)
        return head
    }

    func run(for ticks: UInt64 = 1_000_000) {
        let end = events.now + ticks
        while events.next <= end {
            events.advance(to: events.next)
            events.runDue()
        }
        events.advance(to: end)
    }

    func kick(_ queue: Int) {
        core.notify(queue)
        run()
    }

    /// Heads and written bytes that were given back since the last call.
    func takeUsed(_ queue: Int) -> [(head: UInt32, written: UInt32)] {
        let index = get(rings[queue].used + 2, as: UInt16.self)
        var list: [(UInt32, UInt32)] = []
        while rings[queue].seenUsed != index {
            let place = rings[queue].used + 4 + 8 * UInt64(rings[queue].seenUsed % rings[queue].size)
            list.append((get(place, as: UInt32.self), get(place + 4, as: UInt32.self)))
            rings[queue].seenUsed &+= 1
        }
        return list
    }
}
