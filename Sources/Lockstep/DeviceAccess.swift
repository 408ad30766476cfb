import Machine

/// An access of the CPU to a port or to a device's memory.
public struct DeviceAccess: Equatable, Sendable {
    public enum Space: Sendable { case port, memory }

    public var space: Space
    /// Port number, or physical address.
    public var address: UInt64
    /// In bytes.
    public var width: Int
    public var isWrite: Bool
    /// What was written, or what the device answered; nil for a read that no device has answered.
    public var value: UInt64?

    public init(_ space: Space, _ address: UInt64, width: Int, isWrite: Bool, value: UInt64?) {
        self.space = space
        self.address = address
        self.width = width
        self.isWrite = isWrite
        self.value = value
    }

    /// `write of 41h to port 3F8h`, `read of 2 bytes from B8000h`
    public var text: String {
        let place = (space == .port ? "port " : "") + hexadecimal(address) + "h"
        let bytes = width == 1 ? "" : ", \(width) bytes"
        guard let value else { return (isWrite ? "write to " : "read of ") + place + bytes }
        let number = hexadecimal(value, digits: width * 2) + "h"
        return isWrite ? "write of \(number) to \(place)\(bytes)" : "read of \(number) from \(place)\(bytes)"
    }
}

/// Where the accesses of the two machines part: nil for the one that made none.
public struct AccessDifference: Equatable, Sendable {
    public var leader: DeviceAccess?
    public var follower: DeviceAccess?

    public init(leader: DeviceAccess?, follower: DeviceAccess?) {
        self.leader = leader
        self.follower = follower
    }
}
