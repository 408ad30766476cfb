/// What moves the VM forward. It finds CPUFile in canonical form and leaves it so.
public protocol Engine: AnyObject {
    /// `interpreter`, `kvm`.
    var name: String { get }
    /// Runs until `deadline` ticks at most, keeps the clock exact, and says why it stopped.
    func run(until deadline: UInt64) -> EngineExit
    /// CPUFile, the memory map or memory was changed from outside.
    func machineChanged()
}

public enum EngineExit: Equatable, Sendable {
    /// The clock reached the deadline.
    case deadline
    /// Something in vIO wants the VM's attention: a request or a new deadline.
    case attention
    /// HLT: `CPUFile.halted` is set.
    case halted
    /// The debugger's breakpoint at this linear address, before the instruction.
    case breakpoint(linear: UInt64)
    case ended(Ending)
}
