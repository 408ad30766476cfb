import Foundation
import Testing

/// The test programs on another emulator, so that what they want is not ours alone.
@Suite("Test programs on QEMU")
struct QEMUProgramTests {
    private static let isThere = (try? runTool("/usr/bin/env", ["qemu-system-x86_64", "--version"])) == true

    /// Those of CPU models, paging and faults; `testprograms/check-qemu.py` without names runs all.
    static let programs = [
        "gates64", "paging64", "fault-reasons-32", "broken/iretq-stack", "broken/stack-page", "broken/gdt-limit",
        "ring3", "conforming", "task-switch32", "task-switch16", "v86", "io-bitmap", "cpuid",
        "sse-faults", "syscall64",
    ]

    @Test(.enabled(if: isThere, "needs qemu-system-x86_64"))
    func programsDoThereWhatTheirHeadersSay() throws {
        var text = ""
        let script = packageRoot + "/testprograms/check-qemu.py"
        let folder = packageRoot + "/.build-test/testprograms-qemu"
        let passed = try runTool(
            "/usr/bin/env", ["python3", script, "--images", folder, "--jobs", "1", "--timeout", "120"] + Self.programs
        ) { text = $0 }
        #expect(passed, "\(text)")
        #expect(text.contains("\(Self.programs.count) passed, 0 failed, 0 skipped"), "\(text)")
    }
}
