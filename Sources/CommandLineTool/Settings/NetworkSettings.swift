import UserNetwork

/// `-netdev` and the network part of `-nic`.
struct NetworkSettings: Equatable {
    var id: String
    var network = UserNetwork.Settings()

    /// `parts` of the option's value, without its kind; what is not the network's is handed to `other`, which tells whether it
    /// knows it.
    init(
        _ parts: some Collection<String>, option: String,
        other: (_ key: String, _ value: String) throws(Failure) -> Bool = { _, _ throws(Failure) in false }
    ) throws(Failure) {
        id = ""
        for part in parts {
            let pair = OptionText.pair(part)
            guard let value = pair.value else { throw Failure(.usage, "\(option): '\(part)' has no value") }
            switch (pair.key, value) {
            case ("id", _): id = value
            case ("hostfwd", _): network.forwards.append(try Self.forward(value, option))
            case ("restrict", "on"), ("restrict", "yes"): network.isRestricted = true
            case ("restrict", "off"), ("restrict", "no"): network.isRestricted = false
            case ("ipv6", "on"): network.hasIPv6 = true
            case ("ipv6", "off"), ("ipv4", "on"): break
            case ("hostname", _): network.hostName = value
            default:
                if try other(pair.key, value) { continue }
                throw Failure(
                    .usage, "\(option): '\(part)' is not known; give id=, hostfwd=, restrict=, ipv6= or hostname=")
            }
        }
    }

    /// `tcp:HOSTADDRESS:HOSTPORT-GUESTADDRESS:GUESTPORT`; each part but the ports may be empty.
    static func forward(_ text: String, _ option: String) throws(Failure) -> UserNetwork.Forward {
        let failure = Failure(
            .usage, "\(option): hostfwd=\(text): give tcp or udp, like tcp::2222-:22 or tcp:127.0.0.1:8080-10.0.2.15:80"
        )
        let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw failure }
        let host = halves[0].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let guest = halves[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard host.count == 3, guest.count == 2, ["tcp", "udp", ""].contains(host[0]),
            let hostAddress = address(host[1]), let guestAddress = address(guest[0]), let hostPort = UInt16(host[2]),
            let guestPort = UInt16(guest[1]), guestPort != 0
        else { throw failure }
        return UserNetwork.Forward(
            isUDP: host[0] == "udp", hostAddress: hostAddress, hostPort: hostPort, guestAddress: guestAddress,
            guestPort: guestPort)
    }

    /// Four decimal numbers; nothing is 0.
    private static func address(_ text: String) -> UInt32? {
        if text.isEmpty { return 0 }
        let bytes = text.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard bytes.count == 4, text.filter({ $0 == "." }).count == 3 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
