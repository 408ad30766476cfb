import Interpreter
import Machine
import X86ISA

/// What a run is to do.
public struct OracleOptions: Sendable {
    public var cases: UInt64 = 200_000
    public var from: UInt64 = 0
    public var seed: UInt64 = 1
    public var filter = OracleFilter()
    /// Runs `HostChild.run` when its argument is `--host-child`.
    public var executable: String
    public init(executable: String) { self.executable = executable }
}

/// Runs cases on the host's CPU and on the interpreter and compares.
///
/// Every `stride`-th batch from `first` on is this run's own, so that several can share the cases.
public final class OracleRun {
    private let options: OracleOptions
    private let maker: CaseMaker
    private let host: HostRunner
    private let guest: GuestRunner
    private let guestOutput: CaseOutput
    private let before: UnsafeMutableRawPointer
    public private(set) var report = OracleReport()

    /// A case of the batch, in its slot of the shared file.
    private struct Slot {
        var number: UInt64
        var made: CaseMaker.Made
    }
    private var slots: [Slot] = []

    public init(_ options: OracleOptions) throws {
        #if !arch(x86_64) || !canImport(Glibc)
            throw OracleError("the host's CPU is no x86-64 under Linux", isSkip: true)
        #endif
        self.options = options
        maker = CaseMaker(seed: options.seed, filter: options.filter)
        guard !maker.isEmpty else { throw OracleError("no instruction fits the filters") }
        host = try HostRunner(executable: options.executable)
        guest = try GuestRunner()
        before = .allocate(byteCount: CaseOutput.size, alignment: 64)
        before.initializeMemory(as: UInt8.self, repeating: 0, count: CaseOutput.size)
        guestOutput = CaseOutput(base: before)
    }

    deinit { before.deallocate() }

    /// For tests: changes the interpreter's results.
    package func plant(_ flaw: @escaping (Instruction, inout CPUFile) -> Void) { guest.plant(flaw) }

    private var shared: UnsafeMutableRawPointer { host.shared }

    /// `progress` hears how many cases are done.
    public func run(first: UInt64 = 0, stride: UInt64 = 1, progress: (Int) -> Void = { _ in }) throws {
        let size = UInt64(SharedFile.batch), end = options.from + options.cases
        var batch = options.from / size + first
        while batch * size < end {
            let numbers = max(batch * size, options.from)..<min((batch + 1) * size, end)
            try run(numbers, batch: batch)
            progress(numbers.count)
            batch += stride
        }
    }

    private func run(_ numbers: Range<UInt64>, batch: UInt64) throws {
        maker.fill(shared, batch: batch)
        slots.removeAll(keepingCapacity: true)
        for number in numbers {
            let input = shared.input(slots.count)
            let made = maker.make(number, into: input)
            if let reason = skip(made, input) {
                report.skipped[reason.reason, default: [:]][reason.name, default: 0] += 1
            } else {
                slots.append(Slot(number: number, made: made))
            }
        }
        guard !slots.isEmpty else { return }
        try host.begin(slots.count)
        guest.begin(shared)
        // The interpreter's results wait until the host's are there.
        var results: [String?] = []
        if outputs == nil { outputs = .allocate(byteCount: CaseOutput.size * SharedFile.batch, alignment: 64) }
        for index in slots.indices {
            results.append(
                guest.run(shared.input(index), pattern: shared + SharedFile.pattern, into: guestOutput(index)))
        }
        try host.finish(slots.count)
        for index in slots.indices { judge(index, results[index]) }
    }

    private var outputs: UnsafeMutableRawPointer?
    private func guestOutput(_ index: Int) -> CaseOutput {
        CaseOutput(base: (outputs ?? before) + index * CaseOutput.size)
    }

    /// Why a case is not compared, and the name of what it is.
    private func skip(_ made: CaseMaker.Made, _ input: CaseInput) -> (reason: String, name: String)? {
        guard let instruction = made.instruction else {
            return Skip.hostOnly(input.bytes, isLong: input.isLong).map { ("the host's CPU may have them", $0) }
        }
        let name = "\(instruction.operation)"
        if let reason = Skip.reason(instruction) { return (reason, name) }
        switch instruction.operation {
        // Without handlers, since they are #UD, or are so beyond CPL 0.
        case .ud0, .ud1, .ud2, .rsm, .monitor, .mwait: return nil
        case .wait where !Self.hasX87: return ("CPU model max has no x87 yet", name)
        default: break
        }
        if !Interpreter.knows(instruction) { return ("the interpreter does not have them yet", name) }
        if instruction.isX87, !Self.hasX87 { return ("CPU model max has no x87 yet", name) }
        return nil
    }

    private static let hasX87 = CPUModel.maximum.identification(1).edx & 1 != 0

    private func judge(_ index: Int, _ problem: String?) {
        let slot = slots[index], input = shared.input(index)
        let (hostOutput, guestOutput) = (shared.output(index), guestOutput(index))
        report.compared += 1
        if let operation = slot.made.instruction?.operation { report.operations.insert(operation) }
        let name = Self.name(slot.made, input)
        if hostOutput.isLost {
            report.note("\(name): the host's process ended or hung", case: slot.number, describe(index, slot, []))
            return
        }
        if let problem {
            report.note("\(name): the interpreter ended", case: slot.number, describe(index, slot, [problem]))
            return
        }
        if hostOutput.vector != 1, hostOutput.vector != 3 { report.faults += 1 }
        CaseComparison.normalize(hostOutput)
        CaseComparison.normalize(guestOutput)
        var comparison = CaseComparison(
            slot.made.instruction, input, host: hostOutput, guest: guestOutput, pattern: shared + SharedFile.pattern)
        guard !comparison.isSame else { return }
        comparison.compare()
        for explanation in Set(comparison.differences.compactMap(\.explanation)) {
            report.explained[explanation.rawValue, default: 0] += 1
        }
        let rest = comparison.differences.filter { $0.explanation == nil }
        guard !rest.isEmpty else { return }
        var kinds: [String] = []
        for difference in rest where !kinds.contains(difference.kind) { kinds.append(difference.kind) }
        report.note(
            "\(name): \(kinds.joined(separator: "; "))", case: slot.number, describe(index, slot, rest.map(\.detail)))
    }

    private static func name(_ made: CaseMaker.Made, _ input: CaseInput) -> String {
        guard let instruction = made.instruction else {
            switch made.error {
            case .lockNotAllowed: return "LOCK where it is not allowed"
            case .tooLong: return "more than 15 bytes"
            default: return "undefined opcode"
            }
        }
        return (instruction.isVEX ? "VEX " : "") + "\(instruction.operation)"
    }

    private func describe(_ index: Int, _ slot: Slot, _ details: [String]) -> String {
        let input = shared.input(index), bits: CodeSize = input.isLong ? .bits64 : .bits32
        let line = Disassembler().line(input.bytes, at: input.registers.instructionPointer, codeSize: bits)
        let bytes = input.bytes.map { hexadecimal(UInt64($0), digits: 2) }.joined(separator: " ")
        return ["\(input.isLong ? 64 : 32) bits: \(bytes)  \(line.text)"].joined() + "\n"
            + details.joined(separator: "\n")
    }

    /// Runs one case and tells all of it.
    public func show(_ number: UInt64) throws -> String {
        try run(number..<number + 1, batch: number / UInt64(SharedFile.batch))
        guard let slot = slots.first else {
            return report.skipped.map { "not compared: \($0.value.keys.joined()): \($0.key)" }.joined(separator: "\n")
        }
        let all = [
            CaseText.text("before", shared.input(0).registers), CaseText.text("host", shared.output(0)),
            CaseText.text("interpreter", guestOutput(0)),
        ]
        return describe(0, slot, all)
    }
}
