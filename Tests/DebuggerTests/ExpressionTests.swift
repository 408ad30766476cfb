import Machine
import Testing

@testable import Debugger

@Suite("Expressions")
struct ExpressionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let value: UInt64
        var testDescription: String { text }
        init(_ text: String, _ value: UInt64) {
            self.text = text
            self.value = value
        }
    }

    /// AX=1234h BX=8001h CX=FFFFh DX=0 SI=10h DI=20h SP=7C00h DS=100h ES=B800h CS:IP=0000:7C00 EFLAGS=43h; the bytes
    /// 11 22 33 44 55 66 77 88 at 1010h.
    static let cases: [Case] = [
        Case("0x1F", 31), Case("1Fh", 31), Case("0B8000h", 0xB8000), Case("B8000h", 0xB8000), Case("31", 31),
        Case("0b101", 5), Case("'A'", 65), Case("0", 0), Case("0xFFFFFFFFFFFFFFFF", .max),
        Case("ax", 0x1234), Case("al", 0x34), Case("ah", 0x12), Case("$eax", 0x1234), Case("%ax", 0x1234),
        Case("AX", 0x1234), Case("cs", 0), Case("ds", 0x100), Case("ds.base", 0x1000), Case("ip", 0x7C00),
        Case("$pc", 0x7C00), Case("eip", 0x7C00), Case("zf", 1), Case("cf", 1), Case("sf", 0), Case("eflags", 0x43),
        Case("1 + 2 * 3", 7), Case("(1 + 2) * 3", 9), Case("10 - 3 - 2", 5), Case("7 / 2", 3), Case("7 % 4", 3),
        Case("1 << 4 | 1", 17), Case("0xFF & ~0xF", 0xF0), Case("6 ^ 3", 5), Case("1 << 64", 0),
        Case("1 << 63", 1 << 63),
        Case("-1", .max), Case("0 - 1", .max), Case("!5", 0), Case("!0", 1), Case("~0", .max),
        Case("ax == 0x1234", 1), Case("ax != 0x1234", 0), Case("cx == -1", 1), Case("-1 == cx", 1), Case("ax == -1", 0),
        Case("1 < 2 && 2 < 3", 1), Case("1 > 2 || 3 >= 3", 1), Case("1 > 2 && 1 / 0", 0), Case("1 || 1 / 0", 1),
        Case("byte(0x1010)", 0x11), Case("word 0x1010", 0x2211), Case("dword ds:si", 0x4433_2211),
        Case("qword(0x1010)", 0x8877_6655_4433_2211), Case("*0x1010", 0x4433_2211), Case("$0x1010", 0x4433_2211),
        Case("byte ptr ds:si", 0x11), Case("byte(ds:si + 1)", 0x22), Case("word(0x1010) == 0x2211", 1),
        Case("ds:si", 0x1010), Case("es:di", 0xB8020), Case("0x7C0:0", 0x7C00), Case("0xB800:0x10", 0xB8010),
        Case("$cs*16+$eip", 0x7C00), Case("cs:ip", 0x7C00), Case("0x10 % ax", 0x10), Case("ax%0x10", 4),
        Case("0xFFFFFFFFFFFFFFFF + 2", 1), Case("0xFFFFFFFFFFFFFFFF * 0xFFFFFFFFFFFFFFFF", 1),
        Case("0x8000000000000000 / -1", 0), Case("icount", 0),
    ]

    private func bench() throws -> Bench {
        let bench = try Bench([0x90])
        bench.vm.memory.load([0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88], at: 0x1010)
        var cpu = bench.vm.cpu
        cpu.general = (0x1234, 0xFFFF, 0, 0x8001, 0x7C00, 0, 0x10, 0x20, 0, 0, 0, 0, 0, 0, 0, 0)
        cpu.ds = .real(0x100)
        cpu.es = .real(0xB800)
        cpu.rflags = 0x43
        bench.vm.cpu = cpu
        return bench
    }

    @Test(arguments: cases)
    func expressionHasItsValue(_ test: Case) throws {
        let bench = try bench()
        #expect(try Evaluator(vm: bench.vm).value(try Expression.parse(test.text)) == test.value)
    }

    @Test(arguments: [
        "", "1 +", "(1", "1)", "7C00", "7g", "xyz", "1 / 0", "5 % 0", "byte(0x7FFFFFFF)", "word", "0x",
        "0x10000000000000000",
        "99999999999999999999", "1 2", "ax = 5", "@", "\"a\"", "'ab'", "0x10000:0", "#", "eax eax", "b:", ":5", "1:2:3",
    ])
    func expressionThatMeansNothingIsAnError(_ text: String) throws {
        let bench = try bench()
        #expect(throws: DebuggerError.self) { try Evaluator(vm: bench.vm).value(try Expression.parse(text)) }
    }

    @Test func hexadecimalWithoutMarkSaysHowToWriteIt() throws {
        #expect(throws: DebuggerError("'7C00A' is no decimal number; write 0x7C00A or 7C00Ah for hexadecimal")) {
            try Expression.parse("7C00A")
        }
    }

    @Test func deepNestingIsAnErrorAndNoCrash() {
        for text in [String(repeating: "(", count: 100_000), String(repeating: "-", count: 100_000) + "1"] {
            #expect(throws: DebuggerError.self) { try Expression.parse(text) }
        }
    }

    @Test func anyLineOfAnyBytesIsAnsweredWithoutATrap() throws {
        let bench = try bench()
        var generator = SystemRandom(seed: 7)
        let words =
            Command.all.map(\.name) + ["if", "0x7c00", "ax", "*", "(", ")", ":", "-1", "/", "=", "99999999999999", "~"]
        for _ in 0..<1500 {
            var line = ""
            for _ in 0..<generator.next() % 6 + 1 {
                if generator.next() % 4 == 0 {
                    line += String(UnicodeScalar(UInt8(truncatingIfNeeded: generator.next() % 256)))
                } else {
                    line += words[Int(generator.next() % UInt64(words.count))] + " "
                }
            }
            let first = line.split(separator: " ").first.map(String.init) ?? ""
            // These run on, or write files.
            let runs = ["c", "run", "n", "s", "sb", "until", "finish", "save", "writemem", "trace"]
            guard let call = try? CommandCall.parse(first), !runs.contains(call.command.name) else { continue }
            bench.debugger.execute(line)
        }
        #expect(bench.run("p 1 + 1") == ["0x2  2"])
    }
}

/// Repeatable noise (xorshift64*).
struct SystemRandom {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return (state &* 0x2545_F491_4F6C_DD1D) >> 16
    }
}
