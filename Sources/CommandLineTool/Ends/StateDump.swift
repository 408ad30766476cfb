import Machine

/// `--dump-state`: all registers and the chosen memory, schema `lucid86.state/1`.
struct StateDump: Encodable {
    struct Memory: Encodable {
        let address: UInt64
        let length: UInt64
        /// Hexadecimal, two digits a byte; what is MMIO or nothing reads as FF.
        let bytes: String
    }

    let schema = "lucid86.state/1"
    let engine: String
    let mode: String
    let instructions: UInt64
    let ticks: UInt64
    /// Each field of CPUFile by its name: `rax`, `cs.base`, `cr0`.
    let registers: [String: UInt64]
    let a20: Bool
    let memory: [Memory]

    init(_ vm: VM, ranges: [MemoryRange]) {
        let cpu = vm.cpu
        engine = vm.engine?.name ?? "none"
        mode = cpu.modeName
        instructions = vm.instructions
        ticks = vm.io.events.now
        registers = Dictionary(
            CPUFile.fields.map { ($0.name, cpu[$0]) }, uniquingKeysWith: { first, _ in first })
        a20 = vm.memory.a20Mask == .max
        memory = ranges.map { range in
            // Bus addresses: the A20 gate is the CPU's alone.
            let bytes = vm.memory.busRead(range.address, count: Int(range.length))
            return Memory(
                address: range.address, length: range.length,
                bytes: bytes.map { hexadecimal(UInt64($0), digits: 2) }.joined())
        }
    }

    func write(to path: String) throws(Failure) {
        try HostFile.write(try JSONText.of(self), to: path, option: "--dump-state")
    }
}
