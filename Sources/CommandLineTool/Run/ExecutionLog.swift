import Glibc
import Machine
import PCBoard
import X86ISA

/// `-d`: what the guest does, a line at a time, to stderr or a file.
///
/// Items that see single instructions run the machine one tick at a time, which is slow and changes nothing of it.
final class ExecutionLog {
    private let items: Set<LogSettings.Item>
    private unowned let board: PCBoard
    private let descriptor: Int32
    private let owns: Bool
    private let stepsAlone: Bool
    private var waiting: [UInt8] = []
    /// Linear addresses of instructions that `in_asm` has shown.
    private var seen: Set<UInt64> = []
    private var lastFaultTick: UInt64?
    /// The instruction that was logged last, while a REP goes on.
    private var lastLinear: UInt64?
    private var lastInstructions: UInt64 = .max

    init(_ settings: LogSettings, board: PCBoard) throws(Failure) {
        items = settings.items
        self.board = board
        stepsAlone = settings.needsSteps
        owns = settings.file != nil
        descriptor =
            try settings.file.map { path throws(Failure) in try HostFile.create(path, option: "-D") }
            ?? STDERR_FILENO
        let silent = items.filter(\.isSilent).map(\.rawValue).sorted()
        if !silent.isEmpty { complain("-d \(silent.joined(separator: ",")): nothing is logged for it yet") }
        install()
    }

    deinit { if owns { close(descriptor) } }

    private func install() {
        let io = board.vm.io
        if items.contains(.unimplemented) || items.contains(.guestErrors) {
            io.ports.unclaimed = { [unowned self] port, width, value, isWrite in
                let number = hexadecimal(UInt64(port.rawValue), digits: 4)
                let what = isWrite ? "write of \(hexadecimal(UInt64(value), digits: width * 2))" : "read"
                line("unclaimed port \(number): \(what), \(width) byte\(width == 1 ? "" : "s"), at \(place)")
            }
        }
        if items.contains(.interrupts) {
            let acknowledge = io.acknowledgeInterrupt
            io.acknowledgeInterrupt = { [unowned self] in
                let vector = acknowledge()
                line("interrupt \(hexadecimal(UInt64(vector), digits: 2)) before \(place)")
                return vector
            }
        }
        if items.contains(.cpuReset) {
            let before = board.vm.onReset
            board.vm.onReset = { [unowned self] in
                before()
                line("CPU reset at \(place)")
                for text in RegisterText.lines(board.vm.cpu) { line(text) }
            }
        }
    }

    private var place: String { InstructionText.place(board.vm.cpu) }

    private func line(_ text: String) {
        waiting += Array(text.utf8)
        waiting.append(10)
        if waiting.count >= 65536 { flush() }
    }

    func flush() {
        writeAll(waiting, to: descriptor)
        waiting.removeAll(keepingCapacity: true)
    }

    // MARK: Steps

    /// As `VM.run`, with what is to be logged.
    func run(until limit: UInt64) -> VM.Stop {
        let vm = board.vm
        guard stepsAlone else {
            defer { flush() }
            return vm.run(until: limit)
        }
        defer { flush() }
        while vm.io.events.now < limit {
            let cpu = vm.cpu
            let stop: VM.Stop
            if cpu.halted != 0, !(vm.io.interruptLine && cpu.rflags & UInt64(Flags.interrupt) != 0) {
                stop = vm.run(until: min(limit, max(vm.io.events.next, vm.io.events.now &+ 1)))
            } else {
                before(cpu)
                stop = vm.run(until: vm.io.events.now &+ 1)
                after()
            }
            if stop != .limit { return stop }
        }
        return .limit
    }

    private func before(_ cpu: CPUFile) {
        let linear = cpu.linearInstructionPointer
        // A REP that goes on is one instruction.
        if linear == lastLinear, board.vm.instructions == lastInstructions { return }
        lastLinear = linear
        lastInstructions = board.vm.instructions
        if items.contains(.interrupts) { logSoftwareInterrupt(cpu, linear) }
        if items.contains(.cpu) { for text in RegisterText.lines(cpu) { line(text) } }
        let isNew = items.contains(.inAsm) && seen.insert(linear).inserted
        guard items.contains(.execution) || isNew else { return }
        let text = InstructionText.text(board, offset: cpu.rip) ?? "??"
        let start = hexadecimal(UInt64(cpu.cs.selector), digits: 4) + ":" + hexadecimal(cpu.rip, digits: 8)
        line("\(Self.mode(cpu)) \(start) \(hexadecimal(linear, digits: 8))  \(text)")
    }

    private func logSoftwareInterrupt(_ cpu: CPUFile, _ linear: UInt64) {
        let bytes = board.vm.memory.peek(linear, count: 2)
        guard bytes[0] == 0xCD else { return }
        let ax = hexadecimal(cpu[register: 0] & 0xFFFF_FFFF, digits: 8)
        line("INT \(hexadecimal(UInt64(bytes[1]), digits: 2)) at \(place), EAX=\(ax)")
    }

    private func after() {
        guard items.contains(.interrupts), let fault = board.interpreter.lastFault, fault.tick != lastFaultTick else {
            return
        }
        lastFaultTick = fault.tick
        line("exception \(fault.sentence)")
    }

    /// `r16`, `p32` and so on: real, protected or V86, and the code's size.
    private static func mode(_ cpu: CPUFile) -> String {
        (cpu.isVirtual8086 ? "v" : cpu.isProtected ? "p" : "r") + (cpu.cs.isBig ? "32" : "16")
    }
}

/// Registers in a few lines, as `-d cpu` shows them.
enum RegisterText {
    static func lines(_ cpu: CPUFile) -> [String] {
        func long(_ value: UInt64) -> String { hexadecimal(value & 0xFFFF_FFFF, digits: 8) }
        let names = ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"]
        func registers(_ range: Range<Int>) -> String {
            range.map { "\(names[$0])=\(long(cpu[register: $0]))" }.joined(separator: " ")
        }
        let segments: [(String, Segment)] = [
            ("ES", cpu.es), ("CS", cpu.cs), ("SS", cpu.ss), ("DS", cpu.ds), ("FS", cpu.fs), ("GS", cpu.gs),
            ("LDT", cpu.ldtr), ("TR", cpu.tr),
        ]
        return [
            registers(0..<4), registers(4..<8),
            "EIP=\(long(cpu.rip)) EFLAGS=\(long(cpu.rflags)) [\(Flags.text(UInt32(truncatingIfNeeded: cpu.rflags)))] "
                + "CPL=\(cpu.privilege) HLT=\(cpu.halted)",
        ]
            + segments.map {
                "\($0.0.padded(to: 3))=\(hexadecimal(UInt64($0.1.selector), digits: 4)) base \(long($0.1.base)) "
                    + "limit \(long(UInt64($0.1.limit))) attributes \(hexadecimal(UInt64($0.1.attributes), digits: 4))"
            } + [
                "GDT=\(long(cpu.gdtr.base)) limit \(hexadecimal(UInt64(cpu.gdtr.limit), digits: 4))  "
                    + "IDT=\(long(cpu.idtr.base)) limit \(hexadecimal(UInt64(cpu.idtr.limit), digits: 4))",
                "CR0=\(long(cpu.cr0)) CR2=\(long(cpu.cr2)) CR3=\(long(cpu.cr3)) CR4=\(long(cpu.cr4))",
            ]
    }
}
