import Machine
import PCDevices
import Testing

extension VGARig {
    func controller(_ values: [(UInt8, UInt8)]) {
        for (index, value) in values { indexed(0x3D4, index, value) }
    }

    /// 16 columns of 16-colour pixels, 8 lines, 16 bytes from row to row, colours as they are.
    func smallPlanarScreen() {
        planar()
        controller([(1, 1), (7, 0x10), (9, 0x40), (0x12, 7), (0x13, 1), (0x17, 0xE3), (0x18, 0xFF)])
        for index in 0..<16 as Range<UInt8> { attribute(index, index) }
        attribute(0x10, 0x01)
        attribute(0x12, 0x0F)
        _ = inb(0x3DA)
        out(0x3C0, 0x20)
    }

    var graphics: Frame.Graphics? {
        guard case .graphics(let graphics) = vga.makeFrame().content else { return nil }
        return graphics
    }

    var text: Frame.Text? {
        guard case .text(let text) = vga.makeFrame().content else { return nil }
        return text
    }

    /// The rows of a picture as digits.
    func rows() -> [String] {
        guard let graphics else { return [] }
        return (0..<graphics.height).map { row in
            graphics.pixels[row * graphics.width..<(row + 1) * graphics.width]
                .map { String($0, radix: 16) }.joined()
        }
    }
}

/// Expected values: IBM VGA/XGA Technical Reference, "CRT controller registers" and "Attribute controller registers".
@Suite("VGA picture")
struct VGAFrameTests {
    /// Rows of two bytes: in row n the first byte has bit n set, counted from the left.
    private func diagonal() -> VGARig {
        let rig = VGARig()
        rig.smallPlanarScreen()
        for row in 0..<8 as Range<UInt64> { rig.vga.write(offset: row * 2, width: 1, value: 0x80 >> row) }
        return rig
    }

    @Test func planarRowsShowTheirBits() {
        let rows = diagonal().rows()
        #expect(rows.count == 8)
        #expect(rows[0] == "f000000000000000")
        #expect(rows[7] == "0000000f00000000")
    }

    @Test func lineCompareStartsAgainAtAddress0() {
        let rig = diagonal()
        rig.controller([(0x0D, 4), (7, 0), (9, 0), (0x18, 4)])
        let rows = rig.rows()
        // Rows 2, 3, 4, 5, 6, then from the line after line 4 on rows 0, 1, 2.
        #expect(
            rows.map { $0.firstIndex(of: "f").map { rows[0].distance(from: rows[0].startIndex, to: $0) } ?? -1 }
                == [2, 3, 4, 5, 6, 0, 1, 2])
    }

    @Test func panningShiftsToTheLeftAndTheLowerPartMayHoldStill() {
        let rig = diagonal()
        rig.controller([(7, 0), (9, 0), (0x18, 4)])
        rig.attribute(0x13, 3)
        _ = rig.inb(0x3DA)
        rig.out(0x3C0, 0x20)
        #expect(rig.rows()[3] == "f000000000000000")
        // Lines 5 and 6 show memory rows 0 and 1, whose bits went out at the left. Three dots come in at the right from
        // the byte behind the last column, the first one of the next row: bits 1 and 2 of it at dots 16 + 1 - 3 and so on.
        #expect(rig.rows()[5] == "00000000000000f0")
        #expect(rig.rows()[6] == "000000000000000f")
        rig.attribute(0x10, 0x21)
        _ = rig.inb(0x3DA)
        rig.out(0x3C0, 0x20)
        #expect(rig.rows()[3] == "f000000000000000")
        #expect(rig.rows()[6] == "0f00000000000000")
    }

    @Test func presetRowScanBeginsWithinARow() {
        let rig = diagonal()
        // Two lines a row, the first of them left out.
        rig.controller([(9, 0x41), (8, 1)])
        let columns = rig.rows().map { Array($0).firstIndex(of: "f") ?? -1 }
        #expect(columns == [0, 1, 1, 2, 2, 3, 3, 4])
    }

    @Test func doubledLinesAreOneRowOfThePicture() {
        let rig = diagonal()
        rig.controller([(9, 0xC0)])
        #expect(rig.rows().count == 4)
        #expect(rig.rows()[3] == "000f000000000000")
    }

    /// Modes 4 and 5 of the BIOS: two bits a pixel, odd lines 8 KiB further on.
    @Test func fourColourModeOfTheCGAShowsPairsOfBitsAndInterleavedLines() {
        let rig = VGARig()
        rig.smallPlanarScreen()
        for (port, index, value) in [
            (0x3C4, 2, 3), (0x3C4, 4, 2), (0x3CE, 5, 0x30), (0x3CE, 6, 0x0F),
        ] as [(UInt16, UInt8, UInt8)] { rig.indexed(port, index, value) }
        rig.controller([(9, 0xC1), (0x13, 1), (0x17, 0xA2)])
        rig.attribute(0x12, 3)
        _ = rig.inb(0x3DA)
        rig.out(0x3C0, 0x20)
        rig.vga.write(offset: 0x18000, width: 4, value: 0x0000_E41B)
        rig.vga.write(offset: 0x1A000, width: 4, value: 0xFF00_0000)
        rig.vga.write(offset: 0x18004, width: 1, value: 0x55)
        // Eight lines, doubled: rows 0 and 1 of the first pair, then those of the second.
        #expect(rig.rows() == ["0123321000000000", "0000000000003333", "1111000000000000", "0000000000000000"])
    }

    /// Mode 6: one bit a pixel in plane 0.
    @Test func twoColourModeOfTheCGAShowsPlane0() {
        let rig = VGARig()
        rig.smallPlanarScreen()
        rig.indexed(0x3C4, 2, 1)
        rig.indexed(0x3CE, 6, 0x0D)
        rig.controller([(9, 0xC1), (0x13, 1), (0x17, 0xC2)])
        rig.attribute(0x12, 1)
        _ = rig.inb(0x3DA)
        rig.out(0x3C0, 0x20)
        rig.vga.write(offset: 0x18000, width: 2, value: 0x01A5)
        rig.vga.write(offset: 0x1A000, width: 1, value: 0xF0)
        #expect(rig.rows()[0] == "1010010100000001")
        #expect(rig.rows()[1] == "1111000000000000")
    }

    @Test func smoothScrollingOfTextIsToldWithTheCellsThatComeIn() {
        let rig = VGARig()
        rig.textMode()
        rig.controller([(7, 0x1F), (9, 0x4F), (0x18, 0xFF), (8, 5)])
        rig.attribute(0x13, 2)
        _ = rig.inb(0x3DA)
        rig.out(0x3C0, 0x20)
        rig.vga.write(offset: 0x18000 + 160, width: 2, value: 0x0741)
        #expect(rig.text?.columns == 81)
        #expect(rig.text?.rows == 26)
        // Nine dots a character: 2 stands for three dots.
        #expect(rig.text?.scrollX == 3)
        #expect(rig.text?.scrollY == 5)
        #expect(rig.text?.cells[80] == 0x0741)
    }

    @Test func splitTextScreenShowsMemoryFromAddress0Below() {
        let rig = VGARig()
        rig.textMode()
        // Line 319 is the last of row 19.
        rig.controller([(7, 0x1F), (9, 0x0F), (0x18, 0x3F), (0x0C, 0x10)])
        rig.vga.write(offset: 0x18000, width: 2, value: 0x0742)
        rig.vga.write(offset: 0x18000 + 0x2000, width: 2, value: 0x0754)
        #expect(rig.text?.rows == 25)
        #expect(rig.text?.cells[0] == 0x0754)
        #expect(rig.text?.cells[20 * 80] == 0x0742)
    }

    /// The tables of mode 3 (80x25, 9x16): what is written is read back.
    @Test func registersOfMode3ReadBack() {
        let rig = VGARig()
        let sequencer: [UInt8] = [0x03, 0x00, 0x03, 0x00, 0x02]
        let graphics: [UInt8] = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0E, 0x00, 0xFF]
        let controller: [UInt8] = [
            0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0x00, 0x00, 0x00, 0x00, 0x9C, 0x8E,
            0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF,
        ]
        let attribute: [UInt8] = [
            0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x0C, 0x00,
            0x0F, 0x08, 0x00,
        ]
        rig.out(0x3C2, 0x67)
        for (index, value) in sequencer.enumerated() { rig.indexed(0x3C4, UInt8(index), value) }
        for (index, value) in graphics.enumerated() { rig.indexed(0x3CE, UInt8(index), value) }
        for (index, value) in controller.enumerated() { rig.indexed(0x3D4, UInt8(index), value) }
        for (index, value) in attribute.enumerated() { rig.attribute(UInt8(index), value) }
        func readBack(_ port: UInt16, _ count: Int) -> [UInt8] {
            (0..<UInt8(count)).map { index in
                rig.out(port, index)
                return rig.inb(port + 1)
            }
        }
        #expect(rig.inb(0x3CC) == 0x67)
        #expect(readBack(0x3C4, 5) == sequencer)
        #expect(readBack(0x3CE, 9) == graphics)
        #expect(readBack(0x3D4, 25) == controller)
        let attributes = (0..<21 as Range<UInt8>).map { index in
            _ = rig.inb(0x3DA)
            rig.out(0x3C0, index)
            return rig.inb(0x3C1)
        }
        #expect(attributes == attribute)
    }

    /// What plain writes leave in the planes, byte by byte, with the map mask and at the window's ends.
    @Test(arguments: [false, true]) func plainWritesReachTheirPlanes(chained: Bool) {
        let rig = VGARig()
        rig.planar()
        rig.indexed(0x3C4, 4, chained ? 0x0E : 0x02)
        rig.indexed(0x3CE, 6, chained ? 0x05 : 0x0D)
        let window: Range<UInt64> = chained ? 0..<0x10000 : 0x18000..<0x20000
        var model = [UInt8](repeating: 0, count: 4 * 65536)
        var generator = SeededGenerator(seed: chained ? 1 : 2)
        for _ in 0..<3000 {
            let mask = UInt8.random(in: 0...15, using: &generator), value = generator.next()
            let width = [1, 2, 4, 8].randomElement(using: &generator) ?? 1
            let near = Bool.random(using: &generator) ? window.lowerBound : window.upperBound
            let offset = min(max(near &+ generator.next() % 64, 32) - 32, 0x1FFF8)
            rig.indexed(0x3C4, 2, mask)
            rig.vga.write(offset: offset, width: width, value: value)
            for index in 0..<UInt64(width) where window.contains(offset + index) {
                let place = Int(offset + index - window.lowerBound), byte = UInt8(value >> (index * 8) & 0xFF)
                for plane in 0..<4 where mask >> UInt8(plane) & 1 != 0 {
                    guard chained ? plane == place & 3 : plane & 1 == place & 1 else { continue }
                    model[(place & (chained ? 0xFFFC : 0xFFFE)) * 4 + plane] = byte
                }
            }
        }
        #expect(Array(rig.vga.state.memory) == model)
    }
}
