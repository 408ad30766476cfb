import Glibc
import Machine

/// `trace on`: a line for each instruction, to the debugger's output or to a file.
final class Trace {
    private let file: UnsafeMutablePointer<FILE>?
    private let output: (String) -> Void
    let path: String?

    /// To `output`, or to a new file where a path is given.
    init(path: String?, output: @escaping (String) -> Void) throws(DebuggerError) {
        self.path = path
        self.output = output
        guard let path else {
            file = nil
            return
        }
        guard let opened = fopen(path, "we") else {
            throw DebuggerError("\(path): \(String(cString: strerror(errno)))")
        }
        file = opened
    }

    deinit { if let file { fclose(file) } }

    func write(_ line: String) {
        guard let file else { return output(line) }
        fputs(line + "\n", file)
    }

    func flush() { if let file { fflush(file) } }
}

/// One line of the trace, begun before the instruction and finished after it:
/// mode, cs:ip, linear address, bytes, text; changed registers.
struct TraceLine {
    private let before: CPUFile
    private let start: String
    private let isHalted: Bool

    init(_ vm: VM) {
        before = vm.cpu
        isHalted = before.halted != 0
        start = Self.mode(before) + " " + Listing(vm).line(linear: before.linearInstructionPointer).text
    }

    /// `real`, `v86`, `p16`, `p32`, with the privilege level where there is one.
    private static func mode(_ cpu: CPUFile) -> String {
        if !cpu.isProtected { return "real" }
        if cpu.isVirtual8086 { return "v86 " }
        return (cpu.cs.isBig ? "p32." : "p16.") + String(cpu.privilege)
    }

    func finished(_ vm: VM, _ deliveries: [Debugger.Delivery]) -> String {
        let changes = RegisterChanges.list(from: before, to: vm.cpu)
        let tail = changes.isEmpty ? "" : " ; " + changes.joined(separator: ", ")
        guard let first = deliveries.first else { return start + tail }
        switch first {
        case .interrupt(let vector):
            return Self.mode(before) + " -- interrupt \(hexadecimal(UInt64(vector), digits: 2))h" + tail
        case .exception(let record): return start + " -- " + record.exception.vector.name + tail
        case .reset: return start + " -- reset"
        }
    }
}
