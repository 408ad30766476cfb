import Machine
import Testing

/// Places as in SDM 1 table 10-2 (FXSAVE64) and 13.5.3 (the AVX component).
@Suite("x87, SSE and AVX state")
struct VectorStateTests {
    /// Each byte is its own offset, modulo 256 and counted on by one in each further block of 256.
    private var counted: VectorState {
        var state = VectorState()
        state.withUnsafeMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &+ index >> 8) }
        }
        return state
    }

    @Test func registersLieWhereFXSAVE64HasThem() {
        let state = counted
        #expect(state.controlWord == 0x0100)
        #expect(state.statusWord == 0x0302)
        #expect(state.tags == 0x04)
        #expect(state.lastOpcode == 0x0706)
        #expect(state.lastInstruction == 0x0F0E_0D0C_0B0A_0908)
        #expect(state.lastOperand == 0x1716_1514_1312_1110)
        #expect(state.mxcsr == 0x1B1A_1918)
        #expect(state[st: 0] == ExtendedReal(significand: 0x2726_2524_2322_2120, signAndExponent: 0x2928))
        #expect(state[st: 7].significand == 0x9796_9594_9392_9190)
        #expect(state[xmm: 0] == 0xAFAE_ADAC_ABAA_A9A8_A7A6_A5A4_A3A2_A1A0)
        // Byte 400 = 190h counts as 91h.
        #expect(state[xmm: 15] == 0xA09F_9E9D_9C9B_9A99_9897_9695_9493_9291)
        // Byte 512 counts as 02h.
        #expect(state[ymmHigh: 0] == 0x1110_0F0E_0D0C_0B0A_0908_0706_0504_0302)
        #expect(state[ymmHigh: 15] == 0x0100_FFFE_FDFC_FBFA_F9F8_F7F6_F5F4_F3F2)
    }

    @Test func whatIsWrittenComesBackAndTouchesNothingElse() {
        var state = counted
        state[xmm: 3] = 0x0123_4567_89AB_CDEF_0011_2233_4455_6677
        state[ymmHigh: 9] = 5
        state[st: 2] = ExtendedReal(significand: 1 << 63, signAndExponent: 0x3FFF)
        #expect(state[xmm: 3] == 0x0123_4567_89AB_CDEF_0011_2233_4455_6677)
        #expect(state[ymmHigh: 9] == 5)
        #expect(state[st: 2] == ExtendedReal(significand: 1 << 63, signAndExponent: 0x3FFF))
        let plain = counted
        let changed = state.withUnsafeBytes { new in
            plain.withUnsafeBytes { old in new.indices.filter { new[$0] != old[$0] } }
        }
        let allowed = Array(64..<74) + Array(208..<224) + Array(656..<672)
        #expect(changed.allSatisfy { allowed.contains($0) })
    }

    /// MMX registers are the physical x87 ones; ST(i) counts from TOP (SDM 1 9.2.2).
    @Test func mmxRegistersAreTheSignificandsOfPhysicalOnes() {
        var state = VectorState()
        state.statusWord = 6 << 11
        state[st: 0].significand = 60
        state[st: 1].significand = 70
        state[st: 2].significand = 0x80
        #expect(state.top == 6)
        #expect(state[mm: 6] == 60 && state[mm: 7] == 70 && state[mm: 0] == 0x80)
        state[mm: 5] = 55
        #expect(state[st: 7].significand == 55)
    }

    /// SDM 3A table 10-1: FCW 0040h, tag word 5555h (all valid and zero), MXCSR 1F80h, registers +0.0.
    @Test func resetLeavesEightZerosThatAreNotEmpty() {
        let state = VectorState.afterReset
        #expect(state.controlWord == 0x40 && state.statusWord == 0 && state.tags == 0xFF && state.mxcsr == 0x1F80)
        #expect((0..<8).allSatisfy { state[st: $0] == ExtendedReal(significand: 0, signAndExponent: 0) })
        #expect(CPUFile.afterReset.pat == 0x0007_0406_0007_0406 && CPUFile.afterReset.xcr0 == 1)
    }

    @Test func clearingWhatHoldsNoRegisterLeavesTheRegisters() {
        var cpu = CPUFile.afterReset
        cpu.vector = counted
        cpu.vector.controlWord = 0x140
        cpu.vector.statusWord = 0x8382
        cpu.vector.lastOpcode = 0x706
        let before = cpu
        cpu.vector.clearReserved()
        // == goes through the fields.
        #expect(cpu == before)
        cpu.vector.withUnsafeBytes { bytes in
            #expect(bytes[5] == 0 && bytes[31] == 0 && bytes[42] == 0 && bytes[511] == 0 && bytes[512] == 2)
        }
    }

    /// Bits 6, 7 and 13-15 of FCW, ES and B of FSW, 11-15 of FOP.
    @Test func reservedBitsOfTheX87AreAsTheCPUHasThem() {
        var state = VectorState()
        (state.controlWord, state.statusWord, state.lastOpcode) = (0xFFBE, 0x0001, 0xFFFF)
        state.clearReserved()
        #expect(state.controlWord == 0x1F7E && state.statusWord == 0x8081 && state.lastOpcode == 0x7FF)
        (state.controlWord, state.statusWord) = (0x037F, 0x8081)
        state.clearReserved()
        #expect(state.statusWord == 0x0001)
    }

    @Test func pendingEventIsLaidOutAsTheVMEntryField() {
        let fault = PendingEvent(.hardwareException, vector: 14, errorCode: 0x12)
        #expect(fault.bits == 0x0000_0012_8000_0B0E)
        #expect(PendingEvent(.externalInterrupt, vector: 0x20).bits == 0x8000_0020)
        #expect(PendingEvent(bits: fault.bits) == fault)
        #expect(PendingEvent(bits: 0x8000_0603) == PendingEvent(.softwareException, vector: 3))
        #expect(PendingEvent(bits: 0x0000_0603) == nil && PendingEvent(bits: 0x8000_0103) == nil)
    }
}
