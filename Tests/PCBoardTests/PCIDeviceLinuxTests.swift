import Foundation
import Glibc
import Machine
import PCBoard
import PCDevices
import Testing
import UserNetwork

/// Debian's own drivers on virtio devices and the e1000: what they bring up works.
@Suite("Linux on PCI devices", .enabled(if: LinuxGuest.obstacle == nil, LinuxGuest.comment))
struct PCIDeviceLinuxTests {
    private static let mac: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]

    /// A machine with devices, the drivers for them, and a script; `network` is behind its card.
    private func run(
        _ script: String, drivers: [String], devices: [PCIDevice], network: UserNetwork.Settings? = nil,
        seconds: Double = 40, during: (Guest) -> Void = { _ in }
    ) throws -> Guest {
        let modules = try LinuxGuest.modules(drivers)
        let client = """
            #!/bin/sh
            case $1 in bound) ifconfig $interface $ip netmask $subnet; route add default gw $router;; esac

            """
        let files = modules + [("bin/lease", Array(client.utf8))]
        let guest = try LinuxGuest.guest(
            commandLine: "console=ttyS0 quiet reboot=k",
            initramfs: try LinuxGuest.initramfs(
                LinuxGuest.loading(modules) + "chmod 755 /bin/lease\n" + script + "\necho ALL DONE\nreboot -f\n",
                files: files)
        ) { $0.pciDevices = devices }
        guest.board.vm.endsOnReset = true
        let io = guest.board.vm.io
        let link = try network.map { try UserNetwork($0) { io.events.now } }
        if let link, let card = guest.board.fitted.cards.first {
            link.deliver = { io.input.deliver($0, to: card.name, at: io.events.now) }
            card.connect { link.send($0) }
        }
        guest.run(seconds: seconds, look: 5_000_000) {
            link?.poll()
            during(guest)
            return false
        }
        #expect(guest.serial.contains("ALL DONE"), "\(guest.serial.suffix(3000))")
        #expect(!guest.serial.contains("cannot load"), "\(guest.serial.suffix(3000))")
        return guest
    }

    @Test func entropyAndConsoleWork() throws {
        let script = """
            cat /sys/class/misc/hw_random/rng_current
            [ $(head -c 1000 /dev/hwrng | wc -c) = 1000 ] && echo RANDOM
            echo hello from the guest > /dev/hvc0
            read word < /dev/hvc0; echo got $word
            """
        var printed = "", isSent = false
        let guest = try run(
            script, drivers: ["virtio_pci", "virtio_rng", "virtio_console"],
            devices: [
                PCIDevice(.virtioRandom, name: "virtio-rng0"), PCIDevice(.virtioConsole, name: "virtio-console0"),
            ]
        ) { guest in
            guest.board.fitted.consoles[0].console.output = { printed += String(decoding: $0, as: UTF8.self) }
            guard !isSent, printed.contains("guest") else { return }
            isSent = true
            let io = guest.board.vm.io
            io.input.deliver(Array("word\n".utf8), to: "virtio-console0", at: io.events.now)
        }
        #expect(guest.serial.contains("virtio_rng.0") && guest.serial.contains("RANDOM"))
        #expect(printed.contains("hello from the guest"))
        #expect(guest.serial.contains("got word"))
    }

    /// DHCP, echo, and a TCP server in the guest that a client of the host reaches: both cards.
    @Test(arguments: ["virtio_net", "e1000"]) func networkCardReachesTheGatewayAndIsReached(driver: String) throws {
        let kind: PCIDevice.Kind = driver == "e1000" ? .e1000(mac: Self.mac) : .virtioNet(mac: Self.mac)
        let port = try freePort()
        var settings = UserNetwork.Settings()
        settings.forwards = [
            .init(isUDP: false, hostAddress: 0x7F00_0001, hostPort: port, guestAddress: 0, guestPort: 7777)
        ]
        // More than a window, so that segmentation, checksums and acknowledgements have work.
        let script = """
            ifconfig eth0 up
            udhcpc -i eth0 -s /bin/lease -n -q -t 10
            ifconfig eth0
            ping -c 2 10.0.2.2 && echo PONG
            head -c 400000 /dev/urandom > /tmp/data
            sha256sum /tmp/data
            echo LISTENING
            nc -l -p 7777 < /tmp/data
            """
        var client: Int32 = -1, received: [UInt8] = []
        defer { if client >= 0 { close(client) } }
        let guest = try run(
            script, drivers: ["virtio_pci", driver], devices: [PCIDevice(kind, name: "net0")], network: settings,
            seconds: 90
        ) { guest in
            if client < 0, guest.serial.contains("LISTENING") { client = connect(to: port) }
            guard client >= 0 else { return }
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = recv(client, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count > 0 { received += bytes.prefix(count) }
            // The guest's server was not there yet: again.
            if count == 0, received.isEmpty {
                close(client)
                client = -1
            }
            // All is there: the guest's server ends when its client does.
            if received.count == 400_000 { shutdown(client, Int32(SHUT_RDWR)) }
        }
        #expect(guest.serial.contains("inet addr:10.0.2.15"), "\(guest.serial.suffix(3000))")
        #expect(guest.serial.contains("HWaddr 52:54:00:12:34:56"))
        #expect(guest.serial.contains("PONG"))
        #expect(received.count == 400_000)
        #expect(guest.serial.contains("\(try LinuxGuest.hostSum(received))  /tmp/data"))
    }

    private func withLoopback(_ port: UInt16, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    private func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        try #require(withLoopback(0) { bind(descriptor, $0, $1) } == 0)
        var address = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private func connect(to port: UInt16) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard withLoopback(port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return -1
        }
        return descriptor
    }
}
