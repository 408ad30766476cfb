import FoundationEssentials

/// Network device (virtio 1.2, 5.1): queue 0 receives, queue 1 transmits. No offloads, no control queue.
public final class VirtioNet: VirtioModel {
    public struct State: Codable, Equatable, Sendable {
        /// Frames from outside, and not yet given to the driver.
        public internal(set) var waiting: [Data] = []
    }

    /// VIRTIO_NET_F_...
    enum Feature {
        static let mac: UInt64 = 1 << 5
        static let status: UInt64 = 1 << 16
    }

    private enum Queue {
        static let receive = 0
        static let transmit = 1
    }

    /// virtio_net_hdr with num_buffers (5.1.6).
    static let headerSize = 12
    private static let framesAtOnce = 64

    public let mac: [UInt8]
    /// Takes each frame that the guest sends.
    public var transmit: ([UInt8]) -> Void = { _ in }
    public var state = State()

    /// `mac` has six bytes.
    public init(mac: [UInt8]) { self.mac = Array((mac + [0, 0, 0, 0, 0, 0]).prefix(6)) }

    public let deviceType: UInt16 = 1
    public let features = Feature.mac | Feature.status
    public let queueSizes: [UInt16] = [256, 256]
    /// mac, status with VIRTIO_NET_S_LINK_UP.
    public var configuration: [UInt8] { mac + [1, 0] }

    public func reset() { state.waiting = [] }

    /// A frame from outside, without its checksum. It is lost where no driver listens or too many wait.
    public func receive(_ frame: [UInt8], _ core: VirtioCore) {
        guard core.isLive, EthernetFrame.isPlausible(frame), state.waiting.count < EthernetFrame.mostWaiting else {
            return
        }
        state.waiting.append(Data(frame))
        core.notify(Queue.receive)
    }

    public func serve(_ queue: Int, _ core: VirtioCore) throws(VirtqueueError) -> Bool {
        queue == Queue.transmit ? try send(core) : try deliver(core)
    }

    private func send(_ core: VirtioCore) throws(VirtqueueError) -> Bool {
        for _ in 0..<Self.framesAtOnce {
            guard let chain = try core.pop(Queue.transmit) else { return false }
            let frame = chain.read(UInt64(Self.headerSize), EthernetFrame.longest + 1, core.memory)
            if EthernetFrame.isPlausible(frame) { transmit(frame) }
            core.push(chain, written: 0, read: frame.count, on: Queue.transmit)
        }
        return true
    }

    private func deliver(_ core: VirtioCore) throws(VirtqueueError) -> Bool {
        while let frame = state.waiting.first {
            guard let chain = try core.pop(Queue.receive) else { return false }
            // num_buffers is 1: a frame lies in one buffer.
            let packet = [UInt8](repeating: 0, count: Self.headerSize - 2) + [1, 0] + frame
            if chain.writableCount >= UInt64(packet.count) {
                chain.write(0, packet, core.memory)
                core.push(chain, written: packet.count, on: Queue.receive)
            } else {
                core.push(chain, written: 0, on: Queue.receive)
            }
            state.waiting.removeFirst()
        }
        return false
    }
}

/// Bounds of what a network card takes from either side.
public enum EthernetFrame {
    /// Two addresses and a type.
    public static let shortest = 14
    /// 1,500 bytes of payload, a VLAN tag, no checksum.
    public static let longest = 1518
    /// Frames that a card keeps for a driver that does not take them.
    public static let mostWaiting = 256

    public static func isPlausible(_ frame: [UInt8]) -> Bool { (shortest...longest).contains(frame.count) }
}
