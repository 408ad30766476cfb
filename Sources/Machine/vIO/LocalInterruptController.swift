/// A processor's local APIC as that processor sees it: what its instructions reach without a bus cycle.
///
/// Its registers in memory are an ordinary `MemoryHandler`, its INTR and its messages go through `vIO`.
public protocol LocalInterruptController: AnyObject {
    /// CR8: bits 7-4 of the task priority register. Setting it clears bits 3-0 (SDM 3A 11.8.6.1).
    var taskPriority: UInt8 { get set }
    /// IA32_APIC_BASE. Whoever sets it has checked the value.
    var base: UInt64 { get set }
    /// TSC minus ticks, for the TSC deadline.
    var timeStampOffset: UInt64 { get set }
    /// MSRs 6E0h and 800h-8FFh; nil where there is none, or none that can be read, in the present mode.
    func modelRegister(_ number: UInt32) -> UInt64?
    func setModelRegister(_ number: UInt32, _ value: UInt64) -> LocalRegisterWrite
    /// INIT: registers as after RESET, but for mode and identity (SDM 3A 11.4.7.3).
    func initialise()
}

/// What came of a WRMSR to a register of the local APIC.
public enum LocalRegisterWrite: Equatable, Sendable {
    case done
    /// There is none, or it can only be read.
    case unknown
    /// The value has reserved bits.
    case reserved
}

/// What reaches a processor beside INTR.
public enum ProcessorSignal: Equatable, Sendable {
    /// NMI
    case nonMaskable
    case initialise
    /// SIPI with its vector.
    case startup(UInt8)
    /// SMI
    case systemManagement
}

/// Inputs of a processor that wait for it. A part of the machine's state.
public struct ProcessorPins: Codable, Equatable, Sendable {
    /// Level of INTR.
    public var interrupt = false
    /// An NMI waits; a second one is lost.
    public var nonMaskable = false
    public var initialise = false
    /// Vector of a SIPI.
    public var startup: UInt8?

    public init() {}

    /// Something other than INTR.
    public var hasSignal: Bool { nonMaskable || initialise || startup != nil }
}
