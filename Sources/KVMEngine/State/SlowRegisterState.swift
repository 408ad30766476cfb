import CKVM
import Machine

/// Memory types and machine checks: many registers, which guests write once.
extension KVMEngine {
    /// Those that KVM does not hold as CPUFile has them; noted as exported.
    func slowRegisters(of cpu: CPUFile) -> [(index: UInt32, value: UInt64)] {
        var list: [(index: UInt32, value: UInt64)] = []
        for number in vm.cpuModel.slowRegisters {
            guard let value = vm.cpuModel.slowRegister(number, of: cpu.slow), exportedSlowRegisters[number] != value
            else { continue }
            exportedSlowRegisters[number] = value
            list.append((number, value))
        }
        return list
    }

    /// A register that this host lacks keeps its value.
    func collectSlowRegisters(_ registers: inout SlowRegisters) throws(KVMError) {
        var numbers = vm.cpuModel.slowRegisters[...]
        while !numbers.isEmpty {
            let values = try processor.modelRegisters(Array(numbers))
            for (number, value) in zip(numbers, values) {
                if vm.cpuModel.setSlowRegister(number, value, of: &registers) != .done,
                    let place = SlowRegisters.place(number)
                {
                    // What the host itself has found there.
                    registers.words[place] = value
                }
                exportedSlowRegisters[number] = value
            }
            numbers = numbers.dropFirst(values.count + 1)
        }
    }

    /// A register that this host lacks can be had from CPUFile, where KVM asks for it.
    func servesSlowRegister(_ number: UInt32) -> Bool {
        vm.cpuModel.slowRegister(number, of: SlowRegisters()) != nil && device.offers(.userSpaceMSR) != 0
    }

    /// As many banks as the model has, where KVM can change their number.
    func setMachineCheck() throws(KVMError) {
        guard vm.cpuModel.hasMachineCheck, device.offers(.machineCheck) > 0 else { return }
        var supported: UInt64 = 0
        try device.getMachineCheck(&supported)
        try processor.setMachineCheck(CPUModel.machineCheckCapability & (supported | 0xFF))
    }
}
