import Machine

/// What the screen shows: the CRTC's scan through the planes.
extension VGA {
    private var startAddress: Int { Int(registers.controller[0x0C]) << 8 | Int(registers.controller[0x0D]) }
    /// Cells from one row to the next.
    private var pitch: Int { Int(registers.controller[0x13]) * 2 }
    private var lines: Int {
        let overflow = Int(registers.controller[7])
        return (Int(registers.controller[0x12]) | (overflow & 2) << 7 | (overflow & 0x40) << 3) + 1
    }
    private var columns: Int { Int(registers.controller[1]) + 1 }
    private var cellHeight: Int { Int(registers.controller[9] & 31) + 1 }

    private func colour(_ index: UInt8) -> Frame.Colour {
        let place = Int(index & registers.pixelMask) * 3
        func eight(_ six: UInt8) -> UInt8 { six << 2 | six >> 4 }
        return Frame.Colour(
            red: eight(registers.dac[place]), green: eight(registers.dac[place + 1]),
            blue: eight(registers.dac[place + 2]))
    }

    /// DAC index of one of the sixteen colours of the attribute controller.
    private func attributeColour(_ number: UInt8) -> UInt8 {
        let palette = registers.attribute[Int(number & 15)]
        let select = registers.attribute[0x14]
        // Mode control bit 7: bits 4-5 come from the colour select register.
        if registers.attribute[0x10] & 0x80 != 0 { return palette & 0x0F | (select & 0x0F) << 4 }
        return palette & 0x3F | (select & 0x0C) << 4
    }

    public func makeFrame() -> Frame {
        // Index bit 5 clear: palette off the screen. Clocking mode bit 5: screen off. CR17 bit 7 clear: no retrace.
        guard registers.attributeIndex & 0x20 != 0, registers.sequencer[1] & 0x20 == 0,
            registers.controller[0x17] & 0x80 != 0
        else { return Frame(content: .blank) }
        if registers.graphics[6] & 1 == 0 { return Frame(content: .text(text())) }
        let isWide = registers.graphics[5] & 0x40 != 0
        return Frame(content: .graphics(isWide ? pixels256() : pixels16()))
    }

    private func text() -> Frame.Text {
        let height = cellHeight, width = min(columns, 256)
        let rows = max(1, min(lines / height, 256))
        var cells: [UInt16] = []
        cells.reserveCapacity(width * rows)
        for row in 0..<rows {
            for column in 0..<width {
                let cell = ((startAddress + row * pitch + column) & 0x7FFF) * 2
                cells.append(UInt16(memory[cell * 4]) | UInt16(memory[cell * 4 + 1]) << 8)
            }
        }
        let select = registers.sequencer[3]
        let first = fontBase(Int(select & 3) | Int(select >> 2 & 4))
        let second = fontBase(Int(select >> 2 & 3) | Int(select >> 3 & 4))
        // Map B (bits 4, 1-0) serves attribute bit 3 = 0, map A (bits 5, 3-2) bit 3 = 1.
        let fonts = font(first) + font(second)
        return Frame.Text(
            columns: width, rows: rows, cells: cells, cursor: cursor(width, rows, height),
            palette: (0..<16).map { colour(attributeColour($0)) }, blinks: registers.attribute[0x10] & 8 != 0,
            cellWidth: registers.sequencer[1] & 1 == 0 ? 9 : 8, cellHeight: height, fonts: fonts)
    }

    /// Character maps lie in plane 2: even ones at 0, 16K, 32K, 48K, odd ones 8K above.
    private func fontBase(_ map: Int) -> Int { (map & 3) * 0x4000 + (map & 4 != 0 ? 0x2000 : 0) }

    private func font(_ base: Int) -> [UInt8] { (0..<8192).map { memory[((base + $0) & 0xFFFF) * 4 + 2] } }

    private func cursor(_ width: Int, _ rows: Int, _ height: Int) -> Frame.Text.Cursor? {
        let start = Int(registers.controller[0x0A] & 31), end = Int(registers.controller[0x0B] & 31)
        guard registers.controller[0x0A] & 0x20 == 0, start <= end, start < height, pitch > 0 else { return nil }
        let place = Int(registers.controller[0x0E]) << 8 | Int(registers.controller[0x0F])
        let offset = place - startAddress
        guard offset >= 0, offset / pitch < rows, offset % pitch < width else { return nil }
        return Frame.Text.Cursor(column: offset % pitch, row: offset / pitch, scanLines: start...min(end, height - 1))
    }

    /// Scan lines of a pixel row: the cell height of graphics modes, doubled by CR9 bit 7.
    private var repeats: Int { cellHeight * (registers.controller[9] & 0x80 != 0 ? 2 : 1) }

    private func pixels256() -> Frame.Graphics {
        let width = min(columns, 256) * 4, height = max(1, min(lines, 1024) / repeats)
        // Doubleword mode (CR14 bit 6) steps four cells at once: chained mode 13h; else one (mode X).
        let step = registers.controller[0x14] & 0x40 != 0 ? 4 : 1
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height)
        for y in 0..<height {
            for x in 0..<width {
                let cell = (startAddress + y * pitch + x / 4) * step
                pixels.append(memory[(cell & 0xFFFF) * 4 + x % 4])
            }
        }
        return Frame.Graphics(
            width: width, height: height, pixels: pixels, palette: (0...255).map { colour(UInt8($0)) })
    }

    private func pixels16() -> Frame.Graphics {
        let width = min(columns, 256) * 8, height = max(1, min(lines, 1024) / repeats)
        let enable = registers.attribute[0x12] & 15
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height)
        for y in 0..<height {
            for column in 0..<width / 8 {
                let place = ((startAddress + y * pitch + column) & 0xFFFF) * 4
                for bit in (0..<8).reversed() {
                    var number: UInt8 = 0
                    for plane in 0..<4 { number |= (memory[place + plane] >> UInt8(bit) & 1) << UInt8(plane) }
                    pixels.append(attributeColour(number & enable))
                }
            }
        }
        return Frame.Graphics(
            width: width, height: height, pixels: pixels, palette: (0...255).map { colour(UInt8($0)) })
    }
}
