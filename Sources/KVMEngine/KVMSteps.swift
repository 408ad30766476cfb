import CKVM
import Glibc
import Machine
import X86ISA

/// One instruction at a time: for the debugger, for lockstep, and for conditions that count.
extension KVMEngine {
    /// A REP is one step here too; KVM stops within it. What interrupts or faults is delivered, and the handler's first
    /// instruction may be in the step, since KVM's single step ends behind an instruction.
    public func stepInstruction() -> EngineExit {
        do throws(KVMError) {
            try prepareStep()
            return try runOne()
        } catch {
            return .ended(failure(error))
        }
    }

    private func prepareStep() throws(KVMError) {
        passing = nil
        if slotsAreStale { try updateSlots() }
        if exportIsDue { try export() }
        try collect()
    }

    /// Runs one instruction and collects the registers.
    func runOne() throws(KVMError) -> EngineExit {
        let file = vm.block.assumingMemoryBound(to: CPUFile.self)
        if file.pointee.halted != 0 {
            let takesInterrupt = io.interruptLine && file.pointee.rflags & UInt64(Flags.interrupt) != 0
            guard takesInterrupt || file.pointee.pendingEvent != 0 else { return .halted }
            file.pointee.halted = 0
        }
        try setDebug(singleStep: true)
        clock.start(at: io.events.now)
        let start = file.pointee.linearInstructionPointer
        let instruction = current(file.pointee), repeats = instruction?.repeatsString ?? false
        while true {
            let counter = file.pointee[register: 1]
            let exit = try stepOnce()
            try collect()
            if let exit { return exit }
            countTicks(repeats ? counter &- file.pointee[register: 1] : 1)
            // KVM may put the debug exit behind HLT in place of the one for HLT.
            if instruction?.operation == .hlt, file.pointee.linearInstructionPointer == start &+ 1 {
                file.pointee.halted = 1
                return .halted
            }
            guard repeats, file.pointee.linearInstructionPointer == start else { return .deadline }
            // An interrupt or an event comes between two iterations.
            if io.request != nil || io.events.next <= io.events.now { return .attention }
            if io.interruptLine, file.pointee.rflags & UInt64(Flags.interrupt) != 0 { return .attention }
        }
    }

    /// Up to the debug exit behind one instruction; nil there, else what ended the run before.
    ///
    /// KVM makes no debug exit behind an OUT that went to us. So an access is finished by an entry that ends at once: where
    /// that brings no further exit, the instruction is done.
    private func stepOnce() throws(KVMError) -> EngineExit? {
        while true {
            try offerInterrupt()
            let finishes = hasPendingAccess
            hasRun = true
            registersAreStale = true
            if finishes { run.pointee.immediate_exit = 1 }
            let problem = enterGuest()
            if problem != 0 {
                guard problem == EINTR || problem == EAGAIN else { throw .request("KVM_RUN", errno: problem) }
                run.pointee.immediate_exit = 0
                hasPendingAccess = false
                if finishes { return nil }
                if io.request != nil { return .attention }
                continue
            }
            run.pointee.immediate_exit = 0
            guard Int32(bitPattern: run.pointee.exit_reason) == KVM_EXIT_DEBUG else {
                let before = assisted
                if let exit = try handleExit() {
                    if exit == .halted { countTicks(1) }
                    return exit
                }
                if assisted != before { return nil }
                continue
            }
            hasPendingAccess = false
            return nil
        }
    }

    /// Time moves by instructions where they are counted, else by the host's clock.
    private func countTicks(_ count: UInt64) {
        guard countsInstructions else { return io.events.advance(to: clock.now) }
        io.events.advance(to: io.events.now &+ max(1, count & 0xFFFF_FFFF))
        vm.instructions &+= 1
    }

    /// What is at CS:RIP; nil where that cannot be read from here.
    private func current(_ cpu: CPUFile) -> Instruction? {
        guard !cpu.isPaged else { return nil }
        return try? Decoder(cpu.codeSize).decode(memory.peek(cpu.linearInstructionPointer, count: 15))
    }

    /// As `run`, a step at a time.
    func runCounting(until deadline: UInt64) throws(KVMError) -> EngineExit {
        try prepareStep()
        while io.events.now < deadline {
            if io.attention {
                io.attention = false
                if io.request != nil || io.hasSignal || vm.isPauseWanted || io.events.next < deadline {
                    return .attention
                }
            }
            let linear = vm.block.assumingMemoryBound(to: CPUFile.self).pointee.linearInstructionPointer
            if breakpoints.contains(linear), passing != linear {
                passing = linear
                return .breakpoint(linear: linear)
            }
            passing = nil
            switch try runOne() {
            case .deadline: break
            case let exit: return exit
            }
        }
        return .deadline
    }
}
