import Machine
import X86ISA

/// Segment checks, linear access and operands.
extension Core {
    /// Effective address of the memory operand: wraps at the address size.
    @inline(__always) func effectiveAddress(_ i: UnsafePointer<Instruction>) -> UInt64 {
        if _slowPath(i.pointee.addressSize == 8 || i.pointee.base == Instruction.instructionPointer) {
            return wideAddress(i)
        }
        var address = UInt32(truncatingIfNeeded: i.pointee.displacement)
        if i.pointee.base < 16 { address &+= register32(i.pointee.base) }
        if i.pointee.index < 16 { address &+= register32(i.pointee.index) &<< UInt32(i.pointee.scale) }
        return i.pointee.addressSize == 2 ? UInt64(address & 0xFFFF) : UInt64(address)
    }

    /// Addresses of 64-bit code: RIP-relative ones, and those that wrap at 64 bits.
    private func wideAddress(_ i: UnsafePointer<Instruction>) -> UInt64 {
        var address = UInt64(bitPattern: i.pointee.displacement)
        if i.pointee.base < 16 {
            address &+= register64(i.pointee.base)
        } else if i.pointee.base == Instruction.instructionPointer {
            // The end of the instruction (SDM 2A 2.2.1.6).
            address &+= file.pointee.rip &+ UInt64(Record.offset(scratch.pointee.record)) &+ UInt64(i.pointee.length)
        }
        if i.pointee.index < 16 { address &+= register64(i.pointee.index) &<< UInt64(i.pointee.scale) }
        return i.pointee.addressSize == 8 ? address : address & 0xFFFF_FFFF
    }

    func limitFault(_ register: SegmentRegister, _ offset: UInt64, _ size: UInt64, _ limit: UInt32) -> Exception {
        // An 80286 in real mode raises 13 for its stack, too.
        if register == .ss, interpreter.features.generation != .i80286 || isProtected {
            return Exception(
                .stackFault, 0, .stackLimit(offset: offset, size: UInt8(truncatingIfNeeded: size), limit: limit))
        }
        return generalProtection(
            0,
            .offsetBeyondLimit(
                segment: register.rawValue, offset: offset, size: UInt8(truncatingIfNeeded: size), limit: limit))
    }

    /// True when `size` bytes from `offset` are within the segment (SDM 3A 5.3).
    @inline(__always) func isWithin(_ segment: Segment, _ offset: UInt64, _ size: UInt64) -> Bool {
        let last = offset &+ size &- 1
        if segment.isExpandDown {
            return offset > UInt64(segment.limit) && last <= (segment.isBig ? 0xFFFF_FFFF : 0xFFFF)
        }
        return last <= UInt64(segment.limit)
    }

    /// All checks of a data access; returns the linear address. `alignment` is what #AC asks for where that is not `size`.
    @inline(__always)
    func linear(
        _ register: SegmentRegister, _ offset: UInt64, _ size: UInt64, write: Bool, alignment: UInt64? = nil
    ) throws(Exception) -> UInt64 {
        if _slowPath(isWide) {
            return try linearWide(register, offset, size, write: write, alignment: alignment ?? size)
        }
        let segment = segment(register)
        let end = write ? segment.pointee.writeEnd : segment.pointee.readEnd
        if _slowPath(offset &+ size > end) { try checkSlowly(register, offset, size, write: write) }
        let linear = (segment.pointee.base &+ offset) & 0xFFFF_FFFF
        if _slowPath(scratch.pointee.checksAlignment) { try checkAlignment(linear, alignment ?? size) }
        try probe(linear, size, write: write)
        return linear
    }

    /// #AC (SDM 3A table 6-7); `alignment` is a power of two.
    func checkAlignment(_ linear: UInt64, _ alignment: UInt64) throws(Exception) {
        guard linear & (alignment - 1) != 0 else { return }
        throw Exception(
            .alignmentCheck, 0, .misaligned(linear: linear, alignment: UInt8(truncatingIfNeeded: alignment)))
    }

    /// 64-bit mode: no limits, bases of FS and GS alone, and a canonical address (SDM 1 3.3.7.1, 3A 5.3.1).
    private func linearWide(
        _ register: SegmentRegister, _ offset: UInt64, _ size: UInt64, write: Bool, alignment: UInt64
    ) throws(Exception) -> UInt64 {
        let base = register.rawValue >= SegmentRegister.fs.rawValue ? segment(register).pointee.base : 0
        let linear = base &+ offset
        guard isCanonical(linear), isCanonical(linear &+ size &- 1) else {
            let reason = FaultReason.nonCanonical(address: linear)
            throw register == .ss ? Exception(.stackFault, 0, reason) : generalProtection(0, reason)
        }
        if _slowPath(scratch.pointee.checksAlignment) { try checkAlignment(linear, alignment) }
        try probe(linear, size, write: write)
        return linear
    }

    @inline(__always) func isCanonical(_ address: UInt64) -> Bool {
        let unused: UInt64 = file.pointee.cr4 & ControlBits.linearAddress57 != 0 ? 7 : 16
        return UInt64(bitPattern: Int64(bitPattern: address &<< unused) &>> Int64(unused)) == address
    }

    /// 64-bit mode.
    @inline(__always) var isWide: Bool { file.pointee.isLong && file.pointee.cs.isLong }

    /// A linear address that may have run over the end of the address space.
    @inline(__always) func wrapped(_ linear: UInt64) -> UInt64 { isWide ? linear : linear & 0xFFFF_FFFF }

    private func checkSlowly(
        _ register: SegmentRegister, _ offset: UInt64, _ size: UInt64, write: Bool
    ) throws(Exception) {
        let segment = segment(register).pointee
        if usesDescriptors {
            let vector: Vector = register == .ss ? .stackFault : .generalProtection
            guard segment.isPresent else {
                throw Exception(vector, 0, .segmentUnusable(segment: register.rawValue))
            }
            if write {
                guard segment.isWritable else {
                    throw generalProtection(
                        0, .segmentNotWritable(segment: register.rawValue, attributes: segment.attributes))
                }
            } else {
                guard segment.isReadable else {
                    throw generalProtection(
                        0, .segmentNotReadable(segment: register.rawValue, attributes: segment.attributes))
                }
            }
        }
        guard isWithin(segment, offset, size) else { throw limitFault(register, offset, size, segment.limit) }
    }

    // MARK: Linear

    @inline(__always) func readLinear<T: FixedWidthInteger & UnsignedInteger>(_ linear: UInt64, as type: T.Type) -> T {
        let entry = TLB.entry(scratch.pointee.tlb, for: linear)
        let last = linear &+ UInt64(T.bitWidth / 8 - 1)
        if _fastPath(entry.load(fromByteOffset: TLB.readTag, as: UInt64.self) == last & ~4095) {
            let host = entry.load(fromByteOffset: TLB.addend, as: UInt64.self) &+ linear
            // SAFETY: the tag matched, so all bytes are within one page of RAM or ROM that this entry maps.
            return Pointer(bitPattern: UInt(host)).unsafelyUnwrapped.loadUnaligned(as: T.self)
        }
        return readSlowly(linear, as: T.self)
    }

    @inline(__always) func writeLinear<T: FixedWidthInteger & UnsignedInteger>(_ linear: UInt64, _ value: T) {
        let entry = TLB.entry(scratch.pointee.tlb, for: linear)
        let last = linear &+ UInt64(T.bitWidth / 8 - 1)
        if _fastPath(entry.load(fromByteOffset: TLB.writeTag, as: UInt64.self) == last & ~4095) {
            let host = entry.load(fromByteOffset: TLB.addend, as: UInt64.self) &+ linear
            // SAFETY: as above; write tags are only set for RAM.
            Pointer(bitPattern: UInt(host)).unsafelyUnwrapped.storeBytes(of: value, as: T.self)
            return
        }
        writeSlowly(linear, value)
    }

    @inline(never) func readSlowly<T: FixedWidthInteger & UnsignedInteger>(_ linear: UInt64, as type: T.Type) -> T {
        let value = readUnwatched(linear, as: T.self)
        if _slowPath(!memory.watches.isEmpty) { noteWatched(linear, T.bitWidth / 8, UInt64(value), write: false) }
        if _slowPath(!memory.linearWatches.isEmpty) { noteBreakpoints(linear, T.bitWidth / 8, write: false) }
        return value
    }

    @inline(never) func writeSlowly<T: FixedWidthInteger & UnsignedInteger>(_ linear: UInt64, _ value: T) {
        if _slowPath(!memory.watches.isEmpty) { noteWatched(linear, T.bitWidth / 8, UInt64(value), write: true) }
        if _slowPath(!memory.linearWatches.isEmpty) { noteBreakpoints(linear, T.bitWidth / 8, write: true) }
        writeUnwatched(linear, value)
    }

    private func readUnwatched<T: FixedWidthInteger & UnsignedInteger>(_ linear: UInt64, as type: T.Type) -> T {
        let size = UInt64(T.bitWidth / 8)
        if linear & 4095 > 4096 - size {
            var value: T = 0
            for index in 0..<size {
                let byte = readUnwatched(wrapped(linear &+ index), as: UInt8.self)
                value |= T(truncatingIfNeeded: byte) &<< T(truncatingIfNeeded: index * 8)
            }
            return value
        }
        return readPhysical(physical(linear, write: false))
    }

    private func writeUnwatched<T: FixedWidthInteger & UnsignedInteger>(_ linear: UInt64, _ value: T) {
        let size = UInt64(T.bitWidth / 8)
        if linear & 4095 > 4096 - size {
            for index in 0..<size {
                writeUnwatched(
                    wrapped(linear &+ index), UInt8(truncatingIfNeeded: value &>> T(truncatingIfNeeded: index * 8)))
            }
            return
        }
        writePhysical(physical(linear, write: true), value)
    }

    /// Where a probed byte lies; the TLB knows it from now on.
    private func physical(_ linear: UInt64, write: Bool) -> UInt64 {
        if isPaging { return probedPhysical(linear, write: write) }
        memory.fill(.supervisor, linear: linear, physical: linear, write: write)
        return linear
    }

    /// Tells the debugger of an access that met a watchpoint, and stops after this instruction or iteration.
    func noteWatched(_ linear: UInt64, _ width: Int, _ value: UInt64, write: Bool) {
        let memory = memory
        var places: [UInt64] = []
        for index in 0..<UInt64(width) {
            guard let place = physicalQuietly(wrapped(linear &+ index), fetch: false) else { return }
            places.append(place)
        }
        guard let number = memory.watch(places, write: write) else { return }
        var old: UInt64? = 0
        for (index, place) in places.enumerated() {
            let byte = memory.peekByte(place)
            old = old.flatMap { sum in byte.map { sum | UInt64($0) << (UInt64(index) * 8) } }
        }
        let isDelivery = interpreter.isDelivering
        let offset = isDelivery ? 0 : UInt64(Record.offset(scratch.pointee.record))
        let pointer = file.pointee.rip &+ offset
        let code = isWide ? pointer : (file.pointee.cs.base &+ pointer) & 0xFFFF_FFFF
        memory.note(
            WatchHit(
                number: number, physical: places.first ?? 0, width: width, isWrite: write, old: old, value: value,
                codeSelector: file.pointee.cs.selector, instructionPointer: pointer, linear: code,
                isDelivery: isDelivery))
        io.attention = true
        scratch.pointee.stopTrace = 1
    }

    func readLinear(_ linear: UInt64, _ size: UInt8) -> UInt64 {
        switch size {
        case 1: UInt64(readLinear(linear, as: UInt8.self))
        case 2: UInt64(readLinear(linear, as: UInt16.self))
        case 4: UInt64(readLinear(linear, as: UInt32.self))
        default: readLinear(linear, as: UInt64.self)
        }
    }

    func writeLinear(_ linear: UInt64, _ size: UInt8, _ value: UInt64) {
        switch size {
        case 1: writeLinear(linear, UInt8(truncatingIfNeeded: value))
        case 2: writeLinear(linear, UInt16(truncatingIfNeeded: value))
        case 4: writeLinear(linear, UInt32(truncatingIfNeeded: value))
        default: writeLinear(linear, value)
        }
    }

    // MARK: Segmented

    @inline(__always)
    func read(_ register: SegmentRegister, _ offset: UInt64, _ size: UInt8) throws(Exception) -> UInt64 {
        readLinear(try linear(register, offset, UInt64(size), write: false), size)
    }

    @inline(__always)
    func write(_ register: SegmentRegister, _ offset: UInt64, _ size: UInt8, _ value: UInt64) throws(Exception) {
        writeLinear(try linear(register, offset, UInt64(size), write: true), size, value)
    }

    // MARK: Operands

    @inline(__always)
    func value(_ i: UnsafePointer<Instruction>, _ operand: Operand) throws(Exception) -> UInt64 {
        switch operand.kind {
        case .register: return register(operand.number, operand.size)
        case .memory: return try read(i.pointee.segment, effectiveAddress(i), operand.size)
        case .immediate, .relative:
            return i.pointee.immediate & mask(operand.size == 0 ? i.pointee.operandSize : operand.size)
        case .one: return 1
        case .segmentRegister:
            return UInt64(segment(SegmentRegister(rawValue: operand.number) ?? .ds).pointee.selector)
        default: return 0
        }
    }

    /// Checks that the destination can be written and gives its linear address; 0 for registers.
    @inline(__always)
    func destinationLinear(_ i: UnsafePointer<Instruction>, _ operand: Operand) throws(Exception) -> UInt64 {
        guard operand.kind == .memory else { return 0 }
        return try linear(i.pointee.segment, effectiveAddress(i), UInt64(operand.size), write: true)
    }

    @inline(__always) func store(_ operand: Operand, linear: UInt64, _ value: UInt64) {
        if operand.kind == .memory {
            writeLinear(linear, operand.size, value)
        } else {
            setRegister(operand.number, operand.size, value)
        }
    }

    /// Reads a destination that will be written: the write checks come first, since the CPU makes them at the read.
    @inline(__always)
    func load(_ operand: Operand, linear: UInt64) -> UInt64 {
        operand.kind == .memory ? readLinear(linear, operand.size) : register(operand.number, operand.size)
    }
}
