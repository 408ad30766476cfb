import Debugger
import Glibc
import Machine
import Monitor
import PCBoard
import Screen

/// The debugger beside a run: made when it is first wanted, entered by Ctrl-A c, Ctrl-C, -S, breakpoints and watchpoints.
final class AttachedMonitor {
    /// A machine that has ended is kept for the debugger: `-no-shutdown`, `lucid86 debug`.
    let keepsOpen: Bool
    private unowned let session: Session
    private let commands: [String]
    private var parts: (debugger: Debugger, monitor: Monitor)?
    /// Why the machine stopped; told when the prompt comes.
    private var stop: Debugger.Stop?
    /// The signal that ended the prompt.
    private(set) var signal: Int32?

    init(_ session: Session, keepsOpen: Bool, commands: [String]) {
        self.session = session
        self.keepsOpen = keepsOpen
        self.commands = commands
    }

    private func make() -> (debugger: Debugger, monitor: Monitor) {
        if let parts { return parts }
        let debugger = session.makeDebugger()
        debugger.handsBackRuns = true
        let isPlain = isatty(STDIN_FILENO) == 0
        let made = (
            debugger: debugger,
            monitor: Monitor(debugger, options: Monitor.Options(isBatch: isPlain, commands: commands)) {
                StopSignal.take()
            }
        )
        parts = made
        return made
    }

    /// Whether the machine stopped where the debugger's conditions and counts say so.
    func wants(_ stop: VM.Stop) -> Bool {
        self.stop = make().debugger.judge(stop)
        return self.stop != nil
    }

    /// The prompt, until the machine shall run on.
    func enter() -> MonitorAnswer {
        let (debugger, monitor) = make()
        debugger.announce(stop ?? .interrupted)
        stop = nil
        while true {
            switch monitor.run() {
            case .resume: if debugger.prepareToRun() == nil { return .resume }
            case .signal(let number):
                signal = number
                return .quit
            case .quit, .endOfInput: return .quit
            }
        }
    }
}

extension Session {
    /// Lets the run's escapes lead into the debugger; costs nothing until then.
    func attachMonitor(keepsOpen: Bool, commands: [String] = []) {
        guard attached == nil else { return }
        let monitor = AttachedMonitor(self, keepsOpen: keepsOpen, commands: commands)
        attached = monitor
        enterMonitor = { _ in monitor.enter() }
    }

    /// A debugger on this session's machine.
    func makeDebugger() -> Debugger {
        let debugger = Debugger(board: board)
        debugger.screenRows = { [unowned self] in PlainText.rows(board.vga.makeFrame()) }
        debugger.budget = settings.budget ?? .max
        debugger.betweenSlices = { [unowned self] in
            typist.look()
            serial.flush()
            secondSerial.flush()
            debugConsole.flush()
        }
        debugger.typeKeys = { [unowned self] text throws(DebuggerError) in
            do throws(Failure) { typist.add(try KeyScript(text)) } catch { throw DebuggerError(error.description) }
        }
        return debugger
    }
}
