import CKVM
import Machine
import Testing

@testable import KVMEngine

/// States that KVM refuses, set as a debugger sets them, and states that it takes.
@Suite("States at KVM's door", .enabled(if: KVMHost.obstacle == nil, KVMHost.comment))
struct RefusedStateTests {
    struct Refused: Sendable, CustomTestStringConvertible {
        let request: String
        let named: String
        let change: @Sendable (inout CPUFile) -> Void
        var testDescription: String { named }

        init(
            _ named: String, by request: String = "KVM_SET_SREGS", _ change: @escaping @Sendable (inout CPUFile) -> Void
        ) {
            self.request = request
            self.named = named
            self.change = change
        }
    }

    /// KVM checks these by itself, whatever the host's CPU (arch/x86/kvm/x86.c of Linux 4.16 and later).
    static let refused: [Refused] = [
        Refused("CR0.PG (bit 31) without CR0.PE (bit 0)") { $0.cr0 |= 1 << 31 },
        Refused("CR0.NW (bit 29) without CR0.CD (bit 30)") { $0.cr0 |= 1 << 29 },
        Refused("CR0 bit 40 is set") { $0.cr0 |= 1 << 40 },
        Refused("CR4 bit 31 is reserved") { $0.cr4 |= 1 << 31 },
        Refused("EFER.LMA (bit 10) is 1") { $0.efer = 0x400 },
        Refused("EFER.LMA (bit 10) is 0") {
            $0.cr0 |= 0x8000_0001
            $0.cr4 |= 0x20
            $0.efer = 0x100
        },
        Refused("CS.L (bit 13) outside long mode") { $0.cs.attributes |= 0x2000 },
        Refused("DR7 bit 35 is set", by: "KVM_SET_DEBUGREGS") { $0.dr7 |= 1 << 35 },
        Refused("DR6 bit 32 is set", by: "KVM_SET_DEBUGREGS") { $0.dr6 |= 1 << 32 },
    ]

    @Test(.timeLimit(.minutes(1)), arguments: refused)
    func aRefusedStateEndsTheRunWithTheBitThatIsWrong(refused: Refused) throws {
        // inc ax; jmp $
        let machine = try SmallMachine([0x40, 0xEB, 0xFE])
        var cpu = machine.vm.cpu
        refused.change(&cpu)
        machine.vm.cpu = cpu
        guard case .ended(let ending) = machine.vm.run(until: machine.vm.io.events.now + 1_000_000) else {
            Issue.record("KVM takes it")
            return
        }
        #expect(ending.sentence.contains(refused.request + " was refused"))
        #expect(ending.sentence.contains(refused.named), "\(ending.sentence)")
        // The same for a step; and a state that is right runs again.
        guard case .ended(let again) = machine.vm.step() else {
            Issue.record("a step takes it")
            return
        }
        #expect(again.sentence == ending.sentence)
        machine.vm.cpu = GuestState.real.cpu
        #expect(machine.vm.step() == .limit)
        #expect(machine.vm.cpu.rip == 0x7C01)
    }

    /// What VT-x refuses and a lenient KVM lets through is found before the machine moves.
    @Test func aMachineDoesNotMoveToKVMInAStateThatVTxRefuses() throws {
        let machine = try SmallMachine()
        for change: (inout CPUFile) -> Void in [
            { $0.ss.attributes |= 0x60 }, { $0.ds.attributes &= ~1 }, { $0.tr.attributes &= ~2 },
        ] {
            var cpu = GuestState.protected32.cpu
            change(&cpu)
            #expect(machine.engine.refusal(of: cpu) != nil)
        }
        #expect(machine.engine.refusal(of: GuestState.protected32.cpu) == nil)
    }

    /// Into the vCPU and back, without an instruction in between.
    @Test(.timeLimit(.minutes(1)), arguments: GuestState.allCases)
    func aStateComesBackAsItWent(state: GuestState) throws {
        let machine = try SmallMachine()
        machine.engine.handOver()
        machine.vm.cpu = state.cpu
        do throws(EngineError) { try machine.engine.takeOver() } catch {
            // A KVM in software has not all modes, and says so.
            #expect(state == .virtual8086 && KVMHost.isSoftware && error.description.contains("RFLAGS.VM (bit 17)"))
            return
        }
        machine.engine.handOver()
        let before = state.cpu, after = machine.vm.cpu
        for field in CPUFile.fields where field.name != "tsc_offset" {
            #expect(before[field] == after[field], "\(field.name)")
        }
        #expect(machine.engine.notes.filter { !$0.contains("TSC") } == [])
    }

    @Test(.timeLimit(.minutes(1)))
    func theGateAndTheMapReachTheGuestWhileItRuns() throws {
        // mov ax, 0FFFFh; mov ds, ax; mov al, [510h], which is 100500h; hlt
        let code: [UInt8] = [0xB8, 0xFF, 0xFF, 0x8E, 0xD8, 0xA0, 0x10, 0x05, 0xF4]
        let vm = try VM(memorySize: 2 << 20)
        vm.memory.load(code, at: 0x7C00)
        vm.memory.load([0x11], at: 0x500)
        vm.memory.load([0x22], at: 0x10_0500)
        vm.cpu = GuestState.real.cpu
        let engine = try KVMEngine(vm: vm)
        try vm.use(engine)
        for (isOpen, expected) in [(true, UInt64(0x22)), (false, 0x11), (true, 0x22)] {
            vm.memory.setA20(isOpen)
            vm.cpu = GuestState.real.cpu
            guard case .ended(let ending) = vm.run(until: vm.io.events.now + 1_000_000_000) else {
                Issue.record("no end")
                return
            }
            #expect(ending.kind == .deadHalt)
            #expect(vm.cpu[register: 0] & 0xFF == expected)
        }
    }
}
