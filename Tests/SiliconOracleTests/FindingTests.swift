import Machine
import Testing
import X86ISA

@testable import SiliconOracle

/// What the oracle has found, one instruction each, on the interpreter alone. The values are those of the manual, and of a Xeon.
@Suite("Findings of the silicon oracle")
struct FindingTests {
    private final class Rig {
        private let memory: UnsafeMutableRawPointer
        private let runner: GuestRunner
        let input: CaseInput
        let output: CaseOutput

        init(_ code: [UInt8], isLong: Bool = true) throws {
            memory = .allocate(byteCount: SharedFile.size, alignment: 4096)
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: SharedFile.size)
            runner = try GuestRunner()
            (input, output) = (memory.input(0), memory.output(0))
            input.length = code.count
            for (place, byte) in code.enumerated() { input.code[place] = byte }
            input.registers.codeSelector = isLong ? Place.code64 : Place.code32
            input.registers.instructionPointer = Place.code
            input.registers.flags = 0x302
            input.registers[4] = Place.data + 0x100
            set(UInt16(0x37F), 0)
            set(UInt32(0x1F80), 24)
        }

        deinit { memory.deallocate() }

        func set<T: FixedWidthInteger>(_ value: T, _ place: Int) {
            input.registers.vector.storeBytes(of: value, toByteOffset: place, as: T.self)
        }

        /// Of `VectorState`.
        func get<T: FixedWidthInteger>(_ place: Int, _ type: T.Type) -> T {
            output.registers.vector.load(fromByteOffset: place, as: type)
        }

        /// The vector.
        func run() -> UInt64 {
            runner.begin(memory)
            #expect(runner.run(input, pattern: memory + SharedFile.pattern, into: output) == nil)
            return output.vector
        }
    }

    @Test func cmpxchgThatDoesNotExchangeLeavesAllOfItsRegister() throws {
        // cmpxchg r9d, edx
        let rig = try Rig([0x41, 0x0F, 0xB1, 0xD1])
        rig.input.registers[0] = 1
        rig.input.registers[9] = 0x1234_5678_0000_0002

        #expect(rig.run() == 1)
        #expect(rig.output.registers[9] == 0x1234_5678_0000_0002 && rig.output.registers[0] == 2)
    }

    @Test func cmpxchg16bLooksAtTheAlignmentBeforeThePage() throws {
        // cmpxchg16b [rax], where no page is
        let rig = try Rig([0x48, 0x0F, 0xC7, 0x08])
        rig.input.registers[0] = 0x1008

        #expect(rig.run() == 13)
    }

    @Test func arplOfAHigherRPLDoesNotWrite() throws {
        // arpl [ebx], cx in a page that can be read alone
        let rig = try Rig([0x63, 0x0B], isLong: false)
        rig.input.registers[3] = Place.constants

        #expect(rig.run() == 1)
        rig.input.registers[1] = 3
        #expect(rig.run() == 14 && rig.output.errorCode == 7)
    }

    @Test func pushOfASegmentWritesAllOfAQuadword() throws {
        // push gs
        let rig = try Rig([0x0F, 0xA8])
        rig.input.patchOffset = 0xC0
        rig.input.patch.initializeMemory(as: UInt8.self, repeating: 0xFF, count: CaseInput.patchSize)

        #expect(rig.run() == 1)
        #expect(rig.output.memory.load(fromByteOffset: 0xF8, as: UInt64.self) == UInt64(Place.flatData))
    }

    @Test func aStepOfREPIsOneIteration() throws {
        // rep movsb under TF
        let rig = try Rig([0xF3, 0xA4])
        rig.input.registers[1] = 3
        rig.input.registers[6] = Place.data
        rig.input.registers[7] = Place.data + 0x80

        #expect(rig.run() == 1)
        #expect(rig.output.registers[1] == 2 && rig.output.registers.instructionPointer == Place.code)
    }

    /// SDM 2B REP: the flags of CMPS and SCAS that fault are those before the instruction.
    @Test func scasThatFaultsLeavesTheFlags() throws {
        // repne scasb over the end of the data, TF clear
        let rig = try Rig([0xF2, 0xAE])
        rig.input.registers.flags = 0x202 | 0x8D5
        rig.input.registers[0] = 1
        rig.input.registers[1] = 100
        rig.input.registers[7] = Place.data + UInt64(Place.dataSize) - 8

        #expect(rig.run() == 14)
        #expect(rig.output.registers[1] == 92 && rig.output.registers.flags & 0x8D5 == 0x8D5)
    }

    @Test func f390IsNoExchangeWhateverREXSays() throws {
        // pause with REX.B
        let rig = try Rig([0xF3, 0x41, 0x90])
        rig.input.registers[0] = 1
        rig.input.registers[8] = 2

        #expect(rig.run() == 1)
        #expect(rig.output.registers[0] == 1 && rig.output.registers[8] == 2)
    }

    /// vmaskmovps xmm0, xmm1, [rax]; vgatherdps xmm0, [rax + xmm2], xmm1; vcvtph2ps xmm0, [rax]
    @Test(
        arguments: [
            [0xC4, 0xE2, 0x71, 0x2C, 0x00], [0xC4, 0xE2, 0x71, 0x92, 0x04, 0x10], [0xC4, 0xE2, 0x79, 0x13, 0x00],
        ] as [[UInt8]])
    func elementsAndHalvesHaveNoAlignmentChecks(code: [UInt8]) throws {
        let rig = try Rig(code)
        rig.input.registers[0] = Place.data + 1
        rig.input.registers.flags |= UInt64(Flags.alignmentCheck)
        for place in stride(from: 176, to: 192, by: 4) { rig.set(UInt32.max, place) }

        #expect(rig.run() == 1)
    }

    @Test func emmsSetsTOPTo0() throws {
        let rig = try Rig([0x0F, 0x77])
        rig.set(UInt16(3 << 11), 2)
        rig.set(UInt8.max, 4)

        #expect(rig.run() == 1)
        #expect(rig.get(2, UInt16.self) == 0 && rig.get(4, UInt8.self) == 0)
    }

    @Test func cvtpi2psFromMemoryLeavesTheX87() throws {
        // cvtpi2ps xmm0, [rax]
        let rig = try Rig([0x0F, 0x2A, 0x00])
        rig.input.registers[0] = Place.data
        rig.set(UInt16(3 << 11), 2)
        rig.set(UInt8(1), 4)

        #expect(rig.run() == 1)
        #expect(rig.get(2, UInt16.self) == 3 << 11 && rig.get(4, UInt8.self) == 1)
    }

    /// movdqu xmm0, [rax] and mov rcx, [rax], misaligned under EFLAGS.AC.
    @Test(arguments: [([0xF3, 0x0F, 0x6F, 0x00], 1), ([0x48, 0x8B, 0x08], 17)] as [([UInt8], UInt64)])
    func alignmentChecksEndAtEightBytes(code: [UInt8], vector: UInt64) throws {
        let rig = try Rig(code)
        rig.input.registers[0] = Place.data + 1
        rig.input.registers.flags |= UInt64(Flags.alignmentCheck)

        #expect(rig.run() == vector)
    }

    @Test func fxrstorMakesReservedBitsAndTheSummaryOfItsOwn() throws {
        // fxrstor [rax]: FCW FFFEh leaves IM alone unmasked, and FSW has IE without ES.
        let rig = try Rig([0x0F, 0xAE, 0x08])
        rig.input.registers[0] = Place.data
        rig.input.patch.storeBytes(of: 0x0001_FFFE, as: UInt32.self)
        rig.input.patch.storeBytes(of: 0x1F80, toByteOffset: 24, as: UInt32.self)

        #expect(rig.run() == 1)
        #expect(rig.get(0, UInt16.self) == 0x1F7E && rig.get(2, UInt16.self) == 0x8081)
    }

    @Test func shiftsOf64BitsTakeSixBitsOfTheCount() throws {
        // rol r8, 33
        let instruction = try Decoder(.bits64).decode([0x49, 0xC1, 0xC0, 0x21])

        #expect(FlagEffects(of: instruction).undefined.contains(.OF))
    }
}
