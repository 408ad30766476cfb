import ArgumentParser
import Machine

/// `--save` and `--restore`: the whole machine to a file and back.
struct SnapshotOptions: ParsableArguments {
    @Option var save: String?

    @Option var restore: String?

    /// Before the run: the machine is as the file says, or nothing has changed.
    func restore(_ vm: VM) throws(Failure) {
        guard let path = restore else { return }
        do throws(SnapshotError) { try vm.restore(from: path) } catch {
            switch error {
            case .engine: throw Failure(.unavailable, "--restore \(path): \(error); take --engine kvm!")
            case .host: throw Failure(.noInput, "--restore \(error)")
            default: throw Failure(.badData, "--restore \(path): \(error)")
            }
        }
    }

    /// After the run.
    func save(_ vm: VM) throws(Failure) {
        guard let path = save else { return }
        do throws(SnapshotError) { try vm.save(to: path) } catch {
            throw Failure(.inputOutput, "--save \(error)")
        }
    }
}
