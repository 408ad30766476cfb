import Machine
import X86ISA

/// From linear to physical addresses: page walks, page faults, and accesses with other rights than those of CPL.
extension Core {
    @inline(__always) var isPaging: Bool { scratch.pointee.isPaging }

    /// Rights of an explicit access at `privilege`.
    private func access(write: Bool, privilege: UInt8) -> (PageAccess, TLB.Table) {
        var access: PageAccess = write ? .write : []
        if privilege == 3 { return (access.union(.user), .user) }
        guard interpreter.rules.accessPrevention, file.pointee.rflags & UInt64(Flags.alignmentCheck) != 0 else {
            return (access, .supervisor)
        }
        access.insert(.accessesUser)
        return (access, .supervisorToUser)
    }

    /// Makes the TLB's table that of the present CPL, EFLAGS.AC and CR0.PG.
    @inline(__always) func selectTable() {
        let paging = file.pointee.cr0 & ControlBits.paging != 0
        scratch.pointee.isPaging = paging
        let table = paging ? access(write: false, privilege: cpl).1 : .supervisor
        scratch.pointee.tlb = scratch.pointee.tables + table.rawValue &* TLB.tableSize
    }

    /// Physical address, before the A20 gate, of a data access within one page; #PF where there is none.
    @inline(never)
    func translate(_ linear: UInt64, _ access: PageAccess, _ table: TLB.Table) throws(Exception) -> UInt64 {
        let rules = scratch.pointee.interpreter._withUnsafeGuaranteedRef { $0.rules }
        let writes = access.contains(.write)
        var leaf: PageLeaf
        if let held = held(linear, fetch: false), rules.permits(held, access),
            held.isDirty || !writes
        {
            leaf = held
        } else {
            do throws(PageFault) {
                leaf = try walk(rules).translate(linear, access, marks: true)
            } catch {
                translations.invalidate(linear)
                throw Exception(error)
            }
            scratch.pointee.translations._withUnsafeGuaranteedRef { $0.enter(linear, leaf, fetch: false) }
        }
        let physical = leaf.physical | linear & 4095
        scratch.pointee.memory._withUnsafeGuaranteedRef {
            $0.fill(
                table, linear: linear, physical: physical,
                write: leaf.isDirty && rules.permits(leaf, access.union(.write)))
        }
        scratch.pointee.interpreter._withUnsafeGuaranteedRef {
            $0.recent = ($0.recent.1, $0.recent.2, (linear & ~4095, leaf.physical))
        }
        return physical
    }

    // On these paths a class is used in place: to retain and release it would cost more than what it is asked for.

    @inline(__always) private func held(_ linear: UInt64, fetch: Bool) -> PageLeaf? {
        scratch.pointee.translations._withUnsafeGuaranteedRef { $0.find(linear, fetch: fetch) }
    }

    @inline(__always) private func walk(_ rules: PagingRules) -> PageWalk {
        scratch.pointee.memory._withUnsafeGuaranteedRef { PageWalk($0, file, rules: rules) }
    }

    /// Checks that `size` bytes (4,096 at most) can be accessed at the present privilege: then `readLinear` and
    /// `writeLinear` find them.
    @inline(__always) func probe(_ linear: UInt64, _ size: UInt64, write: Bool) throws(Exception) {
        guard isPaging else { return }
        let entry = TLB.entry(scratch.pointee.tlb, for: linear)
        let tag = entry.load(fromByteOffset: write ? TLB.writeTag : TLB.readTag, as: UInt64.self)
        guard _slowPath(tag != (linear &+ size &- 1) & ~4095) else { return }
        try probeSlowly(linear, size, write: write)
    }

    @inline(never) private func probeSlowly(_ linear: UInt64, _ size: UInt64, write: Bool) throws(Exception) {
        let (access, table) = access(write: write, privilege: cpl)
        _ = try translate(linear, access, table)
        if linear & 4095 &+ size > 4096 { _ = try translate(wrapped((linear & ~4095) &+ 4096), access, table) }
    }

    /// Physical address of a byte that was probed.
    func probedPhysical(_ linear: UInt64, write: Bool) -> UInt64 {
        let (access, table) = access(write: write, privilege: cpl)
        do throws(Exception) { return try translate(linear, access, table) } catch {
            // The instruction's own first half took the page away: it goes on with what it had found.
            let recent = interpreter.recent
            for (page, physical) in [recent.2, recent.1, recent.0] where page == linear & ~4095 {
                return physical | linear & 4095
            }
            return .max
        }
    }

    /// Where a linear address leads, without any effect: for the debugger and fault records.
    func physicalQuietly(_ linear: UInt64, fetch: Bool) -> UInt64? {
        guard isPaging else { return linear & scratch.pointee.a20Mask }
        if let leaf = held(linear, fetch: fetch) {
            return (leaf.physical | linear & 4095) & scratch.pointee.a20Mask
        }
        do throws(PageFault) {
            // Rights do not matter here.
            let leaf = try walk(interpreter.rules).translate(linear, fetch ? .accessesUser : [], marks: false)
            return (leaf.physical | linear & 4095) & scratch.pointee.a20Mask
        } catch {
            return nil
        }
    }

    // MARK: Fetches

    /// Physical address, behind the A20 gate, of a byte of code; #PF where there is none.
    @inline(__always) func translateFetch(_ linear: UInt64) throws(Exception) -> UInt64 {
        guard isPaging else { return linear & scratch.pointee.a20Mask }
        let table: TLB.Table = cpl == 3 ? .userCode : .supervisorCode
        let entry = TLB.entry(scratch.pointee.tables + table.rawValue &* TLB.tableSize, for: linear)
        if _fastPath(entry.load(fromByteOffset: TLB.readTag, as: UInt64.self) == linear & ~4095) {
            return (entry.load(fromByteOffset: TLB.addend, as: UInt64.self) &+ linear) & scratch.pointee.a20Mask
        }
        return try translateFetchSlowly(linear, table)
    }

    @inline(never)
    private func translateFetchSlowly(_ linear: UInt64, _ table: TLB.Table) throws(Exception) -> UInt64 {
        guard isCanonical(linear) else { throw generalProtection(0, .nonCanonical(address: linear)) }
        let access: PageAccess = table == .userCode ? [.fetch, .user] : .fetch
        let rules = scratch.pointee.interpreter._withUnsafeGuaranteedRef { $0.rules }
        let leaf: PageLeaf
        if let held = held(linear, fetch: true), rules.permits(held, access) {
            leaf = held
        } else {
            do throws(PageFault) {
                leaf = try walk(rules).translate(linear, access, marks: true)
            } catch {
                translations.invalidate(linear)
                scratch.pointee.modeChanged = 1
                throw Exception(error)
            }
            scratch.pointee.translations._withUnsafeGuaranteedRef { $0.enter(linear, leaf, fetch: true) }
            scratch.pointee.modeChanged = 1
        }
        let physical = leaf.physical | linear & 4095
        var page: Pointer?
        scratch.pointee.memory._withUnsafeGuaranteedRef {
            switch $0.target(of: physical & scratch.pointee.a20Mask) {
            case .ram(let host), .rom(let host): page = host
            case .mmio, .nothing: break
            }
            $0.tlb.enterCode(table, linear: linear, physical: leaf.physical, page: page)
        }
        return physical & scratch.pointee.a20Mask
    }

    /// A byte of an instruction: code is not watched.
    func fetchByte(_ linear: UInt64) throws(Exception) -> UInt8 {
        let physical = try translateFetch(linear)
        enterDeviceIfNeeded(physical)
        defer { if io.attention { scratch.pointee.stopTrace = 1 } }
        return memory.read(physical, as: UInt8.self)
    }

    // MARK: With the rights of the system, or of another level

    /// Linear addresses of system tables have 64 bits in IA-32e mode.
    @inline(__always) func systemWrapped(_ linear: UInt64) -> UInt64 {
        file.pointee.isLong ? linear : linear & 0xFFFF_FFFF
    }

    /// Reads a system table: an implicit supervisor access at any CPL (SDM 3A 4.6).
    @inline(__always)
    func readSystem<T: FixedWidthInteger & UnsignedInteger>(_ linear: UInt64, as type: T.Type) throws(Exception) -> T {
        let entry = TLB.entry(scratch.pointee.tables, for: linear)
        let last = linear &+ UInt64(T.bitWidth / 8 - 1)
        if _fastPath(entry.load(fromByteOffset: TLB.readTag, as: UInt64.self) == last & ~4095) {
            let host = entry.load(fromByteOffset: TLB.addend, as: UInt64.self) &+ linear
            // SAFETY: as in `readLinear`.
            return Pointer(bitPattern: UInt(host)).unsafelyUnwrapped.loadUnaligned(as: T.self)
        }
        guard isPaging else { return readSlowly(linear, as: T.self) }
        return try readSystemSlowly(linear, as: T.self)
    }

    @inline(never)
    private func readSystemSlowly<T: FixedWidthInteger & UnsignedInteger>(
        _ linear: UInt64, as type: T.Type
    ) throws(Exception) -> T {
        let size = UInt64(T.bitWidth / 8)
        if linear & 4095 > 4096 - size {
            var value: T = 0
            for index in 0..<size {
                let byte = try readSystem(systemWrapped(linear &+ index), as: UInt8.self)
                value |= T(truncatingIfNeeded: byte) &<< T(truncatingIfNeeded: index * 8)
            }
            return value
        }
        let physical = try translate(linear, [], .supervisor)
        let value: T = readPhysical(physical)
        if _slowPath(!memory.watches.isEmpty) { noteWatched(linear, T.bitWidth / 8, UInt64(value), write: false) }
        return value
    }

    /// Checks that a byte of a system table can be read or written.
    func probeSystem(_ linear: UInt64, write: Bool) throws(Exception) {
        guard isPaging else { return }
        _ = try translate(linear, write ? .write : [], .supervisor)
    }

    /// Writes a system table.
    func writeSystem<T: FixedWidthInteger & UnsignedInteger>(_ linear: UInt64, _ value: T) throws(Exception) {
        guard isPaging else { return writeLinear(linear, value) }
        try write(linear, value, .write, .supervisor)
    }

    /// Writes to a stack with the rights of the level that it belongs to. Sizes are 1, 2, 4, 8.
    func writeStack(_ linear: UInt64, _ size: UInt8, _ value: UInt64, privilege: UInt8) throws(Exception) {
        guard isPaging else { return writeLinear(linear, size, value) }
        let (access, table) = access(write: true, privilege: privilege)
        switch size {
        case 1: try write(linear, UInt8(truncatingIfNeeded: value), access, table)
        case 2: try write(linear, UInt16(truncatingIfNeeded: value), access, table)
        case 4: try write(linear, UInt32(truncatingIfNeeded: value), access, table)
        default: try write(linear, value, access, table)
        }
    }

    private func write<T: FixedWidthInteger & UnsignedInteger>(
        _ linear: UInt64, _ value: T, _ access: PageAccess, _ table: TLB.Table
    ) throws(Exception) {
        let size = UInt64(T.bitWidth / 8)
        if _slowPath(!memory.watches.isEmpty) { noteWatched(linear, Int(size), UInt64(value), write: true) }
        let first = try translate(linear, access, table)
        guard linear & 4095 > 4096 - size else { return writePhysical(first, value) }
        let next = systemWrapped((linear & ~4095) &+ 4096)
        let second = try translate(next, access, table)
        for index in 0..<size {
            let place = linear & 4095 &+ index
            let byte = UInt8(truncatingIfNeeded: value &>> T(truncatingIfNeeded: index * 8))
            writePhysical(place < 4096 ? first &+ index : second &+ (place &- 4096), byte)
        }
    }

    func readPhysical<T: FixedWidthInteger & UnsignedInteger>(_ physical: UInt64) -> T {
        enterDeviceIfNeeded(physical & scratch.pointee.a20Mask)
        let value = memory.read(physical, as: T.self)
        if io.attention { scratch.pointee.stopTrace = 1 }
        return value
    }

    func writePhysical<T: FixedWidthInteger & UnsignedInteger>(_ physical: UInt64, _ value: T) {
        enterDeviceIfNeeded(physical & scratch.pointee.a20Mask)
        scratch.pointee.memory._withUnsafeGuaranteedRef { $0.write(physical, value) }
        if scratch.pointee.io._withUnsafeGuaranteedRef({ $0.attention }) { scratch.pointee.stopTrace = 1 }
    }

    /// Makes the clock exact where a device lies at a physical address.
    private func enterDeviceIfNeeded(_ physical: UInt64) {
        if case .mmio = scratch.pointee.memory._withUnsafeGuaranteedRef({ $0.target(of: physical) }) {
            synchroniseClock()
        }
    }
}
