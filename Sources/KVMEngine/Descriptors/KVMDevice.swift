import CKVM
import Glibc

/// /dev/kvm itself: what the host's KVM is and offers (KVM API, "System ioctls").
struct KVMDevice: ~Copyable {
    private let descriptor: OwnedDescriptor

    private init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// Opens /dev/kvm and checks its API version and what the engine cannot do without.
    static func open() throws(KVMError) -> KVMDevice {
        let number = ckvm_open()
        guard number >= 0 else { throw .open(errno: errno) }
        let device = KVMDevice(OwnedDescriptor(number))
        let version = try device.version()
        guard version == 12 else { throw .apiVersion(version) }
        for needed in KVMCapability.needed where device.offers(needed) == 0 { throw .missing(needed.name) }
        return device
    }

    /// KVM_GET_API_VERSION
    private func version() throws(KVMError) -> Int32 {
        do throws(KVMError) {
            return try descriptor.request(CKVM_GET_API_VERSION, "KVM_GET_API_VERSION")
        } catch {
            guard case .request(_, let number) = error, number == ENOTTY || number == EINVAL else { throw error }
            throw .open(errno: ENOTTY)
        }
    }

    /// KVM_CHECK_EXTENSION: 0 when the capability is not there, else 1 or more.
    func offers(_ capability: KVMCapability) -> Int32 {
        max(0, ckvm_ioctl_value(descriptor.number, CKVM_CHECK_EXTENSION, UInt(capability.number)))
    }

    /// KVM_X86_GET_MCE_CAP_SUPPORTED: bits that IA32_MCG_CAP may have.
    func getMachineCheck(_ capability: inout UInt64) throws(KVMError) {
        try descriptor.exchange(CKVM_GET_MCE_CAP, "KVM_X86_GET_MCE_CAP_SUPPORTED", &capability)
    }

    /// KVM_CREATE_VM, a machine of the default type.
    func makeMachine() throws(KVMError) -> KVMMachine {
        KVMMachine(OwnedDescriptor(try descriptor.request(CKVM_CREATE_VM, "KVM_CREATE_VM")))
    }

    /// KVM_GET_VCPU_MMAP_SIZE, in bytes.
    func sharedPageSize() throws(KVMError) -> Int {
        Int(try descriptor.request(CKVM_GET_VCPU_MMAP_SIZE, "KVM_GET_VCPU_MMAP_SIZE"))
    }

    /// KVM_GET_SUPPORTED_CPUID: the leaves that this host and its KVM can give a guest.
    func supportedLeaves() throws(KVMError) -> [kvm_cpuid_entry2] {
        var capacity = 128
        while true {
            let (entries, number) = leaves(capacity: capacity)
            if number == 0 { return entries }
            guard number == E2BIG, capacity < 4096 else { throw .request("KVM_GET_SUPPORTED_CPUID", errno: number) }
            capacity *= 2
        }
    }

    private func leaves(capacity: Int) -> ([kvm_cpuid_entry2], errno: Int32) {
        withFlexible(kvm_cpuid_entry2.self, count: capacity) { memory, entries in
            guard ckvm_ioctl(descriptor.number, CKVM_GET_SUPPORTED_CPUID, memory) >= 0 else { return ([], errno) }
            let count = min(capacity, Int(memory.load(as: UInt32.self)))
            return (Array(UnsafeBufferPointer(start: entries, count: count)), 0)
        }
    }
}

/// A capability by its number in linux/kvm.h.
struct KVMCapability {
    let number: Int32
    let name: String

    init(_ number: Int32, _ name: String) {
        self.number = number
        self.name = name
    }

    static let userMemory = KVMCapability(KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY")
    static let readOnlyMemory = KVMCapability(KVM_CAP_READONLY_MEM, "KVM_CAP_READONLY_MEM")
    static let immediateExit = KVMCapability(KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT")
    static let vcpuEvents = KVMCapability(KVM_CAP_VCPU_EVENTS, "KVM_CAP_VCPU_EVENTS")
    static let debugRegisters = KVMCapability(KVM_CAP_DEBUGREGS, "KVM_CAP_DEBUGREGS")
    static let xsave = KVMCapability(KVM_CAP_XSAVE, "KVM_CAP_XSAVE")
    static let xcrs = KVMCapability(KVM_CAP_XCRS, "KVM_CAP_XCRS")
    static let guestDebug = KVMCapability(KVM_CAP_SET_GUEST_DEBUG, "KVM_CAP_SET_GUEST_DEBUG")
    static let tscControl = KVMCapability(KVM_CAP_TSC_CONTROL, "KVM_CAP_TSC_CONTROL")
    static let userSpaceMSR = KVMCapability(KVM_CAP_X86_USER_SPACE_MSR, "KVM_CAP_X86_USER_SPACE_MSR")
    static let msrFilter = KVMCapability(KVM_CAP_X86_MSR_FILTER, "KVM_CAP_X86_MSR_FILTER")
    static let machineCheck = KVMCapability(KVM_CAP_MCE, "KVM_CAP_MCE")
    static let syncRegisters = KVMCapability(KVM_CAP_SYNC_REGS, "KVM_CAP_SYNC_REGS")
    static let slots = KVMCapability(KVM_CAP_NR_MEMSLOTS, "KVM_CAP_NR_MEMSLOTS")
    static let tripleFaultEvent = KVMCapability(KVM_CAP_X86_TRIPLE_FAULT_EVENT, "KVM_CAP_X86_TRIPLE_FAULT_EVENT")

    static let systemRegisters2 = KVMCapability(KVM_CAP_SREGS2, "KVM_CAP_SREGS2")
    static let exitOnEmulationFailure = KVMCapability(
        KVM_CAP_EXIT_ON_EMULATION_FAILURE, "KVM_CAP_EXIT_ON_EMULATION_FAILURE")

    /// Without one of these the engine does not run.
    static let needed = [
        userMemory, readOnlyMemory, immediateExit, vcpuEvents, debugRegisters, xsave, xcrs, guestDebug,
    ]
    /// With these it does more.
    static let useful = [
        tscControl, userSpaceMSR, msrFilter, machineCheck, syncRegisters, tripleFaultEvent, systemRegisters2,
        exitOnEmulationFailure,
    ]
}

/// Memory for a kernel struct that is a count, four bytes of padding and then `count` elements.
func withFlexible<Element: BitwiseCopyable, Result>(
    _ type: Element.Type, count: Int, _ body: (UnsafeMutableRawPointer, UnsafeMutablePointer<Element>) -> Result
) -> Result {
    let size = 8 + count * MemoryLayout<Element>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    memory.storeBytes(of: UInt32(count), as: UInt32.self)
    return body(memory, (memory + 8).assumingMemoryBound(to: Element.self))
}
