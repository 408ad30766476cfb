import CKVM
import Glibc

/// A vCPU's fd and the page that it shares with the kernel (KVM API, "vcpu ioctls").
struct KVMProcessor: ~Copyable {
    private let descriptor: OwnedDescriptor
    /// `kvm_run`
    let run: UnsafeMutablePointer<kvm_run>
    private let size: Int

    init(_ descriptor: consuming OwnedDescriptor, _ page: UnsafeMutableRawPointer, size: Int) {
        self.descriptor = descriptor
        run = page.assumingMemoryBound(to: kvm_run.self)
        self.size = size
    }

    deinit { munmap(run, size) }

    /// KVM_RUN. 0, or an errno: EINTR when a signal or `immediate_exit` ended it.
    @inline(__always) func enter() -> Int32 { ckvm_ioctl_value(descriptor.number, CKVM_RUN, 0) < 0 ? errno : 0 }

    /// Where the data of an I/O exit is in the shared page; nil when the kernel names a place outside.
    func ioData(_ io: ckvm_io) -> UnsafeMutableRawPointer? {
        let count = UInt64(io.size) * UInt64(io.count)
        guard io.data_offset < UInt64(size), count <= UInt64(size) - io.data_offset else { return nil }
        return UnsafeMutableRawPointer(run) + Int(io.data_offset)
    }

    // MARK: Registers

    /// KVM_GET_REGS: general registers, RIP, RFLAGS.
    func registers() throws(KVMError) -> kvm_regs {
        var value = kvm_regs()
        try descriptor.exchange(CKVM_GET_REGS, "KVM_GET_REGS", &value)
        return value
    }

    /// KVM_SET_REGS. Drops a pending exception.
    func set(_ value: kvm_regs) throws(KVMError) {
        var value = value
        try descriptor.exchange(CKVM_SET_REGS, "KVM_SET_REGS", &value)
    }

    /// KVM_GET_SREGS: segments, tables, control registers, EFER.
    func systemRegisters() throws(KVMError) -> kvm_sregs {
        var value = kvm_sregs()
        try descriptor.exchange(CKVM_GET_SREGS, "KVM_GET_SREGS", &value)
        return value
    }

    /// KVM_SET_SREGS
    func set(_ value: kvm_sregs) throws(KVMError) {
        var value = value
        try descriptor.exchange(CKVM_SET_SREGS, "KVM_SET_SREGS", &value)
    }

    /// KVM_GET_SREGS2: the four PDPTEs of PAE paging.
    func pointers() throws(KVMError) -> (UInt64, UInt64, UInt64, UInt64) {
        var value = kvm_sregs2()
        try descriptor.exchange(CKVM_GET_SREGS2, "KVM_GET_SREGS2", &value)
        return value.flags & UInt64(KVM_SREGS2_FLAGS_PDPTRS_VALID) != 0 ? value.pdptrs : (0, 0, 0, 0)
    }

    /// KVM_SET_SREGS2, with all else as it is.
    func setPointers(_ pointers: (UInt64, UInt64, UInt64, UInt64)) throws(KVMError) {
        var value = kvm_sregs2()
        try descriptor.exchange(CKVM_GET_SREGS2, "KVM_GET_SREGS2", &value)
        value.flags |= UInt64(KVM_SREGS2_FLAGS_PDPTRS_VALID)
        value.pdptrs = pointers
        try descriptor.exchange(CKVM_SET_SREGS2, "KVM_SET_SREGS2", &value)
    }

    /// KVM_GET_DEBUGREGS
    func debugRegisters() throws(KVMError) -> kvm_debugregs {
        var value = kvm_debugregs()
        try descriptor.exchange(CKVM_GET_DEBUGREGS, "KVM_GET_DEBUGREGS", &value)
        return value
    }

    /// KVM_SET_DEBUGREGS
    func set(_ value: kvm_debugregs) throws(KVMError) {
        var value = value
        try descriptor.exchange(CKVM_SET_DEBUGREGS, "KVM_SET_DEBUGREGS", &value)
    }

    /// KVM_GET_VCPU_EVENTS: what is pending, injected or shadowed.
    func events() throws(KVMError) -> kvm_vcpu_events {
        var value = kvm_vcpu_events()
        try descriptor.exchange(CKVM_GET_VCPU_EVENTS, "KVM_GET_VCPU_EVENTS", &value)
        return value
    }

    /// KVM_SET_VCPU_EVENTS
    func set(_ value: kvm_vcpu_events) throws(KVMError) {
        var value = value
        try descriptor.exchange(CKVM_SET_VCPU_EVENTS, "KVM_SET_VCPU_EVENTS", &value)
    }

    /// KVM_GET_XSAVE: 4,096 bytes in the standard, uncompacted format.
    func extendedState() throws(KVMError) -> kvm_xsave {
        var value = kvm_xsave()
        try descriptor.exchange(CKVM_GET_XSAVE, "KVM_GET_XSAVE", &value)
        return value
    }

    /// KVM_SET_XSAVE
    func set(_ value: inout kvm_xsave) throws(KVMError) {
        try descriptor.exchange(CKVM_SET_XSAVE, "KVM_SET_XSAVE", &value)
    }

    /// KVM_GET_XCRS, of which there is one: XCR0.
    func extendedControl() throws(KVMError) -> UInt64 {
        var value = kvm_xcrs()
        try descriptor.exchange(CKVM_GET_XCRS, "KVM_GET_XCRS", &value)
        return value.nr_xcrs > 0 ? value.xcrs.0.value : 1
    }

    /// KVM_SET_XCRS
    func setExtendedControl(_ register: UInt64) throws(KVMError) {
        var value = kvm_xcrs()
        value.nr_xcrs = 1
        value.xcrs.0 = kvm_xcr(xcr: 0, reserved: 0, value: register)
        try descriptor.exchange(CKVM_SET_XCRS, "KVM_SET_XCRS", &value)
    }

    /// KVM_GET_MSRS: the values, as far as the first register that KVM does not have.
    func modelRegisters(_ indices: [UInt32]) throws(KVMError) -> [UInt64] {
        let number = descriptor.number
        let (values, problem): ([UInt64], Int32) = withFlexible(kvm_msr_entry.self, count: indices.count) {
            for (place, index) in indices.enumerated() { $1[place].index = index }
            let got = ckvm_ioctl(number, CKVM_GET_MSRS, $0)
            guard got >= 0 else { return ([], errno) }
            return ((0..<min(Int(got), indices.count)).map { [entries = $1] in entries[$0].data }, 0)
        }
        guard problem == 0 else { throw .request("KVM_GET_MSRS", errno: problem) }
        return values
    }

    /// KVM_SET_MSRS: how many were set before the first that KVM refuses.
    func setModelRegisters(_ list: [(index: UInt32, value: UInt64)]) throws(KVMError) -> Int {
        let number = descriptor.number
        let (done, problem): (Int32, Int32) = withFlexible(kvm_msr_entry.self, count: list.count) {
            for (place, entry) in list.enumerated() {
                $1[place] = kvm_msr_entry(index: entry.index, reserved: 0, data: entry.value)
            }
            let done = ckvm_ioctl(number, CKVM_SET_MSRS, $0)
            return (done, done < 0 ? errno : 0)
        }
        guard problem == 0 else { throw .request("KVM_SET_MSRS", errno: problem) }
        return Int(done)
    }

    // MARK: Model, events, debugging, time

    /// KVM_SET_CPUID2, before the first KVM_RUN.
    func set(leaves: [kvm_cpuid_entry2]) throws(KVMError) {
        let number = descriptor.number
        let problem = withFlexible(kvm_cpuid_entry2.self, count: leaves.count) { memory, entries -> Int32 in
            for (place, leaf) in leaves.enumerated() { entries[place] = leaf }
            return ckvm_ioctl(number, CKVM_SET_CPUID2, memory) < 0 ? errno : 0
        }
        guard problem == 0 else { throw .request("KVM_SET_CPUID2", errno: problem) }
    }

    /// KVM_X86_SETUP_MCE: IA32_MCG_CAP.
    func setMachineCheck(_ capability: UInt64) throws(KVMError) {
        var value = capability
        try descriptor.exchange(CKVM_SETUP_MCE, "KVM_X86_SETUP_MCE", &value)
    }

    /// KVM_INTERRUPT: an external interrupt, taken at the next entry. Only when the guest is ready for it.
    func interrupt(_ vector: UInt8) throws(KVMError) {
        var value = kvm_interrupt(irq: UInt32(vector))
        try descriptor.exchange(CKVM_INTERRUPT, "KVM_INTERRUPT", &value)
    }

    /// KVM_SET_GUEST_DEBUG: single step, and breakpoints on execution at linear addresses, at most four.
    func debug(singleStep: Bool, breakpoints: [UInt64]) throws(KVMError) {
        var value = kvm_guest_debug()
        if singleStep { value.control |= UInt32(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP) }
        if !breakpoints.isEmpty { value.control |= UInt32(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP) }
        withUnsafeMutableBytes(of: &value.arch.debugreg) { bytes in
            let registers = bytes.bindMemory(to: UInt64.self)
            for (index, address) in breakpoints.prefix(4).enumerated() {
                registers[index] = address
                // Global enable; type 0 (execution) and length 0 (one byte) are zero (SDM 3B 17.2.4).
                registers[7] |= 2 << UInt64(index * 2)
            }
            registers[7] |= 0x400
        }
        try descriptor.exchange(CKVM_SET_GUEST_DEBUG, "KVM_SET_GUEST_DEBUG", &value)
    }

    /// KVM_GET_TSC_KHZ: counts of the guest's TSC in a millisecond.
    func tscRate() throws(KVMError) -> UInt64 {
        UInt64(try descriptor.request(CKVM_GET_TSC_KHZ, "KVM_GET_TSC_KHZ"))
    }

    /// KVM_SET_TSC_KHZ; refused where the host cannot scale.
    func set(tscRate: UInt64) throws(KVMError) {
        try descriptor.request(CKVM_SET_TSC_KHZ, "KVM_SET_TSC_KHZ", value: UInt(tscRate))
    }
}
