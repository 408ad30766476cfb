import ArgumentParser

/// `-name` and `--name`, as QEMU takes both.
extension NameSpecification {
    static func both(_ name: String) -> NameSpecification {
        [.customLong(name, withSingleDash: true), .customLong(name)]
    }
}

/// Options of a run, in QEMU's spelling where QEMU has them.
struct RunOptions: ParsableArguments {
    @Option(name: [.customShort("m"), .customLong("m")], help: "Memory in MiB, or with a suffix K, M, G.")
    var memory = "128"

    @Option(name: .both("hda"), help: "First disk: a raw image.")
    var hda: String?

    @Option(name: .both("hdb"), help: "Second disk.")
    var hdb: String?

    @Option(name: .both("hdc"), help: "Third disk.")
    var hdc: String?

    @Option(name: .both("hdd"), help: "Fourth disk.")
    var hdd: String?

    @Option(name: .both("drive"), help: "file=F[,format=raw][,if=ide][,index=N][,readonly=on|off][,snapshot=on|off]")
    var drive: [String] = []

    @Flag(name: .both("snapshot"), help: "Keep all disk writes in memory; the images stay as they are.")
    var snapshot = false

    @Argument(help: "A raw disk image: the same as -hda.")
    var image: String?

    @Option(name: .both("bios"), help: "System ROM of 64, 128 or 256 KiB instead of the built-in one.")
    var bios: String?

    @Option(name: .both("serial"), help: "Where the first serial port goes: stdio, null or file:PATH.")
    var serial: String?

    @Flag(name: .both("nographic"), help: "Serial port on stdin and stdout, no screen.")
    var noGraphic = false

    @Option(name: .both("display"), help: "none")
    var display = "none"

    @Option(name: .both("debugcon"), help: "Where ports E9h and 402h go: stdio, null or file:PATH.")
    var debugConsole: String?

    @Option(name: .both("device"), help: "isa-debug-exit,iobase=0xf4,iosize=0x4")
    var device: [String] = []

    @Flag(name: .both("no-reboot"), help: "End instead of resetting.")
    var noReboot = false

    @Option(name: .both("boot"), help: "Boot order: letters of c (disk), a (floppy), d (CD).")
    var boot = "cad"

    @Option(help: "interpreter, kvm or auto. Only the interpreter is there yet.")
    var engine = "interpreter"

    @Option(help: "End after N ticks: instructions plus skipped idle time.")
    var budget: UInt64?

    @Option(help: "At the end, write the text screen to FILE.txt, or - for stdout.")
    var screenDump: String?

    @Option(help: "Write a JSON report to FILE, or - for stdout.")
    var report: String?

    @OptionGroup var snapshots: SnapshotOptions
}
