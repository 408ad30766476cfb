/// Something in which an engine is known to fall short of the CPU: a difference of this kind is counted instead of reported,
/// and the follower goes on with the leader's state.
public struct Shortcoming: Sendable {
    public let name: String
    /// Why it cannot be otherwise.
    public let reason: String
    let matches: @Sendable (LockstepDifference) -> Bool

    public init(_ name: String, reason: String, matches: @escaping @Sendable (LockstepDifference) -> Bool) {
        self.name = name
        self.reason = reason
        self.matches = matches
    }

    /// Every KVM's, with a CPU model that has no FPU.
    public static let kvm = [
        Shortcoming(
            "no coprocessor", reason: "the host's CPU runs ESC instructions, though the model has no FPU"
        ) { (0xD8...0xDF).contains($0.opcode) }
    ]
}

extension LockstepDifference {
    /// The first byte behind the prefixes; 0 where there is none.
    var opcode: UInt8 { codeWithoutPrefixes.first ?? 0 }

    var codeWithoutPrefixes: ArraySlice<UInt8> {
        place.bytes.drop { [0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3].contains($0) }
    }
}
