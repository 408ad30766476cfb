/// Options that scripts written for QEMU pass: what they mean here, or why they cannot be obeyed.
enum Compatibility {
    static func check(_ options: RunOptions) throws {
        for machine in [options.machine, options.machineShort] {
            guard let machine else { continue }
            for part in OptionText.parts(machine) {
                let pair = OptionText.pair(part)
                switch (pair.key, pair.value) {
                case ("help", nil), ("?", nil): throw PrintAndEnd(text: "pc    a PC/AT with ISA devices (default)")
                case ("pc", nil), ("type", "pc"): break
                // EngineSettings reads it.
                case ("accel", _?): break
                default: throw Failure(.usage, "-machine \(machine): the only machine here is pc")
                }
            }
        }
        if let monitor = options.monitor, !["none", "null"].contains(monitor) {
            throw Failure(
                .usage, "-monitor \(monitor): there is none on a stream of its own; use 'lucid86 debug IMAGE'")
        }
        if let vga = options.vga, vga != "std" {
            throw Failure(.usage, "-vga \(vga): the only adapter here is std, and it cannot be taken out")
        }
    }
}
