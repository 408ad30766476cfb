import Machine

/// From the CPU's FERR# to IRQ 13 and back to its IGNNE#: how a PC tells of x87 exceptions while CR0.NE is clear.
///
/// Source: IBM PC/AT Technical Reference, "Math Coprocessor"; SDM 1 appendix D (D.2.1, figure D-1).
public final class CoprocessorError: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// FERR#: an exception waits.
        public internal(set) var error = false
        /// IGNNE#: the handler has been here, the x87 goes on.
        public internal(set) var ignored = false
    }

    public enum Register {
        /// Any write ends the interrupt request; while FERR# lasts, IGNNE# is on.
        public static let clear: UInt16 = 0xF0
        /// The reset of an 80287; nothing where the FPU is in the CPU.
        public static let reset: UInt16 = 0xF1
    }

    public let name: String
    /// IRQ 13. Not called after a restore: the PIC keeps it.
    public var interrupt: Pin = { _ in }
    private var current = State()

    public init(name: String = "coprocessorerror") { self.name = name }

    public var state: State {
        get { current }
        set { current = newValue }
    }

    /// IGNNE#
    public var ignores: Bool { current.ignored }

    public func reset() {
        current = State()
        interrupt(false)
    }

    /// FERR#
    public func setError(_ level: Bool) {
        guard level != current.error else { return }
        current = State(error: level, ignored: false)
        interrupt(level)
    }

    public func read(port: Port, width: Int) -> UInt32 { 0xFF }

    public func write(port: Port, width: Int, value: UInt32) {
        guard port.rawValue == Register.clear else { return }
        current.ignored = current.error
        interrupt(false)
    }
}
