import Foundation
import PCBoard
import Testing

@Suite("Firmware")
struct FirmwareTests {
    @Test func theBIOSInTheProgramIsTheOneInRoms() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try Data(contentsOf: root.appendingPathComponent("roms/bios.bin"))
        let isSame = try #require(BuiltInBIOS.bytes) == Array(file)
        #expect(isSame, "run roms/build.sh")
    }
}
