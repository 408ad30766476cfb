import Testing

@testable import X86ISA

@Suite("Decoder: cost", .serialized)
struct DecoderSpeedTests {
    static let code: [UInt8] = [
        0x89, 0xD8, 0x8B, 0x44, 0x24, 0x08, 0x83, 0xC0, 0x01, 0x3B, 0x04, 0x9D, 0x00, 0x10, 0x00, 0x00, 0x75, 0xF0,
        0x50,
        0xE8, 0x00, 0x01, 0x00, 0x00, 0x0F, 0xB6, 0x06, 0x46, 0x66, 0x89, 0x07, 0xC1, 0xE0, 0x04, 0xF3, 0xA5, 0xC3,
    ]

    @Test func tablesAreBuiltWithinTwoMilliseconds() {
        let clock = ContinuousClock()
        var best = Duration.seconds(1)
        for _ in 0..<5 {
            let time = clock.measure {
                _ = InstructionTable(InstructionTable.allRows)
            }
            best = min(best, time)
        }
        print("X86ISA: tables built in \(best)")
        #if !DEBUG
            #expect(best < .milliseconds(2))
        #endif
    }

    @Test func commonCodeIsDecodedFast() {
        let decoder = Decoder(.bits32)
        let clock = ContinuousClock()
        var count = 0
        var lengths = 0
        let time = clock.measure {
            DecoderSpeedTests.code.withUnsafeBytes { bytes in
                for _ in 0..<200_000 {
                    var offset = 0
                    while offset < bytes.count {
                        let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                        guard let instruction = try? decoder.decode(rest) else { break }
                        offset += Int(instruction.length)
                        lengths &+= Int(instruction.length)
                        count += 1
                    }
                }
            }
        }
        let seconds = Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds)
        print("X86ISA: \(Double(count) / seconds / 1e6) million decodes a second")
        #expect(lengths == 200_000 * DecoderSpeedTests.code.count)
    }
}
