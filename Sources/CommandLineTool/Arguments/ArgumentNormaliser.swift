/// Brings a command line in QEMU's manner (`-hda FILE`, one dash or two, values that begin with a dash) into the form
/// `--hda=FILE` that the argument parser takes without doubt.
enum ArgumentNormaliser {
    enum Outcome: Equatable {
        /// Arguments for the parser, the subcommand first.
        case parse([String])
        /// Of `run` or another subcommand that takes its options.
        case help(of: String)
        case version
    }

    /// Subcommands that take the options of a run.
    static let runLike = ["run", "debug", "lockstep"]

    /// `arguments` without the program's name. `subcommands` are all that the program has; those that do not take the
    /// options of a run are handed on as they are. `extra` are options of single subcommands on top of a run's.
    static func normalise(
        _ arguments: [String], subcommands: [String], extra: [String: [OptionRow]] = [:]
    ) throws(Failure) -> Outcome {
        var rest = arguments[...]
        var subcommand = "run"
        if let first = rest.first, subcommands.contains(first) || first == "help" {
            rest = rest.dropFirst()
            if first == "help" {
                guard let topic = rest.first, !runLike.contains(topic) else {
                    return .help(of: rest.first ?? subcommand)
                }
                return .parse([topic, "--help"])
            }
            guard runLike.contains(first) else { return .parse(Array(arguments)) }
            subcommand = first
        }
        let rows = OptionRow.all + (extra[subcommand] ?? [])
        var options: [String] = []
        var images: [String] = []
        while let argument = rest.popFirst() {
            if argument == "--" {
                images += rest
                break
            }
            guard argument.hasPrefix("-"), argument.count > 1 else {
                images.append(argument)
                continue
            }
            let bare = argument.hasPrefix("--") ? argument.dropFirst(2) : argument.dropFirst()
            let parts = bare.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts.first ?? "")
            if ["help", "h", "?"].contains(name), parts.count == 1 { return .help(of: subcommand) }
            if name == "version", parts.count == 1 { return .version }
            guard let row = rows.first(where: { $0.name == name }) else { throw unknown(argument, name, rows) }
            let joined = parts.count == 2 ? String(parts[1]) : nil
            guard let valueName = row.value else {
                guard joined == nil else { throw Failure(.usage, "-\(name) takes no value") }
                options.append("--" + name)
                continue
            }
            guard let value = joined ?? rest.popFirst() else {
                throw Failure(.usage, "\(argument) needs a value: \(argument) \(valueName)")
            }
            guard !value.isEmpty else { throw Failure(.usage, "\(argument): the value is empty") }
            options.append("--" + name + "=" + value)
        }
        guard images.count <= 1 else {
            throw Failure(
                .usage,
                "two images without an option: '\(images[0])' and '\(images[1])'; give them as -hda and -hdb, or -fda")
        }
        guard images.first != "" else { throw Failure(.usage, "the image's name is empty") }
        return .parse([subcommand] + options + (images.isEmpty ? [] : ["--"] + images))
    }

    private static func unknown(_ argument: String, _ name: String, _ rows: [OptionRow]) -> Failure {
        if let why = OptionRow.refused[name] { return Failure(.usage, "-\(name): \(why)") }
        let known = rows.map(\.name) + ["help", "version"]
        let dashes = argument.hasPrefix("--") ? "--" : "-"
        let hint = Suggestion.nearest(to: name, in: known).map { "; did you mean \(dashes)\($0)?" } ?? "; try -help"
        return Failure(.usage, "unknown option \(argument)\(hint)")
    }
}
