import Machine
import Testing

@testable import PCDevices

/// A bus with both bridges, memory and ports, without an engine.
private final class PCIRig {
    let io = vIO()
    let memory: vMEM
    let bus: PCIBus
    let host: I440FX
    let isa: PIIX3
    /// IRQs that PCI pulls.
    var lines: Set<Int> = []
    var resets = 0

    init() throws {
        memory = try vMEM(size: 16 << 20)
        bus = PCIBus(ports: io.ports, memory: memory)
        host = I440FX(bus: bus)
        isa = PIIX3(bus: bus)
        host.shadow = { [unowned self] in memory.setShadowing($0, $1) }
        isa.interrupt = { [unowned self] irq, level in
            if level { lines.insert(irq) } else { lines.remove(irq) }
        }
        isa.resetRequest = { [unowned self] in resets += 1 }
        host.isaRead = { [unowned self] port, _ in port.rawValue == 0xCF9 ? UInt32(isa.readResetControl()) : .max }
        host.isaWrite = { [unowned self] port, _, value in
            if port.rawValue == 0xCF9 { isa.writeResetControl(UInt8(truncatingIfNeeded: value)) }
        }
        try io.ports.map(0xCF8...0xCFF, name: "pci", width: 4, to: host)
        host.setShadows()
    }

    func select(_ device: UInt32, _ function: UInt32 = 0, _ register: UInt32, bus: UInt32 = 0) {
        io.ports.write(0xCF8, width: 4, value: 1 << 31 | bus << 16 | device << 11 | function << 8 | register & 0xFC)
    }

    func read(_ device: UInt32, _ function: UInt32 = 0, _ register: UInt32, width: Int = 4) -> UInt32 {
        select(device, function, register)
        return io.ports.read(Port(0xCFC + UInt16(register & 3)), width: width)
    }

    func write(_ device: UInt32, _ function: UInt32 = 0, _ register: UInt32, width: Int = 4, _ value: UInt32) {
        select(device, function, register)
        io.ports.write(Port(0xCFC + UInt16(register & 3)), width: width, value: value)
    }
}

/// A function with 32 ports, 8 KiB of memory and 16 KiB of memory anywhere in 64 bits, which all tell their offset.
private final class Probe: PortHandler, MemoryHandler {
    let function: PCIFunction
    var writes: [UInt64] = []

    init(_ name: String, pin: UInt8 = 1) {
        function = PCIFunction(
            name: name, .init(vendor: 0x1234, device: 0x5678, classCode: 0xFF0000), interruptPin: pin)
        function.addBase(0, ports: 32, self)
        function.addBase(1, memory: 8192, self)
        function.addBase(2, memory: 16384, is64Bit: true, isPrefetchable: true, self)
    }

    func read(port: Port, width: Int) -> UInt32 { UInt32(port.rawValue) }
    func write(port: Port, width: Int, value: UInt32) { writes.append(UInt64(port.rawValue)) }
    func read(offset: UInt64, width: Int) -> UInt64 { offset }
    func write(offset: UInt64, width: Int, value: UInt64) { writes.append(offset) }
}

/// PCI Local Bus Specification 2.2; 82441FX and 82371SB data sheets.
@Suite("PCI")
struct PCITests {
    @Test func bridgesTellWhoTheyAre() throws {
        let rig = try PCIRig()
        #expect(rig.read(0, 0, 0x00) == 0x1237_8086)
        #expect(rig.read(0, 0, 0x08) == 0x0600_0002)
        #expect(rig.read(1, 0, 0x00) == 0x7000_8086)
        #expect(rig.read(1, 0, 0x08) >> 8 == 0x060100)
        // A device with several functions says so.
        #expect(rig.read(1, 0, 0x0E, width: 1) == 0x80)
        #expect(rig.read(0, 0, 0x00, width: 2) == 0x8086)
        #expect(rig.read(0, 0, 0x03, width: 1) == 0x12)
    }

    @Test func nothingAnswersWhereNothingIs() throws {
        let rig = try PCIRig()
        #expect(rig.read(5, 0, 0x00) == .max)
        #expect(rig.read(0, 3, 0x00) == .max)
        rig.select(0, 0, 0, bus: 1)
        #expect(rig.io.ports.read(0xCFC, width: 4) == .max)
        // Without bit 31 of CONFADD there is no configuration cycle.
        rig.io.ports.write(0xCF8, width: 4, value: 0)
        #expect(rig.io.ports.read(0xCFC, width: 4) == .max)
    }

    /// What Linux and others probe for: CONFADD takes dwords only, and bits 30-24 and 1-0 read as zero.
    @Test func addressRegisterTakesDwordsOnly() throws {
        let rig = try PCIRig()
        rig.io.ports.write(0xCF8, width: 4, value: 0xFFFF_FFFF)
        #expect(rig.io.ports.read(0xCF8, width: 4) == 0x80FF_FFFC)
        rig.io.ports.write(0xCFB, width: 1, value: 1)
        rig.io.ports.write(0xCF8, width: 2, value: 0)
        #expect(rig.io.ports.read(0xCF8, width: 4) == 0x80FF_FFFC)
    }

    @Test func riseOfRCPUResetsOnce() throws {
        let rig = try PCIRig()
        rig.io.ports.write(0xCF9, width: 1, value: 2)
        #expect(rig.resets == 0)
        rig.io.ports.write(0xCF9, width: 1, value: 6)
        rig.io.ports.write(0xCF9, width: 1, value: 6)
        #expect(rig.resets == 1)
        #expect(rig.io.ports.read(0xCF9, width: 1) == 6)
    }

    @Test func allOnesInABaseTellItsSizeAndKind() throws {
        let rig = try PCIRig()
        rig.bus.insert(Probe("probe").function, at: .init(3))
        for register: UInt32 in [0x10, 0x14, 0x18, 0x1C, 0x20] { rig.write(3, 0, register, 0xFFFF_FFFF) }
        #expect(rig.read(3, 0, 0x10) == 0xFFFF_FFE1)
        #expect(rig.read(3, 0, 0x14) == 0xFFFF_E000)
        #expect(rig.read(3, 0, 0x18) == 0xFFFF_C00C)
        #expect(rig.read(3, 0, 0x1C) == 0xFFFF_FFFF)
        #expect(rig.read(3, 0, 0x20) == 0)
    }

    @Test func basesDecodeOnlyWhereTheCommandRegisterSaysSo() throws {
        let rig = try PCIRig()
        let probe = Probe("probe")
        rig.bus.insert(probe.function, at: .init(3))
        rig.write(3, 0, 0x10, 0xC000)
        rig.write(3, 0, 0x14, 0xFEB0_0000)
        rig.write(3, 0, 0x18, 0x0000_0000)
        rig.write(3, 0, 0x1C, 0x0000_0010)
        func seen() -> [UInt64] {
            [
                UInt64(rig.io.ports.read(0xC01C, width: 4)), rig.memory.read(0xFEB0_1004, as: UInt64.self),
                rig.memory.read(0x10_0000_3000, as: UInt64.self),
            ]
        }
        let nothing = [0xFFFF_FFFF, UInt64.max, .max]
        #expect(seen() == nothing)
        rig.write(3, 0, 0x04, width: 2, 1)
        #expect(seen() == [0x1C, .max, .max])
        rig.write(3, 0, 0x04, width: 2, 3)
        #expect(seen() == [0x1C, 0x1004, 0x3000])
        #expect(probe.function.place(ofBase: 2) == 0x10_0000_0000)
        // Moved.
        rig.write(3, 0, 0x14, 0xE000_0000)
        #expect(rig.memory.read(0xFEB0_1004, as: UInt32.self) == .max)
        #expect(rig.memory.read(0xE000_0008, as: UInt32.self) == 8)
        rig.write(3, 0, 0x04, width: 2, 0)
        #expect(seen() == nothing)
    }

    @Test func baseNeverHidesMemoryAndFixedPorts() throws {
        let rig = try PCIRig()
        let probe = Probe("probe")
        rig.bus.insert(probe.function, at: .init(3))
        rig.write(3, 0, 0x14, 0x0010_0000)
        rig.write(3, 0, 0x10, 0x0CE0)
        rig.write(3, 0, 0x04, width: 2, 3)
        rig.memory.write(0x10_0010, UInt32(0x1234_5678))
        #expect(rig.memory.read(0x10_0010, as: UInt32.self) == 0x1234_5678)
        #expect(rig.read(0, 0, 0) == 0x1237_8086)
        #expect(rig.io.ports.read(0xCE4, width: 1) == 4)
        #expect(probe.writes.isEmpty)
    }

    /// Two bases at one place: one answers; when that goes, the other does.
    @Test func overlappingBasesAreBoundedAndComeBack() throws {
        let rig = try PCIRig()
        let first = Probe("first"), second = Probe("second")
        rig.bus.insert(first.function, at: .init(3))
        rig.bus.insert(second.function, at: .init(4))
        for device: UInt32 in [3, 4] {
            rig.write(device, 0, 0x10, 0xC000 + (device - 3) * 0x20)
            rig.write(device, 0, 0x04, width: 2, 1)
        }
        rig.write(4, 0, 0x10, 0xC000)
        rig.io.ports.write(0xC004, width: 1, value: 0)
        #expect(first.writes == [4] && second.writes == [])
        rig.write(3, 0, 0x04, width: 2, 0)
        rig.io.ports.write(0xC008, width: 1, value: 0)
        #expect(first.writes == [4] && second.writes == [8])
    }

    @Test func restoredStatePutsBasesWhereTheyWere() throws {
        let rig = try PCIRig(), copy = try PCIRig()
        let probe = Probe("probe"), other = Probe("probe")
        rig.bus.insert(probe.function, at: .init(3))
        copy.bus.insert(other.function, at: .init(3))
        rig.write(3, 0, 0x10, 0xC100)
        rig.write(3, 0, 0x14, 0xFEB0_0000)
        rig.write(3, 0, 0x04, width: 2, 3)
        try other.function.restoreState(from: probe.function.encodedState())
        #expect(copy.io.ports.read(0xC104, width: 2) == 4)
        #expect(copy.memory.read(0xFEB0_0010, as: UInt16.self) == 0x10)
        other.function.reset()
        #expect(copy.io.ports.read(0xC104, width: 2) == 0xFFFF)
        #expect(copy.memory.read(0xFEB0_0010, as: UInt16.self) == 0xFFFF)
    }

    @Test func capabilitiesFormAList() throws {
        let function = PCIFunction(name: "f", .init(vendor: 1, device: 2, classCode: 0))
        let first = function.addCapability(0x05, [1, 2, 3, 4, 5], writable: [0xFF])
        let second = function.addCapability(0x09, [16])
        #expect(function.byte(0x34) == UInt8(first) && function.word(0x06) & 0x10 != 0)
        #expect(function.byte(first) == 5 && Int(function.byte(first + 1)) == second)
        #expect(function.byte(second) == 9 && function.byte(second + 1) == 0 && function.byte(second + 2) == 16)
        function.write(first + 2, width: 2, value: 0xFFFF)
        #expect(function.word(first + 2) == 0x02FF)
    }

    /// QEMU's `pc`: slot 1's INTA# is PIRQA#, and each slot further turns by one.
    @Test(arguments: [(1, 1, 0), (2, 1, 1), (3, 1, 2), (4, 1, 3), (5, 1, 0), (3, 4, 1)] as [(UInt8, UInt8, Int)])
    func pinsReachTheRouterTurnedBySlot(slot: UInt8, pin: UInt8, input: Int) throws {
        let rig = try PCIRig()
        let probe = Probe("probe", pin: pin)
        rig.bus.insert(probe.function, at: .init(slot, slot == 1 ? 3 : 0))
        for index in 0..<4 { rig.write(1, 0, 0x60 + UInt32(index), width: 1, UInt32([5, 10, 11, 15][index])) }
        probe.function.setInterrupt(true)
        #expect(rig.lines == [[5, 10, 11, 15][input]])
        // Status bit 3 tells it, command bit 10 holds the pin back.
        #expect(probe.function.word(6) & 8 == 8)
        probe.function.write(4, width: 2, value: 0x400)
        #expect(rig.lines == [] && probe.function.word(6) & 8 == 8)
        probe.function.write(4, width: 2, value: 0)
        #expect(!rig.lines.isEmpty)
        probe.function.setInterrupt(false)
        #expect(rig.lines == [])
    }

    @Test func routeThatMovesTakesItsLevelAlong() throws {
        let rig = try PCIRig()
        let first = Probe("first"), second = Probe("second")
        rig.bus.insert(first.function, at: .init(3))
        rig.bus.insert(second.function, at: .init(4))
        first.function.setInterrupt(true)
        second.function.setInterrupt(true)
        #expect(rig.lines == [])
        rig.write(1, 0, 0x62, width: 1, 11)
        rig.write(1, 0, 0x63, width: 1, 11)
        #expect(rig.lines == [11])
        first.function.setInterrupt(false)
        #expect(rig.lines == [11])
        rig.write(1, 0, 0x63, width: 1, 10)
        #expect(rig.lines == [10])
        rig.write(1, 0, 0x63, width: 1, 0x8A)
        #expect(rig.lines == [])
        // IRQ 13 and others of the board's own cannot be had.
        rig.write(1, 0, 0x63, width: 1, 13)
        #expect(rig.lines == [])
    }

    @Test func attributeRegistersChooseBetweenROMAndRAM() throws {
        let rig = try PCIRig()
        let memory = rig.memory
        try memory.mapROM([UInt8](repeating: 0x5A, count: 0x20000), at: 0xE0000, name: "rom")
        func access(_ address: UInt64, _ value: UInt8) -> UInt8 {
            memory.write(address, value)
            return memory.read(address, as: UInt8.self)
        }
        // ROM, and no memory at all below it.
        #expect(access(0xF0000, 1) == 0x5A && access(0xC8000, 1) == 0xFF)
        // Reads of ROM, writes to the RAM behind: what is copied onto itself is then in RAM.
        rig.write(0, 0, 0x59, width: 1, 0x20)
        #expect(access(0xF0000, 2) == 0x5A)
        rig.write(0, 0, 0x59, width: 1, 0x10)
        #expect(access(0xF0000, 3) == 2)
        rig.write(0, 0, 0x59, width: 1, 0x30)
        #expect(access(0xF0000, 4) == 4)
        // PAM2: its low half is C8000h-CBFFFh.
        rig.write(0, 0, 0x5B, width: 1, 0x03)
        #expect(
            access(0xC8000, 5) == 5 && access(0xCBFFF, 5) == 5 && access(0xCC000, 5) == 0xFF
                && access(0xC7FFF, 5) == 0xFF)
        rig.write(0, 0, 0x5F, width: 1, 0x30)
        #expect(access(0xEC000, 6) == 6 && access(0xEBFFF, 6) == 0x5A)
        rig.host.function.reset()
        #expect(access(0xF0000, 7) == 0x5A && access(0xC8000, 7) == 0xFF)
    }

    @Test func spansForAnEngineFollowTheAttributeRegisters() throws {
        let rig = try PCIRig()
        try rig.memory.mapROM([UInt8](repeating: 0x5A, count: 0x10000), at: 0xF0000, name: "rom")
        func low() -> [[UInt64]] {
            rig.memory.plainSpans.filter { $0.start < 0x200000 }.map { [$0.start, $0.size, $0.isReadOnly ? 1 : 0] }
        }
        #expect(low() == [[0, 0xC0000, 0], [0xF0000, 0x10000, 1], [0x100000, 0xF00000, 0]])
        rig.write(0, 0, 0x59, width: 1, 0x30)
        rig.write(0, 0, 0x5A, width: 1, 0x13)
        #expect(
            low() == [
                [0, 0xC0000, 0], [0xC0000, 0x4000, 0], [0xC4000, 0x4000, 1], [0xF0000, 0x10000, 0],
                [0x100000, 0xF00000, 0],
            ])
    }

    @Test func lockedSMRAMRegisterIsClosedAndStaysSoUntilReset() throws {
        let rig = try PCIRig()
        rig.write(0, 0, 0x72, width: 1, 0x4A)
        #expect(rig.read(0, 0, 0x72, width: 1) == 0x4A)
        rig.write(0, 0, 0x72, width: 1, 0x5A)
        #expect(rig.read(0, 0, 0x72, width: 1) == 0x1A)
        rig.write(0, 0, 0x72, width: 1, 0x4A)
        #expect(rig.read(0, 0, 0x72, width: 1) == 0x1A)
        rig.host.function.reset()
        #expect(rig.read(0, 0, 0x72, width: 1) == 0x02)
    }

    @Test func deviceReachesMemoryOnlyAsBusMaster() throws {
        let rig = try PCIRig()
        let probe = Probe("probe")
        rig.bus.insert(probe.function, at: .init(3))
        probe.function.writeMemory(0x1000, [1, 2, 3])
        #expect(rig.memory.busRead(0x1000, count: 3) == [0, 0, 0])
        #expect(probe.function.readMemory(0x1000, count: 2) == [0xFF, 0xFF])
        rig.write(3, 0, 0x04, width: 2, 4)
        probe.function.writeMemory(0xFFF, [1, 2, 3])
        #expect(probe.function.readMemory(0xFFF, count: 3) == [1, 2, 3])
        // Beyond RAM, and around the end of the address space.
        probe.function.writeMemory(.max, [9, 9])
        #expect(rig.memory.busRead(0, count: 1) == [9])
        #expect(probe.function.readMemory(0x1_0000_0000, count: 1) == [0xFF])
    }
}
