import Glibc

/// Which engine runs the machine, and where: `--engine` with QEMU's spellings of it, `--pin`.
struct EngineSettings: Equatable {
    enum Choice: Equatable {
        case interpreter
        /// KVM where it is worth it.
        case auto
        /// KVM where it can run.
        case kvm
        /// KVM or nothing.
        case onlyKVM
    }

    private(set) var choice: Choice = .interpreter
    /// The option that said so, for messages.
    private(set) var option = "--engine interpreter"
    /// `--switch-at`
    private(set) var switches: [RunCondition] = []
    /// The host CPU that the vCPU's thread stays on.
    private(set) var pinnedCPU: Int?

    init(_ options: RunOptions) throws {
        var given: [(choice: Choice, option: String)] = []
        if let engine = options.engine { given.append((try Self.engine(engine), "--engine \(engine)")) }
        if options.enableKVM { given.append((.kvm, "-enable-kvm")) }
        // Several -accel are tried in order, as the names in one list are.
        if !options.accel.isEmpty {
            let list = options.accel.joined(separator: ":")
            given.append((try Self.accelerator(list, "-accel \(list)"), "-accel \(list)"))
        }
        for machine in [options.machine, options.machineShort] {
            guard let machine else { continue }
            for part in OptionText.parts(machine) {
                guard case ("accel", let list?) = OptionText.pair(part) else { continue }
                given.append((try Self.accelerator(list, "-machine \(machine)"), "-machine \(machine)"))
            }
        }
        if let first = given.first {
            for other in given.dropFirst() where (other.choice == .interpreter) != (first.choice == .interpreter) {
                throw Failure(.usage, "\(first.option) and \(other.option) exclude each other")
            }
            (choice, option) = first
        }
        for text in options.switchAt { switches.append(try RunCondition(text, option: "--switch-at")) }
        try setPin(options.pin)
    }

    private static func engine(_ name: String) throws -> Choice {
        switch name {
        case "interpreter", "tcg": .interpreter
        case "auto": .auto
        case "kvm": .kvm
        case "kvm!": .onlyKVM
        case "help", "?":
            throw PrintAndEnd(
                text: """
                    interpreter    exact, deterministic, explains (default)
                    kvm            the host's CPU through /dev/kvm, else the interpreter
                    kvm!           the host's CPU, or exit status 69
                    auto           the host's CPU where that is worth it; 'lucid86 doctor' tells
                    """)
        default:
            throw Failure(.usage, "--engine \(name): give interpreter, kvm, kvm! or auto")
        }
    }

    private static func accelerator(_ list: String, _ option: String) throws -> Choice {
        let text = OptionText.parts(list).first ?? ""
        let names = text.split(separator: ":").map(String.init)
        if names.contains("help") { throw PrintAndEnd(text: "kvm\ninterpreter\ntcg (the interpreter)") }
        for name in names where !["kvm", "tcg", "interpreter"].contains(name) {
            throw Failure(.usage, "\(option): there is no accelerator '\(name)'; use --engine interpreter or kvm")
        }
        guard let first = names.first else { throw Failure(.usage, "\(option): no accelerator is named") }
        return first == "kvm" ? .kvm : .interpreter
    }

    private mutating func setPin(_ list: [String]) throws {
        for text in list {
            let pair = OptionText.pair(text)
            let most = Int(sysconf(Int32(_SC_NPROCESSORS_CONF)))
            guard let processor = Int(pair.key), let value = pair.value, let cpu = Int(value), cpu >= 0, cpu < most
            else {
                throw Failure(.usage, "--pin \(text): give 0=CPU, with a host CPU from 0 to \(most - 1)")
            }
            guard processor == 0 else { throw Failure(.usage, "--pin \(text): there is one vCPU, number 0") }
            pinnedCPU = cpu
        }
    }
}
