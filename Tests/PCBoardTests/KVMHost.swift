import KVMEngine
import Machine
import PCBoard
import Testing

enum EngineUnderTest: String, CaseIterable, Sendable {
    case interpreter, kvm
}

/// What this host's KVM can do, for tests that need it.
enum KVMHost {
    private static let report = HostReport()
    /// Why KVM cannot run here.
    static let obstacle = report.obstacle
    static let comment = Comment(rawValue: "skipped without KVM: \(obstacle ?? "it is there")")

    /// The CPU that KVM can give a guest here.
    static func model() throws -> CPUModel { .host(leaves: try KVMEngine.hostLeaves()) }

    /// Test programs that fail under KVM for a reason that lies in the host's KVM, by name.
    private static let shortfalls: [String: String] =
        report.isSoftware ? softwareShortfalls.merging(everywhere) { $1 } : everywhere

    /// Why a program may fail under this host's KVM; nil when it must not.
    static func shortfall(of program: TestProgram) -> String? {
        guard !withinSoftware.contains(program.name) else { return nil }
        return shortfalls[program.name] ?? (program.cpu != nil && report.isSoftware ? longMode : nil)
    }

    private static let everywhere = [
        "smp": "there can be one processor",
        "zeros": "KVM is only looked at now and then: it runs through 64 KiB of zeros in between",
    ]
    private static let outerRings =
        "what its emulator lacks (INT n, IRET, far calls through gates) is #UD above CPL 0, whatever is asked for"
    /// Programs with `cpu:` in their headers.
    private static let longMode =
        "its emulator runs 64-bit code at CPL 0 itself: #UD, INT n and much else hang or are missing there"
    /// Programs that ask for a CPU, and that such an emulator can run all the same.
    private static let withinSoftware: Set = ["cr8", "x2apic"]
    private static let taskSwitches = "its emulator's task switches lack segments and checks"
    /// A KVM without VT-x or SVM behind it emulates real mode and unpaged protected mode, not in every point right.
    private static let softwareShortfalls = [
        "call-gates": outerRings, "conforming": outerRings, "double-fault": outerRings, "io-bitmap": outerRings,
        "ring3": outerRings, "segment-loads": outerRings, "selector-checks": outerRings,
        "paging32": "a 32-bit guest that turns paging on ends in a triple fault",
        "bench/small/switches": "a 32-bit guest that turns paging on ends in a triple fault",
        "ivt": "INT n in real mode ignores the limit of the IDT",
        "ldt-tr": "LTR with a selector into the LDT has error code 0",
        "alignment": outerRings, "v86": outerRings, "vme": outerRings,
        "debug-registers": "its emulator has no breakpoints, and bits of DR6 that are fixed",
        "task-faults": taskSwitches, "task-switch16": taskSwitches, "task-switch32": taskSwitches,
        "apic": "an interrupt that waits misses a window of a few instructions with IF set",
        "single-step": "its emulator traps behind instructions that it runs for the guest more often than the CPU does",
    ]
}
