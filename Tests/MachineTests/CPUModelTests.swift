import Machine
import Testing

/// CPUID as SDM 2A and APM 3 describe it.
@Suite("CPU models")
struct CPUModelTests {
    typealias Leaf = CPUModel.Leaf
    typealias Registers = CPUModel.Registers

    // MARK: Look-up

    @Test func pentiumTellsItsMakerFamilyAndFeatures() {
        let model = CPUModel.pentium
        let zero = model.identification(0)
        let bytes = [zero.ebx, zero.edx, zero.ecx].flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "GenuineIntel")
        #expect(zero.eax == 1)
        // Family 5, model 4, stepping 3; FPU VME DE PSE TSC MSR MCE CX8 APIC MMX, as far as they are there.
        let floats = Set(["fpu", "mmx"].compactMap(CPUFlag.init))
        let edx: UInt32 = floats.isSubset(of: CPUModel.emulatedFlags) ? 0x0080_03BF : 0x0000_03BE
        #expect(model.identification(1) == Registers(eax: 0x0543, edx: edx))
        #expect(CPUFile.afterReset(model)[register: 2] == 0x0543)
    }

    private static let zero = Leaf(0, Registers(eax: 7, ebx: 1))
    private static let leaves = [
        zero, Leaf(1, Registers(eax: 0x306C3)), Leaf(4, index: 0, Registers(eax: 40)),
        Leaf(4, index: 1, Registers(eax: 41)), Leaf(7, index: 0, Registers(ebx: 70)),
        Leaf(0x8000_0000, Registers(eax: 0x8000_0001)), Leaf(0x8000_0001, Registers(edx: 80)),
    ]

    static let answers: [(UInt32, UInt32, Registers)] = [
        // Within: by function and, where it matters, by index.
        (1, 9, Registers(eax: 0x306C3)), (4, 1, Registers(eax: 41)), (4, 2, Registers()),
        (0x8000_0001, 5, Registers(edx: 80)),
        // Within, but without a leaf: zeros.
        (3, 0, Registers()),
        // Beyond: the last basic function with the same index.
        (8, 0, Registers(ebx: 70)), (8, 1, Registers()), (0x8000_0002, 0, Registers(ebx: 70)),
        (0x4000_0000, 0, Registers(ebx: 70)), (0xFFFF_FFFF, 0, Registers(ebx: 70)),
    ]

    @Test(arguments: answers)
    func intelAnswersBeyondTheLastFunctionWithTheLastBasicOne(function: UInt32, index: UInt32, answer: Registers) {
        let model = CPUModel(name: "test", leaves: Self.leaves, signature: 0x306C3)
        #expect(model.identification(function, index) == answer)
    }

    @Test(arguments: [8 as UInt32, 0x8000_0002, 0x4000_0000])
    func amdAnswersBeyondTheLastFunctionWithZeros(function: UInt32) {
        let model = CPUModel(name: "test", leaves: Self.leaves, beyondLast: .zeros, signature: 0)
        #expect(model.identification(function) == Registers())
        #expect(model.identification(7) == Registers(ebx: 70))
    }

    @Test func digestDiffersWithAllThatAGuestCanTell() {
        func digest(_ change: (inout [Leaf]) -> Void = { _ in }, signature: UInt32 = 1, zeros: Bool = false) -> String {
            var leaves = Self.leaves
            change(&leaves)
            let model = CPUModel(
                name: "test", leaves: leaves, beyondLast: zeros ? .zeros : .lastBasic, signature: signature)
            return model.digest
        }
        let digests = [
            digest(), digest({ $0[1].registers.eax += 1 }), digest({ $0[1].registers.ebx += 1 }),
            digest({ $0[1].registers.ecx += 1 }), digest({ $0[1].registers.edx += 1 }), digest({ $0[1].index = 0 }),
            digest({ $0[3].index = 2 }), digest({ $0[3].function = 5 }), digest({ $0.removeLast() }),
            digest(signature: 2), digest(zeros: true),
        ]
        #expect(Set(digests).count == digests.count)
        #expect(digest() == digest())
    }

    // MARK: The host's CPU

    /// A host that has every bit set, and more leaves than the board can do with.
    private func everything(_ vendor: [UInt32] = [0x756E_6547, 0x4965_6E69, 0x6C65_746E]) -> [Leaf] {
        let all = Registers(eax: .max, ebx: .max, ecx: .max, edx: .max)
        var leaves = [
            Leaf(0, Registers(eax: 0x24, ebx: vendor[0], ecx: vendor[2], edx: vendor[1])),
            Leaf(1, Registers(eax: 0x000C_06F2, ebx: .max, ecx: .max, edx: .max)),
            Leaf(0xD, index: 0, Registers(eax: 0x6_02E7, ebx: 2696, ecx: 11008)),
            Leaf(0xD, index: 1, all), Leaf(0xD, index: 2, Registers(eax: 256, ebx: 576)),
            Leaf(0xD, index: 5, Registers(eax: 64, ebx: 1088)),
            Leaf(0x8000_0000, Registers(eax: 0x8000_0021)),
        ]
        for function: UInt32 in [2, 3, 5, 6, 9, 0xA, 0x15, 0x16, 0x8000_0001, 0x8000_0007, 0x8000_0008, 0x8000_0021] {
            leaves.append(Leaf(function, all))
        }
        for function: UInt32 in 0x8000_0002...0x8000_0006 { leaves.append(Leaf(function, Registers(eax: function))) }
        for function: UInt32 in [4, 7, 0xB, 0xF, 0x10, 0x12, 0x14, 0x1D, 0x1F, 0x24] {
            for index: UInt32 in 0...1 { leaves.append(Leaf(function, index: index, all)) }
        }
        leaves += [Leaf(0x4000_0000, all), Leaf(0x4000_0001, all)]
        return leaves
    }

    @Test func hostHasNoFeatureWhoseChipOrRegistersAreNotThere() {
        let model = CPUModel.host(leaves: everything())
        let one = model.identification(1), seven = model.identification(7), extended = model.identification(0x8000_0001)
        // DTES64 MONITOR VMX SMX PDCM DCA x2APIC TSC-deadline hypervisor; OSXSAVE follows CR4.
        for bit: UInt32 in [2, 3, 5, 6, 15, 18, 21, 24, 27, 31] { #expect(one.ecx >> bit & 1 == 0, "1:ECX.\(bit)") }
        // MCE APIC MTRR MCA PSN DS ACPI HTT TM PBE
        for bit: UInt32 in [7, 9, 12, 14, 18, 21, 22, 28, 29, 31] { #expect(one.edx >> bit & 1 == 0, "1:EDX.\(bit)") }
        // TSC_ADJUST SGX HLE RTM PQM MPX PQE AVX512F AVX512DQ IFMA PT PF ER CD BW VL
        for bit: UInt32 in [1, 2, 4, 11, 12, 14, 15, 16, 17, 21, 25, 26, 27, 28, 30, 31] {
            #expect(seven.ebx >> bit & 1 == 0, "7:EBX.\(bit)")
        }
        // AVX512_VBMI PKU OSPKE WAITPKG VBMI2 CET_SS VNNI LA57 KL ENQCMD SGX_LC PKS
        for bit: UInt32 in [1, 3, 4, 5, 6, 7, 11, 12, 14, 16, 23, 29, 30, 31] {
            #expect(seven.ecx >> bit & 1 == 0, "7:ECX.\(bit)")
        }
        // AVX512_4VNNIW UINTR PBRSB CET_IBT AMX_BF16 AMX_TILE AMX_INT8 IBRS ARCH_CAPABILITIES SSBD
        for bit: UInt32 in [2, 3, 5, 20, 22, 24, 25, 26, 29, 31] { #expect(seven.edx >> bit & 1 == 0, "7:EDX.\(bit)") }
        // SVM MISALIGNSSE XOP FMA4 TBM
        for bit: UInt32 in [2, 7, 11, 16, 21] { #expect(extended.ecx >> bit & 1 == 0, "80000001:ECX.\(bit)") }
        // FFXSR 3DNOWEXT 3DNOW
        for bit: UInt32 in [25, 30, 31] { #expect(extended.edx >> bit & 1 == 0, "80000001:EDX.\(bit)") }
        // The board has one CPU, with ID 0, and shares no cache.
        #expect(one.ebx >> 16 == 0 && model.identification(4).eax >> 14 == 0)
        let functions = Set(model.leaves.map(\.function))
        #expect(
            functions == [
                0, 1, 2, 4, 7, 0xD, 0x8000_0000, 0x8000_0001, 0x8000_0002, 0x8000_0003, 0x8000_0004,
                0x8000_0005, 0x8000_0006, 0x8000_0008,
            ])
    }

    /// x86-64-v3 of the psABI: CMOV CX8 FPU FXSR MMX SSE SSE2 SCE; CX16 LAHF POPCNT SSE3 SSSE3 SSE4.1 SSE4.2; AVX AVX2 BMI1
    /// BMI2 F16C FMA LZCNT MOVBE XSAVE.
    @Test func hostThatHasItAllIsOfLevel3() {
        let model = CPUModel.host(leaves: everything())
        let one = model.identification(1), seven = model.identification(7), extended = model.identification(0x8000_0001)
        for bit: UInt32 in [0, 9, 12, 13, 19, 20, 22, 23, 26, 28, 29] {
            #expect(one.ecx >> bit & 1 == 1, "1:ECX.\(bit)")
        }
        for bit: UInt32 in [0, 8, 15, 23, 24, 25, 26] { #expect(one.edx >> bit & 1 == 1, "1:EDX.\(bit)") }
        for bit: UInt32 in [3, 5, 8] { #expect(seven.ebx >> bit & 1 == 1, "7:EBX.\(bit)") }
        for bit: UInt32 in [0, 5] { #expect(extended.ecx >> bit & 1 == 1, "80000001:ECX.\(bit)") }
        // SYSCALL NX LM
        for bit: UInt32 in [11, 20, 29] { #expect(extended.edx >> bit & 1 == 1, "80000001:EDX.\(bit)") }
        #expect(model.name == "host" && model.signature == 0x000C_06F2)
        #expect(CPUFile.afterReset(model)[register: 2] == 0x000C_06F2)
    }

    @Test func hostsStateComponentsAreX87SSEAndAVX() {
        let model = CPUModel.host(leaves: everything())
        #expect(model.identification(0xD, 0) == Registers(eax: 7, ecx: 832))
        // XSAVEOPT XSAVEC XGETBV, no XSAVES and no XFD.
        #expect(model.identification(0xD, 1) == Registers(eax: 7))
        #expect(model.identification(0xD, 2) == Registers(eax: 256, ebx: 576))
        #expect(model.identification(0xD, 5) == Registers())
        #expect(model.identification(0).eax == 0xD && model.identification(0x8000_0000).eax == 0x8000_0008)
        #expect(model.identification(7).eax == 0 && model.identification(7, 1) == Registers())
        // No hypervisor answers.
        #expect(model.identification(0x4000_0000) == model.identification(0xD))
        // 48 bits of linear addresses.
        #expect(model.identification(0x8000_0008).eax >> 8 & 0xFF == 48)
    }

    @Test func hostWithoutAVXStateHasNoAVXInstructions() {
        var leaves = everything()
        for place in leaves.indices where leaves[place].function == 0xD && leaves[place].index == 0 {
            leaves[place].registers.eax = 3
        }
        let model = CPUModel.host(leaves: leaves)
        #expect(model.identification(0xD) == Registers(eax: 3, ecx: 576))
        #expect(model.identification(0xD, 2) == Registers())
        let one = model.identification(1).ecx, seven = model.identification(7)
        // FMA AVX F16C go, XSAVE stays; AVX2, VAES and VPCLMULQDQ go.
        #expect(one & (1 << 12 | 1 << 28 | 1 << 29) == 0 && one >> 26 & 1 == 1)
        #expect(seven.ebx >> 5 & 1 == 0 && seven.ecx & (1 << 9 | 1 << 10) == 0)
    }

    @Test func hostWithoutXSAVEHasNoneOfIt() {
        let leaves = everything().filter { $0.function != 0xD }
        let model = CPUModel.host(leaves: leaves)
        #expect(model.identification(1).ecx & (1 << 26 | 1 << 28) == 0)
        #expect(model.identification(0).eax == 7)
    }

    @Test func hostOfAMDAnswersWithZerosAndRepeatsItsFeatures() {
        let model = CPUModel.host(leaves: everything([0x6874_7541, 0x6974_6E65, 0x444D_4163]))
        #expect(model.beyondLast == .zeros)
        #expect(model.identification(0x4000_0000) == Registers())
        // FPU, but not MCE and APIC (APM 3 E.4.2).
        let edx = model.identification(0x8000_0001).edx
        #expect(edx & 1 == 1 && edx >> 7 & 1 == 0 && edx >> 9 & 1 == 0)
    }

    @Test func hostThatOffersLittleGivesNoMore() {
        let model = CPUModel.host(leaves: [Leaf(0, Registers(eax: 1)), Leaf(1, Registers(eax: 0x400, edx: 1))])
        #expect(model.leaves == [Leaf(0, Registers(eax: 1)), Leaf(1, Registers(eax: 0x400, edx: 1))])
        #expect(CPUModel.host(leaves: []).leaves.isEmpty)
        #expect(CPUModel.host(leaves: []).identification(1) == Registers())
    }
}
