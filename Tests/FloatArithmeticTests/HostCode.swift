#if canImport(Glibc)
    import Glibc
#endif

#if arch(x86_64)
    let isX86 = true
#else
    let isX86 = false
#endif

/// Machine code in a page of its own, called with the address of `block` in RDI.
final class HostCode {
    typealias Entry = @convention(c) (UnsafeMutableRawPointer) -> Void
    private static let size = 4096
    private let page: UnsafeMutableRawPointer
    let block: UnsafeMutableRawPointer
    private let entry: Entry

    init(_ code: [UInt8]) {
        precondition(code.count < Self.size)
        let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for code") }
        page = memory
        page.copyMemory(from: code, byteCount: code.count)
        guard mprotect(page, Self.size, PROT_READ | PROT_EXEC) == 0 else {
            preconditionFailure("no executable memory")
        }
        // SAFETY: the page holds a whole function of the C calling convention that touches RAX, XMM0-3, the x87
        // and `block` alone, and leaves MXCSR and the x87 as it must.
        entry = unsafeBitCast(page, to: Entry.self)
        block = .allocate(byteCount: 512, alignment: 64)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: 512)
    }

    deinit {
        munmap(page, Self.size)
        block.deallocate()
    }

    func run() { entry(block) }

    func set<T>(_ value: T, at offset: Int) { block.storeBytes(of: value, toByteOffset: offset, as: T.self) }
    func get<T>(at offset: Int, as type: T.Type = T.self) -> T { block.loadUnaligned(fromByteOffset: offset, as: type) }
}

/// CPUID leaf 1, ECX.
let hostFeatures: UInt32 = {
    guard isX86 else { return 0 }
    // push rbx; mov eax, 1; xor ecx, ecx; cpuid; mov [rdi], ecx; pop rbx; ret
    let code = HostCode([0x53, 0xB8, 1, 0, 0, 0, 0x31, 0xC9, 0x0F, 0xA2, 0x89, 0x0F, 0x5B, 0xC3])
    code.run()
    return code.get(at: 0)
}()
/// CPUID leaf 0 says GenuineIntel.
let hostIsIntel: Bool = {
    guard isX86 else { return false }
    // push rbx; xor eax, eax; xor ecx, ecx; cpuid; mov [rdi], ecx; pop rbx; ret
    let code = HostCode([0x53, 0x31, 0xC0, 0x31, 0xC9, 0x0F, 0xA2, 0x89, 0x0F, 0x5B, 0xC3])
    code.run()
    return code.get(at: 0, as: UInt32.self) == 0x6C65_746E
}()
let hostHasFMA = hostFeatures >> 12 & 1 != 0
let hostHasAVX = hostFeatures >> 28 & 1 != 0
let hostHasF16C = hostFeatures >> 29 & 1 != 0
let hostHasSSE41 = hostFeatures >> 19 & 1 != 0

/// One SSE or AVX instruction on XMM0, XMM1, XMM2 and RAX.
struct SSEStub {
    let code: HostCode

    init(_ instruction: [UInt8]) {
        code = HostCode(
            [0x0F, 0xAE, 0x17]  // ldmxcsr [rdi]
                + [0x0F, 0x10, 0x47, 16, 0x0F, 0x10, 0x4F, 32, 0x0F, 0x10, 0x57, 48]  // movups xmm0-2, [rdi+..]
                + [0x48, 0x8B, 0x47, 80]  // mov rax, [rdi+80]
                + [0x4C, 0x8D, 0x1D, UInt8(instruction.count), 0, 0, 0]  // lea r11, the place behind the instruction
                + instruction
                + [0x48, 0x89, 0x47, 80]  // mov [rdi+80], rax
                + [0x0F, 0x11, 0x47, 64]  // movups [rdi+64], xmm0
                + [0x0F, 0xAE, 0x5F, 4]  // stmxcsr [rdi+4]
                + [0x0F, 0xAE, 0x57, 12]  // ldmxcsr [rdi+12]
                + [0xC3])
        code.set(0x1F80 as UInt32, at: 12)
    }

    /// `mxcsr` has all exceptions masked, or `skipsFaults` is true.
    @inline(__always)
    func run(
        mxcsr: UInt32, _ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0, rax: UInt64 = 0
    ) -> (xmm: UInt64, rax: UInt64, mxcsr: UInt32) {
        code.set(mxcsr, at: 0)
        code.set(a, at: 16)
        code.set(b, at: 32)
        code.set(c, at: 48)
        code.set(rax, at: 80)
        code.run()
        return (code.get(at: 64), code.get(at: 80), code.get(at: 4))
    }
}

#if canImport(Glibc) && arch(x86_64)
    /// What took SIGFPE before.
    nonisolated(unsafe) private var earlierHandler = sigaction()
#endif

/// From now on an SSE exception in machine code of ours goes on at the address in R11. False where that is not known
/// for the host.
let skipsFaults: Bool = {
    #if canImport(Glibc) && arch(x86_64)
        var action = sigaction()
        action.sa_flags = SA_SIGINFO
        action.__sigaction_handler.sa_sigaction = { number, information, context in
            // SAFETY: Linux hands over a siginfo_t and a ucontext_t. Only their fields are touched here.
            guard let context else { return }
            // uc_mcontext.gregs is at 40; R11 is its number 3, RIP its number 16.
            let gregs = (context + 40).assumingMemoryBound(to: Int64.self)
            guard let code = information?.pointee.si_code, (3...8).contains(code),
                (0...64).contains(gregs[3] &- gregs[16])
            else {
                // Not ours: another suite's, if it was there before, else it comes again without a handler.
                let other = earlierHandler.__sigaction_handler.sa_sigaction
                if let other, earlierHandler.sa_flags & SA_SIGINFO != 0 { return other(number, information, context) }
                signal(SIGFPE, SIG_DFL)
                return
            }
            gregs[16] = gregs[3]
        }
        return sigaction(SIGFPE, nil, &earlierHandler) == 0 && sigaction(SIGFPE, &action, nil) == 0
    #else
        return false
    #endif
}()
