import Machine

/// A moment of a run, named on the command line: `--until COND`.
enum RunCondition: Equatable {
    /// `rip==ADDRESS`: before the instruction at this linear address, as for a breakpoint.
    case instructionPointer(UInt64)
    /// `instructions==N`: when N instructions have retired.
    case instructions(UInt64)
    /// `port P written`: behind an instruction that wrote to the port.
    case portWritten(UInt16)

    static let forms = "rip==ADDRESS, instructions==N or 'port P written'"

    /// `option` is what messages name.
    init(_ text: String, option: String) throws(Failure) {
        func fail(_ why: String) -> Failure { Failure(.usage, "\(option) '\(text)': \(why)") }
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { $0.lowercased() }
        guard let first = words.first else { throw fail("give \(Self.forms)") }
        if first == "port" {
            self = .portWritten(try Self.port(Array(words.dropFirst()), fail))
            return
        }
        let joined = words.joined()
        guard let sign = joined.firstRange(of: "==") else {
            guard !joined.contains("=") else { throw fail("a comparison has two equals signs: \(Self.forms)") }
            throw fail("give \(Self.forms)")
        }
        let name = String(joined[..<sign.lowerBound]), value = String(joined[sign.upperBound...])
        guard ["rip", "instructions"].contains(name) else {
            let hint = Suggestion.nearest(to: name, in: ["rip", "instructions"]).map { "; did you mean \($0)?" } ?? ""
            throw fail("'\(name)' cannot be compared; give \(Self.forms)\(hint)")
        }
        guard !value.isEmpty else { throw fail("there is no number behind ==") }
        guard let number = OptionText.number(value, as: UInt64.self) else {
            throw fail("'\(value)' is no number; give it like 31744 or 0x7c00")
        }
        self = name == "rip" ? .instructionPointer(number) : .instructions(number)
    }

    private static func port(_ words: [String], _ fail: (String) -> Failure) throws(Failure) -> UInt16 {
        guard let word = words.first, word != "written" else { throw fail("which port? Give 'port 0x80 written'") }
        guard let number = OptionText.number(word, as: UInt64.self) else {
            throw fail("'\(word)' is no number; give the port like 128 or 0x80")
        }
        guard let port = UInt16(exactly: number) else { throw fail("ports go from 0 to 0xffff") }
        guard words.dropFirst().elementsEqual(["written"]) else {
            throw fail("only the writing of a port can be waited for: 'port \(word) written'")
        }
        return port
    }

    /// As one would type it.
    var text: String {
        switch self {
        case .instructionPointer(let address): "rip==0x" + String(address, radix: 16)
        case .instructions(let count): "instructions==\(count)"
        case .portWritten(let port): "port 0x\(String(port, radix: 16)) written"
        }
    }
}

/// Tells when one of some conditions holds, between two instructions.
final class ConditionWatch {
    let conditions: [RunCondition]
    /// Ports that were written since `holds` was asked last.
    private var written: Set<UInt16> = []

    /// Listens to the machine's ports where a condition needs it.
    init(_ conditions: [RunCondition], on vm: VM) {
        self.conditions = conditions
        let ports = Set(
            conditions.compactMap { condition -> UInt16? in
                if case .portWritten(let port) = condition { return port }
                return nil
            })
        guard !ports.isEmpty else { return }
        let before = vm.io.ports.observer
        vm.io.ports.observer = { [unowned self] port, width, value, isWrite in
            before?(port, width, value, isWrite)
            guard isWrite else { return }
            for index in 0..<width {
                let number = port.rawValue &+ UInt16(index)
                if ports.contains(number) { written.insert(number) }
            }
        }
    }

    /// The first condition that holds before the next instruction.
    func holds(_ vm: VM) -> RunCondition? {
        defer { if !written.isEmpty { written = [] } }
        return conditions.first { condition in
            switch condition {
            case .instructionPointer(let address):
                vm.block.assumingMemoryBound(to: CPUFile.self).pointee.linearInstructionPointer == address
            case .instructions(let count): vm.instructions == count
            case .portWritten(let port): written.contains(port)
            }
        }
    }
}
