import Foundation
import Interpreter
import Machine
import X86ISA

#if canImport(Glibc)
    import Glibc
#endif

/// What an instruction of MMX, SSE or AVX can see and change.
struct VectorWorld: Equatable {
    var xmm: [UInt64] = Array(repeating: 0, count: 6)
    /// Bits 128-255 of YMM0-2.
    var upper: [UInt64] = Array(repeating: 0, count: 6)
    var mm: [UInt64] = [0, 0]
    var eax: UInt32 = 0
    var ecx: UInt32 = 0
    var edx: UInt32 = 0
    var mxcsr: UInt32 = 0x1F80
    /// OF, SF, ZF, AF, PF, CF afterwards; before it ZF and PF are set.
    var flags: UInt32 = 0
    /// What ESI and EDI point at.
    var memory: [UInt64] = Array(repeating: 0, count: 4)

    var text: String {
        func hex(_ words: [UInt64]) -> String { words.map { String($0, radix: 16) }.joined(separator: " ") }
        return "xmm0-2 \(hex(xmm)), upper \(hex(upper)), mm0-1 \(hex(mm)), eax \(String(eax, radix: 16)) "
            + "ecx \(String(ecx, radix: 16)), mxcsr \(String(mxcsr, radix: 16)), flags \(String(flags, radix: 16)), "
            + "memory \(hex(memory))"
    }
}

/// The instruction on the CPU that runs the tests. What faults there is skipped.
final class VectorHost {
    static let isThere: Bool = {
        #if canImport(Glibc) && arch(x86_64)
            return true
        #else
            return false
        #endif
    }()

    /// Flags of /proc/cpuinfo that the host lacks out of these.
    static func lacks(_ names: [String]) -> [String] {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
        let there = Set(line.split(separator: " ").map(String.init))
        return names.filter { !there.contains($0) }
    }

    /// Intel's manual is what the interpreter follows; other makers' CPUs differ in what it leaves open and in some more, which
    /// `Sources/SiliconOracle/AMDHost.swift` lists.
    static let isIntel = ((try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "").contains(
        "GenuineIntel")

    /// Results that only CPUs of Intel have bit for bit: approximations, and which of several NaNs DPPS gives.
    static func isOpen(_ operation: X86ISA.Operation) -> Bool {
        !isIntel && [.rcpps, .rcpss, .rsqrtps, .rsqrtss, .dpps, .dppd].contains(operation)
    }

    static let hasAVX = isThere && lacks(["avx"]).isEmpty

    #if canImport(Glibc) && arch(x86_64)
        typealias Entry = @convention(c) (UnsafeMutableRawPointer) -> Void
        private let page: UnsafeMutableRawPointer
        private let block: UnsafeMutableRawPointer
        private let guarded: UnsafeMutableRawPointer
        private let entry: Entry

        /// Offsets in `block`.
        private enum Place {
            static let upper = 144
            static let memory = 192
            static let signal = 224
        }

        /// What took SIGFPE before.
        nonisolated(unsafe) private static var before = sigaction()

        /// A fault of the instruction under test goes on at R9, which points behind it, with the signal in R10.
        private static let catchesFaults: Bool = {
            var action = sigaction()
            action.sa_flags = SA_SIGINFO
            action.__sigaction_handler.sa_sigaction = { signal, information, context in
                guard let context else { return }
                // gregs of ucontext_t: R8 R9 R10 R11 R12 R13 R14 R15 RDI RSI RBP RBX RDX RAX RCX RSP RIP
                let registers = context.advanced(by: 40).assumingMemoryBound(to: UInt64.self)
                guard registers[1] &- registers[16] <= 15 else {
                    // Not ours: another suite's, if it was there before, else it comes again without a handler.
                    let other = signal == SIGFPE ? before.__sigaction_handler.sa_sigaction : nil
                    if let other, before.sa_flags & SA_SIGINFO != 0 { return other(signal, information, context) }
                    _ = Glibc.signal(signal, SIG_DFL)
                    return
                }
                registers[2] = UInt64(signal)
                registers[16] = registers[1]
            }
            guard sigaction(SIGFPE, nil, &before) == 0 else { return false }
            return [SIGFPE, SIGSEGV, SIGILL].allSatisfy { sigaction($0, &action, nil) == 0 }
        }()

        /// With `atEnd` the 32 bytes end where a page follows that cannot be accessed.
        init(_ instruction: [UInt8], atEnd: Bool = false) {
            var code: [UInt8] = [0x0F, 0xAE, 0x17]  // ldmxcsr [rdi]
            code += [0x0F, 0x10, 0x47, 16, 0x0F, 0x10, 0x4F, 32, 0x0F, 0x10, 0x57, 48]  // movups xmm0-2, [rdi+..]
            code += [0x0F, 0x6F, 0x47, 64, 0x0F, 0x6F, 0x4F, 72]  // movq mm0-1, [rdi+..]
            if Self.hasAVX {  // vinsertf128 ymm0-2, ymm0-2, [rdi+..], 1
                for (number, vvvv) in [UInt8(0x7D), 0x75, 0x6D].enumerated() {
                    code += [0xC4, 0xE3, vvvv, 0x18, UInt8(0x87 + 8 * number), UInt8(Place.upper + 16 * number)]
                    code += [0, 0, 0, 1]
                }
            }
            code += [0x48, 0x8B, 0x47, 80, 0x48, 0x8B, 0x4F, 88, 0x48, 0x8B, 0x57, 96]  // mov rax, rcx, rdx
            code += [0x48, 0x8B, 0x77, 104, 0x57, 0x48, 0x89, 0xF7]  // mov rsi, [rdi+104]; push rdi; mov rdi, rsi
            code += [0x45, 0x31, 0xD2]  // xor r10d, r10d
            code += [0x4C, 0x8D, 0x0D, UInt8(instruction.count), 0, 0, 0]  // lea r9, [rip+..]
            code += instruction
            code += [0x5F, 0x9C, 0x41, 0x58, 0x4C, 0x89, 0x47, 8]  // pop rdi; pushfq; pop r8; mov [rdi+8], r8
            code += [0x4C, 0x89, 0x97, UInt8(Place.signal), 0, 0, 0]  // mov [rdi+..], r10
            code += [0x0F, 0x11, 0x47, 16, 0x0F, 0x11, 0x4F, 32, 0x0F, 0x11, 0x57, 48]
            code += [0x0F, 0x7F, 0x47, 64, 0x0F, 0x7F, 0x4F, 72]
            if Self.hasAVX {  // vextractf128 [rdi+..], ymm0-2, 1; vzeroupper
                for number in 0..<3 {
                    code += [0xC4, 0xE3, 0x7D, 0x19, UInt8(0x87 + 8 * number), UInt8(Place.upper + 16 * number)]
                    code += [0, 0, 0, 1]
                }
                code += [0xC5, 0xF8, 0x77]
            }
            code += [0x48, 0x89, 0x47, 80, 0x48, 0x89, 0x4F, 88, 0x48, 0x89, 0x57, 96]
            code += [0x0F, 0xAE, 0x1F, 0x0F, 0xAE, 0x57, 4, 0x0F, 0x77, 0xC3]  // stmxcsr [rdi]; ldmxcsr [rdi+4]; emms
            guard Self.catchesFaults else { preconditionFailure("no signal handlers") }
            let memory = mmap(nil, 4096 * 3, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for code") }
            page = memory
            guarded = memory + 8192 - 32
            page.copyMemory(from: code, byteCount: code.count)
            guard mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0, mprotect(page + 8192, 4096, PROT_NONE) == 0 else {
                preconditionFailure("no executable memory")
            }
            // SAFETY: a whole function that touches caller-saved registers, its own stack and `block` alone.
            entry = unsafeBitCast(page, to: Entry.self)
            block = .allocate(byteCount: 256, alignment: 64)
            self.atEnd = atEnd
        }

        private let atEnd: Bool

        deinit {
            munmap(page, 4096 * 3)
            block.deallocate()
        }

        /// The signal is that of a fault, else 0.
        func run(_ world: VectorWorld) -> (VectorWorld, signal: Int32) {
            func set<T>(_ value: T, _ offset: Int) { block.storeBytes(of: value, toByteOffset: offset, as: T.self) }
            let target = atEnd ? guarded : block + Place.memory
            set(world.mxcsr, 0)
            set(0x1F80 as UInt32, 4)
            for (index, word) in (world.xmm + world.mm).enumerated() { set(word, 16 + index * 8) }
            set(UInt64(world.eax), 80)
            set(UInt64(world.ecx), 88)
            set(UInt64(world.edx), 96)
            set(UInt64(UInt(bitPattern: target)), 104)
            for (index, word) in world.upper.enumerated() { set(word, Place.upper + index * 8) }
            for (index, word) in world.memory.enumerated() {
                target.storeBytes(of: word, toByteOffset: index * 8, as: UInt64.self)
            }
            entry(block)
            func get<T>(_ offset: Int, _ type: T.Type) -> T { block.load(fromByteOffset: offset, as: type) }
            var out = VectorWorld()
            out.xmm = (0..<6).map { get(16 + $0 * 8, UInt64.self) }
            // Without AVX nothing changes what nobody loads.
            out.upper = Self.hasAVX ? (0..<6).map { get(Place.upper + $0 * 8, UInt64.self) } : world.upper
            out.mm = (0..<2).map { get(64 + $0 * 8, UInt64.self) }
            out.eax = get(80, UInt32.self)
            out.ecx = get(88, UInt32.self)
            out.edx = get(96, UInt32.self)
            out.mxcsr = get(0, UInt32.self)
            out.flags = get(8, UInt32.self) & 0x8D5
            out.memory = (0..<4).map { target.load(fromByteOffset: $0 * 8, as: UInt64.self) }
            return (out, get(Place.signal, Int32.self))
        }
    #else
        init(_ instruction: [UInt8], atEnd: Bool = false) {}
        func run(_ world: VectorWorld) -> (VectorWorld, signal: Int32) { (world, 0) }
    #endif
}

/// The instruction on the interpreter, in flat 32-bit code, or in 64-bit code, where no fault is delivered.
struct VectorGuest {
    let rig: ProtectedRig
    private let start: CPUFile
    static let buffer: UInt64 = 0x10000

    /// `max` with every feature of MMX, SSE and AVX.
    static let model: CPUModel = {
        let leaves = CPUModel.maximum.leaves.map { leaf in
            var told = leaf.registers
            switch leaf.function {
            case 1:
                // MMX FXSR SSE SSE2; SSE3 PCLMULQDQ SSSE3 FMA SSE4.1 SSE4.2 AES XSAVE AVX F16C
                told.edx |= 0xF << 23
                told.ecx |= 3 | 1 << 9 | 1 << 12 | 3 << 19 | 3 << 25 | 3 << 28
            case 7: told.ebx |= 1 << 5 | 1 << 29  // AVX2 SHA
            default: break
            }
            return CPUModel.Leaf(leaf.function, index: leaf.index, told)
        }
        return CPUModel(name: "vectors", leaves: leaves, signature: CPUModel.maximum.signature)
    }()

    /// The decoder has rows for MMX and SSE.
    static let isDecoded = (try? Decoder(.bits32).decode([0x0F, 0x58, 0xC1])) != nil

    /// With `atEnd` DS ends behind the 32 bytes.
    init(_ instruction: [UInt8], atEnd: Bool = false, isWide: Bool = false) throws {
        rig = try ProtectedRig(instruction + [0xF4], cpuModel: Self.model)
        self.isWide = isWide
        var cpu = rig.vm.cpu
        if atEnd {
            cpu.ds = Segment(
                selector: cpu.ds.selector, base: 0, limit: UInt32(Self.buffer + 31), attributes: 0x4093)
        }
        cpu.cr4 = 0x4_0600
        cpu.xcr0 = 7
        cpu.rflags |= 0x44
        cpu.vector.controlWord = 0x37F
        (cpu[register: 6], cpu[register: 7]) = (Self.buffer, Self.buffer)
        if isWide {
            // The first 2 MiB as they are.
            rig.put(0x80000, 0x81007)
            rig.put(0x81000, 0x82007)
            rig.put(0x82000, 0x87)
            cpu.cr3 = 0x80000
            cpu.cr4 |= ControlBits.physicalAddressExtension
            cpu.efer = ControlBits.longModeEnable | ControlBits.longModeActive
            cpu.cr0 |= ControlBits.paging
            cpu.cs = Segment(selector: 8, base: 0, limit: .max, attributes: 0xA09B)
        }
        start = cpu
    }

    private let isWide: Bool

    func run(_ world: VectorWorld, change: (inout CPUFile) -> Void = { _ in }) -> (VectorWorld, vector: UInt64?) {
        var cpu = start
        for number in 0..<3 {
            cpu.vector[xmm: number] = UInt128(world.xmm[2 * number + 1]) << 64 | UInt128(world.xmm[2 * number])
        }
        for number in 0..<3 {
            cpu.vector[ymmHigh: number] = UInt128(world.upper[2 * number + 1]) << 64 | UInt128(world.upper[2 * number])
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
        let vector = isWide ? rig.runToHalt() : rig.run()
        let after = rig.vm.cpu
        var out = VectorWorld()
        out.xmm = (0..<6).map { UInt64(truncatingIfNeeded: after.vector[xmm: $0 / 2] >> UInt128($0 % 2 * 64)) }
        out.upper = (0..<6).map { UInt64(truncatingIfNeeded: after.vector[ymmHigh: $0 / 2] >> UInt128($0 % 2 * 64)) }
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
