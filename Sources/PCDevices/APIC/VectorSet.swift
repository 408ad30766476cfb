/// A register of 256 bits, one for each vector: ISR, TMR, IRR.
public struct VectorSet: Codable, Equatable, Sendable {
    private var words: SIMD4<UInt64> = .zero

    public init() {}

    public subscript(vector: UInt8) -> Bool {
        get { words[Int(vector >> 6)] >> UInt64(vector & 63) & 1 != 0 }
        set {
            let bit: UInt64 = 1 &<< UInt64(vector & 63)
            if newValue { words[Int(vector >> 6)] |= bit } else { words[Int(vector >> 6)] &= ~bit }
        }
    }

    /// The vector with the highest priority.
    public var highest: UInt8? {
        for index in (0..<4).reversed() where words[index] != 0 {
            return UInt8(truncatingIfNeeded: index * 64 + 63 - words[index].leadingZeroBitCount)
        }
        return nil
    }

    /// One of the eight registers of 32 bits that software sees.
    func part(_ number: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: words[Int(number >> 1 & 3)] >> (number & 1 == 0 ? 0 : 32))
    }
}
