/// Options that scripts written for QEMU pass: what they mean here, or why they cannot be obeyed.
enum Compatibility {
    private static let noKVM = "the KVM engine is not there yet; use --engine interpreter"

    /// Notes for stderr where an option is obeyed in another way than asked.
    static func check(_ options: RunOptions) throws -> [String] {
        var notes: [String] = []
        for machine in [options.machine, options.machineShort] {
            guard let machine else { continue }
            for part in OptionText.parts(machine) {
                let pair = OptionText.pair(part)
                switch (pair.key, pair.value) {
                case ("help", nil), ("?", nil): throw PrintAndEnd(text: "pc    a PC/AT with ISA devices (default)")
                case ("pc", nil), ("type", "pc"): break
                case ("accel", let list?): notes += try accelerator(list, "-machine \(machine)")
                default: throw Failure(.usage, "-machine \(machine): the only machine here is pc")
                }
            }
        }
        if let accel = options.accel { notes += try accelerator(accel, "-accel \(accel)") }
        if options.enableKVM { throw Failure(.unavailable, "-enable-kvm: \(noKVM)") }
        switch options.engine {
        case nil, "interpreter", "tcg": break
        case "kvm", "auto": throw Failure(.unavailable, "--engine \(options.engine ?? ""): \(noKVM)")
        case let other?: throw Failure(.usage, "--engine \(other): give interpreter, kvm or auto")
        }
        switch options.cpu {
        case nil, "pentium", "pentium-v1": break
        case "help", "?": throw PrintAndEnd(text: "x86 pentium    a Pentium without floating point (default)")
        case let other?: throw Failure(.usage, "-cpu \(other): the only CPU model here is pentium")
        }
        if let smp = options.smp, !["1", "cpus=1"].contains(smp) {
            throw Failure(.usage, "-smp \(smp): there is one CPU; leave the option out")
        }
        if let monitor = options.monitor, !["none", "null"].contains(monitor) {
            throw Failure(
                .usage, "-monitor \(monitor): there is none on a stream of its own; use 'lucid86 debug IMAGE'")
        }
        if let vga = options.vga, vga != "std" {
            throw Failure(.usage, "-vga \(vga): the only adapter here is std, and it cannot be taken out")
        }
        return notes
    }

    private static func accelerator(_ list: String, _ option: String) throws -> [String] {
        let names = OptionText.parts(list).first.map { $0.split(separator: ":").map(String.init) } ?? []
        if names.contains("help") { throw PrintAndEnd(text: "interpreter\ntcg (the interpreter)") }
        for name in names where !["kvm", "tcg", "interpreter"].contains(name) {
            throw Failure(.usage, "\(option): there is no accelerator '\(name)'; use --engine interpreter")
        }
        guard let first = names.first else { throw Failure(.usage, "\(option): no accelerator is named") }
        guard first == "kvm" else { return [] }
        guard names.count > 1 else { throw Failure(.unavailable, "\(option): \(noKVM)") }
        return ["\(option): KVM is not there yet, the interpreter runs the machine"]
    }
}
