import CKVM
import Glibc

/// Why KVM could not do something. The description names the cause and, where there is one, the way out.
public enum KVMError: Error, Equatable, Sendable, CustomStringConvertible {
    /// /dev/kvm could not be opened, or (ENOTTY) is not KVM's device.
    case open(errno: Int32)
    /// KVM_GET_API_VERSION is not 12, the only one since Linux 2.6.22.
    case apiVersion(Int32)
    /// The kernel lacks a capability that the engine cannot do without.
    case missing(String)
    /// An ioctl failed.
    case request(String, errno: Int32)
    /// A state that KVM refuses, and what the validator says of it.
    case state(request: String, errno: Int32, problem: String?)
    case mapping(errno: Int32)
    /// RFLAGS.VM does not stay set.
    case noVirtual8086

    public var description: String {
        switch self {
        case .open(let number):
            switch number {
            case ENOENT:
                "there is no /dev/kvm: the host's CPU has no VT-x or SVM, it is off in the firmware setup, or the "
                    + "module is not loaded (modprobe kvm_intel or kvm_amd)"
            case EACCES, EPERM:
                "/dev/kvm may not be opened: join its group (sudo usermod -aG kvm $USER, then log in again)"
            case ENODEV, ENXIO: "/dev/kvm is there, but no module is behind it (modprobe kvm_intel or kvm_amd)"
            case ENOTTY:
                "/dev/kvm is another device than KVM's, which has major number 10 and minor 232 (ls -l /dev/kvm): remove "
                    + "it and load the module again (modprobe kvm_intel or kvm_amd)"
            default: "/dev/kvm could not be opened: \(text(number))"
            }
        case .apiVersion(let version):
            "this kernel's KVM speaks API version \(version), and 12 is wanted: a newer kernel has it"
        case .missing(let capability): "this kernel's KVM lacks \(capability): a newer kernel has it"
        case .request(let name, let number): "\(name) failed: \(text(number))"
        case .state(let request, let number, let problem):
            if let problem {
                "\(request) was refused (\(text(number))): \(problem)"
            } else {
                "\(request) was refused (\(text(number))), and no rule of the manual is broken"
            }
        case .noVirtual8086:
            "this host's KVM drops RFLAGS.VM (bit 17): it has no virtual-8086 mode"
        case .mapping(let number): "the vCPU's shared page could not be mapped: \(text(number))"
        }
    }

    private func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
