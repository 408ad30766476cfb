import Machine
import X86ISA

/// The first thing in which two machines that run in lockstep are not the same.
public struct LockstepDifference: Equatable, Sendable {
    public enum Item: Equatable, Sendable {
        /// A field of CPUFile.
        case register(String, leader: UInt64, follower: UInt64)
        /// A byte of RAM.
        case memory(physical: UInt64, leader: UInt8, follower: UInt8)
        case access(AccessDifference)
        /// The follower did not take the interrupt that the leader took.
        case interrupt(vector: UInt8)
        /// Sentence of the end of the run; nil for the machine that runs on.
        case end(leader: String?, follower: String?)
    }

    /// The instruction that was run, or before which an interrupt or exception was delivered.
    public struct Place: Equatable, Sendable {
        public var modeName: String
        public var codeSelector: UInt16
        public var instructionPointer: UInt64
        public var linear: UInt64
        public var bytes: [UInt8]
        /// In the disassembler's words.
        public var text: String
        /// EFLAGS before it.
        public var flags: UInt32 = 0
        /// Nil for bytes that are no instruction.
        public var operation: Operation?
        /// What came before the instruction, instead of it or by it: `interrupt 08h`, or an exception in a sentence.
        public var event: String?
        /// Name of the check that failed, of the last of the exceptions that the leader raised.
        public var reason: String?
        /// How many it raised: more than one where a delivery failed.
        public var faults = 0
    }

    /// Names of the engines; `leader` and `follower` where they are of one kind.
    public var leader: String
    public var follower: String
    /// The step after which it was seen; the first is 1.
    public var step: UInt64
    /// The first step that may have made it. With `step`, it is the step at `place`.
    public var firstStep: UInt64
    public var place: Place
    /// Instructions that belong to the same step, since the follower runs on behind a delivery or shadow.
    public var further: [Place] = []
    /// The exception to whose handler the follower went, as far as its place tells.
    public var followerFault: Vector?
    public var items: [Item]

    /// Several lines, the first a sentence of its own.
    public var text: String {
        let window =
            firstStep < step ? "written between step \(firstStep) and step \(step), the last" : "after step \(step)"
        var lines = [
            "difference \(window) in \(place.modeName) at \(place.address) (linear \(hexadecimal(place.linear, digits: 8)))",
            "  " + place.code,
        ]
        if let event = place.event { lines.append("  with \(event)") }
        for other in further {
            let event = other.event.map { ", with \($0)" } ?? ""
            lines.append("  and in the same step, at \(other.address): \(other.code)\(event)")
        }
        return (lines + items.map { "  " + line($0) }).joined(separator: "\n")
    }

    private func line(_ item: Item) -> String {
        switch item {
        case .register(let name, let mine, let other):
            let bits = name == "rflags" ? Self.flags(mine ^ other) : Self.bits(mine ^ other)
            return "\(name): \(leader) \(Self.number(mine)), \(follower) \(Self.number(other)): \(bits)"
        case .memory(let physical, let mine, let other):
            return "memory at \(hexadecimal(physical))h: \(leader) \(Self.number(UInt64(mine))), "
                + "\(follower) \(Self.number(UInt64(other))): \(Self.bits(UInt64(mine ^ other)))"
        case .access(let access):
            return
                "\(leader): \(access.leader?.text ?? "no access"), \(follower): \(access.follower?.text ?? "no access")"
        case .interrupt(let vector):
            return "interrupt \(hexadecimal(UInt64(vector), digits: 2))h: taken by \(leader), not by \(follower)"
        case .end(let mine, let other):
            return "\(leader) \(Self.end(mine)); \(follower) \(Self.end(other))"
        }
    }

    private static func end(_ sentence: String?) -> String { sentence.map { "ended: \($0)" } ?? "runs on" }

    private static func number(_ value: UInt64) -> String { hexadecimal(value) + "h" }

    /// `bit 3`, `bits 0, 3, 7`, or `bits 0-31 (12 differ)` where there are many.
    static func bits(_ difference: UInt64) -> String {
        let numbers = (0..<64).filter { (difference >> UInt64($0)) & 1 != 0 }
        guard let first = numbers.first, let last = numbers.last else { return "no bit" }
        if numbers.count == 1 { return "bit \(first)" }
        guard numbers.count <= 8 else { return "bits \(first)-\(last) (\(numbers.count) differ)" }
        return "bits " + numbers.map(String.init).joined(separator: ", ")
    }

    /// `CF (bit 0)`, or the names of several.
    static func flags(_ difference: UInt64) -> String {
        let names = FlagSet(rawValue: UInt32(truncatingIfNeeded: difference)).separateNames
        let known = names.reduce(0 as UInt64) { $0 | 1 << UInt64($1.bit) }
        guard difference & ~known == 0, !names.isEmpty else { return bits(difference) }
        return names.map { "\($0.name) (bit \($0.bit))" }.joined(separator: ", ")
    }
}

extension LockstepDifference.Place {
    /// `07C0:00000005`
    fileprivate var address: String {
        hexadecimal(UInt64(codeSelector), digits: 4) + ":" + hexadecimal(instructionPointer, digits: 8)
    }

    /// `01 D8  add ax,bx`
    fileprivate var code: String {
        bytes.map { hexadecimal(UInt64($0), digits: 2) }.joined(separator: " ") + "  " + text
    }
}

extension FlagSet {
    /// Each bit that is set, with its name, from the highest down.
    fileprivate var separateNames: [(name: String, bit: Int)] {
        (0..<32).reversed().compactMap { bit in
            let one = FlagSet(rawValue: rawValue & 1 << UInt32(bit))
            guard !one.isEmpty else { return nil }
            if !FlagSet.IOPL.isDisjoint(with: one) { return ("IOPL", bit) }
            return one.names.first.map { ($0, bit) }
        }
    }
}
