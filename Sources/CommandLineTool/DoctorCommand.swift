import ArgumentParser
import KVMEngine

/// `lucid86 doctor`: what this host offers to the KVM engine, measured, and what `--engine auto` would take.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Tells what this host's KVM offers and how fast it is.",
        discussion: """
            Runs small guests for a fraction of a second. The status is 0 where the KVM engine can run, 69 where not.

            Example:
              lucid86 doctor
            """)

    func run() throws {
        let report = HostReport()
        writeAll(Self.text(report), to: 1)
        if report.obstacle != nil { throw ExitCode(Failure.Code.unavailable.rawValue) }
    }

    static func text(_ report: HostReport) -> String {
        var rows: [(String, String)] = [("host CPU", report.architecture)]
        let extensions = report.virtualization.map { "yes (\($0))" } ?? "not seen by this system"
        rows.append(("virtualization", extensions + (report.isNested ? "; the host is a virtual machine itself" : "")))
        switch report.error {
        case .open, .apiVersion: rows.append(("/dev/kvm", report.obstacle ?? ""))
        default:
            rows.append(("/dev/kvm", "opens, API version 12" + (report.isSoftware ? ", a KVM in software" : "")))
            for (name, value) in report.capabilities { rows.append((name, value == 0 ? "no" : "yes (\(value))")) }
            rows.append(("memory slots", "\(report.memorySlots)"))
            rows.append(("kernel-side code", speed(report.realModeSpeed, report.realModeExit) + ", real mode"))
            rows.append(("user-side code", speed(report.userModeSpeed, report.userModeExit) + ", CPL 3 in 64-bit mode"))
            if let problem = report.guestProblem { rows.append(("test guest", problem)) }
        }
        let width = rows.map(\.0.count).max() ?? 0
        var text = rows.map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 + "\n" }.joined()
        let choice = report.choice
        text += "\n--engine auto takes \(choice.usesKVM ? "KVM" : "the interpreter"): \(choice.reason).\n"
        let can = report.obstacle == nil ? "can run here" : "cannot run here"
        return text + "--engine kvm! \(can).\n"
    }

    private static func speed(_ value: Double?, _ exit: Double?) -> String {
        guard let value else { return "did not run as it should" }
        return "\(HostReport.tenths(value)) MIPS, "
            + (exit.map { "\(HostReport.tenths($0)) us for a port write" } ?? "")
    }
}
