/// What the CPU's TLB holds: finished translations that stay in use until they are invalidated, whatever the page tables
/// say meanwhile (SDM 3A 4.10). A part of the machine that a guest can see, so it is saved and hashed.
///
/// Two direct-mapped arrays, one for data and one for fetches, so that code which runs in a page never loses that page's
/// translation to its own data: how a run is cut into traces then makes no difference. Lookups change nothing.
/// A large page is held as the 4 KiB pieces that were used.
public final class TranslationBuffer {
    @inlinable @inline(__always) static var dataEntries: Int { 4096 }
    @inlinable @inline(__always) static var codeEntries: Int { 1024 }
    static var contexts: Int { 4096 }

    struct Entry {
        /// Linear page; PCID in the low twelve bits.
        var page: UInt64
        var leaf: PageLeaf
        /// Of its PCID, or the global one, when it was entered: else it is void. Never used twice.
        var generation: UInt64
    }

    private let data: UnsafeMutablePointer<Entry>
    private let code: UnsafeMutablePointer<Entry>
    /// By PCID.
    private let generations: UnsafeMutablePointer<UInt64>
    private var globalGeneration: UInt64 = 1
    private var nextGeneration: UInt64 = 2
    /// PCID that translations are made and looked up for; 0 where CR4.PCIDE is clear.
    public private(set) var context = 0
    @exclusivity(unchecked) private var generation: UInt64 = 0
    /// Linear pages whose translation went away, one at a time, or nil when many did: who holds copies drops them.
    public var dropped: (UInt64?) -> Void = { _ in }
    /// Pieces of large pages by a hash of their region: INVLPG of a place where there is none has one entry to look at.
    private let pieces: UnsafeMutablePointer<UInt32>
    /// Changes whenever the translation of any fetch may have: part of the key of what is found by linear address.
    public var codeStamp: UInt64 { stamp.pointee }
    /// Where it stands, for an engine that looks often.
    public var codeStampPlace: UnsafePointer<UInt64> { UnsafePointer(stamp) }
    private let stamp: UnsafeMutablePointer<UInt64>
    private var nextStamp: UInt64
    /// Stamps of the buffers of several processors are never the same.
    private let stampStep: UInt64
    /// Stamp by PCID, and the epoch it is good for.
    private let stamps: UnsafeMutablePointer<(stamp: UInt64, epoch: UInt64)>
    private var epoch: UInt64 = 1

    /// `number` of `count` processors.
    public init(number: Int = 0, of count: Int = 1) {
        stampStep = UInt64(max(1, count))
        stamp = .allocate(capacity: 1)
        stamp.initialize(to: UInt64(max(0, number)) &+ 1)
        nextStamp = stamp.pointee &+ stampStep
        data = .allocate(capacity: Self.dataEntries)
        code = .allocate(capacity: Self.codeEntries)
        let none = Entry(page: 0, leaf: PageLeaf(bits: 0), generation: 0)
        data.initialize(repeating: none, count: Self.dataEntries)
        code.initialize(repeating: none, count: Self.codeEntries)
        generations = .allocate(capacity: Self.contexts)
        stamps = .allocate(capacity: Self.contexts)
        stamps.initialize(repeating: (0, 0), count: Self.contexts)
        pieces = .allocate(capacity: 256)
        pieces.initialize(repeating: 0, count: 256)
        for number in 0..<Self.contexts { (generations + number).initialize(to: UInt64(number) + 2) }
        nextGeneration = UInt64(Self.contexts) + 2
        generation = generations[0]
    }

    deinit {
        data.deallocate()
        code.deallocate()
        generations.deallocate()
        stamps.deallocate()
        stamp.deallocate()
        pieces.deallocate()
    }

    // MARK: Use

    @inline(__always) private func slot(_ linear: UInt64, fetch: Bool) -> UnsafeMutablePointer<Entry> {
        let number = Int(truncatingIfNeeded: (linear >> 12) ^ (linear >> 24))
        return fetch ? code + (number & (Self.codeEntries - 1)) : data + (number & (Self.dataEntries - 1))
    }

    @inline(__always) private func isLive(_ entry: UnsafeMutablePointer<Entry>) -> Bool {
        entry.pointee.generation == generation || entry.pointee.generation == globalGeneration
    }

    /// The translation of a linear address that is held for the present PCID.
    @inline(__always) public func find(_ linear: UInt64, fetch: Bool) -> PageLeaf? {
        let entry = slot(linear, fetch: fetch)
        guard entry.pointee.page & ~4095 == linear & ~4095, isLive(entry) else { return nil }
        return entry.pointee.leaf
    }

    /// Holds a translation; what was in its place goes.
    public func enter(_ linear: UInt64, _ leaf: PageLeaf, fetch: Bool) {
        let entry = slot(linear, fetch: fetch)
        let page = linear & ~4095
        if isHeld(entry) {
            let same = entry.pointee.page & ~4095 == page
            // A translation that only became dirty is still the same.
            let changed = (entry.pointee.leaf.bits ^ leaf.bits) & ~PageLeaf.dirty != 0
            forget(entry, fetch: fetch, told: !same || changed)
        } else if entry.pointee.leaf.isLarge, entry.pointee.generation != 0 {
            pieces[Self.region(entry.pointee.page)] &-= 1
        }
        entry.pointee = Entry(
            page: page | UInt64(context), leaf: leaf, generation: leaf.isGlobal ? globalGeneration : generation)
        if leaf.isLarge { pieces[Self.region(linear)] &+= 1 }
    }

    /// Good for some PCID.
    private func isHeld(_ entry: UnsafeMutablePointer<Entry>) -> Bool {
        entry.pointee.generation == globalGeneration
            || entry.pointee.generation == generations[Int(entry.pointee.page & 4095)]
    }

    private func forget(_ entry: UnsafeMutablePointer<Entry>, fetch: Bool, told: Bool = true) {
        if entry.pointee.leaf.isLarge, entry.pointee.generation != 0 {
            pieces[Self.region(entry.pointee.page)] &-= 1
        }
        entry.pointee.generation = 0
        if told { dropped(entry.pointee.page & ~4095) }
        if fetch { changeCode() }
    }

    /// What was found by linear address in any context is void.
    private func changeCode() {
        epoch &+= 1
        restamp()
    }

    private func restamp() {
        if stamps[context].epoch != epoch {
            stamps[context] = (nextStamp, epoch)
            nextStamp &+= stampStep
        }
        stamp.pointee = stamps[context].stamp
    }

    private static func region(_ linear: UInt64) -> Int {
        Int(truncatingIfNeeded: (linear >> 30) ^ (linear >> 38)) & 255
    }

    // MARK: Invalidation (SDM 3A 4.10.4)

    /// MOV to CR3: translations of this PCID from now on; those of it that are not global go unless `keeps`.
    public func use(context number: UInt16, keeps: Bool) {
        context = Int(number) & (Self.contexts - 1)
        if keeps {
            generation = generations[context]
        } else {
            renew(context)
            stamps[context].epoch = 0
        }
        restamp()
        dropped(nil)
    }

    private func renew(_ number: Int) {
        generations[number] = nextGeneration
        nextGeneration &+= 1
        if number == context { generation = generations[number] }
    }

    /// INVLPG: the page of this address in the present PCID, all of it where it is large, global or not.
    public func invalidate(_ linear: UInt64) {
        for fetch in [false, true] {
            let entry = slot(linear, fetch: fetch)
            if entry.pointee.page & ~4095 == linear & ~4095, isLive(entry) { forget(entry, fetch: fetch) }
        }
        guard pieces[Self.region(linear)] != 0 else { return }
        forgetPieces(of: linear) { isLive($0) }
    }

    /// INVPCID of type 0: one address in one PCID, unless it is global.
    public func invalidate(_ linear: UInt64, context number: UInt16) {
        let wanted = generations[Int(number) & (Self.contexts - 1)]
        for fetch in [false, true] {
            let entry = slot(linear, fetch: fetch)
            if entry.pointee.page & ~4095 == linear & ~4095, entry.pointee.generation == wanted {
                forget(entry, fetch: fetch)
            }
        }
        guard pieces[Self.region(linear)] != 0 else { return }
        forgetPieces(of: linear) { $0.pointee.generation == wanted }
    }

    private func forgetPieces(of linear: UInt64, _ matches: (UnsafeMutablePointer<Entry>) -> Bool) {
        func look(_ entry: UnsafeMutablePointer<Entry>, fetch: Bool) {
            guard entry.pointee.leaf.isLarge, entry.pointee.generation != 0, matches(entry) else { return }
            // 4 MiB for both kinds of large pages: more may go than must.
            let shift: UInt64 = entry.pointee.leaf.bits & PageLeaf.huge != 0 ? 30 : 22
            if entry.pointee.page >> shift == linear >> shift { forget(entry, fetch: fetch) }
        }
        for number in 0..<Self.dataEntries { look(data + number, fetch: false) }
        for number in 0..<Self.codeEntries { look(code + number, fetch: true) }
    }

    /// INVPCID of type 1: all of one PCID that is not global.
    public func invalidate(context number: UInt16) {
        let number = Int(number) & (Self.contexts - 1)
        renew(number)
        stamps[number].epoch = 0
        restamp()
        dropped(nil)
    }

    /// All that is not global, of all PCIDs.
    public func invalidateLocal() {
        for number in 0..<Self.contexts { renew(number) }
        epoch &+= 1
        restamp()
        dropped(nil)
    }

    /// Everything.
    public func invalidateAll() {
        for number in 0..<Self.contexts { renew(number) }
        globalGeneration = nextGeneration
        nextGeneration &+= 1
        for number in 0..<256 { pieces[number] = 0 }
        for number in 0..<Self.dataEntries { data[number].generation = 0 }
        for number in 0..<Self.codeEntries { code[number].generation = 0 }
        epoch &+= 1
        restamp()
        dropped(nil)
    }

    // MARK: Save and restore

    /// All translations that are held: three words each, in a fixed order. Bit 11 of the second word says that it is of a fetch.
    /// The first is the linear page with the PCID, the second physical page and rights, the third 1 for a global one.
    public var words: [UInt64] {
        var list: [UInt64] = []
        func add(_ entry: Entry, _ isFetch: Bool) {
            let isGlobal = entry.generation == globalGeneration
            guard entry.generation != 0, isGlobal || entry.generation == generations[Int(entry.page & 4095)] else {
                return
            }
            list += [entry.page, entry.leaf.bits | (isFetch ? 0x800 : 0), isGlobal ? 1 : 0]
        }
        for number in 0..<Self.dataEntries { add(data[number], false) }
        for number in 0..<Self.codeEntries { add(code[number], true) }
        return list
    }

    /// Three words each, and bits where they belong.
    public static func areValid(_ words: [UInt64]) -> Bool {
        guard words.count % 3 == 0, words.count <= 3 * (dataEntries + codeEntries) else { return false }
        return stride(from: 0, to: words.count, by: 3).allSatisfy { place in
            let leaf = PageLeaf(bits: words[place + 1] & ~0x800)
            return words[place + 1] & 0x780 == 0 && leaf.physical >> 52 == 0
                && words[place + 2] == (leaf.isGlobal ? 1 : 0)
        }
    }

    /// Holds these and no others; false, and nothing is held, where they are not in `words`' form.
    public func restore(_ words: [UInt64]) -> Bool {
        invalidateAll()
        guard Self.areValid(words) else { return false }
        for place in stride(from: 0, to: words.count, by: 3) {
            let leaf = PageLeaf(bits: words[place + 1] & ~0x800)
            let isFetch = words[place + 1] & 0x800 != 0
            let entry = slot(words[place], fetch: isFetch)
            entry.pointee = Entry(
                page: words[place], leaf: leaf,
                generation: leaf.isGlobal ? globalGeneration : generations[Int(words[place] & 4095)])
            if leaf.isLarge { pieces[Self.region(words[place])] &+= 1 }
        }
        return true
    }
}
