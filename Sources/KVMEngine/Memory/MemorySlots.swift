import CKVM
import Machine

/// The slots that a machine's fd holds now.
struct MemorySlots {
    private var held: [UInt32: MemorySlot] = [:]
    private var free: [UInt32] = []
    private var next: UInt32 = 0
    /// KVM_CAP_NR_MEMSLOTS
    private let most: Int

    init(most: Int) { self.most = most }

    /// Makes the fd hold exactly the `wanted` slots. Those that stay are not touched.
    mutating func set(_ wanted: [MemorySlot], on machine: borrowing KVMMachine) throws(KVMError) {
        guard wanted.count <= most else { throw .missing("\(wanted.count) memory slots; it has \(most)") }
        var left = wanted
        for (number, slot) in held.sorted(by: { $0.key < $1.key }) {
            if let index = left.firstIndex(of: slot) {
                left.remove(at: index)
                continue
            }
            try machine.setSlot(number, guest: slot.guest, size: 0, host: nil, flags: 0)
            held[number] = nil
            free.append(number)
        }
        for slot in left {
            let number = free.popLast() ?? take()
            var flags: UInt32 = 0
            if slot.isReadOnly { flags |= UInt32(KVM_MEM_READONLY) }
            if slot.logsWrites { flags |= UInt32(KVM_MEM_LOG_DIRTY_PAGES) }
            try machine.setSlot(number, guest: slot.guest, size: slot.size, host: slot.host, flags: flags)
            held[number] = slot
        }
    }

    private mutating func take() -> UInt32 {
        defer { next += 1 }
        return next
    }

    /// Slots whose writes are logged.
    var logged: [(number: UInt32, slot: MemorySlot)] {
        held.filter(\.value.logsWrites).map { ($0.key, $0.value) }
    }
}
