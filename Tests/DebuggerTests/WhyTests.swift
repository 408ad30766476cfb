import Foundation
import Machine
import PCDevices
import Testing

@testable import Debugger

/// `why` on programs that are broken in a known way.
@Suite("Why")
struct WhyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// Words that a sentence of the answer must have, all of them in one line.
        let cause: [String]
        let reason: String
        var testDescription: String { name }
    }

    /// What a teacher would say of each, from the comments in the sources.
    static let cases: [Case] = [
        Case(
            name: "gdt-limit", cause: ["selector 10h", "GDT", "limit of Fh"], reason: "selector-beyond-table-limit"),
        Case(name: "idt-not-present", cause: ["vector 21h", "not present"], reason: "gate-not-present"),
        Case(
            name: "far-jump-data", cause: ["selector 10h", "data segment", "CS", "code segment"],
            reason: "code-segment-invalid"),
        Case(name: "stack-limit", cause: ["stack", "1FFCh", "SS", "limit is FFFh"], reason: "stack-limit"),
        Case(name: "missing-org", cause: ["org 0x7C00", "missing"], reason: "selector-beyond-table-limit"),
    ]

    @Test(arguments: cases)
    func brokenProgramHasItsCauseNamedInOneSentence(_ test: Case) throws {
        let folder = try #require(programs, "testprograms/build.sh failed")
        let image = try Data(contentsOf: URL(fileURLWithPath: folder + "/broken/\(test.name).img"))
        let bench = try Bench(disk: Array(image), floppy: true)
        bench.debugger.budget = 2_000_000_000
        bench.run("c")
        try #require(bench.debugger.ending?.name == "triple-fault", "\(bench.lines)")
        let lines = bench.run("why")
        #expect(lines[0].hasPrefix("triple-fault: triple fault after "))
        #expect(lines.contains { line in test.cause.allSatisfy { line.contains($0) } }, "\(lines)")
        let why = bench.debugger.why()
        #expect(why.faults.first?.reason.name == test.reason)
        // The chain is whole: each link has its instruction and addresses.
        for link in why.faults {
            #expect(!link.bytes.isEmpty && !link.disassembly.isEmpty && link.linear != 0)
        }
        #expect(why.hint == nil || test.name == "missing-org" || why.hint?.contains("exception 1") == true)
    }

    @Test func errorCodeIsTakenApartAndJSONHasTheSame() throws {
        let folder = try #require(programs, "testprograms/build.sh failed")
        let image = try Data(contentsOf: URL(fileURLWithPath: folder + "/broken/gdt-limit.img"))
        let bench = try Bench(disk: Array(image), floppy: true)
        bench.run("c")
        let lines = bench.run("why")
        // Selector 10h is entry 2 of the GDT.
        #expect(lines[1] == "1. #GP (vector 13, error code 0010h: index 2h of the GDT, EXT=0)")
        #expect(lines[4] == "   failed check: selector-beyond-table-limit (limit=Fh selector=10h)")
        let json = bench.run("why json").joined(separator: "\n")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["schema"] as? String == "lucid86.why/1")
        #expect(object["ending"] as? String == "triple-fault")
        let faults = try #require(object["faults"] as? [[String: Any]])
        let reason = try #require(faults.first?["reason"] as? [String: Any])
        #expect(reason["name"] as? String == "selector-beyond-table-limit")
        #expect((reason["operands"] as? [String: Int])?["selector"] == 0x10)
    }

    @Test func machineWithoutFaultSaysSo() throws {
        let bench = try Bench([0x90])
        #expect(bench.run("why") == ["nothing went wrong: the machine can run on, and no exception was raised yet"])
    }
}
