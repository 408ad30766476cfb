import Interpreter
import Machine
import Testing

/// Events that another engine acknowledged or raised: delivered before the next instruction, each in one tick.
/// Frames as in SDM 3A figures 6-4 and 20-5.
@Suite("Pending events")
struct PendingEventTests {
    private final class Rig {
        let vm: VM
        let interpreter: Interpreter
        var acknowledged = 0

        init() throws {
            vm = try VM(memorySize: 1 << 20)
            interpreter = Interpreter(vm: vm)
            vm.start(with: interpreter)
            vm.io.acknowledgeInterrupt = { [unowned self] in
                acknowledged += 1
                return 0x77
            }
        }

        func word(_ address: UInt64) -> UInt16 {
            let bytes = vm.memory.peek(address, count: 2)
            return UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        }

        func double(_ address: UInt64) -> UInt32 { UInt32(word(address)) | UInt32(word(address + 2)) << 16 }
    }

    /// At 0000:7C00 before `inc ax; hlt`, SP 7C00h, IF set, IDT entry n at 1000:(100h * n), where IRET stands.
    private func real() throws -> Rig {
        let rig = try Rig()
        for vector in 0..<256 { rig.vm.memory.load([0, UInt8(vector), 0, 0x10], at: UInt64(vector * 4)) }
        for vector in 0..<256 { rig.vm.memory.load([0xCF], at: UInt64(0x10000 + vector * 256)) }
        rig.vm.memory.load([0x40, 0xF4], at: 0x7C00)
        var cpu = CPUFile.afterReset
        cpu.cs = .real(0)
        cpu.rip = 0x7C00
        cpu.rflags = 0x0246
        cpu[register: 0] = 0
        cpu[register: 4] = 0x7C00
        rig.vm.cpu = cpu
        return rig
    }

    /// Flat 32-bit code at 7C00h (`inc eax; hlt`) with ESP 7000h. Interrupt gates of all vectors lead to
    /// 0008:(20000h + 16 * n); their DPL is 0, but 3 for 80h. Level 0 has its stack at 0010:9000.
    private func protected(cpl: UInt16 = 0) throws -> Rig {
        let rig = try Rig()
        let memory = rig.vm.memory
        memory.load([0x40, 0xF4], at: 0x7C00)
        var table = [UInt8](repeating: 0, count: 8)
        for access: UInt8 in [0x9B, 0x93, 0xFB, 0xF3] { table += [0xFF, 0xFF, 0, 0, 0, access, 0xCF, 0] }
        memory.load(table, at: 0x1000)
        for vector in 0..<256 {
            let low = vector * 16
            let access: UInt8 = vector == 0x80 ? 0xEE : 0x8E
            memory.load(
                [UInt8(low & 0xFF), UInt8(low >> 8), 8, 0, 0, access, 2, 0], at: UInt64(0x2000 + vector * 8))
            memory.load([0xCF], at: UInt64(0x20000 + vector * 16))
        }
        // ESP0 and SS0
        memory.load([0x00, 0x90, 0, 0, 0x10, 0, 0, 0], at: 0x4004)
        let level = cpl << 5
        var cpu = CPUFile.afterReset
        cpu.cr0 = 0x11
        cpu.cs = Segment(
            selector: cpl == 0 ? 0x08 : 0x18 | cpl, base: 0, limit: .max, attributes: 0xC09B | level)
        let data = Segment(
            selector: cpl == 0 ? 0x10 : 0x20 | cpl, base: 0, limit: .max, attributes: 0xC093 | level)
        (cpu.ss, cpu.ds, cpu.es, cpu.fs, cpu.gs) = (data, data, data, data, data)
        cpu.gdtr = TableRegister(base: 0x1000, limit: UInt16(table.count - 1))
        cpu.idtr = TableRegister(base: 0x2000, limit: 0x7FF)
        cpu.tr = Segment(selector: 0x28, base: 0x4000, limit: 0x67, attributes: 0x8B)
        cpu.rip = 0x7C00
        cpu.rflags = 0x0246
        cpu[register: 0] = 0
        cpu[register: 4] = 0x7000
        rig.vm.cpu = cpu
        return rig
    }

    private func pend(_ event: PendingEvent, on rig: Rig, _ change: (inout CPUFile) -> Void = { _ in }) {
        var cpu = rig.vm.cpu
        cpu.pendingEvent = event.bits
        change(&cpu)
        rig.vm.cpu = cpu
    }

    // MARK: Real mode

    @Test func externalInterruptInRealModeIsDeliveredInOneTickBeforeTheNextInstruction() throws {
        let rig = try real()
        pend(PendingEvent(.externalInterrupt, vector: 0x21), on: rig)

        #expect(rig.vm.run(until: 1) == .limit)

        let cpu = rig.vm.cpu
        #expect(cpu.cs.selector == 0x1000 && cpu.rip == 0x2100)
        #expect(cpu[register: 4] == 0x7BFA)
        #expect(rig.word(0x7BFA) == 0x7C00 && rig.word(0x7BFC) == 0 && rig.word(0x7BFE) == 0x0246)
        // IF and TF go, the rest stays.
        #expect(cpu.rflags == 0x0046)
        #expect(cpu.pendingEvent == 0 && cpu[register: 0] == 0)
        #expect(rig.vm.instructions == 0 && rig.vm.io.events.now == 1)
        // The controller was asked before.
        #expect(rig.acknowledged == 0)
    }

    @Test func pendingEventComesBeforeTheInterruptLineWhichWaitsForIF() throws {
        let rig = try real()
        rig.vm.io.setInterruptLine(true)
        pend(PendingEvent(.softwareInterrupt, vector: 0x10), on: rig)

        _ = rig.vm.run(until: 1)

        #expect(rig.vm.cpu.rip == 0x1000 && rig.acknowledged == 0)
        // IRET brings IF back, and the line is served before INC.
        _ = rig.vm.run(until: 3)
        #expect(rig.vm.cpu.rip == 0x7700 && rig.acknowledged == 1)
        #expect(rig.word(0x7BFA) == 0x7C00)
        #expect(rig.vm.instructions == 1 && rig.vm.cpu[register: 0] == 0)
    }

    @Test func haltedMachineWakes() throws {
        let rig = try real()
        pend(PendingEvent(.externalInterrupt, vector: 0x21), on: rig) { $0.halted = 1 }

        #expect(rig.vm.run(until: 1) == .limit)

        #expect(rig.vm.cpu.halted == 0 && rig.vm.cpu.rip == 0x2100)
    }

    @Test func nmiBlocksOthersUntilIRET() throws {
        let rig = try real()
        pend(PendingEvent(.nonMaskable, vector: 2), on: rig) { $0.rflags = 0x46 }

        _ = rig.vm.run(until: 1)

        #expect(rig.vm.cpu.nmiBlocked == 1 && rig.vm.cpu.rip == 0x0200)
        _ = rig.vm.run(until: 2)
        #expect(rig.vm.cpu.nmiBlocked == 0 && rig.vm.cpu.rip == 0x7C00)
    }

    @Test func exceptionInRealModePushesNoErrorCode() throws {
        let rig = try real()
        pend(PendingEvent(.hardwareException, vector: 13), on: rig)

        _ = rig.vm.run(until: 1)

        #expect(rig.vm.cpu.rip == 0x0D00 && rig.vm.cpu[register: 4] == 0x7BFA)
        #expect(rig.word(0x7BFE) == 0x0246)
    }

    @Test func deliveryEndsTheShadowOfMovSS() throws {
        let rig = try real()
        pend(PendingEvent(.hardwareException, vector: 6), on: rig) { $0.stackShadow = 1 }

        _ = rig.vm.run(until: 1)

        #expect(rig.vm.cpu.rip == 0x0600 && rig.vm.cpu.stackShadow == 0)
    }

    @Test func eventThatCannotBeDeliveredEndsInATripleFaultThatBeginsWithIt() throws {
        let rig = try real()
        pend(PendingEvent(.hardwareException, vector: 6), on: rig) { $0.idtr.limit = 3 }

        let stop = rig.vm.run(until: 10)

        guard case .ended(let ending) = stop else {
            Issue.record("\(stop)")
            return
        }
        #expect(ending.kind == .tripleFault)
        #expect(ending.faults.first?.exception.reason.name == "raised-before")
        #expect(ending.faults.first?.exception.vector == .invalidOpcode)
    }

    @Test func stepDeliversAndRunsNothingOfTheHandler() throws {
        let rig = try real()
        pend(PendingEvent(.externalInterrupt, vector: 0x21), on: rig)

        #expect(rig.interpreter.stepInstruction() == .deadline)

        #expect(rig.vm.cpu.rip == 0x2100 && rig.vm.instructions == 0 && rig.vm.io.events.now == 1)
        #expect(rig.interpreter.stepInstruction() == .deadline)
        #expect(rig.vm.cpu.rip == 0x7C00 && rig.vm.instructions == 1)
    }

    // MARK: Protected mode

    @Test func faultInProtectedModePushesItsErrorCodeAndRF() throws {
        let rig = try protected()
        pend(PendingEvent(.hardwareException, vector: 13, errorCode: 0x2B8), on: rig)

        #expect(rig.vm.run(until: 1) == .limit)

        let cpu = rig.vm.cpu
        #expect(cpu.cs.selector == 8 && cpu.rip == 0x200D0)
        #expect(cpu[register: 4] == 0x6FF0)
        #expect(rig.double(0x6FF0) == 0x2B8 && rig.double(0x6FF4) == 0x7C00 && rig.double(0x6FF8) == 8)
        // A fault's image has RF (SDM 3A 6.8.3).
        #expect(rig.double(0x6FFC) == 0x1_0246)
        #expect(cpu.rflags == 0x46 && cpu.pendingEvent == 0)
        #expect(rig.vm.instructions == 0 && rig.vm.io.events.now == 1)
    }

    @Test func debugTrapHasNoRFInItsImage() throws {
        let rig = try protected()
        pend(PendingEvent(.hardwareException, vector: 1), on: rig)

        _ = rig.vm.run(until: 1)

        #expect(rig.vm.cpu.rip == 0x20010 && rig.vm.io.events.now == 1 && rig.vm.instructions == 0)
        #expect(rig.double(0x6FFC) == 0x0246)
    }

    @Test func interruptFromLevel3TakesTheStackOfTheTSS() throws {
        let rig = try protected(cpl: 3)
        pend(PendingEvent(.externalInterrupt, vector: 0x20), on: rig)

        _ = rig.vm.run(until: 1)

        let cpu = rig.vm.cpu
        #expect(cpu.cs.selector == 8 && cpu.rip == 0x20200 && cpu.privilege == 0)
        #expect(cpu.ss.selector == 0x10 && cpu[register: 4] == 0x8FEC)
        #expect(rig.double(0x8FEC) == 0x7C00 && rig.double(0x8FF0) == 0x1B && rig.double(0x8FF4) == 0x0246)
        #expect(rig.double(0x8FF8) == 0x7000 && rig.double(0x8FFC) == 0x23)
    }

    /// The gate's DPL counts for INT n alone: #GP with the vector and the IDT bit, and EXT clear (SDM 3A 6.12.1.2, 6.13).
    @Test func softwareInterruptNeedsTheGatesPrivilege() throws {
        let allowed = try protected(cpl: 3)
        pend(PendingEvent(.softwareInterrupt, vector: 0x80), on: allowed) { $0.rip = 0x7C01 }
        _ = allowed.vm.run(until: 1)
        #expect(allowed.vm.cpu.rip == 0x20800)
        #expect(allowed.double(0x8FEC) == 0x7C01 && allowed.double(0x8FF4) == 0x0246)

        for event in [PendingEvent(.softwareInterrupt, vector: 0x21), PendingEvent(.softwareException, vector: 3)] {
            let refused = try protected(cpl: 3)
            pend(event, on: refused)
            _ = refused.vm.run(until: 1)
            #expect(refused.vm.cpu.rip == 0x200D0)
            #expect(refused.double(0x8FE8) == UInt32(event.vector) << 3 | 2)
            #expect(refused.interpreter.lastFault?.exception.reason.name == "gate-privilege")
        }
    }

    @Test(arguments: [false, true])
    func piecesOfOneTickEndAsTheWholeRun(inPieces: Bool) throws {
        let rig = try protected()
        pend(PendingEvent(.hardwareException, vector: 14, errorCode: 2), on: rig)
        // add esp, 4; iretd
        rig.vm.memory.load([0x83, 0xC4, 0x04, 0xCF], at: 0x200E0)
        for tick in inPieces ? Array(1...5) : [5] { _ = rig.vm.run(until: UInt64(tick)) }
        // Delivery, ADD, IRET, INC, HLT
        #expect(rig.vm.instructions == 4 && rig.vm.io.events.now == 5)
        #expect(rig.vm.cpu[register: 0] == 1 && rig.vm.cpu.halted == 1 && rig.vm.cpu.rip == 0x7C02)
    }
}
