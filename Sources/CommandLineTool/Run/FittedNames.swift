import PCBoard
import PCDevices

/// Makes the board's devices of the command line's: each kind counts its own.
struct FittedNames {
    private var counts: [String: Int] = [:]

    private mutating func name(_ kind: String) -> String {
        defer { counts[kind, default: 0] += 1 }
        return kind + String(counts[kind, default: 0])
    }

    /// `storage`: what a disk is in.
    mutating func device(_ device: PCISettings.Device, _ storage: (any BlockStorage)?) -> PCIDevice {
        switch device.kind {
        case .disk(let drive):
            PCIDevice(
                .virtioBlock(storage ?? MemoryDisk([]), serial: drive.serial), name: name("virtio-blk"),
                slot: device.slot)
        case .random: PCIDevice(.virtioRandom, name: name("virtio-rng"), slot: device.slot)
        case .console: PCIDevice(.virtioConsole, name: name("virtio-console"), slot: device.slot)
        case .test: PCIDevice(.test, name: name("pci-testdev"), slot: device.slot)
        case .card(let isVirtio, let mac, _):
            PCIDevice(isVirtio ? .virtioNet(mac: mac) : .e1000(mac: mac), name: name("net"), slot: device.slot)
        }
    }
}

extension Session {
    /// The serial port that stdin and stdout belong to, and how.
    var stdinSerial: (port: UART16550, target: StreamTarget)? {
        if settings.serial.isStdio { return (board.serial, settings.serial) }
        guard let target = settings.secondSerial, target.isStdio, let port = board.secondSerial else { return nil }
        return (port, target)
    }

    /// The virtio console that stdin and stdout belong to.
    var stdinConsole: GuestConsole? {
        zip(board.fitted.consoles, settings.pci.consoles).first { $1.isStdio }?.0
    }
}
