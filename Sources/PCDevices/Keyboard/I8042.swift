import Machine

/// The 8042 keyboard controller with the second port of the PS/2.
///
/// Ports 60h (data) and 64h (status, command). Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and
/// auxiliary device controller"; IBM PC/AT Technical Reference.
public final class I8042: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// The command byte, RAM location 0 of the controller, and the 31 others.
        public internal(set) var ram: [UInt8] = [I8042.resetCommandByte] + [UInt8](repeating: 0, count: 31)
        /// The output port, P2. All its pins are high after RESET of an 8042: A20 on, no reset of the CPU.
        public internal(set) var outputPort: UInt8 = 0x03
        /// What port 60h reads.
        public internal(set) var outputBuffer: UInt8 = 0
        /// OBF.
        public internal(set) var outputFull = false
        /// The byte in the output buffer came from the second port.
        public internal(set) var outputIsAux = false
        /// The last write went to port 64h.
        public internal(set) var lastWasCommand = false
        /// The self-test was passed: status bit 2.
        public internal(set) var systemFlag = false
        /// Status bit 6: the device did not answer.
        public internal(set) var timeoutError = false
        /// The command whose data byte comes next, 0 when none.
        var awaited: UInt8 = 0
        /// Bytes of the controller itself that wait for the output buffer; bit 8: as if from the second port.
        var replies: [UInt16] = []
        var translator = ScanCodes.Translator()
        /// IBF reads one until this tick.
        var inputFullUntil: UInt64 = 0
        /// Levels of IRQ 1 and IRQ 12.
        public internal(set) var keyboardInterrupt = false
        public internal(set) var auxInterrupt = false

        public var commandByte: UInt8 { ram.first ?? 0 }
    }

    /// Offsets from port 60h.
    public enum Register {
        /// Output buffer (read), input buffer (write).
        public static let data: UInt16 = 0
        /// Status (read), command (write).
        public static let command: UInt16 = 4
    }

    /// Status byte.
    enum Status {
        /// OBF.
        static let outputFull: UInt8 = 0x01
        /// IBF.
        static let inputFull: UInt8 = 0x02
        static let system: UInt8 = 0x04
        /// A2 of the last write.
        static let command: UInt8 = 0x08
        /// The keyboard lock is open.
        static let unlocked: UInt8 = 0x10
        static let auxOutputFull: UInt8 = 0x20
        static let timeout: UInt8 = 0x40
    }

    /// Command byte.
    enum Mode {
        static let keyboardInterrupt: UInt8 = 0x01
        static let auxInterrupt: UInt8 = 0x02
        static let system: UInt8 = 0x04
        static let keyboardDisabled: UInt8 = 0x10
        static let auxDisabled: UInt8 = 0x20
        static let translate: UInt8 = 0x40
    }

    /// Output port.
    enum Output {
        /// Low holds the CPU in reset.
        static let notReset: UInt8 = 0x01
        static let a20: UInt8 = 0x02
        static let keyboardInterrupt: UInt8 = 0x10
        static let auxInterrupt: UInt8 = 0x20
        /// Clock and data of the keyboard: idle is high.
        static let keyboardLines: UInt8 = 0xC0
    }

    /// Commands on port 64h.
    enum Command {
        static let readRAM: ClosedRange<UInt8> = 0x20...0x3F
        static let writeRAM: ClosedRange<UInt8> = 0x60...0x7F
        static let passwordInstalled: UInt8 = 0xA4
        static let disableAux: UInt8 = 0xA7
        static let enableAux: UInt8 = 0xA8
        static let testAux: UInt8 = 0xA9
        static let selfTest: UInt8 = 0xAA
        static let testKeyboard: UInt8 = 0xAB
        static let disableKeyboard: UInt8 = 0xAD
        static let enableKeyboard: UInt8 = 0xAE
        static let readInputPort: UInt8 = 0xC0
        static let readOutputPort: UInt8 = 0xD0
        static let writeOutputPort: UInt8 = 0xD1
        static let writeKeyboardBuffer: UInt8 = 0xD2
        static let writeAuxBuffer: UInt8 = 0xD3
        static let writeAux: UInt8 = 0xD4
        static let disableA20: UInt8 = 0xDD
        static let enableA20: UInt8 = 0xDF
        static let readTestInputs: UInt8 = 0xE0
        static let pulse: ClosedRange<UInt8> = 0xF0...0xFF
    }

    /// Both interfaces off and translation on, without interrupts, until firmware has tested the controller.
    static let resetCommandByte = Mode.keyboardDisabled | Mode.auxDisabled | Mode.translate
    /// Input port P1: bit 7 keyboard not locked, bit 5 manufacturing jumper open, bit 6 clear for a colour adapter,
    /// bits 0 and 1 the idle data lines.
    static let inputPort: UInt8 = 0xA3
    /// Time that a byte takes on its way to the output buffer. On the wire it is 0.7 ms; guests wait in loops that count
    /// instructions, of which this machine does more in that time, so it is short here. Long enough for a handler to
    /// see OBF low.
    static let byteTime: UInt64 = 20_000
    /// The controller takes a byte at once, and shows IBF for so long.
    static let inputTime: UInt64 = 1_000
    private static let fromAux: UInt16 = 0x100
    private static let replyLimit = 16

    public let name: String
    /// IRQ 1.
    public var interrupt: Pin = { _ in }
    /// IRQ 12.
    public var auxInterrupt: Pin = { _ in }
    /// Output port bit 1. Also called after a restore.
    public var a20: Pin = { _ in }
    /// Output port bit 0 went low: the CPU's reset.
    public var resetRequest: () -> Void = {}
    /// How many bytes the guest has taken from port 60h since the start; not a part of the machine.
    public private(set) var lastByteRead: UInt64 = 0

    private var keyboard: (any PS2Peripheral)?
    private var aux: (any PS2Peripheral)?
    private let base: UInt16
    private let events: EventQueue
    private var transferEvent: EventQueue.Event?
    private var current = State()

    public init(name: String = "i8042", base: UInt16 = 0x60, events: EventQueue) {
        self.name = name
        self.base = base
        self.events = events
        transferEvent = events.register("\(name).transfer") { [unowned self] in transfer() }
    }

    /// Plugs devices in; nil is an empty socket.
    public func connect(keyboard: (any PS2Peripheral)?, aux: (any PS2Peripheral)? = nil) {
        self.keyboard = keyboard
        self.aux = aux
        keyboard?.ready = { [unowned self] in scheduleTransfer() }
        aux?.ready = { [unowned self] in scheduleTransfer() }
    }

    public var state: State {
        get { current }
        set {
            guard newValue.ram.count == 32 else { return }
            current = newValue
            current.replies = Array(current.replies.prefix(Self.replyLimit))
            a20(current.outputPort & Output.a20 != 0)
        }
    }

    public func reset() {
        let pins = (current.keyboardInterrupt, current.auxInterrupt)
        let hadA20 = current.outputPort & Output.a20 != 0
        current = State()
        (current.keyboardInterrupt, current.auxInterrupt) = pins
        if let transferEvent { events.cancel(transferEvent) }
        updateInterrupts()
        if !hadA20 { a20(true) }
    }

    /// Bytes that the guest has not taken yet: in the output buffer, behind it and in the keyboard. Who types waits
    /// until this is zero.
    public var scanBytesPending: Int {
        (current.outputFull ? 1 : 0) + current.replies.count + (keyboard?.bytesPending ?? 0)
    }

    public func read(port: Port, width: Int) -> UInt32 {
        switch port.rawValue &- base {
        case Register.data:
            // The last byte stays readable.
            let byte = current.outputBuffer
            if current.outputFull {
                current.outputFull = false
                current.outputIsAux = false
                lastByteRead &+= 1
                updateInterrupts()
                scheduleTransfer()
            }
            return UInt32(byte)
        case Register.command: return UInt32(status)
        default: return 0xFF
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        switch port.rawValue &- base {
        case Register.data:
            current.lastWasCommand = false
            takeData(byte)
        case Register.command:
            current.lastWasCommand = true
            current.awaited = 0
            execute(byte)
        default: return
        }
        current.inputFullUntil = events.now &+ Self.inputTime
        updateInterrupts()
        scheduleTransfer()
    }

    private var status: UInt8 {
        var status = Status.unlocked
        if current.outputFull { status |= Status.outputFull }
        if current.outputFull, current.outputIsAux { status |= Status.auxOutputFull }
        if events.now < current.inputFullUntil { status |= Status.inputFull }
        if current.systemFlag { status |= Status.system }
        if current.lastWasCommand { status |= Status.command }
        if current.timeoutError { status |= Status.timeout }
        return status
    }

    // MARK: Commands

    private func execute(_ command: UInt8) {
        switch command {
        case Command.readRAM: reply(current.ram[Int(command & 0x1F)])
        case Command.writeRAM, Command.writeOutputPort, Command.writeKeyboardBuffer, Command.writeAuxBuffer,
            Command.writeAux:
            current.awaited = command
        case Command.passwordInstalled: reply(0xF1)  // F1h: none
        case Command.disableAux: setMode(Mode.auxDisabled, true)
        case Command.enableAux: setMode(Mode.auxDisabled, false)
        // 00h: clock and data lines are not stuck, which holds for an empty socket too.
        case Command.testAux, Command.testKeyboard: reply(0x00)
        case Command.selfTest:
            current.systemFlag = true
            current.ram[0] |= Mode.system
            reply(0x55)
        case Command.disableKeyboard: setMode(Mode.keyboardDisabled, true)
        case Command.enableKeyboard: setMode(Mode.keyboardDisabled, false)
        case Command.readInputPort: reply(Self.inputPort)
        case Command.readOutputPort:
            // Bits 4 and 5 follow the interrupt pins.
            let lines =
                (current.keyboardInterrupt ? Output.keyboardInterrupt : 0)
                | (current.auxInterrupt ? Output.auxInterrupt : 0) | Output.keyboardLines
            reply(current.outputPort | lines)
        case Command.disableA20: writeOutputPort(current.outputPort & ~Output.a20)
        case Command.enableA20: writeOutputPort(current.outputPort | Output.a20)
        // T0 keyboard clock, T1 keyboard data: high while idle; a disabled interface holds its clock low.
        case Command.readTestInputs: reply(isOff(Mode.keyboardDisabled) ? 0x03 : 0x02)
        case Command.pulse:
            // Zeros in bits 3-0 pulse those pins of the output port low; bit 0 resets the CPU.
            if command & Output.notReset == 0 { resetRequest() }
        default: break
        }
    }

    private func takeData(_ byte: UInt8) {
        let command = current.awaited
        current.awaited = 0
        switch command {
        case Command.writeRAM:
            current.ram[Int(command & 0x1F)] = byte
            if command == Command.writeRAM.lowerBound { current.systemFlag = byte & Mode.system != 0 }
        case Command.writeOutputPort: writeOutputPort(byte)
        case Command.writeKeyboardBuffer: reply(byte)
        case Command.writeAuxBuffer: reply(byte, fromAux: true)
        case Command.writeAux: send(byte, to: aux, fromAux: true)
        default: send(byte, to: keyboard, fromAux: false)
        }
    }

    /// A byte for a device switches its interface on (PS/2 Technical Reference, "Command byte", bits 4 and 5).
    private func send(_ byte: UInt8, to device: (any PS2Peripheral)?, fromAux: Bool) {
        setMode(fromAux ? Mode.auxDisabled : Mode.keyboardDisabled, false)
        guard let device else {
            // Nobody clocks the byte in: after the time limit the controller answers FEh with the timeout error.
            current.timeoutError = true
            reply(0xFE, fromAux: fromAux)
            return
        }
        current.timeoutError = false
        device.receive(byte)
    }

    private func setMode(_ bit: UInt8, _ isSet: Bool) {
        if isSet { current.ram[0] |= bit } else { current.ram[0] &= ~bit }
    }

    private func isOff(_ bit: UInt8) -> Bool { current.commandByte & bit == 0 }

    private func writeOutputPort(_ value: UInt8) {
        let changed = value ^ current.outputPort
        // The other pins follow the interrupts and the lines of the devices.
        current.outputPort = value & Output.a20 | Output.notReset
        if changed & Output.a20 != 0 { a20(value & Output.a20 != 0) }
        if value & Output.notReset == 0 { resetRequest() }
    }

    // MARK: Output buffer

    /// A byte of the controller itself: at once when the buffer is free.
    private func reply(_ byte: UInt8, fromAux: Bool = false) {
        let entry = UInt16(byte) | (fromAux ? Self.fromAux : 0)
        if !current.outputFull, current.replies.isEmpty {
            fill(byte, isAux: fromAux)
        } else if current.replies.count < Self.replyLimit {
            current.replies.append(entry)
        }
    }

    private func fill(_ byte: UInt8, isAux: Bool) {
        current.outputBuffer = byte
        current.outputIsAux = isAux
        current.outputFull = true
    }

    private var canReceiveFromKeyboard: Bool {
        isOff(Mode.keyboardDisabled) && keyboard?.hasByte == true
    }

    private var canReceiveFromAux: Bool {
        isOff(Mode.auxDisabled) && aux?.hasByte == true
    }

    private func scheduleTransfer() {
        guard let transferEvent, !current.outputFull, events.deadline(of: transferEvent) == nil,
            !current.replies.isEmpty || canReceiveFromKeyboard || canReceiveFromAux
        else { return }
        events.schedule(transferEvent, at: events.now &+ Self.byteTime)
    }

    /// The next byte reaches the output buffer.
    private func transfer() {
        guard !current.outputFull else { return }
        if !current.replies.isEmpty {
            let entry = current.replies.removeFirst()
            fill(UInt8(truncatingIfNeeded: entry), isAux: entry & Self.fromAux != 0)
        } else if canReceiveFromKeyboard, let byte = keyboard?.takeByte() {
            if isOff(Mode.translate) {
                fill(byte, isAux: false)
            } else if let translated = current.translator.translate(byte) {
                fill(translated, isAux: false)
            }
        } else if canReceiveFromAux, let byte = aux?.takeByte() {
            fill(byte, isAux: true)
        }
        updateInterrupts()
        scheduleTransfer()
    }

    private func updateInterrupts() {
        let mode = current.commandByte
        let keyboardLevel = current.outputFull && !current.outputIsAux && mode & Mode.keyboardInterrupt != 0
        let auxLevel = current.outputFull && current.outputIsAux && mode & Mode.auxInterrupt != 0
        if keyboardLevel != current.keyboardInterrupt {
            current.keyboardInterrupt = keyboardLevel
            interrupt(keyboardLevel)
        }
        if auxLevel != current.auxInterrupt {
            current.auxInterrupt = auxLevel
            auxInterrupt(auxLevel)
        }
    }
}
