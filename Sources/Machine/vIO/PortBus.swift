/// The 64 KiB I/O space. Refuses overlaps. An access wider than the handler takes is split into bytes, low byte first,
/// as the ISA bus does; ports without a handler read as all ones.
public final class PortBus {
    public struct Mapping {
        public let ports: ClosedRange<UInt16>
        public let name: String
    }

    public struct OverlapError: Error, CustomStringConvertible {
        public let description: String
    }

    /// Names ports whose place the guest chooses.
    public struct Window: Hashable, Sendable {
        let index: Int
    }

    /// What sits on the bus, windows that are nowhere included.
    private struct Slot {
        let width: Int
        let isWindow: Bool
        let count: Int
        /// Nil while a window is nowhere.
        var first: UInt16?

        func contains(_ port: Int) -> Bool {
            guard let first else { return false }
            return port >= Int(first) && port < Int(first) + count
        }
    }

    /// Index + 1 into `slots` by port.
    @exclusivity(unchecked) private var table = [UInt16](repeating: 0, count: 65536)
    @exclusivity(unchecked) private var slots: [Slot] = []
    @exclusivity(unchecked) private var handlers: [any PortHandler] = []
    private var names: [String] = []
    /// Sees each access after it was done; the debugger and `-d` install it.
    @exclusivity(unchecked) public var observer:
        ((_ port: Port, _ width: Int, _ value: UInt32, _ isWrite: Bool) -> Void)?
    /// Sees accesses to ports where nothing sits.
    @exclusivity(unchecked) public var unclaimed:
        ((_ port: Port, _ width: Int, _ value: UInt32, _ isWrite: Bool) -> Void)?

    public init() {}

    /// What is on the bus now, for whoever shows it.
    public var mappings: [Mapping] {
        zip(slots, names).compactMap { slot, name in
            slot.first.map { Mapping(ports: $0...UInt16(Int($0) + slot.count - 1), name: name) }
        }
    }

    /// Puts a handler on the bus. `width` is the widest access that it takes at once (1, 2 or 4).
    public func map(_ ports: ClosedRange<UInt16>, name: String, width: Int = 1, to handler: any PortHandler)
        throws(OverlapError)
    {
        for port in ports where table[Int(port)] != 0 {
            let other = names[Int(table[Int(port)]) - 1]
            throw OverlapError(
                description: "port \(hexadecimal(UInt64(port)))h: \(name) would overlap \(other)")
        }
        slots.append(Slot(width: width, isWindow: false, count: ports.count, first: ports.lowerBound))
        names.append(name)
        handlers.append(handler)
        for port in ports { table[Int(port)] = UInt16(slots.count) }
    }

    /// Adds `count` ports that are nowhere yet. Their handler is given ports counted from the window's start.
    ///
    /// Where it is put is no part of a save: whoever moves it does so again when its state is restored.
    public func addWindow(_ count: Int, name: String, width: Int = 4, to handler: any PortHandler) -> Window {
        precondition((1...65536).contains(count), "\(name) has \(count) ports")
        slots.append(Slot(width: width, isWindow: true, count: count, first: nil))
        names.append(name)
        handlers.append(handler)
        return Window(index: slots.count - 1)
    }

    /// Moves a window; nil, or a place from which it would pass port FFFFh, takes it off the bus. Ports that were mapped for
    /// good are seen over it; of windows that overlap, the one that was added first.
    public func place(_ window: Window, at first: UInt16?) {
        guard slots.indices.contains(window.index), slots[window.index].isWindow else { return }
        let count = slots[window.index].count, before = slots[window.index].first
        let wanted = first.flatMap { Int($0) + count <= 65536 ? $0 : nil }
        guard before != wanted else { return }
        slots[window.index].first = wanted
        for start in [before, wanted] {
            guard let start else { continue }
            for port in Int(start)..<Int(start) + count { settle(port) }
        }
    }

    private func settle(_ port: Int) {
        let now = Int(table[port])
        if now != 0, !slots[now - 1].isWindow { return }
        table[port] = UInt16((slots.firstIndex { $0.isWindow && $0.contains(port) } ?? -1) + 1)
    }

    public func read(_ port: Port, width: Int) -> UInt32 {
        let value = access(port, width, nil)
        observer?(port, width, value, false)
        return value
    }

    public func write(_ port: Port, width: Int, value: UInt32) {
        _ = access(port, width, value)
        observer?(port, width, value, true)
    }

    private func access(_ port: Port, _ width: Int, _ value: UInt32?) -> UInt32 {
        let slot = Int(table[Int(port.rawValue)])
        if slot != 0, slots[slot - 1].width >= width, let first = slots[slot - 1].first,
            Int(port.rawValue) + width <= Int(first) + slots[slot - 1].count
        {
            let handler = handlers[slot - 1]
            let place = slots[slot - 1].isWindow ? Port(port.rawValue &- first) : port
            guard let value else {
                let mask: UInt32 = width >= 4 ? .max : (1 &<< UInt32(width * 8)) &- 1
                return handler.read(port: place, width: width) & mask
            }
            handler.write(port: place, width: width, value: value)
            return value
        }
        if width == 1 {
            unclaimed?(port, 1, value ?? 0xFF, value != nil)
            return 0xFF
        }
        // A dword on a 16-bit device goes as two words.
        let half = slot != 0 && slots[slot - 1].width >= 2 && width == 4 ? 2 : 1
        var result: UInt32 = 0
        for offset in stride(from: 0, to: width, by: half) {
            let part = Port(port.rawValue &+ UInt16(offset))
            let shift = UInt32(offset * 8)
            let mask: UInt32 = half == 2 ? 0xFFFF : 0xFF
            let partValue = value.map { ($0 >> shift) & mask }
            result |= (access(part, half, partValue) & mask) << shift
        }
        return result
    }
}
