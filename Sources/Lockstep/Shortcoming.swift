import Machine
import X86ISA

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

    /// KVM's, with this model of a CPU.
    public static func kvm(_ model: CPUModel) -> [Shortcoming] {
        model.identification(1).edx & 1 == 0 ? [noCoprocessor] + emulator : emulator
    }

    private static let noCoprocessor = Shortcoming(
        "coprocessor", reason: "the host's CPU runs ESC instructions, though the model has no FPU"
    ) { $0.place.operation?.isX87 == true }

    /// What KVM's emulator gets wrong, which is all that a KVM in software has, and what its single step spoils.
    private static let emulator = [
        Shortcoming("CPUID", reason: "a KVM in software answers with a CPU of its own") {
            $0.place.operation == .cpuid && $0.isLimited(toRegisters: ["rax", "rbx", "rcx", "rdx"])
        },
        Shortcoming("STI", reason: "KVM's emulator makes a shadow behind an STI that found IF set") {
            $0.place.operation == .sti && $0.isLimited(toRegisters: ["sti_shadow"])
        },
        Shortcoming("TF", reason: "KVM steps by the trap flag: a guest that sets it is not traced") {
            $0.place.flags & Flags.trap != 0 || $0.isLimited(toBit: 8, of: "rflags")
        },
        Shortcoming("TF in pushed flags", reason: "KVM steps by the trap flag, and a delivery pushes it") {
            $0.place.isDelivery && $0.isExtraBit(0)
        },
        Shortcoming("unknown instruction", reason: "KVM's emulator raises #UD for what it does not know") {
            $0.followerFault == .invalidOpcode
        },
        Shortcoming("I/O permission", reason: "KVM's emulator reads the permission bitmap in another way") { found in
            [.in, .out, .ins, .outs].contains(found.place.operation) && found.place.reason == "io-privilege"
        },
        Shortcoming("delivery", reason: "KVM's emulator leaves out checks of gates, stacks and code segments") {
            $0.place.faults > 1 || $0.place.reason == "idt-limit"
        },
        Shortcoming("error code", reason: "KVM's emulator gives another error code") {
            $0.place.faults == 1 && $0.place.operation == .ltr && $0.isLimited(toRegisters: [], andMemory: true)
        },
        Shortcoming("far jump", reason: "KVM's emulator loads CS before it checks the offset") {
            $0.place.reason == "target-beyond-limit"
        },
    ]
}

extension LockstepDifference.Place {
    /// Flags are pushed.
    fileprivate var isDelivery: Bool {
        switch operation {
        case .int, .int1, .int3, .into, .pushf: true
        default: event != nil
        }
    }
}

extension LockstepDifference {
    /// Nothing but these fields differs, and memory where that is allowed.
    fileprivate func isLimited(toRegisters names: Set<String>, andMemory: Bool = false) -> Bool {
        items.allSatisfy { item in
            switch item {
            case .register(let name, _, _): names.contains(name)
            case .memory: andMemory
            default: false
            }
        }
    }

    /// Nothing but this bit of this field differs.
    fileprivate func isLimited(toBit bit: UInt64, of name: String) -> Bool {
        items.allSatisfy { item in
            if case .register(name, let mine, let other) = item { mine ^ other == 1 << bit } else { false }
        }
    }

    /// Nothing but this bit of bytes in memory differs, which the follower has set.
    fileprivate func isExtraBit(_ bit: UInt8) -> Bool {
        items.allSatisfy { item in
            if case .memory(_, let mine, let other) = item { mine ^ other == 1 << bit && other > mine } else { false }
        }
    }
}
