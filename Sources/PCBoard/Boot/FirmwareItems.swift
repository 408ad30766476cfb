import Machine
import PCDevices

extension PCBoard {
    /// What firmware finds in fw_cfg of the machine itself; files of other parts of the board are added by them.
    func setFirmwareItems() {
        let config = firmwareConfig
        config.set(FirmwareConfig.Key.uuid, [UInt8](repeating: 0, count: 16))
        config.set(FirmwareConfig.Key.ramSize, configuration.memorySize)
        config.set(FirmwareConfig.Key.noGraphic, UInt16(0))
        config.set(FirmwareConfig.Key.cpuCount, UInt16(vm.processors))
        config.set(FirmwareConfig.Key.maximumCPUCount, UInt16(vm.processors))
        config.set(FirmwareConfig.Key.numa, UInt64(0))
        config.set(FirmwareConfig.Key.bootMenu, UInt16(0))
        config.addFile("etc/e820", memoryMap())
    }

    /// RAM as the board has fitted it, in QEMU's layout: base and length in 64 bits, type 1 in 32.
    private func memoryMap() -> [UInt8] {
        let size = configuration.memorySize
        let low = min(size, vMEM.lowMemoryEnd)
        var ranges: [(start: UInt64, length: UInt64)] = [(0, low)]
        if size > low { ranges.append((1 << 32, size - low)) }
        return ranges.flatMap { littleEndian($0.start) + littleEndian($0.length) + littleEndian(UInt32(1)) }
    }
}
