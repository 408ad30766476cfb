import ArgumentParser

/// Options of a run as text, one property for each row of `OptionRow.all`. `RunSettings` gives them their meaning.
struct RunOptions: ParsableArguments {
    @Option(name: .customLong("m")) var memory = "128"
    @Option var boot = "cad"
    @Option var bios: String?
    @Option var device: [String] = []
    @Flag var noReboot = false
    @Option var onTripleFault = "end"
    @Option var rtc: String?
    @Option var seed: UInt64 = 0

    @Option var kernel: String?
    @Option var initrd: String?
    @Option var append: String?
    @Option var linuxEntry = "16"
    @Option(name: .customLong("fw_cfg")) var firmwareConfig: [String] = []

    @Option var hda: String?
    @Option var hdb: String?
    @Option var hdc: String?
    @Option var hdd: String?
    @Option var cdrom: String?
    @Option var fda: String?
    @Option var fdb: String?
    @Option var drive: [String] = []
    @Flag var snapshot = false
    @Option var netdev: [String] = []
    @Option var nic: [String] = []
    @Option var chardev: [String] = []
    @Argument var image: String?

    @Option var display: String?
    @Flag(name: .customLong("nographic")) var noGraphic = false
    @Option var serial: [String] = []
    @Option(name: .customLong("debugcon")) var debugConsole: String?
    @Option var keys: String?
    @Option var name: String?

    @Option var engine: String?
    @Option var switchAt: [String] = []
    @Option var pin: [String] = []
    @Option var budget: UInt64?
    @Option var clock: String?
    @Flag(name: .customLong("S")) var startStopped = false
    @Option var failOn: [String] = []

    @Option var report: String?
    @Option var screenDump: [String] = []
    @Option var dumpState: String?
    @Option var dumpMemory: [String] = []
    @Option var logPort: [String] = []
    @OptionGroup var snapshots: SnapshotOptions
    @Option(name: .customLong("d")) var logItems: [String] = []
    @Option(name: .customLong("D")) var logFile: String?

    @Option var machine: String?
    @Option(name: .customLong("M")) var machineShort: String?
    @Option var accel: [String] = []
    @Flag(name: .customLong("enable-kvm")) var enableKVM = false
    @Option var cpu: String?
    @Option var smp: String?
    @Option var monitor: String?
    @Option var vga: String?
    @Flag(name: .customLong("nodefaults")) var noDefaults = false
    @Flag var noShutdown = false
}
