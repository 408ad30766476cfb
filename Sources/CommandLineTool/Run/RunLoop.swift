import Glibc
import Machine
import PCBoard

/// Moves the machine in slices of guest time and between them looks at what watches it and at the host.
///
/// Looks happen at multiples of the slice, so that they do not depend on the host's speed: a run repeats.
final class RunLoop {
    /// Ticks of a slice while somebody types or a pattern is looked for.
    static let fineSlice: UInt64 = 1_000_000
    /// Ticks of a slice otherwise.
    static let coarseSlice: UInt64 = 5_000_000
    /// Ticks of a slice where the host's CPU runs the guest and no screen is shown: coming back costs a guest time. Keys and
    /// signals wait as long.
    static let longSlice: UInt64 = 20_000_000
    /// Bytes that one read of stdin may bring: so much room the serial port's queue must have.
    private static let serialBacklog = 4096

    private let session: Session
    private let board: PCBoard
    private let settings: RunSettings
    private let input = HostInput()
    private var clock: HostClock?
    private var escapes = EscapeKeys()
    private var view: TerminalView?
    private let limit: UInt64
    private let switcher: EngineSwitcher?
    private var ending: Ending?

    init(_ session: Session) throws(Failure) {
        self.session = session
        board = session.board
        settings = session.settings
        limit = settings.budget ?? .max
        switcher = try EngineSwitcher(session)
        if settings.clock == .host { clock = HostClock(tick: board.vm.io.events.now) }
        if settings.startStopped, session.enterMonitor == nil {
            throw Failure(.unavailable, "-S: there is no debugger in this run; use 'lucid86 debug IMAGE'")
        }
        if settings.noShutdown, session.enterMonitor == nil {
            throw Failure(
                .unavailable, "-no-shutdown keeps a machine open for the debugger; use 'lucid86 debug IMAGE'")
        }
        if settings.display == .terminal { view = TerminalView(board: board, title: settings.title) }
        openTerminal()
    }

    private var now: UInt64 { board.vm.io.events.now }

    // MARK: The loop

    func run() -> Ending {
        if settings.startStopped { enterMonitor() }
        while true {
            serveHost()
            if let reached = ending, !staysOpen(reached) { return ending ?? reached }
            let slice =
                isWatched || !session.networks.isEmpty
                ? Self.fineSlice : isUnseen && runsInHostTime ? Self.longSlice : Self.coarseSlice
            catchUp(slice)
            let start = now
            if start >= limit { return budgetSpent() }
            let (boundary, overflows) = (start / slice * slice).addingReportingOverflow(slice)
            var target = min(limit, overflows ? .max : boundary)
            if let allowed = clock?.allowed(guest: start) {
                let wake = nextMoment(before: target)
                guard allowed >= wake || (runsInHostTime && !isIdle) else {
                    waitForHost(until: wake, allowed: allowed)
                    continue
                }
                if !runsInHostTime { target = min(target, allowed) }
            }
            advance(to: target)
            if now >= boundary { look() }
        }
    }

    /// Something looks at the machine often.
    private var isWatched: Bool { !session.typist.isDone || settings.failOn != nil }

    private var isUnseen: Bool { view == nil }

    private func advance(to wanted: UInt64) {
        let target = switcher?.limit(wanted) ?? wanted
        board.vm.waitsInHalt = clock != nil && runsInHostTime
        defer {
            board.vm.waitsInHalt = false
            switcher?.look()
        }
        let stop = session.drive?(target) ?? session.log?.run(until: target) ?? board.vm.run(until: target)
        switch stop {
        case .limit, .paused: break
        case .breakpoint(let linear) where switcher?.waits(at: linear) ?? false: break
        case .breakpoint, .watchpoint: if session.attached?.wants(stop) ?? true { enterMonitor() }
        case .ended(let reached):
            // A line that --fail-on names may be the last one before the end.
            lookForPattern()
            if ending == nil { end(reached) }
        }
    }

    private func end(_ reached: Ending) {
        guard reached.kind == .tripleFault, settings.resetsOnTripleFault else {
            ending = reached
            return
        }
        if board.vm.endsOnReset {
            ending = Ending(.reset(source: "a triple fault"), sentence: "reset through a triple fault")
        } else {
            board.vm.reset()
        }
    }

    /// What happens at fixed points of guest time.
    private func look() {
        session.typist.look()
        lookForPattern()
    }

    private func lookForPattern() {
        guard let pattern = settings.failOn else { return }
        pattern.look(session.screen)
        if let match = pattern.match, ending == nil {
            ending = Ending(
                .failPattern(match.pattern),
                sentence:
                    "the guest printed what --fail-on '\(match.pattern)' names on the \(match.place): \(match.line)")
        }
    }

    private func budgetSpent() -> Ending {
        Ending(.budget, sentence: "the budget of \(limit) ticks is spent at \(InstructionText.place(board.vm.cpu))")
    }

    // MARK: The host

    /// Signals, keys and the screen in the terminal.
    private func serveHost() {
        if let number = StopSignal.take() { stopped(by: number) }
        guard ending == nil else { return }
        session.networks.poll()
        if readsInput { take(input.wait(0, wanted: true)) }
        view?.drawIfDue()
        session.serial.flushIfDue()
        session.secondSerial.flushIfDue()
        session.debugConsole.flushIfDue()
        for sink in session.consoleSinks { sink.flushIfDue() }
    }

    private var readsInput: Bool {
        if view != nil { return true }
        if let console = session.stdinConsole { return console.console.queueSpace >= Self.serialBacklog }
        return session.stdinSerial.map { $0.port.queueSpace >= Self.serialBacklog } ?? false
    }

    private var isIdle: Bool { board.vm.isHalted && !board.vm.io.interruptLine }

    private var runsInHostTime: Bool { board.vm.engine?.runsInHostTime ?? false }

    /// Where ticks pass at the host's pace, they did so while the guest did not run.
    private func catchUp(_ slice: UInt64) {
        guard runsInHostTime, let allowed = clock?.allowed(guest: now), allowed > now else { return }
        let before = now / slice
        board.vm.io.events.advance(to: min(allowed, limit))
        if now / slice != before { look() }
    }

    /// When the guest next has something to do, at most `target`: an idle one at its next event, unless somebody looks
    /// at it in between; a busy one when a millisecond is worth waking up for.
    private func nextMoment(before target: UInt64) -> UInt64 {
        let vm = board.vm
        guard isIdle else { return min(target, now &+ 1_000_000) }
        let event = min(max(vm.io.events.next, now), limit)
        return isWatched ? min(event, target) : event
    }

    /// Sleeps until guest time may reach `wake`, or until something comes from outside.
    private func waitForHost(until wake: UInt64, allowed: UInt64) {
        session.serial.flush()
        session.secondSerial.flush()
        session.debugConsole.flush()
        guard !StopSignal.isPending else { return }
        var nanoseconds = wake - allowed
        // The screen changes without an event when its message goes.
        if view != nil { nanoseconds = min(nanoseconds, 50_000_000) }
        let network = session.networks.whatWakes()
        nanoseconds = min(nanoseconds, network.nanoseconds)
        let bytes = input.wait(
            min(nanoseconds, 1_000_000_000), wanted: readsInput, others: network.descriptors)
        guard !bytes.isEmpty || !session.networks.isEmpty else { return take([]) }
        // What comes in does so at the guest time of now.
        if let allowed = clock?.allowed(guest: now), allowed > now { advance(to: min(allowed, wake)) }
        take(bytes)
    }

    private func take(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else {
            for chord in view?.inputIsQuiet() ?? [] { session.typist.add(chord) }
            return
        }
        guard view != nil || session.stdinSerial?.target == .stdio(escapes: true) else { return deliver(bytes) }
        for event in escapes.take(bytes) {
            switch event {
            case .data(let data): deliver(data)
            case .quit: ending = ending ?? Ending(.quit, sentence: "quit with Ctrl-A x")
            case .help: say(EscapeKeys.help)
            case .console: enterMonitor()
            }
        }
    }

    private func deliver(_ bytes: [UInt8]) {
        if let view {
            for chord in view.keys(bytes) { session.typist.add(chord) }
        } else if let console = session.stdinConsole {
            board.vm.io.input.deliver(bytes, to: console.name, at: now)
        } else if let serial = session.stdinSerial {
            board.vm.io.input.deliver(bytes, to: serial.port.name, at: now)
        }
    }

    private func say(_ text: String) {
        if let view { view.say(text) } else { complain(text) }
    }

    private func stopped(by number: Int32) {
        if number == SIGINT, session.enterMonitor != nil, isatty(STDIN_FILENO) == 1 { return enterMonitor() }
        ending = Ending(
            .signal(number), sentence: "stopped by \(StopSignal.name(number)) at \(InstructionText.place(board.vm.cpu))"
        )
    }

    // MARK: Terminal and debugger

    private func openTerminal() {
        if let view {
            TerminalMode.enter(signals: false)
            view.open()
        } else if session.stdinSerial != nil || session.stdinConsole != nil {
            TerminalMode.enter(signals: session.stdinSerial?.target == .stdio(escapes: false))
        }
    }

    /// The terminal is as it was before.
    func close() {
        view?.close(showsLast: ending?.kind != .quit)
        TerminalMode.leave()
    }

    /// Lets the debugger look at a machine that has ended, where that is wanted; true when it runs again.
    private func staysOpen(_ reached: Ending) -> Bool {
        guard let attached = session.attached, attached.keepsOpen else { return false }
        switch reached.kind {
        case .quit, .signal: return false
        default: break
        }
        ending = nil
        _ = attached.wants(.ended(reached))
        enterMonitor()
        return ending == nil
    }

    /// Hands the live machine to the debugger, if there is one.
    private func enterMonitor() {
        guard let enter = session.enterMonitor else { return say("there is no debugger in this run; Ctrl-A x quits") }
        session.serial.flush()
        session.secondSerial.flush()
        session.debugConsole.flush()
        view?.close(showsLast: false)
        TerminalMode.leave()
        let answer = enter(board)
        if answer == .quit {
            ending =
                session.attached?.signal.map {
                    Ending(.signal($0), sentence: "stopped by \(StopSignal.name($0)) in the debugger")
                } ?? Ending(.quit, sentence: "quit in the debugger")
            return
        }
        openTerminal()
        clock?.restart(guest: now)
    }
}
