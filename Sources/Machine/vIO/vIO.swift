/// Ports, MMIO handlers, interrupt line, clock, events, and the devices: everything that is not CPU or memory.
public final class vIO {
    public let ports = PortBus()
    public let events = EventQueue()
    public let input = InputLog()
    /// Level of INTR of the processor that runs now.
    @exclusivity(unchecked) public private(set) var interruptLine = false
    /// Something else than INTR waits for the processor that runs now.
    @exclusivity(unchecked) public private(set) var hasSignal = false
    /// Inputs of each processor, by number.
    @exclusivity(unchecked) public private(set) var pins: [ProcessorPins]
    /// Number of the processor that runs now.
    @exclusivity(unchecked) public private(set) var processor = 0
    /// Local APIC of the processor that runs now, where it has one.
    @exclusivity(unchecked) public private(set) var localAPIC: (any LocalInterruptController)?
    /// By processor; empty where there are none. The board installs them.
    public var localAPICs: [any LocalInterruptController] = [] {
        didSet { localAPIC = localAPICs.indices.contains(processor) ? localAPICs[processor] : nil }
    }
    /// Called when the CPU takes the interrupt (the INTA cycles); returns the vector.
    public var acknowledgeInterrupt: () -> UInt8 = { 0xFF }
    /// The CPU's FERR# pin: an x87 exception waits for the interrupt that the board makes of it, or does so no longer.
    public var numericError: (Bool) -> Void = { _ in }
    /// Level of the CPU's IGNNE# pin: x87 instructions go on although an exception waits.
    public var ignoresNumericError: () -> Bool = { false }
    /// What the machine wants beyond running on: a reset, power-off or another end that a device asked for.
    @exclusivity(unchecked) public private(set) var request: MachineRequest?
    /// Set by whatever an engine must look at before the next instruction: the interrupt line rose, a request,
    /// A20 changed, an event was scheduled earlier.
    @exclusivity(unchecked) public var attention = false
    public private(set) var devices: [any Device] = []

    /// `processors`: how many there are.
    public init(processors: Int = 1) {
        pins = Array(repeating: ProcessorPins(), count: max(1, processors))
        events.earlierDeadline = { [unowned self] in attention = true }
    }

    /// The INTR pin of a processor.
    public func setInterruptLine(_ level: Bool, of number: Int = 0) {
        guard pins.indices.contains(number) else { return }
        pins[number].interrupt = level
        guard number == processor else { return }
        interruptLine = level
        if level { attention = true }
    }

    /// NMI, INIT, SIPI for a processor. SMI is lost: there is no system management mode.
    public func signal(_ signal: ProcessorSignal, to number: Int = 0) {
        guard pins.indices.contains(number) else { return }
        switch signal {
        case .nonMaskable: pins[number].nonMaskable = true
        case .initialise:
            // What came before it is over.
            pins[number].startup = nil
            pins[number].initialise = true
        case .startup(let vector): pins[number].startup = vector
        case .systemManagement: return
        }
        guard number == processor else { return }
        hasSignal = true
        attention = true
    }

    /// The processor that runs now has taken something up.
    func setSignals(nonMaskable: Bool = false, initialise: Bool = false, startup: UInt8? = nil) {
        pins[processor].nonMaskable = nonMaskable
        pins[processor].initialise = initialise
        pins[processor].startup = startup
        hasSignal = pins[processor].hasSignal
    }

    /// Another processor runs now.
    func select(_ number: Int) {
        processor = number
        interruptLine = pins[number].interrupt
        hasSignal = pins[number].hasSignal
        localAPIC = localAPICs.indices.contains(number) ? localAPICs[number] : nil
        attention = true
    }

    func restorePins(_ saved: [ProcessorPins]) {
        guard saved.count == pins.count else { return }
        pins = saved
        interruptLine = pins[processor].interrupt
        hasSignal = pins[processor].hasSignal
        attention = true
    }

    /// A device asks for a reset or an end. The first request before the next instruction boundary counts.
    public func ask(for newRequest: MachineRequest) {
        if request == nil { request = newRequest }
        attention = true
    }

    public func takeRequest() -> MachineRequest? {
        defer { request = nil }
        return request
    }

    func restoreRequest(_ saved: MachineRequest?) {
        request = saved
        attention = true
    }

    /// Adds a device to what is saved, hashed and reset.
    public func add(_ device: any Device) {
        precondition(!devices.contains { $0.name == device.name }, "two devices named \(device.name)")
        devices.append(device)
    }

    /// Pulls RESET on all devices.
    public func reset() {
        for index in pins.indices {
            pins[index].nonMaskable = false
            pins[index].initialise = false
            pins[index].startup = nil
        }
        hasSignal = false
        for device in devices { device.reset() }
    }
}

/// What a device can ask of the whole machine.
public enum MachineRequest: Equatable, Sendable, Codable {
    /// The CPU's INIT or RESET: 8042 pulse, port 92h bit 0, port CF9h.
    case reset(source: String)
    /// APM or ACPI power-off, Bochs "Shutdown" on port 8900h.
    case powerOff(source: String)
    /// isa-debug-exit wrote this value.
    case debugExit(value: UInt32)
}
