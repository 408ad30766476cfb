import FoundationEssentials
import Machine

/// The diskette controller of the PC/AT: an 82077AA in AT mode, which knows all commands of the NEC 765
/// (82077AA data sheet, Intel 290166). Ports 3F0h-3F5h and 3F7h, byte-wide; 3F6h belongs to the hard disk.
///
/// Sectors move whole, one an event; seeks and transfers take a short guest time instead of milliseconds.
public final class FloppyController: Device, PortHandler {
    enum Phase: String, Codable, Sendable {
        /// Takes command bytes, or waits for the first one.
        case command
        /// Acts; the host waits, or moves data when NDM is set.
        case execution
        /// Has result bytes.
        case result
    }

    /// A data transfer that is going on.
    struct Transfer: Codable, Equatable, Sendable {
        /// Which side of the disk the head reads.
        var side: UInt8
        /// C, H, R of the sector that is next.
        var cylinder: UInt8
        var head: UInt8
        var sector: UInt8
        /// Data moved by the host in non-DMA mode.
        var buffer = Data()
        var position = 0
        /// The host's turn (non-DMA mode).
        var waitsForHost = false
        /// Sectors left of FORMAT TRACK, READ TRACK, and VERIFY with EC.
        var left = 0
    }

    public struct State: Codable, Equatable, Sendable {
        /// Reset by the RESET pin: drive 0, motors off, controller held in reset (82077AA 2.1.3).
        var dor: UInt8 = 0
        /// 250 kbit/s after RESET (82077AA 2.1.4).
        var dsr: UInt8 = 0x02
        var tapeDrive: UInt8 = 0
        var phase = Phase.command
        var command: [UInt8] = []
        var result: [UInt8] = []
        var transfer: Transfer?
        var interrupt = false
        /// SPECIFY's two bytes; ND is bit 0 of the second. DMA mode until told otherwise.
        var specify: [UInt8] = [0, 0]
        /// CONFIGURE's second byte: no implied seek, FIFO off, polling on, threshold 1 (82077AA 5.2.7).
        var configure: UInt8 = 0x20
        var precompensationTrack: UInt8 = 0
        var lock = false
        var perpendicular: UInt8 = 0
        /// EOT or SC of the last transfer, for DUMPREG.
        var endOfTrack: UInt8 = 0
        var drives = [FloppyDrive.State](repeating: FloppyDrive.State(), count: 4)
    }

    /// After RESET goes away, until the interrupt, in ticks.
    static let resetTime: UInt64 = 20_000
    /// One step of the heads. A real drive takes 3 ms or more.
    static let stepTime: UInt64 = 10_000
    /// A sector, or the look for one. At 500 kbit/s a real one takes 11 ms a sector.
    static let sectorTime: UInt64 = 20_000

    public let name: String
    /// IRQ 6.
    public var interrupt: Pin = { _ in }
    /// DMA channel 2: a byte from the disk to memory.
    public var deviceToMemory: (UInt8) -> DMAOutcome = { _ in .notReady }
    /// DMA channel 2: a byte from memory to the disk; nil when the channel is not ready.
    public var memoryToDevice: () -> (byte: UInt8, outcome: DMAOutcome)? = { nil }
    /// Told what the host said when a sector could not be read or written; the guest gets an error status.
    public var hostError: (String) -> Void = { _ in }

    let events: EventQueue
    private var resetEvent: EventQueue.Event?
    private var executionEvent: EventQueue.Event?
    private var seekEvents: [EventQueue.Event] = []
    var registers = State()
    var drives = [FloppyDrive](repeating: FloppyDrive(), count: 4)
    private var interruptLevel = false

    public init(name: String = "fdc", events: EventQueue) {
        self.name = name
        self.events = events
        resetEvent = events.register("\(name).reset") { [unowned self] in self.finishReset() }
        executionEvent = events.register("\(name).execution") { [unowned self] in self.continueExecution() }
        for drive in 0..<4 {
            seekEvents.append(events.register("\(name).seek\(drive)") { [unowned self] in self.finishSeek(drive) })
        }
    }

    // MARK: Drives and disks

    /// Says that drive 0-3 exists; without this its lines are dead.
    public func installDrive(_ index: Int) {
        guard drives.indices.contains(index) else { return }
        drives[index].isPresent = true
    }

    /// Puts a disk into a drive (which then exists) and sets the disk change line.
    /// - Returns: the format, nil when the image is larger than any diskette; then nothing changes.
    @discardableResult
    public func insert(_ storage: any BlockStorage, into index: Int) -> FloppyFormat? {
        guard drives.indices.contains(index) else { return nil }
        let (bytes, overflow) = storage.sectorCount.multipliedReportingOverflow(by: UInt64(sectorSize))
        guard !overflow, let format = FloppyFormat.of(byteCount: bytes) else { return nil }
        drives[index].isPresent = true
        drives[index].medium = FloppyDrive.Medium(storage: storage, format: format)
        registers.drives[index].diskChanged = true
        return format
    }

    public func eject(_ index: Int) {
        guard drives.indices.contains(index) else { return }
        drives[index].medium = nil
        registers.drives[index].diskChanged = true
    }

    /// The format of the disk in a drive.
    public func format(of index: Int) -> FloppyFormat? {
        drives.indices.contains(index) ? drives[index].medium?.format : nil
    }

    // MARK: Ports

    public func read(port: Port, width: Int) -> UInt32 {
        switch port.rawValue {
        case FloppyPort.digitalOutput: return UInt32(registers.dor)
        case FloppyPort.tapeDrive: return UInt32(registers.tapeDrive | 0xFC)
        case FloppyPort.mainStatus: return UInt32(mainStatus)
        case FloppyPort.data: return UInt32(readData())
        case FloppyPort.digitalInput: return UInt32(digitalInput)
        // Status A and B exist in the PS/2 modes only.
        default: return 0xFF
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        switch port.rawValue {
        case FloppyPort.digitalOutput: writeDigitalOutput(byte)
        case FloppyPort.tapeDrive: registers.tapeDrive = byte & 0x03
        case FloppyPort.mainStatus: writeDataRateSelect(byte)
        case FloppyPort.data: writeData(byte)
        case FloppyPort.digitalInput: registers.dsr = registers.dsr & ~0x03 | byte & 0x03
        default: break
        }
    }

    private var mainStatus: UInt8 {
        guard registers.dor & FloppyDOR.notReset != 0, !isResetting else { return 0 }
        var value: UInt8 = 0
        for (index, drive) in registers.drives.enumerated() where drive.seek != nil { value |= 1 &<< UInt8(index) }
        switch registers.phase {
        case .command:
            value |= FloppyMSR.request
            if !registers.command.isEmpty { value |= FloppyMSR.busy }
        case .execution:
            value |= FloppyMSR.busy
            if isNonDMA { value |= FloppyMSR.nonDMA }
            if registers.transfer?.waitsForHost ?? false {
                value |= FloppyMSR.request | (isWriting ? 0 : FloppyMSR.toHost)
            }
        case .result: value |= FloppyMSR.request | FloppyMSR.toHost | FloppyMSR.busy
        }
        return value
    }

    /// DIR: bit 7 is the selected drive's disk change line, the rest is not driven by this chip.
    private var digitalInput: UInt8 {
        let index = Int(registers.dor & FloppyDOR.driveSelect)
        guard drives[index].isPresent else { return 0x7F }
        return registers.drives[index].diskChanged || drives[index].medium == nil ? 0xFF : 0x7F
    }

    private func readData() -> UInt8 {
        switch registers.phase {
        case .result:
            // The first result byte takes the interrupt away (82077AA 7.0).
            registers.interrupt = false
            updateInterrupt()
            let byte = registers.result.isEmpty ? 0xFF : registers.result.removeFirst()
            if registers.result.isEmpty { registers.phase = .command }
            return byte
        case .execution: return readByHost()
        case .command: return 0xFF
        }
    }

    private func writeData(_ byte: UInt8) {
        guard registers.dor & FloppyDOR.notReset != 0, !isResetting else { return }
        switch registers.phase {
        case .result: break
        case .execution: writeByHost(byte)
        case .command:
            registers.command.append(byte)
            guard let first = registers.command.first else { return }
            guard let command = FloppyCommand(first: first) else { return invalid() }
            guard registers.command.count >= command.length else { return }
            execute(command)
        }
    }

    private func writeDigitalOutput(_ value: UInt8) {
        let wasRunning = registers.dor & FloppyDOR.notReset != 0
        let runs = value & FloppyDOR.notReset != 0
        registers.dor = value
        if wasRunning, !runs { enterReset() }
        if !wasRunning, runs { schedule(resetEvent, after: Self.resetTime) }
        updateInterrupt()
    }

    private func writeDataRateSelect(_ value: UInt8) {
        // S/W RESET clears itself (82077AA 2.1.4).
        registers.dsr = value & 0x7F
        if value & 0x80 != 0 {
            enterReset()
            if registers.dor & FloppyDOR.notReset != 0 { schedule(resetEvent, after: Self.resetTime) }
            updateInterrupt()
        }
    }

    // MARK: Reset

    private var isResetting: Bool { resetEvent.flatMap { events.deadline(of: $0) } != nil }

    /// The RESET pin.
    public func reset() {
        let changed = registers.drives.map(\.diskChanged)
        let tracks = registers.drives.map(\.track)
        registers = State()
        // Heads and the drives' latches do not hear the controller's reset.
        for index in registers.drives.indices {
            registers.drives[index].diskChanged = changed[index]
            registers.drives[index].track = tracks[index]
        }
        cancelAll()
        updateInterrupt()
    }

    /// Reset by DOR or DSR (82077AA 6.0): DOR, the data rate, and with LOCK the FIFO's parameters stay.
    private func enterReset() {
        registers.phase = .command
        registers.command = []
        registers.result = []
        registers.transfer = nil
        registers.interrupt = false
        registers.specify[1] &= ~0x01
        registers.perpendicular &= 0xFC
        if !registers.lock {
            registers.configure = 0x20
            registers.precompensationTrack = 0
        }
        for index in registers.drives.indices {
            registers.drives[index].seek = nil
            registers.drives[index].pendingST0 = nil
            registers.drives[index].presentCylinder = 0
        }
        cancelAll()
    }

    private func cancelAll() {
        for event in [resetEvent, executionEvent] { event.map { events.cancel($0) } }
        for event in seekEvents { events.cancel(event) }
    }

    /// Polling finds all four drives' ready lines changed and interrupts once (82077AA 5.2.4.1), unless CONFIGURE
    /// turned it off.
    private func finishReset() {
        guard registers.configure & 0x10 == 0 else { return }
        for index in registers.drives.indices {
            registers.drives[index].pendingST0 = FloppyST0.polling | UInt8(truncatingIfNeeded: index)
        }
        raiseInterrupt()
    }

    // MARK: Interrupt and time

    func raiseInterrupt() {
        registers.interrupt = true
        updateInterrupt()
    }

    func updateInterrupt() {
        let level = registers.interrupt && registers.dor & FloppyDOR.interruptAndDMA != 0
        guard level != interruptLevel else { return }
        interruptLevel = level
        interrupt(level)
    }

    private func schedule(_ event: EventQueue.Event?, after ticks: UInt64) {
        if let event { events.schedule(event, at: events.now &+ ticks) }
    }

    /// The command goes on after so many ticks.
    func continueLater(_ ticks: UInt64) { schedule(executionEvent, after: ticks) }

    func scheduleSeek(_ drive: Int, after ticks: UInt64) {
        if seekEvents.indices.contains(drive) { schedule(seekEvents[drive], after: ticks) }
    }

    // MARK: State

    public var state: State {
        get { registers }
        set {
            registers = newValue
            // A save file can hold anything: keep the bounds that the code relies on.
            registers.command = Array(newValue.command.prefix(9))
            registers.result = Array(newValue.result.prefix(16))
            registers.specify = Array((newValue.specify + [0, 0]).prefix(2))
            let missing = [FloppyDrive.State](repeating: FloppyDrive.State(), count: 4)
            registers.drives = Array((newValue.drives + missing).prefix(4))
            for index in registers.drives.indices {
                registers.drives[index].track = min(max(registers.drives[index].track, 0), FloppyDrive.lastTrack)
            }
            if var transfer = newValue.transfer {
                transfer.buffer = Data(transfer.buffer.prefix(sectorSize))
                transfer.position = min(max(transfer.position, 0), transfer.buffer.count)
                transfer.left = min(max(transfer.left, 0), 256)
                registers.transfer = transfer
            }
            // The pin's level follows from the state; the chip at its other end restores its own input.
            interruptLevel = registers.interrupt && registers.dor & FloppyDOR.interruptAndDMA != 0
        }
    }
}
