import Machine

/// `-cpu MODEL[,+FLAG,-FLAG,FLAG=on|off,vendor=NAME,enforce]`: which CPU the guest finds.
struct CPUChoice {
    enum Base {
        /// One of ours: every engine's, as far as the host goes.
        case ours(CPUDefinition)
        /// The host's own, as far as the board goes with it: KVM's alone.
        case host
    }

    private let base: Base
    /// `-cpu` was given.
    private let isAsked: Bool
    private var added: [CPUFlag] = []
    private var removed: [CPUFlag] = []
    /// A flag that is not there is an error, not a note.
    private var isEnforced = false

    var isHost: Bool {
        if case .host = base { true } else { false }
    }

    init(_ text: String?) throws {
        isAsked = text != nil
        var parts = (text ?? "pentium").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let name = parts.removeFirst()
        if name == "help" || name == "?" { throw PrintAndEnd(text: Self.list) }
        // QEMU's names of machines' first versions: pentium-v1.
        let plain = name.hasSuffix("-v1") ? String(name.dropLast(3)) : name
        var vendor: String?
        if plain == "host" {
            base = .host
            if !parts.isEmpty {
                throw Failure(.usage, "-cpu host: flags cannot be changed there; take -cpu max or one of the others")
            }
            return
        }
        guard let definition = CPUDefinition.named(plain) else {
            let names = CPUDefinition.all.map(\.name) + ["host"]
            let hint = Suggestion.nearest(to: name, in: names).map { "; did you mean \($0)?" }
            throw Failure(.usage, "-cpu \(name): give one of \(names.joined(separator: ", "))\(hint ?? "")")
        }
        for part in parts {
            if part == "enforce" || part == "check" {
                isEnforced = part == "enforce"
            } else if part.hasPrefix("vendor=") {
                vendor = try Self.vendor(String(part.dropFirst(7)))
            } else {
                let (flag, isOn) = try Self.flag(part)
                added.removeAll { $0 == flag }
                removed.removeAll { $0 == flag }
                if isOn { added.append(flag) } else { removed.append(flag) }
            }
        }
        base = .ours(try Self.change(definition, added: added, removed: removed, vendor: vendor))
    }

    private static func vendor(_ name: String) throws(Failure) -> String {
        guard name.utf8.count == 12, name.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Failure(.usage, "-cpu vendor=\(name): give 12 characters of ASCII, as GenuineIntel or AuthenticAMD")
        }
        return name
    }

    /// `+f`, `-f`, `f=on`, `f=off`, or `f` alone.
    private static func flag(_ text: String) throws(Failure) -> (CPUFlag, Bool) {
        var name = Substring(text), isOn = true
        if name.hasPrefix("+") || name.hasPrefix("-") {
            isOn = name.hasPrefix("+")
            name.removeFirst()
        } else if let equals = name.firstIndex(of: "=") {
            let value = String(name[name.index(after: equals)...])
            switch value {
            case "on", "yes", "true": isOn = true
            case "off", "no", "false": isOn = false
            default: throw Failure(.usage, "-cpu \(text): give on or off")
            }
            name = name[..<equals]
        }
        guard let flag = CPUFlag(String(name)) else {
            let hint = Suggestion.nearest(to: String(name), in: CPUFlag.all.map(\.name))
            throw Failure(
                .usage, "-cpu: no flag '\(name)'" + (hint.map { "; did you mean \($0)?" } ?? "; -cpu help lists them"))
        }
        return (flag, isOn)
    }

    private static func change(
        _ definition: CPUDefinition, added: [CPUFlag], removed: [CPUFlag], vendor: String?
    ) throws(Failure) -> CPUDefinition {
        var changed = definition
        if changed.lastFunction == nil, !(added + removed).allSatisfy({ $0.name == "fpu" }) || vendor != nil {
            throw Failure(.usage, "-cpu \(definition.name): it has no CPUID, so flags and vendor tell it nothing")
        }
        changed.remove(Set(removed))
        changed.flags.formUnion(added)
        for flag in added {
            if let need = flag.requirements.first(where: { !changed.flags.contains($0) }) {
                throw Failure(.usage, "-cpu \(definition.name): \(flag.name) needs \(need.name); add +\(need.name)")
            }
        }
        if let vendor { changed.vendor = vendor }
        return changed
    }

    private static var list: String {
        let models = CPUDefinition.all.map { definition in
            let name = definition.name.padded(to: 11)
            return "x86 \(name) \(definition.summary)"
        }
        let flags = CPUFlag.all.filter(CPUModel.emulatedFlags.contains).map(\.name)
        var lines: [String] = [], line = " "
        for flag in flags {
            if line.utf8.count + flag.utf8.count > 78 {
                lines.append(line)
                line = " "
            }
            line += " " + flag
        }
        lines.append(line)
        return (models + ["x86 host        the CPU of this host; under KVM only", "", "Flags (+FLAG, -FLAG):"] + lines)
            .joined(separator: "\n")
    }

    /// The model to build the machine with, and what to tell of flags that it has to do without. `offered` are the
    /// leaves that KVM gives a guest here, nil under another engine.
    func model(offered: [CPUModel.Leaf]?) throws(Failure) -> (model: CPUModel, note: String?) {
        switch base {
        case .host:
            guard let offered else {
                throw Failure(
                    .unavailable,
                    "-cpu host: only KVM can run the machine on the CPU of this host; use --engine kvm!, or -cpu pentium"
                )
            }
            return (.host(leaves: offered), nil)
        case .ours(let definition):
            let (model, lacking) = definition.model()
            guard !lacking.isEmpty, isAsked else { return (model, nil) }
            let text = "-cpu \(definition.name): not there yet: \(lacking.map(\.name).joined(separator: ", "))"
            guard !isEnforced else { throw Failure(.unavailable, text + "; leave them off, or leave enforce off") }
            return (model, text + "; CPUID does not tell of them")
        }
    }

    /// The CPU is older than the built-in firmware, which is code for the 386.
    var isOlderThanFirmware: Bool {
        if case .ours(let definition) = base { definition.generation < .i80386 } else { false }
    }

    var name: String {
        switch base {
        case .host: "host"
        case .ours(let definition): definition.name
        }
    }
}
