import Machine

extension Command {
    static let runCommands: [Command] = [
        Command(
            "s", ["step", "si", "stepi"], .run, usage: "[N]", "run one instruction, or N",
            detail: """
                Shows the registers that changed and the instruction that comes next. A REP counts as one instruction. When an
                interrupt or exception is due, the step is its delivery: it says so, and the handler is next, as on hardware.
                A halted CPU is stepped to the interrupt that wakes it.
                """, example: "s 20", repeats: true
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.requireRunning()
            let count = try arguments.count(debugger)
            debugger.report { debugger.step(count, eachDelivery: debugger.tell) }
        },
        Command(
            "n", ["next", "ni", "nexti"], .run, usage: "[N]", "run one instruction, over calls, INT, REP and LOOP",
            detail: "Handlers of interrupts that come meanwhile run too. N times where a count is given.", example: "n",
            repeats: true
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.requireRunning()
            let count = try arguments.count(debugger)
            debugger.report {
                var stop = Stop.stepped
                for _ in 0..<min(count, 1 << 32) {
                    stop = debugger.next(eachDelivery: debugger.tell)
                    guard stop == .stepped || stop == .arrived else { return stop }
                }
                return stop == .arrived ? .stepped : stop
            }
        },
        Command(
            "c", ["cont", "continue"], .run, usage: "[N]", "run until a breakpoint, watchpoint, end or Ctrl-C",
            detail: "With a number, the breakpoint that we stand on lets the next N-1 meetings pass.", example: "c",
            repeats: true
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.requireRunning()
            let count = try arguments.count(debugger)
            if count > 1, case .breakpoint(let number, _)? = debugger.lastStop,
                let index = debugger.breakpoints.firstIndex(where: { $0.number == number })
            {
                debugger.breakpoints[index].ignore = count - 1
            }
            debugger.continueRun()
        },
        Command(
            "finish", ["fin"], .run, "run until the current frame returns",
            detail: """
                Stops after the RET, far RET or IRET that takes the stack pointer above where it is now. Made for code that
                balances its stack; Ctrl-C stops it elsewhere.
                """, example: "finish"
        ) { (debugger, _) throws(DebuggerError) in
            try debugger.requireRunning()
            debugger.report { debugger.finish() }
        },
        Command(
            "until", ["advance"], .run, usage: "[ADDR]", "run until the linear address ADDR, or past a loop's end",
            detail:
                "Without an address: until the instruction after this one, which gets out of a loop at its jump back.",
            example: "until 0x7c20"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.requireRunning()
            let linear: UInt64
            if arguments.isEmpty {
                guard let instruction = debugger.currentInstruction() else {
                    throw DebuggerError("there is no instruction here; give an address")
                }
                linear = debugger.followingAddress(instruction)
            } else {
                linear = try debugger.address(arguments.text)
            }
            debugger.report(showChanges: false) {
                debugger.resume(goal: Debugger.Goal(linear: linear) { _ in true })
            }
        },
        Command(
            "sb", [], .run, usage: "N", "run N instructions without stepping output, stopping at breakpoints",
            example: "sb 1000000"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.requireRunning()
            let count = try arguments.count(debugger)
            debugger.report(showChanges: false) { debugger.step(count) { _ in } }
        },
        Command(
            "run", ["system_reset"], .run, "reset the machine and run it from its first instruction",
            example: "run"
        ) { (debugger, _) throws(DebuggerError) in
            debugger.restart()
            debugger.output("machine reset")
            debugger.continueRun()
        },
        Command(
            "system_powerdown", [], .run, "press the power button",
            detail: "A system with ACPI sees it when the run goes on, and shuts down; another may take no notice.",
            example: "system_powerdown"
        ) { (debugger, _) throws(DebuggerError) in
            guard debugger.board.pressPowerButton() else { throw DebuggerError("this machine has no power button") }
            debugger.output("power button pressed")
        },
        Command("stop", [], .run, "say where the machine stands", detail: "It is stopped already.", example: "stop") {
            (debugger, _) throws(DebuggerError) in debugger.showState()
        },
    ]
}

extension Command {
    typealias Stop = Debugger.Stop
}

extension Debugger {
    /// A linear address; a star before it, as in gdb, changes nothing.
    func address(_ text: String) throws(DebuggerError) -> UInt64 {
        let plain = text.first == "*" ? String(text.dropFirst()) : text
        guard !plain.trimmed.isEmpty else { throw DebuggerError("an address is missing, like 0x7c00 or cs:ip") }
        let linear = try value(plain)
        guard linear <= 0xFFFF_FFFF else { throw DebuggerError("\(hexadecimal(linear))h is beyond 4 GiB") }
        return linear
    }

    /// Runs here, or has it run by whoever draws the screen. A traced machine runs here.
    fileprivate func continueRun() {
        if handsBackRuns, trace == nil {
            resumeRequested = true
            return
        }
        report(showChanges: false) { resume() }
    }

    /// Pulls RESET: memory and disks stay as they are.
    func restart() {
        ending = nil
        _ = vm.io.takeRequest()
        vm.reset()
    }

    /// Runs, then says why it stopped, what changed, and where.
    func report(showChanges: Bool = true, _ run: () -> Stop) {
        let before = vm.cpu
        let stop = run()
        lastStop = stop
        trace?.flush()
        betweenSlices()
        tell(stop)
        if showChanges {
            let changes = RegisterChanges.list(from: before, to: vm.cpu)
            if !changes.isEmpty { output("   " + changes.joined(separator: ", ")) }
        }
        if ending == nil { showLocation() }
    }

    func tell(_ stop: Stop) {
        switch stop {
        case .stepped, .arrived: break
        case .breakpoint(let number, let problem):
            output("breakpoint \(number)" + (problem.map { "; " + $0 } ?? ""))
        case .watchpoint(let hits, let problem):
            for hit in hits { tell(hit) }
            if let problem { output("watchpoint: " + problem) }
        case .interrupted: output("interrupted")
        case .budget: output("the budget of \(budget) ticks is spent")
        case .ended(let ending):
            output("the machine has ended: " + ending.name)
            output(ending.sentence)
            output("'why' tells more; the machine stays open for inspection")
        }
    }

    private func tell(_ hit: WatchHit) {
        let digits = hit.width * 2
        let place =
            hexadecimal(UInt64(hit.codeSelector), digits: 4) + ":"
            + hexadecimal(hit.instructionPointer, digits: vm.cpu.cs.isBig ? 8 : 4)
        let access = hit.isWrite ? "write to" : "read of"
        var text =
            "watchpoint \(hit.number): \(access) \(hit.width) byte\(hit.width == 1 ? "" : "s") at "
            + "\(hexadecimal(hit.physical, digits: 8)): "
        if hit.isWrite {
            text += hit.old.map { hexadecimal($0, digits: digits) } ?? "?"
            text += " -> "
        }
        text += hexadecimal(hit.value, digits: digits)
        output(text)
        if hit.isDelivery {
            output("   by the delivery of an interrupt or exception at \(place)")
        } else {
            output("   by " + Listing(vm).line(linear: hit.linear).text)
        }
    }

    func tell(_ delivery: Delivery) {
        let cpu = vm.cpu
        let place =
            hexadecimal(UInt64(cpu.cs.selector), digits: 4) + ":"
            + hexadecimal(cpu.rip, digits: cpu.cs.isBig ? 8 : 4)
        switch delivery {
        case .interrupt(let vector):
            output("interrupt \(hexadecimal(UInt64(vector), digits: 2))h was taken; its handler is at \(place)")
        case .exception(let record):
            output("exception " + record.sentence)
            if ending == nil { output("   its handler is at \(place)") }
        case .reset: output("the machine was reset")
        }
    }

    /// The state in one or two lines.
    func showState() {
        if let ending { output("ended: " + ending.sentence) }
        let cpu = vm.cpu
        output(
            "\(cpu.modeName), CPL \(cpu.privilege), \(vm.instructions) instructions, \(vm.io.events.now) ticks, "
                + "A20 \(vm.memory.a20Mask == .max ? "on" : "off")")
        showLocation()
    }
}
