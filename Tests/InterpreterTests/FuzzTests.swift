import Foundation
import Machine
import Testing

@testable import Fuzzing

/// What `scripts/fuzz` does for hours, for a moment.
@Suite("Random machines")
struct FuzzTests {
    private static let failCases = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("FailCases").path

    private static let files =
        ((try? FileManager.default.contentsOfDirectory(atPath: failCases)) ?? []).filter { $0.hasSuffix(".json") }
        .sorted()

    @Test(arguments: files)
    func caseThatOnceFailedAgreesWholeAndInPieces(name: String) throws {
        let text = try Data(contentsOf: URL(fileURLWithPath: Self.failCases + "/" + name))
        let fuzzCase = try JSONDecoder().decode(FuzzCase.self, from: text)
        #expect(try FuzzJob.check(fuzzCase, folder: NSTemporaryDirectory()) == nil)
    }

    /// Whole runs on cached traces, runs in pieces on single instructions; saves in the middle; chips and save files.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func randomMachinesAgreeHoweverTheirRunsAreCut(seed: UInt64) throws {
        for number in 0..<80 as Range<UInt64> {
            let result = try FuzzJob.run(seed: seed, number: number, folder: NSTemporaryDirectory())
            #expect(result.problem == nil, "scripts/fuzz --seed \(seed) --case \(number)")
        }
    }

    @Test func sameSeedAndNumberGiveTheSameCaseAndOthersDoNot() throws {
        let first = CaseGenerator.make(seed: 5, number: 9)
        #expect(CaseGenerator.make(seed: 5, number: 9) == first)
        #expect(CaseGenerator.make(seed: 5, number: 10).codeBytes != first.codeBytes)
        #expect(CaseGenerator.make(seed: 6, number: 9).codeBytes != first.codeBytes)
        #expect(try JSONDecoder().decode(FuzzCase.self, from: first.encoded()) == first)
    }

    /// Nearly all generated programs must do more than fault: else the fuzzer would test nothing but that.
    @Test func generatedProgramsRetireInstructionsInEveryMode() throws {
        var retired: [String: UInt64] = [:], counts: [String: Int] = [:]
        for number in 0..<400 as Range<UInt64> {
            let fuzzCase = CaseGenerator.make(seed: 77, number: number)
            let mode = fuzzCase.cpu.modeName
            retired[mode, default: 0] += try CaseRunner.run(fuzzCase, inPieces: false).instructions
            counts[mode, default: 0] += 1
        }
        #expect(counts.count >= 3)
        for (mode, count) in counts { #expect(retired[mode, default: 0] / UInt64(count) > 150, "\(mode)") }
    }

    /// In real mode at 0000:6000.
    private func machine(_ code: [UInt8], ticks: UInt64) -> FuzzCase {
        var fuzzCase = FuzzCase(origin: "by hand", kind: .bare, memorySize: 65536, device: 4, ticks: ticks)
        fuzzCase.add(code, at: 0x6000)
        var cpu = CPUFile.afterReset
        cpu.cs = .real(0)
        cpu.rip = 0x6000
        cpu[register: 2] = 0x100
        fuzzCase.set(cpu)
        return fuzzCase
    }

    @Test func onlyBytesWhoseTurnCameCountAsRun() throws {
        // jmp +3; three bytes; inc word [6004h]; hlt
        let fuzzCase = machine([0xEB, 0x03, 0x90, 0x90, 0x90, 0xFF, 0x06, 0x04, 0x60, 0xF4, 0x90], ticks: 3)
        var coverage = CodeCoverage(fuzzCase)
        #expect(try CaseRunner.check(fuzzCase, &coverage) == nil)
        #expect(coverage.placed == 11 && coverage.run == 7)
    }

    @Test func stopsThatAreMissingOrTooManyAreTold() throws {
        // inc ax; loop to it
        let fuzzCase = machine([0x40, 0xE2, 0xFD], ticks: 9)
        let whole = try CaseRunner.run(fuzzCase, inPieces: false)
        let stops = (0..<5 as Range<UInt64>).map { BreakpointStop(tick: $0 * 2, linear: 0x6000, instructions: $0 * 2) }
        #expect(try ObservedRuns.checkBreakpoints(fuzzCase, whole, [0x6000], stops) == nil)
        #expect(try ObservedRuns.checkBreakpoints(fuzzCase, whole, [0x6000], Array(stops.dropLast())) != nil)
        #expect(try ObservedRuns.checkBreakpoints(fuzzCase, whole, [0x6000, 0x6001], stops) != nil)
        let more = stops + [BreakpointStop(tick: 10, linear: 0x6000, instructions: 10)]
        #expect(try ObservedRuns.checkBreakpoints(fuzzCase, whole, [0x6000], more) != nil)
    }

    /// A comparison that finds nothing proves nothing: a device read one tick later must show in the hash.
    @Test func readOfADeviceOneTickLaterChangesTheHash() throws {
        // nop; in al, dx; nop against in al, dx; nop; nop
        let late = try CaseRunner.run(machine([0x90, 0xEC, 0x90], ticks: 3), inPieces: false)
        let early = try CaseRunner.run(machine([0xEC, 0x90, 0x90], ticks: 3), inPieces: false)
        #expect(late.cpu.rip == early.cpu.rip && late.ticks == early.ticks)
        #expect(late.cpu[register: 0] != early.cpu[register: 0])
        #expect(late.hash != early.hash)
    }
}
