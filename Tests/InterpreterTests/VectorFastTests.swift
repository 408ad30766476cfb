import Interpreter
import Machine
import Testing

/// Fast handlers are those of 64-bit code: the same instructions there.
@Suite("SSE2 in 64-bit code as on the host's CPU", .enabled(if: VectorHost.isThere, "the host is no x86-64 Linux"))
struct VectorFastTests {
    static let moves = [
        "0F 28", "0F 29", "66 0F 28", "66 0F 29", "66 0F 6F", "66 0F 7F", "0F 10", "0F 11", "66 0F 10", "66 0F 11",
        "F3 0F 6F", "F3 0F 7F", "F3 0F 10", "F3 0F 11", "F2 0F 10", "F2 0F 11", "66 0F 6E", "66 0F 7E", "66 48 0F 6E",
        "66 48 0F 7E", "F3 0F 7E", "66 0F D6",
    ]
    static let integers = [
        "FC", "FD", "FE", "D4", "F8", "F9", "FA", "FB", "DB", "DF", "EB", "EF", "6C", "74", "54", "55", "56", "57",
        "14",
    ].map { "66 0F " + $0 }
    static let floats = ["58", "59", "5C", "5E"].flatMap { code in
        ["F3", "F2", "66"].map { "\($0) 0F \(code)" }
    }
    static let others = ["0F 2E", "0F 2F", "66 0F 2E", "66 0F 2F", "F2 0F 2A", "F2 48 0F 2A"]

    @Test(arguments: moves + integers + floats + others)
    func everyCaseEndsAsOnTheHost(code: String) throws {
        let bytes = code.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        var generator = VectorGenerator(state: 86)
        // Registers; [rsi]; [rsi+rcx]; registers in the other direction
        for rest in [[0xC1], [0x06], [0x04, 0x0E], [0xC8]] as [[UInt8]] {
            try compareWithHost(bytes + rest, cases: 600, &generator, isWide: true) { world, generator in
                // No gates lead anywhere here.
                world.mxcsr |= 0x1F80
                world.ecx = generator.next() & 1 == 0 ? 0 : 16
                // The host may round alone behind something inexact.
                if generator.next() & 1 == 0 { world.mxcsr = world.mxcsr & ~0x6000 | 0x20 }
            }
        }
    }
}
