import Interpreter
import Machine
import Testing
import X86ISA

/// What the host cannot show: deliveries, modes that it does not run, CPUs that it is not.
@Suite("x87: exceptions, modes, older CPUs")
struct X87RuleTests {
    /// A Pentium with an FPU.
    private static let old: CPUModel = {
        let leaves = CPUModel.pentium.leaves.map { leaf in
            guard leaf.function == 1 else { return leaf }
            var told = leaf.registers
            told.edx |= 1
            return CPUModel.Leaf(1, told)
        }
        return CPUModel(name: "fpu", leaves: leaves, signature: CPUModel.pentium.signature)
    }()

    private static let none: CPUModel = {
        let leaves = CPUModel.pentium.leaves.map { leaf in
            guard leaf.function == 1 else { return leaf }
            var told = leaf.registers
            told.edx &= ~1
            return CPUModel.Leaf(1, told)
        }
        return CPUModel(name: "no fpu", leaves: leaves, signature: CPUModel.pentium.signature)
    }()

    /// An invalid operation, not masked, waits.
    private static func pend(_ cpu: inout CPUFile) {
        cpu.vector.controlWord = 0x37E
        cpu.vector.statusWord = 0x8081
    }

    private func rig(
        _ code: [UInt8], _ model: CPUModel = X87Guest.model, _ change: (inout CPUFile) -> Void
    ) throws -> ProtectedRig {
        let rig = try ProtectedRig(code + [0xF4], cpuModel: model)
        var cpu = rig.vm.cpu
        cpu.cr0 |= ControlBits.numericError
        cpu.vector.controlWord = 0x37F
        cpu[register: 6] = X87Guest.buffer
        change(&cpu)
        rig.vm.cpu = cpu
        return rig
    }

    // MARK: Deliveries (SDM 1 8.7.1, 3A table 2-2)

    @Test(
        "A waiting instruction meets the exception of an earlier one",
        arguments: [
            [0x9B], [0xD9, 0xE8], [0xD8, 0xC1], [0xD9, 0xD0], [0xD9, 0x2E], [0xD9, 0x26], [0xDD, 0x26], [0xDB, 0x06],
            [0xD9, 0xF6], [0xDD, 0xC0], [0x0F, 0x77], [0x0F, 0xFC, 0xC1],
        ] as [[UInt8]])
    func pendingExceptionIsDelivered(code: [UInt8]) throws {
        let rig = try rig(code) { Self.pend(&$0) }

        #expect(rig.run() == 16)
        #expect(rig.reason == "x87-exception-pending")
        // The address pushed is that of the waiting instruction.
        #expect(rig.get(rig.vm.cpu[register: 4] & 0xFFFF_FFFF) == 0x7C00)
    }

    @Test(
        "A control instruction does not wait",
        arguments: [
            [0xDB, 0xE3], [0xDB, 0xE2], [0xD9, 0x3E], [0xDD, 0x3E], [0xDF, 0xE0], [0xD9, 0x36], [0xDD, 0x36],
            [0xDB, 0xE0], [0xDB, 0xE1], [0xDB, 0xE4],
        ] as [[UInt8]])
    func controlInstructionRuns(code: [UInt8]) throws {
        let rig = try rig(code) { Self.pend(&$0) }

        #expect(rig.run() == nil)
        #expect(rig.vm.cpu.halted != 0)
    }

    @Test("The instruction that raises an exception ends; the next one faults")
    func exceptionWaitsForTheNextInstruction() throws {
        // FSQRT of -1, then FWAIT.
        let rig = try rig([0xD9, 0xE8, 0xD9, 0xE0, 0xD9, 0xFA, 0x90, 0x9B]) {
            $0.vector.controlWord = 0x37E; $0.vector.tags = 0
        }

        #expect(rig.run() == 16)
        #expect(rig.get(rig.vm.cpu[register: 4] & 0xFFFF_FFFF) == 0x7C07)
        #expect(rig.vm.cpu.vector.statusWord & 0x80FF == 0x8081)
        #expect(rig.vm.cpu.vector[st: 0] == ExtendedReal(significand: 1 << 63, signAndExponent: 0xBFFF))
        #expect(rig.vm.cpu.vector.lastInstruction == 0x7C04)
        #expect(rig.vm.cpu.vector.lastOpcode == 0x1FA)
    }

    @Test(
        "#NM by EM, MP and TS",
        arguments: [
            (ControlBits.emulation, [0xD9, 0xE8], 7), (ControlBits.taskSwitched, [0xD9, 0xE8], 7),
            (ControlBits.taskSwitched, [0xDB, 0xE3], 7), (ControlBits.emulation, [0xDF, 0xE0], 7),
            (ControlBits.monitorCoprocessor, [0xD9, 0xE8], nil), (ControlBits.emulation, [0x9B], nil),
            (ControlBits.taskSwitched, [0x9B], nil), (ControlBits.monitorCoprocessor, [0x9B], nil),
            (ControlBits.taskSwitched | ControlBits.monitorCoprocessor, [0x9B], 7),
            // Before #UD of a reserved escape.
            (ControlBits.emulation, [0xD9, 0xD1], 7), (0, [0xD9, 0xD1], 6),
        ] as [(UInt64, [UInt8], UInt64?)])
    func deviceNotAvailable(bits: UInt64, code: [UInt8], vector: UInt64?) throws {
        for model in [X87Guest.model, Self.old] {
            let rig = try rig(code, model) { $0.cr0 |= bits }

            #expect(rig.run() == vector)
        }
    }

    @Test("Without an FPU an escape does nothing, and its memory stays as it is")
    func emptySocket() throws {
        let rig = try rig([0xDB, 0xE3, 0xD9, 0x3E, 0x9B, 0xD9, 0xD1, 0xDF, 0xE0], Self.none, Self.pend)
        rig.put(X87Guest.buffer, 0x5A5A_5A5A)

        #expect(rig.run() == nil)
        #expect(rig.get(X87Guest.buffer) == 0x5A5A_5A5A)
        #expect(rig.vm.cpu.vector.statusWord == 0x8081)
    }

    @Test(
        "FCMOVcc, FCOMI and FISTTP are #UD on a Pentium",
        arguments: [[0xDA, 0xC1], [0xDB, 0xF1], [0xDD, 0x0E]] as [[UInt8]])
    func laterInstructionsAreUndefined(code: [UInt8]) throws {
        let rig = try rig(code, Self.old) { _ in }

        #expect(rig.run() == 6)
    }

    // MARK: FERR#, IGNNE# (SDM 1 8.7.2)

    @Test("With CR0.NE clear FERR# goes up and the CPU waits; after IGNNE# it goes on")
    func numericErrorLine() throws {
        // FWAIT; FNCLEX; HLT
        let rig = try rig([0x9B, 0xDB, 0xE2]) {
            $0.cr0 &= ~ControlBits.numericError
            Self.pend(&$0)
        }
        var levels: [Bool] = []
        var ignores = false
        rig.vm.io.numericError = { levels.append($0) }
        rig.vm.io.ignoresNumericError = { ignores }

        #expect(rig.run(ticks: 50) == nil)
        #expect(rig.vm.cpu.rip == 0x7C00)
        #expect(Set(levels) == [true])
        #expect(rig.vm.io.events.now == 50)
        #expect(rig.vm.instructions == 0)
        ignores = true
        rig.run()

        #expect(rig.vm.cpu.halted != 0)
        #expect(levels.last == false)
        #expect(rig.vm.cpu.vector.statusWord == 0)
    }

    // MARK: Environments (SDM 1 figures 8-9 to 8-12)

    private static func environment(_ cpu: inout CPUFile) {
        cpu.vector.controlWord = 0x27F
        // TOP is 5: ST(0) holds 1, ST(1) zero, ST(2) infinity, the others are empty.
        cpu.vector.statusWord = 0x2A00
        cpu.vector.tags = 0xE0
        cpu.vector[st: 0] = ExtendedReal(significand: 1 << 63, signAndExponent: 0x3FFF)
        cpu.vector[st: 1] = ExtendedReal(significand: 0, signAndExponent: 0)
        cpu.vector[st: 2] = ExtendedReal(significand: 1 << 63, signAndExponent: 0x7FFF)
        cpu.vector.lastOpcode = 0x51E
        // 1234h:00056789h and ABCDh:00098765h
        cpu.vector.lastInstruction = 0x1234_0005_6789
        cpu.vector.lastOperand = 0xABCD_0009_8765
    }

    private func real(_ cpu: inout CPUFile) {
        cpu.cr0 &= ~ControlBits.protectionEnable
        cpu.cs = Segment(selector: 0, base: 0, limit: 0xFFFF, attributes: 0x9B)
        for path in [\CPUFile.ds, \.es, \.ss, \.fs, \.gs] as [WritableKeyPath<CPUFile, Segment>] {
            cpu[keyPath: path] = Segment(selector: 0x1000, base: 0x10000, limit: 0xFFFF, attributes: 0x93)
        }
        cpu[register: 6] = 0
        cpu[register: 3] = 0
    }

    /// FTW: physical 5 valid (00), 6 zero (01), 7 special (10), the others empty.
    private static let tagWord: UInt32 = 0b10_01_00_11_11_11_11_11

    @Test("FNSTENV in protected mode")
    func protectedEnvironment() throws {
        let rig = try rig([0xD9, 0x36], Self.old, Self.environment)
        rig.run()
        let fields = (0..<7).map { rig.get(X87Guest.buffer + UInt64($0 * 4)) }

        #expect(
            fields == [
                0xFFFF_027F, 0xFFFF_2A00, 0xFFFF_0000 | Self.tagWord, 0x0005_6789, 0x051E_1234, 0x0009_8765,
                0xFFFF_ABCD,
            ])
        // All exceptions are masked then.
        #expect(rig.vm.cpu.vector.controlWord == 0x27F)
    }

    @Test("FNSTENV with 16-bit operands in protected mode")
    func protectedEnvironment16() throws {
        let rig = try rig([0x66, 0xD9, 0x36], Self.old, Self.environment)
        rig.run()
        let fields = (0..<7).map { rig.get(X87Guest.buffer + UInt64($0 * 2), 2) }

        #expect(fields == [0x027F, 0x2A00, Self.tagWord, 0x6789, 0x1234, 0x8765, 0xABCD])
    }

    /// Linear: 12340h + 56789h = 68AC9h, ABCD0h + 98765h = 144435h.
    @Test("FNSTENV in real-address mode")
    func realEnvironment() throws {
        // In 16-bit code [ESI] is [BP] without 67.
        let rig = try rig([0xD9, 0x34], Self.old) {
            Self.environment(&$0)
            real(&$0)
        }
        rig.run()
        let fields = (0..<7).map { rig.get(X87Guest.buffer + UInt64($0 * 2), 2) }

        #expect(fields == [0x027F, 0x2A00, Self.tagWord, 0x8AC9, 0x651E, 0x4435, 0x4000])
    }

    @Test("FNSTENV with 32-bit operands in real-address mode")
    func realEnvironment32() throws {
        let rig = try rig([0x66, 0xD9, 0x34], Self.old) {
            Self.environment(&$0)
            real(&$0)
        }
        rig.run()
        let fields = (0..<7).map { rig.get(X87Guest.buffer + UInt64($0 * 4)) }

        #expect(
            fields == [
                0xFFFF_027F, 0xFFFF_2A00, 0xFFFF_0000 | Self.tagWord, 0xFFFF_8AC9, 0x0000_651E, 0xFFFF_4435,
                0x0001_4000,
            ])
    }

    @Test("FRSTOR takes back what FNSAVE gave, in each format", arguments: [true, false], [true, false])
    func stateReturns(isReal: Bool, isShort: Bool) throws {
        let modRM: UInt8 = isReal ? 0x34 : 0x36, restore: UInt8 = isReal ? 0x24 : 0x26
        let prefix: [UInt8] = isReal == isShort ? [] : [0x66]
        let rig = try rig(prefix + [0xDD, modRM] + prefix + [0xDD, restore], Self.old) {
            Self.environment(&$0)
            $0.vector.lastInstruction = isShort ? 0x1234 : 0x1_2345
            $0.vector.lastOperand = 0x4321
            if isShort, !isReal { $0.vector.lastOpcode = 0 }
            if isReal { real(&$0) }
        }
        let before = rig.vm.cpu.vector
        rig.run()
        let after = rig.vm.cpu.vector

        #expect(rig.vm.cpu.halted != 0)
        #expect(after.statusWord == before.statusWord)
        #expect(after.controlWord == before.controlWord)
        #expect(after.tags == before.tags)
        #expect(after.lastOpcode == before.lastOpcode)
        #expect(after.lastInstruction == before.lastInstruction)
        #expect(after.lastOperand == before.lastOperand)
        for number in 0..<8 { #expect(after[st: number] == before[st: number]) }
    }

    @Test("A Pentium keeps FOP, selectors and the operand of each instruction")
    func oldPointers() throws {
        let rig = try rig([0xD8, 0x46, 4], Self.old) { $0.vector.tags = 0xFF }
        rig.run()
        let vector = rig.vm.cpu.vector

        #expect(vector.lastInstruction == 0x8_0000_7C00)
        #expect(vector.lastOperand == 0x10_0001_0004)
        #expect(vector.lastOpcode == 0x046)
    }

    @Test("MMX instructions leave TOP 0 and all registers in use; EMMS empties them")
    func mmx() throws {
        // FLD1; MOVD MM1, EAX; FNSTENV [ESI]; EMMS
        let rig = try rig([0xD9, 0xE8, 0x0F, 0x6E, 0xC8, 0xD9, 0x36, 0x0F, 0x77]) {
            $0.vector.tags = 0
            $0[register: 0] = 5
        }
        rig.run()

        #expect(rig.get(X87Guest.buffer + 4) == 0xFFFF_0000)
        // Physical 7 holds 1, physical 1 is MM1, of a special kind (all exponent bits one); the rest is zero.
        #expect(rig.get(X87Guest.buffer + 8) == 0xFFFF_0000 | 0b00_01_01_01_01_01_10_01)
        #expect(rig.vm.cpu.vector.tags == 0)
    }
}
