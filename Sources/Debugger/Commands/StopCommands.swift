import Machine

extension Command {
    static let stopCommands: [Command] = [
        Command(
            "b", ["break", "lb", "lbreak"], .stops, usage: "[ADDR] [if EXPR]", "break at a linear address, or here",
            detail: """
                ADDR is an expression: 0x7c00, 7C00h, *0x7c00, cs:0x10. With a condition it stops only when EXPR is not 0.
                Breakpoints stop before the instruction.
                """, example: "b 0x7c00 if ax == 5"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.setBreakpoint(arguments) { (text) throws(DebuggerError) in
                .linear(text.isEmpty ? debugger.vm.cpu.linearInstructionPointer : try debugger.address(text))
            }
        },
        Command(
            "tb", ["tbreak", "thbreak"], .stops, usage: "[ADDR] [if EXPR]", "as b, and removed when it stops",
            example: "tb 0x7c00"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.setBreakpoint(arguments, temporary: true) { (text) throws(DebuggerError) in
                .linear(text.isEmpty ? debugger.vm.cpu.linearInstructionPointer : try debugger.address(text))
            }
        },
        Command(
            "pb", ["pbreak"], .stops, usage: "ADDR [if EXPR]", "break at a physical address (after the A20 gate)",
            example: "pb 0x7c00"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.setBreakpoint(arguments) { (text) throws(DebuggerError) in
                .physical(try debugger.address(text))
            }
        },
        Command(
            "vb", ["vbreak"], .stops, usage: "SEG:OFF [if EXPR]", "break where CS and IP have these values",
            detail: """
                SEG is the selector in CS, OFF the instruction pointer. Where the segment lies is looked up when the
                machine runs on: times 16 in real mode, in the GDT or LDT in protected mode.
                """, example: "vb 0x7c0:0x10"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.setBreakpoint(arguments) { (text) throws(DebuggerError) in
                guard case .far(let segment, let offset) = try Expression.parse(text) else {
                    throw DebuggerError("give SEG:OFF, like 0x7c0:0x10")
                }
                let evaluator = Evaluator(vm: debugger.vm)
                let selector = try evaluator.value(segment), place = try evaluator.value(offset)
                guard selector <= 0xFFFF, place <= 0xFFFF_FFFF else {
                    throw DebuggerError("the selector has 16 bits and the offset 32 at most")
                }
                return .far(selector: UInt16(selector), offset: place)
            }
        },
        Command(
            "watch", [], .stops, usage: "[r|w|rw] ADDR [LEN] [if EXPR]", "stop after writes to memory",
            detail: """
                ADDR is linear, LEN in bytes (1 where none is given; `watch word ADDR` is 2 and `watch *ADDR` 4 bytes). RAM and
                screen memory alike. It stops after the instruction, or after the iteration of a REP, and names it. Every
                write stops, also one that changes nothing.
                """, example: "watch word 0xb8000"
        ) { (debugger, arguments) throws(DebuggerError) in
            var rest = arguments
            var reads = false, writes = true
            if let first = arguments.words.first, let kind = Command.accessKinds[first], arguments.words.count > 1 {
                (reads, writes) = kind
                rest.text = String(arguments.text.dropFirst(first.count)).trimmed
            }
            try debugger.setWatch(rest, reads: reads, writes: writes)
        },
        Command(
            "rwatch", [], .stops, usage: "ADDR [LEN] [if EXPR]", "stop after reads of memory", example: "rwatch 0x46c 4"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.setWatch(arguments, reads: true, writes: false)
        },
        Command(
            "awatch", [], .stops, usage: "ADDR [LEN] [if EXPR]", "stop after reads and writes of memory",
            example: "awatch 0x46c 4"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.setWatch(arguments, reads: true, writes: true)
        },
        Command(
            "unwatch", [], .stops, usage: "[ADDR]", "remove all watchpoints, or those at ADDR", example: "unwatch"
        ) { (debugger, arguments) throws(DebuggerError) in
            let place =
                arguments.isEmpty ? nil : GuestMemory(debugger.vm).physical(try debugger.address(arguments.text))
            let before = debugger.breakpoints.count
            debugger.breakpoints.removeAll {
                guard case .watch(let start, let count, _, _) = $0.place else { return false }
                return place.map { $0 >= start && $0 - start < count } ?? true
            }
            debugger.installWatches()
            debugger.output("\(before - debugger.breakpoints.count) watchpoints removed")
        },
        Command(
            "delete", ["d", "del"], .stops, usage: "[N...]", "remove breakpoints and watchpoints, or all",
            example: "delete 1"
        ) { (debugger, arguments) throws(DebuggerError) in
            if arguments.isEmpty {
                debugger.output("\(debugger.breakpoints.count) removed")
                debugger.breakpoints = []
            }
            for word in arguments.words {
                debugger.breakpoints.remove(at: try debugger.index(of: try debugger.value(word)))
            }
            debugger.installWatches()
        },
        Command("enable", ["bpe"], .stops, usage: "[N...]", "switch breakpoints on", example: "enable 1") {
            (debugger, arguments) throws(DebuggerError) in try debugger.setEnabled(true, arguments)
        },
        Command("disable", ["bpd"], .stops, usage: "[N...]", "switch breakpoints off", example: "disable 1") {
            (debugger, arguments) throws(DebuggerError) in try debugger.setEnabled(false, arguments)
        },
        Command(
            "ignore", [], .stops, usage: "N COUNT", "let the next COUNT meetings of breakpoint N pass",
            example: "ignore 1 10"
        ) { (debugger, arguments) throws(DebuggerError) in
            let words = arguments.words
            guard words.count == 2 else { throw DebuggerError("give a breakpoint's number and a count") }
            let index = try debugger.index(of: try debugger.value(words[0]))
            debugger.breakpoints[index].ignore = try debugger.value(words[1])
        },
        Command(
            "condition", [], .stops, usage: "N [EXPR]", "give breakpoint N a condition, or take it away",
            example: "condition 1 cx == 0"
        ) { (debugger, arguments) throws(DebuggerError) in
            guard let first = arguments.words.first else { throw DebuggerError("give a breakpoint's number") }
            let index = try debugger.index(of: try debugger.value(first))
            let text = String(arguments.text.dropFirst(first.count)).trimmed
            debugger.breakpoints[index].condition =
                text.isEmpty ? nil : Breakpoint.Condition(text: text, expression: try Expression.parse(text))
        },
        Command("blist", [], .stops, "list breakpoints and watchpoints", detail: "As 'info break'.", example: "blist") {
            (debugger, _) throws(DebuggerError) in debugger.showBreakpoints()
        },
    ]

    /// Bochs' words after `watch`.
    private static let accessKinds: [String: (reads: Bool, writes: Bool)] = [
        "r": (true, false), "read": (true, false), "w": (false, true), "write": (false, true), "rw": (true, true),
        "access": (true, true),
    ]
}

extension Debugger {
    fileprivate func setBreakpoint(
        _ arguments: Arguments, temporary: Bool = false,
        _ place: (String) throws(DebuggerError) -> Breakpoint.Place
    ) throws(DebuggerError) {
        let (text, condition) = try arguments.splitCondition()
        output(add(try place(text), temporary: temporary, condition: condition).line)
    }

    fileprivate func setWatch(_ arguments: Arguments, reads: Bool, writes: Bool) throws(DebuggerError) {
        let (text, condition) = try arguments.splitCondition()
        let list = try Expression.parseList(text)
        guard let first = list.first, list.count <= 2 else {
            throw DebuggerError("give an address and, if it is more than a byte, a length")
        }
        let evaluator = Evaluator(vm: vm)
        var count: UInt64 = 1
        let linear: UInt64
        if case .memory(let width, let address) = first {
            linear = try evaluator.value(address)
            count = UInt64(width)
        } else {
            linear = try evaluator.value(first)
        }
        if list.count == 2 { count = try evaluator.value(list[1]) }
        guard linear <= 0xFFFF_FFFF else { throw DebuggerError("\(hexadecimal(linear))h is beyond 4 GiB") }
        guard count >= 1, count <= 1 << 32 else { throw DebuggerError("the length is 1 byte to 4 GiB") }
        let start = GuestMemory(vm).physical(linear)
        output(add(.watch(start: start, count: count, reads: reads, writes: writes), condition: condition).line)
    }

    fileprivate func setEnabled(_ value: Bool, _ arguments: Arguments) throws(DebuggerError) {
        var indices: [Int] = []
        for word in arguments.words { indices.append(try index(of: try self.value(word))) }
        for index in arguments.isEmpty ? Array(breakpoints.indices) : indices { breakpoints[index].isEnabled = value }
        installWatches()
    }

    func showBreakpoints() {
        if breakpoints.isEmpty { output("no breakpoints") }
        for point in breakpoints { output(point.line) }
    }
}
