import Machine
import X86ISA

/// What a trace is decoded for beside its physical address: everything that its handlers take for granted.
///
/// | bits | what |
/// | --- | --- |
/// | 0-1 | default code size: 16, 32, 64 bits |
/// | 2 | SS.B |
/// | 3-4 | CPL |
/// | 5 | CR0.PE |
/// | 6 | V86 |
/// | 7 | A20 gate closed |
/// | 8 | CS has base 0 and limit 4 GiB |
/// | 9-14 | ES CS SS DS FS GS are flat: base 0, limit 4 GiB, readable and writable, not expand-down |
/// | 15 | alignment is checked |
struct TraceMode: Hashable {
    var bits: UInt64

    init(bits: UInt64) { self.bits = bits }

    init(_ cpu: UnsafePointer<CPUFile>, a20Closed: Bool) {
        var bits: UInt64 =
            switch cpu.pointee.codeSize {
            case .bits16: 0
            case .bits32: 1
            case .bits64: 2
            }
        if cpu.pointee.ss.isBig { bits |= 4 }
        bits |= UInt64(cpu.pointee.privilege) << 3
        if cpu.pointee.isProtected { bits |= 32 }
        if cpu.pointee.isVirtual8086 { bits |= 64 }
        if a20Closed { bits |= 128 }
        if cpu.pointee.cs.base == 0, cpu.pointee.cs.limit == .max { bits |= 256 }
        func mark(_ segment: Segment, _ register: SegmentRegister) {
            if segment.coversAll, segment.isReadable, segment.isWritable { bits |= 512 << UInt64(register.rawValue) }
        }
        mark(cpu.pointee.es, .es)
        mark(cpu.pointee.ss, .ss)
        mark(cpu.pointee.ds, .ds)
        mark(cpu.pointee.fs, .fs)
        mark(cpu.pointee.gs, .gs)
        if cpu.pointee.checksAlignment { bits |= 1 << 15 }
        self.bits = bits
    }

    var codeSize: CodeSize {
        switch bits & 3 {
        case 0: .bits16
        case 1: .bits32
        default: .bits64
        }
    }
    var stackIsBig: Bool { bits & 4 != 0 }
    var checksAlignment: Bool { bits & 1 << 15 != 0 }
    var codeIsFlat: Bool { bits & 256 != 0 }
    func isFlat(_ register: SegmentRegister) -> Bool { bits & (512 << UInt64(register.rawValue)) != 0 }
}
