import Machine

/// Port 80h: the POST card. The port is a spare page register, so it reads back.
public final class PostCode: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        public internal(set) var value: UInt8 = 0
    }

    /// How many codes are kept.
    public static let historyLimit = 64

    public let name: String
    /// Sees each code.
    public var shown: (UInt8) -> Void = { _ in }
    @exclusivity(unchecked) private var current = State()
    /// The last codes in a ring, and how many there ever were. Guests also write here to wait a moment: it must cost little.
    @exclusivity(unchecked) private var ring = [UInt8](repeating: 0, count: historyLimit)
    @exclusivity(unchecked) private var count = 0

    public init(name: String = "postcode") { self.name = name }

    /// The last codes, oldest first. For people: not a part of the machine.
    public var history: [UInt8] {
        (max(0, count - Self.historyLimit)..<count).map { ring[$0 % Self.historyLimit] }
    }

    public var state: State {
        get { current }
        set { current = newValue }
    }

    public func reset() { current = State() }

    public func read(port: Port, width: Int) -> UInt32 { UInt32(current.value) }

    public func write(port: Port, width: Int, value: UInt32) {
        current.value = UInt8(truncatingIfNeeded: value)
        ring[count % Self.historyLimit] = current.value
        count += 1
        shown(current.value)
    }
}
