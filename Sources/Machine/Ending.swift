/// How a run ended: kinds and exit codes that scripts rely on.
public struct Ending: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case powerOff(source: String)
        case reset(source: String)
        case quit
        case debugExit(value: UInt32)
        case tripleFault
        case deadHalt
        case stuck
        case budget
        case failPattern(String)
        case signal(Int32)
        /// Something that the engine does not do yet.
        case unsupported(String)
    }

    public var kind: Kind
    /// Where, which instruction, which check failed or what it waited for.
    public var sentence: String
    /// The chain of exceptions that ended the run, oldest first.
    public var faults: [FaultRecord]

    public init(_ kind: Kind, sentence: String, faults: [FaultRecord] = []) {
        self.kind = kind
        self.sentence = sentence
        self.faults = faults
    }

    /// Stable name in the report.
    public var name: String {
        switch kind {
        case .powerOff: "power-off"
        case .reset: "reset"
        case .quit: "quit"
        case .debugExit: "debug-exit"
        case .tripleFault: "triple-fault"
        case .deadHalt: "dead-halt"
        case .stuck: "stuck"
        case .budget: "budget"
        case .failPattern: "fail-pattern"
        case .signal: "signal"
        case .unsupported: "unsupported"
        }
    }

    /// The process's exit status.
    public var exitCode: Int32 {
        switch kind {
        case .powerOff, .reset, .quit: 0
        case .debugExit(let value): Int32(((value << 1) | 1) & 255)
        case .tripleFault: 100
        case .deadHalt: 102
        case .stuck: 104
        case .budget: 106
        case .failPattern: 108
        case .signal(let number): 128 + number
        case .unsupported: 70
        }
    }
}
