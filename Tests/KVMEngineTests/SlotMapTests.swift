import Machine
import Testing

@testable import KVMEngine

/// The slots that KVM gets show the same bytes at the same places as vMEM does, page by page.
@Suite("Memory slots")
struct SlotMapTests {
    private final class Window: MemoryHandler {
        func read(offset: UInt64, width: Int) -> UInt64 { 0 }
        func write(offset: UInt64, width: Int, value: UInt64) {}
        func peek(offset: UInt64) -> UInt8? { nil }
    }

    /// RAM with a VGA's window, a ROM below 1 MiB, and one at the end of 4 GiB.
    private func memory(_ size: UInt64) throws -> vMEM {
        let memory = try vMEM(size: size)
        try memory.mapMMIO(Window(), at: 0xA0000, size: 0x20000, name: "window")
        try memory.mapROM([UInt8](repeating: 0x90, count: 0x10000), at: 0xF0000, name: "BIOS")
        try memory.mapROM([UInt8](repeating: 0x90, count: 0x3800), at: 0xC0000, name: "option ROM")
        try memory.mapROM([UInt8](repeating: 0x90, count: 0x10000), at: 0xFFFF_0000, name: "BIOS at the end")
        return memory
    }

    /// What a slot gives for a page: its host address and whether it is read-only, nil for an exit.
    private func look(_ slots: [MemorySlot], _ page: UInt64) -> (UnsafeMutableRawPointer, Bool)? {
        slots.first { page >= $0.guest && page < $0.end }.map { ($0.host + Int(page - $0.guest), $0.isReadOnly) }
    }

    private func check(_ memory: vMEM, pages: some Sequence<UInt64>) {
        let slots = SlotMap.slots(memory.plainSpans, gateOpen: memory.a20Mask == .max)
        for page in pages {
            let seen = look(slots, page)
            switch memory.target(of: page & memory.a20Mask) {
            case .ram(let host): #expect(seen?.0 == host && seen?.1 == false, "\(hexadecimal(page))")
            case .rom(let host): #expect(seen?.0 == host && seen?.1 == true, "\(hexadecimal(page))")
            case .mmio, .nothing: #expect(seen == nil, "\(hexadecimal(page))")
            }
        }
        checkForm(slots)
    }

    /// Whole pages, none twice: KVM refuses other slots.
    private func checkForm(_ slots: [MemorySlot]) {
        let sorted = slots.sorted { $0.guest < $1.guest }
        for slot in sorted { #expect(slot.size > 0 && slot.guest % 4096 == 0 && slot.size % 4096 == 0) }
        for (slot, next) in zip(sorted, sorted.dropFirst()) { #expect(slot.end <= next.guest) }
    }

    private let lowPages = stride(from: UInt64(0), to: 8 << 20, by: 4096)
    private let lastPages = stride(from: UInt64(0xFFD0_0000), to: 0x1_0000_0000, by: 4096)

    @Test func romsAreReadOnlyAndWindowsAreHoles() throws {
        let memory = try memory(4 << 20)
        check(memory, pages: lowPages)
        check(memory, pages: lastPages)
        let slots = SlotMap.slots(memory.plainSpans, gateOpen: true)
        #expect(look(slots, 0x9F000)?.1 == false)
        #expect(look(slots, 0xA0000) == nil && look(slots, 0xBF000) == nil)
        // 14 KiB are four pages.
        #expect(look(slots, 0xC3000)?.1 == true && look(slots, 0xC4000)?.1 == false)
        #expect(look(slots, 0xF0000)?.1 == true && look(slots, 0xFFFF_F000)?.1 == true)
        #expect(look(slots, 0x40_0000) == nil)
    }

    @Test(arguments: [1, 2, 3, 4, 7] as [UInt64])
    func aClosedGateShowsTheEvenMebibytesInTheOddOnes(mebibytes: UInt64) throws {
        let memory = try memory(mebibytes << 20)
        memory.setA20(false)
        check(memory, pages: lowPages)
        check(memory, pages: lastPages)
        let slots = SlotMap.slots(memory.plainSpans, gateOpen: false)
        // The first mebibyte again, its window and ROMs included.
        #expect(look(slots, 0x10_0000)?.0 == memory.ram)
        #expect(look(slots, 0x1A_0000) == nil)
        #expect(look(slots, 0x1F_0000)?.1 == true)
        // Bit 20 of the ROM's address at the end of 4 GiB is one: nothing shows it.
        #expect(look(slots, 0xFFFF_F000) == nil)
    }

    @Test func memoryBeyondTheHoleLiesAbove4GiB() throws {
        let memory = try memory(vMEM.lowMemoryEnd + (3 << 20))
        let above = stride(from: UInt64(1) << 32, to: (1 << 32) + (8 << 20), by: 4096)
        let below = stride(from: vMEM.lowMemoryEnd - (2 << 20), to: vMEM.lowMemoryEnd + (2 << 20), by: 4096)
        check(memory, pages: above)
        check(memory, pages: below)
        let slots = SlotMap.slots(memory.plainSpans, gateOpen: true)
        #expect(look(slots, 1 << 32)?.0 == memory.ram + Int(vMEM.lowMemoryEnd))
        #expect(look(slots, vMEM.lowMemoryEnd) == nil)
        memory.setA20(false)
        check(memory, pages: above)
        check(memory, pages: below)
        let closed = SlotMap.slots(memory.plainSpans, gateOpen: false)
        #expect(look(closed, (1 << 32) + (1 << 20))?.0 == memory.ram + Int(vMEM.lowMemoryEnd))
    }

    @Test func aChangeOfMapOrGateIsSeenByItsNumber() throws {
        let memory = try vMEM(size: 1 << 20)
        var last = memory.mapVersion
        func changes() -> Bool {
            defer { last = memory.mapVersion }
            return memory.mapVersion != last
        }
        memory.setA20(true)
        #expect(!changes())
        memory.setA20(false)
        #expect(changes())
        try memory.mapROM([0], at: 0xF0000, name: "ROM")
        #expect(changes())
        try memory.mapMMIO(Window(), at: 0xA0000, size: 4096, name: "window")
        #expect(changes())
        memory.load([1], at: 0)
        #expect(!changes())
    }
}
