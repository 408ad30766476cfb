import Machine
import PCDevices
import Testing

/// Expected values: IA-PC HPET specification 1.0a; a count is 10 ns, as in QEMU's.
struct HPETTests {
    let rig = Rig()
    let chip: HPET
    final class Log { var lines: [String] = [] }
    let log = Log()

    init() {
        chip = HPET(events: rig.events)
        chip.output = { [log] in log.lines.append("pin \($0) \($1)") }
        chip.legacyOutput = { [log] in log.lines.append("irq \($0) \($1)") }
        chip.replacesLegacy = { [log] in log.lines.append("legacy \($0)") }
    }

    private func get(_ offset: UInt64, _ width: Int = 8) -> UInt64 { chip.read(offset: offset, width: width) }
    private func set(_ offset: UInt64, _ value: UInt64, _ width: Int = 8) {
        chip.write(offset: offset, width: width, value: value)
    }

    @Test func capabilitiesAreThoseOfQEMU() {
        #expect(get(0) == 0x0098_9680_8086_A201)
        #expect(get(0, 4) == 0x8086_A201)
        #expect(get(4, 4) == 0x0098_9680)
        for offset: UInt64 in [0x100, 0x120, 0x140] { #expect(get(offset) == 0x0000_0004_0000_0030) }
        #expect(get(0x108) == .max)
    }

    @Test func counterRunsWhileEnabledAndCanBeSetWhileNot() {
        rig.run(for: 1000)
        #expect(get(0xF0) == 0)
        set(0xF0, 0x1_0000_0000)
        set(0x10, 1)
        rig.run(for: 1009)
        #expect(get(0xF0) == 0x1_0000_0064)
        set(0xF0, 0)
        #expect(get(0xF0) == 0x1_0000_0064)
        set(0x10, 0)
        rig.run(for: 1000)
        #expect(get(0xF0) == 0x1_0000_0064)
    }

    @Test func oneShotGivesAnEdgeAtItsCount() {
        set(0x100, 2 << 9 | 4)
        set(0x108, 100)
        set(0x10, 1)
        rig.run(for: 999)
        #expect(log.lines.isEmpty)
        rig.run(for: 1)
        #expect(log.lines == ["pin 2 true", "pin 2 false"])
        rig.run(for: 100_000)
        #expect(log.lines.count == 2)
    }

    @Test func periodicComparatorMovesOn() {
        // Enable, periodic, and the next write sets the comparator, too.
        set(0x100, 2 << 9 | 0x4C)
        set(0x108, 100)
        set(0x108, 250)
        set(0x10, 1)
        rig.run(for: 1000)
        #expect(log.lines.count == 2)
        #expect(get(0x108) == 350)
        rig.run(for: 2500)
        #expect(log.lines.count == 4)
        #expect(get(0x108) == 600)
    }

    @Test func levelStaysUntilItsStatusIsCleared() {
        set(0x120, 2 << 9 | 6)
        set(0x128, 10)
        set(0x10, 1)
        rig.run(for: 100)
        #expect(log.lines == ["pin 2 true"])
        #expect(get(0x20) == 2)
        set(0x20, 1)
        #expect(get(0x20) == 2)
        set(0x20, 2)
        #expect(log.lines == ["pin 2 true", "pin 2 false"])
        #expect(get(0x20) == 0)
    }

    @Test func comparatorOf32BitsWrapsWithItsHalf() {
        set(0xF0, 0x1_FFFF_FFF0)
        set(0x100, 2 << 9 | 0x104)
        set(0x108, 0x10, 4)
        set(0x10, 1)
        rig.run(for: 319)
        #expect(log.lines.isEmpty)
        rig.run(for: 1)
        #expect(log.lines.count == 2)
    }

    @Test func legacyReplacementTakesIRQ0AndIRQ8() {
        set(0x100, 4)
        set(0x108, 10)
        set(0x120, 4)
        set(0x128, 20)
        set(0x10, 3)
        rig.run(for: 200)
        #expect(log.lines == ["legacy true", "irq 0 true", "irq 0 false", "irq 8 true", "irq 8 false"])
    }
}
