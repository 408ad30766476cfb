import Foundation
import Testing
import UserNetwork

@testable import CommandLineTool

/// QEMU's spellings of disks, cards and networks on PCI.
@Suite("PCI options")
struct PCIOptionTests {
    private func settings(_ arguments: String...) throws -> PCISettings {
        let options = try RunOptions.parse(arguments.map { $0.hasPrefix("-") ? "-" + $0 : $0 })
        var drives = try DriveSettings(options)
        return try PCISettings(options, drives: &drives)
    }

    private static let mac: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]

    @Test func driveOfVirtioIsADiskInASlot() throws {
        let devices = try settings("-drive", "file=a.img,if=virtio,format=qcow2,serial=one").devices
        let drive = DriveSettings.Drive(path: "a.img", format: .qcow2, serial: "one")
        #expect(devices == [PCISettings.Device(kind: .disk(drive))])
    }

    @Test func deviceTakesTheDriveItNames() throws {
        let devices = try settings(
            "-drive", "file=a.img,if=none,id=d0,format=raw", "-device",
            "virtio-blk-pci,drive=d0,addr=0x1e,disable-legacy=on,serial=two", "-snapshot"
        ).devices
        let drive = DriveSettings.Drive(path: "a.img", snapshot: true, format: .raw, serial: "two")
        #expect(devices == [PCISettings.Device(kind: .disk(drive), slot: 30)])
    }

    @Test func nicIsACardWithItsNetwork() throws {
        let pci = try settings(
            "-nic", "user,model=virtio-net-pci,hostfwd=tcp::2222-:22,hostfwd=udp:127.0.0.1:53-10.0.2.20:5353")
        #expect(pci.devices == [PCISettings.Device(kind: .card(isVirtio: true, mac: Self.mac, network: 0))])
        #expect(
            pci.networks.first?.network.forwards == [
                .init(isUDP: false, hostAddress: 0, hostPort: 2222, guestAddress: 0, guestPort: 22),
                .init(isUDP: true, hostAddress: 0x7F00_0001, hostPort: 53, guestAddress: 0x0A00_0214, guestPort: 5353),
            ])
        #expect(try settings("-nic", "none").devices.isEmpty)
    }

    @Test func cardsOfNetdevsAreNumberedAndTheFirstModelIsE1000() throws {
        let pci = try settings(
            "-netdev", "user,id=a,restrict=on", "-netdev", "user,id=b,hostname=pc", "-device", "e1000,netdev=b",
            "-device",
            "virtio-net-pci,netdev=a,mac=52:54:00:aa:bb:cc", "-nic", "user")
        #expect(
            pci.devices.map(\.kind) == [
                .card(isVirtio: false, mac: Self.mac, network: 2),
                .card(isVirtio: false, mac: [0x52, 0x54, 0, 0x12, 0x34, 0x57], network: 1),
                .card(isVirtio: true, mac: [0x52, 0x54, 0, 0xAA, 0xBB, 0xCC], network: 0),
            ])
        #expect(pci.cardNetworks.map { $0?.id } == ["#nic2", "b", "a"])
    }

    @Test func consoleLeadsWhereItsChardevDoes() throws {
        let pci = try settings(
            "-chardev", "file,id=c0,path=out.txt", "-device", "virtio-serial-pci", "-device", "virtconsole,chardev=c0",
            "-device", "virtio-rng-pci")
        #expect(pci.devices.map(\.kind) == [.console(.file("out.txt")), .random])
    }

    /// Options, and a word of what stderr says.
    @Test(
        arguments: [
            (["-device", "virtio-blk-pci,drive=x"], "drive="), (["-device", "e1000,netdev=x"], "netdev"),
            (["-netdev", "tap,id=t"], "user"), (["-netdev", "user"], "id="),
            (["-netdev", "user,id=a,hostfwd=tcp::22"], "hostfwd"),
            (["-netdev", "user,id=a,hostfwd=tcp::99999-:22"], "hostfwd"),
            (["-netdev", "user,id=a,hostfwd=tcp:1.2.3:5-:22"], "hostfwd"), (["-nic", "user,model=rtl8139"], "e1000"),
            (["-nic", "tap"], "user"), (["-device", "e1000,mac=53:54:00:12:34:56"], "mac="),
            (["-device", "e1000,rombar=0"], "rombar"), (["-device", "virtio-rng-pci,addr=0x20"], "addr="),
            (["-device", "virtconsole,chardev=c"], "virtio-serial-pci"), (["-chardev", "pty,id=p"], "stdio"),
            (["-drive", "file=a,if=none"], "id="), (["-drive", "file=a,if=none,id=q"], "drive=q"),
            (["-netdev", "user,id=a", "-device", "e1000,netdev=a", "-device", "e1000,netdev=a"], "another card"),
        ] as [([String], String)])
    func whatCannotBeMeantIsRefused(arguments: [String], word: String) throws {
        do {
            let options = try RunOptions.parse(arguments.map { $0.hasPrefix("-") ? "-" + $0 : $0 })
            var drives = try DriveSettings(options)
            _ = try PCISettings(options, drives: &drives)
            Issue.record("it was taken")
        } catch let failure as Failure {
            #expect(failure.code == .usage && failure.description.contains(word), "\(failure)")
        }
    }

    @Test func deviceHelpListsThem() throws {
        let result = try Tool.run(["-device", "help"])
        #expect(result.status == 0)
        for name in ["virtio-blk-pci", "virtio-net-pci", "virtio-rng-pci", "virtconsole", "e1000", "isa-debug-exit"] {
            #expect(result.output.contains("name \"\(name)\""))
        }
    }

    @Test func hostPortThatIsTakenEndsTheRunBeforeItBegins() throws {
        let image = try Guest.image("spin")
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = listen(listener, 1)
                _ = getsockname(listener, $0, &length)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        let result = try Tool.run([image, "-snapshot", "-nic", "user,hostfwd=tcp:127.0.0.1:\(port)-:80"])
        #expect(result.status == 69)
        #expect(result.errors.contains("port \(port)"), "\(result.errors)")
    }
}
