import Foundation
import Testing

@Suite("Bad input")
struct BadInputTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var arguments: [String]
        var status: Int32
        /// What the message must name.
        var text: String
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ arguments: String..., status: Int32, names text: String) {
            self.arguments = arguments
            self.status = status
            self.text = text
        }
    }

    static let cases: [Case] = [
        Case("/no/such.img", status: 66, names: "No such file"),
        Case("-fda", "/no/such.img", status: 66, names: "/no/such.img"),
        Case("/tmp", status: 66, names: "directory"),
        Case("-bios", "/tmp", status: 66, names: "directory"),
        Case("-bios", "/no/such.rom", status: 66, names: "/no/such.rom"),
        Case("-m", "0", status: 64, names: "-m 0"),
        Case("-m", "99999T", status: 64, names: "-m 99999T"),
        Case("-m", "18446744073709551615T", status: 64, names: "-m"),
        Case("-m", "many", status: 64, names: "-m many"),
        Case("--bugdet", "1", status: 64, names: "did you mean --budget?"),
        Case("--budget", "x", status: 64, names: "budget"),
        Case("-hda", status: 64, names: "-hda needs a value"),
        Case("-cdrom", "x.iso", status: 66, names: "No such file"),
        Case("-boot", "z", status: 64, names: "-boot z"),
        Case("-serial", "pty", status: 64, names: "pty"),
        Case("-serial", "stdoi", status: 64, names: "stdio"),
        Case("-display", "gtk", status: 64, names: "terminal"),
        Case("-display", "terminal", status: 64, names: "no terminal"),
        Case("-device", "rtl8139", status: 64, names: "-device help"),
        Case("-device", "isa-debug-exit,iobas=1", status: 64, names: "iobas"),
        Case("-device", "isa-debug-exit,iobase=0x60", status: 64, names: "overlap"),
        Case("-drive", "file=x,format=vmdk", status: 64, names: "qemu-img"),
        Case("-drive", "file=x,indx=1", status: 64, names: "index"),
        Case("-drive", "format=raw", status: 64, names: "file="),
        Case("-hda", "a", "-hda", "b", "c", status: 64, names: "twice"),
        Case("-d", "exce", status: 64, names: "did you mean exec?"),
        Case("--fail-on", "(", status: 64, names: "regular expression"),
        Case("--keys", "<ecs>", status: 64, names: "<esc>"),
        Case("--dump-memory", "0,1", status: 64, names: "--dump-state"),
        Case("--dump-state", "x", "--dump-memory", "0", status: 64, names: "ADDRESS,LENGTH"),
        Case("--log-port", "80", status: 64, names: "PORT=FILE"),
        Case("--clock", "real", status: 64, names: "virtual or host"),
        Case("--on-triple-fault", "stop", status: 64, names: "end or reset"),
        Case("-rtc", "base=tomorrow", status: 64, names: "base="),
        Case("-cpu", "pentum", status: 64, names: "did you mean pentium?"),
        Case("-cpu", "host", status: 69, names: "--engine kvm!"),
        Case("-cpu", "host,+avx", status: 64, names: "cannot be changed"),
        Case("-cpu", "max,+smeb", status: 64, names: "did you mean smep?"),
        Case("-cpu", "max,smep=maybe", status: 64, names: "on or off"),
        Case("-cpu", "486,+nx", status: 64, names: "nx needs pae"),
        Case("-cpu", "386,+nx", status: 64, names: "no CPUID"),
        Case("-cpu", "max,vendor=Intel", status: 64, names: "12 characters"),
        Case("-cpu", "max,+vmx,enforce", status: 69, names: "vmx"),
        Case("-cpu", "286", status: 64, names: "-bios"),
        Case("-machine", "q35", status: 64, names: "pc"),
        Case("-smp", "0", status: 64, names: "from 1 to 16"),
        Case("-smp", "2,dies=2", status: 64, names: "from 1 to 16"),
        Case("-accel", "hvf", status: 64, names: "--engine interpreter or kvm"),
        Case("-machine", "pc,accel=xen", status: 64, names: "--engine interpreter or kvm"),
        Case("-enable-kvm", "-accel", "tcg", status: 64, names: "exclude each other"),
        Case("--pin", "1=0", status: 64, names: "one vCPU"),
        Case("--pin", "0", status: 64, names: "0=CPU"),
        Case("--engine", "warp", status: 64, names: "interpreter, kvm, kvm! or auto"),
        Case("-m", "16", "--report", "/no/such/folder/report", status: 74, names: "/no/such/folder/report"),
        Case("-m", "16", "--screen-dump", "/no/such/folder/a.png", status: 74, names: "--screen-dump"),
        Case("-serial", "file:/no/such/folder/s", status: 74, names: "-serial"),
    ]

    @Test(arguments: cases) func isRefusedWithItsCodeAndAMessage(test: Case) throws {
        let result = try Tool.run(test.arguments)
        #expect(result.status == test.status)
        #expect(result.errors.contains(test.text), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("lucid86: ") })
        #expect(result.output.isEmpty)
    }

    private func withFile(_ bytes: Data, _ body: (String) throws -> Void) throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try bytes.write(to: URL(fileURLWithPath: folder + "/x.img"))
        try body(folder + "/x.img")
    }

    @Test func anEmptyImageIsNoDisk() throws {
        try withFile(Data()) { path in
            let result = try Tool.run([path])
            #expect(result.status == 65)
            #expect(result.errors.contains("empty"))
        }
    }

    @Test func aROMOfTheWrongSizeIsRefused() throws {
        try withFile(Data(count: 1000)) { path in
            let result = try Tool.run(["-bios", path])
            #expect(result.status == 65)
            #expect(result.errors.contains("64, 128 or 256 KiB"))
        }
    }

    private static let needsUser = ConditionTrait.enabled(
        if: Tool.canRunWithoutPrivileges, "root may read everything, and there is no setpriv (util-linux)")

    /// An image of 1 MiB with a mode, in a folder that everyone may enter.
    private func withImage(mode: mode_t, _ body: (_ image: String, _ folder: String) throws -> Void) throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        chmod(folder, 0o755)
        let image = folder + "/x.img"
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: image))
        chmod(image, mode)
        try body(image, folder)
    }

    @Test(needsUser, arguments: ["", "-fda", "-hdb", "-bios"])
    func aFileThatMayNotBeReadIsNamed(option: String) throws {
        try withImage(mode: 0o000) { image, folder in
            let arguments = option.isEmpty ? [image] : [option, image]
            let result = try Tool.runWithoutPrivileges(arguments, in: folder)
            #expect(result.status == 66)
            #expect(result.errors == "lucid86: \(image): Permission denied\n")
        }
    }

    /// As QEMU, which says "Could not open ...: Permission denied"; ours also says what to do.
    @Test(needsUser) func anImageThatMayOnlyBeReadNeedsASnapshot() throws {
        try withImage(mode: 0o444) { image, folder in
            let refused = try Tool.runWithoutPrivileges([image], in: folder)
            #expect(refused.status == 66)
            #expect(refused.errors.contains("\(image): Permission denied; use -snapshot or readonly=on"))
            for options in [["-snapshot", image], ["-drive", "file=\(image),readonly=on"]] {
                // No boot sector: the BIOS halts.
                #expect(try Tool.runWithoutPrivileges(options + ["-m", "16"], in: folder).status == 102)
            }
        }
    }

    @Test func anImageWithoutASignatureRunsWithAWarning() throws {
        try withFile(Data(count: 1 << 20)) { path in
            let result = try Tool.run([path, "-m", "16", "--screen-dump", "-"])
            #expect(result.status == 102)
            #expect(result.errors.contains("55 AA"))
            #expect(result.output.contains("BIOS"))
        }
    }

    @Test func anImageIsNotWrittenByTwo() throws {
        try withFile(Data(count: 1 << 20)) { path in
            let twice = try Tool.run(["-hda", path, "-hdb", path, "-m", "16"])
            #expect(twice.status == 74)
            #expect(twice.errors.contains("in use"))
            // Readers share it.
            #expect(try Tool.run(["-hda", path, "-hdb", path, "-m", "16", "-snapshot"]).status == 102)
        }
    }

    @Test func aDisketteThatIsTooLargeIsRefused() throws {
        try withFile(Data(count: 3 << 20)) { path in
            let result = try Tool.run(["-fda", path])
            #expect(result.status == 65)
            #expect(result.errors.contains("diskette"))
        }
    }

    @Test func aGuestThatReadsPastTheEndOfAnImageGetsAnErrorStatus() throws {
        // A boot sector alone, without the rest of the disk: sector 1 is the last one of the image.
        let image = try Guest.image("past-end")
        for option in ["-hda", "-fda"] {
            let result = try Tool.run([option, image, "-snapshot", "-serial", "stdio", "--budget", "20000000000"])
            #expect(result.status == 0)
            #expect(result.output.hasPrefix("error "), "\(option): \(result.output)")
        }
    }

    @Test func compatibleOptionsOfScriptsAreTaken() throws {
        let result = try Tool.run([
            "-machine", "pc", "-accel", "tcg", "-cpu", "pentium", "-smp", "1", "-nodefaults", "-monitor", "none",
            "-vga",
            "std", "-rtc", "base=2026-06-01T12:00:00", "-name", "test", "-display", "none", "-m", "size=16M",
            "--no-reboot",
        ])
        #expect(result.status == 102)
    }

    @Test func helpAndVersionGoToStdout() throws {
        for option in ["-help", "--help", "-h"] {
            let help = try Tool.run([option])
            #expect(help.status == 0)
            #expect(help.output.contains("\n-hda FILE"))
            // A script takes this line as a sign that a GDB server is there.
            #expect(!help.output.split(separator: "\n").contains { $0.hasPrefix("-gdb") })
        }
        for arguments in [["debug", "-help"], ["help", "debug"]] {
            let help = try Tool.run(arguments)
            #expect(help.status == 0)
            for part in ["\n--batch ", "\n--command CMD", "Examples:", "lucid86 -help"] {
                #expect(help.output.contains(part))
            }
        }
        #expect(try Tool.run(["disasm", "-help"]).output.contains("--origin"))
        #expect(try Tool.run(["-version"]).output.hasPrefix("lucid86 0."))
        #expect(try Tool.run(["-d", "help"]).output.contains("guest_errors"))
        #expect(try Tool.run(["-device", "help"]).output.contains("\"isa-debug-exit\""))
    }
}
