/// NMI, INIT and SIPI reach the processor between two instructions.
extension VM {
    private static var nonMaskableVector: UInt8 { 2 }

    /// An NMI waits that the processor cannot take yet: until when an engine that does not tell of IRET may run, at most.
    var signalDeadline: UInt64 {
        guard io.hasSignal, let engine else { return .max }
        // Behind a load of SS it is taken one instruction later (SDM 3A 6.8.3).
        let isShadowed = block.assumingMemoryBound(to: CPUFile.self).pointee.stackShadow != 0
        if isShadowed { return io.events.now &+ 1 }
        return engine.countsInstructions ? .max : io.events.now &+ 100_000
    }

    /// Lets the processor have what it can take now; an NMI that is blocked goes on waiting.
    func takeSignals() {
        let pins = io.pins[io.processor]
        if pins.initialise {
            initialise()
            io.setSignals(startup: pins.startup)
            // A SIPI that came behind it, before the processor had its turn.
            guard pins.startup != nil else { return }
        }
        let file = block.assumingMemoryBound(to: CPUFile.self)
        if let vector = pins.startup {
            io.setSignals(nonMaskable: pins.nonMaskable)
            // Others ignore it (SDM 3A 8.4.4).
            if file.pointee.halted == CPUFile.waitsForStartup { startUp(at: vector) }
        }
        // So does one that waits for it ignore NMI.
        if file.pointee.halted == CPUFile.waitsForStartup { return io.setSignals() }
        guard pins.nonMaskable else { return }
        var cpu = cpu
        guard cpu.nmiBlocked == 0, cpu.pendingEvent == 0, cpu.stackShadow == 0 else { return }
        io.setSignals()
        cpu.pendingEvent = PendingEvent(.nonMaskable, vector: Self.nonMaskableVector).bits
        self.cpu = cpu
    }

    /// SIPI: real mode at the page of its vector (SDM 3A 8.4.4.2).
    private func startUp(at vector: UInt8) {
        var cpu = cpu
        cpu.halted = 0
        cpu.cs.selector = UInt16(vector) << 8
        cpu.cs.base = UInt64(vector) << 12
        cpu.rip = 0
        self.cpu = cpu
    }

    /// INIT: as after RESET, but for what the manual lists (SDM 3A table 9-1).
    private func initialise() {
        io.localAPIC?.initialise()
        let old = cpu
        memory.translations.invalidateAll()
        cpu = .afterInitialise(cpuModel, from: old)
    }
}
