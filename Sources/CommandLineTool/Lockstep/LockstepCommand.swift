import ArgumentParser
import Glibc
import Lockstep
import Machine

/// `lucid86 lockstep [options] IMAGE`: two engines run the same guest and are compared.
struct LockstepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep", abstract: "Runs a guest on two engines and compares them step by step.")

    /// Options on top of those of a run.
    static let rows: [OptionRow] = [
        OptionRow(
            .run, "every", "N",
            "Compare registers at every Nth instruction, and wherever a result is undefined. Default 1."),
        OptionRow(
            .run, "until", "COND",
            "End before the instruction at rip==ADDRESS (linear), at instructions==N, or behind 'port P written'. May be "
                + "given several times: the first that holds counts."),
        OptionRow(
            .run, "follower", "ENGINE",
            "What runs beside the interpreter: kvm (the default), or interpreter for a test of the comparison itself."),
    ]

    @OptionGroup var options: RunOptions
    @Option var every: UInt64 = 1
    @Option var until: [String] = []
    @Option var follower = "kvm"

    func run() throws {
        let status = try makeSession().lockstep(settings())
        if status != 0 { throw ExitCode(status) }
    }

    private func settings() throws(Failure) -> LockstepSettings {
        guard every > 0 else { throw Failure(.usage, "--every 0: give 1 or more") }
        return LockstepSettings(
            every: every,
            until: try until.map { text throws(Failure) in try RunCondition(text, option: "--until") },
            follower: try FollowerEngine(option: follower))
    }

    private func makeSession() throws -> Session {
        _ = try settings()
        var options = options
        func refuse(_ option: String, _ why: String) throws(Failure) -> Never {
            throw Failure(.usage, "\(option) cannot go with lockstep: \(why)")
        }
        if options.display == "terminal" { try refuse("-display terminal", "use --screen-dump") }
        if options.clock == "host" { try refuse("--clock host", "both machines are on the virtual clock") }
        if options.startStopped || options.noShutdown { try refuse("-S or -no-shutdown", "there is no debugger") }
        if !options.logItems.isEmpty { try refuse("-d", "what differs is told with its instruction") }
        let settings = try EngineSettings(options)
        if settings.choice != .interpreter {
            try refuse(settings.option, "the interpreter leads; --follower names the other")
        }
        if !settings.switches.isEmpty { try refuse("--switch-at", "both engines run all the time") }
        options.display = "none"
        options.clock = "virtual"
        return try Session(RunSettings(options))
    }
}

/// What `lucid86 lockstep` was asked for, beside the options of a run.
struct LockstepSettings {
    var every: UInt64
    var until: [RunCondition]
    var follower: FollowerEngine
}

extension Session {
    /// Runs to the end or to the first difference, says what was found on stdout, and gives the exit status.
    func lockstep(_ wanted: LockstepSettings) throws(Failure) -> Int32 {
        StopSignal.install()
        let watch = wanted.until.isEmpty ? nil : ConditionWatch(wanted.until, on: board.vm)
        var reached: RunCondition?
        var options = LockstepRun.Options()
        options.every = wanted.every
        options.shortcomings = wanted.follower.shortcomings(board.vm.cpuModel)
        options.resetsOnTripleFault = settings.resetsOnTripleFault
        if let watch {
            options.until = { vm in
                reached = watch.holds(vm)
                return reached != nil
            }
        }
        let told = Announcer()
        options.isInterrupted = {
            told.look()
            return StopSignal.isPending
        }
        let (run, assistant) = try makeRun(options, wanted.follower)
        defer { withExtendedLifetime(assistant) {} }
        told.run = run
        drive = { run.run(until: $0).asMachineStop }
        let loop = try RunLoop(self)
        let ending = loop.run()
        loop.close()
        drive = nil
        let last = run.finish()
        _ = try conclude(ending)
        writeAll(Self.verdict(last, run, ending, reached) + "\n", to: STDOUT_FILENO)
        switch last {
        case .difference: return 1
        case .refused(let why): throw Failure(.unavailable, "lockstep cannot go on after \(run.steps) steps: \(why)")
        default: break
        }
        if case .signal = ending.kind { return ending.exitCode }
        return 0
    }

    private func makeRun(
        _ options: LockstepRun.Options, _ follower: FollowerEngine
    ) throws(Failure) -> (run: LockstepRun, assistant: (any Engine)?) {
        var assistant: (any Engine)?
        do {
            let run = try LockstepRun(board: board, options: options) { vm in
                let made = try follower.make(vm)
                assistant = made.assistant
                return made.engine
            }
            return (run, assistant)
        } catch let failure as Failure {
            throw failure
        } catch let error as EngineError {
            throw Failure(.unavailable, "lockstep: \(error)")
        } catch {
            throw Failure(.internal, "lockstep: \(error)")
        }
    }

    private static func verdict(
        _ stop: LockstepRun.Stop, _ run: LockstepRun, _ ending: Ending, _ reached: RunCondition?
    ) -> String {
        let counts = run.counts
        var more = ["\(counts.deliveries) interrupts and exceptions"]
        if counts.open > 0 { more.append("\(counts.open) with other undefined results") }
        if counts.cuts > 0 { more.append("\(counts.cuts) REPs in parts") }
        var steps = "\(run.steps) steps (\(more.joined(separator: ", ")))"
        let known = run.options.shortcomings.compactMap { known in
            counts.shortcomings[known.name].map { "\n  known, \($0) times: \(known.name): \(known.reason)" }
        }.joined()
        switch stop {
        case .difference(let found): return found.text + "\n  in \(steps)" + known
        case .condition: steps += "; \(reached?.text ?? "")"
        case .refused: break
        default: steps += "; the run ended: \(ending.name)"
        }
        return "no difference in \(steps)" + known
    }
}

extension LockstepRun.Stop {
    /// What the run loop makes of it.
    fileprivate var asMachineStop: VM.Stop {
        switch self {
        case .limit, .interrupted: .limit
        case .ended(let ending): .ended(ending)
        case .condition: .ended(Ending(.quit, sentence: "the condition of --until holds"))
        case .difference: .ended(Ending(.quit, sentence: "the two machines differ"))
        case .refused(let why): .ended(Ending(.quit, sentence: why))
        }
    }
}

/// Tells a person who waits at the terminal how far it is.
private final class Announcer {
    weak var run: LockstepRun?
    private let isWanted = isatty(STDERR_FILENO) == 1
    private var next = ContinuousClock.now + .seconds(10)

    func look() {
        guard isWanted, ContinuousClock.now >= next, let run else { return }
        next = ContinuousClock.now + .seconds(10)
        complain("lockstep: \(run.steps) steps, at \(InstructionText.place(run.board.vm.cpu))")
    }
}
