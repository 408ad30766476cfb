import Foundation
import Testing

/// `lucid86 debug` as a program: on a pipe and on a real pseudo-terminal.
@Suite("The debugger on pipes and terminals", .enabled(if: Tools.isThere(Tools.lucid86), "lucid86 is not built"))
struct TerminalTests {
    private func image(_ name: String) throws -> String {
        try #require(programs, "testprograms/build.sh failed") + "/" + name + ".img"
    }

    private static let script = """
        # a comment, and a blank line

        b 0x7c00
        c
        s 3
        r
        x /16xb 0x7c00
        u /3
        info pic
        watch word 0xb8000
        c
        c
        why
        screen
        q
        """

    @Test func batchPrintsPlainLinesWithoutPromptAndEndsWithStatusZero() throws {
        let result = try Tools.run(
            Tools.lucid86, ["debug", "--batch", "-snapshot", try image("hello")], input: Self.script)
        #expect(result.status == 0)
        #expect(result.errors == "")
        let lines = result.output.split(separator: "\n")
        #expect(lines.prefix(2) == ["1  breakpoint  on   linear 00007C00  hits 0", "breakpoint 1"])
        #expect(!result.output.contains("(lucid86)") && !result.output.contains("\u{1B}"))
        #expect(lines.contains { $0.hasPrefix("watchpoint 2: write to 2 bytes at 000B8000: ") })
        #expect(lines.contains("power-off: powered off through Bochs port 8900h"))
    }

    @Test func twoBatchRunsPrintTheSameBytes() throws {
        let arguments = ["debug", "--batch", "-snapshot", try image("hello")]
        let first = try Tools.run(Tools.lucid86, arguments, input: Self.script)
        let second = try Tools.run(Tools.lucid86, arguments, input: Self.script)
        #expect(!first.output.isEmpty && first.output == second.output)
    }

    @Test func batchThatEndsByItselfTellsWhetherACommandFailed() throws {
        let arguments = ["debug", "--batch", "-snapshot", try image("hello")]
        #expect(try Tools.run(Tools.lucid86, arguments, input: "p 1\n").status == 0)
        let failed = try Tools.run(Tools.lucid86, arguments, input: "nonsense\np 1\n")
        #expect(failed.status == 64)
        #expect(failed.output == "error: there is no command 'nonsense'; 'help' lists all\n0x1  1\n")
        #expect(try Tools.run(Tools.lucid86, arguments, input: "nonsense\nq\n").status == 0)
    }

    @Test func commandsOfTheCommandLineComeFirst() throws {
        let result = try Tools.run(
            Tools.lucid86, ["debug", "--batch", "--command", "p 1", "-ex", "p 2", "-snapshot", try image("hello")],
            input: "p 3\n")
        #expect(result.output == "0x1  1\n0x2  2\n0x3  3\n")
    }

    @Test func missingImageIsAnErrorAsInARun() throws {
        let result = try Tools.run(Tools.lucid86, ["debug", "--batch", "/nonexistent.img"], input: "q\n")
        #expect(result.status == 66)
        #expect(result.errors.contains("/nonexistent.img"))
    }

    @Test func terminalHasPromptCompletionRepetitionAndHistory() throws {
        let folder = try TestFolder()
        let history = folder.path + "/history"
        let session = try TerminalSession(
            Tools.lucid86, ["debug", "-snapshot", try image("hello")], environment: ["LUCID86_HISTORY": history])
        // The first line says what to type.
        #expect(session.expect("Type s to step, c to run"))
        #expect(session.expect("=> F000:FFF0"))
        #expect(session.expect("(lucid86) "))
        session.type("tb 0x7c00\nc\n")
        #expect(session.expect("breakpoint 1"))
        #expect(session.expect("=> 0000:7C00"))
        // Tab completes `disasse` to `disassemble`.
        session.type("disassem\t/1 0x7c00\n")
        #expect(session.expect("disassemble"))
        #expect(session.expect("jmp 0x0:0x7c05"))
        session.type("s\n")
        #expect(session.expect("=> 0000:7C05"))
        // An empty line steps again, the arrow brings back what was typed.
        session.type("\n")
        #expect(session.expect("=> 0000:7C06"))
        session.type("\u{1B}[A\n")
        #expect(session.expect("=> 0000:7C08"))
        session.type("q\n")
        #expect(session.status() == 0)
        let kept = try String(contentsOfFile: history, encoding: .utf8).split(separator: "\n")
        #expect(kept == ["tb 0x7c00", "c", "disassemble /1 0x7c00", "s"] || kept.suffix(1) == ["q"])
    }

    @Test func controlCStopsARunAndClearsTheLine() throws {
        let session = try TerminalSession(
            Tools.lucid86, ["debug", "-snapshot", try image("bench/small/integer")],
            environment: ["LUCID86_HISTORY": ""])
        #expect(session.expect("(lucid86) "))
        session.type("p 111\u{3}")
        #expect(session.expect("(lucid86) "))
        session.type("p 222\n")
        #expect(session.expect("0xDE  222"))
        session.type("b 0x7c00\nc\nset byte(0x7c00) = 0xeb\nset byte(0x7c01) = 0xfe\ndelete\nset if = 1\n")
        #expect(session.expect("removed"))
        // Now it loops for ever.
        session.type("c\n")
        usleep(300_000)
        session.type("\u{3}")
        #expect(session.expect("interrupted"))
        session.type("p 5 + 6\n")
        #expect(session.expect("0xB  11"))
        session.type("\u{4}")
        #expect(session.status() == 0)
    }
}

/// The debugger beside a run: entered from it, and back.
@Suite("The debugger in a run", .enabled(if: Tools.isThere(Tools.lucid86), "lucid86 is not built"))
struct AttachedTests {
    private func image(_ name: String) throws -> String {
        try #require(programs, "testprograms/build.sh failed") + "/" + name + ".img"
    }

    @Test func controlCEntersTheDebuggerAndContinueLeavesIt() throws {
        let folder = try TestFolder()
        // sti; jmp to itself: runs for ever.
        let sector = [0xFB, 0xEB, 0xFE] + [UInt8](repeating: 0, count: 507) + [0x55, 0xAA]
        let path = folder.path + "/loop.img"
        try Data(sector).write(to: URL(fileURLWithPath: path))
        let session = try TerminalSession(
            Tools.lucid86, ["-display", "none", "-serial", "null", path], environment: ["LUCID86_HISTORY": ""])
        usleep(500_000)
        session.type("\u{3}")
        #expect(session.expect("interrupted"))
        #expect(session.expect("(lucid86) "))
        session.type("p 40 + 2\n")
        #expect(session.expect("0x2A  42"))
        // A breakpoint with a condition that holds once in a thousand passes, in the live run.
        session.type("b 0x7c01 if icount % 1000 == 0\nc\n")
        #expect(session.expect("breakpoint 1", seconds: 60))
        #expect(session.expect("=> 0000:7C01"))
        session.type("q\n")
        #expect(session.status() == 0)
    }

    @Test func startStoppedStandsBeforeTheFirstInstruction() throws {
        let session = try TerminalSession(
            Tools.lucid86, ["-S", "-display", "none", "-snapshot", try image("hello")],
            environment: ["LUCID86_HISTORY": ""])
        #expect(session.expect("=> F000:FFF0"))
        session.type("tb 0x7c00\nc\n")
        #expect(session.expect("=> 0000:7C00"))
        session.type("c\n")
        // Without -no-shutdown the machine's end is the program's.
        #expect(session.status(seconds: 60) == 0)
    }

    @Test func endedMachineStaysOpenUnderNoShutdown() throws {
        let session = try TerminalSession(
            Tools.lucid86, ["-S", "-no-shutdown", "-display", "none", "-fda", try image("broken/gdt-limit")],
            environment: ["LUCID86_HISTORY": ""])
        #expect(session.expect("(lucid86) "))
        session.type("c\n")
        #expect(session.expect("the machine has ended: triple-fault", seconds: 60))
        session.type("why\n")
        #expect(session.expect("failed check: selector-beyond-table-limit"))
        session.type("q\n")
        #expect(session.status() == 0)
    }

    @Test func scriptOnStandardInputDrivesAStoppedRun() throws {
        let result = try Tools.run(
            Tools.lucid86, ["-S", "-display", "none", "-snapshot", try image("hello")],
            input: "watch word 0xb8000 if icount > 100\nc\np 1\nq\n")
        #expect(result.status == 0)
        #expect(result.output.contains("watchpoint 1: write to 2 bytes at 000B8000: "))
        #expect(result.output.hasSuffix("0x1  1\n"))
    }
}
