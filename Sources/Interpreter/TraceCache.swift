import Glibc
import Machine
import X86ISA

/// Decoded straight-line code, found by physical address and CPU mode.
///
/// Traces live in one arena that is only ever emptied as a whole, so a trace that was dropped while it runs stays readable
/// until it is left. A dropped trace is out of the buckets and never entered again.
final class TraceCache {
    /// Header of a trace; its records follow.
    struct Header {
        var physical: UInt64
        var mode: UInt32
        var count: UInt16
        /// Bytes of code.
        var length: UInt16
        var nextInBucket: UnsafeMutablePointer<Header>?
        /// All instructions are 00 00 (`add [bx+si], al`): memory that never was code.
        var isZeros: Bool

        static var recordsOffset: Int { 48 }
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

    init(arenaSize: Int = 64 << 20) {
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
    }

    deinit {
        munmap(arena, arenaSize)
        buckets.deallocate()
        decoded.deallocate()
    }

    @inline(__always) private func bucket(_ physical: UInt64, _ mode: UInt32) -> Int {
        Int(truncatingIfNeeded: (physical ^ (physical >> 14) ^ UInt64(mode) &<< 5)) & (Self.bucketCount - 1)
    }

    @inline(__always) func find(_ physical: UInt64, _ mode: UInt32) -> Trace? {
        var trace = buckets[bucket(physical, mode)]
        while let here = trace {
            if here.pointee.physical == physical && here.pointee.mode == mode { return here }
            trace = here.pointee.nextInBucket
        }
        return nil
    }

    @inline(__always) static func records(_ trace: Trace) -> Pointer { Pointer(trace) + Header.recordsOffset }

    /// Decodes from `page` (host address of the page of `physical`); nil where not even one whole instruction is there.
    func build(_ physical: UInt64, _ mode: UInt32, page: Pointer, size: CodeSize) -> Trace? {
        let decoder = Decoder(size)
        let start = Int(physical & 4095)
        var offset = start, count = 0, zeros = true
        while count < Self.longest, offset < 4096 {
            let bytes = UnsafeRawBufferPointer(start: page + offset, count: min(15, 4096 - offset))
            guard let instruction = try? decoder.decode(bytes) else { break }
            let repeats = instruction.repeatsString
            guard Interpreter.generalHandler(for: instruction.operation, repeats: repeats) != nil else { break }
            decoded[count] = instruction
            zeros = zeros && instruction.length == 2 && instruction.opcode == 0 && instruction.modRM == 0
            count += 1
            offset += Int(instruction.length)
            if instruction.operation.endsTrace || repeats { break }
        }
        guard count > 0 else { return nil }
        let instructionsOffset = Header.recordsOffset + (count + 1) * Record.size
        let bytes = (instructionsOffset + count * MemoryLayout<Instruction>.stride + 63) & ~63
        if used + bytes > arenaSize { removeAll() }
        let trace = (arena + used).bindMemory(to: Header.self, capacity: 1)
        used += bytes
        let home = bucket(physical, mode)
        trace.initialize(
            to: Header(
                physical: physical, mode: mode, count: UInt16(count), length: UInt16(offset - start),
                nextInBucket: buckets[home], isZeros: zeros && count == Self.longest))
        Self.lay(
            decoded, count, records: Self.records(trace),
            instructions: (Pointer(trace) + instructionsOffset).bindMemory(to: Instruction.self, capacity: count))
        buckets[home] = trace
        pages[physical & ~4095, default: []].append(trace)
        return trace
    }

    /// Writes records for `count` instructions and the one that ends the trace.
    static func lay(
        _ source: UnsafeMutablePointer<Instruction>, _ count: Int, records: Pointer,
        instructions: UnsafeMutablePointer<Instruction>
    ) {
        var offset = 0
        for index in 0..<count {
            let instruction = source[index]
            (instructions + index).initialize(to: instruction)
            let handler =
                Interpreter.generalHandler(for: instruction.operation, repeats: instruction.repeatsString) ?? traceEnd
            Record.write(
                records + index * Record.size, handler, index: index, offset: offset,
                instruction: UnsafePointer(instructions + index))
            offset += Int(instruction.length)
        }
        Record.write(
            records + count * Record.size, traceEnd, index: count, offset: offset,
            instruction: UnsafePointer(instructions))
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
        let home = bucket(trace.pointee.physical, trace.pointee.mode)
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
    }
}

extension Instruction {
    /// A string instruction under REP: its iterations are ticks of their own, so it ends a trace.
    var repeatsString: Bool {
        guard prefixes.contains(.rep) || prefixes.contains(.repne) else { return false }
        switch operation {
        case .movs, .cmps, .stos, .lods, .scas, .ins, .outs: return true
        default: return false
        }
    }
}
