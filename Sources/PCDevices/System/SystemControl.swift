import Machine

/// Ports 61h (system control port B) and 92h (system control port A).
///
/// Source: IBM PS/2 Hardware Interface Technical Reference, "System control ports"; IBM PC/AT Technical Reference for
/// the refresh bit.
public final class SystemControl: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// Port 61h bits 3-0. Zero at reset: speaker off, checks enabled.
        public internal(set) var portB: UInt8 = 0
        /// Port 92h. Zero at reset: its A20 is off, the gate of the 8042 decides.
        public internal(set) var portA: UInt8 = 0
    }

    public enum Register {
        public static let portB: UInt16 = 0x61
        public static let portA: UInt16 = 0x92
    }

    /// Port 61h.
    enum B {
        /// GATE of timer 2.
        static let gate: UInt8 = 0x01
        /// Lets OUT 2 through to the speaker.
        static let speaker: UInt8 = 0x02
        /// Bits that read back as written; 2 and 3 are the (absent) parity and channel checks' enables.
        static let stored: UInt8 = 0x0F
        /// Toggles with every refresh.
        static let refresh: UInt8 = 0x10
        /// OUT of timer 2.
        static let output: UInt8 = 0x20
    }

    /// Port 92h.
    enum A {
        /// Fast reset: a one pulses the CPU's INIT. It reads back as zero, since the reset has come and gone.
        static let reset: UInt8 = 0x01
        static let a20: UInt8 = 0x02
        /// Bit 3 locks the RTC's password, bits 6-7 are the disk light: they read back.
        static let stored: UInt8 = 0xCA
    }

    /// Timer 1 divides by 18: a refresh every 15.085714 us, which is 105600/7 ns.
    private static let refreshNumerator: UInt64 = 105_600
    private static let refreshDenominator: UInt64 = 7

    public let name: String
    /// GATE of timer 2. Not called after a restore: the timer keeps it.
    public var timerGate: Pin = { _ in }
    /// OUT of timer 2.
    public var timerOutput: () -> Bool = { false }
    /// Port 61h bit 1.
    public var speaker: Pin = { _ in }
    /// Port 92h bit 1; the board ORs it with the 8042's. Also called after a restore.
    public var a20: Pin = { _ in }
    public var resetRequest: () -> Void = {}
    private let events: EventQueue
    private var current = State()

    public init(name: String = "systemcontrol", events: EventQueue) {
        self.name = name
        self.events = events
    }

    public var state: State {
        get { current }
        set {
            current = newValue
            a20(current.portA & A.a20 != 0)
        }
    }

    public func reset() {
        writeB(0)
        let hadA20 = current.portA & A.a20 != 0
        current.portA = 0
        if hadA20 { a20(false) }
    }

    public func read(port: Port, width: Int) -> UInt32 {
        switch port.rawValue {
        case Register.portB:
            let refreshes = events.now.multipliedFullWidth(by: Self.refreshDenominator)
            let isOdd = Self.refreshNumerator.dividingFullWidth(refreshes).quotient & 1 != 0
            return UInt32(current.portB | (isOdd ? B.refresh : 0) | (timerOutput() ? B.output : 0))
        case Register.portA: return UInt32(current.portA)
        default: return 0xFF
        }
    }

    public func write(port: Port, width: Int, value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        switch port.rawValue {
        case Register.portB: writeB(byte)
        case Register.portA:
            let changed = byte ^ current.portA
            current.portA = byte & A.stored
            if changed & A.a20 != 0 { a20(byte & A.a20 != 0) }
            if byte & A.reset != 0 { resetRequest() }
        default: break
        }
    }

    private func writeB(_ byte: UInt8) {
        let changed = byte ^ current.portB
        current.portB = byte & B.stored
        if changed & B.gate != 0 { timerGate(byte & B.gate != 0) }
        if changed & B.speaker != 0 { speaker(byte & B.speaker != 0) }
    }
}
