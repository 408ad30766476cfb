import Glibc
import Machine
import X86ISA

/// String instructions. With REP, an instruction yields at the deadline with its progress in the registers; interrupts
/// are taken between iterations (SDM 2B, REP).
extension Core {
    @inline(__always) private func step(_ i: UnsafePointer<Instruction>, _ size: UInt8) -> UInt64 {
        file.pointee.rflags & UInt64(Flags.direction) != 0 ? 0 &- UInt64(size) : UInt64(size)
    }

    @inline(__always) private func index(_ number: UInt8, _ i: UnsafePointer<Instruction>) -> UInt64 {
        register(number, i.pointee.addressSize)
    }

    @inline(__always) private func advance(_ number: UInt8, _ i: UnsafePointer<Instruction>, _ size: UInt8) {
        setRegister(number, i.pointee.addressSize, index(number, i) &+ step(i, size))
    }

    /// Runs `iteration` once, or as REP says. `bulk` does up to so many iterations at once where nothing needs a second look,
    /// and tells how many it did; with `compares`, it stops behind the one that ends a REPE or REPNE.
    @inline(__always)
    private func repeated(
        _ i: UnsafePointer<Instruction>, _ iteration: (Core) throws(Exception) -> Void, compares: Bool = false,
        bulk: (Core, Int) -> Int = { _, _ in 0 }
    ) throws(Exception) {
        let prefixes = i.pointee.prefixes
        guard prefixes.contains(.rep) || prefixes.contains(.repne) else { return try iteration(self) }
        let size = i.pointee.addressSize
        var count = register(1, size)
        guard count != 0 else { return }
        let left = scratch.pointee.remaining &- Record.index(scratch.pointee.record)
        // One iteration alone under TF, where an interrupt waited for an STI shadow to end, and for code in a device.
        let flags = UInt32(truncatingIfNeeded: file.pointee.rflags)
        let mayContinue =
            flags & Flags.trap == 0 && !(io.interruptLine && flags & Flags.interrupt != 0)
            && !interpreter.stepped.isVolatile
        var done = 0
        let incomingResult = scratch.pointee.flagResult, incomingCarries = scratch.pointee.flagCarries
        var finished = false
        while true {
            var step = mayContinue ? bulk(self, Int(clamping: min(count, UInt64(max(1, left &- done))))) : 0
            if step == 0 {
                do throws(Exception) {
                    try iteration(self)
                } catch {
                    if done > 0 { file.pointee.rflags |= UInt64(Flags.resume) }
                    // Iterations before the fault stay done; flags are those before all of them (SDM 2B, REP).
                    scratch.pointee.flagResult = incomingResult
                    scratch.pointee.flagCarries = incomingCarries
                    throw error
                }
                step = 1
            }
            done &+= step
            scratch.pointee.extraTicks = done
            count &-= UInt64(step)
            setRegister(1, size, count)
            if count == 0 || compares && zero != prefixes.contains(.rep) {
                finished = true
                break
            }
            if done >= left || !mayContinue || scratch.pointee.stopTrace != 0 { break }
        }
        // The instruction itself is the first of these ticks.
        scratch.pointee.extraTicks = done &- 1
        if !finished {
            scratch.pointee.unfinished = true
            // CMPS and SCAS write the flags once, at their end.
            scratch.pointee.flagResult = incomingResult
            scratch.pointee.flagCarries = incomingCarries
            // Whatever comes between iterations returns with RF set (SDM 3B 18.3.1.1).
            file.pointee.rflags |= UInt64(Flags.resume)
            scratch.pointee.stopTrace = 1
        }
    }

    // MARK: Many iterations at once

    /// Elements from `offset` on, going up, that lie in one page of plain memory within the segment and its wrap: host
    /// address of the first and how many, `limit` at most. None where a check or a device is involved.
    @inline(__always)
    private func span(
        _ register: SegmentRegister, _ number: UInt8, _ i: UnsafePointer<Instruction>, _ size: UInt64, write: Bool,
        limit: Int
    ) -> (host: Pointer, count: Int) {
        let none = (host: raw, count: 0)
        let segment = segment(register), offset = index(number, i)
        let end: UInt64, linear: UInt64
        if isWide {
            // No limit but the end of what the address size reaches: a non-canonical page is in no entry.
            end = i.pointee.addressSize == 8 ? .max : 0x1_0000_0000
            linear = register.rawValue >= SegmentRegister.fs.rawValue ? segment.pointee.base &+ offset : offset
        } else {
            end = min(write ? segment.pointee.writeEnd : segment.pointee.readEnd, mask(i.pointee.addressSize) &+ 1)
            linear = (segment.pointee.base &+ offset) & 0xFFFF_FFFF
        }
        guard offset < end, !scratch.pointee.checksAlignment else { return none }
        let entry = TLB.entry(scratch.pointee.tlb, for: linear)
        let tag = entry.load(fromByteOffset: write ? TLB.writeTag : TLB.readTag, as: UInt64.self)
        guard tag == linear & ~4095 else { return none }
        let bytes = min(end &- offset, 4096 &- (linear & 4095))
        // SAFETY: the tag matched, so all bytes up to the page's end are in host memory that this entry maps.
        let host = Pointer(bitPattern: UInt(entry.load(fromByteOffset: TLB.addend, as: UInt64.self) &+ linear))
        guard let host else { return none }
        return (host, min(limit, Int(bytes / size)))
    }

    private var goesUp: Bool { file.pointee.rflags & UInt64(Flags.direction) == 0 }

    private func advance(_ number: UInt8, _ i: UnsafePointer<Instruction>, by bytes: Int) {
        setRegister(number, i.pointee.addressSize, index(number, i) &+ UInt64(bytes))
    }

    private func moveMany(_ i: UnsafePointer<Instruction>, _ limit: Int) -> Int {
        let size = Int(i.pointee.operandSize)
        guard goesUp, limit > 1 else { return 0 }
        let source = span(i.pointee.segment, 6, i, UInt64(size), write: false, limit: limit)
        guard source.count > 1 else { return 0 }
        let target = span(.es, 7, i, UInt64(size), write: true, limit: source.count)
        let count = target.count, bytes = count * size
        guard count > 1 else { return 0 }
        let distance = target.host - source.host
        if distance <= 0 || distance >= bytes {
            memmove(target.host, source.host, bytes)
        } else {
            // What was just written is read again: one element after another.
            for place in stride(from: 0, to: bytes, by: size) {
                switch size {
                case 1:
                    target.host.storeBytes(
                        of: source.host.load(fromByteOffset: place, as: UInt8.self), toByteOffset: place, as: UInt8.self
                    )
                case 2:
                    target.host.storeBytes(
                        of: source.host.loadUnaligned(fromByteOffset: place, as: UInt16.self), toByteOffset: place,
                        as: UInt16.self)
                case 4:
                    target.host.storeBytes(
                        of: source.host.loadUnaligned(fromByteOffset: place, as: UInt32.self), toByteOffset: place,
                        as: UInt32.self)
                default:
                    target.host.storeBytes(
                        of: source.host.loadUnaligned(fromByteOffset: place, as: UInt64.self), toByteOffset: place,
                        as: UInt64.self)
                }
            }
        }
        advance(6, i, by: bytes)
        advance(7, i, by: bytes)
        return count
    }

    private func storeMany(_ i: UnsafePointer<Instruction>, _ limit: Int) -> Int {
        let size = Int(i.pointee.operandSize)
        guard goesUp, limit > 1 else { return 0 }
        let target = span(.es, 7, i, UInt64(size), write: true, limit: limit)
        guard target.count > 1 else { return 0 }
        let value = register(0, size == 1 ? 1 : UInt8(size))
        switch size {
        case 1: memset(target.host, Int32(value), target.count)
        case 2: fill(target.host, target.count, UInt16(truncatingIfNeeded: value))
        case 4: fill(target.host, target.count, UInt32(truncatingIfNeeded: value))
        default: fill(target.host, target.count, value)
        }
        advance(7, i, by: target.count * size)
        return target.count
    }

    @inline(__always) private func fill<T: FixedWidthInteger>(_ host: Pointer, _ count: Int, _ value: T) {
        for place in 0..<count {
            host.storeBytes(of: value, toByteOffset: place &* MemoryLayout<T>.size, as: T.self)
        }
    }

    /// CMPS and SCAS: runs on while elements are equal (REPE) or differ (REPNE); flags are those of the last.
    private func compareMany(_ i: UnsafePointer<Instruction>, _ limit: Int, scanning: Bool) -> Int {
        let size = Int(i.pointee.operandSize)
        guard goesUp, limit > 1 else { return 0 }
        let target = span(.es, 7, i, UInt64(size), write: false, limit: limit)
        guard target.count > 1 else { return 0 }
        let source =
            scanning
            ? (host: target.host, count: target.count)
            : span(i.pointee.segment, 6, i, UInt64(size), write: false, limit: target.count)
        guard source.count > 1 else { return 0 }
        let whileEqual = i.pointee.prefixes.contains(.rep)
        switch size {
        case 1: return compare(UInt8.self, source, target.host, i, scanning, whileEqual)
        case 2: return compare(UInt16.self, source, target.host, i, scanning, whileEqual)
        case 4: return compare(UInt32.self, source, target.host, i, scanning, whileEqual)
        default: return compare(UInt64.self, source, target.host, i, scanning, whileEqual)
        }
    }

    @inline(__always)
    private func compare<T: FixedWidthInteger & UnsignedInteger>(
        _ type: T.Type, _ source: (host: Pointer, count: Int), _ target: Pointer, _ i: UnsafePointer<Instruction>,
        _ scanning: Bool, _ whileEqual: Bool
    ) -> Int {
        let width = MemoryLayout<T>.size
        let constant = T(truncatingIfNeeded: register(0, UInt8(width)))
        var a = constant, b: T = 0, done = 0
        repeat {
            if !scanning { a = source.host.loadUnaligned(fromByteOffset: done &* width, as: T.self) }
            b = target.loadUnaligned(fromByteOffset: done &* width, as: T.self)
            done &+= 1
        } while done < source.count && (a == b) == whileEqual
        _ = difference(UInt64(a), UInt64(b), 0, UInt8(width))
        if !scanning { advance(6, i, by: done * width) }
        advance(7, i, by: done * width)
        return done
    }

    func movs(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(i) { (core) throws(Exception) in
            let value = try core.read(i.pointee.segment, core.index(6, i), size)
            try core.write(.es, core.index(7, i), size, value)
            core.advance(6, i, size)
            core.advance(7, i, size)
        } bulk: {
            $0.moveMany(i, $1)
        }
    }

    func stos(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(i) { (core) throws(Exception) in
            try core.write(.es, core.index(7, i), size, core.register(0, size))
            core.advance(7, i, size)
        } bulk: {
            $0.storeMany(i, $1)
        }
    }

    func lods(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(i) { (core) throws(Exception) in
            core.setRegister(0, size, try core.read(i.pointee.segment, core.index(6, i), size))
            core.advance(6, i, size)
        }
    }

    func cmps(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(
            i,
            { (core) throws(Exception) in
                let a = try core.read(i.pointee.segment, core.index(6, i), size)
                let b = try core.read(.es, core.index(7, i), size)
                _ = core.difference(a, b, 0, size)
                core.advance(6, i, size)
                core.advance(7, i, size)
            }, compares: true, bulk: { $0.compareMany(i, $1, scanning: false) })
    }

    func scas(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(
            i,
            { (core) throws(Exception) in
                let b = try core.read(.es, core.index(7, i), size)
                _ = core.difference(core.register(0, size), b, 0, size)
                core.advance(7, i, size)
            }, compares: true, bulk: { $0.compareMany(i, $1, scanning: true) })
    }

    func ins(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try checkPort(register16(2), size)
        try repeated(i) { (core) throws(Exception) in
            let place = try core.linear(.es, core.index(7, i), UInt64(size), write: true)
            core.writeLinear(place, size, core.portIn(core.register16(2), size))
            core.advance(7, i, size)
        }
    }

    func outs(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try checkPort(register16(2), size)
        try repeated(i) { (core) throws(Exception) in
            let value = try core.read(i.pointee.segment, core.index(6, i), size)
            core.portOut(core.register16(2), size, value)
            core.advance(6, i, size)
        }
    }
}
