import Machine

/// Text and mode 13h are plain bytes to the CPU: an engine may keep them in memory of its own.
extension VGA: WindowedMemory {
    public var plainWindow: Range<UInt64>? {
        // 128 KiB would show the planes twice. Reads go as writes do, read mode 0.
        guard !showsDisplay, window.upperBound - window.lowerBound <= 0x10000, registers.graphics[5] & 8 == 0 else {
            return nil
        }
        let mask = registers.sequencer[2] & 15
        switch writePath {
        case .chained: return mask == 15 ? window : nil
        case .oddEven: return readsEvenAndOdd && mask == 3 && registers.graphics[4] & 2 == 0 ? window : nil
        case .general: return nil
        }
    }

    private var readsEvenAndOdd: Bool { registers.graphics[5] & 0x10 != 0 && registers.sequencer[4] & 8 == 0 }

    /// Place in the planes of a byte of the plain window.
    private func place(_ offset: Int) -> Int {
        let last = writePath == .chained ? 3 : 1
        return (offset & 0xFFFF & ~last) * 4 + offset & last
    }

    public func copyWindow(to target: UnsafeMutableRawBufferPointer) {
        for offset in 0..<target.count { target[offset] = memory[place(offset)] }
    }

    public func takeWindow(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
        let start = Int(offset &- window.lowerBound)
        for (index, byte) in bytes.enumerated() { memory[place(start &+ index)] = byte }
        changes &+= 1
    }

    /// Counts changes of what may be seen.
    public var generation: UInt64 {
        windowKeeper?.returnWindow()
        // Stores to the linear frame buffer are not seen.
        if showsDisplay { changes &+= 1 }
        return changes
    }
}
