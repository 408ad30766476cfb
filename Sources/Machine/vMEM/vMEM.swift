import Glibc

/// Guest physical memory: RAM, the map of ROM and MMIO over it, the A20 gate, the TLB that engines read through, and
/// the marks of pages that hold decoded code.
///
/// RAM is an anonymous mapping: the host gives a page when the guest first touches it.
public final class vMEM {
    public enum SetupError: Error, Equatable {
        case size(UInt64)
        case hostRefused(size: UInt64, errno: Int32)
        case overlap(String, String)
        case unaligned(String)
    }

    public enum Content {
        case rom(UnsafeMutableRawPointer)
        case mmio(any MemoryHandler)
    }

    /// Something that lies over RAM.
    public struct Region {
        public let name: String
        public let start: UInt64
        public let size: UInt64
        let content: Content
        var end: UInt64 { start + size }
        /// What a ROM holds.
        public var romBytes: [UInt8]? {
            guard case .rom(let bytes) = content else { return nil }
            return Array(UnsafeRawBufferPointer(start: bytes, count: Int(size)))
        }
    }

    /// What a physical page leads to.
    public enum Target {
        case ram(UnsafeMutableRawPointer)
        case rom(UnsafeMutableRawPointer)
        case mmio(any MemoryHandler, start: UInt64)
        case nothing
    }

    @inlinable public static var pageSize: UInt64 { 4096 }
    /// Bytes before and behind RAM that nobody may touch.
    private static var guardSize: Int { 1 << 20 }
    /// RAM above this goes above 4 GiB.
    @inlinable public static var lowMemoryEnd: UInt64 { 0xC000_0000 }

    /// Bytes of RAM.
    public let size: UInt64
    /// Bytes of memory that devices have, behind RAM at `ram + size`: a guest finds it where a window shows it.
    public let deviceSize: UInt64
    private var storageSize: UInt64 { size + deviceSize }
    public let ram: UnsafeMutableRawPointer
    public private(set) var regions: [Region] = []
    /// The same map as plain data, and the handlers by region: each access that misses the TLB looks here.
    @exclusivity(unchecked) private var areas: [Area] = []
    /// Where the first of them begins, and the first from 1 MiB on: below is what most accesses want.
    @exclusivity(unchecked) private var firstArea = UInt64.max
    @exclusivity(unchecked) private var firstHighArea = UInt64.max
    @exclusivity(unchecked) private var handlers: [(any MemoryHandler)?] = []
    /// MMIO that the guest can move, by index of the window; an empty area where it is nowhere.
    @exclusivity(unchecked) var windows: [MovableRegion] = []
    /// `Shadowing` of each page from C0000h to FFFFFh; empty on a board that cannot shadow.
    @exclusivity(unchecked) var shadows: [UInt8] = []

    private struct Area {
        let start: UInt64
        let end: UInt64
        /// Nil for MMIO.
        let rom: UnsafeMutableRawPointer?
    }
    /// One byte a RAM page: bit 0 written since power-on.
    private let touched: UnsafeMutablePointer<UInt8>
    /// One word a RAM page: bit n says that bytes 128n... hold decoded code.
    private let code: UnsafeMutablePointer<UInt32>
    /// Called before bytes of a marked block change: physical address of the first, and how many, all in one page.
    /// Returns the blocks of that page that may go on holding decoded code, all ones when nothing was dropped.
    public var codeWritten: (UInt64, UInt64) -> UInt32 = { _, _ in 0 }
    /// Called when mappings change under an engine.
    public var mapChanged: () -> Void = {}
    /// Called when the A20 gate was opened or closed.
    public var gateChanged: () -> Void = {}
    /// Grows when the map or the A20 gate changes: for an engine that keeps a map of its own.
    @exclusivity(unchecked) public private(set) var mapVersion: UInt64 = 0
    public let tlb: TLB
    /// What the TLB of the processor that runs now holds.
    @exclusivity(unchecked) public private(set) var translations: TranslationBuffer
    /// By processor.
    let translationBuffers: [TranslationBuffer]
    /// What the debugger watches. Setting it empties the TLB.
    public var watches: [WatchRange] = [] {
        didSet { if watches != oldValue { tlb.flush() } }
    }
    var watchHits: [WatchHit] = []
    /// The guest's data breakpoints. Setting it empties the TLB.
    public var linearWatches: [LinearWatch] = [] {
        didSet { if linearWatches != oldValue { tlb.flush() } }
    }
    /// Who hears of stores, accesses to devices and DMA. Setting it empties the TLB.
    @exclusivity(unchecked) public var observer: (any MemoryObserver)? {
        didSet { tlb.flush() }
    }

    /// All ones but bit 20 when the A20 gate is closed.
    /// Physical addresses have 20 bits: line 20 stays low.
    var hasTwentyLines = false
    @exclusivity(unchecked) public private(set) var a20Mask: UInt64 = .max

    /// `size` in bytes: a multiple of 4 KiB, 64 KiB to 512 GiB. `deviceSize`: whole pages, 1 GiB at most.
    public init(size: UInt64, deviceSize: UInt64 = 0, processors: Int = 1) throws(SetupError) {
        guard size >= 65536, size <= 512 << 30, size % Self.pageSize == 0 else { throw .size(size) }
        guard deviceSize <= 1 << 30, deviceSize % Self.pageSize == 0 else { throw .size(deviceSize) }
        let total = Int(size + deviceSize)
        // SAFETY: a fresh private mapping, owned until deinit. Only `total` bytes within it can be touched: an access of
        // ours that missed them would end the program, not change its memory.
        let reserved = mmap(
            nil, total + 2 * Self.guardSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let reserved, reserved != MAP_FAILED else { throw .hostRefused(size: size, errno: errno) }
        guard mprotect(reserved + Self.guardSize, total, PROT_READ | PROT_WRITE) == 0 else {
            let number = errno
            munmap(reserved, total + 2 * Self.guardSize)
            throw .hostRefused(size: size, errno: number)
        }
        let mapping = reserved + Self.guardSize
        self.size = size
        self.deviceSize = deviceSize
        ram = mapping
        let pages = total / Int(Self.pageSize)
        guard let marks = calloc(pages, 1), let blocks = calloc(pages, 4) else {
            throw .hostRefused(size: size, errno: ENOMEM)
        }
        touched = marks.bindMemory(to: UInt8.self, capacity: pages)
        code = blocks.bindMemory(to: UInt32.self, capacity: pages)
        tlb = TLB()
        let buffers = (0..<max(1, processors)).map { TranslationBuffer(number: $0, of: processors) }
        translationBuffers = buffers
        translations = buffers[0]
        for buffer in buffers {
            buffer.dropped = { [unowned tlb] linear in
                if let linear { tlb.forget(linear) } else { tlb.flush() }
            }
        }
    }

    deinit {
        munmap(ram - Self.guardSize, Int(storageSize) + 2 * Self.guardSize)
        free(touched)
        free(code)
        for case .rom(let pointer) in regions.map(\.content) { pointer.deallocate() }
    }

    /// Another processor runs now.
    func useTranslations(of processor: Int) {
        translations = translationBuffers[processor]
        tlb.flush()
    }

    // MARK: The map

    /// Maps a copy of `bytes` read-only; the size is rounded up to pages with FFh.
    public func mapROM(_ bytes: [UInt8], at start: UInt64, name: String) throws(SetupError) {
        let rounded = (UInt64(bytes.count) + Self.pageSize - 1) & ~(Self.pageSize - 1)
        try check(start, rounded, name)
        let copy = UnsafeMutableRawPointer.allocate(byteCount: Int(rounded), alignment: 4096)
        memset(copy, 0xFF, Int(rounded))
        bytes.withUnsafeBytes { if let source = $0.baseAddress { copy.copyMemory(from: source, byteCount: $0.count) } }
        add(Region(name: name, start: start, size: rounded, content: .rom(copy)))
    }

    public func mapMMIO(_ handler: any MemoryHandler, at start: UInt64, size: UInt64, name: String) throws(SetupError) {
        try check(start, size, name)
        add(Region(name: name, start: start, size: size, content: .mmio(handler)))
    }

    private func append(_ area: Area) {
        areas.append(area)
        firstArea = min(firstArea, area.start)
        if area.end > 1 << 20 { firstHighArea = min(firstHighArea, max(area.start, 1 << 20)) }
    }

    private func add(_ region: Region) {
        regions.append(region)
        switch region.content {
        case .rom(let pointer):
            append(Area(start: region.start, end: region.end, rom: pointer))
            handlers.append(nil)
        case .mmio(let handler):
            append(Area(start: region.start, end: region.end, rom: nil))
            handlers.append(handler)
        }
        changed()
    }

    private func check(_ start: UInt64, _ size: UInt64, _ name: String) throws(SetupError) {
        guard start % Self.pageSize == 0, size % Self.pageSize == 0, size > 0 else { throw .unaligned(name) }
        for other in regions where start < other.end && other.start < start + size { throw .overlap(name, other.name) }
    }

    func changed() {
        mapVersion &+= 1
        tlb.flush()
        mapChanged()
    }

    /// What lies over or in place of memory is elsewhere now, but no RAM or ROM is: decoded code is good.
    func windowsChanged() {
        mapVersion &+= 1
        tlb.flush()
    }

    /// The gate for address line 20. An 8086 has no such line.
    public func setA20(_ open: Bool) {
        let mask: UInt64 = open && !hasTwentyLines ? .max : ~(1 << 20)
        guard mask != a20Mask else { return }
        // Decoded code is kept: it is found by the address after the gate.
        a20Mask = mask
        mapVersion &+= 1
        tlb.flush()
        gateChanged()
        observer?.gateMoved(isOpen: open)
    }

    /// A stretch of RAM or ROM that nothing lies over.
    public struct PlainSpan: Equatable {
        public let start: UInt64
        public let size: UInt64
        public let host: UnsafeMutableRawPointer
        public let isReadOnly: Bool
    }

    /// All RAM and ROM as the bus sees it, by address; what is between is MMIO or nothing.
    public var plainSpans: [PlainSpan] {
        let memory = shadows.isEmpty ? spansWithoutShadows : spansWithShadows(over: spansWithoutShadows)
        return (memory + windowSpans).sorted { $0.start < $1.start }
    }

    private var spansWithoutShadows: [PlainSpan] {
        var spans: [PlainSpan] = []
        let ends = areas.sorted { $0.start < $1.start }
        let low = min(size, Self.lowMemoryEnd)
        for (first, last, host) in [(UInt64(0), low, ram), (1 << 32, (1 << 32) + size - low, ram + Int(low))] {
            var place = first
            func add(upTo end: UInt64) {
                guard end > place else { return }
                let at = host + Int(place - first)
                spans.append(PlainSpan(start: place, size: end - place, host: at, isReadOnly: false))
            }
            for area in ends where area.end > first && area.start < last {
                add(upTo: min(area.start, last))
                place = max(place, min(area.end, last))
            }
            add(upTo: last)
        }
        for area in ends {
            guard let rom = area.rom else { continue }
            spans.append(PlainSpan(start: area.start, size: area.end - area.start, host: rom, isReadOnly: true))
        }
        return spans
    }

    /// What lies at a physical address (after A20).
    public func target(of physical: UInt64) -> Target {
        let page = physical & ~(Self.pageSize - 1)
        if page < firstArea || page >= 1 << 20 && page < firstHighArea, page < min(size, Self.lowMemoryEnd),
            shadowing(of: page) == nil
        {
            return .ram(ram + Int(page))
        }
        if let shadow = shadowing(of: page), shadow.contains(.reads), let offset = ramOffset(page) {
            return shadow.contains(.writes) ? .ram(ram + Int(offset)) : .rom(ram + Int(offset))
        }
        for index in areas.indices where page >= areas[index].start && page < areas[index].end {
            if let rom = areas[index].rom { return .rom(rom + Int(page - areas[index].start)) }
            guard let handler = handlers[index] else { return .nothing }
            return .mmio(handler, start: areas[index].start)
        }
        guard shadowing(of: page) == nil, let offset = ramOffset(page) else { return windowTarget(of: page) }
        return .ram(ram + Int(offset))
    }

    /// What a store to a physical address leads to: the RAM behind a ROM where only stores are shadowed.
    @inline(__always) func storeTarget(of physical: UInt64) -> Target {
        let page = physical & ~(Self.pageSize - 1)
        if let shadow = shadowing(of: page), shadow == .writes, let offset = ramOffset(page) {
            return .ram(ram + Int(offset))
        }
        return target(of: physical)
    }

    @inline(__always) private func ramOffset(_ physical: UInt64) -> UInt64? {
        if physical < Self.lowMemoryEnd { return physical < size ? physical : nil }
        guard physical >= 1 << 32 else { return nil }
        let offset = physical - (1 << 32) + Self.lowMemoryEnd
        return offset < size ? offset : nil
    }

    // MARK: Access by physical address; widths are 1, 2, 4, 8

    public func read<T: FixedWidthInteger & UnsignedInteger>(_ address: UInt64, as type: T.Type) -> T {
        let physical = address & a20Mask
        let width = UInt64(T.bitWidth / 8)
        guard physical & 4095 <= 4096 - width else {
            var value: T = 0
            for index in 0..<width {
                value |= T(truncatingIfNeeded: read(address &+ index, as: UInt8.self)) << T(index * 8)
            }
            return value
        }
        switch target(of: physical) {
        case .ram(let page), .rom(let page):
            return page.loadUnaligned(fromByteOffset: Int(physical & 4095), as: T.self)
        case .mmio(let handler, let start):
            let value = handler.read(offset: physical - start, width: Int(width))
            observer?.accessed(physical, width: Int(width), value: value, isWrite: false)
            return T(truncatingIfNeeded: value)
        case .nothing: return .max
        }
    }

    public func write<T: FixedWidthInteger & UnsignedInteger>(_ address: UInt64, _ value: T) {
        let physical = address & a20Mask
        let width = UInt64(T.bitWidth / 8)
        guard physical & 4095 <= 4096 - width else {
            for index in 0..<width {
                write(address &+ index, UInt8(truncatingIfNeeded: value >> T(index * 8)))
            }
            return
        }
        switch storeTarget(of: physical) {
        case .ram(let page):
            willWrite(physical, page: page, count: width)
            page.storeBytes(of: value, toByteOffset: Int(physical & 4095), as: T.self)
            observer?.stored(offset: page - ram + Int(physical & 4095), count: Int(width))
        case .mmio(let handler, let start):
            handler.write(offset: physical - start, width: Int(width), value: UInt64(value))
            observer?.accessed(physical, width: Int(width), value: UInt64(value), isWrite: true)
        case .rom, .nothing: break
        }
    }

    /// Bytes as the CPU would read them, without side effects; nothing, and MMIO that cannot be read so, reads as FFh.
    public func peek(_ address: UInt64, count: Int) -> [UInt8] {
        (0..<max(0, count)).map { peekByte((address &+ UInt64($0)) & a20Mask) ?? 0xFF }
    }

    /// One byte after the A20 gate; nil for nothing, and for MMIO that cannot be read without side effects.
    public func peekByte(_ physical: UInt64) -> UInt8? {
        switch target(of: physical) {
        case .ram(let page), .rom(let page): return page.load(fromByteOffset: Int(physical & 4095), as: UInt8.self)
        case .mmio(let handler, let start): return handler.peek(offset: physical - start)
        case .nothing: return nil
        }
    }

    /// Bytes of RAM or ROM as DMA reads them: the A20 gate is the CPU's alone. What is neither reads as FFh.
    public func busRead(_ address: UInt64, count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            guard let start = buffer.baseAddress else { return }
            forEachPage(address, count) { physical, done, length in
                switch target(of: physical) {
                // SAFETY: `length` bytes from `physical` lie in one page, and `done + length` <= `count`.
                case .ram(let page), .rom(let page): memcpy(start + done, page + Int(physical & 4095), length)
                case .mmio, .nothing: memset(start + done, 0xFF, length)
                }
            }
            filled = count
        }
    }

    /// Writes RAM as DMA, a loader or the debugger does: bus addresses, no A20 gate; code there is dropped.
    public func load(_ bytes: [UInt8], at address: UInt64) {
        bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            forEachPage(address, bytes.count) { physical, done, length in
                guard case .ram(let page) = storeTarget(of: physical) else { return }
                willWrite(physical, page: page, count: UInt64(length))
                // SAFETY: `length` bytes from `physical` lie in one page, and `done + length` <= `bytes.count`.
                memcpy(page + Int(physical & 4095), start + done, length)
            }
        }
        observer?.loaded(bytes, at: address)
    }

    /// Nothing but RAM and ROM lies at these bus addresses.
    public func isPlain(_ address: UInt64, count: Int) -> Bool {
        var result = true
        forEachPage(address, count) { physical, _, _ in
            switch target(of: physical) {
            case .ram, .rom: break
            case .mmio, .nothing: result = false
            }
        }
        return result
    }

    /// All of it is RAM that nothing lies over: what a bus master may use. Takes no longer for many bytes than for few.
    public func isPlainRAM(_ address: UInt64, count: UInt64) -> Bool {
        let (end, overflows) = address.addingReportingOverflow(count)
        guard !overflows, count > 0 else { return !overflows }
        let low = min(size, Self.lowMemoryEnd)
        guard end <= low || (address >= 1 << 32 && end - (1 << 32) <= size - low) else { return false }
        return !areas.contains { address < $0.end && $0.start < end } && !overlapsShadows(address..<end)
    }

    /// Cuts a range at page ends: bus address, bytes before it, bytes of it.
    @inline(__always) private func forEachPage(_ address: UInt64, _ count: Int, _ body: (UInt64, Int, Int) -> Void) {
        var done = 0
        while done < count {
            let physical = address &+ UInt64(done)
            let length = min(count - done, 4096 - Int(physical & 4095))
            body(physical, done, length)
            done += length
        }
    }

    // MARK: Code marks and touched pages

    @inline(__always) private func pageIndex(_ page: UnsafeMutableRawPointer) -> Int { (page - ram) >> 12 }

    /// The 128-byte blocks of a page that hold `count` bytes from `physical`, a bit each; no further than the page.
    public static func blocks(of physical: UInt64, count: UInt64) -> UInt32 {
        let offset = physical & 4095
        let last = min(offset &+ max(count, 1) &- 1, 4095)
        return (UInt32.max << UInt32(truncatingIfNeeded: offset >> 7))
            & (UInt32.max >> (31 - UInt32(truncatingIfNeeded: last >> 7)))
    }

    /// Notes that RAM of one page is about to change and drops the code decoded from there.
    private func willWrite(_ physical: UInt64, page: UnsafeMutableRawPointer, count: UInt64) {
        let index = pageIndex(page)
        touched[index] = 1
        if code[index] & Self.blocks(of: physical, count: count) != 0 {
            code[index] &= codeWritten(physical, count)
        }
    }

    /// Marks bytes of a RAM page as decoded code: stores there take the checked path from now on.
    public func markCode(_ physical: UInt64, count: Int) {
        guard count > 0, case .ram(let page) = target(of: physical) else { return }
        let index = pageIndex(page)
        if code[index] == 0 { tlb.forbidWrites(to: page) }
        code[index] |= Self.blocks(of: physical, count: UInt64(count))
    }

    public func clearAllCodeMarks() {
        memset(code, 0, Int(storageSize / Self.pageSize) * 4)
        tlb.flush()
    }

    /// Enters a translation for the page of `linear`: present and permitted are the caller's business.
    /// Plain RAM and ROM only; RAM without code becomes writable when `write` is asked for. Watched pages stay out.
    public func fill(_ table: TLB.Table, linear: UInt64, physical: UInt64, write: Bool) {
        let address = physical & a20Mask
        var mayWrite = write
        if _slowPath(!watches.isEmpty) {
            if isWatched(page: address, write: false) { return }
            mayWrite = write && !isWatched(page: address, write: true)
        }
        if _slowPath(!linearWatches.isEmpty) {
            if isWatched(linearPage: linear, write: false) { return }
            mayWrite = mayWrite && !isWatched(linearPage: linear, write: true)
        }
        switch target(of: address) {
        case .ram(let page):
            let index = pageIndex(page)
            let writable = mayWrite && code[index] == 0 && observer == nil
            if writable { touched[index] = 1 }
            tlb.enter(table, linear: linear, page: page, writable: writable)
        case .rom(let page): tlb.enter(table, linear: linear, page: page, writable: false)
        case .mmio, .nothing: break
        }
    }

    // MARK: Save and hash

    /// An engine is writing RAM behind vMEM's back.
    public var isWrittenUnseen = false

    /// Marks every page of RAM for which the host has memory: it may have been written without notice.
    func markTouched() {
        let count = Int(storageSize / Self.pageSize)
        var entries = [UInt64](repeating: 0, count: 4096)
        // A word for each page: bit 63 in memory, bit 62 swapped out (Linux, admin-guide/mm/pagemap).
        let map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
        defer { if map >= 0 { close(map) } }
        var page = 0
        while page < count {
            let wanted = min(entries.count, count - page)
            let place = (Int(bitPattern: ram) >> 12 + page) * 8
            let got = map < 0 ? -1 : pread(map, &entries, wanted * 8, off_t(place)) / 8
            for index in 0..<wanted where got <= index || entries[index] >> 62 != 0 { touched[page + index] = 1 }
            page += wanted
        }
    }

    /// One byte a page of RAM, not zero where it was written since power-on.
    public var writtenPages: UnsafePointer<UInt8> { UnsafePointer(touched) }

    /// Offsets into RAM, and what devices have behind it, of all pages that are not zero.
    public var usedPages: [UInt64] {
        if isWrittenUnseen { markTouched() }
        var list: [UInt64] = []
        // Devices change their memory without a word.
        let first = Int(size / Self.pageSize)
        for index in 0..<Int(storageSize / Self.pageSize) where index >= first || touched[index] != 0 {
            let page = (ram + index << 12).assumingMemoryBound(to: UInt64.self)
            if (0..<512).contains(where: { page[$0] != 0 }) { list.append(UInt64(index) << 12) }
        }
        return list
    }

    /// Digest of a ROM's content, nil for MMIO.
    func romDigest(of region: Region) -> String? {
        guard case .rom(let bytes) = region.content else { return nil }
        var hash = StateHash()
        hash.add(UnsafeRawBufferPointer(start: bytes, count: Int(region.size)))
        return hash.text
    }

    public func page(at offset: UInt64) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: ram + Int(offset), count: 4096)
    }

    /// Makes all RAM zero but the given pages; offsets beyond RAM or short pages return false and change nothing.
    public func restore(pages: [(offset: UInt64, bytes: [UInt8])]) -> Bool {
        guard pages.allSatisfy({ $0.offset % 4096 == 0 && $0.offset < storageSize && $0.bytes.count == 4096 }) else {
            return false
        }
        for offset in usedPages { memset(ram + Int(offset), 0, 4096) }
        memset(touched, 0, Int(storageSize / Self.pageSize))
        for page in pages {
            page.bytes.withUnsafeBytes {
                if let source = $0.baseAddress { (ram + Int(page.offset)).copyMemory(from: source, byteCount: 4096) }
            }
            touched[Int(page.offset >> 12)] = 1
        }
        clearAllCodeMarks()
        mapChanged()
        return true
    }
}

/// For engines that write memory behind vMEM's back.
extension vMEM {
    /// RAM may hold anything now: decoded code is dropped, and which pages were written is found out anew.
    public func mayHaveChanged() {
        clearAllCodeMarks()
        mapChanged()
        markTouched()
        isWrittenUnseen = false
    }
}
