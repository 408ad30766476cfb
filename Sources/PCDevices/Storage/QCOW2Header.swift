/// Why an image cannot be opened.
public enum QCOW2Error: Error, Equatable, Sendable, CustomStringConvertible {
    case file(RawImage.OpenError)
    case notQCOW2
    /// Sound, as far as that can be told, but beyond what is there: a sentence.
    case unsupported(String)
    case damaged(String)
    /// The file below it.
    case backing(path: String, reason: String)

    public var description: String {
        switch self {
        case .file(.host(let number)): "the host says error \(number)"
        case .file(.inUse): "it is in use by another program"
        case .file(.directory): "it is a directory"
        case .file(.empty): "it is empty"
        case .file(.notAFile): "it is no file or block device"
        case .notQCOW2: "it does not begin as a qcow2 image does"
        case .unsupported(let what): what
        case .damaged(let what): "it is damaged: \(what)"
        case .backing(let path, let reason): "its backing file \(path): \(reason)"
        }
    }
}

/// The first bytes of a qcow2 image (QEMU's docs/interop/qcow2.txt). All numbers are big-endian.
struct QCOW2Header: Equatable {
    static let magic: [UInt8] = [0x51, 0x46, 0x49, 0xFB]

    /// Incompatible features: whoever does not know one must not open the image.
    enum Incompatible {
        static let dirty: UInt64 = 1
        static let corrupt: UInt64 = 2
        static let externalData: UInt64 = 4
        static let compressionType: UInt64 = 8
        static let extendedL2: UInt64 = 16
    }

    /// Header fields that are written again.
    enum Place {
        static let refcountTable: UInt64 = 48
        static let autoclear: UInt64 = 88
    }

    var version: UInt32
    var clusterBits: Int
    /// Of the disk, in bytes.
    var size: UInt64
    var l1Size: Int
    var l1Offset: UInt64
    var refcountTableOffset: UInt64
    var refcountTableClusters: UInt64
    /// Refcounts have 2^`refcountOrder` bits.
    var refcountOrder: Int
    var incompatible: UInt64 = 0
    var autoclear: UInt64 = 0
    var backingPath: String?
    var backingFormat: String?

    var clusterSize: Int { 1 << clusterBits }

    /// `start`: what the file begins with, the first cluster as far as it is there. `readOnly`: nothing is to be written.
    init(_ start: [UInt8], readOnly: Bool) throws(QCOW2Error) {
        guard start.count >= 72, Array(start[0..<4]) == Self.magic else { throw .notQCOW2 }
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            guard offset + count <= start.count else { return 0 }
            return start[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        version = UInt32(truncatingIfNeeded: number(4, 4))
        guard version == 2 || version == 3 else { throw .unsupported("qcow2 version \(version) is not known here") }
        clusterBits = Int(number(20, 4))
        guard (9...21).contains(clusterBits) else { throw .damaged("clusters of 2^\(clusterBits) bytes") }
        size = number(24, 8)
        guard size <= 1 << 56 else { throw .damaged("a disk of \(size) bytes") }
        switch number(32, 4) {
        case 0: break
        case 1: throw .unsupported("it is encrypted (AES); decrypt it with qemu-img convert")
        case 2: throw .unsupported("it is encrypted (LUKS); decrypt it with qemu-img convert")
        default: throw .unsupported("it is encrypted in a way that is not known here")
        }
        // QEMU's own bounds: 32 MiB of L1 table, 8 MiB of refcount table.
        let entries = number(36, 4)
        l1Offset = number(40, 8)
        let perEntry = UInt64(1) << UInt64(2 * clusterBits - 3)
        guard entries <= 4 << 20, size.dividedUp(by: perEntry) <= entries, l1Offset % UInt64(1 << clusterBits) == 0,
            l1Offset > 0, l1Offset < 1 << 56
        else { throw .damaged("its L1 table of \(entries) entries at \(l1Offset) does not cover the disk") }
        l1Size = Int(entries)
        refcountTableOffset = number(48, 8)
        refcountTableClusters = number(56, 4)
        guard refcountTableOffset % UInt64(1 << clusterBits) == 0, refcountTableOffset > 0,
            refcountTableOffset < 1 << 56,
            refcountTableClusters << UInt64(clusterBits) <= 8 << 20
        else { throw .damaged("its refcount table") }
        refcountOrder = 4
        var headerLength = 72
        if version >= 3 {
            guard start.count >= 104 else { throw .damaged("it ends within its header") }
            incompatible = number(72, 8)
            autoclear = number(88, 8)
            refcountOrder = Int(number(96, 4))
            headerLength = Int(number(100, 4))
            guard (0...6).contains(refcountOrder) else { throw .damaged("refcounts of 2^\(refcountOrder) bits") }
            guard headerLength >= 104, headerLength % 8 == 0, headerLength <= 1 << clusterBits else {
                throw .damaged("a header of \(headerLength) bytes")
            }
        }
        try checkFeatures(compression: headerLength > 104 ? number(104, 1) : 0, readOnly: readOnly)
        try readBacking(start, number(8, 8), Int(number(16, 4)), headerLength)
    }

    private func checkFeatures(compression: UInt64, readOnly: Bool) throws(QCOW2Error) {
        if incompatible & Incompatible.externalData != 0 {
            throw .unsupported("its data is in another file (external data file)")
        }
        if incompatible & Incompatible.extendedL2 != 0 {
            throw .unsupported("it has subclusters (extended L2 entries); rewrite it with qemu-img convert")
        }
        if incompatible & Incompatible.compressionType != 0, compression != 0 {
            throw .unsupported("it is compressed with zstd; rewrite it with qemu-img convert")
        }
        let unknown = incompatible & ~0x1F
        if unknown != 0 {
            throw .unsupported("it has the unknown incompatible feature bit \(unknown.trailingZeroBitCount)")
        }
        if !readOnly, incompatible & Incompatible.corrupt != 0 {
            throw .unsupported("it is marked as corrupt; repair it with qemu-img check -r all, or open it read-only")
        }
        if !readOnly, incompatible & Incompatible.dirty != 0 {
            throw .unsupported(
                "it was not closed and its refcounts are not up to date; repair it with qemu-img check -r all")
        }
    }

    /// The backing file's name, and its format from the header extension E2792ACAh.
    private mutating func readBacking(
        _ start: [UInt8], _ offset: UInt64, _ count: Int, _ headerLength: Int
    ) throws(QCOW2Error) {
        guard offset != 0 else { return }
        guard count > 0, count <= 1023, offset >= 72, offset <= UInt64(start.count - count) else {
            throw .damaged("the name of its backing file")
        }
        backingPath = String(decoding: start[Int(offset)..<Int(offset) + count], as: UTF8.self)
        var place = headerLength
        while place + 8 <= min(start.count, Int(offset)) {
            let fields = start[place..<place + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let kind = fields >> 32, length = Int(fields & 0xFFFF_FFFF)
            guard kind != 0, length <= start.count - place - 8 else { return }
            if kind == 0xE279_2ACA {
                backingFormat = String(decoding: start[place + 8..<place + 8 + length], as: UTF8.self)
            }
            place += 8 + (length + 7) & ~7
        }
    }
}

extension UInt64 {
    func dividedUp(by divisor: UInt64) -> UInt64 { self / divisor + (self % divisor == 0 ? 0 : 1) }
}
