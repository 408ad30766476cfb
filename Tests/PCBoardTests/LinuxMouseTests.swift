import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

/// Debian's kernel with its driver of PS/2 mice, and what its mousedev gives programs.
@Suite("Linux with a mouse", .enabled(if: LinuxGuest.obstacle == nil, LinuxGuest.comment))
struct LinuxMouseTests {
    @Test func itFindsTheMouseAndSeesItMove() throws {
        let driver = try LinuxGuest.file("modules/kernel/drivers/input/mouse/psmouse.ko")
        let script = """
            insmod /psmouse.ko
            while [ ! -e /dev/input/mouse0 ]; do sleep 0.1; done
            grep Mouse /proc/bus/input/devices
            (sleep 0.5; echo moves are awaited) &
            dd if=/dev/input/mice bs=3 count=2 2>/dev/null | od -An -tx1
            dmesg | grep -i -e psmouse -e 'i8042:' -e serio
            poweroff -f

            """
        let guest = try LinuxGuest.guest(
            commandLine: "console=ttyS0",
            initramfs: try LinuxGuest.initramfs(script, files: [("psmouse.ko", driver)]))
        #expect(
            guest.run(seconds: 60, look: 50_000_000) { guest.serial.contains("moves are awaited") },
            "\(guest.serial.suffix(2000))")
        for (right, up, buttons) in [(5, -3, 0), (0, 0, 1)] as [(Int16, Int16, UInt8)] {
            let bytes = PS2Mouse.logBytes(right: right, up: up, buttons: buttons)
            guest.board.vm.io.input.deliver(bytes, to: "mouse", at: guest.now)
            guest.run(seconds: 0.2, look: 50_000_000)
        }
        guest.run(seconds: 30, look: 50_000_000)
        // The name that Linux gives QEMU's mouse, too.
        #expect(guest.serial.contains("ImExPS/2 Generic Explorer Mouse"), "\(guest.serial.suffix(2000))")
        #expect(guest.serial.contains("28 05 fd 09 00 00"), "\(guest.serial.suffix(2000))")
        for word in ["lost sync", "bad data", "failed", "No controller", "throwing"] {
            #expect(
                !guest.serial.split(whereSeparator: \.isNewline).contains { $0.contains("mouse") && $0.contains(word) })
        }
        #expect(guest.ending?.name == "power-off", "\(guest.serial.suffix(2000))")
    }

    /// SMBIOS, memory types and machine checks, on one processor and on two.
    @Test(arguments: [("max", 1), ("qemu64", 2)])
    func itHasNoComplaintAboutTablesMemoryTypesAndMachineChecks(cpu: String, processors: Int) throws {
        let model = try #require(CPUDefinition.named(cpu)?.model().model)
        let script = "cat /proc/mtrr; ls /sys/firmware/dmi/tables; ls /dev/ttyS1; poweroff -f\n"
        let guest = try LinuxGuest.guest(
            commandLine: "console=ttyS0", initramfs: try LinuxGuest.initramfs(script)
        ) {
            $0.cpuModel = model
            $0.processors = processors
            $0.hasSecondSerial = true
        }
        guest.run(seconds: 60, look: 100_000_000)
        let serial = guest.serial
        #expect(guest.ending?.name == "power-off", "\(serial.suffix(2000))")
        for wanted in [
            "DMI: Lucid86 PC (i440FX + PIIX3), BIOS Lucid86 BIOS 01/01/2026",
            "reg00: base=0x0c0000000 ( 3072MB), size= 1024MB, count=1: uncachable", "smbios_entry_point",
            "ttyS1 at I/O 0x2f8 (irq = 3, base_baud = 115200) is a 16550A",
        ] { #expect(serial.contains(wanted), "\(wanted): \(serial)") }
        for word in [
            "DMI not present", "mce: ", "mtrr: your CPUs", "unchecked MSR access", "rc -5", "probably your BIOS",
        ] { #expect(!serial.contains(word), "\(word): \(serial)") }
    }
}
