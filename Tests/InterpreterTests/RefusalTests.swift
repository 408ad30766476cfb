import Interpreter
import Machine
import Testing

/// What is canonical, but not the interpreter's yet: the reason is in words that fit after "since".
@Suite("What the interpreter refuses")
struct RefusalTests {
    private static func flat() -> CPUFile {
        var cpu = CPUFile.afterReset
        cpu.cr0 = 0x11
        cpu.cs = Segment(selector: 8, base: 0, limit: .max, attributes: 0xC09B)
        let data = Segment(selector: 16, base: 0, limit: .max, attributes: 0xC093)
        (cpu.ss, cpu.ds, cpu.es, cpu.fs, cpu.gs) = (data, data, data, data, data)
        return cpu
    }

    static let changes: [(reason: String?, make: @Sendable (inout CPUFile) -> Void)] = [
        (nil, { _ in }),
        (nil, { $0.nmiBlocked = 1 }),
        (nil, { $0.pendingEvent = PendingEvent(.hardwareException, vector: 13, errorCode: 8).bits }),
        (nil, { $0.vector[xmm: 3] = 7 }),
        ("paging is on (CR0.PG), which", { $0.cr0 |= ControlBits.paging }),
        (
            "the CPU is in 64-bit mode (EFER.LMA), which",
            {
                ($0.cr0, $0.cr4, $0.efer) = (0x8000_0011, 0x20, 0x500)
                $0.cs.attributes = 0xA09B
            }
        ),
        (
            "the CPU is in compatibility mode (EFER.LMA), which",
            { ($0.cr0, $0.cr4, $0.efer) = (0x8000_0011, 0x20, 0x500) }
        ),
        (
            "the CPU is in virtual-8086 mode (EFLAGS.VM), which",
            {
                $0.rflags |= UInt64(Flags.virtual8086)
                for name in [\CPUFile.cs, \.ss, \.ds, \.es, \.fs, \.gs] { $0[keyPath: name] = .virtual8086(0) }
            }
        ),
        ("EFER is 800h (SYSCALL, long mode or no-execute), which", { $0.efer = 0x800 }),
        ("CR4 has bits for features (220h), which", { $0.cr4 = 0x230 }),
        ("CR8 is 3, which", { $0.cr8 = 3 }),
        ("SS is unusable, as 64-bit code can leave it, which", { $0.ss = Segment() }),
        ("FS has a base without a segment, which", { $0.fs = Segment(selector: 0, base: 1, limit: 0, attributes: 0) }),
        ("the base of GS has more than 32 bits, which", { $0.gs.base = 1 << 32 }),
        ("the base of IDTR has more than 32 bits, which", { $0.idtr.base = 1 << 32 }),
        ("CR2 has more than 32 bits, which", { $0.cr2 = 1 << 32 }),
        ("DR3 has more than 32 bits, which", { $0.dr3 = 1 << 32 }),
        ("the state of the CPU is not canonical: reserved bits of rflags", { $0.rflags = 0 }),
    ]

    @Test(arguments: changes.indices)
    func refusalNamesTheReason(index: Int) throws {
        let vm = try VM(memorySize: 1 << 20)
        let interpreter = Interpreter(vm: vm)
        var cpu = Self.flat()
        Self.changes[index].make(&cpu)
        let refusal = interpreter.refusal(of: cpu)
        guard let reason = Self.changes[index].reason else {
            #expect(refusal == nil)
            return
        }
        let whole = reason.hasSuffix("which") ? reason + " the interpreter does not do yet" : reason
        #expect(refusal == whole)
        // A state that no engine may leave has its reason from the canonical form, others do not.
        #expect((cpu.inconsistency == nil) == reason.hasSuffix("which"))
    }
}
