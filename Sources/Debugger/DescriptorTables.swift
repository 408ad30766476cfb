import Machine
import X86ISA

/// A descriptor of the GDT or LDT, as found in memory (SDM 3A 3.4.5, 3.5).
struct DescriptorEntry {
    let selector: UInt16
    /// Linear address of its eight bytes.
    let address: UInt64
    let low: UInt32
    let high: UInt32

    var base: UInt64 { UInt64(low >> 16) | UInt64(high & 0xFF) << 16 | UInt64(high & 0xFF00_0000) }
    /// Highest offset in bytes, granularity applied.
    var limit: UInt32 {
        let raw = low & 0xFFFF | high & 0xF0000
        return high & 0x80_0000 != 0 ? raw << 12 | 0xFFF : raw
    }
    var attributes: UInt16 { UInt16(truncatingIfNeeded: high >> 8) & 0xF0FF }
    var segment: Segment { Segment(selector: selector, base: base, limit: limit, attributes: attributes) }
    /// Target of a gate.
    var gateSelector: UInt16 { UInt16(truncatingIfNeeded: low >> 16) }
    var gateOffset: UInt64 { UInt64(low & 0xFFFF) | UInt64(high & 0xFFFF_0000) }

    private static let systemTypes = [
        "reserved", "16-bit TSS (available)", "LDT", "16-bit TSS (busy)", "16-bit call gate", "task gate",
        "16-bit interrupt gate", "16-bit trap gate", "reserved", "32-bit TSS (available)", "reserved",
        "32-bit TSS (busy)", "32-bit call gate", "reserved", "32-bit interrupt gate", "32-bit trap gate",
    ]

    /// `32-bit code, readable, accessed, DPL 0`
    var kind: String {
        let segment = segment
        var parts: [String] = []
        if segment.isCodeOrData {
            let size = segment.isBig ? "32-bit" : "16-bit"
            if segment.isCode {
                parts.append("\(size) code, " + (segment.attributes & 2 != 0 ? "readable" : "execute-only"))
                if segment.isConforming { parts.append("conforming") }
            } else {
                parts.append("\(size) data, " + (segment.attributes & 2 != 0 ? "writable" : "read-only"))
                if segment.isExpandDown { parts.append("expand-down") }
            }
            if segment.attributes & 1 != 0 { parts.append("accessed") }
        } else {
            parts.append(Self.systemTypes[Int(segment.type)])
        }
        parts.append("DPL \(segment.privilege)")
        if !segment.isPresent { parts.append("not present") }
        return parts.joined(separator: ", ")
    }

    var isGate: Bool {
        let segment = segment
        return !segment.isCodeOrData && [4, 5, 6, 7, 12, 14, 15].contains(segment.type)
    }
}

/// Looks into GDT and LDT without side effects.
struct DescriptorTables {
    let vm: VM
    init(_ vm: VM) { self.vm = vm }

    var usesDescriptors: Bool { vm.cpu.isProtected && !vm.cpu.isVirtual8086 }

    func entry(_ selector: UInt16) throws(DebuggerError) -> DescriptorEntry {
        let wanted = Selector(selector), cpu = vm.cpu
        let name = wanted.isLocal ? "LDT" : "GDT"
        let (base, limit) =
            wanted.isLocal ? (cpu.ldtr.base, cpu.ldtr.limit) : (cpu.gdtr.base, UInt32(cpu.gdtr.limit))
        if wanted.isLocal, !cpu.ldtr.isPresent { throw DebuggerError("no LDT is loaded") }
        guard wanted.tableOffset &+ 7 <= limit else {
            throw DebuggerError(
                "selector \(hexadecimal(UInt64(selector)))h is beyond the \(name)'s limit \(hexadecimal(UInt64(limit)))h"
            )
        }
        return try read(at: base &+ UInt64(wanted.tableOffset), selector)
    }

    func read(at linear: UInt64, _ selector: UInt16) throws(DebuggerError) -> DescriptorEntry {
        let memory = GuestMemory(vm), place = linear & 0xFFFF_FFFF
        return DescriptorEntry(
            selector: selector, address: place,
            low: UInt32(truncatingIfNeeded: try memory.integer(linear: place, width: 4)),
            high: UInt32(truncatingIfNeeded: try memory.integer(linear: place &+ 4, width: 4)))
    }

    /// Where the segment of a selector begins: times 16 in real mode and V86, else from its descriptor.
    func base(of selector: UInt16) throws(DebuggerError) -> UInt64 {
        guard usesDescriptors else { return UInt64(selector) << 4 }
        guard !Selector(selector).isNull else { throw DebuggerError("selector 0 has no segment in protected mode") }
        let entry = try entry(selector)
        guard entry.segment.isCodeOrData else {
            throw DebuggerError("selector \(hexadecimal(UInt64(selector)))h names no segment: \(entry.kind)")
        }
        return entry.base
    }

    /// What a load of the register would put there, by the CPU's rules; the accessed bit is set in the table too.
    /// CS and SS must keep the privilege level.
    func load(_ selector: UInt16, into register: SegmentRegister) throws(DebuggerError) -> Segment {
        let cpu = vm.cpu
        guard usesDescriptors else {
            var segment = cpu[register]
            segment.selector = selector
            segment.base = UInt64(selector) << 4
            if cpu.isVirtual8086 {
                segment.limit = 0xFFFF
                segment.attributes = 0xF3
            }
            return segment
        }
        let name = "\(register)".uppercased(), shown = hexadecimal(UInt64(selector)) + "h"
        if Selector(selector).isNull {
            guard register != .cs, register != .ss else { throw DebuggerError("\(name) cannot be null") }
            return Segment(selector: selector, base: 0, limit: 0, attributes: 0)
        }
        let entry = try entry(selector)
        var segment = entry.segment
        let rpl = Selector(selector).requestedPrivilege
        switch register {
        case .cs:
            guard segment.isCode, segment.isPresent, rpl == cpu.privilege,
                segment.isConforming ? segment.privilege <= rpl : segment.privilege == rpl
            else { throw DebuggerError("\(shown) is no present code segment of CPL \(cpu.privilege): \(entry.kind)") }
        case .ss:
            guard segment.isWritable, segment.isCodeOrData, rpl == cpu.privilege, segment.privilege == rpl else {
                throw DebuggerError("\(shown) is no present, writable stack of CPL \(cpu.privilege): \(entry.kind)")
            }
        default:
            guard segment.isCodeOrData, segment.isReadable else {
                throw DebuggerError("\(shown) is no present, readable segment: \(entry.kind)")
            }
            guard segment.isConforming || max(rpl, cpu.privilege) <= segment.privilege else {
                throw DebuggerError("\(shown) is out of reach of CPL \(cpu.privilege), RPL \(rpl): \(entry.kind)")
            }
        }
        if segment.attributes & 1 == 0 {
            segment.attributes |= 1
            let place = GuestMemory(vm).physical(entry.address &+ 5)
            try? GuestMemory(vm).write([UInt8(truncatingIfNeeded: entry.high >> 8) | 1], physical: place)
        }
        return segment
    }
}
