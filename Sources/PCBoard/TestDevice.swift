import Machine
import PCDevices

extension PCBoard {
    /// `-device pc-testdev`, where it is wanted.
    func fitTestDevice() throws(PCError) {
        guard configuration.hasTestDevice else { return }
        let device = PCTestDevice(), ports = vm.io.ports
        do throws(PortBus.OverlapError) {
            try ports.map(0xE0...0xE3, name: device.name, width: 4, to: device)
            try ports.map(0xE4...0xE7, name: device.name, width: 4, to: device)
            try ports.map(0xE8...0xE8, name: device.name, to: device)
            try ports.map(0xEA...0xEB, name: device.name, to: device)
            try ports.map(PCTestDevice.lines, name: device.name, to: device)
        } catch {
            throw .overlap(error.description)
        }
        do throws(vMEM.SetupError) {
            try vm.memory.mapMMIO(
                device, at: PCTestDevice.memoryStart, size: UInt64(PCTestDevice.memorySize), name: device.name)
        } catch {
            throw .overlap("\(device.name) has no place in memory")
        }
        // Lines from 16 on are inputs of the I/O APIC alone.
        device.setLine = { [unowned self] in
            if $0 < 16 { setIRQ($0, $1, by: .testDevice) } else { ioAPIC.setLine($0, $1) }
        }
        vm.io.add(device)
    }
}
