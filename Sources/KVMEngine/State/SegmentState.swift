import CKVM
import Machine

/// A segment register between CPUFile's canonical form and KVM's.
extension kvm_segment {
    init(_ segment: Segment) {
        self.init()
        selector = segment.selector
        guard segment.isPresent else {
            // VT-x wants to see that an unusable segment is none (SDM 3C 25.4.1, access rights bit 16). What 64-bit code
            // still uses of one is the CPL in SS, and the bases of FS and GS.
            unusable = 1
            base = segment.base
            dpl = segment.privilege
            return
        }
        base = segment.base
        limit = segment.limit
        type = segment.type
        s = segment.isCodeOrData ? 1 : 0
        dpl = segment.privilege
        present = 1
        avl = UInt8(truncatingIfNeeded: segment.attributes >> 12 & 1)
        l = segment.isLong ? 1 : 0
        db = segment.isBig ? 1 : 0
        g = segment.hasPageGranularity ? 1 : 0
    }

    /// Code and data have their accessed bit; of unusable segments only the selector is left, and what `keeps` says.
    func canonical(whereUnusable keeps: Kept = .nothing) -> Segment {
        guard unusable == 0, present != 0 else {
            return Segment(
                selector: selector, base: keeps == .base ? base : 0, limit: 0,
                attributes: keeps == .privilege ? UInt16(dpl & 3) << 5 : 0)
        }
        var attributes = UInt16(type & 15) | UInt16(s & 1) << 4 | UInt16(dpl & 3) << 5 | 0x80
        attributes |= UInt16(avl & 1) << 12 | UInt16(l & 1) << 13 | UInt16(db & 1) << 14 | UInt16(g & 1) << 15
        if s != 0 { attributes |= 1 }
        return Segment(selector: selector, base: base, limit: limit, attributes: attributes)
    }
}

/// What still counts of an unusable segment.
enum Kept {
    case nothing
    /// FS, GS
    case base
    /// SS
    case privilege
}

extension kvm_dtable {
    init(_ table: TableRegister) {
        self.init()
        base = table.base
        limit = table.limit
    }

    var canonical: TableRegister { TableRegister(base: base, limit: limit) }
}
