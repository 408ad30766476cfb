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
        saveX87(i, place)
        writeLinear(wrapped(place &+ 24), UInt64(mxcsr) | UInt64(Self.mxcsrMask) << 32)
        for word in stride(from: UInt64(160), to: imageEnd, by: 8) {
            writeLinear(
                wrapped(place &+ word), raw.load(fromByteOffset: CoreLayout.vector + Int(word), as: UInt64.self))
        }
    }

    func fxrstor(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let place = try imageLinear(i, write: false)
        let control = readLinear(wrapped(place &+ 24), as: UInt32.self)
        guard control & ~Self.mxcsrMask == 0 else {
            throw generalProtection(0, .reservedBits(register: "MXCSR", value: UInt64(control)))
        }
        restoreX87(i, place)
        setMXCSR(control)
        for word in stride(from: UInt64(160), to: imageEnd, by: 8) {
            let value = readLinear(wrapped(place &+ word), as: UInt64.self)
            raw.storeBytes(of: value, toByteOffset: CoreLayout.vector + Int(word), as: UInt64.self)
        }
    }
}
