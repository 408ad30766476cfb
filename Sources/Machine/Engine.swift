/// What moves the VM forward. It finds CPUFile in canonical form and leaves it so.
///
/// An engine drives the machine between `takeOver` and `handOver`; `VM.use` calls both.
public protocol Engine: AnyObject {
    /// `interpreter`, `kvm`.
    var name: String { get }
    /// Whether `VM.instructions` is exact under this engine, and a tick an instruction.
    var countsInstructions: Bool { get }
    /// Ticks pass at the host's pace, whatever the guest does.
    var runsInHostTime: Bool { get }
    /// Linear addresses before which a run stops; at most `breakpointLimit`.
    var breakpoints: Set<UInt64> { get set }
    var breakpointLimit: Int { get }
    /// Why this engine cannot drive a machine whose CPU is in this state, in words that fit after "since"; nil when it can.
    func refusal(of cpu: CPUFile) -> String?
    /// The machine is this engine's from now on.
    func takeOver() throws(EngineError)
    /// Another engine follows: CPUFile and memory hold the whole state afterwards, and nothing is in flight.
    func handOver()
    /// Runs until `deadline` ticks at most, keeps the clock exact, and says why it stopped.
    func run(until deadline: UInt64) -> EngineExit
    /// Runs one whole instruction: all iterations of a REP, or the delivery of the exception or interrupt that comes
    /// instead.
    func stepInstruction() -> EngineExit
    /// CPUFile, the memory map or memory was changed from outside.
    func machineChanged()
    /// Brings those registers into CPUFile that a run leaves in the engine. Called before CPUFile is read as a whole.
    func settle()
    /// Another processor's registers are in CPUFile now, and its translations in vMEM.
    func processorChanged()
}

extension Engine {
    public func processorChanged() { machineChanged() }
    public var runsInHostTime: Bool { false }
    public var breakpointLimit: Int { .max }
    public func handOver() {}
    public func settle() {}
}

/// Why an engine cannot run, and what to do about it.
public struct EngineError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
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
