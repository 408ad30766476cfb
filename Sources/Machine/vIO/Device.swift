import FoundationEssentials

/// A chip: it keeps all that a guest can see of it in one `State`.
///
/// A device never sees an engine, CPUFile or another chip. What it needs from outside (its interrupt line, DMA,
/// a neighbour's pin) are closures that the board installs.
public protocol Device: AnyObject {
    associatedtype State: Codable & Equatable & Sendable
    /// Stable and unique in a machine: the key in save files, `pic`, `ata0`.
    var name: String { get }
    /// Guest-visible state. Setting it must leave the device as it was when the state was read; deadlines are
    /// restored by the event queue.
    var state: State { get set }
    /// The RESET pin.
    func reset()
}

extension Device {
    /// The state as JSON with sorted keys: the same state gives the same bytes.
    public func encodedState() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return try encoder.encode(state)
    }

    public func restoreState(from data: Data) throws {
        state = try JSONDecoder().decode(State.self, from: data)
    }
}

/// What sits on the port bus.
public protocol PortHandler: AnyObject {
    /// `width` is 1, 2 or 4 bytes, never more than the handler was mapped with; the value's upper bytes are ignored.
    func read(port: Port, width: Int) -> UInt32
    func write(port: Port, width: Int, value: UInt32)
}

/// What sits on the memory bus. Offsets count from the start of the mapped region; widths are 1, 2, 4 or 8 bytes and
/// accesses do not cross the region's end.
public protocol MemoryHandler: AnyObject {
    func read(offset: UInt64, width: Int) -> UInt64
    func write(offset: UInt64, width: Int, value: UInt64)
    /// The byte that a read would give, where it can be had without any side effect.
    func peek(offset: UInt64) -> UInt8?
}

extension MemoryHandler {
    public func peek(offset: UInt64) -> UInt8? { nil }
}

/// An output pin: an interrupt request, a gate, a clock. The board connects it.
public typealias Pin = (Bool) -> Void
