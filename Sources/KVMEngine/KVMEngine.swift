import CKVM
import Glibc
import Machine

/// The engine that runs guest code on the host's CPU through /dev/kvm.
///
/// All devices are ours: no irqchip and no PIT in the kernel. Ports and MMIO go through the same vIO and vMEM as under the
/// interpreter, interrupts enter through KVM_INTERRUPT. Time is the host's monotonic clock while the guest runs.
/// Between two runs CPUFile holds the registers, so that whoever looks finds them in canonical form; the guest's vector,
/// debug and model-specific registers follow in `settle`.
public final class KVMEngine: Engine {
    public let name = "kvm"
    public let breakpointLimit = 4
    /// At most four.
    public var breakpoints: Set<UInt64> = [] { didSet { debugIsStale = true } }
    /// Runs one instruction at a time and counts them: exact and slow.
    public var countsInstructions = false { didSet { debugIsStale = true } }
    public var runsInHostTime: Bool { !countsInstructions }
    /// Executes what KVM's emulator cannot, and tells what a triple fault began with.
    public let assistant: (any Engine)?
    /// Instructions that the assistant ran because KVM could not.
    public internal(set) var assisted: UInt64 = 0
    /// The first of them, as text, for a report.
    public internal(set) var firstAssisted = ""
    /// What a person should know of this run: differences from the interpreter that this host brings.
    public internal(set) var notes: [String] = []

    unowned let vm: VM
    let io: vIO
    let memory: vMEM
    let device: KVMDevice
    let machine: KVMMachine
    let processor: KVMProcessor
    let run: UnsafeMutablePointer<kvm_run>
    // What each exit reads and writes has no checks of exclusivity: no access to it lasts across a call to a device.
    @exclusivity(unchecked) private var timer: KickTimer
    private var slots: MemorySlots
    let windows = DirectWindows()
    @exclusivity(unchecked) var clock = HostTicks()
    /// Host time of the kick that is to come.
    @exclusivity(unchecked) private var nextKick: UInt64 = 0

    /// CPUFile was changed from outside: the vCPU must be given all of it.
    var exportIsDue = true
    /// The guest has run since `collect` read its registers.
    @exclusivity(unchecked) var registersAreStale = false
    /// CPUFile lacks what only `settle` brings.
    var isShallow = false
    /// The last exit must be finished by another entry before registers are read.
    @exclusivity(unchecked) var hasPendingAccess = false
    /// `memory.mapVersion` that the slots were made from; nil makes them anew.
    @exclusivity(unchecked) var slotsVersion: UInt64?
    var slotsAreStale: Bool { slotsVersion != memory.mapVersion }
    @exclusivity(unchecked) private var debugIsStale = true
    @exclusivity(unchecked) var singleSteps = false
    /// This host's KVM misses interrupt windows: instructions are run one by one while an interrupt waits for IF, but not
    /// for ever, since that is slow.
    private let missesWindows: Bool
    private static let mostWindowSteps = 1000
    @exclusivity(unchecked) private var windowSteps = 0
    /// Asked once: the host does not change.
    private static let hostMissesWindows: Bool = {
        guard let device = try? KVMDevice.open(), let guest = try? ProbeGuest.make(device) else { return false }
        return (try? guest.opensWindowsAtOnce()) == false
    }()
    /// The breakpoint at which the last run stopped.
    var passing: UInt64?
    /// Where the last kick found the guest; a guest that is found there again may be stuck.
    var lastKickPlace: UInt64?
    /// Host time from which the next kick may look at where it finds the guest: reading registers takes its time.
    var nextKickLook: UInt64 = 0
    /// IA32_TIME_STAMP_COUNTER's offset that the vCPU was given.
    var exportedTSCOffset: UInt64?
    /// What KVM holds of them.
    var exportedSlowRegisters: [UInt32: UInt64] = [:]
    /// Guest code may have run since the vCPU was given its registers.
    @exclusivity(unchecked) var hasRun = false
    var hasAVX = false

    /// Makes the vCPU; the machine is taken over later. `vm` must outlive the engine.
    public init(vm: VM, assistant: (any Engine)? = nil) throws(KVMError) {
        self.vm = vm
        self.assistant = assistant
        io = vm.io
        memory = vm.memory
        let device = try KVMDevice.open()
        let machine = try device.makeMachine()
        // The four pages below the ROM, as other monitors have them; nothing of our map lies there.
        try machine.reserve(identityMap: 0xFFFB_C000, taskState: 0xFFFB_D000)
        let processor = try machine.makeProcessor(sharedPageSize: try device.sharedPageSize())
        run = processor.run
        timer = KickTimer(flag: UnsafeMutableRawPointer(processor.run) + MemoryLayout<kvm_run>.immediateExit)
        slots = MemorySlots(most: Int(max(32, device.offers(.slots))))
        missesWindows = Self.hostMissesWindows
        self.device = device
        self.machine = machine
        self.processor = processor
        try setModel()
    }

    deinit { timer.stop() }

    // MARK: Engine

    public func refusal(of cpu: CPUFile) -> String? {
        if vm.processors > 1 { return "there are \(vm.processors) processors: under KVM there can be one" }
        return cpu.inconsistency ?? StateValidator.problem(regs: kvm_regs(cpu), sregs: kvm_sregs(cpu))
    }

    public func takeOver() throws(EngineError) {
        do throws(KVMError) {
            machineChanged()
            slotsVersion = nil
            exportedTSCOffset = nil
            exportedSlowRegisters = [:]
            memory.isWrittenUnseen = true
            windows.open(self)
            try prepare()
        } catch {
            windows.close()
            throw EngineError(error.description)
        }
    }

    public func handOver() {
        registersAreStale = true
        do throws(KVMError) { try collect() } catch {
            notes.append("registers could not be read: \(error.description)")
        }
        settle()
        windows.close()
        memory.mayHaveChanged()
    }

    public func machineChanged() {
        // What only the vCPU knows is not lost: whoever changes CPUFile read it first, and that settled it.
        exportIsDue = true
        passing = nil
        lastKickPlace = nil
    }

    public func run(until deadline: UInt64) -> EngineExit {
        do throws(KVMError) {
            if countsInstructions { return try runCounting(until: deadline) }
            try prepare()
            vm.instructionsAreExact = false
            let file = vm.block.assumingMemoryBound(to: CPUFile.self)
            if file.pointee.halted != 0 {
                let takesInterrupt = io.interruptLine && file.pointee.rflags & UInt64(Flags.interrupt) != 0
                guard takesInterrupt || file.pointee.pendingEvent != 0 else { return .halted }
                file.pointee.halted = 0
            }
            if let passed = passing {
                passing = nil
                // The instruction at the breakpoint runs; KVM's emulator would stop there again.
                if passed == file.pointee.linearInstructionPointer { return try runOne() }
            }
            clock.start(at: io.events.now)
            let exit = try runLoop(until: deadline)
            switch exit {
            // The machine goes on as a rule: whoever wants to see the registers has `settle` collect them.
            case .deadline, .attention: try finishAccess()
            default: try collect()
            }
            return exit
        } catch {
            return .ended(failure(error))
        }
    }

    // MARK: The loop

    private func runLoop(until deadline: UInt64) throws(KVMError) -> EngineExit {
        var kicked = false
        while true {
            let now = clock.now
            io.events.advance(to: min(now, deadline))
            guard now < deadline else {
                if kicked, let ending = try stuckAtKick() { return .ended(ending) }
                return .deadline
            }
            if io.attention {
                io.attention = false
                if io.request != nil || io.hasSignal || vm.isPauseWanted || io.events.next < deadline {
                    return .attention
                }
            }
            if slotsAreStale { try updateSlots() }
            try offerInterrupt()
            if missesWindows { try watchForWindow() }
            try aim(at: deadline, now: now)
            hasRun = true
            registersAreStale = true
            let problem = enterGuest()
            if problem != 0 {
                guard problem == EINTR || problem == EAGAIN else { throw .request("KVM_RUN", errno: problem) }
                if problem == EINTR { kicked = true }
                run.pointee.immediate_exit = 0
                hasPendingAccess = false
                continue
            }
            if let exit = try handleExit() { return exit }
        }
    }

    /// KVM_RUN. CR8 is kept in the shared page, since the local APIC is not KVM's.
    func enterGuest() -> Int32 {
        guard let apic = io.localAPIC, vm.cpuModel.hasLongMode else { return processor.enter() }
        let before = apic.taskPriority
        run.pointee.cr8 = UInt64(before)
        let problem = processor.enter()
        let after = UInt8(truncatingIfNeeded: run.pointee.cr8) & 15
        if after != before { apic.taskPriority = after }
        return problem
    }

    /// The kick for the deadline, unless one comes before it anyhow: a kick too many is harmless.
    private func aim(at deadline: UInt64, now: UInt64) throws(KVMError) {
        // Nobody waits longer than this for a look at the outside.
        let ahead = min(deadline - now, 100_000_000)
        let host = clock.host(at: now)
        if nextKick > host, nextKick <= host &+ ahead { return }
        nextKick = host &+ ahead
        try timer.aim(ahead)
    }

    /// The CPU takes an interrupt as soon as it can.
    func offerInterrupt() throws(KVMError) {
        guard io.interruptLine else {
            run.pointee.request_interrupt_window = 0
            return
        }
        if run.pointee.ready_for_interrupt_injection != 0 {
            let vector = io.acknowledgeInterrupt()
            try processor.interrupt(vector)
            run.pointee.ready_for_interrupt_injection = 0
        }
        run.pointee.request_interrupt_window = io.interruptLine ? 1 : 0
    }

    private func watchForWindow() throws(KVMError) {
        let waits = run.pointee.request_interrupt_window != 0
        windowSteps = waits ? windowSteps + 1 : 0
        try setDebug(singleStep: waits && windowSteps <= Self.mostWindowSteps)
    }

    /// Memory slots, guest registers and debug settings are what they should be.
    func prepare() throws(KVMError) {
        if slotsAreStale { try updateSlots() }
        if exportIsDue { try export() }
        if debugIsStale || singleSteps { try setDebug(singleStep: false) }
    }

    func setDebug(singleStep: Bool) throws(KVMError) {
        guard debugIsStale || singleStep != singleSteps else { return }
        try processor.debug(singleStep: singleStep, breakpoints: singleStep ? [] : breakpoints.sorted())
        singleSteps = singleStep
        debugIsStale = singleStep && !breakpoints.isEmpty
    }

    func updateSlots() throws(KVMError) {
        slotsVersion = memory.mapVersion
        let open = memory.a20Mask == .max
        // With A20 closed the windows have two places; they are left to MMIO there.
        let kept = open ? try windows.slots() : []
        if !open { try windows.letGo() }
        try slots.set(SlotMap.slots(memory.plainSpans, gateOpen: open) + kept, on: machine)
    }

    /// Pages of the slot at `guest` that were written since the last question.
    func writtenPages(at guest: UInt64) throws(KVMError) -> [UInt64] {
        guard let found = slots.logged.first(where: { $0.slot.guest == guest }) else { return [] }
        return try machine.dirtyPages(slot: found.number, pages: Int(found.slot.size >> 12))
    }

    func failure(_ error: KVMError) -> Ending {
        Ending(.unsupported(error.description), sentence: "KVM cannot go on at \(place): \(error.description)")
    }

    var place: String {
        let cpu = vm.block.assumingMemoryBound(to: CPUFile.self).pointee
        return hexadecimal(UInt64(cpu.cs.selector), digits: 4) + ":" + hexadecimal(cpu.rip, digits: 8)
            + " in " + cpu.modeName
    }
}

extension MemoryLayout<kvm_run> {
    /// Offset of `immediate_exit`.
    static var immediateExit: Int { 1 }
}

/// Guest time while the vCPU runs: the host's monotonic clock, moved so that it goes on from the event queue's.
struct HostTicks {
    private var base: UInt64 = 0

    static var monotonic: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    mutating func start(at tick: UInt64) { base = Self.monotonic &- tick }

    var now: UInt64 { Self.monotonic &- base }

    /// The host's time at a tick.
    func host(at tick: UInt64) -> UInt64 { base &+ tick }
}
