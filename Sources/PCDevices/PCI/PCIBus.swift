import Machine

/// PCI bus 0: the functions in its slots, where their bases lie among ports and memory, and their interrupt pins.
public final class PCIBus {
    /// A place on the bus.
    public struct Slot: Hashable, Comparable, Sendable {
        /// 0-31
        public let device: UInt8
        /// 0-7
        public let function: UInt8

        public init(_ device: UInt8, _ function: UInt8 = 0) {
            self.device = device & 31
            self.function = function & 7
        }

        /// As configuration addresses have it.
        var number: Int { Int(device) << 3 | Int(function) }

        public static func < (a: Self, b: Self) -> Bool { a.number < b.number }
    }

    private unowned let ports: PortBus
    private unowned let memory: vMEM
    private var functions = [PCIFunction?](repeating: nil, count: 256)
    /// For each of the interrupt router's four inputs, which functions pull it.
    private var pulling: [Set<Int>] = [[], [], [], []]
    /// Level of an input of the interrupt router, PIRQA# to PIRQD#.
    public var interrupt: (_ input: Int, _ level: Bool) -> Void = { _, _ in }

    public init(ports: PortBus, memory: vMEM) {
        self.ports = ports
        self.memory = memory
    }

    /// Puts a function into a slot. Once, while the machine is built; whoever does so also adds it to `vIO`.
    public func insert(_ function: PCIFunction, at slot: Slot) {
        precondition(functions[slot.number] == nil, "two functions at \(slot)")
        functions[slot.number] = function
        for (index, base) in function.bases.enumerated() {
            let name = "\(function.name) base \((base.offset - PCIFunction.Register.bases) / 4)"
            if let handler = base.ports {
                let window = ports.addWindow(Int(base.size), name: name, to: handler)
                function.install(index) { [unowned ports] start in
                    ports.place(window, at: start.map { UInt16(truncatingIfNeeded: $0) })
                }
            } else if let offset = base.deviceMemory {
                let window = memory.addWindow(deviceMemory: offset, size: base.size, name: name)
                function.install(index) { [unowned memory] in memory.place(window, at: $0) }
            } else if let handler = base.memory {
                let window = memory.addWindow(handler, size: base.size, name: name)
                function.install(index) { [unowned memory] in memory.place(window, at: $0) }
            }
        }
        let pin = Int(function.byte(PCIFunction.Register.interruptPin))
        if (1...4).contains(pin) {
            let input = Self.routerInput(device: slot.device, pin: pin - 1)
            function.interruptOutput = { [unowned self] in pull(input, by: slot.number, $0) }
        }
        function.busRead = { [unowned memory] in memory.busRead($0, count: $1) }
        function.busWrite = { [unowned memory] in memory.load($1, at: $0) }
    }

    /// How QEMU's `pc` wires the slots: INTA# of slot 1 is PIRQA#, and each slot is turned by one.
    static func routerInput(device: UInt8, pin: Int) -> Int { (pin + Int(device) + 3) & 3 }

    private func pull(_ input: Int, by function: Int, _ level: Bool) {
        let before = !pulling[input].isEmpty
        if level { pulling[input].insert(function) } else { pulling[input].remove(function) }
        let after = !pulling[input].isEmpty
        if before != after { interrupt(input, after) }
    }

    /// All functions by their places.
    public var slots: [(slot: Slot, function: PCIFunction)] {
        functions.enumerated().compactMap { number, function in
            function.map { (Slot(UInt8(number >> 3), UInt8(number & 7)), $0) }
        }
    }

    // MARK: Configuration cycles

    /// `address` as the host bridge's CONFADD has it (bus, device, function, register), with the byte within the dword.
    func read(_ address: UInt32, width: Int) -> UInt32 {
        function(at: address)?.read(Int(address & 0xFF), width: width) ?? .max
    }

    func write(_ address: UInt32, width: Int, value: UInt32) {
        function(at: address)?.write(Int(address & 0xFF), width: width, value: value)
    }

    private func function(at address: UInt32) -> PCIFunction? {
        address >> 16 & 0xFF == 0 ? functions[Int(address >> 8 & 0xFF)] : nil
    }
}
