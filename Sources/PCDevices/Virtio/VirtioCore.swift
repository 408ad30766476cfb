import Machine

/// What makes a virtio device a disk, a console or a network card: its queues' meaning and its configuration.
/// A transport (PCI) finds it through `VirtioCore`.
public protocol VirtioModel: AnyObject {
    associatedtype State: Codable & Equatable & Sendable
    /// Virtio device type (virtio 1.2, 5).
    var deviceType: UInt16 { get }
    /// Bits of its own kind that are offered.
    var features: UInt64 { get }
    /// Most entries of each queue: powers of two.
    var queueSizes: [UInt16] { get }
    /// The device-specific configuration, as a driver reads it.
    var configuration: [UInt8] { get }
    func writeConfiguration(offset: Int, _ bytes: [UInt8])
    /// Works on the buffers of one queue until none is left, or until it has done as much as may happen at one point of
    /// time; true when some wait that could be served.
    func serve(_ queue: Int, _ core: VirtioCore) throws(VirtqueueError) -> Bool
    var state: State { get set }
    /// The driver or the machine reset the device.
    func reset()
}

extension VirtioModel {
    public func writeConfiguration(offset: Int, _ bytes: [UInt8]) {}
}

/// Device status, features and queues of a virtio device (virtio 1.2, 2), whatever bus it is on.
///
/// A doorbell only notes that there is work; an event does it soon after, in pieces of bounded size.
/// What a driver must not do breaks the device: DEVICE_NEEDS_RESET is set, and the queues stand still until it is reset.
public final class VirtioCore {
    /// Device status (2.1).
    public enum Status {
        public static let acknowledge: UInt8 = 1
        public static let driver: UInt8 = 2
        public static let driverOK: UInt8 = 4
        public static let featuresOK: UInt8 = 8
        public static let needsReset: UInt8 = 0x40
        public static let failed: UInt8 = 0x80
    }

    public enum Interrupt: Equatable, Sendable {
        /// Buffers of this queue were given back.
        case queue(Int)
        /// The configuration changed, or the device needs a reset.
        case configuration
    }

    public struct State: Codable, Equatable, Sendable {
        public internal(set) var status: UInt8 = 0
        /// Which half of the feature bits the driver reads and writes.
        public internal(set) var deviceFeatureSelect: UInt32 = 0
        public internal(set) var driverFeatureSelect: UInt32 = 0
        /// Taken by the driver.
        public internal(set) var driverFeatures: UInt64 = 0
        public internal(set) var queueSelect: UInt16 = 0
        /// MSI-X vector of configuration changes, FFFFh for none.
        public internal(set) var configurationVector: UInt16 = 0xFFFF
        /// Changes whenever the configuration does (2.5).
        public internal(set) var generation: UInt8 = 0
        public internal(set) var queues: [Virtqueue] = []
    }

    /// From the doorbell to the work, and between two pieces of work, which also take a tick for each byte that was moved.
    static let latency: UInt64 = 1_000

    public let name: String
    public let model: any VirtioModel
    public var memory = BusMemory.none
    /// The transport makes an MSI or a level of it.
    public var interrupt: (Interrupt) -> Void = { _ in }
    /// Told why the device broke, for whoever debugs the driver.
    public var broken: (VirtqueueError) -> Void = { _ in }
    public internal(set) var current = State()
    /// Bytes that the present piece of work has moved.
    private var moved = 0
    private let events: EventQueue
    private var workEvent: EventQueue.Event?

    public init(name: String, model: any VirtioModel, events: EventQueue) {
        self.name = name
        self.model = model
        self.events = events
        workEvent = events.register("\(name).work") { [unowned self] in work() }
        current.queues = model.queueSizes.map { Virtqueue(size: $0) }
    }

    public var offeredFeatures: UInt64 {
        model.features | VirtioFeature.version1 | VirtioFeature.ringIndirect | VirtioFeature.ringEventIndex
    }

    /// A state from outside is checked before it is taken.
    static func isSound(_ state: State, sizes: [UInt16]) -> Bool {
        state.queues.count == sizes.count
            && zip(state.queues, sizes).allSatisfy { $0.size.nonzeroBitCount == 1 && $0.size <= $1 }
    }

    public func reset() {
        if let workEvent { events.cancel(workEvent) }
        let generation = current.generation
        current = State()
        current.generation = generation
        current.queues = model.queueSizes.map { Virtqueue(size: $0) }
        model.reset()
    }

    // MARK: Status and features

    public func writeStatus(_ value: UInt8) {
        guard value != 0 else { return reset() }
        var added = value & ~current.status & ~Status.needsReset
        if added & Status.featuresOK != 0, !featuresAreAcceptable { added &= ~Status.featuresOK }
        if added & Status.driverOK != 0, (current.status | added) & Status.featuresOK == 0 { added &= ~Status.driverOK }
        current.status |= added
        if added & Status.driverOK != 0 { scheduleWork() }
    }

    /// A subset of what is offered, with VIRTIO_F_VERSION_1 (2.2.2, 6.2).
    private var featuresAreAcceptable: Bool {
        current.driverFeatures & ~offeredFeatures == 0 && current.driverFeatures & VirtioFeature.version1 != 0
    }

    public var deviceFeatures: UInt32 { Self.half(offeredFeatures, current.deviceFeatureSelect) }

    public var driverFeatures: UInt32 {
        get { Self.half(current.driverFeatures, current.driverFeatureSelect) }
        set {
            guard current.status & Status.featuresOK == 0, current.driverFeatureSelect < 2 else { return }
            let shift = UInt64(current.driverFeatureSelect) * 32
            current.driverFeatures = current.driverFeatures & ~(0xFFFF_FFFF << shift) | UInt64(newValue) << shift
        }
    }

    private static func half(_ features: UInt64, _ select: UInt32) -> UInt32 {
        select < 2 ? UInt32(truncatingIfNeeded: features >> (UInt64(select) * 32)) : 0
    }

    public func has(_ feature: UInt64) -> Bool { current.driverFeatures & feature != 0 }

    /// Buffers may be used.
    public var isLive: Bool {
        current.status & (Status.driverOK | Status.needsReset) == Status.driverOK
    }

    /// The configuration is another from now on.
    public func configurationChanged() {
        current.generation &+= 1
        if current.status & Status.driverOK != 0 { interrupt(.configuration) }
    }

    func breakDown(_ error: VirtqueueError) {
        guard current.status & Status.needsReset == 0 else { return }
        current.status |= Status.needsReset
        if let workEvent { events.cancel(workEvent) }
        broken(error)
        if current.status & Status.driverOK != 0 { interrupt(.configuration) }
    }

    // MARK: Queues

    /// The selected queue, nil where there is none of that number.
    public var selectedQueue: Virtqueue? {
        current.queueSelect < current.queues.count ? current.queues[Int(current.queueSelect)] : nil
    }

    /// A change of the selected queue. One that is in use must not change but for its vector.
    func changeQueue(_ change: (inout Virtqueue) -> Void) {
        let number = Int(current.queueSelect)
        guard number < current.queues.count else { return }
        guard !current.queues[number].isEnabled else {
            var changed = current.queues[number]
            change(&changed)
            if changed != current.queues[number] { breakDown(.changedInUse) }
            return
        }
        change(&current.queues[number])
    }

    func setVector(_ vector: UInt16) {
        let number = Int(current.queueSelect)
        if number < current.queues.count { current.queues[number].vector = vector }
    }

    /// A size that is no power of two, or larger than the device's, is not taken.
    func setSize(_ size: UInt16) {
        guard Int(current.queueSelect) < current.queues.count, size.nonzeroBitCount == 1,
            size <= model.queueSizes[Int(current.queueSelect)]
        else { return }
        changeQueue { $0.size = size }
    }

    func enableQueue() {
        guard let queue = selectedQueue, !queue.isEnabled else { return }
        current.queues[Int(current.queueSelect)].isEnabled = true
    }

    /// The driver's doorbell; or something from outside lets the device go on with a queue.
    public func notify(_ queue: Int) {
        guard current.queues.indices.contains(queue) else { return }
        current.queues[queue].isNotified = true
        scheduleWork()
    }

    private func scheduleWork(after bytes: Int = 0) {
        guard isLive, let workEvent, events.deadline(of: workEvent) == nil,
            current.queues.contains(where: \.isNotified)
        else { return }
        events.schedule(workEvent, at: events.now &+ Self.latency &+ UInt64(max(0, bytes)))
    }

    private func work() {
        moved = 0
        for number in current.queues.indices where current.queues[number].isNotified {
            guard isLive else { return }
            current.queues[number].isNotified = false
            do throws(VirtqueueError) {
                if try model.serve(number, self) { current.queues[number].isNotified = true }
            } catch {
                return breakDown(error)
            }
            if current.queues[number].wantsInterrupt(memory, current.driverFeatures) { interrupt(.queue(number)) }
        }
        scheduleWork(after: moved)
    }

    /// The next buffer of a queue, nil when none waits.
    func pop(_ queue: Int) throws(VirtqueueError) -> VirtioChain? {
        guard isLive else { return nil }
        return try current.queues[queue].pop(memory, current.driverFeatures)
    }

    /// Whether a buffer waits.
    func hasBuffer(_ queue: Int) throws(VirtqueueError) -> Bool {
        guard isLive, current.queues[queue].isEnabled else { return false }
        try current.queues[queue].checkRings(memory)
        return try current.queues[queue].waiting(memory) > 0
    }

    /// Gives a buffer back. `read`: bytes that were taken from it.
    func push(_ chain: VirtioChain, written: Int, read: Int = 0, on queue: Int) {
        moved += written + read
        current.queues[queue].push(chain, written: UInt32(clamping: written), memory)
    }
}
