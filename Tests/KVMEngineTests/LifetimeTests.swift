import Foundation
import Machine
import Testing

@testable import KVMEngine

/// Machines that come and go leave nothing behind in the process.
@Suite("Lifetime of KVM machines", .enabled(if: KVMHost.obstacle == nil, KVMHost.comment))
struct LifetimeTests {
    /// What the process holds.
    struct Holdings {
        let descriptors: Int
        /// KiB
        let resident: Int
        let mapped: Int
        /// Nil where the kernel does not tell.
        let timers: Int?

        static func now() throws -> Holdings {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            func kibibytes(_ name: String) -> Int {
                let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
                return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
            }
            let timers = try? String(contentsOfFile: "/proc/self/timers", encoding: .utf8)
            return Holdings(
                descriptors: try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count,
                resident: kibibytes("VmRSS"), mapped: kibibytes("VmSize"),
                timers: timers.map { $0.split(separator: "\n").count { $0.hasPrefix("ID:") } })
        }
    }

    /// A machine that is only taken over, one that is stepped, or one that runs for a microsecond, which makes a timer.
    private static func live(_ number: Int) throws {
        let machine = try SmallMachine([0x40, 0xEB, 0xFD])  // inc ax; jmp -3
        let vm = machine.vm
        switch number % 3 {
        case 0: break
        case 1:
            #expect(vm.step() == .limit)
            #expect(vm.cpu.rip == 0x7C01 && vm.cpu[register: 0] == 1)
        default: #expect(vm.run(until: vm.io.events.now + 1000) == .limit)
        }
    }

    /// In a process of its own, since other tests open files and take memory at the same time. 300 machines, or as many as
    /// LUCID86_KVM_MACHINES says.
    @Test(.timeLimit(.minutes(30)))
    func machinesThatComeAndGoLeaveDescriptorsMemoryAndTimersFlat() async throws {
        let result = try await #require(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let count = ProcessInfo.processInfo.environment["LUCID86_KVM_MACHINES"].flatMap(Int.init) ?? 300
            // What is made once, and the allocator's first pages.
            for number in 0..<60 { try LifetimeTests.live(number) }
            _ = try Holdings.now()
            let before = try Holdings.now(), start = Date()
            for number in 0..<count { try LifetimeTests.live(number) }
            let seconds = Date().timeIntervalSince(start), after = try Holdings.now()
            print("\(count) machines in \(seconds) s: \(before) -> \(after)")
            #expect(after.descriptors == before.descriptors)
            #expect(after.timers == before.timers)
            #expect(before.timers != nil || !FileManager.default.fileExists(atPath: "/proc/self/timers"))
            // Of a machine 3 MiB are mapped and some 20 KiB resident.
            #expect(after.resident - before.resident < 2048)
            #expect(after.mapped - before.mapped < 16384)
        }
        print(String(decoding: result.standardOutputContent, as: UTF8.self))
    }

    /// A timer is there while its engine is: the count above can see one.
    @Test(.timeLimit(.minutes(1)))
    func anEngineThatRanHoldsATimerAndDescriptors() async throws {
        await #expect(processExitsWith: .success) {
            try LifetimeTests.live(2)
            let before = try Holdings.now()
            let machine = try SmallMachine()
            #expect(machine.vm.run(until: machine.vm.io.events.now + 1000) == .limit)
            let during = try Holdings.now()
            // The device, the machine and the vCPU.
            #expect(during.descriptors == before.descriptors + 3)
            if let timers = during.timers { #expect(timers == (before.timers ?? 0) + 1) }
            withExtendedLifetime(machine) {}
        }
    }

    /// Nothing that an engine installs in its machine outlives it.
    @Test(.timeLimit(.minutes(5)))
    func enginesOverOneMachineLeaveNothingInIt() async throws {
        await #expect(processExitsWith: .success) {
            let vm = try VM(memorySize: 1 << 20)
            vm.cpu = GuestState.real.cpu
            for _ in 0..<20 { _ = try KVMEngine(vm: vm) }
            vm.memory.setA20(false)
            vm.memory.setA20(true)
            // Looking takes memory the first time, too: pages of code that were not in use before.
            _ = try Holdings.now()
            let before = try Holdings.now()
            for _ in 0..<200 { _ = try KVMEngine(vm: vm) }
            vm.memory.setA20(false)
            let after = try Holdings.now()
            #expect(after.descriptors == before.descriptors)
            #expect(after.resident - before.resident < 512)
        }
    }

    @Test func aMachineAndItsEngineDoNotHoldEachOther() throws {
        weak var vm: VM?
        weak var engine: KVMEngine?
        do {
            let machine = try SmallMachine([0x40, 0xEB, 0xFD])
            _ = machine.vm.run(until: machine.vm.io.events.now + 1000)
            vm = machine.vm
            engine = machine.engine
            #expect(vm != nil && engine != nil)
        }
        #expect(vm == nil && engine == nil)
    }
}
