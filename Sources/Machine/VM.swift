/// The machine: CPUFile, vMEM, vIO and the engine that drives them.
public final class VM {
    /// Why `run` returned.
    public enum Stop: Equatable, Sendable {
        case limit
        case breakpoint(linear: UInt64)
        /// An instruction met watched memory; it has run, or one iteration of it.
        case watchpoint([WatchHit])
        /// `pause` was called, or the CPU is halted and `waitsInHalt` is set.
        case paused
        case ended(Ending)
    }

    /// Bytes of the block that starts with CPUFile; engines use it from `engineArea` on.
    public static let blockSize = 8192
    @inlinable @inline(__always) public static var engineArea: Int { 2048 }

    /// CPUFile at its start.
    public let block: UnsafeMutableRawPointer
    public let memory: vMEM
    public let io: vIO
    /// What drives the machine now. `use` changes it.
    public private(set) var engine: (any Engine)?
    /// How many there are, and which of them runs until when.
    public let processors: Int
    @exclusivity(unchecked) var schedule = ProcessorSchedule()
    /// Registers of the processors that do not run now, by number; what is there for the one that runs is old.
    var parked: [CPUFile]
    /// Retired instructions: a whole REP as one, a faulting one not.
    public var instructions: UInt64 = 0
    /// False once an engine that cannot count has driven the machine: `instructions` is then too low.
    public var instructionsAreExact = true
    /// What CPUID and the reset state tell. Each engine refuses models that it does not have.
    public let cpuModel: CPUModel
    /// Counts of the TSC a second of guest time.
    public let tscRate: UInt64 = 1_000_000_000
    /// `--seed`
    public var random = RandomSource(seed: 0)
    /// Disks that a save describes; the board installs them.
    public var disks: [SnapshotDisk] = []
    /// `-no-reboot`: a reset ends the run.
    public var endsOnReset = false
    /// A run comes back from HLT instead of going on at the next event: whoever calls it lets that much time pass.
    public var waitsInHalt = false
    /// `pause` was called, and `run` has not yet returned for it: engines give way between two instructions.
    @exclusivity(unchecked) public private(set) var isPauseWanted = false
    /// What a reset does beyond RESET on CPU and devices.
    public var onReset: () -> Void = {}

    /// `memorySize` is RAM, `deviceMemory` what devices have beside it; `processors`: 1 to 255.
    public init(
        memorySize: UInt64, deviceMemory: UInt64 = 0, cpuModel: CPUModel = .pentium, processors: Int = 1
    ) throws(vMEM.SetupError) {
        self.cpuModel = cpuModel
        let count = min(max(1, processors), 255)
        self.processors = count
        parked = (0..<count).map { .afterReset(cpuModel, processor: $0) }
        if count > 1 { schedule.end = 0 }
        block = .allocate(byteCount: Self.blockSize, alignment: 4096)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: Self.blockSize)
        block.storeBytes(of: .afterReset(cpuModel), as: CPUFile.self)
        memory = try vMEM(size: memorySize, deviceSize: deviceMemory, processors: count)
        memory.hasTwentyLines = cpuModel.generation == .i8086
        memory.setA20(true)
        io = vIO(processors: count)
    }

    deinit { block.deallocate() }

    /// The first engine of a machine that was just made.
    public func start(with first: any Engine) { engine = first }

    /// Puts another engine in place of the present one, between two runs. Where that cannot be, the present one stays.
    public func use(_ next: any Engine) throws(EngineError) {
        guard next !== engine else { return }
        engine?.handOver()
        do throws(EngineError) {
            if let reason = next.refusal(of: cpu) {
                throw EngineError("the \(next.name) cannot go on from here, since \(reason)")
            }
            try next.takeOver()
        } catch {
            try engine?.takeOver()
            throw error
        }
        // No engine can hand over what its TLB holds; losing it is allowed at any time.
        memory.translations.invalidateAll()
        engine = next
    }

    public var cpu: CPUFile {
        get {
            engine?.settle()
            return block.load(as: CPUFile.self)
        }
        set {
            block.storeBytes(of: newValue, as: CPUFile.self)
            tellLocalAPIC(newValue)
            engine?.machineChanged()
        }
    }

    /// The RESET line of the whole machine.
    public func reset() {
        io.reset()
        memory.setA20(true)
        if processors > 1 { resetProcessors() }
        cpu = .afterReset(cpuModel)
        onReset()
    }

    /// What CPUFile and the local APIC both have.
    private func tellLocalAPIC(_ cpu: CPUFile) {
        guard let apic = io.localAPIC else { return }
        apic.base = cpu.apicBase
        apic.timeStampOffset = cpu.tscOffset
        if cpuModel.hasLongMode { apic.taskPriority = UInt8(truncatingIfNeeded: cpu.cr8) }
    }

    /// The local APIC's task priority was written: CR8 is a part of it.
    public func taskPriorityChanged(_ priority: UInt8) {
        guard cpuModel.hasLongMode else { return }
        block.assumingMemoryBound(to: CPUFile.self).pointee.cr8 = UInt64(priority)
    }

    /// Runs until the clock shows `limit` ticks, the machine ends, or a breakpoint or watched memory is met.
    public func run(until limit: UInt64) -> Stop {
        guard let engine else { return .limit }
        while true {
            if let stop = awaitWork(until: limit) { return stop }
            let exit = engine.run(until: min(io.events.next, limit, signalDeadline, schedule.end))
            if case .ended(let ending) = exit { return .ended(ending) }
            // A hit sets the attention flag, so the engine came back at once.
            let hits = memory.takeWatchHits()
            if !hits.isEmpty { return .watchpoint(hits) }
            switch exit {
            case .deadline, .attention, .halted: break
            case .breakpoint(let linear): return .breakpoint(linear: linear)
            case .ended(let ending): return .ended(ending)
            }
        }
    }

    /// Makes a run return before the next instruction: for what a device or an observer notices.
    public func pause() {
        isPauseWanted = true
        io.attention = true
    }

    private func takePause() -> Bool {
        defer { isPauseWanted = false }
        return isPauseWanted
    }

    /// Runs one whole instruction, or the delivery of an interrupt or exception; a halted CPU goes to its next event.
    public func step() -> Stop {
        guard let engine else { return .limit }
        if let stop = serveRequest() { return stop }
        io.events.runDue()
        if let stop = serveRequest() { return stop }
        if io.hasSignal { takeSignals() }
        io.attention = false
        if processors > 1 { chooseProcessor() }
        if cpuIsIdle {
            if !interruptsAreOn { return .ended(deadHalt()) }
            if io.events.next != .max { io.events.advance(to: io.events.next) }
            return .limit
        }
        let exit = engine.stepInstruction()
        if case .ended(let ending) = exit { return .ended(ending) }
        let hits = memory.takeWatchHits()
        return hits.isEmpty ? .limit : .watchpoint(hits)
    }

    /// What lies between two calls of the engine: serves requests, lets happen what is due, and skips the time in which the
    /// CPU has nothing to do. Nil when the engine is to go on, else why the run stops.
    public func awaitWork(until limit: UInt64) -> Stop? {
        while true {
            if let stop = serveRequest() { return stop }
            io.events.runDue()
            if let stop = serveRequest() { return stop }
            if takePause() { return .paused }
            if io.hasSignal { takeSignals() }
            guard io.events.now < limit else { return .limit }
            io.attention = false
            if processors > 1 { chooseProcessor() }
            guard cpuIsIdle else { return nil }
            if !interruptsAreOn { return .ended(deadHalt()) }
            if waitsInHalt { return .paused }
            io.events.advance(to: min(io.events.next, limit))
        }
    }

    /// The CPU stands at a HLT. For `cpu` an engine may have to fetch registers, for this it need not.
    public var isHalted: Bool { block.assumingMemoryBound(to: CPUFile.self).pointee.halted != 0 }

    /// EFLAGS.IF of a halted processor, of any if there are several: an interrupt can end its rest.
    private var interruptsAreOn: Bool {
        let interrupt = UInt64(Flags.interrupt)
        if block.assumingMemoryBound(to: CPUFile.self).pointee.rflags & interrupt != 0 { return true }
        return processors > 1
            && parked.indices.contains { $0 != io.processor && parked[$0].rflags & interrupt != 0 }
    }

    /// Halted, and neither an interrupt nor an event that pends to wake it.
    private var cpuIsIdle: Bool {
        isIdle(block.assumingMemoryBound(to: CPUFile.self), interruptLine: io.interruptLine)
    }

    private func serveRequest() -> Stop? {
        guard let request = io.takeRequest() else { return nil }
        switch request {
        case .reset(let source):
            if endsOnReset { return .ended(Ending(.reset(source: source), sentence: "reset through \(source)")) }
            reset()
            return nil
        case .powerOff(let source):
            return .ended(Ending(.powerOff(source: source), sentence: "powered off through \(source)"))
        case .debugExit(let value):
            return .ended(
                Ending(.debugExit(value: value), sentence: "the guest wrote \(value) to isa-debug-exit"))
        }
    }

    private func deadHalt() -> Ending {
        let place = hexadecimal(UInt64(cpu.cs.selector), digits: 4) + ":" + hexadecimal(cpu.rip, digits: 8)
        return Ending(
            .deadHalt,
            sentence: "dead halt before \(place) in \(cpu.modeName): HLT with interrupts off waits for ever")
    }
}
