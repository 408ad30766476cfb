import Machine

/// The registers of the Bochs display interface (DISPI): modes beyond the VGA's, with a linear frame buffer.
///
/// Ports 1CEh (index) and 1CFh or 1D0h (data), words. QEMU's `std` adapter and Bochs have it.
public struct DisplayInterface: Codable, Equatable, Sendable {
    public internal(set) var index: UInt16 = 0
    /// B0C0h to B0C5h: which version the guest wants to speak; it begins with the latest.
    public internal(set) var identity: UInt16 = 0xB0C5
    public internal(set) var width: UInt16 = 0
    public internal(set) var height: UInt16 = 0
    public internal(set) var depth: UInt16 = 8
    public internal(set) var enable: UInt16 = 0
    /// 64 KiB of memory that the window at A0000h shows.
    public internal(set) var bank: UInt16 = 0
    public internal(set) var virtualWidth: UInt16 = 0
    public internal(set) var x: UInt16 = 0
    public internal(set) var y: UInt16 = 0

    enum Index {
        static let identity: UInt16 = 0
        static let width: UInt16 = 1
        static let height: UInt16 = 2
        static let depth: UInt16 = 3
        static let enable: UInt16 = 4
        static let bank: UInt16 = 5
        static let virtualWidth: UInt16 = 6
        static let virtualHeight: UInt16 = 7
        static let x: UInt16 = 8
        static let y: UInt16 = 9
        static let memory: UInt16 = 10
    }

    enum Enable {
        static let enabled: UInt16 = 0x01
        /// Width, height and depth read as the most that there is.
        static let capabilities: UInt16 = 0x02
        static let wideDAC: UInt16 = 0x20
        static let linear: UInt16 = 0x40
        static let keepsMemory: UInt16 = 0x80
        static let all: UInt16 = 0xE3
    }

    static let largestWidth: UInt16 = 2560
    static let largestHeight: UInt16 = 1600
    static let depths: [UInt16] = [4, 8, 15, 16, 24, 32]

    var isEnabled: Bool { enable & Enable.enabled != 0 }
    var hasWideDAC: Bool { enable & Enable.wideDAC != 0 }

    /// Bytes of `pixels` pixels of a row; at 4 bits, of each plane.
    func bytes(_ pixels: Int) -> Int {
        switch depth {
        case 4: pixels / 8
        case 8: pixels
        case 15, 16: pixels * 2
        case 24: pixels * 3
        default: pixels * 4
        }
    }

    /// Bytes from a row to the next.
    var pitch: Int { bytes(Int(virtualWidth)) }

    /// Rows of memory.
    func virtualHeight(memorySize: Int) -> UInt16 {
        let size = depth == 4 ? VGA.memorySize / 4 : memorySize
        return pitch == 0 ? 0 : UInt16(clamping: size / pitch)
    }

    /// Makes the numbers of a mode ones that can be shown.
    mutating func settle(memorySize: Int) {
        if !Self.depths.contains(depth) { depth = 8 }
        width = max(8, min(width, Self.largestWidth) & ~7)
        if virtualWidth < width { virtualWidth = width }
        virtualWidth &= ~7
        // Too wide for the height: as wide as the picture.
        height = max(1, min(height, Self.largestHeight))
        if virtualHeight(memorySize: memorySize) < height { virtualWidth = width }
        height = max(1, min(height, virtualHeight(memorySize: memorySize)))
        settleOffset(memorySize: memorySize)
    }

    mutating func settleOffset(memorySize: Int) {
        x = min(x, virtualWidth - min(virtualWidth, width))
        let rows = virtualHeight(memorySize: memorySize)
        y = min(y, rows - min(rows, height))
    }

    /// Whether a mode that is on fits: a state from outside is checked before it is taken.
    func isSound(memorySize: Int) -> Bool {
        guard isEnabled else { return true }
        var settled = self
        settled.settle(memorySize: memorySize)
        return settled == self && enable & ~Enable.all == 0
    }
}

extension VGA {
    private typealias Index = DisplayInterface.Index
    private typealias Enable = DisplayInterface.Enable

    func readDisplayPort(_ port: UInt16) -> UInt16 {
        port == 0x1CE ? display.index : readDisplay(display.index)
    }

    func writeDisplayPort(_ port: UInt16, _ value: UInt16) {
        if port == 0x1CE { display.index = value } else { writeDisplay(display.index, value) }
    }

    func readDisplay(_ index: UInt16) -> UInt16 {
        let tellsMost = display.enable & Enable.capabilities != 0
        switch index {
        case Index.identity: return display.identity
        case Index.width: return tellsMost ? DisplayInterface.largestWidth : display.width
        case Index.height: return tellsMost ? DisplayInterface.largestHeight : display.height
        case Index.depth: return tellsMost ? 32 : display.depth
        case Index.enable: return display.enable
        case Index.bank: return display.bank
        case Index.virtualWidth: return display.virtualWidth
        case Index.virtualHeight: return display.virtualHeight(memorySize: size)
        case Index.x: return display.x
        case Index.y: return display.y
        case Index.memory: return UInt16(size >> 16)
        default: return 0
        }
    }

    func writeDisplay(_ index: UInt16, _ value: UInt16) {
        guard size > Self.memorySize else { return }
        var new = display
        switch index {
        case Index.identity: if (0xB0C0...0xB0C5).contains(value) { new.identity = value }
        // A mode's numbers are set while it is off.
        case Index.width where !display.isEnabled: new.width = value
        case Index.height where !display.isEnabled: new.height = value
        case Index.depth where !display.isEnabled: new.depth = value == 0 ? 8 : value
        case Index.enable:
            new.enable = value & Enable.all
            if new.isEnabled, !display.isEnabled {
                (new.virtualWidth, new.x, new.y, new.bank) = (0, 0, 0, 0)
                new.settle(memorySize: size)
                if value & Enable.keepsMemory == 0 { clear(new) }
            }
        case Index.bank: new.bank = min(value, UInt16(size >> 16) - 1)
        case Index.virtualWidth:
            new.virtualWidth = value
            if new.isEnabled { new.settle(memorySize: size) }
        case Index.x: new.x = value
        case Index.y: new.y = value
        default: break
        }
        if new.isEnabled { new.settleOffset(memorySize: size) }
        changeWindow { display = new }
    }

    private func clear(_ mode: DisplayInterface) {
        let count = mode.depth == 4 ? Self.memorySize : min(size, mode.pitch * Int(mode.height))
        memory.update(repeating: 0, count: count)
    }

    // MARK: The window at A0000h, one bank of the memory

    private func bankPlace(_ offset: UInt64) -> Int? {
        guard offset < 0x10000 else { return nil }
        return (Int(display.bank) << 16 | Int(offset)) & (size - 1)
    }

    func readBank(_ offset: UInt64, _ width: Int) -> UInt64 {
        (0..<width).reduce(0) { value, index in
            let byte = bankPlace(offset &+ UInt64(index)).map { memory[$0] } ?? 0xFF
            return value | UInt64(byte) << UInt64(index * 8)
        }
    }

    func writeBank(_ offset: UInt64, _ width: Int, _ value: UInt64) {
        for index in 0..<width {
            guard let place = bankPlace(offset &+ UInt64(index)) else { continue }
            memory[place] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
        }
    }

    // MARK: The picture

    func displayContent() -> Frame.Content {
        let width = Int(display.width), height = Int(display.height), pitch = display.pitch
        let start = Int(display.y) * pitch + display.bytes(Int(display.x))
        let palette = (0...255).map { colour(UInt8($0)) }
        if display.depth <= 8 {
            var pixels: [UInt8] = []
            pixels.reserveCapacity(width * height)
            for row in 0..<height {
                for column in 0..<width {
                    guard display.depth == 4 else {
                        pixels.append(memory[(start + row * pitch + column) & (size - 1)])
                        continue
                    }
                    let cell = (start + row * pitch + column / 8) * 4 & (Self.memorySize - 1)
                    let bit = UInt8(truncatingIfNeeded: 7 - column & 7)
                    let number = (0..<4).reduce(0) { $0 | (memory[cell + $1] >> bit & 1) << UInt8($1) }
                    pixels.append(registers.attribute[Int(number)] & 0x3F)
                }
            }
            return .graphics(Frame.Graphics(width: width, height: height, pixels: pixels, palette: palette))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * 3)
        let step = display.bytes(1)
        for row in 0..<height {
            for column in 0..<width {
                let place = (start + row * pitch + column * step) & (size - 1)
                func byte(_ offset: Int) -> UInt8 { memory[(place + offset) & (size - 1)] }
                if step > 2 {
                    bytes.append(byte(2))
                    bytes.append(byte(1))
                    bytes.append(byte(0))
                    continue
                }
                let word = UInt16(byte(0)) | UInt16(byte(1)) << 8
                func five(_ shift: UInt16) -> UInt8 {
                    let value = UInt8(word >> shift & 31)
                    return value << 3 | value >> 2
                }
                let green = UInt8(word >> 5 & 63)
                bytes.append(five(display.depth == 15 ? 10 : 11))
                bytes.append(display.depth == 15 ? five(5) : green << 2 | green >> 4)
                bytes.append(five(0))
            }
        }
        return .picture(Frame.Picture(width: width, height: height, bytes: bytes))
    }
}
