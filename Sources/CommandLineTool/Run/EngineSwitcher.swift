import KVMEngine
import Machine
import PCBoard

/// `--switch-at`: moves the live machine to the other engine when a condition holds, each of them once.
final class EngineSwitcher {
    private unowned let session: Session
    private var pending: [RunCondition]
    /// Ports that were written since the last look.
    private var written: Set<UInt16> = []
    private var board: PCBoard { session.board }

    /// Nil without conditions.
    init?(_ session: Session) throws(Failure) {
        guard !session.settings.engine.switches.isEmpty else { return nil }
        guard session.log == nil else {
            throw Failure(.usage, "--switch-at and -d exclude each other: -d logs what only the interpreter sees")
        }
        self.session = session
        pending = session.settings.engine.switches
        do throws(EngineError) { _ = try board.makeKVM() } catch {
            throw Failure(.unavailable, "--switch-at: \(error); 'lucid86 doctor' tells more")
        }
        watchPorts()
        prepare()
    }

    private func watchPorts() {
        let vm = board.vm, before = vm.io.ports.observer
        vm.io.ports.observer = { [unowned self] port, width, value, isWrite in
            before?(port, width, value, isWrite)
            guard isWrite else { return }
            for condition in pending {
                guard case .portWritten(let number) = condition, number &- port.rawValue < UInt16(width) else {
                    continue
                }
                written.insert(number)
                vm.pause()
            }
        }
    }

    /// What the engine must know: addresses, and whether instructions are to be counted.
    private func prepare() {
        let vm = board.vm
        for condition in pending {
            if case .instructionPointer(let linear) = condition { vm.engine?.breakpoints.insert(linear) }
        }
        let counts = pending.contains { if case .instructions = $0 { true } else { false } }
        board.kvm?.countsInstructions = counts && vm.instructionsAreExact
    }

    /// Whether an engine's stop at this address may be one of ours.
    func waits(at linear: UInt64) -> Bool { pending.contains(.instructionPointer(linear)) }

    /// `target`, or so far ahead that no count is passed: an instruction takes a tick at least.
    func limit(_ target: UInt64) -> UInt64 {
        let vm = board.vm
        var nearest = target
        for case .instructions(let count) in pending where count > vm.instructions {
            nearest = min(nearest, vm.io.events.now &+ (count - vm.instructions))
        }
        return nearest
    }

    /// Between two instructions: whether a condition holds now.
    func look() {
        let vm = board.vm
        defer { written = [] }
        let linear = vm.cpu.linearInstructionPointer
        let index = pending.firstIndex {
            switch $0 {
            case .instructionPointer(let address): address == linear
            case .instructions(let count): vm.instructionsAreExact && vm.instructions == count
            case .portWritten(let port): written.contains(port)
            }
        }
        guard let index else { return }
        let condition = pending.remove(at: index)
        if case .instructionPointer(let address) = condition { vm.engine?.breakpoints.remove(address) }
        change(because: condition)
    }

    private func change(because condition: RunCondition) {
        let vm = board.vm, from = vm.engine?.name ?? "none"
        let addresses = vm.engine?.breakpoints ?? []
        do throws(EngineError) {
            vm.engine?.breakpoints = []
            if vm.engine === board.interpreter { try board.useKVM() } else { try board.useInterpreter() }
            vm.engine?.breakpoints = addresses
            prepare()
            complain(
                "\(condition.text): from \(from) to \(vm.engine?.name ?? "none") at \(InstructionText.place(vm.cpu))")
        } catch {
            vm.engine?.breakpoints = addresses
            complain("\(condition.text): \(error)")
        }
    }
}
