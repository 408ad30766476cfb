import FoundationEssentials
import Machine

/// The VGA: ports 3B0h-3DFh, 256 KiB in four planes, and the window A0000h-BFFFFh.
///
/// It draws nothing by itself: `makeFrame` says what the screen shows now.
public final class VGA: Device, PortHandler, MemoryHandler {
    public struct State: Codable, Equatable, Sendable {
        public internal(set) var registers = VGARegisters()
        public internal(set) var display = DisplayInterface()
        /// Byte n of plane p at 4n + p. Empty where the memory is the machine's.
        public internal(set) var memory = Data(count: VGA.memorySize)
    }

    /// Of the planes.
    static let memorySize = 256 << 10
    /// Of the adapter on a PCI board.
    public static let largeMemorySize = 16 << 20
    /// Bytes of the window.
    public static let windowSize: UInt64 = 0x20000

    public let name: String
    /// Counts changes of what may be seen, those that a keeper of the window has not told left out.
    @exclusivity(unchecked) var changes: UInt64 = 0
    public weak var windowKeeper: (any WindowKeeper)? { didSet { isKept = windowKeeper != nil } }
    /// There is a keeper.
    @exclusivity(unchecked) private(set) var isKept = false
    // Both follow from the registers.
    @exclusivity(unchecked) var writePath = WritePath.general
    @exclusivity(unchecked) var window: Range<UInt64> = 0..<VGA.windowSize
    var registers = VGARegisters()
    var display = DisplayInterface() { didSet { showsDisplay = display.isEnabled } }
    /// The display interface's mode is on the screen and in the window.
    @exclusivity(unchecked) private(set) var showsDisplay = false
    /// `size` bytes, of which the first `memorySize` are the planes. Every index below is masked or checked.
    let memory: UnsafeMutablePointer<UInt8>
    let size: Int
    private let ownsMemory: Bool
    private let events: EventQueue

    /// With memory of its own, as large as the planes, and no display interface.
    public init(name: String = "vga", events: EventQueue) {
        self.name = name
        self.events = events
        size = Self.memorySize
        ownsMemory = true
        memory = .allocate(capacity: size)
        memory.initialize(repeating: 0, count: size)
    }

    /// With `largeMemorySize` bytes of the machine's memory, which outlive it.
    public init(name: String = "vga", events: EventQueue, memory: UnsafeMutableRawPointer) {
        self.name = name
        self.events = events
        size = Self.largeMemorySize
        ownsMemory = false
        self.memory = memory.bindMemory(to: UInt8.self, capacity: size)
    }

    deinit { if ownsMemory { memory.deallocate() } }

    public var state: State {
        get {
            windowKeeper?.returnWindow()
            var state = State()
            state.registers = registers
            state.display = display
            state.memory = ownsMemory ? Data(bytes: memory, count: Self.memorySize) : Data()
            return state
        }
        set {
            guard newValue.registers.isSound, newValue.display.isSound(memorySize: size),
                newValue.memory.count == (ownsMemory ? Self.memorySize : 0)
            else { return }
            changeWindow {
                registers = newValue.registers
                display = newValue.display
                for (index, byte) in newValue.memory.enumerated() { memory[index] = byte }
            }
        }
    }

    public func reset() {
        changeWindow {
            registers = VGARegisters()
            display = DisplayInterface()
        }
    }

    /// Changes what decides where bytes of the window go.
    func changeWindow(_ change: () -> Void) {
        windowKeeper?.returnWindow()
        change()
        chooseWritePath()
        changes &+= 1
        windowKeeper?.windowChanged()
    }

    // MARK: Ports

    /// Ports of the CRTC and status register 1: 3Dxh for colour, 3Bxh for monochrome (misc output bit 0).
    private func isDecoded(_ port: UInt16) -> Bool {
        if port >= 0x3C0 && port <= 0x3CF { return true }
        return (port >= 0x3D0) == (registers.miscOutput & 1 != 0)
    }

    public func read(port: Port, width: Int) -> UInt32 {
        if port.rawValue >= 0x1CE, port.rawValue <= 0x1D0 { return UInt32(readDisplayPort(port.rawValue)) }
        guard isDecoded(port.rawValue) else { return 0xFF }
        return UInt32(readRegister(port.rawValue))
    }

    private func readRegister(_ port: UInt16) -> UInt8 {
        switch port {
        case 0x3C0: return registers.attributeIndex
        case 0x3C1: return item(registers.attribute, registers.attributeIndex & 31)
        // Input status 0: switch sense of a colour display.
        case 0x3C2: return 0x10
        case 0x3C4: return registers.sequencerIndex
        case 0x3C5: return item(registers.sequencer, registers.sequencerIndex)
        case 0x3C6: return registers.pixelMask
        case 0x3C7: return registers.dacMode
        case 0x3C8: return registers.dacWriteIndex
        case 0x3C9: return readDAC()
        case 0x3CA: return registers.featureControl
        case 0x3CC: return registers.miscOutput
        case 0x3CE: return registers.graphicsIndex
        case 0x3CF: return item(registers.graphics, registers.graphicsIndex)
        case 0x3B4, 0x3D4: return registers.controllerIndex
        case 0x3B5, 0x3D5: return item(registers.controller, registers.controllerIndex)
        case 0x3BA, 0x3DA:
            registers.attributeIsData = false
            return inputStatus
        default: return 0xFF
        }
    }

    private func item(_ list: [UInt8], _ index: UInt8) -> UInt8 { Int(index) < list.count ? list[Int(index)] : 0 }

    public func write(port: Port, width: Int, value: UInt32) {
        if port.rawValue >= 0x1CE, port.rawValue <= 0x1D0 {
            return writeDisplayPort(port.rawValue, UInt16(truncatingIfNeeded: value))
        }
        guard isDecoded(port.rawValue) else { return }
        let byte = UInt8(truncatingIfNeeded: value)
        changes &+= 1
        switch port.rawValue {
        case 0x3C0: writeAttribute(byte)
        case 0x3C2: registers.miscOutput = byte
        case 0x3C4: registers.sequencerIndex = byte
        case 0x3C5: changeWindow { set(&registers.sequencer, registers.sequencerIndex, byte) }
        case 0x3C6: registers.pixelMask = byte
        case 0x3C7:
            registers.dacReadIndex = byte
            registers.dacComponent = 0
            registers.dacMode = 3
        case 0x3C8:
            registers.dacWriteIndex = byte
            registers.dacComponent = 0
            registers.dacMode = 0
        case 0x3C9: writeDAC(byte)
        case 0x3CE: registers.graphicsIndex = byte
        case 0x3CF: changeWindow { set(&registers.graphics, registers.graphicsIndex, byte) }
        case 0x3B4, 0x3D4: registers.controllerIndex = byte
        case 0x3B5, 0x3D5: writeController(byte)
        case 0x3BA, 0x3DA: registers.featureControl = byte
        default: break
        }
    }

    private func set(_ list: inout [UInt8], _ index: UInt8, _ value: UInt8) {
        if Int(index) < list.count { list[Int(index)] = value }
    }

    /// CR11 bit 7 protects 00h-07h but for the line-compare bit of 07h.
    private func writeController(_ byte: UInt8) {
        let index = registers.controllerIndex
        if index <= 7, registers.controller[0x11] & 0x80 != 0 {
            if index == 7 { registers.controller[7] = registers.controller[7] & ~0x10 | byte & 0x10 }
            return
        }
        set(&registers.controller, index, byte)
    }

    private func writeAttribute(_ byte: UInt8) {
        defer { registers.attributeIsData.toggle() }
        guard registers.attributeIsData else {
            registers.attributeIndex = byte & 0x3F
            return
        }
        let index = registers.attributeIndex & 31
        // The palette can be loaded only while bit 5 of the index keeps the screen off it.
        if index < 16, registers.attributeIndex & 0x20 != 0 { return }
        set(&registers.attribute, index, index < 16 ? byte & 0x3F : byte)
    }

    private func readDAC() -> UInt8 {
        let value = registers.dac[Int(registers.dacReadIndex) * 3 + Int(registers.dacComponent)]
        registers.dacComponent = (registers.dacComponent + 1) % 3
        if registers.dacComponent == 0 { registers.dacReadIndex &+= 1 }
        return value
    }

    private func writeDAC(_ byte: UInt8) {
        let isWide = display.hasWideDAC
        registers.dac[Int(registers.dacWriteIndex) * 3 + Int(registers.dacComponent)] = isWide ? byte : byte & 0x3F
        registers.dacComponent = (registers.dacComponent + 1) % 3
        if registers.dacComponent == 0 { registers.dacWriteIndex &+= 1 }
    }

    /// Bit 0: no pixels now; bit 3: vertical retrace. From guest time at 70 Hz with 449 lines, 400 of them shown,
    /// retrace in lines 412-413, and a fifth of each line blank (VGA timing of modes with 400 lines).
    private var inputStatus: UInt8 {
        let frame: UInt64 = 14_268_000
        let line = frame / 449
        let place = events.now % frame
        let number = place / line, within = place % line
        let vertical = number >= 412 && number < 414
        let blank = number >= 400 || within * 5 >= line * 4
        return (blank ? 1 : 0) | (vertical ? 8 : 0)
    }
}
