import Machine

/// A debugger beside somebody else's run loop: the loop runs the machine, and asks when it stops.
extension Debugger {
    /// Leaves the present place and puts the breakpoints into the engine. What stops it at once is returned and told.
    public func prepareToRun() -> Stop? {
        let (stop, _) = stepOnce()
        if let stop {
            announce(stop)
            return stop
        }
        needInterpreter(breakpointAddresses)
        vm.engine?.breakpoints = breakpointAddresses
        vm.engine?.machineChanged()
        return nil
    }

    /// Whether a stop of the machine is one that was asked for; it is told by `announce`.
    public func judge(_ stop: VM.Stop) -> Stop? {
        switch stop {
        case .limit, .paused: return nil
        case .breakpoint: return breakpointHere()
        case .watchpoint(let hits): return watchStop(hits)
        case .ended(let reached):
            ending = reached
            return .ended(reached)
        }
    }

    /// Takes the engine back and tells why the machine stands.
    public func announce(_ stop: Stop) {
        vm.engine?.breakpoints = []
        lastStop = stop
        tell(stop)
        if ending == nil { showLocation() }
    }
}
