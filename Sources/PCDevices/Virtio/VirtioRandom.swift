/// Entropy device (virtio 1.2, 5.4). Its numbers come from the machine's seed: the same run draws the same ones.
public final class VirtioRandom: VirtioModel {
    public struct State: Codable, Equatable, Sendable {}

    /// Most bytes of one buffer; a driver asks again for more.
    static let most = 4096
    /// Most buffers at one point of time.
    private static let buffersAtOnce = 16

    /// The machine's next random number. The board installs it.
    public var random: () -> UInt64 = { 0 }
    public var state = State()

    public init() {}

    public let deviceType: UInt16 = 4
    public let features: UInt64 = 0
    public let queueSizes: [UInt16] = [8]
    public var configuration: [UInt8] { [] }
    public func reset() {}

    public func serve(_ queue: Int, _ core: VirtioCore) throws(VirtqueueError) -> Bool {
        for _ in 0..<Self.buffersAtOnce {
            guard let chain = try core.pop(queue) else { return false }
            let count = Int(min(chain.writableCount, UInt64(Self.most)))
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count + 8)
            while bytes.count < count { bytes += random().littleEndianBytes }
            let written = chain.write(0, Array(bytes.prefix(count)), core.memory)
            core.push(chain, written: written, on: queue)
        }
        return true
    }
}
