import Machine
import PCDevices

/// Local APICs and I/O APIC on the buses, beside the 8259s.
extension PCBoard {
    static let localAPICBase: UInt64 = 0xFEE0_0000
    static let ioAPICBase: UInt64 = 0xFEC0_0000
    static let hpetBase: UInt64 = 0xFED0_0000
    /// Input of the I/O APIC that has the PIT's interrupt; pin 0 is not connected, as on QEMU's `pc`.
    static let timerPin = 2

    var interruptDevices: [any Device] { [ioAPIC, hpet] + apics }

    func mapAPICs() throws(vMEM.SetupError) {
        guard vm.cpuModel.generation >= .i80386 else { return }
        try vm.memory.mapMMIO(ioAPIC, at: Self.ioAPICBase, size: IOAPIC.windowSize, name: "ioapic")
        try vm.memory.mapMMIO(hpet, at: Self.hpetBase, size: HPET.windowSize, name: "hpet")
        let memory = vm.memory
        for apic in apics {
            let handler = LocalAPICWindow(apic.number, of: apics, io: vm.io)
            let window = memory.addWindow(handler, size: 0x1000, name: "apic\(apic.number)")
            apic.baseChanged = { [unowned memory] in memory.place(window, at: LocalAPICWindow.page(of: $0)) }
            memory.place(window, at: LocalAPICWindow.page(of: apic.base))
        }
    }

    func connectAPICs() {
        let io = vm.io, vm = vm
        ioAPIC.send = { [unowned apicBus] in apicBus.send($0) }
        guard let first = apics.first else {
            pic.output = { [unowned io] in io.setInterruptLine($0) }
            io.acknowledgeInterrupt = { [unowned self] in pic.acknowledge() }
            return
        }
        // The 8259s are wired to the first processor's LINT0.
        pic.output = { [unowned first] in first.setLine(0, $0) }
        first.acknowledgeExternal = { [unowned self] in pic.acknowledge() }
        for apic in apics {
            let number = apic.number
            apicBus.add(apic)
            apic.output = { [unowned io] in io.setInterruptLine($0, of: number) }
            apic.signal = { [unowned io] in io.signal($0, to: number) }
            apic.endOfInterrupt = { [unowned ioAPIC] in ioAPIC.endOfInterrupt($0) }
            apic.taskPriorityChanged = { [unowned vm] in vm.taskPriorityChanged($0) }
        }
        io.acknowledgeInterrupt = { [unowned self, unowned io] in apics[io.processor].acknowledge() }
        io.localAPICs = apics
    }

    func connectTimers() {
        hpet.output = { [unowned ioAPIC] in ioAPIC.setLine($0, $1) }
        hpet.legacyOutput = { [unowned self] in setIRQ($0, $1) }
        hpet.replacesLegacy = { [unowned self] isReplaced in
            setIRQ(0, isReplaced ? false : pit.state.pin)
            setIRQ(8, isReplaced ? false : rtc.state.interrupt)
        }
        pit.output = { [unowned self] in if !hpet.isLegacy { setIRQ(0, $0) } }
        rtc.interrupt = { [unowned self] in if !hpet.isLegacy { setIRQ(8, $0) } }
    }

    /// An interrupt line of the ISA bus: it leads to the 8259s and to the I/O APIC.
    public func setIRQ(_ number: Int, _ level: Bool, by source: InterruptLines.Source = .isa) {
        guard let whole = irqLines.set(number, level, by: source) else { return }
        pic.setLine(number, whole)
        ioAPIC.setLine(number == 0 ? Self.timerPin : number, whole)
    }
}
