/// L1, L2 and refcount tables of a qcow2 image, those in use in memory.
///
/// What changes stays in memory until `commit`, which writes in an order that leaves no more than lost space behind when it is cut
/// off anywhere: refcounts before what points to the clusters, tables before the entries that point to them, and what
/// becomes free last. Data goes to the file before any of them.
final class QCOW2Tables {
    private enum Entry {
        static let copied: UInt64 = 1 << 63
        static let compressed: UInt64 = 1 << 62
        static let zero: UInt64 = 1
        static let offset: UInt64 = 0x00FF_FFFF_FFFF_FE00
    }

    /// Where a cluster of the disk is.
    enum Mapping: Equatable {
        /// In the backing file, or zeros.
        case unallocated
        case zero
        /// `isShared`: a snapshot has it, too.
        case data(offset: UInt64, isShared: Bool)
        /// Bytes to read, the last sector in full.
        case compressed(offset: UInt64, count: Int)
    }

    private struct L2 {
        var offset: UInt64
        var entries: [UInt64]
        var isDirty = false
    }

    private struct RefcountBlock {
        var bytes: [UInt8]
        var isDirty = false
    }

    /// Bytes of tables of either kind that are kept.
    private static let cacheLimit = 8 << 20

    private let file: ImageFile
    private var header: QCOW2Header
    private var l1: [UInt64]
    private var dirtyL1: Set<Int> = []
    private var l2: [Int: L2] = [:]
    private var refcountTable: [UInt64] = []
    private var dirtyRefcountTable: Set<Int> = []
    /// The refcount table is to lie elsewhere: all of it is written, and the header.
    private var isTableMoved = false
    private var blocks: [Int: RefcountBlock] = [:]
    /// The first cluster behind all others.
    private var nextCluster: UInt64
    /// Clusters that nothing points to once what is in memory is in the file.
    private var freed: [UInt64] = []
    private var isDirty = false

    private var clusterSize: UInt64 { UInt64(header.clusterSize) }
    private var entriesPerL2: Int { header.clusterSize / 8 }
    private var refcountsPerBlock: UInt64 { (clusterSize * 8) >> UInt64(header.refcountOrder) }

    init(_ file: ImageFile, _ header: QCOW2Header) throws(BlockError) {
        self.file = file
        self.header = header
        l1 = try Self.numbers(file.read(header.l1Size * 8, at: header.l1Offset))
        let tableSize = Int(header.refcountTableClusters) * header.clusterSize
        refcountTable = try Self.numbers(file.read(tableSize, at: header.refcountTableOffset))
        nextCluster = file.size.dividedUp(by: UInt64(header.clusterSize))
    }

    private static func numbers(_ bytes: [UInt8]) -> [UInt64] {
        bytes.withUnsafeBytes { raw in
            (0..<raw.count / 8).map { UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
    }

    private static func bytes(_ numbers: [UInt64]) -> [UInt8] {
        numbers.map(\.bigEndian).withUnsafeBytes { Array($0) }
    }

    private static func damaged(_ what: String) -> BlockError { .host("the qcow2 image is damaged: \(what)") }

    // MARK: Lookup

    func mapping(of cluster: UInt64) throws(BlockError) -> Mapping {
        let (index, within) = try place(of: cluster)
        guard l1[index] & Entry.offset != 0 else { return .unallocated }
        try loadL2(index)
        guard let entry = l2[index]?.entries[within] else { return .unallocated }
        if entry & Entry.compressed != 0 {
            let split = UInt64(62 - (header.clusterBits - 8))
            let offset = entry & (1 << split - 1)
            let sectors = (entry & ~(Entry.copied | Entry.compressed)) >> split
            return .compressed(offset: offset, count: Int(sectors + 1) * 512 - Int(offset & 511))
        }
        if header.version >= 3, entry & Entry.zero != 0 { return .zero }
        let offset = entry & Entry.offset
        guard offset != 0 else { return .unallocated }
        guard offset % clusterSize == 0 else { throw Self.damaged("cluster \(cluster) is at \(offset)") }
        return .data(offset: offset, isShared: entry & Entry.copied == 0)
    }

    private func place(of cluster: UInt64) throws(BlockError) -> (l1: Int, l2: Int) {
        let index = cluster / UInt64(entriesPerL2)
        guard index < l1.count else { throw .outOfRange }
        return (Int(index), Int(cluster % UInt64(entriesPerL2)))
    }

    private func loadL2(_ index: Int) throws(BlockError) {
        guard l2[index] == nil else { return }
        let offset = l1[index] & Entry.offset
        guard offset % clusterSize == 0 else { throw Self.damaged("L2 table \(index) is at \(offset)") }
        try makeRoom()
        l2[index] = L2(offset: offset, entries: Self.numbers(try file.read(header.clusterSize, at: offset)))
    }

    /// Forgets tables when there are too many.
    private func makeRoom() throws(BlockError) {
        guard (l2.count + blocks.count) * header.clusterSize > max(Self.cacheLimit, 8 * header.clusterSize) else {
            return
        }
        try commit()
        l2 = [:]
        blocks = [:]
    }

    // MARK: Changes

    /// Where the next new cluster goes: nothing is there yet.
    var nextOffset: UInt64 { nextCluster * clusterSize }

    /// The cluster at `nextOffset`, whose data is written, is cluster `cluster` of the disk from now on.
    func append(as cluster: UInt64) throws(BlockError) {
        let (index, within) = try place(of: cluster)
        let offset = nextOffset
        nextCluster += 1
        try ownL2(index)
        let old = try mapping(of: cluster), entry = l2[index]?.entries[within] ?? 0
        try count(offset / clusterSize, 1)
        switch old {
        case .unallocated: break
        case .data(let offset, _): freed.append(offset / clusterSize)
        case .zero: if entry & Entry.offset != 0 { freed.append((entry & Entry.offset) / clusterSize) }
        case .compressed(let offset, let count):
            freed += (offset / clusterSize)...((offset + UInt64(count) - 1) / clusterSize)
        }
        l2[index]?.entries[within] = offset | Entry.copied
        l2[index]?.isDirty = true
        isDirty = true
    }

    /// Makes the L2 table one that no snapshot has.
    private func ownL2(_ index: Int) throws(BlockError) {
        try makeRoom()
        let entry = l1[index]
        if entry & Entry.offset != 0 { try loadL2(index) }
        guard entry & Entry.offset == 0 || entry & Entry.copied == 0 else { return }
        let offset = nextOffset
        nextCluster += 1
        if entry & Entry.offset != 0 { freed.append((entry & Entry.offset) / clusterSize) }
        try count(offset / clusterSize, 1)
        l2[index] = L2(
            offset: offset, entries: l2[index]?.entries ?? [UInt64](repeating: 0, count: entriesPerL2), isDirty: true)
        l1[index] = offset | Entry.copied
        dirtyL1.insert(index)
        isDirty = true
    }

    // MARK: Refcounts

    private func loadBlock(_ number: Int) throws(BlockError) {
        guard blocks[number] == nil else { return }
        let offset = refcountTable[number] & ~511
        guard offset % clusterSize == 0 else { throw Self.damaged("refcount block \(number) is at \(offset)") }
        blocks[number] = RefcountBlock(bytes: try file.read(header.clusterSize, at: offset))
    }

    /// Sets how often a cluster is used.
    private func count(_ cluster: UInt64, _ value: UInt64) throws(BlockError) {
        let number = Int(cluster / refcountsPerBlock)
        if number >= refcountTable.count { try growTable(number) }
        if refcountTable[number] & ~511 == 0 {
            let block = nextCluster
            nextCluster += 1
            refcountTable[number] = block * clusterSize
            dirtyRefcountTable.insert(number)
            blocks[number] = RefcountBlock(bytes: [UInt8](repeating: 0, count: header.clusterSize), isDirty: true)
            try count(block, 1)
        }
        try loadBlock(number)
        let index = Int(cluster % refcountsPerBlock)
        setField(number, index, value)
    }

    private func uses(of cluster: UInt64) throws(BlockError) -> UInt64 {
        let number = Int(cluster / refcountsPerBlock)
        guard number < refcountTable.count, refcountTable[number] & ~511 != 0 else { return 0 }
        try loadBlock(number)
        return field(number, Int(cluster % refcountsPerBlock))
    }

    /// Fields of less than a byte begin at bit 0, larger ones are big-endian.
    private func field(_ block: Int, _ index: Int) -> UInt64 {
        guard let bytes = blocks[block]?.bytes else { return 0 }
        let bits = 1 << header.refcountOrder
        guard bits >= 8 else {
            return UInt64(bytes[index * bits / 8]) >> UInt64(index * bits % 8) & (1 << UInt64(bits) - 1)
        }
        return bytes[index * bits / 8..<(index + 1) * bits / 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func setField(_ block: Int, _ index: Int, _ value: UInt64) {
        let bits = 1 << header.refcountOrder
        blocks[block]?.isDirty = true
        isDirty = true
        guard bits >= 8 else {
            let shift = UInt8(index * bits % 8), mask = (UInt8(1) << UInt8(bits) - 1) << shift
            let old = blocks[block]?.bytes[index * bits / 8] ?? 0
            blocks[block]?.bytes[index * bits / 8] = old & ~mask | UInt8(truncatingIfNeeded: value) << shift & mask
            return
        }
        for byte in 0..<bits / 8 {
            let shift = UInt64((bits / 8 - 1 - byte) * 8)
            blocks[block]?.bytes[index * bits / 8 + byte] = UInt8(truncatingIfNeeded: value >> shift)
        }
    }

    /// A table with half as much again, behind all other clusters. The old one becomes free.
    private func growTable(_ number: Int) throws(BlockError) {
        let entries = UInt64(number + 1) * 3 / 2, clusters = (entries * 8).dividedUp(by: clusterSize)
        let start = nextCluster
        nextCluster += clusters
        freed += (0..<header.refcountTableClusters).map { header.refcountTableOffset / clusterSize + $0 }
        refcountTable += [UInt64](repeating: 0, count: Int(clusters) * entriesPerL2 - refcountTable.count)
        header.refcountTableOffset = start * clusterSize
        header.refcountTableClusters = clusters
        isTableMoved = true
        for cluster in start..<start + clusters { try count(cluster, 1) }
    }

    // MARK: Into the file

    func commit() throws(BlockError) {
        guard isDirty else { return }
        try file.sync()
        try writeBlocks()
        try file.sync()
        for index in l2.keys.sorted() {
            guard let table = l2[index], table.isDirty else { continue }
            try file.write(Self.bytes(table.entries), at: table.offset)
            l2[index]?.isDirty = false
        }
        try file.sync()
        if !dirtyL1.isEmpty {
            for index in dirtyL1.sorted() {
                try file.write(Self.bytes([l1[index]]), at: header.l1Offset + UInt64(index) * 8)
            }
            try file.sync()
            dirtyL1 = []
        }
        while let cluster = freed.last {
            let uses = try uses(of: cluster)
            if uses > 0 { try count(cluster, uses - 1) }
            freed.removeLast()
        }
        try writeBlocks()
        try file.sync()
        isDirty = false
    }

    /// Refcount blocks, then what leads to new ones.
    private func writeBlocks() throws(BlockError) {
        for number in blocks.keys.sorted() {
            guard let block = blocks[number], block.isDirty else { continue }
            try file.write(block.bytes, at: refcountTable[number] & ~511)
            blocks[number]?.isDirty = false
        }
        guard isTableMoved || !dirtyRefcountTable.isEmpty else { return }
        try file.sync()
        if isTableMoved {
            try file.write(Self.bytes(refcountTable), at: header.refcountTableOffset)
            try file.sync()
            let clusters = UInt32(truncatingIfNeeded: header.refcountTableClusters).bigEndian
            try file.write(
                Self.bytes([header.refcountTableOffset]) + withUnsafeBytes(of: clusters) { Array($0) },
                at: QCOW2Header.Place.refcountTable)
        } else {
            for number in dirtyRefcountTable.sorted() {
                try file.write(
                    Self.bytes([refcountTable[number]]), at: header.refcountTableOffset + UInt64(number) * 8)
            }
        }
        isTableMoved = false
        dirtyRefcountTable = []
    }
}
