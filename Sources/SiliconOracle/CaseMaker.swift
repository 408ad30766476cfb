import X86ISA

/// Makes cases: an instruction, and registers and memory with which it has something to do.
struct CaseMaker {
    let seed: UInt64
    let filter: OracleFilter
    private let codes: CodeMaker
    private let decoders = [Decoder(.bits32), Decoder(.bits64)]

    init(seed: UInt64, filter: OracleFilter) {
        self.seed = seed
        self.filter = filter
        codes = CodeMaker(filter)
    }

    var isEmpty: Bool {
        switch filter.bits {
        case 32: !codes.has(isLong: false)
        case 64: !codes.has(isLong: true)
        default: codes.isEmpty
        }
    }

    /// Memory that the cases of a batch begin with: numbers of all formats.
    func fill(_ shared: UnsafeMutableRawPointer, batch: UInt64) {
        var random = OracleRandom(seed: seed ^ 0x6D65_6D6F_7279, case: batch)
        fill(shared + SharedFile.pattern, Place.dataSize, &random)
        var constant = OracleRandom(seed: seed ^ 0x6D65_6D6F_7279, case: .max)
        fill(shared + SharedFile.constants, Place.constantsSize, &constant)
    }

    private func fill(_ memory: UnsafeMutableRawPointer, _ size: Int, _ random: inout OracleRandom) {
        var place = 0
        while place < size {
            let kind = random.below(5)
            for _ in 0..<8 where place < size {
                switch kind {
                case 0: memory.storeBytes(of: random.double(), toByteOffset: place, as: UInt64.self)
                case 1:
                    memory.storeBytes(of: random.single(), toByteOffset: place, as: UInt32.self)
                    memory.storeBytes(of: random.single(), toByteOffset: place + 4, as: UInt32.self)
                case 2:
                    let number = random.extended()
                    memory.storeBytes(of: number.0, toByteOffset: place, as: UInt64.self)
                    place += 8
                    memory.storeBytes(of: UInt64(number.1), toByteOffset: place, as: UInt64.self)
                case 3: memory.storeBytes(of: random.integer(), toByteOffset: place, as: UInt64.self)
                default: memory.storeBytes(of: random.next(), toByteOffset: place, as: UInt64.self)
                }
                place += 8
            }
        }
    }

    /// What was made: the instruction, if the bytes are one.
    struct Made {
        var instruction: Instruction?
        var error: DecodeError?
    }

    func make(_ number: UInt64, into input: CaseInput) -> Made {
        var random = OracleRandom(seed: seed, case: number)
        var isLong = filter.bits.map { $0 == 64 } ?? random.chance(60)
        if filter.bits == nil, !codes.has(isLong: isLong) { isLong.toggle() }
        let isRaw = filter.only == nil && filter.feature == nil && random.chance(6)
        var code = isRaw ? codes.makeRaw(&random) : codes.make(&random, isLong: isLong)
        var made = decode(code.bytes, isLong)
        let length = made.instruction.map { Int($0.length) } ?? min(code.bytes.count, 15)
        code.bytes.removeLast(code.bytes.count - length)

        let registers = input.registers
        registers.codeSelector = isLong ? Place.code64 : Place.code32
        // Near the end of the pages the rest of the instruction may not be there.
        let offset =
            random.chance(1) ? Place.codeSize - 1 - random.below(length) : 2048 + random.below(4096)
        registers.instructionPointer = Place.code + UInt64(offset)
        let room = min(length, Place.codeSize - offset)
        fillRegisters(registers, &random, isLong: isLong)
        if let instruction = made.instruction {
            var aim = Aim(registers: registers, isLong: isLong, code: code)
            aim.place(instruction, &random)
            if aim.code.bytes != code.bytes {
                code = aim.code
                made = decode(code.bytes, isLong)
            }
        }
        input.length = room
        for place in 0..<room { input.code[place] = code.bytes[place] }
        fillPatch(input, &random)
        return made
    }

    private func decode(_ bytes: [UInt8], _ isLong: Bool) -> Made {
        do throws(DecodeError) {
            return Made(instruction: try decoders[isLong ? 1 : 0].decode(bytes), error: nil)
        } catch {
            return Made(instruction: nil, error: error)
        }
    }

    private func fillRegisters(_ registers: Registers, _ random: inout OracleRandom, isLong: Bool) {
        for number in 0..<16 {
            let value = random.chance(25) ? Place.data + UInt64(random.below(Place.dataSize)) : random.integer()
            registers[number] = isLong ? value : number < 8 ? value & 0xFFFF_FFFF : 0
        }
        registers[4] = Place.data + UInt64(1024 + random.below(6144)) & ~(random.chance(70) ? 7 : 0)
        let status = random.next() & 0x8D5
        registers.flags = 0x202 | 0x100 | status | (random.chance(25) ? 0x400 : 0) | (random.chance(4) ? 0x4_0000 : 0)
        registers.fsBase = random.chance(50) ? 0 : random.next() & 0xFFF
        registers.gsBase = random.chance(50) ? 0 : random.next() & 0xFFF
        fillVector(registers.vector, &random, isLong: isLong)
    }

    private func fillVector(_ image: UnsafeMutableRawPointer, _ random: inout OracleRandom, isLong: Bool) {
        func put<T: FixedWidthInteger>(_ value: T, _ offset: Int) {
            image.storeBytes(of: value, toByteOffset: offset, as: T.self)
        }
        for place in stride(from: 0, to: 512, by: 8) { put(UInt64(0), place) }
        let bits = random.next()
        // FCW: all exceptions masked half the time; PC and RC at random.
        let masks: UInt16 = random.chance(60) ? 0x3F : UInt16(truncatingIfNeeded: bits & 0x3F)
        let precision: UInt16 = random.chance(60) ? 0x300 : UInt16(truncatingIfNeeded: bits >> 6 & 3) << 8
        put(0x40 | masks | precision | UInt16(truncatingIfNeeded: bits >> 8 & 3) << 10, 0)
        // FSW: flags that are masked, so that nothing is pending but seldom; ES and B tell.
        var flags = random.chance(50) ? 0 : UInt16(truncatingIfNeeded: bits >> 16) & 0x7F
        if !random.chance(5) { flags &= masks | 0x40 }
        let status = flags | (flags & ~masks & 0x3F != 0 ? 0x8080 : 0)
        put(status | UInt16(truncatingIfNeeded: bits >> 24) & 0x7F00 & ~0, 2)
        put(random.chance(50) ? UInt8.max : random.byte() | random.byte(), 4)
        let kind = random.below(4)
        for number in 0..<8 {
            let value = random.extended()
            put(value.0, 32 + number * 16)
            // What MMX leaves.
            put(kind == 0 ? 0xFFFF : value.1, 40 + number * 16)
        }
        let isMasked = random.chance(70)
        put(UInt32(truncatingIfNeeded: bits >> 32) & (isMasked ? 0xE07F : 0xFFFF) | (isMasked ? 0x1F80 : 0), 24)
        let format = random.below(4)
        for number in 0..<16 where isLong || number < 8 {
            for part in 0..<4 {
                let place = (part < 2 ? 160 : 496) + number * 16 + part * 8
                switch format {
                case 0: put(random.next(), place)
                case 1: put(random.double(), place)
                case 2:
                    put(random.single(), place)
                    put(random.single(), place + 4)
                default: put(random.integer(), place)
                }
            }
        }
        if !isLong { for place in stride(from: 640, to: 768, by: 8) { put(UInt64(0), place) } }
    }

    private func fillPatch(_ input: CaseInput, _ random: inout OracleRandom) {
        input.patchOffset = random.below((Place.dataSize - CaseInput.patchSize) / 8) * 8
        for place in stride(from: 0, to: CaseInput.patchSize, by: 8) {
            input.patch.storeBytes(of: random.integer(), toByteOffset: place, as: UInt64.self)
        }
    }
}
