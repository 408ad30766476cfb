import Machine
import X86ISA

/// MXCSR, state images, EMMS.
extension Core {
    @inline(__always) var mxcsr: UInt32 { raw.load(fromByteOffset: CoreLayout.mxcsr, as: UInt32.self) }

    @inline(__always) func setMXCSR(_ value: UInt32) {
        raw.storeBytes(of: value, toByteOffset: CoreLayout.mxcsr, as: UInt32.self)
    }

    /// MXCSR_MASK: bits that MXCSR may have, DAZ among them.
    private static var mxcsrMask: UInt32 { 0xFFFF }

    func ldmxcsr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try checkVector(i)
        let value = UInt32(truncatingIfNeeded: try value(i, i.pointee.operand0))
        guard value & ~Self.mxcsrMask == 0 else {
            throw generalProtection(0, .reservedBits(register: "MXCSR", value: UInt64(value)))
        }
        setMXCSR(value)
    }

    func stmxcsr(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try checkVector(i)
        let place = try destinationLinear(i, i.pointee.operand0)
        writeLinear(place, mxcsr)
    }

    /// All x87 registers are empty, TOP is 0.
    func emms(_ i: UnsafePointer<Instruction>) throws(Exception) {
        try checkMMX()
        enterMMX()
        raw.storeBytes(of: 0, toByteOffset: CoreLayout.tags, as: UInt8.self)
    }

    // MARK: FXSAVE, FXRSTOR (SDM 1 10.5)

    /// Bytes of the image that hold state: to XMM15 in 64-bit code, else to XMM7.
    private var imageEnd: UInt64 { isWide ? 416 : 288 }

    private func imageLinear(_ i: UnsafePointer<Instruction>, write: Bool) throws(Exception) -> UInt64 {
        guard file.pointee.cr0 & (ControlBits.emulation | ControlBits.taskSwitched) == 0 else {
            throw Exception(.deviceNotAvailable, nil, .coprocessorNotAvailable)
        }
        // 512 bytes in two halves, since sizes are below 256.
        let offset = effectiveAddress(i)
        let base =
            isWide && i.pointee.segment.rawValue < SegmentRegister.fs.rawValue
            ? 0 : segment(i.pointee.segment).pointee.base
        guard (base &+ offset) & 15 == 0 else {
            throw generalProtection(0, .vectorMisaligned(linear: wrapped(base &+ offset), alignment: 16))
        }
        let first = try linear(i.pointee.segment, offset, 512, write: write, alignment: 16)
        return first
    }

    func fxsave(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let place = try imageLinear(i, write: true)
        for word in stride(from: UInt64(0), to: imageEnd, by: 8) {
            var value = raw.load(fromByteOffset: CoreLayout.vector + Int(word), as: UInt64.self)
            switch word {
            // Offset and selector, in 64-bit images an offset alone.
            case 8, 16: value = i.pointee.operandSize == 8 ? value : value & 0xFFFF_FFFF_FFFF
            case 24: value = value & 0xFFFF_FFFF | UInt64(Self.mxcsrMask) << 32
            default: break
            }
            writeLinear(wrapped(place &+ word), value)
        }
    }

    func fxrstor(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let place = try imageLinear(i, write: false)
        let control = readLinear(wrapped(place &+ 24), as: UInt32.self)
        guard control & ~Self.mxcsrMask == 0 else {
            throw generalProtection(0, .reservedBits(register: "MXCSR", value: UInt64(control)))
        }
        for word in stride(from: UInt64(0), to: imageEnd, by: 8) {
            var value = readLinear(wrapped(place &+ word), as: UInt64.self)
            switch word {
            case 0: value = Self.canonical(x87: value)
            case 8, 16: value = i.pointee.operandSize == 8 ? value : value & 0xFFFF_FFFF_FFFF
            case 24: value &= 0xFFFF_FFFF
            case 32..<160 where word & 8 != 0: value &= 0xFFFF
            default: break
            }
            raw.storeBytes(of: value, toByteOffset: CoreLayout.vector + Int(word), as: UInt64.self)
        }
    }

    /// FCW, FSW, tags and FOP as the x87 keeps them: reserved bits of FCW as after FLDCW, ES and B from its exceptions.
    private static func canonical(x87 word: UInt64) -> UInt64 {
        let control = word & 0x1F3F | 0x40, status = word >> 16 & 0x7F7F
        let summary: UInt64 = status & ~control & 0x3F != 0 ? 0x8080 : 0
        return control | (status | summary) << 16 | word & 0x07FF_00FF_0000_0000
    }
}
