import Interpreter
import Machine
import PCBoard
import X86ISA

/// Two engines that run the same guest side by side and are compared instruction by instruction.
///
/// The *leader* is a whole PC on the interpreter and the virtual clock. The *follower* is another engine on a machine with a
/// memory of its own and no devices: what it asks of ports and devices is answered with what the leader was answered, and is
/// compared with what the leader asked. Interrupts reach both at the same instruction. DMA, the A20 gate and resets of the
/// leader reach the follower.
///
/// One step is one instruction with all iterations of a REP, or the delivery of an interrupt or exception. An engine may run
/// beyond a delivery, or an instruction that ends in an interrupt shadow, by the instruction that follows: then the
/// leader follows it before they are compared.
public final class LockstepRun {
    public struct Options {
        /// Registers and stored memory are compared at every so many steps, and wherever the manual leaves a result open.
        public var every: UInt64 = 1
        /// All memory that was written is compared at every so many steps.
        public var everyMemory: UInt64 = 4096
        /// A triple fault of both resets both, and is no end.
        public var resetsOnTripleFault = false
        public var shortcomings: [Shortcoming] = []
        /// Ends the run before an instruction.
        public var until: ((VM) -> Bool)?
        /// Asked every 64 steps: whether the run is to be left for a while.
        public var isInterrupted: () -> Bool = { false }

        public init() {}
    }

    public enum Stop: Equatable, Sendable {
        /// The clock shows the limit.
        case limit
        case interrupted
        /// `Options.until` holds, and nothing differed.
        case condition
        /// The guest's run ended, and nothing differed.
        case ended(Ending)
        case difference(LockstepDifference)
        /// One of the engines cannot go on.
        case refused(String)
    }

    /// What happened beside plain steps.
    public struct Counts: Equatable, Sendable {
        /// Interrupts and exceptions.
        public var deliveries: UInt64 = 0
        /// Steps whose open flags or results were not the same: the follower got the leader's.
        public var open: UInt64 = 0
        /// Steps in which the follower ran beyond a delivery or shadow.
        public var overshoots: UInt64 = 0
        /// REPs that were cut into parts by something that a device asked for.
        public var cuts: UInt64 = 0
        /// Times that a known shortcoming was met, by its name.
        public var shortcomings: [String: UInt64] = [:]
    }

    /// A leader's step since the last comparison.
    struct LeaderStep {
        var codeCount = 0
        var vector: UInt8?
        /// An exception was raised: instead of the instruction, or behind it.
        var isFault: Bool { faults > 0 }
        var faults = 0
        /// The last exception.
        var fault: FaultRecord?
        /// The exception is a debug trap alone, so that the instruction has retired.
        var isTrap = false
    }

    /// Leader's steps in one of the follower: a delivery, what its handler begins with, and what may follow in a shadow.
    static let mostSteps = 5

    public let board: PCBoard
    public let follower: VM
    public let options: Options
    /// Steps so far.
    @exclusivity(unchecked) public internal(set) var steps: UInt64 = 0
    @exclusivity(unchecked) public internal(set) var counts = Counts()

    let engine: any Engine
    let record: AccessRecord
    let registers: RegisterComparison
    let memory: MemoryComparison
    var leader: VM { board.vm }
    /// The follower's TSC is not the leader's.
    let hasOwnClock: Bool

    /// CPUFile and code before each of the leader's steps.
    let before: UnsafeMutablePointer<CPUFile>
    let code: UnsafeMutableRawPointer
    @exclusivity(unchecked) var leaderSteps: ContiguousArray<LeaderStep> = []
    @exclusivity(unchecked) var leaderEnding: Ending?
    /// An interrupt that the follower was given and has not taken.
    @exclusivity(unchecked) var offered: UInt8?
    /// Step of the last comparison of registers, of all memory that was written, and of all that has a host page.
    @exclusivity(unchecked) var lastComparison: UInt64 = 0
    @exclusivity(unchecked) var lastMemoryComparison: UInt64 = 0
    private var oldObserver: ((Port, Int, UInt32, Bool) -> Void)?
    private let oldAcknowledge: () -> UInt8
    private let oldReset: () -> Void
    var lastResidentComparison: UInt64 = 0
    @exclusivity(unchecked) private var stop: Stop?

    /// The board must be on its interpreter. `makeEngine` is given the follower, whose memory and registers are those of
    /// the board.
    public init(
        board: PCBoard, options: Options = Options(), follower makeEngine: (VM) throws -> any Engine
    ) throws {
        guard board.vm.engine === board.interpreter else {
            throw EngineError("lockstep needs the leading machine on the interpreter")
        }
        guard board.vm.processors == 1 else {
            throw EngineError("lockstep follows one processor, and there are \(board.vm.processors)")
        }
        self.board = board
        self.options = options
        let leader = board.vm
        follower = try VM(
            memorySize: leader.memory.size, deviceMemory: leader.memory.deviceSize, cpuModel: leader.cpuModel)
        record = AccessRecord(follower: follower.memory)
        memory = MemoryComparison(leader: leader.memory, follower: follower.memory)
        before = .allocate(capacity: Self.mostSteps)
        before.initialize(repeating: CPUFile(), count: Self.mostSteps)
        code = .allocate(byteCount: Self.mostSteps * 16, alignment: 16)
        oldObserver = leader.io.ports.observer
        oldAcknowledge = leader.io.acknowledgeInterrupt
        oldReset = leader.onReset
        try Self.mapFollower(follower, like: leader, record)
        engine = try makeEngine(follower)
        hasOwnClock = !engine.countsInstructions
        registers = RegisterComparison(ignoring: hasOwnClock ? ["tsc_offset"] : [])
        follower.start(with: engine)
        copyState()
        if let reason = engine.refusal(of: follower.cpu) {
            throw EngineError("the \(engine.name) cannot follow, since \(reason)")
        }
        try engine.takeOver()
        connect()
    }

    deinit {
        leader.memory.observer = nil
        leader.io.ports.observer = oldObserver
        leader.io.acknowledgeInterrupt = oldAcknowledge
        leader.onReset = oldReset
        before.deallocate()
        code.deallocate()
    }

    // MARK: Setting up

    /// The leader's map, with replays where its devices are.
    private static func mapFollower(_ follower: VM, like leader: VM, _ record: AccessRecord) throws {
        for region in leader.memory.regions {
            if let bytes = region.romBytes {
                try follower.memory.mapROM(bytes, at: region.start, name: region.name)
            } else {
                let replay = MemoryReplay(record, start: region.start)
                try follower.memory.mapMMIO(replay, at: region.start, size: region.size, name: region.name)
            }
        }
        for (_, name, size, memory) in leader.memory.allWindows {
            if let memory {
                _ = follower.memory.addWindow(deviceMemory: memory, size: size, name: name)
                continue
            }
            let replay = WindowReplay(record, in: follower.memory)
            replay.window = follower.memory.addWindow(replay, size: size, name: name)
        }
        try follower.io.ports.map(0...0xFFFF, name: "replay", width: 4, to: PortReplay(record))
    }

    private func copyState() {
        let source = leader.memory
        _ = follower.memory.restore(pages: source.usedPages.map { ($0, Array(source.page(at: $0))) })
        follower.memory.setA20(source.a20Mask == .max)
        follower.memory.takePlaces(of: source)
        follower.instructions = leader.instructions
        follower.random = leader.random
        follower.io.events.advance(to: leader.io.events.now)
        follower.cpu = leader.cpu
    }

    private func connect() {
        let record = record
        leader.memory.observer = record
        leader.io.ports.observer = { [oldObserver] port, width, value, isWrite in
            record.accessedPort(port, width: width, value: value, isWrite: isWrite)
            oldObserver?(port, width, value, isWrite)
        }
        leader.io.acknowledgeInterrupt = { [oldAcknowledge] in
            let vector = oldAcknowledge()
            record.vector = vector
            return vector
        }
        leader.onReset = { [oldReset, unowned self] in
            oldReset()
            follower.memory.setA20(true)
            follower.memory.takePlaces(of: leader.memory)
            follower.cpu = leader.cpu
        }
        follower.io.acknowledgeInterrupt = { [unowned self] in
            follower.io.setInterruptLine(false)
            defer { offered = nil }
            return offered ?? 0xFF
        }
        record.pull = { [unowned self] in catchUp() }
    }

    // MARK: Running

    /// Runs until the leader's clock shows `limit` ticks, or something else is to be told.
    public func run(until limit: UInt64 = .max) -> Stop {
        if let stop { return stop }
        while true {
            if steps & 63 == 0, options.isInterrupted() { return .interrupted }
            if let until = options.until, until(leader) { return conclude(.condition) }
            switch leader.awaitWork(until: limit) {
            case nil: break
            case .ended(let ending): return conclude(.ended(ending))
            default: return .limit
            }
            if let stop = step() { return conclude(stop) }
        }
    }

    /// Ends the run, with a look at everything where nothing has ended it yet.
    public func finish() -> Stop {
        if let stop { return stop }
        let found = compareAll().map { Stop.difference($0) }
        stop = found
        return found ?? .interrupted
    }

    /// All registers and all memory, now.
    public func compareAll() -> LockstepDifference? {
        leaderSteps.isEmpty ? nil : difference(of: leaderEnding == nil ? .everything : .memoryAlone)
    }

    /// Looks at everything once more where all was well so far. What was found stays.
    private func conclude(_ reached: Stop) -> Stop {
        var final = reached
        switch reached {
        case .condition, .ended:
            if let found = compareAll() {
                if isKnown(found) { resynchronise() } else { final = .difference(found) }
            }
        default: break
        }
        stop = final
        return final
    }

    private func step() -> Stop? {
        steps &+= 1
        leaderSteps.removeAll(keepingCapacity: true)
        record.begin()
        let time = leader.io.events.now
        leaderEnding = stepLeader()
        if let leaderEnding, leaderEnding.kind != .tripleFault {
            if case .unsupported = leaderEnding.kind { return .refused("interpreter: \(leaderEnding.sentence)") }
            // Devices' requests are served between steps: this is an end that only the interpreter looks for.
            return .ended(leaderEnding)
        }
        let cut = cutRepeat
        if let cut { begin(cut) }
        let exit = stepFollower(time)
        if let cut { end(cut) }
        if let stop = compareEnds(exit) { return stop }
        if let stop = firstDifference() { return stop }
        if leaderSteps.count > 1 { counts.overshoots += 1 }
        return nil
    }

    /// Runs the leader by one step, and keeps what was there before it.
    private func stepLeader() -> Ending? {
        let index = leaderSteps.count
        var this = LeaderStep()
        before[index] = leader.block.assumingMemoryBound(to: CPUFile.self).pointee
        this.codeCount = keepCode(code + index * 16)
        let faults = board.interpreter.faultCount
        record.vector = nil
        let exit = board.interpreter.stepInstruction()
        this.vector = record.vector
        if board.interpreter.faultCount != faults {
            this.faults = Int(board.interpreter.faultCount &- faults)
            this.fault = board.interpreter.lastFault
            this.isTrap = this.faults == 1 && this.fault?.exception.vector == .debug
        }
        if this.vector != nil || this.isFault { counts.deliveries += 1 }
        leaderSteps.append(this)
        if case .ended(let ending) = exit { return ending }
        return nil
    }

    /// Copies the bytes at CS:RIP, as far as they are plain memory, and tells how many.
    private func keepCode(_ place: UnsafeMutableRawPointer) -> Int {
        let linear = leader.block.assumingMemoryBound(to: CPUFile.self).pointee.linearInstructionPointer
        var count = 0
        while count < 15 {
            let physical = ((linear &+ UInt64(count)) & 0xFFFF_FFFF) & leader.memory.a20Mask
            let host: UnsafeMutableRawPointer
            switch leader.memory.target(of: physical) {
            case .ram(let page), .rom(let page): host = page + Int(physical & 4095)
            default: return count
            }
            let part = min(15 - count, 4096 - Int(physical & 4095))
            (place + count).copyMemory(from: host, byteCount: part)
            count += part
        }
        return count
    }

    private func stepFollower(_ time: UInt64) -> EngineExit {
        // Time that the leader skipped in HLT.
        follower.io.events.advance(to: time)
        offered = leaderSteps[0].vector
        if offered != nil { follower.io.setInterruptLine(true) }
        follower.io.attention = false
        let exit = engine.stepInstruction()
        if offered != nil { follower.io.setInterruptLine(false) }
        return exit
    }

    /// Lets the leader run one instruction more, since the follower is, or may be, beyond the leader's last step.
    func catchUp() -> Bool {
        guard leaderSteps.count < Self.mostSteps, leaderEnding == nil, leader.io.request == nil, mayOvershoot else {
            return false
        }
        let cpu = leader.block.assumingMemoryBound(to: CPUFile.self)
        guard cpu.pointee.halted == 0 else { return false }
        // Where another interrupt waits already, it comes after the instruction that the follower has run.
        if leader.io.interruptLine, cpu.pointee.stackShadow == 0 { cpu.pointee.stiShadow = 1 }
        leader.io.attention = false
        record.resume()
        leaderEnding = stepLeader()
        return true
    }

    /// Whether an engine may run an instruction more with the leader's last step.
    private var mayOvershoot: Bool {
        guard let last = leaderSteps.last else { return false }
        if last.vector != nil || last.isFault { return true }
        let cpu = leader.block.assumingMemoryBound(to: CPUFile.self)
        if cpu.pointee.stiShadow | cpu.pointee.stackShadow != 0 { return true }
        switch instruction(leaderSteps.count - 1)?.operation {
        case .int, .int1, .int3, .into: return true
        default: return false
        }
    }

    /// The instruction of a leader's step since the last comparison, as it was before it ran.
    func instruction(_ index: Int) -> Instruction? {
        let bytes = UnsafeRawBufferPointer(start: code + index * 16, count: leaderSteps[index].codeCount)
        return try? Decoder(before[index].codeSize).decode(bytes)
    }

    /// Nil where neither has ended, or both go on from a reset.
    private func compareEnds(_ exit: EngineExit) -> Stop? {
        var sentence: String?
        if case .ended(let ending) = exit {
            if case .unsupported = ending.kind { return .refused("\(engine.name): \(ending.sentence)") }
            sentence = ending.sentence
            // What ended it may lie beyond a delivery.
            while leaderEnding == nil, catchUp() {}
        }
        guard sentence != nil || leaderEnding != nil else { return nil }
        _ = record.end()
        if sentence == nil || leaderEnding == nil {
            let found = report([.end(leader: leaderEnding?.sentence, follower: sentence)])
            guard isKnown(found) else { return .difference(found) }
            resynchronise()
        }
        guard let ending = leaderEnding else { return nil }
        guard options.resetsOnTripleFault, ending.kind == .tripleFault, !leader.endsOnReset else {
            return .ended(ending)
        }
        leader.reset()
        leaderEnding = nil
        return nil
    }

    // MARK: A REP that a device has cut

    /// A REP in the middle of which a device called for attention, so that the leader stands within it.
    private struct RepeatCut {
        var instruction: Instruction
        /// Iterations that were done, and that are left.
        var done: UInt64
        var left: UInt64
        var mask: UInt64
    }

    private var cutRepeat: RepeatCut? {
        let now = leader.block.assumingMemoryBound(to: CPUFile.self), old = before
        guard now.pointee.rip == old.pointee.rip, leaderSteps[0].vector == nil, !leaderSteps[0].isFault,
            let instruction = instruction(0), instruction.repeatsString
        else { return nil }
        let mask: UInt64 = instruction.addressSize == 2 ? 0xFFFF : instruction.addressSize == 4 ? 0xFFFF_FFFF : .max
        let left = now.pointee.general.1 & mask, first = old.pointee.general.1 & mask
        guard left != 0, left < first else { return nil }
        return RepeatCut(instruction: instruction, done: first - left, left: left, mask: mask)
    }

    /// The follower shall do as many iterations, and stop.
    private func begin(_ cut: RepeatCut) {
        counts.cuts += 1
        var cpu = follower.cpu
        cpu.general.1 = cpu.general.1 & ~cut.mask | cut.done
        follower.cpu = cpu
    }

    /// It stands behind the REP: back to where the leader is, if it did all iterations.
    private func end(_ cut: RepeatCut) {
        var cpu = follower.cpu
        guard cpu.general.1 & cut.mask == 0, cpu.rip == before.pointee.rip &+ UInt64(cut.instruction.length) else {
            return
        }
        cpu.general.1 |= cut.left
        cpu.rip = before.pointee.rip
        // RF is kept until the whole REP is done.
        let resume = UInt64(Flags.resume)
        cpu.rflags = cpu.rflags & ~resume | before.pointee.rflags & resume
        follower.cpu = cpu
    }
}
