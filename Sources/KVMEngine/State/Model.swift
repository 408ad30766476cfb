import CKVM
import Machine

/// The CPU model, cut to what KVM offers, and how the vCPU treats what it does not have.
extension KVMEngine {
    /// MSRs that KVM answers only with its own interrupt chips: TSC deadline and the x2APIC's.
    private static let denied: [ClosedRange<UInt32>] = [0x6E0...0x6E0, 0x800...0x8FF]

    func setModel() throws(KVMError) {
        let leaves = [
            kvm_cpuid_entry2(
                function: 0, index: 0, flags: 0, eax: 1, ebx: 0x756E_6547, ecx: 0x6C65_746E, edx: 0x4965_6E69,
                padding: (0, 0, 0)),
            kvm_cpuid_entry2(
                function: 1, index: 0, flags: 0, eax: 0x52C, ebx: 0, ecx: 0, edx: 1 << 2 | 1 << 4 | 1 << 5 | 1 << 8,
                padding: (0, 0, 0)),
        ]
        try processor.set(leaves: leaves)
        if device.offers(.userSpaceMSR) != 0, device.offers(.msrFilter) != 0 {
            try machine.enable(
                .userSpaceMSR,
                UInt64(KVM_MSR_EXIT_REASON_UNKNOWN | KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_FILTER))
            try machine.deny(Self.denied)
        }
        // Without it, what KVM's emulator lacks is #UD to the guest above CPL 0.
        if device.offers(.exitOnEmulationFailure) != 0 { try machine.enable(.exitOnEmulationFailure, 1) }
        try setRate()
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
