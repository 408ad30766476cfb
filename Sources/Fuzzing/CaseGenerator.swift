import Machine
import X86ISA

/// Makes the machine of a case: mode, tables, handlers, registers, code and devices, all from a seed and a number.
public struct CaseGenerator {
    typealias Layout = CodeGenerator.Layout

    /// The mode in which a case starts.
    enum Mode: CaseIterable {
        case real, bigReal, flat32, segmented32, outer32, protected16, virtual8086
        case paged32, outerPaged32, long64, outer64, compatibility
        /// Any CPUFile in canonical form.
        case anything

        var isLong: Bool { self == .long64 || self == .outer64 || self == .compatibility }
        var isPaged: Bool { isLong || self == .paged32 || self == .outerPaged32 }
        var is64: Bool { self == .long64 || self == .outer64 }
    }

    var random: FuzzRandom
    var fuzzCase: FuzzCase
    let mode: Mode
    private let rawBytes: Bool
    /// Where the code lies.
    private(set) var start: UInt64 = 0
    /// Bytes of raw code.
    private static let rawCount: UInt64 = 512

    /// The same seed and number give the same case on every host.
    public static func make(seed: UInt64, number: UInt64) -> FuzzCase { makeWithKind(seed: seed, number: number).0 }

    /// The case, and whether its code is random bytes without any structure.
    static func makeWithKind(seed: UInt64, number: UInt64) -> (FuzzCase, isRaw: Bool) {
        var generator = CaseGenerator(seed: seed, number: number)
        generator.build()
        return (generator.fuzzCase, generator.rawBytes)
    }

    private init(seed: UInt64, number: UInt64) {
        random = FuzzRandom(seed: seed, case: number)
        let modes: [Mode] = [
            .real, .real, .real, .real, .bigReal, .flat32, .flat32, .flat32, .segmented32, .segmented32, .outer32,
            .outer32, .protected16, .virtual8086, .anything, .paged32, .outerPaged32, .long64, .long64, .long64,
            .outer64,
            .outer64, .outer64, .compatibility,
        ]
        mode = random.pick(modes)
        rawBytes = random.chance(45)
        let onBoard = random.chance(15)
        let sizes: [UInt64] = onBoard ? [1 << 20, 2 << 20, 4 << 20] : [64 << 10, 128 << 10, 1 << 20, 2 << 20, 2 << 20]
        fuzzCase = FuzzCase(
            origin: "seed \(seed) case \(number)", kind: onBoard ? .board : .bare, memorySize: random.pick(sizes),
            ticks: 0)
        if mode.isPaged { fuzzCase.cpuModel = "max" }
    }

    private var is32: Bool {
        switch mode {
        case .flat32, .segmented32, .outer32, .paged32, .outerPaged32, .compatibility: true
        case .real, .bigReal, .protected16, .virtual8086, .long64, .outer64: false
        case .anything: fuzzCase.device & 64 != 0
        }
    }

    /// Handlers and their gates have 32 bits.
    private var isWide: Bool { is32 || mode == .virtual8086 }

    private var isReal: Bool { mode == .real || mode == .bigReal }

    private mutating func build() {
        fuzzCase.device = random.next()
        fuzzCase.ticks = UInt64(300 + random.below(1800))
        fuzzCase.a20 = random.chance(80)
        fuzzCase.fill = random.chance(85) ? random.next() | 1 : 0
        fuzzCase.cut = random.chance(60) ? .every(1) : random.chance(30) ? .every(7) : .random(random.next())
        if fuzzCase.kind == .board { programChips() }
        // Most code crosses a page.
        start = Layout.code + UInt64(random.chance(70) ? 0xE00 + random.below(0x1FF) : random.below(0x400))
        if isReal { realTables() } else if mode.isLong { longTables() } else { protectedTables() }
        let ports = fuzzCase.kind == .board ? Self.boardPorts : Array(0x100...0x10F) + [0x99]
        var generator = CodeGenerator(
            random, size: mode.is64 ? .bits64 : is32 ? .bits32 : .bits16, start: start, ports: ports)
        let code = rawBytes ? random.bytes(Int(Self.rawCount)) : generator.program(8 + random.below(90))
        random = generator.random
        var cpu = CPUFile.afterReset
        for register in 0..<8 {
            cpu[register: register] = random.chance(60) ? generator.address() : random.next() & 0xFFFF_FFFF
        }
        random = generator.random
        setFlags(&cpu)
        if mode.isLong { setLongState(&cpu) } else { setSegments(&cpu) }
        if mode.isPaged { setPaging(&cpu) }
        if mode == .anything { scramble(&cpu) }
        fuzzCase.add(code, at: start)
        fuzzCase.code = fuzzCase.pieces.count - 1
        fuzzCase.set(cpu)
        observe()
    }

    /// Every fourth case runs once more as under a debugger.
    private mutating func observe() {
        let choice = random.below(100)
        if choice < 8 || rawBytes && fuzzCase.cut != .every(1) {
            // Of raw bytes every one that is run is counted, and runs in longer pieces do not show them.
            fuzzCase.observation = .steps
        } else if choice < 16 {
            fuzzCase.cut = .every(1)
            let count = fuzzCase.codeBytes.count
            fuzzCase.observation = .breakpoints(
                (0...random.below(24)).map { _ in
                    random.chance(90) ? start + UInt64(random.below(count)) : Layout.handlers + UInt64(random.below(24))
                })
        } else if choice < 24 {
            fuzzCase.cut = .every(1)
            fuzzCase.observation = .watches((0...random.below(3)).map { _ in watch() })
        }
    }

    private mutating func watch() -> FuzzCase.Watch {
        let place: UInt64
        switch random.below(8) {
        case 0...2: place = Layout.data + UInt64(random.below(0x1000))
        case 3: place = Layout.stack - 64 + UInt64(random.below(64))
        case 4: place = FuzzDevice.window - 4 + UInt64(random.below(64))
        case 5: place = start + UInt64(random.below(512))
        case 6: place = fuzzCase.kind == .board ? 0xB8000 + UInt64(random.below(64)) : 0x4F00
        default: place = random.next() % fuzzCase.memorySize
        }
        let kinds = 1 + random.below(3)
        return FuzzCase.Watch(
            start: place, count: random.pick([1, 1, 2, 4, 8, 64, 4096]), reads: kinds & 1 != 0, writes: kinds & 2 != 0)
    }

    // MARK: Registers

    private mutating func setFlags(_ cpu: inout CPUFile) {
        cpu.rflags = random.next() & 0xCD5 | 2
        if random.chance(60) { cpu.rflags |= UInt64(Flags.interrupt) }
        if random.chance(5) { cpu.rflags |= UInt64(Flags.trap) }
        if random.chance(5) { cpu.rflags |= UInt64(Flags.resume) }
        if random.chance(5) { cpu.rflags |= random.next() & UInt64(Flags.alignmentCheck | Flags.identification) }
        if random.chance(20) { cpu.rflags |= random.next() & UInt64(Flags.ioPrivilege) }
        cpu[register: 4] = Layout.stack + UInt64(random.chance(80) ? 0 : random.below(64))
        if random.chance(6) { cpu[register: 4] = UInt64(random.below(6)) }
        if random.chance(10) { cpu.cr0 ^= random.next() & 0x2E }
        cpu.cr0 &= ~0x6000_0000
        if random.chance(5) { cpu.cr4 = random.next() & 0x5F }
        if random.chance(3) { cpu.rflags |= UInt64(Flags.nestedTask) }
        if random.chance(8) {
            cpu.cr0 |= ControlBits.alignmentMask
            cpu.rflags |= UInt64(Flags.alignmentCheck)
        }
        if random.chance(8) { setBreakpoints(&cpu) }
        if random.chance(4) { cpu.stiShadow = 1 }
        if random.chance(4) { cpu.stackShadow = 1 }
        keepShadows(&cpu)
    }

    /// Breakpoints where code, data and stack are.
    private mutating func setBreakpoints(_ cpu: inout CPUFile) {
        for path in [\CPUFile.dr0, \.dr1, \.dr2, \.dr3] {
            cpu[keyPath: path] = random.pick([start, Layout.data, Layout.stack - 32, 0x100]) + UInt64(random.below(64))
        }
        cpu.dr7 = random.next() & 0xFFFF_03FF | 0x400 | (random.chance(10) ? 0x2000 : 0)
        if random.chance(50) { cpu.cr4 |= ControlBits.debuggingExtensions }
    }

    /// STI leaves its shadow only with IF set, and MOV SS ends it.
    private func keepShadows(_ cpu: inout CPUFile) {
        if cpu.stackShadow != 0 || cpu.rflags & UInt64(Flags.interrupt) == 0 { cpu.stiShadow = 0 }
    }

    private mutating func setSegments(_ cpu: inout CPUFile) {
        cpu.rip = start
        guard !isReal else { return setRealSegments(&cpu) }
        defer { if mode == .virtual8086 { setVirtualSegments(&cpu) } }
        cpu.cr0 |= ControlBits.protectionEnable
        cpu.gdtr = TableRegister(
            base: Layout.globalTable, limit: UInt16(random.chance(90) ? 0x1FF : random.below(0x200)))
        cpu.idtr = TableRegister(
            base: Layout.interruptTable, limit: UInt16(random.chance(92) ? 0x7FF : random.below(0x800)))
        let outer = mode == .outer32 || mode == .outerPaged32, wide = is32
        let code: UInt16 = outer ? 0x4B : wide ? 0x08 : 0x18
        let data: UInt16 = outer ? 0x53 : wide ? 0x10 : 0x20
        cpu.cs = segment(code)
        cpu.ss = segment(data)
        for register in [SegmentRegister.es, .ds, .fs, .gs] {
            let choice = random.below(10)
            cpu[register] = choice < 7 ? segment(data) : choice == 7 ? Segment() : segment(outer ? 0x53 : 0x40)
        }
        cpu.ldtr = Segment(selector: 0x60, base: Layout.localTable, limit: 0x3F, attributes: 0x82)
        cpu.tr = Segment(selector: 0x58, base: Layout.taskState, limit: 0x8F, attributes: 0x8B)
        // CS with a base: the offset is smaller by as much.
        cpu.rip = (start &- cpu.cs.base) & 0xFFFF_FFFF
    }

    /// An 8086 program in the midst of protected mode; its monitor has VME now and then.
    private mutating func setVirtualSegments(_ cpu: inout CPUFile) {
        cpu.rflags |= UInt64(Flags.virtual8086)
        if random.chance(50) { cpu.rflags |= UInt64(Flags.ioPrivilege) }
        if random.chance(40) { cpu.cr4 |= ControlBits.virtual8086Extensions }
        for register in [SegmentRegister.es, .cs, .ss, .ds, .fs, .gs] {
            let isFree = register != .cs && register != .ss && random.chance(40)
            cpu[register] = .virtual8086(isFree ? UInt16(random.below(0xFFFF)) : 0)
        }
        cpu.rip = start
    }

    private mutating func setRealSegments(_ cpu: inout CPUFile) {
        if random.chance(40) {
            cpu.cs = .real(UInt16(start >> 4))
            cpu.rip = start & 15
        } else {
            cpu.cs = .real(0)
        }
        cpu.idtr = TableRegister(base: 0, limit: UInt16(random.chance(90) ? 0x3FF : random.below(0x400)))
        for register in [SegmentRegister.es, .ds, .fs, .gs] {
            let choice = random.below(10)
            cpu[register] = .real(
                choice < 6 ? 0 : UInt16(choice < 8 ? random.below(0xA00) : 0xF000 + random.below(0x1000)))
        }
        cpu.ss = .real(random.chance(85) ? 0 : UInt16(random.below(0x300)))
        guard mode == .bigReal else { return }
        for register in [SegmentRegister.ds, .es] {
            cpu[register].limit = .max
            cpu[register].attributes |= 0x8000
        }
    }

    /// Random registers of every kind, still in canonical form.
    private mutating func scramble(_ cpu: inout CPUFile) {
        for register in 0..<8 { cpu[register: register] = random.next() & 0xFFFF_FFFF }
        cpu.rflags = random.next() & 0x25_7FD5 & ~UInt64(Flags.virtual8086) | 2
        keepShadows(&cpu)
        for register in [SegmentRegister.es, .cs, .ds, .fs, .gs] where cpu[register].isPresent && random.chance(50) {
            cpu[register].base = random.next() & (random.chance(50) ? 0xFFFF : 0xFFFF_FFFF)
        }
        if random.chance(50) { cpu.ss.base = random.next() & 0xFFFF }
        cpu.gdtr = TableRegister(base: random.next() & 0x1FFF, limit: UInt16(truncatingIfNeeded: random.next()))
        cpu.idtr = TableRegister(base: random.next() & 0x1FFF, limit: UInt16(truncatingIfNeeded: random.next()))
        for path in [\CPUFile.dr0, \.dr1, \.dr2, \.dr3] { cpu[keyPath: path] = random.next() & 0xFFFF_FFFF }
        cpu.dr7 = random.next() & 0xFFFF_23FF | 0x400
        cpu.tscOffset = random.next()
        if random.chance(50) { cpu.rip = (Layout.code + UInt64(random.below(0x2000)) &- cpu.cs.base) & 0xFFFF_FFFF }
    }

    // MARK: Tables and handlers

    /// Places of handlers. Faults are mostly stepped over, so that a run reaches more than its first one.
    private struct Handlers {
        var plain: UInt64 = 0
        /// Go on one to three bytes behind the fault; without and with an error code.
        var skip: UInt64 = 0
        var skipCode: UInt64 = 0
        var count: UInt64 = 0
        /// Go on elsewhere in the code, so that much of raw bytes has its turn.
        var hop: UInt64 = 0
        var hopCode: UInt64 = 0
    }

    private mutating func handlers(wide: Bool) -> Handlers {
        let skip = UInt8(1 + random.below(3))
        var code: [UInt8] = []
        func add(_ bytes: [UInt8]) -> UInt64 {
            defer { code += bytes }
            return Layout.handlers + UInt64(code.count)
        }
        var places = Handlers()
        if wide {
            places.plain = add(random.chance(80) ? [0xCF] : [0xFB, 0x90, 0xCF])
            // add dword [esp], n; iretd
            places.skip = add([0x83, 0x04, 0x24, skip, 0xCF])
            places.skipCode = add([0x83, 0xC4, 0x04, 0x83, 0x04, 0x24, skip, 0xCF])
            // inc dword [4F00]; iretd
            places.count = add([0xFF, 0x05, 0x00, 0x4F, 0x00, 0x00, 0xCF])
        } else {
            places.plain = add(random.chance(80) ? [0xCF] : [0xFB, 0x90, 0xCF])
            // push bp; mov bp, sp; add word [bp+2], n; pop bp; iret
            places.skip = add([0x55, 0x89, 0xE5, 0x83, 0x46, 0x02, skip, 0x5D, 0xCF])
            places.skipCode = add([0x83, 0xC4, 0x02, 0x55, 0x89, 0xE5, 0x83, 0x46, 0x02, skip, 0x5D, 0xCF])
            // inc word [cs:4F00]; iret
            places.count = add([0x2E, 0xFF, 0x06, 0x00, 0x4F, 0xCF])
        }
        places.hop = places.skip
        places.hopCode = places.skipCode
        if rawBytes, random.chance(85) {
            let step = UInt8(1 + random.below(32) * 2), opens = random.chance(50)
            places.hop = add(hop(wide: wide, frame: wide ? 12 : 6, step: step, opens: opens))
            places.hopCode = add(hop(wide: wide, frame: wide ? 16 : 8, step: step, opens: opens))
            if random.chance(50) { places.count = places.hop }
            // The stack segment may have a base.
            for base in [0, 0x10, 0x1000] as [UInt64] {
                fuzzCase.add(
                    [UInt8(truncatingIfNeeded: start), UInt8(truncatingIfNeeded: start >> 8), 0, 0],
                    at: base + Self.hopTarget)
            }
        }
        fuzzCase.add(code, at: Layout.handlers)
        return places
    }

    /// Where the next hop goes.
    private static let hopTarget: UInt64 = 0x4F04

    /// Drops the frame, moves the target on within the code, and jumps there.
    private func hop(wide: Bool, frame: UInt8, step: UInt8, opens: Bool) -> [UInt8] {
        func little(_ value: UInt64) -> [UInt8] {
            (0..<(wide ? 4 : 2)).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
        }
        // CS has base 0 in real mode and cannot be written in protected mode.
        let prefix: UInt8 = isReal ? 0x2E : 0x36, modRM: UInt8 = wide ? 0x05 : 0x06
        let target = little(Self.hopTarget)
        let back = [prefix, 0x81, modRM | 0x28] + target + little(Self.rawCount)
        // sti; add sp, frame; add [target], step; cmp [target], end; jb +; sub [target], count; jmp [target]
        var code: [UInt8] = opens ? [0xFB] : []
        code += [0x83, 0xC4, frame]
        code += [prefix, 0x81, modRM] + target + little(UInt64(step))
        code += [prefix, 0x81, modRM | 0x38] + target + little(start + Self.rawCount)
        code += [0x72, UInt8(back.count)] + back
        code += [prefix, 0xFF, modRM | 0x20] + target
        return code
    }

    private mutating func realTables() {
        let stubs = handlers(wide: false)
        var table: [UInt8] = []
        for vector in 0..<256 {
            var offset = vector == 1 || vector == 3 || vector == 4 || vector > 0x1F ? stubs.plain : stubs.hop
            if vector >= 0x20, vector < 0x30 { offset = stubs.count }
            if random.chance(2) { offset = random.next() & 0xFFFF }
            table += [UInt8(truncatingIfNeeded: offset), UInt8(truncatingIfNeeded: offset >> 8), 0, 0]
        }
        fuzzCase.add(table, at: 0)
    }

    static let errorVectors: Set<Int> = [8, 10, 11, 12, 13, 14, 17]

    private mutating func protectedTables() {
        let wide = isWide
        let stubs = handlers(wide: wide)
        var table: [UInt8] = []
        for vector in 0..<256 {
            var offset = stubs.plain
            if Self.errorVectors.contains(vector) {
                offset = stubs.hopCode
            } else if vector < 0x20, ![1, 3, 4].contains(vector) {
                offset = stubs.hop
            } else if vector >= 0x20, vector < 0x30 {
                offset = stubs.count
            }
            let type: UInt8 = (wide ? 0x8E : 0x86) | (random.chance(30) ? 1 : 0) | (random.chance(50) ? 0x60 : 0)
            var gate: [UInt8] = [
                UInt8(truncatingIfNeeded: offset), UInt8(truncatingIfNeeded: offset >> 8), wide ? 0x08 : 0x18, 0, 0,
                type, 0, 0,
            ]
            if random.chance(2) { gate = random.bytes(8) }
            // Task gates
            if random.chance(2) { gate = [0, 0, random.pick([0x90, 0x98, 0x58]), 0, 0, 0xE5, 0, 0] }
            table += gate
        }
        fuzzCase.add(table, at: Layout.interruptTable)
        fuzzCase.add(globalTable(), at: Layout.globalTable)
        fuzzCase.add(
            descriptor(0x4000, 0x1FFF, 0x93, 4) + descriptor(0, 0xFFFFF, 0xFB, 12) + random.bytes(48),
            at: Layout.localTable)
        var task = [UInt8](repeating: 0, count: 0x90)
        // ESP0 and SS0, then the offset of the permission bitmap, which lets some ports through.
        task.replaceSubrange(4..<10, with: [0x00, 0x28, 0, 0, wide ? 0x10 : 0x20, 0])
        task[0x66] = 0x68
        // The back link, for IRET with NT.
        task[0] = random.pick([0x90, 0x98, 0x58, 0])
        fuzzCase.add(task, at: Layout.taskState)
        otherTasks()
    }

    /// What the TSSs of 90h (32 bits) and 98h (16 bits) hold: a task that can run, now and then with something wrong.
    private mutating func otherTasks() {
        func little(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
        }
        let ring: UInt64 = random.chance(30) ? 3 : 0
        let code: UInt64 = ring == 3 ? 0x4B : 0x08, data: UInt64 = ring == 3 ? 0x53 : 0x10
        var flags = random.next() & 0x4ED5 | 2
        if random.chance(20) { flags |= UInt64(Flags.virtual8086) }
        var wide = [UInt8](repeating: 0, count: 0x20)
        wide[4...] = little(0x2900, 4)[...] + little(0x10, 4) + wide[12...]
        wide += little(start, 4) + little(flags, 4)
        for number in 0..<8 { wide += little(number == 4 ? Layout.stack : random.next() & 0xFFFF, 4) }
        for selector in [data, code, data, data, data, 0] { wide += little(selector, 4) }
        wide += little(0x60, 4) + little(random.chance(20) ? 1 : 0, 2) + little(0x68, 2)
        var narrow = [UInt8](repeating: 0, count: 14)
        narrow += little(start, 2) + little(flags & 0x7FFF, 2)
        for number in 0..<8 { narrow += little(number == 4 ? Layout.stack : random.next() & 0xFFFF, 2) }
        for selector in [0x20, 0x18, 0x20, 0x20, 0x60] as [UInt64] { narrow += little(selector, 2) }
        for _ in 0..<2 where random.chance(40) {
            wide[0x1C + random.below(0x4C)] = random.byte()
            narrow[random.below(44)] = random.byte()
        }
        fuzzCase.add(wide, at: Layout.taskState + 0x100)
        fuzzCase.add(narrow, at: Layout.taskState + 0x180)
    }

    func descriptor(_ base: UInt64, _ limit: UInt64, _ access: UInt8, _ flags: UInt8) -> [UInt8] {
        func byte(_ value: UInt64, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift) }
        return [
            byte(limit, 0), byte(limit, 8), byte(base, 0), byte(base, 8), byte(base, 16), access,
            flags << 4 | byte(limit, 16) & 15, byte(base, 24),
        ]
    }

    private mutating func globalTable() -> [UInt8] {
        let codeBase: UInt64 = mode == .segmented32 ? UInt64(random.pick([0x10, 0x1000, 0x5000])) : 0
        let dataBase: UInt64 = mode == .segmented32 && random.chance(50) ? UInt64(random.pick([0x10, 0x1000])) : 0
        let dataLimit: UInt64 = mode == .segmented32 ? 0x8FFF : 0xFFFFF
        let dataFlags: UInt8 = mode == .segmented32 ? 4 : 12
        var table = [UInt8](repeating: 0, count: 8)
        table += descriptor(0, 0xFFFFF, 0x9B, 12)  // 08
        table += descriptor(dataBase, dataLimit, 0x93, dataFlags)  // 10
        table += descriptor(0, 0xFFFF, 0x9B, 0)  // 18
        table += descriptor(0, 0xFFFF, 0x93, 0)  // 20
        table += descriptor(0, 0xFFFFF, 0x9E, 12)  // 28: conforming
        table += descriptor(0, 0x3FFF, 0x97, random.pick([4, 0, 12]))  // 30: expand-down
        table += descriptor(0, 0xFFFFF, 0x91, 12)  // 38: read-only
        table += descriptor(0, 0x4FFF - UInt64(random.below(8)), 0x93, 4)  // 40: a short one
        table += descriptor(0, 0xFFFFF, 0xFB, 12)  // 48: code of ring 3
        table += descriptor(0, 0xFFFFF, 0xF3, 12)  // 50: data of ring 3
        table += descriptor(Layout.taskState, 0x8F, 0x8B, 0)  // 58: TSS
        table += descriptor(Layout.localTable, 0x3F, 0x82, 0)  // 60: LDT
        // 68: a call gate of ring 3 to the start of the handlers.
        table += [0x00, 0x05, 0x08, 0, UInt8(random.below(4)), 0xEC, 0, 0]
        table += descriptor(0, 0xFFFFF, 0x13, 12)  // 70: not present
        table += descriptor(codeBase, 0xFFFFF, 0x99, 12)  // 78: execute only, with a base
        table += descriptor(0, 0xFFFFF, 0x92, 12)  // 80: not accessed yet
        table += descriptor(0x2000, 0x1FFF, 0x93, 4)  // 88
        table += descriptor(Layout.taskState + 0x100, random.chance(95) ? 0x67 : 0x66, 0xE9, 0)  // 90: a free TSS
        table += descriptor(Layout.taskState + 0x180, 0x2B, 0xE1, 0)  // 98: one of 16 bits
        table += [0, 0, random.pick([0x90, 0x98]), 0, 0, 0xE5, 0, 0]  // A0: a task gate
        return table + random.bytes(512 - table.count)
    }

    /// The descriptor of a selector of the table that was just made.
    func segment(_ selector: UInt16) -> Segment {
        guard let piece = fuzzCase.pieces.first(where: { $0.address == Layout.globalTable }) else { return Segment() }
        let bytes = Array(Hex.bytes(piece.bytes).dropFirst(Int(selector & 0xFFF8)).prefix(8)).map(UInt64.init)
        let raw = bytes[0] | bytes[1] << 8 | (bytes[6] & 15) << 16
        return Segment(
            selector: selector, base: bytes[2] | bytes[3] << 8 | bytes[4] << 16 | bytes[7] << 24,
            limit: UInt32(bytes[6] & 0x80 != 0 ? raw << 12 | 0xFFF : raw),
            attributes: UInt16(bytes[5] | (bytes[6] & 0xF0) << 8))
    }

    // MARK: Chips

    static let boardPorts: [UInt16] =
        Array(0...0xF) + [0x20, 0x21, 0xA0, 0xA1, 0x40, 0x42, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x80, 0x81, 0x87]
        + [0xC0, 0xD4, 0xD6, 0xDA] + Array(0x1F0...0x1F7) + [0x3F6, 0x177] + Array(0x3F0...0x3F5) + [0x3F7]
        + Array(0x3F8...0x3FF) + Array(0x3C0...0x3CF) + [0x3D4, 0x3D5, 0x3DA, 0x402, 0x4D0, 0xE9, 0x1234]

    /// Interrupt controllers at 20h, a fast timer, and a keyboard, serial port and clock that may interrupt too.
    private mutating func programChips() {
        func write(_ port: UInt32, _ values: [UInt8], width: UInt32 = 1) {
            for value in values { fuzzCase.portWrites.append([port, width, UInt32(value)]) }
        }
        write(0x20, [0x11])
        write(0x21, [0x20, 0x04, random.chance(50) ? 1 : 3, random.chance(80) ? 0 : random.byte()])
        write(0xA0, [0x11])
        write(0xA1, [0x28, 0x02, 0x01, random.chance(80) ? 0 : random.byte()])
        write(0x43, [random.pick([0x34, 0x36, 0x30, 0x38, 0x14])])
        write(0x40, [UInt8(1 + random.below(40)), 0])
        if random.chance(40) {
            write(0x70, [0x0B])
            write(0x71, [0x42])
            write(0x70, [0x0A])
            write(0x71, [0x23])
        }
        if random.chance(40) { write(0x3F9, [0x0F]) }
        for _ in 0..<random.below(12) { write(UInt32(random.pick(Self.boardPorts)), [random.byte()]) }
    }
}
