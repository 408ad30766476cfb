/// What travels between APICs: an interrupt with its destination.
public struct InterruptMessage: Equatable, Sendable {
    /// SDM 3A 11.6.1, 82093AA datasheet 3.2.4.
    public enum Delivery: UInt8, Sendable {
        case fixed = 0
        case lowestPriority = 1
        case systemManagement = 2
        case nonMaskable = 4
        case initialise = 5
        case startup = 6
        /// The vector comes from the 8259s.
        case external = 7
    }

    public enum Destination: Equatable, Sendable {
        /// An APIC's identity; all ones of its width mean all.
        case physical(UInt32)
        /// A set of logical identities.
        case logical(UInt32)
        case all
        case allBut(Int)
        case only(Int)
    }

    public var vector: UInt8
    public var delivery: Delivery
    public var destination: Destination
    /// Level-triggered: EOI is told to the I/O APICs.
    public var isLevel: Bool
    /// The destination has 32 bits, as in x2APIC mode, instead of 8.
    public var isWide: Bool

    public init(
        vector: UInt8, delivery: Delivery = .fixed, destination: Destination, isLevel: Bool = false,
        isWide: Bool = false
    ) {
        self.vector = vector
        self.delivery = delivery
        self.destination = destination
        self.isLevel = isLevel
        self.isWide = isWide
    }

    /// A memory write to FEExxxxxh by a device (SDM 3A 11.11); nil for a delivery mode that there is not.
    public init?(address: UInt64, data: UInt32) {
        guard let delivery = Delivery(rawValue: UInt8(truncatingIfNeeded: data >> 8 & 7)) else { return nil }
        let identity = UInt32(truncatingIfNeeded: address >> 12 & 0xFF)
        self.init(
            vector: UInt8(truncatingIfNeeded: data), delivery: delivery,
            // Bit 2: destination mode.
            destination: address & 4 != 0 ? .logical(identity) : .physical(identity), isLevel: data & 0x8000 != 0)
    }
}
