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

    /// The modules' files by name, those that others need before them.
    private static func modules(_ names: [String]) throws -> [(name: String, content: [UInt8])] {
        var paths: [String: String] = [:]
        let folder = LinuxGuest.folder + "/modules"
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where path.hasSuffix(".ko") {
            paths[String(path.split(separator: "/").last ?? "").replacingOccurrences(of: "-", with: "_")] = path
        }
        var list: [(name: String, content: [UInt8])] = []
        func add(_ name: String) throws {
            guard !list.contains(where: { $0.name == "lib/\(name).ko" }) else { return }
            // What is not there is part of the kernel.
            guard let path = paths[name + ".ko"] else { return }
            let content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path)))
            for needed in needs(content) { try add(needed) }
            list.append(("lib/\(name).ko", content))
        }
        for name in names { try add(name) }
        return list
    }

    /// `depends=` of a module's information.
    private static func needs(_ module: [UInt8]) -> [String] {
        let key = Array("\0depends=".utf8)
        guard let start = module.indices.first(where: { module[$0...].starts(with: key) }) else { return [] }
        let text = module[(start + key.count)...].prefix { $0 != 0 }
        return String(decoding: text, as: UTF8.self).split(separator: ",").map {
            $0.replacingOccurrences(of: "-", with: "_")
        }
    }

    /// A machine with devices, the drivers for them, and a script; `network` is behind its card.
    private func run(
        _ script: String, drivers: [String], devices: [PCIDevice], network: UserNetwork.Settings? = nil,
        seconds: Double = 40, during: (Guest) -> Void = { _ in }
    ) throws -> Guest {
        let modules = try Self.modules(drivers)
        let loading = modules.map { "insmod /\($0.name) || echo cannot load \($0.name)" }.joined(separator: "\n")
        let client = """
            #!/bin/sh
            case $1 in bound) ifconfig $interface $ip netmask $subnet; route add default gw $router;; esac

            """
        let files = modules + [("bin/lease", Array(client.utf8))]
        let guest = try LinuxGuest.guest(
            commandLine: "console=ttyS0 quiet reboot=k",
            initramfs: try LinuxGuest.initramfs(
                loading + "\nchmod 755 /bin/lease\n" + script + "\necho ALL DONE\nreboot -f\n", files: files)
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

    @Test func virtioDiskKeepsWhatIsWrittenAndFlushesIt() throws {
        let disk = MemoryDisk([UInt8](repeating: 0, count: 4 << 20))
        let script = """
            cat /sys/block/vda/size /sys/block/vda/serial
            head -c 300000 /dev/urandom > /tmp/data
            dd if=/tmp/data of=/dev/vda bs=4096 seek=3 conv=fsync
            echo 3 > /proc/sys/vm/drop_caches
            dd if=/dev/vda bs=4096 skip=3 count=74 | head -c 300000 | cmp - /tmp/data && echo SAME
            sha256sum /tmp/data
            """
        let guest = try run(
            script, drivers: ["virtio_pci", "virtio_blk"],
            devices: [PCIDevice(.virtioBlock(disk, serial: "lucid-disk"), name: "virtio-blk0")])
        let lines = guest.serial.split(whereSeparator: \.isNewline)
        // The serial number has no end of line.
        #expect(lines.contains("8192") && guest.serial.contains("lucid-disk") && lines.contains("SAME"))
        let written = (24..<24 + 586).flatMap { (try? disk.read(sector: UInt64($0))) ?? [] }.prefix(300_000)
        var sum = ""
        let folder = try TemporaryFolder()
        try Data(written).write(to: URL(fileURLWithPath: folder.path + "/data"))
        try #require(try runTool("/usr/bin/env", ["sha256sum", folder.path + "/data"]) { sum = $0 })
        #expect(lines.contains("\(sum.prefix(64))  /tmp/data"))
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
        var sum = ""
        let folder = try TemporaryFolder()
        try Data(received).write(to: URL(fileURLWithPath: folder.path + "/data"))
        try #require(try runTool("/usr/bin/env", ["sha256sum", folder.path + "/data"]) { sum = $0 })
        #expect(guest.serial.contains("\(sum.prefix(64))  /tmp/data"))
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
