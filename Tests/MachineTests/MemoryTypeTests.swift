import Testing

@testable import Machine

/// Memory types and machine checks: SDM 3A 12.11, SDM 3B 16.3. 40 bits of physical addresses.
struct MemoryTypeTests {
    let model = CPUModel.maximum

    private func write(_ number: UInt32, _ value: UInt64) -> SlowRegisterWrite {
        var registers = SlowRegisters()
        return model.setSlowRegister(number, value, of: &registers)
    }

    @Test func modelsHaveThemAsQEMUsOfTheirNames() {
        for name in ["qemu64", "pentium3", "x86-64-v2", "x86-64-v3", "max"] {
            let model = CPUDefinition.named(name)?.model().model
            #expect(model?.hasMemoryTypes == true && model?.hasMachineCheck == true, "\(name)")
        }
        for name in ["386", "486", "pentium"] {
            let model = CPUDefinition.named(name)?.model().model
            #expect(model?.hasMemoryTypes == false && model?.hasMachineCheck == false, "\(name)")
            #expect(model?.slowRegister(0x2FF, of: SlowRegisters()) == nil, "\(name)")
            #expect(model?.slowRegister(0x179, of: SlowRegisters()) == nil, "\(name)")
        }
    }

    /// VCNT 8, FIX, WC; ten banks, MCG_CTL_P, MCG_SER_P. Both can only be read.
    @Test func capabilitiesAreThoseOfQEMU() {
        #expect(model.slowRegister(0xFE, of: SlowRegisters()) == 0x508)
        #expect(model.slowRegister(0x179, of: SlowRegisters()) == 0x100_010A)
        #expect(write(0xFE, 0x508) == .refused)
        #expect(write(0x179, 0) == .refused)
    }

    /// RDCL_NO, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO, IF_PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO.
    @Test func whatDoesNotSpeculateSaysSoInAReadOnlyRegister() {
        #expect(model.slowRegister(0x10A, of: SlowRegisters()) == 0x110_E179)
        #expect(write(0x10A, 0x110_E179) == .refused)
        #expect(CPUModel.pentium.slowRegister(0x10A, of: SlowRegisters()) == nil)
        #expect(CPUDefinition.named("qemu64")?.model().model.slowRegister(0x10A, of: SlowRegisters()) == nil)
    }

    @Test(
        arguments: [
            (0x2FF, 0xC06), (0x2FF, 0), (0x250, 0x0606_0606_0606_0606), (0x259, 0), (0x26F, 0x0504_0100_0605_0401),
            (0x200, 0xFF_FFFF_F006), (0x201, 0xFF_FFFF_F800), (0x20E, 0xC000_0000), (0x20F, 0xFF_C000_0800), (0x17A, 7),
            (0x17B, .max), (0x400, .max), (0x410, ~0x400), (0x401, 0), (0x402, 0), (0x403, 0), (0x424, 1), (0x427, 0),
        ] as [(UInt32, UInt64)])
    func whatTheManualAllowsIsKept(number: UInt32, value: UInt64) {
        var registers = SlowRegisters()
        #expect(model.setSlowRegister(number, value, of: &registers) == .done)
        #expect(model.slowRegister(number, of: registers) == value)
        #expect(model.inconsistency(of: registers) == nil)
    }

    /// Types 2, 3 and 7; bits that are reserved or beyond the address; status that software cannot make.
    @Test(
        arguments: [
            (0x2FF, 2), (0x2FF, 7), (0x2FF, 0x106), (0x2FF, 0x1000), (0x2FF, 1 << 32), (0x250, 0x0300_0000_0000_0000),
            (0x258, 7), (0x268, 2), (0x200, 3), (0x200, 0x106), (0x200, 1 << 40), (0x201, 1), (0x201, 0x400),
            (0x201, 1 << 40 | 0x800), (0x17A, 8), (0x401, 1), (0x402, 1), (0x425, 1 << 63), (0x427, 1),
        ] as [(UInt32, UInt64)])
    func whatIsReservedIsRefused(number: UInt32, value: UInt64) {
        #expect(write(number, value) == .refused)
    }

    @Test(arguments: [0x210, 0x24F, 0x251, 0x25A, 0x270, 0x178, 0x17C, 0x428] as [UInt32])
    func otherNumbersAreNoRegisters(number: UInt32) {
        #expect(write(number, 0) == .unknown)
        #expect(model.slowRegister(number, of: SlowRegisters()) == nil)
    }

    @Test func resetSwitchesTypesOffAndInitialisationKeepsAll() {
        var cpu = CPUFile.afterReset(model)
        #expect(model.slowRegister(0x2FF, of: cpu.slow) == 0)
        #expect(model.setSlowRegister(0x2FF, 0xC06, of: &cpu.slow) == .done)
        let after = CPUFile.afterInitialise(model, from: cpu)
        #expect(model.slowRegister(0x2FF, of: after.slow) == 0xC06)
        #expect(model.slowRegister(0x400, of: after.slow) == .max)
    }

    /// Each word has a name of its own and a number that leads to it.
    @Test func eachWordHasANameAndANumber() {
        #expect(Set(SlowRegisters.names).count == 70)
        let places = Set((SlowRegisters.typeRegisters + SlowRegisters.checkRegisters).compactMap(SlowRegisters.place))
        #expect(places == Set(0..<70))
        #expect(SlowRegisters.place(0x201).map { SlowRegisters.names[$0] } == "mtrr_physmask0")
        #expect(SlowRegisters.place(0x26F).map { SlowRegisters.names[$0] } == "mtrr_fix4k_f8000")
        #expect(SlowRegisters.place(0x427).map { SlowRegisters.names[$0] } == "mc9_misc")
    }

    @Test func savedRegisterThatTheModelLacksIsAnInconsistency() throws {
        var registers = SlowRegisters()
        registers.words[0] = 0xC06
        #expect(model.inconsistency(of: registers) == nil)
        #expect(CPUModel.pentium.inconsistency(of: registers) == "mtrr_def_type cannot hold its value")
        registers.words[0] = 2
        #expect(model.inconsistency(of: registers) == "mtrr_def_type cannot hold its value")
    }
}
