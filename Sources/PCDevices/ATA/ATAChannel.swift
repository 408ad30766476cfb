import FoundationEssentials
import Machine

/// One IDE channel with up to two drives, ATA disks or ATAPI CD-ROM drives (ATA/ATAPI-6, T13/1410D).
///
/// Ports: base + 0-7 command block (1F0h or 170h), one control port (3F6h or 376h). The data port takes 1, 2 or 4 bytes.
public final class ATAChannel: Device, PortHandler {
    public struct DriveState: Codable, Equatable, Sendable {
        /// Set by INITIALIZE DEVICE PARAMETERS.
        public internal(set) var heads: UInt8 = 16
        public internal(set) var sectors: UInt8 = 63
        /// Sectors a block of READ and WRITE MULTIPLE; 0 until set.
        public internal(set) var multiple: UInt8 = 0
        /// As SET FEATURES 03h names it: Ultra DMA mode 2 at first.
        public internal(set) var transferMode: UInt8 = 0x42
        /// Writes count before they are on the medium; FLUSH CACHE waits for them.
        public internal(set) var cachesWrites = true
        /// Of a CD-ROM drive.
        public internal(set) var disc = CDDrive.State()
        /// A CD-ROM drive shows its signature until the guest writes registers.
        public internal(set) var showsSignature = false
    }

    /// What the data port is for.
    public enum Phase: String, Codable, Sendable {
        case idle
        /// The guest reads a buffer; `left` sectors follow.
        case toHost
        /// The guest fills a buffer.
        case fromHost
        /// The guest fills a command packet.
        case packet
        /// A bus master takes a buffer, or fills it.
        case dmaToHost
        case dmaFromHost
    }

    public struct State: Codable, Equatable, Sendable {
        public internal(set) var drives = [DriveState(), DriveState()]
        // Each register is two bytes deep: the last value and the one before (LBA48).
        public internal(set) var features: UInt16 = 0
        public internal(set) var count: UInt16 = 1
        public internal(set) var low: UInt16 = 1
        public internal(set) var mid: UInt16 = 0
        public internal(set) var high: UInt16 = 0
        public internal(set) var device: UInt8 = 0
        public internal(set) var status: UInt8 = 0
        public internal(set) var error: UInt8 = 1
        public internal(set) var control: UInt8 = 0
        public internal(set) var interrupt = false
        public internal(set) var phase = Phase.idle
        public internal(set) var command: UInt8 = 0
        /// Command whose BSY time runs; 0 none.
        public internal(set) var pending: UInt8 = 0
        /// A DRQ block: whole sectors, or a piece of what a packet led to.
        public internal(set) var buffer = Data()
        /// The packet whose BSY time runs.
        public internal(set) var packet: [UInt8] = []
        public internal(set) var packetUsesDMA = false
        /// Bytes that the guest takes at once.
        public internal(set) var packetLimit: UInt16 = 0
        /// What follows the buffer and was read already.
        public internal(set) var staged = Data()
        public internal(set) var position = 0
        /// Next sector and how many are left, of the command that runs.
        public internal(set) var sector: UInt64 = 0
        public internal(set) var left: UInt32 = 0
        /// Sectors a DRQ block.
        public internal(set) var block: UInt32 = 1
    }

    /// Status register.
    enum Status {
        static let error: UInt8 = 0x01
        static let dataRequest: UInt8 = 0x08
        static let seekComplete: UInt8 = 0x10
        /// DF: the drive itself failed.
        static let fault: UInt8 = 0x20
        static let ready: UInt8 = 0x40
        static let busy: UInt8 = 0x80
    }

    /// Error register.
    enum ErrorBit {
        static let abort: UInt8 = 0x04
        static let idNotFound: UInt8 = 0x10
        static let writeProtect: UInt8 = 0x40
        static let uncorrectable: UInt8 = 0x40
    }

    /// Device control register.
    enum Control {
        static let noInterrupt: UInt8 = 0x02
        static let reset: UInt8 = 0x04
        static let highOrder: UInt8 = 0x80
    }

    /// BSY time of a command: long enough to be seen, short enough not to matter.
    static let busyTime: UInt64 = 2_000
    static let largestBlock: UInt32 = 16

    public let name: String
    /// IRQ 14 or 15.
    public var interrupt: Pin = { _ in }
    /// Told what the host said when a sector could not be read or written; the guest gets an error status.
    public var hostError: (String) -> Void = { _ in }
    /// Told when a drive wants bytes moved by DMA; nil where there is no bus master.
    public var busMaster: (() -> Void)?
    let disks: [(any BlockStorage)?]
    let packetDrives: [CDDrive?]
    private let events: EventQueue
    private let base: UInt16
    private var busyEvent: EventQueue.Event?
    /// Its `buffer` and `staged` are `block` and `staged` here.
    var current = State()
    /// The DRQ block that goes through the data port.
    var block: [UInt8] = []
    var staged: [UInt8] = []

    /// `disks` are master and slave; a missing one is nil. Where there is a CD-ROM drive there is no disk.
    public init(
        name: String, base: UInt16, disks: [(any BlockStorage)?], packetDrives: [CDDrive?] = [], events: EventQueue
    ) {
        self.name = name
        self.base = base
        self.packetDrives = Array((packetDrives + [nil, nil]).prefix(2))
        self.disks = zip(Array((disks + [nil, nil]).prefix(2)), self.packetDrives).map { $1 == nil ? $0 : nil }
        self.events = events
        busyEvent = events.register("\(name).busy") { [unowned self] in
            let command = current.pending
            guard command != 0 else { return }
            current.pending = 0
            current.status &= ~Status.busy
            execute(command)
        }
        reset()
    }

    public var state: State {
        get {
            var snapshot = current
            snapshot.buffer = Data(block)
            snapshot.staged = Data(staged)
            return snapshot
        }
        set {
            guard Self.isSound(newValue) else { return }
            current = newValue
            current.buffer = Data()
            current.staged = Data()
            block = Array(newValue.buffer)
            staged = Array(newValue.staged)
        }
    }

    /// Whether the bounds hold that the code relies on: a state from outside is checked before it is taken.
    private static func isSound(_ state: State) -> Bool {
        let bytes = state.buffer.count, sectors = bytes / sectorSize
        guard state.drives.count == 2, bytes <= mostStaged, (0...bytes).contains(state.position),
            (1...dmaBlock).contains(state.block), state.sector <= 1 << 48,
            [0, packetSize].contains(state.packet.count),
            state.staged.count <= mostStaged + CDDrive.blockSize
        else { return false }
        guard state.drives.allSatisfy({ $0.multiple <= largestBlock && $0.multiple.nonzeroBitCount <= 1 }) else {
            return false
        }
        let isPacket = state.command == 0xA0
        guard isPacket || (bytes % sectorSize == 0 && state.left <= 65536 && state.staged.isEmpty) else { return false }
        switch state.phase {
        case .idle: return true
        case .packet: return isPacket && bytes == packetSize && state.position < bytes
        case .toHost: return state.position < bytes && (isPacket || sectors <= Int(largestBlock))
        case .dmaToHost: return state.position < bytes
        // Each sector of the block is one of those that are left.
        case .fromHost, .dmaFromHost:
            return state.position < bytes && !isPacket && Int(state.left) >= sectors
                && (state.phase == .dmaFromHost || sectors <= Int(largestBlock))
        }
    }

    public func reset() {
        cancelBusy()
        current = State()
        endBlock()
        setSignature()
        interrupt(false)
    }

    /// After reset and diagnostics: an ATA disk's signature (9.12). The device control register and what INITIALIZE
    /// DEVICE PARAMETERS and SET MULTIPLE set stay.
    func setSignature() {
        current.count = 1
        current.low = 1
        current.mid = 0
        current.high = 0
        current.device = 0
        current.error = 1
        current.status = isEmpty ? 0 : Status.ready | Status.seekComplete
        current.packet = []
        for index in 0..<2 { current.drives[index].showsSignature = packetDrives[index] != nil }
        endBlock()
    }

    /// The data port is for nothing now.
    func endBlock() {
        current.phase = .idle
        current.position = 0
        current.left = 0
        block = []
        staged = []
    }

    func cancelBusy() {
        if let busyEvent { events.cancel(busyEvent) }
        current.pending = 0
    }

    func scheduleBusy() {
        if let busyEvent { events.schedule(busyEvent, at: events.now + Self.busyTime) }
    }

    private var isEmpty: Bool { (0..<2).allSatisfy { disks[$0] == nil && packetDrives[$0] == nil } }

    var selected: Int { Int(current.device >> 4 & 1) }
    var disk: (any BlockStorage)? { disks[selected] }
    var packetDrive: CDDrive? { packetDrives[selected] }
    private var isFitted: Bool { disk != nil || packetDrive != nil }

    // MARK: Ports

    public func read(port: Port, width: Int) -> UInt32 {
        let register = port.rawValue &- base
        if register == 0 { return readData(width) }
        guard !isEmpty else { return 0x7F }
        if (2...5).contains(register), current.drives[selected].showsSignature {
            // A PACKET device's signature (9.12).
            return [1, 1, 0x14, 0xEB][Int(register) - 2]
        }
        let shift: UInt16 = current.control & Control.highOrder != 0 ? 8 : 0
        switch register {
        case 1: return UInt32(current.error)
        case 2: return UInt32(current.count >> shift & 0xFF)
        case 3: return UInt32(current.low >> shift & 0xFF)
        case 4: return UInt32(current.mid >> shift & 0xFF)
        case 5: return UInt32(current.high >> shift & 0xFF)
        case 6: return UInt32(current.device | 0xA0)
        case 7:
            setInterrupt(false)
            return UInt32(visibleStatus)
        default: return UInt32(visibleStatus)
        }
    }

    /// A drive that is not there answers zero beside one that is (9.16.1), and a PACKET device that has had no command yet
    /// is not ready (9.12).
    private var visibleStatus: UInt8 {
        guard isFitted else { return 0 }
        return current.drives[selected].showsSignature ? current.status & Status.busy : current.status
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let register = port.rawValue &- base
        let byte = UInt8(truncatingIfNeeded: value)
        if register == 0 { return writeData(value, width) }
        if register > 7 { return writeControl(byte) }
        current.control &= ~Control.highOrder
        if register == 7, byte == 0x08, packetDrive != nil { return resetPacketDrive() }
        guard current.status & Status.busy == 0 else { return }
        // Both drives' registers are written.
        if (1...5).contains(register) { for index in 0..<2 { current.drives[index].showsSignature = false } }
        switch register {
        case 1: current.features = current.features << 8 | UInt16(byte)
        case 2: current.count = current.count << 8 | UInt16(byte)
        case 3: current.low = current.low << 8 | UInt16(byte)
        case 4: current.mid = current.mid << 8 | UInt16(byte)
        case 5: current.high = current.high << 8 | UInt16(byte)
        case 6: current.device = byte
        default: start(byte)
        }
    }

    private func writeControl(_ byte: UInt8) {
        let was = current.control
        current.control = byte
        if byte & Control.reset != 0 {
            cancelBusy()
            current.status = Status.busy
            endBlock()
            setInterrupt(false)
        } else if was & Control.reset != 0 {
            setSignature()
        } else {
            interrupt(current.interrupt && byte & Control.noInterrupt == 0)
        }
    }

    func setInterrupt(_ level: Bool) {
        current.interrupt = level
        interrupt(level && current.control & Control.noInterrupt == 0)
    }

    // MARK: Data

    private func readData(_ width: Int) -> UInt32 {
        guard current.phase == .toHost else { return 0 }
        var value: UInt32 = 0
        let position = current.position, count = min(width, block.count - position)
        for index in 0..<count { value |= UInt32(block[position + index]) << UInt32(index * 8) }
        current.position = position + count
        if current.position >= block.count { blockRead() }
        return value
    }

    private func writeData(_ value: UInt32, _ width: Int) {
        guard current.phase == .fromHost || current.phase == .packet else { return }
        let position = current.position, count = min(width, block.count - position)
        for index in 0..<count { block[position + index] = UInt8(truncatingIfNeeded: value >> UInt32(index * 8)) }
        current.position = position + count
        if current.position >= block.count { blockWritten() }
    }

    // MARK: Commands

    private func start(_ command: UInt8) {
        guard isFitted || command == 0x90, current.pending == 0 else { return }
        setInterrupt(false)
        endBlock()
        current.packet = []
        current.drives[selected].showsSignature = false
        current.status = Status.busy
        current.error = 0
        current.pending = command
        scheduleBusy()
    }

    func finish() {
        endBlock()
        current.status = Status.ready | Status.seekComplete
        setInterrupt(true)
    }

    func fail(_ error: UInt8, isFault: Bool = false) {
        endBlock()
        current.error = error
        current.status = Status.ready | Status.seekComplete | Status.error | (isFault ? Status.fault : 0)
        setInterrupt(true)
    }

    func present(_ bytes: [UInt8]) {
        block = bytes
        current.position = 0
        current.phase = .toHost
        current.status = Status.ready | Status.seekComplete | Status.dataRequest
        setInterrupt(true)
    }

    func request(_ count: Int, interrupts: Bool) {
        block = [UInt8](repeating: 0, count: count)
        current.position = 0
        current.phase = .fromHost
        current.status = Status.ready | Status.seekComplete | Status.dataRequest
        if interrupts { setInterrupt(true) }
    }

    /// The guest took the last block.
    func transferEnded() {
        endBlock()
        current.status = Status.ready | Status.seekComplete
    }
}
