/// Where linear pages are in host memory: what the hit path of every access reads.
///
/// Direct-mapped by page number. One compare tells that an access is present, permitted, plain memory and within one
/// page: the tag is the linear page, and the access's *last* byte is compared against it, so that one which
/// crosses into the next page never matches.
public final class TLB {
    @inlinable @inline(__always) public static var entries: Int { 1024 }
    /// Bytes an entry: read tag, write tag, host address minus linear address, host page.
    @inlinable @inline(__always) public static var entrySize: Int { 32 }
    @inlinable @inline(__always) public static var readTag: Int { 0 }
    @inlinable @inline(__always) public static var writeTag: Int { 8 }
    @inlinable @inline(__always) public static var addend: Int { 16 }
    @inlinable @inline(__always) static var page: Int { 24 }
    /// Not page-aligned: matches no page.
    @inlinable @inline(__always) static var invalid: UInt64 { 1 }

    public let storage: UnsafeMutableRawPointer

    init() {
        storage = .allocate(byteCount: Self.entries * Self.entrySize, alignment: 64)
        flush()
    }

    deinit { storage.deallocate() }

    public func flush() {
        for index in 0..<Self.entries { clear(storage + index * Self.entrySize) }
    }

    private func clear(_ entry: UnsafeMutableRawPointer) {
        entry.storeBytes(of: Self.invalid, toByteOffset: Self.readTag, as: UInt64.self)
        entry.storeBytes(of: Self.invalid, toByteOffset: Self.writeTag, as: UInt64.self)
        entry.storeBytes(of: 0, toByteOffset: Self.addend, as: UInt64.self)
        entry.storeBytes(of: 0, toByteOffset: Self.page, as: UInt64.self)
    }

    @inlinable @inline(__always)
    public static func entry(_ storage: UnsafeMutableRawPointer, for linear: UInt64) -> UnsafeMutableRawPointer {
        storage + Int(truncatingIfNeeded: (linear >> 7) & UInt64((entries - 1) * entrySize))
    }

    func enter(linear: UInt64, page: UnsafeMutableRawPointer, writable: Bool) {
        let linearPage = linear & ~4095
        let entry = Self.entry(storage, for: linear)
        let keepsWrite = entry.load(fromByteOffset: Self.writeTag, as: UInt64.self) == linearPage
        entry.storeBytes(of: linearPage, toByteOffset: Self.readTag, as: UInt64.self)
        entry.storeBytes(
            of: writable || keepsWrite ? linearPage : Self.invalid, toByteOffset: Self.writeTag, as: UInt64.self)
        entry.storeBytes(
            of: UInt64(UInt(bitPattern: page)) &- linearPage, toByteOffset: Self.addend, as: UInt64.self)
        entry.storeBytes(of: UInt64(UInt(bitPattern: page)), toByteOffset: Self.page, as: UInt64.self)
    }

    /// Code was decoded from this page: no entry may let stores pass unseen.
    func forbidWrites(to page: UnsafeMutableRawPointer) {
        let address = UInt64(UInt(bitPattern: page))
        for index in 0..<Self.entries {
            let entry = storage + index * Self.entrySize
            if entry.load(fromByteOffset: Self.page, as: UInt64.self) == address {
                entry.storeBytes(of: Self.invalid, toByteOffset: Self.writeTag, as: UInt64.self)
            }
        }
    }
}
