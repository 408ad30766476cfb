import Machine
import X86ISA

/// AES by FIPS 197: a state of 4 rows and 4 columns has byte (row, column) at row + 4 * column.
enum AES {
    /// Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
    static func product(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var sum: UInt8 = 0, power = a
        for bit in 0..<8 {
            if b >> UInt8(bit) & 1 != 0 { sum ^= power }
            power = power << 1 ^ (power & 0x80 != 0 ? 0x1B : 0)
        }
        return sum
    }

    /// SubBytes: the inverse (of 0: 0), and an affine map of its bits (FIPS 197 5.1.1).
    static let substitution: [UInt8] = (0...255).map { (byte: UInt8) in
        var inverse: UInt8 = 1
        // byte^254
        for _ in 0..<254 { inverse = product(inverse, byte) }
        func rotated(_ count: UInt8) -> UInt8 { inverse << count | inverse >> (8 - count) }
        return inverse ^ rotated(1) ^ rotated(2) ^ rotated(3) ^ rotated(4) ^ 0x63
    }

    /// InvSubBytes
    static let inverseSubstitution: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 256)
        for (byte, image) in substitution.enumerated() { table[Int(image)] = UInt8(byte) }
        return table
    }()

    /// Products with 2, 3, 9, 11, 13 and 14, one table behind the other.
    private static let products: [UInt8] = ([2, 3, 9, 11, 13, 14] as [UInt8]).flatMap { factor in
        (0...255).map { product($0, factor) }
    }

    /// SubBytes and ShiftRows, or their inverses.
    static func substituted(_ state: VectorBlock, inverse: Bool) -> VectorBlock {
        let table = inverse ? inverseSubstitution : substitution
        var result = VectorBlock()
        for column in 0..<4 {
            for row in 0..<4 {
                let from = (inverse ? column - row : column + row) & 3
                result.set(row + 4 * column, table[Int(state.lane(row + 4 * from, as: UInt8.self))])
            }
        }
        return result
    }

    /// MixColumns, or InvMixColumns.
    static func mixed(_ state: VectorBlock, inverse: Bool) -> VectorBlock {
        var result = VectorBlock()
        for column in 0..<4 {
            for row in 0..<4 {
                // Factors of the bytes from this row on: 2 3 1 1, or 14 11 13 9.
                func times(_ table: Int, _ distance: Int) -> UInt8 {
                    products[table * 256 + Int(state.lane((row + distance) & 3 + 4 * column, as: UInt8.self))]
                }
                let byte: UInt8
                if inverse {
                    byte = times(5, 0) ^ times(3, 1) ^ times(4, 2) ^ times(2, 3)
                } else {
                    byte =
                        times(0, 0) ^ times(1, 1) ^ state.lane((row + 2) & 3 + 4 * column)
                        ^ state.lane((row + 3) & 3 + 4 * column)
                }
                result.set(row + 4 * column, byte)
            }
        }
        return result
    }

    /// SubWord
    static func substituted(_ word: UInt32) -> UInt32 {
        (0..<4 as Range<UInt32>).reduce(0) { $0 | UInt32(substitution[Int(word >> ($1 * 8) & 0xFF)]) << ($1 * 8) }
    }
}

/// AES, PCLMULQDQ and SHA.
extension Core {
    /// AESENC and AESDEC, and where `isLast` those without MixColumns: the round key is the last source.
    @inline(__always)
    func aesRound(_ i: UnsafePointer<Instruction>, inverse: Bool, isLast: Bool) throws(Exception) {
        try blocks(i) { state, key, _ in
            var result = AES.substituted(state, inverse: inverse)
            if !isLast { result = AES.mixed(result, inverse: inverse) }
            result.words ^= key.words
            return result
        }
    }

    func aesimc(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try blockMap(i) { a, _ in AES.mixed(a, inverse: true) }
    }

    /// SubWord of doublewords 1 and 3, and the same rotated by a byte with the immediate as round constant.
    func aeskeygenassist(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let constant = UInt32(i.pointee.immediate & 0xFF)
        try blockMap(i) { a, _ in
            var result = VectorBlock()
            for index in [0, 2] {
                let word = AES.substituted(a.lane(index + 1, as: UInt32.self))
                result.set(index, word)
                result.set(index + 1, (word >> 8 | word << 24) ^ constant)
            }
            return result
        }
    }

    /// The product without carries of two quadwords, which bits 0 and 4 of the immediate choose.
    func pclmulqdq(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let choice = Int(i.pointee.immediate)
        try blocks(i) { a, b, _ in
            let x = UInt128(a.words[choice & 1]), y = b.words[choice >> 4 & 1]
            var product: UInt128 = 0
            for bit in 0..<64 where y >> UInt64(bit) & 1 != 0 { product ^= x << UInt128(bit) }
            return VectorBlock(UInt64(truncatingIfNeeded: product), UInt64(truncatingIfNeeded: product >> 64))
        }
    }

    // MARK: SHA (FIPS 180-4)

    /// `body` has the doublewords of destination and source, the lowest first.
    @inline(__always)
    private func doublewords(
        _ i: UnsafePointer<Instruction>, _ body: (SIMD4<UInt32>, SIMD4<UInt32>) -> SIMD4<UInt32>
    ) throws(Exception) {
        try blocks(i) { a, b, _ in
            var result = VectorBlock()
            result.words = unsafeBitCast(
                body(unsafeBitCast(a.words, to: SIMD4<UInt32>.self), unsafeBitCast(b.words, to: SIMD4<UInt32>.self)),
                to: SIMD2<UInt64>.self)
            return result
        }
    }

    /// Four rounds; A to D are in the destination from the top down, and so are the words of the source, the first with E.
    func sha1rnds4(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let kind = Int(i.pointee.immediate & 3)
        let constant = ([0x5A82_7999, 0x6ED9_EBA1, 0x8F1B_BCDC, 0xCA62_C1D6] as [UInt32])[kind]
        try doublewords(i) { state, words in
            var (a, b, c, d) = (state[3], state[2], state[1], state[0])
            var e: UInt32 = 0
            for round in 0..<4 {
                let f =
                    switch kind {
                    case 0: (b & c) ^ (~b & d)
                    case 2: (b & c) ^ (b & d) ^ (c & d)
                    default: b ^ c ^ d
                    }
                let next = f &+ rotated(a, left: 5) &+ words[3 - round] &+ e &+ constant
                (a, b, c, d, e) = (next, a, rotated(b, left: 30), c, d)
            }
            return SIMD4(d, c, b, a)
        }
    }

    func sha1nexte(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try doublewords(i) { a, b in SIMD4(b[0], b[1], b[2], b[3] &+ rotated(a[3], left: 30)) }
    }

    func sha1msg1(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try doublewords(i) { a, b in SIMD4(b[2], b[3], a[0], a[1]) ^ a }
    }

    func sha1msg2(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try doublewords(i) { a, b in
            let w16 = rotated(a[3] ^ b[2], left: 1)
            return SIMD4(
                rotated(a[0] ^ w16, left: 1), rotated(a[1] ^ b[0], left: 1), rotated(a[2] ^ b[1], left: 1), w16)
        }
    }

    /// Two rounds: C, D, G, H are in the destination from the top down, A, B, E, F in the source, the words in XMM0.
    func sha256rnds2(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let words = xmm(0)
        try doublewords(i) { state, other in
            var (a, b, c, d) = (other[3], other[2], state[3], state[2])
            var (e, f, g, h) = (other[1], other[0], state[1], state[0])
            for round in 0..<2 {
                let sum0 = rotated(a, left: 30) ^ rotated(a, left: 19) ^ rotated(a, left: 10)
                let sum1 = rotated(e, left: 26) ^ rotated(e, left: 21) ^ rotated(e, left: 7)
                let first = h &+ sum1 &+ ((e & f) ^ (~e & g)) &+ words.lane(round, as: UInt32.self)
                let second = sum0 &+ ((a & b) ^ (a & c) ^ (b & c))
                (a, b, c, d, e, f, g, h) = (first &+ second, a, b, c, d &+ first, e, f, g)
            }
            return SIMD4(f, e, b, a)
        }
    }

    func sha256msg1(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try doublewords(i) { a, b in
            func sigma(_ x: UInt32) -> UInt32 { rotated(x, left: 25) ^ rotated(x, left: 14) ^ x >> 3 }
            return a &+ SIMD4(sigma(a[1]), sigma(a[2]), sigma(a[3]), sigma(b[0]))
        }
    }

    func sha256msg2(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try doublewords(i) { a, b in
            func sigma(_ x: UInt32) -> UInt32 { rotated(x, left: 15) ^ rotated(x, left: 13) ^ x >> 10 }
            let w16 = a[0] &+ sigma(b[2]), w17 = a[1] &+ sigma(b[3])
            return SIMD4(w16, w17, a[2] &+ sigma(w16), a[3] &+ sigma(w17))
        }
    }
}

@inline(__always) private func rotated(_ x: UInt32, left count: UInt32) -> UInt32 { x &<< count | x &>> (32 &- count) }
