/// Register names as the manuals spell them, in lower case.
public enum RegisterNames {
    static let bytes = ["al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"]
    static let words = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
    static let segments = ["es", "cs", "ss", "ds", "fs", "gs"]

    /// General register `number` 0-15 of `size` bytes. With a REX prefix, bytes 4-7 are SPL, BPL, SIL and DIL.
    public static func general(_ number: UInt8, size: UInt8, hasREX: Bool = false) -> String {
        let place = Int(number & 7)
        if number > 7 {
            let suffix = size == 1 ? "b" : size == 2 ? "w" : size == 4 ? "d" : ""
            return "r\(number & 15)" + suffix
        }
        switch size {
        case 1: return hasREX && place > 3 ? words[place] + "l" : bytes[place]
        case 2: return words[place]
        case 4: return "e" + words[place]
        default: return "r" + words[place]
        }
    }

    public static func segment(_ register: SegmentRegister) -> String { segments[Int(register.rawValue)] }

    /// The register that `operand` names, empty for what is no register.
    public static func name(of operand: Operand, hasREX: Bool = false) -> String {
        switch operand.kind {
        case .register: general(operand.number, size: operand.size, hasREX: hasREX)
        case .segmentRegister: operand.number < 6 ? segments[Int(operand.number)] : ""
        case .controlRegister: "cr\(operand.number)"
        case .debugRegister: "dr\(operand.number)"
        case .testRegister: "tr\(operand.number)"
        case .x87Register: "st(\(operand.number))"
        case .mmxRegister: "mm\(operand.number)"
        case .xmmRegister: "xmm\(operand.number)"
        case .ymmRegister: "ymm\(operand.number)"
        default: ""
        }
    }
}

/// `value` in hexadecimal with `0x`.
func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

/// `value` in hexadecimal with its sign before `0x`.
func signedHex(_ value: Int64) -> String { value < 0 ? "-" + hex(value.magnitude) : hex(UInt64(value)) }
