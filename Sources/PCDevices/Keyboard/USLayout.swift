/// Which keys type a character on a US keyboard.
public enum USLayout {
    /// Keys to hold down in this order, the last one being the character's own: `A` is Shift and A. A line feed and a
    /// carriage return are Enter; other control characters are Control and a letter. Nil for what a US keyboard lacks.
    public static func keys(for character: Character) -> [Key]? {
        if let key = plain[character] { return [key] }
        if let key = shifted[character] { return [.leftShift, key] }
        guard let ascii = character.asciiValue else { return nil }
        switch ascii {
        case 0x41...0x5A: return plain[Character(UnicodeScalar(ascii + 0x20))].map { [.leftShift, $0] }
        case 0x01...0x1A: return plain[Character(UnicodeScalar(ascii + 0x60))].map { [.leftControl, $0] }
        case 0x1C: return [.leftControl, .backslash]
        case 0x1D: return [.leftControl, .rightBracket]
        case 0x1E: return [.leftControl, .leftShift, .digit6]
        case 0x1F: return [.leftControl, .leftShift, .minus]
        default: return nil
        }
    }

    private static let plain: [Character: Key] = [
        "a": .a, "b": .b, "c": .c, "d": .d, "e": .e, "f": .f, "g": .g, "h": .h, "i": .i, "j": .j, "k": .k, "l": .l,
        "m": .m, "n": .n, "o": .o, "p": .p, "q": .q, "r": .r, "s": .s, "t": .t, "u": .u, "v": .v, "w": .w, "x": .x,
        "y": .y, "z": .z, "1": .digit1, "2": .digit2, "3": .digit3, "4": .digit4, "5": .digit5, "6": .digit6,
        "7": .digit7, "8": .digit8, "9": .digit9, "0": .digit0, "-": .minus, "=": .equal, "[": .leftBracket,
        "]": .rightBracket, "\\": .backslash, ";": .semicolon, "'": .quote, "`": .grave, ",": .comma, ".": .period,
        "/": .slash, " ": .space, "\n": .enter, "\r": .enter, "\r\n": .enter, "\t": .tab, "\u{8}": .backspace,
        "\u{7F}": .backspace, "\u{1B}": .escape,
    ]

    private static let shifted: [Character: Key] = [
        "!": .digit1, "@": .digit2, "#": .digit3, "$": .digit4, "%": .digit5, "^": .digit6, "&": .digit7,
        "*": .digit8, "(": .digit9, ")": .digit0, "_": .minus, "+": .equal, "{": .leftBracket, "}": .rightBracket,
        "|": .backslash, ":": .semicolon, "\"": .quote, "~": .grave, "<": .comma, ">": .period, "?": .slash,
    ]
}
