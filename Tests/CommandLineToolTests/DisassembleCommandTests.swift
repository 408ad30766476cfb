import ArgumentParser
import Foundation
import Testing

@testable import CommandLineTool

@Suite("disasm")
struct DisassembleCommandTests {
    /// A file that is removed with the value that made it.
    final class Scratch {
        let path: String

        init(_ bytes: [UInt8]) throws {
            path = FileManager.default.temporaryDirectory.appendingPathComponent("disasm-\(UUID().uuidString)").path
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    func listing(_ bytes: [UInt8], _ options: [String] = []) throws -> [String] {
        let file = try Scratch(bytes)
        return try listing(path: file.path, options)
    }

    func listing(path: String, _ options: [String] = []) throws -> [String] {
        var text = ""
        try DisassembleCommand.parse([path] + options).list { text += $0 }
        return text.split(separator: "\n").map(String.init)
    }

    func failure(_ path: String, _ options: [String] = []) -> Failure.Code? {
        do {
            _ = try listing(path: path, options)
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    static let code: [UInt8] = [0xFA, 0x31, 0xC0, 0x8E, 0xD8, 0xEB, 0xFE]

    @Test func lineHasAddressBytesAndText() throws {
        let lines = try listing(Self.code, ["--origin", "0x7c00"])
        #expect(
            lines == [
                "00007c00  fa                        cli",
                "00007c01  31 c0                     xor ax,ax",
                "00007c03  8e d8                     mov ds,ax",
                "00007c05  eb fe                     jmp 0x7c05",
            ])
    }

    @Test func modeAndSyntaxAreObeyed() throws {
        let lines = try listing(Self.code, ["--mode", "32", "--syntax", "att", "--count", "2"])
        #expect(lines.map { $0.dropFirst(36) } == ["cli", "xor %eax,%eax"])
    }

    @Test func skipLeavesOutBytesButNotAddresses() throws {
        #expect(
            try listing(Self.code, ["--skip", "5", "--origin", "100h"]) == [
                "00000100  eb fe                     jmp 0x100"
            ])
    }

    @Test func undefinedBytesNameTheirReason() throws {
        let lines = try listing([0x0F, 0x04, 0xF0, 0x90])
        #expect(lines[0] == "00000000  0f 04                     (bad)  ; no instruction (#UD)")
        #expect(
            lines[1] == "00000002  f0 90                     lock (bad)  ; LOCK cannot go with this instruction (#UD)")
        #expect(lines.count == 2)
    }

    @Test func incompleteLastInstructionIsOneLine() throws {
        let lines = try listing([0x90, 0xB8, 0x01])
        #expect(lines.last == "00000001  b8 01                     (bad)  ; the file ends inside the instruction")
    }

    @Test func fileLargerThanAPieceIsReadToItsEnd() throws {
        var bytes = [UInt8](repeating: 0x90, count: 200_000)
        bytes += [0xB8, 0x34, 0x12]
        let lines = try listing(bytes)
        #expect(lines.count == 200_001)
        #expect(lines.last == "00030d40  b8 34 12                  mov ax,0x1234")
        #expect(try listing(bytes, ["--skip", "199999"]).count == 2)
    }

    @Test func addressWrapsAt4GiB() throws {
        let lines = try listing([0x90, 0x90], ["--origin", "0xffffffff"])
        #expect(lines.map { $0.prefix(8) } == ["ffffffff", "00000000"])
    }

    @Test func badInputGivesItsCode() throws {
        let empty = try Scratch([])
        let small = try Scratch([0x90])
        #expect(failure("/nonexistent/file") == .noInput)
        #expect(failure("/tmp") == .noInput)
        #expect(failure(empty.path) == .badData)
        #expect(failure(small.path, ["--skip", "1"]) == .usage)
        #expect(failure(small.path, ["--skip", "0x7fffffffffffffff"]) == .usage)
        #expect(failure(small.path) == nil)
    }

    @Test(
        arguments: [
            ["f", "--mode", "64"], ["f", "--mode", "x"], ["f", "--origin", "zz"], ["f", "--origin", "0x100000000"],
            ["f", "--count", "0"], ["f", "--count", "-1"], ["f", "--skip", "+3"], ["f", "--syntax", "nasm"], [],
            ["f", "--skip", "0xffffffffffffffff"], ["f", "g"],
        ])
    func badOptionsAreUsageErrors(_ arguments: [String]) {
        do {
            _ = try DisassembleCommand.parse(arguments)
            Issue.record("accepted")
        } catch {
            #expect(DisassembleCommand.exitCode(for: error).rawValue == Failure.Code.usage.rawValue)
        }
    }

    @Test func helpHasExamples() {
        #expect(DisassembleCommand.helpMessage().contains("lucid86 disasm boot.bin --origin 0x7c00"))
    }
}
