import Machine
import X86ISA

/// Lines of a disassembly, in the mode that CS has now.
struct Listing {
    let vm: VM
    init(_ vm: VM) { self.vm = vm }

    struct Line {
        let linear: UInt64
        /// In bytes, at least 1.
        let length: Int
        let bytes: [UInt8]
        let instruction: Instruction?
        /// `mov ax,0x1`; `(bad)` where the bytes are no instruction.
        let assembly: String
        /// `0000:7C00  00007C00  B8 01 00          mov ax,0x1`
        let text: String
    }

    /// `0000:7C00`: within the segment of CS where the address is there, the linear address alone elsewhere.
    func place(_ linear: UInt64) -> String {
        let cs = vm.cpu.cs
        let offset = (linear &- cs.base) & 0xFFFF_FFFF
        guard offset <= UInt64(cs.limit) else { return "    :" + hexadecimal(linear, digits: 8) }
        return hexadecimal(UInt64(cs.selector), digits: 4) + ":" + hexadecimal(offset, digits: cs.isBig ? 8 : 4)
    }

    func line(linear: UInt64) -> Line {
        let memory = GuestMemory(vm), address = linear & 0xFFFF_FFFF
        let bytes = memory.bytes(linear: address, count: 15)
        let size = vm.cpu.codeSize
        let offset = (address &- vm.cpu.cs.base) & 0xFFFF_FFFF
        let decoded = Disassembler().line(bytes, at: offset, codeSize: size)
        let own = Array(bytes.prefix(decoded.length))
        let physical = memory.physical(address)
        var text = place(address) + "  " + hexadecimal(address, digits: 8)
        if physical != address { text += " (physical \(hexadecimal(physical, digits: 8)))" }
        let shown = Self.text(own)
        text += "  " + shown + String(repeating: " ", count: max(0, 17 - shown.count)) + " " + decoded.text
        return Line(
            linear: address, length: max(1, decoded.length), bytes: own, instruction: decoded.instruction,
            assembly: decoded.text, text: text)
    }

    /// `B8 01 00`
    static func text(_ bytes: [UInt8]) -> String {
        bytes.map { hexadecimal(UInt64($0), digits: 2) }.joined(separator: " ")
    }
}
