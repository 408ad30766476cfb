import Machine
import X86ISA

/// A descriptor as it is in its table (SDM 3A 3.4.5).
struct Descriptor {
    var low: UInt32
    var high: UInt32
    /// Linear address of its first byte.
    var address: UInt64

    var attributes: UInt16 { UInt16(truncatingIfNeeded: high >> 8) & 0xF0FF }
    var type: UInt8 { UInt8(truncatingIfNeeded: high >> 8) & 15 }
    var isCodeOrData: Bool { high & 0x1000 != 0 }
    var privilege: UInt8 { UInt8(truncatingIfNeeded: high >> 13) & 3 }
    var isPresent: Bool { high & 0x8000 != 0 }
    var isCode: Bool { high & 0x1800 == 0x1800 }
    var isConforming: Bool { high & 0x1C00 == 0x1C00 }
    var isWritableData: Bool { high & 0x1A00 == 0x1200 }
    var isReadable: Bool { isCodeOrData && high & 0x0A00 != 0x0800 }
    var base: UInt64 { UInt64(low >> 16 | (high & 0xFF) << 16 | high & 0xFF00_0000) }
    var limit: UInt32 {
        let raw = low & 0xFFFF | high & 0xF0000
        return high & 0x80_0000 != 0 ? raw << 12 | 0xFFF : raw
    }
    /// L
    var isLong: Bool { high & 0x20_0000 != 0 }
    /// D/B
    var isBig: Bool { high & 0x40_0000 != 0 }
    // Gates
    var gateSelector: UInt16 { UInt16(truncatingIfNeeded: low >> 16) }
    var gateOffset: UInt64 { UInt64(low & 0xFFFF | high & 0xFFFF_0000) }
    var parameterCount: UInt32 { high & 31 }

    func segment(_ selector: UInt16) -> Segment {
        Segment(selector: selector, base: base, limit: limit, attributes: attributes)
    }
}

extension Core {
    /// Reads the descriptor of a non-null selector; `vector` and `external` make the exception where it is beyond its table.
    func descriptor(
        _ selector: UInt16, vector: Vector = .generalProtection, external: UInt32 = 0
    ) throws(Exception) -> Descriptor {
        let wanted = Selector(selector)
        let code = UInt32(selector & 0xFFFC) | external
        let base: UInt64, limit: UInt32
        if wanted.isLocal {
            guard file.pointee.ldtr.isPresent else { throw Exception(vector, code, .ldtUnusable(selector: selector)) }
            base = file.pointee.ldtr.base
            limit = file.pointee.ldtr.limit
        } else {
            base = file.pointee.gdtr.base
            limit = UInt32(file.pointee.gdtr.limit)
        }
        guard UInt64(wanted.tableOffset) + 7 <= UInt64(limit) else {
            throw Exception(vector, code, .selectorBeyondTableLimit(selector: selector, limit: limit))
        }
        let address = systemWrapped(base &+ UInt64(wanted.tableOffset))
        let found = Descriptor(
            low: try readSystem(address, as: UInt32.self),
            high: try readSystem(systemWrapped(address &+ 4), as: UInt32.self), address: address)
        return interpreter.features.generation == .i80286 ? found.asOf80286 : found
    }

    /// Sets the accessed bit where it is clear, in the table and in the copy.
    func markAccessed(_ descriptor: inout Descriptor) throws(Exception) {
        guard descriptor.high & 0x100 == 0 else { return }
        descriptor.high |= 0x100
        try writeSystem(systemWrapped(descriptor.address &+ 5), UInt8(truncatingIfNeeded: descriptor.high >> 8))
    }

    /// MOV, POP, LDS and so on into a data or stack segment register (SDM 2B, MOV: protected-mode exceptions).
    func loadSegment(_ register: SegmentRegister, _ selector: UInt16) throws(Exception) {
        let target = segment(register)
        guard usesDescriptors else {
            target.pointee.selector = selector
            target.pointee.base = UInt64(selector) << 4
            // What protected mode left unusable is writable data again, with the limit of zero that it has.
            if !target.pointee.isPresent { target.pointee.attributes = 0x93 }
            if file.pointee.isVirtual8086 {
                target.pointee.limit = 0xFFFF
                target.pointee.attributes = 0xF3
            }
            return
        }
        if register == .ss { return try loadStackSegment(selector) }
        let wanted = Selector(selector), code = UInt32(selector & 0xFFFC)
        if wanted.isNull {
            target.pointee = Segment(selector: selector, base: 0, limit: 0, attributes: 0)
            return
        }
        var entry = try descriptor(selector)
        guard entry.isCodeOrData, entry.isReadable else {
            throw generalProtection(
                code,
                .descriptorWrongType(
                    selector: selector, attributes: entry.attributes, wanted: "data or readable code"))
        }
        let rpl = wanted.requestedPrivilege
        guard entry.isConforming || (rpl <= entry.privilege && cpl <= entry.privilege) else {
            throw generalProtection(
                code, .privilege(selector: selector, cpl: cpl, rpl: rpl, dpl: entry.privilege))
        }
        guard entry.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
        try markAccessed(&entry)
        target.pointee = entry.segment(selector)
    }

    /// The second half of a 16-byte descriptor, in IA-32e mode.
    func upperHalf(_ entry: Descriptor, _ selector: UInt16) throws(Exception) -> (low: UInt32, high: UInt32) {
        let wanted = Selector(selector)
        let limit = wanted.isLocal ? file.pointee.ldtr.limit : UInt32(file.pointee.gdtr.limit)
        guard UInt64(wanted.tableOffset) + 15 <= UInt64(limit) else {
            throw generalProtection(
                UInt32(selector & 0xFFFC), .selectorBeyondTableLimit(selector: selector, limit: limit))
        }
        return (
            try readSystem(systemWrapped(entry.address &+ 8), as: UInt32.self),
            try readSystem(systemWrapped(entry.address &+ 12), as: UInt32.self)
        )
    }

    /// An LDT or TSS as a segment: with a base of 64 bits in IA-32e mode (SDM 3A 3.5.2, 7.2.3).
    private func systemSegment(_ entry: Descriptor, _ selector: UInt16) throws(Exception) -> Segment {
        var segment = entry.segment(selector)
        guard file.pointee.isLong else { return segment }
        let upper = try upperHalf(entry, selector)
        segment.base |= UInt64(upper.low) << 32
        let code = UInt32(selector & 0xFFFC)
        guard upper.high & 0x1F00 == 0 else {
            throw generalProtection(
                code,
                .descriptorWrongType(
                    selector: selector, attributes: entry.attributes, wanted: "a 16-byte descriptor of its kind"))
        }
        guard isCanonical(segment.base) else { throw generalProtection(code, .nonCanonical(address: segment.base)) }
        return segment
    }

    private func loadStackSegment(_ selector: UInt16) throws(Exception) {
        let code = UInt32(selector & 0xFFFC)
        // 64-bit code below CPL 3 can do without (SDM 2B, MOV).
        if isWide, cpl < 3, Selector(selector).isNull, Selector(selector).requestedPrivilege == cpl {
            file.pointee.ss = .nullStack(cpl)
            file.pointee.ss.selector = selector
            return
        }
        guard !Selector(selector).isNull else { throw generalProtection(0, .nullSelector(use: "SS")) }
        var entry = try descriptor(selector)
        let rpl = Selector(selector).requestedPrivilege
        guard rpl == cpl, entry.privilege == cpl || !entry.isWritableData else {
            throw generalProtection(
                code, .stackPrivilege(selector: selector, cpl: cpl, rpl: rpl, dpl: entry.privilege))
        }
        guard entry.isWritableData else {
            throw generalProtection(
                code, .stackSegmentInvalid(selector: selector, attributes: entry.attributes))
        }
        guard entry.isPresent else {
            throw Exception(.stackFault, code, .descriptorNotPresent(selector: selector))
        }
        try markAccessed(&entry)
        file.pointee.ss = entry.segment(selector)
    }

    func lldt(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireDescriptors("LLDT")
        try requirePrivilegeZero("LLDT")
        let selector = UInt16(truncatingIfNeeded: try value(i, i.pointee.operand0))
        if Selector(selector).isNull {
            file.pointee.ldtr = Segment(selector: selector, base: 0, limit: 0, attributes: 0)
            return
        }
        let code = UInt32(selector & 0xFFFC)
        guard !Selector(selector).isLocal else {
            throw generalProtection(
                code, .descriptorWrongType(selector: selector, attributes: 0, wanted: "a GDT entry"))
        }
        let entry = try descriptor(selector)
        guard !entry.isCodeOrData, entry.type == 2 else {
            throw generalProtection(
                code, .descriptorWrongType(selector: selector, attributes: entry.attributes, wanted: "an LDT"))
        }
        guard entry.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
        file.pointee.ldtr = try systemSegment(entry, selector)
    }

    func ltr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireDescriptors("LTR")
        try requirePrivilegeZero("LTR")
        let selector = UInt16(truncatingIfNeeded: try value(i, i.pointee.operand0))
        let code = UInt32(selector & 0xFFFC)
        guard !Selector(selector).isNull else { throw generalProtection(0, .nullSelector(use: "TR")) }
        guard !Selector(selector).isLocal else {
            throw generalProtection(
                code, .descriptorWrongType(selector: selector, attributes: 0, wanted: "a GDT entry"))
        }
        var entry = try descriptor(selector)
        guard !entry.isCodeOrData, entry.type == 9 || (entry.type == 1 && !file.pointee.isLong) else {
            throw generalProtection(
                code,
                .descriptorWrongType(selector: selector, attributes: entry.attributes, wanted: "an available TSS"))
        }
        guard entry.isPresent else {
            throw Exception(.segmentNotPresent, code, .descriptorNotPresent(selector: selector))
        }
        // Busy bit, in the table and in TR.
        entry.high |= 0x200
        let segment = try systemSegment(entry, selector)
        try writeSystem(systemWrapped(entry.address &+ 5), UInt8(truncatingIfNeeded: entry.high >> 8))
        file.pointee.tr = segment
    }

    func sldt(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireDescriptors("SLDT")
        try requireNoUMIP("SLDT")
        try storeSelector(i, file.pointee.ldtr.selector)
    }

    func str(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireDescriptors("STR")
        try requireNoUMIP("STR")
        try storeSelector(i, file.pointee.tr.selector)
    }

    private func storeSelector(_ i: UnsafePointer<Instruction>, _ selector: UInt16) throws(Exception) {
        var destination = i.pointee.operand0
        if destination.kind == .memory { destination.size = 2 }
        let place = try destinationLinear(i, destination)
        store(destination, linear: place, UInt64(selector))
    }

    // MARK: Questions about descriptors; the answer is ZF

    /// The descriptor if the selector is non-null and within its table.
    private func visibleDescriptor(_ selector: UInt16) -> Descriptor? {
        guard !Selector(selector).isNull else { return nil }
        do throws(Exception) { return try descriptor(selector) } catch { return nil }
    }

    private func isReachable(_ entry: Descriptor, _ selector: UInt16) -> Bool {
        entry.isConforming || max(cpl, Selector(selector).requestedPrivilege) <= entry.privilege
    }

    private func setZero(_ value: Bool) {
        setStatusFlags(value ? statusFlags | Flags.zero : statusFlags & ~Flags.zero)
    }

    func verify(_ i: UnsafePointer<Instruction>, writing: Bool) throws(Exception) {
        try requireDescriptors(writing ? "VERW" : "VERR")
        let selector = UInt16(truncatingIfNeeded: try value(i, i.pointee.operand0))
        guard let entry = visibleDescriptor(selector), entry.isCodeOrData, isReachable(entry, selector) else {
            return setZero(false)
        }
        setZero(writing ? entry.isWritableData : entry.isReadable)
    }

    func lar(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireDescriptors("LAR")
        let selector = UInt16(truncatingIfNeeded: try value16(i))
        // Valid system types: TSS, LDT, call and task gates (SDM 2A table 3-54); 64-bit ones in IA-32e mode.
        let valid: UInt16 =
            file.pointee.isLong
            ? 1 << 2 | 1 << 9 | 1 << 11 | 1 << 12
            : 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11 | 1 << 12
        guard let entry = visibleDescriptor(selector), isReachable(entry, selector),
            entry.isCodeOrData || valid >> UInt16(entry.type) & 1 != 0
        else { return setZero(false) }
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, UInt64(entry.high & 0x00FF_FF00))
        setZero(true)
    }

    func lsl(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireDescriptors("LSL")
        let selector = UInt16(truncatingIfNeeded: try value16(i))
        let valid: UInt16 =
            file.pointee.isLong ? 1 << 2 | 1 << 9 | 1 << 11 : 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11
        guard let entry = visibleDescriptor(selector), isReachable(entry, selector),
            entry.isCodeOrData || valid >> UInt16(entry.type) & 1 != 0
        else { return setZero(false) }
        setRegister(i.pointee.operand0.number, i.pointee.operand0.size, UInt64(entry.limit))
        setZero(true)
    }

    private func value16(_ i: UnsafePointer<Instruction>) throws(Exception) -> UInt64 {
        var source = i.pointee.operand1
        source.size = 2
        return try value(i, source)
    }

    func arpl(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try requireDescriptors("ARPL")
        let destination = i.pointee.operand0
        let old = try value(i, destination), source = register(i.pointee.operand1.number, 2)
        let raises = old & 3 < source & 3
        // Else nothing is written, and nothing is checked for it.
        if raises { store(destination, linear: try destinationLinear(i, destination), old & ~3 | source & 3) }
        setZero(raises)
    }

    func requireDescriptors(_ name: String) throws(Exception) {
        guard usesDescriptors else { throw invalidOpcode(.notInThisMode(instruction: name)) }
    }

    func requirePrivilegeZero(_ name: String) throws(Exception) {
        guard !isProtected || cpl == 0 else {
            throw generalProtection(0, .needsPrivilegeZero(instruction: name, cpl: cpl))
        }
    }
}
