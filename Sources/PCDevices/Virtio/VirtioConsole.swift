import FoundationEssentials
import Machine

/// Console device with one port (virtio 1.2, 5.3): queue 0 receives, queue 1 transmits.
public final class VirtioConsole: VirtioModel {
    public struct State: Codable, Equatable, Sendable {
        /// From outside, and not yet given to the driver.
        public internal(set) var waiting = Data()
    }

    private enum Queue {
        static let receive = 0
        static let transmit = 1
    }

    /// Most bytes that wait. Whoever sends looks at `queueSpace` first.
    public static let queueLimit = 1 << 16
    /// Most bytes that are moved at one point of time.
    private static let bytesAtOnce = 1 << 16

    /// Takes what the guest prints.
    public var output: ([UInt8]) -> Void = { _ in }
    public var state = State()

    public init() {}

    public let deviceType: UInt16 = 3
    public let features: UInt64 = 0
    public let queueSizes: [UInt16] = [128, 128]
    /// cols, rows, max_nr_ports, emerg_wr: none of which was offered.
    public var configuration: [UInt8] { [UInt8](repeating: 0, count: 12) }

    /// What came from outside stays for the next driver.
    public func reset() {}

    public var queueSpace: Int { max(0, Self.queueLimit - state.waiting.count) }

    /// Bytes from outside; those beyond the limit are lost.
    public func receive(_ bytes: [UInt8], _ core: VirtioCore) {
        state.waiting.append(contentsOf: bytes.prefix(queueSpace))
        core.notify(Queue.receive)
    }

    public func serve(_ queue: Int, _ core: VirtioCore) throws(VirtqueueError) -> Bool {
        queue == Queue.transmit ? try transmit(core) : try fill(core)
    }

    private func transmit(_ core: VirtioCore) throws(VirtqueueError) -> Bool {
        var left = Self.bytesAtOnce
        while left > 0 {
            guard let chain = try core.pop(Queue.transmit) else { return false }
            // A driver sends pages; who sends more loses what is beyond.
            let bytes = chain.read(0, Self.bytesAtOnce, core.memory)
            output(bytes)
            core.push(chain, written: 0, read: bytes.count, on: Queue.transmit)
            left -= max(bytes.count, 1024)
        }
        return true
    }

    private func fill(_ core: VirtioCore) throws(VirtqueueError) -> Bool {
        while !state.waiting.isEmpty {
            guard let chain = try core.pop(Queue.receive) else { return false }
            let part = state.waiting.prefix(Int(min(chain.writableCount, UInt64(Self.queueLimit))))
            let written = chain.write(0, Array(part), core.memory)
            state.waiting.removeFirst(written)
            core.push(chain, written: written, on: Queue.receive)
        }
        return false
    }
}
