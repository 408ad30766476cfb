import Interpreter
import Machine
import PCBoard
import X86ISA

/// The debugger of a PC: commands in, lines of text out. It knows no terminal, and it changes nothing that the guest could
/// see unless it is told to.
///
/// Breakpoints and watchpoints are in the engine only while the machine runs under `continue` and the like.
public final class Debugger {
    /// What became of a command.
    public enum Outcome: Equatable, Sendable {
        case done
        /// The reason was printed.
        case failed
        case quit
        /// The machine shall run on in whoever drives it: `handsBackRuns`.
        case resume
    }

    /// Why the machine stopped.
    public enum Stop: Equatable, Sendable {
        /// As many steps as were wanted.
        case stepped
        /// `problem` says why a condition could not be computed.
        case breakpoint(number: Int, problem: String?)
        case watchpoint([WatchHit], problem: String?)
        /// An address of the command itself: `until`, `finish`, `next`.
        case arrived
        case interrupted
        case budget
        case ended(Ending)
    }

    /// An interrupt or exception that the CPU took.
    enum Delivery: Equatable {
        case interrupt(vector: UInt8)
        case exception(FaultRecord)
        case reset
    }

    public let board: PCBoard
    public var vm: VM { board.vm }

    /// Takes each line that a command prints, without a line feed.
    public var output: (String) -> Void = { _ in }
    /// Asked now and then during a run; true stops it (Ctrl-C).
    public var interrupted: () -> Bool = { false }
    /// Called between two slices of a run: for who draws the screen, types keys or flushes files.
    public var betweenSlices: () -> Void = {}
    /// Rows of the text screen.
    public var screenRows: () -> [String] = { [] }
    /// Types on the keyboard, in the notation of `--keys`; nil where none is connected.
    public var typeKeys: ((String) throws(DebuggerError) -> Void)?
    /// Ticks at which a run ends: `--budget`.
    public var budget: UInt64 = .max

    /// `continue` does not run the machine here but answers `resume`: somebody else draws its screen and types its keys.
    public var handsBackRuns = false
    var resumeRequested = false

    /// Set once the machine has ended; it stays open for inspection.
    public internal(set) var ending: Ending?
    public internal(set) var breakpoints: [Breakpoint] = []
    var nextNumber = 1
    /// Interrupts that the CPU took.
    var interruptsTaken: UInt64 = 0
    var lastInterrupt: UInt8 = 0
    var resets: UInt64 = 0
    /// The stop at which the last run command ended.
    public internal(set) var lastStop: Stop?
    var trace: Trace?
    /// Files of commands that are being run, one within another.
    var sourceDepth = 0
    /// Why the machine could not be moved to the interpreter; said once.
    var refusedMove: String?
    /// What stopped the engine at its breakpoint, while it runs.
    var arrived: Stop?
    /// Where `x`, `xp` and `u` go on, and in what format.
    var examine = ExamineState()
    /// Instructions retired when `u` last showed something.
    var lastShownAt: UInt64?

    public init(board: PCBoard) {
        self.board = board
        let acknowledge = board.vm.io.acknowledgeInterrupt
        board.vm.io.acknowledgeInterrupt = { [unowned self] in
            lastInterrupt = acknowledge()
            interruptsTaken &+= 1
            return lastInterrupt
        }
        let onReset = board.vm.onReset
        board.vm.onReset = { [unowned self] in
            onReset()
            resets &+= 1
        }
    }

    /// Says in a line or two what can be typed, and where the machine stands.
    public func greet() {
        output("Lucid86 debugger. Type s to step, c to run, b ADDR to break, r for registers, why, help, or q to quit.")
        showLocation()
    }

    /// Runs one line; blank lines and `#` comments do nothing. Never traps, whatever is typed.
    @discardableResult
    public func execute(_ line: String) -> Outcome {
        do throws(DebuggerError) {
            guard let call = try CommandCall.parse(line) else { return .done }
            if call.command.name == "quit" { return .quit }
            try call.command.action(self, call.arguments)
            guard resumeRequested else { return .done }
            resumeRequested = false
            return .resume
        } catch {
            output("error: " + error.description)
            return .failed
        }
    }

    /// Whether an empty line at the prompt repeats this one.
    public static func repeats(_ line: String) -> Bool {
        guard let call = try? CommandCall.parse(line) else { return false }
        return call.command.repeats
    }

    /// What an empty line does after `line`: memory listings go on instead of showing the same again.
    public static func repetition(of line: String) -> String {
        guard let call = try? CommandCall.parse(line), call.command.continues else { return line }
        return call.command.name
    }

    func requireRunning() throws(DebuggerError) {
        guard let ending else { return }
        throw DebuggerError("the machine has ended (\(ending.name)); look at it, or 'run' starts it anew")
    }

    func value(_ text: String) throws(DebuggerError) -> UInt64 {
        try Evaluator(vm: vm).value(try Expression.parse(text))
    }

    // MARK: Where the machine stands

    /// The instruction that runs next; nil where the bytes are none.
    func currentInstruction() -> Instruction? {
        let cpu = vm.cpu
        return try? Decoder(cpu.codeSize).decode(
            GuestMemory(vm).bytes(linear: cpu.linearInstructionPointer, count: 15))
    }

    /// `=> 0000:7C00  00007C00  FA                cli`
    public func showLocation() {
        let cpu = vm.cpu
        var line = "=> " + Listing(vm).line(linear: cpu.linearInstructionPointer).text
        if cpu.halted != 0 { line += "   (halted, waiting for an interrupt)" }
        output(line)
    }
}
