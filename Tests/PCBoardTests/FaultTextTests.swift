import Machine
import PCBoard
import Testing

@Suite("Board: text of faults")
struct FaultTextTests {
    /// The first fault of `code`, which runs at reset with an interrupt table of limit 0.
    private func fault(of code: [UInt8]) throws -> FaultRecord {
        // lidt cs:[0xffe0]
        let all: [UInt8] = [0x2E, 0x0F, 0x01, 0x1E, 0xE0, 0xFF] + code
        var rom = [UInt8](repeating: 0, count: 64 << 10)
        rom.replaceSubrange(0xFFF0..<0xFFF0 + all.count, with: all)
        var configuration = PCConfiguration()
        configuration.firmware = rom
        let board = try PCBoard(configuration)
        guard case .ended(let ending) = board.vm.run(until: 1000), ending.kind == .tripleFault else {
            throw NoTripleFault()
        }
        return try #require(ending.faults.first)
    }

    private struct NoTripleFault: Error {}

    @Test func faultRecordNamesTheFaultingInstruction() throws {
        // mov bx,0xffff; mov ax,[bx], whose second byte is beyond the limit.
        let fault = try fault(of: [0xBB, 0xFF, 0xFF, 0x8B, 0x07])
        #expect(fault.exception.vector == .generalProtection)
        #expect(fault.disassembly == "mov ax,WORD PTR [bx]")
        #expect(fault.bytes == [0x8B, 0x07])
    }

    /// UD0 with what objdump says, LOCK with what cannot take it, group 4 /7, and an empty place of the 0F table.
    @Test(
        arguments: zip(
            [[0x0F, 0xFF], [0xF0, 0x90], [0xFE, 0xFF], [0x2E, 0x0F, 0x04]] as [[UInt8]],
            ["ud0 ax,WORD PTR [bx+si]", "lock (bad)", "(bad)", "cs (bad)"]))
    func whatIsNoInstructionIsBad(bytes: [UInt8], text: String) throws {
        let fault = try fault(of: bytes)
        #expect(fault.exception.vector == .invalidOpcode)
        #expect(fault.disassembly == text)
        #expect(fault.bytes.starts(with: bytes))
    }
}
