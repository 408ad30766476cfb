import Glibc
import Testing

@testable import UserNetwork

@Suite("User network", .serialized)
struct UserNetworkTests {
    @Test func gatewayAnswersARP() throws {
        let guest = try ScriptedGuest()
        guest.network.send(guest.arpRequest(for: [10, 0, 2, 2]))
        let frames = guest.takeFrames()
        #expect(frames.count == 1)
        let answer = try #require(frames.first)
        // An answer (2) from 10.0.2.2, whose address libslirp makes of 52:55 and the IPv4 address.
        #expect(answer[20..<22] == [0, 2])
        #expect(answer[22..<32] == [0x52, 0x55, 10, 0, 2, 2, 10, 0, 2, 2])
    }

    @Test func gatewayAnswersEcho() throws {
        let guest = try ScriptedGuest()
        guest.network.send(guest.arpRequest(for: [10, 0, 2, 2]))
        _ = guest.takeFrames()
        guest.network.send(guest.echoRequest(to: [10, 0, 2, 2], Array("abcdefgh".utf8)))
        let frames = guest.takeFrames().filter { $0[12] == 8 && $0[13] == 0 }
        let answer = try #require(frames.first)
        #expect(answer[26..<34] == [10, 0, 2, 2, 10, 0, 2, 15])
        #expect(answer[34] == 0)
        #expect(Array(answer[42..<50]) == Array("abcdefgh".utf8))
    }

    /// RFC 2131.
    @Test func dhcpOffersTheFirstAddress() throws {
        let guest = try ScriptedGuest()
        var message: [UInt8] = [1, 1, 6, 0, 0xDE, 0xAD, 0xBE, 0xEF] + [UInt8](repeating: 0, count: 20)
        message += ScriptedGuest.mac + [UInt8](repeating: 0, count: 202) + [99, 130, 83, 99, 53, 1, 1, 255]
        let datagram = [0, 68, 0, 67] + ScriptedGuest.big(UInt32(8 + message.count), 2) + [0, 0] + message
        guest.network.send(
            guest.ethernet(
                0x0800, to: [UInt8](repeating: 0xFF, count: 6),
                guest.ip(17, from: [0, 0, 0, 0], to: [255, 255, 255, 255], datagram)))
        let frames = guest.takeFrames()
        let offer = try #require(frames.first { $0[12] == 8 && $0[13] == 0 })
        // BOOTP begins behind 14 + 20 + 8 bytes; yiaddr is at 16 in it.
        #expect(offer[42 + 4..<42 + 8] == [0xDE, 0xAD, 0xBE, 0xEF])
        #expect(offer[42 + 16..<42 + 20] == [10, 0, 2, 15])
    }

    @Test func hostClientReachesTheGuestsServerThroughAForward() throws {
        let port = HostSocket.freePort()
        var settings = UserNetwork.Settings()
        settings.forwards = [
            .init(isUDP: false, hostAddress: 0x7F00_0001, hostPort: port, guestAddress: 0, guestPort: 80)
        ]
        let guest = try ScriptedGuest(settings)
        // The guest says where it is, as DHCP clients do.
        guest.network.send(guest.arpRequest(for: [10, 0, 2, 2]))
        let client = HostSocket()
        client.connect(to: port)
        var isSent = false, answer = ""
        guest.run {
            if !isSent { isSent = client.send("hello guest") }
            answer += client.receive()
            return answer.count >= 11
        }
        #expect(answer == "HELLO GUEST")
    }

    @Test func portThatIsTakenIsAnError() throws {
        let other = HostSocket()
        let port = other.listenAnywhere()
        let forward = UserNetwork.Forward(
            isUDP: false, hostAddress: 0x7F00_0001, hostPort: port, guestAddress: 0, guestPort: 80)
        var settings = UserNetwork.Settings()
        settings.forwards = [forward]
        #expect(throws: UserNetwork.SetupError.forward(forward, reason: "Address already in use")) {
            try UserNetwork(settings) { 0 }
        }
    }

    @Test func nonsenseFromTheGuestIsTaken() throws {
        let guest = try ScriptedGuest()
        var state: UInt64 = 86
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let count = Int(state >> 33) % 200
            var frame = (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 40)
            }
            // Often a type that is looked into.
            if count > 24, state & 3 != 0 { frame.replaceSubrange(12..<15, with: [8, 0, 0x45]) }
            guest.network.send(frame)
        }
        guest.network.poll()
        guest.network.send(guest.arpRequest(for: [10, 0, 2, 2]))
        #expect(guest.takeFrames().contains { $0.count >= 42 && $0[13] == 6 && $0[21] == 2 })
    }
}
