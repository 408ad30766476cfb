import Machine
import X86ISA

/// The engine that runs guest code one instruction after another, exactly and strictly.
public final class Interpreter: Engine {
    public let name = "interpreter"
    public let countsInstructions = true
    /// Turns an instruction's bytes, or 15 that begin with none, into text for fault records; the board installs it.
    public var disassemble: (_ bytes: [UInt8], _ size: CodeSize, _ address: UInt64) -> String = { _, _, _ in "" }
    /// Linear addresses before which a run stops.
    public var breakpoints: Set<UInt64> = [] {
        didSet { cutTraces() }
    }
    /// The last exception that was raised, delivered or not.
    @exclusivity(unchecked) public private(set) var lastFault: FaultRecord?
    /// Exceptions that were raised so far, those of a delivery included.
    @exclusivity(unchecked) public private(set) var faultCount: UInt64 = 0
    /// For tests of what finds errors: changes CPUFile behind an instruction that has retired in `stepInstruction`. Traces
    /// know nothing of it.
    @_spi(Testing) public var flaw: ((Instruction, inout CPUFile) -> Void)?

    /// For tests of what is raised: sees each exception, those of a delivery included.
    @_spi(Testing) public var observe: ((Exception) -> Void)?

    @exclusivity(unchecked) private var hasBreakpoints = false
    /// The guest's own, in its debug registers.
    @exclusivity(unchecked) var hardware = HardwareBreakpoints()
    @exclusivity(unchecked) var hasExecutionBreakpoints = false
    /// Bits of EFLAGS that can be set; bit 1 is fixed.
    var validFlags: UInt32 { features.flags }
    /// What CPUID tells and which MSRs there are.
    let model: CPUModel
    unowned(unsafe) let vm: VM
    private let io: vIO
    let memory: vMEM
    let core: Core
    let traces: TraceCache
    /// One instruction that is not cached: header-less records and its decoded form.
    private let stepArea: Pointer

    /// What a handler threw.
    @exclusivity(unchecked) var pending: Exception?
    /// What it threw is no exception: the CPU waits before this instruction (see `Core.raisePending`).
    @exclusivity(unchecked) var isFrozen = false
    /// Why the event of `CPUFile.pendingEvent` was raised, where this engine did it.
    @exclusivity(unchecked) var pendingReason: FaultReason?
    /// Lazy flags after the last whole iteration of a faulting REP CMPS or SCAS.
    @exclusivity(unchecked) var partialFlags: (UInt, UInt)?
    /// The instruction entered a handler itself (INT n): no single-step trap follows.
    @exclusivity(unchecked) var deliveredInside = false
    /// An exception or interrupt is being delivered: accesses are not those of the instruction at rip.
    @exclusivity(unchecked) private(set) var isDelivering = false
    /// RF for the pushed flags image of a fault (SDM 3A 6.8.3 and 17.3.1.1).
    @exclusivity(unchecked) var resumeImage: UInt32 = 0
    @exclusivity(unchecked) private var mapChanged = false
    /// The REP that runs now, if it does so without a trace.
    @exclusivity(unchecked) private(set) var stepped = SteppedCode()
    /// That REP, or what DMA did meanwhile, wrote into it.
    @exclusivity(unchecked) private var steppedIsChanged = false
    /// How linear addresses are translated now.
    @exclusivity(unchecked) private(set) var rules: PagingRules
    /// Bits of CR4 and EFER that the model has, and its MSRs.
    let features: ModelFeatures
    private let physicalBits: UInt8
    private let gigabytePages: Bool
    /// The last translations that an access found: linear page, physical page.
    @exclusivity(unchecked) var recent: ((UInt64, UInt64), (UInt64, UInt64), (UInt64, UInt64)) =
        ((1, 0), (1, 0), (1, 0))
    /// The breakpoint at which the last run stopped: it does not stop there again at once.
    @exclusivity(unchecked) private var passing: UInt64?

    /// `vm` must outlive the interpreter.
    public init(vm: VM) {
        self.vm = vm
        model = vm.cpuModel
        io = vm.io
        memory = vm.memory
        core = Core(vm.block)
        features = ModelFeatures(vm.cpuModel)
        traces = TraceCache(features: features, pauses: vm.processors > 1)
        physicalBits = vm.cpuModel.physicalAddressBits
        gigabytePages = vm.cpuModel.hasGigabytePages
        rules = PagingRules(core.file, physicalBits: physicalBits, gigabytePages: gigabytePages)
        stepArea = .allocate(byteCount: 256, alignment: 64)
        precondition(MemoryLayout<CPUFile>.offset(of: \CPUFile.es) == CoreLayout.segments)
        precondition(MemoryLayout<CPUFile>.offset(of: \CPUFile.vector) == CoreLayout.vector)
        precondition(MemoryLayout<CPUFile>.size <= VM.engineArea && MemoryLayout<Instruction>.stride <= 64)
        precondition(MemoryLayout<Scratch>.offset(of: \.segmentEnds) == 0)
        precondition(
            MemoryLayout<Segment>.offset(of: \.attributes) == 2 && MemoryLayout<Segment>.offset(of: \.limit) == 4
                && MemoryLayout<Segment>.offset(of: \.base) == 8)
        core.scratch.initialize(
            to: Scratch(
                jumps: traces.jumps, tlb: vm.memory.tlb.storage, tables: vm.memory.tlb.storage, record: stepArea,
                interpreter: .passUnretained(self),
                memory: .passUnretained(vm.memory), io: .passUnretained(vm.io),
                translations: .passUnretained(vm.memory.translations),
                codeStamp: vm.memory.translations.codeStampPlace))
        withUnsafeTemporaryAllocation(of: Instruction.self, capacity: 1) { buffer in
            guard let source = buffer.baseAddress else { return }
            source.initialize(to: Instruction())
            layStep(source)
        }
        vm.memory.codeWritten = { [unowned self] physical, count in
            if stepped.overlaps(physical, count: count) {
                steppedIsChanged = true
                core.scratch.pointee.stopTrace = 1
            }
            guard traces.drop(physical, count: count) else { return .max }
            core.scratch.pointee.stopTrace = 1
            return traces.blocks(ofPage: physical)
        }
        core.scratch.pointee.a20Mask = memory.a20Mask
        vm.memory.gateChanged = { [unowned self] in
            core.scratch.pointee.a20Mask = memory.a20Mask
            core.scratch.pointee.modeChanged = 1
            core.scratch.pointee.stopTrace = 1
        }
        vm.memory.mapChanged = { [unowned self] in
            mapChanged = true
            core.scratch.pointee.stopTrace = 1
        }
    }

    deinit { stepArea.deallocate() }

    /// Another engine may have written anywhere: nothing decoded before is trusted.
    public func takeOver() throws(EngineError) {
        let beyond = model.flagsBeyondOurs
        guard beyond.isEmpty else {
            throw EngineError(
                "the interpreter cannot be the CPU '\(model.name)': it has no "
                    + beyond.map(\.name).joined(separator: ", "))
        }
        mapChanged = true
        memory.tlb.flush()
        machineChanged()
    }

    /// Control registers that paging goes by have changed.
    func rulesChanged() {
        let new = PagingRules(core.file, physicalBits: physicalBits, gigabytePages: gigabytePages)
        guard new != rules else { return }
        rules = new
        // Entries for a set of rights hold only as long as the rules do.
        memory.tlb.flush()
        core.selectTable()
    }

    /// What the TLB of the processor that runs now holds.
    private func useTranslations() {
        core.scratch.pointee.translations = .passUnretained(memory.translations)
        core.scratch.pointee.codeStamp = memory.translations.codeStampPlace
    }

    public func machineChanged() {
        useTranslations()
        let identifies = core.file.pointee.cr4 & ControlBits.processContextIdentifiers != 0
        memory.translations.use(
            context: identifies ? UInt16(truncatingIfNeeded: core.file.pointee.cr3 & 0xFFF) : 0, keeps: true)
        core.scratch.pointee.a20Mask = memory.a20Mask
        let before = rules
        rulesChanged()
        if rules != before { memory.translations.invalidateAll() }
        core.selectTable()
        passing = nil
        pendingReason = nil
        core.scratch.pointee.modeChanged = 1
    }

    public func processorChanged() {
        useTranslations()
        recent = ((1, 0), (1, 0), (1, 0))
        rules = PagingRules(core.file, physicalBits: physicalBits, gigabytePages: gigabytePages)
        core.selectTable()
        passing = nil
        pendingReason = nil
        core.scratch.pointee.modeChanged = 1
    }

    /// No trace runs over a breakpoint.
    private func cutTraces() {
        hasBreakpoints = !breakpoints.isEmpty
        // Which physical address one has depends on the page tables of the moment: its place within a page does not.
        traces.cuts = Set(breakpoints.map { UInt16($0 & 4095) })
    }

    public func run(until deadline: UInt64) -> EngineExit {
        let scratch = core.scratch, file = core.file
        let now = io.events.now
        begin(deadline: deadline, ticks: deadline > now ? Int(clamping: deadline - now) : 0)
        defer { end() }
        while true {
            guard scratch.pointee.remaining > 0 else { return .deadline }
            if io.attention { return .attention }
            // The branch that led here, if its place behind is still what it was.
            var openLink = scratch.pointee.openLink
            let generation = traces.generation
            scratch.pointee.openLink = nil
            if mapChanged {
                mapChanged = false
                traces.removeAll()
                memory.clearAllCodeMarks()
            }
            // A shadow, or an event that pends: then no interrupt is acknowledged.
            let holding = file.pointee.pendingEvent | UInt64(file.pointee.stiShadow | file.pointee.stackShadow)
            if io.interruptLine, holding == 0, file.pointee.rflags & UInt64(Flags.interrupt) != 0 {
                file.pointee.halted = 0
                advanceClock()
                if let ending = interrupt(io.acknowledgeInterrupt()) { return .ended(ending) }
                continue
            }
            if holding != 0, file.pointee.pendingEvent != 0, !isTrapHeld {
                advanceClock()
                if let ending = deliverPending() { return .ended(ending) }
                continue
            }
            if file.pointee.halted != 0 { return .halted }
            var isBreakpoint = false
            if hasBreakpoints {
                let linear = file.pointee.linearInstructionPointer
                isBreakpoint = breakpoints.contains(linear)
                if isBreakpoint, passing != linear {
                    passing = linear
                    return .breakpoint(linear: linear)
                }
                passing = nil
            }
            if _slowPath(hasExecutionBreakpoints) {
                let hits = executionHits()
                if hits != 0 {
                    if let ending = raiseExecutionBreakpoint(hits) { return .ended(ending) }
                    continue
                }
                // No link leads past this place.
                isBreakpoint =
                    isBreakpoint || traces.cutOffsets.contains(Int(file.pointee.linearInstructionPointer & 4095))
            }
            let special = UInt64(Flags.trap | Flags.resume)
            if holding != 0 || file.pointee.rflags & special != 0 {
                if let ending = step() { return .ended(ending) }
                continue
            }
            if scratch.pointee.modeChanged != 0 {
                refreshMode()
                openLink = nil
            }
            let linear = file.pointee.linearInstructionPointer
            let physical: UInt64
            do throws(Exception) { physical = try core.translateFetch(linear) } catch {
                advanceClock()
                if let ending = raised(error) { return .ended(ending) }
                continue
            }
            // The translation was new: what is found by linear addresses has another key now.
            if scratch.pointee.modeChanged != 0 {
                refreshMode()
                openLink = nil
            }
            guard let trace = findTrace(physical), Int(trace.pointee.count) <= scratch.pointee.remaining,
                file.pointee.rip &+ UInt64(trace.pointee.length) <= scratch.pointee.codeEnd
            else {
                if let ending = step() { return .ended(ending) }
                continue
            }
            let records = TraceCache.records(trace)
            if _slowPath(trace.pointee.mayBeEmpty) {
                // Never linked, so that each of its entries comes by here.
                if isEmptiness(at: linear) { return .ended(stuck(Self.emptiness)) }
            } else if !isBreakpoint, !hasBreakpoints || !traces.cuts.contains(UInt16(linear & 4095)) {
                // A target that wrapped at 64 KiB, or at the closed A20 gate, lies elsewhere when the same bytes run in
                // another segment; with paging one of another page may lie anywhere.
                if let openLink, generation == traces.generation, physical == scratch.pointee.openTarget {
                    Record.setLink(openLink, records)
                }
                JumpCache.enter(traces.jumps, linear, scratch.pointee.mode, records)
            }
            enter(records)
            if scratch.pointee.exit != .lookup {
                scratch.pointee.openLink = nil
                if let ending = handleExit() { return .ended(ending) }
            }
        }
    }

    private func begin(deadline: UInt64, ticks: Int) {
        let scratch = core.scratch
        core.setStatusFlags(UInt32(truncatingIfNeeded: core.file.pointee.rflags))
        scratch.pointee.deadline = deadline
        scratch.pointee.remaining = ticks
        scratch.pointee.allTicks = ticks
        scratch.pointee.idleTicks = 0
        scratch.pointee.openLink = nil
        scratch.pointee.modeChanged = 1
        debugRegistersChanged()
    }

    private func end() {
        let scratch = core.scratch
        core.file.pointee.rflags = UInt64(core.eflags)
        vm.instructions &+= retired
        scratch.pointee.allTicks = scratch.pointee.remaining
        scratch.pointee.idleTicks = 0
        advanceClock()
    }

    /// Instructions that this run has retired so far.
    private var retired: UInt64 {
        let scratch = core.scratch
        return UInt64(max(0, scratch.pointee.allTicks &- scratch.pointee.remaining &- scratch.pointee.idleTicks))
    }

    /// Brings up to date what fast handlers take from segments and mode.
    private func refreshMode() {
        let scratch = core.scratch, file = core.file
        scratch.pointee.modeChanged = 0
        core.selectTable()
        scratch.pointee.checksAlignment = file.pointee.checksAlignment
        let mode = TraceMode(file, a20Closed: scratch.pointee.a20Mask != .max)
        scratch.pointee.mode = mode.key(stamp: scratch.pointee.codeStamp.pointee)
        // EIP has 32 bits: an instruction that ends at 4 GiB is stepped. So is one that is not canonical.
        scratch.pointee.codeEnd =
            mode.codeSize == .bits64 ? .max : min(UInt64(file.pointee.cs.limit) + 1, 0xFFFF_FFFF)
        scratch.pointee.codeEnd16 = min(scratch.pointee.codeEnd, 0x10000)
        let ends = Pointer(scratch).assumingMemoryBound(to: UInt64.self)
        for number in 0..<6 {
            let segment = (core.raw + CoreLayout.segments + number * 16).assumingMemoryBound(to: Segment.self)
            ends[number * 2] = segment.pointee.readEnd
            ends[number * 2 + 1] = segment.pointee.writeEnd
        }
    }

    /// Runs nothing of a handler that it enters, and nothing more of a REP that wrote over itself.
    public func stepInstruction() -> EngineExit {
        let scratch = core.scratch, file = core.file
        begin(deadline: io.events.now &+ (1 << 40), ticks: 1 << 40)
        passing = nil
        defer { end() }
        if file.pointee.pendingEvent != 0, !isTrapHeld { return deliverPending().map { .ended($0) } ?? .deadline }
        let shadow = file.pointee.stiShadow | file.pointee.stackShadow
        if io.interruptLine, shadow == 0, file.pointee.rflags & UInt64(Flags.interrupt) != 0 {
            file.pointee.halted = 0
            return interrupt(io.acknowledgeInterrupt()).map { .ended($0) } ?? .deadline
        }
        guard file.pointee.halted == 0 else { return .halted }
        if hasExecutionBreakpoints {
            let hits = executionHits()
            if hits != 0 { return raiseExecutionBreakpoint(hits).map { .ended($0) } ?? .deadline }
        }
        // Behind a trap its handler is next.
        let traps = file.pointee.rflags & UInt64(Flags.trap) != 0
        repeat {
            if let ending = step() { return .ended(ending) }
        } while scratch.pointee.unfinished && !steppedIsChanged && !io.attention && !traps
        return .deadline
    }

    private func advanceClock() {
        let scratch = core.scratch
        let left = max(0, scratch.pointee.remaining)
        io.events.advance(to: scratch.pointee.deadline &- UInt64(left))
    }

    @inline(__always) private func enter(_ record: Pointer) {
        let scratch = core.scratch
        scratch.pointee.stopTrace = 0
        scratch.pointee.exit = .lookup
        scratch.pointee.extraTicks = 0
        scratch.pointee.unfinished = false
        #if DEBUG
            scratch.pointee.chained = 0
        #endif
        deliveredInside = false
        record.load(as: Handler.self)(
            core.raw, record, scratch.pointee.flagResult, scratch.pointee.flagCarries)
    }

    @inline(__always) private func findTrace(_ physical: UInt64) -> TraceCache.Trace? {
        let mode = TraceMode(key: core.scratch.pointee.mode)
        if let trace = traces.find(physical, mode) { return trace }
        let page: Pointer
        switch memory.target(of: physical) {
        case .ram(let host), .rom(let host): page = host
        case .mmio, .nothing: return nil
        }
        guard let trace = traces.build(physical, mode, page: page) else { return nil }
        memory.markCode(physical, count: Int(trace.pointee.length))
        return trace
    }

    // MARK: One instruction

    private func layStep(_ source: UnsafeMutablePointer<Instruction>) {
        TraceCache.lay(
            source, 1, records: stepArea, instructions: stepArea + 64, for: nil, generation: features.generation)
    }

    /// Runs one instruction (or one iteration of a REP under TF) with its shadows and traps.
    private func step() -> Ending? {
        let file = core.file, scratch = core.scratch
        let flags = file.pointee.rflags
        let traps = flags & UInt64(Flags.trap) != 0, resumes = flags & UInt64(Flags.resume) != 0
        let instruction: Instruction
        file.pointee.stiShadow = 0
        file.pointee.stackShadow = 0
        scratch.pointee.modeChanged = 1
        core.selectTable()
        scratch.pointee.checksAlignment = file.pointee.checksAlignment
        scratch.pointee.openLink = nil
        scratch.pointee.record = stepArea
        scratch.pointee.extraTicks = 0
        scratch.pointee.unfinished = false
        steppedIsChanged = false
        do throws(Exception) {
            instruction = try fetch()
        } catch {
            return raised(error)
        }
        if let refusal = features.refusal(of: instruction, model: model.name) { return raised(refusal) }
        guard Self.general(for: instruction) != nil else {
            return raised(Exception(.invalidOpcode, nil, .invalidOpcode))
        }
        if instruction.isEmpty, isEmptiness(at: file.pointee.linearInstructionPointer) {
            return stuck(Self.emptiness)
        }
        withUnsafeTemporaryAllocation(of: Instruction.self, capacity: 1) { buffer in
            guard let source = buffer.baseAddress else { return }
            source.initialize(to: instruction)
            layStep(source)
        }
        if instruction.repeatsString {
            stepped = SteppedCode(core, length: instruction.length)
            enter(stepArea)
            stepped = SteppedCode()
        } else {
            enter(stepArea)
        }
        // EIP has 32 bits: an instruction may end with the segment at 4 GiB.
        if !core.isWide { file.pointee.rip &= 0xFFFF_FFFF }
        // What entered a handler or a task has a new RF.
        if scratch.pointee.exit != .fault, resumes, instruction.operation != .iret, !scratch.pointee.unfinished,
            !deliveredInside
        {
            file.pointee.rflags &= ~UInt64(Flags.resume)
        }
        if scratch.pointee.exit == .fault || scratch.pointee.exit == .stuck {
            return handleExit()
        }
        if let flaw {
            file.pointee.rflags = UInt64(core.eflags)
            flaw(instruction, &file.pointee)
            core.setStatusFlags(UInt32(truncatingIfNeeded: file.pointee.rflags))
        }
        let isStep = traps && !deliveredInside && file.pointee.stackShadow == 0
        return isStep || scratch.pointee.exit == .trapped ? trap(isStep: isStep) : nil
    }

    // MARK: What a trace ended with

    private func handleExit() -> Ending? {
        switch core.scratch.pointee.exit {
        case .lookup, .halted: return nil
        case .trapped: return trap(isStep: false)
        case .fault:
            core.scratch.pointee.breakpointHits = 0
            guard let exception = pending else { return nil }
            if isFrozen {
                // The instruction is tried anew at the next tick.
                isFrozen = false
                pending = nil
                useTick()
                return nil
            }
            pending = nil
            return raised(exception)
        case .stuck: return stuck("a jump to itself with interrupts off")
        }
    }

    private var place: String {
        hexadecimal(UInt64(core.file.pointee.cs.selector), digits: 4) + ":"
            + hexadecimal(core.file.pointee.rip, digits: 8)
    }

    private func stuck(_ why: String) -> Ending {
        Ending(
            .stuck,
            sentence: "stuck at \(place) in \(core.file.pointee.modeName) after \(retiredInAll) instructions: \(why)")
    }

    private var retiredInAll: UInt64 { vm.instructions &+ retired }

    /// A delivery takes a tick and is no instruction.
    private func useTick() {
        core.scratch.pointee.remaining &-= 1
        core.scratch.pointee.idleTicks &+= 1
        core.scratch.pointee.modeChanged = 1
    }

    private func interrupt(_ vector: UInt8, _ source: EventSource = .hardware) -> Ending? {
        resumeImage = 0
        core.scratch.pointee.exit = .lookup
        isDelivering = true
        defer { isDelivering = false }
        settleClock()
        do throws(Exception) {
            try core.deliver(vector, source, errorCode: nil, returnIP: core.file.pointee.rip)
        } catch {
            return raised(error)
        }
        holdHits()
        useTick()
        return nil
    }

    /// Delivers what another engine acknowledged or raised and left to this one. Of an INT, rip is the return address.
    private func deliverPending() -> Ending? {
        let file = core.file
        let pending = PendingEvent(bits: file.pointee.pendingEvent)
        file.pointee.pendingEvent = 0
        let reason = pendingReason
        pendingReason = nil
        file.pointee.halted = 0
        // No shadow outlasts a delivery (SDM 3C 27.7.1).
        file.pointee.stiShadow = 0
        file.pointee.stackShadow = 0
        guard let pending else { return nil }
        switch pending.kind {
        case .externalInterrupt: return interrupt(pending.vector)
        case .nonMaskable:
            file.pointee.nmiBlocked = 1
            return interrupt(pending.vector)
        case .softwareInterrupt, .softwareException: return interrupt(pending.vector, .software)
        case .hardwareException:
            let exception = Exception(
                Vector(pending.vector), pending.errorCode, reason ?? .raisedBefore(vector: pending.vector))
            // #DB: its RF is in rflags, if it has one.
            guard pending.vector != Vector.debug.rawValue else {
                defer { useTick() }
                return raised(exception, isTrap: true)
            }
            return raised(exception)
        }
    }

    /// All ticks of the trace that was left are out of `remaining`: a device that delivery reaches sees the time by it alone.
    private func settleClock() {
        core.scratch.pointee.record = stepArea
        core.scratch.pointee.extraTicks = 0
        core.scratch.pointee.modeChanged = 1
        core.selectTable()
    }

    /// Delivers an exception, with those that its delivery raises; an ending when none can be delivered.
    /// A fault takes one tick with all that its delivery raises, so that a storm of faults uses up time; the tick of a
    /// trap is its instruction's. So whatever happens at one instruction boundary is one tick: no run can be cut within.
    func raised(_ first: Exception, isTrap: Bool = false) -> Ending? {
        let file = core.file
        var current = first
        var chain = [record(first)]
        core.scratch.pointee.exit = .lookup
        // STI under TF: a delivery ends the shadow (SDM 3C 27.7.1 says so of one that VM entry makes).
        file.pointee.stiShadow = 0
        isDelivering = true
        defer { isDelivering = false }
        settleClock()
        defer { if !isTrap { useTick() } }
        if let address = first.faultAddress { file.pointee.cr2 = address }
        // An 8086 saves the place behind a division that failed.
        if features.generation == .i8086, first.vector == .divideError, let instruction = try? fetch() {
            file.pointee.rip = (file.pointee.rip &+ UInt64(instruction.length)) & 0xFFFF
        }
        while true {
            lastFault = chain.last
            faultCount &+= 1
            resumeImage = isTrap || !core.isProtected || current.isInstructionBreakpoint ? 0 : Flags.resume
            defer { resumeImage = 0 }
            let next: Exception
            do throws(Exception) {
                try core.deliver(
                    current.vector.rawValue, .exception, errorCode: current.errorCode, returnIP: file.pointee.rip)
                holdHits()
                return nil
            } catch {
                next = error
            }
            chain.append(record(next))
            // Also of one that becomes a double fault.
            if let address = next.faultAddress { file.pointee.cr2 = address }
            if current.vector == .doubleFault { return tripleFault(chain) }
            if current.makesDoubleFault(with: next) {
                current = Exception(.doubleFault, 0, .whileDelivering(vector: current.vector.rawValue))
                chain.append(record(current))
            } else {
                current = next
            }
        }
    }

    private func tripleFault(_ chain: [FaultRecord]) -> Ending {
        let cause = chain.first.map { "; it began with " + $0.sentence } ?? ""
        return Ending(
            .tripleFault,
            sentence: "triple fault after \(retiredInAll) instructions, in \(core.file.pointee.modeName), "
                + "CPL \(core.cpl)\(cause)", faults: chain)
    }

    private func record(_ exception: Exception) -> FaultRecord {
        observe?(exception)
        let file = core.file.pointee
        let linear = file.linearInstructionPointer
        let physical = core.physicalQuietly(linear, fetch: true) ?? linear
        var bytes: [UInt8] = []
        for index in 0..<15 {
            guard let place = core.physicalQuietly(core.wrapped(linear &+ UInt64(index)), fetch: true) else { break }
            bytes.append(memory.peekByte(place) ?? 0xFF)
        }
        if let instruction = try? Decoder(file.codeSize, features: features.instructions).decode(bytes) {
            bytes = Array(bytes.prefix(Int(instruction.length)))
        }
        let text = disassemble(bytes, file.codeSize, file.rip)
        return FaultRecord(
            exception: exception, codeSelector: file.cs.selector, instructionPointer: file.rip, linear: linear,
            physical: physical, bytes: bytes, disassembly: text, modeName: file.modeName, privilege: core.cpl,
            tick: core.scratch.pointee.deadline &- UInt64(max(0, core.scratch.pointee.remaining)))
    }
}
