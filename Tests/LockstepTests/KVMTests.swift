@_spi(Testing) import Interpreter
import KVMEngine
import Lockstep
import Machine
import PCBoard
import Testing

/// The interpreter against the host's CPU. What KVM is known to get wrong is in `Shortcoming.kvm`, by name.
@Suite("Lockstep with KVM")
struct KVMTests {
    static let obstacle = HostReport().obstacle
    static let comment = Comment(rawValue: "needs /dev/kvm: \(obstacle ?? "")")
    /// A program that does more is compared up to here: some KVM takes 200 us for a step.
    static let mostSteps: UInt64 = 30_000
    /// What a KVM in software cannot do at all: its emulator lacks debug registers, task switches, #AC,
    /// virtual-8086 mode, and 32-bit paging.
    static let beyondSoftware = [
        "alignment", "broken/stack-page", "debug-registers", "paging32", "task-faults", "task-switch16",
        "task-switch32", "v86", "vme",
    ]

    /// From its boot sector on.
    private func start(
        _ program: String, shortcomings: Bool = true
    ) throws -> (run: LockstepRun, assistant: Interpreter?) {
        let board = try Rig.board(program)
        board.interpreter.breakpoints = [0x7C00]
        #expect(board.vm.run(until: 20_000_000_000) == .breakpoint(linear: 0x7C00))
        board.interpreter.breakpoints = []
        let last = board.vm.instructions + Self.mostSteps
        var options = LockstepRun.Options()
        options.until = { $0.instructions >= last }
        if shortcomings { options.shortcomings = Shortcoming.kvm(board.vm.cpuModel) }
        var assistant: Interpreter?
        let run = try LockstepRun(board: board, options: options) { vm in
            let interpreter = Interpreter(vm: vm)
            assistant = interpreter
            return try KVMEngine(vm: vm, assistant: interpreter)
        }
        return (run, assistant)
    }

    @Test(.enabled(if: obstacle == nil, comment), arguments: CleanRunTests.programs)
    func aProgramRunsAlike(program: String) throws {
        if HostReport().isSoftware, let cpu = try Rig.expected("cpu", of: program) {
            // Its emulator runs 64-bit code at CPL 0 itself, and hangs in much of it.
            return withKnownIssue("not run: a KVM in software is no CPU '\(cpu)'") {
                Issue.record("not run")
            }
        }
        guard HostReport().isSoftware, Self.beyondSoftware.contains(program) else { return try runAlike(program) }
        withKnownIssue("a KVM in software lacks what this program is about", isIntermittent: true) {
            try runAlike(program)
        }
    }

    private func runAlike(_ program: String) throws {
        let (run, assistant) = try start(program)
        defer { withExtendedLifetime(assistant) {} }
        switch try Rig.runClean(run) {
        case .condition: #expect(run.steps >= Self.mostSteps)
        case .ended(let ending):
            #expect("\(ending.name) \(ending.exitCode)" == (try Rig.expected("expect-end", of: program)))
        case let stop: Issue.record("\(stop)")
        }
        // Nearly all steps are the same without a word.
        let known = run.counts.shortcomings.values.reduce(0, +)
        #expect(known * 50 < run.steps + 50 || program == "single-step", "\(run.counts) in \(run.steps) steps")
    }

    /// Errors of the interpreter are found against the CPU, too.
    @Test(.enabled(if: obstacle == nil, comment), arguments: Flaw.all)
    func aPlantedErrorIsFoundAgainstTheCPU(flaw: Flaw) throws {
        let (run, assistant) = try start(flaw.program)
        defer { withExtendedLifetime(assistant) {} }
        try FlawTests.isFound(flaw, by: run)
    }
}
