import CKVM
import Machine

/// A segment register between CPUFile's canonical form and KVM's.
extension kvm_segment {
    init(_ segment: Segment) {
        self.init()
        selector = segment.selector
        guard segment.isPresent else {
            // VT-x wants to see that an unusable segment is none (SDM 3C 24.4.1, access rights bit 16).
            unusable = 1
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

    /// Unusable segments are zero but for their selector; code and data have their accessed bit.
    var canonical: Segment {
        guard unusable == 0, present != 0 else { return Segment(selector: selector, base: 0, limit: 0, attributes: 0) }
        var attributes = UInt16(type & 15) | UInt16(s & 1) << 4 | UInt16(dpl & 3) << 5 | 0x80
        attributes |= UInt16(avl & 1) << 12 | UInt16(l & 1) << 13 | UInt16(db & 1) << 14 | UInt16(g & 1) << 15
        if s != 0 { attributes |= 1 }
        return Segment(selector: selector, base: base, limit: limit, attributes: attributes)
    }
}

extension kvm_dtable {
    init(_ table: TableRegister) {
        self.init()
        base = table.base
        limit = table.limit
    }

    var canonical: TableRegister { TableRegister(base: base, limit: limit) }
}
