@_spi(Testing) import Interpreter
import Lockstep
import Machine
import PCBoard
import Testing
import X86ISA

/// One wrong bit that the leader's interpreter makes, once, and what the comparer must name of it.
struct Flaw: CustomTestStringConvertible, Sendable {
    /// Where the bit is.
    enum Place: Sendable {
        /// Of CPUFile, by the name of its field.
        case field(String, bit: Int)
        /// The register that is the instruction's first operand.
        case destination(bit: Int)
        /// A byte this far above the stack's top.
        case stack(UInt64, bit: Int)
        /// The first byte of the memory operand, which has no index and no base.
        case operand(bit: Int)
        /// The byte below ES:DI, where a string instruction stored.
        case string(bit: Int)
    }

    let testDescription: String
    let program: String
    let operation: X86ISA.Operation
    /// Which of the instructions of the kind, from 1.
    let occurrence: Int
    let place: Place
    /// Further things that the instruction must be.
    let applies: @Sendable (Instruction) -> Bool

    init(
        _ name: String, in program: String, _ operation: X86ISA.Operation, _ occurrence: Int, _ place: Place,
        where applies: @escaping @Sendable (Instruction) -> Bool = { _ in true }
    ) {
        testDescription = name
        self.program = program
        self.operation = operation
        self.occurrence = occurrence
        self.place = place
        self.applies = applies
    }

    private static func isWord(_ instruction: Instruction) -> Bool {
        instruction.operand0.kind == .register && instruction.operand0.size >= 2
    }

    private static let registerNames = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"]

    /// Makes the error; gives what must be reported.
    func apply(_ instruction: Instruction, _ cpu: inout CPUFile, _ memory: vMEM) -> LockstepDifference.Item? {
        func register(_ name: String, _ bit: Int) -> LockstepDifference.Item? {
            guard let field = CPUFile.fields.first(where: { $0.name == name }) else { return nil }
            let right = cpu[field]
            cpu[field] = right ^ 1 << UInt64(bit)
            return .register(name, leader: cpu[field], follower: right)
        }
        func byte(_ linear: UInt64, _ bit: Int) -> LockstepDifference.Item? {
            let physical = linear & 0xFFFF_FFFF & memory.a20Mask
            let right = memory.read(physical, as: UInt8.self)
            memory.write(physical, right ^ 1 << UInt8(bit))
            return .memory(physical: physical, leader: right ^ 1 << UInt8(bit), follower: right)
        }
        switch place {
        case .field(let name, let bit): return register(name, bit)
        case .destination(let bit): return register(Self.registerNames[Int(instruction.operand0.number)], bit)
        case .stack(let distance, let bit):
            let mask: UInt64 = cpu.ss.isBig ? 0xFFFF_FFFF : 0xFFFF
            return byte(cpu.ss.base &+ ((cpu.general.4 &+ distance) & mask), bit)
        case .operand(let bit):
            return byte(cpu[instruction.segment].base &+ UInt64(bitPattern: instruction.displacement), bit)
        case .string(let bit):
            let mask: UInt64 = instruction.addressSize == 2 ? 0xFFFF : 0xFFFF_FFFF
            return byte(cpu.es.base &+ ((cpu.general.7 &- 1) & mask), bit)
        }
    }

    /// Flags are named by their bits in EFLAGS: CF 0, PF 2, AF 4, ZF 6, SF 7, IF 9, DF 10, OF 11.
    static let all: [Flaw] = [
        // Results of the ALU
        Flaw("ADD, result", in: "arith-flags", .add, 3, .destination(bit: 3), where: isWord),
        Flaw("SUB, result", in: "arith-flags", .sub, 2, .destination(bit: 15), where: isWord),
        Flaw("XOR, result", in: "shifts", .xor, 5, .destination(bit: 0), where: isWord),
        Flaw("INC, result", in: "loops", .inc, 4, .destination(bit: 7), where: isWord),
        Flaw("ADC, high bit", in: "arith-flags", .adc, 1, .destination(bit: 0), where: isWord),
        // Each status flag
        Flaw("ADD, CF", in: "arith-flags", .add, 2, .field("rflags", bit: 0)),
        Flaw("AND, PF", in: "arith-flags", .and, 1, .field("rflags", bit: 2)),
        Flaw("SUB, AF", in: "arith-flags", .sub, 1, .field("rflags", bit: 4)),
        Flaw("CMP, ZF", in: "strings", .cmp, 7, .field("rflags", bit: 6)),
        Flaw("DEC, SF", in: "arith-flags", .dec, 1, .field("rflags", bit: 7)),
        Flaw("CMP, OF", in: "loops", .cmp, 2, .field("rflags", bit: 11)),
        Flaw("STD, DF", in: "strings", .std, 1, .field("rflags", bit: 10)),
        Flaw("STI, IF", in: "shadow", .sti, 1, .field("rflags", bit: 9)),
        // Shifts, bits, products, decimals
        Flaw("SHL, result", in: "shifts", .shl, 2, .destination(bit: 6), where: isWord),
        Flaw("SHR, CF", in: "shifts", .shr, 1, .field("rflags", bit: 0)),
        Flaw("RCL, result", in: "shifts", .rcl, 1, .destination(bit: 1)),
        Flaw("MUL, upper half", in: "muldiv", .mul, 2, .field("rdx", bit: 1)),
        Flaw("IMUL, CF", in: "muldiv", .imul, 1, .field("rflags", bit: 0)),
        Flaw("DIV, quotient", in: "muldiv", .div, 1, .field("rax", bit: 0)),
        Flaw("DAA, AL", in: "bcd", .daa, 5, .field("rax", bit: 4)),
        Flaw("BTS, CF", in: "bits", .bts, 1, .field("rflags", bit: 0)),
        // Strings
        Flaw("MOVS, index", in: "strings", .movs, 2, .field("rdi", bit: 1)),
        Flaw("REP STOS, count", in: "strings", .stos, 1, .field("rcx", bit: 0), where: { $0.repeatsString }),
        Flaw("STOS, what is stored", in: "strings", .stos, 1, .string(bit: 2)),
        // Stack and memory
        Flaw("PUSH, what is stored", in: "stack-frames", .push, 4, .stack(0, bit: 5)),
        Flaw("CALL, return address", in: "stack-frames", .call, 9, .stack(0, bit: 0)),
        Flaw("POP, stack pointer", in: "stack-frames", .pop, 3, .field("rsp", bit: 2)),
        Flaw("ENTER, frame", in: "stack-frames", .enter, 1, .field("rbp", bit: 3)),
        Flaw(
            "MOV to memory", in: "ivt", .mov, 3, .operand(bit: 6),
            where: { $0.operand0.kind == .memory && $0.base == Instruction.noRegister && $0.segment == .ds }),
        // Ports, interrupts, system
        Flaw("IN, value", in: "ata", .in, 30, .field("rax", bit: 6)),
        Flaw("INT, CF of the pushed flags", in: "ivt", .int, 2, .stack(4, bit: 0)),
        Flaw("INT, pushed CS", in: "ivt", .int, 3, .stack(2, bit: 1)),
        Flaw("IRET, IF", in: "ivt", .iret, 1, .field("rflags", bit: 9)),
        Flaw("Jcc, target", in: "loops", .jcc, 20, .field("rip", bit: 1)),
        Flaw("MOV to DS, hidden base", in: "segment-loads", .movSegmentLoad, 9, .field("ds.base", bit: 4)),
        Flaw(
            "MOV to a segment, hidden rights", in: "segment-loads", .movSegmentLoad, 12, .field("es.attributes", bit: 1)
        ),
        Flaw("LGDT, limit", in: "pm-entry", .lgdt, 1, .field("gdtr.limit", bit: 3)),
        Flaw("MOV to SS, shadow", in: "shadow", .movSegmentLoad, 3, .field("stack_shadow", bit: 0)),
    ]
}

@Suite("Planted errors")
struct FlawTests {
    @Test func thereAreEnough() { #expect(Flaw.all.count >= 20) }

    @Test(arguments: Flaw.all) func itIsFoundAtItsInstructionAndNamedByItsBit(flaw: Flaw) throws {
        try Self.isFound(flaw, by: try LockstepRun(board: Rig.board(flaw.program), follower: Rig.interpreter))
    }

    /// Makes the error in the leader of a run and has it found.
    static func isFound(_ flaw: Flaw, by run: LockstepRun) throws {
        let board = run.board
        var seen = 0
        var made: (item: LockstepDifference.Item, step: UInt64, length: UInt8)?
        board.interpreter.flaw = { [unowned run, unowned board] instruction, cpu in
            // The program itself, not the BIOS.
            guard made == nil, cpu.cs.base != 0xF0000 else { return }
            guard instruction.operation == flaw.operation, flaw.applies(instruction) else { return }
            seen += 1
            guard seen == flaw.occurrence, let item = flaw.apply(instruction, &cpu, board.vm.memory) else { return }
            made = (item, run.steps, instruction.length)
        }
        let stop = run.run(until: 20_000_000_000)
        let planted = try #require(made, "the program has only \(seen) such instructions")
        guard case .difference(let found) = stop else {
            Issue.record("not found: \(stop)")
            return
        }
        #expect(found.step == planted.step && found.firstStep == planted.step)
        #expect(found.items == [planted.item], "\(found.text)")
        #expect(found.place.bytes.count == Int(planted.length))
        let decoded = try Decoder(board.vm.cpu.codeSize).decode(found.place.bytes)
        #expect(decoded.operation == flaw.operation, "\(found.text)")
        #expect(found.text.contains("after step \(planted.step) in "))
    }
}
