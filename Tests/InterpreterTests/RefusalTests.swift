import Foundation
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
        (nil, { $0.cr0 |= ControlBits.paging }),
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
            nil,
            {
                $0.rflags |= UInt64(Flags.virtual8086)
                for name in [\CPUFile.cs, \.ss, \.ds, \.es, \.fs, \.gs] { $0[keyPath: name] = .virtual8086(0) }
            }
        ),
        ("EFER is 800h (SYSCALL, long mode or no-execute), which", { $0.efer = 0x800 }),
        ("CR4 has bits for features (220h), which", { $0.cr4 = 0x238 }),
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
        let whole = reason.hasSuffix("which") ? reason + " the CPU 'pentium' does not have" : reason
        #expect(refusal == whole)
        // A state that no engine may leave has its reason from the canonical form, others do not.
        #expect((cpu.inconsistency == nil) == !reason.hasPrefix("the state"))
    }

    @Test func saveOfAStateBeyondTheInterpreterIsRefusedWithTheReason() throws {
        let file = FileManager.default.temporaryDirectory.path + "/beyond-\(UInt64.random(in: 0 ... .max)).save"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let vm = try VM(memorySize: 1 << 20)
        var cpu = Self.flat()
        cpu.efer = ControlBits.noExecuteEnable
        vm.cpu = cpu
        try vm.save(to: file)
        let target = try VM(memorySize: 1 << 20)
        target.start(with: Interpreter(vm: target))

        let error = #expect(throws: SnapshotError.self) { try target.restore(from: file) }

        #expect(
            error?.description
                == "the interpreter cannot go on from the save file, since EFER is 800h (SYSCALL, long mode or "
                + "no-execute), which the CPU 'pentium' does not have")
        #expect(target.cpu == .afterReset)
    }

    /// In no register, so `takeOver` says it.
    @Test func interpreterDoesNotTakeOverACPUThatItCannotBe() throws {
        let leaves = [
            CPUModel.Leaf(0, .init(eax: 7)), CPUModel.Leaf(1, .init(eax: 0x600, edx: 0x10)),
            CPUModel.Leaf(7, index: 0, .init(ecx: 0x104)),
        ]
        let vm = try VM(memorySize: 1 << 20, cpuModel: .host(leaves: leaves))

        #expect(throws: EngineError("the interpreter cannot be the CPU 'host': it has no gfni")) {
            try vm.use(Interpreter(vm: vm))
        }

        #expect(vm.engine == nil)
        let pentium = try VM(memorySize: 1 << 20)
        let interpreter = Interpreter(vm: pentium)
        try pentium.use(interpreter)
        #expect(pentium.engine === interpreter)
    }

    /// cpuid; hlt, as the model's table has it: EAX, EBX, ECX, EDX.
    @Test(arguments: [0 as UInt32, 1, 2, 0x8000_0000])
    func cpuidAnswersAsTheModel(function: UInt32) throws {
        let vm = try VM(memorySize: 1 << 20)
        vm.start(with: Interpreter(vm: vm))
        vm.memory.load([0x0F, 0xA2, 0xF4], at: 0x7C00)
        var cpu = CPUFile.afterReset
        cpu.cs = .real(0)
        cpu.rip = 0x7C00
        cpu[register: 0] = UInt64(function)
        vm.cpu = cpu

        _ = vm.run(until: 2)

        let told = CPUModel.pentium.identification(function)
        #expect((0..<4).map { vm.cpu[register: $0] } == [told.eax, told.ecx, told.edx, told.ebx].map(UInt64.init))
    }
}
