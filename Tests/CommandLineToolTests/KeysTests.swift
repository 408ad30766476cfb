import Foundation
import PCDevices
import Testing

@testable import CommandLineTool

@Suite("--keys")
struct KeysTests {
    @Test func textBecomesChordsWithEnterForALineFeed() throws {
        let script = try KeyScript("aB\n")
        #expect(script.steps == [.chord([.a]), .chord([.leftShift, .b]), .chord([.enter])])
    }

    @Test func namesInAngleBracketsAreKeys() throws {
        let script = try KeyScript("<esc><f1><up><ctrl-c><ctrl-alt-del><CTRL-->")
        #expect(
            script.steps == [
                .chord([.escape]), .chord([.f1]), .chord([.up]), .chord([.leftControl, .c]),
                .chord([.leftControl, .leftAlt, .delete]), .chord([.leftControl, .minus]),
            ])
    }

    @Test func waitsKeepBlanksAndEscapedBrackets() throws {
        #expect(try KeyScript(#"<wait:grub\> >"#).steps == [.waitFor("grub> ")])
    }

    @Test func escapesAreLiteral() throws {
        let script = try KeyScript(#"\<\>\\"#)
        #expect(script.steps == [.chord([.leftShift, .comma]), .chord([.leftShift, .period]), .chord([.backslash])])
    }

    @Test(arguments: ["<", "a>b", #"\q"#, #"x\"#, "<wait:>", "<ecs>", "é", "<>", "<wait:abc"])
    func whatIsNoScriptIsRefusedAsUsage(text: String) {
        #expect { _ = try KeyScript(text) } throws: { ($0 as? Failure)?.code == .usage }
    }

    @Test func aMistypedKeyIsSuggested() {
        #expect { _ = try KeyScript("<pgupp>") } throws: { "\($0)".contains("<pgup>") }
        #expect { _ = try KeyScript("<crtl-c>") } throws: { "\($0)".contains("<ctrl-c>") }
    }

    // MARK: In a run

    private func type(_ text: String, _ more: [String] = []) throws -> Tool.Result {
        let image = try Guest.image("echo")
        return try Tool.run(
            [image, "-snapshot", "--keys", text, "--budget", "600000000000", "--report", "-"] + more)
    }

    @Test func allPrintableCharactersArriveInOrder() throws {
        let characters = (0x20...0x7E).compactMap { UnicodeScalar($0).map { String($0) } }.joined()
        let escaped = characters.map { "<>\\".contains($0) ? "\\\($0)" : String($0) }.joined()
        let result = try type(escaped + "<esc>")
        #expect(result.status == 0)
        #expect(result.report?["serial"] as? String == characters)
        let keys = try #require(result.report?["keys"] as? [String: Any])
        #expect(keys["typed"] as? Int == characters.count + 1)
        #expect(keys["left"] as? Int == 0)
        #expect(keys["waitingFor"] is NSNull)
    }

    @Test func aSlowGuestLosesNoKey() throws {
        // The guest takes a key every 0.22 s; typed at full speed, forty would overrun the BIOS's ring of 15.
        let text = String(repeating: "abcdefgh", count: 5)
        let result = try type("<f10>" + text + "<esc>")
        #expect(result.status == 0)
        #expect(result.report?["serial"] as? String == text)
    }

    @Test func aWaitHoldsUntilTheTextIsOnTheScreen() throws {
        let result = try type("one\n<wait:one>two<wait:ready\\> two>\n<wait:ready\\> two>x<esc>")
        #expect(result.status == 0)
        #expect(result.report?["serial"] as? String == "one\r\ntwo\r\nx")
    }

    @Test func aTextThatNeverComesIsNamedAtTheEnd() throws {
        let image = try Guest.image("echo")
        let result = try Tool.run([
            image, "-snapshot", "--keys", "a<wait:never>b", "--budget", "2000000000", "--report", "-",
        ])
        #expect(result.status == 106)
        #expect(result.errors.contains("still waited for 'never'"))
        let keys = try #require(result.report?["keys"] as? [String: Any])
        #expect(keys["typed"] as? Int == 1)
        #expect(keys["left"] as? Int == 1)
        #expect(keys["waitingFor"] as? String == "never")
    }

    @Test func keysComeFromAFile() throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "hello\n<esc>".write(toFile: folder + "/keys", atomically: true, encoding: .utf8)
        let result = try type("@" + folder + "/keys")
        #expect(result.status == 0)
        #expect(result.report?["serial"] as? String == "hello\r\n")
        #expect(try type("@" + folder + "/none").status == 66)
    }

    @Test func twoRunsWithKeysEndWithTheSameHash() throws {
        let first = try type("some text\nand more<esc>"), second = try type("some text\nand more<esc>")
        let hash = try #require(first.report?["stateHash"] as? String)
        #expect(second.report?["stateHash"] as? String == hash)
        // The clock decides when, not what.
        let paced = try type("some text\nand more<esc>", ["--clock", "host"])
        #expect(paced.report?["stateHash"] as? String == hash)
    }
}
