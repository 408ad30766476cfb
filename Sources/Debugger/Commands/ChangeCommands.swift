import Machine

extension Command {
    static let changeCommands: [Command] = [
        Command(
            "set", [], .change, usage: "REG = EXPR | MEMORY = EXPR", "change a register, a flag or memory",
            detail: """
                set ax=5, set $eip = 0x7c00, set eflags=0x202, set zf=1, set byte(0x500)=1, set word ds:si = 'A'.
                Segment registers load as in the CPU: times 16 in real mode, through their descriptor, with its checks, in
                protected mode; CS and SS keep the privilege level. Writes to memory reach RAM and the screen, not ROM.
                """, example: "set ax = 0x1234"
        ) { (debugger, arguments) throws(DebuggerError) in try debugger.change(arguments.text) },
        Command(
            "setpmem", [], .change, usage: "ADDR SIZE VALUE", "write 1, 2, 4 or 8 bytes of physical memory",
            example: "setpmem 0x500 2 0x1234"
        ) { (debugger, arguments) throws(DebuggerError) in
            let list = try Expression.parseList(arguments.text)
            guard list.count == 3 else { throw DebuggerError("give an address, a size and a value") }
            let evaluator = Evaluator(vm: debugger.vm)
            let place = try evaluator.value(list[0]), size = try evaluator.value(list[1])
            guard [1, 2, 4, 8].contains(size) else { throw DebuggerError("the size is 1, 2, 4 or 8") }
            try debugger.write(try evaluator.value(list[2]), width: Int(size), physical: place)
        },
        Command(
            "loadmem", [], .change, usage: "FILE ADDR", "copy a file of the host into memory (linear address)",
            example: "loadmem code.bin 0x8000"
        ) { (debugger, arguments) throws(DebuggerError) in
            let (path, rest) = try arguments.path()
            let place = GuestMemory(debugger.vm).physical(try debugger.address(rest))
            let bytes = try HostIO.read(path, limit: 64 << 20)
            try GuestMemory(debugger.vm).write(bytes, physical: place)
            debugger.output("\(bytes.count) bytes to \(hexadecimal(place, digits: 8))")
        },
        Command(
            "writemem", ["memsave"], .change, usage: "FILE ADDR LEN", "copy memory (linear address) into a file",
            example: "writemem dump.bin 0x7c00 512"
        ) { (debugger, arguments) throws(DebuggerError) in
            let (path, rest) = try arguments.path()
            let list = try Expression.parseList(rest)
            guard list.count == 2 else { throw DebuggerError("give a file, an address and a length") }
            let evaluator = Evaluator(vm: debugger.vm)
            let start = try evaluator.value(list[0]), count = try evaluator.value(list[1])
            guard count <= 64 << 20 else { throw DebuggerError("at most 64 MiB at once") }
            try HostIO.write(GuestMemory(debugger.vm).bytes(linear: start, count: Int(count)), to: path)
        },
    ]

    static let outsideCommands: [Command] = [
        Command("screen", [], .outside, "the text screen as it is now", example: "screen") {
            (debugger, _) throws(DebuggerError) in
            var rows = debugger.screenRows()
            while let last = rows.last, last.isEmpty { rows.removeLast() }
            if rows.isEmpty { debugger.output("(the screen shows no text)") }
            for row in rows { debugger.output("| " + row) }
        },
        Command(
            "keys", ["sendkey"], .outside, usage: "TEXT", "type on the guest's keyboard, while it runs on",
            detail: "As --keys: <enter>, <esc>, <f1>, <up>, <ctrl-c> are keys, \\< and \\\\ are literals.",
            example: "keys ls<enter>"
        ) { (debugger, arguments) throws(DebuggerError) in
            guard let type = debugger.typeKeys else { throw DebuggerError("no keyboard is connected") }
            guard !arguments.isEmpty else { throw DebuggerError("type what?") }
            try type(arguments.text)
        },
        Command(
            "save", ["savevm"], .outside, usage: "FILE", "save the whole machine to a file", example: "save here.l86"
        ) { (debugger, arguments) throws(DebuggerError) in
            guard !arguments.isEmpty else { throw DebuggerError("save to which file?") }
            do throws(SnapshotError) { try debugger.vm.save(to: arguments.text) } catch {
                throw DebuggerError(error.description)
            }
            debugger.output("saved to \(arguments.text)")
        },
        Command(
            "load", ["loadvm", "restore"], .outside, usage: "FILE", "put a saved machine in the place of this one",
            detail: "Breakpoints stay. A machine that had ended can run again.", example: "load here.l86"
        ) { (debugger, arguments) throws(DebuggerError) in
            guard !arguments.isEmpty else { throw DebuggerError("load which file?") }
            do throws(SnapshotError) { try debugger.vm.restore(from: arguments.text) } catch {
                throw DebuggerError(error.description)
            }
            debugger.ending = nil
            debugger.lastStop = nil
            debugger.showLocation()
        },
        Command(
            "trace", [], .outside, usage: "on|off [FILE]", "a line for each instruction that runs",
            detail: """
                Mode, cs:ip, linear address, bytes, text; then the registers that changed. On the terminal, or into FILE. A
                traced machine runs the same way, but slowly.
                """, example: "trace on trace.txt"
        ) { (debugger, arguments) throws(DebuggerError) in
            let words = arguments.words
            switch words.first {
            case "on":
                let path = String(arguments.text.dropFirst(2)).trimmed
                debugger.trace = try Trace(path: path.isEmpty ? nil : path) { [unowned debugger] in debugger.output($0)
                }
            case "off": debugger.trace = nil
            case nil: break
            default: throw DebuggerError("give on or off")
            }
            let place = debugger.trace.map { $0.path.map { "on, into \($0)" } ?? "on" } ?? "off"
            debugger.output("trace is \(place)")
        },
        Command(
            "source", [], .outside, usage: "FILE", "run the commands in a file", example: "source setup.dbg"
        ) { (debugger, arguments) throws(DebuggerError) in
            guard debugger.sourceDepth < 8 else { throw DebuggerError("files that name each other go too deep") }
            debugger.sourceDepth += 1
            defer { debugger.sourceDepth -= 1 }
            let text = String(decoding: try HostIO.read(arguments.text, limit: 1 << 20), as: UTF8.self)
            for line in text.split(separator: "\n") where debugger.execute(String(line)) == .quit {
                throw DebuggerError("'quit' in a file does nothing; type it")
            }
        },
    ]

    static let otherCommands: [Command] = [
        Command("echo", [], .other, usage: "TEXT", "print the text", example: "echo --- after the call") {
            (debugger, arguments) throws(DebuggerError) in debugger.output(arguments.text)
        },
        Command("help", ["h", "?"], .other, usage: "[COMMAND]", "this list, or more on one command", example: "help x")
        {
            (debugger, arguments) throws(DebuggerError) in try debugger.help(arguments.text)
        },
        Command(
            "quit", ["q", "exit"], .other, "leave; the status is 0, disks are flushed", example: "q"
        ) { (_, _) throws(DebuggerError) in },
    ]
}

extension Arguments {
    /// A file name, in quotes where it has blanks, and what comes after it.
    func path() throws(DebuggerError) -> (path: String, rest: String) {
        if text.first == "\"", let end = text.dropFirst().firstIndex(of: "\"") {
            return (
                String(text[text.index(after: text.startIndex)..<end]), String(text[text.index(after: end)...]).trimmed
            )
        }
        guard let first = words.first else { throw DebuggerError("a file name is missing") }
        return (first, String(text.dropFirst(first.count)).trimmed)
    }
}

extension Debugger {
    fileprivate func change(_ line: String) throws(DebuggerError) {
        var text = line
        for word in ["var ", "variable "] where text.hasPrefix(word) { text = String(text.dropFirst(word.count)) }
        guard let equals = Self.assignment(in: text) else { throw DebuggerError("give what to set, '=', and a value") }
        let target = String(text[..<equals]).trimmed
        let newValue = try value(String(text[text.index(after: equals)...]))
        switch try Expression.parse(target) {
        case .register(let register):
            let before = vm.cpu
            try register.write(newValue, vm)
            let changes = RegisterChanges.list(from: before, to: vm.cpu)
            if !changes.isEmpty { output("   " + changes.joined(separator: ", ")) }
        case .memory(let width, let place):
            let linear = try Evaluator(vm: vm).value(place)
            guard NumberText.fits(newValue, width) else {
                throw DebuggerError("\(hexadecimal(newValue))h does not fit into \(width) bytes")
            }
            try write(newValue, width: width, physical: GuestMemory(vm).physical(linear))
        default:
            throw DebuggerError("'\(target)' is no register and no memory; memory is written byte(ADDR), word(ADDR)")
        }
    }

    /// The `=` that is not part of `==` and the like.
    private static func assignment(in text: String) -> String.Index? {
        var previous: Character = " "
        for index in text.indices {
            let next = text.index(after: index)
            if text[index] == "=", !"=!<>".contains(previous), next == text.endIndex || text[next] != "=" {
                return index
            }
            previous = text[index]
        }
        return nil
    }

    fileprivate func write(_ value: UInt64, width: Int, physical: UInt64) throws(DebuggerError) {
        let bytes = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
        try GuestMemory(vm).write(bytes, physical: physical)
    }

    fileprivate func help(_ name: String) throws(DebuggerError) {
        guard name.isEmpty else {
            let command = try Command.find(name)
            output(
                ([command.name] + command.aliases).joined(separator: ", ")
                    + (command.usage.isEmpty ? "" : "  " + command.usage))
            output(command.summary)
            for line in command.detail.split(separator: "\n") { output(String(line)) }
            return output("example: " + command.example)
        }
        for group in Command.Group.allCases {
            output(group.rawValue)
            for command in Command.all where command.group == group {
                var title = ([command.name] + command.aliases.prefix(2)).joined(separator: ", ")
                if !command.usage.isEmpty { title += " " + command.usage }
                output("  " + title + String(repeating: " ", count: max(1, 34 - title.count)) + command.summary)
            }
        }
        output("'help COMMAND' tells more. Beginnings of names will do where they are unique.")
    }

    /// What could stand where the last word of `line` begins.
    public static func completions(for line: String) -> [String] {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let last = (words.last ?? "").lowercased()
        let names = Command.all.flatMap { [$0.name] + $0.aliases }
        let candidates: [String]
        switch (words.count, words.first) {
        case (0...1, _), (2, "help"), (2, "h"): candidates = names
        case (2, "info"), (2, "i"): candidates = Info.names
        case (2, "trace"): candidates = ["on", "off"]
        default:
            let sign = last.first.map { $0 == "$" || $0 == "%" ? String($0) : "" } ?? ""
            return RegisterName.all.filter { $0.hasPrefix(last.dropFirst(sign.count)) }.map { sign + $0 }.sorted()
        }
        return candidates.filter { $0.hasPrefix(last) }.sorted()
    }
}

extension NumberText {
    /// As an unsigned or a negative number of `width` bytes.
    static func fits(_ value: UInt64, _ width: Int) -> Bool {
        guard width < 8 else { return true }
        let mask: UInt64 = (1 &<< UInt64(width * 8)) &- 1
        return value & ~mask == 0 || value | mask == .max
    }
}
