/// A segment register with its hidden part (SDM 3A 3.4.3).
///
/// An unusable segment (null selector in protected mode) has all hidden fields zero: its present bit is clear.
@frozen public struct Segment: Equatable, Sendable {
    public var selector: UInt16 = 0
    /// Descriptor bits 40-55 with the limit's bits 48-51 cleared: type 0-3, S 4, DPL 5-6, P 7, AVL 12, L 13, D/B 14, G 15.
    public var attributes: UInt16 = 0
    /// Highest offset in bytes, granularity applied.
    public var limit: UInt32 = 0
    public var base: UInt64 = 0

    @inlinable public init() {}
    @inlinable public init(selector: UInt16, base: UInt64, limit: UInt32, attributes: UInt16) {
        self.selector = selector
        self.attributes = attributes
        self.limit = limit
        self.base = base
    }

    /// Type field, bits 0-3.
    @inlinable public var type: UInt8 { UInt8(truncatingIfNeeded: attributes & 15) }
    /// S: a code or data segment, not a system one.
    @inlinable public var isCodeOrData: Bool { attributes & 0x10 != 0 }
    @inlinable public var privilege: UInt8 { UInt8(truncatingIfNeeded: (attributes >> 5) & 3) }
    @inlinable public var isPresent: Bool { attributes & 0x80 != 0 }
    /// L
    @inlinable public var isLong: Bool { attributes & 0x2000 != 0 }
    /// D of code, B of stack and expand-down data.
    @inlinable public var isBig: Bool { attributes & 0x4000 != 0 }
    /// G
    @inlinable public var hasPageGranularity: Bool { attributes & 0x8000 != 0 }
    @inlinable public var isCode: Bool { attributes & 0x18 == 0x18 }
    /// Conforming code: type bit 2 of a code segment.
    @inlinable public var isConforming: Bool { attributes & 0x1C == 0x1C }
    /// Expand-down data: type bit 2 of a data segment.
    @inlinable public var isExpandDown: Bool { attributes & 0x1C == 0x14 }
    /// Present data, or present readable code.
    @inlinable public var isReadable: Bool { attributes & 0x90 == 0x90 && attributes & 0x0A != 0x08 }
    /// Present writable data.
    @inlinable public var isWritable: Bool { attributes & 0x9A == 0x92 }
    /// Base 0, limit 4 GiB, grows up: an offset is a linear address and never beyond the limit.
    @inlinable public var coversAll: Bool { base == 0 && limit == .max && !isExpandDown && isPresent }

    /// Highest valid offset + 1 for reads that need no further check; 0 where each access takes the checked path.
    @inlinable public var readEnd: UInt64 { isReadable && !isExpandDown ? UInt64(limit) + 1 : 0 }
    @inlinable public var writeEnd: UInt64 { isWritable && !isExpandDown ? UInt64(limit) + 1 : 0 }

    /// As real mode and V86 load it: base is the selector times 16; limit and rights stay (SDM 3A 20.1.1).
    @inlinable public static func real(_ selector: UInt16) -> Segment {
        Segment(selector: selector, base: UInt64(selector) << 4, limit: 0xFFFF, attributes: 0x93)
    }

    /// As virtual-8086 mode has all of them (SDM 3A 21.2.4, 3C 27.3.1.2).
    @inlinable public static func virtual8086(_ selector: UInt16) -> Segment {
        Segment(selector: selector, base: UInt64(selector) << 4, limit: 0xFFFF, attributes: 0xF3)
    }
}

/// GDTR or IDTR.
@frozen public struct TableRegister: Equatable, Sendable {
    public var base: UInt64 = 0
    /// Offset of the last byte.
    public var limit: UInt16 = 0
    var padding: (UInt16, UInt32) = (0, 0)
    @inlinable public init(base: UInt64, limit: UInt16) {
        self.init()
        self.base = base
        self.limit = limit
    }
    @usableFromInline init() {}

    @inlinable public static func == (a: TableRegister, b: TableRegister) -> Bool {
        a.base == b.base && a.limit == b.limit
    }
}
