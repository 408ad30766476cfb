import Machine
import PCDevices
import Testing

/// Expected values: 82093AA datasheet (290566).
struct IOAPICTests {
    let chip = IOAPIC()
    final class Log { var messages: [InterruptMessage] = [] }
    let log = Log()

    init() { chip.send = { [log] in log.messages.append($0) } }

    private func get(_ index: UInt64) -> UInt64 {
        chip.write(offset: 0, width: 4, value: index)
        return chip.read(offset: 0x10, width: 4)
    }

    private func set(_ index: UInt64, _ value: UInt64) {
        chip.write(offset: 0, width: 4, value: index)
        chip.write(offset: 0x10, width: 4, value: value)
    }

    @Test func registersAfterReset() {
        #expect(get(0) == 0)
        #expect(get(1) == 0x0017_0020)
        for index: UInt64 in 0x10..<0x40 { #expect(get(index) == (index & 1 == 0 ? 0x10000 : 0)) }
        #expect(get(0x40) == 0)
        set(0, 0xFF00_0000)
        #expect(get(0) == 0x0F00_0000)
        #expect(get(2) == 0x0F00_0000)
    }

    @Test func statusBitsOfAnEntryCannotBeWritten() {
        set(0x10, 0xFFFF_FFFF)
        set(0x11, 0xFFFF_FFFF)
        #expect(get(0x10) == 0x0001_AFFF)
        #expect(get(0x11) == 0xFF00_0000)
    }

    @Test func edgeSendsOneMessage() {
        set(0x15, 0x0300_0000)
        set(0x14, 0x0841)
        chip.setLine(2, true)
        chip.setLine(2, true)
        #expect(log.messages == [InterruptMessage(vector: 0x41, destination: .logical(3))])
        chip.setLine(2, false)
        chip.setLine(2, true)
        #expect(log.messages.count == 2)
    }

    @Test func edgeWhileMaskedIsLost() {
        set(0x14, 0x10041)
        chip.setLine(2, true)
        set(0x14, 0x0041)
        #expect(log.messages.isEmpty)
    }

    @Test func levelWaitsForItsEndAndAsksAgain() {
        set(0x20, 0x8061)
        chip.setLine(8, true)
        #expect(get(0x20) == 0xC061)
        chip.setLine(8, false)
        chip.setLine(8, true)
        #expect(log.messages.count == 1)
        chip.endOfInterrupt(0x60)
        #expect(log.messages.count == 1)
        chip.endOfInterrupt(0x61)
        #expect(log.messages.count == 2)
        chip.setLine(8, false)
        // The EOI register of version 20h.
        chip.write(offset: 0x40, width: 4, value: 0x61)
        #expect(get(0x20) == 0x8061)
        #expect(log.messages.count == 2)
        #expect(log.messages[0].isLevel)
    }

    @Test func levelIsServedWhenItsMaskGoes() {
        set(0x20, 0x18061)
        chip.setLine(8, true)
        #expect(log.messages.isEmpty)
        set(0x20, 0x8061)
        #expect(log.messages.count == 1)
    }

    @Test func switchToEdgeClearsTheRemoteRequest() {
        set(0x20, 0x8061)
        chip.setLine(8, true)
        set(0x20, 0x10061)
        set(0x20, 0x18061)
        #expect(get(0x20) == 0x18061)
    }

    @Test(arguments: [(UInt64(0x400), InterruptMessage.Delivery.nonMaskable), (0x700, .external), (0x500, .initialise)])
    func otherDeliveryModesAreMessagesToo(mode: UInt64, delivery: InterruptMessage.Delivery) {
        set(0x12, mode | 0x20)
        chip.setLine(1, true)
        #expect(log.messages.map(\.delivery) == [delivery])
    }

    @Test func messageOfADeviceHasItsFieldsInAddressAndData() {
        let message = InterruptMessage(address: 0xFEE0_300C, data: 0x0000_4151)
        #expect(message == InterruptMessage(vector: 0x51, delivery: .lowestPriority, destination: .logical(3)))
        #expect(InterruptMessage(address: 0xFEE0_0000, data: 0x300) == nil)
    }
}
