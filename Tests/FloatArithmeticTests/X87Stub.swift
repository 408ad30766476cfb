import FloatArithmetic

/// One x87 instruction on ST(0), ST(1) and a memory operand at [rdi+64].
struct X87Stub {
    let code: HostCode
    /// Registers that are loaded: 2 is ST(1), too.
    init(_ instruction: [UInt8], operands: Int = 2) {
        code = HostCode(
            [0xDB, 0xE3, 0xD9, 0x2F]  // fninit; fldcw [rdi]
                + (operands == 2 ? [0xDB, 0x6F, 32] : [])  // fld tbyte [rdi+32]
                + (operands >= 1 ? [0xDB, 0x6F, 16] : [])  // fld tbyte [rdi+16]
                + instruction
                + [0xDD, 0xB7, 128, 0, 0, 0]  // fnsave [rdi+128]
                + [0xC3])
    }

    struct Result {
        var status: UInt16
        /// ST(0), ST(1), and what is at the memory operand.
        var st0, st1, memory: Extended
        var flags: FloatExceptions { FloatExceptions(rawValue: UInt8(truncatingIfNeeded: status & 63)) }
        var c1: Bool { status >> 9 & 1 != 0 }
        var c2: Bool { status >> 10 & 1 != 0 }
        /// C3 C2 C0
        var codes: UInt8 { UInt8(status >> 14 & 1) << 2 | UInt8(status >> 10 & 1) << 1 | UInt8(status >> 8 & 1) }
    }

    func run(
        _ controlWord: UInt16, _ a: Extended = .one, _ b: Extended = .one,
        memory: Extended = Extended(significand: 0x5555_5555_5555_5555, signAndExponent: 0x5555)
    ) -> Result {
        code.set(controlWord, at: 0)
        set(a, at: 16)
        set(b, at: 32)
        set(memory, at: 64)
        code.run()
        return Result(status: code.get(at: 132), st0: get(at: 156), st1: get(at: 166), memory: get(at: 64))
    }

    private func set(_ value: Extended, at offset: Int) {
        code.set(value.significand, at: offset)
        code.set(value.signAndExponent, at: offset + 8)
    }
    private func get(at offset: Int) -> Extended {
        Extended(significand: code.get(at: offset), signAndExponent: code.get(at: offset + 8))
    }
}

extension Extended: CustomStringConvertible {
    public var description: String {
        let digits = hex(significand)
        return hex(signAndExponent) + ":" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Generator {
    mutating func extended() -> Extended {
        let sign = UInt16(below(2)) << 15
        let exponent: UInt16
        switch below(12) {
        case 0: exponent = 0
        case 1: exponent = 0x7FFF
        case 2: exponent = UInt16(below(4))
        case 3: exponent = UInt16(0x7FFF - below(4))
        case 4: exponent = UInt16(below(0x8000))
        case 5: exponent = UInt16(0x1FFF + below(5))
        case 6: exponent = UInt16(0x3FFF + below(140) - 70)
        case 7: exponent = UInt16(0x3FFF - 1090 + below(2180))
        case 8: exponent = UInt16(0x3FFF - 160 + below(320))
        default: exponent = UInt16(0x3FFF + below(7) - 3)
        }
        var significand = bits(63)
        // The integer bit as it should be, but for some.
        if below(16) == 0 {
            significand |= below(2) << 63
        } else if exponent != 0 {
            significand |= 1 << 63
        }
        if exponent == 0x7FFF && below(3) == 0 { significand = 1 << 63 }
        if exponent == 0 && below(3) == 0 { significand = 0 }
        // Fewer bits, for results that are exact or halfway.
        if below(4) == 0 { significand &= UInt64.max << (20 + below(44)) }
        return Extended(significand: significand, signAndExponent: sign | exponent)
    }

    mutating func partner(of a: Extended) -> Extended {
        switch below(8) {
        case 0: return a
        case 1: return Extended(significand: a.significand, signAndExponent: a.signAndExponent ^ 0x8000)
        case 2:
            return Extended(significand: a.significand &+ below(9) &- 4, signAndExponent: a.signAndExponent)
        case 3:
            let exponent = (a.signAndExponent & 0x7FFF) &+ UInt16(below(140)) &- 70
            return Extended(
                significand: bits(63) | 1 << 63, signAndExponent: exponent & 0x7FFF | UInt16(below(2)) << 15)
        default: return extended()
        }
    }

    /// Any RC and PC; all masked unless `unmasking`, then any masks.
    mutating func controlWord(unmasking: Bool = false) -> UInt16 {
        let r = UInt16(truncatingIfNeeded: next())
        let pc = [0, 2, 3, 3][Int(r >> 8 & 3)] as UInt16
        return (unmasking ? r & 63 : 63) | pc << 8 | r & 0x0C00
    }
}
