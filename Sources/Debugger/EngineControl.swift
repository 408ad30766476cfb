import KVMEngine
import Machine

/// The debugger on more than one engine. KVM steps and stops at up to four addresses; what needs more moves the machine to
/// the interpreter, and says so.
extension Debugger {
    /// Moves where the debugger's present state needs it: watched memory, a trace, `addresses` beyond KVM's four.
    func needInterpreter(_ addresses: Set<UInt64>) {
        if addresses.count > vm.engine?.breakpointLimit ?? .max {
            moveToInterpreter(because: "KVM has \(vm.engine?.breakpointLimit ?? 0) breakpoints")
        }
        needInterpreter()
    }

    func needInterpreter() {
        installWatches()
        if !vm.memory.watches.isEmpty { moveToInterpreter(because: "KVM cannot watch memory") }
        if trace != nil { moveToInterpreter(because: "KVM cannot trace") }
    }

    /// Does nothing where the interpreter drives the machine already. Where it cannot, that is said, and KVM goes on.
    func moveToInterpreter(because reason: String) {
        guard let engine = vm.engine, engine !== board.interpreter else { return }
        do throws(EngineError) {
            engine.breakpoints = []
            try board.useInterpreter()
            output("the machine moved from \(engine.name) to the interpreter: \(reason)")
        } catch {
            guard refusedMove != error.description else { return }
            refusedMove = error.description
            output("the machine stays on \(engine.name), though \(reason): \(error)")
        }
    }

    /// One step on an engine that does not count.
    func stepOnKVM() -> (stop: Stop?, deliveries: [Delivery]) {
        let interrupts = interruptsTaken, resets = self.resets, place = vm.cpu.linearInstructionPointer
        var looks = 0
        while true {
            guard vm.io.events.now < budget else { return (.budget, []) }
            let wasIdle = vm.cpu.halted != 0
            switch vm.step() {
            case .ended(let reached): return (end(reached), [])
            case .watchpoint(let hits): if let stop = watchStop(hits) { return (stop, []) }
            case .limit, .breakpoint, .paused: break
            }
            var deliveries: [Delivery] = []
            if interrupts != interruptsTaken { deliveries.append(.interrupt(vector: lastInterrupt)) }
            if resets != self.resets { deliveries = [.reset] }
            let moved = vm.cpu.linearInstructionPointer != place || vm.cpu.halted != 0
            if !deliveries.isEmpty || (moved && !wasIdle) { return (nil, deliveries) }
            looks += 1
            // An instruction that leaves rip where it is has run, too.
            if !wasIdle, looks > 1 { return (nil, []) }
            if looks % 256 == 0 {
                betweenSlices()
                if interrupted() { return (.interrupted, []) }
            }
        }
    }
}

extension Command {
    static let engineCommands: [Command] = [
        Command(
            "engine", [], .run, usage: "[kvm | interpreter]", "say which engine drives the machine, or change it",
            detail: """
                The machine moves as it stands, between two instructions. KVM runs guest code on the host's CPU: it counts no
                instructions, steps, and stops at up to four breakpoints; watchpoints, 'trace' and 'why' bring the machine back.
                """, example: "engine kvm"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.changeEngine(arguments.text.trimmed)
            debugger.tellEngine()
        }
    ]
}

extension Debugger {
    fileprivate func changeEngine(_ name: String) throws(DebuggerError) {
        do throws(EngineError) {
            switch name {
            case "": return
            case "kvm": if ending == nil { try board.useKVM() }
            case "interpreter", "tcg": try board.useInterpreter()
            default: throw EngineError("there is no engine '\(name)'; give kvm or interpreter")
            }
        } catch {
            throw DebuggerError(error.description)
        }
    }

    fileprivate func tellEngine() {
        output("engine: \(vm.engine?.name ?? "none")")
        guard vm.engine === board.kvm, let kvm = board.kvm else { return }
        for note in kvm.notes { output("   " + note) }
        if kvm.assisted > 0 {
            output(
                "   the interpreter ran \(kvm.assisted) instructions that KVM cannot; the first was \(kvm.firstAssisted)"
            )
        }
    }
}
