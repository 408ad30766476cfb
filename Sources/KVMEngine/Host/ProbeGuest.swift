import CKVM
import Glibc

/// A guest of a few instructions that shows whether this host's KVM works, and how fast.
struct ProbeGuest: ~Copyable {
    private static let size = 64 << 10
    private static let code = 0x8000

    private let machine: KVMMachine
    private let processor: KVMProcessor
    private let memory: UnsafeMutableRawPointer

    private init(
        _ machine: consuming KVMMachine, _ processor: consuming KVMProcessor, _ memory: UnsafeMutableRawPointer
    ) {
        self.machine = machine
        self.processor = processor
        self.memory = memory
    }

    static func make(_ device: borrowing KVMDevice) throws(KVMError) -> ProbeGuest {
        let machine = try device.makeMachine()
        try machine.reserve(identityMap: 0xFFFB_C000, taskState: 0xFFFB_D000)
        let processor = try machine.makeProcessor(sharedPageSize: try device.sharedPageSize())
        try processor.set(leaves: try device.supportedLeaves())
        let page = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let page, page != MAP_FAILED else { throw .mapping(errno: errno) }
        let made = ProbeGuest(machine, processor, page)
        try made.machine.setSlot(0, guest: 0, size: UInt64(Self.size), host: page, flags: 0)
        return made
    }

    deinit { munmap(memory, Self.size) }

    private func load(_ bytes: [UInt8]) {
        for (index, byte) in bytes.enumerated() {
            memory.storeBytes(of: byte, toByteOffset: Self.code + index, as: UInt8.self)
        }
    }

    /// One entry; the seconds that it took, nil when it ended otherwise than with `reason`.
    private func timed(_ reason: Int32) throws(KVMError) -> Double? {
        let start = HostTicks.monotonic
        var problem = processor.enter()
        while problem == EINTR { problem = processor.enter() }
        guard problem == 0 else { throw .request("KVM_RUN", errno: problem) }
        guard Int32(bitPattern: processor.run.pointee.exit_reason) == reason else { return nil }
        return Double(max(1, HostTicks.monotonic &- start)) / 1e9
    }

    /// A counted loop of two instructions in real mode, ended by HLT: millions of instructions a second, nil when the loop
    /// did not run as it should.
    func realModeSpeed() throws(KVMError) -> Double? {
        // mov ecx, count; dec ecx; jnz -4; hlt
        var count: UInt32 = 10_000
        while true {
            load(
                [0x66, 0xB9] + withUnsafeBytes(of: count.littleEndian) { Array($0) } + [0x66, 0x49, 0x75, 0xFC, 0xF4])
            var sregs = try processor.systemRegisters()
            sregs.cs.base = 0
            sregs.cs.selector = 0
            try processor.set(sregs)
            var regs = kvm_regs()
            regs.rip = UInt64(Self.code)
            regs.rflags = 2
            try processor.set(regs)
            guard let seconds = try timed(KVM_EXIT_HLT) else { return nil }
            let end = try processor.registers()
            guard end.rcx == 0, end.rip == UInt64(Self.code) + 11 else { return nil }
            if seconds > 0.01 || count > 1 << 28 { return Double(count) * 2 / seconds / 1e6 }
            count *= 8
        }
    }

    /// The same loop at CPL 3 in 64-bit mode, ended by OUT (IOPL is 3).
    func userModeSpeed() throws(KVMError) -> Double? {
        // mov ecx, count; dec ecx; jnz -4; out 80h, al
        var count: UInt32 = 10_000
        try enterLongMode()
        while true {
            load([0xB9] + withUnsafeBytes(of: count.littleEndian) { Array($0) } + [0xFF, 0xC9, 0x75, 0xFC, 0xE6, 0x80])
            var regs = kvm_regs()
            regs.rip = UInt64(Self.code)
            regs.rflags = 0x3002
            try processor.set(regs)
            guard let seconds = try timed(KVM_EXIT_IO) else { return nil }
            guard try processor.registers().rcx == 0 else { return nil }
            if seconds > 0.02 || count > 1 << 30 { return Double(count) * 2 / seconds / 1e6 }
            count *= 8
        }
    }

    /// Microseconds from an OUT in the guest to the host and back, in the mode that the last guest left.
    func exitCost() throws(KVMError) -> Double? {
        // out 80h, al; jmp -4
        load([0xE6, 0x80, 0xEB, 0xFC])
        var regs = kvm_regs()
        regs.rip = UInt64(Self.code)
        regs.rflags = 0x3002
        try processor.set(regs)
        let start = HostTicks.monotonic, count = 2000
        for _ in 0..<count where try timed(KVM_EXIT_IO) == nil { return nil }
        return Double(HostTicks.monotonic &- start) / 1000 / Double(count)
    }

    /// Whether an exit for an open interrupt window comes right behind the STI that opens it, as KVM's API has it. Where KVM
    /// emulates the guest's code, it may look at the window only now and then.
    func opensWindowsAtOnce() throws(KVMError) -> Bool {
        // sti; nop; 16 more; out 80h, al
        load([0xFB] + [UInt8](repeating: 0x90, count: 17) + [0xE6, 0x80])
        var sregs = try processor.systemRegisters()
        sregs.cs.base = 0
        sregs.cs.selector = 0
        try processor.set(sregs)
        var regs = kvm_regs()
        regs.rip = UInt64(Self.code)
        regs.rflags = 2
        try processor.set(regs)
        processor.run.pointee.request_interrupt_window = 1
        guard try timed(KVM_EXIT_IRQ_WINDOW_OPEN) != nil else { return false }
        return try processor.registers().rip == UInt64(Self.code) + 2
    }

    /// Identity-mapped 64-bit mode at CPL 3: 4 KiB pages are one level too many here, so a 2 MiB page does it.
    private func enterLongMode() throws(KVMError) {
        memory.storeBytes(of: 0x2007, toByteOffset: 0x1000, as: UInt64.self)
        memory.storeBytes(of: 0x3007, toByteOffset: 0x2000, as: UInt64.self)
        // Present, writable, user, 2 MiB
        memory.storeBytes(of: 0x87, toByteOffset: 0x3000, as: UInt64.self)
        var sregs = try processor.systemRegisters()
        sregs.cr3 = 0x1000
        sregs.cr4 = 0x620
        sregs.cr0 = 0x8005_0033
        sregs.efer = 0x500
        var code = kvm_segment()
        code.limit = .max
        (code.selector, code.type, code.present, code.dpl, code.s, code.l, code.g) = (0x33, 11, 1, 3, 1, 1, 1)
        var data = code
        (data.selector, data.type, data.l, data.db) = (0x2B, 3, 0, 1)
        sregs.cs = code
        (sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss) = (data, data, data, data, data)
        sregs.tr.type = 11
        sregs.tr.limit = 0x67
        try processor.set(sregs)
    }
}
