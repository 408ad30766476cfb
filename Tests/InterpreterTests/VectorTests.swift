import Conformance
import Foundation
import Machine
import Testing

/// The hardware-captured vectors live beside the project, not in it.
private let vectorRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/vectors").path

private let haveVectors = FileManager.default.fileExists(atPath: vectorRoot)

@Suite("Hardware vectors", .enabled(if: haveVectors, "../shared/vectors is not there"))
struct VectorTests {
    /// On the CPU that is the chip, lines whose tags say what only such a chip does.
    @Test(arguments: [
        (
            VectorRunner.Chip.i8086, "8086",
            ["push-sp", "count-over-31", "divide-error-ip", "rep-negates", "aaa-aas-carry"]
        ),
        (.i80286, "286", ["lock", "over-10-bytes", "stack-fault-is-12"]),
    ])
    func linesOfTheChipAloneEndSoOnItsModel(chip: VectorRunner.Chip, name: String, tags: [String]) throws {
        let directory = vectorRoot + "/" + chip.rawValue
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".gz") }
        let model = try #require(CPUDefinition.named(name)).model().model
        let runner = try VectorRunner(chip: chip, model: model)
        var passed: [String: Int] = [:]
        for name in names.sorted() {
            for line in try VectorFile.read(directory + "/" + name) {
                switch runner.run(line) {
                case .passed: for tag in line.tags { passed[tag, default: 0] += 1 }
                case .skipped(let told):
                    if Set(told).isSubset(of: tags) { Issue.record("\(line.operation) \(line.hash) \(line.name)") }
                case .failed(let difference): Issue.record("\(line.operation) \(line.hash) \(line.name): \(difference)")
                }
            }
        }
        for tag in tags { #expect(passed[tag, default: 0] > 0, "\(tag)") }
    }

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
