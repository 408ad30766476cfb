import CKVM
import Glibc

/// A machine's fd (KVM API, "VM ioctls").
struct KVMMachine: ~Copyable {
    private let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// KVM_CREATE_VCPU number 0, with its shared page.
    func makeProcessor(sharedPageSize: Int) throws(KVMError) -> KVMProcessor {
        let vcpu = OwnedDescriptor(try descriptor.request(CKVM_CREATE_VCPU, "KVM_CREATE_VCPU"))
        let page = mmap(nil, sharedPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu.number, 0)
        guard let page, page != MAP_FAILED else { throw .mapping(errno: errno) }
        return KVMProcessor(vcpu, page, size: sharedPageSize)
    }

    /// KVM_SET_USER_MEMORY_REGION; a size of zero removes the slot. `host` must stay mapped for as long as the slot is.
    func setSlot(
        _ number: UInt32, guest: UInt64, size: UInt64, host: UnsafeMutableRawPointer?, flags: UInt32
    ) throws(KVMError) {
        var region = kvm_userspace_memory_region(
            slot: number, flags: flags, guest_phys_addr: guest, memory_size: size,
            userspace_addr: UInt64(UInt(bitPattern: host)))
        try descriptor.exchange(CKVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION", &region)
    }

    /// KVM_GET_DIRTY_LOG: a bit for each page of the slot that was written since the last call.
    func dirtyPages(slot: UInt32, pages: Int) throws(KVMError) -> [UInt64] {
        var bitmap = [UInt64](repeating: 0, count: (pages + 63) / 64)
        let descriptor = descriptor.number
        let number = bitmap.withUnsafeMutableBytes { bytes -> Int32 in
            var log = ckvm_dirty_log(slot, bytes.baseAddress)
            return ckvm_ioctl(descriptor, CKVM_GET_DIRTY_LOG, &log) < 0 ? errno : 0
        }
        guard number == 0 else { throw .request("KVM_GET_DIRTY_LOG", errno: number) }
        return bitmap
    }

    /// KVM_SET_IDENTITY_MAP_ADDR and KVM_SET_TSS_ADDR: a page and three pages that KVM uses on Intel CPUs without
    /// unrestricted guests, where real mode runs as V86. Nothing of the guest may lie there.
    func reserve(identityMap: UInt64, taskState: UInt64) throws(KVMError) {
        var address = identityMap
        try descriptor.exchange(CKVM_SET_IDENTITY_MAP_ADDR, "KVM_SET_IDENTITY_MAP_ADDR", &address)
        try descriptor.request(CKVM_SET_TSS_ADDR, "KVM_SET_TSS_ADDR", value: UInt(taskState))
    }

    /// KVM_ENABLE_CAP with one argument.
    func enable(_ capability: KVMCapability, _ argument: UInt64) throws(KVMError) {
        var request = kvm_enable_cap()
        request.cap = UInt32(capability.number)
        request.args.0 = argument
        try descriptor.exchange(CKVM_ENABLE_CAP, "KVM_ENABLE_CAP \(capability.name)", &request)
    }

    /// KVM_X86_SET_MSR_FILTER: accesses to these ranges do not reach KVM's own model of them.
    func deny(_ ranges: [ClosedRange<UInt32>]) throws(KVMError) {
        precondition(ranges.count <= Int(KVM_MSR_FILTER_MAX_RANGES))
        // A zero bit denies.
        let bitmap = UnsafeMutableRawPointer.allocate(byteCount: Int(KVM_MSR_FILTER_MAX_BITMAP_SIZE), alignment: 8)
        defer { bitmap.deallocate() }
        bitmap.initializeMemory(as: UInt8.self, repeating: 0, count: Int(KVM_MSR_FILTER_MAX_BITMAP_SIZE))
        var filter = kvm_msr_filter()
        withUnsafeMutableBytes(of: &filter.ranges) { bytes in
            let list = bytes.bindMemory(to: kvm_msr_filter_range.self)
            for (index, range) in ranges.enumerated() {
                list[index] = kvm_msr_filter_range(
                    flags: UInt32(KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE), nmsrs: UInt32(range.count),
                    base: range.lowerBound, bitmap: bitmap.assumingMemoryBound(to: UInt8.self))
            }
        }
        try descriptor.exchange(CKVM_X86_SET_MSR_FILTER, "KVM_X86_SET_MSR_FILTER", &filter)
    }
}
