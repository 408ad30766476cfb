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
    /// The last codes, oldest first. For people: not a part of the machine.
    public private(set) var history: [UInt8] = []
    private var current = State()

    public init(name: String = "postcode") { self.name = name }

    public var state: State {
        get { current }
        set { current = newValue }
    }

    public func reset() { current = State() }

    public func read(port: Port, width: Int) -> UInt32 { UInt32(current.value) }

    public func write(port: Port, width: Int, value: UInt32) {
        current.value = UInt8(truncatingIfNeeded: value)
        if history.count == Self.historyLimit { history.removeFirst() }
        history.append(current.value)
        shown(current.value)
    }
}
