import Machine
import PCDevices
import Testing

struct VGARig {
    let vga = VGA(events: EventQueue())

    init() { out(0x3C2, 0x63) }

    func out(_ port: UInt16, _ value: UInt8) { vga.write(port: Port(port), width: 1, value: UInt32(value)) }
    func inb(_ port: UInt16) -> UInt8 { UInt8(vga.read(port: Port(port), width: 1)) }
    func indexed(_ port: UInt16, _ index: UInt8, _ value: UInt8) {
        out(port, index)
        out(port + 1, value)
    }
    func attribute(_ index: UInt8, _ value: UInt8) {
        _ = inb(0x3DA)
        out(0x3C0, index)
        out(0x3C0, value)
    }

    /// 80x25 text as the IBM tables have it.
    func textMode() {
        for (index, value) in [3, 0, 3, 0, 2].enumerated() { indexed(0x3C4, UInt8(index), UInt8(value)) }
        for (index, value) in [0, 0, 0, 0, 0, 0x10, 0x0E, 0, 0xFF].enumerated() {
            indexed(0x3CE, UInt8(index), UInt8(value))
        }
        for (index, value) in [
            (1, 0x4F), (7, 0x1F), (9, 0x4F), (0x0A, 0x0D), (0x0B, 0x0E), (0x12, 0x8F), (0x13, 0x28), (0x17, 0xA3),
        ] as [(UInt8, UInt8)] { indexed(0x3D4, index, value) }
        for index in 0..<16 as Range<UInt8> { attribute(index, index) }
        attribute(0x10, 0x0C)
        attribute(0x12, 0x0F)
        _ = inb(0x3DA)
        out(0x3C0, 0x20)
    }

    /// Planar memory, A0000-AFFFF, all planes open.
    func planar() {
        indexed(0x3C4, 2, 0x0F)
        indexed(0x3C4, 4, 0x06)
        indexed(0x3CE, 5, 0)
        indexed(0x3CE, 6, 0x05)
        indexed(0x3CE, 8, 0xFF)
    }
}

@Suite("VGA")
struct VGATests {
    @Test func blankUntilTheAttributeControllerIsSwitchedOn() {
        #expect(VGARig().vga.makeFrame().content == .blank)
    }

    @Test func textCellsAreCharactersAndAttributesOfTheWindow() throws {
        let rig = VGARig()
        rig.textMode()
        rig.vga.write(offset: 0x18000, width: 2, value: 0x1F41)
        rig.vga.write(offset: 0x18000 + 160 + 4, width: 4, value: 0x0742_0743)
        guard case .text(let text) = rig.vga.makeFrame().content else {
            Issue.record("no text")
            return
        }
        #expect(text.columns == 80 && text.rows == 25 && text.cellHeight == 16)
        #expect(text.cells[0] == 0x1F41)
        #expect(text.cells[82] == 0x0743 && text.cells[83] == 0x0742)
        #expect(rig.vga.read(offset: 0x18000, width: 2) == 0x1F41)
        #expect(text.cursor == .init(column: 0, row: 0, scanLines: 13...14))
    }

    @Test func cursorAndStartAddressMove() {
        let rig = VGARig()
        rig.textMode()
        rig.indexed(0x3D4, 0x0D, 80)
        rig.indexed(0x3D4, 0x0F, 170)
        rig.vga.write(offset: 0x18000 + 160, width: 2, value: 0x0758)
        guard case .text(let text) = rig.vga.makeFrame().content else {
            Issue.record("no text")
            return
        }
        #expect(text.cells[0] == 0x0758)
        #expect(text.cursor?.row == 1 && text.cursor?.column == 10)
    }

    @Test func writeMode0TakesSetResetRotateLogicAndBitMask() {
        let rig = VGARig()
        rig.planar()
        rig.vga.write(offset: 0x10, width: 1, value: 0b1010_0000)
        // Read plane 2.
        rig.indexed(0x3CE, 4, 2)
        #expect(rig.vga.read(offset: 0x10, width: 1) == 0b1010_0000)
        // Set/reset plane 0 to ones and plane 1 to zeros through bit mask 0Fh; the latches keep the rest.
        rig.indexed(0x3CE, 0, 1)
        rig.indexed(0x3CE, 1, 3)
        rig.indexed(0x3CE, 8, 0x0F)
        rig.vga.write(offset: 0x10, width: 1, value: 0)
        rig.indexed(0x3CE, 4, 0)
        #expect(rig.vga.read(offset: 0x10, width: 1) == 0b1010_1111)
        rig.indexed(0x3CE, 4, 1)
        #expect(rig.vga.read(offset: 0x10, width: 1) == 0b1010_0000)
    }

    @Test func writeMode1CopiesLatchesAndMode2SpreadsAColour() {
        let rig = VGARig()
        rig.planar()
        rig.indexed(0x3CE, 5, 2)
        rig.vga.write(offset: 0, width: 1, value: 0b0101)
        rig.indexed(0x3CE, 4, 0)
        #expect(rig.vga.read(offset: 0, width: 1) == 0xFF)
        rig.indexed(0x3CE, 4, 1)
        #expect(rig.vga.read(offset: 0, width: 1) == 0)
        rig.indexed(0x3CE, 5, 1)
        rig.vga.write(offset: 9, width: 1, value: 0x33)
        rig.indexed(0x3CE, 4, 2)
        #expect(rig.vga.read(offset: 9, width: 1) == 0xFF)
    }

    @Test func readMode1ComparesColours() {
        let rig = VGARig()
        rig.planar()
        rig.indexed(0x3CE, 5, 2)
        rig.indexed(0x3CE, 8, 0xF0)
        rig.vga.write(offset: 3, width: 1, value: 0b0110)
        rig.indexed(0x3CE, 5, 8)
        rig.indexed(0x3CE, 2, 0b0110)
        rig.indexed(0x3CE, 7, 0x0F)
        #expect(rig.vga.read(offset: 3, width: 1) == 0xF0)
    }

    @Test func chainedMemoryPutsNeighboursIntoNeighbouringPlanes() {
        let rig = VGARig()
        rig.planar()
        rig.indexed(0x3C4, 4, 0x0E)
        rig.vga.write(offset: 4, width: 4, value: 0x0403_0201)
        #expect(rig.vga.read(offset: 4, width: 4) == 0x0403_0201)
        rig.indexed(0x3C4, 4, 0x06)
        rig.indexed(0x3CE, 4, 2)
        #expect(rig.vga.read(offset: 4, width: 1) == 3)
    }

    @Test func dacCountsThroughComponentsAndKeepsSixBits() {
        let rig = VGARig()
        rig.out(0x3C8, 7)
        for value in [0x3F, 0x55, 1, 2, 3, 4] as [UInt8] { rig.out(0x3C9, value) }
        rig.out(0x3C7, 7)
        #expect(rig.inb(0x3C7) == 3)
        #expect((0..<6).map { _ in rig.inb(0x3C9) } == [0x3F, 0x15, 1, 2, 3, 4])
    }

    @Test func protectedTimingRegistersKeepTheirValueButTheLineCompareBit() {
        let rig = VGARig()
        rig.indexed(0x3D4, 7, 0x1F)
        rig.indexed(0x3D4, 0x11, 0x80)
        rig.indexed(0x3D4, 7, 0)
        #expect(rig.inb(0x3D5) == 0x0F)
        rig.indexed(0x3D4, 0, 0x55)
        #expect(rig.inb(0x3D5) == 0)
    }

    @Test func stateRoundTripKeepsMemoryAndRegisters() throws {
        let rig = VGARig(), copy = VGARig()
        rig.textMode()
        rig.vga.write(offset: 0x18000, width: 2, value: 0x1F41)
        try copy.vga.restoreState(from: rig.vga.encodedState())
        #expect(copy.vga.state == rig.vga.state)
        #expect(copy.vga.makeFrame() == rig.vga.makeFrame())
    }

    @Test func floodOfAccessesNeverTraps() {
        let rig = VGARig()
        var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
        for round in 0..<100_000 {
            seed ^= seed &<< 13
            seed ^= seed >> 7
            seed ^= seed &<< 17
            let port = UInt16(0x3B0 + seed % 0x30)
            switch seed >> 40 & 3 {
            case 0: rig.out(port, UInt8(truncatingIfNeeded: seed >> 20))
            case 1: _ = rig.inb(port)
            case 2: rig.vga.write(offset: seed >> 12 & 0x1FFF8, width: 8, value: seed)
            default: _ = rig.vga.read(offset: seed >> 12 & 0x1FFF8, width: 4)
            }
            if round % 2000 == 0 { _ = rig.vga.makeFrame() }
        }
    }
}
