import ArgumentParser
import Machine

/// `lucid86 [run] [options]`: boots the machine and runs it to its end.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Boots a machine and runs it to its end; what is done without a subcommand.")

    @OptionGroup var options: RunOptions

    func run() throws {
        let ending = try Session(RunSettings(options)).run()
        if ending.exitCode != 0 { throw ExitCode(ending.exitCode) }
    }
}
