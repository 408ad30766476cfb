import Machine
import X86ISA

extension Command {
    static let lookCommands: [Command] = [
        Command(
            "r", ["reg", "regs", "registers"], .look, usage: "[REG]", "general registers, flags and mode",
            example: "r"
        ) { (debugger, arguments) throws(DebuggerError) in
            if arguments.isEmpty { return RegistersView.generalLines(debugger.vm.cpu).forEach(debugger.output) }
            for word in arguments.words {
                let name = word.hasPrefix("$") || word.hasPrefix("%") ? String(word.dropFirst()) : word
                guard let register = RegisterName.find(name.lowercased()) else {
                    throw DebuggerError("there is no register '\(word)'")
                }
                let value = register.read(debugger.vm)
                debugger.output("\(name) \(hexadecimal(value, digits: register.width * 2)) \(value)")
            }
        },
        Command("sreg", [], .look, "segment registers with their hidden parts, GDTR, IDTR", example: "sreg") {
            (debugger, _) throws(DebuggerError) in
            RegistersView.segmentLines(debugger.vm.cpu).forEach(debugger.output)
        },
        Command("creg", [], .look, "control registers", example: "creg") { (debugger, _) throws(DebuggerError) in
            RegistersView.controlLines(debugger.vm.cpu).forEach(debugger.output)
        },
        Command("dreg", [], .look, "debug registers", example: "dreg") { (debugger, _) throws(DebuggerError) in
            RegistersView.debugLines(debugger.vm.cpu).forEach(debugger.output)
        },
        Command(
            "x", [], .look, usage: "[/NFU] [ADDR]", "memory at a linear address",
            detail: """
                N how many; F one of x (hex) d (signed) u (unsigned) o (octal) t (binary) c (character) s (string)
                i (instructions) m (bytes and text); U the size b h w g: 1, 2, 4, 8 bytes. Format and size stay for the next
                call. Without an address it goes on where the last one ended. Reads have no side effects; ?? is no memory.
                """, example: "x /16xb 0x7c00", continues: true
        ) { (debugger, arguments) throws(DebuggerError) in try debugger.examine(arguments, isPhysical: false) },
        Command(
            "xp", [], .look, usage: "[/NFU] [ADDR]", "memory at a physical address", detail: "As x.",
            example: "xp /8xw 0x100000", continues: true
        ) { (debugger, arguments) throws(DebuggerError) in try debugger.examine(arguments, isPhysical: true) },
        Command(
            "u", ["disasm", "disassemble", "disas"], .look, usage: "[/N] [FROM [TO]]", "disassemble",
            detail:
                "Ten instructions from CS:IP, or N from FROM, or those that begin before TO; 4,096 at most, in the mode of CS now.",
            example: "u /5 0x7c00", continues: true
        ) { (debugger, arguments) throws(DebuggerError) in try debugger.disassemble(arguments) },
        Command(
            "print", ["p", "calc"], .look, usage: "[/F] EXPR", "compute an expression",
            detail: """
                Numbers: 0x1F, 1Fh, 31, 0b11, 'A'. Registers: ax eax $eax cs ip cs.base gdtr.limit zf icount ticks.
                Operators: + - * / % & | ^ ~ << >> == != < <= > >= && || !. Memory: *A or $A is the dword at a linear address;
                byte A, word A, dword A, qword A. SEG:OFF is a linear address: es:di.
                """, example: "p/x word(0x413) * 1024"
        ) { (debugger, arguments) throws(DebuggerError) in
            let value = try Evaluator(vm: debugger.vm).sized(try Expression.parse(arguments.text))
            let width = value.width == 0 ? 8 : value.width
            guard let letter = arguments.format?.last else {
                let signed = NumberText.signed(value.bits, width)
                let more = signed < 0 ? "  \(signed)" : ""
                return debugger.output("0x\(hexadecimal(value.bits))  \(value.bits)\(more)")
            }
            guard "xduotc".contains(letter) else { throw DebuggerError("the formats are x d u o t c") }
            let text = NumberText.text(value.bits, letter: letter, width: letter == "x" ? 0 : width)
            debugger.output(letter == "x" ? "0x" + text : text)
        },
        Command(
            "print-string", [], .look, usage: "ADDR", "the zero-terminated text at a linear address",
            example: "print-string ds:si"
        ) { (debugger, arguments) throws(DebuggerError) in
            try debugger.examine(Arguments(format: "1s", text: arguments.text), isPhysical: false)
        },
        Command(
            "print-stack", ["bt", "where"], .look, usage: "[N]", "the N words at the top of the stack",
            detail:
                "16 where no count is given; words or doublewords, as SS is 16 or 32 bits wide.",
            example: "print-stack 8"
        ) { (debugger, arguments) throws(DebuggerError) in
            debugger.showStack(min(try arguments.count(debugger, fallback: 16), 4096))
        },
        Command(
            "info", ["i"], .look, usage: "SUBJECT", "tables, chips and maps: " + Info.names.joined(separator: " "),
            detail: """
                gdt, ldt, idt and ivt take an entry or a range: 'info idt 0x20 0x2f'. 'info device NAME' shows all that a chip
                holds; without a name it lists the chips.
                """, example: "info gdt"
        ) { (debugger, arguments) throws(DebuggerError) in try Info.show(debugger, arguments) },
        Command("page", [], .look, usage: "ADDR", "how a linear address is translated", example: "page 0x7c00") {
            (debugger, arguments) throws(DebuggerError) in
            let linear = try debugger.address(arguments.text)
            for line in PagingView(vm: debugger.vm).translation(of: linear) { debugger.output(line) }
        },
    ]
}

extension Debugger {
    func examine(_ arguments: Arguments, isPhysical: Bool) throws(DebuggerError) {
        let format = try ExamineFormat(
            arguments.format ?? (arguments.isEmpty ? String(examine.letter) : nil), after: examine)
        let start: UInt64
        if arguments.isEmpty {
            start = (isPhysical ? examine.nextPhysical : examine.next) ?? vm.cpu.linearInstructionPointer
        } else {
            start = try value(arguments.text)
        }
        let result = MemoryView(vm: vm, isPhysical: isPhysical).lines(format, at: start)
        result.lines.forEach(output)
        examine.letter = format.letter
        examine.width = format.width
        if isPhysical { examine.nextPhysical = result.next } else { examine.next = result.next }
    }

    fileprivate func disassemble(_ arguments: Arguments) throws(DebuggerError) {
        var count: UInt64 = 10
        if let format = arguments.format {
            guard let given = UInt64(format), given >= 1, given <= 4096 else {
                throw DebuggerError("give a count, like u /5 0x7c00")
            }
            count = given
        }
        let list = try Expression.parseList(arguments.text)
        let evaluator = Evaluator(vm: vm)
        var start = examine.nextCode ?? vm.cpu.linearInstructionPointer
        if arguments.isEmpty, lastShownAt != vm.instructions { start = vm.cpu.linearInstructionPointer }
        if let first = list.first { start = try evaluator.value(first) & 0xFFFF_FFFF }
        var end: UInt64?
        if list.count == 2 { end = try evaluator.value(list[1]) }
        guard list.count <= 2 else { throw DebuggerError("give where to begin and where to end") }
        if end != nil, arguments.format == nil { count = 4096 }
        let listing = Listing(vm)
        while count > 0, end.map({ start < $0 }) ?? true {
            let line = listing.line(linear: start)
            output((line.linear == vm.cpu.linearInstructionPointer ? "=> " : "   ") + line.text)
            start = (start &+ UInt64(line.length)) & 0xFFFF_FFFF
            count -= 1
        }
        examine.nextCode = start
        lastShownAt = vm.instructions
    }

    fileprivate func showStack(_ count: UInt64) {
        let cpu = vm.cpu
        let wide = cpu.ss.isBig, width = wide ? 4 : 2
        let mask: UInt64 = wide ? 0xFFFF_FFFF : 0xFFFF
        for index in 0..<count {
            let offset = (cpu[register: 4] &+ index &* UInt64(width)) & mask
            let linear = (cpu.ss.base &+ offset) & 0xFFFF_FFFF
            let value = try? GuestMemory(vm).integer(linear: linear, width: width)
            let shown = value.map { hexadecimal($0, digits: width * 2) } ?? String(repeating: "?", count: width * 2)
            output(
                "\(hexadecimal(UInt64(cpu.ss.selector), digits: 4)):\(hexadecimal(offset, digits: width * 2))  "
                    + "\(hexadecimal(linear, digits: 8))  \(shown)")
        }
    }
}
