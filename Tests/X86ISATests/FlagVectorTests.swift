import Conformance
import Foundation
import Testing
import X86ISA

/// The hardware-captured vectors live beside the project, not in it.
private let vectorRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/vectors").path

@Suite(
    "Explanation: flags, on the 8086 and the 80286",
    .enabled(if: FileManager.default.fileExists(atPath: vectorRoot), "../shared/vectors is not there"))
struct FlagVectorTests {
    /// TF is never set in the vectors; bits 12 to 15 were cleared in them.
    private static let visible: FlagSet = FlagSet.status.union([.IF, .DF])

    private static let excused = [X86ISA.Operation.int, .int3, .into].map {
        FlagEvidence.Excuse(operation: $0, flags: .IF, reason: "it is clear before every line, and these clear it")
    }

    @Test(arguments: ["8086", "80286"])
    func everyLineDoesWithTheFlagsWhatIsSaidOfIt(chip: String) throws {
        let folder = vectorRoot + "/" + chip
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".gz") }
        var evidence = FlagEvidence(visible: Self.visible)
        for file in files.sorted() {
            // A 386 may do something else on lines with tags.
            for line in try VectorFile.read(folder + "/" + file) where line.tags.isEmpty {
                add(line, to: &evidence)
            }
        }
        #expect(evidence.contradictions.isEmpty, "\(evidence.contradictions.joined(separator: "\n"))")
        let unseen = evidence.unseen(bothValues: false, excused: Self.excused)
        #expect(unseen.isEmpty, "\(unseen.joined(separator: "\n"))")
        #expect(evidence.count > 10_000)
        #expect(evidence.operations.count > 75)
    }

    private func add(_ line: VectorLine, to evidence: inout FlagEvidence) {
        let bytes = stride(from: 0, to: line.bytes.count - 1, by: 2).compactMap { place -> UInt8? in
            let start = line.bytes.index(line.bytes.startIndex, offsetBy: place)
            return UInt8(line.bytes[start...].prefix(2), radix: 16)
        }
        guard let instruction = try? Decoder(.bits16).decode(bytes) else {
            // #UD; else it is one that we should know.
            if line.vector == nil { Issue.record("\(line.operation) \(line.name) is no instruction") }
            return
        }
        let name = "\(line.operation) \(line.hash) \(line.name)"
        let isInterrupt = [.int, .int1, .int3, .into].contains(instruction.operation)
        // The flags behind an exception are those of its delivery.
        guard line.vector == nil || isInterrupt else { return }
        let before = line.before["flags"] ?? 0
        let undefined = FlagSet(rawValue: ~UInt32(truncatingIfNeeded: line.flagMask)).intersection(Self.visible)
        let exempt = exemptions(instruction, line)
        evidence.add(
            instruction, name, before: FlagSet(rawValue: UInt32(before)),
            after: FlagSet(rawValue: UInt32(line.changed["flags"] ?? before)), exempt: exempt)
        evidence.note(
            undefined.subtracting(FlagEffects(of: instruction).undefined).subtracting(exempt),
            "is undefined by the vectors' metadata", instruction, name)
    }

    /// Shifts by CL: what is defined depends on the count, and `FlagEffects` says so in its note.
    private func exemptions(_ instruction: Instruction, _ line: VectorLine) -> FlagSet {
        let operation = instruction.operation
        guard [.shl, .sal, .shr].contains(operation), instruction.operand1.kind == .register else { return [] }
        return FlagEffects(of: instruction).note.contains("CF is undefined")
            && (line.before["cx"] ?? 0) & 31 >= Int(instruction.operand0.size) * 8 ? .CF : []
    }
}
