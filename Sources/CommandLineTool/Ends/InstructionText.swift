import Machine
import PCBoard
import X86ISA

/// The instruction at a place, in words.
enum InstructionText {
    /// `0000:00007C00 in real mode`.
    static func place(_ cpu: CPUFile) -> String {
        hexadecimal(UInt64(cpu.cs.selector), digits: 4) + ":" + hexadecimal(cpu.rip, digits: 8) + " in " + cpu.modeName
    }

    /// `F4 hlt`: bytes and, where the disassembler knows it, text of the instruction at `offset` in CS.
    static func text(_ board: PCBoard, offset: UInt64) -> String? {
        let cpu = board.vm.cpu
        let bytes = board.vm.memory.peek((cpu.cs.base &+ offset) & 0xFFFF_FFFF, count: 15)
        guard let instruction = try? Decoder(cpu.codeSize).decode(bytes) else { return nil }
        let own = Array(bytes.prefix(Int(instruction.length)))
        let text = board.interpreter.disassemble(own, cpu.codeSize, offset)
        return text.isEmpty ? hex(own) : hex(own) + "  " + text
    }

    /// `F4 90`.
    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { hexadecimal(UInt64($0), digits: 2) }.joined(separator: " ")
    }
}
