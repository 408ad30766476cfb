import Machine
import PCDevices
import Testing

/// Expected values: Intel 8237A datasheet (231466); IBM PC/AT Technical Reference for pages and cascade.
struct DMA8237Tests {
    final class Memory {
        var bytes: [UInt64: UInt8] = [:]
    }

    let rig = Rig()
    let dma: DMA8237
    let memory = Memory()

    init() throws {
        dma = try rig.map(DMA8237(), 0x00...0x0F, 0x81...0x8F, 0xC0...0xDF, 0x481...0x48B)
        let memory = memory
        dma.writeMemory = { address, bytes in
            for (offset, byte) in bytes.enumerated() { memory.bytes[address + UInt64(offset)] = byte }
        }
        dma.readMemory = { address, count in (0..<UInt64(count)).map { memory.bytes[address + $0] ?? 0 } }
        // As firmware does: channel 4 in cascade mode and unmasked.
        rig.write(0xD6, 0xC0)
        rig.write(0xD4, 0x00)
    }

    /// Programs channel 2 as a floppy driver does.
    private func start(mode: UInt8, page: UInt8, address: UInt16, count: UInt16) {
        rig.write(0x0A, 0x06)
        rig.write(0x0C, 0x00)
        rig.write(0x0B, mode)
        rig.write(0x04, [UInt8(address & 0xFF), UInt8(address >> 8)])
        rig.write(0x05, [UInt8(count & 0xFF), UInt8(count >> 8)])
        rig.write(0x81, page)
        rig.write(0x0A, 0x02)
    }

    @Test func bytesReachMemoryAndTheLastOneIsTerminalCount() {
        start(mode: 0x46, page: 0x01, address: 0x2000, count: 2)
        #expect(dma.deviceToMemory(channel: 2, 0xAA) == .accepted)
        #expect(dma.deviceToMemory(channel: 2, 0xBB) == .accepted)
        #expect(dma.deviceToMemory(channel: 2, 0xCC) == .terminalCount)
        #expect(memory.bytes == [0x12000: 0xAA, 0x12001: 0xBB, 0x12002: 0xCC])
        // The channel masks itself.
        #expect(dma.deviceToMemory(channel: 2, 0xDD) == .notReady)
        #expect(rig.read(0x08) == 0x04)
        #expect(rig.read(0x08) == 0x00)
    }

    @Test func bytesComeFromMemory() {
        memory.bytes = [0x30000: 1, 0x30001: 2]
        start(mode: 0x4A, page: 0x03, address: 0x0000, count: 1)
        let first = dma.memoryToDevice(channel: 2)
        let second = dma.memoryToDevice(channel: 2)
        #expect(first?.byte == 1)
        #expect(first?.outcome == .accepted)
        #expect(second?.byte == 2)
        #expect(second?.outcome == .terminalCount)
        #expect(dma.memoryToDevice(channel: 2) == nil)
    }

    @Test func wrongDirectionIsNotServed() {
        start(mode: 0x46, page: 0, address: 0, count: 9)
        #expect(dma.memoryToDevice(channel: 2) == nil)
    }

    @Test func verifyCountsWithoutTouchingMemory() {
        start(mode: 0x42, page: 0, address: 0x100, count: 1)
        #expect(dma.deviceToMemory(channel: 2, 0xAA) == .accepted)
        #expect(dma.deviceToMemory(channel: 2, 0xBB) == .terminalCount)
        #expect(memory.bytes.isEmpty)
    }

    @Test func addressWrapsWithinThePage() {
        start(mode: 0x46, page: 0x01, address: 0xFFFF, count: 1)
        _ = dma.deviceToMemory(channel: 2, 0xAA)
        _ = dma.deviceToMemory(channel: 2, 0xBB)
        #expect(memory.bytes == [0x1FFFF: 0xAA, 0x10000: 0xBB])
    }

    @Test func decrementModeCountsDown() {
        start(mode: 0x66, page: 0, address: 0x500, count: 1)
        _ = dma.deviceToMemory(channel: 2, 0xAA)
        _ = dma.deviceToMemory(channel: 2, 0xBB)
        #expect(memory.bytes == [0x500: 0xAA, 0x4FF: 0xBB])
    }

    @Test func autoInitialiseStartsAgainAndStaysUnmasked() {
        start(mode: 0x56, page: 0, address: 0x500, count: 1)
        #expect(dma.deviceToMemory(channel: 2, 1) == .accepted)
        #expect(dma.deviceToMemory(channel: 2, 2) == .terminalCount)
        #expect(dma.deviceToMemory(channel: 2, 3) == .accepted)
        #expect(memory.bytes == [0x500: 3, 0x501: 2])
    }

    @Test func currentRegistersReadBackLowByteFirst() {
        start(mode: 0x46, page: 0, address: 0x1234, count: 0x0100)
        _ = dma.deviceToMemory(channel: 2, 0)
        rig.write(0x0C, 0)
        #expect([rig.read(0x04), rig.read(0x04)] == [0x35, 0x12])
        #expect([rig.read(0x05), rig.read(0x05)] == [0xFF, 0x00])
    }

    @Test func maskedOrSwitchedOffChannelIsNotServed() {
        start(mode: 0x46, page: 0, address: 0, count: 9)
        rig.write(0x0A, 0x06)
        #expect(dma.deviceToMemory(channel: 2, 0) == .notReady)
        rig.write(0x0E, 0)
        #expect(dma.deviceToMemory(channel: 2, 0) == .accepted)
        rig.write(0x08, 0x04)
        #expect(dma.deviceToMemory(channel: 2, 0) == .notReady)
        rig.write(0x08, 0x00)
        rig.write(0x0F, 0x0F)
        #expect(dma.deviceToMemory(channel: 2, 0) == .notReady)
    }

    @Test func masterClearMasksAllChannels() {
        start(mode: 0x46, page: 0, address: 0, count: 9)
        rig.write(0x0D, 0)
        #expect(dma.deviceToMemory(channel: 2, 0) == .notReady)
    }

    @Test func firstControllerNeedsTheCascadeChannel() {
        start(mode: 0x46, page: 0, address: 0, count: 9)
        rig.write(0xD4, 0x04)
        #expect(dma.deviceToMemory(channel: 2, 0) == .notReady)
    }

    @Test func wordsUseAddressLinesA16AndUp() {
        rig.write(0xD8, 0)
        rig.write(0xD6, 0x45)
        rig.write(0xC4, [0x00, 0x80])
        rig.write(0xC6, [0x01, 0x00])
        rig.write(0x8B, 0x05)
        rig.write(0xD4, 0x01)
        #expect(dma.deviceToMemory(channel: 5, word: 0xBBAA) == .accepted)
        #expect(dma.deviceToMemory(channel: 5, word: 0xDDCC) == .terminalCount)
        // Page bit 0 is ignored: 4 << 16 | 8000h << 1.
        #expect(memory.bytes == [0x50000: 0xAA, 0x50001: 0xBB, 0x50002: 0xCC, 0x50003: 0xDD])
    }

    @Test func highPageGivesAddressBits31To24() {
        start(mode: 0x46, page: 0x02, address: 0, count: 0)
        rig.write(0x481, 0x01)
        _ = dma.deviceToMemory(channel: 2, 0x77)
        #expect(memory.bytes == [0x0102_0000: 0x77])
    }

    @Test(arguments: 0x81...0x8F as ClosedRange<UInt16>) func pagePortsReadBack(port: UInt16) {
        rig.write(port, 0xA5)
        #expect(rig.read(port) == 0xA5)
    }

    @Test(arguments: [-1, 4, 8, 99, Int.max, Int.min]) func channelsThatDoNotExistAreNotServed(channel: Int) {
        #expect(dma.deviceToMemory(channel: channel, 0) == .notReady)
        #expect(dma.memoryToDevice(channel: channel) == nil)
        #expect(dma.deviceToMemory(channel: channel, word: 0) == .notReady)
        #expect(dma.memoryToDeviceWord(channel: channel) == nil)
    }

    /// Demand, single and block mode differ in who holds the bus meanwhile, which no device here sees; a channel in
    /// cascade mode is for another controller and moves nothing (datasheet, "Transfer modes" and "Cascade mode").
    @Test(arguments: [(0x04, true), (0x44, true), (0x84, true), (0xC4, false)] as [(UInt8, Bool)])
    func transferModesOfAChannel(mode: UInt8, served: Bool) {
        start(mode: mode | 2, page: 0, address: 0x1000, count: 3)
        #expect(dma.isReady(channel: 2) == served)
        #expect(dma.deviceToMemory(channel: 2, 1) == (served ? .accepted : .notReady))
    }
}
