import ArgumentParser
import Debugger
import Glibc
import Machine
import Monitor
import Screen

/// `lucid86 debug [options] IMAGE`: the machine before its first instruction, in the debugger.
struct DebugCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug", abstract: "Boots a machine in the debugger.",
        discussion: """
            Examples:
              lucid86 debug disk.img
              printf 'b 0x7c00\\nc\\ns 20\\n' | lucid86 debug --batch disk.img
              lucid86 debug --batch --command c --command why disk.img </dev/null

            The options of a run go here too. The status is 0 after q; 64 when a batch ended by itself and one of its
            commands could not be run; 143 after SIGTERM.
            """)

    /// Options on top of those of a run.
    static let rows: [OptionRow] = [
        OptionRow(.run, "batch", "Read debugger commands from stdin; plain lines, no prompt."),
        OptionRow(.run, "command", "CMD", "Run this debugger command first; may be given several times."),
        OptionRow(.run, "ex", "CMD", "The same as --command."),
    ]

    @OptionGroup var options: RunOptions
    @Flag var batch = false
    @Option(name: [.customLong("command"), .customLong("ex")]) var commands: [String] = []

    func run() throws {
        var options = options
        // The terminal is the debugger's, and 'screen' shows the screen; unless the guest is given the terminal.
        options.display = options.display ?? "none"
        let isShared = !batch && isatty(STDIN_FILENO) == 1
        if isShared { options.startStopped = true }
        let session = try Session(RunSettings(options))
        let sharesTerminal = isShared && (session.settings.display == .terminal || session.settings.serial.isStdio)
        let status =
            try sharesTerminal
            ? session.share(commands) : session.debug(isBatch: batch, commands: commands)
        if status != 0 { throw ExitCode(status) }
    }
}

extension Session {
    /// The guest has the terminal while it runs, the debugger while it stands.
    func share(_ commands: [String]) throws(Failure) -> Int32 {
        attachMonitor(keepsOpen: true, commands: commands)
        return try run().exitCode
    }

    /// Reads commands until `q` or the end of input; returns the exit status.
    func debug(isBatch: Bool, commands: [String]) throws(Failure) -> Int32 {
        StopSignal.install()
        let debugger = makeDebugger()
        let isPlain = isBatch || isatty(STDIN_FILENO) == 0
        let monitor = Monitor(debugger, options: Monitor.Options(isBatch: isPlain, commands: commands)) {
            StopSignal.take()
        }
        switch monitor.run() {
        // Runs are never handed back here.
        case .quit, .resume:
            _ = try conclude(Ending(.quit, sentence: "left the debugger"))
            return 0
        case .endOfInput(let anyFailed):
            _ = try conclude(Ending(.quit, sentence: "the debugger's input ended"))
            return anyFailed ? Failure.Code.usage.rawValue : 0
        case .signal(let number):
            return try conclude(Ending(.signal(number), sentence: "stopped by \(StopSignal.name(number))")).exitCode
        }
    }
}
