import Interpreter
import Machine
import X86ISA

#if canImport(Glibc)
    import Glibc
#endif

/// What an instruction of MMX or SSE can see and change.
struct VectorWorld: Equatable {
    var xmm: [UInt64] = Array(repeating: 0, count: 6)
    var mm: [UInt64] = [0, 0]
    var eax: UInt32 = 0
    var ecx: UInt32 = 0
    var edx: UInt32 = 0
    var mxcsr: UInt32 = 0x1F80
    /// OF, SF, ZF, AF, PF, CF
    var flags: UInt32 = 0
    /// What ESI and EDI point at.
    var memory: [UInt64] = Array(repeating: 0, count: 4)

    var text: String {
        func hex(_ words: [UInt64]) -> String { words.map { String($0, radix: 16) }.joined(separator: " ") }
        return "xmm0-2 \(hex(xmm)), mm0-1 \(hex(mm)), eax \(String(eax, radix: 16)) ecx \(String(ecx, radix: 16)), "
            + "mxcsr \(String(mxcsr, radix: 16)), flags \(String(flags, radix: 16)), memory \(hex(memory))"
    }
}

/// The instruction on the CPU that runs the tests.
final class VectorHost {
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

        init(_ instruction: [UInt8]) {
            var code: [UInt8] = [0x0F, 0xAE, 0x17]  // ldmxcsr [rdi]
            code += [0x0F, 0x10, 0x47, 16, 0x0F, 0x10, 0x4F, 32, 0x0F, 0x10, 0x57, 48]  // movups xmm0-2, [rdi+..]
            code += [0x0F, 0x6F, 0x47, 64, 0x0F, 0x6F, 0x4F, 72]  // movq mm0-1, [rdi+..]
            code += [0x48, 0x8B, 0x47, 80, 0x48, 0x8B, 0x4F, 88, 0x48, 0x8B, 0x57, 96]  // mov rax, rcx, rdx
            code += [0x48, 0x8D, 0x77, 0x70, 0x57, 0x48, 0x89, 0xF7]  // lea rsi, [rdi+112]; push rdi; mov rdi, rsi
            code += instruction
            code += [0x5F, 0x9C, 0x41, 0x58, 0x4C, 0x89, 0x47, 8]  // pop rdi; pushfq; pop r8; mov [rdi+8], r8
            code += [0x0F, 0x11, 0x47, 16, 0x0F, 0x11, 0x4F, 32, 0x0F, 0x11, 0x57, 48]
            code += [0x0F, 0x7F, 0x47, 64, 0x0F, 0x7F, 0x4F, 72]
            code += [0x48, 0x89, 0x47, 80, 0x48, 0x89, 0x4F, 88, 0x48, 0x89, 0x57, 96]
            code += [0x0F, 0xAE, 0x1F, 0x0F, 0xAE, 0x57, 4, 0x0F, 0x77, 0xC3]  // stmxcsr [rdi]; ldmxcsr [rdi+4]; emms
            let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for code") }
            page = memory
            page.copyMemory(from: code, byteCount: code.count)
            guard mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 else { preconditionFailure("no executable memory") }
            // SAFETY: a whole function that touches caller-saved registers, its own stack and `block` alone.
            entry = unsafeBitCast(page, to: Entry.self)
            block = .allocate(byteCount: 256, alignment: 64)
        }

        deinit {
            munmap(page, 4096)
            block.deallocate()
        }

        func run(_ world: VectorWorld) -> VectorWorld {
            func set<T>(_ value: T, _ offset: Int) { block.storeBytes(of: value, toByteOffset: offset, as: T.self) }
            set(world.mxcsr, 0)
            set(0x1F80 as UInt32, 4)
            for (index, word) in (world.xmm + world.mm).enumerated() { set(word, 16 + index * 8) }
            set(UInt64(world.eax), 80)
            set(UInt64(world.ecx), 88)
            set(UInt64(world.edx), 96)
            for (index, word) in world.memory.enumerated() { set(word, 112 + index * 8) }
            entry(block)
            func get<T>(_ offset: Int, _ type: T.Type) -> T { block.load(fromByteOffset: offset, as: type) }
            var out = VectorWorld()
            out.xmm = (0..<6).map { get(16 + $0 * 8, UInt64.self) }
            out.mm = (0..<2).map { get(64 + $0 * 8, UInt64.self) }
            out.eax = get(80, UInt32.self)
            out.ecx = get(88, UInt32.self)
            out.edx = get(96, UInt32.self)
            out.mxcsr = get(0, UInt32.self)
            out.flags = get(8, UInt32.self) & 0x8D5
            out.memory = (0..<4).map { get(112 + $0 * 8, UInt64.self) }
            return out
        }
    #else
        init(_ instruction: [UInt8]) {}
        func run(_ world: VectorWorld) -> VectorWorld { world }
    #endif
}

/// The instruction on the interpreter, in flat 32-bit code.
struct VectorGuest {
    let rig: ProtectedRig
    private let start: CPUFile
    static let buffer: UInt64 = 0x10000

    /// `max` with every feature of MMX and SSE.
    static let model: CPUModel = {
        let leaves = CPUModel.maximum.leaves.map { leaf in
            guard leaf.function == 1 else { return leaf }
            var told = leaf.registers
            told.edx |= 0xF << 23
            told.ecx |= 1 | 1 << 9 | 1 << 19 | 1 << 20
            return CPUModel.Leaf(1, told)
        }
        return CPUModel(name: "vectors", leaves: leaves, signature: CPUModel.maximum.signature)
    }()

    /// The decoder has rows for MMX and SSE.
    static let isDecoded = (try? Decoder(.bits32).decode([0x0F, 0x58, 0xC1])) != nil

    init(_ instruction: [UInt8]) throws {
        rig = try ProtectedRig(instruction + [0xF4], cpuModel: Self.model)
        var cpu = rig.vm.cpu
        cpu.cr4 = 0x600
        cpu.vector.controlWord = 0x37F
        (cpu[register: 6], cpu[register: 7]) = (Self.buffer, Self.buffer)
        start = cpu
    }

    func run(_ world: VectorWorld, change: (inout CPUFile) -> Void = { _ in }) -> (VectorWorld, vector: UInt64?) {
        var cpu = start
        for number in 0..<3 {
            cpu.vector[xmm: number] = UInt128(world.xmm[2 * number + 1]) << 64 | UInt128(world.xmm[2 * number])
        }
        for number in 0..<2 { cpu.vector[mm: number] = world.mm[number] }
        (cpu[register: 0], cpu[register: 1], cpu[register: 2]) = (
            UInt64(world.eax), UInt64(world.ecx), UInt64(world.edx)
        )
        cpu.vector.mxcsr = world.mxcsr
        change(&cpu)
        rig.vm.cpu = cpu
        for (index, word) in world.memory.enumerated() {
            rig.put(Self.buffer + UInt64(index * 8), UInt32(truncatingIfNeeded: word))
            rig.put(Self.buffer + UInt64(index * 8 + 4), UInt32(truncatingIfNeeded: word >> 32))
        }
        let vector = rig.run()
        let after = rig.vm.cpu
        var out = VectorWorld()
        out.xmm = (0..<6).map { UInt64(truncatingIfNeeded: after.vector[xmm: $0 / 2] >> UInt128($0 % 2 * 64)) }
        out.mm = (0..<2).map { after.vector[mm: $0] }
        out.eax = UInt32(truncatingIfNeeded: after[register: 0])
        out.ecx = UInt32(truncatingIfNeeded: after[register: 1])
        out.edx = UInt32(truncatingIfNeeded: after[register: 2])
        out.mxcsr = after.vector.mxcsr
        out.flags = UInt32(truncatingIfNeeded: after.rflags) & 0x8D5
        out.memory = (0..<4).map {
            UInt64(rig.get(Self.buffer + UInt64($0 * 8))) | UInt64(rig.get(Self.buffer + UInt64($0 * 8 + 4))) << 32
        }
        return (out, vector)
    }
}
