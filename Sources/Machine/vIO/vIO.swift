/// Ports, MMIO handlers, interrupt line, clock, events, and the devices: everything that is not CPU or memory.
public final class vIO {
    public let ports = PortBus()
    public let events = EventQueue()
    public let input = InputLog()
    /// Level of the CPU's INTR pin. The board connects the PIC here.
    @exclusivity(unchecked) public private(set) var interruptLine = false
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

    public init() {
        events.earlierDeadline = { [unowned self] in attention = true }
    }

    /// The INTR pin.
    public func setInterruptLine(_ level: Bool) {
        interruptLine = level
        if level { attention = true }
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
