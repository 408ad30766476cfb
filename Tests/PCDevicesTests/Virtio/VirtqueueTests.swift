import Testing

@testable import PCDevices

@Suite("Virtqueue")
struct VirtqueueTests {
    private static let version1: UInt64 = 1 << 32
    private static let indirect: UInt64 = 1 << 28
    private static let eventIndex: UInt64 = 1 << 29

    /// A random source that fills buffers with AAh: any buffer shows what the queue did.
    private func rig(features: UInt64 = version1, queueSize: UInt16? = nil) -> VirtioDriver {
        let model = VirtioRandom()
        model.random = { 0xAAAA_AAAA_AAAA_AAAA }
        let driver = VirtioDriver(model)
        driver.start(features: features, queueSize: queueSize)
        return driver
    }

    @Test func bufferOfTwoPartsIsFilledAndGivenBackWithItsLength() {
        let driver = rig()
        let head = driver.add(0, [(0x8000, 3, true), (0x9000, 5, true)])
        driver.kick(0)
        let used = driver.takeUsed(0)
        #expect(used.map(\.head) == [UInt32(head)])
        #expect(used.map(\.written) == [8])
        #expect(driver.ram[0x8000..<0x8004] == [0xAA, 0xAA, 0xAA, 0])
        #expect(driver.ram[0x9000..<0x9006] == [0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0])
        #expect(driver.interrupts == [.queue(0)])
    }

    @Test func nothingHappensBeforeTheDoorbellNorBeforeDriverOK() {
        let driver = rig()
        driver.add(0, [(0x8000, 8, true)])
        driver.run()
        #expect(driver.takeUsed(0).isEmpty)
        driver.core.writeStatus(0)
        driver.core.notify(0)
        driver.run()
        #expect(driver.ram[0x8000] == 0)
    }

    @Test func ringsWrapAndIndicesRunFreely() {
        let driver = rig(queueSize: 4)
        for round in 0..<70_000 {
            driver.add(0, [(0x8000, 8, true)])
            driver.core.notify(0)
            driver.run(for: 2_000)
            let used = driver.takeUsed(0)
            guard used.count == 1 else {
                Issue.record("round \(round): \(used.count) buffers came back")
                return
            }
        }
        #expect(driver.errors.isEmpty)
    }

    @Test func noInterruptFlagKeepsQuiet() {
        let driver = rig()
        driver.put(UInt16(1), at: driver.rings[0].available)
        driver.add(0, [(0x8000, 8, true)])
        driver.kick(0)
        #expect(driver.takeUsed(0).count == 1)
        #expect(driver.interrupts.isEmpty)
    }

    /// 2.7.7.2 and 2.7.8: used_event names the index behind which an interrupt is wanted.
    @Test func eventIndexInterruptsOnlyWhenItIsPassed() {
        let driver = rig(features: Self.version1 | Self.eventIndex)
        let usedEvent = driver.rings[0].available + 4 + 2 * UInt64(driver.rings[0].size)
        driver.put(UInt16(1), at: usedEvent)
        driver.add(0, [(0x8000, 8, true)])
        driver.kick(0)
        #expect(driver.interrupts.isEmpty)
        driver.add(0, [(0x8000, 8, true)])
        driver.kick(0)
        #expect(driver.interrupts == [.queue(0)])
        // avail_event: the device wants to hear of the next buffer.
        let availableEvent = driver.rings[0].used + 4 + 8 * UInt64(driver.rings[0].size)
        #expect(driver.get(availableEvent, as: UInt16.self) == 2)
    }

    @Test func indirectTableIsFollowed() {
        let driver = rig(features: Self.version1 | Self.indirect)
        // Two entries at 7000h, each writes 4 bytes.
        for (index, address) in [UInt64(0x8000), 0x9000].enumerated() {
            let place = 0x7000 + 16 * UInt64(index)
            driver.put(address, at: place)
            driver.put(UInt32(4), at: place + 8)
            driver.put(UInt16(index == 0 ? 3 : 2), at: place + 12)
            driver.put(UInt16(1), at: place + 14)
        }
        driver.descriptor(0, 5, 0x7000, 32, flags: 4, next: 0)
        driver.offer(0, head: 5)
        driver.kick(0)
        let used = driver.takeUsed(0)
        #expect(used.map(\.head) == [5] && used.map(\.written) == [8])
        #expect(driver.ram[0x9003] == 0xAA && driver.ram[0x9004] == 0)
    }

    @Test func bufferBehindTheDoorbellIsFoundAtTheNextOne() {
        let driver = rig()
        driver.kick(0)
        driver.add(0, [(0x8000, 8, true)])
        driver.add(0, [(0x8100, 8, true)])
        driver.kick(0)
        #expect(driver.takeUsed(0).count == 2)
    }

    // MARK: Hostile drivers

    private func expectBroken(
        _ driver: VirtioDriver, _ error: VirtqueueError, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        driver.kick(0)
        #expect(driver.errors == [error], sourceLocation: sourceLocation)
        #expect(driver.core.current.status & 0x40 == 0x40, sourceLocation: sourceLocation)
        #expect(driver.interrupts == [.configuration], sourceLocation: sourceLocation)
        #expect(driver.takeUsed(0).isEmpty, sourceLocation: sourceLocation)
        // It stands still until it is reset, and works again then.
        driver.kick(0)
        #expect(driver.takeUsed(0).isEmpty, sourceLocation: sourceLocation)
        driver.core.writeStatus(0)
        #expect(driver.core.current.status == 0, sourceLocation: sourceLocation)
        driver.ram = [UInt8](repeating: 0, count: driver.ram.count)
        driver.start()
        driver.add(0, [(0x8000, 8, true)])
        driver.kick(0)
        #expect(driver.takeUsed(0).count == 1, sourceLocation: sourceLocation)
    }

    @Test func chainThatLoopsBreaksTheDevice() {
        let driver = rig()
        driver.descriptor(0, 0, 0x8000, 8, flags: 3, next: 1)
        driver.descriptor(0, 1, 0x8000, 8, flags: 3, next: 0)
        driver.offer(0, head: 0)
        expectBroken(driver, .chainTooLong)
    }

    @Test func indirectTableThatLoopsBreaksTheDevice() {
        let driver = rig(features: Self.version1 | Self.indirect)
        driver.put(UInt64(0x8000), at: 0x7000)
        driver.put(UInt32(1), at: 0x7008)
        driver.put(UInt16(3), at: 0x700C)
        driver.descriptor(0, 0, 0x7000, 16, flags: 4, next: 0)
        driver.offer(0, head: 0)
        expectBroken(driver, .chainTooLong)
    }

    @Test(arguments: [8, 0xFFFF] as [UInt16]) func headOutsideOfTheTableBreaksTheDevice(head: UInt16) {
        let driver = rig()
        driver.offer(0, head: head)
        expectBroken(driver, .descriptorNumber(head))
    }

    @Test func nextOutsideOfTheTableBreaksTheDevice() {
        let driver = rig()
        driver.descriptor(0, 0, 0x8000, 8, flags: 3, next: 0x8000)
        driver.offer(0, head: 0)
        expectBroken(driver, .descriptorNumber(0x8000))
    }

    @Test(arguments: [0x10_0000, 0xF_FFFF, UInt64.max - 3, 1 << 63] as [UInt64])
    func bufferOutsideOfMemoryBreaksTheDevice(address: UInt64) {
        let driver = rig()
        driver.add(0, [(address, 8, true)])
        expectBroken(driver, .address(address))
    }

    @Test func moreThanFourGiBBreakTheDevice() {
        let driver = rig()
        driver.core.memory.isRAM = { _, _ in true }
        driver.add(0, [(0, .max, true), (0, 2, true)])
        driver.kick(0)
        #expect(driver.errors == [.chainTooLarge])
    }

    @Test func readablePartBehindAWritableOneBreaksTheDevice() {
        let driver = rig()
        driver.add(0, [(0x8000, 8, true), (0x8000, 8, false)])
        expectBroken(driver, .order)
    }

    @Test func availableIndexFarAheadBreaksTheDevice() {
        let driver = rig()
        driver.put(UInt16(9), at: driver.rings[0].available + 2)
        expectBroken(driver, .availableIndex)
    }

    /// Flags and length of the one descriptor: not negotiated, with NEXT, empty, no whole number of entries.
    @Test(
        arguments: [
            (version1, 4, 16), (version1 | indirect, 5, 16), (version1 | indirect, 4, 0), (version1 | indirect, 4, 17),
        ] as [(UInt64, UInt16, UInt32)])
    func badIndirectTableBreaksTheDevice(features: UInt64, flags: UInt16, count: UInt32) {
        let driver = rig(features: features)
        driver.descriptor(0, 0, 0x7000, count, flags: flags, next: 1)
        driver.offer(0, head: 0)
        expectBroken(driver, .indirect)
    }

    @Test func tableWithinATableBreaksTheDevice() {
        let driver = rig(features: Self.version1 | Self.indirect)
        driver.put(UInt64(0x7000), at: 0x7000)
        driver.put(UInt32(16), at: 0x7008)
        driver.put(UInt16(4), at: 0x700C)
        driver.descriptor(0, 0, 0x7000, 16, flags: 4, next: 0)
        driver.offer(0, head: 0)
        expectBroken(driver, .indirect)
    }

    @Test func queueThatIsChangedInUseBreaksTheDevice() {
        let driver = rig()
        driver.core.current.queueSelect = 0
        driver.core.setSize(4)
        expectBroken(driver, .changedInUse)
    }

    @Test func ringOutsideOfMemoryBreaksTheDevice() {
        let model = VirtioRandom()
        let driver = VirtioDriver(model)
        driver.start()
        driver.core.current.queues[0].used = 0x10_0000
        driver.put(UInt16(1), at: driver.rings[0].available + 2)
        driver.kick(0)
        #expect(driver.errors == [.address(0x10_0000)])
    }

    @Test func sizesThatAreNoPowerOfTwoOrTooLargeAreNotTaken() {
        let driver = VirtioDriver(VirtioRandom())
        for size in [0, 3, 16, 0xFFFF] as [UInt16] { driver.core.setSize(size) }
        #expect(driver.core.current.queues[0].size == 8)
        driver.core.setSize(2)
        #expect(driver.core.current.queues[0].size == 2)
    }

    // MARK: Negotiation

    @Test func featuresThatWereNotOfferedAreNotOK() {
        for features in [1 << 32 | 1, 0] as [UInt64] {
            let driver = VirtioDriver(VirtioRandom())
            driver.start(features: features)
            #expect(driver.core.current.status & 0x0C == 0)
            #expect(!driver.core.isLive)
        }
    }

    @Test func stateInTheMiddleGoesOnInACopy() {
        let first = rig(), second = rig()
        first.add(0, [(0x8000, 8, true)])
        first.core.notify(0)
        second.ram = first.ram
        second.core.current = first.core.current
        second.events.state = first.events.state
        first.run()
        second.run()
        #expect(first.ram == second.ram)
        #expect(first.core.current == second.core.current)
        #expect(second.get(second.rings[0].used + 2, as: UInt16.self) == 1)
    }

    /// Rings of random bytes: whatever they say, the device comes back and takes no more than its bound.
    @Test func randomRingsNeitherTrapNorHang() {
        var generator = SeededGenerator(seed: 86)
        for round in 0..<3_000 {
            let models: [any VirtioModel] = [
                VirtioRandom(), VirtioConsole(), VirtioNet(mac: [2, 0, 0, 0, 0, 1]),
                VirtioBlock(name: "d", storage: MemoryDisk([UInt8](repeating: 7, count: 1 << 16))),
            ]
            let driver = VirtioDriver(models[round % models.count])
            driver.start(features: Self.version1 | (generator.next() & 3) << 28)
            for ring in driver.rings {
                // Words that are small often, so that numbers, flags and addresses make sense now and then.
                for place in stride(from: ring.table, to: ring.used, by: 2) {
                    let word = generator.next()
                    driver.put(UInt16(truncatingIfNeeded: word >> 16) & [0, 7, 0xF, 0xFFFF][Int(word & 3)], at: place)
                }
                driver.put(UInt16(truncatingIfNeeded: generator.next() % 12), at: ring.available + 2)
            }
            for _ in 0..<3 { for queue in driver.rings.indices { driver.kick(queue) } }
        }
    }
}
