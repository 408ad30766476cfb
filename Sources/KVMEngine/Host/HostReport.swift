import CKVM
import FoundationEssentials
import Glibc

/// What this host's KVM is, measured, and whether it is worth being used: what `doctor` shows and `auto` decides by.
public struct HostReport: Sendable {
    /// Millions of instructions a second that kernel-side code must reach: the interpreter does as many.
    public static let worthwhile = 300.0

    /// Nil when KVM can be used at all.
    public private(set) var error: KVMError?
    public private(set) var architecture = ""
    /// `vmx`, `svm` or neither, as the host's CPU tells.
    public private(set) var virtualization: String?
    /// The host is a guest itself.
    public private(set) var isNested = false
    /// Name and KVM_CHECK_EXTENSION's answer, 0 when it is not there.
    public private(set) var capabilities: [(name: String, value: Int32)] = []
    public private(set) var memorySlots = 0
    /// Millions of instructions a second; nil when the guest did not run as it should, or was not tried.
    public private(set) var realModeSpeed: Double?
    public private(set) var userModeSpeed: Double?
    /// Microseconds of a port write, in real mode and at CPL 3 in 64-bit mode.
    public private(set) var realModeExit: Double?
    public private(set) var userModeExit: Double?
    /// What went wrong in a guest that was tried.
    public private(set) var guestProblem: String?

    /// Looks and, if the device opens, runs small guests for about 0.1 s.
    public init() {
        #if arch(x86_64)
            architecture = "x86_64"
        #else
            architecture = "another"
        #endif
        readProcessor()
        guard architecture == "x86_64" else { return }
        do throws(KVMError) {
            let device = try KVMDevice.open()
            for capability in KVMCapability.needed + KVMCapability.useful {
                capabilities.append((capability.name, device.offers(capability)))
            }
            memorySlots = Int(device.offers(.slots))
            try measure(device)
        } catch {
            self.error = error
        }
    }

    private mutating func readProcessor() {
        guard let data = try? Data(contentsOf: URL(filePath: "/proc/cpuinfo")) else { return }
        let text = String(decoding: data, as: UTF8.self)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") }) else { return }
        let flags = Set(line.split(separator: " "))
        virtualization = ["vmx", "svm"].first { flags.contains(Substring($0)) }
        isNested = flags.contains("hypervisor")
    }

    private mutating func measure(_ device: borrowing KVMDevice) throws(KVMError) {
        do throws(KVMError) {
            let guest = try ProbeGuest.make(device)
            realModeSpeed = try guest.realModeSpeed()
            if realModeSpeed != nil { realModeExit = try guest.exitCost() }
            userModeSpeed = try guest.userModeSpeed()
            if userModeSpeed != nil { userModeExit = try guest.exitCost() }
        } catch {
            guestProblem = error.description
            // A device that makes no machine at all is none.
            guard realModeSpeed != nil else { throw error }
        }
    }

    /// With one digit behind the point.
    public static func tenths(_ value: Double) -> String {
        let scaled = Int64((value * 10).rounded())
        return "\(scaled / 10).\(scaled % 10)"
    }

    /// The CPU has no virtualization of its own to offer: this KVM is made of software.
    public var isSoftware: Bool { virtualization == nil }

    /// Why the KVM engine cannot run here; nil when it can.
    public var obstacle: String? {
        guard architecture == "x86_64" else { return "the host's CPU is no x86-64" }
        if let error { return error.description }
        return realModeSpeed == nil ? "a test guest in real mode did not run as it should" : nil
    }

    /// What `auto` takes, and why.
    public var choice: (usesKVM: Bool, reason: String) {
        if let obstacle { return (false, obstacle) }
        guard let speed = realModeSpeed, speed >= Self.worthwhile else {
            let text = Self.tenths(realModeSpeed ?? 0)
            return (
                false,
                "this host's KVM runs real-mode code at \(text) MIPS" + (isSoftware ? ", in software" : "")
                    + ", slower than the interpreter"
            )
        }
        return (true, "/dev/kvm runs guest code on the CPU itself")
    }
}
