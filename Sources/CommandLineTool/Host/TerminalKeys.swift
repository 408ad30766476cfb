import PCDevices
import Screen

/// Bytes of a terminal as keys of a PC keyboard (xterm's control sequences, "PC-style function keys").
struct TerminalKeys {
    private var waiting: [UInt8] = []
    /// What the terminal has said in between.
    private(set) var answers = TerminalAnswers()
    /// The terminal was asked: until it has answered, ESC _ G begins an answer and is no Alt and _.
    var expectsAnswers = false

    /// A sequence has begun and not ended.
    var isWaiting: Bool { !waiting.isEmpty }

    /// Chords that the bytes complete.
    mutating func take(_ bytes: [UInt8]) -> [[Key]] {
        waiting += bytes
        var chords: [[Key]] = []
        while !waiting.isEmpty, let (keys, length) = next() {
            waiting.removeFirst(length)
            if !keys.isEmpty { chords.append(keys) }
        }
        return chords
    }

    /// No more bytes come: what waits is an Escape key, and the rest by itself.
    mutating func finish() -> [[Key]] {
        guard waiting.first == 0x1B else {
            waiting = []
            return []
        }
        let rest = Array(waiting.dropFirst())
        waiting = []
        return [[.escape]] + (rest.isEmpty ? [] : take(rest))
    }

    /// The first chord and how many bytes it takes; nil while it is incomplete.
    private mutating func next() -> ([Key], Int)? {
        let first = waiting[0]
        if first == 0x1B { return escape() }
        if first >= 0x80 {
            // A UTF-8 character: no key of a US keyboard, and skipped as a whole.
            let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
            return waiting.count >= length ? ([], length) : nil
        }
        return (Self.plain(first), 1)
    }

    private static func plain(_ byte: UInt8) -> [Key] {
        switch byte {
        case 0: [.leftControl, .space]
        case 0x0A: [.leftControl, .j]
        default: USLayout.keys(for: Character(UnicodeScalar(byte))) ?? []
        }
    }

    private mutating func escape() -> ([Key], Int)? {
        guard waiting.count >= 2 else { return nil }
        switch waiting[1] {
        case UInt8(ascii: "["): return control()
        case UInt8(ascii: "_") where expectsAnswers && !answers.isComplete: return command()
        case UInt8(ascii: "O"):
            guard waiting.count >= 3 else { return nil }
            return (Self.final(waiting[2], modifiers: 1), 3)
        case 0x1B: return ([.escape], 1)
        default: return waiting[1] < 0x80 ? ([.leftAlt] + Self.plain(waiting[1]), 2) : ([.escape], 1)
        }
    }

    /// `ESC _ text ESC \`.
    private mutating func command() -> ([Key], Int)? {
        guard waiting.count > 2 else { return nil }
        guard waiting[2] == UInt8(ascii: "G") else { return ([.leftAlt] + Self.plain(waiting[1]), 2) }
        guard let end = waiting.indices.dropFirst(3).first(where: { waiting[$0] == 0x1B }), end + 1 < waiting.count
        else {
            return waiting.count > 256 ? ([], waiting.count) : nil
        }
        answers.take(command: String(decoding: waiting[2..<end], as: UTF8.self))
        return ([], end + 2)
    }

    /// `ESC [ parameters final`.
    private mutating func control() -> ([Key], Int)? {
        // The Linux console: ESC [ [ A for F1 to F5.
        if waiting.count >= 3, waiting[2] == UInt8(ascii: "[") {
            guard waiting.count >= 4 else { return nil }
            let functions: [Key] = [.f1, .f2, .f3, .f4, .f5]
            let index = Int(waiting[3]) - Int(UInt8(ascii: "A"))
            return (functions.indices.contains(index) ? [functions[index]] : [], 4)
        }
        guard let end = waiting.indices.dropFirst(2).first(where: { (0x40...0x7E).contains(waiting[$0]) }) else {
            // Longer than any key's: not one.
            return waiting.count > 32 ? ([], waiting.count) : nil
        }
        if answers.take(control: String(decoding: waiting[2...end], as: UTF8.self)) { return ([], end + 1) }
        let numbers = String(decoding: waiting[2..<end], as: UTF8.self).split(
            separator: ";", omittingEmptySubsequences: false
        ).map { Int($0) ?? 1 }
        let modifiers = numbers.count > 1 ? numbers[1] : 1
        guard waiting[end] == UInt8(ascii: "~") else {
            return (Self.final(waiting[end], modifiers: modifiers), end + 1)
        }
        let keys: [Int: Key] = [
            1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end, 11: .f1, 12: .f2,
            13: .f3, 14: .f4, 15: .f5, 17: .f6, 18: .f7, 19: .f8, 20: .f9, 21: .f10, 23: .f11, 24: .f12,
        ]
        return (keys[numbers.first ?? 0].map { Self.held(modifiers) + [$0] } ?? [], end + 1)
    }

    private static func final(_ byte: UInt8, modifiers: Int) -> [Key] {
        let keys: [UInt8: Key] = [
            UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "C"): .right, UInt8(ascii: "D"): .left,
            UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end, UInt8(ascii: "P"): .f1, UInt8(ascii: "Q"): .f2,
            UInt8(ascii: "R"): .f3, UInt8(ascii: "S"): .f4, UInt8(ascii: "M"): .keypadEnter,
        ]
        if byte == UInt8(ascii: "Z") { return [.leftShift, .tab] }
        return keys[byte].map { held(modifiers) + [$0] } ?? []
    }

    /// xterm's modifier number less one: bit 0 Shift, 1 Alt, 2 Control.
    private static func held(_ number: Int) -> [Key] {
        let bits = max(0, number - 1)
        return (bits & 4 != 0 ? [.leftControl] : []) + (bits & 2 != 0 ? [.leftAlt] : [])
            + (bits & 1 != 0 ? [.leftShift] : [])
    }
}
