import Foundation
import Machine
import Testing

/// Saves and the hash know every field of CPUFile.
@Suite("Every register is saved and hashed")
struct RegisterFieldTests {
    /// States in which every field can be another one: those of the modes, PAE paging, and an event that pends.
    private static let bases: [CPUFile] = {
        var extended = CanonicalFormTests.paged32
        extended.cr4 = ControlBits.physicalAddressExtension
        extended.rflags |= UInt64(Flags.interrupt)
        extended.pendingEvent = PendingEvent(.externalInterrupt, vector: 0x20).bits
        return [extended] + CanonicalFormTests.states.sorted { $0.key < $1.key }.map(\.value)
    }()

    /// It has all registers.
    private static let model = CPUModel.maximum

    /// A state, and the same with one bit of the field the other way: both canonical. The highest bit that goes.
    private func pair(_ field: RegisterField) -> (before: CPUFile, after: CPUFile)? {
        for base in Self.bases {
            for bit in (0..<field.width * 8).reversed() {
                var changed = base
                changed[field] ^= 1 << UInt64(bit)
                if changed.inconsistency == nil, Self.model.inconsistency(of: changed.slow) == nil {
                    return (base, changed)
                }
            }
        }
        return nil
    }

    private func path() -> String {
        FileManager.default.temporaryDirectory.path + "/fields-\(UInt64.random(in: 0 ... .max)).save"
    }

    @Test(arguments: CPUFile.fields.indices)
    func fieldComesBackFromASaveAndChangesTheHash(index: Int) throws {
        let field = CPUFile.fields[index]
        let (before, after) = try #require(pair(field), "\(field.name)")
        let file = path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let vm = try VM(memorySize: 1 << 20, cpuModel: Self.model)
        vm.cpu = before
        let plain = try vm.stateHash()
        vm.cpu = after
        let hash = try vm.stateHash()
        #expect(hash != plain, "\(field.name)")
        try vm.save(to: file)

        let other = try VM(memorySize: 1 << 20, cpuModel: Self.model)
        try other.restore(from: file)

        #expect(other.cpu[field] == after[field] && other.cpu[field] != before[field], "\(field.name)")
        #expect(other.cpu == after && other.cpu != before, "\(field.name)")
        #expect(try other.stateHash() == hash)
    }

    @Test func wordsOfAllBitsComeBackWhole() throws {
        var cpu = CanonicalFormTests.long64
        for number in 0..<16 {
            let word = UInt128(0xFEDC_BA98_7654_3210_0123_4567_89AB_CDEF) &* UInt128(2 * number + 1)
            cpu.vector[xmm: number] = word
            cpu.vector[ymmHigh: number] = ~word
            cpu[register: number] = UInt64(truncatingIfNeeded: word >> 60)
        }
        for number in 0..<8 {
            cpu.vector[st: number] = ExtendedReal(significand: .max - UInt64(number), signAndExponent: 0xFFFF)
        }
        let file = path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let vm = try VM(memorySize: 1 << 20)
        vm.cpu = cpu
        try vm.save(to: file)

        let other = try VM(memorySize: 1 << 20)
        try other.restore(from: file)

        #expect(other.cpu == cpu)
        #expect(
            other.cpu.vector[ymmHigh: 15] == cpu.vector[ymmHigh: 15] && other.cpu.vector[st: 7].significand == .max - 7)
    }

    @Test func stateOutOfCanonicalFormIsRefusedWithItsRule() throws {
        let file = path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let vm = try VM(memorySize: 1 << 20)
        vm.cpu.xcr0 = 5
        try vm.save(to: file)
        let other = try VM(memorySize: 1 << 20)
        let before = try other.stateHash()

        #expect(throws: SnapshotError.refused("xcr0 is no set of x87, SSE and AVX")) { try other.restore(from: file) }

        #expect(try other.stateHash() == before)
    }

    @Test func saveOfAnotherCPUModelIsRefusedWithBothNames() throws {
        let file = path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let leaves = [
            CPUModel.Leaf(0, .init(eax: 1)), CPUModel.Leaf(1, .init(eax: 0x000C_06F2, edx: 1)),
        ]
        let host = try VM(memorySize: 1 << 20, cpuModel: .host(leaves: leaves))
        #expect(host.cpu[register: 2] == 0x000C_06F2)
        try host.save(to: file)

        let pentium = try VM(memorySize: 1 << 20)
        let names = #expect(throws: SnapshotError.self) { try pentium.restore(from: file) }
        #expect(
            names?.description
                == "the save file is of another machine: made with CPU host and a TSC of 1000000000 Hz, "
                + "this one is pentium with 1000000000 Hz")
        // The same name, but another host.
        let other = try VM(memorySize: 1 << 20, cpuModel: .host(leaves: [leaves[0]]))
        let digest = #expect(throws: SnapshotError.self) { try other.restore(from: file) }
        #expect(digest?.description.contains("made with CPU host on another host") == true)
        try VM(memorySize: 1 << 20, cpuModel: .host(leaves: leaves)).restore(from: file)
    }
}
