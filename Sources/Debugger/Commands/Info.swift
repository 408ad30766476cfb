import Machine

/// The subjects of `info`.
enum Info {
    private struct Subject: Sendable {
        let names: [String]
        let show: @Sendable (Debugger, [String]) throws(DebuggerError) -> [String]
    }

    private static let subjects: [Subject] = [
        Subject(names: ["registers", "reg", "r", "all-registers"]) { (debugger, _) in
            let cpu = debugger.vm.cpu
            return RegistersView.generalLines(cpu) + RegistersView.segmentLines(cpu) + RegistersView.controlLines(cpu)
        },
        Subject(names: ["eflags", "flags"]) { (debugger, _) in RegistersView.flagLines(debugger.vm.cpu) },
        Subject(names: ["cpu", "cpus"]) { (debugger, _) in
            let cpu = debugger.vm.cpu
            return RegistersView.generalLines(cpu) + RegistersView.segmentLines(cpu)
                + RegistersView.controlLines(cpu) + RegistersView.debugLines(cpu)
        },
        Subject(names: ["gdt"]) { (debugger, words) throws(DebuggerError) in
            TablesView(vm: debugger.vm).descriptors(isLocal: false, try range(debugger, words))
        },
        Subject(names: ["ldt"]) { (debugger, words) throws(DebuggerError) in
            TablesView(vm: debugger.vm).descriptors(isLocal: true, try range(debugger, words))
        },
        Subject(names: ["idt"]) { (debugger, words) throws(DebuggerError) in
            TablesView(vm: debugger.vm).interrupts(try range(debugger, words))
        },
        Subject(names: ["ivt"]) { (debugger, words) throws(DebuggerError) in
            TablesView(vm: debugger.vm).vectors(try range(debugger, words))
        },
        Subject(names: ["tss"]) { (debugger, _) in TablesView(vm: debugger.vm).task() },
        Subject(names: ["pic"]) { (debugger, _) in DevicesView(board: debugger.board).pic() },
        Subject(names: ["pit"]) { (debugger, _) in DevicesView(board: debugger.board).pit() },
        Subject(names: ["irq"]) { (debugger, _) in DevicesView(board: debugger.board).interruptLines() },
        Subject(names: ["mem", "memory"]) { (debugger, _) in DevicesView(board: debugger.board).memory() },
        Subject(names: ["mtree"]) { (debugger, _) in DevicesView(board: debugger.board).tree() },
        Subject(names: ["events"]) { (debugger, _) in DevicesView(board: debugger.board).events() },
        Subject(names: ["device"]) { (debugger, words) throws(DebuggerError) in
            let view = DevicesView(board: debugger.board)
            guard let name = words.first else { return view.names }
            return try view.device(name)
        },
        Subject(names: ["break", "breakpoints", "b", "watch", "watchpoints"]) { (debugger, _) in
            debugger.breakpoints.isEmpty ? ["no breakpoints"] : debugger.breakpoints.map(\.line)
        },
        Subject(names: ["status", "time"]) { (debugger, _) in
            let vm = debugger.vm
            return [
                debugger.ending.map { "ended: " + $0.sentence } ?? "stopped, ready to run",
                "\(vm.instructions) instructions, \(vm.io.events.now) ticks (ns of guest time)",
            ]
        },
        Subject(names: ["tlb", "tab", "pg"]) { (debugger, _) in PagingView(vm: debugger.vm).translations },
    ]

    /// First names of all subjects.
    static let names: [String] = subjects.compactMap(\.names.first)

    static func show(_ debugger: Debugger, _ arguments: Arguments) throws(DebuggerError) {
        let words = arguments.words
        guard let wanted = words.first?.lowercased() else {
            throw DebuggerError("info what? There are " + names.joined(separator: ", "))
        }
        let exact = subjects.first { $0.names.contains(wanted) }
        let long = subjects.filter { subject in subject.names.contains { $0.hasPrefix(wanted) } }
        guard let subject = exact ?? (long.count == 1 ? long[0] : nil) else {
            throw DebuggerError("there is no 'info \(wanted)'; there are " + names.joined(separator: ", "))
        }
        for line in try subject.show(debugger, Array(words.dropFirst())) { debugger.output(line) }
    }

    /// An index, or two.
    private static func range(
        _ debugger: Debugger, _ words: [String]
    ) throws(DebuggerError) -> ClosedRange<UInt64>? {
        guard let first = words.first else { return nil }
        let low = try debugger.value(first)
        let high = words.count > 1 ? try debugger.value(words[1]) : low
        guard low <= high else { throw DebuggerError("the range ends before it begins") }
        return low...high
    }
}
