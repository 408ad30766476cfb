import Glibc

@testable import UserNetwork

/// A guest's IPv4 stack, as far as the tests need it: ARP, echo, and a TCP server that answers with what it got in capitals.
/// Formats: RFC 826, 791, 792, 9293.
final class ScriptedGuest {
    static let mac: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
    static let address: [UInt8] = [10, 0, 2, 15]
    private(set) var frames: [[UInt8]] = []
    /// Guest time in nanoseconds.
    var time: UInt64 = 0
    private(set) var network: UserNetwork!
    private var sequence: UInt32 = 1000
    private var gateway: [UInt8] = [0x52, 0x55, 10, 0, 2, 2]

    init(_ settings: UserNetwork.Settings = .init()) throws {
        network = try UserNetwork(settings) { [unowned self] in time }
        network.deliver = { [unowned self] in frames.append($0) }
    }

    func takeFrames() -> [[UInt8]] {
        defer { frames = [] }
        return frames
    }

    static func big(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
    }

    /// RFC 1071.
    static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum >> 16 + sum & 0xFFFF }
        return big(~sum & 0xFFFF, 2)
    }

    func ethernet(_ type: UInt32, to: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        to + Self.mac + Self.big(type, 2) + payload
    }

    func ip(_ kind: UInt8, from: [UInt8] = address, to: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        var header: [UInt8] = [0x45, 0] + Self.big(UInt32(20 + payload.count), 2) + [0, 1, 0, 0, 64, kind, 0, 0]
        header += from + to
        header.replaceSubrange(10..<12, with: Self.checksum(header))
        return header + payload
    }

    func arpRequest(for target: [UInt8]) -> [UInt8] {
        ethernet(
            0x0806, to: [UInt8](repeating: 0xFF, count: 6),
            [0, 1, 8, 0, 6, 4, 0, 1] + Self.mac + Self.address + [0, 0, 0, 0, 0, 0] + target)
    }

    func echoRequest(to target: [UInt8], _ data: [UInt8]) -> [UInt8] {
        var message: [UInt8] = [8, 0, 0, 0, 0x12, 0x34, 0, 1] + data
        message.replaceSubrange(2..<4, with: Self.checksum(message))
        return ethernet(0x0800, to: gateway, ip(1, to: target, message))
    }

    private func tcp(to: [UInt8], ports: (UInt32, UInt32), ack: UInt32, flags: UInt8, _ data: [UInt8]) -> [UInt8] {
        var segment = Self.big(ports.0, 2) + Self.big(ports.1, 2) + Self.big(sequence, 4) + Self.big(ack, 4)
        segment += [0x50, flags, 0x20, 0, 0, 0, 0, 0] + data
        let pseudo = Self.address + to + [0, 6] + Self.big(UInt32(segment.count), 2)
        segment.replaceSubrange(16..<18, with: Self.checksum(pseudo + segment))
        sequence &+= UInt32(data.count) + (flags & 0x02 != 0 ? 1 : 0)
        return ethernet(0x0800, to: gateway, ip(6, to: to, segment))
    }

    /// Answers what came: ARP requests for this guest, and TCP segments as a server on any port.
    func serve() {
        for frame in takeFrames() where frame.count >= 42 {
            if frame[12] == 8, frame[13] == 6, frame[21] == 1, Array(frame[38..<42]) == Self.address {
                gateway = Array(frame[22..<28])
                network.send(
                    ethernet(
                        0x0806, to: gateway,
                        [0, 1, 8, 0, 6, 4, 0, 2] + Self.mac + Self.address + frame[22..<28] + frame[28..<32]))
            } else if frame[12] == 8, frame[13] == 0, frame[23] == 6 {
                answer(Array(frame.dropFirst(14)))
            }
        }
    }

    private func answer(_ packet: [UInt8]) {
        func number(_ offset: Int, _ count: Int) -> UInt32 {
            packet[offset..<offset + count].reduce(0) { $0 << 8 | UInt32($1) }
        }
        let total = Int(number(2, 2)), start = 20 + Int(packet[32] >> 4) * 4
        let source = Array(packet[12..<16]), flags = packet[33]
        let ports = (number(22, 2), number(20, 2)), theirs = number(24, 4)
        let data = Array(packet[start..<total])
        if flags & 0x02 != 0 {
            return network.send(tcp(to: source, ports: ports, ack: theirs &+ 1, flags: 0x12, []))
        }
        guard !data.isEmpty else { return }
        let capitals = data.map { (97...122).contains($0) ? $0 - 32 : $0 }
        network.send(tcp(to: source, ports: ports, ack: theirs &+ UInt32(data.count), flags: 0x18, capitals))
    }

    /// Lets host and guest do what they have to, until `isDone` or for two seconds.
    func run(until isDone: () -> Bool) {
        for _ in 0..<400 where !isDone() {
            network.poll()
            serve()
            usleep(5000)
            time += 5_000_000
        }
    }
}

/// A TCP socket of the host that does not wait.
final class HostSocket {
    let descriptor: Int32

    init() { descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0) }

    deinit { close(descriptor) }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func with(_ address: inout sockaddr_in, _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32)
        -> Int32
    {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Listens on a port that the host chooses, and returns it.
    func listenAnywhere() -> UInt16 {
        var address = Self.address(0)
        _ = with(&address, bind)
        listen(descriptor, 1)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    func connect(to port: UInt16) {
        var address = Self.address(port)
        _ = with(&address, Glibc.connect)
    }

    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 1000)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// A port that nobody has now.
    static func freePort() -> UInt16 { HostSocket().listenAnywhere() }
}
