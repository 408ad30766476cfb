/// 16 bytes of a vector, or the 8 of an MMX register, in the order of memory.
struct VectorBlock {
    var words: SIMD2<UInt64>

    @inline(__always) init(_ low: UInt64 = 0, _ high: UInt64 = 0) { words = SIMD2(low, high) }

    /// Elements count from the lowest address.
    @inline(__always) func lane<L: FixedWidthInteger>(_ index: Int, as type: L.Type = L.self) -> L {
        withUnsafeBytes(of: words) { $0.loadUnaligned(fromByteOffset: index &* MemoryLayout<L>.size, as: L.self) }
    }

    @inline(__always) mutating func set<L: FixedWidthInteger>(_ index: Int, _ value: L) {
        withUnsafeMutableBytes(of: &words) {
            $0.storeBytes(of: value, toByteOffset: index &* MemoryLayout<L>.size, as: L.self)
        }
    }
}

/// Up to 32 bytes out of a vector register or memory.
struct VectorValue {
    var low: VectorBlock
    var high: VectorBlock

    @inline(__always) init(low: VectorBlock = VectorBlock(), high: VectorBlock = VectorBlock()) {
        self.low = low
        self.high = high
    }

    /// Elements count from the lowest address, through both halves.
    @inline(__always) func lane<L: FixedWidthInteger>(_ index: Int, as type: L.Type = L.self) -> L {
        withUnsafeBytes(of: self) { $0.loadUnaligned(fromByteOffset: index &* MemoryLayout<L>.size, as: L.self) }
    }

    @inline(__always) mutating func set<L: FixedWidthInteger>(_ index: Int, _ value: L) {
        withUnsafeMutableBytes(of: &self) {
            $0.storeBytes(of: value, toByteOffset: index &* MemoryLayout<L>.size, as: L.self)
        }
    }
}
