import Glibc
import Machine
import PCBoard
import UserNetwork

/// The networks in user space behind the guest's cards. What they have for the guest enters through the input log.
final class HostNetworks {
    private let networks: [UserNetwork]

    var isEmpty: Bool { networks.isEmpty }

    /// `cards`: settings of each of the board's cards, in its order; nil for one without a network.
    init(_ cards: [NetworkSettings?], board: PCBoard) throws(Failure) {
        var made: [UserNetwork] = []
        let io = board.vm.io
        for (card, settings) in zip(board.fitted.cards, cards) {
            guard let settings else { continue }
            let network: UserNetwork
            do throws(UserNetwork.SetupError) {
                network = try UserNetwork(settings.network) { [unowned io] in io.events.now }
            } catch {
                switch error {
                case .library: throw Failure(.unavailable, "libslirp could not make a network")
                case .forward(let forward, let reason):
                    throw Failure(
                        .unavailable,
                        "hostfwd: \(forward.isUDP ? "udp" : "tcp") port \(forward.hostPort) of this host: \(reason)")
                }
            }
            network.deliver = { [unowned io] in io.input.deliver($0, to: card.name, at: io.events.now) }
            card.connect { [unowned network] in network.send($0) }
            made.append(network)
        }
        networks = made
    }

    /// Looks after sockets and timers without waiting.
    func poll() {
        for network in networks { network.poll() }
    }

    /// What wakes a sleeper, and after how many nanoseconds some network wants to be looked after.
    func whatWakes() -> (descriptors: [pollfd], nanoseconds: UInt64) {
        var descriptors: [pollfd] = [], nanoseconds = UInt64.max
        for network in networks {
            let wanted = network.descriptorsToPoll()
            descriptors += wanted.descriptors
            if wanted.milliseconds != .max { nanoseconds = min(nanoseconds, UInt64(wanted.milliseconds) * 1_000_000) }
        }
        return (descriptors, nanoseconds)
    }
}
