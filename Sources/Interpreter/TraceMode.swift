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
/// | 16 | CR0.PG |
struct TraceMode: Hashable {
    var bits: UInt64

    init(bits: UInt64) { self.bits = bits }

    /// From `Scratch.mode`.
    @inline(__always) init(key: UInt64) { bits = key & 0x1FFFF }

    /// The mode, and above it what tells apart the translations by which code is found by its linear address.
    func key(stamp: UInt64) -> UInt64 { isPaged ? bits | stamp << 17 : bits }

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
        if cpu.pointee.cr0 & ControlBits.paging != 0 { bits |= 1 << 16 }
        let segments = (UnsafeRawPointer(cpu) + CoreLayout.segments)
        for number in 0..<6 where number != 1 {
            let segment = segments + number &* 16
            // Limit 4 GiB; present, data, grows up, writable; in one word with the selector.
            let word = segment.load(as: UInt64.self) & 0xFFFF_FFFF_009E_0000
            let isFlat = word == 0xFFFF_FFFF_0092_0000 && segment.load(fromByteOffset: 8, as: UInt64.self) == 0
            if isFlat { bits |= 512 &<< UInt64(number) }
        }
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
    @inline(__always) var isPaged: Bool { bits & 1 << 16 != 0 }
    var stackIsBig: Bool { bits & 4 != 0 }
    var checksAlignment: Bool { bits & 1 << 15 != 0 }
    var codeIsFlat: Bool { bits & 256 != 0 }
    func isFlat(_ register: SegmentRegister) -> Bool { bits & (512 << UInt64(register.rawValue)) != 0 }
}
