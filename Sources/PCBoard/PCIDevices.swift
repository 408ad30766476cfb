import Machine
import PCDevices

/// A device in a PCI slot, as the configuration asks for it.
public struct PCIDevice {
    public enum Kind {
        /// `serial`: what the disk calls itself, at most 20 bytes.
        case virtioBlock(any BlockStorage, serial: String)
        case virtioRandom
        case virtioConsole
        /// Addresses have six bytes.
        case virtioNet(mac: [UInt8])
        case e1000(mac: [UInt8])
        /// `pci-testdev`
        case test
    }

    public var kind: Kind
    /// Unique in the machine: `virtio-blk0`, `net0`.
    public var name: String
    /// Number of the slot, 3-31; nil takes the first free one.
    public var slot: UInt8?

    public init(_ kind: Kind, name: String, slot: UInt8? = nil) {
        self.kind = kind
        self.name = name
        self.slot = slot
    }
}

/// A network card's outside. What comes in goes through the input log, to the channel of the card's name.
public struct NetworkCard {
    public let name: String
    /// Says who takes each frame that the guest sends.
    public let connect: (@escaping ([UInt8]) -> Void) -> Void
}

/// A virtio console's outside.
public struct GuestConsole {
    public let name: String
    public let console: VirtioConsole
}

/// What was put into slots.
public struct FittedDevices {
    public fileprivate(set) var cards: [NetworkCard] = []
    public fileprivate(set) var consoles: [GuestConsole] = []
    /// Disks that are on no IDE channel, by name.
    public fileprivate(set) var disks: [(name: String, disk: any BlockStorage)] = []
}

extension PCBoard {
    /// Slots below belong to the chipset.
    private static let firstSlot: UInt8 = 3

    /// Puts the configuration's devices into slots, as QEMU does: from 3 on.
    func fitPCIDevices() throws(PCError) {
        guard !configuration.pciDevices.isEmpty else { return }
        guard pci != nil else {
            throw .overlap("\(configuration.pciDevices[0].name) needs PCI, which a board with this CPU has not")
        }
        for device in configuration.pciDevices { try fit(device) }
    }

    private func fit(_ device: PCIDevice) throws(PCError) {
        let slot = try slot(for: device)
        let input = vm.io.input
        switch device.kind {
        case .virtioBlock(let storage, let serial):
            let model = VirtioBlock(name: device.name, storage: storage, serial: serial)
            model.hostError = { [unowned self] in diskError($0) }
            fitVirtio(model, device.name, slot)
            fitted.disks.append((device.name, storage))
        case .virtioRandom:
            let model = VirtioRandom()
            model.random = { [unowned vm] in vm.random.next() }
            fitVirtio(model, device.name, slot)
        case .virtioConsole:
            let model = VirtioConsole()
            let core = fitVirtio(model, device.name, slot).core
            input.register(device.name) { [unowned model, unowned core] in model.receive($0, core) }
            fitted.consoles.append(GuestConsole(name: device.name, console: model))
        case .virtioNet(let mac):
            let model = VirtioNet(mac: mac)
            let core = fitVirtio(model, device.name, slot).core
            input.register(device.name) { [unowned model, unowned core] in model.receive($0, core) }
            fitted.cards.append(NetworkCard(name: device.name) { [unowned model] in model.transmit = $0 })
        case .test:
            let tester = PCITestDevice(name: device.name)
            insert(tester, tester.function, slot)
        case .e1000(let mac):
            let card = E1000(name: device.name, mac: mac, events: vm.io.events)
            insert(card, card.function, slot)
            input.register(device.name) { [unowned card] in card.receive($0) }
            fitted.cards.append(NetworkCard(name: device.name) { [unowned card] in card.transmit = $0 })
        }
    }

    private func slot(for device: PCIDevice) throws(PCError) -> UInt8 {
        let taken = Set(pci?.bus.slots.map(\.slot.device) ?? [])
        if let wanted = device.slot {
            guard wanted < 32, !taken.contains(wanted) else {
                throw .overlap("\(device.name): PCI slot \(wanted) is taken, or not there (0-31)")
            }
            return wanted
        }
        guard let free = (Self.firstSlot..<32).first(where: { !taken.contains($0) }) else {
            throw .overlap("\(device.name): no PCI slot is free")
        }
        return free
    }

    @discardableResult
    private func fitVirtio<Model: VirtioModel>(_ model: Model, _ name: String, _ slot: UInt8) -> VirtioPCI<Model> {
        let memory = vm.memory
        let made = VirtioPCI(
            name: name, model: model, events: vm.io.events,
            isRAM: { [unowned memory] in memory.isPlainRAM($0, count: $1) }, sendMessage: messageSink)
        insert(made, made.function, slot)
        return made
    }

    private func insert(_ device: any Device, _ function: PCIFunction, _ slot: UInt8) {
        pci?.bus.insert(function, at: PCIBus.Slot(slot))
        vm.io.add(function)
        vm.io.add(device)
    }

    /// Who takes message-signalled interrupts; nil where nobody does.
    private var messageSink: ((UInt64, UInt32) -> Void)? {
        guard !apics.isEmpty else { return nil }
        return { [unowned apicBus] address, data in
            // FEExxxxxh is the local APICs' (SDM 3A 11.11.1).
            guard address >> 20 == 0xFEE, let message = InterruptMessage(address: address, data: data) else { return }
            apicBus.send(message)
        }
    }
}
