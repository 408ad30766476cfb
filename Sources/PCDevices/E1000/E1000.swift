import FoundationEssentials
import Machine

/// The gigabit network card 82540EM (Intel, "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual").
///
/// Base 0 has the registers, base 1 IOADDR and IODATA. The link is always up at 1000 Mb/s. Interrupts come without the
/// delays that a driver may ask for, and there is no wake-up, no flow control and no VLAN tagging.
public final class E1000: Device, MemoryHandler, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// Registers that are read as they were written, in the order of `Register.plain`.
        public internal(set) var plain = [UInt32](repeating: 0, count: Register.plain.count)
        /// MTA, RAL and RAH in turns, VFTA.
        public internal(set) var multicast = [UInt32](repeating: 0, count: 128)
        public internal(set) var addresses = [UInt32](repeating: 0, count: 32)
        public internal(set) var vlans = [UInt32](repeating: 0, count: 128)
        /// Counters of `Register.statistics` on.
        public internal(set) var counters = [UInt32](repeating: 0, count: 64)
        /// ICR, and IMS, the causes that may interrupt.
        public internal(set) var causes: UInt32 = 0
        public internal(set) var mask: UInt32 = 0
        public internal(set) var ioAddress: UInt32 = 0
        public internal(set) var eeprom = EEPROMLines()
        public internal(set) var phy = E1000PHY()
        public internal(set) var transmit = Transmission()
        /// Frames that wait for descriptors.
        public internal(set) var waiting: [Data] = []
    }

    /// Offsets of registers (SDM, table 13-2).
    enum Register {
        static let control: UInt32 = 0x0000
        static let status: UInt32 = 0x0008
        static let eecd: UInt32 = 0x0010
        static let eerd: UInt32 = 0x0014
        static let mdic: UInt32 = 0x0020
        static let icr: UInt32 = 0x00C0
        static let ics: UInt32 = 0x00C8
        static let ims: UInt32 = 0x00D0
        static let imc: UInt32 = 0x00D8
        static let rctl: UInt32 = 0x0100
        static let tctl: UInt32 = 0x0400
        static let rdbal: UInt32 = 0x2800
        static let rdbah: UInt32 = 0x2804
        static let rdlen: UInt32 = 0x2808
        static let rdh: UInt32 = 0x2810
        static let rdt: UInt32 = 0x2818
        static let tdbal: UInt32 = 0x3800
        static let tdbah: UInt32 = 0x3804
        static let tdlen: UInt32 = 0x3808
        static let tdh: UInt32 = 0x3810
        static let tdt: UInt32 = 0x3818
        /// CRCERRS to TSCTFC, cleared by reading.
        static let statistics: UInt32 = 0x4000
        static let multicast: UInt32 = 0x5200
        static let addresses: UInt32 = 0x5400
        static let vlans: UInt32 = 0x5600

        /// CTRL, EERD, CTRL_EXT, FLA, MDIC, FCAL, FCAH, FCT, VET, ITR, RCTL, FCTTV, TXCW, RXCW, TCTL, TIPG, AIT, LEDCTL, PBA, the
        /// rings' registers, RXCSUM, and those of wake-up.
        static let plain: [UInt32] = [
            0x0000, 0x0014, 0x0018, 0x001C, 0x0020, 0x0028, 0x002C, 0x0030, 0x0038, 0x00C4, 0x0100, 0x0170, 0x0178,
            0x0180,
            0x0400, 0x0410, 0x0458, 0x0E00, 0x1000, 0x2160, 0x2168, 0x2800, 0x2804, 0x2808, 0x2810, 0x2818, 0x2820,
            0x2828,
            0x282C, 0x2C00, 0x3800, 0x3804, 0x3808, 0x3810, 0x3818, 0x3820, 0x3828, 0x382C, 0x3830, 0x5000, 0x5800,
            0x5808,
            0x5810, 0x5820, 0x5838,
        ]
        static let places = Dictionary(uniqueKeysWithValues: plain.enumerated().map { ($1, $0) })

        /// Bits that a register keeps of what is written: sixteen of heads and tails, descriptors in eights.
        static let kept: [UInt32: UInt32] = [
            rdh: 0xFFFF, rdt: 0xFFFF, tdh: 0xFFFF, tdt: 0xFFFF, rdlen: 0xFFF80, tdlen: 0xFFF80, rdbal: ~15, tdbal: ~15,
        ]
    }

    enum Control {
        static let linkUp: UInt32 = 1 << 6
        static let speed1000: UInt32 = 2 << 8
        static let reset: UInt32 = 1 << 26
        static let resetPHY: UInt32 = 1 << 31
    }

    /// Causes of interrupts.
    enum Cause {
        static let descriptorWritten: UInt32 = 0x01
        static let queueEmpty: UInt32 = 0x02
        static let linkChange: UInt32 = 0x04
        static let descriptorsLow: UInt32 = 0x10
        static let overrun: UInt32 = 0x40
        static let received: UInt32 = 0x80
        static let mdio: UInt32 = 0x200
    }

    /// Full duplex, link up, 1000 Mb/s as set and as found.
    private static let statusValue: UInt32 = 0x283
    /// From a tail's move to the work.
    private static let latency: UInt64 = 1_000
    /// Of a byte at 1 Gb/s.
    private static let byteTime: UInt64 = 8

    public let name: String
    public let function: PCIFunction
    public let mac: [UInt8]
    /// Takes each frame that the guest sends.
    public var transmit: ([UInt8]) -> Void = { _ in }
    var current = State()
    let words: [UInt16]
    private let events: EventQueue
    private var sendEvent: EventQueue.Event?

    /// `mac` has six bytes.
    public init(name: String, mac: [UInt8], events: EventQueue) {
        self.name = name
        self.mac = Array((mac + [0, 0, 0, 0, 0, 0]).prefix(6))
        self.events = events
        words = E1000.eeprom(mac: self.mac)
        function = PCIFunction(
            name: "\(name).pci", .init(vendor: 0x8086, device: 0x100E, revision: 3, classCode: 0x020000),
            interruptPin: 1)
        function.addBase(0, memory: 0x20000, self)
        function.addBase(1, ports: 64, self)
        sendEvent = events.register("\(name).transmit") { [unowned self] in
            if let bytes = sendSome() { scheduleSending(after: UInt64(bytes) * Self.byteTime) }
        }
        resetRegisters()
    }

    // MARK: Registers

    subscript(register: UInt32) -> UInt32 {
        get { Register.places[register].map { current.plain[$0] } ?? 0 }
        set { if let place = Register.places[register] { current.plain[place] = newValue } }
    }

    private func resetRegisters() {
        let phy = current.phy
        current = State()
        current.phy = phy
        self[Register.control] = Control.linkUp | Control.speed1000
        // PBA: 48 KiB to receive, 16 to send. LEDCTL as the EEPROM sets it.
        self[0x1000] = 0x0010_0030
        self[0x0E00] = 0x0000_0602
        current.addresses[0] = UInt32(littleEndianBytes: mac[0..<4])
        current.addresses[1] = UInt32(littleEndianBytes: mac[4..<6]) | 1 << 31
        if let sendEvent { events.cancel(sendEvent) }
        updateInterrupt()
    }

    func readRegister(_ offset: UInt32) -> UInt32 {
        switch offset {
        case Register.status: return Self.statusValue
        case Register.eecd: return current.eeprom.register
        case Register.icr:
            let causes = current.causes
            current.causes = 0
            updateInterrupt()
            return causes
        case Register.ims: return current.mask
        case Register.statistics..<Register.statistics + 0x100:
            let index = Int(offset - Register.statistics) / 4
            defer { current.counters[index] = 0 }
            return current.counters[index]
        default: return peekRegister(offset)
        }
    }

    private func peekRegister(_ offset: UInt32) -> UInt32 {
        switch offset {
        case Register.status: return Self.statusValue
        case Register.eecd: return current.eeprom.register
        case Register.icr: return current.causes
        case Register.ims: return current.mask
        case Register.statistics..<Register.statistics + 0x100:
            return current.counters[Int(offset - Register.statistics) / 4]
        case Register.multicast..<Register.multicast + 0x200:
            return current.multicast[Int(offset - Register.multicast) / 4]
        case Register.addresses..<Register.addresses + 0x80:
            return current.addresses[Int(offset - Register.addresses) / 4]
        case Register.vlans..<Register.vlans + 0x200: return current.vlans[Int(offset - Register.vlans) / 4]
        default: return self[offset]
        }
    }

    func writeRegister(_ offset: UInt32, _ value: UInt32) {
        switch offset {
        case Register.control:
            if value & Control.reset != 0 { return resetRegisters() }
            if value & Control.resetPHY != 0 { current.phy = E1000PHY() }
            self[offset] = value & ~Control.resetPHY
        case Register.eecd: current.eeprom.write(value, words)
        case Register.eerd:
            // Start; the word and bit 4, done, are there at once.
            guard value & 1 != 0 else { return self[offset] = value & 0xFF00 }
            self[offset] = UInt32(words[Int(value >> 8 & 0x3F)]) << 16 | value & 0xFF00 | 0x10
        case Register.mdic:
            self[offset] = current.phy.command(value)
            if value & E1000PHY.interruptEnable != 0 { raise(Cause.mdio) }
        case Register.icr:
            current.causes &= ~value
            updateInterrupt()
        case Register.ics: raise(value & 0x1FFFF)
        case Register.ims:
            current.mask |= value & 0x1FFFF
            updateInterrupt()
        case Register.imc:
            current.mask &= ~value
            updateInterrupt()
        case Register.multicast..<Register.multicast + 0x200:
            current.multicast[Int(offset - Register.multicast) / 4] = value
        case Register.addresses..<Register.addresses + 0x80:
            current.addresses[Int(offset - Register.addresses) / 4] = value
        case Register.vlans..<Register.vlans + 0x200: current.vlans[Int(offset - Register.vlans) / 4] = value
        default:
            self[offset] = value & (Register.kept[offset] ?? .max)
            if offset == Register.tdt || offset == Register.tctl { scheduleSending() }
            if offset == Register.rdt || offset == Register.rctl { receiveWaiting() }
        }
    }

    private func scheduleSending(after wireTime: UInt64 = 0) {
        guard let sendEvent, events.deadline(of: sendEvent) == nil, hasToSend else { return }
        events.schedule(sendEvent, at: events.now &+ Self.latency &+ wireTime)
    }

    // MARK: Interrupts

    func raise(_ causes: UInt32) {
        current.causes |= causes
        updateInterrupt()
    }

    private func updateInterrupt() { function.setInterrupt(current.causes & current.mask != 0) }

    // MARK: Counters

    /// Counts frames and bytes at these offsets from CRCERRS; the octets' counter is two registers, without CRC in them here.
    func count(_ offsets: [Int], octets: Int, _ bytes: Int) {
        for offset in offsets {
            let (sum, overflows) = current.counters[offset / 4].addingReportingOverflow(1)
            if !overflows { current.counters[offset / 4] = sum }
        }
        let total =
            (UInt64(current.counters[octets / 4 + 1]) << 32 | UInt64(current.counters[octets / 4])) &+ UInt64(bytes + 4)
        current.counters[octets / 4] = UInt32(truncatingIfNeeded: total)
        current.counters[octets / 4 + 1] = UInt32(truncatingIfNeeded: total >> 32)
    }

    // MARK: Buses

    public func read(offset: UInt64, width: Int) -> UInt64 {
        let place = UInt32(truncatingIfNeeded: offset)
        let low = UInt64(readRegister(place & ~3)) >> UInt64((place & 3) * 8)
        return width == 8 ? low | UInt64(readRegister((place & ~3) &+ 4)) << 32 : low
    }

    /// Registers are written as whole dwords (SDM 13.3).
    public func write(offset: UInt64, width: Int, value: UInt64) {
        let place = UInt32(truncatingIfNeeded: offset)
        guard width >= 4, place & 3 == 0 else { return }
        writeRegister(place, UInt32(truncatingIfNeeded: value))
        if width == 8 { writeRegister(place &+ 4, UInt32(truncatingIfNeeded: value >> 32)) }
    }

    public func peek(offset: UInt64) -> UInt8? {
        UInt8(truncatingIfNeeded: peekRegister(UInt32(truncatingIfNeeded: offset) & ~3) >> UInt32((offset & 3) * 8))
    }

    public func read(port: Port, width: Int) -> UInt32 {
        switch port.rawValue & 0x3C {
        case 0: return current.ioAddress >> UInt32((port.rawValue & 3) * 8)
        case 4 where current.ioAddress < 0x20000:
            return readRegister(current.ioAddress & ~3) >> UInt32((port.rawValue & 3) * 8)
        default: return 0
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        guard width == 4 else { return }
        switch port.rawValue & 0x3F {
        case 0: current.ioAddress = value
        case 4 where current.ioAddress < 0x20000: writeRegister(current.ioAddress & ~3, value)
        default: break
        }
    }

    // MARK: Device

    public var state: State {
        get { current }
        set {
            let new = newValue, model = State()
            guard new.plain.count == model.plain.count, new.multicast.count == model.multicast.count,
                new.addresses.count == model.addresses.count, new.vlans.count == model.vlans.count,
                new.counters.count == model.counters.count, new.waiting.count <= EthernetFrame.mostWaiting,
                new.waiting.allSatisfy({ EthernetFrame.isPlausible(Array($0)) }), new.transmit.isSound, new.phy.isSound
            else { return }
            current = new
        }
    }

    public func reset() {
        resetRegisters()
        current.phy = E1000PHY()
    }
}
