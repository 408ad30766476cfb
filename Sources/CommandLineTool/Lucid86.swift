import ArgumentParser
import Glibc

/// The program: `lucid86 SUBCOMMAND`, where none means `run`.
public struct Lucid86: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "lucid86", abstract: "An x86 PC that you can see through.", version: HelpText.version,
        subcommands: [
            RunCommand.self, DebugCommand.self, LockstepCommand.self, DisassembleCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: RunCommand.self,
        helpNames: [.customLong("help", withSingleDash: true), .customLong("help")])

    public init() {}

    /// Runs what `arguments` (without the program's name) ask for and returns the process's exit status.
    public static func run(_ arguments: [String]) -> Int32 {
        do {
            let subcommands = configuration.subcommands.map { $0.configuration }
            let names = subcommands.compactMap(\.commandName)
            let extra = ["debug": DebugCommand.rows, "lockstep": LockstepCommand.rows]
            switch try ArgumentNormaliser.normalise(arguments, subcommands: names, extra: extra) {
            case .help(let name):
                if let rows = extra[name], let command = subcommands.first(where: { $0.commandName == name }) {
                    writeAll(HelpText.text(of: command, rows: rows), to: STDOUT_FILENO)
                    return 0
                }
                let listed = subcommands.filter { $0.commandName != "run" }
                    .map { (name: $0.commandName ?? "", abstract: $0.abstract) }
                writeAll(HelpText.text(subcommands: listed, extra: extra), to: STDOUT_FILENO)
            case .version: writeAll(HelpText.version + "\n", to: STDOUT_FILENO)
            case .parse(let normal):
                var command = try parseAsRoot(normal)
                try command.run()
            }
            return 0
        } catch let failure as Failure {
            complain(failure.description)
            return failure.code.rawValue
        } catch let text as PrintAndEnd {
            writeAll(text.text + "\n", to: STDOUT_FILENO)
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            // The parser's own: a value that is no number, or the help of a subcommand.
            let code = exitCode(for: error)
            let text = code.isSuccess ? fullMessage(for: error) : "lucid86: " + message(for: error)
            writeAll(text + "\n", to: code.isSuccess ? STDOUT_FILENO : STDERR_FILENO)
            return code.rawValue
        }
    }
}

/// Thrown by an option that only lists what there is: `-d help`.
struct PrintAndEnd: Error {
    let text: String
}
