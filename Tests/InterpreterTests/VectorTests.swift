import Conformance
import Foundation
import Testing

/// The hardware-captured vectors live beside the project, not in it.
private let vectorRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/vectors").path

private let haveVectors = FileManager.default.fileExists(atPath: vectorRoot)

@Suite("Hardware vectors", .enabled(if: haveVectors, "../shared/vectors is not there"))
struct VectorTests {
    @Test(arguments: VectorRunner.Chip.allCases)
    func everyUntaggedLineEndsAsOnTheChip(chip: VectorRunner.Chip) throws {
        let directory = vectorRoot + "/" + chip.rawValue
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".gz") }
        let runner = try VectorRunner(chip: chip)
        var passed = 0
        for name in names.sorted() {
            for line in try VectorFile.read(directory + "/" + name) {
                switch runner.run(line) {
                case .passed: passed += 1
                case .skipped: break
                case .failed(let difference): Issue.record("\(line.operation) \(line.hash) \(line.name): \(difference)")
                }
            }
        }
        #expect(passed > 11_000)
    }
}
