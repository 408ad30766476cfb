import Machine

/// MMIO windows that are plain bytes for now, mapped as memory.
struct DirectWindows {
    func slots(gateOpen: Bool) -> [MemorySlot] { [] }
    mutating func open(_ memory: vMEM) throws(KVMError) {}
    mutating func close(_ memory: vMEM) {}
}
