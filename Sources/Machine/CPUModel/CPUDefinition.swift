/// A CPU by what is said of it: who made it, which generation it is, which flags it has. `model` makes CPUID's answers.
public struct CPUDefinition: Sendable {
    /// What Lucid86 does with instructions and flags that no CPUID bit tells of.
    public typealias Generation = CPUModel.Generation

    public let name: String
    /// What it is, in a few words.
    public let summary: String
    public var vendor: String
    public let generation: Generation
    /// EAX of CPUID's function 1, and EDX after RESET.
    public let signature: UInt32
    /// Last basic function of CPUID, before flags of later functions raise it; nil for a CPU without CPUID.
    public let lastFunction: UInt32?
    /// As text in functions 8000_0002-4; nil without them.
    public let brand: String?
    public var flags: Set<CPUFlag>
    /// Model-specific registers that no flag tells of.
    public let modelRegisters: Set<UInt32>

    init(
        _ name: String, _ summary: String, vendor: String = "GenuineIntel", _ generation: Generation,
        signature: UInt32, lastFunction: UInt32?, brand: String? = nil, flags: String, modelRegisters: Set<UInt32> = []
    ) {
        self.name = name
        self.summary = summary
        self.vendor = vendor
        self.generation = generation
        self.signature = signature
        self.lastFunction = lastFunction
        self.brand = brand
        self.flags = CPUFlag.set(flags)
        self.modelRegisters = modelRegisters
    }

    /// By its name, in any case.
    public static func named(_ name: String) -> CPUDefinition? { all.first { $0.name == name.lowercased() } }

    /// Takes flags away, and all that is built on them.
    public mutating func remove(_ removed: Set<CPUFlag>) {
        flags.subtract(removed)
        while let orphan = flags.first(where: { !flags.isSuperset(of: $0.requirements) }) { flags.remove(orphan) }
    }

    /// CPUID's answers and the rest that engines go by. Flags that our CPUs do not have are left out: `lacking` names
    /// them.
    public func model() -> (model: CPUModel, lacking: [CPUFlag]) {
        var offered = self
        offered.remove(flags.subtracting(CPUModel.emulatedFlags))
        let lacking = flags.subtracting(offered.flags)
        let made = CPUModel(
            name: name, leaves: offered.leaves, beyondLast: vendor == "AuthenticAMD" ? .zeros : .lastBasic,
            signature: signature, generation: generation, modelRegisters: modelRegisters,
            coprocessor: offered.leaves.isEmpty && offered.has("fpu"))
        return (made, CPUFlag.all.filter(lacking.contains))
    }

    private func word(_ word: CPUFlag.Word) -> UInt32 {
        flags.reduce(0) { $1.word == word ? $0 | 1 << $1.bit : $0 }
    }

    private func has(_ name: String) -> Bool { flags.isSuperset(of: CPUFlag.set(name)) }

    /// Bits of 1:EDX that AMD repeats in 8000_0001:EDX (APM 3 E.4.2).
    private static let repeated: UInt32 = 0x0183_F3FF

    private var leaves: [CPUModel.Leaf] {
        typealias Leaf = CPUModel.Leaf
        typealias Registers = CPUModel.Registers
        guard let lastFunction else { return [] }
        let maker = Self.words(vendor, count: 3)
        var last = lastFunction
        let structured = Registers(ebx: word(.structuredB), ecx: word(.structuredC), edx: word(.structuredD))
        if structured != Registers() { last = max(last, 7) }
        if has("monitor") { last = max(last, 5) }
        if has("x2apic") { last = max(last, 0xB) }
        if has("xsave") { last = max(last, 0xD) }
        var list = [
            Leaf(0, Registers(eax: last, ebx: maker[0], ecx: maker[2], edx: maker[1])),
            Leaf(
                1,
                Registers(
                    // Bits 8-15: CLFLUSH's line in units of 8 bytes.
                    eax: signature, ebx: has("clflush") ? 8 << 8 : 0, ecx: word(.basicC), edx: word(.basicD))),
        ]
        // One call tells all, and there is nothing to tell.
        if last >= 2 { list.append(Leaf(2, Registers(eax: 1))) }
        // Lines of 64 bytes; MWAIT's extension for masked interrupts.
        if has("monitor") { list.append(Leaf(5, Registers(eax: 64, ebx: 64, ecx: 3))) }
        if last >= 7 { list.append(Leaf(7, index: 0, structured)) }
        // Levels thread and core, one of each in a package; identity and level are added when it is asked.
        if has("x2apic") {
            list.append(Leaf(0xB, index: 0, Registers(ebx: 1, ecx: 1 << 8)))
            list.append(Leaf(0xB, index: 1, Registers(ebx: 1, ecx: 2 << 8)))
        }
        if has("xsave") {
            let hasAVX = has("avx")
            list.append(Leaf(0xD, index: 0, Registers(eax: hasAVX ? 7 : 3, ecx: hasAVX ? 832 : 576)))
            list.append(Leaf(0xD, index: 1, Registers(eax: word(.states))))
            // Size and place of the upper halves of YMM0-15 (SDM 1 13.5.3).
            if hasAVX { list.append(Leaf(0xD, index: 2, Registers(eax: 256, ebx: 576))) }
        }
        return list + extendedLeaves
    }

    private var extendedLeaves: [CPUModel.Leaf] {
        typealias Leaf = CPUModel.Leaf
        typealias Registers = CPUModel.Registers
        let isAMD = vendor == "AuthenticAMD"
        let features = Registers(
            ecx: word(.extendedC), edx: word(.extendedD) | (isAMD ? word(.basicD) & Self.repeated : 0))
        guard brand != nil || word(.extendedC) | word(.extendedD) != 0 else { return [] }
        let last: UInt32 = has("lm") ? 0x8000_0008 : brand == nil ? 0x8000_0001 : 0x8000_0004
        let maker = isAMD ? Self.words(vendor, count: 3) : [0, 0, 0]
        var list = [
            Leaf(0x8000_0000, Registers(eax: last, ebx: maker[0], ecx: maker[2], edx: maker[1])),
            Leaf(0x8000_0001, features),
        ]
        if let brand {
            let text = Self.words(brand, count: 12)
            for part in 0..<3 {
                let at = part * 4
                list.append(
                    Leaf(
                        0x8000_0002 + UInt32(part),
                        Registers(eax: text[at], ebx: text[at + 1], ecx: text[at + 2], edx: text[at + 3])))
            }
        }
        // 40 bits of physical addresses; 48 or 57 of linear ones.
        if has("lm") { list.append(Leaf(0x8000_0008, Registers(eax: 40 | (has("la57") ? 57 : 48) << 8))) }
        return list
    }

    /// Text as CPUID has it: four characters in a register, the first in the lowest byte, zeros behind the last.
    private static func words(_ text: String, count: Int) -> [UInt32] {
        var words = [UInt32](repeating: 0, count: count)
        for (index, byte) in text.utf8.prefix(count * 4).enumerated() {
            words[index / 4] |= UInt32(byte) << UInt32(index % 4 * 8)
        }
        return words
    }
}
