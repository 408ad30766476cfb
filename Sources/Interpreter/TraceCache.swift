import Glibc
import Machine
import X86ISA

/// Decoded straight-line code, found by physical address and CPU mode.
///
/// Traces live in one arena that is only ever emptied as a whole, so a trace that was dropped while it runs stays readable
/// until it is left. A dropped trace is out of the buckets and never entered again.
final class TraceCache {
    /// Header of a trace, 32 bytes; its records follow, so that it shares its cache line with the first.
    struct Header {
        var physical: UInt64
        var nextInBucket: UnsafeMutablePointer<Header>?
        var reserved: UInt16 = 0
        /// Instructions.
        var count: UInt16
        /// Bytes of code.
        var length: UInt16
        /// Begins a page with 00 00 (`add [bx+si], al`): look whether memory that never was code lies ahead.
        var mayBeEmpty: Bool
        var mode: UInt32

        @inline(__always) static var recordsOffset: Int { 32 }
    }

    /// Instructions of the trace whose first record this is.
    @inline(__always) static func count(_ firstRecord: Pointer) -> Int {
        Int(firstRecord.load(fromByteOffset: 18 &- Header.recordsOffset, as: UInt16.self))
    }

    /// Bytes of code of the trace whose first record this is.
    @inline(__always) static func length(_ firstRecord: Pointer) -> UInt64 {
        UInt64(firstRecord.load(fromByteOffset: 20 &- Header.recordsOffset, as: UInt16.self))
    }

    typealias Trace = UnsafeMutablePointer<Header>

    static let longest = 32
    private static let bucketCount = 16384
    private let arena: Pointer
    private let arenaSize: Int
    private var used = 0
    private let buckets: UnsafeMutablePointer<Trace?>
    private var pages: [UInt64: [Trace]] = [:]
    private let decoded: UnsafeMutablePointer<Instruction>
    /// `JumpCache`
    let jumps: Pointer
    /// Counts how often the arena was emptied: links into what was there before are void.
    private(set) var generation = 0
    /// Places within a page before which a trace ends, so that nothing runs over them.
    var cuts: Set<UInt16> = [] {
        didSet { if cuts != oldValue { removeAll() } }
    }

    /// Offsets into a page before which a trace ends, whatever page it is.
    var cutOffsets: Set<Int> = [] {
        didSet { if cutOffsets != oldValue { removeAll() } }
    }

    /// What the CPU has: code is decoded up to what it has not.
    private let features: ModelFeatures
    private let pauses: Bool

    init(features: ModelFeatures, pauses: Bool = false, arenaSize: Int = 64 << 20) {
        self.pauses = pauses
        self.features = features
        self.arenaSize = arenaSize
        // SAFETY: a private mapping of `arenaSize` bytes, touched as it fills; owned until deinit.
        let mapping = mmap(
            nil, arenaSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        if let mapping, mapping != MAP_FAILED {
            arena = mapping
        } else {
            arena = .allocate(byteCount: arenaSize, alignment: 64)
        }
        buckets = .allocate(capacity: Self.bucketCount)
        buckets.initialize(repeating: nil, count: Self.bucketCount)
        decoded = .allocate(capacity: Self.longest)
        decoded.initialize(repeating: Instruction(), count: Self.longest)
        jumps = .allocate(byteCount: JumpCache.entries * 32, alignment: 64)
        JumpCache.clear(jumps)
        precondition(
            MemoryLayout<Header>.size <= Header.recordsOffset && MemoryLayout<Header>.offset(of: \.count) == 18
                && MemoryLayout<Header>.offset(of: \.length) == 20)
    }

    deinit {
        munmap(arena, arenaSize)
        buckets.deallocate()
        decoded.deallocate()
        jumps.deallocate()
    }

    @inline(__always) private func bucket(_ physical: UInt64, _ mode: TraceMode) -> Int {
        Int(truncatingIfNeeded: (physical ^ (physical >> 14) ^ mode.bits &<< 5)) & (Self.bucketCount - 1)
    }

    @inline(__always) func find(_ physical: UInt64, _ mode: TraceMode) -> Trace? {
        var trace = buckets[bucket(physical, mode)]
        while let here = trace {
            if here.pointee.physical == physical && UInt64(here.pointee.mode) == mode.bits { return here }
            trace = here.pointee.nextInBucket
        }
        return nil
    }

    @inline(__always) static func records(_ trace: Trace) -> Pointer { Pointer(trace) + Header.recordsOffset }

    /// Decodes from `page` (host address of the page of `physical`); nil where not even one whole instruction is there.
    func build(_ physical: UInt64, _ mode: TraceMode, page: Pointer) -> Trace? {
        let decoder = Decoder(mode.codeSize, features: features.instructions)
        let start = Int(physical & 4095)
        var offset = start, count = 0
        while count < Self.longest, offset < 4096 {
            if count > 0, !cuts.isEmpty, cuts.contains(UInt16(offset)) { break }
            if count > 0, !cutOffsets.isEmpty, cutOffsets.contains(offset) { break }
            let bytes = UnsafeRawBufferPointer(start: page + offset, count: min(15, 4096 - offset))
            guard let instruction = try? decoder.decode(bytes) else { break }
            let repeats = instruction.repeatsString
            guard features.refusal(of: instruction, model: "") == nil, Interpreter.general(for: instruction) != nil
            else { break }
            decoded[count] = instruction
            count += 1
            offset += Int(instruction.length)
            if instruction.operation.endsTrace || repeats { break }
        }
        guard count > 0 else { return nil }
        let mayBeEmpty = start <= 1 && decoded[0].isEmpty
        let instructionsOffset = Header.recordsOffset + (count + 1) * Record.size
        let bytes = (instructionsOffset + (count + 1) * Record.instructionSize + 63) & ~63
        if used + bytes > arenaSize { removeAll() }
        let trace = (arena + used).bindMemory(to: Header.self, capacity: 1)
        used += bytes
        let home = bucket(physical, mode)
        trace.initialize(
            to: Header(
                physical: physical, nextInBucket: buckets[home], count: UInt16(count),
                length: UInt16(offset - start), mayBeEmpty: mayBeEmpty, mode: UInt32(truncatingIfNeeded: mode.bits)))
        Self.lay(
            decoded, count, records: Self.records(trace), instructions: Pointer(trace) + instructionsOffset,
            for: mode, generation: features.generation, pauses: pauses)
        buckets[home] = trace
        pages[physical & ~4095, default: []].append(trace)
        return trace
    }

    /// Writes records for `count` instructions and the one that ends the trace; fast ones where a mode is given.
    static func lay(
        _ source: UnsafeMutablePointer<Instruction>, _ count: Int, records: Pointer, instructions: Pointer,
        for mode: TraceMode?, generation: CPUModel.Generation, pauses: Bool = false
    ) {
        var offset = 0
        let end = GeneralForm(handler: traceEnd, body: { _, _ in false })
        for index in 0...count {
            var instruction = index < count ? source[index] : Instruction()
            ByteRegister.settle(&instruction)
            let form = Interpreter.general(for: instruction, generation) ?? end
            let record = records + index * Record.size
            Record.write(
                record, form, index: index, offset: offset, instruction: instruction,
                at: instructions + index * Record.instructionSize)
            if let mode, generation >= .i80386 {
                FastSelection(mode: mode, pauses: pauses).lay(record, instruction, index: index, offset: offset)
            }
            offset += Int(instruction.length)
        }
        // What is fast is a 386's or a later CPU's.
        guard let mode, generation >= .i80386 else { return }
        let selection = FastSelection(mode: mode, pauses: pauses)
        selection.layEnd(records + count * Record.size, count: count, length: offset)
        if count > 1, let pair = selection.fused(source[count - 2], source[count - 1]) {
            Record.setHandler(records + (count - 2) * Record.size, pair)
        }
    }

    /// Forgets what was decoded from the bytes, all of one page, and nothing else: old programs keep their variables
    /// between their code. Returns whether anything was.
    func drop(_ physical: UInt64, count: UInt64) -> Bool {
        let page = physical & ~4095
        guard let traces = pages[page] else { return false }
        let end = physical &+ count
        func overlaps(_ trace: Trace) -> Bool {
            let start = trace.pointee.physical
            return start < end && physical < start &+ UInt64(trace.pointee.length)
        }
        var dropped = false
        for trace in traces where overlaps(trace) {
            unlink(trace)
            dropped = true
        }
        if dropped { pages[page]?.removeAll(where: overlaps) }
        return dropped
    }

    /// The 128-byte blocks of a page that hold decoded code, a bit each.
    func blocks(ofPage physical: UInt64) -> UInt32 {
        (pages[physical & ~4095] ?? []).reduce(0) {
            $0 | vMEM.blocks(of: $1.pointee.physical, count: UInt64($1.pointee.length))
        }
    }

    private func unlink(_ trace: Trace) {
        // Whoever is linked to it finds the way out.
        Record.setHandler(Self.records(trace), traceEnd)
        let home = bucket(trace.pointee.physical, TraceMode(bits: UInt64(trace.pointee.mode)))
        if buckets[home] == trace {
            buckets[home] = trace.pointee.nextInBucket
            return
        }
        var here = buckets[home]
        while let current = here {
            if current.pointee.nextInBucket == trace {
                current.pointee.nextInBucket = trace.pointee.nextInBucket
                return
            }
            here = current.pointee.nextInBucket
        }
    }

    /// Empties the arena. Only between traces.
    func removeAll() {
        buckets.update(repeating: nil, count: Self.bucketCount)
        pages.removeAll(keepingCapacity: true)
        used = 0
        generation &+= 1
        JumpCache.clear(jumps)
    }
}
