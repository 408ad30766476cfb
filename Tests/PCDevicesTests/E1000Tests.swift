import Foundation
import Machine
import Testing

@testable import PCDevices

/// The card in slot 3 with rings in memory, driven as the manual says (8254x SDM 14).
private final class E1000Rig {
    static let base: UInt64 = 0xFEB0_0000
    static let mac: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]
    let io = vIO()
    let memory: vMEM
    let bus: PCIBus
    let card: E1000
    var sent: [[UInt8]] = []
    var line = false
    private var tail: UInt32 = 0

    init() throws {
        memory = try vMEM(size: 16 << 20)
        bus = PCIBus(ports: io.ports, memory: memory)
        card = E1000(name: "net0", mac: Self.mac, events: io.events)
        bus.insert(card.function, at: PCIBus.Slot(3))
        bus.interrupt = { [unowned self] in line = $1 }
        card.transmit = { [unowned self] in sent.append($0) }
        card.function.write(0x10, width: 4, value: UInt32(Self.base))
        card.function.write(4, width: 2, value: 6)
    }

    func write(_ register: UInt64, _ value: UInt32) { memory.write(Self.base + register, value) }
    func read(_ register: UInt64) -> UInt32 { memory.read(Self.base + register, as: UInt32.self) }

    /// A transmit ring of 16 at 1 MiB.
    func startSending() {
        write(0x3800, 0x100000)
        write(0x3804, 0)
        write(0x3808, 256)
        write(0x400, 2)
    }

    /// Puts two quadwords on the transmit ring.
    func put(_ low: UInt64, _ high: UInt64) {
        memory.write(0x100000 + UInt64(tail) * 16, low)
        memory.write(0x100008 + UInt64(tail) * 16, high)
        tail = (tail + 1) % 16
    }

    func go() {
        write(0x3818, tail)
        run()
    }

    func run() {
        let end = io.events.now + 1_000_000
        while io.events.next <= end {
            io.events.advance(to: io.events.next)
            io.events.runDue()
        }
        io.events.advance(to: end)
    }

    /// A receive ring of 8 at 2 MiB with buffers of 2 KiB at 3 MiB, of which the card has 7.
    func startReceiving(control: UInt32 = 0x8002) {
        for index in 0..<UInt64(8) { memory.write(0x200000 + index * 16, 0x300000 + index * 2048) }
        write(0x2800, 0x200000)
        write(0x2808, 128)
        write(0x2810, 0)
        write(0x2818, 7)
        write(0x100, control)
    }

    func frame(to: [UInt8] = mac, _ count: Int = 100) -> [UInt8] {
        to + [2, 0, 0, 0, 0, 1, 8, 0] + (0..<count - 14).map { UInt8(truncatingIfNeeded: $0) }
    }
}

/// RFC 1071, independent of the card's code: zero over bytes that hold their own checksum.
private func sum(_ bytes: [UInt8]) -> UInt16 {
    var total = 0
    for (index, byte) in bytes.enumerated() { total += Int(byte) << (index % 2 == 0 ? 8 : 0) }
    while total > 0xFFFF { total = total >> 16 + total & 0xFFFF }
    return UInt16(total)
}

@Suite("e1000")
struct E1000Tests {
    @Test func identityIsThe82540EM() throws {
        let rig = try E1000Rig()
        #expect(rig.card.function.read(0, width: 4) == 0x100E_8086)
        #expect(rig.card.function.read(8, width: 4) >> 8 == 0x020000)
        // Link up, full duplex, 1000 Mb/s.
        #expect(rig.read(8) & 0xC3 == 0x83)
        // RAL0 and RAH0 from the EEPROM, valid.
        #expect(rig.read(0x5400) == 0x1200_5452 && rig.read(0x5404) == 0x8000_5634)
    }

    /// SDM 5.3.1: start, address in bits 15-8; done in bit 4, data in 31-16.
    @Test func eepromHasTheAddressAndTheChecksum() throws {
        let rig = try E1000Rig()
        var words: [UInt16] = []
        for word in 0..<UInt32(64) {
            rig.write(0x14, word << 8 | 1)
            let value = rig.read(0x14)
            #expect(value & 0x10 != 0)
            words.append(UInt16(value >> 16))
        }
        #expect(words[0..<3] == [0x5452, 0x1200, 0x5634])
        #expect(words.reduce(0, &+) == 0xBABA)
    }

    /// The same over EECD's wires, as a 93C46 wants it: 110b, six bits of address, then sixteen bits come out.
    @Test(arguments: [0, 2, 63] as [UInt32]) func eepromCanBeReadBitByBit(word: UInt32) throws {
        let rig = try E1000Rig()
        rig.write(0x10, 0x40)
        #expect(rig.read(0x10) & 0x80 != 0)
        func clock(_ data: UInt32) {
            rig.write(0x10, 0x42 | data << 2)
            rig.write(0x10, 0x43 | data << 2)
        }
        rig.write(0x10, 0x42)
        for bit in (0..<9).reversed() { clock((0b110 << 6 | word) >> UInt32(bit) & 1) }
        var value: UInt32 = 0
        for _ in 0..<16 {
            clock(0)
            value = value << 1 | rig.read(0x10) >> 3 & 1
        }
        rig.write(0x10, 0)
        rig.write(0x14, word << 8 | 1)
        #expect(value == rig.read(0x14) >> 16)
    }

    @Test func phyIsAnM88WithItsLinkUp() throws {
        let rig = try E1000Rig()
        func phy(_ register: UInt32) -> UInt32 {
            rig.write(0x20, 2 << 26 | 1 << 21 | register << 16)
            return rig.read(0x20)
        }
        #expect(phy(2) & 0x1000_FFFF == 0x1000_0141)
        #expect(phy(3) & 0xFFF0 == 0x0C20)
        // Status: negotiation complete, link.
        #expect(phy(1) & 0x24 == 0x24)
        rig.write(0x20, 2 << 26 | 5 << 21)
        #expect(rig.read(0x20) & 0x4000_0000 != 0)
    }

    @Test func legacyDescriptorsMakeAFrameAndReportIt() throws {
        let rig = try E1000Rig(), frame = rig.frame()
        rig.startSending()
        rig.write(0xD0, 3)
        rig.memory.load(frame, at: 0x400000)
        rig.put(0x400000, 40)
        // EOP, IFCS, RS.
        rig.put(0x400028, 60 | 0x0B << 24)
        rig.go()
        #expect(rig.sent == [frame])
        #expect(rig.memory.read(0x10001C, as: UInt8.self) & 1 == 1)
        #expect(rig.read(0x3810) == 2)
        #expect(rig.line)
        // TXDW and TXQE; reading clears.
        #expect(rig.read(0xC0) == 3)
        #expect(!rig.line && rig.read(0xC0) == 0)
        #expect(rig.read(0x4080) == 1)
    }

    /// An IPv4/TCP frame with a pseudo header's sum in its checksum, as drivers leave it.
    private func tcpFrame(_ rig: E1000Rig, payload: [UInt8], isSegmented: Bool) -> [UInt8] {
        var ip: [UInt8] = [0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2]
        let length = isSegmented ? 0 : 20 + payload.count
        if !isSegmented { (ip[2], ip[3]) = (UInt8((length + 20) >> 8), UInt8((length + 20) & 0xFF)) }
        let pseudo = Array(ip[12..<20]) + [0, 6, UInt8(length >> 8), UInt8(length & 0xFF)]
        let part = sum(pseudo)
        let tcp: [UInt8] = [
            0x30, 0x39, 0, 80, 0, 0, 0x10, 0, 0, 0, 0, 1, 0x50, 0x19, 0x20, 0, UInt8(part >> 8), UInt8(part & 0xFF), 0,
            0,
        ]
        return Array(rig.frame(14).prefix(14)) + ip + tcp + payload
    }

    private func expectSound(_ frame: [UInt8], _ sourceLocation: SourceLocation = #_sourceLocation) {
        let ip = Array(frame[14..<34]), segment = Array(frame[34...])
        #expect(sum(ip) == 0xFFFF, sourceLocation: sourceLocation)
        #expect(Int(ip[2]) << 8 | Int(ip[3]) == frame.count - 14, sourceLocation: sourceLocation)
        let pseudo = Array(ip[12..<20]) + [0, 6, UInt8(segment.count >> 8), UInt8(segment.count & 0xFF)]
        #expect(sum(pseudo + segment) == 0xFFFF, sourceLocation: sourceLocation)
    }

    /// Context: IPCSS 14, IPCSO 24, IPCSE 33, TUCSS 34, TUCSO 50, TUCSE 0.
    private let contextLow: UInt64 = 14 | 24 << 8 | 33 << 16 | 34 << 32 | 50 << 40

    @Test func contextDescriptorPlacesChecksums() throws {
        let rig = try E1000Rig()
        let frame = tcpFrame(rig, payload: Array("odd".utf8), isSegmented: false)
        rig.startSending()
        rig.memory.load(frame, at: 0x400000)
        // DEXT, TUCMD TCP and IP.
        rig.put(contextLow, 0x23 << 24)
        // Data: DTYP 1, EOP RS DEXT, POPTS both.
        rig.put(0x400000, UInt64(frame.count) | 1 << 20 | 0x29 << 24 | 3 << 40)
        rig.go()
        let out = try #require(rig.sent.first)
        expectSound(out)
        #expect(Array(out[54...]) == Array("odd".utf8))
    }

    @Test func largeFrameIsCutIntoSegments() throws {
        let rig = try E1000Rig()
        let payload = (0..<3500).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let frame = tcpFrame(rig, payload: payload, isSegmented: true)
        rig.startSending()
        rig.memory.load(frame, at: 0x400000)
        // TSE, HDRLEN 54, MSS 1460.
        rig.put(contextLow, UInt64(3500) | 0x27 << 24 | 54 << 40 | 1460 << 48)
        rig.put(0x400000, 1000 | 1 << 20 | 0x24 << 24 | 3 << 40)
        rig.put(0x400000 + 1000, UInt64(frame.count - 1000) | 1 << 20 | 0x2D << 24)
        rig.go()
        #expect(rig.sent.map(\.count) == [54 + 1460, 54 + 1460, 54 + 580])
        #expect(rig.sent.flatMap { $0[54...] } == payload)
        for (index, part) in rig.sent.enumerated() {
            expectSound(part)
            #expect(Int(part[18]) << 8 | Int(part[19]) == 0x1234 + index)
            #expect(Int(part[40]) << 8 | Int(part[41]) == 0x1000 + index * 1460)
            // ACK everywhere, PSH and FIN at the end.
            #expect(part[47] == (index == 2 ? 0x19 : 0x10))
        }
    }

    @Test func receivedFrameHasItsCRCAndItsDescriptor() throws {
        let rig = try E1000Rig()
        rig.startReceiving()
        rig.write(0xD0, 0x80)
        rig.card.receive(rig.frame())
        #expect(rig.line && rig.read(0xC0) & 0x80 != 0)
        #expect(rig.read(0x2810) == 1)
        #expect(rig.memory.read(0x200008, as: UInt16.self) == 104)
        #expect(rig.memory.read(0x20000C, as: UInt8.self) & 3 == 3)
        #expect(rig.memory.busRead(0x300000, count: 100) == rig.frame())
        // CRC-32 of a frame with its check sequence behind it leaves the same residue always (802.3 annex: 2144DF1Ch).
        #expect(E1000.crc(rig.memory.busRead(0x300000, count: 104)) == 0x2144_DF1C)
    }

    @Test func framesOfOthersAreFilteredOut() throws {
        let rig = try E1000Rig()
        rig.startReceiving()
        rig.card.receive(rig.frame(to: [2, 9, 9, 9, 9, 9]))
        rig.card.receive(rig.frame(to: [1, 0, 0x5E, 0, 0, 1]))
        #expect(rig.read(0x2810) == 0)
        rig.card.receive(rig.frame(to: [255, 255, 255, 255, 255, 255]))
        #expect(rig.read(0x2810) == 1)
        // Bits 47-36 of 01:00:5E:00:00:01, which goes lowest byte first: 010h.
        rig.write(0x5200, 1 << 16)
        rig.card.receive(rig.frame(to: [1, 0, 0x5E, 0, 0, 1]))
        #expect(rig.read(0x2810) == 2)
        rig.write(0x100, 0x8002 | 8)
        rig.card.receive(rig.frame(to: [2, 9, 9, 9, 9, 9]))
        #expect(rig.read(0x2810) == 3)
    }

    @Test func framesWaitForDescriptorsAndTooManyAreLost() throws {
        let rig = try E1000Rig()
        rig.startReceiving()
        for _ in 0..<1000 { rig.card.receive(rig.frame()) }
        #expect(rig.read(0x2810) == 7)
        #expect(rig.card.state.waiting.count == 256)
        #expect(rig.read(0xC0) & 0x40 != 0)
        rig.write(0x2818, 2)
        #expect(rig.read(0x2810) == 2)
        #expect(rig.card.state.waiting.count == 253)
    }

    /// Random descriptors and registers: nothing traps, nothing runs away.
    @Test func randomRegistersAndDescriptorsAreTaken() throws {
        var generator = SeededGenerator(seed: 86)
        for _ in 0..<300 {
            let rig = try E1000Rig()
            rig.startSending()
            rig.startReceiving()
            for place in stride(from: UInt64(0x100000), to: 0x100100, by: 8) {
                rig.memory.write(place, generator.next() >> (generator.next() & 31))
            }
            for _ in 0..<40 {
                let registers: [UInt64] = [
                    0x100, 0x400, 0x2808, 0x2810, 0x2818, 0x3808, 0x3810, 0x3818, 0xC8, 0x10, 0x20,
                ]
                let choice = generator.next()
                let register = choice & 1 == 0 ? registers[Int(choice >> 8) % registers.count] : choice >> 8 & 0x1FFFC
                rig.write(register, UInt32(truncatingIfNeeded: generator.next() >> (choice >> 40 & 31)))
                rig.card.receive(rig.frame(60 + Int(choice >> 50 & 0x3FF)))
                rig.run()
            }
            #expect(rig.card.state.waiting.count <= 256)
            let copy = try E1000Rig()
            try copy.card.restoreState(from: rig.card.encodedState())
            #expect(copy.card.state == rig.card.state)
        }
    }
}
