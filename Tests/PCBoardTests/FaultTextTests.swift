import Machine
import PCBoard
import Testing

@Suite("Board: text of faults")
struct FaultTextTests {
    @Test func faultRecordNamesTheFaultingInstruction() throws {
        // lidt cs:[0xffe0] with limit 0; mov bx,0xffff; mov ax,[bx], whose second byte is beyond the limit.
        var rom = [UInt8](repeating: 0, count: 64 << 10)
        let code: [UInt8] = [0x2E, 0x0F, 0x01, 0x1E, 0xE0, 0xFF, 0xBB, 0xFF, 0xFF, 0x8B, 0x07]
        rom.replaceSubrange(0xFFF0..<0xFFF0 + code.count, with: code)
        var configuration = PCConfiguration()
        configuration.firmware = rom
        let board = try PCBoard(configuration)

        let stop = board.vm.run(until: 1000)

        guard case .ended(let ending) = stop else {
            Issue.record("\(stop)")
            return
        }
        #expect(ending.kind == .tripleFault)
        #expect(ending.faults.first?.disassembly == "mov ax,WORD PTR [bx]")
        #expect(ending.faults.first?.bytes == [0x8B, 0x07])
    }
}
