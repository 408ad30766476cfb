import Testing

@testable import PCDevices

/// Requests as a driver writes them (virtio 1.2, 5.2.6): 16 bytes of header at 8000h, status at 8100h.
@Suite("virtio-blk")
struct VirtioBlockTests {
    private func disk(_ sectors: Int, readOnly: Bool = false) -> MemoryDisk {
        MemoryDisk(
            (0..<sectors).flatMap { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 512) },
            isReadOnly: readOnly)
    }

    private func rig(_ storage: any BlockStorage, flushes: Bool = true) -> VirtioDriver {
        let driver = VirtioDriver(VirtioBlock(name: "virtio0", storage: storage, serial: "serial-86"))
        driver.start(features: 1 << 32 | (flushes ? 1 << 9 : 0))
        return driver
    }

    /// Returns the status byte, and how many bytes the device says it wrote.
    private func request(
        _ driver: VirtioDriver, _ kind: UInt32, sector: UInt64 = 0, _ data: [(UInt64, UInt32, Bool)] = []
    ) -> (status: UInt8, written: UInt32) {
        driver.put(kind, at: 0x8000)
        driver.put(UInt32(0), at: 0x8004)
        driver.put(sector, at: 0x8008)
        driver.ram[0x8100] = 0xEE
        driver.add(0, [(0x8000, 16, false)] + data + [(0x8100, 1, true)])
        driver.kick(0)
        let used = driver.takeUsed(0)
        #expect(used.count == 1)
        return (driver.ram[0x8100], used.first?.written ?? 0)
    }

    @Test func configurationTellsCapacityAndBlockSize() {
        let configuration = VirtioBlock(name: "d", storage: disk(300)).configuration
        #expect(configuration[0..<8] == [44, 1, 0, 0, 0, 0, 0, 0])
        #expect(configuration[20..<24] == [0, 2, 0, 0])
    }

    @Test func readFillsSegmentsThatNeedNotBeSectors() {
        let driver = rig(disk(16))
        let answer = request(driver, 0, sector: 5, [(0x9000, 100, true), (0xA000, 924, true)])
        #expect(answer.status == 0)
        #expect(answer.written == 1025)
        #expect(driver.ram[0x9000..<0x9064].allSatisfy { $0 == 5 })
        #expect(driver.ram[0xA000..<0xA19C].allSatisfy { $0 == 5 })
        #expect(driver.ram[0xA19C..<0xA39C].allSatisfy { $0 == 6 })
    }

    @Test func writeReachesTheDisk() throws {
        let storage = disk(16), driver = rig(storage)
        for index in 0..<512 { driver.ram[0x9000 + index] = UInt8(truncatingIfNeeded: index) }
        let answer = request(driver, 1, sector: 15, [(0x9000, 512, false)])
        #expect(answer.status == 0 && answer.written == 1)
        #expect(try storage.read(sector: 15) == (0..<512).map { UInt8(truncatingIfNeeded: $0) })
    }

    /// 5.2.6.4.1: header, data and status may lie in one descriptor of each direction.
    @Test func headerAndDataMayShareADescriptor() throws {
        let storage = disk(16), driver = rig(storage)
        driver.put(UInt32(1), at: 0x8000)
        driver.put(UInt64(3), at: 0x8008)
        for index in 0..<512 { driver.ram[0x8010 + index] = 0x5A }
        driver.add(0, [(0x8000, 528, false), (0x9000, 1, true)])
        driver.ram[0x9000] = 0xEE
        driver.kick(0)
        #expect(driver.ram[0x9000] == 0)
        #expect(try storage.read(sector: 3) == [UInt8](repeating: 0x5A, count: 512))
    }

    @Test func idIsTheSerialFilledUpWithZeros() {
        let driver = rig(disk(16))
        let answer = request(driver, 8, [(0x9000, 20, true)])
        #expect(answer.status == 0)
        #expect(Array(driver.ram[0x9000..<0x9014]) == Array("serial-86".utf8) + [UInt8](repeating: 0, count: 11))
    }

    /// Kind, sector, bytes and the status wanted.
    @Test(
        arguments: [
            (0, 16, 512, 1), (0, 15, 1024, 1), (0, UInt64.max, 512, 1), (0, 0, 511, 1), (1, 16, 512, 1), (2, 0, 512, 2),
            (0x8000_0000, 0, 512, 2), (11, 0, 16, 2), (0, 16, 0, 0),
        ] as [(UInt32, UInt64, UInt32, UInt8)])
    func requestOutsideOfTheRulesHasItsStatus(kind: UInt32, sector: UInt64, count: UInt32, status: UInt8) {
        let driver = rig(disk(16))
        let answer = request(driver, kind, sector: sector, [(0x9000, count, kind == 0)])
        #expect(answer.status == status)
        #expect(driver.errors.isEmpty)
    }

    @Test func readOnlyDiskSaysSoAndRefusesWrites() {
        let storage = disk(16, readOnly: true), driver = rig(storage)
        #expect(driver.core.offeredFeatures & 1 << 5 != 0)
        #expect(request(driver, 1, sector: 0, [(0x9000, 512, false)]).status == 1)
    }

    @Test func requestWithoutRoomForAStatusComesBackEmpty() {
        let driver = rig(disk(16))
        driver.add(0, [(0x8000, 16, false)])
        driver.kick(0)
        #expect(driver.takeUsed(0).map(\.written) == [0])
    }

    @Test func manyRequestsAtOnceAllComeBack() {
        let driver = rig(disk(2048))
        driver.put(UInt32(0), at: 0x8000)
        driver.put(UInt64(0), at: 0x8008)
        for _ in 0..<80 { driver.add(0, [(0x8000, 16, false), (0x2_0000, 65536, true), (0x8100, 1, true)]) }
        // A tick for each byte, about.
        driver.core.notify(0)
        driver.run(for: 6_000_000)
        #expect(driver.takeUsed(0).count == 80)
    }

    /// A disk whose host fails at sector 7 and counts flushes.
    private final class Failing: BlockStorage {
        let sectorCount: UInt64 = 16
        let isReadOnly = false
        var flushes = 0
        func read(sector: UInt64) throws(BlockError) -> [UInt8] {
            if sector == 7 { throw .host("no such luck") }
            return [UInt8](repeating: 0, count: 512)
        }
        func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
            if sector == 7 { throw .host("No space left on device") }
        }
        func flush() throws(BlockError) { flushes += 1 }
    }

    @Test func hostErrorReachesTheGuestAsAStatusAndTheUserAsAMessage() {
        let model = VirtioBlock(name: "virtio0", storage: Failing())
        var messages: [String] = []
        model.hostError = { messages.append($0) }
        let driver = VirtioDriver(model)
        driver.start(features: 1 << 32 | 1 << 9)
        #expect(request(driver, 0, sector: 6, [(0x9000, 1024, true)]).status == 1)
        #expect(request(driver, 1, sector: 7, [(0x9000, 512, false)]).status == 1)
        #expect(
            messages == [
                "virtio0: read of sector 6: no such luck", "virtio0: write of sector 7: No space left on device",
            ])
    }

    @Test func flushGoesToTheHostAndADriverWithoutItWritesThrough() {
        let storage = Failing()
        var driver = rig(storage)
        #expect(request(driver, 1, sector: 0, [(0x9000, 512, false)]).status == 0)
        #expect(storage.flushes == 0)
        #expect(request(driver, 4).status == 0)
        #expect(storage.flushes == 1)
        driver = rig(storage, flushes: false)
        #expect(request(driver, 1, sector: 0, [(0x9000, 512, false)]).status == 0)
        #expect(storage.flushes == 2)
    }
}

@Suite("virtio-rng, virtio-console, virtio-net")
struct VirtioStreamTests {
    @Test func randomBytesAreTheSeedsAndBounded() {
        let model = VirtioRandom()
        var next: UInt64 = 0
        model.random = {
            next += 1
            return next
        }
        let driver = VirtioDriver(model)
        driver.start()
        driver.add(0, [(0x8000, 12, true)])
        driver.add(0, [(0x1_0000, 0x1_0000, true)])
        driver.kick(0)
        #expect(driver.takeUsed(0).map(\.written) == [12, 4096])
        #expect(driver.ram[0x8000..<0x800C] == [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0])
    }

    @Test func consolePrintsWhatIsSentAndKeepsWhatComesBeforeABuffer() {
        let model = VirtioConsole()
        var printed: [UInt8] = []
        model.output = { printed += $0 }
        let driver = VirtioDriver(model)
        driver.start()
        driver.ram.replaceSubrange(0x8000..<0x8005, with: Array("hello".utf8))
        driver.add(1, [(0x8000, 2, false), (0x8002, 3, false)])
        driver.kick(1)
        #expect(String(decoding: printed, as: UTF8.self) == "hello")
        model.receive(Array("input".utf8), driver.core)
        driver.run()
        driver.add(0, [(0x9000, 3, true)])
        driver.add(0, [(0x9100, 100, true)])
        driver.kick(0)
        #expect(driver.takeUsed(0).map(\.written) == [3, 2])
        #expect(Array(driver.ram[0x9000..<0x9003]) == Array("inp".utf8))
        #expect(Array(driver.ram[0x9100..<0x9102]) == Array("ut".utf8))
    }

    @Test func consoleKeepsABoundedAmount() {
        let model = VirtioConsole(), driver = VirtioDriver(VirtioRandom())
        model.receive([UInt8](repeating: 1, count: 100_000), driver.core)
        #expect(model.state.waiting.count == 65536)
        #expect(model.queueSpace == 0)
    }

    @Test func frameGoesOutWithoutItsHeaderAndComesInWithOne() {
        let model = VirtioNet(mac: [0x52, 0x54, 0, 0x12, 0x34, 0x56])
        var sent: [[UInt8]] = []
        model.transmit = { sent.append($0) }
        let driver = VirtioDriver(model)
        driver.start(features: 1 << 32 | 1 << 5)
        #expect(model.configuration[0..<6] == [0x52, 0x54, 0, 0x12, 0x34, 0x56])
        let frame = (0..<60).map { UInt8($0) }
        driver.ram.replaceSubrange(0x8100..<0x813C, with: frame)
        driver.add(1, [(0x8000, 12, false), (0x8100, 60, false)])
        driver.kick(1)
        #expect(sent == [frame])
        driver.add(0, [(0x9000, 2000, true)])
        driver.core.notify(0)
        model.receive(frame, driver.core)
        driver.run()
        #expect(driver.takeUsed(0).map(\.written) == [72])
        // num_buffers is 1 (5.1.6.4).
        #expect(driver.ram[0x9000..<0x900C] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
        #expect(Array(driver.ram[0x900C..<0x9048]) == frame)
    }

    @Test func framesOfASillySizeAndTooManyAreDropped() {
        let model = VirtioNet(mac: [])
        var sent = 0
        model.transmit = { _ in sent += 1 }
        let driver = VirtioDriver(model)
        driver.start()
        for count in [0, 12, 25, 12 + 1519, 60_000] as [UInt32] { driver.add(1, [(0x8000, count, false)]) }
        driver.add(1, [(0x8000, 12 + 1518, false)])
        driver.kick(1)
        #expect(sent == 1)
        #expect(driver.takeUsed(1).count == 6)
        for _ in 0..<1000 { model.receive([UInt8](repeating: 0, count: 60), driver.core) }
        #expect(model.state.waiting.count == 256)
    }
}
