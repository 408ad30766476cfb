/// What a key sends in the three scan code sets.
///
/// Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboards", scan code tables; Microsoft "Keyboard Scan Code
/// Specification" for the Windows keys.
enum ScanCodes {
    /// Set 2 code, whether it has an E0 prefix, and set 3 code. Pause and Print Screen have sequences of their own in
    /// set 2, so that theirs serve set 3 only.
    static func codes(of key: Key) -> (set2: UInt8, isExtended: Bool, set3: UInt8) {
        switch key {
        case .printScreen: (0x7C, true, 0x57)
        case .pause: (0x77, false, 0x62)
        case .escape: (0x76, false, 0x08)
        case .f1: (0x05, false, 0x07)
        case .f2: (0x06, false, 0x0F)
        case .f3: (0x04, false, 0x17)
        case .f4: (0x0C, false, 0x1F)
        case .f5: (0x03, false, 0x27)
        case .f6: (0x0B, false, 0x2F)
        case .f7: (0x83, false, 0x37)
        case .f8: (0x0A, false, 0x3F)
        case .f9: (0x01, false, 0x47)
        case .f10: (0x09, false, 0x4F)
        case .f11: (0x78, false, 0x56)
        case .f12: (0x07, false, 0x5E)
        case .scrollLock: (0x7E, false, 0x5F)
        case .grave: (0x0E, false, 0x0E)
        case .digit1: (0x16, false, 0x16)
        case .digit2: (0x1E, false, 0x1E)
        case .digit3: (0x26, false, 0x26)
        case .digit4: (0x25, false, 0x25)
        case .digit5: (0x2E, false, 0x2E)
        case .digit6: (0x36, false, 0x36)
        case .digit7: (0x3D, false, 0x3D)
        case .digit8: (0x3E, false, 0x3E)
        case .digit9: (0x46, false, 0x46)
        case .digit0: (0x45, false, 0x45)
        case .minus: (0x4E, false, 0x4E)
        case .equal: (0x55, false, 0x55)
        case .backspace: (0x66, false, 0x66)
        case .tab: (0x0D, false, 0x0D)
        case .q: (0x15, false, 0x15)
        case .w: (0x1D, false, 0x1D)
        case .e: (0x24, false, 0x24)
        case .r: (0x2D, false, 0x2D)
        case .t: (0x2C, false, 0x2C)
        case .y: (0x35, false, 0x35)
        case .u: (0x3C, false, 0x3C)
        case .i: (0x43, false, 0x43)
        case .o: (0x44, false, 0x44)
        case .p: (0x4D, false, 0x4D)
        case .leftBracket: (0x54, false, 0x54)
        case .rightBracket: (0x5B, false, 0x5B)
        case .backslash: (0x5D, false, 0x5C)
        case .capsLock: (0x58, false, 0x14)
        case .a: (0x1C, false, 0x1C)
        case .s: (0x1B, false, 0x1B)
        case .d: (0x23, false, 0x23)
        case .f: (0x2B, false, 0x2B)
        case .g: (0x34, false, 0x34)
        case .h: (0x33, false, 0x33)
        case .j: (0x3B, false, 0x3B)
        case .k: (0x42, false, 0x42)
        case .l: (0x4B, false, 0x4B)
        case .semicolon: (0x4C, false, 0x4C)
        case .quote: (0x52, false, 0x52)
        case .enter: (0x5A, false, 0x5A)
        case .leftShift: (0x12, false, 0x12)
        case .lessThan: (0x61, false, 0x13)
        case .z: (0x1A, false, 0x1A)
        case .x: (0x22, false, 0x22)
        case .c: (0x21, false, 0x21)
        case .v: (0x2A, false, 0x2A)
        case .b: (0x32, false, 0x32)
        case .n: (0x31, false, 0x31)
        case .m: (0x3A, false, 0x3A)
        case .comma: (0x41, false, 0x41)
        case .period: (0x49, false, 0x49)
        case .slash: (0x4A, false, 0x4A)
        case .rightShift: (0x59, false, 0x59)
        case .leftControl: (0x14, false, 0x11)
        case .leftAlt: (0x11, false, 0x19)
        case .space: (0x29, false, 0x29)
        case .rightAlt: (0x11, true, 0x39)
        case .rightControl: (0x14, true, 0x58)
        case .insert: (0x70, true, 0x67)
        case .home: (0x6C, true, 0x6E)
        case .pageUp: (0x7D, true, 0x6F)
        case .delete: (0x71, true, 0x64)
        case .end: (0x69, true, 0x65)
        case .pageDown: (0x7A, true, 0x6D)
        case .up: (0x75, true, 0x63)
        case .left: (0x6B, true, 0x61)
        case .down: (0x72, true, 0x60)
        case .right: (0x74, true, 0x6A)
        case .numLock: (0x77, false, 0x76)
        case .keypadDivide: (0x4A, true, 0x77)
        case .keypadMultiply: (0x7C, false, 0x7E)
        case .keypadMinus: (0x7B, false, 0x84)
        case .keypad7: (0x6C, false, 0x6C)
        case .keypad8: (0x75, false, 0x75)
        case .keypad9: (0x7D, false, 0x7D)
        case .keypadPlus: (0x79, false, 0x7C)
        case .keypad4: (0x6B, false, 0x6B)
        case .keypad5: (0x73, false, 0x73)
        case .keypad6: (0x74, false, 0x74)
        case .keypad1: (0x69, false, 0x69)
        case .keypad2: (0x72, false, 0x72)
        case .keypad3: (0x7A, false, 0x7A)
        case .keypadEnter: (0x5A, true, 0x79)
        case .keypad0: (0x70, false, 0x70)
        case .keypadPeriod: (0x71, false, 0x71)
        case .leftWindows: (0x1F, true, 0x8B)
        case .rightWindows: (0x27, true, 0x8C)
        case .menu: (0x2F, true, 0x8D)
        }
    }

    /// The key whose make code in set 3 is `code`.
    static func key(ofSet3Code code: UInt8) -> Key? {
        Key.allCases.first { codes(of: $0).set3 == code }
    }

    /// Modifiers that change what Print Screen, Pause and the grey keys send.
    struct Modifiers {
        var leftShift = false
        var rightShift = false
        var control = false
        var alt = false
        var numLock = false
        var shift: Bool { leftShift || rightShift }
    }

    private static let prefix: UInt8 = 0xE0
    private static let breakPrefix: UInt8 = 0xF0

    /// The bytes of a press or release in set 2.
    static func set2(_ key: Key, isDown: Bool, _ modifiers: Modifiers) -> [UInt8] {
        switch key {
        case .pause:
            // Pause sends make and break at once; with Control it is Break.
            guard isDown else { return [] }
            return modifiers.control
                ? [0xE0, 0x7E, 0xE0, 0xF0, 0x7E] : [0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77]
        case .printScreen:
            // With Alt it is System Request; with Control or Shift it has no shift of its own.
            if modifiers.alt { return isDown ? [0x84] : [0xF0, 0x84] }
            if modifiers.control || modifiers.shift { return isDown ? [0xE0, 0x7C] : [0xE0, 0xF0, 0x7C] }
            return isDown ? [0xE0, 0x12, 0xE0, 0x7C] : [0xE0, 0xF0, 0x7C, 0xE0, 0xF0, 0x12]
        default: break
        }
        let (code, isExtended, _) = codes(of: key)
        let bytes = (isExtended ? [prefix] : []) + (isDown ? [] : [breakPrefix]) + [code]
        guard let lift = shiftsAround(key, modifiers) else { return bytes }
        return isDown ? lift.before + bytes : bytes + lift.after
    }

    /// Grey keys undo Shift, or Num Lock by a shift of their own, so that programs for the 83-key keyboard see the
    /// cursor key and not the digit.
    private static func shiftsAround(_ key: Key, _ modifiers: Modifiers) -> (before: [UInt8], after: [UInt8])? {
        let isCursorKey = Key.insert.rawValue...Key.right.rawValue ~= key.rawValue
        guard isCursorKey || key == .keypadDivide else { return nil }
        if isCursorKey, modifiers.numLock, !modifiers.shift { return ([0xE0, 0x12], [0xE0, 0xF0, 0x12]) }
        guard modifiers.shift, !modifiers.numLock || !isCursorKey else { return nil }
        let left: ([UInt8], [UInt8]) = modifiers.leftShift ? ([0xE0, 0xF0, 0x12], [0xE0, 0x12]) : ([], [])
        let right: ([UInt8], [UInt8]) = modifiers.rightShift ? ([0xE0, 0xF0, 0x59], [0xE0, 0x59]) : ([], [])
        return (left.0 + right.0, right.1 + left.1)
    }

    /// Set 2 to set 1, as the 8042 does it: a table for each byte, and a break prefix becomes bit 7 of what follows.
    struct Translator: Codable, Equatable, Sendable {
        var breakSeen = false

        /// Nil for the break prefix, which is kept back.
        mutating func translate(_ byte: UInt8) -> UInt8? {
            guard byte != ScanCodes.breakPrefix else {
                breakSeen = true
                return nil
            }
            let code = ScanCodes.set1(of: byte)
            defer { breakSeen = false }
            return breakSeen ? code | 0x80 : code
        }
    }

    /// Set 1 bytes of a set 2 sequence.
    static func set1(_ sequence: [UInt8]) -> [UInt8] {
        var translator = Translator()
        return sequence.compactMap { translator.translate($0) }
    }

    /// The 8042's table. Bytes from 85h on, which are replies and prefixes, stay.
    static func set1(of byte: UInt8) -> UInt8 {
        let index = Int(byte)
        if index < table.count { return table[index] }
        switch byte {
        case 0x83: return 0x41
        case 0x84: return 0x54
        default: return byte
        }
    }

    private static let table: [UInt8] = [
        0xFF, 0x43, 0x41, 0x3F, 0x3D, 0x3B, 0x3C, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3E, 0x0F, 0x29, 0x59,
        0x65, 0x38, 0x2A, 0x70, 0x1D, 0x10, 0x02, 0x5A, 0x66, 0x71, 0x2C, 0x1F, 0x1E, 0x11, 0x03, 0x5B,
        0x67, 0x2E, 0x2D, 0x20, 0x12, 0x05, 0x04, 0x5C, 0x68, 0x39, 0x2F, 0x21, 0x14, 0x13, 0x06, 0x5D,
        0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5E, 0x6A, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5F,
        0x6B, 0x33, 0x25, 0x17, 0x18, 0x0B, 0x0A, 0x60, 0x6C, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0C, 0x61,
        0x6D, 0x73, 0x28, 0x74, 0x1A, 0x0D, 0x62, 0x6E, 0x3A, 0x36, 0x1C, 0x1B, 0x75, 0x2B, 0x63, 0x76,
        0x55, 0x56, 0x77, 0x78, 0x79, 0x7A, 0x0E, 0x7B, 0x7C, 0x4F, 0x7D, 0x4B, 0x47, 0x7E, 0x7F, 0x6F,
        0x52, 0x53, 0x50, 0x4C, 0x4D, 0x48, 0x01, 0x45, 0x57, 0x4E, 0x51, 0x4A, 0x37, 0x49, 0x46, 0x54,
    ]
}
