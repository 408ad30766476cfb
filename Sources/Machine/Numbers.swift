/// An address on the memory bus, after translation and before A20 masking where a CPU made it.
@frozen public struct PhysicalAddress: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public init(_ value: UInt64) { rawValue = value }
    @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Segment base plus offset, before paging (SDM 3A 3.1).
@frozen public struct LinearAddress: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public init(_ value: UInt64) { rawValue = value }
    @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A port of the 64 KiB I/O space (SDM 1 19.3).
@frozen public struct Port: RawRepresentable, Hashable, Comparable, Sendable, Codable, ExpressibleByIntegerLiteral {
    public var rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    @inlinable public init(_ value: UInt16) { rawValue = value }
    @inlinable public init(integerLiteral value: UInt16) { rawValue = value }
    @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A segment selector (SDM 3A 3.4.2).
@frozen public struct Selector: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByIntegerLiteral {
    public var rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    @inlinable public init(_ value: UInt16) { rawValue = value }
    @inlinable public init(integerLiteral value: UInt16) { rawValue = value }
    /// RPL, bits 0-1.
    @inlinable public var requestedPrivilege: UInt8 { UInt8(truncatingIfNeeded: rawValue & 3) }
    /// TI, bit 2: the descriptor is in the LDT.
    @inlinable public var isLocal: Bool { rawValue & 4 != 0 }
    /// Offset of the descriptor in its table, in bytes.
    @inlinable public var tableOffset: UInt32 { UInt32(rawValue & 0xFFF8) }
    /// Index of the descriptor in its table.
    @inlinable public var index: UInt16 { rawValue >> 3 }
    /// Selectors 0-3 name no descriptor.
    @inlinable public var isNull: Bool { rawValue & 0xFFFC == 0 }
}

/// An interrupt or exception vector (SDM 3A 6.3.1).
@frozen public struct Vector: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByIntegerLiteral {
    public var rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    @inlinable public init(_ value: UInt8) { rawValue = value }
    @inlinable public init(integerLiteral value: UInt8) { rawValue = value }

    @inlinable public static var divideError: Vector { 0 }
    @inlinable public static var debug: Vector { 1 }
    @inlinable public static var nonMaskable: Vector { 2 }
    @inlinable public static var breakpoint: Vector { 3 }
    @inlinable public static var overflow: Vector { 4 }
    @inlinable public static var boundRange: Vector { 5 }
    @inlinable public static var invalidOpcode: Vector { 6 }
    @inlinable public static var deviceNotAvailable: Vector { 7 }
    @inlinable public static var doubleFault: Vector { 8 }
    @inlinable public static var invalidTSS: Vector { 10 }
    @inlinable public static var segmentNotPresent: Vector { 11 }
    @inlinable public static var stackFault: Vector { 12 }
    @inlinable public static var generalProtection: Vector { 13 }
    @inlinable public static var pageFault: Vector { 14 }
    @inlinable public static var mathFault: Vector { 16 }
    @inlinable public static var alignmentCheck: Vector { 17 }
    /// SIMD floating-point exception, #XM
    @inlinable public static var vectorException: Vector { 19 }

    /// The manual's mnemonic, `#GP` and so on, or `INT nn`.
    public var name: String {
        let names = [
            "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "FPU overrun", "#TS", "#NP", "#SS", "#GP",
            "#PF", "vector 15", "#MF", "#AC", "#MC", "#XM",
        ]
        let number = Int(rawValue)
        if number < names.count { return names[number] }
        return "INT " + hexadecimal(UInt64(rawValue), digits: 2) + "h"
    }
}

/// Upper-case hexadecimal, zero-filled to `digits`.
public func hexadecimal(_ value: UInt64, digits: Int = 1) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return text.count >= digits ? text : String(repeating: "0", count: digits - text.count) + text
}
