import Foundation
@_spi(Testing) import Interpreter
import Machine
import PCBoard
import Testing

/// The list of fault reasons and the programs that raise them.
@Suite("Fault reasons")
struct FaultReasonTests {
    /// A reason with one of its vectors, as `idt-limit #GP`.
    private static func listed() throws -> Set<String> {
        let text = try String(contentsOfFile: packageRoot + "/Sources/Machine/Faults/Reasons.md", encoding: .utf8)
        var pairs: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            for vector in cells[2].split(separator: ", ") {
                pairs.insert(cells[1].trimmingCharacters(in: ["`"]) + " " + vector)
            }
        }
        return pairs
    }

    /// It needs a unit that no model of ours announces.
    private static func isBeyondModels(_ pair: String) -> Bool {
        let features = CPUModel.maximum.identification(1).edx
        if pair.hasPrefix("x87-") { return features & 1 == 0 }
        return pair.hasPrefix("vector-") && features >> 25 & 1 == 0
    }

    @Test func theListIsMadeOfTheSource() throws {
        #expect(try runTool("/usr/bin/env", ["python3", packageRoot + "/scripts/fault-reasons", "--check"]))
        #expect(try Self.listed().count > 70)
    }

    /// What the programs raise is what the list says, vectors included.
    @Test func eachReasonIsRaisedByATestProgram() throws {
        var raised: [String: Set<String>] = [:]
        for program in TestProgram.all + TestProgram.broken {
            let guest = try program.guest()
            guest.board.interpreter.observe = {
                raised[$0.reason.name + " " + $0.vector.name, default: []].insert(program.name)
            }
            guest.run(seconds: Double(program.budget) / 1e9)
            guest.board.interpreter.observe = nil
        }
        try raiseBefore { raised[$0.reason.name + " " + $0.vector.name, default: []].insert("debug-registers") }
        let listed = try Self.listed().filter { !Self.isBeyondModels($0) }
        #expect(listed.subtracting(raised.keys).sorted() == [], "no program raises these")
        #expect(Set(raised.keys).subtracting(listed).sorted() == [], "not in the list")
    }

    /// A debug trap that is held while the machine changes hands: the engine that delivers it does not know its cause.
    private func raiseBefore(_ observe: @escaping (Exception) -> Void) throws {
        let program = try #require(TestProgram.all.first { $0.name == "debug-registers" })
        let guest = try program.guest(), vm = guest.board.vm
        while vm.cpu.pendingEvent == 0 {
            guard vm.run(until: vm.io.events.now + 1) == .limit else { break }
        }
        #expect(vm.cpu.pendingEvent != 0)
        let cpu = vm.cpu
        vm.cpu = cpu
        guest.board.interpreter.observe = observe
        // It is delivered behind the shadow that held it.
        _ = vm.run(until: vm.io.events.now + 10)
        guest.board.interpreter.observe = nil
    }
}
