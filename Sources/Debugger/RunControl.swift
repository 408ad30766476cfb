import Machine
import X86ISA

/// Moving the machine on. Everything goes through `VM.run`, a tick or a slice at a time, so that a debugged run is the same
/// run, bit for bit.
extension Debugger {
    /// Ticks between two looks at Ctrl-C and the outside: 1 ms of guest time.
    private static let slice: UInt64 = 1_000_000

    // MARK: One step

    /// One instruction with all its REP iterations, or the delivery of one interrupt or exception instead of it. A halted
    /// CPU is stepped to the interrupt that wakes it.
    func stepOnce() -> (stop: Stop?, deliveries: [Delivery]) {
        needInterpreter()
        guard vm.engine === board.interpreter else { return stepOnKVM() }
        let retired = vm.instructions, interrupts = interruptsTaken, fault = board.interpreter.lastFault?.tick
        let resets = self.resets, place = vm.cpu.linearInstructionPointer
        let line = trace == nil ? nil : TraceLine(vm)
        if !board.interpreter.breakpoints.isEmpty { board.interpreter.breakpoints = [] }
        var deliveries: [Delivery] = []
        var looks = 0
        var stop: Stop?
        while stop == nil {
            let now = vm.io.events.now
            guard now < budget else {
                stop = .budget
                break
            }
            let isIdle = isIdle
            let wait = isIdle ? min(max(vm.io.events.next, now &+ 1), now &+ Self.slice) : now &+ 1
            let result = vm.run(until: min(budget, wait))
            switch result {
            case .ended(let reached): stop = end(reached)
            case .watchpoint(let hits): stop = watchStop(hits)
            case .limit, .breakpoint, .paused: break
            }
            let moved = vm.instructions != retired || vm.cpu.linearInstructionPointer != place
            if interrupts != interruptsTaken { deliveries.append(.interrupt(vector: lastInterrupt)) }
            if let record = board.interpreter.lastFault, record.tick != fault { deliveries.append(.exception(record)) }
            if resets != self.resets { deliveries = [.reset] }
            if moved || !deliveries.isEmpty { break }
            looks += 1
            if isIdle || looks % 4096 == 0 {
                betweenSlices()
                if interrupted() { stop = .interrupted }
            }
        }
        if let line { trace?.write(line.finished(vm, deliveries)) }
        return (stop, deliveries)
    }

    /// Halted, and no interrupt wakes the CPU now.
    private var isIdle: Bool {
        let cpu = vm.cpu
        return cpu.halted != 0 && !(vm.io.interruptLine && cpu.rflags & UInt64(Flags.interrupt) != 0)
    }

    func end(_ reached: Ending) -> Stop {
        ending = reached
        return .ended(reached)
    }

    /// `count` steps; stops early at breakpoints' ends, watched memory, Ctrl-C or the machine's end.
    func step(_ count: UInt64, eachDelivery: (Delivery) -> Void) -> Stop {
        var left = count
        while left > 0 {
            let (stop, deliveries) = stepOnce()
            for delivery in deliveries { eachDelivery(delivery) }
            if let stop { return stop }
            left -= 1
            if left > 0, let here = breakpointHere() { return here }
            if left & 4095 == 0 {
                betweenSlices()
                if left > 0, interrupted() { return .interrupted }
            }
        }
        return .stepped
    }

    // MARK: Running

    /// Where a command wants to stop by itself.
    struct Goal {
        let linear: UInt64
        /// Asked when the instruction pointer is there.
        let isReached: (CPUFile) -> Bool
    }

    /// Runs on from here: the instruction at the present place runs even where a breakpoint is.
    func resume(goal: Goal? = nil) -> Stop {
        let start = vm.cpu.linearInstructionPointer
        let (stop, deliveries) = stepOnce()
        if let stop { return stop }
        // A handler came first: the breakpoint that we stand on shall not stop again when it returns.
        var skip = deliveries.isEmpty ? nil : Optional(start)
        if trace != nil { return resumeTraced(goal, &skip) }
        // The engine stops at the present place, too, when a breakpoint is there.
        vm.engine?.machineChanged()
        defer { vm.engine?.breakpoints = [] }
        while true {
            var addresses = breakpointAddresses
            if let goal { addresses.insert(goal.linear) }
            needInterpreter(addresses)
            if vm.engine?.breakpoints != addresses { vm.engine?.breakpoints = addresses }
            let now = vm.io.events.now
            guard now < budget else { return .budget }
            let (next, overflows) = now.addingReportingOverflow(Self.slice)
            switch runPassing(until: min(budget, overflows ? .max : next), goal, &skip) {
            case .limit, .paused:
                betweenSlices()
                if interrupted() { return .interrupted }
            case .ended(let reached): return end(reached)
            case .breakpoint:
                if let stop = arrived { return stop }
            case .watchpoint(let hits):
                if let stop = watchStop(hits) { return stop }
            }
        }
    }

    /// Runs to the limit, or to a breakpoint or goal that stops; the stop is left in `arrived`.
    private func runPassing(until limit: UInt64, _ goal: Goal?, _ skip: inout UInt64?) -> VM.Stop {
        arrived = nil
        while true {
            let result = vm.run(until: limit)
            guard case .breakpoint = result else { return result }
            arrived = arrival(goal, &skip)
            if arrived != nil { return result }
        }
    }

    /// What stops at the present place.
    private func arrival(_ goal: Goal?, _ skip: inout UInt64?) -> Stop? {
        let cpu = vm.cpu
        if skip == cpu.linearInstructionPointer {
            skip = nil
            return nil
        }
        if let stop = breakpointHere() { return stop }
        if let goal, goal.linear == cpu.linearInstructionPointer, goal.isReached(cpu) { return .arrived }
        return nil
    }

    /// As `resume`, instruction by instruction, so that each has its line in the trace.
    private func resumeTraced(_ goal: Goal?, _ skip: inout UInt64?) -> Stop {
        while true {
            if let stop = arrival(goal, &skip) { return stop }
            let (stop, _) = stepOnce()
            if let stop { return stop }
            if vm.instructions & 0xFFF == 0 {
                betweenSlices()
                if interrupted() { return .interrupted }
            }
        }
    }

    // MARK: Over calls, out of frames

    /// The stack pointer in the size that SS gives it.
    private static func stackPointer(_ cpu: CPUFile) -> UInt64 {
        cpu[register: 4] & (cpu.ss.isBig ? 0xFFFF_FFFF : 0xFFFF)
    }

    /// Reached when the frame of `start` has the stack again: deeper levels of a recursion do not count.
    private static func sameFrame(as start: CPUFile, at linear: UInt64) -> Goal {
        let pointer = stackPointer(start), selector = start.ss.selector
        return Goal(linear: linear) { $0.ss.selector != selector || stackPointer($0) >= pointer }
    }

    /// Linear address of the instruction after the one that runs next.
    func followingAddress(_ instruction: Instruction) -> UInt64 {
        let cpu = vm.cpu
        let mask: UInt64 = cpu.cs.isBig ? 0xFFFF_FFFF : 0xFFFF
        return (cpu.cs.base &+ ((cpu.rip &+ UInt64(instruction.length)) & mask)) & 0xFFFF_FFFF
    }

    /// One step that does not go into calls, interrupts, REP or LOOP, nor into handlers of interrupts that come between.
    func next(eachDelivery: (Delivery) -> Void) -> Stop {
        let before = vm.cpu
        if before.halted == 0, let instruction = currentInstruction(), instruction.isSteppedOver {
            return resume(goal: Self.sameFrame(as: before, at: followingAddress(instruction)))
        }
        while true {
            let start = vm.cpu
            let (stop, deliveries) = stepOnce()
            if let stop { return stop }
            guard case .interrupt? = deliveries.first else {
                for delivery in deliveries { eachDelivery(delivery) }
                return .stepped
            }
            // The handler runs; then the instruction gets its turn.
            let wasHalted = start.halted != 0
            let back = resume(goal: Self.sameFrame(as: start, at: start.linearInstructionPointer))
            guard back == .arrived, !wasHalted else { return back }
        }
    }

    /// Runs until a RET, far RET or IRET takes the stack above where it is now.
    func finish() -> Stop {
        let start = vm.cpu
        let pointer = Self.stackPointer(start)
        var looks = 0
        while true {
            let before = vm.cpu
            let instruction = before.halted == 0 ? currentInstruction() : nil
            if let instruction, instruction.isSteppedOver {
                let stop = resume(goal: Self.sameFrame(as: before, at: followingAddress(instruction)))
                guard stop == .arrived else { return stop }
                continue
            }
            let (stop, deliveries) = stepOnce()
            if let stop { return stop }
            if case .interrupt? = deliveries.first {
                let stop = resume(goal: Self.sameFrame(as: before, at: before.linearInstructionPointer))
                guard stop == .arrived else { return stop }
                continue
            }
            let now = vm.cpu
            if deliveries.isEmpty, let instruction, instruction.operation.returns {
                if now.ss.selector != start.ss.selector || Self.stackPointer(now) > pointer { return .arrived }
            }
            if let here = breakpointHere() { return here }
            looks += 1
            if looks % 4096 == 0 {
                betweenSlices()
                if interrupted() { return .interrupted }
            }
        }
    }
}

extension Instruction {
    /// What `next` treats as one step.
    var isSteppedOver: Bool {
        switch operation {
        case .call, .callIndirect, .callFar, .int, .int1, .int3, .into, .loop, .loope, .loopne: true
        case .movs, .cmps, .stos, .lods, .scas, .ins, .outs: prefixes.contains(.rep) || prefixes.contains(.repne)
        default: false
        }
    }
}

extension Operation {
    var returns: Bool { self == .ret || self == .retFar || self == .iret }
}
