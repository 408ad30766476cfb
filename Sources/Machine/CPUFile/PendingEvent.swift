/// An interrupt or exception that was acknowledged or raised, and not yet delivered.
///
/// In `CPUFile.pendingEvent` it lies as in the VM-entry interruption-information field, with the error code above
/// (SDM 3C 25.8.3): vector 0-7, type 8-10, error code valid 11, valid 31, error code 32-63.
public struct PendingEvent: Equatable, Sendable {
    public enum Kind: UInt8, Sendable {
        /// Acknowledged at the interrupt controller.
        case externalInterrupt = 0
        case nonMaskable = 2
        /// A fault or trap of the CPU.
        case hardwareException = 3
        /// INT n.
        case softwareInterrupt = 4
        /// INT3, INTO.
        case softwareException = 6
    }

    public var vector: UInt8
    public var kind: Kind
    public var errorCode: UInt32?

    public init(_ kind: Kind, vector: UInt8, errorCode: UInt32? = nil) {
        self.vector = vector
        self.kind = kind
        self.errorCode = errorCode
    }

    /// Nil where the valid bit is clear, and where the type is none of `Kind`.
    public init?(bits: UInt64) {
        guard bits & Self.valid != 0, let kind = Kind(rawValue: UInt8(truncatingIfNeeded: bits >> 8 & 7)) else {
            return nil
        }
        self.init(
            kind, vector: UInt8(truncatingIfNeeded: bits),
            errorCode: bits & Self.hasErrorCode != 0 ? UInt32(truncatingIfNeeded: bits >> 32) : nil)
    }

    public var bits: UInt64 {
        UInt64(vector) | UInt64(kind.rawValue) << 8 | Self.valid
            | (errorCode.map { Self.hasErrorCode | UInt64($0) << 32 } ?? 0)
    }

    private static var hasErrorCode: UInt64 { 1 << 11 }
    private static var valid: UInt64 { 1 << 31 }
}
