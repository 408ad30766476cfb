import Glibc
import Interpreter
import Machine

/// Runs vectors on the interpreter, one instruction each, and compares everything.
public final class VectorRunner {
    public enum Chip: String, CaseIterable, Sendable {
        case i8086 = "8086"
        case i80286 = "80286"
    }

    public enum Outcome: Equatable {
        case passed
        /// Differs as one of its tags says later CPUs may.
        case skipped([String])
        case failed(String)
    }

    private let vm: VM
    private let interpreter: Interpreter
    private let chip: Chip
    private var expected: [UInt8]
    private static let size = 2 << 20

    /// On a CPU of this model: what a tag says of later CPUs may be as on the chip.
    public init(chip: Chip, model: CPUModel = .pentium) throws {
        self.chip = chip
        vm = try VM(memorySize: UInt64(Self.size), cpuModel: model)
        interpreter = Interpreter(vm: vm)
        vm.start(with: interpreter)
        expected = [UInt8](repeating: 0, count: Self.size)
        // The 8086 set wraps at 1 MiB, the 80286 set does not.
        vm.memory.setA20(chip == .i80286)
    }

    public func run(_ line: VectorLine) -> Outcome {
        var accesses: [String] = []
        vm.io.ports.observer = { port, width, value, isWrite in
            accesses.append("\(isWrite ? "w" : "r") \(port.rawValue) \(width * 8) \(value)")
        }
        for (address, bytes) in line.memory { store(bytes, at: address) }
        for (address, bytes) in line.changedMemory {
            for (index, byte) in bytes.enumerated() { expected[masked(address + index)] = byte }
        }
        vm.cpu = registers(line)
        _ = interpreter.stepInstruction()
        let difference = compare(line, accesses)
        clear(line)
        guard let difference else { return .passed }
        return line.tags.isEmpty ? .failed(difference) : .skipped(line.tags)
    }

    private func masked(_ address: Int) -> Int { address & (chip == .i8086 ? 0xFFFFF : Self.size - 1) }

    private func store(_ bytes: [UInt8], at address: Int) {
        for (index, byte) in bytes.enumerated() {
            expected[masked(address + index)] = byte
            vm.memory.load([byte], at: UInt64(masked(address + index)))
        }
    }

    private func registers(_ line: VectorLine) -> CPUFile {
        var cpu = CPUFile.afterReset(vm.cpuModel)
        func value(_ name: String) -> UInt64 { UInt64(line.before[name] ?? 0) }
        for (number, name) in ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"].enumerated() {
            cpu[register: number] = value(name)
        }
        cpu.rip = value("ip")
        cpu.rflags = value("flags") & 0x0FD5 | 2
        cpu.cs = .real(UInt16(value("cs")))
        cpu.ss = .real(UInt16(value("ss")))
        cpu.ds = .real(UInt16(value("ds")))
        cpu.es = .real(UInt16(value("es")))
        return cpu
    }

    private func compare(_ line: VectorLine, _ accesses: [String]) -> String? {
        let cpu = vm.cpu
        let mask = line.flagMask & 0x0FD5
        var got: [String: Int] = [
            "cs": Int(cpu.cs.selector), "ss": Int(cpu.ss.selector), "ds": Int(cpu.ds.selector),
            "es": Int(cpu.es.selector), "ip": Int(cpu.rip & 0xFFFF), "flags": Int(cpu.rflags) & mask,
        ]
        for (number, name) in ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"].enumerated() {
            got[name] = Int(cpu[register: number])
        }
        var problems: [String] = []
        for (name, before) in line.before.sorted(by: { $0.key < $1.key }) {
            var want = line.changed[name] ?? before
            if name == "flags" { want &= mask }
            if got[name] != want {
                problems.append("\(name) \(hex(before)) -> expected \(hex(want)), got \(hex(got[name] ?? -1))")
            }
        }
        if accesses != line.ports { problems.append("ports: expected \(line.ports), got \(accesses)") }
        problems += compareMemory(line, mask)
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    private func compareMemory(_ line: VectorLine, _ mask: Int) -> [String] {
        let same = expected.withUnsafeBytes { bytes in
            bytes.baseAddress.map { memcmp($0, vm.memory.ram, Self.size) == 0 } ?? false
        }
        if same { return [] }
        var problems: [String] = []
        for address in 0..<Self.size {
            let got = vm.memory.ram.load(fromByteOffset: address, as: UInt8.self)
            guard got != expected[address] else { continue }
            var relevant: UInt8 = 0xFF
            if let place = line.flagsAddress {
                if address == masked(place) { relevant = UInt8(mask & 0xFF) }
                if address == masked(place + 1) { relevant = UInt8(mask >> 8) }
            }
            if (got ^ expected[address]) & relevant != 0 {
                problems.append("[\(hex(address))] expected \(hex(Int(expected[address]))), got \(hex(Int(got)))")
            }
            if problems.count == 6 { break }
        }
        return problems
    }

    private func clear(_ line: VectorLine) {
        for offset in vm.memory.usedPages {
            vm.memory.load([UInt8](repeating: 0, count: 4096), at: offset)
            for index in Int(offset)..<Int(offset) + 4096 { expected[index] = 0 }
        }
        for (address, bytes) in line.memory + line.changedMemory {
            for index in bytes.indices { expected[masked(address + index)] = 0 }
        }
    }

    private func hex(_ value: Int) -> String { String(value, radix: 16) }
}
