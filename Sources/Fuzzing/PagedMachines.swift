import Machine
import X86ISA

/// Page tables, and the descriptor tables of long mode: mostly such that code runs, and in part hostile.
extension CaseGenerator {
    /// Places of page tables, in the order of a walk, and of the IDT of long mode.
    private enum Tables {
        static let root: UInt64 = 0xB000
        static let pointers: UInt64 = 0xC000
        static let directory: UInt64 = 0xD000
        static let pages: UInt64 = 0xE000
        static let interrupts: UInt64 = 0xF000
    }

    /// Present, writable, for all; accessed and dirty as it comes.
    private mutating func plainBits() -> UInt64 { 7 | (random.next() & 0x160) }

    /// An entry of eight bytes that is what it should be, or anything but.
    private mutating func entry(to place: UInt64, hostile percent: Int) -> UInt64 {
        let plain = place | plainBits()
        guard random.chance(percent) else { return plain }
        switch random.below(8) {
        // Rights, A and D, cache bits, PS, G
        case 0, 1: return place | random.next() & 0xFFF
        case 2: return plain & ~1
        case 3: return plain | 1 << 63
        // Reserved bits, an address beyond memory
        case 4: return plain | random.next() & 0x7FFF_FF00_0000_0000
        case 5: return plain | random.next() & 0xFF_FFFF_F000
        // Another page: a table, a device, ROM
        case 6: return random.pick([0x9000, 0xA000, 0xB000, 0xC000, 0xE000, 0x1000]) | random.next() & 0xFFF | 1
        default: return random.next()
        }
    }

    private func little(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }

    /// The first 2 MiB in pages as they are; the pages that every machine lives in are seldom wrong.
    private mutating func table(entrySize: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for page in 0..<(4096 / entrySize) as Range<Int> {
            let value = entry(to: UInt64(page) << 12, hostile: page < 16 ? 3 : 40)
            bytes += little(value, entrySize)
        }
        return bytes
    }

    /// A table of upper level: one entry that leads on, others that lead anywhere.
    private mutating func upper(to next: UInt64, entrySize: Int) -> [UInt8] {
        var bytes = little(entry(to: next, hostile: 1), entrySize)
        for _ in 1..<6 {
            let place = random.pick([Tables.root, Tables.pointers, Tables.directory, Tables.pages, 0])
            bytes += little(entry(to: place, hostile: 50), entrySize)
        }
        bytes += [UInt8](repeating: 0, count: 4096 - bytes.count)
        // The last one finds the tables themselves.
        if random.chance(50) {
            bytes.replaceSubrange((4096 - entrySize)..., with: little(next & ~0xFFF | 7, entrySize))
        }
        return bytes
    }

    mutating func setPaging(_ cpu: inout CPUFile) {
        let isLong = mode.isLong, isPAE = isLong || random.chance(50)
        let size = isPAE ? 8 : 4
        cpu.cr3 = Tables.root
        fuzzCase.add(table(entrySize: size), at: Tables.pages)
        if isLong {
            fuzzCase.add(upper(to: Tables.pointers, entrySize: 8), at: Tables.root)
            fuzzCase.add(upper(to: Tables.directory, entrySize: 8), at: Tables.pointers)
            fuzzCase.add(upper(to: Tables.pages, entrySize: 8), at: Tables.directory)
        } else if isPAE {
            // Entries of the first level have no rights.
            let entries: [UInt64] = [Tables.directory | 1, random.next() & 0xF019, random.next() & 0xF019, 0]
            fuzzCase.add(entries.flatMap { little($0, 8) }, at: Tables.root)
            (cpu.pdpte0, cpu.pdpte1, cpu.pdpte2, cpu.pdpte3) = (entries[0], entries[1], entries[2], entries[3])
            fuzzCase.add(upper(to: Tables.pages, entrySize: 8), at: Tables.directory)
        } else {
            fuzzCase.add(upper(to: Tables.pages, entrySize: 4), at: Tables.root)
        }
        cpu.cr0 |= ControlBits.paging
        if random.chance(50) { cpu.cr0 |= ControlBits.writeProtect }
        // PSE, PGE and UMIP; SMEP and SMAP make most code at CPL 0 fault.
        cpu.cr4 |= random.next() & 0x0890 | (isPAE ? ControlBits.physicalAddressExtension : 0)
        if random.chance(10) { cpu.cr4 |= random.next() & 0x30_0000 }
        if random.chance(50) { cpu.efer |= ControlBits.noExecuteEnable }
        guard isLong else { return }
        cpu.efer |= ControlBits.longModeEnable | ControlBits.longModeActive | (random.chance(80) ? 1 : 0)
        if random.chance(40) { cpu.cr4 |= 1 << 16 }
        if random.chance(30) {
            cpu.cr4 |= ControlBits.processContextIdentifiers
            cpu.cr3 |= UInt64(random.below(4))
        }
    }

    // MARK: Long mode

    /// Stubs as those of protected mode: they go on behind a fault, and count interrupts.
    private mutating func longHandlers() -> (plain: UInt64, skip: UInt64, skipCode: UInt64, count: UInt64) {
        let skip = UInt8(1 + random.below(3))
        var code: [UInt8] = []
        func add(_ bytes: [UInt8]) -> UInt64 {
            defer { code += bytes }
            return Layout.handlers + UInt64(code.count)
        }
        let plain = add([0x48, 0xCF])
        // add qword [rsp], n; iretq
        let skipPlain = add([0x48, 0x83, 0x04, 0x24, skip, 0x48, 0xCF])
        let skipCode = add([0x48, 0x83, 0xC4, 0x08, 0x48, 0x83, 0x04, 0x24, skip, 0x48, 0xCF])
        // inc dword [4F00]; iretq
        let count = add([0xFF, 0x04, 0x25, 0x00, 0x4F, 0x00, 0x00, 0x48, 0xCF])
        // Where SYSCALL goes: sysret
        _ = add([0x48, 0x0F, 0x07])
        fuzzCase.add(code, at: Layout.handlers)
        return (plain, skipPlain, skipCode, count)
    }

    mutating func longTables() {
        let stubs = longHandlers()
        var table: [UInt8] = []
        for vector in 0..<256 {
            var offset = stubs.plain
            if Self.errorVectors.contains(vector) {
                offset = stubs.skipCode
            } else if vector < 0x20, ![1, 3, 4].contains(vector) {
                offset = stubs.skip
            } else if (0x20..<0x30).contains(vector) {
                offset = stubs.count
            }
            let type: UInt8 = 0x8E | (random.chance(30) ? 1 : 0) | (random.chance(50) ? 0x60 : 0)
            var gate = little(offset, 2) + [0x08, 0, random.chance(10) ? random.byte() & 7 : 0, type] + little(0, 10)
            if random.chance(2) { gate = random.bytes(16) }
            table += gate
        }
        fuzzCase.add(table, at: Tables.interrupts)
        fuzzCase.add(longGlobalTable(), at: Layout.globalTable)
        fuzzCase.add(
            descriptor(0x4000, 0x1FFF, 0x93, 4) + descriptor(0, 0xFFFFF, 0xFB, 10) + random.bytes(48),
            at: Layout.localTable)
        // RSP0-2 and IST1-7, some of them wrong, and the permission bitmap.
        var task = [UInt8](repeating: 0, count: 0x90)
        for place in stride(from: 4, to: 0x5C, by: 8) {
            let pointer = random.chance(90) ? 0x2800 + UInt64(random.below(3)) * 8 : random.next()
            task.replaceSubrange(place..<place + 8, with: little(pointer, 8))
        }
        task[0x66] = 0x68
        fuzzCase.add(task, at: Layout.taskState)
    }

    private mutating func longGlobalTable() -> [UInt8] {
        var table = [UInt8](repeating: 0, count: 8)
        table += descriptor(0, 0xFFFFF, 0x9B, 10)  // 08: 64-bit code
        table += descriptor(0, 0xFFFFF, 0x93, 12)  // 10
        table += descriptor(0, 0xFFFFF, 0x9B, 12)  // 18: compatibility mode
        table += descriptor(0, 0xFFFF, 0x93, 0)  // 20
        table += descriptor(0, 0xFFFFF, 0x9E, 10)  // 28: conforming
        table += descriptor(0, 0x3FFF, 0x97, 4)  // 30: expand-down
        table += descriptor(0, 0xFFFFF, 0xFB, 12)  // 38: compatibility mode of ring 3
        table += descriptor(0, 0xFFFFF, 0xF3, 12)  // 40: its data
        table += descriptor(0, 0xFFFFF, 0xFB, 10)  // 48: 64-bit code of ring 3
        table += descriptor(0, 0xFFFFF, 0xF3, 12)  // 50: data of ring 3
        table += descriptor(Layout.taskState, 0x8F, 0x8B, 0) + little(0, 8)  // 58: TSS
        table += descriptor(Layout.localTable, 0x3F, 0x82, 0) + little(random.chance(90) ? 0 : random.next(), 8)  // 68
        // 78: a call gate of ring 3 to the start of the handlers, now and then beyond the canonical addresses.
        table += [0x00, 0x05, 0x08, 0, 0, 0xEC, 0, 0] + little(random.chance(80) ? 0 : random.next(), 8)
        table += descriptor(Layout.taskState + 0x100, 0x67, 0x89, 0) + little(0, 8)  // 88: a free TSS
        table += descriptor(0, 0xFFFFF, 0x9B, 14)  // 98: L and D at once
        table += descriptor(0, 0xFFFFF, 0x13, 12)  // A0: not present
        return table + random.bytes(512 - table.count)
    }

    /// Segments of long mode, and what its system calls go by.
    mutating func setLongState(_ cpu: inout CPUFile) {
        cpu.cr0 |= ControlBits.protectionEnable
        cpu.gdtr = TableRegister(
            base: Layout.globalTable, limit: UInt16(random.chance(90) ? 0x1FF : random.below(0x200)))
        cpu.idtr = TableRegister(
            base: Tables.interrupts, limit: UInt16(random.chance(92) ? 0xFFF : random.below(0x1000)))
        let code: UInt16, data: UInt16
        switch mode {
        case .outer64: (code, data) = (0x4B, 0x53)
        case .compatibility: (code, data) = (0x3B, 0x43)
        default: (code, data) = (0x08, 0x10)
        }
        cpu.cs = segment(code)
        cpu.ss = segment(data)
        for register in [SegmentRegister.es, .ds, .fs, .gs] {
            cpu[register] = random.chance(80) ? segment(data) : Segment()
        }
        cpu.ldtr = Segment(selector: 0x68, base: Layout.localTable, limit: 0x3F, attributes: 0x82)
        cpu.tr = Segment(selector: 0x58, base: Layout.taskState, limit: 0x8F, attributes: 0x8B)
        for path in [\CPUFile.fs.base, \.gs.base, \.kernelGSBase] where random.chance(30) {
            cpu[keyPath: path] = Layout.data + UInt64(random.below(0x800))
        }
        cpu.star = random.chance(80) ? 0x0038_0008_0000_0000 : random.next()
        cpu.lstar = Layout.handlers + UInt64(random.below(40))
        cpu.cstar = cpu.lstar
        cpu.syscallMask = random.next() & 0xFFFF_FFFF
        cpu.sysenterCS = random.pick([0x08, 0, 0x10])
        cpu.sysenterESP = 0x2800
        cpu.sysenterEIP = Layout.handlers
        for number in 8..<16 {
            cpu[register: number] = random.chance(60) ? UInt64(0x4000 + random.below(0x1000)) : random.next()
        }
        cpu.rip = start
    }
}
