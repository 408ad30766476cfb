import Machine

/// `-cpu`: which CPU the guest finds.
enum CPUChoice: String, CaseIterable {
    /// A Pentium without floating point: every engine's.
    case pentium
    /// The newest that the interpreter has.
    case max
    /// The host's own, as far as the board goes with it: KVM's alone.
    case host

    init(_ text: String?) throws {
        switch text {
        case nil, "pentium-v1": self = .pentium
        case "help", "?": throw PrintAndEnd(text: Self.list)
        case let name?:
            guard let choice = CPUChoice(rawValue: name) else {
                let names = Self.allCases.map(\.rawValue)
                let hint = Suggestion.nearest(to: name, in: names).map { "; did you mean \($0)?" }
                throw Failure(.usage, "-cpu \(name): give \(names.joined(separator: " or "))\(hint ?? "")")
            }
            self = choice
        }
    }

    private static let list = """
        x86 pentium    a Pentium without floating point (default)
        x86 max        all that the interpreter has; under KVM the host must have it, too
        x86 host       the CPU of this host; under KVM only
        """

    /// The model to build the machine with. `offered` are the leaves that KVM gives a guest here, nil under another
    /// engine.
    func model(offered: [CPUModel.Leaf]?) throws(Failure) -> CPUModel {
        switch self {
        case .pentium: return .pentium
        case .max: return .maximum
        case .host:
            guard let offered else {
                throw Failure(
                    .unavailable,
                    "-cpu host: only KVM can run the machine on the CPU of this host; use --engine kvm!, or -cpu pentium"
                )
            }
            return .host(leaves: offered)
        }
    }
}
