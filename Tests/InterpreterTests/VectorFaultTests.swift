import Interpreter
import Machine
import Testing

@Suite("Faults and states of MMX and SSE", .enabled(if: VectorGuest.isDecoded, "the decoder has no MMX and SSE"))
struct VectorFaultTests {
    /// One and a third in XMM0, zero in XMM1.
    private static var world: VectorWorld {
        var world = VectorWorld()
        world.xmm[0] = 0x3FF5_5555_5555_5555
        return world
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: [UInt8]
        let vector: UInt64
        let reason: String
        let change: @Sendable (inout CPUFile) -> Void
    }

    static let refused: [Refused] = [
        Refused(testDescription: "SSE under EM", code: [0x0F, 0x58, 0xC1], vector: 6, reason: "vector-emulation") {
            $0.cr0 |= 4
        },
        Refused(
            testDescription: "SSE under TS", code: [0x0F, 0x58, 0xC1], vector: 7, reason: "coprocessor-not-available"
        ) { $0.cr0 |= 8 },
        Refused(
            testDescription: "SSE without OSFXSR, before TS", code: [0x0F, 0x58, 0xC1], vector: 6,
            reason: "instruction-disabled"
        ) {
            $0.cr4 = 0
            $0.cr0 |= 8
        },
        Refused(testDescription: "MMX under EM", code: [0x0F, 0xFC, 0xC1], vector: 6, reason: "vector-emulation") {
            $0.cr0 |= 4
        },
        Refused(
            testDescription: "MMX under TS", code: [0x0F, 0xFC, 0xC1], vector: 7, reason: "coprocessor-not-available"
        ) { $0.cr0 |= 8 },
        Refused(
            testDescription: "MMX with a pending x87 exception", code: [0x0F, 0xFC, 0xC1], vector: 16,
            reason: "x87-exception-pending"
        ) {
            $0.cr0 |= 0x20
            $0.vector.statusWord = 0x80
        },
        Refused(
            testDescription: "ADDPS from an odd address", code: [0x0F, 0x58, 0x06], vector: 13,
            reason: "vector-misaligned"
        ) { $0[register: 6] += 8 },
        Refused(
            testDescription: "MOVAPS to an odd address", code: [0x0F, 0x29, 0x06], vector: 13,
            reason: "vector-misaligned"
        ) { $0[register: 6] += 8 },
        Refused(
            testDescription: "FXSAVE to an odd address", code: [0x0F, 0xAE, 0x06], vector: 13,
            reason: "vector-misaligned"
        ) { $0[register: 6] += 8 },
        Refused(
            testDescription: "LDMXCSR of a reserved bit", code: [0x0F, 0xAE, 0x16], vector: 13, reason: "reserved-bits"
        ) { _ in },
        Refused(
            testDescription: "DIVSD by zero, unmasked", code: [0xF2, 0x0F, 0x5E, 0xC1], vector: 19,
            reason: "vector-float-exception"
        ) { $0.vector.mxcsr = 0x1D80 },
        Refused(
            testDescription: "DIVSD by zero, unmasked, without OSXMMEXCPT", code: [0xF2, 0x0F, 0x5E, 0xC1], vector: 6,
            reason: "vector-float-exception"
        ) {
            $0.vector.mxcsr = 0x1D80
            $0.cr4 = 0x200
        },
        Refused(
            testDescription: "AVX under TS", code: [0xC5, 0xF8, 0x58, 0xC1], vector: 7,
            reason: "coprocessor-not-available"
        ) { $0.cr0 |= 8 },
        Refused(
            testDescription: "AVX without OSXSAVE, before TS", code: [0xC5, 0xF8, 0x58, 0xC1], vector: 6,
            reason: "instruction-disabled"
        ) {
            $0.cr4 &= ~0x4_0000
            $0.cr0 |= 8
        },
        Refused(
            testDescription: "AVX without XCR0.AVX", code: [0xC5, 0xF8, 0x77], vector: 6, reason: "instruction-disabled"
        ) { $0.xcr0 = 3 },
        Refused(
            testDescription: "a gather without XCR0.SSE and AVX", code: [0xC4, 0xE2, 0x71, 0x90, 0x04, 0x16], vector: 6,
            reason: "instruction-disabled"
        ) { $0.xcr0 = 1 },
        Refused(
            testDescription: "VLDMXCSR of a reserved bit", code: [0xC5, 0xF8, 0xAE, 0x16], vector: 13,
            reason: "reserved-bits"
        ) { _ in },
        Refused(
            testDescription: "VDIVSD by zero, unmasked, without OSXMMEXCPT", code: [0xC5, 0xFB, 0x5E, 0xC1], vector: 6,
            reason: "vector-float-exception"
        ) {
            $0.vector.mxcsr = 0x1D80
            $0.cr4 &= ~0x400
        },
    ]

    @Test(arguments: refused)
    func itFaultsAndChangesNothing(refused: Refused) throws {
        let guest = try VectorGuest(refused.code)
        var world = Self.world
        world.memory = Array(repeating: .max, count: 4)
        var mxcsr: UInt32 = 0
        let (result, vector) = guest.run(world) {
            refused.change(&$0)
            mxcsr = $0.vector.mxcsr
        }
        #expect(vector == refused.vector)
        #expect(guest.rig.reason == refused.reason)
        #expect(result.xmm == world.xmm)
        #expect(result.memory == world.memory)
        // ZE is noted all the same (SDM 1 11.5.2).
        #expect(result.mxcsr == mxcsr | (refused.reason == "vector-float-exception" ? 4 : 0))
    }

    @Test func avxNeedsNeitherFXSROfCR4NorClearEM() throws {
        // vaddps xmm0, xmm0, xmm1
        let guest = try VectorGuest([0xC5, 0xF8, 0x58, 0xC1])
        let (_, vector) = guest.run(Self.world) {
            $0.cr4 &= ~0x200
            $0.cr0 |= 4
        }
        #expect(vector == nil)
    }

    /// VADDPS, and ANDN EAX, EAX, ECX
    @Test(arguments: [[0xC5, 0xF8, 0x58, 0xC1], [0xC4, 0xE2, 0x78, 0xF2, 0xC1]] as [[UInt8]])
    func vexIsUnknownInRealMode(code: [UInt8]) throws {
        let guest = try VectorGuest(code)
        #expect(guest.run(Self.world).vector == nil)
        _ = guest.run(Self.world) { $0.cr0 &= ~1 }
        #expect(guest.rig.reason == "not-in-this-mode")
    }

    @Test func vstmxcsrAndVldmxcsrMoveMXCSR() throws {
        // vstmxcsr [esi]; vldmxcsr [esi+4]
        let guest = try VectorGuest([0xC5, 0xF8, 0xAE, 0x1E, 0xC5, 0xF8, 0xAE, 0x56, 4])
        var world = Self.world
        world.mxcsr = 0x9F81
        world.memory[0] = 0x1FA5 << 32
        let (result, vector) = guest.run(world)
        #expect(vector == nil)
        #expect(result.mxcsr == 0x1FA5)
        #expect(result.memory[0] == 0x1FA5_0000_9F81)
    }

    @Test func unalignedMovesAndScalarsNeedNoAlignment() throws {
        for code in [[0x0F, 0x10, 0x06], [0xF3, 0x0F, 0x6F, 0x06], [0xF2, 0x0F, 0x58, 0x06]] as [[UInt8]] {
            #expect(try VectorGuest(code).run(Self.world) { $0[register: 6] += 1 }.vector == nil)
        }
    }

    @Test func mmxTurnsTheStackToTopZeroAndFillsExponents() throws {
        // paddd mm0, mm1
        let guest = try VectorGuest([0x0F, 0xFE, 0xC1])
        var world = VectorWorld()
        world.mm = [1, 2]
        _ = guest.run(world) { cpu in
            let (a, b) = (cpu.vector[mm: 0], cpu.vector[mm: 1])
            cpu.vector.statusWord = 5 << 11
            cpu.vector.tags = 0
            (cpu.vector[mm: 0], cpu.vector[mm: 1], cpu.vector[mm: 7]) = (a, b, 99)
        }
        let state = guest.rig.vm.cpu.vector
        #expect(state.top == 0)
        #expect(state.tags == 0xFF)
        #expect(state[mm: 0] == 3 && state[mm: 1] == 2 && state[mm: 7] == 99)
        #expect(state[st: 0].signAndExponent == 0xFFFF && state[st: 1].signAndExponent != 0xFFFF)
    }

    @Test func emmsEmptiesTheStack() throws {
        let guest = try VectorGuest([0x0F, 0x77])
        _ = guest.run(Self.world) { $0.vector.tags = 0xFF }
        #expect(guest.rig.vm.cpu.vector.tags == 0)
    }

    @Test func fxrstorBringsBackWhatFxsaveWrote() throws {
        // fxsave [esi]; xorps xmm0, xmm0; paddd mm0, mm1; ldmxcsr [esi+24]; fxrstor [esi]
        let guest = try VectorGuest([
            0x0F, 0xAE, 0x06, 0x0F, 0x57, 0xC0, 0x0F, 0xFE, 0xC1, 0x0F, 0xAE, 0x56, 0x18, 0x0F, 0xAE, 0x0E,
        ])
        var world = Self.world
        world.mm = [5, 6]
        world.mxcsr = 0x9FC1
        let (result, vector) = guest.run(world)
        #expect(vector == nil)
        #expect(result.xmm == world.xmm && result.mm == world.mm && result.mxcsr == world.mxcsr)
        #expect(guest.rig.get(VectorGuest.buffer + 24) == 0x9FC1)
        #expect(guest.rig.get(VectorGuest.buffer + 28) == 0xFFFF)
        #expect(guest.rig.get(VectorGuest.buffer + 160) == 0x5555_5555)
        #expect(guest.rig.vm.cpu.inconsistency == nil)
    }

    @Test func fxrstorKeepsNoReservedBits() throws {
        // fxrstor [esi]
        let guest = try VectorGuest([0x0F, 0xAE, 0x0E])
        var world = Self.world
        // FCW FFFEh, with IE unmasked; FSW 0001h without ES; all tags, FOP FFFFh. MXCSR is that of the third quadword.
        world.memory = [0xFFFF_FFFF_0001_FFFE, .max, .max, 0x1F80]
        let (_, vector) = guest.run(world)
        #expect(vector == nil)
        let state = guest.rig.vm.cpu.vector
        #expect(state.controlWord == 0x1F7E)
        #expect(state.statusWord == 0x8081)
        #expect(state.lastOpcode == 0x7FF)
        #expect(guest.rig.vm.cpu.inconsistency == nil)
    }

    @Test func fxrstorOfReservedBitsOfMXCSRChangesNothing() throws {
        let guest = try VectorGuest([0x0F, 0xAE, 0x0E])
        var world = Self.world
        world.memory = [0x37F, 0, 0, 0x1_1F80]
        let (result, vector) = guest.run(world)
        #expect(vector == 13)
        #expect(guest.rig.reason == "reserved-bits")
        #expect(result.xmm == world.xmm && result.mxcsr == world.mxcsr)
    }
}
