/// How the CPU translates linear addresses: what a page walk takes from the control registers and the CPU model
/// (SDM 3A 4.1).
public struct PagingRules: Equatable, Sendable {
    public enum Mode: UInt8, Sendable {
        /// CR0.PG is clear: linear addresses are physical.
        case none
        /// Two levels of 4-byte entries.
        case bits32
        /// Page-directory pointers in registers, and two levels of 8-byte entries.
        case pae
        case levels4
        case levels5
    }

    public var mode: Mode
    /// CR3
    public var root: UInt64
    /// CR0.WP: supervisor writes heed R/W.
    public var writeProtect: Bool
    /// CR4.PSE, or a mode that has large pages anyway.
    public var largePages: Bool
    /// EFER.NXE: bit 63 forbids fetches; without it that bit is reserved.
    public var noExecute: Bool
    /// CR4.SMEP
    public var executionPrevention: Bool
    /// CR4.SMAP
    public var accessPrevention: Bool
    /// CR4.PGE
    public var globalPages: Bool
    /// MAXPHYADDR (SDM 3A 4.1.4).
    public var physicalBits: UInt8
    /// 1 GiB pages (CPUID 80000001h:EDX.26).
    public var gigabytePages: Bool

    public init(_ cpu: UnsafePointer<CPUFile>, model: CPUModel) {
        self.init(cpu, physicalBits: model.physicalAddressBits, gigabytePages: model.hasGigabytePages)
    }

    public init(_ cpu: UnsafePointer<CPUFile>, physicalBits: UInt8, gigabytePages: Bool) {
        let cr4 = cpu.pointee.cr4
        let extended = cr4 & ControlBits.physicalAddressExtension != 0
        if cpu.pointee.cr0 & ControlBits.paging == 0 {
            mode = .none
        } else if cpu.pointee.isLong {
            mode = cr4 & ControlBits.linearAddress57 != 0 ? .levels5 : .levels4
        } else {
            mode = extended ? .pae : .bits32
        }
        root = cpu.pointee.cr3
        writeProtect = cpu.pointee.cr0 & ControlBits.writeProtect != 0
        largePages = extended || cr4 & ControlBits.pageSizeExtensions != 0
        noExecute = cpu.pointee.efer & ControlBits.noExecuteEnable != 0
        executionPrevention = cr4 & ControlBits.executionPrevention != 0
        accessPrevention = cr4 & ControlBits.accessPrevention != 0
        globalPages = cr4 & ControlBits.pageGlobalEnable != 0
        self.physicalBits = physicalBits
        self.gigabytePages = gigabytePages
    }

    /// An error code tells of fetches (I/D) only where something can forbid them (SDM 3A 4.7).
    var tellsFetches: Bool { executionPrevention || (noExecute && mode != .bits32) }

    /// What a cached translation allows: the page that a leaf maps, by its rights of all levels (SDM 3A 4.6).
    @inline(__always)
    public func permits(_ leaf: PageLeaf, _ access: PageAccess) -> Bool {
        if access.contains(.user) {
            guard leaf.isUser else { return false }
            if access.contains(.write) { return leaf.isWritable }
            return !access.contains(.fetch) || !leaf.forbidsFetch
        }
        if access.contains(.fetch) { return !leaf.forbidsFetch && !(executionPrevention && leaf.isUser) }
        if accessPrevention, leaf.isUser, !access.contains(.accessesUser) { return false }
        return !access.contains(.write) || leaf.isWritable || !writeProtect
    }
}

/// What an access wants of a page.
public struct PageAccess: OptionSet, Sendable {
    public let rawValue: UInt8
    @inlinable @inline(__always) public init(rawValue: UInt8) { self.rawValue = rawValue }
    @inlinable @inline(__always) public static var write: PageAccess { PageAccess(rawValue: 1) }
    @inlinable @inline(__always) public static var fetch: PageAccess { PageAccess(rawValue: 2) }
    /// At CPL 3, and not an implicit access to a system table (SDM 3A 4.6.1).
    @inlinable @inline(__always) public static var user: PageAccess { PageAccess(rawValue: 4) }
    /// By a supervisor with EFLAGS.AC set: CR4.SMAP does not hold it back.
    @inlinable @inline(__always) public static var accessesUser: PageAccess { PageAccess(rawValue: 8) }
}

/// A finished translation of one 4 KiB page: its physical address, and in the low bits what all levels together say.
public struct PageLeaf: Equatable, Sendable {
    public var bits: UInt64
    @inlinable @inline(__always) public init(bits: UInt64) { self.bits = bits }

    @inlinable @inline(__always) public static var writable: UInt64 { 1 }
    @inlinable @inline(__always) public static var user: UInt64 { 2 }
    @inlinable @inline(__always) public static var noFetch: UInt64 { 4 }
    @inlinable @inline(__always) public static var dirty: UInt64 { 8 }
    @inlinable @inline(__always) public static var global: UInt64 { 16 }
    /// Part of a page of 2 or 4 MiB, or of 1 GiB.
    @inlinable @inline(__always) public static var large: UInt64 { 32 }
    @inlinable @inline(__always) public static var huge: UInt64 { 64 }

    @inlinable @inline(__always) public var physical: UInt64 { bits & ~4095 }
    @inlinable @inline(__always) public var isWritable: Bool { bits & Self.writable != 0 }
    @inlinable @inline(__always) public var isUser: Bool { bits & Self.user != 0 }
    @inlinable @inline(__always) public var forbidsFetch: Bool { bits & Self.noFetch != 0 }
    @inlinable @inline(__always) public var isDirty: Bool { bits & Self.dirty != 0 }
    @inlinable @inline(__always) public var isGlobal: Bool { bits & Self.global != 0 }
    @inlinable @inline(__always) public var isLarge: Bool { bits & (Self.large | Self.huge) != 0 }
}

/// The check of a page walk that failed.
public enum PageProblem: UInt8, Equatable, Sendable {
    /// #PF. P of an entry is clear (SDM 3A 4.7).
    case notPresent
    /// #PF. An entry has a reserved bit set (SDM 3A 4.7).
    case reservedBits
    /// #PF. A write that the R/W bits of all levels together do not allow: at CPL 3, or under CR0.WP (SDM 3A 4.6).
    case notWritable
    /// #PF. An access at CPL 3 to a page without U/S at all levels (SDM 3A 4.6).
    case supervisorOnly
    /// #PF. A fetch from a page with XD set at some level (SDM 3A 4.6).
    case notExecutable
    /// #PF. CR4.SMEP: a supervisor fetched from a user page (SDM 3A 4.6).
    case userFetch
    /// #PF. CR4.SMAP: a supervisor accessed a user page with EFLAGS.AC clear (SDM 3A 4.6).
    case userAccess
}

/// Why a linear address has no translation: the entry that decided, and the error code of the page fault.
public struct PageFault: Error, Equatable, Sendable {
    public var problem: PageProblem
    public var linear: UInt64
    /// 1 is the page table; 5 at most.
    public var level: UInt8
    /// Physical address of the entry; of a page-directory pointer under PAE, its number 0-3.
    public var entryAddress: UInt64
    public var entry: UInt64
    /// P, W/R, U/S, RSVD, I/D (SDM 3A 4.7).
    public var errorCode: UInt32

    public init(
        _ problem: PageProblem, linear: UInt64, level: UInt8, entryAddress: UInt64, entry: UInt64, errorCode: UInt32
    ) {
        self.problem = problem
        self.linear = linear
        self.level = level
        self.entryAddress = entryAddress
        self.entry = entry
        self.errorCode = errorCode
    }
}

extension PageFault {
    /// `page-table entry`, as the manuals call it.
    private var entryName: String {
        switch level {
        case 1: "page-table entry"
        case 2: "page-directory entry"
        case 3: "page-directory-pointer entry"
        case 4: "PML4 entry"
        default: "PML5 entry"
        }
    }

    /// What went wrong, in plain words without a final stop.
    public var sentence: String {
        let what =
            errorCode & 16 != 0 ? "a fetch from" : errorCode & 2 != 0 ? "a write to" : "a read of"
        let who = errorCode & 4 != 0 ? " at CPL 3" : ""
        let place = "\(entryName) at \(hexadecimal(entryAddress))h (\(hexadecimal(entry))h)"
        let start = "\(what) linear address \(hexadecimal(linear))h\(who)"
        switch problem {
        case .notPresent: return "\(start): the \(place) is not present"
        case .reservedBits: return "\(start): the \(place) sets reserved bits"
        case .notWritable: return "\(start): the \(place) makes it read-only"
        case .supervisorOnly: return "\(start): the \(place) is for the supervisor only"
        case .notExecutable: return "\(start): the \(place) forbids execution (XD)"
        case .userFetch: return "\(start): CR4.SMEP forbids the supervisor to run user pages (\(place))"
        case .userAccess: return "\(start): CR4.SMAP forbids the supervisor user pages while EFLAGS.AC is 0 (\(place))"
        }
    }
}
