import Machine

/// What the screen shows: the CRTC's scan through the planes.
extension VGA {
    private var start: Int { Int(registers.controller[0x0C]) << 8 | Int(registers.controller[0x0D]) }
    /// Counts of the address counter from one row to the next.
    private var pitch: Int { Int(registers.controller[0x13]) * 2 }
    private var lines: Int {
        let overflow = Int(registers.controller[7])
        return (Int(registers.controller[0x12]) | (overflow & 2) << 7 | (overflow & 0x40) << 3) + 1
    }
    private var columns: Int { min(Int(registers.controller[1]) + 1, 256) }
    private var cellHeight: Int { Int(registers.controller[9] & 31) + 1 }
    /// CR9 bit 7: each count of the row scan counter takes two lines.
    private var linesPerScan: Int { registers.controller[9] & 0x80 != 0 ? 2 : 1 }
    /// The first line of the lower part of a split screen, which shows memory from address 0: the line after the one
    /// that line compare names (CR18, CR7 bit 4, CR9 bit 6).
    private var splitLine: Int {
        Int(registers.controller[0x18]) + Int(registers.controller[7] & 0x10) << 4
            + Int(registers.controller[9] & 0x40) << 3 + 1
    }
    /// CR8: row scan of the first line, and address counts by which the picture starts further on.
    private var presetRowScan: Int { Int(registers.controller[8] & 31) }
    private var bytePanning: Int { Int(registers.controller[8] >> 5 & 3) }
    /// Attribute mode control bit 5: the lower part of a split screen does not pan.
    private var splitHoldsStill: Bool { registers.attribute[0x10] & 0x20 != 0 }

    /// Where a line of the screen comes from: the address counter at its start, the row scan count, and whether it is
    /// in the lower part of a split screen.
    private func source(ofLine line: Int) -> (counter: Int, scan: Int, isLower: Bool) {
        let isLower = line >= splitLine
        let count = isLower ? (line - splitLine) / linesPerScan : line / linesPerScan + presetRowScan
        let base = isLower ? 0 : start
        let panning = isLower && splitHoldsStill ? 0 : bytePanning
        return (base + panning + count / cellHeight * pitch, count % cellHeight, isLower)
    }

    /// The cell of four bytes, one a plane, for a count of the address counter (CR14 bit 6, CR17 bits 6, 1 and 0).
    private func cell(_ counter: Int, scan: Int) -> Int {
        let mode = registers.controller[0x17]
        var address: Int
        if registers.controller[0x14] & 0x40 != 0 {
            address = counter << 2
        } else if mode & 0x40 == 0 {
            address = (counter & 0x7FFF) << 1
        } else {
            address = counter
        }
        // As the CGA and Hercules had their odd lines: the row scan count in the place of address bits.
        if mode & 1 == 0 { address = address & ~0x2000 | (scan & 1) << 13 }
        if mode & 2 == 0 { address = address & ~0x4000 | (scan & 2) << 13 }
        return address & 0xFFFF
    }

    func colour(_ index: UInt8) -> Frame.Colour {
        let place = Int(index & registers.pixelMask) * 3
        let isWide = display.hasWideDAC
        func eight(_ six: UInt8) -> UInt8 { isWide ? six : six << 2 | six >> 4 }
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
        windowKeeper?.returnWindow()
        if showsDisplay { return Frame(content: displayContent()) }
        // Index bit 5 clear: palette off the screen. Clocking mode bit 5: screen off. CR17 bit 7 clear: no retrace.
        guard registers.attributeIndex & 0x20 != 0, registers.sequencer[1] & 0x20 == 0,
            registers.controller[0x17] & 0x80 != 0
        else { return Frame(content: .blank) }
        return Frame(content: registers.graphics[6] & 1 == 0 ? .text(text()) : .graphics(graphics()))
    }

    // MARK: Text

    /// Dots by which text is shifted to the left: with nine dots a character, 8 stands for none and 0 for one.
    private var textPanning: Int {
        let value = Int(registers.attribute[0x13] & 15)
        return registers.sequencer[1] & 1 == 0 ? (value >= 8 ? 0 : value + 1) : value & 7
    }

    /// Counts at which the rows begin. A split within a row shows that row whole.
    private func rowStarts(_ height: Int) -> [Int] {
        func starts(_ base: Int, _ count: Int) -> [Int] { (0..<max(0, count)).map { base + $0 * pitch } }
        let top = start + bytePanning, shift = presetRowScan
        guard splitLine < lines else {
            return starts(top, min(max(1, (lines + shift + (shift > 0 ? height - 1 : 0)) / height), 256))
        }
        let upper = min((splitLine + shift + height - 1) / height, 256)
        let lower = min((lines - splitLine) / height, 256 - upper)
        return starts(top, upper) + starts(splitHoldsStill ? 0 : bytePanning, lower)
    }

    private func text() -> Frame.Text {
        let height = cellHeight, isNine = registers.sequencer[1] & 1 == 0
        // Nine dots: the usual value of the panning register is 8, but one that was never set is 0.
        let panning = isNine && registers.attribute[0x13] == 0 ? 0 : textPanning
        let width = columns + (panning > 0 ? 1 : 0)
        let starts = rowStarts(height)
        var cells: [UInt16] = []
        cells.reserveCapacity(width * starts.count)
        for start in starts {
            for column in 0..<width {
                let place = cell(start + column, scan: 0) * 4
                cells.append(UInt16(memory[place]) | UInt16(memory[place + 1]) << 8)
            }
        }
        let select = registers.sequencer[3]
        let first = fontBase(Int(select & 3) | Int(select >> 2 & 4))
        let second = fontBase(Int(select >> 2 & 3) | Int(select >> 3 & 4))
        // Map B (bits 4, 1-0) serves attribute bit 3 = 0, map A (bits 5, 3-2) bit 3 = 1.
        let fonts = font(first) + font(second)
        return Frame.Text(
            columns: width, rows: starts.count, cells: cells, cursor: cursor(width, starts, height),
            palette: (0..<16).map { colour(attributeColour($0)) }, blinks: registers.attribute[0x10] & 8 != 0,
            cellWidth: isNine ? 9 : 8, cellHeight: height, fonts: fonts, scrollX: panning,
            scrollY: min(presetRowScan, height - 1), joinsLines: registers.attribute[0x10] & 4 != 0)
    }

    /// Character maps lie in plane 2: even ones at 0, 16K, 32K, 48K, odd ones 8K above.
    private func fontBase(_ map: Int) -> Int { (map & 3) * 0x4000 + (map & 4 != 0 ? 0x2000 : 0) }

    private func font(_ base: Int) -> [UInt8] { (0..<8192).map { memory[((base + $0) & 0xFFFF) * 4 + 2] } }

    private func cursor(_ width: Int, _ starts: [Int], _ height: Int) -> Frame.Text.Cursor? {
        let first = Int(registers.controller[0x0A] & 31), last = Int(registers.controller[0x0B] & 31)
        guard registers.controller[0x0A] & 0x20 == 0, first <= last, first < height else { return nil }
        let place = Int(registers.controller[0x0E]) << 8 | Int(registers.controller[0x0F])
        guard let row = starts.firstIndex(where: { place >= $0 && place - $0 < width }) else { return nil }
        return Frame.Text.Cursor(column: place - starts[row], row: row, scanLines: first...min(last, height - 1))
    }

    // MARK: Graphics

    /// Lines that show the same, which become one row of the picture, unless a split or a preset row scan cuts
    /// through them.
    private var linesPerRow: Int {
        let scanMatters = registers.controller[0x17] & 3 != 3
        let lines = linesPerScan * (scanMatters ? 1 : cellHeight)
        let isCut = splitLine < self.lines && splitLine % lines != 0 || presetRowScan != 0
        return isCut ? 1 : lines
    }

    private func graphics() -> Frame.Graphics {
        let is256 = registers.graphics[5] & 0x40 != 0, interleaves = registers.graphics[5] & 0x20 != 0
        let dots = is256 ? 4 : 8
        let width = columns * dots, step = linesPerRow, height = max(1, min(lines, 1024) / step)
        let register = Int(registers.attribute[0x13] & 15)
        // In 256-colour modes a pixel is two dots.
        let panning = is256 ? register >> 1 & 3 : register & 7
        let enable = registers.attribute[0x12] & 15
        let colours = (0..<16 as Range<UInt8>).map { attributeColour($0 & enable) }
        // CR17 bit 3 and CR14 bit 5: the address counter counts each second or fourth character clock.
        let slowness = registers.controller[0x14] & 0x20 != 0 ? 2 : registers.controller[0x17] & 8 != 0 ? 1 : 0
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height)
        for row in 0..<height {
            let line = source(ofLine: row * step)
            let shift = line.isLower && splitHoldsStill ? 0 : panning
            let rowEnd = pixels.count + width
            for column in 0..<columns + (shift > 0 ? 1 : 0) {
                let place = cell(line.counter + column >> slowness, scan: line.scan) * 4
                var group = SIMD8<UInt8>()
                if is256 {
                    for pixel in 0..<4 { group[pixel] = memory[place + pixel] }
                } else if interleaves {
                    for pixel in 0..<8 {
                        let pair = UInt8(truncatingIfNeeded: 6 - pixel % 4 * 2)
                        let low = memory[place + pixel / 4] >> pair & 3
                        let high = memory[place + 2 + pixel / 4] >> pair & 3
                        group[pixel] = colours[Int(high << 2 | low)]
                    }
                } else {
                    for pixel in 0..<8 {
                        let bit = UInt8(truncatingIfNeeded: 7 - pixel)
                        var number = 0
                        for plane in 0..<4 { number |= Int(memory[place + plane] >> bit & 1) << plane }
                        group[pixel] = colours[number]
                    }
                }
                let first = column == 0 ? shift : 0
                for pixel in first..<dots where pixels.count < rowEnd { pixels.append(group[pixel]) }
            }
        }
        return Frame.Graphics(
            width: width, height: height, pixels: pixels, palette: (0...255).map { colour(UInt8($0)) })
    }
}
