/// What CPU a guest finds: what CPUID tells, what DX or EDX holds after RESET, which model-specific registers there are.
public struct CPUModel: Equatable, Sendable {
    /// The four registers that CPUID fills.
    public struct Registers: Equatable, Sendable {
        public var eax: UInt32
        public var ebx: UInt32
        public var ecx: UInt32
        public var edx: UInt32

        public init(eax: UInt32 = 0, ebx: UInt32 = 0, ecx: UInt32 = 0, edx: UInt32 = 0) {
            (self.eax, self.ebx, self.ecx, self.edx) = (eax, ebx, ecx, edx)
        }
    }

    /// What CPUID answers to one value of EAX, and of ECX where that matters.
    ///
    /// What depends on other registers is zero here: 1:ECX.OSXSAVE, which is CR4.OSXSAVE, and 0Dh:EBX, the size of what
    /// XCR0 enables.
    public struct Leaf: Equatable, Sendable {
        /// EAX
        public var function: UInt32
        /// ECX, or nil where CPUID does not look at it.
        public var index: UInt32?
        public var registers: Registers

        public init(_ function: UInt32, index: UInt32? = nil, _ registers: Registers) {
            self.function = function
            self.index = index
            self.registers = registers
        }
    }

    /// What CPUID answers beyond the last function of a range.
    public enum BeyondLast: Sendable {
        /// The last basic function's answer: Intel (SDM 2A, CPUID).
        case lastBasic
        /// Zeros: AMD (APM 3, CPUID).
        case zeros
    }

    /// What no CPUID bit tells: a CPU knows the instructions of its generation and of those before.
    public enum Generation: UInt8, Comparable, Sendable {
        case i8086, i80286, i80386, i80486, pentium, p6

        public static func < (a: Generation, b: Generation) -> Bool { a.rawValue < b.rawValue }

        /// By the family in a signature.
        init(signature: UInt32) {
            switch signature >> 8 & 15 {
            case ...3: self = .i80386
            case 4: self = .i80486
            case 5: self = .pentium
            default: self = .p6
            }
        }
    }

    /// As `-cpu` and saves have it.
    public let name: String
    public let leaves: [Leaf]
    public let beyondLast: BeyondLast
    /// EDX after RESET: type, family, model and stepping.
    public let signature: UInt32
    public let generation: Generation
    /// MSRs that it has beyond those that CPUID implies: TSC, SYSENTER_*, EFER, STAR, PAT and so on.
    public let modelRegisters: Set<UInt32>
    private let coprocessor: Bool

    /// `coprocessor`: an FPU beside a CPU without CPUID.
    public init(
        name: String, leaves: [Leaf], beyondLast: BeyondLast = .lastBasic, signature: UInt32,
        generation: Generation? = nil, modelRegisters: Set<UInt32> = [], coprocessor: Bool = false
    ) {
        self.name = name
        self.leaves = leaves
        self.beyondLast = beyondLast
        self.signature = signature
        self.generation = generation ?? Generation(signature: signature)
        self.modelRegisters = modelRegisters
        self.coprocessor = coprocessor
    }

    /// CPUID.1:EDX.APIC: a local APIC.
    public var hasLocalAPIC: Bool { identification(1).edx & 1 << 9 != 0 && !leaves.isEmpty }
    /// CPUID.1:ECX.x2APIC
    public var hasExtendedAPIC: Bool { hasLocalAPIC && identification(1).ecx & 1 << 21 != 0 }
    /// CPUID.1:ECX.TSC_Deadline
    public var hasTSCDeadline: Bool { hasLocalAPIC && identification(1).ecx & 1 << 24 != 0 }
    /// CPUID.8000_0001h:EDX.LM
    public var hasLongMode: Bool { (leaf(0x8000_0001, 0)?.registers.edx ?? 0) & 1 << 29 != 0 }

    /// An FPU.
    public var hasFPU: Bool { coprocessor || identification(1).edx & 1 != 0 }

    /// What CPUID answers to these values of EAX and ECX.
    public func identification(_ function: UInt32, _ index: UInt32 = 0) -> Registers {
        if let leaf = leaf(function, index) { return leaf.registers }
        // The first function of a range tells the last one in EAX.
        let first = function & 0xF000_0000
        let isWithin = leaf(first, 0).map { function <= $0.registers.eax } ?? false
        guard !isWithin, beyondLast == .lastBasic, let last = leaf(0, 0)?.registers.eax else { return Registers() }
        return leaf(last, index)?.registers ?? Registers()
    }

    private func leaf(_ function: UInt32, _ index: UInt32) -> Leaf? {
        leaves.first { $0.function == function && ($0.index == nil || $0.index == index) }
    }

    /// Bits of a physical address (SDM 3A 4.1.4).
    public var physicalAddressBits: UInt8 {
        if let sizes = leaf(0x8000_0008, 0) { return min(max(UInt8(truncatingIfNeeded: sizes.registers.eax), 32), 52) }
        // PAE or PSE-36
        return identification(1).edx & (1 << 6 | 1 << 17) != 0 ? 36 : 32
    }

    /// 1 GiB pages.
    public var hasGigabytePages: Bool { (leaf(0x8000_0001, 0)?.registers.edx ?? 0) & 1 << 26 != 0 }

    /// A digest of all that a guest can tell models apart by: 32 hexadecimal digits.
    public var digest: String {
        var hash = StateHash()
        for leaf in leaves {
            hash.add(UInt64(leaf.function) << 32 | UInt64(leaf.index ?? 0))
            hash.add(leaf.index == nil ? 0 : 1)
            hash.add(UInt64(leaf.registers.eax) << 32 | UInt64(leaf.registers.ebx))
            hash.add(UInt64(leaf.registers.ecx) << 32 | UInt64(leaf.registers.edx))
        }
        hash.add(beyondLast == .lastBasic ? 0 : 1)
        hash.add(UInt64(signature))
        hash.add(UInt64(generation.rawValue))
        for number in modelRegisters.sorted() { hash.add(UInt64(number)) }
        if coprocessor { hash.add(1) }
        return hash.text
    }
}
