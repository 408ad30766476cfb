import Foundation
import Testing

@testable import X86ISA

let goldenFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

/// A line of `Golden/`, which `scripts/golden-disassembly` made from objdump's output.
struct GoldenLine: Sendable {
    /// What is decoded; of what is no instruction more than objdump took.
    var bytes: [UInt8]
    /// As objdump took it, in bytes.
    var length: Int
    var text: String
    var address: UInt64

    init?(_ line: Substring, number: Int) {
        let parts = line.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let code = parts[0].split(separator: "/")
        var bytes: [UInt8] = []
        var digits = code.joined()[...]
        while digits.count >= 2, let byte = UInt8(digits.prefix(2), radix: 16) {
            bytes.append(byte)
            digits = digits.dropFirst(2)
        }
        self.bytes = bytes
        length = code[0].count / 2
        text = String(parts[1])
        address = UInt64(number) * 32
    }

    var prefixes: [UInt8] { Array(bytes.prefix { Self.prefixNames[$0] != nil }) }
    /// From the opcode on, with zeros behind so that it has four bytes.
    var code: [UInt8] { Array(bytes.dropFirst(prefixes.count)) + [0, 0, 0, 0] }

    static let prefixNames: [UInt8: String] = [
        0x26: "es", 0x2E: "cs", 0x36: "ss", 0x3E: "ds", 0x64: "fs", 0x65: "gs", 0x66: "data", 0x67: "addr",
        0xF0: "lock", 0xF2: "repnz", 0xF3: "repz",
    ]

    func prefixNames(_ size: CodeSize) -> [String] {
        prefixes.compactMap { Self.prefixNames[$0] }.map {
            $0 == "data" || $0 == "addr" ? $0 + (size == .bits16 ? "32" : "16") : $0
        }
    }

    /// The text without the names of prefixes.
    var words: Substring {
        let names: Set<Substring> = [
            "es", "cs", "ss", "ds", "fs", "gs", "lock", "rep", "repz", "repnz", "data16", "data32", "addr16", "addr32",
            "xacquire", "xrelease", "bnd", "notrack",
        ]
        return text.split(separator: " ").drop { names.contains($0) }.joined(separator: " ")[...]
    }
}

struct GoldenFile: Sendable, CustomTestStringConvertible {
    var name: String
    var size: CodeSize
    var syntax: Disassembler.Syntax
    var testDescription: String { name }

    static let all = [
        GoldenFile(name: "i8086-intel", size: .bits16, syntax: .intel),
        GoldenFile(name: "i386-intel", size: .bits32, syntax: .intel),
        GoldenFile(name: "i8086-att", size: .bits16, syntax: .att),
        GoldenFile(name: "i386-att", size: .bits32, syntax: .att),
    ]

    func lines() throws -> [GoldenLine] {
        let path = goldenFolder.appendingPathComponent(name + ".txt")
        let text = try String(contentsOf: path, encoding: .utf8)
        return text.split(separator: "\n").enumerated().compactMap { GoldenLine($0.element, number: $0.offset) }
    }
}
