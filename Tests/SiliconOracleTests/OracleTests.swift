import Foundation
import Machine
import Testing
import X86ISA

@testable import SiliconOracle

#if arch(x86_64)
    private let isX86 = true
#else
    private let isX86 = false
#endif

/// The host's CPU and the interpreter on the same instructions.
@Suite("Silicon oracle", .enabled(if: isX86, "the host's CPU is no x86-64"))
struct OracleTests {
    /// Beside the test program, in the build folder.
    static let executable: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("oracle").path
    }()

    private func options(_ cases: UInt64, only: String? = nil) -> OracleOptions {
        var options = OracleOptions(executable: Self.executable)
        options.cases = cases
        options.filter.only = only
        return options
    }

    @Test(.timeLimit(.minutes(2)))
    func aSampleOfAllInstructionsIsAsOnTheHost() throws {
        let report = try OracleJobs.run(options(200_000), jobs: 2) { _ in }

        let lines = report.lines { "scripts/oracle --case \($0) --seed 1" }
        #expect(report.isClean, "\(lines.joined(separator: "\n"))")
        #expect(report.compared > 100_000 && report.operations.count > 300 && report.faults > 10_000)
    }

    /// A bit of a register, of a flag and of a vector register, each in one instruction alone.
    @Test(arguments: ["adc", "shld", "paddw"])
    func aWrongResultIsFound(name: String) throws {
        let run = try OracleRun(options(2000, only: name))
        run.plant { instruction, cpu in
            switch instruction.operation {
            case .adc: cpu.rflags ^= UInt64(Flags.carry)
            case .shld: cpu[register: 3] ^= 1 << 17
            case .paddw: cpu.vector[xmm: 5] ^= 1 << 99
            default: break
            }
        }

        try run.run()

        #expect(!run.report.isClean)
        #expect(run.report.differences.keys.allSatisfy { $0.contains(name) })
    }

    @Test func whatTheManualLeavesOpenIsToldAsSuch() throws {
        let run = try OracleRun(options(4000, only: "imul2"))

        try run.run()

        #expect(run.report.isClean)
        #expect(run.report.compared == 4000)
    }

    @Test func aFilterThatNothingFitsIsAnError() {
        #expect(throws: OracleError.self) { try OracleRun(options(1, only: "frobnicate")) }
    }

    @Test func theSameSeedMakesTheSameCases() throws {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 2 * CaseInput.size, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: 2 * CaseInput.size)
        defer { memory.deallocate() }
        let inputs = [CaseInput(base: memory), CaseInput(base: memory + CaseInput.size)]
        var texts: Set<[UInt8]> = []
        for number in 0..<500 as Range<UInt64> {
            for input in inputs { _ = CaseMaker(seed: 7, filter: OracleFilter()).make(number, into: input) }
            #expect(inputs[0].bytes == inputs[1].bytes)
            #expect(memcmp(inputs[0].base, inputs[1].base, Registers.size) == 0)
            texts.insert(inputs[0].bytes)
        }
        #expect(texts.count > 480)
    }
}
