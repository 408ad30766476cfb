/// Devices in PCI slots: `-nic`, `-drive if=virtio`, `-device` with `-netdev` and `-chardev`.
struct PCISettings {
    enum Kind: Equatable {
        case disk(DriveSettings.Drive)
        case random
        case console(StreamTarget)
        /// `network`: index into `networks`, nil for a card without a cable.
        case card(isVirtio: Bool, mac: [UInt8], network: Int?)
        /// `pci-testdev`
        case test
    }

    struct Device: Equatable {
        var kind: Kind
        /// `addr=`
        var slot: UInt8?
    }

    private(set) var devices: [Device] = []
    private(set) var networks: [NetworkSettings] = []

    /// Where virtio consoles lead, in order.
    var consoles: [StreamTarget] {
        devices.compactMap { if case .console(let stream) = $0.kind { stream } else { nil } }
    }

    /// The network of each card, in order.
    var cardNetworks: [NetworkSettings?] {
        devices.compactMap { device -> NetworkSettings?? in
            guard case .card(_, _, let network) = device.kind else { return nil }
            return .some(network.map { networks[$0] })
        }
    }

    private static let cards = [
        "e1000": false, "e1000-82540em": false, "virtio-net-pci": true, "virtio-net": true, "virtio": true,
        "virtio-net-pci-non-transitional": true,
    ]
    private static let disks: Set = ["virtio-blk-pci", "virtio-blk", "virtio-blk-pci-non-transitional"]
    private static let randoms: Set = ["virtio-rng-pci", "virtio-rng", "virtio-rng-pci-non-transitional"]
    private static let serials: Set = ["virtio-serial-pci", "virtio-serial", "virtio-serial-pci-non-transitional"]

    static let help = """
        name "virtio-blk-pci", bus PCI: drive=ID of -drive if=none, serial=TEXT
        name "virtio-net-pci", bus PCI: netdev=ID, mac=ADDRESS
        name "virtio-rng-pci", bus PCI
        name "virtio-serial-pci", bus PCI: a bus for one virtconsole
        name "virtconsole", bus virtio-serial-bus: chardev=ID
        name "e1000", bus PCI: netdev=ID, mac=ADDRESS
        name "pci-testdev", bus PCI
        All on PCI take addr=SLOT.
        """

    static func isOne(_ name: String) -> Bool {
        (cards[name] != nil && name != "virtio") || disks.contains(name) || randoms.contains(name)
            || serials.contains(name) || name == "virtconsole" || name == "pci-testdev"
    }

    init(_ options: RunOptions, drives: inout DriveSettings) throws(Failure) {
        for text in options.netdev {
            let option = "-netdev \(text)", parts = OptionText.parts(text)
            guard parts.first == "user" else { throw Failure(.usage, "\(option): the only kind of network is user") }
            let network = try NetworkSettings(parts.dropFirst(), option: option)
            guard !network.id.isEmpty, !networks.contains(where: { $0.id == network.id }) else {
                throw Failure(.usage, "\(option): give an id= of its own")
            }
            networks.append(network)
        }
        var streams = try Self.streams(options.chardev)
        for text in options.nic { try addNIC(text) }
        for drive in drives.virtio { devices.append(Device(kind: .disk(drive))) }
        var freeSerials: [UInt8?] = []
        for text in options.device {
            let parts = OptionText.parts(text)
            guard let name = parts.first, Self.isOne(name) else { continue }
            let option = "-device \(text)"
            let properties = try Self.properties(parts.dropFirst(), option)
            let slot = try Self.slot(properties["addr"], option)
            if let isVirtio = Self.cards[name] {
                try Self.expect(properties, ["netdev", "mac"], option)
                try addCard(isVirtio, properties, slot, option)
            } else if Self.disks.contains(name) {
                try Self.expect(properties, ["drive", "serial"], option)
                guard let id = properties["drive"], var drive = drives.take(id) else {
                    throw Failure(.usage, "\(option): drive= must name a -drive if=none that no other device has")
                }
                drive.serial = properties["serial"] ?? drive.serial
                devices.append(Device(kind: .disk(drive), slot: slot))
            } else if Self.randoms.contains(name) {
                try Self.expect(properties, [], option)
                devices.append(Device(kind: .random, slot: slot))
            } else if name == "pci-testdev" {
                try Self.expect(properties, [], option)
                devices.append(Device(kind: .test, slot: slot))
            } else if Self.serials.contains(name) {
                try Self.expect(properties, [], option)
                freeSerials.append(slot)
            } else {
                try Self.expect(properties, ["chardev"], option)
                guard !freeSerials.isEmpty else {
                    throw Failure(.usage, "\(option): each virtconsole wants a -device virtio-serial-pci before it")
                }
                guard let id = properties["chardev"], let stream = streams.removeValue(forKey: id) else {
                    throw Failure(.usage, "\(option): chardev= must name a -chardev that no other device has")
                }
                devices.append(Device(kind: .console(stream), slot: freeSerials.removeFirst()))
            }
        }
        // A bus without a console is there all the same.
        for slot in freeSerials { devices.append(Device(kind: .console(.nowhere), slot: slot)) }
        if let name = drives.named.keys.sorted().first {
            throw Failure(.usage, "-drive id=\(name): no -device has drive=\(name)")
        }
    }

    /// `-nic user,..` or `-nic none`.
    private mutating func addNIC(_ text: String) throws(Failure) {
        let option = "-nic \(text)", parts = OptionText.parts(text)
        if parts == ["none"] { return }
        guard parts.first == "user" else { throw Failure(.usage, "\(option): give user or none") }
        var properties: [String: String] = [:], model = "e1000"
        var network = try NetworkSettings(parts.dropFirst(), option: option) { key, value throws(Failure) in
            switch key {
            case "model": model = value
            case "mac", "addr": properties[key] = value
            default: return false
            }
            return true
        }
        guard let isVirtio = Self.cards[model] else {
            throw Failure(.usage, "\(option): the models are e1000 and virtio-net-pci")
        }
        if network.id.isEmpty { network.id = "#nic\(networks.count)" }
        networks.append(network)
        properties["netdev"] = network.id
        try addCard(isVirtio, properties, try Self.slot(properties["addr"], option), option)
    }

    private mutating func addCard(
        _ isVirtio: Bool, _ properties: [String: String], _ slot: UInt8?, _ option: String
    ) throws(Failure) {
        var index: Int?
        if let id = properties["netdev"] {
            guard let found = networks.firstIndex(where: { $0.id == id }) else {
                throw Failure(.usage, "\(option): there is no -netdev with id=\(id)")
            }
            index = found
        }
        let others = devices.compactMap {
            if case .card(_, let mac, let network) = $0.kind { (mac, network) } else { nil }
        }
        guard index == nil || !others.contains(where: { $0.1 == index }) else {
            throw Failure(.usage, "\(option): another card is on that network")
        }
        // QEMU's addresses: the last byte counts cards.
        var mac: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, UInt8(truncatingIfNeeded: 0x56 + others.count)]
        if let text = properties["mac"] {
            let bytes = text.split(whereSeparator: { $0 == ":" || $0 == "-" }).compactMap { UInt8($0, radix: 16) }
            guard bytes.count == 6, bytes[0] & 1 == 0 else {
                throw Failure(.usage, "\(option): mac= is six bytes of one station, like 52:54:00:12:34:56")
            }
            mac = bytes
        }
        devices.append(Device(kind: .card(isVirtio: isVirtio, mac: mac, network: index), slot: slot))
    }

    // MARK: Parts

    private static func properties(_ parts: some Collection<String>, _ option: String) throws(Failure) -> [String:
        String]
    {
        var result: [String: String] = [:]
        for part in parts {
            let pair = OptionText.pair(part)
            guard let value = pair.value else { throw Failure(.usage, "\(option): '\(part)' has no value") }
            switch (pair.key, value) {
            // All devices are modern ones on the one bus.
            case ("id", _), ("bus", "pci.0"), ("disable-legacy", "on"), ("disable-legacy", "auto"),
                ("disable-modern", "off"), ("bus", "virtio-serial0.0"):
                break
            default: result[pair.key] = value
            }
        }
        return result
    }

    private static func expect(_ properties: [String: String], _ known: [String], _ option: String) throws(Failure) {
        let all = known + ["addr"]
        guard let other = properties.keys.sorted().first(where: { !all.contains($0) }) else { return }
        throw Failure(.usage, "\(option): '\(other)' is not known; there are \(all.joined(separator: ", "))")
    }

    /// As QEMU reads it: hexadecimal without a prefix, too; `.0` may follow.
    private static func slot(_ text: String?, _ option: String) throws(Failure) -> UInt8? {
        guard var text else { return nil }
        if text.hasSuffix(".0") { text.removeLast(2) }
        let digits = text.lowercased().hasPrefix("0x") ? String(text.dropFirst(2)) : text
        guard let slot = UInt8(digits, radix: 16), slot < 32 else {
            throw Failure(.usage, "\(option): addr= is a slot, 0 to 1f")
        }
        return slot
    }

    private static func streams(_ texts: [String]) throws(Failure) -> [String: StreamTarget] {
        var result: [String: StreamTarget] = [:]
        for text in texts {
            let option = "-chardev \(text)", parts = OptionText.parts(text)
            let properties = try Self.properties(parts.dropFirst().filter { !$0.hasPrefix("id=") }, option)
            let id = parts.first { $0.hasPrefix("id=") }.map { String($0.dropFirst(3)) } ?? ""
            guard !id.isEmpty, result[id] == nil else { throw Failure(.usage, "\(option): give an id= of its own") }
            switch parts.first {
            case "stdio": result[id] = .stdio(escapes: false)
            case "null": result[id] = .nowhere
            case "file":
                guard let path = properties["path"], !path.isEmpty else {
                    throw Failure(.usage, "\(option): give path=FILE")
                }
                result[id] = .file(path)
            default: throw Failure(.usage, "\(option): give stdio, file,path=FILE or null")
            }
        }
        return result
    }
}
