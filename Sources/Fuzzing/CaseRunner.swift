import Foundation
import Machine
import X86ISA

/// Runs a case twice, once whole and once in pieces, and says where the two machines part.
///
/// Whole, the interpreter runs cached traces; in pieces of one tick it decodes each instruction anew and never enters
/// a trace of more than one. Everything that a guest can see must be the same.
public enum CaseRunner {
    public struct Outcome: Equatable {
        public var hash: String
        public var instructions: UInt64
        public var ticks: UInt64
        /// Name and sentence of the end, empty when the ticks ran out.
        public var end: String
        /// Why the engine could not go on from where it stopped: a rule of CPUFile's canonical form that it broke.
        public var inconsistency: String?
        public var cpu: CPUFile
    }

    /// Nil when all agreed, else what did not, in some lines.
    public static func check(_ fuzzCase: FuzzCase) throws -> String? {
        var coverage = CodeCoverage(fuzzCase)
        return try check(fuzzCase, &coverage)
    }

    /// As `check`, and marks in `coverage` what ran of the code.
    static func check(_ fuzzCase: FuzzCase, _ coverage: inout CodeCoverage) throws -> String? {
        let whole = try run(fuzzCase, inPieces: false)
        if let broken = whole.inconsistency { return try firstInconsistency(fuzzCase, whole, inPieces: false, broken) }
        var passes = BreakpointPasses(fuzzCase)
        let pieces = try run(fuzzCase, inPieces: true) {
            coverage.visit($0)
            passes.visit($0)
        }
        if let broken = pieces.inconsistency { return try firstInconsistency(fuzzCase, pieces, inPieces: true, broken) }
        if whole != pieces { return try firstDifference(fuzzCase, whole, pieces) }
        switch fuzzCase.observation {
        case .none: return nil
        case .steps: return try ObservedRuns.checkSteps(fuzzCase, whole, &coverage)
        case .breakpoints(let addresses):
            return try ObservedRuns.checkBreakpoints(fuzzCase, whole, Set(addresses), passes.stops)
        case .watches(let watches): return try ObservedRuns.checkWatches(fuzzCase, whole, watches)
        }
    }

    /// Saves in the middle, goes on from the file in a new machine, and compares with the run that was not disturbed.
    public static func checkSave(_ fuzzCase: FuzzCase, folder: String) throws -> String? {
        let whole = try run(fuzzCase, inPieces: false)
        guard whole.ticks > 1 else { return nil }
        let path = folder + "/fuzz-\(getpid())-\(UInt64.random(in: 0 ... .max)).save"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let isSaved = try FuzzMachine(fuzzCase).use { vm in
            guard vm.run(until: whole.ticks / 2) == .limit else { return false }
            try vm.save(to: path)
            return true
        }
        guard isSaved else { return nil }
        return try FuzzMachine(fuzzCase).use { vm in
            do throws(SnapshotError) { try vm.restore(from: path) } catch {
                return "its own save file, made at tick \(whole.ticks / 2), is refused: \(error)"
            }
            let other = try finish(vm, until: fuzzCase.ticks) { _ in fuzzCase.ticks }
            return whole == other ? nil : "restored at tick \(whole.ticks / 2):\n" + difference(whole, other)
        }
    }

    /// `visit` sees the machine before each piece.
    public static func run(
        _ fuzzCase: FuzzCase, inPieces: Bool, until limit: UInt64? = nil, visit: (VM) -> Void = { _ in }
    ) throws -> Outcome {
        let end = limit ?? fuzzCase.ticks
        return try FuzzMachine(fuzzCase).use {
            try finish($0, until: end, next: cut(fuzzCase, inPieces, end), visit: visit)
        }
    }

    /// Gives the tick until which the next piece runs.
    private static func cut(_ fuzzCase: FuzzCase, _ inPieces: Bool, _ end: UInt64) -> (UInt64) -> UInt64 {
        guard inPieces else { return { _ in end } }
        switch fuzzCase.cut {
        case .every(let ticks): return { $0 + max(1, ticks) }
        case .random(let seed):
            var random = FuzzRandom(seed: seed)
            return { $0 + 1 + UInt64(random.below(40)) }
        }
    }

    private static func finish(
        _ vm: VM, until end: UInt64, next: (UInt64) -> UInt64, visit: (VM) -> Void = { _ in }
    ) throws -> Outcome {
        var stop = VM.Stop.limit, broken: String?
        while stop == .limit, vm.io.events.now < end, broken == nil {
            visit(vm)
            stop = vm.run(until: min(end, next(vm.io.events.now)))
            broken = vm.engine?.refusal(of: vm.cpu)
        }
        return try outcome(vm, stop, broken)
    }

    static func outcome(_ vm: VM, _ stop: VM.Stop, _ broken: String?) throws -> Outcome {
        var text = ""
        if case .ended(let ending) = stop { text = ending.name + ": " + ending.sentence }
        return Outcome(
            hash: try vm.stateHash(), instructions: vm.instructions, ticks: vm.io.events.now, end: text,
            inconsistency: broken, cpu: vm.cpu)
    }

    // MARK: Telling what differs

    private static func firstInconsistency(
        _ fuzzCase: FuzzCase, _ outcome: Outcome, inPieces: Bool, _ broken: String
    ) throws -> String {
        var sound: UInt64 = 0, unsound = outcome.ticks
        while unsound - sound > 1 {
            let middle = sound + (unsound - sound) / 2
            if try run(fuzzCase, inPieces: inPieces, until: middle).inconsistency == nil {
                sound = middle
            } else {
                unsound = middle
            }
        }
        let before = try run(fuzzCase, inPieces: inPieces, until: sound)
        return "\(broken) after tick \(sound)\(inPieces ? " of the run in pieces" : ""), at " + describe(before.cpu)
            + (try instructionText(fuzzCase, before))
    }

    /// Finds the first tick after which the two differ and shows the instruction before it.
    private static func firstDifference(
        _ fuzzCase: FuzzCase, _ whole: Outcome, _ pieces: Outcome
    ) throws -> String {
        var same: UInt64 = 0, different = max(whole.ticks, pieces.ticks)
        while different - same > 1 {
            let middle = same + (different - same) / 2
            if try run(fuzzCase, inPieces: false, until: middle) == run(fuzzCase, inPieces: true, until: middle) {
                same = middle
            } else {
                different = middle
            }
        }
        let before = try run(fuzzCase, inPieces: true, until: same)
        let first = try run(fuzzCase, inPieces: false, until: different)
        let second = try run(fuzzCase, inPieces: true, until: different)
        return "the runs part between ticks \(same) and \(different), at " + describe(before.cpu)
            + (try instructionText(fuzzCase, before)) + difference(first, second)
            + (try contentDifference(fuzzCase, until: different))
    }

    /// What differs in memory, devices and time.
    private static func contentDifference(_ fuzzCase: FuzzCase, until limit: UInt64) throws -> String {
        try FuzzMachine(fuzzCase).use { whole in
            try FuzzMachine(fuzzCase).use { pieces in
                _ = try finish(whole, until: limit, next: cut(fuzzCase, false, limit))
                _ = try finish(pieces, until: limit, next: cut(fuzzCase, true, limit))
                return try contentDifference(whole, pieces)
            }
        }
    }

    static func contentDifference(_ whole: VM, _ pieces: VM) throws -> String {
        var lines: [String] = []
        for offset in Set(whole.memory.usedPages + pieces.memory.usedPages).sorted() {
            let first = whole.memory.page(at: offset), second = pieces.memory.page(at: offset)
            for place in 0..<4096 where first[place] != second[place] && lines.count < 10 {
                lines.append("[\(hexadecimal(offset + UInt64(place)))]: \(first[place]) | \(second[place])")
            }
        }
        if whole.io.events.state != pieces.io.events.state {
            lines.append("events: \(whole.io.events.state) | \(pieces.io.events.state)")
        }
        if whole.io.interruptLine != pieces.io.interruptLine { lines.append("the interrupt line") }
        if whole.memory.a20Mask != pieces.memory.a20Mask { lines.append("A20") }
        for (first, second) in zip(whole.io.devices, pieces.io.devices) {
            let states = (try first.encodedState(), try second.encodedState())
            guard states.0 != states.1 else { continue }
            let texts = [states.0, states.1].map { String(decoding: $0.prefix(1500), as: UTF8.self) }
            lines.append("\(first.name): \(texts[0])\n | \(texts[1])")
        }
        return "\n" + lines.joined(separator: "\n")
    }

    private static func instructionText(_ fuzzCase: FuzzCase, _ before: Outcome) throws -> String {
        let bytes = try FuzzMachine(fuzzCase).use { vm in
            _ = vm.run(until: before.ticks)
            return vm.memory.peek(before.cpu.linearInstructionPointer, count: 15)
        }
        guard let instruction = try? Decoder(before.cpu.codeSize).decode(bytes) else {
            return "bytes \(Hex.text(bytes))\n"
        }
        return "\(instruction.operation) \(Hex.text(Array(bytes.prefix(Int(instruction.length)))))\n"
    }

    static func difference(_ whole: Outcome, _ other: Outcome) -> String {
        var lines: [String] = []
        for field in CPUFile.fields where whole.cpu[field] != other.cpu[field] {
            lines.append("\(field.name): \(hexadecimal(whole.cpu[field])) | \(hexadecimal(other.cpu[field]))")
        }
        if whole.instructions != other.instructions {
            lines.append("instructions: \(whole.instructions) | \(other.instructions)")
        }
        if whole.ticks != other.ticks { lines.append("ticks: \(whole.ticks) | \(other.ticks)") }
        if whole.end != other.end { lines.append("end: \(whole.end) | \(other.end)") }
        if lines.isEmpty { lines.append("memory or a device") }
        return lines.joined(separator: "\n")
    }

    static func describe(_ cpu: CPUFile) -> String {
        "\(hexadecimal(UInt64(cpu.cs.selector), digits: 4)):\(hexadecimal(cpu.rip, digits: 8)) in \(cpu.modeName), "
            + "CPL \(cpu.privilege), flags \(Flags.text(UInt32(truncatingIfNeeded: cpu.rflags)))\n"
    }
}
