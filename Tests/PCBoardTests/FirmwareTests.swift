import Foundation
import PCBoard
import Testing

@Suite("Firmware")
struct FirmwareTests {
    private func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: packageRoot + "/roms/" + name)))
    }

    @Test func theROMsInTheProgramAreThoseInRoms() throws {
        let bios = try #require(BuiltInBIOS.bytes) == file("bios.bin")
        let loader = try #require(KernelLoader.bytes) == file("kernel-loader.bin")
        #expect(bios && loader, "run roms/build.sh")
    }

    /// BIOS Boot Specification 1.01 and Plug and Play BIOS Specification 1.0A, section 3.
    @Test func kernelLoaderIsAnOptionROMWithABootEntry() throws {
        let rom = try #require(KernelLoader.bytes)
        #expect(rom[0] == 0x55 && rom[1] == 0xAA && Int(rom[2]) * 512 == rom.count)
        #expect(rom.reduce(0, &+) == 0)
        let header = Int(rom[0x1A]) | Int(rom[0x1B]) << 8
        #expect(Array(rom[header..<header + 4]) == Array("$PnP".utf8))
        #expect(rom[header..<header + 32].reduce(0, &+) == 0)
        #expect(rom[header + 0x1A] != 0 || rom[header + 0x1B] != 0, "BEV")
    }
}
