import FoundationEssentials
import Machine

/// Why the machine ended, or what the last exception was: the same content as text and as JSON.
public struct Why: Encodable, Sendable {
    public struct ErrorBits: Encodable, Sendable {
        /// EXT: an event outside of the program raised it.
        public let external: Bool
        /// The index is one of the IDT.
        public let idt: Bool
        /// TI: the index is one of the LDT.
        public let ldt: Bool
        public let index: UInt32
    }

    public struct Reason: Encodable, Sendable {
        /// Stable.
        public let name: String
        public let operands: [String: UInt64]
        public let sentence: String
    }

    public struct Link: Encodable, Sendable {
        public let vector: UInt8
        public let name: String
        public let errorCode: UInt32?
        public let errorBits: ErrorBits?
        public let reason: Reason
        public let cs: UInt16
        public let rip: UInt64
        public let linear: UInt64
        public let physical: UInt64
        public let mode: String
        public let cpl: UInt8
        public let tick: UInt64
        public let bytes: String
        public let disassembly: String
        /// Of the kernel that `-kernel` named: `name+0x1a`.
        public let symbol: String?
    }

    /// `lucid86.why/1`
    public let schema = "lucid86.why/1"
    /// Kind of the ending; nil while the machine can run on.
    public let ending: String?
    /// What happened, in one sentence.
    public let sentence: String
    /// Oldest first.
    public let faults: [Link]
    /// A rule that fits what is in memory and registers; worded as a hint.
    public let hint: String?
}

extension Debugger {
    /// What can be told now.
    public func why() -> Why {
        if ending == nil { moveToInterpreter(because: "'why' needs its records of faults") }
        if let ending {
            return Why(
                ending: ending.name, sentence: ending.sentence, faults: ending.faults.map(link),
                hint: Hints(vm).hint(for: ending))
        }
        guard let record = board.interpreter.lastFault else {
            let halted = vm.cpu.halted != 0 ? "; the CPU is halted and waits for an interrupt" : ""
            return Why(
                ending: nil,
                sentence: "nothing went wrong: the machine can run on, and no exception was raised yet\(halted)",
                faults: [], hint: nil)
        }
        let age = vm.io.events.now >= record.tick ? vm.io.events.now - record.tick : 0
        return Why(
            ending: nil,
            sentence: "the machine can run on; its last exception was \(age) ticks ago: \(record.sentence)",
            faults: [link(record)], hint: nil)
    }

    /// Text of several lines.
    fileprivate func print(_ text: String) {
        for line in text.split(separator: "\n") { output(String(line)) }
    }

    private func link(_ record: FaultRecord) -> Why.Link {
        let exception = record.exception, reason = exception.reason
        return Why.Link(
            vector: exception.vector.rawValue, name: exception.vector.name, errorCode: exception.errorCode,
            errorBits: exception.errorCode.map {
                Why.ErrorBits(external: $0 & 1 != 0, idt: $0 & 2 != 0, ldt: $0 & 6 == 4, index: $0 >> 3 & 0x1FFF)
            },
            reason: Why.Reason(
                name: reason.name,
                operands: Dictionary(
                    reason.operands.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
                sentence: reason.sentence), cs: record.codeSelector, rip: record.instructionPointer,
            linear: record.linear, physical: record.physical, mode: record.modeName, cpl: record.privilege,
            tick: record.tick, bytes: Listing.text(record.bytes),
            disassembly: record.disassembly, symbol: board.symbols.text(at: record.linear))
    }
}

extension Why {
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// The same for a person.
    public func lines() -> [String] {
        var lines = [ending.map { "\($0): \(sentence)" } ?? sentence]
        for (number, link) in faults.enumerated() {
            lines.append("\(number + 1). \(link.name) (vector \(link.vector)\(Why.code(link)))")
            let place = hexadecimal(UInt64(link.cs), digits: 4) + ":" + hexadecimal(link.rip, digits: 8)
            lines.append(
                "   at \(place), linear \(hexadecimal(link.linear, digits: 8)), "
                    + "physical \(hexadecimal(link.physical, digits: 8)), \(link.mode), CPL \(link.cpl)")
            if let symbol = link.symbol { lines.append("   in \(symbol)") }
            lines.append("   instruction: \(link.bytes)  \(link.disassembly)")
            let operands = link.reason.operands.sorted { $0.key < $1.key }
                .map { "\($0.key)=\(hexadecimal($0.value))h" }.joined(separator: " ")
            lines.append("   failed check: \(link.reason.name)" + (operands.isEmpty ? "" : " (\(operands))"))
            lines.append("   \(link.reason.sentence)")
        }
        if let hint { lines.append("hint: \(hint)") }
        return lines
    }

    /// `, error code 0010h: selector 10h of the GDT`
    private static func code(_ link: Link) -> String {
        guard let code = link.errorCode, let bits = link.errorBits else { return "" }
        var text = ", error code \(hexadecimal(UInt64(code), digits: 4))h: "
        if code & 0xFFFE == 0 {
            text += "no selector"
        } else if bits.idt {
            text += "IDT entry \(hexadecimal(UInt64(bits.index)))h"
        } else {
            text += "index \(hexadecimal(UInt64(bits.index)))h of the \(bits.ldt ? "LDT" : "GDT")"
        }
        return text + ", EXT=\(bits.external ? 1 : 0)"
    }
}

extension Command {
    static let explainCommands: [Command] = [
        Command(
            "why", [], .explain, usage: "[json]", "why the machine ended, or what the last exception was",
            detail: """
                The ending in a sentence; then each exception of the chain, oldest first: error code in its parts, instruction,
                addresses, and the one check that failed. 'why json' gives the same for programs.
                """, example: "why"
        ) { (debugger, arguments) throws(DebuggerError) in
            let why = debugger.why()
            if ["json", "--json", "-j"].contains(arguments.text) {
                return debugger.print(why.json())
            }
            why.lines().forEach(debugger.output)
        },
        Command(
            "explain", ["e"], .explain, usage: "[ADDR]", "what the instruction here, or at ADDR, is and will do",
            detail: """
                Its fields, what it does, its operands' values now, and the flags that it reads and writes. 'explain json' or
                'explain ADDR json' gives the same for programs.
                """, example: "explain 0x7c00"
        ) { (debugger, arguments) throws(DebuggerError) in
            var text = arguments.text
            let json = text == "json" || text.hasSuffix(" json")
            if json { text = String(text.dropLast(4)).trimmed }
            let linear = text.isEmpty ? debugger.vm.cpu.linearInstructionPointer : try debugger.address(text)
            let explained = try debugger.explain(linear: linear)
            if json {
                return debugger.print(explained.json())
            }
            explained.lines().forEach(debugger.output)
        },
    ]
}
