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
    private var ending: Ending?

    init(_ session: Session) throws(Failure) {
        self.session = session
        board = session.board
        settings = session.settings
        limit = settings.budget ?? .max
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
            if let ending { return ending }
            let start = now
            if start >= limit { return budgetSpent() }
            let slice = isWatched ? Self.fineSlice : Self.coarseSlice
            let (boundary, overflows) = (start / slice * slice).addingReportingOverflow(slice)
            var target = min(limit, overflows ? .max : boundary)
            if clock != nil {
                let allowed = clock?.allowed(guest: start) ?? start
                guard allowed > start else {
                    waitForHost(until: target)
                    continue
                }
                target = min(target, allowed)
            }
            advance(to: target)
            if now >= boundary { look() }
        }
    }

    /// Something looks at the machine often.
    private var isWatched: Bool { !session.typist.isDone || settings.failOn != nil }

    private func advance(to target: UInt64) {
        switch session.log?.run(until: target) ?? board.vm.run(until: target) {
        case .limit: break
        case .breakpoint, .watchpoint: enterMonitor()
        case .ended(let reached):
            // A line that --fail-on names may be the last one before the end.
            look()
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
        if readsInput { take(input.wait(0, wanted: true)) }
        view?.drawIfDue()
        session.serial.flushIfDue()
        session.debugConsole.flushIfDue()
    }

    private var readsInput: Bool {
        if view != nil { return true }
        return settings.serial.isStdio && board.serial.queueSpace >= Self.serialBacklog
    }

    /// Sleeps until guest time may go on to the machine's next event, or until something comes from outside.
    private func waitForHost(until target: UInt64) {
        session.serial.flush()
        session.debugConsole.flush()
        let vm = board.vm
        let isIdle = vm.cpu.halted != 0 && !vm.io.interruptLine
        // An idle machine has nothing to do before its next event, unless somebody looks at it in between.
        var wake = isIdle && !isWatched ? min(max(vm.io.events.next, now), limit) : target
        if view != nil { wake = min(wake, now &+ 15_000_000) }
        let allowed = clock?.allowed(guest: now) ?? now
        let nanoseconds = wake > allowed ? min(wake - allowed, 1_000_000_000) : 0
        guard !StopSignal.isPending else { return }
        take(input.wait(max(nanoseconds, 50_000), wanted: readsInput))
    }

    private func take(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else {
            for chord in view?.inputIsQuiet() ?? [] { session.typist.add(chord) }
            return
        }
        guard view != nil || settings.serial == .stdio(escapes: true) else { return deliver(bytes) }
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
        } else {
            board.vm.io.input.deliver(bytes, to: board.serial.name, at: now)
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
        } else if settings.serial.isStdio {
            TerminalMode.enter(signals: settings.serial == .stdio(escapes: false))
        }
    }

    /// The terminal is as it was before.
    func close() {
        view?.close(showsLast: ending?.kind != .quit)
        TerminalMode.leave()
    }

    /// Hands the live machine to the debugger, if there is one.
    private func enterMonitor() {
        guard let enter = session.enterMonitor else { return say("there is no debugger in this run; Ctrl-A x quits") }
        session.serial.flush()
        session.debugConsole.flush()
        view?.close(showsLast: false)
        TerminalMode.leave()
        let answer = enter(board)
        if answer == .quit {
            ending = Ending(.quit, sentence: "quit in the debugger")
            return
        }
        openTerminal()
        clock?.restart(guest: now)
    }
}
