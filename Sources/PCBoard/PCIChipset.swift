import Machine
import PCDevices

/// What makes a PC of 1996: a PCI bus with the host bridge and the ISA bridge on it, in the places where QEMU's `pc` has them.
///
/// | slot | function |
/// | --- | --- |
/// | 00.0 | host bridge 82441FX |
/// | 01.0 | ISA bridge PIIX3 |
/// | 01.1 | its IDE function |
/// | 01.3 | power management, of the PIIX4 |
/// | 02.0 | VGA |
public final class PCIChipset {
    public let bus: PCIBus
    public let hostBridge: I440FX
    public let isaBridge: PIIX3
    public let ide: PIIXIDE
    public let powerManagement: PIIX4PM
    public let video: VGAFunction

    init(_ vm: VM, drives: [ATAChannel], vga: VGA, videoROM: [UInt8]?) {
        bus = PCIBus(ports: vm.io.ports, memory: vm.memory)
        hostBridge = I440FX(bus: bus)
        isaBridge = PIIX3(bus: bus)
        ide = PIIXIDE(drives: drives, events: vm.io.events, bus: bus)
        powerManagement = PIIX4PM(bus: bus, events: vm.io.events)
        video = VGAFunction(vga, rom: videoROM)
        bus.insert(video.function, at: PCIBus.Slot(2))
    }

    /// Bridges and their functions, for `vIO.add`.
    var devices: [any Device] {
        [
            hostBridge.function, hostBridge, isaBridge.function, isaBridge, ide.function, ide,
            powerManagement.function, powerManagement, video.function,
        ]
    }
}

extension PCBoard {
    /// A CPU of 16 bits cannot make the accesses of 32 that PCI wants; its board has none.
    private static func hasPCI(_ model: CPUModel) -> Bool { model.generation >= .i80386 }

    /// Bytes of memory beside RAM.
    static func deviceMemory(_ configuration: PCConfiguration) -> UInt64 {
        hasPCI(configuration.cpuModel) ? UInt64(VGA.largeMemorySize) : 0
    }

    static func makeVGA(_ vm: VM) -> VGA {
        guard hasPCI(vm.cpuModel) else { return VGA(events: vm.io.events) }
        return VGA(events: vm.io.events, memory: vm.memory.ram + Int(vm.memory.size))
    }

    static func makeChipset(_ vm: VM, drives: [ATAChannel], vga: VGA, videoROM: [UInt8]?) -> PCIChipset? {
        hasPCI(vm.cpuModel) ? PCIChipset(vm, drives: drives, vga: vga, videoROM: videoROM) : nil
    }

    /// After everything that sits at fixed ports.
    func connectPCI() throws(PortBus.OverlapError) {
        guard let chipset = pci else { return }
        let io = vm.io, memory = vm.memory
        try io.ports.map(0xCF8...0xCFF, name: "pci", width: 4, to: chipset.hostBridge)
        try io.ports.map(0x1CE...0x1D0, name: "vga", width: 2, to: vga)
        chipset.hostBridge.shadow = { [unowned memory] in memory.setShadowing($0, $1) }
        chipset.hostBridge.setShadows()
        chipset.hostBridge.isaRead = { [unowned isa = chipset.isaBridge] port, width in
            port.rawValue == 0xCF9 && width == 1 ? UInt32(isa.readResetControl()) : .max
        }
        chipset.hostBridge.isaWrite = { [unowned isa = chipset.isaBridge] port, width, value in
            if port.rawValue == 0xCF9, width == 1 { isa.writeResetControl(UInt8(truncatingIfNeeded: value)) }
        }
        chipset.isaBridge.resetRequest = { [unowned io] in io.ask(for: .reset(source: "port CF9h")) }
        chipset.isaBridge.interrupt = { [unowned self] in setIRQ($0, $1, by: .pci) }
        for (number, channel) in ide.enumerated() {
            let controller = channel.interrupt
            channel.interrupt = { [unowned master = chipset.ide] in
                master.setLine(number, $0)
                controller($0)
            }
        }
        try connectPowerManagement(chipset.powerManagement)
        for device in chipset.devices { io.add(device) }
    }
}
