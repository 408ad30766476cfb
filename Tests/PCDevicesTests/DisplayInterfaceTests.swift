import Machine
import Testing

@testable import PCDevices

/// The adapter on a PCI bus, its frame buffer at E0000000h and its registers at FEBF0000h.
private final class DisplayRig {
    let io = vIO()
    let memory: vMEM
    let bus: PCIBus
    let vga: VGA
    let video: VGAFunction
    static let frame: UInt64 = 0xE000_0000
    static let registers: UInt64 = 0xFEBF_0000

    init(rom: [UInt8]? = nil) throws {
        memory = try vMEM(size: 16 << 20, deviceSize: UInt64(VGA.largeMemorySize))
        bus = PCIBus(ports: io.ports, memory: memory)
        vga = VGA(events: io.events, memory: memory.ram + Int(memory.size))
        video = VGAFunction(vga, rom: rom)
        bus.insert(video.function, at: .init(2))
        try memory.mapMMIO(vga, at: 0xA0000, size: VGA.windowSize, name: "vga")
        try io.ports.map(0x1CE...0x1D0, name: "vga", width: 2, to: vga)
        try io.ports.map(0x3C0...0x3CF, name: "vga", to: vga)
        video.function.write(0x10, width: 4, value: UInt32(Self.frame))
        video.function.write(0x18, width: 4, value: UInt32(Self.registers))
        video.function.write(0x04, width: 2, value: 3)
    }

    func set(_ index: UInt16, _ value: UInt16) {
        io.ports.write(0x1CE, width: 2, value: UInt32(index))
        io.ports.write(0x1CF, width: 2, value: UInt32(value))
    }

    func get(_ index: UInt16) -> UInt16 {
        io.ports.write(0x1CE, width: 2, value: UInt32(index))
        return UInt16(truncatingIfNeeded: io.ports.read(0x1CF, width: 2))
    }

    func mode(_ width: UInt16, _ height: UInt16, _ depth: UInt16, flags: UInt16 = 0x41) {
        set(4, 0)
        set(1, width)
        set(2, height)
        set(3, depth)
        set(4, flags)
    }

    var picture: Frame.Picture? {
        guard case .picture(let picture) = vga.makeFrame().content else { return nil }
        return picture
    }
}

/// docs/specs/standard-vga of QEMU, and the VBE display interface of Bochs.
@Suite("Display interface")
struct DisplayInterfaceTests {
    @Test func functionIsTheStandardVGA() throws {
        let rig = try DisplayRig()
        let function = rig.video.function
        #expect(function.dword(0) == 0x1111_1234 && function.dword(8) >> 8 == 0x030000)
        function.write(0x10, width: 4, value: .max)
        function.write(0x18, width: 4, value: .max)
        #expect(function.dword(0x10) == 0xFF00_0008 && function.dword(0x18) == 0xFFFF_F000)
        #expect(rig.get(0) == 0xB0C5 && rig.get(10) == 256)
    }

    @Test(
        arguments: [
            (32, [0x11, 0x22, 0x33, 0x00], [0x33, 0x22, 0x11]), (24, [0x11, 0x22, 0x33], [0x33, 0x22, 0x11]),
            // 5-6-5 and 5-5-5: red 31, green 1 of 63 or 31, blue 16.
            (16, [0x30, 0xF8], [0xFF, 0x04, 0x84]), (15, [0x30, 0x7C], [0xFF, 0x08, 0x84]),
        ] as [(UInt16, [UInt8], [UInt8])])
    func pixelOfTheFrameBufferIsOnTheScreen(depth: UInt16, bytes: [UInt8], colour: [UInt8]) throws {
        let rig = try DisplayRig()
        rig.mode(640, 480, depth)
        let pitch = 640 * bytes.count
        for (index, byte) in bytes.enumerated() {
            rig.memory.write(DisplayRig.frame + UInt64(3 * pitch + 5 * bytes.count + index), byte)
        }
        let picture = try #require(rig.picture)
        #expect(picture.width == 640 && picture.height == 480)
        #expect(Array(picture.bytes[(3 * 640 + 5) * 3..<(3 * 640 + 6) * 3]) == colour)
        #expect(picture.bytes.reduce(0) { $0 + ($1 == 0 ? 0 : 1) } == colour.count { $0 != 0 })
    }

    @Test func eightBitsGoThroughThePalette() throws {
        let rig = try DisplayRig()
        rig.mode(320, 200, 8, flags: 0x61)
        rig.io.ports.write(0x3C8, width: 1, value: 7)
        for value: UInt32 in [0x80, 0x40, 0xFF] { rig.io.ports.write(0x3C9, width: 1, value: value) }
        rig.memory.write(DisplayRig.frame + 321, UInt8(7))
        guard case .graphics(let graphics) = rig.vga.makeFrame().content else {
            Issue.record("no picture")
            return
        }
        #expect(graphics.pixels[321] == 7)
        #expect(graphics.palette[7] == Frame.Colour(red: 0x80, green: 0x40, blue: 0xFF))
    }

    @Test func bankShowsThatPartOfTheMemoryAtA0000h() throws {
        let rig = try DisplayRig()
        rig.mode(1024, 768, 32)
        rig.set(5, 7)
        rig.memory.write(0xA0010, UInt32(0xAABB_CCDD))
        #expect(rig.memory.read(DisplayRig.frame + 0x70010, as: UInt32.self) == 0xAABB_CCDD)
        // No further than the memory goes.
        rig.set(5, 0xFFFF)
        #expect(rig.get(5) == 255)
        rig.memory.write(0xA0000, UInt8(0x5A))
        #expect(rig.memory.read(DisplayRig.frame + 0xFF_0000, as: UInt8.self) == 0x5A)
    }

    @Test func modeClearsTheMemoryUnlessAskedNotTo() throws {
        let rig = try DisplayRig()
        rig.memory.write(DisplayRig.frame, UInt8(1))
        rig.mode(640, 480, 32, flags: 0xC1)
        #expect(rig.memory.read(DisplayRig.frame, as: UInt8.self) == 1)
        rig.mode(640, 480, 32)
        #expect(rig.memory.read(DisplayRig.frame, as: UInt8.self) == 0)
    }

    @Test func capabilitiesTellTheMost() throws {
        let rig = try DisplayRig()
        rig.set(4, 2)
        #expect([rig.get(1), rig.get(2), rig.get(3)] == [2560, 1600, 32])
    }

    @Test func pictureBeginsAtTheOffset() throws {
        let rig = try DisplayRig()
        rig.mode(640, 480, 32)
        rig.set(6, 800)
        rig.set(8, 100)
        rig.set(9, 10)
        #expect(rig.get(7) == UInt16((16 << 20) / 3200))
        rig.memory.write(DisplayRig.frame + 10 * 3200 + 400, UInt32(0x00FF_FFFF))
        #expect(try #require(rig.picture).bytes.prefix(4) == [0xFF, 0xFF, 0xFF, 0])
    }

    @Test func registersAreInMemory() throws {
        let rig = try DisplayRig()
        let base = DisplayRig.registers
        #expect(rig.memory.read(base + 0x500, as: UInt16.self) == 0xB0C5)
        for (index, value) in [(4, 0), (1, 800), (2, 600), (3, 32), (4, 0x41)] as [(UInt64, UInt16)] {
            rig.memory.write(base + 0x500 + index * 2, value)
        }
        #expect(rig.get(1) == 800 && rig.picture?.height == 600)
        #expect(rig.memory.read(base + 0x600, as: UInt32.self) == 8)
        #expect(rig.memory.read(base + 0x604, as: UInt32.self) == 0x1E1E_1E1E)
        // Port 3C8h
        rig.memory.write(base + 0x408, UInt8(0x21))
        #expect(rig.io.ports.read(0x3C8, width: 1) == 0x21)
    }

    @Test func expansionROMShowsTheAdaptersBIOS() throws {
        let rig = try DisplayRig(rom: [0x55, 0xAA] + [UInt8](repeating: 0x77, count: 39000))
        let function = rig.video.function
        function.write(0x30, width: 4, value: .max)
        #expect(function.dword(0x30) == 0xFFFF_0001)
        function.write(0x30, width: 4, value: 0xFEA0_0001)
        #expect(rig.memory.read(0xFEA0_0000, as: UInt32.self) == 0x7777_AA55)
        #expect(rig.memory.read(0xFEA0_FFFF, as: UInt8.self) == 0xFF)
    }

    @Test func stateAndMemoryMakeTheSamePictureInACopy() throws {
        let rig = try DisplayRig(), copy = try DisplayRig()
        rig.mode(640, 480, 32)
        for place: UInt64 in 0..<1000 { rig.memory.write(DisplayRig.frame + place * 997, UInt32(place &* 0x1F1F1F)) }
        try copy.vga.restoreState(from: rig.vga.encodedState())
        let pages = rig.memory.usedPages.map { ($0, Array(rig.memory.page(at: $0))) }
        #expect(copy.memory.restore(pages: pages.map { (offset: $0.0, bytes: $0.1) }))
        #expect(copy.vga.makeFrame() == rig.vga.makeFrame())
        #expect(copy.vga.state == rig.vga.state)
    }

    @Test func anyRegistersMakeAPictureWithinTheMemory() throws {
        var random = SeededGenerator(seed: 3)
        let rig = try DisplayRig()
        for _ in 0..<300 {
            for _ in 0..<12 {
                let value = UInt16.random(in: 0 ... .max, using: &random)
                rig.set(UInt16.random(in: 0...12, using: &random), Bool.random(using: &random) ? value : value & 0x3FF)
            }
            if Bool.random(using: &random) { rig.set(4, 1 | UInt16.random(in: 0...255, using: &random)) }
            rig.memory.write(0xA0000 + UInt64.random(in: 0..<0x1FFF8, using: &random), UInt64(1))
            _ = rig.memory.read(0xA0000 + UInt64.random(in: 0..<0x1FFF8, using: &random), as: UInt64.self)
            if UInt8.random(in: 0...15, using: &random) == 0 { _ = rig.vga.makeFrame() }
            let state = rig.vga.state
            rig.vga.state = state
            #expect(rig.vga.state == state)
        }
    }
}
