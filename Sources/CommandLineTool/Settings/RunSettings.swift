import Machine

/// What the options of a run mean, checked as far as that goes without opening anything.
struct RunSettings {
    enum Display: Equatable {
        case none
        case terminal
    }

    enum Clock: String {
        /// As fast as it goes.
        case virtual
        /// Never ahead of the host's time.
        case host
    }

    /// Bytes.
    var memorySize: UInt64
    var cpu: CPUChoice
    var bootOrder: String
    /// A ROM file; nil is the built-in BIOS.
    var firmware: String?
    var debugExit: (base: UInt16, size: UInt16)?
    var hasTestDevice: Bool
    /// Seconds since 1970 at which the RTC starts.
    var startDate: Int64
    var seed: UInt64
    var processors: Int
    var drives: DriveSettings
    /// Devices in PCI slots, and the networks behind cards.
    var pci: PCISettings
    var kernel: KernelSettings
    var noReboot: Bool
    var resetsOnTripleFault: Bool

    var display: Display
    var serial: StreamTarget
    /// COM2; nil where it is not fitted.
    var secondSerial: StreamTarget?
    var debugConsole: StreamTarget
    var keys: KeyScript?
    /// Title of the terminal's window.
    var title: String?

    var engine: EngineSettings
    var clock: Clock
    /// Ticks at which the run ends.
    var budget: UInt64?
    var startStopped: Bool
    var failOn: FailPattern?
    var noShutdown: Bool

    var report: String?
    var screenDumps: [String]
    var dumpState: String?
    var dumpMemory: [MemoryRange]
    var portLogs: [PortLogSetting]
    var log: LogSettings?
    /// `--save` and `--restore`.
    var snapshots: SnapshotOptions
    /// What stderr says before the start: where an option means less here than elsewhere.
    var notes: [String] = []

    init(_ options: RunOptions, terminal: Watching = .ofThisProcess()) throws {
        try Compatibility.check(options)
        engine = try EngineSettings(options)
        cpu = try CPUChoice(options.cpu)
        guard let memory = MemorySize.parse(options.memory) else {
            throw Failure(.usage, "-m \(options.memory): give a size between 1M and 512G, like 128 or 2G")
        }
        memorySize = memory
        bootOrder = try MachineSettings.bootOrder(options.boot)
        firmware = options.bios
        if firmware == nil, cpu.isOlderThanFirmware {
            throw Failure(
                .usage,
                "-cpu \(cpu.name): the built-in BIOS is code for a 386 or later; give a ROM of that age with -bios FILE"
            )
        }
        hasTestDevice = options.device.contains(MachineSettings.testDevice)
        debugExit = try MachineSettings.debugExit(options.device)
        startDate = try MachineSettings.startDate(options.rtc)
        seed = options.seed
        processors = try MachineSettings.processors(options.smp)
        drives = try DriveSettings(options)
        pci = try PCISettings(options, drives: &drives)
        kernel = try KernelSettings(options)
        noReboot = options.noReboot
        switch options.onTripleFault {
        case "end": resetsOnTripleFault = false
        case "reset": resetsOnTripleFault = true
        default: throw Failure(.usage, "--on-triple-fault \(options.onTripleFault): give end or reset")
        }
        let ports = try options.serial.map { text throws(Failure) in try StreamTarget(text, option: "-serial") }
        guard options.serial.dropFirst(2).allSatisfy({ $0 == "none" }) else {
            throw Failure(.usage, "-serial is given \(options.serial.count) times: there are two serial ports")
        }
        let named = ports.first
        secondSerial = ports.count > 1 && options.serial[1] != "none" ? ports[1] : nil
        serial = named ?? (options.noGraphic ? .stdio(escapes: true) : .nowhere)
        if options.noGraphic, case .stdio = serial { serial = .stdio(escapes: true) }
        if options.noGraphic, case .stdio = secondSerial { secondSerial = .stdio(escapes: true) }
        debugConsole =
            try options.debugConsole.map { text throws(Failure) in
                try StreamTarget(text, option: "-debugcon")
            } ?? .nowhere
        keys = try options.keys.map { text throws(Failure) in try KeyScript.load(text) }
        title = options.name
        budget = options.budget
        startStopped = options.startStopped
        failOn = options.failOn.isEmpty ? nil : try FailPattern(options.failOn)
        noShutdown = options.noShutdown
        report = options.report
        screenDumps = options.screenDump
        dumpState = options.dumpState
        dumpMemory = try options.dumpMemory.map { text throws(Failure) in try MemoryRange(text) }
        if dumpState == nil, !dumpMemory.isEmpty {
            throw Failure(.usage, "--dump-memory adds to --dump-state FILE, which is not given")
        }
        portLogs = try options.logPort.map { text throws(Failure) in try PortLogSetting(text) }
        snapshots = options.snapshots
        log = try LogSettings(items: options.logItems, file: options.logFile)

        let serialPorts = [serial] + (secondSerial.map { [$0] } ?? [])
        if pci.consoles.filter(\.isStdio).count + serialPorts.filter(\.isStdio).count > 1 {
            throw Failure(.usage, "stdin and stdout can be one port's or console's alone; send the others to a file")
        }
        let usesStdout =
            serialPorts.contains(where: \.isStdio) || pci.consoles.contains(where: \.isStdio) || debugConsole.isStdio
            || ([report, dumpState] + screenDumps).contains("-")
        display = try Self.display(options, terminal, usesStdout: usesStdout)
        let isWatched =
            display == .terminal || (serialPorts.contains(where: \.isStdio) && terminal.input && terminal.output)
        switch options.clock {
        // KVM runs in the host's time: a guest that waits there waits.
        // What is on a network answers in the host's time, too.
        case nil:
            clock =
                isWatched || engine.choice != .interpreter || !pci.networks.isEmpty ? .host : .virtual
        case "virtual": clock = .virtual
        case "host": clock = .host
        case let other?: throw Failure(.usage, "--clock \(other): give virtual or host")
        }
    }

    /// Files that are written at the end can be written.
    func expectWritableOutputs() throws(Failure) {
        for path in screenDumps { try HostFile.expectWritable(path, option: "--screen-dump") }
        let files = [("--report", report), ("--dump-state", dumpState), ("--save", snapshots.save)]
        for (option, path) in files {
            if let path { try HostFile.expectWritable(path, option: option) }
        }
    }

    private static func display(
        _ options: RunOptions, _ terminal: Watching, usesStdout: Bool
    ) throws(Failure) -> Display {
        switch options.display {
        case nil:
            return terminal.input && terminal.output && !options.noGraphic && !usesStdout ? .terminal : .none
        case "none": return .none
        case "terminal":
            guard !options.noGraphic else {
                throw Failure(.usage, "-nographic and -display terminal exclude each other")
            }
            guard terminal.output else {
                throw Failure(.usage, "-display terminal: stdout is no terminal; use --screen-dump FILE or -")
            }
            guard !usesStdout else {
                throw Failure(.usage, "-display terminal needs stdout for itself; send the other output to a file")
            }
            return .terminal
        case let other?:
            let instead = ["curses", "gtk", "sdl", "vnc", "cocoa"].contains { other.hasPrefix($0) }
            throw Failure(.usage, "-display \(other): " + (instead ? "use terminal" : "give terminal or none"))
        }
    }
}

/// A range of physical memory: `ADDRESS,LENGTH`.
struct MemoryRange: Equatable {
    /// At most this many bytes go into a JSON file.
    static let limit: UInt64 = 16 << 20
    var address: UInt64
    var length: UInt64

    init(_ text: String) throws(Failure) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let address = OptionText.number(parts[0], as: UInt64.self),
            let length = OptionText.number(parts[1], as: UInt64.self), length > 0, length <= Self.limit
        else {
            throw Failure(
                .usage, "--dump-memory \(text): give ADDRESS,LENGTH, like 0x7c00,512; at most \(Self.limit) bytes")
        }
        self.address = address
        self.length = length
    }
}

/// `--log-port PORT=FILE`.
struct PortLogSetting: Equatable {
    var port: UInt16
    var path: String

    init(_ text: String) throws(Failure) {
        let pair = OptionText.pair(text)
        guard let port = OptionText.number(pair.key, as: UInt16.self), let path = pair.value, !path.isEmpty else {
            throw Failure(.usage, "--log-port \(text): give PORT=FILE, like 0x80=post.bin")
        }
        self.port = port
        self.path = path
    }
}
