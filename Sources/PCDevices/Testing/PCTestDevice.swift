import FoundationEssentials
import Machine

/// What kvm-unit-tests call `pc-testdev`: interrupt lines that a test can pull, and registers that only remember.
///
/// | where | what |
/// | --- | --- |
/// | ports E0h-E3h | four bytes, in any width |
/// | ports E4h-E7h | a page that the host is to map anew: nothing that a guest could see |
/// | ports E8h-EBh | the same four bytes, one at a time (but E9h, where the debug console is) |
/// | ports 2000h-2017h | level of interrupt lines 0-23 |
/// | memory FF000000h | 64 KiB of bytes |
public final class PCTestDevice: Device, PortHandler, MemoryHandler {
    public struct State: Codable, Equatable, Sendable {
        public internal(set) var bytes: [UInt8] = [0, 0, 0, 0]
        public internal(set) var memory = Data(count: PCTestDevice.memorySize)
    }

    public static let memorySize = 64 << 10
    public static let memoryStart: UInt64 = 0xFF00_0000
    public static let lines: ClosedRange<UInt16> = 0x2000...0x2017
    static let wide: ClosedRange<UInt16> = 0xE0...0xE3
    static let narrow: ClosedRange<UInt16> = 0xE8...0xEB

    public let name: String
    public var setLine: (_ line: Int, _ level: Bool) -> Void = { _, _ in }
    private var current = State()

    public init(name: String = "pc-testdev") { self.name = name }

    public var state: State {
        get { current }
        set {
            guard newValue.bytes.count == 4, newValue.memory.count == Self.memorySize else { return }
            current = newValue
        }
    }

    public func reset() { current = State() }

    public func read(port: Port, width: Int) -> UInt32 {
        guard Self.wide.contains(port.rawValue) || Self.narrow.contains(port.rawValue) else { return 0 }
        return (0..<width).reduce(0) {
            $0 | UInt32(current.bytes[(Int(port.rawValue) + $1) & 3]) << UInt32(truncatingIfNeeded: $1 * 8)
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        if Self.lines.contains(port.rawValue) {
            return setLine(Int(port.rawValue - Self.lines.lowerBound), value & 0xFF != 0)
        }
        guard Self.wide.contains(port.rawValue) || Self.narrow.contains(port.rawValue) else { return }
        for index in 0..<width {
            current.bytes[(Int(port.rawValue) + index) & 3] = UInt8(truncatingIfNeeded: value >> UInt32(index * 8))
        }
    }

    public func read(offset: UInt64, width: Int) -> UInt64 {
        (0..<UInt64(width)).reduce(0) { $0 | UInt64(peek(offset: offset &+ $1) ?? 0xFF) << ($1 * 8) }
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        for index in 0..<UInt64(width) where offset &+ index < UInt64(Self.memorySize) {
            current.memory[Int(offset + index)] = UInt8(truncatingIfNeeded: value >> (index * 8))
        }
    }

    public func peek(offset: UInt64) -> UInt8? {
        offset < UInt64(Self.memorySize) ? current.memory[Int(offset)] : nil
    }
}
