import ArgumentParser

/// The program: `lucid86 SUBCOMMAND`, where none means `run`.
public struct Lucid86: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "lucid86", abstract: "An x86 PC that you can see through.", version: "lucid86 0.1.0",
        subcommands: [RunCommand.self, DisassembleCommand.self], defaultSubcommand: RunCommand.self,
        helpNames: [.customLong("help", withSingleDash: true), .customLong("help")])

    public init() {}
}
