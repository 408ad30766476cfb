/// Where linear pages are in host memory: what the hit path of every access reads.
///
/// Direct-mapped by page number. One compare tells that an access is present, permitted, plain memory and within one
/// page: the tag is the linear page, and the access's *last* byte is compared against it, so that one which
/// crosses into the next page never matches.
///
/// It holds copies of what `TranslationBuffer` holds, or of the memory map without paging, so that losing an entry changes
/// nothing. There is a table for each set of rights; an engine reads the one that is right for what runs.
public final class TLB {
    /// Which rights a table is for.
    public enum Table: Int, Sendable, CaseIterable {
        /// CPL 0-2, implicit accesses to system tables, and everything without paging.
        case supervisor
        /// CPL 0-2 with EFLAGS.AC under CR4.SMAP.
        case supervisorToUser
        case user
        /// Fetches at CPL 0-2 and 3: the addend leads to the physical address.
        case supervisorCode
        case userCode
    }

    @inlinable @inline(__always) public static var entries: Int { 1024 }
    /// Bytes an entry: read tag, write tag, host address minus linear address, host page.
    @inlinable @inline(__always) public static var entrySize: Int { 32 }
    @inlinable @inline(__always) public static var tableSize: Int { entries * entrySize }
    @inlinable @inline(__always) public static var readTag: Int { 0 }
    @inlinable @inline(__always) public static var writeTag: Int { 8 }
    @inlinable @inline(__always) public static var addend: Int { 16 }
    @inlinable @inline(__always) public static var page: Int { 24 }
    /// Not page-aligned: matches no page.
    @inlinable @inline(__always) static var invalid: UInt64 { 1 }
    private static var mostFilled: Int { 1024 }

    /// The tables, one behind the other.
    public let storage: UnsafeMutableRawPointer
    /// Offsets of entries that were filled since the last flush; more than `mostFilled` are not told apart.
    private let filled: UnsafeMutablePointer<UInt32>
    private var filledCount = 0

    init() {
        storage = .allocate(byteCount: Table.allCases.count * Self.tableSize, alignment: 64)
        filled = .allocate(capacity: Self.mostFilled)
        filledCount = Self.mostFilled + 1
        flush()
    }

    deinit {
        storage.deallocate()
        filled.deallocate()
    }

    public func flush() {
        if filledCount > Self.mostFilled {
            for index in 0..<Table.allCases.count * Self.entries { clear(storage + index * Self.entrySize) }
        } else {
            for index in 0..<filledCount { clear(storage + Int(filled[index])) }
        }
        filledCount = 0
    }

    private func clear(_ entry: UnsafeMutableRawPointer) {
        entry.storeBytes(of: Self.invalid, toByteOffset: Self.readTag, as: UInt64.self)
        entry.storeBytes(of: Self.invalid, toByteOffset: Self.writeTag, as: UInt64.self)
        entry.storeBytes(of: 0, toByteOffset: Self.addend, as: UInt64.self)
        entry.storeBytes(of: 0, toByteOffset: Self.page, as: UInt64.self)
    }

    @inlinable @inline(__always)
    public static func entry(_ table: UnsafeMutableRawPointer, for linear: UInt64) -> UnsafeMutableRawPointer {
        table + Int(truncatingIfNeeded: (linear >> 7) & UInt64((entries - 1) * entrySize))
    }

    @inlinable @inline(__always) public func start(of table: Table) -> UnsafeMutableRawPointer {
        storage + table.rawValue &* Self.tableSize
    }

    func enter(
        _ table: Table, linear: UInt64, page: UnsafeMutableRawPointer, writable: Bool
    ) {
        let linearPage = linear & ~4095
        let entry = fill(table, linear)
        let keepsWrite = entry.load(fromByteOffset: Self.writeTag, as: UInt64.self) == linearPage
        entry.storeBytes(of: linearPage, toByteOffset: Self.readTag, as: UInt64.self)
        entry.storeBytes(
            of: writable || keepsWrite ? linearPage : Self.invalid, toByteOffset: Self.writeTag, as: UInt64.self)
        entry.storeBytes(
            of: UInt64(UInt(bitPattern: page)) &- linearPage, toByteOffset: Self.addend, as: UInt64.self)
        entry.storeBytes(of: UInt64(UInt(bitPattern: page)), toByteOffset: Self.page, as: UInt64.self)
    }

    /// Where fetches from the page of `linear` lead; `page` is nil for what is no memory.
    public func enterCode(_ table: Table, linear: UInt64, physical: UInt64, page: UnsafeMutableRawPointer?) {
        let entry = fill(table, linear)
        entry.storeBytes(of: linear & ~4095, toByteOffset: Self.readTag, as: UInt64.self)
        entry.storeBytes(of: (physical & ~4095) &- (linear & ~4095), toByteOffset: Self.addend, as: UInt64.self)
        entry.storeBytes(of: UInt64(UInt(bitPattern: page)), toByteOffset: Self.page, as: UInt64.self)
    }

    private func fill(_ table: Table, _ linear: UInt64) -> UnsafeMutableRawPointer {
        let entry = Self.entry(start(of: table), for: linear)
        if entry.load(fromByteOffset: Self.readTag, as: UInt64.self) == Self.invalid {
            if filledCount < Self.mostFilled { filled[filledCount] = UInt32(truncatingIfNeeded: entry - storage) }
            filledCount = min(filledCount + 1, Self.mostFilled + 1)
        }
        return entry
    }

    /// Drops the page of `linear` from all tables.
    func forget(_ linear: UInt64) {
        for table in Table.allCases {
            let entry = Self.entry(start(of: table), for: linear)
            guard entry.load(fromByteOffset: Self.readTag, as: UInt64.self) == linear & ~4095 else { continue }
            // It stays in the list of those that were filled.
            entry.storeBytes(of: Self.forgotten, toByteOffset: Self.readTag, as: UInt64.self)
            entry.storeBytes(of: Self.invalid, toByteOffset: Self.writeTag, as: UInt64.self)
        }
    }

    /// As invalid as `invalid`.
    @inlinable @inline(__always) static var forgotten: UInt64 { 3 }

    /// Code was decoded from this page: no entry may let stores pass unseen.
    func forbidWrites(to page: UnsafeMutableRawPointer) {
        let address = UInt64(UInt(bitPattern: page))
        for index in 0..<Table.supervisorCode.rawValue * Self.entries {
            let entry = storage + index * Self.entrySize
            if entry.load(fromByteOffset: Self.page, as: UInt64.self) == address {
                entry.storeBytes(of: Self.invalid, toByteOffset: Self.writeTag, as: UInt64.self)
            }
        }
    }
}
