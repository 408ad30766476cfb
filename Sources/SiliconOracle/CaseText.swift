import Machine

/// Registers in words.
enum CaseText {
    private static let names = [
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    ]

    static func text(_ title: String, _ output: CaseOutput) -> String {
        let vector = Vector(UInt8(truncatingIfNeeded: output.vector)).name
        return text(title, output.registers)
            + "\n  ended with \(vector), error code \(hexadecimal(output.errorCode)), CR2 \(hexadecimal(output.faultAddress))"
            + (output.memoryChanged ? ", memory changed" : "")
    }

    static func text(_ title: String, _ registers: Registers) -> String {
        var lines = ["\(title):"]
        for row in 0..<4 {
            lines.append(
                (0..<4).map { "\(names[row * 4 + $0]) \(hexadecimal(registers[row * 4 + $0], digits: 16))" }
                    .joined(separator: "  "))
        }
        let flags = Flags.text(UInt32(truncatingIfNeeded: registers.flags))
        lines.append(
            "rip \(hexadecimal(registers.instructionPointer))  cs \(hexadecimal(registers.codeSelector))  "
                + "fs base \(hexadecimal(registers.fsBase))  gs base \(hexadecimal(registers.gsBase))  "
                + "flags \(hexadecimal(registers.flags)) \(flags)")
        let image = registers.vector
        func word<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type, _ digits: Int) -> String {
            hexadecimal(UInt64(image.load(fromByteOffset: offset, as: type)), digits: digits)
        }
        lines.append(
            "fcw \(word(0, UInt16.self, 4))  fsw \(word(2, UInt16.self, 4))  ftw \(word(4, UInt8.self, 2))  "
                + "fop \(word(6, UInt16.self, 3))  fip \(word(8, UInt64.self, 1))  fdp \(word(16, UInt64.self, 1))  "
                + "mxcsr \(word(24, UInt32.self, 4))")
        for row in 0..<4 {
            lines.append(
                (0..<2).map {
                    let number = row * 2 + $0
                    return
                        "st\(number) \(word(40 + number * 16, UInt16.self, 4)) \(word(32 + number * 16, UInt64.self, 16))"
                }.joined(separator: "  "))
        }
        for number in 0..<16 {
            lines.append(
                "ymm\(number) \(word(520 + number * 16, UInt64.self, 16)) \(word(512 + number * 16, UInt64.self, 16)) "
                    + "\(word(168 + number * 16, UInt64.self, 16)) \(word(160 + number * 16, UInt64.self, 16))")
        }
        return lines.joined(separator: "\n  ")
    }
}
