import CZlib

/// A qcow2 image, version 2 or 3, with a backing file where it names one (QEMU's docs/interop/qcow2.txt).
///
/// Clusters are appended. Writes to clusters that are there go straight to the file; what tells of new ones is written when the
/// guest flushes, so that a flush makes all of it last, and whatever happens before leaves the image as of some moment
/// since the flush before.
public final class QCOW2Image: BlockStorage {
    /// Files in a chain of backing files.
    private static let longestChain = 16

    public let isReadOnly: Bool
    public let byteCount: UInt64
    public var sectorCount: UInt64 { byteCount.dividedUp(by: UInt64(sectorSize)) }
    /// Files below this one, the nearest first.
    public let backingPaths: [String]
    private let file: ImageFile
    private let header: QCOW2Header
    private let tables: QCOW2Tables
    private let backing: (any BlockStorage)?
    /// The last cluster that was unpacked.
    private var unpacked: (cluster: UInt64, bytes: [UInt8])?

    /// Whether a file begins as a qcow2 image.
    public static func isOne(_ path: String) -> Bool {
        guard let file = try? ImageFile(path: path, readOnly: true), let start = try? file.readUpTo(4, at: 0) else {
            return false
        }
        return start == QCOW2Header.magic
    }

    public convenience init(path: String, readOnly: Bool) throws(QCOW2Error) {
        try self.init(path: path, readOnly: readOnly, depth: 1)
    }

    private init(path: String, readOnly: Bool, depth: Int) throws(QCOW2Error) {
        do throws(RawImage.OpenError) { file = try ImageFile(path: path, readOnly: readOnly) } catch {
            throw .file(error)
        }
        let start: [UInt8]
        do throws(BlockError) { start = try file.readUpTo(2 << 20, at: 0) } catch { throw .damaged("\(error)") }
        header = try QCOW2Header(start, readOnly: readOnly)
        do throws(BlockError) {
            tables = try QCOW2Tables(file, header)
            // Whoever writes and does not keep these up must take them away.
            if !readOnly, header.autoclear != 0 {
                try file.write([UInt8](repeating: 0, count: 8), at: QCOW2Header.Place.autoclear)
            }
        } catch {
            throw .damaged("\(error)")
        }
        isReadOnly = readOnly
        byteCount = header.size
        guard header.size > 0 else { throw .damaged("it is a disk of no bytes") }
        guard let named = header.backingPath else {
            backing = nil
            backingPaths = []
            return
        }
        guard depth < Self.longestChain else {
            throw .backing(path: named, reason: "there are more than \(Self.longestChain) files in the chain")
        }
        let below = try Self.resolve(named, beside: path)
        switch header.backingFormat ?? (Self.isOne(below) ? "qcow2" : "raw") {
        case "raw":
            do throws(RawImage.OpenError) { backing = try RawImage(path: below, readOnly: true) } catch {
                throw .backing(path: below, reason: QCOW2Error.file(error).description)
            }
            backingPaths = [below]
        case "qcow2":
            do throws(QCOW2Error) {
                let image = try QCOW2Image(path: below, readOnly: true, depth: depth + 1)
                backing = image
                backingPaths = [below] + image.backingPaths
            } catch {
                throw .backing(path: below, reason: error.description)
            }
        case let other: throw .backing(path: below, reason: "its format \(other) is not known here")
        }
    }

    deinit { try? tables.commit() }

    /// A relative name counts from the image's folder.
    private static func resolve(_ name: String, beside path: String) throws(QCOW2Error) -> String {
        if name.hasPrefix("/") { return name }
        if name.hasPrefix("json:") || name.prefix(while: { $0 != "/" }).contains(":") {
            throw .backing(path: name, reason: "only files of this host can be below an image")
        }
        guard let slash = path.lastIndex(of: "/") else { return name }
        return path[...slash] + name
    }

    // MARK: Sectors

    public func read(sector: UInt64) throws(BlockError) -> [UInt8] { try read(sector: sector, count: 1) }

    public func write(sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
        guard bytes.count == sectorSize else { throw .outOfRange }
        try write(sector: sector, sectors: bytes)
    }

    private func check(_ sector: UInt64, _ count: Int) throws(BlockError) {
        guard count >= 0, sector <= sectorCount, UInt64(count) <= sectorCount - sector else { throw .outOfRange }
    }

    /// Calls with each cluster that the sectors lie in: its number, the offset within it, and how many bytes.
    private func eachCluster(
        _ sector: UInt64, _ count: Int, _ body: (UInt64, Int, Int) throws(BlockError) -> Void
    ) throws(BlockError) {
        var place = sector * UInt64(sectorSize), left = count * sectorSize
        while left > 0 {
            let within = Int(place & UInt64(header.clusterSize - 1)), part = min(left, header.clusterSize - within)
            try body(place >> UInt64(header.clusterBits), within, part)
            place += UInt64(part)
            left -= part
        }
    }

    public func read(sector: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        try check(sector, count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * sectorSize)
        try eachCluster(sector, count) { (cluster, within, part) throws(BlockError) in
            bytes += try read(cluster, within, part)
        }
        return bytes
    }

    private func read(_ cluster: UInt64, _ within: Int, _ count: Int) throws(BlockError) -> [UInt8] {
        switch try tables.mapping(of: cluster) {
        case .unallocated: return try readBacking(cluster << UInt64(header.clusterBits) + UInt64(within), count)
        case .zero: return [UInt8](repeating: 0, count: count)
        case .data(let offset, _): return try file.read(count, at: offset + UInt64(within))
        case .compressed(let offset, let packed):
            return Array(try unpack(cluster, offset, packed)[within..<within + count])
        }
    }

    /// Bytes of the backing file, zeros where it is shorter or there is none.
    private func readBacking(_ offset: UInt64, _ count: Int) throws(BlockError) -> [UInt8] {
        guard let backing, offset < backing.byteCount else { return [UInt8](repeating: 0, count: count) }
        // Clusters begin with a sector, and so does what is asked for.
        let first = offset / UInt64(sectorSize)
        let sectors = Int(min(UInt64(count / sectorSize), backing.sectorCount - first))
        let bytes = try backing.read(sector: first, count: sectors)
        return bytes + [UInt8](repeating: 0, count: count - bytes.count)
    }

    private func unpack(_ cluster: UInt64, _ offset: UInt64, _ count: Int) throws(BlockError) -> [UInt8] {
        if let unpacked, unpacked.cluster == cluster { return unpacked.bytes }
        let packed = try file.readUpTo(count, at: offset)
        var bytes = [UInt8](repeating: 0, count: header.clusterSize)
        // The format's window: 4 KiB.
        let result = lucid_inflate_raw(packed, UInt32(packed.count), &bytes, UInt32(bytes.count), 12)
        guard result == 0 else { throw .host("the qcow2 image is damaged: cluster \(cluster) cannot be unpacked") }
        unpacked = (cluster, bytes)
        return bytes
    }

    public func write(sector: UInt64, sectors bytes: [UInt8]) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        guard bytes.count % sectorSize == 0 else { throw .outOfRange }
        try check(sector, bytes.count / sectorSize)
        var done = 0
        try eachCluster(sector, bytes.count / sectorSize) { (cluster, within, part) throws(BlockError) in
            try write(cluster, within, Array(bytes[done..<done + part]))
            done += part
        }
    }

    private func write(_ cluster: UInt64, _ within: Int, _ bytes: [UInt8]) throws(BlockError) {
        if case .data(let offset, isShared: false) = try tables.mapping(of: cluster) {
            return try file.write(bytes, at: offset + UInt64(within))
        }
        var whole = bytes
        if bytes.count < header.clusterSize {
            whole = try read(cluster, 0, header.clusterSize)
            whole.replaceSubrange(within..<within + bytes.count, with: bytes)
        }
        try file.write(whole, at: tables.nextOffset)
        try tables.append(as: cluster)
        if unpacked?.cluster == cluster { unpacked = nil }
    }

    public func flush() throws(BlockError) {
        try tables.commit()
        try file.sync()
    }
}
