import Machine

/// The six status flags, kept as the last result and the carries out of its bits until someone asks.
///
/// - ZF: `flagResult`, sign-extended from its width, is zero.
/// - SF: bit 63 of `flagResult`, inverted by bit 32 of `flagCarries`.
/// - PF: even parity of the low byte of `flagResult` XOR bits 40-47 of `flagCarries`.
/// - CF: bit 31 of `flagCarries`; OF: bits 31 and 30 differ; AF: bit 3. Narrow widths are shifted up to fit.
///
/// An arithmetic instruction leaves bits 32 and up zero; they serve flags that come from elsewhere (POPF, SAHF).
extension Core {
    @inline(__always) var carry: Bool { scratch.pointee.flagCarries & 0x8000_0000 != 0 }
    @inline(__always) var zero: Bool { scratch.pointee.flagResult == 0 }
    @inline(__always) var sign: Bool {
        (scratch.pointee.flagResult ^ (scratch.pointee.flagCarries &<< 31)) >> 63 != 0
    }
    @inline(__always) var overflow: Bool {
        (scratch.pointee.flagCarries ^ (scratch.pointee.flagCarries &<< 1)) & 0x8000_0000 != 0
    }
    @inline(__always) var adjust: Bool { scratch.pointee.flagCarries & 8 != 0 }
    @inline(__always) var parity: Bool {
        let byte = UInt8(truncatingIfNeeded: scratch.pointee.flagResult ^ (scratch.pointee.flagCarries >> 40))
        return byte.nonzeroBitCount & 1 == 0
    }

    /// Sets all six from a result of `size` bytes and the vector of carries (or borrows) out of each of its bits.
    @inline(__always) func setFlags(_ result: UInt64, carries: UInt64, _ size: UInt8) {
        scratch.pointee.flagResult = UInt(signExtend(result, size))
        switch size {
        case 1: scratch.pointee.flagCarries = UInt((carries & 0xFF) << 24 | carries & 8)
        case 2: scratch.pointee.flagCarries = UInt((carries & 0xFFFF) << 16 | carries & 8)
        case 4: scratch.pointee.flagCarries = UInt(carries & 0xFFFF_FFFF)
        default: scratch.pointee.flagCarries = UInt(carries >> 32 & 0xC000_0000 | carries & 8)
        }
    }

    /// Sets all six: SF ZF PF from the result, the others as given.
    @inline(__always) func setFlags(_ result: UInt64, _ size: UInt8, carry: Bool, overflow: Bool, adjust: Bool) {
        scratch.pointee.flagResult = UInt(signExtend(result, size))
        scratch.pointee.flagCarries =
            (carry ? 0x8000_0000 : 0) | (carry != overflow ? 0x4000_0000 : 0) | (adjust ? 8 : 0)
    }

    /// Changes CF and OF alone.
    @inline(__always) func setCarry(_ carry: Bool, overflow: Bool) {
        scratch.pointee.flagCarries =
            (scratch.pointee.flagCarries & ~0xC000_0000) | (carry ? 0x8000_0000 : 0)
            | (carry != overflow ? 0x4000_0000 : 0)
    }

    @inline(__always) func setCarry(_ carry: Bool) { setCarry(carry, overflow: overflow) }

    /// CF PF AF ZF SF OF at their places in EFLAGS.
    var statusFlags: UInt32 {
        (carry ? Flags.carry : 0) | (parity ? Flags.parity : 0) | (adjust ? Flags.adjust : 0)
            | (zero ? Flags.zero : 0) | (sign ? Flags.sign : 0) | (overflow ? Flags.overflow : 0)
    }

    func setStatusFlags(_ flags: UInt32) {
        let carry = flags & Flags.carry != 0, overflow = flags & Flags.overflow != 0
        // A low byte of zero has even parity; bit 8 makes the result nonzero.
        scratch.pointee.flagResult = flags & Flags.zero != 0 ? 0 : 0x100
        scratch.pointee.flagCarries =
            (carry ? 0x8000_0000 : 0) | (carry != overflow ? 0x4000_0000 : 0) | (flags & Flags.adjust != 0 ? 8 : 0)
            | (flags & Flags.sign != 0 ? 1 << 32 : 0) | (flags & Flags.parity != 0 ? 0 : 1 << 40)
    }

    /// EFLAGS as PUSHF sees it.
    var eflags: UInt32 {
        get { (UInt32(truncatingIfNeeded: file.pointee.rflags) & ~Flags.status) | statusFlags | Flags.fixed }
        nonmutating set {
            file.pointee.rflags = UInt64(newValue & ~Flags.status | Flags.fixed)
            setStatusFlags(newValue)
        }
    }

    /// Condition of Jcc and SETcc by the low four bits of the opcode (SDM 1 appendix B).
    @inline(__always) func condition(_ code: UInt8) -> Bool {
        let met =
            switch code >> 1 {
            case 0: overflow
            case 1: carry
            case 2: zero
            case 3: carry || zero
            case 4: sign
            case 5: parity
            case 6: sign != overflow
            default: zero || sign != overflow
            }
        return met != (code & 1 != 0)
    }
}
