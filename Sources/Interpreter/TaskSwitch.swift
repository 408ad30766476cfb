import Machine
import X86ISA

/// What asks for a task switch: it decides over busy bits, NT and the back link (SDM 3A table 8-2).
enum TaskSwitchSource {
    case jump, call, interruptReturn
    /// Through a task gate of the IDT.
    case interrupt(EventSource)

    /// The old task stays busy and is linked to.
    var nests: Bool {
        switch self {
        case .call, .interrupt: true
        case .jump, .interruptReturn: false
        }
    }
    /// EXT for error codes.
    var external: UInt32 {
        switch self {
        case .interrupt(.software), .jump, .call, .interruptReturn: 0
        case .interrupt: 1
        }
    }
}

/// Where a task-state segment keeps what (SDM 3A figures 8-2 and 8-10).
private struct TaskStateLayout {
    /// 32 bits.
    let isWide: Bool

    init(type: UInt8) { isWide = type & 8 != 0 }

    /// Bytes of a general register, IP and FLAGS.
    var size: UInt8 { isWide ? 4 : 2 }
    /// What the limit of a new TSS must be at least.
    var lowestLimit: UInt32 { isWide ? 0x67 : 0x2B }
    /// Last byte that is saved.
    var savedEnd: UInt32 { isWide ? 0x5F : 0x29 }
    /// CR3
    var pageDirectory: UInt64 { 0x1C }
    var instructionPointer: UInt64 { isWide ? 0x20 : 0x0E }
    var flags: UInt64 { instructionPointer + UInt64(size) }
    func register(_ number: UInt8) -> UInt64 { flags + UInt64(size) * UInt64(1 + number) }
    /// In order of their encoding; FS and GS are the 32-bit TSS's alone.
    func segment(_ register: SegmentRegister) -> UInt64 {
        self.register(8) + UInt64(register.rawValue) * UInt64(size)
    }
    var segments: [SegmentRegister] { isWide ? [.es, .cs, .ss, .ds, .fs, .gs] : [.es, .cs, .ss, .ds] }
    var localTable: UInt64 { isWide ? 0x60 : 0x2A }
    /// T in bit 0.
    var debugTrap: UInt64 { 0x64 }
}

/// Hardware task switches (SDM 3A 8.3).
extension Core {
    /// JMP or CALL to a TSS or task gate.
    func transferToTask(_ entry: Descriptor, _ selector: UInt16, _ source: TaskSwitchSource) throws(Exception) {
        let code = UInt32(selector & 0xFFFC), rpl = Selector(selector).requestedPrivilege
        guard max(cpl, rpl) <= entry.privilege else {
            throw generalProtection(code, .privilege(selector: selector, cpl: cpl, rpl: rpl, dpl: entry.privilege))
        }
        var task = selector
        if entry.type == 5 {
            guard entry.isPresent else {
                throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
            }
            task = entry.gateSelector
        }
        try switchTask(
            to: task, try availableTask(task, external: 0), source, image: eflags, returnIP: scratch.pointee.nextIP)
        interpreter.deliveredInside = true
    }

    /// An interrupt or exception through a task gate; rip is the new task's then.
    func deliverThroughTaskGate(
        _ gate: Descriptor, _ source: EventSource, errorCode: UInt32?, returnIP: UInt64
    ) throws(Exception) {
        let source = TaskSwitchSource.interrupt(source)
        let task = gate.gateSelector
        try switchTask(
            to: task, try availableTask(task, external: source.external), source,
            image: eflags | interpreter.resumeImage, returnIP: returnIP, errorCode: errorCode)
    }

    /// IRET with NT: back to the task that the back link names (SDM 2A, IRET: TASK-RETURN).
    func returnToTask() throws(Exception) {
        let tr = file.pointee.tr
        guard tr.isPresent, tr.limit >= 1 else {
            throw Exception(.invalidTSS, UInt32(tr.selector & 0xFFFC), .tssLimit(needed: 1, limit: tr.limit))
        }
        let link = UInt16(truncatingIfNeeded: try readTask(tr.base, 0, 2)), code = UInt32(link & 0xFFFC)
        guard !Selector(link).isNull else {
            throw Exception(.invalidTSS, 0, .nullSelector(use: "the back link of a TSS"))
        }
        guard !Selector(link).isLocal else {
            throw Exception(
                .invalidTSS, code, .descriptorWrongType(selector: link, attributes: 0, wanted: "a GDT entry"))
        }
        let entry = try descriptor(link, vector: .invalidTSS)
        guard !entry.isCodeOrData, entry.type == 3 || entry.type == 11 else {
            throw Exception(
                .invalidTSS, code,
                .descriptorWrongType(selector: link, attributes: entry.attributes, wanted: "a busy TSS"))
        }
        guard entry.isPresent else { throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: link)) }
        try switchTask(to: link, entry, .interruptReturn, image: eflags, returnIP: scratch.pointee.nextIP)
        interpreter.deliveredInside = true
    }

    private func availableTask(_ selector: UInt16, external: UInt32) throws(Exception) -> Descriptor {
        let code = UInt32(selector & 0xFFFC) | external
        guard !Selector(selector).isNull else {
            throw generalProtection(external, .nullSelector(use: "the TSS of a task gate"))
        }
        guard !Selector(selector).isLocal else {
            throw generalProtection(
                code, .descriptorWrongType(selector: selector, attributes: 0, wanted: "a GDT entry"))
        }
        let entry = try descriptor(selector, external: external)
        guard !entry.isCodeOrData, entry.type == 1 || entry.type == 9 else {
            throw generalProtection(
                code,
                .descriptorWrongType(selector: selector, attributes: entry.attributes, wanted: "an available TSS"))
        }
        guard entry.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
        return entry
    }

    /// The switch itself. Exceptions up to the commit point belong to the old task and leave it as it was; those behind it
    /// belong to the new one, whose registers are then loaded and whose segments are as far as they were found good.
    private func switchTask(
        to selector: UInt16, _ target: Descriptor, _ source: TaskSwitchSource, image: UInt32, returnIP: UInt64,
        errorCode: UInt32? = nil
    ) throws(Exception) {
        let external = source.external
        let old = file.pointee.tr, from = TaskStateLayout(type: old.type), to = TaskStateLayout(type: target.type)
        guard target.limit >= to.lowestLimit else {
            throw Exception(
                .invalidTSS, UInt32(selector & 0xFFFC) | external,
                .tssLimit(needed: to.lowestLimit, limit: target.limit))
        }
        guard old.isPresent, old.limit >= from.savedEnd else {
            throw Exception(
                .invalidTSS, UInt32(old.selector & 0xFFFC) | external,
                .tssLimit(needed: from.savedEnd, limit: old.limit))
        }
        try probeTask(old.base, from.savedEnd, write: true)
        try probeTask(target.base, to.lowestLimit, write: source.nests)
        if case .interruptReturn = source {
        } else {
            try probeSystem((target.address &+ 5) & 0xFFFF_FFFF, write: true)
        }
        if !source.nests {
            let place = (file.pointee.gdtr.base &+ UInt64(old.selector & 0xFFF8) &+ 5) & 0xFFFF_FFFF
            try writeTask(place, 0, 1, try readTask(place, 0, 1) & ~2)
        }
        var saved = image
        if case .interruptReturn = source { saved &= ~Flags.nestedTask }
        try save(from, base: old.base, flags: saved, instructionPointer: returnIP)
        var target = target
        if source.nests { try writeTask(target.base, 0, 2, UInt64(old.selector)) }
        if case .interruptReturn = source {
        } else {
            target.high |= 0x200
            try writeTask(target.address, 5, 1, UInt64(target.high >> 8))
        }
        // The commit point: from here on it is the new task.
        file.pointee.tr = target.segment(selector)
        file.pointee.cr0 |= ControlBits.taskSwitched
        // LE and L0 to L3 (SDM 3B 18.2.4).
        file.pointee.dr7 &= ~0x155
        interpreter.debugRegistersChanged()
        file.pointee.stiShadow = 0
        file.pointee.stackShadow = 0
        let start = try load(to, base: target.base, nests: source.nests)
        // Read before CR3 changes: the new task's address space need not hold its TSS.
        let traps = to.isWide ? try readTask(target.base, to.debugTrap, 1) & 1 != 0 : false
        do throws(Exception) {
            try qualifySegments(to, base: target.base, external: external)
            selectTable()
            if let errorCode {
                var stack = PendingStack(segment: file.pointee.ss, pointer: stackPointer, external: external)
                stack.segment.selector = 0
                try stack.push(self, UInt64(errorCode), to.size)
                stackPointer = stack.pointer
            }
            guard start <= UInt64(file.pointee.cs.limit) else {
                throw generalProtection(external, .targetBeyondLimit(offset: start, limit: file.pointee.cs.limit))
            }
        } catch {
            // What runs now adds the place of its instruction, and puts back the flags before it.
            file.pointee.rip = start &- UInt64(Record.offset(scratch.pointee.record))
            if !interpreter.isDelivering {
                interpreter.partialFlags = (scratch.pointee.flagResult, scratch.pointee.flagCarries)
            }
            throw error
        }
        file.pointee.rip = start
        scratch.pointee.nextIP = start
        selectTable()
        if traps {
            // BT; the trap comes before the new task's first instruction.
            file.pointee.dr6 |= 0x8000
            interpreter.hold(.debug, .taskSwitchTrap(selector: selector))
        } else {
            checkVirtualInterrupt("a task switch")
        }
    }

    private func readTask(_ base: UInt64, _ offset: UInt64, _ size: UInt8) throws(Exception) -> UInt64 {
        let place = (base &+ offset) & 0xFFFF_FFFF
        switch size {
        case 1: return UInt64(try readSystem(place, as: UInt8.self))
        case 2: return UInt64(try readSystem(place, as: UInt16.self))
        default: return UInt64(try readSystem(place, as: UInt32.self))
        }
    }

    /// Both segments are there in whole before a byte of them changes.
    private func probeTask(_ base: UInt64, _ last: UInt32, write: Bool) throws(Exception) {
        try probeSystem(base, write: write)
        try probeSystem((base &+ UInt64(last)) & 0xFFFF_FFFF, write: write)
    }

    private func writeTask(_ base: UInt64, _ offset: UInt64, _ size: UInt8, _ value: UInt64) throws(Exception) {
        let place = (base &+ offset) & 0xFFFF_FFFF
        switch size {
        case 1: try writeSystem(place, UInt8(truncatingIfNeeded: value))
        case 2: try writeSystem(place, UInt16(truncatingIfNeeded: value))
        default: try writeSystem(place, UInt32(truncatingIfNeeded: value))
        }
    }

    private func save(
        _ layout: TaskStateLayout, base: UInt64, flags: UInt32, instructionPointer: UInt64
    ) throws(Exception) {
        try writeTask(base, layout.instructionPointer, layout.size, instructionPointer)
        try writeTask(base, layout.flags, layout.size, UInt64(flags))
        for number in 0..<8 as Range<UInt8> {
            try writeTask(base, layout.register(number), layout.size, UInt64(register32(number)))
        }
        for register in layout.segments {
            try writeTask(base, layout.segment(register), 2, UInt64(segment(register).pointee.selector))
        }
    }

    /// Loads registers, flags and selectors without a check; returns EIP.
    private func load(_ layout: TaskStateLayout, base: UInt64, nests: Bool) throws(Exception) -> UInt64 {
        let start = try readTask(base, layout.instructionPointer, layout.size)
        var flags =
            UInt32(truncatingIfNeeded: try readTask(base, layout.flags, layout.size)) & interpreter.validFlags
        if nests { flags |= Flags.nestedTask }
        for number in 0..<8 as Range<UInt8> {
            let value = UInt32(truncatingIfNeeded: try readTask(base, layout.register(number), layout.size))
            // The upper halves after a 16-bit TSS are undefined; ones is what Intel's give.
            setRegister32(number, layout.isWide ? value : value | 0xFFFF_0000)
        }
        eflags = flags
        file.pointee.ldtr = Segment()
        file.pointee.ldtr.selector = UInt16(truncatingIfNeeded: try readTask(base, layout.localTable, 2))
        for register in [SegmentRegister.es, .cs, .ss, .ds, .fs, .gs] {
            var unknown = Segment()
            if layout.segments.contains(register) {
                unknown.selector = UInt16(truncatingIfNeeded: try readTask(base, layout.segment(register), 2))
            }
            segment(register).pointee = unknown
        }
        // In virtual-8086 mode nothing is left to be found good, whatever is wrong with CR3 or the LDT.
        if flags & Flags.virtual8086 != 0 {
            for register in layout.segments {
                segment(register).pointee = .virtual8086(segment(register).pointee.selector)
            }
            return start
        }
        // CPL is CS's RPL from now on. Until they are found good, CS and SS have one byte each: nothing can be pushed.
        let privilege = file.pointee.cs.selector & 3
        file.pointee.cs.attributes = 0x9B | privilege << 5
        file.pointee.ss.attributes = 0x93 | privilege << 5
        return start
    }

    private func qualifySegments(_ layout: TaskStateLayout, base: UInt64, external: UInt32) throws(Exception) {
        if layout.isWide, file.pointee.cr0 & ControlBits.paging != 0 {
            try setCR3(try readTask(base, layout.pageDirectory, 4))
        }
        try qualifyLocalTable(external)
        guard !file.pointee.isVirtual8086 else { return }
        try qualifyCode(external)
        try qualifyStack(external)
        for register in [SegmentRegister.ds, .es, .fs, .gs] { try qualifyData(register, external) }
    }

    private func invalidTask(_ selector: UInt16, _ external: UInt32, _ reason: FaultReason) -> Exception {
        Exception(.invalidTSS, UInt32(selector & 0xFFFC) | external, reason)
    }

    private func qualifyLocalTable(_ external: UInt32) throws(Exception) {
        let selector = file.pointee.ldtr.selector
        guard !Selector(selector).isNull else { return }
        guard !Selector(selector).isLocal else {
            throw invalidTask(
                selector, external, .descriptorWrongType(selector: selector, attributes: 0, wanted: "a GDT entry"))
        }
        let entry = try descriptor(selector, vector: .invalidTSS, external: external)
        guard !entry.isCodeOrData, entry.type == 2 else {
            throw invalidTask(
                selector, external,
                .descriptorWrongType(selector: selector, attributes: entry.attributes, wanted: "an LDT"))
        }
        // #TS, not #NP (SDM 3A table 8-1).
        guard entry.isPresent else { throw invalidTask(selector, external, .descriptorNotPresent(selector: selector)) }
        file.pointee.ldtr = entry.segment(selector)
    }

    private func qualifyCode(_ external: UInt32) throws(Exception) {
        let selector = file.pointee.cs.selector, rpl = Selector(selector).requestedPrivilege
        guard !Selector(selector).isNull else {
            throw invalidTask(selector, external, .nullSelector(use: "CS of a TSS"))
        }
        var entry = try descriptor(selector, vector: .invalidTSS, external: external)
        guard entry.isCode else {
            throw invalidTask(
                selector, external, .codeSegmentInvalid(selector: selector, attributes: entry.attributes))
        }
        guard entry.isConforming ? entry.privilege <= rpl : entry.privilege == rpl else {
            throw invalidTask(
                selector, external, .privilege(selector: selector, cpl: rpl, rpl: rpl, dpl: entry.privilege))
        }
        guard entry.isPresent else {
            throw Exception(
                .segmentNotPresent, UInt32(selector & 0xFFFC) | external, .descriptorNotPresent(selector: selector))
        }
        try markAccessed(&entry)
        file.pointee.cs = entry.segment(selector)
    }

    private func qualifyStack(_ external: UInt32) throws(Exception) {
        let selector = file.pointee.ss.selector, rpl = Selector(selector).requestedPrivilege
        guard !Selector(selector).isNull else {
            throw invalidTask(selector, external, .nullSelector(use: "SS of a TSS"))
        }
        var entry = try descriptor(selector, vector: .invalidTSS, external: external)
        guard entry.isWritableData else {
            throw invalidTask(
                selector, external, .stackSegmentInvalid(selector: selector, attributes: entry.attributes))
        }
        guard rpl == cpl, entry.privilege == cpl else {
            throw invalidTask(
                selector, external, .stackPrivilege(selector: selector, cpl: cpl, rpl: rpl, dpl: entry.privilege))
        }
        guard entry.isPresent else {
            throw Exception(
                .stackFault, UInt32(selector & 0xFFFC) | external, .descriptorNotPresent(selector: selector))
        }
        try markAccessed(&entry)
        file.pointee.ss = entry.segment(selector)
    }

    private func qualifyData(_ register: SegmentRegister, _ external: UInt32) throws(Exception) {
        let selector = segment(register).pointee.selector, rpl = Selector(selector).requestedPrivilege
        guard !Selector(selector).isNull else { return }
        var entry = try descriptor(selector, vector: .invalidTSS, external: external)
        guard entry.isReadable else {
            throw invalidTask(
                selector, external,
                .descriptorWrongType(
                    selector: selector, attributes: entry.attributes, wanted: "data or readable code"))
        }
        guard entry.isConforming || max(rpl, cpl) <= entry.privilege else {
            throw invalidTask(
                selector, external, .privilege(selector: selector, cpl: cpl, rpl: rpl, dpl: entry.privilege))
        }
        guard entry.isPresent else {
            throw Exception(
                .segmentNotPresent, UInt32(selector & 0xFFFC) | external, .descriptorNotPresent(selector: selector))
        }
        try markAccessed(&entry)
        segment(register).pointee = entry.segment(selector)
    }
}
