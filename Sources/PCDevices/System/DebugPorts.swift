import Machine

/// The state of a device that has none.
public struct NoState: Codable, Equatable, Sendable {
    public init() {}
}

/// A port that prints each byte: E9h as in Bochs, 402h as in SeaBIOS. It reads as E9h, by which a guest finds it.
public final class DebugConsole: Device, PortHandler {
    private static let presence: UInt32 = 0xE9

    public let name: String
    public var output: (UInt8) -> Void = { _ in }
    public var state = NoState()

    public init(name: String) { self.name = name }

    public func reset() {}

    public func read(port: Port, width: Int) -> UInt32 { Self.presence }

    public func write(port: Port, width: Int, value: UInt32) { output(UInt8(truncatingIfNeeded: value)) }
}

/// QEMU's isa-debug-exit: a write ends the run with a value that the guest chose.
public final class DebugExit: Device, PortHandler {
    public let name: String
    public var ask: (MachineRequest) -> Void = { _ in }
    public var state = NoState()
    /// The ports, by default 501h-502h.
    public let ports: ClosedRange<UInt16>

    /// `size` is 1-4 ports; what does not fit below FFFFh is cut off.
    public init(name: String = "debugexit", base: UInt16 = 0x501, size: UInt16 = 2) {
        self.name = name
        let (last, overflow) = base.addingReportingOverflow(min(max(size, 1), 4) - 1)
        ports = base...(overflow ? UInt16.max : last)
    }

    public func reset() {}

    public func read(port: Port, width: Int) -> UInt32 { 0 }

    public func write(port: Port, width: Int, value: UInt32) {
        let mask: UInt32 = width >= 4 ? .max : (1 &<< UInt32(truncatingIfNeeded: width * 8)) &- 1
        ask(.debugExit(value: value & mask))
    }
}

/// Bochs's port 8900h: the bytes of "Shutdown", in a row, switch the machine off.
public final class BochsShutdown: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// How many bytes of the word have come.
        public internal(set) var matched: UInt8 = 0
    }

    private static let word = Array("Shutdown".utf8)

    public let name: String
    public var ask: (MachineRequest) -> Void = { _ in }
    private var current = State()

    public init(name: String = "bochsshutdown") { self.name = name }

    public var state: State {
        get { current }
        set { current.matched = newValue.matched % UInt8(Self.word.count) }
    }

    public func reset() { current = State() }

    public func read(port: Port, width: Int) -> UInt32 { 0xFF }

    public func write(port: Port, width: Int, value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        if byte == Self.word[Int(current.matched)] {
            current.matched += 1
        } else {
            // No letter comes twice at the start of the word, so that only "S" can begin again.
            current.matched = byte == Self.word[0] ? 1 : 0
        }
        guard Int(current.matched) == Self.word.count else { return }
        current.matched = 0
        ask(.powerOff(source: "Bochs port 8900h"))
    }
}
