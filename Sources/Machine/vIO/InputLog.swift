/// What came from outside, and when. Replaying the log on the same image gives the same machine.
public final class InputLog {
    public struct Entry: Codable, Equatable, Sendable {
        /// When it entered.
        public var tick: UInt64
        /// Which door: `keyboard`, `serial0`.
        public var channel: String
        public var bytes: [UInt8]
    }

    public private(set) var entries: [Entry] = []
    private var channels: [String: ([UInt8]) -> Void] = [:]

    public init() {}

    /// A device registers the door through which bytes reach it.
    public func register(_ channel: String, receive: @escaping ([UInt8]) -> Void) {
        channels[channel] = receive
    }

    /// Drops what came after `tick`: the machine went back there, and its future is open again.
    func forget(after tick: UInt64) { entries.removeAll { $0.tick > tick } }

    /// Hands bytes to a device now and notes them. Unknown channels are ignored and return false.
    @discardableResult
    public func deliver(_ bytes: [UInt8], to channel: String, at tick: UInt64) -> Bool {
        guard let receive = channels[channel] else { return false }
        entries.append(Entry(tick: tick, channel: channel, bytes: bytes))
        receive(bytes)
        return true
    }
}
