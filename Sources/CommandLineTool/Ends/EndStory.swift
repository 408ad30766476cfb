import Debugger
import Machine
import PCBoard

/// What stderr says of an end: where, which instruction, which check failed or what it waited for.
enum EndStory {
    static func lines(_ ending: Ending, of session: Session) -> [String] {
        var lines: [String] = []
        switch ending.kind {
        case .powerOff, .reset, .quit, .debugExit: break
        default: lines.append(ending.sentence)
        }
        let board = session.board, cpu = board.vm.cpu
        switch ending.kind {
        case .tripleFault:
            lines += ending.faults.enumerated().map { number, fault in
                let symbol = board.symbols.text(at: fault.linear).map { " in \($0)" } ?? ""
                return "  \(number + 1). \(fault.sentence)\(symbol)"
            }
            if let hint = Hints(board.vm).hint(for: ending) { lines.append("  hint: \(hint)") }
        case .deadHalt:
            // RIP is behind the HLT.
            if let text = InstructionText.text(board, offset: (cpu.rip &- 1) & 0xFFFF_FFFF), text.hasPrefix("F4") {
                lines.append("  the instruction: \(text)")
            }
            lines += context(session)
        case .stuck, .budget:
            if let text = InstructionText.text(board, offset: cpu.rip) { lines.append("  the instruction: \(text)") }
            lines += context(session)
        default: break
        }
        if let text = session.typist.waitingFor {
            lines.append("--keys still waited for '\(text)' on the screen")
        } else if session.typist.left > 0, settingsHaveKeys(session) {
            lines.append("--keys: \(session.typist.left) keys were left; the guest took \(session.typist.typed)")
        }
        return lines
    }

    private static func settingsHaveKeys(_ session: Session) -> Bool { session.settings.keys != nil }

    /// What was seen last: the last exception and the last line of the screen.
    private static func context(_ session: Session) -> [String] {
        var lines: [String] = []
        if let fault = session.board.interpreter.lastFault { lines.append("  the last exception: \(fault.sentence)") }
        session.screen.refreshNow()
        if let row = session.screen.rows.last(where: { !$0.isEmpty }) {
            lines.append("  last on the screen: \(row.trimmedAtStart)")
        }
        return lines
    }
}

extension String {
    var trimmedAtStart: String { String(drop { $0 == " " || $0 == "\u{A0}" }) }
}
