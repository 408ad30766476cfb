import Machine
import X86ISA

/// IN and OUT (SDM 1 chapter 19).
extension Core {
    /// IOPL and the TSS's I/O permission bitmap (SDM 1 19.5.2).
    func checkPort(_ port: UInt16, _ size: UInt8) throws(Exception) {
        guard isProtected, file.pointee.isVirtual8086 || cpl > ioPrivilege else { return }
        let denied = generalProtection(0, .ioPrivilege(port: port, iopl: ioPrivilege, cpl: cpl))
        let tr = file.pointee.tr
        // Only a 32-bit TSS has a bitmap; its offset is at 66h.
        guard tr.isPresent, tr.type == 9 || tr.type == 11, tr.limit >= 0x67 else { throw denied }
        let bitmap = UInt64(try readSystem(systemWrapped(tr.base &+ 0x66), as: UInt16.self))
        let byte = bitmap + UInt64(port >> 3)
        // Two bytes are always read.
        guard byte + 1 <= UInt64(tr.limit) else { throw denied }
        let bits = try readSystem(systemWrapped(tr.base &+ byte), as: UInt16.self) >> (port & 7)
        guard bits & ((1 << UInt16(size)) - 1) == 0 else { throw denied }
    }

    func portIn(_ port: UInt16, _ size: UInt8) -> UInt64 {
        synchroniseClock()
        if _slowPath(scratch.pointee.hasPortBreakpoints) { noteBreakpoints(port: port, size) }
        defer { if io.attention { scratch.pointee.stopTrace = 1 } }
        return UInt64(io.ports.read(Port(port), width: Int(size)))
    }

    func portOut(_ port: UInt16, _ size: UInt8, _ value: UInt64) {
        synchroniseClock()
        if _slowPath(scratch.pointee.hasPortBreakpoints) { noteBreakpoints(port: port, size) }
        io.ports.write(Port(port), width: Int(size), value: UInt32(truncatingIfNeeded: value))
        if io.attention { scratch.pointee.stopTrace = 1 }
    }

    private func portNumber(_ i: UnsafePointer<Instruction>, _ operand: Operand) -> UInt16 {
        operand.kind == .immediate ? UInt16(i.pointee.immediate & 0xFF) : register16(2)
    }

    func `in`(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let port = portNumber(i, i.pointee.operand1)
        try checkPort(port, i.pointee.operandSize)
        setRegister(0, i.pointee.operandSize, portIn(port, i.pointee.operandSize))
    }

    func out(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let port = portNumber(i, i.pointee.operand0)
        try checkPort(port, i.pointee.operandSize)
        portOut(port, i.pointee.operandSize, register(0, i.pointee.operandSize))
    }
}
