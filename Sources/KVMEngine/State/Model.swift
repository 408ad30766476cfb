import CKVM
import Machine

/// The CPU model, cut to what KVM offers, and how the vCPU treats what it does not have.
extension KVMEngine {
    static let apicBase: UInt32 = 0x1B
    static let deadline: UInt32 = 0x6E0
    /// MSRs of the local APIC, which is ours: its base, TSC deadline and the x2APIC's.
    static let localRegisters: [ClosedRange<UInt32>] = [apicBase...apicBase, deadline...deadline, 0x800...0x8FF]

    func setModel() throws(KVMError) {
        let model = vm.cpuModel
        try processor.set(
            leaves: model.leaves.map { leaf in
                kvm_cpuid_entry2(
                    function: leaf.function, index: leaf.index ?? 0,
                    flags: leaf.index == nil ? 0 : UInt32(KVM_CPUID_FLAG_SIGNIFCANT_INDEX), eax: leaf.registers.eax,
                    ebx: leaf.registers.ebx, ecx: leaf.registers.ecx, edx: leaf.registers.edx, padding: (0, 0, 0))
            })
        try setMachineCheck()
        // CPUID.1:ECX bit 28
        hasAVX = model.identification(1).ecx & 1 << 28 != 0
        if device.offers(.userSpaceMSR) != 0, device.offers(.msrFilter) != 0 {
            try machine.enable(
                .userSpaceMSR,
                UInt64(KVM_MSR_EXIT_REASON_UNKNOWN | KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_FILTER))
            try machine.deny(Self.localRegisters)
        }
        // Without it, what KVM's emulator lacks is #UD to the guest above CPL 0.
        if device.offers(.exitOnEmulationFailure) != 0 { try machine.enable(.exitOnEmulationFailure, 1) }
        try setRate()
    }

    /// What this host's KVM can give a guest: for `CPUModel.host`.
    public static func hostLeaves() throws(KVMError) -> [CPUModel.Leaf] {
        try KVMDevice.open().supportedLeaves().map { entry in
            let isIndexed = entry.flags & UInt32(KVM_CPUID_FLAG_SIGNIFCANT_INDEX) != 0
            return CPUModel.Leaf(
                entry.function, index: isIndexed ? entry.index : nil,
                .init(eax: entry.eax, ebx: entry.ebx, ecx: entry.ecx, edx: entry.edx))
        }
    }

    /// The TSC's rate is the machine's; where the host cannot scale it, a note says so.
    private func setRate() throws(KVMError) {
        let wanted = vm.tscRate / 1000
        if device.offers(.tscControl) != 0, (try? processor.set(tscRate: wanted)) != nil { return }
        let rate = try processor.tscRate()
        guard rate != wanted else { return }
        notes.append(
            "this host cannot scale the TSC: it counts \(rate / 1000) MHz under KVM, \(wanted / 1000) MHz on the interpreter"
        )
    }
}
