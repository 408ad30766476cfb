import Interpreter
import Machine
import X86ISA

#if canImport(Glibc)
    import Glibc
#endif

/// What an x87 instruction can see and change.
struct X87World: Equatable {
    /// An FXSAVE image without MXCSR and XMM: 160 bytes.
    var image: [UInt64] = Array(repeating: 0, count: 20)
    var eax: UInt32 = 0
    /// OF, SF, ZF, AF, PF, CF
    var flags: UInt32 = 0
    /// What ESI points at, 128 bytes.
    var memory: [UInt64] = Array(repeating: 0, count: 16)

    init() { image[0] = 0x37F }

    var control: UInt16 {
        get { UInt16(truncatingIfNeeded: image[0]) }
        set { image[0] = image[0] & ~0xFFFF | UInt64(newValue) }
    }
    var status: UInt16 {
        get { UInt16(truncatingIfNeeded: image[0] >> 16) }
        set { image[0] = image[0] & ~0xFFFF_0000 | UInt64(newValue) << 16 }
    }
    /// Bit n: the physical register n is not empty.
    var tags: UInt8 {
        get { UInt8(truncatingIfNeeded: image[0] >> 32) }
        set { image[0] = image[0] & ~0xFF_0000_0000 | UInt64(newValue) << 32 }
    }
    var lastInstruction: UInt64 {
        get { image[1] }
        set { image[1] = newValue }
    }
    var lastOperand: UInt64 {
        get { image[2] }
        set { image[2] = newValue }
    }

    /// CPUs of AMD keep pointers of unmasked exceptions alone; FNSTENV and FNSAVE of `code` store them.
    mutating func takePointers(of other: X87World, _ code: [UInt8]) {
        image[0] = image[0] & ~(0xFFFF << 48) | other.image[0] & (0xFFFF << 48)
        (image[1], image[2]) = (other.image[1], other.image[2])
        guard code.last == 0x36 else { return }
        // Bytes 6-13 of an environment of 16 bits, 12-27 of one of 32.
        for place in code.first == 0x66 ? 6..<14 : 12..<28 {
            let mask: UInt64 = 0xFF << UInt64(place % 8 * 8)
            memory[place / 8] = memory[place / 8] & ~mask | other.memory[place / 8] & mask
        }
    }

    /// What differs, in words.
    func difference(from other: X87World) -> String {
        func hex<T: FixedWidthInteger>(_ value: T) -> String { String(value, radix: 16) }
        var parts: [String] = []
        func add<T: FixedWidthInteger>(_ name: String, _ a: T, _ b: T) {
            if a != b { parts.append("\(name) \(hex(a)) for \(hex(b))") }
        }
        add("FCW", control, other.control)
        add("FSW", status, other.status)
        add("tags", tags, other.tags)
        add("FOP", image[0] >> 48, other.image[0] >> 48)
        add("FIP", image[1], other.image[1])
        add("FDP", image[2], other.image[2])
        for number in 0..<8 {
            add("ST\(number) low", image[4 + number * 2], other.image[4 + number * 2])
            add("ST\(number) high", image[5 + number * 2], other.image[5 + number * 2])
        }
        add("EAX", eax, other.eax)
        add("flags", flags, other.flags)
        for index in 0..<16 { add("memory \(index)", memory[index], other.memory[index]) }
        return parts.joined(separator: ", ")
    }

    var text: String {
        let words = image.enumerated().filter { $0.offset != 3 }.map { String($0.element, radix: 16) }
        return words.joined(separator: " ") + " memory "
            + memory.prefix(2).map { String($0, radix: 16) }.joined(separator: " ")
    }
}

/// The instruction on the CPU that runs the tests. Pointers into code and to the operand become those of `X87Guest`.
final class X87Host {
    static let isThere: Bool = {
        #if canImport(Glibc) && arch(x86_64)
            return true
        #else
            return false
        #endif
    }()

    #if canImport(Glibc) && arch(x86_64)
        typealias Entry = @convention(c) (UnsafeMutableRawPointer) -> Void
        private let page: UnsafeMutableRawPointer
        private let block: UnsafeMutableRawPointer
        private let entry: Entry
        private let start: UInt64
        private static let operand = 1536

        init(_ instruction: [UInt8]) {
            var code: [UInt8] = [0x48, 0x0F, 0xAE, 0x8F, 0, 2, 0, 0]  // fxrstor64 [rdi+512]
            code += [0x48, 0x8D, 0xB7, 0, 6, 0, 0]  // lea rsi, [rdi+1536]
            code += [0x48, 0x8B, 0x07, 0xFF, 0x77, 8, 0x9D]  // mov rax, [rdi]; push qword [rdi+8]; popfq
            let place = code.count
            code += instruction
            code += [0x9C, 0x8F, 0x47, 16, 0x48, 0x89, 0x47, 24]  // pushfq; pop qword [rdi+16]; mov [rdi+24], rax
            code += [0x48, 0x0F, 0xAE, 0x87, 0, 4, 0, 0]  // fxsave64 [rdi+1024]
            code += [0xDB, 0xE3, 0xC3]  // fninit; ret
            let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for code") }
            page = memory
            page.copyMemory(from: code, byteCount: code.count)
            guard mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 else { preconditionFailure("no executable memory") }
            // SAFETY: a whole function that touches RAX, RSI, its own stack, the x87, XMM registers and `block` alone.
            entry = unsafeBitCast(page, to: Entry.self)
            start = UInt64(UInt(bitPattern: page)) + UInt64(place)
            block = .allocate(byteCount: 2048, alignment: 64)
            block.initializeMemory(as: UInt8.self, repeating: 0, count: 2048)
        }

        deinit {
            munmap(page, 4096)
            block.deallocate()
        }

        func run(_ world: X87World) -> X87World {
            func set<T>(_ value: T, _ offset: Int) { block.storeBytes(of: value, toByteOffset: offset, as: T.self) }
            func get<T>(_ offset: Int, _ type: T.Type) -> T { block.load(fromByteOffset: offset, as: type) }
            for (index, word) in world.image.enumerated() { set(word, 512 + index * 8) }
            set(0x1F80 as UInt64, 512 + 24)
            set(UInt64(world.eax), 0)
            set(UInt64(world.flags) | 0x202, 8)
            for (index, word) in world.memory.enumerated() { set(word, Self.operand + index * 8) }
            entry(block)
            var out = X87World()
            for index in 0..<20 where index != 3 { out.image[index] = get(1024 + index * 8, UInt64.self) }
            if out.image[1] == start { out.image[1] = X87Guest.code }
            if out.image[2] == UInt64(UInt(bitPattern: block)) + UInt64(Self.operand) { out.image[2] = X87Guest.buffer }
            out.eax = get(24, UInt32.self)
            out.flags = get(16, UInt32.self) & 0x8D5
            out.memory = (0..<16).map { get(Self.operand + $0 * 8, UInt64.self) }
            return out
        }
    #else
        init(_ instruction: [UInt8]) {}
        func run(_ world: X87World) -> X87World { world }
    #endif
}

/// The instruction on the interpreter, in flat 32-bit code.
struct X87Guest {
    static let code: UInt64 = 0x7C00
    static let buffer: UInt64 = 0x10000

    let rig: ProtectedRig
    private let start: CPUFile

    /// `max` with an FPU as late CPUs have it (FOP and FDP of unmasked exceptions alone, no FCS and FDS) and with XSAVE of
    /// x87, SSE and AVX.
    static let model: CPUModel = {
        let leaves = CPUModel.maximum.leaves.map { leaf in
            var told = leaf.registers
            if leaf.function == 1 {
                told.edx |= 0xF << 23 | 1
                told.ecx |= 1 | 1 << 26 | 1 << 28
            } else if leaf.function == 0 {
                told.eax = max(told.eax, 0xD)
            } else if leaf.function == 7 {
                told.ebx |= 1 << 6 | 1 << 13
            } else {
                return leaf
            }
            return CPUModel.Leaf(leaf.function, index: leaf.index, told)
        }
        let areas = [
            CPUModel.Leaf(0xD, index: 0, CPUModel.Registers(eax: 7, ebx: 0, ecx: 832)),
            CPUModel.Leaf(0xD, index: 1, CPUModel.Registers(eax: 7)),
            CPUModel.Leaf(0xD, index: 2, CPUModel.Registers(eax: 256, ebx: 576)),
        ]
        return CPUModel(name: "x87", leaves: areas + leaves, signature: CPUModel.maximum.signature)
    }()

    init(_ instruction: [UInt8], model: CPUModel = X87Guest.model, change: (inout CPUFile) -> Void = { _ in }) throws {
        rig = try ProtectedRig(instruction + [0xF4], cpuModel: model)
        var cpu = rig.vm.cpu
        cpu.cr0 |= ControlBits.numericError
        cpu.cr4 = 0x600
        cpu[register: 6] = Self.buffer
        change(&cpu)
        start = cpu
    }

    func run(_ world: X87World) -> (X87World, vector: UInt64?) {
        var cpu = start
        cpu.vector.withUnsafeMutableBytes { bytes in
            for index in 0..<20 where index != 3 {
                bytes.storeBytes(of: world.image[index], toByteOffset: index * 8, as: UInt64.self)
            }
        }
        cpu[register: 0] = UInt64(world.eax)
        cpu.rflags = UInt64(world.flags) | 2
        rig.vm.cpu = cpu
        for (index, word) in world.memory.enumerated() {
            rig.put(Self.buffer + UInt64(index * 8), UInt32(truncatingIfNeeded: word))
            rig.put(Self.buffer + UInt64(index * 8 + 4), UInt32(truncatingIfNeeded: word >> 32))
        }
        let vector = rig.run()
        let after = rig.vm.cpu
        var out = X87World()
        after.vector.withUnsafeBytes { bytes in
            for index in 0..<20 where index != 3 {
                out.image[index] = bytes.load(fromByteOffset: index * 8, as: UInt64.self)
            }
        }
        out.eax = UInt32(truncatingIfNeeded: after[register: 0])
        out.flags = UInt32(truncatingIfNeeded: after.rflags) & 0x8D5
        out.memory = (0..<16).map {
            UInt64(rig.get(Self.buffer + UInt64($0 * 8))) | UInt64(rig.get(Self.buffer + UInt64($0 * 8 + 4))) << 32
        }
        return (out, vector)
    }
}
