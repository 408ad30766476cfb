import Glibc
import KVMEngine
import Machine

/// Putting the chosen engine to work, and saying which one runs and why.
extension Session {
    func startEngine() throws(Failure) {
        if let cpu = settings.engine.pinnedCPU { try pin(to: cpu) }
        switch settings.engine.choice {
        case .interpreter: return
        case .auto:
            let report = HostReport()
            guard report.choice.usesKVM else {
                guard !settings.cpu.isHost else {
                    throw Failure(
                        .unavailable, "-cpu host needs KVM: \(report.choice.reason); --engine kvm! takes it anyway")
                }
                return complain("the interpreter runs the machine: \(report.choice.reason)")
            }
            try startKVM(because: report.choice.reason)
        case .kvm, .onlyKVM: try startKVM(because: "\(settings.engine.option) asks for it")
        }
    }

    /// What the host's CPU can give a guest, where KVM may run it.
    static func hostLeaves(_ settings: RunSettings) throws(Failure) -> [CPUModel.Leaf]? {
        guard settings.cpu.isHost, settings.engine.choice != .interpreter else { return nil }
        do throws(KVMError) { return try KVMEngine.hostLeaves() } catch {
            throw Failure(.unavailable, "-cpu host: \(error); 'lucid86 doctor' tells more")
        }
    }

    private func startKVM(because reason: String) throws(Failure) {
        do throws(EngineError) {
            guard log == nil else { throw EngineError("-d logs what only the interpreter sees") }
            try board.useKVM()
        } catch {
            guard settings.engine.choice != .onlyKVM, !settings.cpu.isHost else {
                throw Failure(
                    .unavailable,
                    "\(settings.engine.option): \(error); 'lucid86 doctor' tells more, --engine interpreter needs no KVM"
                )
            }
            return complain("the interpreter runs the machine, not KVM: \(error)")
        }
        complain("KVM runs the machine: \(reason)")
        for note in board.kvm?.notes ?? [] { complain(note) }
    }

    private func pin(to cpu: Int) throws(Failure) {
        let problem = HostThread.pin(to: cpu)
        if problem != 0 {
            throw Failure(.unavailable, "--pin 0=\(cpu): \(String(cString: strerror(problem)))")
        }
    }
}
