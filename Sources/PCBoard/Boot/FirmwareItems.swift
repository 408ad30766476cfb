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

// MARK: A kernel of `-kernel`

extension PCBoard {
    /// Names for addresses, of a kernel that has them.
    public var symbols: SymbolTable { configuration.kernel?.image.symbols ?? SymbolTable() }

    /// Gives the loader ROM what it needs: firmware runs it before it looks for a boot sector.
    func setKernel() throws(PCError) {
        guard let kernel = configuration.kernel else { return }
        let loaded: LoadedKernel
        do throws(KernelError) {
            loaded = try LoadedKernel(
                kernel, memorySize: configuration.memorySize, hasLongMode: configuration.cpuModel.hasLongMode)
        } catch {
            throw .kernel(error)
        }
        for (key, bytes) in loaded.items { firmwareConfig.set(key, bytes) }
        firmwareConfig.addFile(BootPlan.file, loaded.plan.bytes)
        firmwareConfig.addFile(KernelLoader.file, KernelLoader.bytes ?? [])
        // A line for each device; this one is enough, since whatever is not named comes behind it.
        firmwareConfig.addFile("bootorder", Array("/rom@\(KernelLoader.file)\n".utf8) + [0])
    }
}

extension CPUModel {
    /// CPUID.80000001h:EDX bit 29.
    var hasLongMode: Bool { identification(0x8000_0001).edx >> 29 & 1 != 0 }
}
