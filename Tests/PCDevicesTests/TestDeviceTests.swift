import Machine
import Testing

@testable import PCDevices

/// docs/specs/pci-testdev of QEMU, and what kvm-unit-tests write to pc-testdev.
@Suite("Test devices")
struct TestDeviceTests {
    @Test func portsRememberBytesInAnyWidth() {
        let device = PCTestDevice()
        device.write(port: 0xE0, width: 4, value: 0x1234_5678)
        #expect(device.read(port: 0xE2, width: 2) == 0x1234)
        #expect(device.read(port: 0xE8, width: 1) == 0x78)
        device.write(port: 0xE1, width: 1, value: 0xAB)
        #expect(device.read(port: 0xE0, width: 4) == 0x1234_AB78)
        device.write(port: 0xE4, width: 4, value: 0xFFFF_FFFF)
        #expect(device.read(port: 0xE0, width: 4) == 0x1234_AB78)
    }

    @Test func memoryRemembersAndLinesArePulled() throws {
        let device = PCTestDevice(), copy = PCTestDevice()
        var seen: [String] = []
        device.setLine = { seen.append("\($0) \($1)") }
        for (port, value) in [(0x2005, 1), (0x2005, 0), (0x2017, 1)] as [(UInt16, UInt32)] {
            device.write(port: Port(port), width: 1, value: value)
        }
        #expect(seen == ["5 true", "5 false", "23 true"])
        device.write(offset: 0xFFF8, width: 8, value: 0x0102_0304_0506_0708)
        try copy.restoreState(from: device.encodedState())
        #expect(copy.read(offset: 0xFFFC, width: 4) == 0x0102_0304)
    }

    @Test(arguments: [0, 1, 2]) func baseCountsTheWritesThatItsTestAsksFor(test: UInt64) {
        let device = PCITestDevice()
        device.write(offset: 0, width: 1, value: test)
        #expect(device.read(offset: 1, width: 1) == 1)
        let place = device.read(offset: 4, width: 4), data = device.read(offset: 8, width: 4)
        for _ in 0..<3 { device.write(offset: place, width: 1, value: data) }
        device.write(offset: place, width: 1, value: data ^ 1)
        device.write(offset: place + 1, width: 1, value: data)
        #expect(device.read(offset: 12, width: 4) == (test == 1 ? 4 : 3))
        // There is no fourth.
        device.write(offset: 0, width: 1, value: 3)
        #expect(device.read(offset: 1, width: 1) == 0)
    }

    @Test func portsHaveTestsOfTheirOwn() {
        let device = PCITestDevice()
        device.write(port: 0, width: 1, value: 0)
        let place = device.read(port: 4, width: 4)
        #expect(place < 256)
        device.write(port: Port(UInt16(place)), width: 1, value: device.read(port: 8, width: 4))
        #expect(device.read(port: 12, width: 4) == 1)
        let name = (16..<40).map { UInt8(device.read(port: Port($0), width: 1)) }.prefix { $0 != 0 }
        #expect(String(decoding: name, as: UTF8.self) == "portio-no-eventfd")
    }
}
