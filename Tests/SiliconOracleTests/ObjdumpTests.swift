import Testing
import X86ISA

/// Generated encodings of all rows of the instruction table, beside what objdump says of them now. With the committed golden lines
/// of 16- and 32-bit code these are more than 100,000.
@Suite("Disassembler: generated encodings")
struct ObjdumpTests {
    @Test(arguments: [(CodeSize.bits64, 60_000), (.bits32, 40_000)])
    func textAndLengthAreObjdumpsButForKeptDifferences(size: CodeSize, count: Int) throws {
        let outcome = try ObjdumpComparison(size, count: count).compare()

        #expect(
            outcome.unexplained.isEmpty,
            "\(outcome.unexplained.count): \(outcome.unexplained.prefix(20).joined(separator: "\n"))")
        #expect(outcome.same > count * 95 / 100)
        let kept = outcome.kept.sorted { $0.value > $1.value }.map { "\($0.key.rawValue) \($0.value)" }
        print(
            "X86ISA: \(count) encodings of \(size), \(outcome.same) as objdump, kept: " + kept.joined(separator: ", "))
    }
}
