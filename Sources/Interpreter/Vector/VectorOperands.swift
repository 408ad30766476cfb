import Machine
import X86ISA

extension CoreLayout {
    /// Offset of `CPUFile.vector`. Checked at start.
    @inline(__always) static var vector: Int { 576 }
    /// Offsets of FSW, the tags, MXCSR, MM0 while TOP is 0, XMM0, and of bits 128-255 of YMM0.
    @inline(__always) static var statusWord: Int { vector &+ 2 }
    @inline(__always) static var tags: Int { vector &+ 4 }
    @inline(__always) static var mxcsr: Int { vector &+ 24 }
    @inline(__always) static var mm: Int { vector &+ 32 }
    @inline(__always) static var xmm: Int { vector &+ 160 }
    @inline(__always) static var ymmHigh: Int { vector &+ VectorState.imageSize }
}

/// Checks and operands of MMX, SSE and AVX instructions.
extension Core {
    // MARK: May it run (SDM 2A 2.4, 3A 2.5, 13.1)

    /// SSE in legacy encodings: CR0.EM, CR4.OSFXSR, CR0.TS; in VEX: the mode, CR4.OSXSAVE, XCR0, CR0.TS.
    @inline(__always)
    func checkVector(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let control = file.pointee.cr0 & (ControlBits.emulation | ControlBits.taskSwitched)
        if i.pointee.vectorLength == 0 {
            if _fastPath(control == 0 && file.pointee.cr4 & ControlBits.fxsave != 0) { return }
        } else if _fastPath(
            control & ControlBits.taskSwitched == 0 && file.pointee.cr4 & ControlBits.xsaveEnable != 0
                && file.pointee.xcr0 & 6 == 6 && usesDescriptors)
        {
            return
        }
        throw vectorUnavailable(isVEX: i.pointee.vectorLength != 0)
    }

    /// VEX encodings of general registers: no check but that of the mode.
    @inline(__always)
    func checkVEX() throws(Exception) {
        if _fastPath(usesDescriptors) { return }
        throw invalidOpcode(.notInThisMode(instruction: "a VEX instruction"))
    }

    @inline(never)
    private func vectorUnavailable(isVEX: Bool) -> Exception {
        let cr4 = file.pointee.cr4
        if isVEX {
            if !usesDescriptors { return invalidOpcode(.notInThisMode(instruction: "an AVX instruction")) }
            if cr4 & ControlBits.xsaveEnable == 0 {
                return invalidOpcode(.disabled(instruction: "an AVX instruction", by: "CR4.OSXSAVE"))
            }
            if file.pointee.xcr0 & 6 != 6 {
                return invalidOpcode(.disabled(instruction: "an AVX instruction", by: "XCR0.SSE or XCR0.AVX"))
            }
        } else {
            if file.pointee.cr0 & ControlBits.emulation != 0 { return invalidOpcode(.vectorEmulation) }
            if cr4 & ControlBits.fxsave == 0 {
                return invalidOpcode(.disabled(instruction: "an SSE instruction", by: "CR4.OSFXSR"))
            }
        }
        return Exception(.deviceNotAvailable, nil, .coprocessorNotAvailable)
    }

    /// MMX: CR0.EM, CR0.TS, a pending x87 exception (SDM 3A 12.1).
    @inline(__always)
    func checkMMX() throws(Exception) {
        let control = file.pointee.cr0 & (ControlBits.emulation | ControlBits.taskSwitched)
        if _fastPath(control == 0 && statusWord & 0x80 == 0) { return }
        if control & ControlBits.emulation != 0 { throw invalidOpcode(.vectorEmulation) }
        if control != 0 { throw Exception(.deviceNotAvailable, nil, .coprocessorNotAvailable) }
        try raisePending()
    }

    /// FSW
    @inline(__always) var statusWord: UInt16 { raw.load(fromByteOffset: CoreLayout.statusWord, as: UInt16.self) }

    /// What an MMX instruction does to the x87: TOP is 0, no register is empty (SDM 3A 12.2).
    @inline(__always)
    func enterMMX() {
        if _slowPath(statusWord & 0x3800 != 0) { turnToTop0() }
        raw.storeBytes(of: 0xFF, toByteOffset: CoreLayout.tags, as: UInt8.self)
    }

    /// The registers are kept from ST(0) on: with TOP 0 that is from physical register 0 on.
    @inline(never)
    private func turnToTop0() {
        let top = Int(statusWord >> 11 & 7)
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 16) { old in
            old.copyMemory(from: UnsafeRawBufferPointer(start: raw + CoreLayout.mm, count: 128))
            guard let start = old.baseAddress else { return }
            for number in 0..<8 {
                (raw + CoreLayout.mm + number * 16)
                    .copyMemory(from: start + ((number &- top) & 7) * 16, byteCount: 16)
            }
        }
        raw.storeBytes(of: statusWord & ~0x3800, toByteOffset: CoreLayout.statusWord, as: UInt16.self)
    }

    // MARK: Registers

    @inline(__always) func xmm(_ number: UInt8) -> VectorBlock {
        let place = raw + CoreLayout.xmm + Int(number) &* 16
        return VectorBlock(place.load(as: UInt64.self), place.load(fromByteOffset: 8, as: UInt64.self))
    }

    @inline(__always) func setXMM(_ number: UInt8, _ value: VectorBlock) {
        let place = raw + CoreLayout.xmm + Int(number) &* 16
        place.storeBytes(of: value.words, as: SIMD2<UInt64>.self)
    }

    @inline(__always) func ymmHigh(_ number: UInt8) -> VectorBlock {
        let place = raw + CoreLayout.ymmHigh + Int(number) &* 16
        return VectorBlock(place.load(as: UInt64.self), place.load(fromByteOffset: 8, as: UInt64.self))
    }

    @inline(__always) func setYMMHigh(_ number: UInt8, _ value: VectorBlock) {
        let place = raw + CoreLayout.ymmHigh + Int(number) &* 16
        place.storeBytes(of: value.words, as: SIMD2<UInt64>.self)
    }

    /// TOP must be 0.
    @inline(__always) func mm(_ number: UInt8) -> UInt64 {
        raw.load(fromByteOffset: CoreLayout.mm &+ Int(number) &* 16, as: UInt64.self)
    }

    /// Sign and exponent become ones.
    @inline(__always) func setMM(_ number: UInt8, _ value: UInt64) {
        let place = CoreLayout.mm &+ Int(number) &* 16
        raw.storeBytes(of: value, toByteOffset: place, as: UInt64.self)
        raw.storeBytes(of: 0xFFFF, toByteOffset: place &+ 8, as: UInt16.self)
    }

    // MARK: Memory

    /// Where a vector operand lies, with all checks. `aligned`: 16 and 32 bytes must be so, else #GP(0).
    @inline(__always)
    func vectorLinear(
        _ i: UnsafePointer<Instruction>, _ size: UInt8, write: Bool, aligned: Bool
    ) throws(Exception) -> UInt64 {
        let offset = effectiveAddress(i)
        if aligned, size >= 16 {
            let base =
                isWide && i.pointee.segment.rawValue < SegmentRegister.fs.rawValue
                ? 0 : segment(i.pointee.segment).pointee.base
            let place = base &+ offset
            if _slowPath(place & UInt64(size &- 1) != 0) {
                throw generalProtection(0, .vectorMisaligned(linear: wrapped(place), alignment: size))
            }
        }
        // #AC looks at 2, 4 and 8 bytes alone, and not at those of F16C (SDM 2A tables 2-21 and 2-25).
        let alignment = size > 8 || i.pointee.feature == .f16c ? 1 : UInt64(size)
        return try linear(i.pointee.segment, offset, UInt64(size), write: write, alignment: alignment)
    }

    @inline(__always)
    func readVector(_ place: UInt64, _ size: UInt8) -> VectorValue {
        if size < 16 { return VectorValue(low: VectorBlock(readLinear(place, size))) }
        var value = VectorValue(
            low: VectorBlock(readLinear(place, as: UInt64.self), readLinear(wrapped(place &+ 8), as: UInt64.self)))
        if size == 32 {
            value.high = VectorBlock(
                readLinear(wrapped(place &+ 16), as: UInt64.self), readLinear(wrapped(place &+ 24), as: UInt64.self))
        }
        return value
    }

    @inline(__always)
    func writeVector(_ place: UInt64, _ size: UInt8, _ value: VectorValue) {
        if size < 16 { return writeLinear(place, size, value.low.words[0]) }
        writeLinear(place, value.low.words[0])
        writeLinear(wrapped(place &+ 8), value.low.words[1])
        if size == 32 {
            writeLinear(wrapped(place &+ 16), value.high.words[0])
            writeLinear(wrapped(place &+ 24), value.high.words[1])
        }
    }

    // MARK: Operands

    /// Memory of legacy encodings must be aligned as a whole vector, but for what `aligned` exempts (SDM 2A 2.4).
    @inline(__always)
    func vector(
        _ i: UnsafePointer<Instruction>, _ operand: Operand, aligned: Bool? = nil
    ) throws(Exception) -> VectorValue {
        switch operand.kind {
        case .xmmRegister: return VectorValue(low: xmm(operand.number))
        case .ymmRegister: return VectorValue(low: xmm(operand.number), high: ymmHigh(operand.number))
        case .mmxRegister: return VectorValue(low: VectorBlock(mm(operand.number)))
        case .memory:
            let isAligned = aligned ?? (i.pointee.vectorLength == 0)
            let place = try vectorLinear(i, operand.size, write: false, aligned: isAligned)
            return readVector(place, operand.size)
        default: return VectorValue(low: VectorBlock(try value(i, operand)))
        }
    }

    /// A vector register; with VEX all that is above the vector becomes zero.
    @inline(__always)
    func setVector(_ i: UnsafePointer<Instruction>, _ operand: Operand, _ value: VectorValue) {
        if operand.kind == .mmxRegister { return setMM(operand.number, value.low.words[0]) }
        setXMM(operand.number, value.low)
        if i.pointee.vectorLength != 0 {
            setYMMHigh(operand.number, operand.kind == .ymmRegister ? value.high : VectorBlock())
        }
    }

    /// Checks an instruction of vector registers and reads its last source; MMX registers can be used from here on.
    @inline(__always)
    func begin(
        _ i: UnsafePointer<Instruction>, _ operand: Operand, aligned: Bool? = nil
    ) throws(Exception) -> VectorValue {
        if i.pointee.operand0.kind == .mmxRegister || operand.kind == .mmxRegister {
            try checkMMX()
            guard operand.kind == .memory else {
                enterMMX()
                return try vector(i, operand)
            }
            let value = try vector(i, operand)
            enterMMX()
            return value
        }
        try checkVector(i)
        return try vector(i, operand, aligned: aligned)
    }

    /// Both sources: the destination and the operand behind it, or with VEX the two operands behind it.
    @inline(__always)
    func sources(_ i: UnsafePointer<Instruction>) throws(Exception) -> (VectorValue, VectorValue) {
        if i.pointee.vectorLength != 0 {
            let second = try begin(i, i.pointee.operand2)
            return (try vector(i, i.pointee.operand1), second)
        }
        let second = try begin(i, i.pointee.operand1)
        return (try vector(i, i.pointee.operand0), second)
    }
}
