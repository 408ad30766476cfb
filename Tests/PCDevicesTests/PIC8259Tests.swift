import Machine
import PCDevices
import Testing

/// Expected values: Intel 8259A datasheet (231468).
struct PIC8259Tests {
    let rig = Rig()
    let pic: PIC8259

    init() throws {
        pic = try rig.map(PIC8259(), 0x20...0x21, 0xA0...0xA1, 0x4D0...0x4D1)
        initialise()
    }

    /// As a PC's firmware does: vectors 08h and 70h, cascade on IR2, all unmasked.
    private func initialise(icw4: UInt8 = 0x01, masterLTIM: Bool = false) {
        rig.write(0x20, masterLTIM ? 0x19 : 0x11)
        rig.write(0x21, [0x08, 0x04, icw4])
        rig.write(0xA0, 0x11)
        rig.write(0xA1, [0x70, 0x02, icw4 & ~0x10])
        rig.write(0x21, 0x00)
        rig.write(0xA1, 0x00)
    }

    private func irr(_ base: UInt16 = 0x20) -> UInt8 {
        rig.write(base, 0x0A)
        return rig.read(base)
    }

    private func isr(_ base: UInt16 = 0x20) -> UInt8 {
        rig.write(base, 0x0B)
        return rig.read(base)
    }

    private func pulse(_ irq: Int) {
        pic.setLine(irq, false)
        pic.setLine(irq, true)
    }

    @Test(arguments: [0, 1, 3, 4, 5, 6, 7]) func masterLineRisingGivesItsVector(irq: Int) {
        pic.setLine(irq, true)
        #expect(pic.state.interrupt)
        #expect(irr() == 1 << irq)
        #expect(pic.acknowledge() == 0x08 + UInt8(irq))
        #expect(isr() == 1 << irq)
        #expect(irr() == 0)
        #expect(!pic.state.interrupt)
    }

    @Test(arguments: 8..<16) func slaveLineRisingGivesItsVectorThroughIR2(irq: Int) {
        pic.setLine(irq, true)
        #expect(pic.acknowledge() == 0x70 + UInt8(irq - 8))
        #expect(isr() == 0x04)
        #expect(isr(0xA0) == 1 << (irq - 8))
    }

    @Test func outputPinFollowsRequestsAndMasks() {
        var levels: [Bool] = []
        pic.output = { levels.append($0) }
        pic.setLine(4, true)
        rig.write(0x21, 0x10)
        rig.write(0x21, 0x00)
        pic.setLine(4, false)
        #expect(levels == [true, false, true, false])
    }

    @Test func edgeTriggeredLineThatStaysHighRequestsOnce() {
        pic.setLine(3, true)
        _ = pic.acknowledge()
        rig.write(0x20, 0x20)
        #expect(!pic.state.interrupt)
        pulse(3)
        #expect(pic.state.interrupt)
    }

    @Test func levelTriggeredLineRequestsAgainAfterEOI() {
        rig.write(0x4D0, 0xFF)
        #expect(rig.read(0x4D0) == 0xF8)
        rig.write(0x4D1, 0xFF)
        #expect(rig.read(0x4D1) == 0xDE)
        pic.setLine(5, true)
        #expect(pic.acknowledge() == 0x0D)
        #expect(!pic.state.interrupt)
        rig.write(0x20, 0x20)
        #expect(pic.state.interrupt)
        pic.setLine(5, false)
        #expect(!pic.state.interrupt)
    }

    @Test func levelModeByICW1MakesAllLinesLevelTriggered() {
        initialise(masterLTIM: true)
        pic.setLine(1, true)
        _ = pic.acknowledge()
        rig.write(0x20, 0x20)
        #expect(pic.state.interrupt)
    }

    @Test func requestThatHasGoneIsSpuriousLevel7WithoutInService() {
        pic.setLine(1, true)
        pic.setLine(1, false)
        #expect(pic.acknowledge() == 0x0F)
        #expect(isr() == 0)
    }

    @Test func slaveRequestThatHasGoneUnderAPolledMasterIsSpurious15() {
        // The cascade is level-like: with the slave's request gone the master's goes too and its level 7 answers. When
        // the slave alone is asked, its own level 7 answers: the poll word says that nothing requests.
        pic.setLine(9, true)
        rig.write(0xA1, 0xFF)
        #expect(!pic.state.interrupt)
        #expect(pic.acknowledge() == 0x0F)
        rig.write(0xA0, 0x0C)
        #expect(rig.read(0xA0) & 0x80 == 0)
    }

    @Test func higherLevelInterruptsLowerOneButNotTheReverse() {
        pic.setLine(4, true)
        _ = pic.acknowledge()
        pic.setLine(6, true)
        #expect(!pic.state.interrupt)
        pic.setLine(1, true)
        #expect(pic.state.interrupt)
        #expect(pic.acknowledge() == 0x09)
        #expect(isr() == 0x12)
    }

    @Test func nonSpecificEOIEndsTheHighestInService() {
        pic.setLine(4, true)
        _ = pic.acknowledge()
        pic.setLine(1, true)
        _ = pic.acknowledge()
        rig.write(0x20, 0x20)
        #expect(isr() == 0x10)
    }

    @Test func specificEOIEndsTheNamedLevel() {
        pic.setLine(4, true)
        _ = pic.acknowledge()
        pic.setLine(1, true)
        _ = pic.acknowledge()
        rig.write(0x20, 0x64)
        #expect(isr() == 0x02)
    }

    @Test func rotateOnNonSpecificEOIMakesTheEndedLevelLowest() {
        pic.setLine(0, true)
        pic.setLine(1, true)
        _ = pic.acknowledge()
        rig.write(0x20, 0xA0)
        pulse(0)
        #expect(pic.acknowledge() == 0x09)
    }

    @Test func rotateOnSpecificEOIMakesTheNamedLevelLowest() {
        pic.setLine(4, true)
        _ = pic.acknowledge()
        rig.write(0x20, 0xE4)
        #expect(isr() == 0)
        pulse(4)
        pic.setLine(7, true)
        #expect(pic.acknowledge() == 0x0F)
        #expect(isr() == 0x80)
    }

    @Test func setPriorityCommandChoosesTheLowestLevel() {
        rig.write(0x20, 0xC3)
        pic.setLine(3, true)
        pic.setLine(4, true)
        #expect(pic.acknowledge() == 0x0C)
    }

    @Test func automaticEOILeavesNothingInService() {
        initialise(icw4: 0x03)
        pic.setLine(3, true)
        #expect(pic.acknowledge() == 0x0B)
        #expect(isr() == 0)
    }

    @Test func automaticEOIWithRotationMakesTheTakenLevelLowest() {
        initialise(icw4: 0x03)
        rig.write(0x20, 0x80)
        pic.setLine(3, true)
        _ = pic.acknowledge()
        pulse(3)
        pic.setLine(5, true)
        #expect(pic.acknowledge() == 0x0D)
    }

    @Test func automaticEOIOnTheSlaveKeepsItsSecondRequest() {
        initialise(icw4: 0x03)
        pic.setLine(8, true)
        pic.setLine(9, true)
        #expect(pic.acknowledge() == 0x70)
        #expect(pic.state.interrupt)
        #expect(pic.acknowledge() == 0x71)
    }

    @Test func specialMaskModeLetsLowerLevelsThroughAMaskedOneInService() {
        pic.setLine(3, true)
        _ = pic.acknowledge()
        rig.write(0x21, 0x08)
        pic.setLine(6, true)
        #expect(!pic.state.interrupt)
        rig.write(0x20, 0x68)
        #expect(pic.acknowledge() == 0x0E)
        // A masked level is not ended by a non-specific EOI.
        rig.write(0x20, 0x20)
        #expect(isr() == 0x08)
        rig.write(0x20, 0x48)
        rig.write(0x20, 0x20)
        #expect(isr() == 0x00)
    }

    @Test func specialFullyNestedModeLetsTheSlaveInterruptItself() {
        initialise(icw4: 0x11)
        pic.setLine(12, true)
        #expect(pic.acknowledge() == 0x74)
        pic.setLine(8, true)
        #expect(pic.acknowledge() == 0x70)
    }

    @Test func fullyNestedModeHoldsTheSlaveBackUntilTheMasterEOI() {
        pic.setLine(12, true)
        _ = pic.acknowledge()
        pic.setLine(8, true)
        #expect(!pic.state.interrupt)
        rig.write(0xA0, 0x20)
        rig.write(0x20, 0x20)
        #expect(pic.acknowledge() == 0x70)
    }

    @Test func pollTakesTheRequestWithoutAnINTA() {
        pic.setLine(5, true)
        rig.write(0x20, 0x0C)
        #expect(rig.read(0x20) == 0x85)
        #expect(isr() == 0x20)
        rig.write(0x20, 0x0C)
        #expect(rig.read(0x20) & 0x80 == 0)
    }

    @Test func icw1ClearsMaskAndEdges() {
        pic.setLine(3, true)
        rig.write(0x21, 0xFF)
        initialise()
        #expect(rig.read(0x21) == 0)
        #expect(irr() == 0)
        #expect(!pic.state.interrupt)
    }

    @Test func singleModeTakesNoICW3AndIR2IsALevelOfItsOwn() {
        rig.write(0x20, 0x13)
        rig.write(0x21, [0x20, 0x01])
        rig.write(0x21, 0xAA)
        #expect(rig.read(0x21) == 0xAA)
    }

    @Test func slaveWithAnotherIdentityDrivesNothing() {
        rig.write(0xA0, 0x11)
        rig.write(0xA1, [0x70, 0x04, 0x01, 0x00])
        pic.setLine(8, true)
        #expect(pic.acknowledge() == 0xFF)
    }
}
