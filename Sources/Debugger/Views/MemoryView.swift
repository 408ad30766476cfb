import Machine
import X86ISA

/// What `x`, `xp` and `u` remember from one call to the next.
struct ExamineState {
    /// x d u o t c s i m
    var letter: Character = "x"
    /// Bytes.
    var width = 4
    var next: UInt64?
    var nextPhysical: UInt64?
    var nextCode: UInt64?
}

/// Format of `x`: `/nfu` in any order of letters, as gdb and Bochs write it.
struct ExamineFormat {
    var count: UInt64 = 1
    var letter: Character
    var width: Int
    private static let most: UInt64 = 16384

    /// What is not given stays as in the last call.
    init(_ text: String?, after state: ExamineState) throws(DebuggerError) {
        letter = state.letter
        width = state.width
        guard let text else {
            if letter == "i" || letter == "s" { letter = "x" }
            return
        }
        let digits = text.prefix { $0.isNumber }
        if !digits.isEmpty {
            guard let value = UInt64(digits), value >= 1, value <= Self.most else {
                throw DebuggerError("the count is 1 to \(Self.most)")
            }
            count = value
        }
        var sized = false
        for character in text.dropFirst(digits.count) {
            switch character {
            case "x", "d", "u", "o", "t", "s", "i", "m": letter = character
            case "c":
                letter = "c"
                if !sized { width = 1 }
            case "b", "h", "w", "g":
                width = ["b": 1, "h": 2, "w": 4, "g": 8][character] ?? 4
                sized = true
            default:
                throw DebuggerError(
                    "'\(character)' is no format; there are x d u o t c s i m, and b h w g for 1, 2, 4, 8 bytes")
            }
        }
    }
}

/// Memory as lines of text.
struct MemoryView {
    let vm: VM
    let isPhysical: Bool

    private func byte(_ address: UInt64) -> UInt8? {
        isPhysical ? vm.memory.peekByte(address & 0xFF_FFFF_FFFF) : GuestMemory(vm).byte(linear: address)
    }

    private func wrap(_ address: UInt64) -> UInt64 { isPhysical ? address & 0xFF_FFFF_FFFF : address & 0xFFFF_FFFF }

    /// The lines, and the address after them.
    func lines(_ format: ExamineFormat, at start: UInt64) -> (lines: [String], next: UInt64) {
        switch format.letter {
        case "i": return instructions(format.count, at: start)
        case "s": return strings(format.count, at: start)
        case "m": return dump(format.count &* UInt64(format.width), at: start)
        default: return numbers(format, at: start)
        }
    }

    private func numbers(_ format: ExamineFormat, at start: UInt64) -> (lines: [String], next: UInt64) {
        let perLine = UInt64(format.letter == "t" ? max(1, 4 / format.width) : 16 / format.width)
        var lines: [String] = [], address = start, left = format.count
        while left > 0 {
            var line = hexadecimal(wrap(address), digits: 8) + ":"
            for _ in 0..<min(left, perLine) {
                line += " " + number(address, format)
                address = wrap(address &+ UInt64(format.width))
            }
            left -= min(left, perLine)
            lines.append(line)
        }
        return (lines, address)
    }

    private func number(_ address: UInt64, _ format: ExamineFormat) -> String {
        var value: UInt64 = 0
        for index in 0..<UInt64(format.width) {
            guard let byte = byte(wrap(address &+ index)) else {
                return String(repeating: "?", count: format.width * 2)
            }
            value |= UInt64(byte) << (index * 8)
        }
        return NumberText.text(value, letter: format.letter, width: format.width)
    }

    private func instructions(_ count: UInt64, at start: UInt64) -> (lines: [String], next: UInt64) {
        let listing = Listing(vm)
        var lines: [String] = [], address = start
        for _ in 0..<count {
            let line = listing.line(linear: address)
            let here = vm.cpu.linearInstructionPointer == line.linear ? "=> " : "   "
            lines.append(here + line.text)
            address = wrap(address &+ UInt64(line.length))
        }
        return (lines, address)
    }

    /// Zero-terminated, 256 bytes at most.
    private func strings(_ count: UInt64, at start: UInt64) -> (lines: [String], next: UInt64) {
        var lines: [String] = [], address = start
        for _ in 0..<count {
            var text = "", length = 0
            let first = address
            while length < 256, let byte = byte(address), byte != 0 {
                text += NumberText.escaped(byte)
                address = wrap(address &+ 1)
                length += 1
            }
            if length < 256 { address = wrap(address &+ 1) }
            lines.append("\(hexadecimal(first, digits: 8)): \"\(text)\"\(length == 256 ? "..." : "")")
        }
        return (lines, address)
    }

    /// Sixteen bytes a line, with their characters.
    private func dump(_ count: UInt64, at start: UInt64) -> (lines: [String], next: UInt64) {
        var lines: [String] = [], address = start, left = count
        while left > 0 {
            var line = hexadecimal(wrap(address), digits: 8) + ":", text = ""
            for index in 0..<UInt64(16) {
                guard index < left else {
                    line += "   "
                    continue
                }
                let value = byte(wrap(address &+ index))
                line += " " + (value.map { hexadecimal(UInt64($0), digits: 2) } ?? "??")
                text += value.map { $0 >= 0x20 && $0 < 0x7F ? String(UnicodeScalar($0)) : "." } ?? " "
            }
            lines.append(line + "  " + text)
            address = wrap(address &+ min(left, 16))
            left -= min(left, 16)
        }
        return (lines, address)
    }
}

/// One number in the formats of `x` and `p`.
enum NumberText {
    static func text(_ value: UInt64, letter: Character, width: Int) -> String {
        switch letter {
        case "d": return String(signed(value, width))
        case "u": return String(value)
        case "o": return "0" + String(value, radix: 8)
        case "t":
            let digits = String(value, radix: 2)
            return String(repeating: "0", count: max(0, width * 8 - digits.count)) + digits
        case "c": return "'" + escaped(UInt8(truncatingIfNeeded: value)) + "'"
        default: return hexadecimal(value, digits: width * 2)
        }
    }

    static func signed(_ value: UInt64, _ width: Int) -> Int64 {
        let shift = UInt64(max(0, 64 - width * 8))
        return Int64(bitPattern: value &<< shift) >> Int64(shift)
    }

    static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case 9: "\\t"
        case 10: "\\n"
        case 13: "\\r"
        case 0x22, 0x27, 0x5C: "\\" + String(UnicodeScalar(byte))
        case 0x20..<0x7F: String(UnicodeScalar(byte))
        default: "\\x" + hexadecimal(UInt64(byte), digits: 2)
        }
    }
}
