import X86ISA

/// Which instructions are asked for.
public struct OracleFilter: Sendable {
    /// 32, 64, or nil for both.
    public var bits: Int?
    /// An operation's or a mnemonic's name.
    public var only: String?
    public var feature: Feature?
    public init() {}

    func includes(_ form: EncodingForm) -> Bool {
        if let feature, form.feature != feature { return false }
        if let only { return "\(form.operation)" == only }
        return true
    }
}

/// Makes the bytes of instructions: of each row of the instruction table, with prefixes and operands at random.
struct CodeMaker {
    /// Bytes, and where a displacement of 4 bytes is in them.
    struct Code {
        var bytes: [UInt8] = []
        var displacement: Int?
    }

    /// Forms by kind, so that no kind drowns in another: integer, x87, MMX and SSE, VEX.
    private let long: [[EncodingForm]]
    private let legacy: [[EncodingForm]]
    private static let weights = [45, 20, 20, 15]

    init(_ filter: OracleFilter) {
        let forms = EncodingForm.all.filter { filter.includes($0) && !Skip.operations.keys.contains($0.operation) }
        func kinds(_ forms: [EncodingForm]) -> [[EncodingForm]] {
            var kinds: [[EncodingForm]] = [[], [], [], []]
            for form in forms { kinds[Self.kind(form)].append(form) }
            return kinds
        }
        long = kinds(forms.filter(\.isLong))
        legacy = kinds(forms.filter(\.isLegacy))
    }

    private static func kind(_ form: EncodingForm) -> Int {
        if form.operation.isX87 { return 1 }
        if form.map > 4 { return 3 }
        return form.operation.rawValue > Operation.escape.rawValue ? 2 : 0
    }

    var isEmpty: Bool { long.allSatisfy(\.isEmpty) && legacy.allSatisfy(\.isEmpty) }
    func has(isLong: Bool) -> Bool { !(isLong ? long : legacy).allSatisfy(\.isEmpty) }

    func make(_ random: inout OracleRandom, isLong: Bool) -> Code {
        let kinds = isLong ? long : legacy
        let total = zip(kinds, Self.weights).reduce(0) { $0 + ($1.0.isEmpty ? 0 : $1.1) }
        var place = random.below(total)
        for (kind, weight) in zip(kinds, Self.weights) where !kind.isEmpty {
            if place < weight { return make(random.pick(kind), &random, isLong: isLong) }
            place -= weight
        }
        return Code()
    }

    /// Bytes that are no instruction more often than not.
    func makeRaw(_ random: inout OracleRandom) -> Code {
        var code = Code()
        let prefixes: [UInt8] = [0x66, 0xF2, 0xF3, 0xF0, 0x67, 0x48, 0x41, 0x64, 0x2E]
        while random.chance(25) { code.bytes.append(random.pick(prefixes)) }
        if random.chance(50) {
            code.bytes.append(0x0F)
            if random.chance(30) { code.bytes.append(random.chance(50) ? 0x38 : 0x3A) }
        }
        while code.bytes.count < 15 { code.bytes.append(random.byte()) }
        return code
    }

    private func make(_ form: EncodingForm, _ random: inout OracleRandom, isLong: Bool) -> Code {
        var code = Code()
        let isVEX = form.map > 4
        addPrefixes(form, &random, &code.bytes, isVEX: isVEX, isLong: isLong)
        let mandatory = form.mandatory.isEmpty ? 0 : random.pick(form.mandatory)
        let widths = (0..<4).filter { form.widths >> UInt8($0) & 1 != 0 }
        let width = widths.isEmpty ? 0 : random.pick(widths)
        if isVEX {
            addVEX(form, mandatory, width, &random, &code.bytes, isLong: isLong)
        } else {
            if mandatory != 0 { code.bytes.append(mandatory) }
            let needsW = form.widths != 15
            if isLong, needsW ? width & 1 != 0 || random.chance(30) : random.chance(50) {
                var rex = 0x40 | random.byte() & 15
                if needsW { rex = rex & ~8 | (width & 1 != 0 ? 8 : 0) }
                code.bytes.append(rex)
                // In the wrong place it does nothing.
                if random.chance(1) { code.bytes.append(random.pick([0x66, 0x2E, 0x48])) }
            }
            code.bytes += [[], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]][Int(form.map & 3)]
        }
        code.bytes.append(form.opcode)
        if form.hasModRM { addModRM(form, &random, &code, isLong: isLong) }
        // What may be immediates.
        for _ in 0..<8 { code.bytes.append(random.chance(40) ? UInt8(random.below(36)) : random.byte()) }
        if random.chance(30) {
            for place in 1...4 { code.bytes[code.bytes.count - place] = random.chance(50) ? 0 : 0xFF }
        }
        return code
    }

    private func addPrefixes(
        _ form: EncodingForm, _ random: inout OracleRandom, _ bytes: inout [UInt8], isVEX: Bool, isLong: Bool
    ) {
        let repeats: Bool
        switch form.operation {
        case .movs, .cmps, .stos, .lods, .scas: repeats = true
        default: repeats = false
        }
        if form.allowsLock ? random.chance(20) : random.chance(1) { bytes.append(0xF0) }
        if form.mandatory.isEmpty, !isVEX {
            if random.chance(15) { bytes.append(0x66) }
            if random.chance(repeats ? 50 : 3) { bytes.append(random.chance(50) ? 0xF2 : 0xF3) }
        } else if random.chance(1) {
            bytes.append(random.pick([0x66, 0xF2, 0xF3]))
        }
        if random.chance(isLong ? 4 : 3) { bytes.append(0x67) }
        if random.chance(5) { bytes.append(random.pick([0x26, 0x2E, 0x36, 0x3E, 0x64, 0x64, 0x65, 0x65])) }
        if random.chance(1), random.chance(20) { bytes += [UInt8](repeating: 0x66, count: random.below(12)) }
    }

    private func addVEX(
        _ form: EncodingForm, _ mandatory: UInt8, _ width: Int, _ random: inout OracleRandom, _ bytes: inout [UInt8],
        isLong: Bool
    ) {
        let w: UInt8 = width & 1 != 0 ? 0x80 : 0, l: UInt8 = width & 2 != 0 ? 4 : 0
        let pp: UInt8 =
            switch mandatory {
            case 0x66: 1
            case 0xF3: 2
            case 0xF2: 3
            default: 0
            }
        let v: UInt8 = form.hasVVVV || random.chance(1) ? random.byte() & 0x78 : 0x78
        // R, X and B are inverted; in 32-bit code C4 and C5 with R or X are LES and LDS.
        let rxb: UInt8 = isLong ? random.byte() & 0xE0 : 0xC0 | random.byte() & 0x20
        if form.map == 5, w == 0, random.chance(50) {
            bytes += [0xC5, rxb & 0x80 | (isLong ? v : v | 0x40) | l | pp]
        } else {
            bytes += [0xC4, rxb | form.map - 4, w | v | l | pp]
        }
    }

    private func addModRM(_ form: EncodingForm, _ random: inout OracleRandom, _ code: inout Code, isLong: Bool) {
        let isMemory = form.isMemory ?? random.chance(55)
        let reg = form.reg ?? random.byte() & 7
        var rm = form.rm ?? random.byte() & 7
        guard isMemory else {
            code.bytes.append(0xC0 | reg << 3 | rm)
            return
        }
        let mode = UInt8(random.below(3))
        if form.hasVectorIndex { rm = 4 }
        code.bytes.append(mode << 6 | reg << 3 | rm)
        var hasWide = mode == 2 || mode == 0 && rm == 5
        if rm == 4 {
            let sib = random.byte()
            code.bytes.append(sib)
            hasWide = hasWide || mode == 0 && sib & 7 == 5
        }
        if hasWide {
            code.displacement = code.bytes.count
            let value = UInt32(truncatingIfNeeded: random.integer())
            code.bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        } else if mode == 1 {
            code.bytes.append(random.byte())
        }
    }
}
