import X86ISA

/// Makes code that does something: valid instructions by the decoder's own table, with operands that hit RAM, code, segment
/// ends, devices and the borders of pages, and branches that mostly reach the first byte of another instruction.
struct CodeGenerator {
    /// Where things are; the same in every generated machine, within the first 64 KiB.
    enum Layout {
        static let interruptTable: UInt64 = 0x1000
        static let globalTable: UInt64 = 0x1800
        static let localTable: UInt64 = 0x1A00
        static let taskState: UInt64 = 0x1C00
        static let handlers: UInt64 = 0x0500
        static let stack: UInt64 = 0x3000
        static let data: UInt64 = 0x4000
        static let code: UInt64 = 0x6000
    }

    var random: FuzzRandom
    let size: CodeSize
    /// Address of the first byte, as CS sees it.
    let start: UInt64
    /// Ports that answer.
    let ports: [UInt16]
    private let decoder: Decoder
    private var bytes: [UInt8] = []
    /// Offsets of instructions, and of the relative operands that want a target.
    private var starts: [Int] = []
    private var branches: [(end: Int, width: Int)] = []

    init(_ random: FuzzRandom, size: CodeSize, start: UInt64, ports: [UInt16]) {
        self.random = random
        self.size = size
        self.start = start
        self.ports = ports
        decoder = Decoder(size)
    }

    /// About `count` instructions; the last jumps to the first, so that traces are entered again.
    mutating func program(_ count: Int) -> [UInt8] {
        while starts.count < count, bytes.count < 1800 { family() }
        let back = -(bytes.count + (size == .bits16 ? 3 : 5))
        place([0xE9] + little(UInt64(bitPattern: Int64(back)), size == .bits16 ? 2 : 4))
        for branch in branches { aim(branch.end, branch.width) }
        return bytes
    }

    /// An address worth touching.
    mutating func address() -> UInt64 {
        let small = UInt64(random.below(64))
        switch random.below(14) {
        case 0...4: return Layout.data + UInt64(random.below(0x1000))
        case 5: return 0x4FF8 + small / 4
        case 6, 7: return start + UInt64(random.below(max(64, bytes.count)))
        case 8: return FuzzDevice.window + small
        case 9: return FuzzDevice.window - 4 + small / 8
        case 10: return 0xFFF0 + small / 3
        case 11: return FuzzDevice.rom + small
        case 12: return random.pick([0xFFFF_FFF0, 0x10_0000, 0xF_FFFC, 0x1F_FFFC, 0xA_0000, 0xB_8000]) + small / 4
        default: return Layout.stack - 32 + small
        }
    }

    private func little(_ value: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }

    private mutating func place(_ code: [UInt8]) {
        starts.append(bytes.count)
        bytes += code
    }

    /// Gives a branch its target: mostly another instruction's first byte.
    private mutating func aim(_ end: Int, _ width: Int) {
        guard random.chance(85) else { return }
        let reach = width == 1 ? 120 : 2000
        let near = starts.filter { abs($0 - end) < reach }
        guard !near.isEmpty else { return }
        let distance = UInt64(bitPattern: Int64(random.pick(near) - end))
        for (index, byte) in little(distance, width).enumerated() { bytes[end - width + index] = byte }
    }

    // MARK: Families

    private mutating func family() {
        switch random.below(100) {
        case 0...33: arithmetic()
        case 34...41: emit([], random.pick([0xC0, 0xC1, 0xD0, 0xD1, 0xD2, 0xD3]))
        case 42...52: branch()
        case 53...60: string()
        case 61...66:
            emit([], random.pick([0x50, 0x53, 0x55, 0x58, 0x5B, 0x60, 0x61, 0x68, 0x6A, 0x8F, 0x9C, 0x9D, 0xC8, 0xC9]))
        case 67...71: emit([], random.pick([0xF6, 0xF7, 0x69, 0x6B, 0xFE, 0xFF, 0x8D, 0x86, 0x87, 0xD7, 0x98, 0x99]))
        case 72...77: emit([0x0F], random.pick(Self.twoByte))
        case 78...80: segmentWork()
        case 81...84: portWork()
        case 85...86: emit([], random.pick([0xCC, 0xCD, 0xCE, 0xCF, 0x62, 0xCD, 0xCD]))
        case 87...88: emit([], random.pick([0xFA, 0xFB, 0xFB, 0xF4, 0xFC, 0xFD, 0xF8, 0xF9, 0xF5]))
        case 89...90:
            emit([0x0F], random.pick([0x00, 0x01, 0x02, 0x03, 0x20, 0x21, 0x22, 0x23, 0x31, 0x32, 0x30, 0x06, 0x09]))
        case 91...93: selfModification()
        case 94 where size == .bits64: longWork()
        case 94...97: emit(random.chance(40) ? [0x0F] : [], random.byte())
        default: place(random.bytes(1 + random.below(4)))
        }
    }

    private static let twoByte: [UInt8] = [
        0xA3, 0xAB, 0xB3, 0xBB, 0xBA, 0xA4, 0xA5, 0xAC, 0xAD, 0xAF, 0xB6, 0xB7, 0xBE, 0xBF, 0xBC, 0xBD, 0x90, 0x92,
        0x94,
        0x9C, 0xB0, 0xB1, 0xC0, 0xC1, 0xC7, 0xC8, 0xCB, 0xA2, 0xA0, 0xA1, 0xA8, 0xA9,
    ]

    private mutating func arithmetic() {
        switch random.below(6) {
        // The eight operations, their four forms with ModRM or two with an immediate.
        case 0, 1: emit([], UInt8(random.below(8) * 8 + random.below(6)))
        case 2: emit([], random.pick([0x80, 0x81, 0x83, 0x84, 0x85, 0xA8, 0xA9]))
        case 3: emit([], random.pick([0x88, 0x89, 0x8A, 0x8B, 0xC6, 0xC7, 0xA0, 0xA1, 0xA2, 0xA3]))
        case 4: emit([], UInt8(random.pick([0x40, 0x48, 0x90, 0xB0, 0xB8]) + random.below(8)))
        default: emit([], random.pick([0x27, 0x2F, 0x37, 0x3F, 0xD4, 0xD5, 0xD6, 0x9E, 0x9F]))
        }
    }

    private mutating func branch() {
        switch random.below(10) {
        case 0...4: emit([], UInt8(0x70 + random.below(16)))
        case 5: emit([], UInt8(0xE0 + random.below(4)))
        case 6: emit([0x0F], UInt8(0x80 + random.below(16)))
        case 7: emit([], random.pick([0xE8, 0xE8, 0xC3, 0xC2]))
        case 8: emit([], random.pick([0xEB, 0xE9, 0xEB]))
        default: emit([], random.pick([0xCA, 0xCB, 0xFF, 0x9A, 0xEA]))
        }
    }

    /// A string instruction, its count and pointers set before it as often as not.
    private mutating func string() {
        if random.chance(60) { load(1, UInt64(random.below(random.chance(80) ? 12 : 200))) }
        if random.chance(40) { load(7, address()) }
        if random.chance(30) { load(6, address()) }
        let repeats: [UInt8] = random.chance(60) ? [random.pick([0xF2, 0xF3])] : []
        let opcode = random.pick(
            [0xA4, 0xA5, 0xA6, 0xA7, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF, 0xA4, 0xAA, 0x6C, 0x6E] as [UInt8])
        if opcode == 0x6C || opcode == 0x6E { load(2, UInt64(random.pick(ports))) }
        emit(repeats, opcode)
    }

    /// MOV of a constant into a general register.
    private mutating func load(_ register: UInt8, _ value: UInt64) {
        place([0xB8 + register] + little(value, size == .bits16 ? 2 : 4))
    }

    private mutating func segmentWork() {
        let selector = UInt64(random.below(21) * 8 + random.pick([0, 0, 3, 4]))
        switch random.below(4) {
        case 0:
            load(0, size == .bits16 && random.chance(50) ? UInt64(random.below(0xA00)) : selector)
            place([0x8E, UInt8(0xC0 + random.pick([0, 2, 3, 3, 4, 5]) * 8)])
        case 1: emit([], random.pick([0x06, 0x07, 0x0E, 0x16, 0x17, 0x1E, 0x1F]))
        case 2: emit([], random.pick([0xC4, 0xC5, 0x8C]))
        default: emit([0x0F], random.pick([0xB2, 0xB4, 0xB5]))
        }
    }

    private mutating func portWork() {
        let port = random.pick(ports)
        if port < 0x100, random.chance(40) {
            place([random.pick([0xE4, 0xE5, 0xE6, 0xE7]), UInt8(truncatingIfNeeded: port)])
            return
        }
        load(2, UInt64(port))
        if random.chance(50) { place([0xB0, random.byte()]) }
        emit([], random.pick([0xEC, 0xED, 0xEE, 0xEF]))
    }

    /// What only 64-bit code has, or seldom meets: system calls, FS and GS, INVPCID, vectors.
    private mutating func longWork() {
        switch random.below(6) {
        case 0: place([0x0F, random.pick([0x05, 0x07, 0x34, 0x35, 0x31])])
        case 1: place([0x0F, 0x01, random.pick([0xF8, 0xF9, 0xCA, 0xCB, 0xD0, 0xD1, 0x38])])
        case 2: place([0xF3, 0x48, 0x0F, 0xAE, 0xC0 | random.byte() & 0x1F])
        case 3: emit([0x66, 0x0F, 0x38], 0x82)
        case 4: emit([0xC5, random.byte()], random.byte())
        default: emit([random.pick([0xF3, 0xF2, 0x66]), 0x0F], random.byte())
        }
    }

    /// A store into the code before or behind it.
    private mutating func selfModification() {
        let target = start + UInt64(random.below(bytes.count + 48))
        // A plain address: in 64-bit code with a SIB byte, since the short form is relative to RIP.
        let place32: [UInt8]
        switch size {
        case .bits16: place32 = [0x06] + little(target, 2)
        case .bits32: place32 = [0x05] + little(target, 4)
        case .bits64: place32 = [0x04, 0x25] + little(target, 4)
        }
        let register: UInt8 = 0x18
        switch random.below(4) {
        case 0: place([0xC6] + place32 + [random.pick([0x90, 0x40, 0xF8, 0x43, random.byte()])])
        case 1: place([0xFE] + place32)
        case 2: place([0x88, place32[0] | register] + place32.dropFirst())
        default: place([0x01, place32[0] | register] + place32.dropFirst())
        }
    }

    // MARK: One instruction

    /// Prefixes now and then, the opcode, a ModRM that mostly means something, and whatever else the decoder takes.
    private mutating func emit(_ before: [UInt8], _ opcode: UInt8) {
        for _ in 0..<8 {
            var code: [UInt8] = []
            if random.chance(8) { code.append(0x66) }
            if random.chance(4) { code.append(0x67) }
            if random.chance(7) { code.append(random.pick([0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65])) }
            if random.chance(2) { code.append(0xF0) }
            if size == .bits64, random.chance(50) { code.append(0x40 | random.byte() & 15) }
            code += before
            let modRMPlace = code.count + 1
            code += [opcode, modRM()] + random.bytes(12)
            // What is a plain address in other code is relative to RIP here: mostly take the form that is not.
            if size == .bits64, code[modRMPlace] & 0xC7 == 5, random.chance(80) {
                code[modRMPlace] ^= 1
                code[modRMPlace + 1] = 0x25
            }
            guard let instruction = try? decoder.decode(Array(code.prefix(15))) else { continue }
            code = Array(code.prefix(Int(instruction.length)))
            patch(&code, instruction, modRMPlace)
            place(code)
            if instruction.operand0.kind == .relative { noteBranch(instruction) }
            return
        }
    }

    private mutating func modRM() -> UInt8 {
        let register = UInt8(random.below(8)) << 3
        switch random.below(10) {
        case 0...3: return 0xC0 | register | UInt8(random.below(8))
        // A plain address.
        case 4, 5: return register | (size == .bits16 ? 6 : 5)
        case 6: return 0x40 | register | UInt8(random.below(8))
        case 7: return 0x80 | register | UInt8(random.below(8))
        case 8: return register | UInt8(random.below(8))
        default: return random.byte()
        }
    }

    /// Displacements and moffs of two or four bytes become addresses that are worth touching; far pointers name a segment.
    private mutating func patch(_ code: inout [UInt8], _ instruction: Instruction, _ modRMPlace: Int) {
        let width = Int(instruction.addressSize), displacementWidth = min(width, 4)
        if instruction.operand0.kind == .farPointer {
            let selector = UInt64(random.below(21) * 8), count = code.count
            code.replaceSubrange(count - 2..<count, with: little(selector, 2))
            let offset = start + UInt64(random.below(bytes.count + 1))
            let offsetWidth = Int(instruction.operandSize)
            code.replaceSubrange(count - 2 - offsetWidth..<count - 2, with: little(offset, offsetWidth))
            return
        }
        if instruction.map == 0, (0xA0...0xA3).contains(instruction.opcode) {
            code.replaceSubrange(code.count - width..<code.count, with: little(address(), width))
            return
        }
        guard instruction.operand0.kind == .memory || instruction.operand1.kind == .memory else { return }
        let mod = instruction.modRM >> 6, rm = instruction.modRM & 7
        let hasSIB = width != 2 && rm == 4
        let plain =
            size == .bits64
            ? mod == 0 && hasSIB && code[modRMPlace + 1] == 0x25 : mod == 0 && rm == (width == 4 ? 5 : 6)
        guard mod == 2 || plain else { return }
        let place = modRMPlace + 1 + (hasSIB ? 1 : 0)
        guard place + displacementWidth <= code.count else { return }
        let value = plain ? address() : random.chance(70) ? UInt64(random.below(64)) : address()
        code.replaceSubrange(place..<place + displacementWidth, with: little(value, displacementWidth))
    }

    private mutating func noteBranch(_ instruction: Instruction) {
        let short =
            instruction.map == 0
            && (instruction.opcode < 0x80 || [0xE0, 0xE1, 0xE2, 0xE3, 0xEB].contains(instruction.opcode))
        branches.append((bytes.count, short ? 1 : min(4, Int(instruction.operandSize))))
    }
}
