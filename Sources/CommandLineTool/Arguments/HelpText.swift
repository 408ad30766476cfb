import ArgumentParser

/// `-help`: a line for each option that starts with the option, as scripts that grep QEMU's help expect.
enum HelpText {
    static let version = "lucid86 0.1.0"

    /// `subcommands` beyond `run`, with what they do; `extra` are the options that one has on top of a run's.
    static func text(subcommands: [(name: String, abstract: String)], extra: [String: [OptionRow]] = [:]) -> String {
        var lines = [
            "\(version): an x86 PC that you can see through",
            "usage: lucid86 [options] [IMAGE]",
        ]
        for subcommand in subcommands {
            lines.append("       lucid86 \(subcommand.name) ...".padded(to: 34) + subcommand.abstract)
        }
        lines += ["", "One dash or two before an option; IMAGE is a raw disk image.", ""]
        for group in OptionRow.Group.allCases {
            lines.append(group.rawValue + ":")
            for row in OptionRow.all where row.group == group { lines += entry(row) }
            lines.append("")
        }
        for (name, rows) in extra.sorted(by: { $0.key < $1.key }) {
            lines.append("lucid86 \(name), beside all of these:")
            for row in rows { lines += entry(row, isOwn: true) }
            lines.append("")
        }
        lines += [
            "-help                       This text.",
            "-version                    \(version)",
            "",
            "Without -display, -nographic, or a serial port, report or dump on stdout, the screen is drawn in the",
            "terminal when stdin and stdout are one; the clock is then the host's, otherwise virtual.",
            "",
            "Exit status: 0 power-off, reset under -no-reboot, quit; (2v+1) & 255 isa-debug-exit; 100 triple fault;",
            "102 dead halt; 104 stuck; 106 budget spent; 108 --fail-on; 130, 143 signal; 64 usage; 65 bad image;",
            "66 no such input; 69 engine unavailable; 70 internal; 74 I/O.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// A subcommand that takes `rows` beside the options of a run.
    static func text(of command: CommandConfiguration, rows: [OptionRow]) -> String {
        let name = command.commandName ?? ""
        var lines = [
            "lucid86 \(name): \(command.abstract)", "usage: lucid86 \(name) [options] [IMAGE]", "",
        ]
        if !command.discussion.isEmpty { lines += [command.discussion, ""] }
        lines.append("Options beside those of a run, which lucid86 -help lists:")
        for row in rows { lines += entry(row, isOwn: true) }
        lines.append("-help                       This text.")
        return lines.joined(separator: "\n") + "\n"
    }

    private static let column = 28

    private static func entry(_ row: OptionRow, isOwn: Bool = false) -> [String] {
        let dashes = row.name.count > 1 && (isOwn || Self.isOwn(row.name)) ? "--" : "-"
        let head = dashes + row.name + (row.value.map { " " + $0 } ?? "")
        var lines = [head.padded(to: column)]
        if head.count >= column { lines = [head, "".padded(to: column)] }
        var width = column
        for word in row.help.split(separator: " ") {
            if width > column, width + word.count + 1 > 110 {
                lines.append("".padded(to: column))
                width = column
            }
            if width > column {
                lines[lines.count - 1] += " "
                width += 1
            }
            lines[lines.count - 1] += word
            width += word.count
        }
        return lines
    }

    /// Options that QEMU does not have are shown with two dashes.
    private static func isOwn(_ name: String) -> Bool {
        [
            "engine", "budget", "clock", "seed", "report", "fail-on", "keys", "screen-dump", "log-port", "dump-state",
            "dump-memory", "linux-entry", "on-triple-fault", "save", "restore",
        ].contains(name)
    }
}

extension String {
    func padded(to width: Int) -> String { count >= width ? self : self + String(repeating: " ", count: width - count) }
}
