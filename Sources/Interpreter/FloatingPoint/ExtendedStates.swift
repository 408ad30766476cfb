import Machine
import X86ISA

/// XSAVE, XSAVEOPT, XSAVEC, XSAVES, XRSTOR, XRSTORS: the x87, SSE and AVX components (SDM 1 13.4 to 13.12). No CPU of ours has
/// supervisor components, so IA32_XSS is zero and XSAVES writes what XSAVEC does.
extension Core {
    enum StateComponents {
        static var x87: UInt64 { 1 }
        static var sse: UInt64 { 2 }
        static var avx: UInt64 { 4 }
        /// Bit 63 of XCOMP_BV: the format is the compacted one.
        static var compacted: UInt64 { 1 << 63 }
        /// Offset of the header, and of the first component behind it. With three components the AVX one is there in both
        /// formats.
        static var header: UInt64 { 512 }
        static var extended: UInt64 { 576 }
        static var avxSize: UInt64 { 256 }
        /// After INIT.
        static var mxcsr: UInt32 { 0x1F80 }
    }

    private typealias Components = StateComponents

    // MARK: What is in use (SDM 1 13.6)

    /// XINUSE, for what XCR0 enables: components that are not as after INIT.
    var componentsInUse: UInt64 {
        var used: UInt64 = 0
        if !isInitialX87 { used |= Components.x87 }
        if !isZero(CoreLayout.xmm, 256) { used |= Components.sse }
        if !isZero(CoreLayout.ymmHigh, 256) { used |= Components.avx }
        return used & file.pointee.xcr0
    }

    private var isInitialX87: Bool {
        raw.load(fromByteOffset: CoreLayout.vector, as: UInt64.self) == 0x37F && isZero(CoreLayout.vector + 8, 16)
            && isZero(CoreLayout.mm, 128)
    }

    private func isZero(_ place: Int, _ count: Int) -> Bool {
        stride(from: place, to: place + count, by: 8)
            .allSatisfy { raw.load(fromByteOffset: $0, as: UInt64.self) == 0 }
    }

    // MARK: Checks

    private func areaPlace(_ i: UnsafePointer<Instruction>, _ size: UInt64, write: Bool) throws(Exception) -> UInt64 {
        let offset = effectiveAddress(i)
        let base =
            isWide && i.pointee.segment.rawValue < SegmentRegister.fs.rawValue
            ? 0 : segment(i.pointee.segment).pointee.base
        guard (base &+ offset) & 63 == 0 else {
            throw generalProtection(0, .vectorMisaligned(linear: wrapped(base &+ offset), alignment: 64))
        }
        return try linear(i.pointee.segment, offset, size, write: write, alignment: 64)
    }

    /// RFBM, the components that are asked for. `supervisor` names an instruction that is the kernel's.
    private func requested(supervisor: String? = nil) throws(Exception) -> UInt64 {
        guard file.pointee.cr4 & ControlBits.xsaveEnable != 0 else {
            throw invalidOpcode(.disabled(instruction: "an instruction of XSAVE", by: "CR4.OSXSAVE"))
        }
        guard file.pointee.cr0 & ControlBits.taskSwitched == 0 else {
            throw Exception(.deviceNotAvailable, nil, .coprocessorNotAvailable)
        }
        if let supervisor { try requirePrivilegeZero(supervisor) }
        return (UInt64(register32(2)) << 32 | UInt64(register32(0))) & file.pointee.xcr0
    }

    private func areaSize(_ components: UInt64) -> UInt64 {
        Components.extended + (components & Components.avx != 0 ? Components.avxSize : 0)
    }

    /// Bytes of XMM and YMM registers that this mode has.
    private var vectorBytes: UInt64 { isWide ? 256 : 128 }

    // MARK: Saves

    /// `optimises`: components that are as after INIT are not written. With `compacts` MXCSR counts as SSE's.
    func xsave(
        _ i: UnsafePointer<Instruction>, optimises: Bool, compacts: Bool = false, isSupervisor: Bool = false
    ) throws(Exception) {
        let wanted = try requested(supervisor: isSupervisor ? "XSAVES" : nil)
        let place = try areaPlace(i, areaSize(wanted), write: true)
        var used = componentsInUse
        if compacts, mxcsr != Components.mxcsr { used |= Components.sse & file.pointee.xcr0 }
        let written = optimises ? wanted & used : wanted
        let header = wrapped(place &+ Components.header)
        if written & Components.x87 != 0 { saveX87(i, place) }
        let control = compacts ? written & Components.sse : wanted & (Components.sse | Components.avx)
        if control != 0 { writeLinear(wrapped(place &+ 24), UInt64(mxcsr) | 0xFFFF << 32) }
        if written & Components.sse != 0 { save(CoreLayout.xmm, wrapped(place &+ 160)) }
        if written & Components.avx != 0 { save(CoreLayout.ymmHigh, wrapped(place &+ Components.extended)) }
        if compacts {
            writeLinear(header, wanted & used)
            writeLinear(wrapped(header &+ 8), wanted | Components.compacted)
        } else {
            writeLinear(header, readLinear(header, as: UInt64.self) & ~wanted | wanted & used)
        }
    }

    private func save(_ source: Int, _ place: UInt64) {
        for word in stride(from: UInt64(0), to: vectorBytes, by: 8) {
            writeLinear(wrapped(place &+ word), raw.load(fromByteOffset: source + Int(word), as: UInt64.self))
        }
    }

    /// Bytes 0-23 and 32-159 of FXSAVE. Pointers are an offset and a selector but in 64-bit images.
    func saveX87(_ i: UnsafePointer<Instruction>, _ place: UInt64) {
        for word in stride(from: UInt64(0), to: 160, by: 8) where word != 24 {
            var value = raw.load(fromByteOffset: CoreLayout.vector + Int(word), as: UInt64.self)
            if word == 8 || word == 16, i.pointee.operandSize != 8 { value &= 0xFFFF_FFFF_FFFF }
            writeLinear(wrapped(place &+ word), value)
        }
    }

    // MARK: Restores

    /// What `saveX87` writes, or with nil the state after FNINIT with all registers zero. Reserved bits stay as they must be.
    func restoreX87(_ i: UnsafePointer<Instruction>, _ place: UInt64?) {
        func word(_ offset: UInt64) -> UInt64 {
            guard let place else { return offset == 0 ? 0x37F : 0 }
            return readLinear(wrapped(place &+ offset), as: UInt64.self)
        }
        let first = word(0)
        let pointers: UInt64 =
            i.pointee.operandSize == 8 ? .max : interpreter.features.keepsSelectors ? 0xFFFF_FFFF_FFFF : 0xFFFF_FFFF
        raw.storeBytes(of: UInt8(truncatingIfNeeded: first >> 32), toByteOffset: CoreLayout.tags, as: UInt8.self)
        raw.storeBytes(
            of: UInt16(truncatingIfNeeded: first >> 48) & 0x7FF, toByteOffset: CoreLayout.lastOpcode, as: UInt16.self)
        raw.storeBytes(of: word(8) & pointers, toByteOffset: CoreLayout.lastInstruction, as: UInt64.self)
        raw.storeBytes(of: word(16) & pointers, toByteOffset: CoreLayout.lastOperand, as: UInt64.self)
        for offset in stride(from: UInt64(32), to: 160, by: 8) {
            raw.storeBytes(
                of: word(offset) & (offset & 8 == 0 ? .max : 0xFFFF), toByteOffset: CoreLayout.vector + Int(offset),
                as: UInt64.self)
        }
        setControlWord(UInt16(truncatingIfNeeded: first))
        setStatusWord(UInt16(truncatingIfNeeded: first >> 16))
    }

    func xrstor(_ i: UnsafePointer<Instruction>, isSupervisor: Bool = false) throws(Exception) {
        let wanted = try requested(supervisor: isSupervisor ? "XRSTORS" : nil)
        // The header first: it tells how much there is.
        var place = try areaPlace(i, Components.extended, write: false)
        let header = wrapped(place &+ Components.header)
        let (held, format) = (readLinear(header, as: UInt64.self), readLinear(wrapped(header &+ 8), as: UInt64.self))
        let isCompacted = format & Components.compacted != 0
        // XRSTORS has the compacted format alone (SDM 1 13.12).
        if isSupervisor, !isCompacted { throw generalProtection(0, .reservedBits(register: "XCOMP_BV", value: format)) }
        try checkHeader(header, held, format)
        let loaded = wanted & held
        if loaded & Components.avx != 0 { place = try areaPlace(i, areaSize(loaded), write: false) }
        // With the compacted format MXCSR belongs to SSE alone, and has a state after INIT.
        let readsControl = isCompacted ? loaded & Components.sse : wanted & (Components.sse | Components.avx)
        let control = readLinear(wrapped(place &+ 24), as: UInt32.self)
        if readsControl != 0, control >> 16 != 0 {
            throw generalProtection(0, .reservedBits(register: "MXCSR", value: UInt64(control)))
        }
        if wanted & Components.x87 != 0 { restoreX87(i, loaded & Components.x87 != 0 ? place : nil) }
        if readsControl != 0 {
            setMXCSR(control)
        } else if isCompacted, wanted & Components.sse != 0 {
            setMXCSR(Components.mxcsr)
        }
        if wanted & Components.sse != 0 {
            load(CoreLayout.xmm, loaded & Components.sse != 0 ? wrapped(place &+ 160) : nil)
        }
        if wanted & Components.avx != 0 {
            load(CoreLayout.ymmHigh, loaded & Components.avx != 0 ? wrapped(place &+ Components.extended) : nil)
        }
    }

    private func load(_ target: Int, _ place: UInt64?) {
        for word in stride(from: UInt64(0), to: vectorBytes, by: 8) {
            let value = place.map { readLinear(wrapped($0 &+ word), as: UInt64.self) } ?? 0
            raw.storeBytes(of: value, toByteOffset: target + Int(word), as: UInt64.self)
        }
    }

    /// #GP(0) for a header that no XSAVE writes (SDM 1 13.8).
    private func checkHeader(_ header: UInt64, _ held: UInt64, _ format: UInt64) throws(Exception) {
        func refuse(_ field: String, _ value: UInt64) -> Exception {
            generalProtection(0, .reservedBits(register: field, value: value))
        }
        let enabled = file.pointee.xcr0
        guard format & Components.compacted != 0 else {
            if held & ~enabled != 0 { throw refuse("XSTATE_BV", held) }
            if format != 0 { throw refuse("XCOMP_BV", format) }
            let next = readLinear(wrapped(header &+ 16), as: UInt64.self)
            if next != 0 { throw refuse("the header of an XSAVE area", next) }
            return
        }
        let present = format & ~Components.compacted
        guard interpreter.features.instructions.contains(.xsavec), present & ~enabled == 0 else {
            throw refuse("XCOMP_BV", format)
        }
        if held & ~present != 0 { throw refuse("XSTATE_BV", held) }
        for word in stride(from: UInt64(16), to: 64, by: 8) {
            let value = readLinear(wrapped(header &+ word), as: UInt64.self)
            if value != 0 { throw refuse("the header of an XSAVE area", value) }
        }
    }
}
