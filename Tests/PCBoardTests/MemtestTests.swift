import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

/// memtest86+ of Debian, which tests all memory with every pattern that it knows.
@Suite("memtest86+", .enabled(if: LinuxGuest.obstacle == nil, LinuxGuest.comment))
struct MemtestTests {
    /// What it is booted from, and the CPU.
    @Test(arguments: [
        ("memtest86+ia32.bin", "pentium3"), ("memtest86+x64.bin", "qemu64"), ("memtest86+ia32.iso", "pentium"),
    ])
    func passRunsWithoutErrors(file: String, model: String) throws {
        let bytes = try LinuxGuest.file(file)
        let definition = try #require(CPUDefinition.named(model))
        let guest = try Guest {
            $0.memorySize = 8 << 20
            $0.cpuModel = definition.model().model
            if file.hasSuffix(".iso") {
                $0.discDrives[2] = DiscDrive(disc: MemoryDisk(bytes, isReadOnly: true))
            } else {
                $0.kernel = KernelConfiguration(image: try KernelImage(bytes), name: file)
            }
        }
        #expect(guest.waitForRow(10) { $0.contains("<Enter> to start testing") }, "\(guest.screen)")
        guest.press([.enter])
        // Test 7 of 10 is the one with the block moves; the last one takes minutes.
        var seen: [(test: Int, passed: Int)] = []
        let reached = guest.run(seconds: 20, look: 20_000_000) {
            let screen = guest.screen
            guard let test = number(after: "Test #", "", in: screen),
                let passed = number(after: "Pass", "%", in: screen)
            else { return false }
            seen.append((test, passed))
            return test >= 8
        }
        #expect(reached, "\(guest.screen)")
        #expect(Set(seen.map(\.test)).isSuperset(of: [3, 4, 5, 6, 7]) && seen.map(\.test) == seen.map(\.test).sorted())
        #expect(seen.map(\.passed) == seen.map(\.passed).sorted() && (seen.last?.passed ?? 0) > 42, "\(seen)")

        let screen = guest.screen
        #expect(screen.contains { $0.contains("Memtest86+ v6") }, "\(screen)")
        #expect(screen.contains { $0.hasPrefix("Memory  :    8MB") }, "\(screen)")
        #expect(screen.contains { $0.contains("Status: Testing") }, "\(screen)")
        #expect(
            number(after: "Pass:", "", in: screen) == 0 && number(after: "Errors:", "", in: screen) == 0, "\(screen)")
    }

    /// The figure behind a word, as in `Pass 42%`, in the first row that has one.
    private func number(after word: String, _ unit: String, in screen: [String]) -> Int? {
        for row in screen {
            guard let found = row.range(of: word) else { continue }
            let digits = row[found.upperBound...].drop { $0 == " " }.prefix { $0.isNumber }
            guard !digits.isEmpty, row[digits.endIndex...].hasPrefix(unit) else { continue }
            return Int(digits)
        }
        return nil
    }
}
