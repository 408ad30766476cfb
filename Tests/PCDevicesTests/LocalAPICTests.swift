import Machine
import PCDevices
import Testing

/// Expected values: SDM 3A chapter 11 (12 in later editions).
struct LocalAPICTests {
    let rig = Rig()
    let bus = APICBus()
    let apics: [LocalAPIC]
    final class Log {
        var lines = [Bool](repeating: false, count: 20)
        var signals: [String] = []
        var ends: [UInt8] = []
    }
    let log = Log()

    /// Two processors, software-enabled with spurious vector FFh.
    init() {
        apics = (0..<2).map { [rig] in LocalAPIC(number: $0, events: rig.events) }
        for apic in apics {
            bus.add(apic)
            apic.output = { [log] in log.lines[apic.number] = $0 }
            apic.signal = { [log] in log.signals.append("\(apic.number) \($0)") }
            apic.endOfInterrupt = { [log] in log.ends.append($0) }
            set(0xF0, 0x1FF, apic.number)
        }
    }

    private func get(_ offset: UInt64, _ number: Int = 0) -> UInt32 {
        UInt32(truncatingIfNeeded: apics[number].read(offset: offset, width: 4))
    }

    private func set(_ offset: UInt64, _ value: UInt32, _ number: Int = 0) {
        apics[number].write(offset: offset, width: 4, value: UInt64(value))
    }

    private func sendToSelf(_ vector: UInt32, _ number: Int = 0) { set(0x300, 0x44000 | vector, number) }

    // MARK: After RESET

    @Test func registersAfterResetAreThoseOfTheManual() {
        let apic = LocalAPIC(number: 1, events: EventQueue())
        func get(_ offset: UInt64) -> UInt64 { apic.read(offset: offset, width: 4) }
        #expect(get(0x20) == 0x0100_0000)
        #expect(get(0x30) == 0x0005_0014)
        #expect(get(0x80) == 0)
        #expect(get(0xD0) == 0)
        #expect(get(0xE0) == 0xFFFF_FFFF)
        #expect(get(0xF0) == 0xFF)
        for offset: UInt64 in [0x320, 0x330, 0x340, 0x350, 0x360, 0x370] { #expect(get(offset) == 0x10000) }
        for offset: UInt64 in [0x100, 0x180, 0x200, 0x280, 0x300, 0x310, 0x380, 0x390, 0x3E0] {
            #expect(get(offset) == 0)
        }
        #expect(apic.base == 0xFEE0_0800)
    }

    @Test func firstProcessorStartsInVirtualWireMode() {
        let apic = LocalAPIC(events: EventQueue())
        #expect(apic.base == 0xFEE0_0900)
        var level = false
        apic.output = { level = $0 }
        apic.acknowledgeExternal = { 0x08 }
        apic.setLine(0, true)
        #expect(level)
        #expect(apic.acknowledge() == 0x08)
    }

    @Test func withoutSoftwareEnableVectorsStayMasked() {
        set(0xF0, 0xFF)
        set(0x320, 0x40)
        #expect(get(0x320) == 0x10040)
        sendToSelf(0x50)
        #expect(!log.lines[0])
    }

    // MARK: Priorities

    @Test func higherVectorIsTakenFirstAndHoldsLowerClassesBack() {
        sendToSelf(0x45)
        sendToSelf(0x61)
        #expect(get(0x220) == 1 << 5)
        #expect(get(0x230) == 1 << 1)
        #expect(apics[0].acknowledge() == 0x61)
        #expect(get(0x130) == 1 << 1)
        #expect(get(0xA0) == 0x60)
        #expect(!log.lines[0])
        // The same class does not nest.
        sendToSelf(0x6F)
        #expect(!log.lines[0])
        sendToSelf(0x70)
        #expect(log.lines[0])
        #expect(apics[0].acknowledge() == 0x70)
        set(0xB0, 0)
        set(0xB0, 0)
        #expect(log.lines[0])
        #expect(apics[0].acknowledge() == 0x6F)
        set(0xB0, 0)
        #expect(apics[0].acknowledge() == 0x45)
    }

    @Test func taskPriorityHoldsItsClassAndLowerBack() {
        set(0x80, 0x5F)
        #expect(get(0xA0) == 0x5F)
        sendToSelf(0x5F)
        #expect(!log.lines[0])
        set(0x80, 0x4F)
        #expect(log.lines[0])
    }

    @Test func controlRegister8IsTheClassOfTheTaskPriority() {
        set(0x80, 0x5A)
        #expect(apics[0].taskPriority == 5)
        apics[0].taskPriority = 7
        #expect(get(0x80) == 0x70)
    }

    @Test func interruptThatIsHeldBackAgainIsSpurious() {
        sendToSelf(0x41)
        set(0x80, 0xF0)
        #expect(apics[0].acknowledge() == 0xFF)
        #expect(get(0x100) == 0)
    }

    // MARK: Interrupt commands

    @Test(arguments: [
        // Physical 1; all; all but oneself.
        (UInt32(0x0100_0000), UInt32(0x4050), [1]), (0, 0x84050, [0, 1]), (0, 0xC4050, [1]),
        // Physical broadcast; nobody.
        (0xFF00_0000, 0x4050, [0, 1]), (0x0500_0000, 0x4050, []),
        // Logical, flat: the second bit, both, neither.
        (0x0200_0000, 0x4850, [1]), (0x0300_0000, 0x4850, [0, 1]), (0x0400_0000, 0x4850, []),
    ]) func destinationsAreThoseOfTheManual(high: UInt32, low: UInt32, wanted: [Int]) {
        set(0xD0, 0x0100_0000, 0)
        set(0xD0, 0x0200_0000, 1)
        set(0x310, high)
        set(0x300, low)
        #expect((0..<2).filter { log.lines[$0] } == wanted)
        for number in wanted { #expect(apics[number].acknowledge() == 0x50) }
    }

    @Test func clusterModelMatchesClusterAndBit() {
        for number in 0..<2 { set(0xE0, 0x0FFF_FFFF, number) }
        set(0xD0, 0x1100_0000, 0)
        set(0xD0, 0x2100_0000, 1)
        set(0x310, 0x2300_0000)
        set(0x300, 0x4850)
        #expect(log.lines[0...1] == [false, true])
    }

    @Test func lowestPriorityGoesToWhoDoesTheLeast() {
        set(0xD0, 0x0100_0000, 0)
        set(0xD0, 0x0200_0000, 1)
        set(0x80, 0x20, 0)
        set(0x310, 0x0300_0000)
        set(0x300, 0x4950)
        #expect(log.lines[0...1] == [false, true])
    }

    @Test func startUpSequenceReachesTheOther() {
        set(0x310, 0x0100_0000)
        set(0x300, 0xC500)
        // Level de-assert says nothing.
        set(0x300, 0x8500)
        set(0x300, 0x4609)
        set(0x300, 0x4400)
        #expect(log.signals == ["1 initialise", "1 startup(9)", "1 nonMaskable"])
    }

    @Test func illegalVectorsAreErrors() {
        set(0x370, 0xE1)
        set(0x310, 0x0100_0000)
        set(0x300, 0x400F)
        #expect(get(0x280) == 0)
        #expect(apics[0].acknowledge() == 0xE1)
        set(0x280, 0)
        #expect(get(0x280) == 1 << 5)
        set(0x280, 0)
        #expect(get(0x280) == 0)
        #expect(!log.lines[1])
    }

    @Test func unknownRegisterIsAnError() {
        _ = get(0x40)
        set(0x280, 0)
        #expect(get(0x280) == 1 << 7)
    }

    @Test func endOfLevelTriggeredInterruptIsBroadcast() {
        bus.send(InterruptMessage(vector: 0x51, destination: .physical(0), isLevel: true))
        #expect(get(0x1A0) == 1 << 17)
        #expect(apics[0].acknowledge() == 0x51)
        set(0xB0, 0)
        sendToSelf(0x52)
        #expect(apics[0].acknowledge() == 0x52)
        set(0xB0, 0)
        #expect(log.ends == [0x51])
    }

    // MARK: Local vector table

    @Test func nonMaskableInterruptComesThroughLINT1() {
        set(0x360, 0x400)
        apics[0].setLine(1, true)
        #expect(log.signals == ["0 nonMaskable"])
    }

    @Test func maskedLINT0KeepsThe8259sOut() {
        // Software enable leaves what RESET put there.
        apics[0].setLine(0, true)
        #expect(log.lines[0])
        set(0x350, 0x10700)
        #expect(!log.lines[0])
    }

    @Test func levelTriggeredLINT0AsksAgainUntilItFalls() {
        set(0x350, 0x8047)
        apics[0].setLine(0, true)
        #expect(get(0x350) == 0xC047)
        #expect(apics[0].acknowledge() == 0x47)
        set(0xB0, 0)
        #expect(apics[0].acknowledge() == 0x47)
        apics[0].setLine(0, false)
        set(0xB0, 0)
        #expect(get(0x350) == 0x8047)
        #expect(!log.lines[0])
    }

    // MARK: Timer

    @Test(arguments: [(UInt32(0xB), UInt64(1)), (0, 2), (1, 4), (2, 8), (3, 16), (8, 32), (9, 64), (0xA, 128)])
    func oneShotEndsAfterItsCount(divide: UInt32, factor: UInt64) {
        set(0x3E0, divide)
        set(0x320, 0x40)
        set(0x380, 1000)
        rig.run(for: 400 * factor)
        #expect(get(0x390) == 600)
        rig.run(for: 600 * factor - 1)
        #expect(!log.lines[0])
        rig.run(for: 1)
        #expect(log.lines[0])
        #expect(get(0x390) == 0)
        #expect(get(0x380) == 1000)
        #expect(rig.events.next == .max)
    }

    @Test func periodicTimerGoesOn() {
        set(0x3E0, 0xB)
        set(0x320, 0x20040)
        set(0x380, 1000)
        for _ in 0..<3 {
            rig.run(for: 1000)
            #expect(apics[0].acknowledge() == 0x40)
            set(0xB0, 0)
        }
        rig.run(for: 300)
        #expect(get(0x390) == 700)
        set(0x380, 0)
        #expect(rig.events.next == .max)
    }

    @Test func maskedTimerCountsWithoutAnInterrupt() {
        set(0x3E0, 0xB)
        set(0x320, 0x30040)
        set(0x380, 1000)
        rig.run(for: 2500)
        #expect(get(0x390) == 500)
        #expect(!log.lines[0])
        set(0x320, 0x20040)
        rig.run(for: 500)
        #expect(log.lines[0])
    }

    @Test func deadlineFiresWhenTheTimeStampCounterIsThere() {
        apics[0].timeStampOffset = 1_000_000
        set(0x320, 0x40040)
        #expect(apics[0].setModelRegister(0x6E0, 1_000_500) == .done)
        #expect(apics[0].modelRegister(0x6E0) == 1_000_500)
        rig.run(for: 499)
        #expect(!log.lines[0])
        rig.run(for: 1)
        #expect(log.lines[0])
        #expect(apics[0].modelRegister(0x6E0) == 0)
        #expect(get(0x390) == 0)
        // One that has passed fires at once.
        #expect(apics[0].acknowledge() == 0x40)
        set(0xB0, 0)
        #expect(apics[0].setModelRegister(0x6E0, 5) == .done)
        #expect(log.lines[0])
    }

    @Test func deadlineIsIgnoredInOtherModes() {
        set(0x320, 0x40)
        #expect(apics[0].setModelRegister(0x6E0, 500) == .done)
        #expect(apics[0].modelRegister(0x6E0) == 0)
        #expect(rig.events.next == .max)
        let without = LocalAPIC(hasDeadline: false, events: EventQueue())
        #expect(without.modelRegister(0x6E0) == nil)
        #expect(without.setModelRegister(0x6E0, 1) == .unknown)
    }

    // MARK: Modes

    @Test func disabledAPICPassesThe8259sAndTakesNoMessages() {
        apics[0].base = 0xFEE0_0100
        sendToSelf(0x50)
        bus.send(InterruptMessage(vector: 0x50, destination: .physical(0)))
        #expect(!log.lines[0])
        apics[0].setLine(0, true)
        #expect(log.lines[0])
        #expect(apics[0].read(offset: 0x20, width: 4) == .max)
        apics[0].setLine(1, true)
        #expect(log.signals == ["0 nonMaskable"])
    }

    @Test func x2APICRegistersAreModelSpecific() {
        let apic = apics[1]
        #expect(apic.modelRegister(0x802) == nil)
        apic.base = 0xFEE0_0C00
        #expect(apic.read(offset: 0x20, width: 4) == .max)
        #expect(apic.modelRegister(0x802) == 1)
        #expect(apic.modelRegister(0x80D) == 2)
        #expect(apic.modelRegister(0x80E) == nil)
        #expect(apic.modelRegister(0x80B) == nil)
        #expect(apic.setModelRegister(0x808, 0x100) == .reserved)
        #expect(apic.setModelRegister(0x808, 0x20) == .done)
        #expect(apic.setModelRegister(0x802, 1) == .unknown)
        #expect(apic.setModelRegister(0x80B, 1) == .reserved)
        // Self IPI, and one to processor 0, which is addressed by 32 bits.
        #expect(apic.setModelRegister(0x83F, 0x41) == .done)
        #expect(apic.acknowledge() == 0x41)
        #expect(apic.setModelRegister(0x80B, 0) == .done)
        #expect(apic.setModelRegister(0x830, 0x4050) == .done)
        #expect(apic.modelRegister(0x830) == 0x4050)
        #expect(log.lines[0])
        #expect(apics[0].acknowledge() == 0x50)
    }

    @Test func initKeepsModeAndIdentity() {
        set(0x80, 0x30)
        set(0x320, 0x20040)
        set(0x380, 1000)
        apics[0].initialise()
        #expect(get(0x80) == 0)
        #expect(get(0xF0) == 0xFF)
        #expect(get(0x320) == 0x10000)
        #expect(rig.events.next == .max)
        #expect(apics[0].base == 0xFEE0_0900)
    }
}
