import Machine
import PCBoard
import Testing

@testable import CommandLineTool

@Suite("Conditions of a run")
struct RunConditionTests {
    @Test(arguments: [
        ("rip==0x7c00", RunCondition.instructionPointer(0x7C00)), ("rip == 31744", .instructionPointer(31744)),
        (" RIP== 7C00h ", .instructionPointer(0x7C00)), ("instructions==1000000", .instructions(1_000_000)),
        ("instructions ==0x10", .instructions(16)), ("port 0x80 written", .portWritten(0x80)),
        ("port  128\twritten", .portWritten(128)), ("PORT 0xffff WRITTEN", .portWritten(0xFFFF)),
    ])
    func eachFormIsRead(text: String, condition: RunCondition) throws {
        #expect(try RunCondition(text, option: "--until") == condition)
        #expect(try RunCondition(condition.text, option: "--until") == condition)
    }

    @Test(arguments: [
        ("", "rip==ADDRESS, instructions==N or 'port P written'"), ("now", "rip==ADDRESS"),
        ("rip=0x7c00", "two equals signs"), ("rip", "rip==ADDRESS"), ("rip==", "no number behind =="),
        ("rip==start", "'start' is no number"), ("rip==-1", "'-1' is no number"),
        ("rip==0x1ffffffffffffffff", "is no number"), ("rp==1", "did you mean rip?"),
        ("instruction==5", "did you mean instructions?"), ("rax==5", "'rax' cannot be compared"),
        ("port", "which port?"), ("port written", "which port?"), ("port 0x10000 written", "from 0 to 0xffff"),
        ("port com1 written", "'com1' is no number"), ("port 0x80 read", "'port 0x80 written'"),
        ("port 0x80", "'port 0x80 written'"), ("port 0x80 written twice", "only the writing"),
    ])
    func whatCannotBeReadIsToldWithTheReason(text: String, reason: String) {
        #expect { try RunCondition(text, option: "--until") } throws: { error in
            guard let failure = error as? Failure, failure.code == .usage else { return false }
            return failure.description.hasPrefix("--until '\(text)': ") && failure.description.contains(reason)
        }
    }

    @Test func theyHoldBetweenTheRightInstructions() throws {
        let vm = try VM(memorySize: 1 << 20)
        let watch = ConditionWatch([.instructionPointer(0x12345), .instructions(7), .portWritten(0x81)], on: vm)
        #expect(watch.holds(vm) == nil)
        vm.instructions = 7
        #expect(watch.holds(vm) == .instructions(7))
        vm.instructions = 8
        vm.cpu.cs.base = 0x12340
        vm.cpu.rip = 5
        #expect(watch.holds(vm) == .instructionPointer(0x12345), "a linear address")
        vm.cpu.rip = 6
        _ = vm.io.ports.read(0x81, width: 1)
        vm.io.ports.write(0x82, width: 1, value: 0)
        #expect(watch.holds(vm) == nil)
        vm.io.ports.write(0x80, width: 2, value: 0)
        #expect(watch.holds(vm) == .portWritten(0x81), "the second byte of a word")
        #expect(watch.holds(vm) == nil, "once")
    }

    @Test func whoListensToThePortsAlreadyGoesOn() throws {
        let vm = try VM(memorySize: 1 << 20)
        var heard = 0
        vm.io.ports.observer = { _, _, _, _ in heard += 1 }
        let watch = ConditionWatch([.portWritten(0x80)], on: vm)
        vm.io.ports.write(0x80, width: 1, value: 0)
        #expect(heard == 1 && watch.holds(vm) == .portWritten(0x80))
    }
}
