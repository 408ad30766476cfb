import Foundation
import Machine
import PCBoard
import PCDevices
import Testing
import UserNetwork

/// Debian's kernel with busybox on a machine with an IDE disk, a virtio disk and a virtio network card, from the first
/// instruction of our BIOS to the power-off that its init asks for.
final class LinuxRun {
    /// All that a run leaves behind.
    struct Outcome: Equatable {
        var serial: String
        var ending: String
        var exitCode: Int32?
        var instructions: UInt64
        var ticks: UInt64
        var stateHash: String
        var disks: [[UInt8]]

        var lines: [Substring] { serial.split(whereSeparator: \.isNewline) }
        /// What init and the programs said.
        var words: String { lines.filter { !$0.hasPrefix("[") && !$0.hasPrefix("log: ") }.joined(separator: "\n") }

        /// What differs from another run, for a message.
        func differences(from other: Outcome) -> [String] {
            var list: [String] = []
            if serial != other.serial {
                let same = zip(serial.utf8, other.serial.utf8).prefix { $0 == $1 }.count
                list.append("serial text from byte \(same): \(serial.dropFirst(same).prefix(200))")
            }
            if ending != other.ending { list.append("\(ending), not \(other.ending)") }
            if instructions != other.instructions {
                list.append("\(instructions) of \(other.instructions) instructions")
            }
            if ticks != other.ticks { list.append("\(ticks) of \(other.ticks) ticks") }
            if stateHash != other.stateHash { list.append("state") }
            for (name, images) in zip(LinuxRun.disks, zip(disks, other.disks)) where images.0 != images.1 {
                list.append("\(name) in \(zip(images.0, images.1).filter { $0 != $1 }.count) bytes")
            }
            return list
        }
    }

    /// Names of the guest's, and in what order the script uses them: sda on the primary channel, vda in a PCI slot.
    static let disks = ["sda", "vda"]
    static let diskSize = 8 << 20
    /// Where the guest writes, and how much.
    static let written = 1 << 20..<3 << 20
    /// A file in the guest's root.
    static let data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 16) }
    static let words = "console=ttyS0"

    /// What /init does. The kernel's messages come last, with their levels.
    static let script = """
        echo init is here
        cat /proc/cpuinfo
        sha256sum /data
        echo command line: $(cat /proc/cmdline)
        echo serial number of vda: $(cat /sys/block/vda/serial)
        for disk in sda vda; do
            echo sectors of $disk: $(cat /sys/block/$disk/size)
            echo host wrote to $disk: $(head -c 1048576 /dev/$disk | sha256sum)
            head -c 2097152 /dev/urandom >/tmp/$disk
            echo guest writes to $disk: $(sha256sum </tmp/$disk)
            dd if=/tmp/$disk of=/dev/$disk bs=64k seek=16 oflag=direct conv=fsync 2>/dev/null
            echo 3 >/proc/sys/vm/drop_caches
            echo guest reads from $disk: $(dd if=/dev/$disk bs=64k skip=16 count=32 2>/dev/null | sha256sum)
        done
        ifconfig eth0 10.0.2.15
        ping -c 2 10.0.2.2 && echo the gateway answers
        dmesg -r | sed 's/^/log: /'
        poweroff -f

        """

    static func initramfs() throws -> [UInt8] {
        let modules = try LinuxGuest.modules(["virtio_pci", "virtio_blk", "virtio_net", "ata_piix", "sd_mod"])
        return try LinuxGuest.initramfs(
            LinuxGuest.loading(modules) + script, files: modules + [("data", data)])
    }

    /// Images that hold what the guest must find on them.
    static func makeDisks(in folder: TemporaryFolder) throws {
        for (number, name) in disks.enumerated() {
            let content = (0..<diskSize).map { UInt8(truncatingIfNeeded: ($0 >> 9) &* (2 * number + 7) &+ $0) }
            try Data(content).write(to: URL(fileURLWithPath: "\(folder.path)/\(name).img"))
        }
    }

    let guest: Guest
    let folder: TemporaryFolder
    private let network: UserNetwork

    /// `images`: the folder of a run whose images, as they are now, this one goes on with.
    init(processors: Int, images: TemporaryFolder? = nil) throws {
        folder = try TemporaryFolder()
        if let images {
            for name in Self.disks {
                try FileManager.default.copyItem(
                    atPath: "\(images.path)/\(name).img", toPath: "\(folder.path)/\(name).img")
            }
        } else {
            try Self.makeDisks(in: folder)
        }
        let images = try Self.disks.map { [folder] in
            try RawImage(path: "\(folder.path)/\($0).img", readOnly: false)
        }
        guest = try LinuxGuest.guest(commandLine: Self.words, initramfs: try Self.initramfs()) {
            $0.processors = processors
            $0.disks[0] = images[0]
            $0.pciDevices = [
                PCIDevice(.virtioBlock(images[1], serial: "lucid-disk"), name: "virtio-blk0"),
                PCIDevice(.virtioNet(mac: [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]), name: "net0"),
            ]
        }
        let io = guest.board.vm.io
        let network = try UserNetwork(.init()) { io.events.now }
        let card = guest.board.fitted.cards[0]
        network.deliver = { io.input.deliver($0, to: card.name, at: io.events.now) }
        card.connect { network.send($0) }
        self.network = network
    }

    /// Runs to the end, in pieces of `look` ticks.
    func finish(look: UInt64 = 100_000_000) throws -> Outcome {
        guest.run(seconds: 60, look: look)
        return Outcome(
            serial: guest.serial, ending: guest.ending?.name ?? "none: \(guest.serial.suffix(2000))",
            exitCode: guest.ending?.exitCode, instructions: guest.board.vm.instructions, ticks: guest.now,
            stateHash: try guest.board.vm.stateHash(), disks: try Self.disks.map(image))
    }

    /// Runs until the guest has written something to a disk, and not all.
    func stopAmidWrites(to disk: String) throws {
        let file = try #require(FileHandle(forReadingAtPath: "\(folder.path)/\(disk).img"))
        func sector(at offset: Int) -> Data? {
            try? file.seek(toOffset: UInt64(offset))
            return try? file.read(upToCount: 512)
        }
        let first = Self.written.lowerBound, last = Self.written.upperBound - 512
        let before = (sector(at: first), sector(at: last))
        // Much is computed between this line and the first write.
        let comesNear = guest.run(seconds: 60, look: 5_000_000) { guest.serial.contains("host wrote to \(disk)") }
        #expect(comesNear, "\(guest.serial.suffix(2000))")
        let hasBegun = guest.run(seconds: 1, look: 10_000) { sector(at: first) != before.0 }
        #expect(hasBegun && sector(at: last) == before.1, "\(disk)")
    }

    func image(_ disk: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(disk).img")))
    }

    /// The run with two processors that others are compared with.
    static let withTwoProcessors = Result { try LinuxRun(processors: 2).finish() }
}
