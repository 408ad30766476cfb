import Machine

/// The 16550A serial port. A byte that the guest sends goes out at once, whatever the line settings say, so THRE and
/// TEMT are always set; bytes from outside wait in a queue until the receiver has room, so nothing is lost.
///
/// Source: National Semiconductor PC16550D datasheet.
public final class UART16550: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// Divisor latch. The datasheet leaves it undefined at reset; 12 is 9600 baud.
        public internal(set) var divisor: UInt16 = 12
        /// IER, bits 3-0.
        public internal(set) var interruptEnable: UInt8 = 0
        /// FCR: bit 0 FIFOs on, bits 7-6 trigger level.
        public internal(set) var fifoControl: UInt8 = 0
        /// LCR. Reset value 0 (datasheet, table I).
        public internal(set) var lineControl: UInt8 = 0
        /// MCR, bits 4-0. Reset value 0.
        public internal(set) var modemControl: UInt8 = 0
        /// SCR.
        public internal(set) var scratch: UInt8 = 0
        /// MSR bits 3-0: what changed since the last read.
        public internal(set) var modemDeltas: UInt8 = 0
        /// Received and not read, with the errors of each byte in LSR's places in the high byte.
        public internal(set) var received: [UInt16] = []
        /// The last byte that was read: what RBR gives when it is empty.
        var lastReceived: UInt8 = 0
        /// LSR bit 1, OE.
        var overrun = false
        /// LSR bits 4-2 of the byte at the top were read and cleared.
        var errorsRead = false
        /// The THR-empty interrupt waits to be seen.
        var emptyPending = false
        /// The character timeout interrupt is up.
        var timedOut = false
        /// Bytes from outside that the receiver has not taken.
        public internal(set) var queue: [UInt8] = []
        /// Level of the interrupt pin.
        public internal(set) var interrupt = false
    }

    /// Offsets from the base port.
    public enum Register {
        /// RBR (read), THR (write), DLL with DLAB.
        public static let data: UInt16 = 0
        /// IER, DLM with DLAB.
        public static let interruptEnable: UInt16 = 1
        /// IIR (read), FCR (write).
        public static let identification: UInt16 = 2
        public static let lineControl: UInt16 = 3
        public static let modemControl: UInt16 = 4
        public static let lineStatus: UInt16 = 5
        public static let modemStatus: UInt16 = 6
        public static let scratch: UInt16 = 7
    }

    /// IER.
    enum Enable {
        static let received: UInt8 = 0x01
        static let empty: UInt8 = 0x02
        static let lineStatus: UInt8 = 0x04
        static let modemStatus: UInt8 = 0x08
    }

    /// IIR, in order of priority.
    enum Identification {
        static let lineStatus: UInt8 = 0x06
        static let received: UInt8 = 0x04
        static let timeout: UInt8 = 0x0C
        static let empty: UInt8 = 0x02
        static let modemStatus: UInt8 = 0x00
        static let none: UInt8 = 0x01
        static let fifosOn: UInt8 = 0xC0
    }

    /// FCR.
    enum FIFO {
        static let enable: UInt8 = 0x01
        static let resetReceiver: UInt8 = 0x02
        static let trigger: UInt8 = 0xC0
        static let size = 16
    }

    /// LCR.
    enum Line {
        static let wordLength: UInt8 = 0x03
        static let setBreak: UInt8 = 0x40
        /// DLAB.
        static let divisorAccess: UInt8 = 0x80
    }

    /// LSR.
    enum Status {
        static let dataReady: UInt8 = 0x01
        static let overrun: UInt8 = 0x02
        static let parity: UInt8 = 0x04
        static let framing: UInt8 = 0x08
        static let breakReceived: UInt8 = 0x10
        static let byteErrors: UInt8 = 0x1C
        /// THRE and TEMT.
        static let empty: UInt8 = 0x60
        /// An error is somewhere in the FIFO.
        static let fifoError: UInt8 = 0x80
    }

    /// MCR.
    enum Modem {
        static let dtr: UInt8 = 0x01
        static let rts: UInt8 = 0x02
        static let out1: UInt8 = 0x04
        /// On a PC this lets the interrupt reach the bus.
        static let out2: UInt8 = 0x08
        static let loop: UInt8 = 0x10
    }

    /// MSR: CTS, DSR, RI and DCD in bits 4-7, their changes in bits 0-3.
    enum ModemStatus {
        static let cts: UInt8 = 0x10
        static let dsr: UInt8 = 0x20
        static let ri: UInt8 = 0x40
        static let dcd: UInt8 = 0x80
        /// TERI: RI went from on to off.
        static let trailingRing: UInt8 = 0x04
    }

    /// Time between two received bytes: as fast as 1 Mbit/s, so that IRQ falls and rises for each and the guest is not
    /// kept waiting.
    static let byteTime: UInt64 = 10_000
    /// The receive FIFO times out after four characters (datasheet, "FIFO interrupt mode operation").
    static let timeout: UInt64 = 4 * byteTime
    /// Most bytes that wait outside of the receiver. Whoever sends looks at `queueSpace` first.
    public static let queueLimit = 1 << 16

    public let name: String
    public var interrupt: Pin = { _ in }
    /// Takes each byte that the guest sends.
    public var transmit: (UInt8) -> Void = { _ in }
    private let base: UInt16
    private let events: EventQueue
    private var receiveEvent: EventQueue.Event?
    private var timeoutEvent: EventQueue.Event?
    private var current = State()
    /// Bytes at the front of `current.queue` that were taken: dropped together, so that a long queue is not moved
    /// for every byte.
    private var taken = 0

    /// `name` is also the input log's channel: `serial0`.
    public init(name: String, base: UInt16, events: EventQueue, input: InputLog) {
        self.name = name
        self.base = base
        self.events = events
        receiveEvent = events.register("\(name).receive") { [unowned self] in receiveNext() }
        timeoutEvent = events.register("\(name).timeout") { [unowned self] in
            current.timedOut = true
            update()
        }
        input.register(name) { [unowned self] in enqueue($0) }
    }

    public var state: State {
        get {
            var snapshot = current
            snapshot.queue.removeFirst(taken)
            return snapshot
        }
        set {
            current = newValue
            current.received = Array(current.received.prefix(FIFO.size))
            current.queue = Array(current.queue.prefix(Self.queueLimit))
            taken = 0
        }
    }

    /// Master reset. What waits outside stays outside.
    public func reset() {
        var fresh = State()
        fresh.queue = Array(current.queue.dropFirst(taken))
        fresh.interrupt = current.interrupt
        taken = 0
        current = fresh
        if let timeoutEvent { events.cancel(timeoutEvent) }
        update()
        scheduleReceive()
    }

    /// Bytes that can be delivered now without loss.
    public var queueSpace: Int { Self.queueLimit - (current.queue.count - taken) }

    private func enqueue(_ bytes: [UInt8]) {
        current.queue.append(contentsOf: bytes.prefix(queueSpace))
        scheduleReceive()
    }

    public func read(port: Port, width: Int) -> UInt32 {
        switch port.rawValue &- base {
        case Register.data:
            return UInt32(divisorAccess ? UInt8(truncatingIfNeeded: current.divisor) : readReceived())
        case Register.interruptEnable:
            return UInt32(divisorAccess ? UInt8(truncatingIfNeeded: current.divisor >> 8) : current.interruptEnable)
        case Register.identification:
            let cause = identification
            if cause == Identification.empty {
                current.emptyPending = false
                update()
            }
            return UInt32(cause | (fifosOn ? Identification.fifosOn : 0))
        case Register.lineControl: return UInt32(current.lineControl)
        case Register.modemControl: return UInt32(current.modemControl)
        case Register.lineStatus:
            let status = lineStatus
            current.overrun = false
            current.errorsRead = true
            update()
            return UInt32(status)
        case Register.modemStatus:
            let status = modemLines | current.modemDeltas
            current.modemDeltas = 0
            update()
            return UInt32(status)
        case Register.scratch: return UInt32(current.scratch)
        default: return 0xFF
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        switch port.rawValue &- base {
        case Register.data:
            if divisorAccess {
                current.divisor = current.divisor & 0xFF00 | UInt16(byte)
            } else {
                send(byte)
            }
        case Register.interruptEnable:
            if divisorAccess {
                current.divisor = current.divisor & 0x00FF | UInt16(byte) << 8
            } else {
                // THR is empty: allowing its interrupt raises it.
                if byte & Enable.empty != 0, current.interruptEnable & Enable.empty == 0 { current.emptyPending = true }
                if byte & Enable.empty == 0 { current.emptyPending = false }
                current.interruptEnable = byte & 0x0F
            }
        case Register.identification: writeFIFOControl(byte)
        case Register.lineControl:
            let starts = byte & Line.setBreak != 0 && current.lineControl & Line.setBreak == 0
            current.lineControl = byte
            if starts, loops { receive(0, errors: Status.breakReceived) }
        case Register.modemControl:
            let before = modemLines
            current.modemControl = byte & 0x1F
            noteModemChange(from: before)
        case Register.scratch: current.scratch = byte
        default: return  // LSR and MSR are read only
        }
        update()
    }

    private var divisorAccess: Bool { current.lineControl & Line.divisorAccess != 0 }
    private var fifosOn: Bool { current.fifoControl & FIFO.enable != 0 }
    private var loops: Bool { current.modemControl & Modem.loop != 0 }

    private func writeFIFOControl(_ byte: UInt8) {
        // Changing the enable bit, or resetting, empties the FIFO (datasheet, "FIFO control register"). Other bits
        // count only while the enable bit is written as one.
        let switched = (byte ^ current.fifoControl) & FIFO.enable != 0
        current.fifoControl = byte & FIFO.enable != 0 ? byte & (FIFO.enable | FIFO.trigger) : 0
        if switched || byte & (FIFO.enable | FIFO.resetReceiver) == FIFO.enable | FIFO.resetReceiver {
            current.received = []
            current.errorsRead = false
            current.timedOut = false
            if let timeoutEvent { events.cancel(timeoutEvent) }
            scheduleReceive()
        }
    }

    // MARK: Transmitter

    private func send(_ byte: UInt8) {
        // Full for no time: the interrupt falls and rises again.
        current.emptyPending = false
        update()
        if loops {
            let mask = UInt8(0xFF) >> (3 - (current.lineControl & Line.wordLength))
            receive(byte & mask, errors: 0)
        } else {
            transmit(byte)
        }
        current.emptyPending = current.interruptEnable & Enable.empty != 0
    }

    // MARK: Receiver

    private func scheduleReceive() {
        guard let receiveEvent, taken < current.queue.count, hasRoom, !loops else { return }
        guard events.deadline(of: receiveEvent) == nil else { return }
        events.schedule(receiveEvent, at: events.now &+ Self.byteTime)
    }

    private var hasRoom: Bool { current.received.count < (fifosOn ? FIFO.size : 1) }

    private func receiveNext() {
        guard taken < current.queue.count, hasRoom, !loops else { return }
        let byte = current.queue[taken]
        taken += 1
        if taken == current.queue.count || taken >= 4096 {
            current.queue.removeFirst(taken)
            taken = 0
        }
        receive(byte, errors: 0)
        update()
        scheduleReceive()
    }

    private func receive(_ byte: UInt8, errors: UInt8) {
        let entry = UInt16(errors) << 8 | UInt16(byte)
        if hasRoom {
            current.received.append(entry)
            if current.received.count == 1 { current.errorsRead = false }
        } else {
            // A full FIFO keeps its bytes; RBR alone is overwritten (datasheet, "Line status register", bit 1).
            current.overrun = true
            if !fifosOn { current.received = [entry] }
        }
        // A timeout that has come stays until RBR is read (datasheet, "FIFO interrupt mode operation").
        if !current.timedOut { restartTimeout() }
    }

    private func readReceived() -> UInt8 {
        guard let entry = current.received.first else { return current.lastReceived }
        current.received.removeFirst()
        current.errorsRead = false
        current.lastReceived = UInt8(truncatingIfNeeded: entry)
        current.timedOut = false
        restartTimeout()
        update()
        scheduleReceive()
        return current.lastReceived
    }

    private func restartTimeout() {
        guard let timeoutEvent else { return }
        if fifosOn, !current.received.isEmpty {
            events.schedule(timeoutEvent, at: events.now &+ Self.timeout)
        } else {
            events.cancel(timeoutEvent)
        }
    }

    // MARK: Status and interrupt

    private var topErrors: UInt8 {
        guard let entry = current.received.first, !current.errorsRead else { return 0 }
        return UInt8(truncatingIfNeeded: entry >> 8) & Status.byteErrors
    }

    private var lineStatus: UInt8 {
        var status = Status.empty | topErrors
        if !current.received.isEmpty { status |= Status.dataReady }
        if current.overrun { status |= Status.overrun }
        let laterErrors = current.received.dropFirst().contains { $0 >> 8 != 0 }
        if fifosOn, topErrors != 0 || laterErrors { status |= Status.fifoError }
        return status
    }

    /// Outside, a terminal is there and ready: CTS, DSR and DCD are on. In loopback they are our own outputs.
    private var modemLines: UInt8 {
        guard loops else { return ModemStatus.cts | ModemStatus.dsr | ModemStatus.dcd }
        let control = current.modemControl
        return (control & Modem.rts != 0 ? ModemStatus.cts : 0) | (control & Modem.dtr != 0 ? ModemStatus.dsr : 0)
            | (control & Modem.out1 != 0 ? ModemStatus.ri : 0) | (control & Modem.out2 != 0 ? ModemStatus.dcd : 0)
    }

    private func noteModemChange(from before: UInt8) {
        let changed = before ^ modemLines
        // RI reports its trailing edge alone.
        var deltas = (changed & ~ModemStatus.ri) >> 4
        if changed & before & ModemStatus.ri != 0 { deltas |= ModemStatus.trailingRing }
        current.modemDeltas |= deltas
        scheduleReceive()
    }

    private var triggerLevel: Int {
        switch current.fifoControl >> 6 {
        case 0: 1
        case 1: 4
        case 2: 8
        default: 14
        }
    }

    /// IIR bits 3-0: the cause with the highest priority.
    private var identification: UInt8 {
        let enabled = current.interruptEnable
        if enabled & Enable.lineStatus != 0, current.overrun || topErrors != 0 { return Identification.lineStatus }
        if enabled & Enable.received != 0 {
            let wanted = fifosOn ? triggerLevel : 1
            if current.received.count >= wanted { return Identification.received }
            if fifosOn, current.timedOut { return Identification.timeout }
        }
        if enabled & Enable.empty != 0, current.emptyPending { return Identification.empty }
        if enabled & Enable.modemStatus != 0, current.modemDeltas != 0 { return Identification.modemStatus }
        return Identification.none
    }

    private func update() {
        // Where the UART is part of a super I/O chip, MCR bit 3 itself lets the interrupt out, in loopback too, whose
        // interrupts are "fully operational" (datasheet, "Modem control register", bit 4).
        let gated = current.modemControl & Modem.out2 != 0
        let level = gated && identification != Identification.none
        guard level != current.interrupt else { return }
        current.interrupt = level
        interrupt(level)
    }
}
