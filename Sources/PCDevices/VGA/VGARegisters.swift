import FoundationEssentials

/// Register files of the VGA (IBM PS/2 Video Subsystem Technical Reference), index by index.
public struct VGARegisters: Codable, Equatable, Sendable {
    public internal(set) var miscOutput: UInt8 = 0
    public internal(set) var featureControl: UInt8 = 0
    public internal(set) var sequencerIndex: UInt8 = 0
    /// Reset, clocking mode, map mask, character map select, memory mode.
    public internal(set) var sequencer = [UInt8](repeating: 0, count: 5)
    public internal(set) var controllerIndex: UInt8 = 0
    /// CRTC 00h-18h.
    public internal(set) var controller = [UInt8](repeating: 0, count: 25)
    public internal(set) var graphicsIndex: UInt8 = 0
    /// Set/reset, enable set/reset, colour compare, rotate, read map, mode, miscellaneous, don't care, bit mask.
    public internal(set) var graphics = [UInt8](repeating: 0, count: 9)
    public internal(set) var attributeIndex: UInt8 = 0
    /// The next write to 3C0h is data.
    public internal(set) var attributeIsData = false
    /// Palette 00h-0Fh, mode control, overscan, plane enable, panning, colour select.
    public internal(set) var attribute = [UInt8](repeating: 0, count: 21)
    public internal(set) var pixelMask: UInt8 = 0xFF
    public internal(set) var dacReadIndex: UInt8 = 0
    public internal(set) var dacWriteIndex: UInt8 = 0
    /// 0-2: red, green, blue.
    public internal(set) var dacComponent: UInt8 = 0
    /// 3 after a write of the read index, else 0.
    public internal(set) var dacMode: UInt8 = 0
    /// Six-bit red, green and blue of 256 colours.
    public internal(set) var dac = Data(count: 768)
    /// One byte a plane.
    public internal(set) var latches: UInt32 = 0

    /// Whether index counts fit: a state from outside is checked before it is taken.
    var isSound: Bool {
        sequencer.count == 5 && controller.count == 25 && graphics.count == 9 && attribute.count == 21
            && dac.count == 768 && dacComponent < 3
    }
}
