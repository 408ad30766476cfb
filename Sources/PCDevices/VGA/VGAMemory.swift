import Machine

/// The window at A0000h: how the CPU reaches the planes (graphics controller and sequencer).
extension VGA {
    /// Offset within the mapped part, or nil where nothing answers (GR6 bits 2-3).
    private func mapped(_ offset: UInt64) -> Int? {
        switch registers.graphics[6] >> 2 & 3 {
        case 0: return Int(offset & 0x1FFFF)
        case 1: return offset < 0x10000 ? Int(offset) : nil
        case 2: return offset >= 0x10000 && offset < 0x18000 ? Int(offset - 0x10000) : nil
        default: return offset >= 0x18000 ? Int(offset - 0x18000) & 0x7FFF : nil
        }
    }

    private var isChained4: Bool { registers.sequencer[4] & 8 != 0 }
    /// Even addresses go to planes 0 and 2, odd ones to 1 and 3: SR4 bit 2 for writes, GR5 bit 4 for reads.
    private var writesOddEven: Bool { registers.sequencer[4] & 4 == 0 }
    private var readsOddEven: Bool { registers.graphics[5] & 0x10 != 0 }

    public func read(offset: UInt64, width: Int) -> UInt64 {
        if _slowPath(isKept) { windowKeeper?.returnWindow() }
        if _slowPath(showsDisplay) { return readBank(offset, width) }
        var value: UInt64 = 0
        for index in 0..<width { value |= UInt64(readByte(offset &+ UInt64(index))) << UInt64(index * 8) }
        return value
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        changes &+= 1
        if _slowPath(isKept) { windowKeeper?.returnWindow() }
        defer { if _slowPath(isKept) { windowKeeper?.windowChanged() } }
        if _slowPath(showsDisplay) { return writeBank(offset, width, value) }
        if writePath == .general || !window.contains(offset) || offset &+ UInt64(width) > window.upperBound {
            for index in 0..<width {
                writeByte(offset &+ UInt64(index), UInt8(truncatingIfNeeded: value >> UInt64(index * 8)))
            }
            return
        }
        // Bytes as they are, each to its plane: text and mode 13h.
        let mask = registers.sequencer[2], start = Int(offset - window.lowerBound)
        let last = writePath == .chained ? 3 : 1
        for index in 0..<width {
            let place = start + index, cell = (place & 0xFFFF & ~last) * 4, plane = place & last
            let byte = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
            // SAFETY: cell < 4 * 65536 - 3, the size of the memory; plane + 2 < 4 where it is used.
            if mask >> UInt8(plane) & 1 != 0 { memory[cell + plane] = byte }
            if last == 1, mask >> UInt8(plane + 2) & 1 != 0 { memory[cell + plane + 2] = byte }
        }
    }

    /// How bytes reach the planes.
    enum WritePath {
        /// Plain bytes, one plane each.
        case chained
        /// Plain bytes, even ones to planes 0 and 2, odd ones to 1 and 3.
        case oddEven
        /// With latches, masks, rotation or logic.
        case general
    }

    /// Decides how writes go, after a register of the sequencer or graphics controller has changed.
    func chooseWritePath() {
        let graphics = registers.graphics
        switch graphics[6] >> 2 & 3 {
        case 0: window = 0..<Self.windowSize
        case 1: window = 0..<0x10000
        case 2: window = 0x10000..<0x18000
        default: window = 0x18000..<0x20000
        }
        let isPlain = graphics[1] & 15 == 0 && graphics[3] & 0x1F == 0 && graphics[5] & 3 == 0 && graphics[8] == 0xFF
        writePath = !isPlain ? .general : isChained4 ? .chained : writesOddEven ? .oddEven : .general
    }

    /// A read without its effect on the latches.
    public func peek(offset: UInt64) -> UInt8? {
        windowKeeper?.returnWindow()
        if showsDisplay { return UInt8(truncatingIfNeeded: readBank(offset, 1)) }
        let latches = registers.latches
        defer { registers.latches = latches }
        return readByte(offset)
    }

    private func loadLatches(_ cell: Int) {
        // SAFETY: four bytes of a cell within the memory, first plane first as on little-endian hosts.
        registers.latches = UInt32(
            littleEndian: UnsafeRawPointer(memory).load(fromByteOffset: (cell & 0xFFFF) * 4, as: UInt32.self))
    }

    private func readByte(_ offset: UInt64) -> UInt8 {
        guard let place = mapped(offset) else { return 0xFF }
        if isChained4 {
            loadLatches(place & ~3)
            return memory[(place & 0xFFFC) * 4 + (place & 3)]
        }
        if readsOddEven {
            loadLatches(place & ~1)
            return memory[(place & 0xFFFE) * 4 + Int(registers.graphics[4] & 2) + (place & 1)]
        }
        loadLatches(place)
        if registers.graphics[5] & 8 == 0 { return UInt8(truncatingIfNeeded: registers.latches >> plane(shift: 4)) }
        // Read mode 1: ones where all planes that are cared for match the colour.
        var different: UInt8 = 0
        for number in 0..<4 where registers.graphics[7] >> UInt8(number) & 1 != 0 {
            let byte = UInt8(truncatingIfNeeded: registers.latches >> UInt32(number * 8))
            different |= byte ^ (registers.graphics[2] >> UInt8(number) & 1 != 0 ? 0xFF : 0)
        }
        return ~different
    }

    private func plane(shift index: Int) -> UInt32 { UInt32(registers.graphics[index] & 3) * 8 }

    private func writeByte(_ offset: UInt64, _ value: UInt8) {
        guard let place = mapped(offset) else { return }
        var mask = registers.sequencer[2] & 15
        let cell: Int
        if isChained4 {
            mask &= 1 << UInt8(place & 3)
            cell = place & 0xFFFC
        } else if writesOddEven {
            mask &= place & 1 == 0 ? 5 : 10
            cell = place & 0xFFFE
        } else {
            cell = place & 0xFFFF
        }
        let data = combine(value)
        for number in 0..<4 where mask >> UInt8(number) & 1 != 0 {
            memory[cell * 4 + number] = UInt8(truncatingIfNeeded: data >> UInt32(number * 8))
        }
    }

    private func spread(_ bits: UInt8) -> UInt32 {
        (bits & 1 != 0 ? 0xFF : 0) | (bits & 2 != 0 ? 0xFF00 : 0) | (bits & 4 != 0 ? 0xFF_0000 : 0)
            | (bits & 8 != 0 ? 0xFF00_0000 : 0)
    }

    /// The four bytes that a write brings to the planes, by write mode.
    private func combine(_ value: UInt8) -> UInt32 {
        let graphics = registers.graphics
        let turn = graphics[3] & 7
        let rotated = value >> turn | (turn == 0 ? 0 : value << (8 - turn))
        let all = UInt32(rotated) &* 0x0101_0101
        var bitMask = UInt32(graphics[8]) &* 0x0101_0101
        let data: UInt32
        switch graphics[5] & 3 {
        case 0:
            let enabled = spread(graphics[1])
            data = all & ~enabled | spread(graphics[0]) & enabled
        case 1: return registers.latches
        case 2: data = spread(value)
        default:
            bitMask &= all
            data = spread(graphics[0])
        }
        let latches = registers.latches
        let result =
            switch graphics[3] >> 3 & 3 {
            case 0: data
            case 1: data & latches
            case 2: data | latches
            default: data ^ latches
            }
        return result & bitMask | latches & ~bitMask
    }
}
