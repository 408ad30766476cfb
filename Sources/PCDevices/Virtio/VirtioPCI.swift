import Machine

/// A virtio device on PCI, modern only (virtio 1.2, 4.1).
///
/// Base address register 4 has the four structures, a page each, as QEMU's devices do; register 1 has the MSI-X table.
public final class VirtioPCI<Model: VirtioModel>: Device, MemoryHandler {
    public struct State: Codable, Equatable, Sendable {
        public internal(set) var core: VirtioCore.State
        /// ISR status: bit 0 a queue, bit 1 the configuration.
        public internal(set) var interruptStatus: UInt8
        public internal(set) var messages: MSIX.State?
        public internal(set) var model: Model.State
    }

    public let name: String
    public let function: PCIFunction
    public let core: VirtioCore
    public let model: Model
    /// Nil where the machine has nobody who takes messages.
    public let messages: MSIX?
    private var interruptStatus: UInt8 = 0
    private let windowCapability: Int

    /// `sendMessage`: takes MSI-X messages; nil leaves INTx alone.
    public init(
        name: String, model: Model, events: EventQueue, isRAM: @escaping (UInt64, UInt64) -> Bool,
        sendMessage: ((UInt64, UInt32) -> Void)? = nil
    ) {
        self.name = name
        self.model = model
        core = VirtioCore(name: name, model: model, events: events)
        let classes: [UInt16: UInt32] = [1: 0x020000, 2: 0x010000, 3: 0x078000]
        let function = PCIFunction(
            name: "\(name).pci",
            .init(
                vendor: 0x1AF4, device: 0x1040 + model.deviceType, revision: 1,
                classCode: classes[model.deviceType] ?? 0x00FF00), interruptPin: 1)
        self.function = function
        if let sendMessage {
            let table = MSIX(function, vectors: model.queueSizes.count + 1, base: 1)
            table.send = sendMessage
            messages = table
        } else {
            messages = nil
        }
        for (kind, offset) in [(VirtioPage.common, 0), (.status, 0x1000), (.device, 0x2000)] as [(VirtioPage, UInt32)] {
            function.addCapability(9, Self.capability(kind.rawValue, offset: offset, count: 0x1000))
        }
        function.addCapability(
            9, Self.capability(VirtioPage.notify.rawValue, offset: 0x3000, count: 0x1000, more: [4, 0, 0, 0]))
        // pci_cfg_data: bar, offset and length are the driver's.
        windowCapability = function.addCapability(
            9, Self.capability(5, offset: 0, count: 0, bar: 0, more: [0, 0, 0, 0]),
            writable: [0, 0, 0xFF, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 12))
        function.addBase(4, memory: 0x4000, is64Bit: true, isPrefetchable: true, self)
        connect(isRAM)
    }

    private static func capability(
        _ kind: UInt8, offset: UInt32, count: UInt32, bar: UInt8 = 4, more: [UInt8] = []
    ) -> [UInt8] {
        [UInt8(16 + more.count), kind, bar, 0, 0, 0] + offset.littleEndianBytes + count.littleEndianBytes + more
    }

    private func connect(_ isRAM: @escaping (UInt64, UInt64) -> Bool) {
        core.memory = BusMemory(
            read: { [unowned function] in function.readMemory($0, count: $1) },
            write: { [unowned function] in function.writeMemory($0, $1) },
            isRAM: { [unowned function] in function.isBusMaster && isRAM($0, $1) })
        core.interrupt = { [unowned self] in raise($0) }
        function.willRead = { [unowned self] in if touchesWindow($0) { readWindow() } }
        // Not on a restore, which brings the line and this device's state one after the other.
        function.written = { [unowned self] in
            messages?.update()
            updateInterrupt()
            if touchesWindow($0) { writeWindow() }
        }
    }

    // MARK: Interrupts

    private func raise(_ interrupt: VirtioCore.Interrupt) {
        if let messages, messages.isEnabled {
            switch interrupt {
            case .configuration: messages.raise(core.current.configurationVector)
            case .queue(let number): messages.raise(core.current.queues[number].vector)
            }
            return
        }
        interruptStatus |= interrupt == .configuration ? 2 : 1
        updateInterrupt()
    }

    private func updateInterrupt() {
        function.setInterrupt(interruptStatus != 0 && !(messages?.isEnabled ?? false))
    }

    // MARK: Memory

    public func read(offset: UInt64, width: Int) -> UInt64 {
        let place = Int(offset & 0xFFF)
        let bytes: [UInt8]
        switch offset >> 12 {
        case 0: bytes = VirtioCommon.bytes(core)
        case 1:
            guard place == 0 else { return 0 }
            let value = interruptStatus
            interruptStatus = 0
            updateInterrupt()
            return UInt64(value)
        case 2: bytes = model.configuration
        default: return 0
        }
        return UInt64(littleEndianBytes: bytes.dropFirst(place).prefix(width))
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        let place = Int(offset & 0xFFF)
        switch offset >> 12 {
        case 0:
            VirtioCommon.write(core, offset: place, width: width, value: value)
            // A reset takes back what was asked for.
            if core.current.status == 0, interruptStatus != 0 {
                interruptStatus = 0
                updateInterrupt()
            }
        case 2: model.writeConfiguration(offset: place, Array(value.littleEndianBytes.prefix(width)))
        case 3: core.notify(place / 4)
        default: break
        }
    }

    public func peek(offset: UInt64) -> UInt8? {
        let place = Int(offset & 0xFFF)
        switch offset >> 12 {
        case 0: return VirtioCommon.bytes(core).dropFirst(place).first ?? 0
        case 1: return place == 0 ? interruptStatus : 0
        case 2: return model.configuration.dropFirst(place).first ?? 0
        default: return 0
        }
    }

    // MARK: The window in configuration space (4.1.4.9)

    private func touchesWindow(_ range: Range<Int>) -> Bool {
        range.overlaps(windowCapability + 16..<windowCapability + 20)
    }

    /// Where the window leads: offset into base 4 and width, nil where a driver must not point it.
    private var window: (offset: UInt64, width: Int)? {
        let offset = function.dword(windowCapability + 8), width = function.dword(windowCapability + 12)
        guard function.byte(windowCapability + 4) == 4, [1, 2, 4].contains(width), offset < 0x4000,
            offset % width == 0
        else { return nil }
        return (UInt64(offset), Int(width))
    }

    private func readWindow() {
        guard let window else { return }
        let value = read(offset: window.offset, width: window.width)
        function.set(windowCapability + 16, UInt32(truncatingIfNeeded: value).littleEndianBytes)
    }

    private func writeWindow() {
        guard let window else { return }
        let value = UInt64(function.dword(windowCapability + 16)) & (1 << UInt64(window.width * 8) - 1)
        write(offset: window.offset, width: window.width, value: value)
    }

    // MARK: Device

    public var state: State {
        get {
            State(
                core: core.current, interruptStatus: interruptStatus, messages: messages?.state, model: model.state)
        }
        set {
            guard VirtioCore.isSound(newValue.core, sizes: model.queueSizes) else { return }
            core.current = newValue.core
            interruptStatus = newValue.interruptStatus
            if let saved = newValue.messages { messages?.restore(saved) }
            model.state = newValue.model
            updateInterrupt()
        }
    }

    public func reset() {
        core.reset()
        messages?.reset()
        interruptStatus = 0
        updateInterrupt()
    }
}

/// Structures of a virtio device on PCI, as `cfg_type` numbers them (4.1.4).
enum VirtioPage: UInt8 {
    case common = 1
    case notify = 2
    case status = 3
    case device = 4
}

/// The common configuration structure (4.1.4.3).
enum VirtioCommon {
    private enum Field {
        static let deviceFeatureSelect = 0x00
        static let driverFeatureSelect = 0x08
        static let driverFeature = 0x0C
        static let configurationVector = 0x10
        static let status = 0x14
        static let queueSelect = 0x16
        static let queueSize = 0x18
        static let queueVector = 0x1A
        static let queueEnable = 0x1C
        static let descriptors = 0x20
        static let available = 0x28
        static let used = 0x30
    }

    /// All of it as a driver reads it.
    static func bytes(_ core: VirtioCore) -> [UInt8] {
        let state = core.current, queue = core.selectedQueue
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        bytes += state.deviceFeatureSelect.littleEndianBytes + core.deviceFeatures.littleEndianBytes
        bytes += state.driverFeatureSelect.littleEndianBytes + core.driverFeatures.littleEndianBytes
        bytes += state.configurationVector.littleEndianBytes + UInt16(state.queues.count).littleEndianBytes
        bytes += [state.status, state.generation] + state.queueSelect.littleEndianBytes
        bytes += (queue?.size ?? 0).littleEndianBytes + (queue?.vector ?? 0xFFFF).littleEndianBytes
        bytes += [queue?.isEnabled ?? false ? 1 : 0, 0]
        // Each queue has a doorbell of its own.
        bytes += (queue == nil ? 0 : state.queueSelect).littleEndianBytes
        for address in [queue?.descriptors, queue?.available, queue?.used] { bytes += (address ?? 0).littleEndianBytes }
        return bytes + [0, 0, 0, 0, 0, 0, 0, 0]
    }

    /// A driver writes whole fields, and 64-bit ones also in halves (4.1.3.1); other writes do nothing.
    static func write(_ core: VirtioCore, offset: Int, width: Int, value: UInt64) {
        switch (offset, width) {
        case (Field.deviceFeatureSelect, 4): core.current.deviceFeatureSelect = UInt32(truncatingIfNeeded: value)
        case (Field.driverFeatureSelect, 4): core.current.driverFeatureSelect = UInt32(truncatingIfNeeded: value)
        case (Field.driverFeature, 4): core.driverFeatures = UInt32(truncatingIfNeeded: value)
        case (Field.configurationVector, 2):
            core.current.configurationVector = vector(value, core)
        case (Field.status, 1): core.writeStatus(UInt8(truncatingIfNeeded: value))
        case (Field.queueSelect, 2): core.current.queueSelect = UInt16(truncatingIfNeeded: value)
        case (Field.queueSize, 2): core.setSize(UInt16(truncatingIfNeeded: value))
        case (Field.queueVector, 2): core.setVector(vector(value, core))
        case (Field.queueEnable, 2): if value & 0xFFFF == 1 { core.enableQueue() }
        case (Field.descriptors, _): change(core, \.descriptors, 0, width, value)
        case (Field.descriptors + 4, 4): change(core, \.descriptors, 32, width, value)
        case (Field.available, _): change(core, \.available, 0, width, value)
        case (Field.available + 4, 4): change(core, \.available, 32, width, value)
        case (Field.used, _): change(core, \.used, 0, width, value)
        case (Field.used + 4, 4): change(core, \.used, 32, width, value)
        default: break
        }
    }

    /// A vector that the table lacks reads back as none (4.1.5.1.2.1).
    private static func vector(_ value: UInt64, _ core: VirtioCore) -> UInt16 {
        let vector = UInt16(truncatingIfNeeded: value)
        return vector <= core.current.queues.count ? vector : 0xFFFF
    }

    private static func change(
        _ core: VirtioCore, _ field: WritableKeyPath<Virtqueue, UInt64>, _ shift: UInt64, _ width: Int, _ value: UInt64
    ) {
        guard width >= 4 else { return }
        let mask: UInt64 = width == 8 ? .max : 0xFFFF_FFFF << shift
        core.changeQueue { $0[keyPath: field] = $0[keyPath: field] & ~mask | value &<< shift & mask }
    }
}
