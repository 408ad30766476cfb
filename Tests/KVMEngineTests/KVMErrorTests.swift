import CKVM
import Machine
import Testing

@testable import KVMEngine

/// Each error names its cause, and where there is one the way out.
@Suite("Errors of KVM")
struct KVMErrorTests {
    @Test(arguments: [
        (KVMError.open(errno: ENOENT), "there is no /dev/kvm", "modprobe kvm_intel or kvm_amd"),
        (.open(errno: ENOENT), "no VT-x or SVM", "off in the firmware setup"),
        (.open(errno: EACCES), "/dev/kvm may not be opened", "usermod -aG kvm"),
        (.open(errno: EPERM), "/dev/kvm may not be opened", "usermod -aG kvm"),
        (.open(errno: ENODEV), "no module is behind it", "modprobe kvm_intel or kvm_amd"),
        (.open(errno: ENXIO), "no module is behind it", "modprobe kvm_intel or kvm_amd"),
        (.open(errno: ENOTTY), "another device than KVM's", "major number 10 and minor 232"),
        (.open(errno: EMFILE), "/dev/kvm could not be opened", "Too many open files"),
        (.apiVersion(11), "API version 11, and 12 is wanted", "a newer kernel has it"),
        (.missing("KVM_CAP_IMMEDIATE_EXIT"), "lacks KVM_CAP_IMMEDIATE_EXIT", "a newer kernel has it"),
        (.request("KVM_CREATE_VM", errno: ENOMEM), "KVM_CREATE_VM failed", "Cannot allocate memory"),
        (.noVirtual8086, "drops RFLAGS.VM (bit 17)", "no virtual-8086 mode"),
        (.mapping(errno: ENOMEM), "shared page could not be mapped", "Cannot allocate memory"),
    ])
    func theTextNamesCauseAndRemedy(error: KVMError, cause: String, remedy: String) {
        #expect(error.description.contains(cause))
        #expect(error.description.contains(remedy))
    }

    @Test func aRefusedStateIsToldWithTheValidatorsFinding() {
        var registers = GuestState.protected32.registers
        registers.sregs.ss.dpl = 3
        let error = KVMError.state(request: "KVM_SET_SREGS", errno: EINVAL, problem: registers.problem)
        #expect(error.description.contains("KVM_SET_SREGS was refused (Invalid argument)"))
        #expect(error.description.contains("SS.DPL (bits 5-6) is 3, unlike CS.DPL 0"))
        let silent = KVMError.state(request: "KVM_SET_SREGS", errno: EINVAL, problem: nil)
        #expect(silent.description.contains("no rule of the manual is broken"))
    }

    @Test func aHostReportWithoutADeviceChoosesTheInterpreterAndSaysWhy() {
        let report = HostReport()
        // Either way there is one sentence for the choice, and an obstacle never comes with KVM chosen.
        #expect(!report.choice.reason.isEmpty)
        if let obstacle = report.obstacle { #expect(report.choice == (false, obstacle)) }
        if report.choice.usesKVM { #expect((report.realModeSpeed ?? 0) >= HostReport.worthwhile) }
    }
}
