import Interpreter
import KVMEngine
import Lockstep
import Machine

/// `--follower`: what runs beside the interpreter in lockstep.
enum FollowerEngine: String, CaseIterable {
    case kvm
    /// A second interpreter: what the comparer itself costs, and whether it finds what it should.
    case interpreter

    init(option text: String) throws(Failure) {
        guard let engine = FollowerEngine(rawValue: text) else {
            throw Failure(.usage, "--follower \(text): give kvm or interpreter")
        }
        self = engine
    }

    /// Where it is known to fall short.
    func shortcomings(_ model: CPUModel) -> [Shortcoming] { self == .kvm ? Shortcoming.kvm(model) : [] }

    /// The one place that chooses: the engine, and who must live as long as it. Throws where the host has no such engine.
    func make(_ vm: VM) throws(Failure) -> (engine: any Engine, assistant: (any Engine)?) {
        let interpreter = Interpreter(vm: vm)
        guard self == .kvm else { return (interpreter, nil) }
        do throws(KVMError) {
            return (try KVMEngine(vm: vm, assistant: interpreter), interpreter)
        } catch {
            throw Failure(.unavailable, "lockstep needs KVM: \(error.description); 'lucid86 doctor' tells more")
        }
    }
}
