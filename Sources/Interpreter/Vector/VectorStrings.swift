import Machine
import X86ISA

/// The string comparisons of SSE4.2 (SDM 1 14.11, SDM 2B 4.1).
extension Core {
    /// PCMPESTRx where `explicit`: EAX and EDX have the lengths, else a zero ends a string; PCMPxSTRM where `givesMask`.
    func compareStrings(
        _ i: UnsafePointer<Instruction>, explicit: Bool, givesMask: Bool
    ) throws(Exception) {
        // Memory operands need no alignment.
        let second = try begin(i, i.pointee.operand1, aligned: false).low
        let first = try vector(i, i.pointee.operand0).low
        let control = Int(i.pointee.immediate & 0xFF)
        let isWords = control & 1 != 0, isSigned = control & 2 != 0
        let count = isWords ? 8 : 16
        func element(_ block: VectorBlock, _ index: Int) -> Int {
            switch (isWords, isSigned) {
            case (false, false): Int(block.lane(index, as: UInt8.self))
            case (false, true): Int(block.lane(index, as: Int8.self))
            case (true, false): Int(block.lane(index, as: UInt16.self))
            case (true, true): Int(block.lane(index, as: Int16.self))
            }
        }
        func length(_ block: VectorBlock, _ number: UInt8) -> Int {
            guard explicit else { return (0..<count).first { element(block, $0) == 0 } ?? count }
            let wide = i.pointee.operandSize == 8
            let told = Int64(bitPattern: signExtend(register(number, wide ? 8 : 4), wide ? 8 : 4))
            return Int(min(told.magnitude, UInt64(count)))
        }
        let firstLength = length(first, 0), secondLength = length(second, 2)
        var matches = 0
        for j in 0..<count {
            var isMatch = false
            switch control >> 2 & 3 {
            case 0:
                // Any of the first source's elements.
                if j < secondLength {
                    isMatch = (0..<firstLength).contains { element(first, $0) == element(second, j) }
                }
            case 1:
                // Within one of its ranges, which must be whole.
                if j < secondLength {
                    let x = element(second, j)
                    isMatch = stride(from: 0, to: firstLength - 1, by: 2).contains {
                        element(first, $0) <= x && x <= element(first, $0 + 1)
                    }
                }
            case 2:
                // Both ended, or equal.
                isMatch =
                    j < firstLength && j < secondLength
                    ? element(first, j) == element(second, j) : j >= firstLength && j >= secondLength
            default:
                // The first source begins here; what is beyond the vector counts as equal.
                isMatch = (0..<min(firstLength, count - j)).allSatisfy {
                    j + $0 < secondLength && element(first, $0) == element(second, j + $0)
                }
            }
            if isMatch { matches |= 1 << j }
        }
        let all = 1 << count - 1
        switch control >> 4 & 3 {
        case 1: matches ^= all
        case 3: matches ^= 1 << secondLength - 1
        default: break
        }
        setStatusFlags(
            (matches != 0 ? Flags.carry : 0) | (secondLength < count ? Flags.zero : 0)
                | (firstLength < count ? Flags.sign : 0) | (matches & 1 != 0 ? Flags.overflow : 0))
        if givesMask {
            var result = VectorBlock(UInt64(matches))
            if control & 0x40 != 0 {
                for index in 0..<count {
                    if isWords {
                        result.set(index, matches >> index & 1 != 0 ? UInt16.max : 0)
                    } else {
                        result.set(index, matches >> index & 1 != 0 ? UInt8.max : 0)
                    }
                }
            }
            setXMM(0, result)
            if i.pointee.vectorLength != 0 { setYMMHigh(0, VectorBlock()) }
        } else {
            let place =
                matches == 0
                ? count : control & 0x40 == 0 ? matches.trailingZeroBitCount : 63 - matches.leadingZeroBitCount
            setRegister32(1, UInt32(place))
        }
    }
}
