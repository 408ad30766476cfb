import Machine
import Testing

@testable import PCDevices

/// A bus with one virtio device in slot 3 and what its driver needs: configuration cycles, MMIO, memory.
private final class VirtioPCIRig {
    let io = vIO()
    let memory: vMEM
    let bus: PCIBus
    let device: VirtioPCI<VirtioRandom>
    var messages: [(UInt64, UInt32)] = []
    /// Levels of the interrupt router's inputs.
    var inputs = [false, false, false, false]
    static let base: UInt64 = 0xFEB0_0000
    static let table: UInt64 = 0xFEBF_0000

    init(hasMessages: Bool = false) throws {
        memory = try vMEM(size: 16 << 20)
        bus = PCIBus(ports: io.ports, memory: memory)
        let model = VirtioRandom()
        model.random = { 0xAAAA_AAAA_AAAA_AAAA }
        final class Sink {
            var take: (UInt64, UInt32) -> Void = { _, _ in }
        }
        let sink = Sink()
        device = VirtioPCI(
            name: "rng", model: model, events: io.events,
            isRAM: { [unowned memory] in memory.isPlainRAM($0, count: $1) },
            sendMessage: hasMessages ? { sink.take($0, $1) } : nil)
        bus.insert(device.function, at: PCIBus.Slot(3))
        sink.take = { [unowned self] in messages.append(($0, $1)) }
        bus.interrupt = { [unowned self] in inputs[$0] = $1 }
    }

    func config(_ offset: Int, width: Int = 4) -> UInt32 { device.function.read(offset, width: width) }

    func setConfig(_ offset: Int, width: Int = 4, _ value: UInt32) {
        device.function.write(offset, width: width, value: value)
    }

    /// Places the bases, and lets the device be bus master.
    func enable() {
        setConfig(0x20, UInt32(Self.base))
        setConfig(0x24, 0)
        if device.messages != nil { setConfig(0x14, UInt32(Self.table)) }
        setConfig(4, width: 2, 6)
    }

    /// Offsets of the capabilities with this identity.
    func capabilities(_ identity: UInt32) -> [Int] {
        var list: [Int] = [], place = Int(config(0x34, width: 1))
        while place != 0, list.count < 48 {
            if config(place, width: 1) == identity { list.append(place) }
            place = Int(config(place + 1, width: 1))
        }
        return list
    }

    /// Brings the device up with a queue at 1 MiB and offers `count` buffers of 16 bytes at 2 MiB.
    func start(vector: UInt16? = nil) {
        let base = Self.base
        for status in [1, 3] as [UInt8] { memory.write(base + 0x14, status) }
        memory.write(base + 8, UInt32(1))
        memory.write(base + 12, UInt32(1))
        memory.write(base + 0x14, UInt8(11))
        memory.write(base + 0x16, UInt16(0))
        if let vector { memory.write(base + 0x1A, vector) }
        memory.write(base + 0x20, UInt64(0x100000))
        memory.write(base + 0x28, UInt32(0x101000))
        memory.write(base + 0x2C, UInt32(0))
        memory.write(base + 0x30, UInt64(0x102000))
        memory.write(base + 0x1C, UInt16(1))
        memory.write(base + 0x14, UInt8(15))
    }

    func offerOne() {
        memory.write(0x100000, UInt64(0x200000))
        memory.write(0x100008, UInt32(16))
        memory.write(0x10000C, UInt16(2))
        let index = memory.read(0x101002, as: UInt16.self)
        memory.write(0x101004 + UInt64(index % 8) * 2, UInt16(0))
        memory.write(0x101002, index + 1)
        memory.write(Self.base + 0x3000, UInt16(0))
        io.events.advance(to: io.events.now + 100_000)
        io.events.runDue()
    }
}

@Suite("virtio on PCI")
struct VirtioPCITests {
    @Test func identityIsThatOfAModernDevice() throws {
        let rig = try VirtioPCIRig()
        // 4.1.2: vendor 1AF4h, device 1040h + 4, revision 1 or more.
        #expect(rig.config(0) == 0x1044_1AF4)
        #expect(rig.config(8, width: 1) == 1)
        #expect(rig.config(0x3D, width: 1) == 1)
    }

    /// 4.1.4: each structure has a capability that says where it is.
    @Test func capabilitiesLeadToTheStructures() throws {
        let rig = try VirtioPCIRig()
        var places: [UInt32: (bar: UInt32, offset: UInt32, length: UInt32)] = [:]
        for capability in rig.capabilities(9) {
            #expect(rig.config(capability + 2, width: 1) >= 16)
            places[rig.config(capability + 3, width: 1)] = (
                rig.config(capability + 4, width: 1), rig.config(capability + 8), rig.config(capability + 12)
            )
        }
        #expect(places.keys.sorted() == [1, 2, 3, 4, 5])
        #expect(places[1]?.bar == 4 && places[1]?.offset == 0 && (places[1]?.length ?? 0) >= 56)
        // Where QEMU has them.
        #expect([3, 4, 2].map { places[$0]?.offset } == [0x1000, 0x2000, 0x3000])
        let notify = try #require(rig.capabilities(9).first { rig.config($0 + 3, width: 1) == 2 })
        #expect(rig.config(notify + 16) == 4)
    }

    @Test func driverBringsItUpAndGetsAnInterrupt() throws {
        let rig = try VirtioPCIRig()
        rig.enable()
        #expect(rig.memory.read(VirtioPCIRig.base + 0x12, as: UInt16.self) == 1)
        rig.start()
        #expect(rig.memory.read(VirtioPCIRig.base + 0x14, as: UInt8.self) == 15)
        rig.offerOne()
        #expect(rig.memory.read(0x102002, as: UInt16.self) == 1)
        #expect(rig.memory.read(0x200000, as: UInt64.self) == 0xAAAA_AAAA_AAAA_AAAA)
        // INTA# of slot 3 is PIRQC#.
        #expect(rig.inputs == [false, false, true, false])
        #expect(rig.memory.read(VirtioPCIRig.base + 0x1000, as: UInt8.self) == 1)
        #expect(rig.inputs == [false, false, false, false])
        #expect(rig.memory.read(VirtioPCIRig.base + 0x1000, as: UInt8.self) == 0)
    }

    @Test func deviceThatIsNoBusMasterNeedsAResetInsteadOfReadingMemory() throws {
        let rig = try VirtioPCIRig()
        rig.enable()
        rig.start()
        rig.setConfig(4, width: 2, 2)
        rig.offerOne()
        #expect(rig.memory.read(0x200000, as: UInt64.self) == 0)
        #expect(rig.memory.read(VirtioPCIRig.base + 0x14, as: UInt8.self) == 15 | 0x40)
    }

    @Test func messagesReplaceTheInterruptLine() throws {
        let rig = try VirtioPCIRig(hasMessages: true)
        rig.enable()
        let capability = try #require(rig.capabilities(0x11).first)
        // Two vectors, the table in base 1.
        #expect(rig.config(capability + 2, width: 2) & 0x7FF == 1)
        #expect(rig.config(capability + 4) == 1)
        rig.setConfig(capability + 2, width: 2, 0x8000)
        rig.memory.write(VirtioPCIRig.table + 16, UInt32(0xFEE0_0000))
        rig.memory.write(VirtioPCIRig.table + 24, UInt32(0x41))
        rig.start(vector: 1)
        #expect(rig.memory.read(VirtioPCIRig.base + 0x1A, as: UInt16.self) == 1)
        rig.offerOne()
        // Masked after reset: it waits in the pending bits.
        #expect(rig.messages.isEmpty)
        #expect(rig.memory.read(VirtioPCIRig.table + 0x800, as: UInt64.self) == 2)
        rig.memory.write(VirtioPCIRig.table + 28, UInt32(0))
        #expect(rig.messages.map(\.0) == [0xFEE0_0000] && rig.messages.map(\.1) == [0x41])
        rig.offerOne()
        #expect(rig.messages.count == 2)
        #expect(rig.inputs == [false, false, false, false])
    }

    @Test func vectorBeyondTheTableReadsBackAsNone() throws {
        let rig = try VirtioPCIRig(hasMessages: true)
        rig.enable()
        rig.memory.write(VirtioPCIRig.base + 0x1A, UInt16(7))
        #expect(rig.memory.read(VirtioPCIRig.base + 0x1A, as: UInt16.self) == 0xFFFF)
    }

    /// 4.1.4.9: what firmware uses that cannot reach the base.
    @Test func windowInConfigurationSpaceReachesTheRegisters() throws {
        let rig = try VirtioPCIRig()
        let window = try #require(rig.capabilities(9).first { rig.config($0 + 3, width: 1) == 5 })
        rig.setConfig(window + 4, width: 1, 4)
        rig.setConfig(window + 8, 0x14)
        rig.setConfig(window + 12, 1)
        rig.setConfig(window + 16, width: 1, 3)
        #expect(rig.device.core.current.status == 3)
        rig.setConfig(window + 8, 0x12)
        rig.setConfig(window + 12, 2)
        #expect(rig.config(window + 16, width: 2) == 1)
    }

    @Test func stateWithQueuesGoesOnInACopy() throws {
        let rig = try VirtioPCIRig(hasMessages: true), copy = try VirtioPCIRig(hasMessages: true)
        rig.enable()
        rig.start()
        rig.offerOne()
        try copy.device.function.restoreState(from: rig.device.function.encodedState())
        try copy.device.restoreState(from: rig.device.encodedState())
        #expect(copy.device.state == rig.device.state)
        #expect(copy.inputs == rig.inputs)
    }
}
