import PCDevices

/// Names of keys as `--keys` and others write them: `esc`, `f1`, `up`, `ctrl-c`, `ctrl-alt-del`.
enum KeyNames {
    static let named: [String: Key] = [
        "esc": .escape, "escape": .escape, "enter": .enter, "return": .enter, "ret": .enter, "tab": .tab,
        "space": .space, "spc": .space, "backspace": .backspace, "bs": .backspace, "up": .up, "down": .down,
        "left": .left, "right": .right, "home": .home, "end": .end, "pgup": .pageUp, "pageup": .pageUp,
        "pgdn": .pageDown, "pagedown": .pageDown, "ins": .insert, "insert": .insert, "del": .delete,
        "delete": .delete, "f1": .f1, "f2": .f2, "f3": .f3, "f4": .f4, "f5": .f5, "f6": .f6, "f7": .f7, "f8": .f8,
        "f9": .f9, "f10": .f10, "f11": .f11, "f12": .f12, "print": .printScreen, "pause": .pause,
        "capslock": .capsLock, "numlock": .numLock, "scrolllock": .scrollLock, "menu": .menu, "win": .leftWindows,
        "shift": .leftShift, "ctrl": .leftControl, "alt": .leftAlt, "altgr": .rightAlt, "rshift": .rightShift,
        "rctrl": .rightControl, "kp0": .keypad0, "kp1": .keypad1, "kp2": .keypad2, "kp3": .keypad3, "kp4": .keypad4,
        "kp5": .keypad5, "kp6": .keypad6, "kp7": .keypad7, "kp8": .keypad8, "kp9": .keypad9,
        "kpenter": .keypadEnter, "kpplus": .keypadPlus, "kpminus": .keypadMinus, "kptimes": .keypadMultiply,
        "kpdivide": .keypadDivide, "kpdot": .keypadPeriod, "lt": .lessThan,
    ]

    private static let modifiers: [String: Key] = [
        "ctrl": .leftControl, "control": .leftControl, "alt": .leftAlt, "shift": .leftShift, "altgr": .rightAlt,
        "win": .leftWindows,
    ]

    /// Keys of a name, in the order in which they go down; nil where it names none.
    static func chord(_ name: String) -> [Key]? {
        var rest = name[...]
        var keys: [Key] = []
        while let dash = rest.dropFirst().firstIndex(of: "-"), let key = modifiers[rest[..<dash].lowercased()],
            dash != rest.index(before: rest.endIndex)
        {
            keys.append(key)
            rest = rest[rest.index(after: dash)...]
        }
        if let key = named[rest.lowercased()] { return keys + [key] }
        guard !keys.isEmpty, rest.count == 1, let character = rest.first,
            let last = USLayout.keys(for: character)
        else { return nil }
        return keys + last.filter { !keys.contains($0) }
    }

    static func suggestion(for name: String) -> String? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.last else { return nil }
        // The last part is the likelier one to be wrong; a wrong modifier is looked for then.
        let isFirstWrong = parts.count > 1 && modifiers[parts[0].lowercased()] == nil
        if isFirstWrong {
            return Suggestion.nearest(to: parts[0], in: Array(modifiers.keys).sorted())
                .map { ([$0] + parts.dropFirst()).joined(separator: "-") }
        }
        return Suggestion.nearest(to: last, in: Array(named.keys).sorted())
            .map { (parts.dropLast() + [$0]).joined(separator: "-") }
    }
}
