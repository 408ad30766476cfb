import Machine
import X86ISA

extension Debugger {
    /// Explains the instruction at a linear address, with the registers and memory of now.
    public func explain(linear: UInt64) throws(DebuggerError) -> Explained {
        let line = Listing(vm).line(linear: linear)
        let offset = (line.linear &- vm.cpu.cs.base) & 0xFFFF_FFFF
        guard let instruction = line.instruction else {
            throw DebuggerError(
                "the bytes \(Listing.text(line.bytes)) at \(hexadecimal(line.linear, digits: 8)) are no instruction")
        }
        let words = Explanation(of: instruction, bytes: line.bytes, at: offset, codeSize: vm.cpu.codeSize)
        let operands = OperandsNow(vm: vm, instruction: instruction, offset: offset)
        return Explained(
            linear: line.linear, place: Listing(vm).place(line.linear), bytes: Listing.text(line.bytes),
            assembly: line.assembly,
            fields: words.fields.map {
                Explained.Field(name: $0.kind.rawValue, bytes: Listing.text($0.bytes), meaning: $0.text)
            }, sentence: words.sentence, operands: words.operands.compactMap { operands.now($0) },
            flags: words.flagsText, flagsRead: words.flagsRead.names, flagsWritten: words.flagsWritten.names,
            flagsUndefined: words.flagsUndefined.names,
            notes: ExplainNotes(vm: vm, instruction: instruction).list)
    }
}
