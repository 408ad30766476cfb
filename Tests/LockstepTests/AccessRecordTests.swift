import Machine
import Testing

@testable import Lockstep

@Suite("Accesses of leader and follower")
struct AccessRecordTests {
    private let memory: vMEM
    private let record: AccessRecord

    init() throws {
        memory = try vMEM(size: 1 << 20)
        record = AccessRecord(follower: memory)
        record.begin()
    }

    private func read(_ space: DeviceAccess.Space, _ address: UInt64, _ width: Int) -> UInt64 {
        record.follow(space, address, width: width, written: nil)
    }

    private func write(_ space: DeviceAccess.Space, _ address: UInt64, _ width: Int, _ value: UInt64) {
        _ = record.follow(space, address, width: width, written: value)
    }

    @Test func aReadIsAnsweredWithWhatTheLeaderGot() {
        record.accessedPort(0x60, width: 1, value: 0xFA, isWrite: false)
        record.accessed(0xB8000, width: 4, value: 0x1234_5678, isWrite: false)
        #expect(read(.memory, 0xB8000, 4) == 0x1234_5678)
        #expect(read(.port, 0x60, 1) == 0xFA)
        #expect(record.end() == nil)
    }

    @Test func memoryMayBeSplitAndJoined() {
        record.accessed(0xA0000, width: 4, value: 0x0403_0201, isWrite: true)
        record.accessed(0xA0004, width: 1, value: 5, isWrite: true)
        record.accessed(0xA0005, width: 1, value: 6, isWrite: true)
        write(.memory, 0xA0000, 1, 1)
        write(.memory, 0xA0001, 1, 0xFF02)
        write(.memory, 0xA0002, 4, 0x0605_0403)
        #expect(record.end() == nil)
    }

    @Test func portsMayNot() {
        record.accessedPort(0x1F0, width: 2, value: 0x1234, isWrite: false)
        _ = read(.port, 0x1F0, 1)
        #expect(
            record.end()
                == AccessDifference(
                    leader: DeviceAccess(.port, 0x1F0, width: 2, isWrite: false, value: 0x1234),
                    follower: DeviceAccess(.port, 0x1F0, width: 1, isWrite: false, value: nil)))
    }

    @Test func butWhatWrapsAroundAtTheLastPortIsSplit() {
        record.accessedPort(0xFFFF, width: 2, value: 0xBBAA, isWrite: true)
        write(.port, 0xFFFF, 1, 0xAA)
        write(.port, 0, 1, 0xBB)
        #expect(record.end() == nil)
    }

    @Test(arguments: [
        (0x80, 1, true, 0x42), (0x81, 1, true, 0x41), (0x80, 1, false, 0), (0x80, 2, true, 0x41),
    ])
    func anotherValuePlaceDirectionOrWidthIsADifference(port: UInt64, width: Int, isWrite: Bool, value: UInt64) {
        record.accessedPort(0x80, width: 1, value: 0x41, isWrite: true)
        if isWrite { write(.port, port, width, value) } else { _ = read(.port, port, width) }
        let found = record.end()
        #expect(found?.leader == DeviceAccess(.port, 0x80, width: 1, isWrite: true, value: 0x41))
        #expect(
            found?.follower?.address == port && found?.follower?.width == width && found?.follower?.isWrite == isWrite)
    }

    @Test func theOrderCountsWithinASpace() {
        record.accessedPort(0x70, width: 1, value: 1, isWrite: true)
        record.accessedPort(0x71, width: 1, value: 2, isWrite: false)
        _ = read(.port, 0x71, 1)
        #expect(record.end()?.leader?.address == 0x70)
    }

    @Test func oneTooManyAndOneTooFewAreDifferences() {
        write(.memory, 0xA0000, 1, 1)
        #expect(record.end()?.leader == nil)
        record.begin()
        record.accessed(0xA0000, width: 1, value: 1, isWrite: true)
        #expect(
            record.end()
                == AccessDifference(
                    leader: DeviceAccess(.memory, 0xA0000, width: 1, isWrite: true, value: 1), follower: nil))
        record.begin()
        #expect(record.end() == nil, "a new step")
    }

    @Test func whatADeviceDoesToMemoryComesWithTheFollowersAccess() {
        record.accessedPort(0x10, width: 1, value: 1, isWrite: true)
        // Within the second access, which is noted when the device is done.
        record.loaded([0x55], at: 0x5000)
        record.gateMoved(isOpen: false)
        record.accessedPort(0x11, width: 1, value: 1, isWrite: true)
        #expect(memory.busRead(0x5000, count: 1) == [0])
        write(.port, 0x10, 1, 1)
        #expect(memory.busRead(0x5000, count: 1) == [0] && memory.a20Mask == .max)
        write(.port, 0x11, 1, 1)
        #expect(memory.busRead(0x5000, count: 1) == [0x55] && memory.a20Mask != .max)
        #expect(record.end() == nil)
        // Between steps it comes at once.
        record.loaded([0x66], at: 0x5000)
        #expect(memory.busRead(0x5000, count: 1) == [0x66])
    }

    @Test func storesAreNotedByTheirLinesOnce() {
        record.stored(offset: 0x1000, count: 1)
        record.stored(offset: 0x103F, count: 1)
        record.stored(offset: 0x10FF, count: 2)
        #expect(Array(record.lines) == [0x40, 0x43, 0x44])
    }
}

@Suite("Words of a difference")
struct DifferenceTextTests {
    @Test(
        arguments: [
            (0, "no bit"), (8, "bit 3"), (0x8000_0000_0000_0001, "bits 0, 63"), (0xFFFF, "bits 0-15 (16 differ)"),
        ] as [(UInt64, String)])
    func bitsAreNamedByTheirNumbers(difference: UInt64, text: String) {
        #expect(LockstepDifference.bits(difference) == text)
    }

    @Test(
        arguments: [
            (1, "CF (bit 0)"), (0x240, "IF (bit 9), ZF (bit 6)"), (0x1000, "IOPL (bit 12)"), (0x10000, "RF (bit 16)"),
            (0x8000, "bit 15"),
        ] as [(UInt64, String)])
    func flagsAreNamedByTheManualsNames(difference: UInt64, text: String) {
        #expect(LockstepDifference.flags(difference) == text)
    }

    @Test func theTextNamesStepModePlaceInstructionAndBothValues() {
        let place = LockstepDifference.Place(
            modeName: "real mode", codeSelector: 0x7C0, instructionPointer: 5, linear: 0x7C05, bytes: [0x01, 0xD8],
            text: "add ax,bx")
        let found = LockstepDifference(
            leader: "interpreter", follower: "kvm", step: 12, firstStep: 12, place: place,
            items: [
                .register("rax", leader: 0x10, follower: 0x12), .memory(physical: 0xB8000, leader: 1, follower: 0),
                .access(
                    AccessDifference(
                        leader: DeviceAccess(.port, 0x3F8, width: 1, isWrite: true, value: 0x41), follower: nil)),
            ])
        #expect(
            found.text == """
                difference after step 12 in real mode at 07C0:00000005 (linear 00007C05)
                  01 D8  add ax,bx
                  rax: interpreter 10h, kvm 12h: bit 1
                  memory at B8000h: interpreter 1h, kvm 0h: bit 0
                  interpreter: write of 41h to port 3F8h, kvm: no access
                """)
    }
}
