/// A walk through the page tables (SDM 3A 4.3, 4.4, 4.5).
///
/// The walk reads RAM and ROM; where an entry would lie in a device or in nothing, it reads as all ones. With `marks`, the
/// accessed bits of all entries used and the dirty bit of the last are set once all checks have passed (SDM 3A 4.8).
public struct PageWalk {
    public let rules: PagingRules
    /// PDPTE registers; used under PAE alone.
    public let pointers: (UInt64, UInt64, UInt64, UInt64)
    private let memory: Unmanaged<vMEM>

    public init(_ memory: vMEM, _ cpu: UnsafePointer<CPUFile>, model: CPUModel) {
        self.init(memory, cpu, rules: PagingRules(cpu, model: model))
    }

    public init(_ memory: vMEM, _ cpu: UnsafePointer<CPUFile>, rules: PagingRules) {
        self.memory = .passUnretained(memory)
        self.rules = rules
        pointers = (cpu.pointee.pdpte0, cpu.pointee.pdpte1, cpu.pointee.pdpte2, cpu.pointee.pdpte3)
    }

    /// One level of tables that was used.
    public struct Step: Equatable, Sendable {
        /// 1 is the page table.
        public var level: UInt8
        /// Physical address of the entry; under PAE, number of the PDPTE register.
        public var address: UInt64
        public var entry: UInt64
    }

    private static var accessed: UInt64 { 0x20 }
    private static var dirty: UInt64 { 0x40 }
    private static var noExecute: UInt64 { 1 << 63 }

    /// The translation of a linear address for an access. `step` sees each entry on the way.
    public func translate(
        _ linear: UInt64, _ access: PageAccess, marks: Bool, step: (Step) -> Void = { _ in }
    ) throws(PageFault) -> PageLeaf {
        guard rules.mode != .none else { return PageLeaf(bits: linear & ~4095 | 0xF) }
        var steps: (Step, Step, Step, Step, Step) = (Self.none, Self.none, Self.none, Self.none, Self.none)
        let leaf = try walk(linear, access, &steps, step)
        if marks { mark(&steps, dirty: access.contains(.write)) }
        return access.contains(.write) ? PageLeaf(bits: leaf.bits | PageLeaf.dirty) : leaf
    }

    private static var none: Step { Step(level: 0, address: 0, entry: 0) }

    private func walk(
        _ linear: UInt64, _ access: PageAccess, _ steps: inout (Step, Step, Step, Step, Step), _ seen: (Step) -> Void
    ) throws(PageFault) -> PageLeaf {
        let isNarrow = rules.mode == .bits32
        var level: UInt8, table: UInt64
        switch rules.mode {
        case .levels5: (level, table) = (5, rules.root & 0x000F_FFFF_FFFF_F000)
        case .levels4: (level, table) = (4, rules.root & 0x000F_FFFF_FFFF_F000)
        case .pae:
            let number = linear >> 30 & 3
            let pointer = number < 2 ? (number == 0 ? pointers.0 : pointers.1) : number == 2 ? pointers.2 : pointers.3
            let step = Step(level: 3, address: number, entry: pointer)
            seen(step)
            guard pointer & 1 != 0 else { throw fault(.notPresent, linear, step, access) }
            (level, table) = (2, pointer & 0x000F_FFFF_FFFF_F000)
        default: (level, table) = (2, rules.root & 0xFFFF_F000)
        }
        var writable = true, user = true, noFetch = false
        // The first entry that takes a right away is the one to name.
        var denying: (writable: Step, user: Step, fetch: Step) = (Self.none, Self.none, Self.none)
        while true {
            let shift = isNarrow ? UInt64(level) * 10 + 2 : UInt64(level) * 9 + 3
            let index = linear >> shift & (isNarrow ? 1023 : 511)
            let address = table &+ index &* (isNarrow ? 4 : 8)
            let entry = read(address, isNarrow)
            let step = Step(level: level, address: address, entry: entry)
            seen(step)
            guard entry & 1 != 0 else { throw fault(.notPresent, linear, step, access) }
            let isLeaf = level == 1 || (level <= 3 && entry & 0x80 != 0 && rules.largePages)
            guard entry & reserved(level, entry, isLeaf: isLeaf) == 0 else {
                throw fault(.reservedBits, linear, step, access)
            }
            if entry & 2 == 0, writable {
                writable = false
                denying.writable = step
            }
            if entry & 4 == 0, user {
                user = false
                denying.user = step
            }
            if !isNarrow, entry & Self.noExecute != 0, rules.noExecute, !noFetch {
                noFetch = true
                denying.fetch = step
            }
            keep(step, &steps)
            guard isLeaf else {
                table = entry & (isNarrow ? 0xFFFF_F000 : 0x000F_FFFF_FFFF_F000)
                level -= 1
                continue
            }
            var bits: UInt64 = 0
            if writable { bits |= PageLeaf.writable }
            if user { bits |= PageLeaf.user }
            if noFetch { bits |= PageLeaf.noFetch }
            if entry & Self.dirty != 0 { bits |= PageLeaf.dirty }
            if entry & 0x100 != 0, rules.globalPages { bits |= PageLeaf.global }
            if level == 2 { bits |= PageLeaf.large }
            if level == 3 { bits |= PageLeaf.huge }
            let leaf = PageLeaf(
                bits: base(level, entry, isNarrow: isNarrow) | (linear & offsets(level, isNarrow)) | bits)
            guard rules.permits(leaf, access) else {
                let (problem, at) = refusal(leaf, access, last: step, denying)
                throw fault(problem, linear, at, access)
            }
            return leaf
        }
    }

    /// Bits 12 and up of a linear address that lie within a page of this level.
    private func offsets(_ level: UInt8, _ isNarrow: Bool) -> UInt64 {
        switch level {
        case 1: 0
        case 2: isNarrow ? 0x3F_F000 : 0x1F_F000
        default: 0x3FFF_F000
        }
    }

    private func base(_ level: UInt8, _ entry: UInt64, isNarrow: Bool) -> UInt64 {
        switch level {
        case 1: entry & (isNarrow ? 0xFFFF_F000 : 0x000F_FFFF_FFFF_F000)
        // PSE-36: bits 13-20 are the address's bits 32-39 (SDM 3A table 4-4).
        case 2: isNarrow ? entry & 0xFFC0_0000 | (entry >> 13 & 0xFF) << 32 : entry & 0x000F_FFFF_FFE0_0000
        default: entry & 0x000F_FFFF_C000_0000
        }
    }

    /// Bits that must be zero in an entry that is present (SDM 3A tables 4-4 to 4-20).
    private func reserved(_ level: UInt8, _ entry: UInt64, isLeaf: Bool) -> UInt64 {
        if rules.mode == .bits32 {
            guard level == 2, isLeaf else { return 0 }
            // Without PSE-36 (which comes with MAXPHYADDR above 32) bits 13-21; with it those beyond the width.
            let width = min(UInt64(rules.physicalBits), 40)
            return 0x3F_E000 & ~(((1 << (width - 32)) - 1) << 13)
        }
        var bits: UInt64 = (0x000F_FFFF_FFFF_FFFF >> UInt64(rules.physicalBits)) << UInt64(rules.physicalBits)
        if rules.mode == .pae { bits |= 0x7FF0_0000_0000_0000 }
        if !rules.noExecute { bits |= Self.noExecute }
        switch level {
        case 1: break
        case 2: if isLeaf { bits |= 0x1F_E000 }
        case 3:
            if isLeaf { bits |= 0x3FFF_E000 }
            if !rules.gigabytePages { bits |= 0x80 }
        default: bits |= 0x80
        }
        return bits
    }

    private func refusal(
        _ leaf: PageLeaf, _ access: PageAccess, last: Step, _ denying: (writable: Step, user: Step, fetch: Step)
    ) -> (PageProblem, Step) {
        if access.contains(.user), !leaf.isUser { return (.supervisorOnly, denying.user) }
        if access.contains(.fetch) {
            return leaf.forbidsFetch ? (.notExecutable, denying.fetch) : (.userFetch, last)
        }
        if !access.contains(.user), rules.accessPrevention, leaf.isUser, !access.contains(.accessesUser) {
            return (.userAccess, last)
        }
        return (.notWritable, denying.writable)
    }

    private func fault(_ problem: PageProblem, _ linear: UInt64, _ step: Step, _ access: PageAccess) -> PageFault {
        var code: UInt32 = problem == .notPresent ? 0 : 1
        if access.contains(.write) { code |= 2 }
        if access.contains(.user) { code |= 4 }
        if problem == .reservedBits { code |= 8 }
        if access.contains(.fetch), rules.tellsFetches { code |= 16 }
        return PageFault(
            problem, linear: linear, level: step.level, entryAddress: step.address, entry: step.entry, errorCode: code)
    }

    // MARK: Entries in memory

    private func keep(_ step: Step, _ steps: inout (Step, Step, Step, Step, Step)) {
        switch step.level {
        case 1: steps.0 = step
        case 2: steps.1 = step
        case 3: steps.2 = step
        case 4: steps.3 = step
        default: steps.4 = step
        }
    }

    private func mark(_ steps: inout (Step, Step, Step, Step, Step), dirty: Bool) {
        // The leaf is the lowest level that was used.
        let leaf: UInt8 = steps.0.level != 0 ? 1 : steps.1.level != 0 ? 2 : 3
        func mark(_ step: Step) {
            guard step.level != 0 else { return }
            let wanted = step.entry | Self.accessed | (dirty && step.level == leaf ? Self.dirty : 0)
            if wanted != step.entry { write(step.address, wanted) }
        }
        mark(steps.4)
        mark(steps.3)
        mark(steps.2)
        mark(steps.1)
        mark(steps.0)
    }

    private func read(_ address: UInt64, _ isNarrow: Bool) -> UInt64 {
        switch memory._withUnsafeGuaranteedRef({ $0.target(of: address & $0.a20Mask) }) {
        case .ram(let page), .rom(let page):
            let offset = Int(address & 4095)
            return isNarrow
                ? UInt64(page.load(fromByteOffset: offset, as: UInt32.self))
                : page.load(fromByteOffset: offset, as: UInt64.self)
        case .mmio, .nothing: return isNarrow ? 0xFFFF_FFFF : .max
        }
    }

    /// Accessed and dirty are in the first byte; what lies in ROM stays as it is.
    private func write(_ address: UInt64, _ entry: UInt64) {
        memory._withUnsafeGuaranteedRef { memory in
            guard case .ram = memory.target(of: address & memory.a20Mask) else { return }
            memory.write(address, UInt8(truncatingIfNeeded: entry))
        }
    }
}
