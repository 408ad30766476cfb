/// The 64 KiB I/O space. Refuses overlaps. An access wider than the handler takes is split into bytes, low byte first,
/// as the ISA bus does; ports without a handler read as all ones.
public final class PortBus {
    public struct Mapping {
        public let ports: ClosedRange<UInt16>
        public let name: String
        let width: Int
        let handler: any PortHandler
    }

    public struct OverlapError: Error, CustomStringConvertible {
        public let description: String
    }

    /// Index + 1 into `mappings` by port.
    @exclusivity(unchecked) private var table = [UInt16](repeating: 0, count: 65536)
    public private(set) var mappings: [Mapping] = []
    // What an access needs of them, without names.
    @exclusivity(unchecked) private var slots: [(width: Int, last: Int)] = []
    @exclusivity(unchecked) private var handlers: [any PortHandler] = []
    /// Sees each access after it was done; the debugger and `-d` install it.
    @exclusivity(unchecked) public var observer:
        ((_ port: Port, _ width: Int, _ value: UInt32, _ isWrite: Bool) -> Void)?
    /// Sees accesses to ports where nothing sits.
    @exclusivity(unchecked) public var unclaimed:
        ((_ port: Port, _ width: Int, _ value: UInt32, _ isWrite: Bool) -> Void)?

    public init() {}

    /// Puts a handler on the bus. `width` is the widest access that it takes at once (1, 2 or 4).
    public func map(_ ports: ClosedRange<UInt16>, name: String, width: Int = 1, to handler: any PortHandler)
        throws(OverlapError)
    {
        for port in ports where table[Int(port)] != 0 {
            let other = mappings[Int(table[Int(port)]) - 1]
            throw OverlapError(
                description: "port \(hexadecimal(UInt64(port)))h: \(name) would overlap \(other.name)")
        }
        mappings.append(Mapping(ports: ports, name: name, width: width, handler: handler))
        slots.append((width, Int(ports.upperBound)))
        handlers.append(handler)
        for port in ports { table[Int(port)] = UInt16(mappings.count) }
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
        let last = Int(port.rawValue) + width - 1
        if slot != 0, slots[slot - 1].width >= width, last <= slots[slot - 1].last {
            let handler = handlers[slot - 1]
            guard let value else {
                let mask: UInt32 = width >= 4 ? .max : (1 &<< UInt32(width * 8)) &- 1
                return handler.read(port: port, width: width) & mask
            }
            handler.write(port: port, width: width, value: value)
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
