import Machine
import PCDevices

/// Power management on the buses, and how tables reach the guest.
extension PCBoard {
    /// The power button of the case: an input like a key, which is noted. False where the board has none.
    @discardableResult
    public func pressPowerButton() -> Bool {
        vm.io.input.deliver([1], to: Self.powerButton, at: vm.io.events.now)
    }

    private static let powerButton = "power-button"

    func connectPowerManagement(_ chip: PIIX4PM) throws(PortBus.OverlapError) {
        let io = vm.io, ports = io.ports
        let window = ports.addWindow(PIIX4PM.windowSize, name: "acpi", to: chip)
        chip.place = { [unowned ports] in ports.place(window, at: $0) }
        try ports.map(0xB2...0xB3, name: "apm", to: chip.commandPorts)
        chip.output = { [unowned self] in setIRQ(Int(ACPITables.sci), $0, by: .powerManagement) }
        io.input.register(Self.powerButton) { [unowned chip] _ in chip.pressPowerButton() }
        chip.powerOff = { [unowned io] in io.ask(for: .powerOff(source: "ACPI")) }
    }

    /// Key of the item that our BIOS takes its tables from, one of those that belong to the architecture.
    private static let ownKey: UInt16 = 0x8010
    /// PIRQA# to PIRQD# as our BIOS routes them.
    private static let routes: [UInt8] = [10, 10, 11, 11]

    /// QEMU's files for firmware that links tables, and for our BIOS an item in which all is linked.
    func installTables() {
        guard pci != nil else { return }
        let tables = ACPITables(self)
        firmwareConfig.addFile(ACPITables.blockFile, tables.block)
        firmwareConfig.addFile(ACPITables.rsdpFile, tables.rsdp)
        firmwareConfig.addFile("etc/table-loader", tables.loader)
        firmwareConfig.set(FirmwareConfig.Key.irq0Override, UInt32(1))
        if let item = ownItem(tables) { firmwareConfig.set(Self.ownKey, item) }
    }

    /// Address and length of the block, the RSDP (36 bytes and four of nothing), the MP floating pointer (16 bytes), and the
    /// block, which goes to the top of the RAM below 4 GiB. Nil where there is too little RAM.
    private func ownItem(_ tables: ACPITables) -> [UInt8]? {
        var size = tables.block.count
        size += 15 - (size + 15) % 16
        let mpOffset = size
        let mpTable = MPTable.configuration(self, routes: Self.routes)
        size = (mpOffset + mpTable.count + 4095) & ~4095
        let end = min(configuration.memorySize, vMEM.lowMemoryEnd)
        guard end >= 8 << 20 else { return nil }
        let base = end - UInt64(size)
        let linked = tables.linked(at: base)
        var block = linked.block + [UInt8](repeating: 0, count: mpOffset - linked.block.count) + mpTable
        block += [UInt8](repeating: 0, count: size - block.count)
        let pointer = apics.isEmpty ? [UInt8](repeating: 0, count: 16) : MPTable.pointer(to: base + UInt64(mpOffset))
        return littleEndian(UInt32(truncatingIfNeeded: base)) + littleEndian(UInt32(size)) + linked.rsdp
            + [0, 0, 0, 0] + pointer + block
    }
}
